//! Values with application tags (clause 20.2). Character strings in all three
//! usual character sets; dates with unspecified parts; whatever is constructed,
//! context-tagged or malformed stays as its bytes.

use std::fmt;

use bacnet_rs::encoding::{self, ApplicationTag};
use bacnet_rs::object::{ObjectIdentifier, ObjectType};

use super::object::ObjectId;
use super::tag::{Tag, big_endian};
use super::{DecodeError, guarded};
use crate::wire::decimal;

/// One element of a property's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An empty slot of a priority array; writing it relinquishes.
    Null,
    Boolean(bool),
    Unsigned(u64),
    Signed(i64),
    Real(f32),
    Double(f64),
    OctetString(Vec<u8>),
    CharacterString(String),
    BitString(BitString),
    Enumerated(u32),
    Date(Date),
    Time(Time),
    ObjectId(ObjectId),
    /// One constructed, context-tagged or malformed element, tags included:
    /// never a number.
    Raw(Vec<u8>),
}

/// Bits in the order of the standard's enumerations (bit 0 first).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BitString(pub Vec<bool>);

impl BitString {
    /// A bit that is not there is false.
    #[must_use]
    pub fn bit(&self, index: usize) -> bool {
        self.0.get(index).copied().unwrap_or(false)
    }
}

/// A date, octets as sent: 0xFF means "any", months 13 and 14 odd and even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// Year minus 1900; 255 is unspecified.
    pub year_since_1900: u8,
    pub month: u8,
    pub day: u8,
    /// 1 is Monday.
    pub weekday: u8,
}

impl Date {
    /// `None` where the year is unspecified.
    #[must_use]
    pub fn year(self) -> Option<u16> {
        (self.year_since_1900 != 255).then(|| 1900 + u16::from(self.year_since_1900))
    }
}

/// A time of day, octets as sent: 0xFF means "any".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub hundredths: u8,
}

impl Value {
    /// Numbers, enumerations and Booleans as a number; `None` for the rest. A
    /// REAL is the decimal that was meant: 20.1, not 20.100000381469727.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Boolean(value) => Some(f64::from(u8::from(*value))),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Signed(value) => Some(*value as f64),
            Self::Real(value) => Some(decimal::widened(*value)),
            Self::Double(value) => Some(*value),
            Self::Enumerated(value) => Some(f64::from(*value)),
            _ => None,
        }
    }

    /// Appends tag and content.
    pub fn encode(&self, out: &mut Vec<u8>) {
        const INFALLIBLE: &str = "encoding into memory does not fail";
        match self {
            Self::Null => out.push(0),
            Self::Boolean(value) => encoding::encode_boolean(out, *value).expect(INFALLIBLE),
            Self::Unsigned(value) => {
                let drop = value.leading_zeros() / 8;
                encode_integer(out, ApplicationTag::UnsignedInt, value.to_be_bytes(), drop);
            }
            Self::Signed(value) => {
                // The bits that only repeat the sign, which itself must stay.
                let repeated = value.leading_zeros().max(value.leading_ones()).max(1) - 1;
                let octets = value.to_be_bytes();
                encode_integer(out, ApplicationTag::SignedInt, octets, repeated / 8);
            }
            Self::Real(value) => encoding::encode_real(out, *value).expect(INFALLIBLE),
            Self::Double(value) => encoding::encode_double(out, *value).expect(INFALLIBLE),
            Self::OctetString(octets) => {
                encoding::encode_octet_string(out, octets).expect(INFALLIBLE);
            }
            Self::CharacterString(text) => {
                encoding::encode_character_string(out, text).expect(INFALLIBLE);
            }
            Self::BitString(bits) => bits.encode(out),
            Self::Enumerated(value) => encoding::encode_enumerated(out, *value),
            Self::Date(date) => {
                out.extend([0xA4, date.year_since_1900, date.month, date.day, date.weekday]);
            }
            Self::Time(time) => {
                encoding::encode_time(out, time.hour, time.minute, time.second, time.hundredths)
                    .expect(INFALLIBLE);
            }
            Self::ObjectId(id) => {
                let kind = ObjectType::from(u32::from(id.kind()));
                let id = ObjectIdentifier::new(kind, id.instance());
                encoding::encode_object_identifier(out, id).expect(INFALLIBLE);
            }
            Self::Raw(bytes) => out.extend_from_slice(bytes),
        }
    }
}

/// Without the first `drop` octets, at least one staying. The 64-bit encoders
/// of bacnet-rs send seven octets where three are enough.
fn encode_integer(out: &mut Vec<u8>, tag: ApplicationTag, octets: [u8; 8], drop: u32) {
    let octets = &octets[(drop as usize).min(7)..];
    encoding::encode_application_tag(out, tag, octets.len());
    out.extend_from_slice(octets);
}

impl BitString {
    fn encode(&self, out: &mut Vec<u8>) {
        let octets = self.0.len().div_ceil(8);
        encoding::encode_application_tag(out, ApplicationTag::BitString, octets + 1);
        out.push((octets * 8 - self.0.len()) as u8);
        out.extend(self.0.chunks(8).map(|chunk| {
            let bits = chunk.iter().enumerate();
            bits.fold(0_u8, |octet, (at, bit)| octet | u8::from(*bit) << (7 - at))
        }));
    }

    fn decode(content: &[u8]) -> Result<Self, DecodeError> {
        let (&unused, octets) = content.split_first().ok_or(DecodeError::Length("bit string"))?;
        let unused = usize::from(unused);
        if unused > 7 || (octets.is_empty() && unused > 0) {
            return Err(DecodeError::Range("bit string"));
        }
        let bits = octets.iter().flat_map(|octet| (0..8).map(move |at| octet >> (7 - at) & 1 == 1));
        Ok(Self(bits.take(octets.len() * 8 - unused).collect()))
    }
}

/// One whole primitive, `bytes` being tag and content, whose lengths agree.
pub(super) fn decode_primitive(tag: Tag, bytes: &[u8]) -> Result<Value, DecodeError> {
    let content = &bytes[tag.header.min(bytes.len())..];
    let must = |range: std::ops::RangeInclusive<usize>, what| {
        if range.contains(&content.len()) { Ok(()) } else { Err(DecodeError::Length(what)) }
    };
    // The number by the first octet: the codec reads no other, and 15 there
    // (the number follows) is allowed for none of these.
    match bytes.first().map_or(0xF, |first| first >> 4) {
        0 => must(0..=0, "Null").map(|()| Value::Null),
        1 => match tag.length {
            0 => Ok(Value::Boolean(false)),
            1 => Ok(Value::Boolean(true)),
            _ => Err(DecodeError::Range("Boolean")),
        },
        2 => {
            must(1..=8, "unsigned")?;
            guarded(|| encoding::decode_unsigned64(bytes)).map(|(n, _)| Value::Unsigned(n))
        }
        3 => {
            must(1..=8, "signed")?;
            guarded(|| encoding::decode_signed64(bytes)).map(|(n, _)| Value::Signed(n))
        }
        4 => {
            must(4..=4, "real")?;
            guarded(|| encoding::decode_real(bytes)).map(|(n, _)| Value::Real(n))
        }
        5 => {
            must(8..=8, "double")?;
            guarded(|| encoding::decode_double(bytes)).map(|(n, _)| Value::Double(n))
        }
        6 => Ok(Value::OctetString(content.to_vec())),
        7 => decode_text(content).map(Value::CharacterString),
        8 => BitString::decode(content).map(Value::BitString),
        9 => big_endian(content, "enumeration").map(Value::Enumerated),
        10 => {
            let [year_since_1900, month, day, weekday] = four(content, "date")?;
            Ok(Value::Date(Date { year_since_1900, month, day, weekday }))
        }
        11 => {
            let [hour, minute, second, hundredths] = four(content, "time")?;
            Ok(Value::Time(Time { hour, minute, second, hundredths }))
        }
        12 => {
            let bits = u32::from_be_bytes(four(content, "object identifier")?);
            Ok(Value::ObjectId(ObjectId::from_bits(bits)))
        }
        _ => Err(DecodeError::Tag("value")),
    }
}

fn four(content: &[u8], what: &'static str) -> Result<[u8; 4], DecodeError> {
    content.try_into().map_err(|_| DecodeError::Length(what))
}

/// A character string's content (clause 20.2.9): the first octet is the
/// character set. What a set cannot express becomes U+FFFD: a name with a bad
/// letter must not cost the values beside it.
fn decode_text(content: &[u8]) -> Result<String, DecodeError> {
    let (&set, octets) = content.split_first().ok_or(DecodeError::Length("character string"))?;
    Ok(match set {
        // ISO 10646 (UTF-8). Older devices say so and send ISO 8859-1.
        0 => match std::str::from_utf8(octets) {
            Ok(text) => text.to_owned(),
            Err(_) => latin_1(octets),
        },
        // DBCS: two octets of code page first; ASCII is all that is certain.
        1 => octets.get(2..).unwrap_or_default().iter().map(|o| ascii(*o)).collect(),
        // JIS C 6226.
        2 => octets.iter().map(|octet| ascii(*octet)).collect(),
        3 => ucs_4(octets),
        4 => {
            let units = octets.chunks(2).map(|unit| match unit {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0xFFFD,
            });
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        5 => latin_1(octets),
        _ => return Err(DecodeError::Range("character set")),
    })
}

fn latin_1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

fn ascii(octet: u8) -> char {
    if octet.is_ascii() { char::from(octet) } else { char::REPLACEMENT_CHARACTER }
}

/// ISO 10646 (UCS-4), highest octet first.
fn ucs_4(octets: &[u8]) -> String {
    let codes = octets.chunks(4).map(|code| big_endian(code, "character").ok());
    codes.map(|code| code.and_then(char::from_u32).unwrap_or('\u{FFFD}')).collect()
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Unsigned(value) => write!(f, "{value}"),
            Self::Signed(value) => write!(f, "{value}"),
            Self::Real(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
            Self::CharacterString(text) => f.write_str(text),
            Self::Enumerated(value) => write!(f, "{value}"),
            Self::ObjectId(id) => write!(f, "{id}"),
            other => write!(f, "{other:?}"),
        }
    }
}
