//! Electricity while nobody is there, beside that of the occupied time.

use super::Asked;
use super::measure::{Measure, Saving, Sure, What};
use crate::model::Role;
use crate::report::account::Account;
use crate::report::benchmark::Medium;
use crate::report::period::{self, By};
use crate::site::{Carrier, Direction, MeterSource, Serves};

/// J
const KWH: f64 = 3.6e6;
/// Local hours that are night whatever the day: no late cleaning, no early caretaker.
const NIGHT: [i8; 7] = [22, 23, 0, 1, 2, 3, 4];
/// Above this share of the occupied power, nights are worth a look; at the other one a
/// building does well. Practice values of office buildings: what must run at night
/// (servers, alarms, refrigerators) is a small part of what runs by day.
const MOST_SHARE: f64 = 0.3;
const TARGET_SHARE: f64 = 0.2;
/// Hours of each kind that must be known: two weeks of nights, of working days.
const LEAST_HOURS: f64 = 80.0;
const LEAST_COVERAGE: f64 = 0.8;
/// Less is not worth a word, kWh a year.
const LEAST_SAVING: f64 = 500.0;

/// Energy and hours.
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    joules: f64,
    hours: f64,
}

impl Load {
    fn add(&mut self, joules: f64) {
        self.joules += joules;
        self.hours += 1.0;
    }

    fn watts(&self) -> f64 {
        self.joules / 3600.0 / self.hours.max(1.0)
    }
}

/// The measure, if nights use too much. Of a building that makes its own electricity
/// it is not told: what it draws by day is then not what it uses; nor of one that heats
/// with it, which may do so at night.
pub fn find(asked: &Asked<'_>) -> Option<Measure> {
    let electric = |it: &&Account<'_>| it.meter.carrier == Carrier::Electricity;
    let all: Vec<&Account<'_>> = asked.accounts.iter().filter(electric).collect();
    let root = |it: &&&Account<'_>| {
        it.meter.parent.is_none()
            && it.meter.direction == Direction::Import
            && it.meter.source != MeterSource::Dial
    };
    let drawn: Vec<&Account<'_>> = all.iter().filter(root).copied().collect();
    let heats = |it: &&Account<'_>| {
        it.meter.serves.iter().any(|it| matches!(it, Serves::Heating | Serves::HotWater))
    };
    let mut points = asked.site.points.iter().map(|(_, point)| point);
    let pump = points.any(|it| it.building == asked.building && it.role == Role::HeatPump);
    if pump || all.iter().any(heats) {
        return None;
    }
    let made = all.iter().filter(|it| it.meter.direction != Direction::Import);
    // A feed-in meter that counts nothing is there in many a building without any.
    if made.map(|it| it.over(asked.span)).any(|it| it.amount.is_none_or(|joules| joules > KWH)) {
        return None;
    }
    let (mut rest, mut night, mut day) = (Load::default(), Load::default(), Load::default());
    let hours = period::parts(asked.span, By::Hour, &asked.site.time_zone);
    for hour in &hours {
        let at = jiff::Timestamp::from_millisecond(hour.from_ms).unwrap_or_default();
        let Some(occupied) = (asked.occupied)(at) else { continue };
        let used = drawn.iter().map(|it| it.over(*hour));
        let known = used.map(|it| it.amount.filter(|_| it.is_whole() && !it.is_estimated()));
        let Some(joules) = known.sum::<Option<f64>>().filter(|_| !drawn.is_empty()) else {
            continue;
        };
        if occupied {
            day.add(joules);
            continue;
        }
        rest.add(joules);
        if NIGHT.contains(&asked.site.time_zone.to_datetime(at).hour()) {
            night.add(joules);
        }
    }
    let coverage = (rest.hours + day.hours) / hours.len().max(1) as f64;
    let known = night.hours >= LEAST_HOURS && day.hours >= LEAST_HOURS;
    let (rest_w, occupied_w) = (night.watts(), day.watts());
    let above_w = rest_w - TARGET_SHARE * occupied_w;
    // Weekends and nights of a year like those that are known.
    let a_year = above_w / 1000.0 * rest.hours / (rest.hours + day.hours).max(1.0) * 8766.0;
    let found = known
        && coverage >= LEAST_COVERAGE
        && rest_w > MOST_SHARE * occupied_w
        && a_year >= LEAST_SAVING;
    found.then(|| Measure {
        what: What::NightLoad { rest_w, occupied_w, kwh: rest.joules / KWH },
        building: asked.building,
        points: drawn.iter().map(|it| it.meter.name.clone()).collect(),
        span: asked.span,
        coverage,
        sure: Sure::Likely,
        saving: Some(Saving { of: Medium::Electricity, a_year }),
    })
}
