//! Misfortunes at random: devices that go silent, slow, busy, that lie or
//! answer rubbish, broken sensors, a cut line, people who override, and an
//! engine that dies.

use std::collections::BTreeMap;
use std::time::Duration;

use hauswart::engine::ask::{Ends, OverrideOrder, Target};
use hauswart::plant::INSTANCES;
use hauswart::plant::faults::{Conduct, Device, Sensor, SensorFault};

use crate::chance::Chance;
use crate::town_hall::TownHall;

/// Between two looks at what happens next, in the building's time.
pub const STEP: Duration = Duration::from_secs(600);

/// How often it happens in so many steps, on average.
const DEVICE: u64 = 10;
const SENSOR: u64 = 40;
const LINE: u64 = 100;
const PERSON: u64 = 30;
const DEATH: u64 = 100;
const RESTART: u64 = 200;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Harm {
    Device(Device),
    Sensor(Sensor),
    Line,
}

#[derive(Default)]
pub struct Storm {
    /// What is wrong now, and for how many steps more.
    harms: Vec<(Harm, u64)>,
    /// How often what happened.
    pub counts: BTreeMap<&'static str, u32>,
}

impl Storm {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// One step's misfortunes.
    pub async fn blow(&mut self, hall: &mut TownHall, chance: &mut Chance) {
        self.heal(hall);
        if chance.once_in(DEVICE) {
            self.device(hall, chance);
        }
        if chance.once_in(SENSOR) {
            self.sensor(hall, chance);
        }
        if chance.once_in(LINE) {
            hall.plant.faults().cut_modbus();
            self.lasts(Harm::Line, chance);
            self.count("line cut");
        }
        if chance.once_in(PERSON) {
            self.person(hall, chance).await;
        }
        if chance.once_in(DEATH) {
            hall.kill().await;
            hall.start();
            self.count("engine died");
        } else if chance.once_in(RESTART) {
            hall.stop().await;
            hall.start();
            self.count("engine restarted");
        }
    }

    /// For ten minutes to four hours.
    fn lasts(&mut self, harm: Harm, chance: &mut Chance) {
        self.lasts_at_most(24, harm, chance);
    }

    fn lasts_at_most(&mut self, steps: u64, harm: Harm, chance: &mut Chance) {
        self.harms.retain(|(other, _)| *other != harm);
        self.harms.push((harm, 1 + chance.below(steps)));
    }

    fn heal(&mut self, hall: &TownHall) {
        let faults = hall.plant.faults();
        for (harm, left) in &mut self.harms {
            *left -= 1;
            match harm {
                _ if *left > 0 => {}
                Harm::Device(device) => faults.set(*device, Conduct::Sound),
                Harm::Sensor(sensor) => faults.set_sensor(*sensor, None),
                Harm::Line => faults.restore_modbus(),
            }
        }
        self.harms.retain(|(_, left)| *left > 0);
    }

    fn device(&mut self, hall: &TownHall, chance: &mut Chance) {
        let devices = [1, 2, 3, 4].map(Device::Unit).into_iter();
        let devices: Vec<Device> = devices.chain(INSTANCES.map(Device::Instance)).collect();
        let device = devices[chance.below(devices.len() as u64) as usize];
        let (what, conduct) = match chance.below(10) {
            0..3 => ("device silent", Conduct::Silent),
            3 | 4 => ("device busy", Conduct::Busy),
            5 => ("device lies", Conduct::Shifted),
            6 => ("device refuses", Conduct::Refusing { first: 1, count: 50 }),
            7 => ("device slow", Conduct::Slow(Duration::from_millis(80))),
            8 => ("device garbled", Conduct::Garbled),
            _ => ("answers cut short", Conduct::Short),
        };
        hall.plant.faults().set(device, conduct);
        // These answer, so they are asked on at every beat, which takes a test
        // real time.
        let costly = matches!(conduct, Conduct::Slow(_) | Conduct::Garbled | Conduct::Short);
        self.lasts_at_most(if costly { 1 } else { 24 }, Harm::Device(device), chance);
        self.count(what);
    }

    fn sensor(&mut self, hall: &TownHall, chance: &mut Chance) {
        let sensor = match chance.below(5) {
            0 => Sensor::Outdoor,
            1 => Sensor::Room(0),
            2 => Sensor::Room(1),
            3 => Sensor::Co2,
            _ => Sensor::Tank,
        };
        let (what, fault) = match chance.below(3) {
            0 => ("sensor open", SensorFault::Open),
            1 => ("sensor stuck", SensorFault::Stuck(19.0)),
            _ => ("sensor drifts", SensorFault::Drift(3.0)),
        };
        hall.plant.faults().set_sensor(sensor, Some(fault));
        self.lasts(Harm::Sensor(sensor), chance);
        self.count(what);
    }

    async fn person(&mut self, hall: &TownHall, chance: &mut Chance) {
        let names = ["Rathaus.HK1.Raum_Soll", "Rathaus.HK2.Raum_Soll"];
        let point = hall.site.points.find(names[chance.below(2) as usize]).unwrap();
        let order = OverrideOrder {
            target: Target::Point(point),
            value: 16.0 + chance.below(7) as f64,
            from: None,
            ends: Ends::After(Duration::from_secs(1800 * (1 + chance.below(12)))),
            user: "Hausmeister".into(),
            why: "Probe".into(),
        };
        let handle = hall.handle();
        hall.in_time("an order", handle.command(order)).await.unwrap().unwrap();
        self.count("overridden");
    }
}
