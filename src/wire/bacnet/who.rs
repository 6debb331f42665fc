//! Who-Is and I-Am (clause 16.10): finding devices by their instance.

use super::DecodeError;
use super::object::{ObjectId, object_type};
use super::tag::{self, Reader};
use super::value::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WhoIs {
    /// First and last instance; `None` asks all devices.
    pub range: Option<(u32, u32)>,
}

impl WhoIs {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(10);
        if let Some((low, high)) = self.range {
            tag::write_unsigned(&mut out, 0, low);
            tag::write_unsigned(&mut out, 1, high);
        }
        out
    }

    /// # Errors
    /// If it is not such a request, whole; one limit alone is none. If a limit
    /// is above 4194303, the highest instance (clause 16.10.1).
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        if reader.is_empty() {
            return Ok(Self { range: None });
        }
        let low = reader.unsigned(0, "lower limit")?;
        let high = reader.unsigned(1, "upper limit")?;
        reader.finish()?;
        if low.max(high) > ObjectId::ANY_INSTANCE {
            return Err(DecodeError::Range("limits"));
        }
        Ok(Self { range: Some((low, high)) })
    }

    /// Whether the device with this instance is asked.
    #[must_use]
    pub fn asks(&self, instance: u32) -> bool {
        self.range.is_none_or(|(low, high)| (low..=high).contains(&instance))
    }
}

/// Which of its messages a device can cut into segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Segmentation {
    Both = 0,
    Transmit = 1,
    Receive = 2,
    None = 3,
}

impl Segmentation {
    /// From the enumeration; `None` for other numbers.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Both),
            1 => Some(Self::Transmit),
            2 => Some(Self::Receive),
            3 => Some(Self::None),
            _ => None,
        }
    }

    /// Whether it takes segmented requests.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::Both | Self::Receive)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IAm {
    /// The instance of its device object.
    pub instance: u32,
    pub max_apdu: u32,
    pub segmentation: Segmentation,
    pub vendor: u32,
}

impl IAm {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16);
        Value::ObjectId(ObjectId::device(self.instance)).encode(&mut out);
        Value::Unsigned(self.max_apdu.into()).encode(&mut out);
        Value::Enumerated(self.segmentation as u32).encode(&mut out);
        Value::Unsigned(self.vendor.into()).encode(&mut out);
        out
    }

    /// # Errors
    /// If it is not such a message, whole, or does not name a device.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let (id, max, segmentation, vendor) =
            (reader.value()?, reader.value()?, reader.value()?, reader.value()?);
        reader.finish()?;
        let (
            Value::ObjectId(id),
            Value::Unsigned(max_apdu),
            Value::Enumerated(segmentation),
            Value::Unsigned(vendor),
        ) = (id, max, segmentation, vendor)
        else {
            return Err(DecodeError::Tag("I-Am"));
        };
        if id.kind() != object_type::DEVICE {
            return Err(DecodeError::Range("I-Am"));
        }
        Ok(Self {
            instance: id.instance(),
            max_apdu: u32::try_from(max_apdu).unwrap_or(u32::MAX),
            segmentation: Segmentation::from_number(segmentation)
                .ok_or(DecodeError::Range("segmentation"))?,
            vendor: u32::try_from(vendor).unwrap_or(u32::MAX),
        })
    }
}
