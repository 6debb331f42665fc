//! Tags (clause 20.2.1): a reader that never leaves its slice, and what
//! writes context tags. Decoders of services are built on it.

use bacnet_rs::encoding;
use bacnet_rs::object::{ObjectIdentifier, ObjectType};

use super::object::{ObjectId, PropertyRef};
use super::value::{self, Value};
use super::{DecodeError, DeviceError};

/// Constructed values may be nested this deep; schedules need four.
const MAX_DEPTH: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// An application tag; `length` is the value itself for a Boolean.
    Application,
    /// A context tag with content.
    Context,
    Opening,
    Closing,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    pub number: u8,
    pub shape: Shape,
    /// Octets of content; 0 for opening and closing tags.
    pub length: usize,
    /// Octets of the tag itself.
    pub header: usize,
}

impl Tag {
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let octet = |at: usize| bytes.get(at).copied().ok_or(DecodeError::Short);
        let first = octet(0)?;
        let (mut number, mut header) = (first >> 4, 1);
        if number == 15 {
            number = octet(1)?;
            header = 2;
        }
        let context = first & 0x08 != 0;
        let shape = match (context, first & 0x07) {
            (true, 6) => Shape::Opening,
            (true, 7) => Shape::Closing,
            (true, _) => Shape::Context,
            (false, _) => Shape::Application,
        };
        let mut length = match (shape, usize::from(first & 0x07)) {
            (Shape::Opening | Shape::Closing, _) => 0,
            (Shape::Application, 6 | 7) => return Err(DecodeError::Tag("value")),
            (_, length) => length,
        };
        if length == 5 {
            let octets = match octet(header)? {
                254 => 2,
                255 => 4,
                short => {
                    length = usize::from(short);
                    0
                }
            };
            header += 1;
            if octets > 0 {
                length = 0;
                for at in header..header + octets {
                    length = length << 8 | usize::from(octet(at)?);
                }
                header += octets;
            }
        }
        Ok(Self { number, shape, length, header })
    }

    /// A Boolean's value lies in the tag; it has no content.
    const fn content(self) -> usize {
        match self.shape {
            Shape::Application if self.number == 1 => 0,
            _ => self.length,
        }
    }
}

/// Reads tagged data from the front.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// # Errors
    /// If anything is left.
    pub const fn finish(&self) -> Result<(), DecodeError> {
        if self.0.is_empty() { Ok(()) } else { Err(DecodeError::Trailing) }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(DecodeError::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn is_next(&self, number: u8, shape: Shape) -> bool {
        Tag::decode(self.0).is_ok_and(|tag| tag.number == number && tag.shape == shape)
    }

    /// Whether a context tag with content and this number comes next.
    pub fn has_context(&self, number: u8) -> bool {
        self.is_next(number, Shape::Context)
    }

    pub fn has_opening(&self, number: u8) -> bool {
        self.is_next(number, Shape::Opening)
    }

    pub fn has_closing(&self, number: u8) -> bool {
        self.is_next(number, Shape::Closing)
    }

    pub fn opening(&mut self, number: u8, what: &'static str) -> Result<(), DecodeError> {
        self.bracket(number, Shape::Opening, what)
    }

    pub fn closing(&mut self, number: u8, what: &'static str) -> Result<(), DecodeError> {
        self.bracket(number, Shape::Closing, what)
    }

    fn bracket(&mut self, number: u8, shape: Shape, what: &'static str) -> Result<(), DecodeError> {
        let tag = Tag::decode(self.0)?;
        if tag.number != number || tag.shape != shape {
            return Err(DecodeError::Tag(what));
        }
        self.take(tag.header).map(drop)
    }

    /// The content of the context tag `number`.
    pub fn context(&mut self, number: u8, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let tag = Tag::decode(self.0)?;
        if tag.number != number || tag.shape != Shape::Context {
            return Err(DecodeError::Tag(what));
        }
        self.take(tag.header)?;
        self.take(tag.length)
    }

    pub fn unsigned(&mut self, number: u8, what: &'static str) -> Result<u32, DecodeError> {
        big_endian(self.context(number, what)?, what)
    }

    /// The unsigned number under context tag `number`, if that comes next.
    pub fn optional_unsigned(
        &mut self,
        number: u8,
        what: &'static str,
    ) -> Result<Option<u32>, DecodeError> {
        if self.has_context(number) { self.unsigned(number, what).map(Some) } else { Ok(None) }
    }

    pub fn object(&mut self, number: u8, what: &'static str) -> Result<ObjectId, DecodeError> {
        let content = self.context(number, what)?;
        let bits: [u8; 4] = content.try_into().map_err(|_| DecodeError::Length(what))?;
        Ok(ObjectId::from_bits(u32::from_be_bytes(bits)))
    }

    /// A property under `number`, its optional index under `number + 1`.
    pub fn property(&mut self, number: u8) -> Result<PropertyRef, DecodeError> {
        let property = self.unsigned(number, "property")?;
        let array_index = self.optional_unsigned(number + 1, "array index")?;
        Ok(PropertyRef { property, array_index })
    }

    /// All values between the opening and the closing tag `number`.
    pub fn values(&mut self, number: u8) -> Result<Vec<Value>, DecodeError> {
        self.opening(number, "value")?;
        let mut values = Vec::new();
        while !self.has_closing(number) {
            values.push(self.value()?);
        }
        self.closing(number, "value")?;
        Ok(values)
    }

    /// One element: a primitive, or anything else as raw bytes. A malformed
    /// primitive is raw too, for it must not cost the values beside it.
    pub fn value(&mut self) -> Result<Value, DecodeError> {
        let tag = Tag::decode(self.0)?;
        match tag.shape {
            Shape::Application => {
                let bytes = self.take(tag.header.saturating_add(tag.content()))?;
                let value = value::decode_primitive(tag, bytes);
                Ok(value.unwrap_or_else(|_| Value::Raw(bytes.to_vec())))
            }
            Shape::Context | Shape::Opening => {
                let whole = self.0;
                self.skip()?;
                Ok(Value::Raw(whole[..whole.len() - self.0.len()].to_vec()))
            }
            Shape::Closing => Err(DecodeError::Tag("value")),
        }
    }

    /// Leaves one element out, constructed or not.
    fn skip(&mut self) -> Result<(), DecodeError> {
        let mut open = Vec::new();
        loop {
            let tag = Tag::decode(self.0)?;
            self.take(tag.header.saturating_add(tag.content()))?;
            match tag.shape {
                Shape::Opening => open.push(tag.number),
                Shape::Closing if open.pop() != Some(tag.number) => {
                    return Err(DecodeError::Tag("value"));
                }
                _ => {}
            }
            if open.is_empty() {
                return Ok(());
            }
            if open.len() > MAX_DEPTH {
                return Err(DecodeError::Depth);
            }
        }
    }
}

/// One to four octets as a number.
pub(super) fn big_endian(content: &[u8], what: &'static str) -> Result<u32, DecodeError> {
    if !(1..=4).contains(&content.len()) {
        return Err(DecodeError::Length(what));
    }
    Ok(content.iter().fold(0, |number, octet| number << 8 | u32::from(*octet)))
}

const FITS: &str = "context tags up to 14 and identifiers in range can be encoded";

pub(super) fn write_unsigned(out: &mut Vec<u8>, number: u8, value: u32) {
    out.extend(encoding::encode_context_unsigned(value, number).expect(FITS));
}

pub(super) fn write_object(out: &mut Vec<u8>, number: u8, object: ObjectId) {
    let id = ObjectIdentifier::new(ObjectType::from(u32::from(object.kind())), object.instance());
    out.extend(encoding::encode_context_object_id(id, number).expect(FITS));
}

pub(super) fn write_boolean(out: &mut Vec<u8>, number: u8, value: bool) {
    out.extend(encoding::encode_context_boolean(value, number).expect(FITS));
}

pub(super) fn write_property(out: &mut Vec<u8>, number: u8, property: PropertyRef) {
    write_unsigned(out, number, property.property);
    if let Some(index) = property.array_index {
        write_unsigned(out, number + 1, index);
    }
}

pub(super) fn write_opening(out: &mut Vec<u8>, number: u8) {
    out.push(number << 4 | 0x0E);
}

pub(super) fn write_closing(out: &mut Vec<u8>, number: u8) {
    out.push(number << 4 | 0x0F);
}

/// `values` between the opening and the closing tag `number`.
pub(super) fn write_values(out: &mut Vec<u8>, number: u8, values: &[Value]) {
    write_opening(out, number);
    for value in values {
        value.encode(out);
    }
    write_closing(out, number);
}

pub(super) fn write_error(out: &mut Vec<u8>, error: DeviceError) {
    Value::Enumerated(error.class).encode(out);
    Value::Enumerated(error.code).encode(out);
}
