//! How a BACnet request can fail. "The device refused" is kept apart from "the
//! line failed": a refusal is an answer, and says what the device said.

use thiserror::Error;

use crate::model::{Language, SystemError};
use crate::wire::bacnet::{
    DecodeError, DeviceError, abort_name, abort_reason, error_class_name, error_code_name,
    reject_name, reject_reason,
};

/// Why a request gave no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// No answer, however often it was asked.
    #[error("no answer in time")]
    Silent,
    /// Nobody answered to the instance or the network number.
    #[error("{0} is not found")]
    NotFound(Sought),
    /// Nobody could be looked for: the BBMD has not accepted us.
    #[error("not registered at the BBMD")]
    NotRegistered,
    /// Another device answers at the address.
    #[error("device {0} is not at its address")]
    Stranger(u32),
    /// Two devices have the same instance (12.11.5: unique on the internetwork).
    #[error("two devices are number {instance}: {} and {}", .places[0], .places[1])]
    Duplicate { instance: u32, places: [String; 2] },
    /// The message could not leave this machine.
    #[error("cannot be sent: {0}")]
    NotSent(SystemError),
    /// The site file gives neither an address nor a way to look for one.
    #[error("no address to ask at")]
    NoAddress,
    /// So many requests to one device are on their way that no number is left.
    #[error("no free invoke id")]
    NoInvokeId,
    /// An answer came, but not to what was asked, or not in order.
    #[error("wrong answer: {0}")]
    Wrong(String),
    /// Longer than the device takes.
    #[error("longer than the device takes")]
    TooLong,
    /// The device said no.
    #[error("refused: {}", .0.name())]
    Refused(Refusal),
}

/// Who was looked for by broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Sought {
    #[error("device {0}")]
    Device(u32),
    #[error("the router to network {0}")]
    Router(u16),
}

/// The three ways in which a device says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It understood and cannot or will not.
    Error(DeviceError),
    /// It did not understand (clause 18.9).
    Reject(u8),
    /// It gave up, often for size (clause 18.10).
    Abort(u8),
}

impl Refusal {
    /// The whole service is missing.
    #[must_use]
    pub const fn no_such_service(self) -> bool {
        matches!(self, Self::Reject(reject_reason::UNRECOGNIZED_SERVICE))
    }

    /// The answer, or the question, was too long for it.
    #[must_use]
    pub const fn too_long(self) -> bool {
        matches!(
            self,
            Self::Abort(
                abort_reason::BUFFER_OVERFLOW
                    | abort_reason::SEGMENTATION_NOT_SUPPORTED
                    | abort_reason::OUT_OF_RESOURCES
                    | abort_reason::APDU_TOO_LONG
            )
        )
    }

    /// It asks for patience.
    #[must_use]
    pub const fn is_busy(self) -> bool {
        matches!(
            self,
            Self::Error(DeviceError { class: 0, code: 3 } | DeviceError { class: 5, code: 82 })
        )
    }

    /// It has no such object or property, or does not give it: asking again
    /// soon is of no use. Error classes `object` and `property`.
    #[must_use]
    pub const fn is_lasting(self) -> bool {
        matches!(self, Self::Error(DeviceError { class: 1 | 2, .. }) | Self::Reject(_))
    }

    /// The device's words, as the standard names them.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Error(error) => {
                format!("{}: {}", error_class_name(error.class), error_code_name(error.code))
            }
            Self::Reject(reason) => format!("reject: {}", reject_name(reason)),
            Self::Abort(reason) => format!("abort: {}", abort_name(reason)),
        }
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl Failure {
    /// Whether it says that nobody is there, rather than no.
    #[must_use]
    pub const fn is_silence(&self) -> bool {
        matches!(
            self,
            Self::Silent
                | Self::NotFound(_)
                | Self::Stranger(_)
                | Self::Duplicate { .. }
                | Self::NotSent(_)
                | Self::NoAddress
                | Self::NoInvokeId
        )
    }

    /// For people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Silent => language
                .pick("keine Antwort innerhalb der Wartezeit", "no answer within the time-out")
                .to_owned(),
            Self::NotFound(Sought::Device(instance)) => language.pick(
                format!("auf die Suche (Who-Is) nach Gerät {instance} antwortet niemand"),
                format!("nobody answers the search (Who-Is) for device {instance}"),
            ),
            Self::NotFound(Sought::Router(network)) => language.pick(
                format!("kein Router zum Netz {network} meldet sich"),
                format!("no router to network {network} answers"),
            ),
            Self::NotRegistered => language
                .pick(
                    "der BBMD nimmt die Anmeldung nicht an; die Suche erreicht das Netz nicht",
                    "the BBMD does not accept us; the search does not reach the network",
                )
                .to_owned(),
            Self::Stranger(instance) => language.pick(
                format!("unter der Adresse antwortet ein anderes Gerät als {instance}"),
                format!("another device than {instance} answers at the address"),
            ),
            Self::Duplicate { instance, places: [one, other] } => language.pick(
                format!("zwei Geräte haben die Nummer {instance}: {one} und {other}; eines umnummerieren oder beim Gerät seine address angeben"),
                format!("two devices are number {instance}: {one} and {other}; renumber one, or give the device its address"),
            ),
            Self::NotSent(why) => {
                let why = why.words(language);
                language.pick(
                    format!("die Anfrage lässt sich nicht senden: {why}"),
                    format!("the request cannot be sent: {why}"),
                )
            }
            Self::NoAddress => language
                .pick(
                    "ohne Adresse beim Gerät und ohne broadcast oder foreign bei der Verbindung ist es nicht zu finden",
                    "without an address at the device, and broadcast or foreign at the connection, it cannot be found",
                )
                .to_owned(),
            Self::NoInvokeId => language
                .pick("zu viele Anfragen unterwegs", "too many requests on their way")
                .to_owned(),
            Self::Wrong(why) => language.pick(
                format!("die Antwort passt nicht zur Frage: {why}"),
                format!("the answer does not fit the question: {why}"),
            ),
            Self::TooLong => language
                .pick("länger, als das Gerät annimmt", "longer than the device takes")
                .to_owned(),
            Self::Refused(refusal) => language.pick(
                format!("das Gerät antwortet „{}“", refusal.name()),
                format!("the device answers “{}”", refusal.name()),
            ),
        }
    }
}
