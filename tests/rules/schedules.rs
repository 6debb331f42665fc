//! Schedules against a reference that walks through every minute, over the
//! weeks in which clocks change, in two zones: one whose clock changes by an
//! hour, one by half an hour.

use std::sync::Arc;

use hauswart::model::schedule::{DaySpan, Days, ScheduleLine};
use hauswart::model::{Calendar, Intervals, Schedule};
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use crate::town::Bench;

/// Sundays on which a clock changes, and where.
const CHANGES: [(&str, Date); 4] = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
];

/// Every minute of eight days, as an instant and as the clock on the wall.
struct Minutes {
    zone: TimeZone,
    at: Vec<(Timestamp, DateTime)>,
}

fn minutes(change: usize) -> Minutes {
    let (zone, sunday) = CHANGES[change];
    let zone = TimeZone::get(zone).unwrap();
    let first = zone.to_timestamp(sunday.saturating_sub(4.days()).at(0, 0, 0, 0)).unwrap();
    let at = (0..8 * 24 * 60)
        .map(|minute| first + SignedDuration::from_mins(minute))
        .map(|instant| (instant, zone.to_datetime(instant)))
        .collect();
    Minutes { zone, at }
}

/// The days of a line, told apart the long way.
fn matches(days: &Days, day: Date) -> bool {
    match days {
        Days::Weekdays(mask) => {
            (0..7).any(|bit| mask >> bit & 1 == 1 && day.weekday().to_monday_zero_offset() == bit)
        }
        Days::Dates { first, last } => {
            let mut at = *first;
            while at <= *last {
                if at == day {
                    return true;
                }
                at = at.tomorrow().unwrap();
            }
            false
        }
        Days::Yearly { first, last } => {
            let number = |&(month, day): &(i8, i8)| i32::from(month) * 100 + i32::from(day);
            let (first, last) = (number(first), number(last));
            let day = number(&(day.month(), day.day()));
            if first <= last { first <= day && day <= last } else { day >= first || day <= last }
        }
        Days::Feast(_) | Days::Holidays(_) => unreachable!("always in a calendar here"),
        Days::Calendar(calendar) => calendar.contains(day),
    }
}

/// On or off for each minute: marks what each day's lines say.
fn reference(schedule: &Schedule, minutes: &Minutes) -> Vec<bool> {
    let mut on = vec![false; minutes.at.len()];
    let mut day = minutes.at[0].1.date().saturating_sub(2.days());
    let last = minutes.at[minutes.at.len() - 1].1.date();
    while day <= last {
        let mut times: Vec<DaySpan> = Vec::new();
        for line in &schedule.lines {
            if !line.also && line.days.iter().any(|days| matches(days, day)) {
                times.clone_from(&line.times);
            }
        }
        for line in schedule.lines.iter().filter(|line| line.also) {
            if line.days.iter().any(|days| matches(days, day)) {
                times.extend(&line.times);
            }
        }
        for span in times {
            let civil = |date: Date, minutes: u16| {
                date.at(0, 0, 0, 0).saturating_add(i64::from(minutes).minutes())
            };
            let from = civil(day, span.from);
            let next = span.to <= span.from;
            let to = civil(if next { day.tomorrow().unwrap() } else { day }, span.to);
            mark(&mut on, minutes, from, to);
        }
        day = day.tomorrow().unwrap();
    }
    for (from, to) in schedule.bookings.iter().flat_map(|bookings| bookings.as_slice()) {
        for (index, minute) in on.iter_mut().enumerate() {
            *minute |= *from <= minutes.at[index].0 && minutes.at[index].0 < *to;
        }
    }
    on
}

/// The first minute at which the wall's clock shows `from`, or has skipped it,
/// to the last one at which it shows `to`, or has skipped it.
fn mark(on: &mut [bool], minutes: &Minutes, from: DateTime, to: DateTime) {
    let clock = |index: usize| minutes.at[index].1;
    let all = 0..on.len();
    // Before the first minute: from then on; the walk starts two days early.
    let start =
        if from < clock(0) { Some(0) } else { all.clone().find(|index| clock(*index) >= from) };
    let stop = if to < clock(0) {
        Some(0)
    } else {
        all.clone()
            .rev()
            .find(|index| clock(*index) == to)
            .or_else(|| all.clone().find(|index| clock(*index) > to))
    };
    let Some(start) = start else { return };
    for minute in &mut on[start..stop.unwrap_or(all.end).max(start)] {
        *minute = true;
    }
}

fn any_span() -> impl Strategy<Value = DaySpan> {
    // Quarters of an hour, most of them in the small hours.
    let quarter = prop_oneof![3 => 0_u16..20, 1 => 0_u16..96];
    (quarter.clone(), quarter, any::<bool>()).prop_map(|(from, to, late)| {
        let to = if late { 96 } else { to };
        DaySpan { from: from * 15, to: to * 15 }
    })
}

fn any_days(sunday: Date) -> impl Strategy<Value = Days> {
    let day = move |offset: i64| sunday.saturating_add(offset.days());
    let number = |date: Date| (date.month(), date.day());
    prop_oneof![
        3 => (1_u8..128).prop_map(Days::Weekdays),
        1 => (-3_i64..3, 0_i64..3)
            .prop_map(move |(first, long)| Days::Dates { first: day(first), last: day(first + long) }),
        1 => (-3_i64..3, 0_i64..200).prop_map(move |(first, long)| Days::Yearly {
            first: number(day(first)),
            last: number(day(first + long)),
        }),
        1 => (-3_i64..3, 0_i64..3).prop_map(move |(first, long)| {
            let dates = Days::Dates { first: day(first), last: day(first + long) };
            Days::Calendar(Arc::new(Calendar::new([dates])))
        }),
    ]
}

fn any_schedule(sunday: Date) -> impl Strategy<Value = Schedule> {
    let line = (
        prop::collection::vec(any_days(sunday), 1..3),
        any::<bool>(),
        prop::collection::vec(any_span(), 0..3),
    );
    let line = line.prop_map(|(days, also, times)| ScheduleLine { days, also, times });
    let booking = (0_i64..8 * 96, 0_i64..200).prop_map(move |(first, long)| {
        let start = TimeZone::UTC.to_timestamp(sunday.saturating_sub(4.days()).at(0, 0, 0, 0));
        let from = start.unwrap() + SignedDuration::from_mins(first * 15);
        (from, from + SignedDuration::from_mins(long * 15))
    });
    let bookings = prop::collection::vec(booking, 0..4).prop_map(Intervals::union);
    let bookings = prop::collection::vec(bookings.prop_map(Arc::new), 0..3);
    (prop::collection::vec(line, 1..5), bookings)
        .prop_map(|(lines, bookings)| Schedule { lines, bookings })
}

fn any_case() -> impl Strategy<Value = (usize, Schedule, Vec<usize>)> {
    (0..CHANGES.len()).prop_flat_map(|change| {
        let looks = prop::collection::vec(24 * 60_usize..6 * 24 * 60, 40);
        (Just(change), any_schedule(CHANGES[change].1), looks)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn every_minute_is_as_the_reference_has_it((change, schedule, looks) in any_case()) {
        let minutes = minutes(change);
        let expected = reference(&schedule, &minutes);
        for look in looks {
            let (instant, clock) = minutes.at[look];
            let (on, until) = schedule.state(instant, &minutes.zone);
            prop_assert_eq!(on, expected[look], "{}", clock);
            prop_assert!(until > instant);
            let same = minutes.at.iter().zip(&expected).skip(look);
            for ((later, clock), value) in same.take_while(|((later, _), _)| *later < until) {
                prop_assert_eq!(*value, on, "{} {}", later, clock);
            }
            let horizon = minutes.at[expected.len() - 24 * 60].0;
            for to_on in [true, false] {
                let turn = (look + 1..expected.len() - 24 * 60 + 1)
                    .find(|at| expected[*at] == to_on && expected[*at - 1] != to_on)
                    .map(|at| minutes.at[at].0);
                prop_assert_eq!(schedule.next_turn(instant, horizon, to_on, &minutes.zone), turn);
            }
            let since = minutes.at[look - 24 * 60].0;
            let ended = (look - 24 * 60 + 1..=look)
                .rev()
                .find(|at| !expected[*at] && expected[*at - 1])
                .map(|at| minutes.at[at].0);
            prop_assert_eq!(schedule.last_end(since, instant, &minutes.zone), ended);
        }
    }
}

fn on_between(body: &str, start: &str, minutes: u64) -> Vec<String> {
    let mut bench = Bench::read(&format!("schedule S\n{body}\nvalue X = S"), start);
    let zone = bench.site.time_zone.clone();
    let mut turns = Vec::new();
    let mut was = None;
    for _ in 0..minutes {
        let verdict = bench.cycle();
        let on = verdict.values.iter().find(|value| &*value.name == "Rathaus.X").unwrap().value;
        if was.is_some() && was != Some(on) {
            let clock = zone.to_datetime(bench.snapshot.now.wall);
            let offset = zone.to_offset(bench.snapshot.now.wall);
            let state = if on == Some(1.0) { "on" } else { "off" };
            turns.push(format!("{state} {:02}:{:02} {offset}", clock.hour(), clock.minute()));
        }
        was = Some(on);
        bench.pass(60);
    }
    turns
}

#[test]
fn a_skipped_time_means_the_end_of_the_gap() {
    let day = 23 * 60;
    assert_eq!(
        on_between("So 02:30-05:00", "2026-03-29T00:00:00", day),
        ["on 03:00 +02", "off 05:00 +02"]
    );
    assert_eq!(
        on_between("So 01:00-02:30", "2026-03-29T00:00:00", day),
        ["on 01:00 +01", "off 03:00 +02"]
    );
    assert_eq!(on_between("So 02:00-02:45", "2026-03-29T00:00:00", day), [""; 0]);
}

#[test]
fn of_a_doubled_time_the_first_starts_and_the_last_ends() {
    let day = 25 * 60;
    assert_eq!(
        on_between("So 02:30-02:45", "2026-10-25T00:00:00", day),
        ["on 02:30 +02", "off 02:45 +01"]
    );
    assert_eq!(
        on_between("So 01:00-02:00", "2026-10-25T00:00:00", day),
        ["on 01:00 +02", "off 02:00 +01"]
    );
    assert_eq!(
        on_between("So 02:00-03:00", "2026-10-25T00:00:00", day),
        ["on 02:00 +02", "off 03:00 +01"]
    );
}

#[test]
fn a_night_belongs_to_the_day_it_starts_on() {
    let text = "Mo 22:00-06:00\nDi off";
    assert_eq!(on_between(text, "2026-03-02T12:00:00", 36 * 60), ["on 22:00 +01", "off 06:00 +01"]);
    let text = "Mo 22:00-24:00\nDi 00:00-02:00";
    assert_eq!(on_between(text, "2026-03-02T12:00:00", 36 * 60), ["on 22:00 +01", "off 02:00 +01"]);
}

#[test]
fn the_last_matching_line_decides_and_also_adds() {
    let text = "daily 07:00-17:00\nMo 08:00-12:00\nMo also 18:00-20:00\n02.03.2026 09:00-10:00";
    assert_eq!(
        on_between(text, "2026-03-02T00:00:00", 23 * 60),
        ["on 09:00 +01", "off 10:00 +01", "on 18:00 +01", "off 20:00 +01"]
    );
    assert_eq!(
        on_between(text, "2026-03-09T00:00:00", 23 * 60),
        ["on 08:00 +01", "off 12:00 +01", "on 18:00 +01", "off 20:00 +01"]
    );
}

#[test]
fn reports_can_ask_for_a_schedule() {
    let bench = Bench::new("schedule S\n Mo-Fr 07:00-17:00\nvalue X = S", "2026-03-06T12:00:00");
    let noon = bench.snapshot.now.wall;
    assert_eq!(bench.program.schedule_on("Rathaus.S", noon), Some(true));
    assert_eq!(bench.program.schedule_on("Rathaus.T", noon), None);
    let evening = crate::town::local("2026-03-06T17:00:00");
    assert_eq!(bench.program.schedule_changes("Rathaus.S", noon), Some(evening));
    let monday = crate::town::local("2026-03-09T07:00:00");
    assert_eq!(bench.program.schedule_changes("Rathaus.S", evening), Some(monday));
}
