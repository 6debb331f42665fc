//! `out_of_service = { from, until, by, why }` at a device or point: a drained
//! or unused system that nothing commands for a while, floors included. Always
//! with an end, after which it is commanded again by itself.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::fault::Closing;
use super::place::{At, Faults};
use super::raw_site::{RawDevice, RawSite};
use super::section::Section;
use super::{Closure, Device};
use crate::model::{OutOfService, PointId, PointTable};

/// Longer than a heating period and a summer is hardly meant.
const LONG_DAYS: i32 = 400;

/// As written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RawClosed {
    pub from: At<String>,
    pub until: At<String>,
    pub by: At<String>,
    pub why: At<String>,
}

/// Reads the word of a device or point.
pub(super) fn read(s: &mut Section<'_>, faults: &mut Faults) -> Option<At<RawClosed>> {
    let mut table = s.table("out_of_service", faults)?;
    table.require("from", "from = \"2026-11-01\"");
    table.require("until", "until = \"2027-03-31\"");
    table.require("by", "by = \"K. Meier\"");
    table.require("why", "why = \"…\"");
    let place = table.place.clone();
    let texts = ["from", "until", "by", "why"].map(|key| table.text(key, faults));
    table.finish(faults);
    let [Some(from), Some(until), Some(by), Some(why)] = texts else { return None };
    Some(At { value: RawClosed { from, until, by, why }, place })
}

/// Closes the points of the devices that say so, on the clock of `zone`; a
/// point's own word wins over its device's. What was closed, for people.
pub(super) fn close(
    devices: &[(&RawDevice, Option<Device>)],
    raw: &RawSite,
    points: &mut PointTable,
    zone: &TimeZone,
    faults: &mut Faults,
) -> Vec<Closure> {
    let mut closures = Vec::new();
    let built = devices.iter().filter_map(|(raw, built)| Some((raw, built.as_ref()?)));
    for (index, (device, built)) in built.enumerate() {
        let building = &raw.buildings[built.building].name.value;
        let name = format!("{building}.{}", built.name);
        let of_device = device.out_of_service.as_ref().and_then(|at| {
            let closure = closure(name.clone(), at, zone, faults)?;
            close_points(&built.points, &closure, points);
            Some(Closure { device: Some(index), ..closure })
        });
        closures.extend(of_device);
        for (point, raw) in &device.points {
            let id = points.find(&format!("{name}.{}", point.value));
            let Some((id, at)) = id.zip(raw.out_of_service.as_ref()) else { continue };
            if let Some(closure) = closure(format!("{name}.{}", point.value), at, zone, faults) {
                close_points(&[id], &closure, points);
                closures.push(closure);
            }
        }
    }
    closures
}

fn close_points(ids: &[PointId], closure: &Closure, points: &mut PointTable) {
    for id in ids {
        if let Some(command) = &mut points.get_mut(*id).command {
            command.out_of_service = Some(closure.closed.clone());
        }
    }
}

fn closure(
    name: String,
    at: &At<RawClosed>,
    zone: &TimeZone,
    faults: &mut Faults,
) -> Option<Closure> {
    let closed = Arc::new(build(at, zone, faults)?);
    Some(Closure {
        name,
        device: None,
        closed,
        file: at.place.file.clone(),
        span: at.place.span.clone(),
    })
}

/// Judges it; `None` if it means nothing, which has been told.
fn build(at: &At<RawClosed>, zone: &TimeZone, faults: &mut Faults) -> Option<OutOfService> {
    let raw = &at.value;
    for (key, text) in [("by", &raw.by), ("why", &raw.why)] {
        if text.value.trim().is_empty() {
            faults.error(&text.place, Closing::Empty { key });
        }
    }
    let mut date = |text: &At<String>| {
        let date = text.value.parse::<Date>().ok();
        if date.is_none() {
            faults.error(&text.place, Closing::NotADate { found: text.value.clone() });
        }
        date
    };
    let (from, until) = (date(&raw.from), date(&raw.until));
    let (from, until) = (from?, until?);
    if until < from {
        let (from, until) = (raw.from.value.clone(), raw.until.value.clone());
        faults.error(&raw.until.place, Closing::Reversed { from, until });
        return None;
    }
    let days = from.until(until).map_or(i32::MAX, |span| span.get_days());
    if days > LONG_DAYS {
        faults.warning(&raw.until.place, Closing::Long { days });
    }
    // From the first midnight to the one after the last day.
    let midnight = |day: Date| zone.to_timestamp(day.at(0, 0, 0, 0)).ok();
    Some(OutOfService {
        begins: midnight(from).unwrap_or(Timestamp::MIN),
        ends: until.tomorrow().ok().and_then(midnight).unwrap_or(Timestamp::MAX),
        until,
        by: raw.by.value.clone(),
        why: raw.why.value.clone(),
    })
}
