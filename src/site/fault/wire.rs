//! Faults of places on the wire: registers, objects, types, codes.

use super::offer;
use crate::model::{Fault, Language};

#[derive(Debug, Clone)]
pub enum Wire {
    BadRegister {
        text: String,
    },
    BadHole {
        text: String,
    },
    BadObject {
        text: String,
        known: Vec<String>,
    },
    BadProperty {
        text: String,
        known: Vec<String>,
    },
    NoRegister {
        point: String,
    },
    NoObject {
        point: String,
    },
    NoType {
        point: String,
    },
    /// Neither a unit nor states.
    NoKind {
        point: String,
    },
    BeyondEnd {
        address: u16,
        words: u16,
    },
    NotForBits {
        key: &'static str,
    },
    BoolOfRegister,
    BitOfWideType,
    StatesOfFloat,
    ReadOnlyTable,
    MixedTables,
    BitNotWritable,
    WriteFunction {
        function: i64,
        bits: bool,
        words: u16,
    },
    ZeroScale,
    CodeTooLarge {
        code: i64,
        least: i128,
        most: i128,
    },
    CodeTwice {
        point: String,
        code: i64,
    },
    PatternTooLarge {
        bits: u32,
    },
    InputCommanded,
    NoPriorityArray,
    SamePlace {
        point: String,
        other: String,
    },
}

impl Fault for Wire {
    fn code(&self) -> &'static str {
        match self {
            Self::BadRegister { .. } | Self::BadHole { .. } => "register",
            Self::BadObject { .. } | Self::BadProperty { .. } => "object",
            Self::NoRegister { .. } | Self::NoObject { .. } => "no-place",
            Self::NoType { .. } | Self::NoKind { .. } => "no-kind",
            Self::BeyondEnd { .. } => "beyond-end",
            Self::NotForBits { .. } | Self::BoolOfRegister => "bits",
            Self::BitOfWideType | Self::BitNotWritable => "bit",
            Self::StatesOfFloat => "states-of-float",
            Self::ReadOnlyTable | Self::MixedTables => "write",
            Self::WriteFunction { .. } => "write-function",
            Self::ZeroScale => "scale",
            Self::CodeTooLarge { .. } | Self::CodeTwice { .. } => "code",
            Self::PatternTooLarge { .. } => "invalid",
            Self::InputCommanded | Self::NoPriorityArray => "not-commandable",
            Self::SamePlace { .. } => "same-place",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) =
            self.reason_of_places().unwrap_or_else(|| self.reason_of_registers());
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        if let Self::BadObject { text, known } | Self::BadProperty { text, known } = self {
            let word = text.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
            return offer(language, word, known, || None);
        }
        let (german, english) = self.way_out().or_else(|| self.way_out_of_values())?;
        Some(language.pick(german, english).to_owned())
    }
}

impl Wire {
    fn reason_of_places(&self) -> Option<(String, String)> {
        Some(match self {
            Self::BadRegister { text } => (
                format!("„{text}“ ist keine Registeradresse."),
                format!("\"{text}\" is no register address."),
            ),
            Self::BadHole { text } => (
                format!("„{text}“ ist kein Bereich von Registern."),
                format!("\"{text}\" is no range of registers."),
            ),
            Self::BadObject { text, .. } => (
                format!("„{text}“ ist kein BACnet-Objekt."),
                format!("\"{text}\" is no BACnet object."),
            ),
            Self::BadProperty { text, .. } => (
                format!("„{text}“ ist keine bekannte Eigenschaft (property)."),
                format!("\"{text}\" is no known property."),
            ),
            Self::NoRegister { point } => (
                format!("Der Punkt „{point}“ sagt nicht, in welchem Register er liegt."),
                format!("The point \"{point}\" does not say which register it lies in."),
            ),
            Self::NoObject { point } => (
                format!("Der Punkt „{point}“ sagt nicht, welches BACnet-Objekt er ist."),
                format!("The point \"{point}\" does not say which BACnet object it is."),
            ),
            Self::NoType { point } => (
                format!("Der Punkt „{point}“ sagt nicht, welchen Zahlentyp sein Register hat."),
                format!(
                    "The point \"{point}\" does not say which type of number its register holds."
                ),
            ),
            Self::NoKind { point } => (
                format!("Der Punkt „{point}“ hat weder Einheit noch Zustände."),
                format!("The point \"{point}\" has neither a unit nor states."),
            ),
            Self::CodeTooLarge { code, least, most } => (
                format!("Den Wert {code} kann dieser Punkt nicht haben (nur {least} bis {most})."),
                format!("This point cannot have the value {code} (only {least} to {most})."),
            ),
            Self::CodeTwice { point, code } => (
                format!("Beim Punkt „{point}“ bedeutet der Wert {code} zwei Zustände."),
                format!("At the point \"{point}\" the value {code} means two states."),
            ),
            _ => return None,
        })
    }

    fn reason_of_registers(&self) -> (String, String) {
        match self {
            Self::BeyondEnd { address, words } => (
                format!("Ab Adresse {address} ist kein Platz für {words} Register; die letzte ist 65535."),
                format!("From address {address} there is no room for {words} registers; 65535 is the last."),
            ),
            Self::NotForBits { key } => (
                format!("„{key}“ passt nicht: Eine Spule (coil) oder ein Eingang (discrete-input) ist nur ein Bit."),
                format!("\"{key}\" does not fit: a coil or discrete input is one bit only."),
            ),
            Self::BoolOfRegister => (
                "Ein Register ist keine einzelne Ja/Nein-Angabe.".into(),
                "A register is no single bit.".into(),
            ),
            Self::BitOfWideType => (
                "Ein einzelnes Bit (bit) gibt es nur in einem 16-Bit-Register.".into(),
                "A single bit exists in a register of 16 bits only.".into(),
            ),
            Self::StatesOfFloat => (
                "Zustände brauchen einen ganzzahligen Typ.".into(),
                "States need a whole-number type.".into(),
            ),
            Self::ReadOnlyTable => (
                "Auf Eingänge (input, discrete-input) kann nicht geschrieben werden.".into(),
                "Inputs (input, discrete-input) cannot be written.".into(),
            ),
            Self::MixedTables => (
                "Gelesen wird ein Register, geschrieben eine Spule (oder umgekehrt): Das sind zwei Punkte.".into(),
                "A register is read and a coil written (or the reverse): these are two points.".into(),
            ),
            Self::BitNotWritable => (
                "Ein einzelnes Bit eines Registers kann nicht geschrieben werden, ohne die anderen zu stören.".into(),
                "A single bit of a register cannot be written without disturbing the others.".into(),
            ),
            Self::WriteFunction { function, words, .. } if *words > 1 => (
                format!("Mit Funktion {function} lässt sich ein Wert aus {words} Registern nicht schreiben."),
                format!("Function {function} cannot write a value of {words} registers."),
            ),
            Self::WriteFunction { function, .. } => (
                format!("Die Funktion {function} schreibt nicht in diesen Bereich."),
                format!("Function {function} does not write to this table."),
            ),
            _ => self.reason_of_values(),
        }
    }

    fn reason_of_values(&self) -> (String, String) {
        match self {
            Self::ZeroScale => ("scale darf nicht 0 sein.".into(), "scale must not be 0.".into()),
            Self::PatternTooLarge { bits } => (
                format!("Dieser Wert passt nicht in {bits} Bit."),
                format!("This value does not fit into {bits} bits."),
            ),
            Self::InputCommanded => (
                "Ein Eingang (input) kann nicht gestellt werden.".into(),
                "An input cannot be commanded.".into(),
            ),
            Self::NoPriorityArray => (
                "Nur der Wert selbst (present-value) hat eine Prioritätenliste.".into(),
                "Only the present-value has a priority array.".into(),
            ),
            Self::SamePlace { point, other } => (
                format!(
                    "Die Punkte „{point}“ und „{other}“ schreiben auf dieselbe Stelle des Geräts."
                ),
                format!(
                    "The points \"{point}\" and \"{other}\" write to the same place of the device."
                ),
            ),
            _ => (String::new(), String::new()),
        }
    }

    const fn way_out(&self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::BadRegister { .. } => (
                "Tabelle und Adresse (ab 0 gezählt): \"holding 105\", \"input 0x34\", \"coil 88\", \"discrete-input 3\"",
                "Table and address (counted from 0): \"holding 105\", \"input 0x34\", \"coil 88\", \"discrete-input 3\"",
            ),
            Self::BadHole { .. } => {
                ("Zum Beispiel \"holding 100-109\"", "For example \"holding 100-109\"")
            }
            Self::NoRegister { .. } => (
                "Zum Beispiel register = \"holding 105\"",
                "For example register = \"holding 105\"",
            ),
            Self::NoObject { .. } => (
                "Zum Beispiel object = \"analog-value 1\"",
                "For example object = \"analog-value 1\"",
            ),
            Self::NoType { .. } => (
                "Zum Beispiel type = \"i16\"; es gibt: u16, i16, u32, i32, u64, i64, f32, f64",
                "For example type = \"i16\"; there are: u16, i16, u32, i32, u64, i64, f32, f64",
            ),
            Self::NoKind { .. } => (
                "Zum Beispiel unit = \"°C\" (unit = \"\" für Zahlen ohne Einheit) oder states = [\"off\", \"on\"]",
                "For example unit = \"°C\" (unit = \"\" for plain numbers) or states = [\"off\", \"on\"]",
            ),
            _ => return None,
        })
    }

    const fn way_out_of_values(&self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::BoolOfRegister => (
                "Für 0 und 1 im Register: type = \"u16\" und states; für ein einzelnes Bit: bit = 0",
                "For 0 and 1 in the register: type = \"u16\" and states; for a single bit: bit = 0",
            ),
            Self::WriteFunction { bits: true, .. } => {
                ("write_function = 5 oder 15", "write_function = 5 or 15")
            }
            Self::WriteFunction { words: 1, .. } => {
                ("write_function = 6 oder 16", "write_function = 6 or 16")
            }
            Self::WriteFunction { .. } => ("write_function = 16", "write_function = 16"),
            Self::ReadOnlyTable => {
                ("Schreibbar sind holding und coil.", "holding and coil can be written.")
            }
            Self::NoPriorityArray => (
                "Mit release = \"restore\" ohne Prioritätenliste schreiben.",
                "Write without a priority array: release = \"restore\"",
            ),
            Self::InputCommanded => (
                "commandable löschen oder das value- bzw. output-Objekt nennen.",
                "Delete commandable, or name the value or output object.",
            ),
            Self::SamePlace { .. } => (
                "Einen der beiden Punkte löschen, oder bei einem commandable.",
                "Delete one of the points, or commandable of one.",
            ),
            Self::NotForBits { .. } => ("Die Angabe löschen.", "Delete it."),
            _ => return None,
        })
    }
}
