//! Faults of calendar files: in the files that rules name, and in single
//! events of them.

use jiff::civil::Date;

use crate::model::Language;
use crate::model::diagnostic::Fault;

use super::quoted;

/// What is wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventFault {
    UnknownZone(String),
    BadValue(String),
    /// The part of the rule that cannot be read or is not supported.
    BadRule(String),
    NoStart,
    NoEnd,
    EndsEarly,
    TooMany,
}

/// The first event with a fault, and how many more have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarFault {
    pub fault: EventFault,
    pub more: usize,
}

impl CalendarFault {
    /// Whether the file cannot be used with it: times would be wrong or
    /// missing that someone planned.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        !matches!(self.fault, EventFault::NoEnd | EventFault::EndsEarly)
    }
}

impl Fault for CalendarFault {
    fn code(&self) -> &'static str {
        match self.fault {
            EventFault::UnknownZone(_) => "unknown-zone",
            EventFault::BadValue(_) => "bad-date",
            EventFault::BadRule(_) => "bad-recurrence",
            EventFault::NoStart => "event-without-start",
            EventFault::NoEnd => "event-without-end",
            EventFault::EndsEarly => "event-ends-early",
            EventFault::TooMany => "too-many-events",
        }
    }

    fn reason(&self, language: Language) -> String {
        let first = match language {
            Language::De => self.fault.german(),
            Language::En => self.fault.english(),
        };
        match (self.more, language) {
            (0, _) => first,
            (more, Language::De) => format!("{first} (so auch {more} weitere)"),
            (more, Language::En) => format!("{first} (and so {more} more)"),
        }
    }

    fn help(&self, language: Language) -> Option<String> {
        let pick = |german: &str, english: &str| Some(language.pick(german, english).to_owned());
        match self.fault {
            EventFault::UnknownZone(_) => pick(
                "TZID=Europe/Berlin ; am besten die Zeitzone im Kalenderprogramm wählen und neu speichern",
                "TZID=Europe/Berlin ; best choose the zone in the calendar program and save anew",
            ),
            EventFault::BadRule(_) => pick(
                "den Termin täglich, wöchentlich, monatlich oder jährlich wiederholen",
                "repeat the event daily, weekly, monthly or yearly",
            ),
            EventFault::NoEnd | EventFault::EndsEarly => pick(
                "ein Ende eintragen; so schaltet der Termin nichts ein",
                "give it an end; like this the event switches nothing on",
            ),
            _ => None,
        }
    }
}

impl EventFault {
    fn german(&self) -> String {
        match self {
            Self::UnknownZone(name) => {
                format!("die Zeitzone {} ist unbekannt", quoted(Language::De, name))
            }
            Self::BadValue(text) => {
                format!("{} ist keine Zeitangabe", quoted(Language::De, text))
            }
            Self::BadRule(part) => format!("die Wiederholung {part} versteht Hauswart nicht"),
            Self::NoStart => "der Termin hat keinen Anfang".to_owned(),
            Self::NoEnd => "der Termin hat kein Ende".to_owned(),
            Self::EndsEarly => "der Termin endet, bevor er beginnt".to_owned(),
            Self::TooMany => "der Termin wiederholt sich zu oft".to_owned(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::UnknownZone(name) => {
                format!("the time zone {} is not known", quoted(Language::En, name))
            }
            Self::BadValue(text) => format!("{} is no date or time", quoted(Language::En, text)),
            Self::BadRule(part) => {
                format!("Hauswart does not understand the recurrence {part}")
            }
            Self::NoStart => "the event has no start".to_owned(),
            Self::NoEnd => "the event has no end".to_owned(),
            Self::EndsEarly => "the event ends before it begins".to_owned(),
            Self::TooMany => "the event recurs too often".to_owned(),
        }
    }
}

/// What is wrong with a file that rules name, as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFault {
    /// The path that was tried.
    Missing(String),
    Unreadable {
        path: String,
        reason: String,
    },
    NotUtf8(String),
    NotACalendar(String),
    /// It ends in the middle.
    Truncated(String),
    NoEvents(String),
    /// A calendar, or the bookings of a schedule, and its last day.
    Ends {
        what: String,
        last: Date,
        over: bool,
    },
}

impl Fault for FileFault {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "file-missing",
            Self::Unreadable { .. } => "file-unreadable",
            Self::NotUtf8(_) => "encoding",
            Self::NotACalendar(_) => "not-icalendar",
            Self::Truncated(_) => "truncated",
            Self::NoEvents(_) => "no-events",
            Self::Ends { .. } => "calendar-ends",
        }
    }

    fn reason(&self, language: Language) -> String {
        let date = |date: &Date| date.strftime("%d.%m.%Y").to_string();
        match (self, language) {
            (Self::Missing(path), Language::De) => format!("die Datei {path} gibt es nicht"),
            (Self::Missing(path), Language::En) => format!("there is no file {path}"),
            (Self::Unreadable { path, reason }, Language::De) => {
                format!("die Datei {path} lässt sich nicht lesen: {reason}")
            }
            (Self::Unreadable { path, reason }, Language::En) => {
                format!("the file {path} cannot be read: {reason}")
            }
            (Self::NotUtf8(path), Language::De) => {
                format!("die Datei {path} ist nicht in UTF-8 gespeichert")
            }
            (Self::NotUtf8(path), Language::En) => format!("the file {path} is not saved as UTF-8"),
            (Self::NotACalendar(path), Language::De) => {
                format!("{path} ist keine Kalenderdatei (iCalendar)")
            }
            (Self::NotACalendar(path), Language::En) => {
                format!("{path} is no calendar file (iCalendar)")
            }
            (Self::Truncated(path), Language::De) => {
                format!("die Kalenderdatei {path} hört mittendrin auf")
            }
            (Self::Truncated(path), Language::En) => {
                format!("the calendar file {path} ends in the middle")
            }
            (Self::NoEvents(path), Language::De) => format!("in {path} steht kein einziger Termin"),
            (Self::NoEvents(path), Language::En) => format!("there is not one event in {path}"),
            (Self::Ends { what, last, over: false }, Language::De) => {
                format!("{what} reicht nur noch bis zum {}", date(last))
            }
            (Self::Ends { what, last, over: false }, Language::En) => {
                format!("{what} only reaches to {}", date(last))
            }
            (Self::Ends { what, last, over: true }, Language::De) => {
                format!("{what} ist am {} zu Ende gegangen", date(last))
            }
            (Self::Ends { what, last, over: true }, Language::En) => {
                format!("{what} came to its end on {}", date(last))
            }
        }
    }

    fn help(&self, language: Language) -> Option<String> {
        let pick = |german: &str, english: &str| Some(language.pick(german, english).to_owned());
        match self {
            Self::Missing(_) => pick(
                "der Ort zählt vom Ordner der Regeldatei aus",
                "its place counts from the folder of the rule file",
            ),
            Self::NotUtf8(_) => pick(
                "als UTF-8 speichern oder aus dem Kalenderprogramm neu ausgeben",
                "save it as UTF-8, or export it anew from the calendar program",
            ),
            Self::NotACalendar(_) => pick(
                "eine .ics-Datei beginnt mit BEGIN:VCALENDAR",
                "an .ics file begins with BEGIN:VCALENDAR",
            ),
            Self::Truncated(_) => {
                pick("noch einmal ausgeben oder kopieren", "export or copy it once more")
            }
            Self::Ends { .. } => pick("die nächsten Tage eintragen", "enter the next days"),
            _ => None,
        }
    }
}
