//! Faults on demand: devices that are silent, slow, busy or wrong, a line that
//! is dead, sensors that are broken. Set from outside while the servers run;
//! the building itself stays sound.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;

/// A device of the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// A Modbus unit.
    Unit(u8),
    /// A BACnet device instance.
    Instance(u32),
}

/// How a device answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conduct {
    #[default]
    Sound,
    /// Answers nothing.
    Silent,
    /// Answers late, by this much real time.
    Slow(Duration),
    /// Modbus exception 6; BACnet Abort out-of-resources.
    Busy,
    /// Values of the neighbour: the next register, the next object instance.
    Shifted,
    /// Bytes that mean nothing, under the right header.
    Garbled,
    /// Answers cut off: a register fewer, half the APDU.
    Short,
    /// Refuses reads that touch these addresses (Modbus exception 2) or object
    /// instances (BACnet Error unknown-object).
    Refusing { first: u16, count: u16 },
    /// BACnet: rejects ReadPropertyMultiple, as many small controllers do.
    NoMultiple,
}

/// A sensor of the building; zone and circuit 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensor {
    Outdoor,
    Flow(usize),
    Return(usize),
    Room(usize),
    Tank,
    Supply,
    Extract,
    Co2,
}

/// What is wrong with a sensor. The plant's own controllers do not look
/// through these: they measure with sensors of their own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SensorFault {
    /// Wire broken: the device reports an invalid value.
    Open,
    /// Stands at a value.
    Stuck(f64),
    /// Reads high by this much.
    Drift(f64),
}

#[derive(Debug, Default)]
struct State {
    devices: Vec<(Device, Conduct)>,
    sensors: Vec<(Sensor, SensorFault)>,
}

/// The handle: clones speak of the same plant.
#[derive(Debug, Clone)]
pub struct Faults {
    state: Arc<RwLock<State>>,
    modbus_line: Arc<watch::Sender<bool>>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { state: Arc::default(), modbus_line: Arc::new(watch::channel(true).0) }
    }
}

impl Faults {
    /// From now on `device` answers like this.
    pub fn set(&self, device: Device, conduct: Conduct) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.devices.retain(|(other, _)| *other != device);
        if conduct != Conduct::Sound {
            state.devices.push((device, conduct));
        }
    }

    /// From now on `sensor` is broken, or sound again with `None`.
    pub fn set_sensor(&self, sensor: Sensor, fault: Option<SensorFault>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.sensors.retain(|(other, _)| *other != sensor);
        state.sensors.extend(fault.map(|fault| (sensor, fault)));
    }

    /// Cuts the Modbus line: connections end, new ones are closed at once.
    pub fn cut_modbus(&self) {
        self.set_line(false);
    }

    /// Mends the Modbus line.
    pub fn restore_modbus(&self) {
        self.set_line(true);
    }

    /// Everything sound again, the line included.
    pub fn clear(&self) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State::default();
        self.set_line(true);
    }

    /// How `device` answers now.
    #[must_use]
    pub fn conduct(&self, device: Device) -> Conduct {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state
            .devices
            .iter()
            .find(|(other, _)| *other == device)
            .map_or(Conduct::Sound, |(_, conduct)| *conduct)
    }

    /// What `sensor` makes of the true value; `None` where its wire is broken.
    #[must_use]
    pub fn sensed(&self, sensor: Sensor, truth: f64) -> Option<f64> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match state.sensors.iter().find(|(other, _)| *other == sensor) {
            None => Some(truth),
            Some((_, SensorFault::Open)) => None,
            Some((_, SensorFault::Stuck(value))) => Some(*value),
            Some((_, SensorFault::Drift(by))) => Some(truth + by),
        }
    }

    /// Tells only what is new: a server that hears of the line ends its
    /// connections.
    fn set_line(&self, up: bool) {
        self.modbus_line.send_if_modified(|line| std::mem::replace(line, up) != up);
    }

    pub(super) fn modbus_line(&self) -> watch::Receiver<bool> {
        self.modbus_line.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts_and_clear_heals_all() {
        let faults = Faults::default();
        faults.set(Device::Unit(1), Conduct::Silent);
        faults.set(Device::Unit(1), Conduct::Busy);
        assert_eq!(faults.conduct(Device::Unit(1)), Conduct::Busy);
        assert_eq!(faults.conduct(Device::Unit(2)), Conduct::Sound);
        faults.set_sensor(Sensor::Room(0), Some(SensorFault::Open));
        assert_eq!(faults.sensed(Sensor::Room(0), 20.0), None);
        faults.set_sensor(Sensor::Room(0), Some(SensorFault::Drift(1.5)));
        assert_eq!(faults.sensed(Sensor::Room(0), 20.0), Some(21.5));
        faults.cut_modbus();
        assert!(!*faults.modbus_line().borrow());
        faults.clear();
        assert_eq!(faults.sensed(Sensor::Room(0), 20.0), Some(20.0));
        assert!(*faults.modbus_line().borrow());
    }
}
