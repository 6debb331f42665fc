//! Properties of the devices' objects with their data types (ANSI/ASHRAE
//! 135-2020, clause 12): reading, by array index too, and writing. Says why not
//! in the standard's error classes and codes (clause 18).

use crate::wire::bacnet::{
    BitString, DeviceError, ObjectId, PropertyRef, Value, error_code, object_type,
};

use super::super::faults::Faults;
use super::super::truth::Truth;
use super::device::{Device, HEARTBEAT};
use super::object::{Kind, Object, Refusal};

/// No vendor's: the standard reserves none for simulators, test tools use it.
pub const VENDOR_ID: u32 = 999;

/// BACnetPropertyIdentifier, clause 21.
pub mod id {
    pub const ACTIVE_TEXT: u32 = 4;
    pub const ALL: u32 = 8;
    pub const APDU_TIMEOUT: u32 = 11;
    pub const APPLICATION_SOFTWARE_VERSION: u32 = 12;
    pub const COV_INCREMENT: u32 = 22;
    pub const DEVICE_ADDRESS_BINDING: u32 = 30;
    pub const EVENT_STATE: u32 = 36;
    pub const FIRMWARE_REVISION: u32 = 44;
    pub const INACTIVE_TEXT: u32 = 46;
    pub const MAX_APDU_LENGTH_ACCEPTED: u32 = 62;
    pub const MAX_PRES_VALUE: u32 = 65;
    pub const MIN_PRES_VALUE: u32 = 69;
    pub const MODEL_NAME: u32 = 70;
    pub const NUMBER_OF_APDU_RETRIES: u32 = 73;
    pub const NUMBER_OF_STATES: u32 = 74;
    pub const OBJECT_IDENTIFIER: u32 = 75;
    pub const OBJECT_LIST: u32 = 76;
    pub const OBJECT_NAME: u32 = 77;
    pub const OBJECT_TYPE: u32 = 79;
    pub const OPTIONAL: u32 = 80;
    pub const OUT_OF_SERVICE: u32 = 81;
    pub const POLARITY: u32 = 84;
    pub const PRESENT_VALUE: u32 = 85;
    pub const PRIORITY_ARRAY: u32 = 87;
    pub const PROTOCOL_OBJECT_TYPES_SUPPORTED: u32 = 96;
    pub const PROTOCOL_SERVICES_SUPPORTED: u32 = 97;
    pub const PROTOCOL_VERSION: u32 = 98;
    pub const RELIABILITY: u32 = 103;
    pub const RELINQUISH_DEFAULT: u32 = 104;
    pub const REQUIRED: u32 = 105;
    pub const SEGMENTATION_SUPPORTED: u32 = 107;
    pub const STATE_TEXT: u32 = 110;
    pub const STATUS_FLAGS: u32 = 111;
    pub const SYSTEM_STATUS: u32 = 112;
    pub const UNITS: u32 = 117;
    pub const VENDOR_IDENTIFIER: u32 = 120;
    pub const VENDOR_NAME: u32 = 121;
    pub const PROTOCOL_REVISION: u32 = 139;
    pub const DATABASE_REVISION: u32 = 155;
    pub const PROPERTY_LIST: u32 = 371;
}

fn refused(refusal: Refusal) -> DeviceError {
    match refusal {
        Refusal::WriteAccessDenied => error_code::WRITE_ACCESS_DENIED,
        Refusal::ValueOutOfRange => error_code::VALUE_OUT_OF_RANGE,
    }
}

/// One object of a device.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    Device,
    Object(&'a Object),
}

/// What reading needs to know.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub device: &'a Device,
    pub truth: &'a Truth,
    pub faults: &'a Faults,
}

/// A property's value: one, or an array with a place for each element.
enum Content {
    One(Value),
    Array(Vec<Value>),
}

impl<'a> View<'a> {
    /// The object of that type and instance.
    ///
    /// # Errors
    /// Where the device has none.
    pub fn target(&self, object: ObjectId) -> Result<Target<'a>, DeviceError> {
        if object.kind() == object_type::DEVICE {
            let ours = [self.device.instance, ObjectId::ANY_INSTANCE].contains(&object.instance());
            return if ours { Ok(Target::Device) } else { Err(error_code::UNKNOWN_OBJECT) };
        }
        let place =
            self.device.find(object.kind(), object.instance()).ok_or(error_code::UNKNOWN_OBJECT)?;
        Ok(Target::Object(&self.device.objects[place]))
    }

    pub fn object_id(&self, target: Target) -> ObjectId {
        match target {
            Target::Device => ObjectId::device(self.device.instance),
            Target::Object(object) => object.id(),
        }
    }

    /// Appends the values of a property to `out`.
    ///
    /// # Errors
    /// A property that the object lacks, or an index that does not fit it.
    pub fn read(
        &self,
        target: Target,
        property: PropertyRef,
        out: &mut Vec<Value>,
    ) -> Result<(), DeviceError> {
        let content = match target {
            Target::Device => self.device_property(property.property),
            Target::Object(object) => self.object_property(object, property.property),
        };
        match (content.ok_or(error_code::UNKNOWN_PROPERTY)?, property.array_index) {
            (Content::One(value), None) => out.push(value),
            (Content::One(_), Some(_)) => return Err(error_code::NOT_AN_ARRAY),
            (Content::Array(values), None) => out.extend(values),
            (Content::Array(values), Some(0)) => out.push(Value::Unsigned(values.len() as u64)),
            (Content::Array(mut values), Some(index)) => {
                let place = index as usize - 1;
                if place >= values.len() {
                    return Err(error_code::INVALID_ARRAY_INDEX);
                }
                out.push(values.swap_remove(place));
            }
        }
        Ok(())
    }

    /// All properties of an object, required ones first, and how many are
    /// required.
    pub fn properties(&self, target: Target) -> (Vec<u32>, usize) {
        let mut all = vec![id::OBJECT_IDENTIFIER, id::OBJECT_NAME, id::OBJECT_TYPE];
        let Target::Object(object) = target else {
            all.extend(DEVICE_PROPERTIES);
            return (all.clone(), all.len());
        };
        all.extend([id::PRESENT_VALUE, id::STATUS_FLAGS, id::EVENT_STATE, id::OUT_OF_SERVICE]);
        if object.kind.analog() {
            all.push(id::UNITS);
        }
        if object.kind == Kind::MultiStateValue {
            all.push(id::NUMBER_OF_STATES);
        }
        if matches!(object.kind, Kind::BinaryInput | Kind::BinaryOutput) {
            all.push(id::POLARITY);
        }
        if object.slots().is_some() {
            all.extend([id::PRIORITY_ARRAY, id::RELINQUISH_DEFAULT]);
        }
        let required = all.len();
        all.push(id::RELIABILITY);
        if object.kind.analog() {
            all.push(id::COV_INCREMENT);
            if object.slots().is_some() {
                all.extend([id::MIN_PRES_VALUE, id::MAX_PRES_VALUE]);
            }
        }
        match object.kind {
            Kind::MultiStateValue => all.push(id::STATE_TEXT),
            kind if kind.binary() => all.extend([id::INACTIVE_TEXT, id::ACTIVE_TEXT]),
            _ => {}
        }
        (all, required)
    }

    fn property_list(&self, target: Target) -> Content {
        // Without the three that every object has (12.1.1.4.1).
        let (all, _) = self.properties(target);
        Content::Array(all.into_iter().skip(3).map(Value::Enumerated).collect())
    }

    fn object_property(&self, object: &Object, property: u32) -> Option<Content> {
        let typed = |value| typed(object.kind, value);
        let state = |at: usize| Some(text(object.states.get(at)?));
        let one = match property {
            id::PRESENT_VALUE => typed(self.present(object).value),
            id::OBJECT_IDENTIFIER => Value::ObjectId(self.object_id(Target::Object(object))),
            id::OBJECT_NAME => text(object.name),
            id::OBJECT_TYPE => Value::Enumerated(object.kind as u32),
            id::STATUS_FLAGS => self.status_flags(object),
            id::EVENT_STATE => Value::Enumerated(0),
            id::RELIABILITY => Value::Enumerated(self.reliability(object)),
            id::OUT_OF_SERVICE => Value::Boolean(false),
            id::UNITS if object.kind.analog() => Value::Enumerated(object.unit),
            id::COV_INCREMENT if object.kind.analog() => Value::Real(object.increment as f32),
            id::MIN_PRES_VALUE if object.kind.analog() && object.slots().is_some() => {
                Value::Real(object.range.0 as f32)
            }
            id::MAX_PRES_VALUE if object.kind.analog() && object.slots().is_some() => {
                Value::Real(object.range.1 as f32)
            }
            id::NUMBER_OF_STATES if object.kind == Kind::MultiStateValue => {
                Value::Unsigned(object.states.len() as u64)
            }
            id::STATE_TEXT if object.kind == Kind::MultiStateValue => {
                return Some(Content::Array(object.states.iter().map(|s| text(s)).collect()));
            }
            id::INACTIVE_TEXT if object.kind.binary() => state(0)?,
            id::ACTIVE_TEXT if object.kind.binary() => state(1)?,
            id::POLARITY if matches!(object.kind, Kind::BinaryInput | Kind::BinaryOutput) => {
                Value::Enumerated(0)
            }
            id::PRIORITY_ARRAY => {
                let slots = object.slots()?;
                let value = |slot: &Option<f64>| slot.map_or(Value::Null, typed);
                return Some(Content::Array(slots.iter().map(value).collect()));
            }
            id::RELINQUISH_DEFAULT => {
                typed(object.relinquish_default(self.truth, self.device.zone)?)
            }
            id::PROPERTY_LIST => return Some(self.property_list(Target::Object(object))),
            _ => return None,
        };
        Some(Content::One(one))
    }

    fn device_property(&self, property: u32) -> Option<Content> {
        let device = self.device;
        let one = match property {
            id::OBJECT_IDENTIFIER => Value::ObjectId(self.object_id(Target::Device)),
            id::OBJECT_NAME => text(device.name),
            id::OBJECT_TYPE => Value::Enumerated(u32::from(object_type::DEVICE)),
            id::SYSTEM_STATUS => Value::Enumerated(0),
            id::VENDOR_NAME => text("hauswart"),
            id::VENDOR_IDENTIFIER => Value::Unsigned(u64::from(VENDOR_ID)),
            id::MODEL_NAME => text(device.model),
            id::FIRMWARE_REVISION | id::APPLICATION_SOFTWARE_VERSION => {
                text(env!("CARGO_PKG_VERSION"))
            }
            id::PROTOCOL_VERSION => Value::Unsigned(1),
            id::PROTOCOL_REVISION => Value::Unsigned(14),
            id::PROTOCOL_SERVICES_SUPPORTED => bits(41, &SERVICES),
            id::PROTOCOL_OBJECT_TYPES_SUPPORTED => bits(60, &[0, 1, 2, 3, 4, 5, 8, 19]),
            id::OBJECT_LIST => {
                let objects = device.objects.iter().map(Target::Object);
                let all = std::iter::once(Target::Device).chain(objects);
                return Some(Content::Array(
                    all.map(|target| Value::ObjectId(self.object_id(target))).collect(),
                ));
            }
            id::MAX_APDU_LENGTH_ACCEPTED => Value::Unsigned(device.max_apdu as u64),
            id::SEGMENTATION_SUPPORTED => Value::Enumerated(3),
            id::APDU_TIMEOUT => Value::Unsigned(3000),
            id::NUMBER_OF_APDU_RETRIES => Value::Unsigned(3),
            id::DEVICE_ADDRESS_BINDING => return Some(Content::Array(Vec::new())),
            id::DATABASE_REVISION => Value::Unsigned(1),
            id::PROPERTY_LIST => return Some(self.property_list(Target::Device)),
            _ => return None,
        };
        Some(Content::One(one))
    }

    pub fn present(&self, object: &Object) -> super::object::Present {
        object.present(self.truth, self.device.zone, self.faults)
    }

    /// BACnetReliability: no fault detected, or open loop.
    fn reliability(&self, object: &Object) -> u32 {
        if self.present(object).open_loop { 4 } else { 0 }
    }

    /// In alarm, fault, overridden, out of service.
    pub fn status_flags(&self, object: &Object) -> Value {
        let fault = self.present(object).open_loop;
        Value::BitString(BitString(vec![false, fault, false, false]))
    }
}

/// Services that the devices carry out: SubscribeCOV, ReadProperty,
/// ReadPropertyMultiple, WriteProperty, I-Am, Who-Is.
const SERVICES: [usize; 6] = [5, 12, 14, 15, 26, 34];

const DEVICE_PROPERTIES: [u32; 17] = [
    id::SYSTEM_STATUS,
    id::VENDOR_NAME,
    id::VENDOR_IDENTIFIER,
    id::MODEL_NAME,
    id::FIRMWARE_REVISION,
    id::APPLICATION_SOFTWARE_VERSION,
    id::PROTOCOL_VERSION,
    id::PROTOCOL_REVISION,
    id::PROTOCOL_SERVICES_SUPPORTED,
    id::PROTOCOL_OBJECT_TYPES_SUPPORTED,
    id::OBJECT_LIST,
    id::MAX_APDU_LENGTH_ACCEPTED,
    id::SEGMENTATION_SUPPORTED,
    id::APDU_TIMEOUT,
    id::NUMBER_OF_APDU_RETRIES,
    id::DEVICE_ADDRESS_BINDING,
    id::DATABASE_REVISION,
];

/// Writes a property. `Ok(true)` says that a heartbeat toggled.
///
/// # Errors
/// What the device refuses, as the standard names it.
pub fn write(
    device: &mut Device,
    object: ObjectId,
    property: PropertyRef,
    value: &Value,
    priority: Option<u8>,
) -> Result<bool, DeviceError> {
    if object == ObjectId::device(device.instance) {
        return Err(error_code::WRITE_ACCESS_DENIED);
    }
    let place = device.find(object.kind(), object.instance()).ok_or(error_code::UNKNOWN_OBJECT)?;
    let object = &mut device.objects[place];
    match property {
        PropertyRef { property: id::PRESENT_VALUE, array_index: None } => {}
        PropertyRef { property: id::PRESENT_VALUE, .. } => return Err(error_code::NOT_AN_ARRAY),
        _ => return Err(error_code::WRITE_ACCESS_DENIED),
    }
    let before = object.commanded();
    object
        .write(number(object.kind, value)?, usize::from(priority.unwrap_or(16)))
        .map_err(refused)?;
    let heartbeat = (object.kind, object.instance) == HEARTBEAT;
    Ok(heartbeat && object.commanded() != before)
}

/// A number in the data type of the object's present value.
pub fn typed(kind: Kind, value: f64) -> Value {
    match kind {
        _ if kind.analog() => Value::Real(value as f32),
        _ if kind.binary() => Value::Enumerated(value as u32),
        _ => Value::Unsigned(value as u64),
    }
}

/// The number in a written value; `None` relinquishes.
fn number(kind: Kind, value: &Value) -> Result<Option<f64>, DeviceError> {
    match value {
        Value::Null => Ok(None),
        Value::Real(value) if kind.analog() => Ok(Some(f64::from(*value))),
        Value::Enumerated(value) if kind.binary() => Ok(Some(f64::from(*value))),
        Value::Unsigned(value) if kind == Kind::MultiStateValue => Ok(Some(*value as f64)),
        _ => Err(error_code::INVALID_DATA_TYPE),
    }
}

fn bits(count: usize, set: &[usize]) -> Value {
    Value::BitString(BitString((0..count).map(|bit| set.contains(&bit)).collect()))
}

fn text(text: &str) -> Value {
    Value::CharacterString(text.to_owned())
}
