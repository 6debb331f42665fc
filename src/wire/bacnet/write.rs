//! WriteProperty (clause 15.9). bacnet-rs cuts the property to eight bits when
//! it encodes and ends a value at the first 0x3F when it decodes: both are
//! done here.

use super::DecodeError;
use super::object::{ObjectId, PropertyRef};
use super::tag::{self, Reader};
use super::value::Value;

/// The service has no answer but a simple acknowledgement or an error.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteProperty {
    pub object: ObjectId,
    pub property: PropertyRef,
    /// One value, or the elements of an array; `Null` relinquishes.
    pub values: Vec<Value>,
    /// 1 (highest) to 16; `None` leaves it to the device, which takes 16.
    pub priority: Option<u8>,
}

impl WriteProperty {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        tag::write_object(&mut out, 0, self.object);
        tag::write_property(&mut out, 1, self.property);
        tag::write_values(&mut out, 3, &self.values);
        if let Some(priority) = self.priority {
            tag::write_unsigned(&mut out, 4, priority.into());
        }
        out
    }

    /// # Errors
    /// If it is not such a request, whole, or the priority is not 1–16.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let object = reader.object(0, "object")?;
        let property = reader.property(1)?;
        let values = reader.values(3)?;
        let priority = match reader.optional_unsigned(4, "priority")? {
            None => None,
            Some(priority @ 1..=16) => Some(priority as u8),
            Some(_) => return Err(DecodeError::Range("priority")),
        };
        reader.finish()?;
        Ok(Self { object, property, values, priority })
    }
}
