//! What can go wrong with the store, and what may get lost: in words that say
//! which folder and what to do.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{FORMAT, LARGEST_KEY, LARGEST_VALUE};
use crate::model::{Language, system_words};

/// Why the store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("the data folder {} is in use: another hauswart runs with it; stop that one first, or ask it by its commands", folder.display())]
    InUse { folder: PathBuf },
    #[error("the data folder {} was written by a newer hauswart (format = {found}; this one knows up to {FORMAT}): install that one, or use another folder", folder.display())]
    Newer { folder: PathBuf, found: u32 },
    #[error("{}: `format = {FORMAT}` was expected; restore it from a backup, or use another folder", file.display())]
    FormatUnreadable { file: PathBuf },
    #[error("the store in {} is damaged, and was left as it is: start the daemon (hauswart run), it says what is lost and goes on with what is left; then try again", folder.display())]
    NotWhole { folder: PathBuf },
    #[error("the disk is full: {} free in {}, {} needed; make room, the store then goes on by itself", mib(*free), folder.display(), mib(*needed))]
    Full { folder: PathBuf, free: u64, needed: u64 },
    #[error(
        "a key of {key} or a value of {value} bytes is too large for the store (keys below {LARGEST_KEY}, values below {LARGEST_VALUE})"
    )]
    TooLarge { key: usize, value: usize },
    #[error("{doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the store failed; check the disk, then start hauswart anew")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("record {key} of the store cannot be read")]
    Unreadable {
        key: String,
        #[source]
        source: serde_json::Error,
    },
}

impl StoreError {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    /// For people, in their language.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        if language == Language::En {
            return match self {
                Self::Io { source, .. } => format!("{self}: {}", system_words(source, language)),
                _ => self.to_string(),
            };
        }
        match self {
            Self::InUse { folder } => format!(
                "der Datenordner {} ist in Gebrauch: ein anderes hauswart arbeitet damit; erst \
                 jenes anhalten, oder es über seine Befehle fragen",
                folder.display()
            ),
            Self::Newer { folder, found } => format!(
                "der Datenordner {} stammt von einem neueren hauswart (format = {found}, dieses \
                 kennt bis {FORMAT}): jenes installieren oder einen anderen Ordner nehmen",
                folder.display()
            ),
            Self::FormatUnreadable { file } => format!(
                "{}: erwartet war `format = {FORMAT}`; aus einer Sicherung zurückholen oder einen \
                 anderen Ordner nehmen",
                file.display()
            ),
            Self::NotWhole { folder } => format!(
                "der Speicher in {} ist beschädigt und wurde gelassen, wie er ist: den Dienst \
                 starten (hauswart run), er sagt, was verloren ist, und arbeitet mit dem Rest \
                 weiter; dann noch einmal versuchen",
                folder.display()
            ),
            Self::Full { folder, free, needed } => format!(
                "der Datenträger ist voll: {} frei in {}, {} nötig; Platz schaffen, dann geht es \
                 von selbst weiter",
                mib(*free),
                folder.display(),
                mib(*needed)
            ),
            Self::TooLarge { key, value } => format!(
                "ein Schlüssel von {key} oder ein Wert von {value} Byte ist zu groß für den \
                 Speicher"
            ),
            Self::Io { path, source, .. } => format!(
                "Zugriff auf {} schlug fehl: {}",
                path.display(),
                system_words(source, language)
            ),
            Self::Failed(_) => {
                "der Speicher versagte; Datenträger prüfen, dann hauswart neu starten".to_owned()
            }
            Self::Unreadable { key, .. } => format!("Eintrag {key} des Speichers ist nicht lesbar"),
        }
    }
}

/// Whole mebibytes, one decimal: `3.9 MiB`.
fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// What opening had to give up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// Snapshots, which the store makes anew: nothing of ours.
    Snapshots { aside: PathBuf, why: String },
    /// Some entries, or at least the last `batches` changes; so many entries are
    /// left.
    Part { left: u64, batches: u64 },
    /// All of it, set aside in this folder.
    Everything { aside: PathBuf, why: String },
}

impl Lost {
    /// Whether no record is left.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        matches!(self, Self::Everything { .. })
    }

    /// For people: what was lost, where it lies now and what to do.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::Snapshots { aside, why } => {
                let aside = aside.display();
                (
                    format!(
                        "der Speicher war beschädigt ({why}) und wurde wiederhergestellt; es ging nichts verloren. Der beschädigte Teil liegt in {aside}"
                    ),
                    format!(
                        "the store was damaged ({why}) and was restored; nothing was lost. The damaged part is in {aside}"
                    ),
                )
            }
            Self::Part { left, batches } => (
                format!(
                    "der Speicher war beschädigt; ein Teil ist verloren ({batches} Änderungen oder mehr, {left} Einträge sind geblieben). Bitte Handeingriffe prüfen, und ob an den Geräten noch alte Vorgaben stehen"
                ),
                format!(
                    "the store was damaged; a part is lost ({batches} changes or more, {left} entries are left). Please check the overrides, and whether old commands still stand in the devices"
                ),
            ),
            Self::Everything { aside, why } => {
                let aside = aside.display();
                (
                    format!(
                        "der Speicher war nicht zu öffnen ({why}) und wurde neu begonnen: ausstehende Stellbefehle, Handeingriffe und höchstens eine Stunde Messwerte sind verloren. Bitte prüfen, ob an den Geräten noch alte Vorgaben stehen. Der alte Speicher liegt in {aside}"
                    ),
                    format!(
                        "the store could not be opened ({why}) and was begun anew: commands outstanding, overrides and at most one hour of samples are lost. Please check whether old commands still stand in the devices. The old store is in {aside}"
                    ),
                )
            }
        };
        language.pick(german, english)
    }
}
