//! Faults of what is said to be out of service.

use crate::model::{Fault, Language};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// It is the site's matter.
    InTemplate,
    Empty {
        key: &'static str,
    },
    NotADate {
        found: String,
    },
    Reversed {
        from: String,
        until: String,
    },
    /// A warning.
    Long {
        days: i32,
    },
    /// A warning: it ended on this day.
    Over {
        name: String,
        until: String,
    },
}

impl Fault for Closing {
    fn code(&self) -> &'static str {
        match self {
            Self::Long { .. } => "long-out-of-service",
            Self::Over { .. } => "service-again",
            _ => "out-of-service",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::InTemplate => (
                "„out_of_service“ gehört in die Anlagendatei: Eine Vorlage gilt für alle Geräte dieser Art.".to_owned(),
                "\"out_of_service\" belongs in the site file: a template is for all devices of its kind.".to_owned(),
            ),
            Self::Empty { key } => (format!("„{key}“ ist leer."), format!("\"{key}\" is empty.")),
            Self::NotADate { found } => (
                format!("„{found}“ ist kein Datum der Form 2026-10-01."),
                format!("\"{found}\" is no date of the form 2026-10-01."),
            ),
            Self::Reversed { from, until } => (
                format!("Das Ende ({until}) liegt vor dem Anfang ({from})."),
                format!("The end ({until}) lies before the beginning ({from})."),
            ),
            Self::Long { days } => (
                format!("{days} Tage außer Betrieb: So lange schützt Hauswart hier nichts, auch nicht vor Frost."),
                format!("Out of service for {days} days: so long hauswart protects nothing here, not even from frost."),
            ),
            Self::Over { name, until } => (
                format!("{name} war bis {until} außer Betrieb und wird seither wieder gestellt."),
                format!("{name} was out of service until {until} and has been commanded again since."),
            ),
        };
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::InTemplate => ("Die Angabe löschen.", "Delete it."),
            Self::Empty { key: "by" } => {
                ("Den Namen dessen, der es verantwortet.", "The name of who answers for it.")
            }
            Self::Empty { .. } => ("Den Grund in einem Satz.", "The reason in one sentence."),
            Self::NotADate { .. } => {
                ("Zum Beispiel until = \"2027-03-31\"", "For example until = \"2027-03-31\"")
            }
            Self::Reversed { .. } => ("Die beiden Tage tauschen.", "Swap the two days."),
            Self::Long { .. } => (
                "Ein früheres Ende angeben; es lässt sich verlängern.",
                "Give an earlier end; it can be extended.",
            ),
            Self::Over { .. } => (
                "Ist die Anlage wieder gefüllt, die Angabe löschen; sonst until verlängern.",
                "If the system is filled again, delete it; else extend until.",
            ),
        };
        Some(language.pick(german, english).to_owned())
    }
}
