//! BACnet/IP as bytes (ANSI/ASHRAE 135): BVLC, NPDU, APDU, values and the
//! services that a supervising client and a simulated device need, each with
//! encoding and decoding, so that both sides of a conversation share it.
//!
//! `bacnet-rs` gives enumerations, NPDU and APDU framing and the primitive
//! codecs. It is not trusted with foreign bytes: lengths are checked before it
//! sees them, what it decodes wrongly is decoded here, and `guarded` is the
//! last net. No other module names that crate.

mod apdu;
mod bvlc;
mod cov;
mod names;
mod npdu;
mod object;
mod read;
mod tag;
mod value;
mod who;
mod write;

pub use apdu::{
    Apdu, MAX_APDU, Request, Segment, abort_reason, confirmed, reject_reason, unconfirmed,
};
pub use bvlc::{Bvlc, result_code};
pub use cov::{CovNotification, CovValue, SubscribeCov};
pub use names::{abort_name, error_class_name, error_code_name, property_name, reject_name};
pub use npdu::{NetworkAddress, NetworkMessage, Npdu, Payload};
pub use object::{ObjectId, PropertyRef, object_type, property};
pub use read::{
    ReadProperty, ReadPropertyAck, ReadPropertyMultiple, ReadPropertyMultipleAck, ReadResult,
};
pub use value::{BitString, Date, Time, Value};
pub use who::{IAm, Segmentation, WhoIs};
pub use write::WriteProperty;

/// The port of BACnet/IP, 0xBAC0 (clause J.1.2).
pub const PORT: u16 = 47_808;

/// Why bytes are not what they claim to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("the message ends too early")]
    Short,
    #[error("{0}: another tag was expected")]
    Tag(&'static str),
    #[error("{0}: the length does not fit")]
    Length(&'static str),
    #[error("{0}: the value is not allowed")]
    Range(&'static str),
    #[error("there are bytes after the end")]
    Trailing,
    #[error("constructed values are nested too deep")]
    Depth,
    /// A confirmed request for a service that no standard knows; its sender
    /// deserves a Reject.
    #[error("service {service} is unknown")]
    UnknownService { invoke_id: u8, service: u8 },
    /// `bacnet-rs` failed, or panicked.
    #[error("the message cannot be decoded")]
    Codec,
}

/// What the device says is wrong: error class and code in full width
/// (clause 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceError {
    pub class: u32,
    pub code: u32,
}

impl DeviceError {
    /// Class and code, both enumerations. Whatever else a device sends in
    /// their place is an error all the same, of which no more is known.
    fn from_values(values: &[Value]) -> Self {
        match values {
            [Value::Enumerated(class), Value::Enumerated(code), ..] => {
                Self { class: *class, code: *code }
            }
            _ => error_code::OTHER,
        }
    }
}

/// Error classes and codes that this program sends or acts on (clause 18).
pub mod error_code {
    use super::DeviceError;

    /// Also for an error whose class and code cannot be read.
    pub const OTHER: DeviceError = DeviceError { class: 0, code: 0 };
    pub const UNKNOWN_OBJECT: DeviceError = DeviceError { class: 1, code: 31 };
    pub const UNKNOWN_PROPERTY: DeviceError = DeviceError { class: 2, code: 32 };
    pub const READ_ACCESS_DENIED: DeviceError = DeviceError { class: 2, code: 27 };
    pub const WRITE_ACCESS_DENIED: DeviceError = DeviceError { class: 2, code: 40 };
    pub const INVALID_DATA_TYPE: DeviceError = DeviceError { class: 2, code: 9 };
    pub const VALUE_OUT_OF_RANGE: DeviceError = DeviceError { class: 2, code: 37 };
    pub const INVALID_ARRAY_INDEX: DeviceError = DeviceError { class: 2, code: 42 };
    pub const NOT_AN_ARRAY: DeviceError = DeviceError { class: 2, code: 50 };
    pub const SERVICE_REQUEST_DENIED: DeviceError = DeviceError { class: 5, code: 29 };
    pub const OPTIONAL_FUNCTIONALITY_NOT_SUPPORTED: DeviceError =
        DeviceError { class: 5, code: 45 };
    pub const UNKNOWN_SUBSCRIPTION: DeviceError = DeviceError { class: 5, code: 79 };
    pub const DEVICE_BUSY: DeviceError = DeviceError { class: 0, code: 3 };
}

/// Runs a decoder of `bacnet-rs`: a panic in it becomes an error. The last
/// net; lengths are checked before, so that it is never needed.
fn guarded<T, E>(decode: impl FnOnce() -> Result<T, E>) -> Result<T, DecodeError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode))
        .map_err(|_| DecodeError::Codec)?
        .map_err(|_| DecodeError::Codec)
}

#[cfg(test)]
mod tests;
