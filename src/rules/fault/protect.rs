//! Faults of protections, and of outputs that lack one.

use crate::model::Language;
use crate::model::diagnostic::Fault;

/// What a protection asks of its point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtectFault {
    Empty {
        help: String,
    },
    Twice {
        point: String,
        place: String,
    },
    ByEach {
        point: String,
        variable: String,
    },
    /// A line for switched points, at a quantity.
    NotSwitched {
        point: String,
        unit: String,
        help: String,
    },
    /// None of the point's states is off.
    NoOff {
        point: String,
        states: Vec<String>,
    },
    /// A line for quantities, at a switched point.
    NotAQuantity {
        point: String,
        help: String,
    },
    /// In another unit than the point's differences.
    Unit {
        point: String,
        wanted: String,
        help: String,
    },
    Zero {
        help: String,
    },
    TooLong {
        help: String,
    },
    Count {
        help: String,
    },
    /// Wider than the point moves at all.
    WiderThanRange {
        point: String,
        low: String,
        high: String,
    },
    /// So long from one end to the other.
    Slow {
        point: String,
        days: u64,
        low: String,
        high: String,
    },
    WritesOften {
        point: String,
        help: String,
    },
}

impl Fault for ProtectFault {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty-protect",
            Self::Twice { .. } => "protected-twice",
            Self::ByEach { .. } => "protected-by-each",
            Self::NotSwitched { .. } => "not-switched",
            Self::NoOff { .. } => "no-off-state",
            Self::NotAQuantity { .. } => "not-a-quantity",
            Self::Unit { .. } => "units",
            Self::Zero { .. } => "zero-protect",
            Self::TooLong { .. } => "long-protect",
            Self::Count { .. } => "changes-per-hour",
            Self::WiderThanRange { .. } => "wide-step",
            Self::Slow { .. } => "slow-ramp",
            Self::WritesOften { .. } => "writes-often",
        }
    }

    fn reason(&self, language: Language) -> String {
        if language == Language::De { self.german() } else { self.english() }
    }

    fn help(&self, language: Language) -> Option<String> {
        match self {
            Self::Empty { help }
            | Self::NotSwitched { help, .. }
            | Self::NotAQuantity { help, .. }
            | Self::Unit { help, .. }
            | Self::Zero { help }
            | Self::TooLong { help }
            | Self::Count { help }
            | Self::WritesOften { help, .. } => Some(help.clone()),
            Self::NoOff { .. } => Some("change at most 6 per hour".to_owned()),
            Self::ByEach { variable, .. } => Some(format!("protect {variable}.…")),
            Self::Twice { .. } => {
                let (german, english) =
                    ("die Zeilen in einem Eintrag sammeln", "gather the lines in one entry");
                Some(language.pick(german, english).to_owned())
            }
            Self::WiderThanRange { .. } | Self::Slow { .. } => None,
        }
    }
}

impl ProtectFault {
    fn german(&self) -> String {
        match self {
            Self::Empty { .. } => "dieser Schutz verlangt nichts".to_owned(),
            Self::Twice { point, place } => format!("{point} ist schon geschützt ({place})"),
            Self::ByEach { point, .. } => format!("jede Runde schützt denselben Punkt {point}"),
            Self::NotSwitched { point, unit, .. } => {
                format!("{point} ist eine Größe in {unit}; an und aus ist nur, was schaltet")
            }
            Self::NoOff { point, states } => {
                format!("{point} hat keinen Zustand off ({})", states.join(", "))
            }
            Self::NotAQuantity { point, .. } => {
                format!("{point} schaltet; Schritte und Rampen haben nur Größen")
            }
            Self::Unit { point, wanted, .. } => {
                format!("Änderungen von {point} werden in {wanted} angegeben")
            }
            Self::Zero { .. } => "das schützt nicht: null oder weniger".to_owned(),
            Self::TooLong { .. } => "länger als ein Tag; das hält eine Anlage fest".to_owned(),
            Self::Count { .. } => "eine ganze Zahl von 1 bis 360 in der Stunde".to_owned(),
            Self::WiderThanRange { point, low, high } => {
                format!(
                    "{point} geht nur von {low} bis {high}; so käme er nie an einen anderen Wert"
                )
            }
            Self::Slow { point, days, low, high } => {
                format!("so langsam braucht {point} {days} Tage von {low} bis {high}")
            }
            Self::WritesOften { point, .. } => {
                format!("{point} wird bei jeder kleinen Änderung des Messwerts neu geschrieben")
            }
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Empty { .. } => "this protection asks for nothing".to_owned(),
            Self::Twice { point, place } => format!("{point} is protected already ({place})"),
            Self::ByEach { point, .. } => format!("each round protects the same point {point}"),
            Self::NotSwitched { point, unit, .. } => {
                format!("{point} is a quantity in {unit}; only what switches is on or off")
            }
            Self::NoOff { point, states } => {
                format!("{point} has no state off ({})", states.join(", "))
            }
            Self::NotAQuantity { point, .. } => {
                format!("{point} switches; only quantities have steps and ramps")
            }
            Self::Unit { point, wanted, .. } => {
                format!("changes of {point} are given in {wanted}")
            }
            Self::Zero { .. } => "this protects nothing: zero or less".to_owned(),
            Self::TooLong { .. } => "longer than a day; that pins the equipment down".to_owned(),
            Self::Count { .. } => "a whole number from 1 to 360 an hour".to_owned(),
            Self::WiderThanRange { point, low, high } => {
                format!(
                    "{point} only goes from {low} to {high}; so it would never get to another value"
                )
            }
            Self::Slow { point, days, low, high } => {
                format!("at this pace {point} takes {days} days from {low} to {high}")
            }
            Self::WritesOften { point, .. } => {
                format!("{point} is written anew at every small change of the reading")
            }
        }
    }
}
