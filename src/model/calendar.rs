//! Days: weekdays, dates, holidays, and calendars that put them together. A
//! calendar is data; nothing here asks which day it is.

use std::sync::Arc;

use jiff::civil::Date;

use super::holiday::{Feast, Land};

/// Month and day, both counted from 1.
pub type MonthDay = (i8, i8);

/// Which days are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Days {
    /// Bit 0 is Monday, bit 6 Sunday.
    Weekdays(u8),
    /// Both ends included.
    Dates {
        first: Date,
        last: Date,
    },
    /// Every year, both ends included; `last` before `first` goes over New
    /// Year.
    Yearly {
        first: MonthDay,
        last: MonthDay,
    },
    /// A day that moves with Easter, or is called by its name.
    Feast(Feast),
    /// The public holidays of a Land.
    Holidays(Land),
    Calendar(Arc<Calendar>),
}

impl Days {
    /// All seven.
    pub const DAILY: Self = Self::Weekdays(0x7f);

    /// Whether `date` is one of these days.
    #[must_use]
    pub fn contains(&self, date: Date) -> bool {
        match self {
            Self::Weekdays(mask) => mask & (1 << date.weekday().to_monday_zero_offset()) != 0,
            Self::Dates { first, last } => *first <= date && date <= *last,
            Self::Yearly { first, last } => {
                let day = (date.month(), date.day());
                if first <= last {
                    *first <= day && day <= *last
                } else {
                    *first <= day || day <= *last
                }
            }
            Self::Feast(feast) => feast.is_on(date),
            Self::Holidays(land) => land.is_holiday(date),
            Self::Calendar(calendar) => calendar.contains(date),
        }
    }
}

/// A stretch of days, both ends included.
pub type DateRange = (Date, Date);

/// Days under one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Those that come again: weekdays, holidays, dates without a year.
    recurring: Vec<Days>,
    /// Those with a year: in order, with a day between each two.
    dated: Vec<DateRange>,
}

impl Calendar {
    /// The days that lie in any of `parts`.
    #[must_use]
    pub fn new(parts: impl IntoIterator<Item = Days>) -> Self {
        let mut calendar = Self::default();
        let mut dated = Vec::new();
        for part in parts {
            match part {
                Days::Dates { first, last } => dated.push((first, last)),
                recurring => calendar.recurring.push(recurring),
            }
        }
        calendar.dated = joined(dated);
        calendar
    }

    /// Whether `date` is one of its days.
    #[must_use]
    pub fn contains(&self, date: Date) -> bool {
        let next = self.dated.partition_point(|(_, last)| *last < date);
        self.dated.get(next).is_some_and(|(first, _)| *first <= date)
            || self.recurring.iter().any(|days| days.contains(date))
    }

    /// The last of the days that have a year; `None` if it has none such.
    #[must_use]
    pub fn last_dated(&self) -> Option<Date> {
        self.dated.last().map(|(_, last)| *last)
    }
}

/// Stretches of days in order; those that overlap or follow one another are
/// one, and those whose end lies before their start are none.
fn joined(mut ranges: Vec<DateRange>) -> Vec<DateRange> {
    ranges.retain(|(first, last)| first <= last);
    ranges.sort_unstable();
    ranges.dedup_by(|next, last| {
        let follows = last.1.tomorrow().map_or(true, |tomorrow| next.0 <= tomorrow);
        if follows {
            last.1 = last.1.max(next.1);
        }
        follows
    });
    ranges
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_calendar_puts_days_together() {
        let range = |first, last| Days::Dates { first, last };
        let calendar = Calendar::new([
            Days::Holidays(Land::RheinlandPfalz),
            range(date(2026, 7, 6), date(2026, 8, 7)),
            Days::Feast(Feast::Easter(-48)),
            range(date(2026, 6, 29), date(2026, 7, 5)),
            Days::Yearly { first: (12, 24), last: (1, 1) },
        ]);
        assert_eq!(calendar.dated, [(date(2026, 6, 29), date(2026, 8, 7))]);
        assert_eq!(calendar.last_dated(), Some(date(2026, 8, 7)));
        for (day, inside) in [
            (date(2026, 2, 16), true),
            (date(2026, 2, 17), false),
            (date(2026, 6, 28), false),
            (date(2026, 6, 29), true),
            (date(2026, 8, 7), true),
            (date(2026, 8, 8), false),
            (date(2027, 7, 1), false),
            (date(2030, 12, 31), true),
            (date(2031, 5, 1), true),
        ] {
            assert_eq!(calendar.contains(day), inside, "{day}");
        }
        let schools = Calendar::new([Days::Calendar(Arc::new(calendar))]);
        assert!(schools.contains(date(2026, 8, 7)));
        assert_eq!(schools.last_dated(), None);
    }
}
