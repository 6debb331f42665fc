//! What it takes to command a point: how it is let go, within which limits,
//! how often. Refuses what is not safe: slots that belong to the people at the
//! controller, limits wider than the device's own, floors above ceilings.

use super::PointSource;
use super::abandoned;
use super::bacnet::{self, PRESENT_VALUE};
use super::fault::{Meaning, Wire};
use super::modbus;
use super::place::{At, Faults, Place, or};
use super::points::{self, Nature};
use super::quantity::Amount;
use super::raw_point::{RawPoint, RawRelease};
use super::template::Protocol;
use crate::model::unit::duration;
use crate::model::wear::LIFETIME;
use crate::model::{Command, Kind, PointId, Release};
use std::time::Duration;

/// The slot that is ours unless the site says otherwise.
pub(super) const DEFAULT_SLOT: u8 = 13;

/// A command, and the action of its release, whose point has no id yet: until
/// then the release is a placeholder that nothing reads.
pub(super) struct Letting {
    pub command: Command,
    pub action: Option<(At<String>, At<Amount>)>,
}

/// Builds the command of a point, if it has one.
pub(super) fn build(
    name: &At<String>,
    raw: &RawPoint,
    template: Option<&RawPoint>,
    nature: &Nature,
    protocol: Protocol,
    faults: &mut Faults,
) -> Option<Letting> {
    if !or(raw.commandable.as_ref(), false) {
        if raw.commandable.is_none() {
            idle_words(name, raw, faults);
        }
        return None;
    }
    let kind = &nature.kind;
    let own = points::pair(kind, name, raw.limits.as_ref(), "limits", faults);
    if let Some(own) = &own {
        check_limits(name, raw, own, template, nature, faults);
    }
    let limits = own.map(|own| own.value);
    let (release, action) = release(name, raw, nature, protocol, limits, faults)?;
    let (floor, ceiling) = bounds(name, raw, kind, limits, faults);
    check_release(raw, &release, (floor, ceiling), kind, faults);
    let interval = raw.min_write_interval.as_ref();
    check_interval(raw, template, faults);
    let command = Command {
        release,
        released: raw.released.as_ref().and_then(|at| points::value(kind, name, at, faults)),
        hold_on_stop: or(raw.hold_on_stop.as_ref(), false),
        limits,
        floor,
        ceiling,
        min_write_interval: interval.and_then(|at| duration(at.value)).unwrap_or(Duration::ZERO),
        keep_alive: raw.keep_alive.as_ref().and_then(|at| duration(at.value)),
        endures: endures(raw, faults),
        heartbeat: heartbeat(name, raw, kind, faults),
        tolerance: raw
            .tolerance
            .as_ref()
            .and_then(|at| points::difference(kind, at, "tolerance", faults))
            .unwrap_or_else(|| half_a_step(nature)),
        abandoned: abandoned::build(name, raw, template, kind, faults),
        out_of_service: None, // once there is a clock: `validate`
    };
    Some(Letting { command, action })
}

/// Words that mean nothing at a point that is not commanded.
fn idle_words(name: &At<String>, raw: &RawPoint, faults: &mut Faults) {
    let found: [(&'static str, Option<&Place>); 16] = [
        ("slot", raw.slot.as_ref().map(|at| &at.place)),
        ("release", raw.release.as_ref().map(|at| &at.place)),
        ("limits", raw.limits.as_ref().map(|at| &at.place)),
        ("min_write_interval", raw.min_write_interval.as_ref().map(|at| &at.place)),
        ("keep_alive", raw.keep_alive.as_ref().map(|at| &at.place)),
        ("heartbeat", raw.heartbeat.as_ref().map(|at| &at.place)),
        ("endures", raw.endures.as_ref().map(|at| &at.place)),
        ("tolerance", raw.tolerance.as_ref().map(|at| &at.place)),
        ("hold_on_stop", raw.hold_on_stop.as_ref().map(|at| &at.place)),
        ("floor", raw.floor.as_ref().map(|at| &at.place)),
        ("ceiling", raw.ceiling.as_ref().map(|at| &at.place)),
        ("released", raw.released.as_ref().map(|at| &at.place)),
        ("falls_back", raw.falls_back.as_ref().map(|at| &at.place)),
        ("harmless", raw.harmless.as_ref().and_then(|all| all.first()).map(|at| &at.place)),
        ("stays", raw.stays.as_ref().map(|at| &at.place)),
        ("out_of_service", raw.out_of_service.as_ref().map(|at| &at.place)),
    ];
    for (key, place) in found {
        if let Some(place) = place {
            faults.error(place, Meaning::NotCommandable { key, point: name.value.clone() });
        }
    }
}

/// Half a step of the register, a hair more because decimal steps are not
/// exact in binary. Floats have no step: a thousandth of the shown unit.
fn half_a_step(nature: &Nature) -> f64 {
    const HAIR: f64 = 1.0 + 1e-6;
    match (&nature.kind, &nature.source) {
        (Kind::States(_), _) => 0.0,
        (Kind::Number(_), PointSource::Modbus(source)) if modbus::is_whole(source.data) => {
            source.scale.abs() / 2.0 * HAIR
        }
        (Kind::Number(unit), _) => unit.factor.abs() / 1000.0,
    }
}

/// Limits that the register cannot hold, or that are wider than the device's.
fn check_limits(
    name: &At<String>,
    raw: &RawPoint,
    own: &At<(f64, f64)>,
    template: Option<&RawPoint>,
    nature: &Nature,
    faults: &mut Faults,
) {
    let (low, high) = own.value;
    if let PointSource::Modbus(source) = &nature.source
        && let Some(bad) = [low, high].into_iter().find(|value| !modbus::fits(source, *value))
    {
        let value = nature.kind.display(bad);
        faults.error(&own.place, Meaning::DoesNotFit { value });
    }
    let Some(theirs) = template.and_then(|below| below.limits.as_ref()) else { return };
    if raw.limits.as_ref() == Some(theirs) {
        return;
    }
    let mut told_elsewhere = Faults::default();
    let theirs = points::pair(&nature.kind, name, Some(theirs), "limits", &mut told_elsewhere);
    let Some(At { value: (least, most), .. }) = theirs else { return };
    if low < least || high > most {
        let (low, high) = (nature.kind.display(least), nature.kind.display(most));
        faults.error(&own.place, Meaning::WiderThanDevice { low, high });
    }
}

fn check_interval(raw: &RawPoint, template: Option<&RawPoint>, faults: &mut Faults) {
    let theirs = template.and_then(|below| below.min_write_interval.as_ref());
    if let (Some(own), Some(theirs)) = (&raw.min_write_interval, theirs)
        && own.value < theirs.value
    {
        let least = crate::model::Quantity::TIME.usual_unit().display(theirs.value);
        faults.error(&own.place, Meaning::MoreOftenThanDevice { least });
    }
}

/// How often it is toggled: between two states.
fn heartbeat(
    name: &At<String>,
    raw: &RawPoint,
    kind: &Kind,
    faults: &mut Faults,
) -> Option<Duration> {
    let at = raw.heartbeat.as_ref()?;
    if !matches!(kind, Kind::States(states) if states.len() == 2) {
        faults.error(&at.place, Meaning::HeartbeatNotSwitch { point: name.value.clone() });
    }
    duration(at.value)
}

/// How many writes the register endures. Refreshing it wears it out too, and
/// would do so without anything being changed.
fn endures(raw: &RawPoint, faults: &mut Faults) -> Option<u32> {
    let endures = u32::try_from(raw.endures.as_ref()?.value).ok()?;
    if let Some(at) = &raw.keep_alive {
        let writes = LIFETIME.as_secs_f64() / at.value;
        if writes > f64::from(endures) {
            let days = (f64::from(endures) * at.value / 86_400.0).floor() as u64;
            faults.error(&at.place, Meaning::RefreshWears { days, endures });
        }
    }
    Some(endures)
}

fn bounds(
    name: &At<String>,
    raw: &RawPoint,
    kind: &Kind,
    limits: Option<(f64, f64)>,
    faults: &mut Faults,
) -> (Option<f64>, Option<f64>) {
    let mut bound = |at: Option<&At<Amount>>, key: &'static str| -> Option<f64> {
        let at = at?;
        if matches!(kind, Kind::States(_)) {
            faults.error(&at.place, Meaning::NotForStates { key });
            return None;
        }
        let value = points::value(kind, name, at, faults)?;
        check_inside(key, value, at, kind, limits, faults);
        Some(value)
    };
    let floor = bound(raw.floor.as_ref(), "floor");
    let ceiling = bound(raw.ceiling.as_ref(), "ceiling");
    if let (Some(low), Some(high), Some(at)) = (floor, ceiling, &raw.floor)
        && low > high
    {
        let (floor, ceiling) = (kind.display(low), kind.display(high));
        faults.error(&at.place, Meaning::FloorAboveCeiling { floor, ceiling });
    }
    (floor, ceiling)
}

/// Letting go must not undercut what the site has declared.
fn check_release(
    raw: &RawPoint,
    release: &Release,
    (floor, ceiling): (Option<f64>, Option<f64>),
    kind: &Kind,
    faults: &mut Faults,
) {
    let (Release::Value(value), Some(RawRelease::Value(at))) =
        (release, raw.release.as_ref().map(|at| &at.value))
    else {
        return;
    };
    let below = floor.filter(|floor| value < floor).map(|floor| ("floor", floor));
    let above = ceiling.filter(|ceiling| value > ceiling).map(|ceiling| ("ceiling", ceiling));
    if let Some((key, bound)) = below.or(above) {
        let (value, bound) = (kind.display(*value), kind.display(bound));
        faults.error(&at.place, Meaning::ReleaseBeyond { key, value, bound });
    }
}

fn check_inside(
    key: &'static str,
    value: f64,
    at: &At<Amount>,
    kind: &Kind,
    limits: Option<(f64, f64)>,
    faults: &mut Faults,
) {
    if let Some((low, high)) = limits.filter(|(low, high)| value < *low || value > *high) {
        let (value, low, high) = (kind.display(value), kind.display(low), kind.display(high));
        faults.error(&at.place, Meaning::OutsideLimits { key, value, low, high });
    }
}

type Action = (At<String>, At<Amount>);

fn release(
    name: &At<String>,
    raw: &RawPoint,
    nature: &Nature,
    protocol: Protocol,
    limits: Option<(f64, f64)>,
    faults: &mut Faults,
) -> Option<(Release, Option<Action>)> {
    if let (Some(slot), Some(_)) = (&raw.slot, &raw.release) {
        faults.error(&slot.place, Meaning::SlotAndRelease);
    }
    if let PointSource::Bacnet(source) = &nature.source
        && bacnet::is_input(source.object.0)
        && let Some(at) = &raw.object
    {
        faults.error(&at.place, Wire::InputCommanded);
    }
    match raw.release.as_ref().map(|at| &at.value) {
        Some(RawRelease::Restore) => {
            if matches!(&nature.source, PointSource::Modbus(source) if source.read.is_none()) {
                let at = raw.release.as_ref()?;
                faults.error(&at.place, Meaning::RestoreUnread { point: name.value.clone() });
            }
            Some((Release::Restore, None))
        }
        Some(RawRelease::Value(amount)) => {
            let value = points::value(&nature.kind, name, amount, faults)?;
            check_inside("release", value, amount, &nature.kind, limits, faults);
            check_code(name, value, amount, nature, faults);
            Some((Release::Value(value), None))
        }
        Some(RawRelease::Action { point, value }) => {
            Some((Release::Restore, Some((point.clone(), value.clone()))))
        }
        None if protocol == Protocol::Bacnet => {
            Some((Release::Slot(slot(raw, nature, faults)), None))
        }
        None => {
            raw.lacks(name, Meaning::NoRelease { point: name.value.clone() }, faults);
            None
        }
    }
}

/// The slot of the priority array (ASHRAE 135, clause 19.2). Never 8 or above
/// in rank: the people at the controller win.
fn slot(raw: &RawPoint, nature: &Nature, faults: &mut Faults) -> u8 {
    if let PointSource::Bacnet(source) = &nature.source
        && (source.property != PRESENT_VALUE || source.array_index.is_some())
        && let Some(at) = &raw.commandable
    {
        faults.error(&at.place, Wire::NoPriorityArray);
    }
    let Some(slot) = &raw.slot else { return DEFAULT_SLOT };
    if !(9..=16).contains(&slot.value) {
        faults.error(&slot.place, Meaning::Slot { slot: slot.value });
    }
    u8::try_from(slot.value).unwrap_or(DEFAULT_SLOT)
}

/// A state that the device has no code for cannot be written.
fn check_code(
    name: &At<String>,
    value: f64,
    amount: &At<Amount>,
    nature: &Nature,
    faults: &mut Faults,
) {
    if let (Kind::States(names), PointSource::Modbus(source)) = (&nature.kind, &nature.source)
        && let Some(write) = &source.write
        && !write.states.iter().any(|(state, _)| *state as f64 == value)
    {
        let state = names.get(value as usize).cloned().unwrap_or_default();
        let fault = Meaning::StateNotWritten { point: name.value.clone(), state };
        faults.error(&amount.place, fault);
    }
}

/// Follows the hand-back action to its point, which has an id by now.
pub(super) fn action(
    target: &points::Built,
    id: PointId,
    amount: &At<Amount>,
    at: &At<String>,
    faults: &mut Faults,
) -> Option<Release> {
    let writable = match &target.source {
        PointSource::Modbus(source) => source.write.is_some(),
        PointSource::Bacnet(source) => !bacnet::is_input(source.object.0),
    };
    if !writable {
        faults.error(&at.place, Meaning::ActionNotWritable { point: at.value.clone() });
        return None;
    }
    let value = points::value(&target.point.kind, &target.name, amount, faults)?;
    let nature = Nature { kind: target.point.kind.clone(), source: target.source.clone() };
    check_code(&target.name, value, amount, &nature, faults);
    Some(Release::Action { point: id, value })
}
