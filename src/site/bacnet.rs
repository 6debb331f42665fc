//! From a point's words to where it lies on a BACnet device: object, property,
//! array index. Numbers of types and properties: ASHRAE 135-2020, clause 21,
//! BACnetObjectType and BACnetPropertyIdentifier.

use super::BacnetSource;
use super::fault::{Meaning, Wire};
use super::place::{At, Faults, or};
use super::raw_point::RawPoint;
use super::states::StateList;

/// Object types that carry values, by name, by what is written on drawings,
/// and by number.
const OBJECTS: [(&str, &str, u16); 15] = [
    ("analog-input", "AI", 0),
    ("analog-output", "AO", 1),
    ("analog-value", "AV", 2),
    ("binary-input", "BI", 3),
    ("binary-output", "BO", 4),
    ("binary-value", "BV", 5),
    ("multi-state-input", "MI", 13),
    ("multi-state-output", "MO", 14),
    ("multi-state-value", "MV", 19),
    ("accumulator", "ACC", 23),
    ("pulse-converter", "PC", 24),
    ("integer-value", "IV", 45),
    ("large-analog-value", "LAV", 46),
    ("positive-integer-value", "PIV", 48),
    ("loop", "LP", 12),
];

const PROPERTIES: [(&str, u32); 10] = [
    ("present-value", 85),
    ("relinquish-default", 104),
    ("setpoint", 108),
    ("out-of-service", 81),
    ("reliability", 103),
    ("event-state", 36),
    ("elapsed-active-time", 33),
    ("change-of-state-count", 15),
    ("tracking-value", 164),
    ("priority-array", 87),
];

/// The present value.
pub(super) const PRESENT_VALUE: u32 = 85;
/// The last instance is a wildcard (clause 12.11.1).
const MAX_INSTANCE: u32 = 4_194_302;

/// Reads `analog-value 1`, `AV 1`, `AV1`, `200 1` (type by number).
fn object(text: &str) -> Option<(u16, u32)> {
    let text = text.trim();
    let instance_at = text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (kind, instance) = text.split_at(instance_at);
    let kind = kind.trim_end_matches([' ', ':', ',']);
    let instance: u32 = instance.parse().ok().filter(|instance| *instance <= MAX_INSTANCE)?;
    let lower = kind.to_lowercase();
    let named = OBJECTS
        .iter()
        .find(|(name, short, _)| lower == *name || lower == short.to_lowercase())
        .map(|(_, _, number)| *number);
    let number = named.or_else(|| kind.parse().ok().filter(|number: &u16| *number < 1024))?;
    Some((number, instance))
}

pub(super) const fn is_input(object: u16) -> bool {
    matches!(object, 0 | 3 | 13 | 23 | 24)
}

pub(super) const fn is_binary(object: u16) -> bool {
    matches!(object, 3..=5)
}

/// Multi-state objects count from 1 (clause 12.18).
pub(super) const fn first_code(object: u16) -> i64 {
    if matches!(object, 13 | 14 | 19) { 1 } else { 0 }
}

/// The names of object types, for help lines.
pub(super) fn object_names() -> Vec<String> {
    OBJECTS.iter().map(|(name, _, _)| (*name).to_owned()).collect()
}

/// The object of a point, and its property.
pub(super) fn place(
    name: &At<String>,
    raw: &RawPoint,
    faults: &mut Faults,
) -> Option<((u16, u32), u32)> {
    let Some(at) = &raw.object else {
        raw.lacks(name, Wire::NoObject { point: name.value.clone() }, faults);
        return None;
    };
    let found = object(&at.value);
    if found.is_none() {
        let fault = Wire::BadObject { text: at.value.clone(), known: object_names() };
        faults.error(&at.place, fault);
    }
    let property = match &raw.property {
        None => Some(PRESENT_VALUE),
        Some(at) => {
            let word = at.value.to_lowercase();
            let number = PROPERTIES
                .iter()
                .find(|(known, _)| *known == word)
                .map(|(_, number)| *number)
                .or_else(|| word.parse().ok().filter(|number| *number <= MAX_INSTANCE));
            if number.is_none() {
                let known = PROPERTIES.iter().map(|(name, _)| (*name).to_owned()).collect();
                faults.error(&at.place, Wire::BadProperty { text: at.value.clone(), known });
            }
            number
        }
    };
    Some((found?, property?))
}

/// The finished source. `factor` is the unit's; 1 for states.
pub(super) fn source(
    raw: &RawPoint,
    (object, property): ((u16, u32), u32),
    states: Option<&StateList>,
    factor: f64,
    faults: &mut Faults,
) -> BacnetSource {
    if let Some(at) = raw.scale.as_ref().filter(|at| at.value == 0.0) {
        faults.error(&at.place, Wire::ZeroScale);
    }
    if let Some(list) = states {
        for at in &list.codes {
            if at.value < first_code(object.0) || at.value > i64::from(u32::MAX) {
                let (least, most) = (i128::from(first_code(object.0)), i128::from(u32::MAX));
                faults.error(&at.place, Wire::CodeTooLarge { code: at.value, least, most });
            }
        }
    }
    BacnetSource {
        object,
        property,
        array_index: raw.array_index.as_ref().and_then(|at| u32::try_from(at.value).ok()),
        cov: or(raw.cov.as_ref(), false),
        scale: or(raw.scale.as_ref(), 1.0) * factor,
        offset: or(raw.offset.as_ref(), 0.0) * factor,
        states: states.map(|list| list.read.clone()).unwrap_or_default(),
    }
}

/// Words that only BACnet points have, said of another protocol's.
pub(super) fn foreign_words(raw: &RawPoint, faults: &mut Faults) {
    let found = [
        ("object", raw.object.as_ref().map(|at| &at.place)),
        ("property", raw.property.as_ref().map(|at| &at.place)),
        ("array_index", raw.array_index.as_ref().map(|at| &at.place)),
        ("cov", raw.cov.as_ref().map(|at| &at.place)),
        ("slot", raw.slot.as_ref().map(|at| &at.place)),
    ];
    for (key, place) in found {
        if let Some(place) = place {
            faults.error(place, Meaning::NotForModbus { key });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_read_as_drawings_have_them() {
        for text in ["analog-value 1", "AV 1", "AV1", "av:1", "2 1"] {
            assert_eq!(object(text), Some((2, 1)), "{text}");
        }
        assert_eq!(object("200 7"), Some((200, 7)));
        for wrong in ["", "1", "analog 1", "AV", "AV 4194303", "AV -1", "1024 1"] {
            assert_eq!(object(wrong), None, "{wrong}");
        }
    }
}
