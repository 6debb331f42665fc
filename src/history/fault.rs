//! What can go wrong with the history, in words that say which file and what to
//! do. None of it stops control.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use thiserror::Error;

use super::sample::Name;
use crate::model::{Language, system_words};

/// Why the history did not do what it was asked.
#[derive(Debug, Error)]
pub enum HistoryError {
    #[error("{doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// A file is torn or damaged: it is left out, the others are read.
    #[error("the history file {} cannot be read; restore it from a backup", path.display())]
    Damaged {
        path: PathBuf,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Batches of the open hour that the disk spoilt: the rest of it counts.
    #[error("in the history file {}, {batches} batches of readings are spoilt and left out; look at the disk (`smartctl`)", path.display())]
    Spoilt { path: PathBuf, batches: usize },
    #[error("the history file {} is missing; restore it from a backup", path.display())]
    Missing { path: PathBuf },
    #[error("the history was written by a newer hauswart (format = {found} in {}): install that one", path.display())]
    Newer { path: PathBuf, found: u32 },
    /// What was brought cannot be taken as it is; nothing has changed.
    #[error("{}", .0.words(Language::En))]
    Unfit(Unfit),
}

/// Why a day that was brought is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// This point is not in order of names, or comes twice.
    Order(Name),
    /// This time, ms since 1970, is not within the day, or not after the one before.
    Time(Name, i64),
    /// The day is not over.
    Running,
    /// The site has no point of this full name.
    Unknown(Name),
}

impl Unfit {
    fn words(&self, language: Language) -> String {
        match self {
            Self::Order(point) => language.pick(
                format!("die Punkte müssen nach Namen geordnet sein, jeder einmal: {point}"),
                format!("points must be in order of names, each once: {point}"),
            ),
            Self::Time(point, at_ms) => {
                let at = Timestamp::from_millisecond(*at_ms);
                let at = at.map_or_else(|_| at_ms.to_string(), |at| at.to_string());
                language.pick(
                    format!(
                        "{point}: {at} liegt nicht in diesem Tag oder nicht hinter der Zeit davor"
                    ),
                    format!("{point}: {at} is not within this day, or not after the time before"),
                )
            }
            Self::Running => language.pick(
                "dieser Tag ist noch nicht vorüber: morgen importieren".to_owned(),
                "this day is not over yet: import it tomorrow".to_owned(),
            ),
            Self::Unknown(point) => language.pick(
                format!("die Anlage hat keinen Punkt „{point}“: die Anlagendatei neu laden?"),
                format!("the site has no point \"{point}\": reload the site file?"),
            ),
        }
    }
}

impl HistoryError {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    pub(super) fn damaged(
        path: &Path,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Damaged { path: path.to_owned(), source: source.into() }
    }

    /// Whether a file was not there: it may have been merged meanwhile.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
            || matches!(self, Self::Missing { .. })
    }

    /// The file that it is about, where it is about one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. }
            | Self::Damaged { path, .. }
            | Self::Spoilt { path, .. }
            | Self::Missing { path }
            | Self::Newer { path, .. } => Some(path),
            Self::Unfit(_) => None,
        }
    }

    /// For people, in their language.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Unfit(unfit) => unfit.words(language),
            Self::Io { path, source, .. } => {
                let (path, cause) = (path.display(), system_words(source, language));
                language.pick(
                    format!("Zugriff auf {path} schlug fehl: {cause}"),
                    format!("{self}: {cause}"),
                )
            }
            Self::Damaged { path, source } => language.pick(
                format!(
                    "die Verlaufsdatei {} ist nicht lesbar ({source}); aus einer Sicherung \
                     zurückholen",
                    path.display()
                ),
                format!("{self} ({source})"),
            ),
            Self::Spoilt { path, batches } => language.pick(
                format!(
                    "in der Verlaufsdatei {} sind {batches} Lieferungen von Messwerten verdorben \
                     und fehlen; den Datenträger prüfen (`smartctl`)",
                    path.display()
                ),
                self.to_string(),
            ),
            Self::Missing { path } => language.pick(
                format!(
                    "die Verlaufsdatei {} fehlt; aus einer Sicherung zurückholen",
                    path.display()
                ),
                self.to_string(),
            ),
            Self::Newer { path, found } => language.pick(
                format!(
                    "der Verlauf stammt von einem neueren hauswart (format = {found} in {}): \
                     jenes installieren",
                    path.display()
                ),
                self.to_string(),
            ),
        }
    }
}
