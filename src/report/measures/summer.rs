//! Heating on days on which nobody heats: circuits that run, and heat that is used
//! beyond hot water.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Asked;
use super::circuit::Circuit;
use super::followed::Followed;
use super::heat::Heat;
use super::measure::{Measure, Saving, Sure, What};
use super::month::{Month, QUARTER_H};
use crate::history::Span;
use crate::report::benchmark::Medium;
use crate::report::period;
use crate::site::Usage;

/// Fewer warm days are a warm spell in spring.
const LEAST_DAYS: usize = 10;
/// Of a day's hours that must be known for it to count.
const LEAST_SHARE: f64 = 0.8;
/// A circuit that runs for less of the time only exercises its pump, or heats in a cool
/// night.
const RUNS_SHARE: f64 = 0.25;
/// A flow that is colder than this, about a room in summer, cools, °C.
const WARM_C: f64 = 22.0;
/// A day on which a circuit ran for less did not heat, h.
const IDLE_H: f64 = 0.5;
/// Days without heating that show what hot water takes.
const LEAST_IDLE_DAYS: usize = 5;
/// Heat on warm days that is worth a word, beside that of cold days (below 5 °C).
const HEAT_SHARE: f64 = 0.1;
const COLD_C: f64 = 5.0;

/// A circuit on warm days.
#[derive(Debug, Default)]
pub struct Warm {
    /// Known hours and those in which it ran.
    days: BTreeMap<Date, (f64, f64)>,
}

impl Warm {
    pub fn take(&mut self, circuit: &Circuit, followed: &Followed, month: &Month) {
        for (place, slot) in month.slots.iter().enumerate() {
            if slot.warm != Some(true) {
                continue;
            }
            let day = self.days.entry(slot.date).or_default();
            if let Some(share) = circuit.heats(followed, month, place) {
                // The same pipes may cool in summer.
                let cools = month.mean(circuit.flow, place).is_some_and(|flow| flow < WARM_C);
                day.0 += QUARTER_H;
                day.1 += if cools { 0.0 } else { share * QUARTER_H };
            }
        }
    }

    /// Hours that it ran on the days that are known.
    fn known(&self) -> impl Iterator<Item = (Date, f64)> + '_ {
        let known = |(_, (known_h, _)): &(&Date, &(f64, f64))| *known_h >= LEAST_SHARE * 24.0;
        self.days.iter().filter(known).map(|(day, (known_h, ran_h))| (*day, ran_h / known_h * 24.0))
    }

    /// Hours a day, where enough days are known.
    fn ran(&self) -> Option<f64> {
        let (many, hours) = self.known().fold((0, 0.0), |(n, sum), (_, ran)| (n + 1, sum + ran));
        (many >= LEAST_DAYS).then(|| hours / many as f64)
    }
}

/// One measure for all circuits that run, and for the heat.
pub fn find(
    asked: &Asked<'_>,
    followed: &Followed,
    circuits: &[(Circuit, &Warm)],
    heat: &Heat,
) -> Option<Measure> {
    // A pool is heated all year.
    if asked.site.buildings[asked.building].usage == Some(Usage::SwimmingPool) {
        return None;
    }
    let runs = |warm: &Warm| warm.ran().filter(|hours| *hours >= RUNS_SHARE * 24.0);
    let running: Vec<_> = circuits.iter().filter(|(_, warm)| runs(warm).is_some()).collect();
    let warm: Vec<Date> = warm_days(asked);
    let beyond = beyond(asked, circuits, heat, &warm);
    let heated = beyond.as_ref().is_some_and(|it| it.worth_a_word);
    let most = running.iter().filter_map(|(_, warm)| runs(warm)).reduce(f64::max);
    // Circuits that are known to stand still outweigh what may be hot water.
    let idle = !circuits.is_empty() && running.is_empty();
    if (running.is_empty() && !heated) || (idle && heat.hot_water) || warm.len() < LEAST_DAYS {
        return None;
    }
    let points = running.iter().flat_map(|(circuit, _)| circuit.shown_by());
    let mut points: Vec<String> = points.map(|place| followed.get(place).name.clone()).collect();
    if heated {
        points.extend(heat.meters.iter().cloned());
    }
    let known = running.iter().map(|(_, warm)| warm.known().count()).max();
    let days = known.or(beyond.as_ref().map(|it| it.days)).unwrap_or(0);
    let kwh = beyond.filter(|it| it.worth_a_word).map(|it| it.kwh);
    let day = |date: Date| period::day(date, &asked.site.time_zone);
    let whole = warm.first().zip(warm.last());
    Some(Measure {
        what: What::SummerHeating {
            days: u32::try_from(days).unwrap_or(u32::MAX),
            hours_a_day: most,
            kwh,
        },
        building: asked.building,
        points,
        span: whole.map_or(asked.span, |(first, last)| Span {
            from_ms: day(*first).from_ms,
            until_ms: day(*last).until_ms,
        }),
        coverage: days as f64 / warm.len() as f64,
        sure: if kwh.is_some() { Sure::Certain } else { Sure::Likely },
        saving: kwh
            .zip(years(asked))
            .map(|(kwh, years)| Saving { of: Medium::Heat, a_year: kwh / years }),
    })
}

struct Beyond {
    kwh: f64,
    days: usize,
    worth_a_word: bool,
}

/// Heat on warm days beyond hot water; `None`: it cannot be told apart.
fn beyond(
    asked: &Asked<'_>,
    circuits: &[(Circuit, &Warm)],
    heat: &Heat,
    warm: &[Date],
) -> Option<Beyond> {
    let hot_water = if heat.hot_water {
        let mut ran: BTreeMap<Date, f64> = BTreeMap::new();
        for (day, hours) in circuits.iter().flat_map(|(_, warm)| warm.known()) {
            *ran.entry(day).or_default() += hours;
        }
        heat.median(|day| ran.get(day).is_some_and(|hours| *hours < IDLE_H), LEAST_IDLE_DAYS)?
    } else {
        0.0
    };
    let known = warm.iter().filter_map(|day| heat.days.get(day));
    let (days, kwh) = known.fold((0, 0.0), |(n, sum), kwh| (n + 1, sum + (kwh - hot_water)));
    let is_cold = |day: &Date| asked.outdoor.mean(*day).is_some_and(|mean| mean < COLD_C);
    let cold = heat.median(is_cold, LEAST_DAYS)? - hot_water;
    let worth_a_word = days >= LEAST_DAYS && kwh / days as f64 >= HEAT_SHARE * cold && cold > 0.0;
    Some(Beyond { kwh, days, worth_a_word })
}

/// The warm days of the period, as far as the weather is known.
fn warm_days(asked: &Asked<'_>) -> Vec<Date> {
    let zone = &asked.site.time_zone;
    let date = |ms: i64| {
        zone.to_datetime(jiff::Timestamp::from_millisecond(ms).unwrap_or_default()).date()
    };
    let (first, last) = (date(asked.span.from_ms), date(asked.span.until_ms - 1));
    let is_warm = |day: Date| super::month::is_warm(asked.outdoor, day) == Some(true);
    first
        .series(jiff::Span::new().days(1))
        .take_while(|day| *day <= last)
        .filter(|day| is_warm(*day))
        .collect()
}

/// How many years are looked at; `None`: less than eleven months, which have no whole
/// summer or no whole winter.
pub fn years(asked: &Asked<'_>) -> Option<f64> {
    let days = asked.span.length_ms() as f64 / 86_400_000.0;
    (days >= 330.0).then_some((days / 365.25).max(1.0))
}
