//! Faults of form: TOML's own grammar, keys, types, closed lists, quantities.

use super::{offer, quote};
use crate::model::diagnostic::did_you_mean;
use crate::model::{Fault, Language, Unit};

/// What kind of TOML value stands or should stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    Integer,
    Number,
    Flag,
    Date,
    List,
    Texts,
    Integers,
    Pair,
    Quantity,
    Table,
    Tables,
}

impl Type {
    fn words(self, language: Language) -> &'static str {
        let (german, english) = match self {
            Self::Text => ("ein Text in Anführungszeichen", "a text in quotes"),
            Self::Integer => ("eine ganze Zahl", "a whole number"),
            Self::Number => ("eine Zahl", "a number"),
            Self::Flag => ("true oder false", "true or false"),
            Self::Date => ("ein Datum", "a date"),
            Self::List => ("eine Liste", "a list"),
            Self::Texts => ("eine Liste von Texten", "a list of texts"),
            Self::Integers => ("eine Liste ganzer Zahlen", "a list of whole numbers"),
            Self::Pair => ("eine Liste von zwei Werten", "a list of two values"),
            Self::Quantity => ("eine Größe mit Einheit", "a quantity with its unit"),
            Self::Table => ("eine Tabelle", "a table"),
            Self::Tables => ("eine Liste von Tabellen", "a list of tables"),
        };
        language.pick(german, english)
    }
}

#[derive(Debug, Clone)]
pub enum Shape {
    /// Not UTF-8.
    Encoding,
    /// The file's TOML grammar; the parser's own words.
    Syntax {
        message: String,
    },
    /// A value that should stand in quotes.
    Unquoted {
        text: String,
    },
    /// `True`, `ja`: meant as true or false.
    Truth {
        text: String,
    },
    /// A key with letters that TOML wants quoted (umlauts).
    UnquotedKey {
        key: String,
    },
    DuplicateKey {
        key: String,
    },
    /// `[device]` beside `[[device]]`.
    SingleBrackets {
        key: String,
    },
    /// `20,5` without quotes.
    BareComma,
    MissingFormat,
    NewerFormat {
        found: i64,
    },
    UnknownFormat {
        found: i64,
    },
    UnknownKey {
        key: String,
        section: String,
        near: Option<String>,
        known: Vec<String>,
    },
    MissingKey {
        key: &'static str,
        section: String,
        example: &'static str,
    },
    WrongType {
        key: &'static str,
        wanted: Type,
        found: Type,
        /// A number or text as it stands; empty for other types.
        text: String,
    },
    NotAPair {
        key: &'static str,
    },
    UnknownWord {
        key: &'static str,
        word: String,
        known: Vec<String>,
    },
    OutOfBounds {
        key: &'static str,
        least: i64,
        most: i64,
    },
    QuantityOutOfBounds {
        key: &'static str,
        least: String,
        most: String,
    },
    NotAQuantity {
        text: String,
        example: String,
    },
    Comma {
        mended: String,
    },
    UnknownUnit {
        unit: String,
        /// The whole quantity with the unit that was meant.
        mended: Option<String>,
    },
    UnitMissing {
        mended: String,
    },
    UnitMisfit {
        found: String,
        wanted: String,
        example: String,
    },
    UnknownTimeZone {
        name: String,
    },
    Postcode {
        text: String,
    },
    /// The folder of templates that the site file names.
    NoFolder {
        path: String,
    },
}

impl Shape {
    pub(in crate::site) fn unknown_key(key: &str, section: &str, known: &[&'static str]) -> Self {
        Self::UnknownKey {
            key: key.to_owned(),
            section: section.to_owned(),
            near: did_you_mean(key, known.iter().copied()).map(str::to_owned),
            known: known.iter().map(|&key| key.to_owned()).collect(),
        }
    }

    pub(in crate::site) fn unknown_word(key: &'static str, word: &str, known: &[&str]) -> Self {
        let known = known.iter().map(|&word| word.to_owned()).collect();
        Self::UnknownWord { key, word: word.to_owned(), known }
    }

    pub(in crate::site) fn unknown_unit(unit: &str, whole: &str) -> Self {
        let near = match unit.to_lowercase().as_str() {
            "c" | "grad" | "celsius" | "degc" | "gradc" => Some("°C"),
            "kelvin" => Some("K"),
            "sec" | "sek" | "sekunden" | "seconds" => Some("s"),
            "minuten" | "minutes" | "mins" => Some("min"),
            "std" | "stunden" | "hours" => Some("h"),
            "tage" | "days" => Some("d"),
            "qm" | "m^2" | "sqm" => Some("m²"),
            "cbm" | "m^3" => Some("m³"),
            "prozent" | "percent" => Some("%"),
            _ => Unit::symbols().find(|known| known.to_lowercase() == unit.to_lowercase()),
        };
        let near = near.or_else(|| {
            // Short symbols are all near one another.
            (unit.chars().count() > 2).then(|| did_you_mean(unit, Unit::symbols())).flatten()
        });
        let milliseconds = whole.strip_suffix("ms").and_then(|number| number.trim().parse().ok());
        if let Some(milliseconds) = milliseconds.filter(|_| unit == "ms") {
            let seconds: f64 = milliseconds;
            let mended = Some(format!("{} s", seconds / 1000.0));
            return Self::UnknownUnit { unit: unit.to_owned(), mended };
        }
        let mended = near.map(|near| whole.replacen(unit, near, 1));
        Self::UnknownUnit { unit: unit.to_owned(), mended }
    }
}

impl Fault for Shape {
    fn code(&self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Syntax { .. } => "syntax",
            Self::Unquoted { .. } | Self::UnquotedKey { .. } | Self::Truth { .. } => "quotes",
            Self::DuplicateKey { .. } | Self::SingleBrackets { .. } => "duplicate-key",
            Self::BareComma | Self::Comma { .. } => "comma",
            Self::MissingFormat | Self::NewerFormat { .. } | Self::UnknownFormat { .. } => "format",
            Self::UnknownKey { .. } => "unknown-key",
            Self::MissingKey { .. } => "missing-key",
            Self::WrongType { .. } | Self::NotAPair { .. } => "wrong-type",
            Self::UnknownWord { .. } => "unknown-word",
            Self::OutOfBounds { .. } | Self::QuantityOutOfBounds { .. } => "out-of-bounds",
            Self::NotAQuantity { .. } => "not-a-quantity",
            Self::UnknownUnit { .. } => "unknown-unit",
            Self::UnitMissing { .. } => "missing-unit",
            Self::UnitMisfit { .. } => "wrong-unit",
            Self::UnknownTimeZone { .. } => "unknown-time-zone",
            Self::Postcode { .. } => "postcode",
            Self::NoFolder { .. } => "no-folder",
        }
    }

    fn reason(&self, language: Language) -> String {
        self.reason_of_grammar(language)
            .or_else(|| self.reason_of_keys(language))
            .unwrap_or_else(|| self.reason_of_quantities(language))
    }

    fn help(&self, language: Language) -> Option<String> {
        self.help_of_grammar(language).or_else(|| self.help_of_values(language))
    }
}

impl Shape {
    fn reason_of_grammar(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::Encoding => (
                "Die Datei ist nicht in UTF-8 gespeichert.".into(),
                "The file is not UTF-8.".into(),
            ),
            Self::Syntax { message } => super::grammar::words(message),
            Self::Truth { text } => (
                format!("„{text}“ ist weder true noch false."),
                format!("\"{text}\" is neither true nor false."),
            ),
            Self::Unquoted { text } => (
                format!("Der Wert „{text}“ steht nicht in Anführungszeichen."),
                format!("The value \"{text}\" is not in quotes."),
            ),
            Self::UnquotedKey { key } => (
                format!("Der Name „{key}“ steht nicht in Anführungszeichen."),
                format!("The name \"{key}\" is not in quotes."),
            ),
            Self::DuplicateKey { key } => (
                format!("„{key}“ steht hier zum zweiten Mal."),
                format!("\"{key}\" is written a second time here."),
            ),
            Self::SingleBrackets { key } => (
                format!("[{key}] steht hier mit einfachen Klammern."),
                format!("[{key}] has single brackets here."),
            ),
            Self::BareComma => (
                "Dezimalzeichen ist der Punkt, nicht das Komma.".into(),
                "The decimal sign is the point, not the comma.".into(),
            ),
            Self::MissingFormat => (
                "Die Datei sagt nicht, in welchem Format sie geschrieben ist.".into(),
                "The file does not say which format it is written in.".into(),
            ),
            Self::NewerFormat { found } => (
                format!("Die Datei hat Format {found}; dieses Programm kennt nur Format 1."),
                format!("The file has format {found}; this program knows only format 1."),
            ),
            Self::UnknownFormat { found } => (
                format!("Ein Format {found} gibt es nicht."),
                format!("There is no format {found}."),
            ),
            _ => return None,
        };
        Some(language.pick(german, english))
    }

    fn reason_of_keys(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::UnknownKey { key, section, .. } if section.is_empty() => (
                format!("Die Datei kennt am Anfang kein Wort „{key}“."),
                format!("The file knows no word \"{key}\" at its beginning."),
            ),
            Self::UnknownKey { key, section, .. } => (
                format!("{section} kennt kein Wort „{key}“."),
                format!("{section} knows no word \"{key}\"."),
            ),
            Self::MissingKey { key, section, .. } if section.is_empty() => {
                (format!("In der Datei fehlt „{key}“."), format!("The file lacks \"{key}\"."))
            }
            Self::MissingKey { key, section, .. } => {
                (format!("In {section} fehlt „{key}“."), format!("{section} lacks \"{key}\"."))
            }
            Self::WrongType { key, wanted, found, .. } => {
                let (wanted, found) = (wanted.words(language), found.words(language));
                (
                    format!("„{key}“ muss {wanted} sein, hier steht {found}."),
                    format!("\"{key}\" must be {wanted}, here is {found}."),
                )
            }
            Self::NotAPair { key } => (
                format!("„{key}“ braucht genau zwei Werte: den kleinsten und den größten."),
                format!("\"{key}\" needs exactly two values: the lowest and the highest."),
            ),
            Self::UnknownWord { key, word, .. } => (
                format!("„{word}“ ist kein Wort, das bei „{key}“ stehen kann."),
                format!("\"{word}\" is no word that can stand at \"{key}\"."),
            ),
            _ => return None,
        };
        Some(language.pick(german, english))
    }

    fn reason_of_quantities(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::OutOfBounds { key, least, most } => (
                format!("„{key}“ muss zwischen {least} und {most} liegen."),
                format!("\"{key}\" must be between {least} and {most}."),
            ),
            Self::QuantityOutOfBounds { key, least, most } => (
                format!("„{key}“ muss zwischen {least} und {most} liegen."),
                format!("\"{key}\" must be between {least} and {most}."),
            ),
            Self::NotAQuantity { text, .. } => (
                format!("„{text}“ ist keine Größe: Am Anfang fehlt die Zahl."),
                format!("\"{text}\" is no quantity: it does not begin with a number."),
            ),
            Self::Comma { .. } => (
                "Dezimalzeichen ist der Punkt, nicht das Komma.".into(),
                "The decimal sign is the point, not the comma.".into(),
            ),
            Self::UnknownUnit { unit, .. } => (
                format!("Die Einheit „{unit}“ ist nicht bekannt."),
                format!("The unit \"{unit}\" is not known."),
            ),
            Self::UnitMissing { .. } => {
                ("Hier fehlt die Einheit.".into(), "The unit is missing here.".into())
            }
            Self::UnitMisfit { found, wanted, .. } if wanted.is_empty() => (
                format!("Hier steht eine Größe in {found}, gebraucht wird eine Zahl ohne Einheit."),
                format!("This is a quantity in {found}; a number without a unit is needed."),
            ),
            Self::UnitMisfit { found, wanted, .. } => (
                format!("Hier steht eine Größe in {found}, gebraucht wird eine in {wanted}."),
                format!("This is a quantity in {found}; one in {wanted} is needed."),
            ),
            Self::UnknownTimeZone { name } => (
                format!("Die Zeitzone „{name}“ gibt es nicht."),
                format!("There is no time zone \"{name}\"."),
            ),
            Self::Postcode { text } => {
                (format!("„{text}“ ist keine Postleitzahl."), format!("\"{text}\" is no postcode."))
            }
            Self::NoFolder { path } => (
                format!("Den Ordner „{path}“ gibt es nicht."),
                format!("There is no folder \"{path}\"."),
            ),
            _ => (String::new(), String::new()),
        };
        language.pick(german, english)
    }

    fn help_of_grammar(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::Encoding => (
                "Im Editor „Speichern unter“ wählen und als Kodierung UTF-8 angeben.".into(),
                "Choose \"save as\" in the editor and give UTF-8 as the encoding.".into(),
            ),
            Self::Truth { .. } => (
                "Ja und nein heißen true und false, klein und ohne Anführungszeichen.".into(),
                "Yes and no are written true and false, small and without quotes.".into(),
            ),
            Self::Unquoted { text } => {
                (format!("So schreiben: \"{text}\""), format!("Write it like this: \"{text}\""))
            }
            Self::UnquotedKey { key } => (
                format!("Namen mit Umlauten stehen in Anführungszeichen: \"{key}\""),
                format!("Names with umlauts stand in quotes: \"{key}\""),
            ),
            Self::DuplicateKey { .. } => {
                ("Eine der beiden Stellen löschen.".into(), "Delete one of the two.".into())
            }
            Self::SingleBrackets { key } => (
                format!("Mit doppelten Klammern beginnen: [[{key}]]"),
                format!("Begin it with double brackets: [[{key}]]"),
            ),
            Self::BareComma => (
                "Zum Beispiel \"20.5 °C\", mit Punkt und in Anführungszeichen.".into(),
                "For example \"20.5 °C\", with a point and in quotes.".into(),
            ),
            Self::MissingFormat => (
                "Als erste Zeile schreiben: format = 1".into(),
                "Write as the first line: format = 1".into(),
            ),
            Self::NewerFormat { .. } => (
                "hauswart auf den neuesten Stand bringen; die Datei nicht ändern.".into(),
                "Update hauswart; leave the file as it is.".into(),
            ),
            Self::UnknownFormat { .. } => ("format = 1".into(), "format = 1".into()),
            _ => return None,
        };
        Some(language.pick(german, english))
    }

    fn help_of_values(&self, language: Language) -> Option<String> {
        match self {
            Self::UnknownKey { near: Some(near), .. } => {
                let near = quote(language, near);
                Some(language.pick(format!("Meinten Sie {near}?"), format!("Did you mean {near}?")))
            }
            Self::UnknownKey { known, .. } => {
                let known = known.join(", ");
                Some(language.pick(format!("Bekannt sind: {known}"), format!("Known: {known}")))
            }
            Self::MissingKey { example, .. } => Some(
                language
                    .pick(format!("Zum Beispiel: {example}"), format!("For example: {example}")),
            ),
            Self::WrongType { wanted: Type::Text, text, .. } if !text.is_empty() => Some(
                language.pick(format!("So schreiben: \"{text}\""), format!("Write \"{text}\"")),
            ),
            Self::WrongType { wanted: Type::Integer | Type::Number, text, .. }
                if text.parse::<f64>().is_ok() =>
            {
                Some(language.pick(
                    format!("Ohne Anführungszeichen schreiben: {text}"),
                    format!("Write it without quotes: {text}"),
                ))
            }
            Self::WrongType { wanted: Type::Tables, key, .. } => Some(language.pick(
                format!("Mit doppelten Klammern beginnen: [[{key}]]"),
                format!("Begin it with double brackets: [[{key}]]"),
            )),
            Self::UnknownWord { word, known, .. } => offer(language, word, known, || None),
            Self::NotAQuantity { example, .. } | Self::UnitMisfit { example, .. } => Some(
                language.pick(format!("Zum Beispiel {example}"), format!("For example {example}")),
            ),
            Self::Comma { mended }
            | Self::UnitMissing { mended }
            | Self::UnknownUnit { mended: Some(mended), .. } => Some(
                language.pick(format!("So schreiben: \"{mended}\""), format!("Write \"{mended}\"")),
            ),
            Self::UnknownUnit { mended: None, .. } => {
                let known = Unit::symbols().collect::<Vec<_>>().join(" ");
                Some(language.pick(format!("Bekannt sind: {known}"), format!("Known: {known}")))
            }
            Self::UnknownTimeZone { .. } => Some(
                language
                    .pick("In Deutschland: \"Europe/Berlin\"", "In Germany: \"Europe/Berlin\"")
                    .into(),
            ),
            Self::NoFolder { .. } => Some(
                language
                    .pick(
                        "Den Ordner neben site.toml anlegen oder devices löschen.",
                        "Make the folder beside site.toml, or delete devices.",
                    )
                    .into(),
            ),
            Self::Postcode { .. } => Some(
                language
                    .pick(
                        "Fünf Ziffern, zum Beispiel \"55116\"",
                        "Five digits, for example \"55116\"",
                    )
                    .into(),
            ),
            _ => None,
        }
    }
}

/// Whether somebody meant `true` or `false`.
pub(in crate::site) fn is_truth(text: &str) -> bool {
    let word = text.to_lowercase();
    ["true", "false", "ja", "nein", "yes", "no", "on", "off", "wahr", "falsch"].contains(&&*word)
}
