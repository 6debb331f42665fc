//! The network layer (clause 6): who a message is for beyond a router, and
//! the few messages by which routers are found.

use bacnet_rs::network;

use super::{DecodeError, guarded};

/// An address on a network behind a router. An empty address means all on
/// that network; network 65535 means everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkAddress {
    pub network: u16,
    pub address: Vec<u8>,
}

impl NetworkAddress {
    /// All devices on all networks.
    #[must_use]
    pub const fn everywhere() -> Self {
        Self { network: 0xFFFF, address: Vec::new() }
    }
}

/// One network-layer message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Npdu {
    pub expecting_reply: bool,
    pub destination: Option<NetworkAddress>,
    pub source: Option<NetworkAddress>,
    /// Only with a destination; 255 where it starts.
    pub hop_count: u8,
    pub payload: Payload,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    Apdu(Vec<u8>),
    Network(NetworkMessage),
}

/// Network-layer messages (clause 6.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkMessage {
    /// `None` asks for all networks.
    WhoIsRouter(Option<u16>),
    IAmRouter(Vec<u16>),
    /// A router cannot deliver: reason and network (clause 6.4.4).
    Reject {
        reason: u8,
        network: u16,
    },
    Busy(Vec<u16>),
    Available(Vec<u16>),
    Other(u8, Vec<u8>),
}

impl Npdu {
    /// A message on the local network.
    #[must_use]
    pub const fn local(apdu: Vec<u8>, expecting_reply: bool) -> Self {
        Self::to(None, apdu, expecting_reply)
    }

    /// A message to a device, behind a router if `destination` says so.
    #[must_use]
    pub const fn to(
        destination: Option<NetworkAddress>,
        apdu: Vec<u8>,
        expecting_reply: bool,
    ) -> Self {
        let payload = Payload::Apdu(apdu);
        Self { expecting_reply, destination, source: None, hop_count: 255, payload }
    }

    /// A network-layer message on the local network.
    #[must_use]
    pub const fn network(message: NetworkMessage) -> Self {
        Self {
            expecting_reply: false,
            destination: None,
            source: None,
            hop_count: 255,
            payload: Payload::Network(message),
        }
    }

    /// # Errors
    /// If a length, the version or a network message does not fit; if it is
    /// meant for network 0, or comes from no network or station that an answer
    /// could be sent to (clause 6.2.2).
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (npdu, consumed) = guarded(|| network::Npdu::decode(bytes))?;
        if npdu.destination.as_ref().is_some_and(|to| to.network == 0) {
            return Err(DecodeError::Range("destination network"));
        }
        let nowhere = |from: &network::NetworkAddress| {
            matches!(from.network, 0 | 0xFFFF) || from.address.is_empty()
        };
        if npdu.source.as_ref().is_some_and(nowhere) {
            return Err(DecodeError::Range("source network"));
        }
        let rest = bytes.get(consumed..).ok_or(DecodeError::Short)?;
        let payload = if npdu.control.network_message {
            Payload::Network(NetworkMessage::decode(rest)?)
        } else {
            Payload::Apdu(rest.to_vec())
        };
        Ok(Self {
            expecting_reply: npdu.control.expecting_reply,
            destination: npdu.destination.map(Into::into),
            source: npdu.source.map(Into::into),
            hop_count: npdu.hop_count.unwrap_or(255),
            payload,
        })
    }

    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut npdu = network::Npdu::new();
        npdu.control.expecting_reply = self.expecting_reply;
        if let Some(destination) = &self.destination {
            npdu.set_destination(destination.clone().into());
            npdu.hop_count = Some(self.hop_count);
        }
        if let Some(source) = &self.source {
            npdu.set_source(source.clone().into());
        }
        npdu.control.network_message = matches!(self.payload, Payload::Network(_));
        let mut bytes = npdu.encode();
        match &self.payload {
            Payload::Apdu(apdu) => bytes.extend_from_slice(apdu),
            Payload::Network(message) => message.encode(&mut bytes),
        }
        bytes
    }
}

impl NetworkMessage {
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (&kind, rest) = bytes.split_first().ok_or(DecodeError::Short)?;
        let networks = || -> Result<Vec<u16>, DecodeError> {
            let (pairs, []) = rest.as_chunks::<2>() else {
                return Err(DecodeError::Length("networks"));
            };
            Ok(pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
        };
        Ok(match kind {
            0x00 => match rest {
                [] => Self::WhoIsRouter(None),
                [high, low] => Self::WhoIsRouter(Some(u16::from_be_bytes([*high, *low]))),
                _ => return Err(DecodeError::Length("Who-Is-Router")),
            },
            0x01 => Self::IAmRouter(networks()?),
            0x03 => match rest {
                [reason, high, low, ..] => {
                    Self::Reject { reason: *reason, network: u16::from_be_bytes([*high, *low]) }
                }
                _ => return Err(DecodeError::Short),
            },
            0x04 => Self::Busy(networks()?),
            0x05 => Self::Available(networks()?),
            other => Self::Other(other, rest.to_vec()),
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let mut list = |kind: u8, networks: &[u16]| {
            out.push(kind);
            out.extend(networks.iter().flat_map(|network| network.to_be_bytes()));
        };
        match self {
            Self::WhoIsRouter(network) => list(0x00, network.as_slice()),
            Self::IAmRouter(networks) => list(0x01, networks),
            Self::Busy(networks) => list(0x04, networks),
            Self::Available(networks) => list(0x05, networks),
            Self::Reject { reason, network } => {
                out.extend([0x03, *reason]);
                out.extend(network.to_be_bytes());
            }
            Self::Other(kind, body) => {
                out.push(*kind);
                out.extend_from_slice(body);
            }
        }
    }
}

impl From<network::NetworkAddress> for NetworkAddress {
    fn from(theirs: network::NetworkAddress) -> Self {
        Self { network: theirs.network, address: theirs.address }
    }
}

impl From<NetworkAddress> for network::NetworkAddress {
    fn from(ours: NetworkAddress) -> Self {
        Self { network: ours.network, address: ours.address }
    }
}
