//! What a year has beside weather and people: a sensor that fails for some hours
//! each quarter, a filter that gets dirty, an evening a month for which somebody
//! overrides the hall's setpoint. A pure function of seed and moment.

use jiff::civil::Weekday;
use jiff::{Timestamp, ToSpan};

use crate::control::Override;
use crate::model::{PointId, Role};
use crate::plant::Direct;
use crate::plant::faults::{Sensor, SensorFault};
use crate::plant::weather::scatter;
use crate::site::Site;

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;
/// In each of these one sensor fails.
const QUARTER_S: i64 = 91 * DAY_S;
const SENSORS: [Sensor; 4] = [Sensor::Co2, Sensor::Room(0), Sensor::Supply, Sensor::Outdoor];
/// A filter lasts half a year, and is changed two weeks after it is found dirty.
const FILTER_S: i64 = 182 * DAY_S;
const FILTER_DIRTY_S: i64 = 14 * DAY_S;
/// The evening's room temperature, °C.
const EVENING_C: f64 = 22.0;

/// See the module.
#[derive(Debug)]
pub struct Incidents {
    seed: u64,
    zone: jiff::tz::TimeZone,
    /// The hall's setpoint.
    hall: Option<PointId>,
    broken: Option<Sensor>,
    /// The local day that was looked at last.
    day: Option<jiff::civil::Date>,
    last_override: u64,
}

impl Incidents {
    pub fn new(site: &Site, seed: u64) -> Self {
        let is_room = |point: &crate::model::Point| {
            point.role == Role::RoomSetpoint && point.is_commandable()
        };
        let rooms = site.points.iter().filter(|(_, point)| is_room(point));
        Self {
            seed,
            zone: site.time_zone.clone(),
            hall: rooms.map(|(id, _)| id).last(),
            broken: None,
            day: None,
            last_override: 0,
        }
    }

    /// Brings about what is due at `now`.
    pub fn happen(&mut self, plant: &mut Direct, overrides: &mut Vec<Override>, now: Timestamp) {
        let broken = self.broken(now);
        if broken != self.broken {
            if let Some(sensor) = self.broken {
                plant.faults().set_sensor(sensor, None);
            }
            if let Some(sensor) = broken {
                plant.faults().set_sensor(sensor, Some(SensorFault::Open));
            }
            self.broken = broken;
        }
        let age_s = (now.as_second() + (self.seed % 100) as i64 * DAY_S).rem_euclid(FILTER_S);
        plant.set_filter_dirty(age_s >= FILTER_S - FILTER_DIRTY_S);
        overrides.retain(|over| now < over.until);
        overrides.extend(self.evening(now));
    }

    /// The sensor that is broken at `now`.
    fn broken(&self, now: Timestamp) -> Option<Sensor> {
        let quarter = now.as_second().div_euclid(QUARTER_S);
        let bits = scatter(self.seed ^ scatter(quarter.cast_unsigned()));
        let begins_s = quarter * QUARTER_S + (bits % (86 * 24)) as i64 * HOUR_S;
        let lasts_s = (3 + (bits >> 16) % 60) as i64 * HOUR_S;
        let is_broken = (begins_s..begins_s + lasts_s).contains(&now.as_second());
        is_broken.then(|| SENSORS[((bits >> 32) % SENSORS.len() as u64) as usize])
    }

    /// The first Saturday of a month, made on its morning.
    fn evening(&mut self, now: Timestamp) -> Option<Override> {
        let local = self.zone.to_datetime(now);
        let date = local.date();
        if local.hour() < 9 || self.day == Some(date) {
            return None;
        }
        self.day = Some(date);
        let hall = self.hall.filter(|_| date.weekday() == Weekday::Saturday && date.day() <= 7)?;
        let at = |hour: i8| self.zone.to_timestamp(date.at(hour, 0, 0, 0)).ok();
        self.last_override += 1;
        Some(Override {
            id: self.last_override,
            point: hall,
            value: EVENING_C,
            from: at(16)?,
            until: at(22)?.checked_add(30.minutes()).ok()?,
            user: "hausmeister".to_owned(),
            why: "Konzert".to_owned(),
        })
    }
}
