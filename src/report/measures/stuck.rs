//! Sensors that show one and the same value for days, to the last digit, while others
//! of their kind move.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Asked;
use super::followed::{Followed, Seen};
use super::measure::{Measure, Sure, What};
use super::month::Month;
use crate::history::Span;
use crate::history::rollup::QUARTER_MS;
use crate::model::{Quantity, Role};

const DAY_MS: i64 = 86_400_000;
/// A room that is kept warm over a long weekend moves by its sensor's last digit all
/// the same; one that tells halves of a degree only may stand for longer.
const FINE_MS: i64 = 3 * DAY_MS;
const COARSE_MS: i64 = 7 * DAY_MS;
/// Where there is no other of its kind to compare with.
const ALONE_MS: i64 = 14 * DAY_MS;
/// A value so near to a setpoint is held there, in the sensor's unit.
const NEAR: f64 = 0.15;
/// Not heard for longer, it is another matter.
const GAP_MS: i64 = 6 * 3_600_000;

/// By how much others must have moved, and from which step on a sensor is coarse.
const fn moves(role: Role) -> Option<(f64, f64)> {
    match role {
        Role::RoomTemperature
        | Role::OutdoorTemperature
        | Role::FlowTemperature
        | Role::ReturnTemperature
        | Role::SupplyTemperature
        | Role::ExtractTemperature
        | Role::HotWaterTemperature => Some((2.0, 0.4)),
        Role::Co2 => Some((150.0, 20.0)),
        Role::RoomHumidity => Some((10.0, 2.0)),
        _ => None,
    }
}

/// A value that stood.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    value: f64,
    from_ms: i64,
    until_ms: i64,
}

/// One that is being looked at.
#[derive(Debug)]
pub struct Sensor {
    point: usize,
    stands: Option<Stretch>,
    /// Those that stood for long.
    long: Vec<Stretch>,
    /// The smallest step that it was seen to make.
    step: Option<f64>,
    days: BTreeMap<Date, (f64, f64)>,
    known: u32,
    all: u32,
}

/// Those of a building.
pub fn sensors(followed: &Followed) -> Vec<Sensor> {
    let sensor = |(point, _): (usize, &Seen)| Sensor {
        point,
        stands: None,
        long: Vec::new(),
        step: None,
        days: BTreeMap::new(),
        known: 0,
        all: 0,
    };
    let wanted = |seen: &Seen| moves(seen.role).is_some() || is_setpoint(seen.role);
    followed.iter().filter(|(_, seen)| wanted(seen)).map(sensor).collect()
}

const fn is_setpoint(role: Role) -> bool {
    matches!(
        role,
        Role::RoomSetpoint | Role::FlowSetpoint | Role::SupplySetpoint | Role::HotWaterSetpoint
    )
}

impl Sensor {
    pub fn take(&mut self, month: &Month) {
        for (slot, cell) in month.of(self.point) {
            self.all += 1;
            if cell.any().is_none() {
                continue;
            }
            self.known += 1;
            let (min, max) = (cell.min(), cell.max());
            let day = self.days.entry(slot.date).or_insert((min, max));
            *day = (day.0.min(min), day.1.max(max));
            let at = Stretch { value: max, from_ms: slot.at_ms, until_ms: slot.at_ms + QUARTER_MS };
            match self.stands.as_mut().filter(|it| at.from_ms - it.until_ms <= GAP_MS) {
                Some(stands) if min == max && max == stands.value => stands.until_ms = at.until_ms,
                before => {
                    let step = before.map(|it| (it.value - max).abs()).filter(|step| *step > 0.0);
                    self.step = [self.step, step].into_iter().flatten().reduce(f64::min);
                    self.end();
                    self.stands = (min == max).then_some(at);
                }
            }
        }
    }

    /// What stood does so no more.
    fn end(&mut self) {
        let long = |it: &Stretch| it.until_ms - it.from_ms >= FINE_MS;
        self.long.extend(self.stands.take().filter(long));
    }

    /// Whether it was about at this value some time on these days.
    fn reaches(&self, value: f64, first: Date, last: Date) -> bool {
        let mut days = self.days.range(first..=last);
        days.any(|(_, (low, high))| (low - NEAR..=high + NEAR).contains(&value))
    }

    /// By how much it moved in a time; `None`: unknown for most of it.
    fn moved(&self, span: Span, first: Date, last: Date) -> Option<f64> {
        let days = self.days.range(first..=last);
        let (many, range) = days.fold((0, None), |(many, range): (i64, Option<(f64, f64)>), it| {
            let (low, high) = range.unwrap_or(*it.1);
            (many + 1, Some((low.min(it.1.0), high.max(it.1.1))))
        });
        let known = many * 2 * DAY_MS >= span.length_ms();
        range.filter(|_| known).map(|(low, high)| high - low)
    }
}

/// Those that stand, or stood.
pub fn find(asked: &Asked<'_>, followed: &Followed, mut sensors: Vec<Sensor>) -> Vec<Measure> {
    sensors.iter_mut().for_each(Sensor::end);
    let longest =
        |sensor: &Sensor| sensor.long.iter().copied().max_by_key(|it| it.until_ms - it.from_ms);
    let found = sensors.iter().filter_map(|sensor| {
        let stretch = longest(sensor)?;
        measure(asked, followed, &sensors, sensor, stretch)
    });
    found.collect()
}

fn measure(
    asked: &Asked<'_>,
    followed: &Followed,
    sensors: &[Sensor],
    sensor: &Sensor,
    stretch: Stretch,
) -> Option<Measure> {
    let seen = followed.get(sensor.point);
    let (least, coarse) = moves(seen.role)?;
    let span = Span { from_ms: stretch.from_ms, until_ms: stretch.until_ms };
    let local = |ms: i64| {
        let at = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
        asked.site.time_zone.to_datetime(at).date()
    };
    // Of the day on which it began to stand, and of its last, only part counts.
    let (first, last) = (local(span.from_ms + DAY_MS), local(span.until_ms - DAY_MS - 1));
    let others = sensors.iter().filter(|it| it.point != sensor.point);
    let others = others.filter(|it| followed.get(it.point).role == seen.role);
    // Held at its setpoint it stands because it is controlled well; no room is so well.
    let setpoints = sensors.iter().filter(|it| {
        let other = followed.get(it.point);
        is_setpoint(other.role) && other.device == seen.device
    });
    let mut held = setpoints.filter(|it| it.reaches(stretch.value, first, last));
    if seen.role != Role::RoomTemperature && held.next().is_some() {
        return None;
    }
    let mut moved: Vec<f64> = others.filter_map(|it| it.moved(span, first, last)).collect();
    if seen.role == Role::OutdoorTemperature {
        moved.extend(weather(asked, first, last));
    }
    moved.sort_by(f64::total_cmp);
    let median = moved.get(moved.len() / 2).copied();
    let is_fine = sensor.step.is_some_and(|step| step < coarse);
    let enough_ms = match median {
        Some(_) if is_fine => FINE_MS,
        Some(_) => COARSE_MS,
        None => ALONE_MS,
    };
    let speaks = span.length_ms() >= enough_ms && median.is_none_or(|it| it >= least);
    let unit = seen.quantity?.usual_unit();
    let shown = unit.display((stretch.value * 100.0).round() / 100.0);
    let others = median.map(|it| match seen.quantity {
        Some(Quantity::CELSIUS) => format!("{it:.0} K"),
        _ => unit.display(it.round()),
    });
    speaks.then(|| Measure {
        what: What::SensorStuck { shown, days: span.length_ms() as f64 / DAY_MS as f64, others },
        building: asked.building,
        points: vec![seen.name.clone()],
        span,
        coverage: f64::from(sensor.known) / f64::from(sensor.all.max(1)),
        sure: if median.is_some() { Sure::Likely } else { Sure::Hint },
        saving: None,
    })
}

/// By how much the daily means moved, where each is known.
fn weather(asked: &Asked<'_>, first: Date, last: Date) -> Option<f64> {
    let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
    let means: Option<Vec<f64>> = days.map(|day| asked.outdoor.mean(day)).collect();
    let means = means?;
    let most = means.iter().copied().reduce(f64::max)?;
    Some(most - means.iter().copied().reduce(f64::min)?)
}
