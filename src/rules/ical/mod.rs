//! Calendar files (iCalendar, RFC 5545) that rules name: text in, days and
//! times out, or what is wrong with it. Reads events and time zones; tasks,
//! journals and who is invited are none of our business.
//!
//! ```text
//! text → line → event ─┬→ recur (civil time) ─┬→ days, bookings
//!             → zone  ─┘                      │
//!               moment: civil time + zone ────┘
//! ```
//! An event that is not cancelled counts, also one marked as free time.

mod event;
mod line;
mod moment;
mod recur;
#[cfg(test)]
mod tests;
mod zone;

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::event::{Event, Raw, Stretch, Wrong};
use self::line::Line;
use self::zone::{Definition, Zones};
use super::ast::Place;
use super::fault::{CalendarFault, EventFault};
use crate::model::{Days, Intervals};

/// The lines of an event that say when it is.
const READ: [&str; 10] = [
    "UID",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "EXRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "STATUS",
];

/// When the events of a file are.
#[derive(Debug, Clone, Default)]
pub(super) struct Events {
    stretches: Vec<Stretch>,
    endless: bool,
}

/// Why a text is no calendar file at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoCalendar {
    Other,
    /// It ends in the middle.
    Truncated,
}

/// Reads a file's events. Faults in single events come with their places in
/// the text, each kind once. `site` is the zone of times that have none;
/// series without an end go ten years beyond `today`.
pub(super) fn read(
    text: &str,
    site: &TimeZone,
    today: Option<Date>,
) -> Result<(Events, Vec<(CalendarFault, Place)>), NoCalendar> {
    let (raws, mut zones) = components(text, site)?;
    let mut wrongs: Vec<Wrong> = Vec::new();
    let mut events = Vec::new();
    for raw in &raws {
        events.extend(Event::read(raw, &mut zones, &mut wrongs));
    }
    let mut replacing: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in events.iter().filter(|event| event.replaces.is_some()) {
        replacing.entry(event.uid.as_deref().unwrap_or("")).or_default().push(event);
    }
    let mut read = Events::default();
    let mut take = |event: &Event, others: &[&Event]| match event.expand(others, today, &zones) {
        Ok(stretches) => {
            read.stretches.extend(stretches);
            read.endless |= event.is_endless();
        }
        Err(wrong) => wrongs.push(wrong),
    };
    for event in events.iter().filter(|event| event.replaces.is_none()) {
        let others = event.uid.as_deref().and_then(|uid| replacing.remove(uid));
        take(event, &others.unwrap_or_default());
    }
    // Those whose series is not in the file stand for themselves.
    for event in replacing.into_values().flatten() {
        take(event, &[]);
    }
    Ok((read, told(wrongs)))
}

/// The events and time zones of a text.
fn components<'a>(text: &'a str, site: &TimeZone) -> Result<(Vec<Raw<'a>>, Zones), NoCalendar> {
    let mut zones = Zones::new(site.clone());
    let mut open: Vec<String> = Vec::new();
    let (mut raws, mut definition) = (Vec::new(), Definition::default());
    let mut begun = false;
    for line in line::lines(text) {
        if open.is_empty() && !line.is("BEGIN", "VCALENDAR") {
            return Err(NoCalendar::Other);
        }
        begun = true;
        let value = line.value.trim().to_ascii_uppercase();
        match line.name.as_str() {
            "BEGIN" => {
                begin(&value, &line, &mut raws, &mut definition);
                open.push(value);
            }
            "END" => {
                if open.pop().is_none_or(|opened| opened != value) {
                    return Err(NoCalendar::Truncated);
                }
                if value == "VTIMEZONE" {
                    zones.define(&definition);
                }
            }
            _ => inside(&open, line, &mut raws, &mut definition),
        }
    }
    match (begun, open.is_empty()) {
        (true, true) => Ok((raws, zones)),
        (true, false) => Err(NoCalendar::Truncated),
        (false, _) => Err(NoCalendar::Other),
    }
}

fn begin<'a>(what: &str, line: &Line<'a>, raws: &mut Vec<Raw<'a>>, definition: &mut Definition) {
    match what {
        "VEVENT" => raws.push(Raw { place: line.place.clone(), lines: Vec::new() }),
        "VTIMEZONE" => *definition = Definition::default(),
        "STANDARD" | "DAYLIGHT" => definition.take(line),
        _ => {}
    }
}

fn inside<'a>(open: &[String], line: Line<'a>, raws: &mut [Raw<'a>], definition: &mut Definition) {
    match open.last().map(String::as_str) {
        Some("VEVENT") if READ.contains(&line.name.as_str()) => {
            if let Some(raw) = raws.last_mut() {
                raw.lines.push(line);
            }
        }
        Some("VTIMEZONE" | "STANDARD" | "DAYLIGHT") => definition.take(&line),
        _ => {}
    }
}

/// Of each kind the first, with how many more there are: a file of a thousand
/// events has a thousand times the same fault.
fn told(wrongs: Vec<Wrong>) -> Vec<(CalendarFault, Place)> {
    let mut told: Vec<(CalendarFault, Place)> = Vec::new();
    let mut places: HashMap<EventFault, usize> = HashMap::new();
    for (fault, place) in wrongs {
        match places.get(&fault) {
            Some(&index) => told[index].0.more += 1,
            None => {
                places.insert(fault.clone(), told.len());
                told.push((CalendarFault { fault, more: 0 }, place));
            }
        }
    }
    told
}

impl Events {
    /// As times, in the zone of the site.
    pub fn bookings(&self, zone: &TimeZone) -> Intervals {
        let midnight = |date: Date| zone.to_timestamp(date.at(0, 0, 0, 0)).ok();
        let interval = |stretch: &Stretch| match stretch {
            Stretch::Times(from, to) => Some((*from, *to)),
            Stretch::Days(first, last) => midnight(*first).zip(midnight(last.tomorrow().ok()?)),
        };
        Intervals::union(self.stretches.iter().filter_map(interval).collect())
    }

    /// As days, in the zone of the site: those on which something takes place.
    pub fn days<'a>(&'a self, zone: &'a TimeZone) -> impl Iterator<Item = Days> + 'a {
        self.stretches.iter().map(|stretch| {
            let (first, last) = stretch.dates(zone);
            Days::Dates { first, last }
        })
    }

    /// The last day on which something takes place; `None` if there is no end,
    /// or nothing at all.
    pub fn last_day(&self, zone: &TimeZone) -> Option<Date> {
        let last = self.stretches.iter().map(|stretch| stretch.dates(zone).1).max();
        last.filter(|_| !self.endless)
    }

    /// Whether something in it recurs for ever.
    pub fn is_endless(&self) -> bool {
        self.endless
    }

    /// Whether nothing takes place at all.
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }
}

impl Stretch {
    /// First and last day.
    fn dates(&self, zone: &TimeZone) -> (Date, Date) {
        match self {
            Self::Days(first, last) => (*first, *last),
            Self::Times(from, to) => {
                let inside =
                    to.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(*to).max(*from);
                (zone.to_datetime(*from).date(), zone.to_datetime(inside).date())
            }
        }
    }
}
