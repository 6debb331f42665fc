//! Moments as people type them: `17:30`, `So 18:00`, `17.03.2026 19:00`. Read
//! without a clock; when that is next, is asked with the present moment and
//! the site's time zone. Clock changes as in schedules.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::diagnostic::Language;
use super::schedule::{End, instant};

/// As they are written, Monday first.
pub const WEEKDAYS: [[&str; 2]; 7] = [
    ["Mo", "Mon"],
    ["Di", "Tue"],
    ["Mi", "Wed"],
    ["Do", "Thu"],
    ["Fr", "Fri"],
    ["Sa", "Sat"],
    ["So", "Sun"],
];

/// A time of some day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    day: Day,
    /// After midnight, 0–1440.
    minutes: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    /// The first on which the time is still to come.
    Any,
    Weekday(Weekday),
    /// Day and month; of the first year in which it is still to come.
    Yearless(i8, i8),
    Date(Date),
}

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAMoment {
    /// Neither a time nor a day and a time.
    Form,
    /// `25:00`
    NoSuchTime,
    /// `31.02.2026`
    NoSuchDate,
}

impl NotAMoment {
    /// The sentence for people, with the way out.
    #[must_use]
    pub fn words(self, language: Language) -> String {
        let (german, english) = match self {
            Self::Form => (
                "hier gehört ein Zeitpunkt hin: \"17:30\", \"So 18:00\" oder \"17.03.2026 19:00\"",
                "a moment belongs here: \"17:30\", \"Sun 18:00\" or \"17.03.2026 19:00\"",
            ),
            Self::NoSuchTime => ("diese Uhrzeit gibt es nicht", "there is no such time"),
            Self::NoSuchDate => ("diesen Tag gibt es nicht", "there is no such date"),
        };
        language.pick(german, english).to_owned()
    }
}

/// Reads a moment.
///
/// # Errors
/// [`NotAMoment`].
pub fn parse_moment(text: &str) -> Result<Moment, NotAMoment> {
    let mut words = text.split_whitespace().rev();
    let minutes = time(words.next().unwrap_or_default())?;
    let day = words.next().map_or(Ok(Day::Any), day)?;
    if words.next().is_some() {
        return Err(NotAMoment::Form);
    }
    Ok(Moment { day, minutes })
}

fn time(text: &str) -> Result<u16, NotAMoment> {
    let (hours, minutes) = text.split_once(':').ok_or(NotAMoment::Form)?;
    let (hours, minutes): (u16, u16) = match minutes.len() {
        2 => (number(hours, 2)?, number(minutes, 2)?),
        _ => return Err(NotAMoment::Form),
    };
    match hours * 60 + minutes {
        all @ 0..=1440 if minutes < 60 => Ok(all),
        _ => Err(NotAMoment::NoSuchTime),
    }
}

fn day(text: &str) -> Result<Day, NotAMoment> {
    if let Some(place) = WEEKDAYS.iter().position(|names| names.contains(&text)) {
        let weekday =
            i8::try_from(place).ok().and_then(|n| Weekday::from_monday_zero_offset(n).ok());
        return weekday.map(Day::Weekday).ok_or(NotAMoment::Form);
    }
    let mut parts = text.split('.');
    let (Some(day), Some(month), Some(year), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(NotAMoment::Form);
    };
    let (day, month): (i8, i8) = (number(day, 2)?, number(month, 2)?);
    if year.is_empty() {
        // 2000 has a 29 February.
        return Date::new(2000, month, day)
            .map(|_| Day::Yearless(day, month))
            .map_err(|_| NotAMoment::NoSuchDate);
    }
    if year.len() != 4 {
        return Err(NotAMoment::Form);
    }
    Date::new(number(year, 4)?, month, day).map(Day::Date).map_err(|_| NotAMoment::NoSuchDate)
}

fn number<T: std::str::FromStr>(text: &str, digits: usize) -> Result<T, NotAMoment> {
    if text.is_empty() || text.len() > digits || !text.bytes().all(|c| c.is_ascii_digit()) {
        return Err(NotAMoment::Form);
    }
    text.parse().map_err(|_| NotAMoment::Form)
}

/// A moment as ISO 8601 has it: with an offset or `Z` that one counts, without one
/// it is local time of `zone`. `None`: it is none, or both a zone and no offset are
/// written. (As a local time alone jiff would read over an offset.)
#[must_use]
pub fn iso(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    // Behind the date's own hyphens.
    let says_offset = || text.chars().skip(8).any(|it| matches!(it, '+' | '-' | '\u{2212}' | '['));
    let local = || {
        let local = text.parse::<DateTime>().ok().filter(|_| !says_offset())?;
        zone.to_timestamp(local).ok()
    };
    text.parse::<Timestamp>().ok().or_else(local)
}

impl Moment {
    /// When it next begins something after `after`; a date with its year is
    /// what it is, be it past.
    #[must_use]
    pub fn start_after(self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.next(after, zone, End::Start)
    }

    /// When it next ends something after `after`: of a time that the autumn
    /// change doubles the second.
    #[must_use]
    pub fn end_after(self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.next(after, zone, End::Stop)
    }

    fn next(self, after: Timestamp, zone: &TimeZone, end: End) -> Option<Timestamp> {
        let today = zone.to_datetime(after).date();
        let moment = |date: Date| {
            let minutes = Span::new().minutes(i64::from(self.minutes));
            let civil = date.to_datetime(Time::midnight()).checked_add(minutes).ok()?;
            instant(civil, zone, end)
        };
        let mut days = (0..=7).filter_map(|ahead| today.checked_add(Span::new().days(ahead)).ok());
        let to_come = |date: Date| moment(date).filter(|moment| *moment > after);
        match self.day {
            Day::Any => days.find_map(to_come),
            Day::Weekday(weekday) => {
                days.filter(|date| date.weekday() == weekday).find_map(to_come)
            }
            Day::Yearless(day, month) => (0..=8)
                .filter_map(|ahead| Date::new(today.year().checked_add(ahead)?, month, day).ok())
                .find_map(to_come),
            Day::Date(date) => moment(date),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn next(text: &str, after: &str) -> String {
        let moment = parse_moment(text).unwrap();
        moment.start_after(at(after), &berlin()).unwrap().to_string()
    }

    // 12 January 2026 is a Monday; Berlin is one hour ahead of UTC.
    const MONDAY_NOON: &str = "2026-01-12T11:00:00Z";

    #[test]
    fn a_time_is_today_or_else_tomorrow() {
        assert_eq!(next("17:30", MONDAY_NOON), "2026-01-12T16:30:00Z");
        assert_eq!(next("8:05", MONDAY_NOON), "2026-01-13T07:05:00Z");
        assert_eq!(next("12:00", MONDAY_NOON), "2026-01-13T11:00:00Z");
        assert_eq!(next("24:00", MONDAY_NOON), "2026-01-12T23:00:00Z");
    }

    #[test]
    fn a_weekday_is_today_while_its_time_is_to_come() {
        assert_eq!(next("So 18:00", MONDAY_NOON), "2026-01-18T17:00:00Z");
        assert_eq!(next("Sun 18:00", MONDAY_NOON), "2026-01-18T17:00:00Z");
        assert_eq!(next("Mo 12:01", MONDAY_NOON), "2026-01-12T11:01:00Z");
        assert_eq!(next("Mo 11:00", MONDAY_NOON), "2026-01-19T10:00:00Z");
    }

    #[test]
    fn a_date_is_that_date_and_without_a_year_the_next() {
        assert_eq!(next("17.03.2026 19:00", MONDAY_NOON), "2026-03-17T18:00:00Z");
        assert_eq!(next("17.03.2025 19:00", MONDAY_NOON), "2025-03-17T18:00:00Z");
        assert_eq!(next("01.01. 00:00", MONDAY_NOON), "2026-12-31T23:00:00Z");
        assert_eq!(next("29.02. 12:00", MONDAY_NOON), "2028-02-29T11:00:00Z");
    }

    #[test]
    fn a_skipped_time_is_the_end_of_the_gap_and_a_doubled_one_lasts_to_its_second_end() {
        assert_eq!(next("29.03.2026 02:30", MONDAY_NOON), "2026-03-29T01:00:00Z");
        assert_eq!(next("25.10.2026 02:30", MONDAY_NOON), "2026-10-25T00:30:00Z");
        let end =
            parse_moment("So 02:30").unwrap().end_after(at("2026-10-24T11:00:00Z"), &berlin());
        assert_eq!(end.unwrap().to_string(), "2026-10-25T01:30:00Z");
    }

    #[test]
    fn an_offset_that_is_written_counts() {
        for (text, moment) in [
            ("2026-01-12T05:00:00+00:00", "2026-01-12T05:00:00Z"),
            ("2026-01-12 05:00-05:00", "2026-01-12T10:00:00Z"),
            ("2026-01-12T05:00Z", "2026-01-12T05:00:00Z"),
            ("2026-01-12T05:00+01:00[Europe/Berlin]", "2026-01-12T04:00:00Z"),
            ("2026-01-12 05:00", "2026-01-12T04:00:00Z"),
            ("2026-07-12T05:00:30", "2026-07-12T03:00:30Z"),
            ("2026-01-12", "2026-01-11T23:00:00Z"),
        ] {
            assert_eq!(iso(text, &berlin()), Some(at(moment)), "{text}");
        }
        for text in ["2026-01-12T05:00[America/New_York]", "2026-01-12+02:00", "12.01.2026", ""] {
            assert_eq!(iso(text, &berlin()), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_told() {
        for (text, fault) in [
            ("", NotAMoment::Form),
            ("soon", NotAMoment::Form),
            ("17", NotAMoment::Form),
            ("17:3", NotAMoment::Form),
            ("Sonntag 18:00", NotAMoment::Form),
            ("So 18:00 Uhr", NotAMoment::Form),
            ("17.03.26 19:00", NotAMoment::Form),
            ("-1:30", NotAMoment::Form),
            ("24:01", NotAMoment::NoSuchTime),
            ("12:60", NotAMoment::NoSuchTime),
            ("31.02.2026 12:00", NotAMoment::NoSuchDate),
            ("30.02. 12:00", NotAMoment::NoSuchDate),
        ] {
            assert_eq!(parse_moment(text), Err(fault), "{text}");
        }
    }
}
