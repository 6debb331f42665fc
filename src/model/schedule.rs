//! Schedules: what a building's days look like, as local wall-clock states
//! (RULES, "Time"). A schedule is data; the moment and the time zone are
//! arguments. The rule language writes schedules, rules and reports ask them.
//!
//! Whatever is asked, one function answers: `Schedule::intervals` lays the
//! layers over one another (the lines, then the bookings), and all else reads
//! what comes out.

use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

pub use super::calendar::Days;
use super::interval::Intervals;

/// Minutes of a day; `to` at or before `from` lies on the following day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpan {
    /// 0–1439.
    pub from: u16,
    /// 0–1440.
    pub to: u16,
}

impl DaySpan {
    /// Midnight to midnight.
    pub const ALL_DAY: Self = Self { from: 0, to: 24 * 60 };
}

/// One line of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleLine {
    pub days: Vec<Days>,
    /// Adds to what the deciding line says.
    pub also: bool,
    /// Empty: off.
    pub times: Vec<DaySpan>,
}

impl ScheduleLine {
    fn matches(&self, date: Date) -> bool {
        self.days.iter().any(|days| days.contains(date))
    }
}

/// A state, on or off, of every moment. The last line without `also` that
/// matches a day decides it; without any, the day is off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    pub lines: Vec<ScheduleLine>,
    /// Bookings from files: on as well.
    pub bookings: Vec<Arc<Intervals>>,
}

/// Which end of an interval a civil time is.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Start,
    Stop,
}

impl Schedule {
    /// Whether it is on at `at`.
    #[must_use]
    pub fn is_on(&self, at: Timestamp, zone: &TimeZone) -> bool {
        self.state(at, zone).0
    }

    /// Whether it is on at `at`, and a moment after `at` before which that
    /// does not change.
    #[must_use]
    pub fn state(&self, at: Timestamp, zone: &TimeZone) -> (bool, Timestamp) {
        let today = zone.to_datetime(at).date();
        let intervals = self.intervals(shift(today, -1), shift(today, 1), zone);
        let seen_to = midnight(shift(today, 2), zone).filter(|moment| *moment > at);
        let until = intervals.next_edge(at).into_iter().chain(seen_to).min();
        (intervals.contains(at), until.unwrap_or(Timestamp::MAX))
    }

    /// The first moment after `at`, and not after `horizon`, at which it turns
    /// on (`to_on`) or off.
    #[must_use]
    pub fn next_turn(
        &self,
        at: Timestamp,
        horizon: Timestamp,
        to_on: bool,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        let (mut was_on, mut moment) = self.state(at, zone);
        while moment <= horizon && moment < Timestamp::MAX {
            let (on, until) = self.state(moment, zone);
            if on != was_on && on == to_on {
                return Some(moment);
            }
            (was_on, moment) = (on, until);
        }
        None
    }

    /// The first moment after `at` at which it changes, looked for as far as
    /// 400 days ahead.
    #[must_use]
    pub fn next_change(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let horizon = at.checked_add(SignedDuration::from_hours(400 * 24)).ok()?;
        let to_on = !self.is_on(at, zone);
        self.next_turn(at, horizon, to_on, zone)
    }

    /// The last moment after `since`, and not after `at`, at which it turned
    /// off.
    #[must_use]
    pub fn last_end(&self, since: Timestamp, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let first = shift(zone.to_datetime(since).date(), -1);
        let last = shift(zone.to_datetime(at).date(), 1);
        self.intervals(first, last, zone).last_end(at).filter(|end| since < *end)
    }

    /// What the lines say of `date`: the deciding line's times, and those of
    /// all `also` lines that match.
    pub fn times_of(&self, date: Date) -> impl Iterator<Item = DaySpan> {
        let decides = self.lines.iter().rev().find(|line| !line.also && line.matches(date));
        let also = self.lines.iter().filter(move |line| line.also && line.matches(date));
        decides.into_iter().chain(also).flat_map(|line| line.times.iter().copied())
    }

    /// When it is on, as far as the days from `first` to `last` and what
    /// begins on them decide. The layers, lowest first: lines, bookings.
    fn intervals(&self, first: Date, last: Date, zone: &TimeZone) -> Intervals {
        let mut parts = Vec::new();
        let mut date = first;
        loop {
            for span in self.times_of(date) {
                let from = moment(date, span.from);
                let next_day = span.to <= span.from;
                let to = moment(if next_day { shift(date, 1) } else { date }, span.to);
                let from = instant(from, zone, End::Start);
                let to = instant(to, zone, End::Stop);
                parts.extend(from.zip(to));
            }
            if date >= last {
                break;
            }
            date = shift(date, 1);
        }
        let from = midnight(first, zone).unwrap_or(Timestamp::MIN);
        let to = midnight(shift(last, 1), zone).unwrap_or(Timestamp::MAX);
        for bookings in &self.bookings {
            parts.extend_from_slice(bookings.within(from, to));
        }
        Intervals::union(parts)
    }
}

fn shift(date: Date, days: i32) -> Date {
    date.saturating_add(Span::new().days(days))
}

/// `minutes` after the midnight that begins `date`; 1440 is the next one.
fn moment(date: Date, minutes: u16) -> DateTime {
    date.to_datetime(Time::midnight()).saturating_add(Span::new().minutes(i64::from(minutes)))
}

/// When `date` begins; `None` outside the years that instants reach.
fn midnight(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    instant(date.to_datetime(Time::midnight()), zone, End::Start)
}

/// A civil time as an instant. A time that the spring change skips means the
/// end of the gap; of a doubled time the first one starts, the last one ends.
/// `None` outside the years that instants reach.
pub(super) fn instant(at: DateTime, zone: &TimeZone, end: End) -> Option<Timestamp> {
    let offset = match (zone.to_ambiguous_timestamp(at).offset(), end) {
        (AmbiguousOffset::Unambiguous { offset }, _) => offset,
        (AmbiguousOffset::Fold { before, .. }, End::Start) => before,
        (AmbiguousOffset::Fold { after, .. }, End::Stop) => after,
        (AmbiguousOffset::Gap { after, .. }, _) => {
            // Read with the later offset it lies just before the change.
            let before_it = after.to_timestamp(at).ok()?;
            return zone.following(before_it).next().map(|change| change.timestamp());
        }
    };
    offset.to_timestamp(at).ok()
}
