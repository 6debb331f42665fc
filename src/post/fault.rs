//! Why a message did not go out.

use std::error::Error;

use crate::model::Language;

use super::line;

/// Why a message did not go out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The other side answered, and did not take it; its words.
    #[error("refused: {0}")]
    Refused(String),
    /// Nobody answered there, or not as expected.
    #[error("not reachable: {0}")]
    Unreachable(String),
    /// It could not be sent within [`PATIENCE`](super::PATIENCE).
    #[error("no answer within 30 s")]
    Silent,
    /// The password is not where the site file says.
    #[error("the secret cannot be read: {0}")]
    Secret(String),
    /// The message or its address is none.
    #[error("cannot be sent: {0}")]
    Malformed(String),
}

impl PostError {
    /// Whatever went wrong on the way, with all that it says of its reasons.
    pub(super) fn unreachable(error: &dyn Error) -> Self {
        let mut words = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            let said = inner.to_string();
            if !words.contains(&said) {
                words = format!("{words}: {said}");
            }
            source = inner.source();
        }
        Self::Unreachable(line(&words))
    }

    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let german = match self {
            Self::Refused(why) => format!("abgelehnt: {why}"),
            Self::Unreachable(why) => format!("nicht erreichbar: {why}"),
            Self::Silent => "keine Antwort binnen 30 s".to_owned(),
            Self::Secret(why) => format!("das Passwort ist nicht lesbar: {why}"),
            Self::Malformed(why) => format!("nicht zu senden: {why}"),
        };
        language.pick(german, self.to_string())
    }
}
