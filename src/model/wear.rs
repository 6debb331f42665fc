//! Memory that wears out with writing: how many writes a register may have had
//! by now if it is to last its [`LIFETIME`], and how many it has had. The
//! writer spends by it; `check`, `status` and `explain` tell of it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What a register shall last: as long as the controller that it is in.
pub const LIFETIME: Duration = Duration::from_secs(15 * YEAR_S);
/// A year of 365 days.
pub const YEAR: Duration = Duration::from_secs(YEAR_S);
const YEAR_S: u64 = 365 * 86_400;

/// What of its endurance a register may use up at once: a fiftieth, so that
/// the first weeks of a building, in which much is tried, are not the last.
const AT_ONCE: f64 = 1.0 / 50.0;
/// Below this part of that, small changes wait.
const SCARCE: f64 = 0.5;

/// The writes that a register has had of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worn {
    pub writes: u64,
    /// When counting began.
    pub since: Timestamp,
    /// The last of them.
    pub last: Timestamp,
}

impl Worn {
    /// None yet.
    #[must_use]
    pub const fn none(now: Timestamp) -> Self {
        Self { writes: 0, since: now, last: now }
    }

    /// One more, about to go out.
    #[must_use]
    pub fn and_one(self, now: Timestamp) -> Self {
        // A clock that once was ahead must not stop the allowance for years.
        Self { writes: self.writes.saturating_add(1), since: self.since.min(now), last: now }
    }

    /// The same where the clock was ahead once: nothing has happened later than
    /// `now`.
    #[must_use]
    pub fn by(self, now: Timestamp) -> Self {
        Self { since: self.since.min(now), last: self.last.min(now), ..self }
    }

    /// Writes a year, as far as can be told: `None` within the first day.
    #[must_use]
    pub fn a_year(&self, now: Timestamp) -> Option<f64> {
        let counted = length(self.since, now);
        (counted >= 86_400.0).then(|| self.writes as f64 * YEAR.as_secs_f64() / counted)
    }
}

/// How a register's endurance is shared out over its lifetime.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allowance {
    endures: f64,
}

/// How much of what is allowed by now is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    Plenty,
    /// Small changes wait.
    Little,
    /// All that can wait does.
    Nothing,
}

impl Allowance {
    /// Of a register that endures so many writes, at least one.
    #[must_use]
    pub fn of(endures: u32) -> Self {
        Self { endures: f64::from(endures.max(1)) }
    }

    /// How far apart writes are that last just as long as the register shall.
    #[must_use]
    pub fn pace(self) -> Duration {
        LIFETIME.div_f64(self.endures)
    }

    /// How many are left of those allowed by now; below zero after writes that
    /// could not wait.
    #[must_use]
    pub fn left(self, worn: &Worn, now: Timestamp) -> f64 {
        let at_once = self.at_once();
        let gained = (self.endures - at_once) * length(worn.since, now) / LIFETIME.as_secs_f64();
        at_once + gained - worn.writes as f64
    }

    /// The same in words.
    #[must_use]
    pub fn judged(self, worn: &Worn, now: Timestamp) -> Left {
        match self.left(worn, now) {
            left if left < 1.0 => Left::Nothing,
            left if left < self.at_once() * SCARCE => Left::Little,
            _ => Left::Plenty,
        }
    }

    /// When one more is allowed, if none goes out before.
    #[must_use]
    pub fn next(self, worn: &Worn, now: Timestamp) -> Timestamp {
        let lacking = (1.0 - self.left(worn, now)).max(0.0);
        let rate = (self.endures - self.at_once()) / LIFETIME.as_secs_f64();
        after(now, lacking / rate)
    }

    /// When a small change goes out although little is left.
    #[must_use]
    pub fn next_small(self, worn: &Worn) -> Timestamp {
        after(worn.last, self.pace().as_secs_f64())
    }

    /// How long the register lasts at so many writes a year, in years.
    #[must_use]
    pub fn years(self, a_year: f64) -> f64 {
        self.endures / a_year
    }

    fn at_once(self) -> f64 {
        (self.endures * AT_ONCE).max(2.0).min(self.endures)
    }
}

/// Seconds from `since` to `now`; none where the clock was set back.
fn length(since: Timestamp, now: Timestamp) -> f64 {
    since.duration_until(now).as_secs_f64().max(0.0)
}

fn after(moment: Timestamp, seconds: f64) -> Timestamp {
    let wait = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX);
    moment.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(days: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + days * 86_400).unwrap()
    }

    #[test]
    fn ten_thousand_writes_are_two_hundred_at_once_and_then_one_in_thirteen_hours() {
        let allowance = Allowance::of(10_000);
        assert_eq!(allowance.pace().as_secs() / 3600, 13);
        let mut worn = Worn::none(day(0));
        let left = |worn: &Worn, now| allowance.left(worn, now);
        assert_eq!(left(&worn, day(0)), 200.0);
        for _ in 0..200 {
            worn = worn.and_one(day(0));
        }
        assert_eq!(allowance.judged(&worn, day(0)), Left::Nothing);
        let next = allowance.next(&worn, day(0));
        assert!(next > day(0) && next < day(1), "{next}");
        assert_eq!(allowance.judged(&worn, next), Left::Little);
        assert_eq!(allowance.next(&worn, day(30)), day(30), "one is allowed already");
        // After the whole lifetime exactly what it endures.
        let end = day(15 * 365);
        assert!((left(&worn, end) + 200.0 - 10_000.0).abs() < 1e-6);
    }

    #[test]
    fn a_clock_that_was_ahead_once_stops_nothing() {
        let worn = Worn::none(day(4000)).and_one(day(0)).and_one(day(0));
        assert_eq!(worn, Worn { writes: 2, since: day(0), last: day(0) });
        assert!(Allowance::of(10_000).left(&worn, day(1)) > 198.0);
    }

    #[test]
    fn a_pace_is_told_from_the_second_day_on() {
        let worn = Worn { writes: 4, since: day(0), last: day(1) };
        assert_eq!(worn.a_year(day(0)), None);
        assert_eq!(worn.a_year(day(2)), Some(730.0));
        assert!((Allowance::of(10_000).years(730.0) - 13.7).abs() < 0.01);
    }
}
