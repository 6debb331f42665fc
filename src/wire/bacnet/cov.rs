//! Change of value: SubscribeCOV (clause 13.14) and its notifications, both
//! confirmed (13.1) and unconfirmed (13.2), which have one form.

use super::DecodeError;
use super::object::{ObjectId, PropertyRef};
use super::tag::{self, Reader, big_endian};
use super::value::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscribeCov {
    /// The subscriber's own number; comes back with each notification.
    pub process: u32,
    pub object: ObjectId,
    /// Confirmed notifications, and lifetime in seconds (0: for ever);
    /// `None` cancels the subscription.
    pub terms: Option<(bool, u32)>,
}

impl SubscribeCov {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(20);
        tag::write_unsigned(&mut out, 0, self.process);
        tag::write_object(&mut out, 1, self.object);
        if let Some((confirmed, lifetime)) = self.terms {
            tag::write_boolean(&mut out, 2, confirmed);
            tag::write_unsigned(&mut out, 3, lifetime);
        }
        out
    }

    /// # Errors
    /// If it is not such a request, whole. A missing lifetime reads as 0.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let process = reader.unsigned(0, "process")?;
        let object = reader.object(1, "object")?;
        let confirmed = if reader.has_context(2) {
            Some(big_endian(reader.context(2, "confirmed")?, "confirmed")? != 0)
        } else {
            None
        };
        let lifetime = reader.optional_unsigned(3, "lifetime")?;
        reader.finish()?;
        let terms = match (confirmed, lifetime) {
            (None, None) => None,
            (confirmed, lifetime) => Some((confirmed.unwrap_or(false), lifetime.unwrap_or(0))),
        };
        Ok(Self { process, object, terms })
    }
}

/// One property within a notification.
#[derive(Debug, Clone, PartialEq)]
pub struct CovValue {
    pub property: PropertyRef,
    pub values: Vec<Value>,
    pub priority: Option<u8>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CovNotification {
    pub process: u32,
    pub device: ObjectId,
    pub object: ObjectId,
    /// Seconds left of the subscription; 0 for ever.
    pub remaining: u32,
    pub values: Vec<CovValue>,
}

impl CovNotification {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(48);
        tag::write_unsigned(&mut out, 0, self.process);
        tag::write_object(&mut out, 1, self.device);
        tag::write_object(&mut out, 2, self.object);
        tag::write_unsigned(&mut out, 3, self.remaining);
        tag::write_opening(&mut out, 4);
        for value in &self.values {
            tag::write_property(&mut out, 0, value.property);
            tag::write_values(&mut out, 2, &value.values);
            if let Some(priority) = value.priority {
                tag::write_unsigned(&mut out, 3, priority.into());
            }
        }
        tag::write_closing(&mut out, 4);
        out
    }

    /// # Errors
    /// If it is not such a notification, whole.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let process = reader.unsigned(0, "process")?;
        let device = reader.object(1, "device")?;
        let object = reader.object(2, "object")?;
        let remaining = reader.unsigned(3, "time remaining")?;
        let mut values = Vec::new();
        reader.opening(4, "values")?;
        while !reader.has_closing(4) {
            let property = reader.property(0)?;
            let content = reader.values(2)?;
            let priority = reader.optional_unsigned(3, "priority")?;
            let priority = priority.and_then(|priority| u8::try_from(priority).ok());
            values.push(CovValue { property, values: content, priority });
        }
        reader.closing(4, "values")?;
        reader.finish()?;
        Ok(Self { process, device, object, remaining, values })
    }
}
