//! What it cost: work, base and demand price, each from its day on. Base and demand
//! prices are of a year and count by their share of it; demand by the highest quarter
//! hour that was heard.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::consumption::{Step, over};
use super::period::{self, By};
use super::validity;
use crate::history::Span;

/// Prices from a day on, in euros, as the bill has them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tariff {
    pub from: Date,
    /// The midnight at which that day begins, ms.
    pub begins_ms: i64,
    /// For each kWh or m³.
    pub work: f64,
    /// A year.
    pub base: f64,
    /// For each kW of the year's highest quarter hour; 0: none is billed.
    pub demand: f64,
}

/// A period's cost in euros.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cost {
    /// `None`: what was used is unknown, or what it cost for part of it.
    pub work: Option<f64>,
    pub base: f64,
    /// `None`: billed by demand, and no quarter hour was heard.
    pub demand: Option<f64>,
    /// Parts without a price.
    pub missing: Vec<Span>,
}

impl Cost {
    /// `None`: part of it is unknown.
    #[must_use]
    pub fn total(&self) -> Option<f64> {
        Some(self.work? + self.base + self.demand?).filter(|_| self.missing.is_empty())
    }
}

/// The highest quarter hour of a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    pub span: Span,
    /// Mean of it, per second: W for J, m³/s for m³.
    pub mean: f64,
}

/// The highest quarter hour of those that were heard all along; the first of equals.
#[must_use]
pub fn peak(steps: &[Step], span: Span, zone: &TimeZone) -> Option<Peak> {
    let quarters = period::parts(span, By::QuarterHour, zone).into_iter();
    let heard = quarters.filter_map(|quarter| {
        let used = over(steps, quarter);
        let mean = used.amount? / (quarter.length_ms() as f64 / 1000.0);
        // Between two readings by hand nobody knows a quarter hour.
        let known = used.is_covered() && !used.is_estimated();
        known.then_some(Peak { span: quarter, mean })
    });
    heard.fold(None, |peak: Option<Peak>, next| match peak {
        Some(peak) if peak.mean >= next.mean => Some(peak),
        _ => Some(next),
    })
}

/// What a period cost. `profile`: the same steps, as far as their place in time goes,
/// for peaks. `unit`: canonical units in one that the work price is for (3.6e6 for kWh).
/// Tariffs in order of time.
#[must_use]
pub fn cost(
    (steps, profile): (&[Step], &[Step]),
    span: Span,
    tariffs: &[Tariff],
    unit: f64,
    zone: &TimeZone,
) -> Cost {
    let mut cost = Cost { work: Some(0.0), demand: Some(0.0), ..Cost::default() };
    for (part, tariff) in validity::parts(span, tariffs, |tariff| tariff.begins_ms) {
        let Some(tariff) = tariff else {
            cost.missing.push(part);
            continue;
        };
        let used = over(steps, part).amount;
        cost.work = cost.work.zip(used).map(|(sum, used)| sum + used / unit * tariff.work);
        for year in period::parts(part, By::Year, zone) {
            let share = share_of_year(year, zone);
            cost.base += tariff.base * share;
            if tariff.demand > 0.0 {
                let kilowatts = peak(profile, year, zone).map(|peak| peak.mean / 1000.0);
                let demand = kilowatts.map(|kilowatts| kilowatts * tariff.demand * share);
                cost.demand = cost.demand.zip(demand).map(|(sum, demand)| sum + demand);
            }
        }
    }
    if !cost.missing.is_empty() {
        cost.work = None;
    }
    cost
}

/// How much of its calendar year a part is.
fn share_of_year(part: Span, zone: &TimeZone) -> f64 {
    let at = jiff::Timestamp::from_millisecond(part.from_ms).unwrap_or_default();
    let first = zone.to_datetime(at).date().first_of_year();
    let begin = |date: Date| {
        let midnight = zone.to_timestamp(date.at(0, 0, 0, 0));
        midnight.map_or(part.from_ms, jiff::Timestamp::as_millisecond)
    };
    let next = first.last_of_year().tomorrow().unwrap_or(first);
    let year_ms = begin(next) - begin(first);
    part.length_ms() as f64 / year_ms.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::consumption::Manner;

    const KWH: f64 = 3.6e6;
    const QUARTER: i64 = 900_000;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn tariff(day: Date, work: f64, base: f64, demand: f64) -> Tariff {
        let begins = berlin().to_timestamp(day.at(0, 0, 0, 0)).unwrap();
        Tariff { from: day, begins_ms: begins.as_millisecond(), work, base, demand }
    }

    fn at(day: Date) -> i64 {
        tariff(day, 0.0, 0.0, 0.0).begins_ms
    }

    fn day(month: i8, day: i8) -> Date {
        jiff::civil::date(2026, month, day)
    }

    /// 2 kWh each quarter hour, one of them 5.
    fn steps(span: Span) -> Vec<Step> {
        (0..span.length_ms() / QUARTER)
            .map(|number| Step {
                from_ms: span.from_ms + number * QUARTER,
                until_ms: span.from_ms + (number + 1) * QUARTER - 1,
                amount: Some(if number == 7 { 5.0 } else { 2.0 } * KWH),
                manner: Manner::Measured,
            })
            .collect()
    }

    #[test]
    fn prices_change_on_their_day_and_base_and_demand_are_of_a_year() {
        let year = Span { from_ms: at(day(1, 1)), until_ms: at(jiff::civil::date(2027, 1, 1)) };
        let tariffs = [tariff(day(1, 1), 0.30, 365.0, 0.0), tariff(day(7, 1), 0.20, 730.0, 0.0)];
        let cost = cost((&steps(year), &steps(year)), year, &tariffs, KWH, &berlin());
        let quarters = |days: f64| days * 96.0;
        // Summer time begins in the first half and ends in the second.
        let first = quarters(181.0) - 4.0;
        let second = quarters(184.0) + 4.0;
        let work = (first * 2.0 + 3.0) * 0.30 + second * 2.0 * 0.20;
        assert!((cost.work.unwrap() - work).abs() < 1e-6, "{:?} {work}", cost.work);
        let base = (365.0 * first + 730.0 * second) / quarters(365.0);
        assert!((cost.base - base).abs() < 1e-6);
        assert_eq!((cost.demand, cost.missing.len()), (Some(0.0), 0));
        assert!((cost.total().unwrap() - work - base).abs() < 1e-6);
    }

    #[test]
    fn the_highest_quarter_hour_is_billed() {
        let year = Span { from_ms: at(day(1, 1)), until_ms: at(jiff::civil::date(2027, 1, 1)) };
        let mut steps = steps(year);
        for step in &mut steps {
            step.until_ms += 1;
        }
        let peak = peak(&steps, year, &berlin()).unwrap();
        assert_eq!(peak.span.from_ms, year.from_ms + 7 * QUARTER);
        assert!((peak.mean - 20_000.0).abs() < 1e-6, "5 kWh in a quarter hour are 20 kW");
        let cost =
            cost((&steps, &steps), year, &[tariff(day(1, 1), 0.0, 0.0, 100.0)], KWH, &berlin());
        assert!((cost.demand.unwrap() - 2_000.0).abs() < 1e-6);
        let nobody =
            super::cost((&[], &[]), year, &[tariff(day(1, 1), 0.0, 0.0, 100.0)], KWH, &berlin());
        assert_eq!((nobody.work, nobody.demand, nobody.total()), (None, None, None));
    }

    #[test]
    fn without_a_price_there_is_no_cost() {
        let year = Span { from_ms: at(day(1, 1)), until_ms: at(day(3, 1)) };
        let cost =
            cost((&steps(year), &[]), year, &[tariff(day(2, 1), 0.3, 0.0, 0.0)], KWH, &berlin());
        assert_eq!(cost.missing, [Span { from_ms: at(day(1, 1)), until_ms: at(day(2, 1)) }]);
        assert_eq!((cost.work, cost.total()), (None, None));
    }
}
