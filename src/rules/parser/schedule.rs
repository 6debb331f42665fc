//! `schedule NAME` and its lines: days, then times.

use jiff::civil::Date;

use super::{Parsed, Parser, Skip};
use crate::model::moment::WEEKDAYS;
use crate::model::schedule::{DaySpan, Days};
use crate::rules::ast::{DaysEntry, LineEntry, Name, ScheduleEntry};
use crate::rules::fault::{LexicalFault, SyntaxFault, Wanted};
use crate::rules::lexer::TokenKind;
use crate::rules::trace::Role;

/// What people write in full: `Montag`, `Mondays`.
const IN_FULL: [(&str, &str); 14] = [
    ("montag", "Mo"),
    ("dienstag", "Di"),
    ("mittwoch", "Mi"),
    ("donnerstag", "Do"),
    ("freitag", "Fr"),
    ("samstag", "Sa"),
    ("sonntag", "So"),
    ("monday", "Mon"),
    ("tuesday", "Tue"),
    ("wednesday", "Wed"),
    ("thursday", "Thu"),
    ("friday", "Fri"),
    ("saturday", "Sat"),
    ("sunday", "Sun"),
];

/// What people call several days; a calendar may have such a name, too.
const DAYS_IN_WORDS: [(&str, &str); 13] = [
    ("su", "Sun"),
    ("täglich", "daily"),
    ("immer", "daily"),
    ("everyday", "daily"),
    ("werktag", "Mo-Fr"),
    ("werktags", "Mo-Fr"),
    ("wochentags", "Mo-Fr"),
    ("werktage", "Mo-Fr"),
    ("wochentag", "Mo-Fr"),
    ("wochentage", "Mo-Fr"),
    ("weekday", "Mon-Fri"),
    ("wochenende", "Sa-So"),
    ("weekend", "Sat-Sun"),
];

/// A line of a schedule.
enum Line {
    Times(LineEntry),
    File(Name),
}

enum Day {
    Weekday(u8),
    Date(Date),
    Yearless(i8, i8),
}

impl Parser<'_> {
    pub(super) fn schedule(&mut self) -> Option<ScheduleEntry> {
        let name = self.definition()?;
        let mut entry = ScheduleEntry { name, lines: Vec::new(), files: Vec::new(), broken: false };
        while self.schedule_goes_on() {
            let start = self.at;
            match self.line() {
                Ok(Line::Times(line)) => entry.lines.push(line),
                Ok(Line::File(name)) => entry.files.push(name),
                Err(Skip) => {
                    entry.broken = true;
                    self.skip_to_line(start);
                }
            }
        }
        Some(entry)
    }

    fn schedule_goes_on(&self) -> bool {
        // For editors: it may stand here beside days.
        self.at_phrase("also file");
        self.entry_goes_on(Wanted::Days)
    }

    fn line(&mut self) -> Parsed<Line> {
        let start = self.place().start;
        if self.at_phrase("also file") {
            self.advance();
            self.advance();
            return self.quoted().map(Line::File);
        }
        if self.at_word("file") {
            return self.file_alone();
        }
        let mut days = vec![self.days()?];
        while self.take_sign(",") {
            days.push(self.days()?);
        }
        let also = self.take_word("also");
        let times = self.times(also)?;
        Ok(Line::Times(LineEntry { days, also, times, place: start..self.end() }))
    }

    /// `file` where only `also file` on a line of its own has a meaning.
    fn file_alone<T>(&mut self) -> Parsed<T> {
        let place = self.place();
        self.advance();
        let name = self.quoted()?;
        let help = format!("also file \"{}\"", name.text);
        self.report(place.start..name.place.end, SyntaxFault::FileLine { help });
        Err(Skip)
    }

    pub(super) fn days(&mut self) -> Parsed<DaysEntry> {
        if self.take_word("daily") {
            return Ok(DaysEntry::Known(Days::DAILY));
        }
        let place = self.place();
        let can_begin = matches!(
            self.token().kind,
            TokenKind::Word | TokenKind::Date(_) | TokenKind::YearlessDate(..)
        );
        if self.token().first && !can_begin && !self.behind_sign(",") {
            // Not what is missing on the line before, but what is wrong here.
            let found = self.written(self.token()).to_owned();
            let help = self.meant_as_day();
            let fault = SyntaxFault::Expected { wanted: Wanted::Days, found, help };
            self.report(place, fault);
            return Err(Skip);
        }
        let Some(first) = self.day()? else {
            let name = Name { text: self.word().to_owned(), place };
            self.trace.name(&name.place, Role::Reference);
            self.advance();
            return Ok(DaysEntry::Named(name));
        };
        if !self.take_sign("-") {
            return Ok(DaysEntry::Known(range(&first, &first).unwrap_or(Days::DAILY)));
        }
        let last_place = self.place();
        let Some(last) = self.day()? else {
            self.unknown_day();
            return Err(Skip);
        };
        let whole = place.start..last_place.end;
        match range(&first, &last) {
            Some(Days::Dates { first, last }) if last < first => {
                let help = format!("{}-{}", written(last), written(first));
                self.report(whole, SyntaxFault::DateOrder(help));
                Ok(DaysEntry::Known(Days::Dates { first: last, last: first }))
            }
            Some(days) => Ok(DaysEntry::Known(days)),
            None => {
                let found = self.text[last_place.clone()].to_owned();
                let fault = SyntaxFault::Expected { wanted: Wanted::Days, found, help: None };
                self.report(last_place, fault);
                Err(Skip)
            }
        }
    }

    /// A weekday or date; `None` for a name that could be a calendar's.
    fn day(&mut self) -> Parsed<Option<Day>> {
        let day = match self.token().kind {
            TokenKind::Date(date) => Day::Date(date),
            TokenKind::YearlessDate(month, day) => Day::Yearless(month, day),
            TokenKind::Word if !crate::rules::keyword::reserved(self.word()) => {
                let word = self.word();
                match WEEKDAYS.iter().position(|names| names.contains(&word)) {
                    Some(index) => Day::Weekday(u8::try_from(index).unwrap_or(0)),
                    // `Frei` may be a calendar; `Frei-So` is not.
                    None if spelt_otherwise(word).is_some()
                        || self.ranges_ahead() && near_day(word).is_some() =>
                    {
                        self.unknown_day();
                        return Err(Skip);
                    }
                    None => return Ok(None),
                }
            }
            _ => return self.expected_with(Wanted::Days, self.meant_as_day()),
        };
        self.advance();
        Ok(Some(day))
    }

    /// `24.12`, a day of every year without its last point.
    fn meant_as_day(&self) -> Option<String> {
        let text = self.written(self.token());
        let (day, month) = text.split_once('.')?;
        let within = |part: &str, most: u8| part.parse().is_ok_and(|n: u8| (1..=most).contains(&n));
        (within(day, 31) && within(month, 12)).then(|| format!("{text}."))
    }

    fn ranges_ahead(&self) -> bool {
        matches!(self.ahead(1).kind, TokenKind::Sign("-"))
    }

    fn unknown_day(&mut self) {
        let found = self.word().to_owned();
        let near = near_day(&found).map(str::to_owned);
        self.report(self.place(), SyntaxFault::UnknownDay { found, near });
    }

    fn times(&mut self, also: bool) -> Parsed<Vec<DaySpan>> {
        let place = self.place();
        match self.one_of(&["off", "all", "file"]).unwrap_or_default() {
            "off" => {
                self.advance();
                if also {
                    self.report(place, SyntaxFault::AlsoOff);
                }
                return Ok(Vec::new());
            }
            "all" => {
                self.advance();
                self.expect_word("day")?;
                return Ok(vec![DaySpan::ALL_DAY]);
            }
            "file" => return self.file_alone(),
            _ if self.at_word("on") => {
                return self.expected_with(Wanted::Times, Some("all day".to_owned()));
            }
            _ => {}
        }
        let mut times = vec![self.span()?];
        while self.take_sign(",") {
            times.push(self.span()?);
        }
        Ok(times)
    }

    /// `07:00-17:30`
    fn span(&mut self) -> Parsed<DaySpan> {
        let start = self.place();
        let from = self.time(Wanted::Times)?;
        if !self.take_sign("-") {
            return self
                .expected_with(Wanted::Word("-"), Some(format!("{}-17:30", &self.text[start])));
        }
        let to = self.time(Wanted::Time)?;
        let place = start.start..self.end();
        if from == 24 * 60 {
            self.report(start, LexicalFault::NoSuchTime("24:00".to_owned()));
        } else if from == to && !self.reported_in(&place) {
            self.report(place, SyntaxFault::EmptyDay);
        }
        Ok(DaySpan { from: from % (24 * 60), to })
    }

    pub(super) fn time(&mut self, wanted: Wanted) -> Parsed<u16> {
        let place = self.place();
        match self.token().kind {
            TokenKind::Time(minutes) => {
                self.advance();
                Ok(minutes)
            }
            // `7` and `07.30`
            TokenKind::Number { shown, .. } => {
                let (hour, minute) = (shown.trunc(), (shown.fract() * 100.0).round());
                let written = |hour: f64, minute: f64| {
                    let fits = (0.0..=24.0).contains(&hour) && minute < 60.0;
                    fits.then(|| format!("{hour:02.0}:{minute:02.0}"))
                };
                let first = written(hour, minute);
                let last = match (&self.ahead(1).kind, &self.ahead(2).kind) {
                    (TokenKind::Sign("-"), TokenKind::Number { shown, .. }) => {
                        written(shown.trunc(), (shown.fract() * 100.0).round())
                    }
                    _ => None,
                };
                let last = last.map_or_else(String::new, |last| format!("-{last}"));
                self.expected_with(wanted, first.map(|first| first + &last))
            }
            TokenKind::YearlessDate(..) => {
                let help = self.text[place].trim_end_matches('.').replace('.', ":");
                self.expected_with(wanted, Some(help))
            }
            _ => self.expected(wanted),
        }
    }
}

/// A weekday in full or in other letters: `Montag`, `MO`.
fn spelt_otherwise(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let full = IN_FULL
        .iter()
        .find(|(full, _)| {
            lower.strip_prefix(full).is_some_and(|rest| rest.is_empty() || rest == "s")
        })
        .map(|(_, short)| *short);
    let case = || {
        WEEKDAYS
            .iter()
            .flatten()
            .chain(&["daily"])
            .find(|name| name.to_lowercase() == lower)
            .copied()
    };
    full.or_else(case)
}

/// The weekday that was most likely meant.
pub(in crate::rules) fn near_day(word: &str) -> Option<&'static str> {
    // `Mon` is Monday; `Doo` and `Mit` are one letter too long.
    let lower = word.to_lowercase();
    let long = || {
        let begins = |name: &&&str| lower.starts_with(&name.to_lowercase());
        (word.chars().count() <= 4).then(|| WEEKDAYS.iter().flatten().find(begins).copied())?
    };
    let in_words = || DAYS_IN_WORDS.iter().find(|(word, _)| *word == lower).map(|(_, days)| *days);
    spelt_otherwise(word).or_else(in_words).or_else(long)
}

/// The days from `first` to `last`; `None` if they are of two kinds.
fn range(first: &Day, last: &Day) -> Option<Days> {
    match (first, last) {
        (Day::Weekday(first), Day::Weekday(last)) => {
            let length = (last + 7 - first) % 7;
            let mask = (0..=length).fold(0, |mask, day| mask | 1 << ((first + day) % 7));
            Some(Days::Weekdays(mask))
        }
        (Day::Date(first), Day::Date(last)) => Some(Days::Dates { first: *first, last: *last }),
        (Day::Yearless(month, day), Day::Yearless(last_month, last_day)) => {
            Some(Days::Yearly { first: (*month, *day), last: (*last_month, *last_day) })
        }
        _ => None,
    }
}

fn written(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}
