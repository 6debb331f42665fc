//! What the demo's comparison adds up, cycle by cycle.

use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;

use super::demo_week::Summary;
use crate::model::{PointId, Snapshot};
use crate::rules::Program;
use crate::site::Site;

/// Rooms of an office should have this (ASR A3.5), °C.
pub const COMFORT_C: f64 = 20.0;
/// Above this the air needs changing (guide value of the Umweltbundesamt).
const STALE_AIR_PPM: f64 = 1000.0;
/// When the demo's building is used.
const OCCUPANCY: &str = "Rathaus.Nutzung";

/// See the module.
#[derive(Debug)]
pub struct Sums {
    start: Timestamp,
    lasts: Duration,
    /// Gas, heat, electricity: first and last known reading.
    counters: [Counter; 3],
    rooms: Vec<(String, PointId, f64)>,
    air: PointId,
    stale_air_h: f64,
    occupied_h: f64,
    unknown_h: f64,
    before: Option<Duration>,
    cycles: u64,
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    point: PointId,
    first: Option<f64>,
    last: Option<f64>,
}

impl Counter {
    fn used(&self, shown_per_canonical: f64) -> Option<f64> {
        Some((self.last? - self.first?) * shown_per_canonical)
    }
}

impl Sums {
    /// Sums over `lasts` from `start`.
    pub fn new(site: &Site, start: Timestamp, lasts: Duration) -> anyhow::Result<Self> {
        let point = |name: &str| {
            site.points.find(name).with_context(|| format!("the demo's site has no {name}"))
        };
        let counter =
            |name| Ok::<_, anyhow::Error>(Counter { point: point(name)?, first: None, last: None });
        Ok(Self {
            start,
            lasts,
            counters: [
                counter("Rathaus.Gas.Volumen")?,
                counter("Rathaus.Waerme.Energie")?,
                counter("Rathaus.Strom.Bezug")?,
            ],
            rooms: vec![
                ("HK1".into(), point("Rathaus.HK1.Raum")?, 0.0),
                ("HK2".into(), point("Rathaus.HK2.Raum")?, 0.0),
            ],
            air: point("Rathaus.RLT1.CO2")?,
            stale_air_h: 0.0,
            occupied_h: 0.0,
            unknown_h: 0.0,
            before: None,
            cycles: 0,
        })
    }

    /// Adds one cycle; gives the part of the time that has passed. Nothing is
    /// added once it is over.
    pub fn take(&mut self, snapshot: &Snapshot, occupancy: &Program) -> f64 {
        let passed = snapshot.now.wall.duration_since(self.start).as_secs_f64();
        let part = passed / self.lasts.as_secs_f64();
        let steady = snapshot.now.steady;
        let hours = self.before.map_or(0.0, |before| (steady - before).as_secs_f64() / 3600.0);
        if part >= 1.0 && self.before.is_none() {
            return part;
        }
        self.before = Some(steady);
        self.cycles += 1;
        for counter in &mut self.counters {
            let reading = snapshot.known(counter.point);
            counter.first = counter.first.or(reading);
            counter.last = reading.or(counter.last);
        }
        if occupancy.schedule_on(OCCUPANCY, snapshot.now.wall) == Some(true) {
            self.occupied(snapshot, hours);
        }
        if part >= 1.0 {
            self.before = None;
        }
        part
    }

    fn occupied(&mut self, snapshot: &Snapshot, hours: f64) {
        self.occupied_h += hours;
        let mut unknown = false;
        for (_, room, too_cold) in &mut self.rooms {
            match snapshot.known(*room) {
                Some(temperature) => *too_cold += (COMFORT_C - temperature).max(0.0) * hours,
                None => unknown = true,
            }
        }
        if snapshot.known(self.air).is_some_and(|ppm| ppm > STALE_AIR_PPM) {
            self.stale_air_h += hours;
        }
        if unknown {
            self.unknown_h += hours;
        }
    }

    /// What it came to.
    pub fn summary(&self) -> Summary {
        let [gas, heat, electricity] = self.counters;
        Summary {
            gas_m3: gas.used(1.0),
            heat_kwh: heat.used(1.0 / 3.6e6),
            electricity_kwh: electricity.used(1.0 / 3.6e6),
            too_cold_kh: self.rooms.iter().map(|(name, _, kh)| (name.clone(), *kh)).collect(),
            stale_air_h: self.stale_air_h,
            occupied_h: self.occupied_h,
            unknown_h: self.unknown_h,
            cycles: self.cycles,
        }
    }
}
