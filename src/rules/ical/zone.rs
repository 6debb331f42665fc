//! Time zones of a calendar file: by their names in the IANA database, by
//! those of Windows, else by the definition that the file brings along, as far
//! as it is a rule of today (`VTIMEZONE`, RFC 5545, clause 3.6.5). The names
//! come from the database within the program, so that nothing is read here.

use std::collections::HashMap;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::line::Line;

/// Windows names of European zones, from windowsZones.xml of the Unicode CLDR.
const WINDOWS: [(&str, &str); 16] = [
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("Romance Standard Time", "Europe/Paris"),
    ("GMT Standard Time", "Europe/London"),
    ("Greenwich Standard Time", "Atlantic/Reykjavik"),
    ("E. Europe Standard Time", "Europe/Chisinau"),
    ("FLE Standard Time", "Europe/Kiev"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("Turkey Standard Time", "Europe/Istanbul"),
    ("Kaliningrad Standard Time", "Europe/Kaliningrad"),
    ("Russian Standard Time", "Europe/Moscow"),
    ("Belarus Standard Time", "Europe/Minsk"),
    ("UTC", "UTC"),
    ("Coordinated Universal Time", "UTC"),
    ("(UTC) Coordinated Universal Time", "UTC"),
];

/// A `STANDARD` or `DAYLIGHT` part of a definition.
#[derive(Debug, Clone, Default)]
struct Observance {
    daylight: bool,
    /// As written; the latest one counts.
    start: String,
    offset_to: String,
    rule: Option<String>,
}

/// A `VTIMEZONE` that is being read.
#[derive(Debug, Default)]
pub(super) struct Definition {
    name: String,
    observances: Vec<Observance>,
}

impl Definition {
    /// Takes a line between its `BEGIN` and `END`.
    pub fn take(&mut self, line: &Line<'_>) {
        let value = || line.value.trim().to_owned();
        if line.name == "BEGIN" {
            let daylight = line.is("BEGIN", "DAYLIGHT");
            return self.observances.push(Observance { daylight, ..Observance::default() });
        }
        match (line.name.as_str(), self.observances.last_mut()) {
            ("TZID", None) => self.name = value(),
            ("DTSTART", Some(last)) => last.start = value(),
            ("TZOFFSETTO", Some(last)) => last.offset_to = value(),
            ("RRULE", Some(last)) => last.rule = Some(value().to_ascii_uppercase()),
            _ => {}
        }
    }

    /// The zone of its latest rules: `None` if they are none that come again
    /// every year on the same weekday.
    fn zone(&self) -> Option<TimeZone> {
        let latest = |daylight| {
            let those = self.observances.iter().filter(|one| one.daylight == daylight);
            those.max_by_key(|one| one.start.as_str())
        };
        let standard = latest(false)?;
        let mut posix = format!("<std>{}", offset(&standard.offset_to)?);
        if let Some(daylight) = latest(true).filter(|one| one.rule.is_some()) {
            let (begins, ends) = (turn(daylight)?, turn(standard)?);
            posix += &format!("<dst>{},{begins},{ends}", offset(&daylight.offset_to)?);
        }
        TimeZone::posix(&posix).ok()
    }
}

/// `+0100` as POSIX writes it: `-01:00:00`.
fn offset(text: &str) -> Option<String> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => ('-', digits),
        ("-", digits) => ('+', digits),
        _ => return None,
    };
    let number = |range| digits.get(range).and_then(|part: &str| part.parse::<u8>().ok());
    let seconds = if digits.len() == 6 { number(4..6)? } else { 0 };
    Some(format!("{sign}{:02}:{:02}:{seconds:02}", number(0..2)?, number(2..4)?))
}

/// The turn of the clock that begins an observance, as POSIX writes it:
/// `M3.5.0/02:00:00`.
fn turn(observance: &Observance) -> Option<String> {
    let rule = observance.rule.as_deref()?;
    let part =
        |name: &str| rule.split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let day = part("BYDAY")?;
    let (nth, name) = day.split_at_checked(day.len().checked_sub(2)?)?;
    let week = match nth {
        "-1" => 5,
        _ => nth.parse::<u8>().ok().filter(|nth| (1..=4).contains(nth))?,
    };
    let weekday = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"].iter().position(|day| *day == name)?;
    let month: u8 = part("BYMONTH")?.parse().ok()?;
    let time = observance.start.split_once('T')?.1;
    let (hour, minute, second) = (time.get(0..2)?, time.get(2..4)?, time.get(4..6)?);
    Some(format!("M{month}.{week}.{weekday}/{hour}:{minute}:{second}"))
}

/// The zones of one file.
#[derive(Debug)]
pub(super) struct Zones {
    /// The site's own, for times without any.
    pub site: TimeZone,
    database: TimeZoneDatabase,
    defined: HashMap<String, Option<TimeZone>>,
}

impl Zones {
    pub fn new(site: TimeZone) -> Self {
        Self { site, database: TimeZoneDatabase::bundled(), defined: HashMap::new() }
    }

    /// Learns a definition that the file brings along.
    pub fn define(&mut self, definition: &Definition) {
        self.defined.insert(definition.name.clone(), definition.zone());
    }

    /// The zone called `name`.
    pub fn find(&mut self, name: &str) -> Option<TimeZone> {
        let name = name.trim();
        let windows = WINDOWS.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours);
        let known = self.named(windows.unwrap_or(name));
        known.or_else(|| self.defined.get(name).cloned().flatten())
    }

    /// By its name in the database; some programs write a path before it:
    /// `/citadel.org/20260101_1/Europe/Berlin`.
    fn named(&self, name: &str) -> Option<TimeZone> {
        let behind = name.match_indices('/').map(|(at, _)| &name[at + 1..]);
        std::iter::once(name).chain(behind).find_map(|name| {
            if self.site.iana_name() == Some(name) {
                return Some(self.site.clone());
            }
            self.database.get(name).ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{DateTime, date};

    use super::*;
    use crate::rules::ical::line::lines;

    /// As Outlook writes it.
    const OUTLOOK: &str = "TZID:Mitteleuropa
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT";

    fn zones(definition: &str) -> Zones {
        let mut read = Definition::default();
        lines(definition).for_each(|line| read.take(&line));
        let mut zones = Zones::new(TimeZone::get("Europe/Berlin").unwrap());
        zones.define(&read);
        zones
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        let mut zones = zones(OUTLOOK);
        for (name, found) in [
            ("Europe/Berlin", Some("Europe/Berlin")),
            ("Europe/Vienna", Some("Europe/Vienna")),
            ("/mozilla.org/20050126_1/Europe/Zurich", Some("Europe/Zurich")),
            ("W. Europe Standard Time", Some("Europe/Berlin")),
            ("Mittelerde", None),
            ("", None),
            ("/", None),
        ] {
            let zone = zones.find(name);
            assert_eq!(zone.as_ref().and_then(TimeZone::iana_name), found, "{name}");
        }
    }

    #[test]
    fn a_definition_turns_the_clock_as_the_database_does() {
        let mut zones = zones(OUTLOOK);
        let defined = zones.find("Mitteleuropa").unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let mut at: DateTime = date(2026, 1, 1).at(0, 30, 0, 0);
        while at.year() < 2030 {
            let instant = |zone: &TimeZone| zone.to_ambiguous_timestamp(at).compatible().unwrap();
            assert_eq!(instant(&defined), instant(&berlin), "{at}");
            at = at.saturating_add(jiff::Span::new().hours(1));
        }
    }

    #[test]
    fn a_definition_without_rules_of_today_is_none() {
        for (from, to) in [
            ("BYDAY=-1SU", "BYDAY=SU"),
            ("BYDAY=-1SU", "BYMONTHDAY=30"),
            ("TZOFFSETTO:+0100", "TZOFFSETTO:x"),
            ("BEGIN:STANDARD", "BEGIN:DAYLIGHT"),
        ] {
            assert!(zones(&OUTLOOK.replace(from, to)).find("Mitteleuropa").is_none(), "{to}");
        }
        let fixed = "TZID:Fest\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETTO:-0330";
        let fixed = zones(fixed).find("Fest").unwrap();
        let noon = date(2026, 7, 1).at(12, 0, 0, 0);
        assert_eq!(fixed.to_timestamp(noon).unwrap().to_string(), "2026-07-01T15:30:00Z");
    }
}
