//! What is the case in the simulated building, as of the last step: the
//! servers answer from it (through their sensors), tests compare with it.

use jiff::Timestamp;

use super::ledger::Ledger;

/// A heating circuit in the boiler room.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CircuitTruth {
    pub flow_c: f64,
    pub return_c: f64,
    /// Flow temperature aimed at; 0 while the circuit is off.
    pub setpoint_c: f64,
    /// Mixing valve, 0–1.
    pub mixer: f64,
    pub pump: bool,
}

/// A zone; 0 offices, 1 hall.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ZoneTruth {
    pub room_c: f64,
    pub structure_c: f64,
    /// What its controller aims at, setback included.
    pub setpoint_c: f64,
    /// Flow temperature that its controller asks for.
    pub flow_setpoint_c: f64,
    /// 0–1.
    pub valve: f64,
    pub pump: bool,
    pub persons: f64,
    pub co2_ppm: f64,
}

/// Hot water.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HotWaterTruth {
    pub tank_c: f64,
    pub setpoint_c: f64,
    pub charge_pump: bool,
    pub circulation_pump: bool,
}

/// The air handler.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AirTruth {
    pub supply_c: f64,
    pub extract_c: f64,
    pub setpoint_c: f64,
    /// 0 off, 1–3.
    pub stage: u8,
    /// Air moved, share of the full flow, 0–1.
    pub fan: f64,
    pub filter_dirty: bool,
}

/// The boiler.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BoilerTruth {
    pub flow_c: f64,
    pub return_c: f64,
    pub setpoint_c: f64,
    /// Share of full power, 0 or 0.2–1.
    pub load: f64,
}

/// Counters, as their meters stand, and present powers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MeterTruth {
    pub gas_m3: f64,
    pub heat_kwh: f64,
    pub heat_w: f64,
    pub electricity_kwh: f64,
    pub electricity_w: f64,
}

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Truth {
    pub moment: Timestamp,
    pub outdoor_c: f64,
    pub sun_w_m2: f64,
    pub boiler: BoilerTruth,
    pub circuits: [CircuitTruth; 2],
    pub zones: [ZoneTruth; 2],
    pub hot_water: HotWaterTruth,
    pub air: AirTruth,
    pub meters: MeterTruth,
    /// Since the model began, J.
    pub energies: Ledger,
}
