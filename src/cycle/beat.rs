//! Which cycle comes next where most of them would change nothing.

use std::time::Duration;

/// The next cycle after `now` that has to be computed before `end`, if nothing
/// changes before `due`; all counted from one moment on the beat. The cycle
/// before that one is not left out: timers count from it. Nor is the last one
/// before the end, where readings may change.
pub(super) fn next_cycle(
    now: Duration,
    due: Duration,
    end: Duration,
    beat: Duration,
) -> Option<Duration> {
    let next = up_to(now + Duration::from_nanos(1), beat);
    if next >= end {
        return None;
    }
    let before_due = up_to(due, beat).saturating_sub(beat);
    let last = up_to(end, beat) - beat;
    Some(next.max(before_due.min(last)))
}

/// The first beat at or after `at`.
pub(super) fn up_to(at: Duration, beat: Duration) -> Duration {
    let beats = at.as_nanos().div_ceil(beat.as_nanos().max(1));
    beat.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cycle_before_a_change_and_before_the_end_are_computed() {
        let s = Duration::from_secs;
        let next = |now, due, end| next_cycle(s(now), s(due), s(end), s(10));
        assert_eq!(next(0, 95, 1000), Some(s(90)));
        assert_eq!(next(90, 95, 1000), Some(s(100)));
        assert_eq!(next(95, 95, 1000), Some(s(100)));
        assert_eq!(next(0, 5000, 1000), Some(s(990)));
        assert_eq!(next(0, 5000, 1003), Some(s(1000)));
        assert_eq!(next(990, 5000, 1000), None);
    }
}
