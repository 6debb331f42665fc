//! From `[report]`, `[weather]` and the reference periods as written to what reports
//! go by. Files that are named here are read when a report is made, not before.

use std::path::Path;

use jiff::civil::Date;

use super::fault::ReportFault;
use super::place::{At, Faults};
use super::raw_report::{RawNorm, RawReference, RawReport, RawWeather};
use super::{Building, Norm, OutdoorSensor, Reporting, Weather};
use crate::model::{Keep, PointId, PointTable, Quantity};

/// Fewer days are hardly a heating period.
const SHORT_DAYS: i32 = 180;
/// K·d of a usual year, from the sea in the south to the high mountains.
const DEGREE_DAYS: std::ops::RangeInclusive<f64> = 500.0..=12_000.0;
/// Of the DWD; those of a place in Germany lie between 0.6 and 1.5.
const CLIMATE_FACTORS: std::ops::RangeInclusive<f64> = 0.3..=3.0;
const YEARS: std::ops::RangeInclusive<i16> = 1950..=2200;
/// The sets that come with the program; a test of the reports holds that they do.
const SETS: [&str; 2] = ["geg", "bafa"];

/// What `[report]` says.
pub(super) fn build(raw: &RawReport, base: &Path, faults: &mut Faults) -> Reporting {
    if let Some(at) = &raw.greenhouse
        && raw.factor_files.is_empty()
        && !SETS.contains(&at.value.as_str())
    {
        faults.error(&at.place, ReportFault::UnknownSet { word: at.value.clone() });
    }
    Reporting {
        greenhouse: raw.greenhouse.as_ref().map(|at| at.value.clone()),
        factor_files: raw.factor_files.iter().map(|at| base.join(&at.value)).collect(),
        reference: raw.reference.as_ref().and_then(|raw| reference(raw, faults)),
        ..Reporting::default()
    }
}

/// First and last day; `None` if they mean nothing, which has been told.
pub(super) fn reference(raw: &RawReference, faults: &mut Faults) -> Option<(Date, Date)> {
    let mut date = |at: &At<String>| {
        let date = day(at);
        if date.is_none() {
            faults.error(&at.place, ReportFault::NotADate { found: at.value.clone() });
        }
        date
    };
    let (first, last) = (raw.from.as_ref()?, raw.until.as_ref()?);
    let (from, until) = (date(first), date(last));
    let (from, until) = (from?, until?);
    if until < from {
        let (from, until) = (first.value.clone(), last.value.clone());
        faults.error(&last.place, ReportFault::Reversed { from, until });
        return None;
    }
    let days = from.until(until).map_or(i32::MAX, |span| span.get_days() + 1);
    if days < SHORT_DAYS {
        faults.warning(&last.place, ReportFault::Short { days });
    }
    Some((from, until))
}

/// A day alone: `2024-12-31`.
pub(super) fn day(at: &At<String>) -> Option<Date> {
    let text = at.value.trim();
    text.parse().ok().filter(|_| text.len() <= 10)
}

/// What `[weather]` says.
pub(super) fn weather(
    raw: &RawWeather,
    base: &Path,
    buildings: &[Building],
    points: &PointTable,
    faults: &mut Faults,
) -> Weather {
    let sensor = raw.sensor.as_ref().and_then(|at| sensor(at, buildings, points, faults));
    if let (None, Some(at)) = (&raw.sensor, &raw.too_warm) {
        faults.error(&at.place, ReportFault::TooWarmOfNothing);
    }
    let too_warm_k = raw.too_warm.as_ref().map(|at| at.value);
    Weather {
        dwd: raw.dwd.iter().map(|at| base.join(&at.value)).collect(),
        norm: raw.norm.as_ref().and_then(|raw| norm(raw, faults)),
        sensor: sensor.map(|point| OutdoorSensor { point, too_warm_k }),
        climate_factors: climate_factors(&raw.climate_factors, faults),
    }
}

fn sensor(
    at: &At<String>,
    buildings: &[Building],
    points: &PointTable,
    faults: &mut Faults,
) -> Option<PointId> {
    let only = match buildings {
        [building] => points.find(&format!("{}.{}", building.name, at.value)),
        _ => None,
    };
    let Some(point) = points.find(&at.value).or(only) else {
        let celsius = |id: PointId| points.get(id).kind.quantity() == Some(Quantity::CELSIUS);
        let known = points.iter().filter(|(id, _)| celsius(*id));
        let mut known: Vec<String> = known.map(|(_, point)| point.name.clone()).collect();
        known.sort();
        faults.error(&at.place, ReportFault::UnknownSensor { word: at.value.clone(), known });
        return None;
    };
    let found = points.get(point);
    if found.kind.quantity() != Some(Quantity::CELSIUS) {
        faults.error(&at.place, ReportFault::NotCelsius { point: found.name.clone() });
        return None;
    }
    if found.keep == Keep::None {
        faults.error(&at.place, ReportFault::SensorNotKept { point: found.name.clone() });
    }
    Some(point)
}

fn norm(raw: &RawNorm, faults: &mut Faults) -> Option<Norm> {
    let degree_days = raw.degree_days.as_ref()?;
    if !DEGREE_DAYS.contains(&degree_days.value) {
        let found = degree_days.value;
        faults.error(&degree_days.place, ReportFault::DegreeDays { found });
        return None;
    }
    let station = raw.station.as_ref()?.value.trim();
    // File names of the DWD fill numbers with zeros, the files themselves do not.
    let number = station.trim_start_matches('0');
    let is_number = !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit());
    Some(Norm {
        station: if is_number { number } else { station }.to_owned(),
        degree_days: degree_days.value,
        source: raw.source.as_ref()?.value.clone(),
    })
}

fn climate_factors(raw: &[(At<String>, At<f64>)], faults: &mut Faults) -> Vec<(i16, f64)> {
    let mut found = Vec::new();
    for (year, factor) in raw {
        let number = year.value.parse::<i16>().ok().filter(|number| YEARS.contains(number));
        if number.is_none() {
            faults.error(&year.place, ReportFault::NoYear { word: year.value.clone() });
        }
        if !CLIMATE_FACTORS.contains(&factor.value) {
            faults.error(&factor.place, ReportFault::ClimateFactor { found: factor.value });
        }
        found.extend(number.map(|number| (number, factor.value)));
    }
    found.sort_by_key(|(year, _)| *year);
    found
}
