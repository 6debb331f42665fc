//! Faults of what a point says about a command that may stay.

use crate::model::{Fault, Language};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stay {
    /// Accepting a risk is the site's matter.
    InTemplate,
    HarmlessNumber,
    Empty {
        key: &'static str,
    },
    NotADate {
        found: String,
    },
}

impl Fault for Stay {
    fn code(&self) -> &'static str {
        "stays"
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::InTemplate => (
                "„stays“ gehört in die Anlagendatei: Nur wer das Gebäude kennt, kann das hinnehmen.".to_owned(),
                "\"stays\" belongs in the site file: only who knows the building can accept this.".to_owned(),
            ),
            Self::HarmlessNumber => (
                "„harmless“ passt nur zu Zuständen; dieser Punkt hat Zahlen.".to_owned(),
                "\"harmless\" fits states only; this point has numbers.".to_owned(),
            ),
            Self::Empty { key } => {
                (format!("„{key}“ ist leer."), format!("\"{key}\" is empty."))
            }
            Self::NotADate { found } => (
                format!("„{found}“ ist kein Datum der Form 2026-10-01."),
                format!("\"{found}\" is no date of the form 2026-10-01."),
            ),
        };
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::InTemplate | Self::HarmlessNumber => ("Die Angabe löschen.", "Delete it."),
            Self::Empty { key: "by" } => {
                ("Den Namen dessen, der es verantwortet.", "The name of who answers for it.")
            }
            Self::Empty { .. } => ("Den Grund in einem Satz.", "The reason in one sentence."),
            Self::NotADate { .. } => {
                ("Zum Beispiel on = \"2026-10-01\"", "For example on = \"2026-10-01\"")
            }
        };
        Some(language.pick(german, english).to_owned())
    }
}
