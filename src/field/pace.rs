//! When a device is polled next: its own interval while it answers, ever more
//! rarely while it is silent, never all devices at one moment after a start.

use std::time::Duration;

/// A silent device is still tried this often.
pub const RAREST: Duration = Duration::from_secs(300);

/// The moments at which one group of points (or one device) is polled. Times
/// are the clock's steady time.
#[derive(Debug, Clone)]
pub struct Pace {
    interval: Duration,
    failures: u32,
    due: Duration,
}

impl Pace {
    /// The `place`-th of `count` that start together at `now`: the first polls
    /// are spread over one interval, at most one second a place, so that a
    /// line is not flooded.
    #[must_use]
    pub fn staggered(interval: Duration, now: Duration, place: usize, count: usize) -> Self {
        let count = u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let gap = (interval / count).min(Duration::from_secs(1));
        Self { interval, failures: 0, due: now + gap.saturating_mul(place) }
    }

    /// When it is due.
    #[must_use]
    pub const fn due(&self) -> Duration {
        self.due
    }

    #[must_use]
    pub fn is_due(&self, now: Duration) -> bool {
        self.due <= now
    }

    /// Its own interval, while it answers.
    #[must_use]
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// It answered: keep the beat, without catching up on beats missed.
    pub fn answered(&mut self, now: Duration) {
        self.failures = 0;
        self.skip(now);
    }

    /// It was not asked: on to the next beat; what is known of it stays.
    pub fn skip(&mut self, now: Duration) {
        let interval = self.interval.max(Duration::from_millis(1));
        let late = now.saturating_sub(self.due);
        let beats = late.as_nanos() / interval.as_nanos() + 1;
        self.due += interval.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX));
    }

    /// It was silent: wait twice as long as the time before, at most five
    /// minutes (or its own interval, if that is longer).
    pub fn silent(&mut self, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        let factor = 1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX);
        let wait = self.interval.saturating_mul(factor).min(RAREST.max(self.interval));
        self.due = now + wait;
    }

    /// Whether its last poll found it silent.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.failures > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_silent_device_is_tried_ever_more_rarely_up_to_five_minutes() {
        let mut pace = Pace::staggered(s(10), s(0), 0, 1);
        let mut now = s(0);
        let mut waits = Vec::new();
        for _ in 0..7 {
            pace.silent(now);
            waits.push((pace.due() - now).as_secs());
            now = pace.due();
        }
        assert_eq!(waits, [20, 40, 80, 160, 300, 300, 300]);
        pace.answered(now);
        assert_eq!(pace.due() - now, s(10));
    }

    #[test]
    fn beats_missed_are_not_caught_up() {
        let mut pace = Pace::staggered(s(10), s(0), 0, 1);
        pace.answered(s(35));
        assert_eq!(pace.due(), s(40));
    }

    #[test]
    fn starts_are_spread_over_one_interval() {
        let due: Vec<_> =
            (0..4).map(|place| Pace::staggered(s(2), s(100), place, 4).due().as_millis()).collect();
        assert_eq!(due, [100_000, 100_500, 101_000, 101_500]);
    }
}
