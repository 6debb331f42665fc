//! What is to be done about a job now: by its times, the last one that was taken up,
//! and what came of it. Pure; times are wall-clock time.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::model::Recurrence;
use crate::store::jobs::{JobRecord, JobStanding};

/// What was missed is made good for so long.
const OLDEST: SignedDuration = SignedDuration::from_hours(40 * 24);
/// A record from further ahead is of a clock that was wrong.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// The process has died of a job so often: it waits for its next time.
pub const DEADLY: u32 = 3;
/// Pauses after the first failure, the second, …; the last one from then on.
const PAUSES_MIN: [i64; 5] = [1, 5, 15, 60, 360];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Not known, or under other words: its times count from now on.
    Begin,
    /// Now, for this time of it.
    Now(Timestamp),
    /// Not before; `None`: never.
    Later(Option<Timestamp>),
}

/// See the module. `when` is the job's of today, in words `words`.
#[must_use]
pub fn due(
    record: Option<&JobRecord>,
    words: &str,
    when: &Recurrence,
    now: Timestamp,
    zone: &TimeZone,
) -> Due {
    let after = |at: Timestamp, time| at.checked_add(time).unwrap_or(Timestamp::MAX);
    let usable = |it: &&JobRecord| it.when == words && it.planned <= after(now, AHEAD);
    let Some(record) = record.filter(usable) else { return Due::Begin };
    let oldest = after(now, -OLDEST);
    // One that has come since; of several the newest.
    if let Some(planned) = when.last(record.planned.max(oldest), now, zone) {
        return Due::Now(planned);
    }
    let next = when.next(now.max(record.planned), zone);
    let (at, failures) = match &record.standing {
        JobStanding::New | JobStanding::Done { .. } => return Due::Later(next),
        // The process died of it: that counts, and does not go on for ever.
        JobStanding::Begun { .. } if record.deaths + 1 >= DEADLY => return Due::Later(next),
        JobStanding::Begun { at } => (*at, record.failures + 1),
        JobStanding::Failed { at, .. } => (*at, record.failures),
    };
    if record.planned <= oldest {
        return Due::Later(next);
    }
    // One from ahead is of a clock that was wrong: a pause from it would not pass.
    let again = if at > now { now } else { after(at, pause(failures)) };
    if again <= now {
        return Due::Now(record.planned);
    }
    Due::Later(Some(next.map_or(again, |next| next.min(again))))
}

/// After so many failures.
fn pause(failures: u32) -> SignedDuration {
    let place = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    let minutes = PAUSES_MIN[place.min(PAUSES_MIN.len() - 1)];
    SignedDuration::from_mins(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONTHLY: &str = "30 6 2 * *";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn record(planned: &str, standing: JobStanding, failures: u32) -> JobRecord {
        JobRecord {
            name: "Monatsbericht".into(),
            when: MONTHLY.into(),
            planned: at(planned),
            standing,
            failures,
            deaths: 0,
            mailed: Vec::new(),
        }
    }

    fn due_at(record: &JobRecord, now: &str) -> Due {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        due(Some(record), MONTHLY, &Recurrence::parse(MONTHLY).unwrap(), at(now), &zone)
    }

    fn done(planned: &str) -> JobRecord {
        record(planned, JobStanding::Done { at: at(planned), files: Vec::new() }, 0)
    }

    #[test]
    fn a_new_job_waits_for_its_next_time_and_one_that_was_done_too() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let when = Recurrence::parse(MONTHLY).unwrap();
        let now = at("2026-11-27T12:00:00Z");
        assert_eq!(due(None, MONTHLY, &when, now, &zone), Due::Begin);
        let other = JobRecord { when: "0 6 15 * *".into(), ..done("2026-11-15T05:00:00Z") };
        assert_eq!(due(Some(&other), MONTHLY, &when, now, &zone), Due::Begin, "other times");
        let next = Due::Later(Some(at("2026-12-02T05:30:00Z")));
        assert_eq!(due_at(&done("2026-11-02T05:30:00Z"), "2026-11-02T05:30:00Z"), next);
        let new = record("2026-11-27T12:00:00Z", JobStanding::New, 0);
        assert_eq!(due_at(&new, "2026-11-27T12:00:00Z"), next);
        assert_eq!(due_at(&new, "2026-12-02T05:29:59Z"), next);
        assert_eq!(due_at(&new, "2026-12-02T05:30:00Z"), Due::Now(at("2026-12-02T05:30:00Z")));
    }

    #[test]
    fn what_was_missed_is_made_good_once_unless_it_is_old() {
        let last = done("2026-08-02T04:30:00Z");
        assert_eq!(
            due_at(&last, "2026-11-27T12:00:00Z"),
            Due::Now(at("2026-11-02T05:30:00Z")),
            "the newest alone"
        );
        let made = done("2026-11-02T05:30:00Z");
        assert!(matches!(due_at(&made, "2026-11-27T12:00:00Z"), Due::Later(_)));
        let yearly = JobRecord { when: "0 6 1 1 *".into(), ..done("2025-01-01T05:00:00Z") };
        let when = Recurrence::parse(&yearly.when).unwrap();
        let look = |now| due(Some(&yearly), &yearly.when, &when, at(now), &TimeZone::UTC);
        assert_eq!(look("2026-02-09T00:00:00Z"), Due::Now(at("2026-01-01T06:00:00Z")));
        assert_eq!(
            look("2026-02-11T00:00:00Z"),
            Due::Later(Some(at("2027-01-01T06:00:00Z"))),
            "41 days ago"
        );
    }

    #[test]
    fn a_failure_is_tried_again_ever_later_until_the_next_time_comes() {
        let planned = "2026-11-02T05:30:00Z";
        let failed = |failures| {
            let at = at("2026-11-02T06:00:00Z");
            record(planned, JobStanding::Failed { at, why: "voll".into() }, failures)
        };
        for (failures, before, then) in [
            (1, "06:00:59", "06:01:00"),
            (2, "06:04:59", "06:05:00"),
            (4, "06:59:59", "07:00:00"),
            (5, "11:59:59", "12:00:00"),
            (99, "11:59:59", "12:00:00"),
        ] {
            let look = |time: &str| due_at(&failed(failures), &format!("2026-11-02T{time}Z"));
            assert_eq!(look(then), Due::Now(at(planned)), "{failures}");
            let later = Due::Later(Some(at(&format!("2026-11-02T{then}Z"))));
            assert_eq!(look(before), later, "{failures}");
        }
        let next = at("2026-12-02T05:30:00Z");
        assert_eq!(due_at(&failed(5), "2026-12-02T05:30:00Z"), Due::Now(next));
    }

    #[test]
    fn one_that_died_with_the_process_counts_as_failed() {
        let begun = JobStanding::Begun { at: at("2026-11-02T05:30:00Z") };
        let died = record("2026-11-02T05:30:00Z", begun, 0);
        let again = Due::Later(Some(at("2026-11-02T05:31:00Z")));
        assert_eq!(due_at(&died, "2026-11-02T05:30:20Z"), again);
        let planned = Due::Now(at("2026-11-02T05:30:00Z"));
        assert_eq!(due_at(&died, "2026-11-02T05:31:00Z"), planned);
        let twice = JobRecord { deaths: 1, ..died };
        assert_eq!(due_at(&twice, "2026-11-02T05:31:00Z"), planned);
        let thrice = JobRecord { deaths: 2, ..twice };
        let next = at("2026-12-02T05:30:00Z");
        for now in ["2026-11-02T05:31:00Z", "2026-11-05T05:30:00Z", "2026-12-02T05:29:59Z"] {
            assert_eq!(due_at(&thrice, now), Due::Later(Some(next)), "{now}");
        }
        assert_eq!(due_at(&thrice, "2026-12-02T05:30:00Z"), Due::Now(next));
    }

    #[test]
    fn a_clock_that_was_wrong_neither_repeats_nor_stops_a_job() {
        // Set back by some hours after it was done: not again.
        let made = done("2026-11-02T05:30:00Z");
        let next = Due::Later(Some(at("2026-12-02T05:30:00Z")));
        assert_eq!(due_at(&made, "2026-11-01T12:00:00Z"), next);
        // Failed when it was ahead: tried again at once, and not ever later.
        let ahead = JobStanding::Failed { at: at("2026-11-02T15:00:00Z"), why: "voll".into() };
        let planned = "2026-11-02T05:30:00Z";
        let failed = record(planned, ahead, 1);
        for now in ["2026-11-02T06:00:00Z", "2026-11-02T14:59:59Z"] {
            assert_eq!(due_at(&failed, now), Due::Now(at(planned)), "{now}");
        }
        // Done in a future that never was.
        assert_eq!(due_at(&done("2036-11-02T05:30:00Z"), "2026-11-01T12:00:00Z"), Due::Begin);
    }
}
