//! Overrides that somebody forgot to make into a rule: extended again and
//! again, or placed every week at the same hour. Found among those that stand
//! and those of the last weeks; each with a sentence that says what to write
//! instead. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::model::Language;
use crate::model::moment::WEEKDAYS;
use crate::store::records::{OverrideRecord, PastRecord, TargetRecord};

/// Ended overrides are remembered for so long: six weeks.
pub const KEPT: Duration = Duration::from_secs(42 * 86_400);
/// One that follows so soon upon another of the same value extends it.
const FOLLOWS: SignedDuration = SignedDuration::from_mins(30);
/// Placed so often for one wish: extended twice, and so forgotten.
const OFTEN: usize = 3;
/// A chain is told of for so long after its end.
const TOLD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// People are not punctual: so far from each other, times are the same.
const SAME_HOUR_MIN: i64 = 45;
/// In so many weeks it is a habit.
const WEEKS: usize = 3;
const WEEK_MIN: i64 = 7 * 24 * 60;

/// One that nobody thinks of any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Forgotten {
    pub target: TargetRecord,
    pub value: f64,
    pub how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Placed so often in a row; it was to end at `promised`.
    Extended { times: usize, since: Timestamp, promised: Timestamp, until: Timestamp },
    /// In so many of the last weeks, usually from when until when.
    Weekly { weeks: usize, day: Weekday, from: Time, until: Time },
}

/// One that has begun.
#[derive(Debug, Clone, Copy)]
struct Begun<'a> {
    over: &'a OverrideRecord,
    /// When it ended, or will.
    ended: Timestamp,
}

/// All that are forgotten, in order of their targets.
#[must_use]
pub fn forgotten(
    standing: &[OverrideRecord],
    past: &[PastRecord],
    zone: &TimeZone,
    now: Timestamp,
) -> Vec<Forgotten> {
    let past = past.iter().map(|past| Begun { over: &past.over, ended: past.ended });
    let standing = standing.iter().filter(|over| over.from <= now);
    let standing = standing.map(|over| Begun { over, ended: over.until });
    let mut all: Vec<Begun<'_>> = past.chain(standing).collect();
    all.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut found = Vec::new();
    for wish in all.chunk_by(|a, b| is_same_wish(a.over, b.over)) {
        found.extend(extended(wish, now));
        found.extend(weekly(wish, zone));
    }
    found
}

/// By target and value, then by time.
fn key<'a>(begun: &Begun<'a>) -> (&'a str, u64, Timestamp) {
    (name(&begun.over.target), begun.over.value.to_bits(), begun.over.from)
}

fn name(target: &TargetRecord) -> &str {
    match target {
        TargetRecord::Point(name) | TargetRecord::Schedule(name) => name,
    }
}

fn is_same_wish(a: &OverrideRecord, b: &OverrideRecord) -> bool {
    a.target == b.target && a.value.to_bits() == b.value.to_bits()
}

/// The last chain of those that follow upon each other, if it is long.
fn extended(wish: &[Begun<'_>], now: Timestamp) -> Option<Forgotten> {
    let follows = |a: &Begun<'_>, b: &Begun<'_>| a.ended.duration_until(b.over.from) <= FOLLOWS;
    let chain = wish.chunk_by(follows).last()?;
    let (first, last) = (chain.first()?, chain.last()?);
    let stands = last.ended > now || last.ended.duration_until(now) <= TOLD;
    let late = last.ended > first.over.until;
    (chain.len() >= OFTEN && stands && late).then(|| Forgotten {
        target: first.over.target.clone(),
        value: first.over.value,
        how: How::Extended {
            times: chain.len(),
            since: first.over.from,
            promised: first.over.until,
            until: last.ended,
        },
    })
}

/// The hour of the week at which it was placed in most weeks, if in several.
fn weekly(wish: &[Begun<'_>], zone: &TimeZone) -> Option<Forgotten> {
    let local: Vec<(DateTime, DateTime)> = wish
        .iter()
        .map(|begun| [begun.over.from, begun.ended].map(|at| zone.to_datetime(at)))
        .map(|[from, until]| (from, until))
        .collect();
    let around = |at: &DateTime| -> Vec<&(DateTime, DateTime)> {
        local.iter().filter(|(from, _)| distance(at, from) <= SAME_HOUR_MIN).collect()
    };
    let weeks = |all: &[&(DateTime, DateTime)]| {
        let week = |(from, _): &&(DateTime, DateTime)| {
            let week = from.date().iso_week_date();
            (week.year(), week.week())
        };
        all.iter().map(week).collect::<BTreeSet<_>>().len()
    };
    let clusters = local.iter().map(|(from, _)| around(from));
    let best = clusters.max_by_key(|cluster| weeks(cluster))?;
    let count = weeks(&best);
    let first = best.first().filter(|_| count >= WEEKS)?;
    let usual = |times: Vec<Time>| quarter(median(times));
    Some(Forgotten {
        target: wish[0].over.target.clone(),
        value: wish[0].over.value,
        how: How::Weekly {
            weeks: count,
            day: first.0.weekday(),
            from: usual(best.iter().map(|(from, _)| from.time()).collect()),
            until: usual(best.iter().map(|(_, until)| until.time()).collect()),
        },
    })
}

/// Minutes between two moments within their weeks.
fn distance(a: &DateTime, b: &DateTime) -> i64 {
    let minute = |at: &DateTime| {
        let day = i64::from(at.weekday().to_monday_zero_offset());
        day * 24 * 60 + i64::from(at.hour()) * 60 + i64::from(at.minute())
    };
    let apart = (minute(a) - minute(b)).abs();
    apart.min(WEEK_MIN - apart)
}

fn median(mut times: Vec<Time>) -> Time {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// To the nearest quarter of an hour, as people write it in schedules.
fn quarter(time: Time) -> Time {
    let minutes = (i32::from(time.hour()) * 60 + i32::from(time.minute()) + 7) / 15 * 15;
    let minutes = minutes.min(23 * 60 + 45);
    Time::new((minutes / 60) as i8, (minutes % 60) as i8, 0, 0).unwrap_or(time)
}

impl Forgotten {
    /// The sentence for people; `shown`: the value as they read it.
    #[must_use]
    pub fn words(&self, shown: &str, language: Language, zone: &TimeZone) -> String {
        let name = name(&self.target);
        let advice = self.advice(language);
        match self.how {
            How::Extended { times, since, promised, until } => {
                let local =
                    |at: Timestamp| zone.to_datetime(at).strftime("%d.%m. %H:%M").to_string();
                let (since, promised, until) = (local(since), local(promised), local(until));
                language.pick(
                    format!("{name} auf {shown}: seit {since} {times}-mal hintereinander verlangt, bis {until} statt bis {promised}; {advice}"),
                    format!("{name} to {shown}: asked for {times} times in a row since {since}, until {until} instead of {promised}; {advice}"),
                )
            }
            How::Weekly { weeks, day, from, until } => {
                let [german, english] = WEEKDAYS[day.to_monday_zero_offset() as usize % 7];
                let day = language.pick(german, english);
                let (from, until) = (from.strftime("%H:%M"), until.strftime("%H:%M"));
                language.pick(
                    format!("{name} auf {shown}: in {weeks} Wochen {day} um {from} von Hand; {advice}: {day} {from}-{until}"),
                    format!("{name} to {shown}: by hand {day} at {from} in {weeks} weeks; {advice}: {day} {from}-{until}"),
                )
            }
        }
    }

    fn advice(&self, language: Language) -> &'static str {
        let (german, english) = match (&self.target, self.how) {
            (TargetRecord::Schedule(_), _) => {
                ("das gehört in den Zeitplan", "that belongs in the schedule")
            }
            (TargetRecord::Point(_), How::Extended { .. }) => {
                ("das gehört in eine Regel", "that belongs in a rule")
            }
            (TargetRecord::Point(_), How::Weekly { .. }) => (
                "das gehört in einen Zeitplan und eine Regel",
                "that belongs in a schedule and a rule",
            ),
        };
        language.pick(german, english)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        let local: DateTime = text.parse().unwrap();
        zone().to_timestamp(local).unwrap()
    }

    fn over(id: u64, from: &str, until: &str) -> OverrideRecord {
        OverrideRecord {
            id,
            target: TargetRecord::Schedule("Schule.Halle".into()),
            value: 1.0,
            from: at(from),
            until: at(until),
            user: "meier".into(),
            why: String::new(),
        }
    }

    fn past(id: u64, from: &str, until: &str, ended: &str) -> PastRecord {
        PastRecord { over: over(id, from, until), ended: at(ended) }
    }

    /// Sundays about six in the evening.
    fn sundays(weeks: usize) -> Vec<PastRecord> {
        let all = [
            ("2026-10-18T17:55", "2026-10-18T22:00"),
            // The clocks go back between these.
            ("2026-10-25T18:00", "2026-10-25T22:05"),
            ("2026-11-01T18:20", "2026-11-01T21:55"),
            ("2026-11-08T18:05", "2026-11-08T22:00"),
        ];
        let place =
            |(id, (from, until)): (usize, &(&str, &str))| past(id as u64, from, until, until);
        all.iter().enumerate().take(weeks).map(place).collect()
    }

    #[test]
    fn the_same_hour_of_three_weeks_belongs_in_the_schedule() {
        let now = at("2026-11-10T12:00");
        assert_eq!(forgotten(&[], &sundays(2), &zone(), now), []);
        let found = forgotten(&[], &sundays(4), &zone(), now);
        let (from, until) = (Time::constant(18, 0, 0, 0), Time::constant(22, 0, 0, 0));
        let how = How::Weekly { weeks: 4, day: Weekday::Sunday, from, until };
        let target = TargetRecord::Schedule("Schule.Halle".into());
        assert_eq!(found, [Forgotten { target, value: 1.0, how }]);
        assert_eq!(
            found[0].words("on", Language::De, &zone()),
            "Schule.Halle auf on: in 4 Wochen So um 18:00 von Hand; das gehört in den Zeitplan: \
             So 18:00-22:00"
        );
        // One of another value is another wish, and twice in a week is one week.
        let mut mixed = sundays(3);
        mixed[0].over.value = 0.0;
        mixed.push(past(9, "2026-11-01T18:30", "2026-11-01T19:00", "2026-11-01T19:00"));
        assert_eq!(forgotten(&[], &mixed, &zone(), now), []);
    }

    #[test]
    fn one_that_was_extended_twice_is_told_while_it_stands_and_a_week_longer() {
        let chain = [
            past(1, "2026-11-02T08:00", "2026-11-02T10:00", "2026-11-02T09:50"),
            past(2, "2026-11-02T09:50", "2026-11-02T12:00", "2026-11-02T12:00"),
        ];
        let last = over(3, "2026-11-02T12:20", "2026-11-03T18:00");
        let now = at("2026-11-02T13:00");
        assert_eq!(forgotten(&[], &chain, &zone(), now), []);
        let found = forgotten(std::slice::from_ref(&last), &chain, &zone(), now);
        assert_eq!(
            found.iter().map(|it| it.words("on", Language::En, &zone())).collect::<Vec<_>>(),
            [
                "Schule.Halle to on: asked for 3 times in a row since 02.11. 08:00, until 03.11. 18:00 \
              instead of 02.11. 10:00; that belongs in the schedule"
            ]
        );
        let ended = PastRecord { ended: last.until, over: last };
        let all = [chain.as_slice(), &[ended]].concat();
        assert_eq!(forgotten(&[], &all, &zone(), at("2026-11-09T12:00")).len(), 1);
        assert_eq!(forgotten(&[], &all, &zone(), at("2026-11-11T12:00")), []);
    }

    #[test]
    fn one_to_come_and_one_after_a_break_extend_nothing() {
        let apart = [
            past(1, "2026-11-02T08:00", "2026-11-02T10:00", "2026-11-02T10:00"),
            past(2, "2026-11-02T11:00", "2026-11-02T12:00", "2026-11-02T12:00"),
            past(3, "2026-11-02T12:10", "2026-11-02T14:00", "2026-11-02T14:00"),
        ];
        let to_come = over(4, "2026-11-02T14:00", "2026-11-02T18:00");
        assert_eq!(forgotten(&[to_come], &apart, &zone(), at("2026-11-02T13:00")), []);
    }
}
