//! Faults of jobs: reports that are written by themselves.

use crate::model::recurrence::{Field, NotARecurrence};
use crate::model::{Fault, Language};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobFault {
    At(NotARecurrence),
    /// A list without anything in it.
    Empty {
        key: &'static str,
    },
    /// Two jobs put the same file into the same folder.
    SameFile {
        name: String,
        other: String,
        form: String,
    },
}

impl Fault for JobFault {
    fn code(&self) -> &'static str {
        match self {
            Self::At(_) => "job-at",
            Self::Empty { .. } => "empty-list",
            Self::SameFile { .. } => "job-same-file",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::At(NotARecurrence::Fields(found)) => (
                format!("Hier stehen {found} Felder, gebraucht werden fünf."),
                format!("There are {found} fields here; five are needed."),
            ),
            Self::At(NotARecurrence::WeekdayNumber(_)) => (
                "Wochentage werden mit Namen geschrieben: Nummern zählt jedes Programm anders."
                    .to_owned(),
                "Weekdays are written by name: every program counts their numbers differently."
                    .to_owned(),
            ),
            Self::At(NotARecurrence::Field(field, text)) => {
                let (german, english) = name(*field);
                (
                    format!("„{text}“ kann nicht im Feld {german} stehen."),
                    format!("\"{text}\" cannot stand in the field of the {english}."),
                )
            }
            Self::At(NotARecurrence::Never) => {
                ("Das kommt nie vor.".to_owned(), "This never comes.".to_owned())
            }
            Self::Empty { key } => (format!("„{key}“ ist leer."), format!("\"{key}\" is empty.")),
            Self::SameFile { name, other, form } => (
                format!(
                    "„{name}“ und „{other}“ schreiben dieselbe {form}-Datei: Der eine Auftrag ersetzt die des anderen."
                ),
                format!(
                    "\"{name}\" and \"{other}\" write the same {form} file: one job replaces that of the other."
                ),
            ),
        };
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::At(NotARecurrence::WeekdayNumber(mended)) => {
                (format!("So schreiben: \"{mended}\""), format!("Write \"{mended}\""))
            }
            Self::Empty { key: "forms" } => {
                ("forms = [\"pdf\", \"xlsx\"]".to_owned(), "forms = [\"pdf\", \"xlsx\"]".to_owned())
            }
            Self::Empty { key } => (
                format!("{key} löschen: Dann gilt der Auftrag für alle."),
                format!("Delete {key}: then the job is for all."),
            ),
            Self::SameFile { .. } => (
                "Einem der beiden einen eigenen Ordner geben: folder = \"berichte/anders\"".to_owned(),
                "Give one of them a folder of its own: folder = \"reports/other\"".to_owned(),
            ),
            Self::At(_) => (
                "Minute, Stunde, Tag, Monat, Wochentag: at = \"30 6 2 * *\" ist jeden Monat am 2. um 6:30, at = \"0 7 * * MON\" jeden Montag um 7."
                    .to_owned(),
                "Minute, hour, day, month, weekday: at = \"30 6 2 * *\" is at 6:30 on the 2nd of each month, at = \"0 7 * * MON\" at 7 each Monday."
                    .to_owned(),
            ),
        };
        Some(language.pick(german, english))
    }
}

const fn name(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Minute => ("Minute", "minute"),
        Field::Hour => ("Stunde", "hour"),
        Field::Day => ("Tag", "day"),
        Field::Month => ("Monat", "month"),
        Field::Weekday => ("Wochentag", "weekday"),
    }
}
