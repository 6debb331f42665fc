//! The period of a report, as people write it: `2026`, `2026-01`, or
//! `2025-10-01..2026-04-30`; and the same one of earlier years beside it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::history::Span;
use crate::model::Language;
use crate::report::period::day;

/// Days, first and last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub first: Date,
    pub last: Date,
}

/// What is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words(Language::En))]
pub struct NoPeriod {
    text: String,
}

impl NoPeriod {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let text = &self.text;
        language.pick(
            format!("„{text}“ ist kein Zeitraum; so wird er geschrieben: 2026 (ein Jahr), 2026-01 (ein Monat) oder 2025-10-01..2026-04-30"),
            format!("\"{text}\" is no period; it is written 2026 (a year), 2026-01 (a month) or 2025-10-01..2026-04-30"),
        )
    }
}

impl Period {
    /// Reads one.
    ///
    /// # Errors
    /// [`NoPeriod`]: another form, a day that there is not, the end before the
    /// beginning, more than ten years.
    pub fn parse(text: &str) -> Result<Self, NoPeriod> {
        let trimmed = text.trim();
        let period = match trimmed.split_once("..") {
            Some((first, last)) => days(first)
                .zip(days(last))
                .map(|(first, last)| Self { first: first.first, last: last.last }),
            None => days(trimmed),
        };
        let sound = |it: &Self| it.first <= it.last && it.days() <= 3660 && it.first.year() >= 1900;
        period.filter(sound).ok_or_else(|| NoPeriod { text: trimmed.to_owned() })
    }

    #[must_use]
    pub fn year(year: i16) -> Option<Self> {
        let first = Date::new(year, 1, 1).ok()?;
        Some(Self { first, last: first.last_of_year() })
    }

    /// The days of it.
    #[must_use]
    pub fn days(&self) -> u32 {
        let days = self.last.since(self.first).map_or(0, |span| span.get_days()) + 1;
        u32::try_from(days).unwrap_or(0)
    }

    /// Twelve whole months: what a usual year can be set against.
    #[must_use]
    pub fn is_a_year(&self) -> bool {
        let next = self.last.tomorrow().unwrap_or(self.last);
        let later = self.first.checked_add(1.year()).unwrap_or(self.first);
        next == later && self.first.day() == 1
    }

    #[must_use]
    pub fn is_a_calendar_year(&self) -> bool {
        self.first == self.first.first_of_year() && self.last == self.first.last_of_year()
    }

    /// The same days so many years before; the end of February stays it.
    #[must_use]
    pub fn before(&self, years: i16) -> Self {
        let back = |date: Date| date.checked_sub(i32::from(years).years()).unwrap_or(date);
        let last = match self.last == self.last.last_of_month() {
            true => back(self.last.first_of_month()).last_of_month(),
            false => back(self.last),
        };
        Self { first: back(self.first), last }
    }

    #[must_use]
    pub fn span(&self, zone: &TimeZone) -> Span {
        let next = self.last.tomorrow().unwrap_or(self.last);
        Span { from_ms: day(self.first, zone).from_ms, until_ms: day(next, zone).from_ms }
    }

    /// The part of it that is over at a moment; `None`: none is.
    #[must_use]
    pub fn until(&self, now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let yesterday = zone.to_datetime(now).date().yesterday().ok()?;
        let last = self.last.min(yesterday);
        (last >= self.first).then_some(Self { last, ..*self })
    }

    /// As short as it can be said: `2026`, `2026-01`, `2025-10-01..2026-04-30`.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { first, last } = *self;
        if self.is_a_calendar_year() {
            return format!("{:04}", first.year());
        }
        if first == first.first_of_month() && last == first.last_of_month() {
            return first.strftime("%Y-%m").to_string();
        }
        format!("{first}..{last}")
    }

    /// For headings: `2026`, `Januar 2026`, `1.10.2025 – 30.4.2026`.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let Self { first, last } = *self;
        if self.is_a_calendar_year() {
            return format!("{}", first.year());
        }
        if first == first.first_of_month() && last == first.last_of_month() {
            return format!("{} {}", month(first.month(), language), first.year());
        }
        match language {
            Language::De => {
                format!("{} – {}", first.strftime("%-d.%-m.%Y"), last.strftime("%-d.%-m.%Y"))
            }
            Language::En => format!("{first} – {last}"),
        }
    }
}

/// A year, a month, or a day.
fn days(text: &str) -> Option<Period> {
    let text = text.trim();
    let numbers: Vec<&str> = text.split('-').collect();
    let number = |place: usize, digits: usize| {
        let text = *numbers.get(place)?;
        let sound = text.len() == digits && text.bytes().all(|it| it.is_ascii_digit());
        sound.then(|| text.parse::<i16>().ok()).flatten()
    };
    let small = |place: usize| number(place, 2).and_then(|it| i8::try_from(it).ok());
    let year = number(0, 4)?;
    match numbers.len() {
        1 => Period::year(year),
        2 => {
            let first = Date::new(year, small(1)?, 1).ok()?;
            Some(Period { first, last: first.last_of_month() })
        }
        3 => {
            let day = Date::new(year, small(1)?, small(2)?).ok()?;
            Some(Period { first: day, last: day })
        }
        _ => None,
    }
}

/// A month's name, 1–12.
#[must_use]
pub fn month(number: i8, language: Language) -> &'static str {
    const GERMAN: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    const ENGLISH: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let place = usize::try_from(number - 1).unwrap_or(0).min(11);
    language.pick(GERMAN[place], ENGLISH[place])
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn periods_as_people_write_them() {
        let parse = |text| Period::parse(text).map(|it| (it.text(), it.days()));
        assert_eq!(parse("2026"), Ok(("2026".into(), 365)));
        assert_eq!(parse(" 2024 "), Ok(("2024".into(), 366)));
        assert_eq!(parse("2026-02"), Ok(("2026-02".into(), 28)));
        assert_eq!(parse("2025-10-01..2026-04-30"), Ok(("2025-10-01..2026-04-30".into(), 212)));
        assert_eq!(parse("2025-10..2026-04"), Ok(("2025-10-01..2026-04-30".into(), 212)));
        assert_eq!(parse("2025-01-01..2025-12-31"), Ok(("2025".into(), 365)));
        for wrong in [
            "",
            "26",
            "2026-13",
            "2026-02-30",
            "2026..2025",
            "1000..2026",
            "Januar",
            "2026-1",
            "2026-01-01-01",
            "+202",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_same_of_earlier_years() {
        let february = Period::parse("2025-02").unwrap();
        assert_eq!(february.before(1).text(), "2024-02");
        assert_eq!(february.before(1).days(), 29);
        assert_eq!(Period::parse("2024-02").unwrap().before(1).text(), "2023-02");
        let season = Period::parse("2025-10-01..2026-04-30").unwrap();
        assert_eq!(season.before(2).text(), "2023-10-01..2024-04-30");
        assert!(!season.is_a_year());
        assert!(Period::parse("2025-07..2026-06").unwrap().is_a_year());
        assert!(Period::parse("2023-03..2024-02").unwrap().is_a_year());
    }

    #[test]
    fn what_is_not_over_yet_is_left_out() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let year = Period::parse("2026").unwrap();
        let now = zone.to_timestamp(date(2026, 11, 26).at(0, 30, 0, 0)).unwrap();
        assert_eq!(year.until(now, &zone).unwrap().last, date(2026, 11, 25));
        assert_eq!(year.before(1).until(now, &zone).unwrap(), year.before(1));
        assert_eq!(Period::parse("2027").unwrap().until(now, &zone), None);
        let spring = Period::parse("2026-03").unwrap().span(&zone);
        assert_eq!(spring.length_ms() / 3_600_000, 31 * 24 - 1);
    }
}
