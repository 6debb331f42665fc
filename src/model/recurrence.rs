//! When something is done again and again: five fields of cron, in the civil time of a
//! zone. The crate `cron` reads the fields and nothing else: across a change of clocks
//! its own iterator skips a run or repeats it, so days and instants are jiff's.

use cron::{Schedule, TimeUnitSpec};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::schedule::{End, instant};

/// The 29th of February on a given weekday may be 40 years away, across 2100.
const FARTHEST_DAYS: i64 = 41 * 366;

/// `30 6 2 * *`: minute, hour, day of the month, month, weekday. Where both days are
/// given, both must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Recurrence {
    fields: Schedule,
}

/// One of the five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

impl Field {
    const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::Day, Self::Month, Self::Weekday];
}

/// Why a text is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotARecurrence {
    /// So many fields.
    Fields(usize),
    /// Weekdays by number, which programs count differently; the text with their names.
    WeekdayNumber(String),
    /// What cannot stand in this field.
    Field(Field, String),
    /// The 31st of February.
    Never,
}

impl Recurrence {
    /// Reads five fields.
    ///
    /// # Errors
    /// [`NotARecurrence`]
    pub fn parse(text: &str) -> Result<Self, NotARecurrence> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [_, _, _, _, weekday] = fields[..] else {
            return Err(NotARecurrence::Fields(fields.len()));
        };
        if weekday.split('/').next().is_some_and(|days| days.contains(|c: char| c.is_ascii_digit()))
        {
            let named = [&fields[..4], &[named(weekday).as_str()]].concat().join(" ");
            return Err(NotARecurrence::WeekdayNumber(named));
        }
        for (place, (field, text)) in Field::ALL.into_iter().zip(&fields).enumerate() {
            let mut alone = ["*"; 5];
            alone[place] = text;
            // A step of nothing would never end.
            let step =
                text.split(',').any(|part| part.rsplit_once('/').is_some_and(|it| it.1 == "0"));
            if step || format!("0 {}", alone.join(" ")).parse::<Schedule>().is_err() {
                return Err(NotARecurrence::Field(field, (*text).to_owned()));
            }
        }
        let all = format!("0 {}", fields.join(" ")).parse().map_err(|_| NotARecurrence::Never)?;
        let read = Self { fields: all };
        let some_day = Date::constant(2024, 1, 1);
        if !days(some_day).any(|day| read.is_day(day)) {
            return Err(NotARecurrence::Never);
        }
        Ok(read)
    }

    /// The first time after `after`. Of a doubled hour the first one counts; what a
    /// change of clocks skips is done at its end.
    #[must_use]
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = zone.to_datetime(after).date();
        days(today.yesterday().unwrap_or(today))
            .filter(|day| self.is_day(*day))
            .flat_map(|day| self.times().map(move |time| day.to_datetime(time)))
            .filter_map(|at| instant(at, zone, End::Start))
            .find(|at| *at > after)
    }

    /// The last time up to `until`, none before `after`.
    #[must_use]
    pub fn last(&self, after: Timestamp, until: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let (first, last) = (zone.to_datetime(after).date(), zone.to_datetime(until).date());
        let first = first.yesterday().unwrap_or(first);
        last.series(Span::new().days(-1))
            .take_while(|day| *day >= first)
            .filter(|day| self.is_day(*day))
            .find_map(|day| {
                let of_day =
                    self.times().filter_map(|at| instant(day.to_datetime(at), zone, End::Start));
                of_day.filter(|at| *at <= until).last()
            })
            .filter(|at| *at > after)
    }

    fn is_day(&self, day: Date) -> bool {
        let number = |value: i8| u32::try_from(value).unwrap_or_default();
        self.fields.months().includes(number(day.month()))
            && self.fields.days_of_month().includes(number(day.day()))
            // As the crate counts: Sunday is 1.
            && self.fields.days_of_week().includes(number(day.weekday().to_sunday_one_offset()))
    }

    fn times(&self) -> impl Iterator<Item = Time> + '_ {
        let small = |value: u32| i8::try_from(value).unwrap_or_default();
        self.fields.hours().iter().flat_map(move |hour| {
            let minutes = self.fields.minutes().iter();
            minutes.filter_map(move |minute| Time::new(small(hour), small(minute), 0, 0).ok())
        })
    }
}

fn days(first: Date) -> impl Iterator<Item = Date> {
    let last = first.saturating_add(Span::new().days(FARTHEST_DAYS));
    first.series(Span::new().days(1)).take_while(move |day| *day <= last)
}

/// Weekdays as cron numbers them, by name: 0 and 7 are Sunday.
fn named(weekday: &str) -> String {
    const NAMES: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    let (days, step) = weekday.split_once('/').map_or((weekday, None), |it| (it.0, Some(it.1)));
    let name = |digit: char| {
        let number = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
        number.and_then(|number| NAMES.get(number)).map_or(digit.to_string(), |it| (*it).to_owned())
    };
    let days: String = days.chars().map(name).collect();
    step.map_or_else(|| days.clone(), |step| format!("{days}/{step}"))
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

    fn runs(fields: &str, after: &str, many: usize) -> Vec<String> {
        let read = Recurrence::parse(fields).unwrap();
        let next = |at: &Timestamp| read.next(*at, &berlin());
        let all = std::iter::successors(next(&at(after)), next).take(many);
        all.map(|at| at.to_zoned_datetime(berlin()).strftime("%Y-%m-%d %H:%M %z").to_string())
            .collect()
    }

    #[test]
    fn monthly_and_by_weekday_on_the_local_clock() {
        assert_eq!(
            runs("30 6 2 * *", "2026-02-02T05:30:00Z", 2),
            ["2026-03-02 06:30 +0100", "2026-04-02 06:30 +0200"]
        );
        assert_eq!(
            runs("0 7 * * MON-FRI", "2026-11-27T06:00:00Z", 2),
            ["2026-11-30 07:00 +0100", "2026-12-01 07:00 +0100"]
        );
        assert_eq!(runs("0 6 1-7 * mon", "2026-11-27T00:00:00Z", 1), ["2026-12-07 06:00 +0100"]);
    }

    #[test]
    fn what_the_spring_skips_is_done_after_it_and_what_autumn_doubles_once() {
        assert_eq!(
            runs("30 2 * * *", "2026-03-28T12:00:00Z", 2),
            ["2026-03-29 03:00 +0200", "2026-03-30 02:30 +0200"]
        );
        assert_eq!(
            runs("30 2 * * *", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100"]
        );
        // Asked within the second of the doubled hours.
        assert_eq!(
            runs("*/30 * * * *", "2026-10-25T01:10:00Z", 1),
            ["2026-10-25 03:00 +0100"],
            "02:30 has been already"
        );
        let day = Recurrence::parse("*/15 * * * *").unwrap();
        let until = at("2026-03-29T22:00:00Z");
        let mut many = 0;
        let mut now = at("2026-03-28T22:59:00Z");
        while let Some(next) = day.next(now, &berlin()).filter(|next| *next < until) {
            (now, many) = (next, many + 1);
        }
        assert_eq!(many, 23 * 4);
    }

    #[test]
    fn the_last_one_is_found_as_far_back_as_asked() {
        let read = Recurrence::parse("30 6 2 * *").unwrap();
        let last = |after, until| read.last(at(after), at(until), &berlin());
        let run = Some(at("2026-11-02T05:30:00Z"));
        assert_eq!(last("2026-10-01T00:00:00Z", "2026-11-27T00:00:00Z"), run);
        assert_eq!(last("2026-10-01T00:00:00Z", "2026-11-02T05:30:00Z"), run);
        assert_eq!(last("2026-11-02T05:30:00Z", "2026-11-27T00:00:00Z"), None);
        // In the autumn the doubled time has been once the first of both is over.
        let read = Recurrence::parse("30 2 25 10 *").unwrap();
        let last = read.last(at("2026-10-01T00:00:00Z"), at("2026-10-25T01:00:00Z"), &berlin());
        assert_eq!(last, Some(at("2026-10-25T00:30:00Z")));
    }

    #[test]
    fn what_is_none_says_why() {
        use NotARecurrence as Not;
        let wrong = |text| Recurrence::parse(text).unwrap_err();
        assert_eq!(wrong("30 6 2 *"), Not::Fields(4));
        assert_eq!(wrong("0 30 6 2 * *"), Not::Fields(6));
        assert_eq!(wrong("0 7 * * 1-5"), Not::WeekdayNumber("0 7 * * MON-FRI".into()));
        assert_eq!(wrong("0 7 * * 0,6/2"), Not::WeekdayNumber("0 7 * * SUN,SAT/2".into()));
        assert_eq!(wrong("60 7 * * *"), Not::Field(Field::Minute, "60".into()));
        assert_eq!(wrong("0 24 * * *"), Not::Field(Field::Hour, "24".into()));
        assert_eq!(wrong("0 0 32 * *"), Not::Field(Field::Day, "32".into()));
        assert_eq!(wrong("0 0 1 Mai *"), Not::Field(Field::Month, "Mai".into()));
        assert_eq!(wrong("0 0 * * Mo"), Not::Field(Field::Weekday, "Mo".into()));
        assert_eq!(wrong("*/0 0 * * *"), Not::Field(Field::Minute, "*/0".into()));
        assert_eq!(wrong("0 0 31 2 *"), Not::Never);
        assert!(Recurrence::parse("0 0 29 2 SUN").is_ok());
    }
}
