//! Schedules: what a building's days look like, as local wall-clock states
//! (RULES, "Time"). A schedule is data; the moment and the time zone are
//! arguments. The rule language writes schedules, rules and reports ask them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

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

/// Month and day, both counted from 1.
pub type MonthDay = (i8, i8);

/// Which days a line speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// Bit 0 is Monday, bit 6 Sunday.
    Weekdays(u8),
    /// Both ends included.
    Dates { first: Date, last: Date },
    /// Every year, both ends included; `last` before `first` goes over New
    /// Year.
    Yearly { first: MonthDay, last: MonthDay },
}

impl Days {
    /// All seven.
    pub const DAILY: Self = Self::Weekdays(0x7f);

    /// Whether `date` is one of these days.
    #[must_use]
    pub fn contains(self, date: Date) -> bool {
        match self {
            Self::Weekdays(mask) => mask & (1 << date.weekday().to_monday_zero_offset()) != 0,
            Self::Dates { first, last } => first <= date && date <= last,
            Self::Yearly { first, last } => {
                let day = (date.month(), date.day());
                if first <= last {
                    first <= day && day <= last
                } else {
                    first <= day || day <= last
                }
            }
        }
    }
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
}

/// Which end of an interval a civil time is.
#[derive(Clone, Copy)]
enum End {
    Start,
    Stop,
}

/// From, included, to, not included.
type Interval = (Timestamp, Timestamp);

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
        let on = intervals.iter().any(|&(from, to)| from <= at && at < to);
        let seen_to = instant(shift(today, 2).to_datetime(Time::midnight()), zone, End::Start);
        let until = intervals
            .iter()
            .flat_map(|&(from, to)| [from, to])
            .filter(|moment| *moment > at)
            .chain(seen_to.filter(|moment| *moment > at))
            .min()
            .unwrap_or(Timestamp::MAX);
        (on, until)
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
        let intervals = self.intervals(first, last, zone);
        intervals
            .iter()
            .map(|&(_, to)| to)
            .filter(|end| since < *end && *end <= at)
            .filter(|end| !intervals.iter().any(|&(from, to)| from <= *end && *end < to))
            .max()
    }

    /// What the lines say of `date`: the deciding line's times, and those of
    /// all `also` lines that match.
    pub fn times_of(&self, date: Date) -> impl Iterator<Item = DaySpan> {
        let decides = self.lines.iter().rev().find(|line| !line.also && line.matches(date));
        let also = self.lines.iter().filter(move |line| line.also && line.matches(date));
        decides.into_iter().chain(also).flat_map(|line| line.times.iter().copied())
    }

    /// The intervals that begin on the days from `first` to `last`; none is
    /// empty.
    fn intervals(&self, first: Date, last: Date, zone: &TimeZone) -> Vec<Interval> {
        let mut found = Vec::new();
        let mut date = first;
        loop {
            for span in self.times_of(date) {
                let from = moment(date, span.from);
                let next_day = span.to <= span.from;
                let to = moment(if next_day { shift(date, 1) } else { date }, span.to);
                let from = instant(from, zone, End::Start);
                let to = instant(to, zone, End::Stop);
                if let (Some(from), Some(to)) = (from, to)
                    && from < to
                {
                    found.push((from, to));
                }
            }
            if date >= last {
                return found;
            }
            date = shift(date, 1);
        }
    }
}

fn shift(date: Date, days: i32) -> Date {
    date.saturating_add(Span::new().days(days))
}

/// `minutes` after the midnight that begins `date`; 1440 is the next one.
fn moment(date: Date, minutes: u16) -> DateTime {
    date.to_datetime(Time::midnight()).saturating_add(Span::new().minutes(i64::from(minutes)))
}

/// A civil time as an instant. A time that the spring change skips means the
/// end of the gap; of a doubled time the first one starts, the last one ends.
/// `None` outside the years that instants reach.
fn instant(at: DateTime, zone: &TimeZone, end: End) -> Option<Timestamp> {
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
