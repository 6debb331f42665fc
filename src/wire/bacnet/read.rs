//! ReadProperty (clause 15.5) and ReadPropertyMultiple (clause 15.7). The
//! decoders of bacnet-rs fail on constructed and context-tagged values; these
//! keep them raw, so that one schedule does not cost a whole answer.

use super::object::{ObjectId, PropertyRef};
use super::tag::{self, Reader};
use super::value::Value;
use super::{DecodeError, DeviceError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadProperty {
    pub object: ObjectId,
    pub property: PropertyRef,
}

impl ReadProperty {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16);
        tag::write_object(&mut out, 0, self.object);
        tag::write_property(&mut out, 1, self.property);
        out
    }

    /// # Errors
    /// If it is not such a request, whole.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let object = reader.object(0, "object")?;
        let property = reader.property(1)?;
        reader.finish()?;
        Ok(Self { object, property })
    }
}

/// The answer names what it answers: compare it with what was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadPropertyAck {
    pub object: ObjectId,
    pub property: PropertyRef,
    /// One value, or the elements of an array or list.
    pub values: Vec<Value>,
}

impl ReadPropertyAck {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        tag::write_object(&mut out, 0, self.object);
        tag::write_property(&mut out, 1, self.property);
        tag::write_values(&mut out, 3, &self.values);
        out
    }

    /// # Errors
    /// If it is not such an answer, whole.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let object = reader.object(0, "object")?;
        let property = reader.property(1)?;
        let values = reader.values(3)?;
        reader.finish()?;
        Ok(Self { object, property, values })
    }
}

/// Objects, and the properties asked of each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadPropertyMultiple {
    pub objects: Vec<(ObjectId, Vec<PropertyRef>)>,
}

impl ReadPropertyMultiple {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 * self.objects.len());
        for (object, properties) in &self.objects {
            tag::write_object(&mut out, 0, *object);
            tag::write_opening(&mut out, 1);
            for property in properties {
                tag::write_property(&mut out, 0, *property);
            }
            tag::write_closing(&mut out, 1);
        }
        out
    }

    /// # Errors
    /// If it is not such a request, whole.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let mut objects = Vec::new();
        while !reader.is_empty() {
            let object = reader.object(0, "object")?;
            let mut properties = Vec::new();
            reader.opening(1, "properties")?;
            while !reader.has_closing(1) {
                properties.push(reader.property(0)?);
            }
            reader.closing(1, "properties")?;
            objects.push((object, properties));
        }
        Ok(Self { objects })
    }
}

/// What one property of one object gave.
pub type ReadResult = (PropertyRef, Result<Vec<Value>, DeviceError>);

/// Results in the order of the answer; each names its object and property.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadPropertyMultipleAck {
    pub objects: Vec<(ObjectId, Vec<ReadResult>)>,
}

impl ReadPropertyMultipleAck {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32 * self.objects.len());
        for (object, results) in &self.objects {
            tag::write_object(&mut out, 0, *object);
            tag::write_opening(&mut out, 1);
            for (property, result) in results {
                tag::write_property(&mut out, 2, *property);
                match result {
                    Ok(values) => tag::write_values(&mut out, 4, values),
                    Err(error) => {
                        tag::write_opening(&mut out, 5);
                        tag::write_error(&mut out, *error);
                        tag::write_closing(&mut out, 5);
                    }
                }
            }
            tag::write_closing(&mut out, 1);
        }
        out
    }

    /// # Errors
    /// If it is not such an answer, whole.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let mut objects = Vec::new();
        while !reader.is_empty() {
            let object = reader.object(0, "object")?;
            let mut results = Vec::new();
            reader.opening(1, "results")?;
            while !reader.has_closing(1) {
                results.push(decode_result(&mut reader)?);
            }
            reader.closing(1, "results")?;
            objects.push((object, results));
        }
        Ok(Self { objects })
    }
}

fn decode_result(reader: &mut Reader<'_>) -> Result<ReadResult, DecodeError> {
    let property = reader.property(2)?;
    if reader.has_opening(4) {
        return Ok((property, Ok(reader.values(4)?)));
    }
    Ok((property, Err(DeviceError::from_values(&reader.values(5)?))))
}
