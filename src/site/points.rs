//! From a point's laid-over words to a [`Point`] and its [`PointSource`]: kind,
//! range, place. What it takes to command it is `command`'s matter; references
//! to other points of the device are followed once all of them have ids.

use std::time::Duration;

use super::command::{self, Letting};
use super::fault::{Meaning, MeterFault, Wire};
use super::place::{At, Faults, or};
use super::quantity::{Amount, convert};
use super::raw_point::{RawByHand, RawPoint};
use super::states::{self, StateList};
use super::template::{NamedPoints, Protocol};
use super::{PointSource, bacnet, modbus};
use crate::model::unit::{Quantity, duration};
use crate::model::{Kind, Point, Role, Unit};

/// What all points of a device share.
pub(super) struct Around<'a> {
    pub protocol: Protocol,
    /// `building.device.`
    pub prefix: String,
    pub building: usize,
    pub device: usize,
    pub poll: Duration,
    /// The points as the template has them, variant included: what the device
    /// bears, which a site may narrow but not widen.
    pub template: &'a NamedPoints,
}

/// A point whose references are not followed yet.
pub(super) struct Built {
    pub name: At<String>,
    pub point: Point,
    pub source: PointSource,
    pub by_hand: Option<At<RawByHand>>,
    pub pulse: Option<At<String>>,
    /// The hand-back action's point and value.
    pub action: Option<(At<String>, At<Amount>)>,
}

/// What a point is and where it lies.
pub(super) struct Nature {
    pub kind: Kind,
    pub source: PointSource,
}

/// Builds one point; `None` if it is not to be used, or has faults that leave
/// nothing to go on with. Faults are told either way.
pub(super) fn build(
    name: &At<String>,
    raw: &RawPoint,
    around: &Around<'_>,
    faults: &mut Faults,
) -> Option<Built> {
    let nature = nature(name, raw, around.protocol, faults)?;
    let range = pair(&nature.kind, name, raw.range.as_ref(), "range", faults);
    let below = around.template.iter().find(|(known, _)| known.value == name.value);
    let letting =
        command::build(name, raw, below.map(|(_, raw)| raw), &nature, around.protocol, faults);
    let (command, action) = match letting {
        Some(Letting { command, action }) => (Some(command), action),
        None => (None, None),
    };
    let poll = raw.poll.as_ref().and_then(|at| duration(at.value)).unwrap_or(around.poll);
    let point = Point {
        name: format!("{}{}", around.prefix, name.value),
        building: around.building,
        device: around.device,
        role: raw.role.as_ref().map_or(Role::Other, |role| role.value),
        range: range.map(|at| at.value),
        poll,
        command: command.map(Box::new),
        readable: readable(&nature.source),
        by_hand: None,
        hours: raw
            .hours
            .as_ref()
            .map_or_else(Vec::new, |hours| states::hours(name, &nature.kind, hours, faults)),
        keep: raw.history.as_ref().map(|at| at.value).unwrap_or_default(),
        momentary: raw.momentary.as_ref().is_some_and(|at| at.value),
        pulse: None,
        rolls_over: rolls_over(name, raw, &nature.kind, faults),
        formerly: raw
            .formerly
            .iter()
            .flatten()
            .map(|at| earlier_name(&at.value, &around.prefix))
            .collect(),
        kind: nature.kind,
    };
    Some(Built {
        name: name.clone(),
        point,
        source: nature.source,
        by_hand: raw.by_hand.clone(),
        pulse: raw.pulse.clone(),
        action,
    })
}

/// The value after which a counter begins again, canonical.
fn rolls_over(name: &At<String>, raw: &RawPoint, kind: &Kind, faults: &mut Faults) -> Option<f64> {
    let at = raw.rolls_over.as_ref()?;
    if matches!(kind, Kind::States(_)) {
        faults.error(&at.place, Meaning::NotForStates { key: "rolls_over" });
        return None;
    }
    let value = value(kind, name, at, faults)?;
    if value <= 0.0 {
        faults.error(&at.place, MeterFault::NotPositive { key: "rolls_over" });
        return None;
    }
    Some(value)
}

/// An earlier name without dots is one of this device's.
fn earlier_name(name: &str, prefix: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("{prefix}{name}") }
}

const fn readable(source: &PointSource) -> bool {
    match source {
        PointSource::Modbus(source) => source.read.is_some(),
        PointSource::Bacnet(_) => true,
    }
}

fn nature(
    name: &At<String>,
    raw: &RawPoint,
    protocol: Protocol,
    faults: &mut Faults,
) -> Option<Nature> {
    if let (Some(unit), Some(_)) = (&raw.unit, &raw.states) {
        faults.error(&unit.place, Meaning::UnitAndStates { point: name.value.clone() });
    }
    match protocol {
        Protocol::Modbus => {
            bacnet::foreign_words(raw, faults);
            let registers = modbus::registers(name, raw, faults)?;
            let states = states::list(name, raw, registers.single_bit, 0, faults);
            let (kind, factor) = kind(name, raw, states.as_ref(), faults)?;
            let source = modbus::source(raw, &registers, states.as_ref(), factor, faults);
            Some(Nature { kind, source: PointSource::Modbus(source) })
        }
        Protocol::Bacnet => {
            modbus::foreign_words(raw, faults);
            let place = bacnet::place(name, raw, faults)?;
            let (object, _) = place.0;
            let binary = bacnet::is_binary(object) && place.1 == bacnet::PRESENT_VALUE;
            let first = bacnet::first_code(object);
            let states = states::list(name, raw, binary, first, faults);
            let (kind, factor) = kind(name, raw, states.as_ref(), faults)?;
            let source = bacnet::source(raw, place, states.as_ref(), factor, faults);
            Some(Nature { kind, source: PointSource::Bacnet(source) })
        }
    }
}

/// The kind, and the factor of its unit.
fn kind(
    name: &At<String>,
    raw: &RawPoint,
    states: Option<&StateList>,
    faults: &mut Faults,
) -> Option<(Kind, f64)> {
    if let Some(list) = states {
        for (key, place) in [
            ("scale", raw.scale.as_ref().map(|at| &at.place)),
            ("offset", raw.offset.as_ref().map(|at| &at.place)),
            ("range", raw.range.as_ref().map(|at| &at.place)),
        ] {
            if let Some(place) = place {
                faults.error(place, Meaning::NotForStates { key });
            }
        }
        return Some((Kind::States(list.names.clone()), 1.0));
    }
    match &raw.unit {
        Some(unit) => Some((Kind::Number(unit.value.clone()), unit.value.factor)),
        None => {
            raw.lacks(name, Wire::NoKind { point: name.value.clone() }, faults);
            None
        }
    }
}

/// The canonical value that an amount stands for at a point of this kind.
pub(super) fn value(
    kind: &Kind,
    point: &At<String>,
    amount: &At<Amount>,
    faults: &mut Faults,
) -> Option<f64> {
    match kind {
        Kind::Number(unit) => convert(amount, unit.quantity, &example(unit), faults),
        Kind::States(names) => {
            let word = match &amount.value {
                Amount::Text(text) => text.clone(),
                Amount::Number(number) => number.to_string(),
            };
            let state = names.iter().position(|name| *name == word);
            if state.is_none() {
                faults.error(&amount.place, states::unknown(point, &word, names));
            }
            state.map(|state| state as f64)
        }
    }
}

/// A tolerance: a difference, so K where the point has °C.
pub(super) fn difference(
    kind: &Kind,
    amount: &At<Amount>,
    key: &'static str,
    faults: &mut Faults,
) -> Option<f64> {
    let Kind::Number(unit) = kind else {
        faults.error(&amount.place, Meaning::NotForStates { key });
        return None;
    };
    let wanted = unit.quantity.per(Quantity::NONE);
    let value = convert(amount, wanted, "\"0.5 K\"", faults)?;
    if value < 0.0 {
        faults.error(&amount.place, Meaning::Negative { key });
        return None;
    }
    Some(value)
}

fn example(unit: &Unit) -> String {
    if unit.symbol.is_empty() { "20".to_owned() } else { format!("\"20 {}\"", unit.symbol) }
}

type Pair = At<(At<Amount>, At<Amount>)>;

/// Lowest and highest of a number, canonical.
pub(super) fn pair(
    kind: &Kind,
    point: &At<String>,
    raw: Option<&Pair>,
    key: &'static str,
    faults: &mut Faults,
) -> Option<At<(f64, f64)>> {
    let raw = raw?;
    if matches!(kind, Kind::States(_)) {
        if key != "range" {
            faults.error(&raw.place, Meaning::NotForStates { key });
        }
        return None;
    }
    let low = value(kind, point, &raw.value.0, faults);
    let high = value(kind, point, &raw.value.1, faults);
    let (low, high) = (low?, high?);
    if low >= high {
        let (low, high) = (kind.display(low), kind.display(high));
        faults.error(&raw.place, Meaning::Reversed { key, low, high });
        return None;
    }
    Some(At { value: (low, high), place: raw.place.clone() })
}

/// Whether the point is left out: the device does not have it.
pub(super) fn is_absent(raw: &RawPoint) -> bool {
    or(raw.absent.as_ref(), false)
}
