//! The building's own controllers, as such buildings are found: the boiler
//! house holds a steep curve around the clock, the zones hold 21 °C by a
//! proportional valve, hot water stands at 60 °C. They carry out the commands
//! from the bus and keep their own frost protection. No physics here.
//!
//! ```text
//!   zone (valve, flow asked for) ──▶ circuit (pump, mixed flow) ──▶ boiler
//! ```

use super::commands::{Air, Circuit, Commands, HotWater, Mode, Zone};
use super::design::boiler;

/// Below this outdoor temperature stand-by reverts to night (TROVIS 5576,
/// EB 5576: frost protection).
pub const FROST_C: f64 = 3.0;
/// Above this mean outdoor temperature the circuits stop: far too high, as
/// found.
const HEATING_LIMIT_C: f64 = 22.0;
/// Setback of night mode: the circuit's flow, the zone's room, K.
const CIRCUIT_NIGHT_K: f64 = 25.0;
const ZONE_NIGHT_K: f64 = 5.0;
/// The circuits' curve: steeper than the building needs, and for 23 °C.
const CIRCUIT_CURVE_K: f64 = 54.0;
const CIRCUIT_ROOM_C: f64 = 23.0;
/// Room temperature that a zone on stand-by keeps, °C.
const FROST_ROOM_C: f64 = 6.0;
/// Proportional band of the zone valve, K.
const BAND_K: f64 = 2.0;
/// Time of a zone valve from shut to open, s.
const VALVE_TRAVEL_S: f64 = 120.0;

/// What the controllers see.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub outdoor_c: f64,
    pub room_c: [f64; 2],
    pub boiler_c: f64,
    pub tank_c: f64,
    /// Air before the heating coil.
    pub before_coil_c: f64,
}

/// What they do.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Actions {
    pub circuit_on: [bool; 2],
    pub circuit_setpoint_c: [f64; 2],
    /// Commanded position of the mixing valve, else the setpoint is held.
    pub mixer: [Option<f64>; 2],
    pub zone_setpoint_c: [f64; 2],
    pub zone_flow_setpoint_c: [f64; 2],
    pub valve: [f64; 2],
    pub zone_pump: [bool; 2],
    pub hot_water_setpoint_c: f64,
    pub charge_pump: bool,
    pub circulation_pump: bool,
    pub boiler_setpoint_c: f64,
    /// Burner's share of full power, 0 off.
    pub load: f64,
}

/// What they remember.
#[derive(Debug, Clone)]
pub struct Controls {
    /// Outdoor temperature over about a day, °C.
    damped_outdoor_c: f64,
    season: bool,
    charging: bool,
    burning: bool,
    last: Actions,
}

impl Controls {
    pub fn new(outdoor_c: f64) -> Self {
        Self {
            damped_outdoor_c: outdoor_c,
            season: outdoor_c < HEATING_LIMIT_C,
            charging: false,
            burning: false,
            last: Actions::default(),
        }
    }

    /// Carries out `commands` over `dt_s` seconds.
    pub fn act(&mut self, commands: &Commands, seen: &Seen, dt_s: f64) -> Actions {
        self.damped_outdoor_c += (seen.outdoor_c - self.damped_outdoor_c) * dt_s / 86_400.0;
        self.season = hysteresis(self.season, self.damped_outdoor_c, HEATING_LIMIT_C, 1.0);
        let mut actions = self.last;
        for i in 0..2 {
            self.zone(&commands.zones[i], i, seen, dt_s, &mut actions);
            self.circuit(&commands.circuits[i], i, seen, &mut actions);
        }
        self.hot_water(&commands.hot_water, seen, &mut actions);
        self.boiler(&commands.air, commands.hot_water.charge_pump, seen, &mut actions);
        self.last = actions;
        actions
    }

    fn zone(&self, command: &Zone, i: usize, seen: &Seen, dt_s: f64, actions: &mut Actions) {
        let setpoint = match command.mode {
            Mode::Auto | Mode::Day => command.setpoint_c,
            Mode::Night => command.setpoint_c - ZONE_NIGHT_K,
            Mode::Standby => FROST_ROOM_C,
        };
        let wanted = command.valve.unwrap_or(0.5 + (setpoint - seen.room_c[i]) / BAND_K);
        let travel = dt_s / VALVE_TRAVEL_S;
        let valve = actions.valve[i];
        actions.valve[i] = wanted.clamp(0.0, 1.0).clamp(valve - travel, valve + travel);
        let pump = hysteresis(actions.zone_pump[i], -actions.valve[i], -0.02, 0.015);
        actions.zone_pump[i] = command.pump.unwrap_or(pump);
        actions.zone_setpoint_c[i] = setpoint;
        // The room's influence: 4 K of flow for each K that is missing.
        let influence = (4.0 * (setpoint - seen.room_c[i])).clamp(-12.0, 14.0);
        actions.zone_flow_setpoint_c[i] = curve_c(48.0, setpoint, seen.outdoor_c) + influence;
    }

    fn circuit(&self, command: &Circuit, i: usize, seen: &Seen, actions: &mut Actions) {
        let mode = match command.mode {
            Mode::Standby if seen.outdoor_c < FROST_C => Mode::Night,
            mode => mode,
        };
        let setback_k = if mode == Mode::Night { CIRCUIT_NIGHT_K } else { 0.0 };
        let on = command.pump.unwrap_or(mode != Mode::Standby && self.season);
        actions.circuit_on[i] = on;
        actions.mixer[i] = command.mixer;
        actions.circuit_setpoint_c[i] = if on {
            (curve_c(CIRCUIT_CURVE_K, CIRCUIT_ROOM_C, seen.outdoor_c) - setback_k)
                .min(actions.zone_flow_setpoint_c[i])
                .clamp(10.0, boiler::HIGHEST_C - 2.0)
        } else {
            0.0
        };
    }

    fn hot_water(&mut self, command: &HotWater, seen: &Seen, actions: &mut Actions) {
        let setpoint = match command.mode {
            Mode::Auto | Mode::Day => command.setpoint_c.max(command.minimum_c),
            Mode::Night => command.minimum_c,
            Mode::Standby => 8.0,
        };
        self.charging = hysteresis(self.charging, seen.tank_c, setpoint - 2.5, 2.5);
        actions.hot_water_setpoint_c = setpoint;
        actions.charge_pump =
            command.charge_pump.unwrap_or(self.charging && seen.boiler_c > seen.tank_c + 1.0);
        actions.circulation_pump =
            command.circulation_pump.unwrap_or(matches!(command.mode, Mode::Auto | Mode::Day));
    }

    fn boiler(&mut self, air: &Air, charge: Option<bool>, seen: &Seen, actions: &mut Actions) {
        let mut setpoint = boiler::LOWEST_C;
        for i in 0..2 {
            if actions.circuit_on[i] {
                setpoint = setpoint.max(actions.circuit_setpoint_c[i] + 3.0);
            }
        }
        if charge.unwrap_or(self.charging) {
            setpoint = setpoint.max(actions.hot_water_setpoint_c + 12.0);
        }
        if air.stage > 0 && seen.before_coil_c < air.setpoint_c - 1.0 {
            setpoint = setpoint.max(58.0);
        }
        let setpoint = setpoint.min(boiler::HIGHEST_C);
        self.burning = hysteresis(self.burning, seen.boiler_c, setpoint + 1.0, 4.0);
        actions.boiler_setpoint_c = setpoint;
        actions.load = if self.burning {
            ((setpoint + 2.0 - seen.boiler_c) / 8.0).clamp(boiler::LOWEST_LOAD, 1.0)
        } else {
            0.0
        };
    }
}

/// Flow temperature at which radiators of exponent 1.3 (EN 442) hold `room_c`:
/// `design_k` over the room at -12 °C outdoors, less as it gets warmer.
pub fn curve_c(design_k: f64, room_c: f64, outdoor_c: f64) -> f64 {
    let share = ((room_c - outdoor_c) / (21.0 + 12.0)).max(0.0);
    room_c + design_k * share.powf(1.0 / 1.3)
}

/// On below `middle - half`, off above `middle + half`, else as it was.
fn hysteresis(on: bool, value: f64, middle: f64, half: f64) -> bool {
    if on { value <= middle + half } else { value < middle - half }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(outdoor_c: f64, room_c: f64) -> Seen {
        Seen { outdoor_c, room_c: [room_c; 2], boiler_c: 60.0, tank_c: 58.0, before_coil_c: 12.0 }
    }

    fn settled(commands: &Commands, seen: &Seen) -> Actions {
        let mut controls = Controls::new(seen.outdoor_c);
        (0..20).map(|_| controls.act(commands, seen, 15.0)).last().unwrap()
    }

    #[test]
    fn the_curve_is_the_radiators() {
        assert!((curve_c(48.0, 21.0, -12.0) - 69.0).abs() < 0.1);
        assert!((curve_c(48.0, 21.0, 21.0) - 21.0).abs() < 0.1);
        assert!(curve_c(48.0, 21.0, 0.0) > curve_c(48.0, 16.0, 0.0));
    }

    #[test]
    fn stand_by_stops_the_circuit_but_never_in_frost() {
        let mut commands = Commands::default();
        commands.circuits[0].mode = Mode::Standby;
        assert_eq!(settled(&commands, &seen(5.0, 21.0)).circuit_on, [false, true]);
        let frost = settled(&commands, &seen(2.0, 21.0));
        assert_eq!(frost.circuit_on, [true, true]);
        commands.circuits[0].mode = Mode::Night;
        assert_eq!(
            settled(&commands, &seen(2.0, 21.0)).circuit_setpoint_c,
            frost.circuit_setpoint_c
        );
    }

    #[test]
    fn night_lowers_the_curve_and_the_zone() {
        let day = settled(&Commands::default(), &seen(0.0, 20.0));
        let mut commands = Commands::default();
        commands.circuits[0].mode = Mode::Night;
        commands.zones[1].mode = Mode::Night;
        let night = settled(&commands, &seen(0.0, 20.0));
        assert!(night.circuit_setpoint_c[0] < day.circuit_setpoint_c[0] - 5.0);
        assert_eq!(night.zone_setpoint_c, [21.0, 16.0]);
        assert_eq!(night.valve[1], 0.0);
        assert!(!night.zone_pump[1] && day.zone_pump[1]);
    }

    #[test]
    fn hot_water_modes() {
        let mut commands = Commands::default();
        let cold = Seen { tank_c: 50.0, ..seen(5.0, 21.0) };
        let day = settled(&commands, &cold);
        assert!(day.charge_pump && day.circulation_pump && day.boiler_setpoint_c >= 72.0);
        commands.hot_water.mode = Mode::Night;
        let night = settled(&commands, &cold);
        assert!(!night.charge_pump && !night.circulation_pump);
        assert_eq!(night.hot_water_setpoint_c, 45.0);
        commands.hot_water.mode = Mode::Standby;
        assert!(!settled(&commands, &cold).charge_pump);
    }

    #[test]
    fn a_command_stands_above_the_own_program() {
        let mut commands = Commands::default();
        commands.zones[0].valve = Some(0.3);
        commands.zones[0].pump = Some(false);
        commands.circuits[1].pump = Some(false);
        let actions = settled(&commands, &seen(0.0, 15.0));
        assert_eq!(actions.valve, [0.3, 1.0]);
        assert_eq!(actions.zone_pump, [false, true]);
        assert_eq!(actions.circuit_on, [true, false]);
    }
}
