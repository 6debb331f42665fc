//! What the building's controllers are told, by their own program (the
//! defaults: as such buildings are found) or over the bus.

/// Operating mode of a heating circuit, of hot water or of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The controller's own program: day, around the clock.
    #[default]
    Auto,
    /// Off, with frost protection.
    Standby,
    Day,
    Night,
}

/// A heating circuit in the boiler room.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Circuit {
    pub mode: Mode,
    /// Mixing valve, 0–1; `None` leaves it to the curve.
    pub mixer: Option<f64>,
    pub pump: Option<bool>,
}

/// Hot water.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HotWater {
    /// Night charges to the minimum only.
    pub mode: Mode,
    pub setpoint_c: f64,
    pub minimum_c: f64,
    pub charge_pump: Option<bool>,
    pub circulation_pump: Option<bool>,
}

impl Default for HotWater {
    fn default() -> Self {
        Self {
            mode: Mode::Auto,
            setpoint_c: 60.0,
            minimum_c: 45.0,
            charge_pump: None,
            circulation_pump: None,
        }
    }
}

/// A zone's controller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zone {
    pub setpoint_c: f64,
    pub mode: Mode,
    /// 0–1; `None` leaves it to the controller.
    pub valve: Option<f64>,
    pub pump: Option<bool>,
}

impl Default for Zone {
    fn default() -> Self {
        Self { setpoint_c: 21.0, mode: Mode::Auto, valve: None, pump: None }
    }
}

/// The air handler.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Air {
    pub setpoint_c: f64,
    /// 0 off, 1–3.
    pub stage: u8,
}

impl Default for Air {
    fn default() -> Self {
        Self { setpoint_c: 20.0, stage: 2 }
    }
}

/// Everything together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Commands {
    pub circuits: [Circuit; 2],
    pub hot_water: HotWater,
    pub zones: [Zone; 2],
    pub air: Air,
}
