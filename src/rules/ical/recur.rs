//! Recurrence rules of RFC 5545, clause 3.3.10, on civil time: which days and
//! times a series falls on. The zone is put to them later, so that an evening
//! stays an evening over a clock change. Not supported, and said so: rules by
//! the hour, minute or second, and other calendars than ours.
//!
//! A period (year, month, week, day) is gone through day by day; each part of
//! the rule lets a day through or does not.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{SignedDuration, Span, ToSpan};

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    frequency: Frequency,
    interval: i32,
    count: Option<usize>,
    /// As written.
    pub until: Option<String>,
    months: Vec<i16>,
    /// Negative: from the end of the month.
    month_days: Vec<i16>,
    year_days: Vec<i16>,
    weeks: Vec<i16>,
    /// With the how-manieth it is; 0 is each.
    weekdays: Vec<(i16, Weekday)>,
    hours: Vec<i16>,
    minutes: Vec<i16>,
    seconds: Vec<i16>,
    positions: Vec<i16>,
    week_start: Weekday,
}

/// The part of a rule that cannot be read or is not supported.
pub(super) type BadPart = String;

impl Rule {
    /// Reads `FREQ=WEEKLY;BYDAY=MO,WE`.
    pub fn read(text: &str) -> Result<Self, BadPart> {
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            month_days: Vec::new(),
            year_days: Vec::new(),
            weeks: Vec::new(),
            weekdays: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        };
        let mut has_frequency = false;
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(part)?;
            has_frequency |= name.eq_ignore_ascii_case("FREQ");
            rule.part(&name.to_ascii_uppercase(), value.trim()).ok_or(part)?;
        }
        if has_frequency { Ok(rule) } else { Err(text.to_owned()) }
    }

    fn part(&mut self, name: &str, value: &str) -> Option<()> {
        let upper = value.to_ascii_uppercase();
        match name {
            "FREQ" => {
                self.frequency = match upper.as_str() {
                    "YEARLY" => Frequency::Yearly,
                    "MONTHLY" => Frequency::Monthly,
                    "WEEKLY" => Frequency::Weekly,
                    "DAILY" => Frequency::Daily,
                    _ => return None,
                }
            }
            "INTERVAL" => self.interval = value.parse().ok().filter(|interval| *interval > 0)?,
            "COUNT" => self.count = Some(value.parse().ok().filter(|count| *count > 0)?),
            "UNTIL" => self.until = Some(value.to_owned()),
            "BYMONTH" => self.months = numbers(value, 1, 12)?,
            "BYMONTHDAY" => self.month_days = counted(value, 31)?,
            "BYYEARDAY" => self.year_days = counted(value, 366)?,
            "BYWEEKNO" => self.weeks = counted(value, 53)?,
            "BYDAY" => self.weekdays = upper.split(',').map(weekday).collect::<Option<_>>()?,
            "BYHOUR" => self.hours = numbers(value, 0, 23)?,
            "BYMINUTE" => self.minutes = numbers(value, 0, 59)?,
            "BYSECOND" => self.seconds = numbers(value, 0, 59)?,
            "BYSETPOS" => self.positions = counted(value, 366)?,
            "WKST" => self.week_start = weekday(&upper).filter(|(nth, _)| *nth == 0)?.1,
            "RSCALE" if upper == "GREGORIAN" => {}
            _ if name.starts_with("X-") => {}
            _ => return None,
        }
        Some(())
    }

    /// Whether nothing ends it.
    pub const fn is_endless(&self) -> bool {
        self.count.is_none() && self.until.is_none()
    }

    /// When the series that begins at `start` takes place, in order, as long
    /// as `goes_on` and not after `horizon`; no more than `most`.
    pub fn occurrences(
        &self,
        start: DateTime,
        horizon: DateTime,
        most: usize,
        mut goes_on: impl FnMut(DateTime) -> bool,
    ) -> Vec<DateTime> {
        let rule = self.completed(start);
        let times = rule.times(start.time());
        let mut found = Vec::new();
        for turn in 0.. {
            let Some((first, last)) = rule.period(start.date(), turn) else { return found };
            if first > horizon.date() {
                return found;
            }
            for occurrence in rule.of_period(first, last, &times) {
                if occurrence < start {
                    continue;
                }
                let full = found.len() >= rule.count.map_or(most, |count| count.min(most));
                if full || occurrence > horizon || !goes_on(occurrence) {
                    return found;
                }
                found.push(occurrence);
            }
        }
        found
    }

    /// With what the rule leaves to the start.
    fn completed(&self, start: DateTime) -> Self {
        let mut rule = self.clone();
        let no_day =
            rule.month_days.is_empty() && rule.year_days.is_empty() && rule.weekdays.is_empty();
        match rule.frequency {
            _ if !no_day => {}
            Frequency::Yearly if !rule.weeks.is_empty() => {
                rule.weekdays.push((0, start.weekday()));
            }
            Frequency::Yearly => {
                if rule.months.is_empty() {
                    rule.months.push(start.month().into());
                }
                rule.month_days.push(start.day().into());
            }
            Frequency::Monthly => rule.month_days.push(start.day().into()),
            Frequency::Weekly => rule.weekdays.push((0, start.weekday())),
            Frequency::Daily => {}
        }
        rule
    }

    /// The times of a day on which the series takes place, in order.
    fn times(&self, start: Time) -> Vec<Time> {
        let or = |given: &[i16], own: i8| {
            if given.is_empty() { vec![i16::from(own)] } else { given.to_vec() }
        };
        let mut times = Vec::new();
        for hour in or(&self.hours, start.hour()) {
            for minute in or(&self.minutes, start.minute()) {
                for second in or(&self.seconds, start.second()) {
                    let seconds =
                        i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
                    times.push(Time::midnight().saturating_add(SignedDuration::from_secs(seconds)));
                }
            }
        }
        times.sort_unstable();
        times.dedup();
        times
    }

    /// First and last day of the period number `turn`, counted from the one
    /// with `start` in it; `None` after the last year there is.
    fn period(&self, start: Date, turn: i32) -> Option<(Date, Date)> {
        let steps = i64::from(turn) * i64::from(self.interval);
        match self.frequency {
            Frequency::Yearly => {
                let first = Date::new(start.year(), 1, 1).ok()?.checked_add(years(steps)?).ok()?;
                Some((first, first.last_of_year()))
            }
            Frequency::Monthly => {
                let first = start.first_of_month().checked_add(months(steps)?).ok()?;
                Some((first, first.last_of_month()))
            }
            Frequency::Weekly => {
                let back = self.week_start.until(start.weekday());
                let week = start.checked_sub(i64::from(back).days()).ok()?;
                let first = week.checked_add(days(steps.checked_mul(7)?)?).ok()?;
                Some((first, first.saturating_add(6.days())))
            }
            Frequency::Daily => {
                let day = start.checked_add(days(steps)?).ok()?;
                Some((day, day))
            }
        }
    }

    fn of_period(&self, first: Date, last: Date, times: &[Time]) -> Vec<DateTime> {
        let mut found = Vec::new();
        let mut date = first;
        loop {
            if self.lets_through(date) {
                found.extend(times.iter().map(|time| date.to_datetime(*time)));
            }
            match date.tomorrow() {
                Ok(next) if next <= last => date = next,
                _ => break,
            }
        }
        if self.positions.is_empty() {
            return found;
        }
        let size = i16::try_from(found.len()).unwrap_or(i16::MAX);
        let chosen = |index: usize| {
            let position = i16::try_from(index).map_or(i16::MAX, |index| index.saturating_add(1));
            among(&self.positions, position, size)
        };
        found
            .into_iter()
            .enumerate()
            .filter(|(index, _)| chosen(*index))
            .map(|(_, at)| at)
            .collect()
    }

    fn lets_through(&self, date: Date) -> bool {
        let any =
            |list: &[i16], position: i16, size: i16| list.is_empty() || among(list, position, size);
        any(&self.months, date.month().into(), 12)
            && any(&self.month_days, date.day().into(), date.days_in_month().into())
            && any(&self.year_days, date.day_of_year(), date.days_in_year())
            && (self.weeks.is_empty() || {
                let (week, weeks) = self.week(date);
                among(&self.weeks, week, weeks)
            })
            && (self.weekdays.is_empty() || self.weekday_fits(date))
    }

    /// Whether it is one of the weekdays; `2TU` is the second Tuesday of the
    /// month, or of the year where the rule names no months.
    fn weekday_fits(&self, date: Date) -> bool {
        let of_year = self.frequency == Frequency::Yearly && self.months.is_empty();
        let counts = matches!(self.frequency, Frequency::Yearly | Frequency::Monthly);
        let (day, size) = if of_year {
            (date.day_of_year(), date.days_in_year())
        } else {
            (date.day().into(), date.days_in_month().into())
        };
        let (nth, from_end) = ((day - 1) / 7 + 1, -((size - day) / 7 + 1));
        self.weekdays.iter().any(|&(wanted, weekday)| {
            weekday == date.weekday()
                && (wanted == 0 || !counts || wanted == nth || wanted == from_end)
        })
    }

    /// The number of the week with `date` in it, and how many its year has:
    /// the first one has at least four days in the year.
    fn week(&self, date: Date) -> (i16, i16) {
        let back = i64::from(self.week_start.until(date.weekday()));
        // The fourth day of a week lies in the year that the week belongs to.
        let middle = date.saturating_add((3 - back).days());
        let week = (middle.day_of_year() - 1) / 7 + 1;
        let last = middle.last_of_year();
        let from_middle = (last.day_of_year() - middle.day_of_year()) / 7;
        (week, week + from_middle)
    }
}

/// Whether `list` names `position` of 1 to `size`, from the front or the back.
fn among(list: &[i16], position: i16, size: i16) -> bool {
    list.iter().any(|wanted| *wanted == position || *wanted == position - size - 1)
}

fn years(count: i64) -> Option<Span> {
    Span::new().try_years(count).ok()
}

fn months(count: i64) -> Option<Span> {
    Span::new().try_months(count).ok()
}

fn days(count: i64) -> Option<Span> {
    Span::new().try_days(count).ok()
}

fn numbers(text: &str, least: i16, most: i16) -> Option<Vec<i16>> {
    let number =
        |part: &str| part.trim().parse().ok().filter(|number| (least..=most).contains(number));
    text.split(',').map(number).collect()
}

/// Numbers from 1 to `most`, or from the end with a minus.
fn counted(text: &str, most: i16) -> Option<Vec<i16>> {
    numbers(text, -most, most).filter(|numbers| !numbers.contains(&0))
}

/// `MO`, `-1SU`
fn weekday(text: &str) -> Option<(i16, Weekday)> {
    let text = text.trim();
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if nth.is_empty() {
        0
    } else {
        nth.parse().ok().filter(|nth| (-53..=53).contains(nth) && *nth != 0)?
    };
    let weekday = match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    Some((nth, weekday))
}
