//! What the operating system says of a failure, in words for people. The
//! system's own text is English and speaks to programmers; it stands only
//! where nothing better is known.

use std::fmt;
use std::io;

use super::diagnostic::Language;

/// An error of the operating system that can be kept and compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemError {
    kind: io::ErrorKind,
    text: String,
}

impl From<&io::Error> for SystemError {
    fn from(error: &io::Error) -> Self {
        Self { kind: error.kind(), text: error.to_string() }
    }
}

impl From<io::ErrorKind> for SystemError {
    fn from(kind: io::ErrorKind) -> Self {
        Self { kind, text: kind.to_string() }
    }
}

impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl SystemError {
    #[must_use]
    pub const fn kind(&self) -> io::ErrorKind {
        self.kind
    }

    /// For people: the cause, and where it helps what to look at.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let known = words(self.kind).or_else(|| {
            // What the resolver says has no kind of its own.
            self.text.starts_with("failed to lookup address").then_some((
                "der Name ist im Netz nicht bekannt",
                "the name is not known in the network",
            ))
        });
        match known {
            Some((german, english)) => language.pick(german, english).to_owned(),
            None => self.text.clone(),
        }
    }
}

/// The words for an error as it comes.
#[must_use]
pub fn system_words(error: &io::Error, language: Language) -> String {
    SystemError::from(error).words(language)
}

const fn words(kind: io::ErrorKind) -> Option<(&'static str, &'static str)> {
    use io::ErrorKind as Kind;
    Some(match kind {
        Kind::ConnectionRefused => (
            "dort nimmt niemand Verbindungen an; Adresse und Port prüfen",
            "nobody takes connections there; check address and port",
        ),
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => {
            ("kein Weg dorthin; Netzwerk und Kabel prüfen", "no way there; check network and cable")
        }
        Kind::TimedOut => ("keine Antwort in der Wartezeit", "no answer within the time-out"),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::NotConnected | Kind::BrokenPipe => {
            ("die Gegenseite hat sie beendet", "the other side closed it")
        }
        Kind::AddrInUse => (
            "ein anderes Programm benutzt diesen Port schon",
            "another program uses this port already",
        ),
        Kind::AddrNotAvailable => {
            ("dieser Rechner hat diese Adresse nicht", "this machine does not have this address")
        }
        Kind::NotFound => ("nicht vorhanden", "not there"),
        Kind::PermissionDenied => (
            "kein Zugriffsrecht; Benutzer und Rechte prüfen",
            "no permission; check user and rights",
        ),
        Kind::IsADirectory => ("ein Ordner, keine Datei", "a folder, not a file"),
        Kind::NotADirectory => ("eine Datei, kein Ordner", "a file, not a folder"),
        Kind::StorageFull | Kind::QuotaExceeded => ("der Datenträger ist voll", "the disk is full"),
        Kind::ReadOnlyFilesystem => {
            ("der Datenträger ist schreibgeschützt", "the disk is write-protected")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_told_in_the_readers_language() {
        let refused = io::Error::from_raw_os_error(111);
        assert_eq!(
            system_words(&refused, Language::De),
            "dort nimmt niemand Verbindungen an; Adresse und Port prüfen"
        );
        let missing = std::fs::read("/nonexistent").unwrap_err();
        assert_eq!(system_words(&missing, Language::En), "not there");
    }

    #[test]
    fn what_is_not_known_keeps_the_systems_text() {
        let odd = io::Error::other("flux");
        assert_eq!(system_words(&odd, Language::De), "flux");
    }
}
