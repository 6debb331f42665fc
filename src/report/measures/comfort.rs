//! Hours in which rooms were too cold, too warm or stuffy while they were occupied.
//! Of hours in which nobody knows whether they were, nothing is said.

use super::followed::Followed;
use super::month::{Month, QUARTER_H};
use crate::model::{Quantity, Role};
use crate::site::Usage;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Air {
    /// °C; the lower limit by use, the upper one 26 °C (ASR A3.5).
    Temperature,
    /// ppm; below 1000 all is well, above 2000 one must ventilate (ASR A3.6).
    Co2,
    /// %; 25 to 60 (EN 16798-1, category II).
    Humidity,
}

/// A room's air while it was occupied.
#[derive(Debug, Clone, PartialEq)]
pub struct Comfort {
    /// `building.device.point`
    pub point: String,
    pub air: Air,
    pub limits: (f64, f64),
    /// Known occupied hours below the lower limit, from it to the upper one, above it.
    pub hours: [f64; 3],
    /// All occupied hours.
    pub occupied_h: f64,
    /// Hours of which nobody knows whether it was occupied: they are in no other.
    pub unclear_h: f64,
    /// Lowest and highest mean of a quarter hour while occupied.
    pub range: Option<(f64, f64)>,
}

impl Comfort {
    /// Occupied hours in which the air is known.
    #[must_use]
    pub fn known_h(&self) -> f64 {
        self.hours.iter().sum()
    }

    /// Share of the time to be judged in which all is known, 0–1; `None`: it was never
    /// occupied.
    #[must_use]
    pub fn coverage(&self) -> Option<f64> {
        let all = self.occupied_h + self.unclear_h;
        (all > 0.0).then(|| self.known_h() / all)
    }
}

/// Where it is meant to be at least so warm, °C: ASR A3.5 for light work seated 20,
/// for work on one's feet 17; gyms as towns heat them.
const fn least_c(usage: Option<Usage>) -> f64 {
    match usage {
        Some(Usage::SportsHall) => 18.0,
        Some(Usage::Depot | Usage::FireStation | Usage::VolunteerFireHouse) => 17.0,
        _ => 20.0,
    }
}

/// One that is being looked at.
#[derive(Debug)]
pub struct Room {
    point: usize,
    told: Comfort,
}

/// Those of a building.
pub fn rooms(followed: &Followed, usage: Option<Usage>) -> Vec<Room> {
    let room = |(point, seen): (usize, &super::followed::Seen)| {
        let (air, limits) = match (seen.role, seen.quantity?) {
            (Role::RoomTemperature, Quantity::CELSIUS) => {
                (Air::Temperature, (least_c(usage), 26.0))
            }
            (Role::Co2, Quantity::PPM) => (Air::Co2, (1000.0, 2000.0)),
            (Role::RoomHumidity, Quantity::PERCENT) => (Air::Humidity, (25.0, 60.0)),
            _ => return None,
        };
        let told = Comfort {
            point: seen.name.clone(),
            air,
            limits,
            hours: [0.0; 3],
            occupied_h: 0.0,
            unclear_h: 0.0,
            range: None,
        };
        Some(Room { point, told })
    };
    followed.iter().filter_map(room).collect()
}

impl Room {
    pub fn take(&mut self, month: &Month) {
        let told = &mut self.told;
        for (slot, cell) in month.of(self.point) {
            match slot.occupied {
                Some(true) => told.occupied_h += QUARTER_H,
                Some(false) => continue,
                None => {
                    told.unclear_h += QUARTER_H;
                    continue;
                }
            }
            let Some(mean) = cell.mean() else { continue };
            let band = usize::from(mean >= told.limits.0) + usize::from(mean > told.limits.1);
            told.hours[band] += QUARTER_H;
            let (low, high) = told.range.unwrap_or((mean, mean));
            told.range = Some((low.min(mean), high.max(mean)));
        }
    }

    pub fn told(self) -> Comfort {
        self.told
    }
}
