//! The building without servers: stepped by its caller, its registers and objects
//! read and written by calls. The same controllers answer as behind the sockets;
//! only the wire is missing. For what runs a year in a minute.

use std::time::Duration;

use jiff::Timestamp;

use super::bacnet::{self, property};
use super::faults::Faults;
use super::model::Model;
use super::state::State;
use super::truth::Truth;
use super::{meters, trovis};
use crate::wire::bacnet::{DeviceError, ObjectId, PropertyRef, Value, error_code};
use crate::wire::modbus::Table;

/// See the module.
#[derive(Debug)]
pub struct Direct {
    state: State,
    faults: Faults,
    /// Since the start.
    steady: Duration,
}

impl Direct {
    /// The building at `start`, nothing commanded.
    #[must_use]
    pub fn new(start: Timestamp, seed: u64) -> Self {
        let state = State {
            model: Model::new(start, seed),
            trovis: trovis::Trovis::new(false),
            bacnet: bacnet::Device::all(),
            bench: Vec::new(),
        };
        Self { state, faults: Faults::default(), steady: Duration::ZERO }
    }

    /// Lets `by` pass under the commands as they stand.
    pub fn step(&mut self, by: Duration) {
        self.steady += by;
        self.state.step(by, self.steady);
    }

    /// The building as of the last step.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        self.state.model.truth()
    }

    /// The handle for faults of sensors.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Makes the air handler's filter dirty, or changes it.
    pub fn set_filter_dirty(&mut self, dirty: bool) {
        self.state.model.filter_dirty = dirty;
    }

    /// A register, or a bit as 0 or 1; `None`: the unit has no such address.
    #[must_use]
    pub fn word(&self, unit: u8, table: Table, address: u16) -> Option<u16> {
        let truth = self.truth();
        match (unit, table) {
            (1, Table::Holding) => self.state.trovis.holding(address, truth, &self.faults),
            (1, Table::Coil) => self.state.trovis.coil(address, truth).map(u16::from),
            (2, Table::Input) => meters::electricity(address, truth),
            (3, Table::Input) => meters::heat(address, truth),
            (4, Table::Input) => meters::gas(address, truth),
            _ => None,
        }
    }

    /// Writes a holding register; false: the unit refuses it.
    pub fn write_register(&mut self, unit: u8, address: u16, value: u16) -> bool {
        let trovis = &mut self.state.trovis;
        if unit != 1 || trovis.check_holding(address, value).is_err() {
            return false;
        }
        trovis.write_holding(address, value);
        true
    }

    /// Writes a coil; false: the unit refuses it.
    pub fn write_coil(&mut self, unit: u8, address: u16, on: bool) -> bool {
        let State { trovis, model, .. } = &mut self.state;
        unit == 1 && trovis.write_coil(address, on, model.truth()).is_ok()
    }

    fn device(&self, instance: u32) -> Result<usize, DeviceError> {
        let found = self.state.bacnet.iter().position(|device| device.instance == instance);
        found.ok_or(error_code::UNKNOWN_OBJECT)
    }

    /// The present value of an object, and whether its sensor is broken.
    ///
    /// # Errors
    /// Where there is none.
    pub fn present(&self, instance: u32, object: (u16, u32)) -> Result<(Value, bool), DeviceError> {
        let device = &self.state.bacnet[self.device(instance)?];
        let place = device.find(object.0, object.1).ok_or(error_code::UNKNOWN_OBJECT)?;
        let object = &device.objects[place];
        let present = object.present(self.truth(), device.zone, &self.faults);
        Ok((property::typed(object.kind, present.value), present.open_loop))
    }

    /// The values of a property.
    ///
    /// # Errors
    /// What the device refuses, as the standard names it.
    pub fn property(
        &self,
        instance: u32,
        object: ObjectId,
        property: PropertyRef,
    ) -> Result<Vec<Value>, DeviceError> {
        let device = &self.state.bacnet[self.device(instance)?];
        let view = property::View { device, truth: self.truth(), faults: &self.faults };
        let mut values = Vec::new();
        view.read(view.target(object)?, property, &mut values)?;
        Ok(values)
    }

    /// Writes a property.
    ///
    /// # Errors
    /// What the device refuses, as the standard names it.
    pub fn write_property(
        &mut self,
        instance: u32,
        object: ObjectId,
        property: PropertyRef,
        value: &Value,
        priority: Option<u8>,
    ) -> Result<(), DeviceError> {
        let place = self.device(instance)?;
        let device = &mut self.state.bacnet[place];
        if property::write(device, object, property, value, priority)? {
            device.heartbeat(self.steady);
        }
        Ok(())
    }
}
