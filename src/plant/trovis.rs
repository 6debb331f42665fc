//! Modbus unit 1: the boiler house's controller, after the published register
//! list of the Samson TROVIS 5576 (temperatures int16, 0.1 °C).
//!
//! ```text
//!   autonomous (level coil 1) ──write the register──▶ bus (level coil 0)
//!          ▲                                              │
//!          └── write 1, or, with bus monitoring, 30 min ──┘
//!              without a valid request
//! ```

use std::time::Duration;

use tokio_modbus::ExceptionCode;

use super::commands::{Circuit, Commands, HotWater, Mode};
use super::faults::{Faults, Sensor};
use super::truth::Truth;

const MODEL: u16 = 5576;
/// What a temperature register holds while its sensor is broken.
pub const BROKEN_SENSOR: u16 = 0x7fff;
/// Front switches, all on automatic.
const SWITCH_AUTO: u16 = 1;
/// CO6-F07: EB 5576, bus monitoring.
const MONITORING: Duration = Duration::from_secs(30 * 60);

/// Writable things that have a level coil of their own.
const LEVELS: [(u16, Thing); 9] = [
    (88, Thing::Mode(0)),
    (89, Thing::Valve(0)),
    (90, Thing::Mode(1)),
    (91, Thing::Valve(1)),
    (94, Thing::Mode(2)),
    (95, Thing::Pump(0)),
    (96, Thing::Pump(1)),
    (98, Thing::Pump(2)),
    (99, Thing::Pump(3)),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    /// Circuit 1, circuit 2, hot water.
    Mode(usize),
    Valve(usize),
    /// Circuit 1, circuit 2, charging, circulation.
    Pump(usize),
}

/// The controller's registers that are not measurements.
#[derive(Debug, Clone)]
pub struct Trovis {
    modes: [Option<Mode>; 3],
    valves: [Option<f64>; 2],
    pumps: [Option<bool>; 4],
    setpoint_c: f64,
    minimum_c: f64,
    disinfection_c: f64,
    monitoring: bool,
    last_request: Duration,
}

impl Trovis {
    pub fn new(monitoring: bool) -> Self {
        let hot_water = HotWater::default();
        Self {
            modes: [None; 3],
            valves: [None; 2],
            pumps: [None; 4],
            setpoint_c: hot_water.setpoint_c,
            minimum_c: hot_water.minimum_c,
            disinfection_c: 70.0,
            monitoring,
            last_request: Duration::ZERO,
        }
    }

    /// A valid request was heard at `steady`.
    pub fn heard(&mut self, steady: Duration) {
        self.last_request = steady;
    }

    /// With bus monitoring, everything back to autonomous after silence.
    pub fn monitor(&mut self, steady: Duration) {
        if self.monitoring && steady.saturating_sub(self.last_request) >= MONITORING {
            self.modes = [None; 3];
            self.valves = [None; 2];
            self.pumps = [None; 4];
        }
    }

    /// What the building is told by this controller.
    pub fn command(&self, commands: &mut Commands) {
        for i in 0..2 {
            commands.circuits[i] = Circuit {
                mode: self.modes[i].unwrap_or_default(),
                mixer: self.valves[i],
                pump: self.pumps[i],
            };
        }
        commands.hot_water = HotWater {
            mode: self.modes[2].unwrap_or_default(),
            setpoint_c: self.setpoint_c,
            minimum_c: self.minimum_c,
            charge_pump: self.pumps[2],
            circulation_pump: self.pumps[3],
        };
    }

    /// A holding register; `None` where there is none.
    pub fn holding(&self, address: u16, truth: &Truth, faults: &Faults) -> Option<u16> {
        let sensor = |sensor, value| faults.sensed(sensor, value).map_or(BROKEN_SENSOR, tenths);
        let valve = |i: usize| {
            let position = self.valves[i].unwrap_or(truth.circuits[i].mixer);
            (position * 100.0).round().clamp(0.0, 100.0) as u16
        };
        Some(match address {
            0 => MODEL,
            9 => sensor(Sensor::Outdoor, truth.outdoor_c),
            12 => sensor(Sensor::Flow(0), truth.circuits[0].flow_c),
            13 => sensor(Sensor::Flow(1), truth.circuits[1].flow_c),
            16 => sensor(Sensor::Return(0), truth.circuits[0].return_c),
            17 => sensor(Sensor::Return(1), truth.circuits[1].return_c),
            22 => sensor(Sensor::Tank, truth.hot_water.tank_c),
            102..=104 => SWITCH_AUTO,
            105 => mode_code(self.modes[0]),
            106 => valve(0),
            107 => mode_code(self.modes[1]),
            108 => valve(1),
            111 => mode_code(self.modes[2]),
            1799 => tenths(self.setpoint_c),
            1806 => tenths(self.minimum_c),
            1829 => tenths(self.disinfection_c),
            _ => return None,
        })
    }

    /// A coil; `None` where there is none.
    pub fn coil(&self, address: u16, truth: &Truth) -> Option<bool> {
        let pump = |i: usize, own: bool| self.pumps[i].unwrap_or(own);
        match address {
            56 => Some(pump(0, truth.circuits[0].pump)),
            57 => Some(pump(1, truth.circuits[1].pump)),
            59 => Some(pump(2, truth.hot_water.charge_pump)),
            60 => Some(pump(3, truth.hot_water.circulation_pump)),
            _ => thing_of(address).map(|thing| self.autonomous(thing)),
        }
    }

    /// Whether `value` may be written to holding register `address`.
    ///
    /// # Errors
    /// 2 for a register that is not there or not writable, 3 for a value out
    /// of its range.
    pub fn check_holding(&self, address: u16, value: u16) -> Result<(), ExceptionCode> {
        let in_range = match address {
            105 | 107 | 111 => mode_of(value).is_some(),
            106 | 108 => value <= 100,
            1799 | 1806 => (200..=900).contains(&value),
            1829 => (600..=900).contains(&value),
            _ => return Err(ExceptionCode::IllegalDataAddress),
        };
        if in_range { Ok(()) } else { Err(ExceptionCode::IllegalDataValue) }
    }

    /// Writes a value that [`check_holding`](Self::check_holding) let pass.
    pub fn write_holding(&mut self, address: u16, value: u16) {
        let celsius = f64::from(value) / 10.0;
        match address {
            105 => self.modes[0] = mode_of(value),
            107 => self.modes[1] = mode_of(value),
            111 => self.modes[2] = mode_of(value),
            106 => self.valves[0] = Some(f64::from(value) / 100.0),
            108 => self.valves[1] = Some(f64::from(value) / 100.0),
            1799 => self.setpoint_c = celsius,
            1806 => self.minimum_c = celsius,
            1829 => self.disinfection_c = celsius,
            _ => {}
        }
    }

    /// Writes a coil: a pump, or a level.
    ///
    /// # Errors
    /// 2 for a coil that is not there.
    pub fn write_coil(
        &mut self,
        address: u16,
        on: bool,
        truth: &Truth,
    ) -> Result<(), ExceptionCode> {
        match address {
            56 | 57 => self.pumps[usize::from(address - 56)] = Some(on),
            59 | 60 => self.pumps[usize::from(address - 57)] = Some(on),
            _ => {
                let thing = thing_of(address).ok_or(ExceptionCode::IllegalDataAddress)?;
                if on {
                    self.release(thing);
                } else if self.autonomous(thing) {
                    self.take(thing, truth);
                }
            }
        }
        Ok(())
    }

    fn autonomous(&self, thing: Thing) -> bool {
        match thing {
            Thing::Mode(i) => self.modes[i].is_none(),
            Thing::Valve(i) => self.valves[i].is_none(),
            Thing::Pump(i) => self.pumps[i].is_none(),
        }
    }

    fn release(&mut self, thing: Thing) {
        match thing {
            Thing::Mode(i) => self.modes[i] = None,
            Thing::Valve(i) => self.valves[i] = None,
            Thing::Pump(i) => self.pumps[i] = None,
        }
    }

    /// To the bus, holding what it did by itself.
    fn take(&mut self, thing: Thing, truth: &Truth) {
        match thing {
            Thing::Mode(i) => self.modes[i] = Some(Mode::Auto),
            Thing::Valve(i) => self.valves[i] = Some(truth.circuits[i].mixer),
            Thing::Pump(i) => {
                self.pumps[i] = Some(match i {
                    0 | 1 => truth.circuits[i].pump,
                    2 => truth.hot_water.charge_pump,
                    _ => truth.hot_water.circulation_pump,
                });
            }
        }
    }
}

fn thing_of(level_coil: u16) -> Option<Thing> {
    LEVELS.iter().find(|(coil, _)| *coil == level_coil).map(|(_, thing)| *thing)
}

fn mode_of(code: u16) -> Option<Mode> {
    match code {
        2 => Some(Mode::Standby),
        4 => Some(Mode::Day),
        5 => Some(Mode::Night),
        _ => None,
    }
}

fn mode_code(mode: Option<Mode>) -> u16 {
    match mode.unwrap_or_default() {
        Mode::Auto => 1,
        Mode::Standby => 2,
        Mode::Day => 4,
        Mode::Night => 5,
    }
}

/// A temperature as int16 in tenths, kept within what the register can say.
pub fn tenths(celsius: f64) -> u16 {
    ((celsius * 10.0).round().clamp(-32_768.0, 32_766.0) as i16).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::super::faults::SensorFault;
    use super::*;

    #[test]
    fn writing_a_mode_takes_the_level_and_a_one_hands_back() {
        let truth = Truth::default();
        let faults = Faults::default();
        let mut trovis = Trovis::new(false);
        assert_eq!(trovis.holding(105, &truth, &faults), Some(1));
        assert_eq!(trovis.coil(88, &truth), Some(true));
        trovis.check_holding(105, 5).unwrap();
        trovis.write_holding(105, 5);
        assert_eq!(trovis.holding(105, &truth, &faults), Some(5));
        assert_eq!(trovis.coil(88, &truth), Some(false));
        assert_eq!(trovis.coil(90, &truth), Some(true), "circuit 2 is left alone");
        let mut commands = Commands::default();
        trovis.command(&mut commands);
        assert_eq!(commands.circuits[0].mode, Mode::Night);
        trovis.write_coil(88, true, &truth).unwrap();
        assert_eq!(trovis.holding(105, &truth, &faults), Some(1));
    }

    #[test]
    fn refuses_what_it_must() {
        let trovis = Trovis::new(false);
        assert_eq!(trovis.check_holding(105, 3), Err(ExceptionCode::IllegalDataValue));
        assert_eq!(trovis.check_holding(105, 1), Err(ExceptionCode::IllegalDataValue));
        assert_eq!(trovis.check_holding(9, 100), Err(ExceptionCode::IllegalDataAddress));
        assert_eq!(trovis.check_holding(1799, 1000), Err(ExceptionCode::IllegalDataValue));
        assert_eq!(trovis.check_holding(1799, 600), Ok(()));
        assert_eq!(trovis.holding(10, &Truth::default(), &Faults::default()), None);
        assert_eq!(trovis.coil(58, &Truth::default()), None);
    }

    #[test]
    fn temperatures_below_zero_and_broken_sensors() {
        let faults = Faults::default();
        let truth = Truth { outdoor_c: -7.26, ..Truth::default() };
        let trovis = Trovis::new(false);
        assert_eq!(trovis.holding(9, &truth, &faults), Some((-73_i16).cast_unsigned()));
        faults.set_sensor(Sensor::Outdoor, Some(SensorFault::Open));
        assert_eq!(trovis.holding(9, &truth, &faults), Some(BROKEN_SENSOR));
    }

    #[test]
    fn bus_monitoring_only_where_it_is_on() {
        for (on, after) in [(false, Some(false)), (true, Some(true))] {
            let mut trovis = Trovis::new(on);
            trovis.heard(Duration::from_secs(60));
            trovis.write_holding(105, 2);
            trovis.monitor(Duration::from_secs(29 * 60));
            assert_eq!(trovis.coil(88, &Truth::default()), Some(false));
            trovis.monitor(Duration::from_secs(31 * 60));
            assert_eq!(trovis.coil(88, &Truth::default()), after);
        }
    }
}
