//! Who is in the building: persons, lighting and equipment, hot water drawn.
//! The offices follow office hours, the hall has classes in the day and
//! sessions on three evenings. A pure function of seed and moment; times are
//! the town's (Europe/Berlin).

use jiff::civil::Weekday;
use jiff::{Timestamp, tz::TimeZone};

use super::weather::scatter;

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

        let offices_open = match day {
            Weekday::Saturday | Weekday::Sunday => false,
            Weekday::Friday => within(7.0, 13.0),
            _ => within(7.0, 17.5),
        };
        let evening = matches!(day, Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday)
            && within(19.0, 22.5);
        let class = !matches!(day, Weekday::Saturday | Weekday::Sunday) && within(8.0, 13.0);
        let market = day == Weekday::Saturday && within(14.0, 18.0);

        // Attendance differs by 20 % from day to day.
        let date = local.date();
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
        let offices = if offices_open { 32.0 } else { 0.0 };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(local: &str) -> NamedSchedule {
        let moment: jiff::ZonedDateTime = format!("{local}[Europe/Berlin]").parse().unwrap();
        Timetable::new(1).at(moment.timestamp())
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
