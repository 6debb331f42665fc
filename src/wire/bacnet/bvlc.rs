//! BACnet virtual link control (annex J): the four octets before every
//! message over UDP. `BvllMessage::decode` of bacnet-rs panics on an announced
//! length below four, so this is decoded here.

use std::net::{Ipv4Addr, SocketAddrV4};

use bacnet_rs::datalink::bip::{BvlcFunction, BvlcHeader};

use super::DecodeError;

/// One message of the virtual link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bvlc<'a> {
    /// The answer of a BBMD; see [`result_code`].
    Result(u16),
    Unicast(&'a [u8]),
    Broadcast(&'a [u8]),
    /// A broadcast that a BBMD passes on, with its first sender.
    Forwarded {
        origin: SocketAddrV4,
        npdu: &'a [u8],
    },
    /// Time to live in seconds.
    RegisterForeignDevice {
        ttl: u16,
    },
    DeleteForeignDevice(SocketAddrV4),
    /// A foreign device asks its BBMD to broadcast this.
    DistributeBroadcast(&'a [u8]),
    /// Tables of BBMDs, security: not for us.
    Other(u8),
}

/// Codes of BVLC-Result (clause J.2.1).
pub mod result_code {
    pub const SUCCESS: u16 = 0x0000;
    pub const REGISTER_FOREIGN_DEVICE_NAK: u16 = 0x0030;
    pub const DELETE_FOREIGN_DEVICE_NAK: u16 = 0x0050;
    pub const DISTRIBUTE_BROADCAST_NAK: u16 = 0x0060;
}

impl<'a> Bvlc<'a> {
    /// # Errors
    /// If it is not BACnet/IP, or the announced length is not the datagram's.
    pub fn decode(datagram: &'a [u8]) -> Result<Self, DecodeError> {
        let (header, body) = datagram.split_at_checked(4).ok_or(DecodeError::Short)?;
        if header[0] != 0x81 {
            return Err(DecodeError::Tag("BVLC"));
        }
        let announced = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if announced != datagram.len() {
            return Err(DecodeError::Length("BVLC"));
        }
        let Ok(function) = BvlcFunction::try_from(header[1]) else {
            return Ok(Self::Other(header[1]));
        };
        Ok(match function {
            BvlcFunction::Result => Self::Result(two(body)?),
            BvlcFunction::OriginalUnicastNpdu => Self::Unicast(body),
            BvlcFunction::OriginalBroadcastNpdu => Self::Broadcast(body),
            BvlcFunction::DistributeBroadcastToNetwork => Self::DistributeBroadcast(body),
            BvlcFunction::RegisterForeignDevice => Self::RegisterForeignDevice { ttl: two(body)? },
            BvlcFunction::DeleteForeignDeviceTableEntry => {
                Self::DeleteForeignDevice(address(body)?.0)
            }
            BvlcFunction::ForwardedNpdu => {
                let (origin, npdu) = address(body)?;
                Self::Forwarded { origin, npdu }
            }
            _ => Self::Other(header[1]),
        })
    }

    /// The datagram. Bodies longer than a datagram are the caller's mistake
    /// and give a header that no one accepts.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Result(code) => message(BvlcFunction::Result, &[&code.to_be_bytes()]),
            Self::Unicast(npdu) => message(BvlcFunction::OriginalUnicastNpdu, &[npdu]),
            Self::Broadcast(npdu) => message(BvlcFunction::OriginalBroadcastNpdu, &[npdu]),
            Self::Forwarded { origin, npdu } => message(
                BvlcFunction::ForwardedNpdu,
                &[&origin.ip().octets(), &origin.port().to_be_bytes(), npdu],
            ),
            Self::RegisterForeignDevice { ttl } => {
                message(BvlcFunction::RegisterForeignDevice, &[&ttl.to_be_bytes()])
            }
            Self::DeleteForeignDevice(device) => message(
                BvlcFunction::DeleteForeignDeviceTableEntry,
                &[&device.ip().octets(), &device.port().to_be_bytes()],
            ),
            Self::DistributeBroadcast(npdu) => {
                message(BvlcFunction::DistributeBroadcastToNetwork, &[npdu])
            }
            Self::Other(function) => vec![0x81, *function, 0, 4],
        }
    }
}

fn message(function: BvlcFunction, parts: &[&[u8]]) -> Vec<u8> {
    let length = 4 + parts.iter().map(|part| part.len()).sum::<usize>();
    let length = u16::try_from(length).unwrap_or(u16::MAX);
    let mut datagram = BvlcHeader::new(function, length).encode();
    for part in parts {
        datagram.extend_from_slice(part);
    }
    datagram
}

fn two(body: &[u8]) -> Result<u16, DecodeError> {
    let octets: [u8; 2] = body.try_into().map_err(|_| DecodeError::Length("BVLC"))?;
    Ok(u16::from_be_bytes(octets))
}

/// Four octets of address and two of port.
fn address(body: &[u8]) -> Result<(SocketAddrV4, &[u8]), DecodeError> {
    let (octets, rest) = body.split_first_chunk::<6>().ok_or(DecodeError::Short)?;
    let [a, b, c, d, high, low] = *octets;
    let port = u16::from_be_bytes([high, low]);
    Ok((SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port), rest))
}
