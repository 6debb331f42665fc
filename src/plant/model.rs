//! The simulated building's physics: lumped capacities, stepped explicitly.
//!
//! Each zone has an air node and a structure node (VDI 6007-1 and ISO 13790
//! simplified to two capacities, the star node eliminated):
//! ```text
//!   C_a dT_a/dt = H_am (T_m - T_a) + (H_win + H_inf)(T_o - T_a) + H_12 (T_a' - T_a)
//!               + Q_emitter + Q_air + f_a (Q_people + Q_equipment + Q_sun)
//!   C_m dT_m/dt = H_am (T_a - T_m) + H_op (T_o - T_m) + (1 - f_a)(…)
//!   C_r dT_r/dt = m c (T_f - T_r) - Q_emitter,  Q_emitter = K (T_r - T_a)^1.3   (EN 442)
//!   C_b dT_b/dt = Q_burner - Σ Q_drawn - H_b (T_b - T_cellar)
//!   C_w dT_w/dt = UA (T_b - T_w) - m c (T_w - T_cold) - (H_w + H_circ)(T_w - T_cellar)
//!   V dx/dt     = G n - (V_air + V_inf)(x - x_o)                (CO2, mass balance)
//! ```
//! Gas = Q_burner / η(T_return) (EN 15316-4-1); fans P ~ V³. Explicit Euler with
//! sub-steps of at most 15 s, under a third of the shortest time constant (the
//! boiler's, 52 s with its burner's control), so it is stable; every flow is
//! booked with the number that moved a temperature, so the balance closes. Pure: no clock, no I/O.

use std::time::Duration;

use jiff::Timestamp;

use super::commands::Commands;
use super::controls::{Actions, Controls, Seen};
use super::design::{self, CELLAR_C, ZONES, boiler, tank};
use super::ledger::Ledger;
use super::occupancy::{NamedSchedule, PERSON_CO2_M3_H, Timetable};
use super::truth::{
    AirTruth, BoilerTruth, CircuitTruth, HotWaterTruth, MeterTruth, Truth, ZoneTruth,
};
use super::weather::{Sky, Weather};

mod flows;

use flows::{AirHandler, Delivered, Draw, Step, air_changes_per_h, before_coil_c};

/// Longest sub-step, s.
const SUBSTEP_S: f64 = 15.0;
/// Weather, people and controllers are looked at this often, s.
const LOOK_S: f64 = 60.0;
/// Share of inner gains that goes to the air node (ISO 13790 annex C: half).
const GAIN_TO_AIR: f64 = 0.5;
/// Days that the building runs before it is handed over.
const SETTLING: Duration = Duration::from_hours(4 * 24);
/// Counters when the model begins: these meters have hung here for years.
const GAS_BEFORE_M3: f64 = 48_213.0;
const HEAT_BEFORE_KWH: f64 = 412_300.0;
const ELECTRICITY_BEFORE_KWH: f64 = 187_450.0;

/// Temperatures that store energy.
#[derive(Debug, Clone, Copy)]
struct Stores {
    air_c: [f64; 2],
    mass_c: [f64; 2],
    emitter_c: [f64; 2],
    boiler_c: f64,
    tank_c: f64,
}

/// The building and its own controllers.
#[derive(Debug, Clone)]
pub struct Model {
    /// What the bus commands; the defaults where nobody does.
    pub commands: Commands,
    /// A dirty filter, for tests and demonstrations.
    pub filter_dirty: bool,
    moment: Timestamp,
    weather: Weather,
    timetable: Timetable,
    controls: Controls,
    stores: Stores,
    co2_ppm: [f64; 2],
    /// Flow sensors: pipes without noteworthy heat.
    flow_c: [f64; 2],
    ledger: Ledger,
    truth: Truth,
}

impl Model {
    /// A building that has run by itself for four days before `start`.
    #[must_use]
    pub fn new(start: Timestamp, seed: u64) -> Self {
        let moment = start.checked_sub(SETTLING).unwrap_or(start);
        let weather = Weather::new(seed);
        let mut model = Self {
            commands: Commands::default(),
            filter_dirty: false,
            moment,
            weather,
            timetable: Timetable::new(seed),
            controls: Controls::new(weather.at(moment).outdoor_c),
            stores: Stores {
                air_c: [21.0; 2],
                mass_c: [20.0; 2],
                emitter_c: [40.0; 2],
                boiler_c: 60.0,
                tank_c: 58.0,
            },
            co2_ppm: [design::OUTDOOR_CO2_PPM; 2],
            flow_c: [45.0; 2],
            ledger: Ledger::default(),
            truth: Truth::default(),
        };
        model.step(SETTLING);
        model.ledger = Ledger::default();
        model.moment = start;
        model.step(Duration::ZERO);
        model
    }

    /// The building as of the last step.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Heat stored over 0 °C, J.
    #[must_use]
    pub fn stored_j(&self) -> f64 {
        let s = &self.stores;
        let zones: f64 = ZONES
            .iter()
            .enumerate()
            .map(|(i, zone)| {
                zone.air_j_k * s.air_c[i]
                    + zone.mass_j_k * s.mass_c[i]
                    + zone.emitter_j_k * s.emitter_c[i]
            })
            .sum();
        zones + boiler::CAPACITY_J_K * s.boiler_c + tank::CAPACITY_J_K * s.tank_c
    }

    /// Moves the building on by `by`; a zero step only looks anew.
    pub fn step(&mut self, by: Duration) {
        let mut left_s = by.as_secs_f64();
        loop {
            let look_s = left_s.min(LOOK_S);
            let sky = self.weather.at(self.moment);
            let people = self.timetable.at(self.moment);
            let parts = (look_s / SUBSTEP_S).ceil().max(1.0);
            for _ in 0..parts as u32 {
                self.substep(&sky, &people, look_s / parts);
            }
            let passed = Duration::from_secs_f64(look_s);
            self.moment = self.moment.checked_add(passed).unwrap_or(Timestamp::MAX);
            left_s -= look_s;
            if left_s <= 0.0 {
                self.truth.moment = self.moment;
                return;
            }
        }
    }

    fn substep(&mut self, sky: &Sky, people: &NamedSchedule, dt: f64) {
        let before = self.stores;
        let seen = Seen {
            outdoor_c: sky.outdoor_c,
            room_c: before.air_c,
            boiler_c: before.boiler_c,
            tank_c: before.tank_c,
            before_coil_c: before_coil_c(&before, sky, self.commands.air.setpoint_c),
        };
        let actions = self.controls.act(&self.commands, &seen, dt);
        let air = AirHandler::running(&self.commands, &before, &seen);

        let mut step =
            Step { sky, people, actions: &actions, before: &before, dt, ledger: &mut self.ledger };
        let drawn = [step.circuit(0), step.circuit(1)];
        let hot_water = step.hot_water();
        for (i, draw) in drawn.iter().enumerate() {
            let supply_w = if i == 1 { air.to_zone_w } else { 0.0 };
            step.zone(i, draw.watt, supply_w, &mut self.stores);
        }
        step.tank(hot_water.watt, &mut self.stores);
        let all = [drawn[0], drawn[1], hot_water, air.coil];
        let heat = step.boiler(&all, &mut self.stores);
        step.book_air(&air);
        let electricity_w = step.electricity(&air);

        self.breathe(sky, people, air.volume_m3_s, dt);
        self.settle_sensors(&actions, &drawn, dt);
        self.tell(sky, people, &actions, &drawn, &heat, &air, electricity_w);
    }

    /// CO2 by mass balance.
    fn breathe(&mut self, sky: &Sky, people: &NamedSchedule, air_m3_s: f64, dt: f64) {
        for (i, zone) in ZONES.iter().enumerate() {
            let leaks_per_h = air_changes_per_h(zone, self.stores.air_c[i], sky.outdoor_c);
            let fresh = leaks_per_h * zone.volume_m3 / 3600.0 + if i == 1 { air_m3_s } else { 0.0 };
            let breathed = people.persons[i] * PERSON_CO2_M3_H / 3600.0 * 1e6;
            let rate = breathed - fresh * (self.co2_ppm[i] - design::OUTDOOR_CO2_PPM);
            self.co2_ppm[i] += rate * dt / zone.volume_m3;
        }
    }

    /// Flow sensors follow the water in a minute; a standing pipe cools over
    /// half an hour to its room.
    fn settle_sensors(&mut self, actions: &Actions, drawn: &[Draw; 2], dt: f64) {
        for (i, draw) in drawn.iter().enumerate() {
            let (target, time_s) =
                if actions.circuit_on[i] { (draw.flow_c, 60.0) } else { (CELLAR_C, 1800.0) };
            self.flow_c[i] += (target - self.flow_c[i]) * dt / (time_s + dt);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one snapshot of one sub-step")]
    fn tell(
        &mut self,
        sky: &Sky,
        people: &NamedSchedule,
        actions: &Actions,
        drawn: &[Draw; 2],
        heat: &Delivered,
        air: &AirHandler,
        electricity_w: f64,
    ) {
        let s = &self.stores;
        self.truth = Truth {
            moment: self.moment,
            outdoor_c: sky.outdoor_c,
            sun_w_m2: sky.sun_w_m2,
            boiler: BoilerTruth {
                flow_c: s.boiler_c,
                return_c: heat.return_c,
                setpoint_c: actions.boiler_setpoint_c,
                load: actions.load,
            },
            circuits: [0, 1].map(|i| CircuitTruth {
                flow_c: self.flow_c[i],
                return_c: s.emitter_c[i],
                setpoint_c: actions.circuit_setpoint_c[i],
                mixer: drawn[i].mixer,
                pump: actions.circuit_on[i],
            }),
            zones: [0, 1].map(|i| ZoneTruth {
                room_c: s.air_c[i],
                structure_c: s.mass_c[i],
                setpoint_c: actions.zone_setpoint_c[i],
                flow_setpoint_c: actions.zone_flow_setpoint_c[i],
                valve: actions.valve[i],
                pump: actions.zone_pump[i],
                persons: people.persons[i],
                co2_ppm: self.co2_ppm[i],
            }),
            hot_water: HotWaterTruth {
                tank_c: s.tank_c,
                setpoint_c: actions.hot_water_setpoint_c,
                charge_pump: actions.charge_pump,
                circulation_pump: actions.circulation_pump,
            },
            air: AirTruth {
                supply_c: air.supply_c,
                extract_c: s.air_c[1],
                setpoint_c: self.commands.air.setpoint_c,
                stage: self.commands.air.stage,
                fan: air.share,
                filter_dirty: self.filter_dirty,
            },
            meters: self.meters(heat.watt, electricity_w),
            energies: self.ledger,
        };
    }

    /// The counters as their meters stand.
    fn meters(&self, heat_w: f64, electricity_w: f64) -> MeterTruth {
        MeterTruth {
            gas_m3: GAS_BEFORE_M3 + self.ledger.gas / design::GAS_J_M3,
            heat_kwh: HEAT_BEFORE_KWH + self.ledger.delivered / 3.6e6,
            heat_w,
            electricity_kwh: ELECTRICITY_BEFORE_KWH + self.ledger.electricity / 3.6e6,
            electricity_w,
        }
    }
}

#[cfg(test)]
mod tests;
