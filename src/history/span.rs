//! Stretches of time: hours, days and months of UTC, which have no clock changes:
//! every day has 24 hours here, whatever local clocks do.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::open_hours::HOUR_MS;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// From, and until but not including; ms since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub from_ms: i64,
    pub until_ms: i64,
}

impl Span {
    #[must_use]
    pub const fn has(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && at_ms < self.until_ms
    }

    #[must_use]
    pub const fn length_ms(&self) -> i64 {
        self.until_ms - self.from_ms
    }
}

/// The UTC day of a moment.
#[must_use]
pub const fn day_of(at_ms: i64) -> Span {
    let from_ms = at_ms.div_euclid(DAY_MS) * DAY_MS;
    Span { from_ms, until_ms: from_ms + DAY_MS }
}

/// The UTC month of a moment.
#[must_use]
pub fn month_of(at_ms: i64) -> Span {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    let first = TimeZone::UTC.to_datetime(at).date().first_of_month();
    let begin = |date: jiff::civil::Date| {
        let midnight = TimeZone::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight()));
        midnight.map_or(i64::MAX, Timestamp::as_millisecond)
    };
    let next = first.checked_add(1.month()).unwrap_or(jiff::civil::Date::MAX);
    Span { from_ms: begin(first), until_ms: begin(next) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_as_long_as_they_are_and_days_always_24_hours() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let month = month_of(at("2028-02-29T23:59:59Z"));
        assert_eq!(month.length_ms(), 29 * DAY_MS);
        assert!(month.has(at("2028-02-01T00:00:00Z")) && !month.has(at("2028-03-01T00:00:00Z")));
        // The day on which clocks in Germany go back.
        assert_eq!(day_of(at("2026-10-25T00:30:00Z")).length_ms(), DAY_MS);
        assert_eq!(month_of(-1).until_ms, 0);
    }
}
