//! Faults of what is computed over time.

use crate::model::Language;
use crate::model::diagnostic::Fault;

/// What stands before or behind `over`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowFault {
    Missing { function: String, help: String },
    OfSeveral { function: String, help: String },
    HasNone { function: String },
    Zero,
    Period,
    DemandOfEnergy { rate: String },
}

impl Fault for WindowFault {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } | Self::OfSeveral { .. } => "no-window",
            Self::HasNone { .. } => "needless-window",
            Self::Zero => "empty-window",
            Self::Period => "metering-period",
            Self::DemandOfEnergy { .. } => "units",
        }
    }

    fn reason(&self, language: Language) -> String {
        match self {
            Self::Missing { function, .. } => language.pick(
                format!("{function} braucht einen Zeitraum"),
                format!("{function} takes a span of time"),
            ),
            Self::OfSeveral { function, .. } => language.pick(
                format!("{function} von mehreren Werten gibt es über eine Gruppe"),
                format!("there is {function} of several values over a group"),
            ),
            Self::HasNone { function } => language.pick(
                format!("{function} hat keinen Zeitraum"),
                format!("{function} has no span of time"),
            ),
            Self::Zero => language
                .pick("der Zeitraum ist null".to_owned(), "the span of time is zero".to_owned()),
            Self::Period => language.pick(
                "in diese Messperioden lässt sich der Tag nicht teilen".to_owned(),
                "the day cannot be divided into such metering periods".to_owned(),
            ),
            Self::DemandOfEnergy { .. } => language.pick(
                "demand braucht eine Leistung, keine Arbeit".to_owned(),
                "demand takes a power, not an energy".to_owned(),
            ),
        }
    }

    fn help(&self, language: Language) -> Option<String> {
        match self {
            Self::Missing { help, .. } | Self::OfSeveral { help, .. } => Some(help.clone()),
            Self::HasNone { .. } => Some(language.pick(
                "over gibt es bei mean, min, max, change, rate, starts und demand".to_owned(),
                "mean, min, max, change, rate, starts and demand have over".to_owned(),
            )),
            Self::Zero => Some("over 1 h".to_owned()),
            Self::Period => Some("over 15 min".to_owned()),
            Self::DemandOfEnergy { rate } => Some(rate.clone()),
        }
    }
}
