//! Who is in the building: persons, lighting and equipment, hot water drawn.
//! The offices follow office hours, the hall has classes in the day and
//! sessions on three evenings; on public holidays nobody comes, in school holidays
//! no classes do, and in the long ones fewer to the offices. A pure function of
//! seed and moment; times are the town's (Europe/Berlin).

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, tz::TimeZone};

use super::weather::scatter;
use crate::model::holiday::{Feast, Land};

/// Sensible heat of a person at light work, W, and CO2 breathed out, m³/h
/// (EN 16798-1: about 75–100 W; EN 16798-2: 20 l/h).
pub const PERSON_W: f64 = 80.0;
pub const PERSON_CO2_M3_H: f64 = 0.020;

/// What people do at one moment; by zone, offices first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedSchedule {
    pub persons: [f64; 2],
    /// Lighting and equipment, all of it heat in the zone, W.
    pub equipment_w: [f64; 2],
    /// Hot water drawn, kg/s.
    pub draw_off_kg_s: f64,
}

impl NamedSchedule {
    /// Whether anybody is meant to be in the zone (0 offices, 1 hall).
    #[must_use]
    pub fn occupied(&self, zone: usize) -> bool {
        self.persons[zone] > 0.0
    }
}

/// The building's timetable of one seed.
#[derive(Debug, Clone)]
pub struct Timetable {
    seed: u64,
    zone: TimeZone,
}

impl Timetable {
    /// Falls back to UTC where the time-zone data lacks Berlin.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, zone: TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC) }
    }

    /// What people do at `moment`.
    #[must_use]
    pub fn at(&self, moment: Timestamp) -> NamedSchedule {
        let local = self.zone.to_datetime(moment);
        let hour = f64::from(local.hour()) + f64::from(local.minute()) / 60.0;
        let day = local.weekday();
        let within = |from: f64, to: f64| (from..to).contains(&hour);

        let date = local.date();
        let school = school_holidays(date);
        let closed = Land::RheinlandPfalz.is_holiday(date);
        let offices_open = match day {
            _ if closed => false,
            Weekday::Saturday | Weekday::Sunday => false,
            Weekday::Friday => within(7.0, 13.0),
            _ => within(7.0, 17.5),
        };
        let evening = matches!(day, Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday)
            && within(19.0, 22.5)
            && !closed
            && school != Some(Holidays::Long);
        let class = !matches!(day, Weekday::Saturday | Weekday::Sunday)
            && within(8.0, 13.0)
            && !closed
            && school.is_none();
        let market = day == Weekday::Saturday && within(14.0, 18.0) && !closed;

        // Attendance differs by 20 % from day to day.
        let number = i64::from(date.year()) * 366 + i64::from(date.day_of_year());
        let share = 0.8 + 0.4 * (scatter(self.seed ^ number as u64) % 1000) as f64 / 1000.0;
        let hall = if evening {
            80.0
        } else if class {
            25.0
        } else if market {
            60.0
        } else {
            0.0
        };
        let staff = if school == Some(Holidays::Long) { 24.0 } else { 32.0 };
        let offices = if offices_open { staff } else { 0.0 };
        NamedSchedule {
            persons: [offices * share, hall * share],
            equipment_w: [
                if offices_open { 6_500.0 } else { 700.0 },
                if hall > 0.0 { 3_000.0 } else { 150.0 },
            ],
            draw_off_kg_s: share / 3600.0
                * if evening || market {
                    120.0
                } else if offices_open {
                    25.0
                } else {
                    0.0
                },
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holidays {
    /// Easter, autumn.
    Short,
    /// Summer, Christmas.
    Long,
}

/// School holidays about as Rheinland-Pfalz has them: these are decided from year
/// to year and cannot be computed.
fn school_holidays(date: Date) -> Option<Holidays> {
    let monday_from = |month, day| {
        let first = jiff::civil::date(date.year(), month, day);
        first.nth_weekday_of_month(1, Weekday::Monday).unwrap_or(first)
    };
    let within = |first: Date, days: i64| {
        let since = date.duration_since(first).as_hours() / 24;
        (0..days).contains(&since)
    };
    match date.month() {
        12 if date.day() >= 22 => Some(Holidays::Long),
        1 if date.day() <= 7 => Some(Holidays::Long),
        7 | 8 => within(monday_from(7, 1), 40).then_some(Holidays::Long),
        3 | 4 => (-6..6).any(|days| Feast::Easter(-days).is_on(date)).then_some(Holidays::Short),
        10 => within(monday_from(10, 1), 12).then_some(Holidays::Short),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(local: &str) -> NamedSchedule {
        let moment: jiff::ZonedDateTime = format!("{local}[Europe/Berlin]").parse().unwrap();
        Timetable::new(1).at(moment.timestamp())
    }

    #[test]
    fn holidays_empty_the_building() {
        assert_eq!(at("2026-05-14T10:00").persons, [0.0, 0.0], "Ascension Day");
        assert_eq!(at("2026-10-03T15:00").persons, [0.0, 0.0], "no market on 3 October");
        let (summer, spring) = (at("2026-07-20T10:00"), at("2026-06-15T10:00"));
        assert!(summer.persons[0] > 0.0 && summer.persons[0] < spring.persons[0]);
        assert!(spring.occupied(1) && !summer.occupied(1), "no classes in summer");
        assert!(
            !at("2026-03-31T10:00").occupied(1) && at("2026-04-14T10:00").occupied(1),
            "Easter"
        );
    }

    #[test]
    fn office_hours_are_local_time() {
        assert!(at("2026-01-12T07:00").occupied(0));
        assert!(!at("2026-01-12T06:59").occupied(0));
        assert!(at("2026-07-13T07:00").occupied(0));
        assert!(!at("2026-01-16T13:00").occupied(0), "Friday afternoon");
        assert!(!at("2026-01-17T10:00").occupied(0), "Saturday");
        assert!(at("2026-01-13T20:00").occupied(1), "Tuesday session");
        assert!(at("2026-01-13T20:00").draw_off_kg_s > 0.0);
        assert_eq!(at("2026-01-18T20:00").persons, [0.0, 0.0]);
    }
}
