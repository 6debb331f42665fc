//! How a Modbus request can fail. "The device refused" is kept apart from "the
//! line failed": a refusal is an answer, and the line stays in step.

use thiserror::Error;

use crate::model::{Language, SystemError};

/// Why a request gave no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// The line could not be opened: no host, no port, no serial device.
    #[error("cannot be opened: {0}")]
    Unreachable(SystemError),
    /// No whole answer within the connection's time-out.
    #[error("no answer in time")]
    TimedOut,
    /// The line broke. `sent`: the request may have reached the device.
    #[error("closed: {why}")]
    Closed { why: SystemError, sent: bool },
    /// An answer came, but not to what was asked: short, shifted, garbled.
    #[error("wrong answer: {0}")]
    Wrong(String),
    /// The device said no, by this exception code.
    #[error("exception {0}")]
    Refused(u8),
}

/// What an exception code asks of a driver (Modbus Application Protocol
/// V1.1b3, 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 1, 2, 3: it does not have this function, address or length.
    NotThere,
    /// 5: a command is being carried out. 6: ask again later.
    Busy,
    /// 10, 11: a gateway speaks, the device behind it is silent.
    Gateway,
    /// 4 and all others: the device has it, but cannot tell.
    Fault,
}

/// Exception 5: the command was taken and is being carried out.
pub const ACKNOWLEDGE: u8 = 5;

impl Refusal {
    #[must_use]
    pub const fn of(code: u8) -> Self {
        match code {
            1..=3 => Self::NotThere,
            5 | 6 => Self::Busy,
            10 | 11 => Self::Gateway,
            _ => Self::Fault,
        }
    }
}

impl Failure {
    /// Whether it says that nobody is there, rather than no.
    #[must_use]
    pub const fn is_silence(&self) -> bool {
        match self {
            Self::Refused(code) => matches!(Refusal::of(*code), Refusal::Gateway),
            _ => true,
        }
    }

    /// For people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Unreachable(why) => {
                let why = why.words(language);
                language.pick(
                    format!("die Verbindung lässt sich nicht öffnen: {why}"),
                    format!("the connection cannot be opened: {why}"),
                )
            }
            Self::TimedOut => language
                .pick("keine Antwort innerhalb der Wartezeit", "no answer within the time-out")
                .to_owned(),
            Self::Closed { why, .. } => {
                let why = why.words(language);
                language.pick(
                    format!("die Verbindung ist abgebrochen: {why}"),
                    format!("the connection broke: {why}"),
                )
            }
            Self::Wrong(why) => language.pick(
                format!("die Antwort passt nicht zur Frage: {why}"),
                format!("the answer does not fit the question: {why}"),
            ),
            Self::Refused(code) => {
                let said = exception_words(*code, language);
                language.pick(
                    format!("das Gerät meldet Ausnahme {code}: {said}"),
                    format!("the device answers with exception {code}: {said}"),
                )
            }
        }
    }
}

fn exception_words(code: u8, language: Language) -> &'static str {
    let (german, english) = match code {
        1 => ("Funktion nicht vorhanden", "no such function"),
        2 => ("Adresse nicht vorhanden", "no such address"),
        3 => ("Wert oder Länge nicht zulässig", "value or length not allowed"),
        4 => ("Gerätefehler", "device failure"),
        5 => ("angenommen, dauert noch", "accepted, still at work"),
        6 => ("beschäftigt", "busy"),
        8 => ("Speicherfehler", "memory parity error"),
        10 => ("Gateway hat keinen Weg zum Gerät", "the gateway has no path to the device"),
        11 => (
            "Gerät hinter dem Gateway antwortet nicht",
            "the device behind the gateway does not answer",
        ),
        _ => ("nicht genormt", "not in the standard"),
    };
    language.pick(german, english)
}
