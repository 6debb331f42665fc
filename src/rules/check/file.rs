//! Calendar files that rules name: which one is meant, what is wrong with it,
//! and whether its days run out.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use super::Checker;
use crate::model::{Diagnostic, Intervals};
use crate::rules::ast::{Name, Place};
use crate::rules::fault::{CalendarFault, FileFault};
use crate::rules::ical::{self, Events, NoCalendar};
use crate::rules::texts::{NamedFile, Unreadable};

/// How long before its last day a calendar is told to end.
const NEAR_DAYS: i32 = 60;

/// A calendar file that could be read.
#[derive(Debug, Clone)]
pub(super) struct CheckedFile {
    path: Arc<str>,
    pub events: Arc<Events>,
    /// What does not matter where only days are asked for.
    odd: Vec<(CalendarFault, Place)>,
}

impl Checker<'_> {
    /// The events of the file that `name` is the text of; it is read once.
    pub(super) fn file(&mut self, name: &Name) -> Option<CheckedFile> {
        let from = &self.here.source.file;
        let named =
            |file: &&NamedFile| file.reference.from == *from && file.reference.named == name.text;
        let Some(file) = self.texts.files.iter().find(named) else {
            self.report(&name.place, FileFault::Missing(name.text.clone()));
            return None;
        };
        let path = file.path.to_string();
        let text = match &file.text {
            Ok(text) => text,
            Err(why) => {
                let fault = match why {
                    Unreadable::Missing => FileFault::Missing(path),
                    Unreadable::NotUtf8 => FileFault::NotUtf8(path),
                    Unreadable::Other(reason) => {
                        FileFault::Unreadable { path, reason: reason.clone() }
                    }
                };
                self.report(&name.place, fault);
                return None;
            }
        };
        if let Some(read) = self.files.get(&file.path) {
            return Some(read.clone());
        }
        match ical::read(text, &self.site().time_zone, self.texts.today) {
            Err(why) => {
                self.report(
                    &name.place,
                    match why {
                        NoCalendar::Other => FileFault::NotACalendar(path),
                        NoCalendar::Truncated => FileFault::Truncated(path),
                    },
                );
                None
            }
            Ok((events, faults)) => Some(self.events(&file.path, name, events, faults)),
        }
    }

    fn events(
        &mut self,
        path: &Arc<str>,
        name: &Name,
        events: Events,
        faults: Vec<(CalendarFault, Place)>,
    ) -> CheckedFile {
        let (errors, odd): (Vec<_>, Vec<_>) =
            faults.into_iter().partition(|(fault, _)| fault.is_error());
        if events.is_empty() && errors.is_empty() {
            self.warn(&name.place, FileFault::NoEvents(path.to_string()));
        }
        let errors = errors.into_iter();
        self.diagnostics.extend(errors.map(|(fault, place)| Diagnostic::error(path, place, fault)));
        let checked = CheckedFile { path: path.clone(), events: Arc::new(events), odd };
        self.files.insert(path.clone(), checked.clone());
        checked
    }

    /// What times a file gives a schedule.
    pub(super) fn bookings(&mut self, name: &Name) -> Option<Arc<Intervals>> {
        let file = self.file(name)?;
        let zone = &self.site().time_zone;
        if let Some(last) = file.events.last_day(zone)
            && self.texts.today.is_some_and(|today| last < today)
        {
            let fault = FileFault::Ends { what: name.text.clone(), last, over: true };
            self.warn(&name.place, fault);
        }
        // Once, however many schedules name it.
        let odd = self.files.get_mut(&file.path).map(|file| std::mem::take(&mut file.odd));
        let told = odd.into_iter().flatten();
        self.diagnostics
            .extend(told.map(|(fault, place)| Diagnostic::warning(&file.path, place, fault)));
        Some(Arc::new(file.events.bookings(zone)))
    }

    /// Warns if the days of a calendar that have a year end soon.
    pub(super) fn ends_soon(&mut self, name: &Name, last: Option<Date>) {
        let (Some(last), Some(today)) = (last, self.texts.today) else { return };
        if last < today.saturating_add(NEAR_DAYS.days()) {
            let fault = FileFault::Ends { what: name.text.clone(), last, over: last < today };
            self.warn(&name.place, fault);
        }
    }
}
