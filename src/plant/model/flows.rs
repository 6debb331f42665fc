//! The flows of one sub-step, in W: what each part gives and takes at the
//! temperatures before it. Writes the stores, books into the ledger; equations
//! and sources stand in the model's module.

use super::super::commands::Commands;
use super::super::controls::{Actions, Seen};
use super::super::design::{self, AIR_J_M3_K, CELLAR_C, WATER_J_KG_K, ZONES, air, boiler, tank};
use super::super::ledger::Ledger;
use super::super::occupancy::{NamedSchedule, PERSON_W};
use super::super::weather::Sky;
use super::{GAIN_TO_AIR, Stores};

/// Heat drawn from the boiler by one consumer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Draw {
    pub watt: f64,
    /// Boiler water through the consumer, kg/s.
    pub kg_s: f64,
    /// Mixed flow temperature, where there is a mixing valve.
    pub flow_c: f64,
    pub mixer: f64,
}

/// What left the boiler.
#[derive(Debug, Clone, Copy)]
pub struct Delivered {
    pub watt: f64,
    pub return_c: f64,
}

/// The air handler over one sub-step.
#[derive(Debug, Clone, Copy)]
pub struct AirHandler {
    pub volume_m3_s: f64,
    pub share: f64,
    pub supply_c: f64,
    pub coil: Draw,
    pub fans_w: f64,
    /// Supply air over room air.
    pub to_zone_w: f64,
    /// Exhaust after the wheel, over outdoor air.
    pub exhaust_w: f64,
}

/// Air after the heat recovery; the bypass keeps it from passing the setpoint.
pub fn before_coil_c(stores: &Stores, sky: &Sky, setpoint_c: f64) -> f64 {
    let recovered = sky.outdoor_c + air::RECOVERY * (stores.air_c[1] - sky.outdoor_c);
    if recovered > setpoint_c { recovered.min(setpoint_c.max(sky.outdoor_c)) } else { recovered }
}

impl AirHandler {
    pub fn running(commands: &Commands, stores: &Stores, seen: &Seen) -> Self {
        let share = air::STAGES[usize::from(commands.air.stage).min(3)];
        let volume_m3_s = share * air::FULL_M3_S;
        let w_k = volume_m3_s * AIR_J_M3_K;
        let room_c = stores.air_c[1];
        if share == 0.0 {
            // A standing duct takes the room's temperature.
            let coil = Draw::default();
            let supply_c = room_c;
            return Self {
                volume_m3_s,
                share,
                supply_c,
                coil,
                fans_w: 0.0,
                to_zone_w: 0.0,
                exhaust_w: 0.0,
            };
        }
        let fans_w = air::FANS_W * share.powi(3);
        let after_fan_c = seen.before_coil_c + fans_w / 2.0 / w_k;
        let wanted_w = w_k * (commands.air.setpoint_c - after_fan_c);
        let most_w = air::COIL_W_K * (stores.boiler_c - seen.before_coil_c);
        let watt = wanted_w.min(most_w).max(0.0);
        let supply_c = after_fan_c + watt / w_k;
        Self {
            volume_m3_s,
            share,
            supply_c,
            coil: Draw { watt, kg_s: watt / (WATER_J_KG_K * 15.0), ..Draw::default() },
            fans_w,
            to_zone_w: w_k * (supply_c - room_c),
            // The wheel moves what the outdoor air gained out of the extract air.
            exhaust_w: w_k * (room_c - seen.before_coil_c),
        }
    }
}

/// One sub-step: reads `before`, writes the stores, books into the ledger.
pub struct Step<'a> {
    pub sky: &'a Sky,
    pub people: &'a NamedSchedule,
    pub actions: &'a Actions,
    pub before: &'a Stores,
    pub dt: f64,
    pub ledger: &'a mut Ledger,
}

impl Step<'_> {
    /// A heating circuit: the mixing valve holds the flow setpoint as far as
    /// the boiler reaches.
    pub fn circuit(&mut self, i: usize) -> Draw {
        let boiler_c = self.before.boiler_c;
        let return_c = self.before.emitter_c[i];
        if !self.actions.circuit_on[i] {
            return Draw { flow_c: return_c, ..Draw::default() };
        }
        let reach = (boiler_c - return_c).max(0.0);
        let mixer = self.actions.mixer[i].unwrap_or_else(|| {
            let wanted = self.actions.circuit_setpoint_c[i] - return_c;
            if reach > 0.1 { (wanted / reach).clamp(0.0, 1.0) } else { 1.0 }
        });
        let flow_c = return_c + mixer * reach;
        let flow_kg_s = if self.actions.zone_pump[i] {
            ZONES[i].flow_kg_s * self.actions.valve[i]
        } else {
            0.0
        };
        let watt = flow_kg_s * WATER_J_KG_K * (flow_c - return_c);
        self.ledger.circuits[i] += watt * self.dt;
        Draw { watt, kg_s: flow_kg_s * mixer, flow_c, mixer }
    }

    pub fn hot_water(&mut self) -> Draw {
        if !self.actions.charge_pump {
            return Draw::default();
        }
        let watt = tank::COIL_W_K * (self.before.boiler_c - self.before.tank_c).max(0.0);
        self.ledger.hot_water += watt * self.dt;
        Draw { watt, kg_s: 1.0, ..Draw::default() }
    }

    pub fn zone(&mut self, i: usize, circuit_w: f64, supply_w: f64, stores: &mut Stores) {
        let zone = &ZONES[i];
        let (air_c, mass_c) = (self.before.air_c[i], self.before.mass_c[i]);
        let over_outdoor = air_c - self.sky.outdoor_c;
        let window_w = zone.window_w_k * over_outdoor;
        let infiltration_w = air_changes_per_h(zone, air_c, self.sky.outdoor_c) / 3600.0
            * zone.volume_m3
            * AIR_J_M3_K
            * over_outdoor;
        let opaque_w = zone.opaque_w_k * (mass_c - self.sky.outdoor_c);
        let to_mass_w = zone.air_mass_w_k * (air_c - mass_c);
        let over_other_w = design::BETWEEN_ZONES_W_K * (air_c - self.before.air_c[1 - i]);
        let over_room = self.before.emitter_c[i] - air_c;
        let emitter_w = zone.emitter_w * over_room.signum() * (over_room.abs() / 50.0).powf(1.3);
        let blinds = 1.0 - (1.0 - design::BLINDS) * too_warm(air_c);
        let sun_w = zone.aperture_m2 * blinds * self.sky.sun_w_m2;
        let people_w = self.people.persons[i] * PERSON_W;
        let gains_w = sun_w + people_w + self.people.equipment_w[i];

        let air_w = GAIN_TO_AIR * gains_w + emitter_w + supply_w
            - window_w
            - infiltration_w
            - to_mass_w
            - over_other_w;
        let mass_w = (1.0 - GAIN_TO_AIR) * gains_w + to_mass_w - opaque_w;
        stores.air_c[i] += air_w * self.dt / zone.air_j_k;
        stores.mass_c[i] += mass_w * self.dt / zone.mass_j_k;
        stores.emitter_c[i] += (circuit_w - emitter_w) * self.dt / zone.emitter_j_k;

        self.ledger.sun += sun_w * self.dt;
        self.ledger.people += people_w * self.dt;
        self.ledger.transmission[i] += (window_w + opaque_w) * self.dt;
        self.ledger.infiltration[i] += infiltration_w * self.dt;
    }

    pub fn tank(&mut self, charge_w: f64, stores: &mut Stores) {
        let tank_c = self.before.tank_c;
        let drawn_w = self.people.draw_off_kg_s * WATER_J_KG_K * (tank_c - design::COLD_WATER_C);
        let envelope_w = tank::LOSS_W_K * (tank_c - CELLAR_C);
        let pipes = if self.actions.circulation_pump { tank::CIRCULATION_W_K } else { 0.0 };
        let circulation_w = pipes * (tank_c - CELLAR_C);
        stores.tank_c +=
            (charge_w - drawn_w - envelope_w - circulation_w) * self.dt / tank::CAPACITY_J_K;
        self.ledger.drawn_off += drawn_w * self.dt;
        self.ledger.tank_envelope += envelope_w * self.dt;
        self.ledger.circulation += circulation_w * self.dt;
    }

    pub fn boiler(&mut self, draws: &[Draw], stores: &mut Stores) -> Delivered {
        let boiler_c = self.before.boiler_c;
        let watt: f64 = draws.iter().map(|draw| draw.watt).sum();
        let kg_s: f64 = draws.iter().map(|draw| draw.kg_s).sum();
        let return_c = if kg_s > 0.01 { boiler_c - watt / (kg_s * WATER_J_KG_K) } else { boiler_c };
        let burner_w = self.actions.load * boiler::POWER_W;
        let envelope_w = boiler::LOSS_W_K * (boiler_c - CELLAR_C);
        let gas_w = burner_w / efficiency(return_c);
        stores.boiler_c += (burner_w - watt - envelope_w) * self.dt / boiler::CAPACITY_J_K;
        self.ledger.gas += gas_w * self.dt;
        self.ledger.burner += burner_w * self.dt;
        self.ledger.flue += (gas_w - burner_w) * self.dt;
        self.ledger.boiler_envelope += envelope_w * self.dt;
        self.ledger.delivered += watt * self.dt;
        Delivered { watt, return_c }
    }

    pub fn book_air(&mut self, air: &AirHandler) {
        self.ledger.coil += air.coil.watt * self.dt;
        self.ledger.exhaust += air.exhaust_w * self.dt;
    }

    /// All electric power, W.
    pub fn electricity(&mut self, air: &AirHandler) -> f64 {
        let actions = self.actions;
        let mut outside_w = air::CONTROLLER_W + boiler::AUXILIARY_W + air.fans_w / 2.0;
        for i in 0..2 {
            outside_w += if actions.circuit_on[i] { design::CIRCUIT_PUMP_W[i] } else { 0.0 };
            outside_w += if actions.zone_pump[i] { design::ZONE_PUMP_W[i] } else { 0.0 };
        }
        outside_w += if actions.load > 0.0 { boiler::BURNING_W } else { 0.0 };
        outside_w += if actions.charge_pump { tank::CHARGE_PUMP_W } else { 0.0 };
        outside_w += if actions.circulation_pump { tank::CIRCULATION_PUMP_W } else { 0.0 };
        let equipment_w: f64 = self.people.equipment_w.iter().sum();
        let all_w = outside_w + air.fans_w / 2.0 + equipment_w;
        self.ledger.electricity += all_w * self.dt;
        self.ledger.electricity_outside += outside_w * self.dt;
        all_w
    }
}

/// 0–1: how much people mind the heat.
fn too_warm(room_c: f64) -> f64 {
    ((room_c - design::WARM_C) / 2.0).clamp(0.0, 1.0)
}

/// Infiltration and, in a warm room under cooler air, open windows.
pub fn air_changes_per_h(zone: &design::Zone, room_c: f64, outdoor_c: f64) -> f64 {
    let cooler = ((room_c - outdoor_c) / 2.0).clamp(0.0, 1.0);
    zone.infiltration_per_h + too_warm(room_c) * cooler * design::OPEN_WINDOWS_PER_H
}

/// Boiler efficiency on the superior heating value (EN 15316-4-1).
fn efficiency(return_c: f64) -> f64 {
    let better = boiler::EFFICIENCY_PER_K * (60.0 - return_c);
    (boiler::EFFICIENCY_AT_60 + better).clamp(0.80, boiler::EFFICIENCY_BEST)
}
