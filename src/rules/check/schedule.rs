//! Calendars and schedules: which days are meant, which lines decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::Checker;
use super::names::Symbol;
use crate::model::diagnostic::did_you_mean;
use crate::model::holiday::{Feast, NAMED};
use crate::model::schedule::{Schedule, ScheduleLine};
use crate::model::{Calendar, Days, Kind};
use crate::rules::ast::{CalendarEntry, DaysEntry, Name, ScheduleEntry};
use crate::rules::fault::{NameFault, SyntaxFault};
use crate::rules::parser::near_day;
use crate::rules::program::{NamedSchedule, Node, Value};

/// The days of a calendar so far, to find those that come twice.
#[derive(Debug, Default)]
struct Seen {
    /// First day to last.
    dated: BTreeMap<Date, Date>,
    recurring: Vec<Days>,
}

impl Seen {
    /// Whether any of `days` has been there before.
    fn again(&mut self, days: &Days) -> bool {
        if let Days::Dates { first, last } = days {
            let before = self.dated.range(..=last).next_back();
            let again = before.is_some_and(|(_, end)| end >= first);
            if !again {
                self.dated.insert(*first, *last);
            }
            return again;
        }
        let again = self.recurring.contains(days);
        if !again {
            self.recurring.push(days.clone());
        }
        again
    }
}

impl Checker<'_> {
    pub(super) fn calendar(&mut self, entry: &CalendarEntry) {
        let mut parts = Vec::new();
        let mut seen = Seen::default();
        for (item, place) in &entry.items {
            let days = match item {
                DaysEntry::Known(days) => Some(days.clone()),
                DaysEntry::Named(name) => self.feast(name),
            };
            let Some(days) = days else { continue };
            if seen.again(&days) {
                self.warn(place, NameFault::DayTwice);
            }
            parts.push(days);
        }
        let zone = &self.site().time_zone;
        let mut endless = false;
        for name in &entry.files {
            let Some(file) = self.file(name) else { continue };
            parts.extend(file.events.days(zone));
            endless |= file.events.is_endless();
        }
        if entry.items.is_empty() && entry.files.is_empty() && !entry.broken {
            self.report(&entry.name.place, NameFault::EmptyDefinition);
        }
        let calendar = Calendar::new(parts);
        self.ends_soon(&entry.name, calendar.last_dated().filter(|_| !endless));
        self.calendars.push(Arc::new(calendar));
    }

    /// A day by its name, in a calendar.
    fn feast(&mut self, name: &Name) -> Option<Days> {
        let symbol = self.resolve(&name.text);
        if matches!(symbol, Some(Symbol::Calendar(_))) {
            self.report(&name.place, NameFault::CalendarInCalendar(name.text.clone()));
            return None;
        }
        let feast = Feast::find(&name.text);
        if feast.is_none() {
            let near = did_you_mean(&name.text, NAMED.iter().map(|(name, _)| *name));
            let (found, near) = (name.text.clone(), near.map(str::to_owned));
            self.report(&name.place, SyntaxFault::UnknownDay { found, near });
        }
        feast.map(Days::Feast)
    }

    pub(super) fn schedule(&mut self, entry: &ScheduleEntry) {
        let mut schedule = Schedule::default();
        for line in &entry.lines {
            let days: Vec<Days> = line.days.iter().filter_map(|days| self.days(days)).collect();
            let (also, times) = (line.also, line.times.clone());
            schedule.lines.push(ScheduleLine { days, also, times });
        }
        for name in &entry.files {
            schedule.bookings.extend(self.bookings(name));
        }
        if entry.lines.is_empty() && entry.files.is_empty() && !entry.broken {
            self.report(&entry.name.place, NameFault::EmptyDefinition);
        }
        let whole_weeks = |days: &[DaysEntry]| {
            days.iter().try_fold(0_u8, |mask, days| match days {
                DaysEntry::Known(Days::Weekdays(more)) => Some(mask | more),
                _ => None,
            })
        };
        // From the last line up: what later lines without `also` decide.
        let mut decided = 0;
        for line in entry.lines.iter().rev().filter(|line| !line.also) {
            let Some(mask) = whole_weeks(&line.days) else { continue };
            if mask & !decided == 0 {
                self.report(&line.place, NameFault::LineNever);
            }
            decided |= mask;
        }
        self.program.schedules.push(NamedSchedule { name: self.here.owner.clone(), schedule });
        let index = u32::try_from(self.program.schedules.len() - 1).unwrap_or(u32::MAX);
        let node = self.node(Node::Schedule(index));
        self.program.values.push(Value {
            name: self.here.owner.clone(),
            kind: Kind::switch().into(),
            node,
            inputs: 0..0,
        });
    }

    /// The days of a schedule's line; a calendar goes before a feast of the
    /// same name.
    fn days(&mut self, days: &DaysEntry) -> Option<Days> {
        let name = match days {
            DaysEntry::Known(days) => return Some(days.clone()),
            DaysEntry::Named(name) => name,
        };
        match self.resolve(&name.text) {
            Some(Symbol::Calendar(index)) => {
                self.calendars.get(index).map(|calendar| Days::Calendar(calendar.clone()))
            }
            Some(Symbol::Opaque) => None,
            Some(_) => {
                self.report(&name.place, NameFault::NotACalendar(name.text.clone()));
                None
            }
            None => {
                let feast = Feast::find(&name.text);
                if feast.is_none() {
                    let near = self.near_day(&name.text);
                    let found = name.text.clone();
                    self.report(&name.place, SyntaxFault::UnknownDay { found, near });
                }
                feast.map(Days::Feast)
            }
        }
    }

    /// The calendar, feast or weekday that was most likely meant.
    fn near_day(&self, name: &str) -> Option<String> {
        let definitions = self.names.definitions.values();
        let calendars = definitions.filter(|found| matches!(found.symbol, Symbol::Calendar(_)));
        let mut names: Vec<&str> = calendars.map(|found| found.name.as_str()).collect();
        // A HashMap has no order; a diagnostic must have one.
        names.sort_unstable();
        names.extend(NAMED.iter().map(|(name, _)| *name));
        did_you_mean(name, names).or_else(|| near_day(name)).map(str::to_owned)
    }
}
