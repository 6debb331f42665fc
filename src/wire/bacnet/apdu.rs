//! Application-layer framing (clause 20.1). `bacnet-rs` cuts error classes and
//! codes to eight bits and fails on wrapped errors, so those are decoded here.

use bacnet_rs::app::{self, MaxSegments};
use bacnet_rs::service::ConfirmedServiceChoice;

use super::tag::{self, Reader};
use super::value::Value;
use super::{DecodeError, DeviceError, guarded};

/// The largest APDU on BACnet/IP (annex J).
pub const MAX_APDU: u16 = 1476;

/// Confirmed services by number (clause 21, `BACnetConfirmedServiceChoice`).
pub mod confirmed {
    pub const COV_NOTIFICATION: u8 = 1;
    pub const SUBSCRIBE_COV: u8 = 5;
    pub const READ_PROPERTY: u8 = 12;
    pub const READ_PROPERTY_MULTIPLE: u8 = 14;
    pub const WRITE_PROPERTY: u8 = 15;
    pub const WRITE_PROPERTY_MULTIPLE: u8 = 16;
}

/// Unconfirmed services by number.
pub mod unconfirmed {
    pub const I_AM: u8 = 0;
    pub const COV_NOTIFICATION: u8 = 2;
    pub const WHO_IS: u8 = 8;
}

/// Reasons of a Reject (clause 18.9).
pub mod reject_reason {
    pub const INVALID_TAG: u8 = 4;
    pub const MISSING_REQUIRED_PARAMETER: u8 = 5;
    pub const UNRECOGNIZED_SERVICE: u8 = 9;
}

/// Reasons of an Abort (clause 18.10).
pub mod abort_reason {
    pub const OTHER: u8 = 0;
    pub const BUFFER_OVERFLOW: u8 = 1;
    pub const INVALID_APDU_IN_THIS_STATE: u8 = 2;
    pub const SEGMENTATION_NOT_SUPPORTED: u8 = 4;
    pub const OUT_OF_RESOURCES: u8 = 9;
    pub const APDU_TOO_LONG: u8 = 11;
}

/// Where a segment stands in its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub sequence: u8,
    /// The window that the sender proposes.
    pub window: u8,
    pub more_follows: bool,
}

/// A confirmed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub invoke_id: u8,
    pub service: u8,
    pub segment: Option<Segment>,
    /// Whether its sender takes a segmented answer.
    pub accepts_segments: bool,
    /// How many segments it takes: 0 is not said, 255 more than 64.
    pub max_segments: u8,
    /// The longest APDU that its sender takes, rounded down to what the
    /// protocol can say (50, 128, 206, 480, 1024, 1476).
    pub max_apdu: u16,
    pub data: Vec<u8>,
}

/// One application-layer message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Apdu {
    Request(Request),
    Unconfirmed {
        service: u8,
        data: Vec<u8>,
    },
    SimpleAck {
        invoke_id: u8,
        service: u8,
    },
    ComplexAck {
        invoke_id: u8,
        service: u8,
        segment: Option<Segment>,
        data: Vec<u8>,
    },
    /// `server`: sent by who answers the request.
    SegmentAck {
        invoke_id: u8,
        negative: bool,
        server: bool,
        sequence: u8,
        window: u8,
    },
    Error {
        invoke_id: u8,
        service: u8,
        error: DeviceError,
    },
    Reject {
        invoke_id: u8,
        reason: u8,
    },
    Abort {
        invoke_id: u8,
        server: bool,
        reason: u8,
    },
}

impl Apdu {
    /// # Errors
    /// If it is too short or of no known kind.
    /// [`DecodeError::UnknownService`] for a request that deserves a Reject.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let first = *bytes.first().ok_or(DecodeError::Short)?;
        let segmented = first & 0x08 != 0;
        match first >> 4 {
            0 => check_service(bytes, if segmented { 5 } else { 3 })?,
            3 if bytes.len() < if segmented { 5 } else { 3 } => return Err(DecodeError::Short),
            5 => return decode_error(bytes),
            _ => {}
        }
        guarded(|| app::Apdu::decode(bytes)).map(Self::from_codec)
    }

    fn from_codec(apdu: app::Apdu) -> Self {
        match apdu {
            app::Apdu::ConfirmedRequest {
                segmented,
                more_follows,
                segmented_response_accepted,
                max_segments,
                max_response_size,
                invoke_id,
                sequence_number,
                proposed_window_size,
                service_choice,
                service_data,
            } => Self::Request(Request {
                invoke_id,
                service: service_choice as u8,
                segment: segment(segmented, more_follows, sequence_number, proposed_window_size),
                accepts_segments: segmented_response_accepted,
                max_segments: segments_said(max_segments),
                max_apdu: max_response_size.size() as u16,
                data: service_data,
            }),
            app::Apdu::UnconfirmedRequest { service_choice, service_data } => {
                Self::Unconfirmed { service: service_choice as u8, data: service_data }
            }
            app::Apdu::SimpleAck { invoke_id, service_choice } => {
                Self::SimpleAck { invoke_id, service: service_choice }
            }
            app::Apdu::ComplexAck {
                segmented,
                more_follows,
                invoke_id,
                sequence_number,
                proposed_window_size,
                service_choice,
                service_data,
            } => Self::ComplexAck {
                invoke_id,
                service: service_choice as u8,
                segment: segment(segmented, more_follows, sequence_number, proposed_window_size),
                data: service_data,
            },
            app::Apdu::SegmentAck { negative, server, invoke_id, sequence_number, window_size } => {
                Self::SegmentAck {
                    invoke_id,
                    negative,
                    server,
                    sequence: sequence_number,
                    window: window_size,
                }
            }
            app::Apdu::Error { invoke_id, service_choice, error_class, error_code } => {
                let error = DeviceError { class: error_class.into(), code: error_code.into() };
                Self::Error { invoke_id, service: service_choice as u8, error }
            }
            app::Apdu::Reject { invoke_id, reject_reason } => {
                Self::Reject { invoke_id, reason: reject_reason.into() }
            }
            app::Apdu::Abort { server, invoke_id, abort_reason } => {
                Self::Abort { invoke_id, server, reason: abort_reason.into() }
            }
        }
    }

    /// The bytes, headers written out as clause 20.1 draws them.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Request(request) => request.encode(),
            Self::Unconfirmed { service, data } => {
                let mut out = vec![0x10, *service];
                out.extend_from_slice(data);
                out
            }
            Self::SimpleAck { invoke_id, service } => vec![0x20, *invoke_id, *service],
            Self::ComplexAck { invoke_id, service, segment, data } => {
                let mut out = vec![0x30 | segment_bits(*segment), *invoke_id];
                if let Some(segment) = segment {
                    out.extend([segment.sequence, segment.window]);
                }
                out.push(*service);
                out.extend_from_slice(data);
                out
            }
            Self::SegmentAck { invoke_id, negative, server, sequence, window } => {
                let first = 0x40 | u8::from(*negative) << 1 | u8::from(*server);
                vec![first, *invoke_id, *sequence, *window]
            }
            Self::Error { invoke_id, service, error } => {
                let mut out = vec![0x50, *invoke_id, *service];
                tag::write_error(&mut out, *error);
                out
            }
            Self::Reject { invoke_id, reason } => vec![0x60, *invoke_id, *reason],
            Self::Abort { invoke_id, server, reason } => {
                vec![0x70 | u8::from(*server), *invoke_id, *reason]
            }
        }
    }
}

impl Request {
    /// An unsegmented request of ours: we take any answer.
    #[must_use]
    pub const fn new(invoke_id: u8, service: u8, data: Vec<u8>) -> Self {
        Self {
            invoke_id,
            service,
            segment: None,
            accepts_segments: true,
            max_segments: 255,
            max_apdu: MAX_APDU,
            data,
        }
    }

    fn encode(&self) -> Vec<u8> {
        let first = segment_bits(self.segment) | u8::from(self.accepts_segments) << 1;
        let segments = match self.max_segments {
            0..2 => 0,
            2..4 => 1,
            4..8 => 2,
            8..16 => 3,
            16..32 => 4,
            32..64 => 5,
            64 => 6,
            65.. => 7,
        };
        let size = match self.max_apdu {
            0..128 => 0,
            128..206 => 1,
            206..480 => 2,
            480..1024 => 3,
            1024..1476 => 4,
            1476.. => 5,
        };
        let mut out = vec![first, segments << 4 | size, self.invoke_id];
        if let Some(segment) = self.segment {
            out.extend([segment.sequence, segment.window]);
        }
        out.push(self.service);
        out.extend_from_slice(&self.data);
        out
    }
}

fn segment_bits(segment: Option<Segment>) -> u8 {
    segment.map_or(0, |segment| 0x08 | u8::from(segment.more_follows) << 2)
}

fn segment(
    on: bool,
    more_follows: bool,
    sequence: Option<u8>,
    window: Option<u8>,
) -> Option<Segment> {
    let (sequence, window) = (sequence?, window?);
    on.then_some(Segment { sequence, window, more_follows })
}

fn segments_said(said: MaxSegments) -> u8 {
    match said {
        MaxSegments::Unspecified => 0,
        MaxSegments::Two => 2,
        MaxSegments::Four => 4,
        MaxSegments::Eight => 8,
        MaxSegments::Sixteen => 16,
        MaxSegments::ThirtyTwo => 32,
        MaxSegments::SixtyFour => 64,
        MaxSegments::GreaterThan64 => 255,
    }
}

/// A request's service must be one that bacnet-rs knows; `at` is its place.
fn check_service(bytes: &[u8], at: usize) -> Result<(), DecodeError> {
    let service = *bytes.get(at).ok_or(DecodeError::Short)?;
    match ConfirmedServiceChoice::try_from(service) {
        Ok(_) => Ok(()),
        Err(_) => Err(DecodeError::UnknownService { invoke_id: bytes[2], service }),
    }
}

/// Class and code follow at once, or lie in context tag 0 with more behind
/// (WritePropertyMultiple, SubscribeCOVPropertyMultiple and their like). What
/// cannot be read is still this device's no to this request, not its silence.
fn decode_error(bytes: &[u8]) -> Result<Apdu, DecodeError> {
    let [_, invoke_id, service, rest @ ..] = bytes else { return Err(DecodeError::Short) };
    let mut reader = Reader::new(rest);
    if reader.has_opening(0) {
        reader.opening(0, "error")?;
    }
    let values: Vec<Value> = std::iter::from_fn(|| reader.value().ok()).take(2).collect();
    let error = DeviceError::from_values(&values);
    Ok(Apdu::Error { invoke_id: *invoke_id, service: *service, error })
}
