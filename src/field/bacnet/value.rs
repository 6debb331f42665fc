//! A point's BACnet value to its canonical value and back. What is not known
//! comes out as a quality, never as a number; what does not fit the object's
//! datatype is not sent.

use thiserror::Error;

use crate::model::point::state_index;
use crate::model::{Kind, Language, Point, Quality};
use crate::site::BacnetSource;
use crate::wire::bacnet::{Value, object_type, property};

/// The canonical value that `value` stands for, plausible or not.
///
/// # Errors
/// `Faulty` for anything that is no finite number, `OutOfRange` for a code
/// that is none of the states.
pub fn canonical(point: &Point, source: &BacnetSource, value: &Value) -> Result<f64, Quality> {
    let read = value.as_f64().filter(|read| read.is_finite()).ok_or(Quality::Faulty)?;
    match &point.kind {
        Kind::States(states) if source.states.is_empty() => match state_index(read) {
            Some(index) if index < states.len() => Ok(read),
            _ => Err(Quality::OutOfRange),
        },
        Kind::States(_) => source
            .states
            .iter()
            .find(|(code, _)| *code as f64 == read)
            .map(|(_, state)| *state as f64)
            .ok_or(Quality::OutOfRange),
        Kind::Number(_) => {
            let value = read * source.scale + source.offset;
            if value.is_finite() { Ok(value) } else { Err(Quality::Faulty) }
        }
    }
}

/// As [`canonical`], and within the point's plausible range.
///
/// # Errors
/// As [`canonical`]; `OutOfRange` outside the range.
pub fn plausible(point: &Point, source: &BacnetSource, value: &Value) -> Result<f64, Quality> {
    let value = canonical(point, source, value)?;
    match point.range {
        Some((lowest, highest)) if !(lowest..=highest).contains(&value) => Err(Quality::OutOfRange),
        _ => Ok(value),
    }
}

/// How a number is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datatype {
    Boolean,
    Unsigned,
    Signed,
    Real,
    Double,
    Enumerated,
}

impl Datatype {
    /// The datatype of present-value of the standard's objects (clause 12);
    /// `None` for other properties and objects: read first.
    #[must_use]
    pub const fn of(source: &BacnetSource) -> Option<Self> {
        use object_type::{
            ACCUMULATOR, ANALOG_INPUT, ANALOG_OUTPUT, ANALOG_VALUE, BINARY_INPUT,
            BINARY_LIGHTING_OUTPUT, BINARY_OUTPUT, BINARY_VALUE, COMMAND, INTEGER_VALUE,
            LARGE_ANALOG_VALUE, LIGHTING_OUTPUT, LOOP, MULTI_STATE_INPUT, MULTI_STATE_OUTPUT,
            MULTI_STATE_VALUE, POSITIVE_INTEGER_VALUE, PULSE_CONVERTER,
        };
        if source.property != property::PRESENT_VALUE {
            return None;
        }
        match source.object.0 {
            ANALOG_INPUT | ANALOG_OUTPUT | ANALOG_VALUE | LOOP | PULSE_CONVERTER
            | LIGHTING_OUTPUT => Some(Self::Real),
            LARGE_ANALOG_VALUE => Some(Self::Double),
            BINARY_INPUT | BINARY_OUTPUT | BINARY_VALUE | BINARY_LIGHTING_OUTPUT => {
                Some(Self::Enumerated)
            }
            MULTI_STATE_INPUT
            | MULTI_STATE_OUTPUT
            | MULTI_STATE_VALUE
            | COMMAND
            | ACCUMULATOR
            | POSITIVE_INTEGER_VALUE => Some(Self::Unsigned),
            INTEGER_VALUE => Some(Self::Signed),
            _ => None,
        }
    }

    /// The datatype of a value that was read.
    #[must_use]
    pub const fn like(value: &Value) -> Option<Self> {
        match value {
            Value::Boolean(_) => Some(Self::Boolean),
            Value::Unsigned(_) => Some(Self::Unsigned),
            Value::Signed(_) => Some(Self::Signed),
            Value::Real(_) => Some(Self::Real),
            Value::Double(_) => Some(Self::Double),
            Value::Enumerated(_) => Some(Self::Enumerated),
            _ => None,
        }
    }

    /// `number` in this datatype; whole ones are rounded.
    fn value(self, number: f64) -> Option<Value> {
        let whole = number.round();
        let within = |lowest: f64, highest: f64| (lowest..=highest).contains(&whole);
        match self {
            Self::Boolean => within(0.0, 1.0).then_some(Value::Boolean(whole == 1.0)),
            Self::Unsigned => {
                within(0.0, f64::from(u32::MAX)).then_some(Value::Unsigned(whole as u64))
            }
            Self::Signed => within(f64::from(i32::MIN), f64::from(i32::MAX))
                .then_some(Value::Signed(whole as i64)),
            Self::Enumerated => {
                within(0.0, f64::from(u32::MAX)).then_some(Value::Enumerated(whole as u32))
            }
            Self::Real => {
                let real = number as f32;
                real.is_finite().then_some(Value::Real(real))
            }
            Self::Double => Some(Value::Double(number)),
        }
    }
}

/// Why a value is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotSent {
    #[error("the point cannot be written")]
    ReadOnly,
    #[error("this state cannot be written")]
    NoSuchState,
    #[error("the number does not fit the object")]
    Unfit,
    #[error("the object's value is no number")]
    NotANumber,
}

impl NotSent {
    /// For people.
    #[must_use]
    pub fn words(self, language: Language) -> String {
        let (german, english) = match self {
            Self::ReadOnly => ("der Punkt ist nur lesbar", "the point is read only"),
            Self::NoSuchState => {
                ("diesen Zustand nimmt das Gerät nicht an", "the device does not take this state")
            }
            Self::Unfit => (
                "die Zahl passt nicht in den Datentyp des Objekts",
                "the number does not fit the object's datatype",
            ),
            Self::NotANumber => {
                ("der Wert des Objekts ist keine Zahl", "the object's value is not a number")
            }
        };
        language.pick(german, english).to_owned()
    }
}

/// What is sent for a canonical value.
///
/// # Errors
/// If there is no such state or the number does not fit the datatype.
pub fn encode(
    point: &Point,
    source: &BacnetSource,
    datatype: Datatype,
    value: f64,
) -> Result<Value, NotSent> {
    if !value.is_finite() {
        return Err(NotSent::Unfit);
    }
    let raw = match &point.kind {
        Kind::States(states) => {
            let state = state_index(value).filter(|state| *state < states.len());
            let state = state.ok_or(NotSent::NoSuchState)?;
            if source.states.is_empty() {
                value
            } else {
                let code = source.states.iter().find(|(_, of)| *of == state);
                code.ok_or(NotSent::NoSuchState)?.0 as f64
            }
        }
        Kind::Number(_) => (value - source.offset) / source.scale,
    };
    if !raw.is_finite() {
        return Err(NotSent::Unfit);
    }
    datatype.value(raw).ok_or(NotSent::Unfit)
}

/// Whether `held` is our value: within the point's tolerance, and within what
/// single precision loses of it on the wire.
#[must_use]
pub fn is_ours(point: &Point, source: &BacnetSource, held: f64, ours: f64) -> bool {
    let tolerance = point.command.as_ref().map_or(0.0, |command| command.tolerance);
    let sent = (ours - source.offset).abs().max(ours.abs());
    (held - ours).abs() <= tolerance.max(sent * f64::from(f32::EPSILON))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Quantity, Role};

    fn point(kind: Kind) -> Point {
        Point {
            name: "b.d.p".into(),
            building: 0,
            device: 0,
            kind,
            role: Role::Other,
            range: None,
            poll: Duration::from_secs(10),
            command: None,
            readable: true,
            by_hand: None,
            hours: Vec::new(),
            keep: Default::default(),
            momentary: false,
            pulse: None,
            rolls_over: None,
            formerly: Vec::new(),
        }
    }

    fn celsius() -> Point {
        let range = Some((-40.0, 60.0));
        Point { range, ..point(Kind::Number(Quantity::CELSIUS.usual_unit())) }
    }

    fn source(kind: u16) -> BacnetSource {
        BacnetSource {
            object: (kind, 1),
            property: property::PRESENT_VALUE,
            array_index: None,
            cov: false,
            scale: 1.0,
            offset: 0.0,
            states: Vec::new(),
        }
    }

    #[test]
    fn what_is_no_number_is_never_a_value() {
        let (point, source) = (celsius(), source(object_type::ANALOG_INPUT));
        for value in [
            Value::Real(f32::NAN),
            Value::Double(f64::INFINITY),
            Value::Null,
            Value::CharacterString("21.5".into()),
            Value::Raw(vec![0x0C, 0x41]),
        ] {
            assert_eq!(plausible(&point, &source, &value), Err(Quality::Faulty), "{value}");
        }
        assert_eq!(plausible(&point, &source, &Value::Real(-50.0)), Err(Quality::OutOfRange));
        assert_eq!(plausible(&point, &source, &Value::Real(21.5)), Ok(21.5));
    }

    #[test]
    fn multi_state_objects_count_from_one() {
        let mode = point(Kind::States(vec!["standby".into(), "night".into(), "day".into()]));
        let mut source = source(object_type::MULTI_STATE_VALUE);
        source.states = vec![(1, 0), (2, 1), (3, 2), (7, 2)];
        assert_eq!(plausible(&mode, &source, &Value::Unsigned(7)), Ok(2.0));
        assert_eq!(plausible(&mode, &source, &Value::Unsigned(0)), Err(Quality::OutOfRange));
        let datatype = Datatype::of(&source).unwrap();
        assert_eq!(encode(&mode, &source, datatype, 2.0), Ok(Value::Unsigned(3)));
        assert_eq!(encode(&mode, &source, datatype, 3.0), Err(NotSent::NoSuchState));
        assert_eq!(encode(&mode, &source, datatype, 0.5), Err(NotSent::NoSuchState));
    }

    #[test]
    fn binaries_are_enumerations() {
        let source = source(object_type::BINARY_OUTPUT);
        let switch = point(Kind::switch());
        assert_eq!(plausible(&switch, &source, &Value::Enumerated(1)), Ok(1.0));
        assert_eq!(plausible(&switch, &source, &Value::Enumerated(2)), Err(Quality::OutOfRange));
        let datatype = Datatype::of(&source).unwrap();
        assert_eq!(encode(&switch, &source, datatype, 1.0), Ok(Value::Enumerated(1)));
    }

    #[test]
    fn numbers_that_do_not_fit_are_not_sent() {
        let point = celsius();
        let unsigned = source(object_type::POSITIVE_INTEGER_VALUE);
        assert_eq!(encode(&point, &unsigned, Datatype::Unsigned, -1.0), Err(NotSent::Unfit));
        assert_eq!(encode(&point, &unsigned, Datatype::Unsigned, 2.6), Ok(Value::Unsigned(3)));
        let real = source(object_type::ANALOG_VALUE);
        assert_eq!(encode(&point, &real, Datatype::Real, 1e300), Err(NotSent::Unfit));
        assert_eq!(encode(&point, &real, Datatype::Real, f64::NAN), Err(NotSent::Unfit));
        let nothing = BacnetSource { scale: 0.0, ..real };
        assert_eq!(encode(&point, &nothing, Datatype::Real, 1.0), Err(NotSent::Unfit));
    }

    proptest! {
        /// What is written is recognised when it is read back.
        #[test]
        fn values_come_back(
            value in -1e6_f64..1e6,
            scale in 0.001_f64..1000.0,
            offset in -500.0_f64..500.0,
        ) {
            let source = BacnetSource { scale, offset, ..source(object_type::ANALOG_VALUE) };
            let sent = encode(&celsius(), &source, Datatype::Real, value).unwrap();
            let read = canonical(&celsius(), &source, &sent).unwrap();
            prop_assert!(is_ours(&celsius(), &source, read, value), "{} {}", read, value);
        }
    }
}
