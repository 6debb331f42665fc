//! What a building saved: daily energy of the reference period against the weather and
//! occupancy, and the same afterwards (`baseline`). Days of which not all is known, or
//! whose temperature is not, are left out on both sides.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::report::baseline::{Baseline, Day, NoBaseline, Saving};

use super::climate::Climate;
use super::period::Period;

/// Below this share of days after the reference nothing is claimed for a period.
pub const LEAST_SHARE: f64 = 0.8;

/// So far beyond the coldest and the warmest day of the reference a baseline still tells.
const BEYOND_K: f64 = 3.0;

/// kWh by the day; a day that is missing is not wholly known.
pub type Daily = std::collections::BTreeMap<Date, f64>;

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// The site names no reference period.
    NoReference,
    /// It ends behind the report's beginning: there is no time after it.
    NotAfter,
    NoBaseline(NoBaseline),
    /// So many of the period's days are known.
    FewDays {
        days: usize,
        of: u32,
    },
    Saved(Box<Saved>),
}

/// A baseline and the saving after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    pub reference: Period,
    /// The days that it is of.
    pub before: Vec<Day>,
    pub after: Vec<Day>,
    pub baseline: Baseline,
    pub saving: Saving,
    /// Days of the period that were left out.
    pub left_out: u32,
}

/// Of one energy of a building. `occupied`: whether a day is; `None`: unknown, taken
/// for one that is not.
pub fn claim(
    daily: &Daily,
    reference: Option<Period>,
    period: Period,
    climate: &Climate,
    occupied: &dyn Fn(Date) -> Option<bool>,
) -> Claim {
    let Some(reference) = reference else { return Claim::NoReference };
    let first = period.first.max(reference.last.tomorrow().unwrap_or(reference.last));
    if first > period.last {
        return Claim::NotAfter;
    }
    let days = |first: Date, last: Date| -> Vec<Day> {
        let dates = first.series(1.day()).take_while(|date| *date <= last);
        dates
            .filter_map(|date| {
                let (kwh, mean_c) = (*daily.get(&date)?, climate.means.mean(date)?);
                Some(Day { mean_c, occupied: occupied(date).unwrap_or(false), kwh })
            })
            .collect()
    };
    let before = days(reference.first, reference.last);
    let baseline = match Baseline::fit(&before) {
        Ok(baseline) => baseline,
        Err(why) => return Claim::NoBaseline(why),
    };
    let mut after = days(first, period.last);
    // A line is good as far as there were days to draw it through.
    let (coldest, warmest) = before.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |ends, day| {
        (ends.0.min(day.mean_c), ends.1.max(day.mean_c))
    });
    after.retain(|day| (coldest - BEYOND_K..=warmest + BEYOND_K).contains(&day.mean_c));
    let of = Period { first, last: period.last }.days();
    if (after.len() as f64) < LEAST_SHARE * f64::from(of) {
        return Claim::FewDays { days: after.len(), of };
    }
    let saving = baseline.saving(&after);
    let left_out = of.saturating_sub(u32::try_from(after.len()).unwrap_or(of));
    Claim::Saved(Box::new(Saved { reference, before, after, baseline, saving, left_out }))
}
