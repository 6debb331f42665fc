//! Object identifiers and property references, by number, so that vendor
//! types and properties pass through.

use std::fmt;

use super::names;

/// Object type (10 bits) and instance (22 bits), clause 20.2.14.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    kind: u16,
    instance: u32,
}

impl ObjectId {
    /// The instance that every device answers to as its own device object
    /// when it is read (clause 15.5.2).
    pub const ANY_INSTANCE: u32 = 0x3F_FFFF;

    /// `None` if the type is above 1023 or the instance above 4194303.
    #[must_use]
    pub const fn new(kind: u16, instance: u32) -> Option<Self> {
        if kind <= 0x3FF && instance <= 0x3F_FFFF { Some(Self { kind, instance }) } else { None }
    }

    /// A device object; an instance above 4194303 is cut to the wildcard.
    #[must_use]
    pub const fn device(instance: u32) -> Self {
        let instance = if instance > 0x3F_FFFF { Self::ANY_INSTANCE } else { instance };
        Self { kind: object_type::DEVICE, instance }
    }

    #[must_use]
    pub const fn kind(self) -> u16 {
        self.kind
    }

    #[must_use]
    pub const fn instance(self) -> u32 {
        self.instance
    }

    /// As one 32-bit number.
    #[must_use]
    pub const fn bits(self) -> u32 {
        (self.kind as u32) << 22 | self.instance
    }

    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self { kind: (bits >> 22) as u16, instance: bits & 0x3F_FFFF }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", names::object_type_name(self.kind), self.instance)
    }
}

/// A property by number, or one element of it; index 0 is the array's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyRef {
    pub property: u32,
    pub array_index: Option<u32>,
}

impl PropertyRef {
    #[must_use]
    pub const fn new(property: u32) -> Self {
        Self { property, array_index: None }
    }

    #[must_use]
    pub const fn element(property: u32, index: u32) -> Self {
        Self { property, array_index: Some(index) }
    }
}

impl fmt::Display for PropertyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&names::property_name(self.property))?;
        if let Some(index) = self.array_index {
            write!(f, "[{index}]")?;
        }
        Ok(())
    }
}

/// Object types (clause 21, `BACnetObjectType`).
pub mod object_type {
    pub const ANALOG_INPUT: u16 = 0;
    pub const ANALOG_OUTPUT: u16 = 1;
    pub const ANALOG_VALUE: u16 = 2;
    pub const BINARY_INPUT: u16 = 3;
    pub const BINARY_OUTPUT: u16 = 4;
    pub const BINARY_VALUE: u16 = 5;
    pub const COMMAND: u16 = 7;
    pub const DEVICE: u16 = 8;
    pub const LOOP: u16 = 12;
    pub const MULTI_STATE_INPUT: u16 = 13;
    pub const MULTI_STATE_OUTPUT: u16 = 14;
    pub const SCHEDULE: u16 = 17;
    pub const MULTI_STATE_VALUE: u16 = 19;
    pub const ACCUMULATOR: u16 = 23;
    pub const PULSE_CONVERTER: u16 = 24;
    pub const INTEGER_VALUE: u16 = 45;
    pub const LARGE_ANALOG_VALUE: u16 = 46;
    pub const POSITIVE_INTEGER_VALUE: u16 = 48;
    pub const LIGHTING_OUTPUT: u16 = 54;
    pub const BINARY_LIGHTING_OUTPUT: u16 = 55;
}

/// Properties (clause 21, `BACnetPropertyIdentifier`).
pub mod property {
    pub const ALL: u32 = 8;
    pub const DESCRIPTION: u32 = 28;
    pub const MAX_APDU_LENGTH_ACCEPTED: u32 = 62;
    pub const OBJECT_IDENTIFIER: u32 = 75;
    pub const OBJECT_LIST: u32 = 76;
    pub const OBJECT_NAME: u32 = 77;
    pub const OBJECT_TYPE: u32 = 79;
    pub const OUT_OF_SERVICE: u32 = 81;
    pub const PRESENT_VALUE: u32 = 85;
    pub const PRIORITY_ARRAY: u32 = 87;
    pub const PROTOCOL_SERVICES_SUPPORTED: u32 = 97;
    pub const RELIABILITY: u32 = 103;
    pub const RELINQUISH_DEFAULT: u32 = 104;
    pub const SEGMENTATION_SUPPORTED: u32 = 107;
    pub const STATUS_FLAGS: u32 = 111;
    pub const UNITS: u32 = 117;
    pub const VENDOR_IDENTIFIER: u32 = 120;
    pub const PROTOCOL_REVISION: u32 = 139;
}
