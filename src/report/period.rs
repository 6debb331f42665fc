//! Periods as calendars have them: quarter hours, hours, days, months and years of
//! the site's local time. A day of a clock change has 23 or 25 hours.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::history::Span;
use crate::history::rollup::QUARTER_MS;

/// How a period is cut into parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    QuarterHour,
    Hour,
    Day,
    Month,
    Year,
}

/// The shortest day that there is.
const SHORTEST_DAY_MS: i64 = 23 * 4 * QUARTER_MS;

impl By {
    /// Where no calendar counts: all time zones are whole quarter hours from UTC.
    const fn grid_ms(self) -> Option<i64> {
        match self {
            Self::QuarterHour => Some(QUARTER_MS),
            Self::Hour => Some(4 * QUARTER_MS),
            Self::Day | Self::Month | Self::Year => None,
        }
    }

    /// How many parts [`parts`] makes of a period, days and longer ones at most so
    /// many; none of them is made for it.
    #[must_use]
    pub fn most_parts(self, span: Span) -> i64 {
        match self.grid_ms() {
            _ if span.until_ms <= span.from_ms => 0,
            Some(grid) => (span.until_ms - 1).div_euclid(grid) - span.from_ms.div_euclid(grid) + 1,
            None => span.length_ms() / SHORTEST_DAY_MS + 2,
        }
    }
}

/// The parts of a period, in order; the first and the last may be cut off by it.
#[must_use]
pub fn parts(span: Span, by: By, zone: &TimeZone) -> Vec<Span> {
    let many = by.grid_ms().map_or(0, |_| by.most_parts(span));
    let mut parts = Vec::with_capacity(usize::try_from(many).unwrap_or(0));
    let mut from_ms = span.from_ms;
    while from_ms < span.until_ms {
        let until_ms = end_of(from_ms, by, zone).min(span.until_ms);
        parts.push(Span { from_ms, until_ms });
        from_ms = until_ms;
    }
    parts
}

/// A local day.
#[must_use]
pub fn day(date: Date, zone: &TimeZone) -> Span {
    let midnight = |date: Date| {
        let midnight = zone.to_timestamp(DateTime::from_parts(date, Time::midnight()));
        midnight.map_or(i64::MAX, Timestamp::as_millisecond)
    };
    Span { from_ms: midnight(date), until_ms: midnight(date.tomorrow().unwrap_or(date)) }
}

/// The end of the part that a moment lies in.
fn end_of(at_ms: i64, by: By, zone: &TimeZone) -> i64 {
    if let Some(grid) = by.grid_ms() {
        return (at_ms.div_euclid(grid) + 1) * grid;
    }
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    let date = zone.to_datetime(at).date();
    let next = match by {
        By::Month => date.first_of_month().checked_add(1.month()),
        By::Year => date.first_of_year().checked_add(1.year()),
        By::QuarterHour | By::Hour | By::Day => date.checked_add(1.day()),
    };
    let midnight = |date: Date| DateTime::from_parts(date, Time::midnight());
    let next = next.ok().and_then(|date| zone.to_timestamp(midnight(date)).ok());
    next.map_or(i64::MAX, Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn days_of_clock_changes_have_23_and_25_hours() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let hours = |from: &str, until: &str, by| -> Vec<i64> {
            let span = Span { from_ms: at(from), until_ms: at(until) };
            parts(span, by, &zone).iter().map(|part| part.length_ms() / 3_600_000).collect()
        };
        let spring = hours("2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z", By::Day);
        assert_eq!(spring, [24, 23, 24]);
        let autumn = hours("2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z", By::Day);
        assert_eq!(autumn, [24, 25, 24]);
        let months = hours("2026-02-28T23:00:00Z", "2026-04-30T22:00:00Z", By::Month);
        assert_eq!(months, [31 * 24 - 1, 30 * 24]);
        assert_eq!(hours("2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z", By::Year), [8760]);
        let quarters = parts(
            Span { from_ms: at("2026-03-29T00:50:00Z"), until_ms: at("2026-03-29T01:20:00Z") },
            By::QuarterHour,
            &zone,
        );
        let minutes: Vec<i64> = quarters.iter().map(|it| it.length_ms() / 60_000).collect();
        assert_eq!(minutes, [10, 15, 5]);
    }

    #[test]
    fn parts_are_counted_without_making_them() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        for (from, until) in [
            ("2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z"),
            ("2026-03-29T00:50:00Z", "2026-03-29T01:20:00Z"),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
            ("1969-12-31T22:59:59.999Z", "1970-01-01T00:00:00.001Z"),
            ("2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"),
        ] {
            let span = Span { from_ms: at(from), until_ms: at(until) };
            let made = |by| i64::try_from(parts(span, by, &zone).len()).unwrap();
            for by in [By::QuarterHour, By::Hour] {
                assert_eq!(by.most_parts(span), made(by), "{from} {by:?}");
            }
            for by in [By::Day, By::Month, By::Year] {
                assert!(by.most_parts(span) >= made(by), "{from} {by:?}");
            }
        }
        let none = Span { from_ms: 5, until_ms: 5 };
        assert_eq!((By::Hour.most_parts(none), By::Day.most_parts(none)), (0, 0));
    }
}
