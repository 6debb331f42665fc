//! What the servers and the stepping task share: the model, the registers
//! that are not measurements, the faults.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::bacnet::Device;
use super::faults::Faults;
use super::model::Model;
use super::trovis::Trovis;
use crate::model::Clock;

/// Locked for one request or one step.
#[derive(Debug)]
pub struct State {
    pub model: Model,
    pub trovis: Trovis,
    pub bacnet: [Device; 3],
    /// Registers of the benchmark unit; empty where there is none.
    pub bench: Vec<u16>,
}

impl State {
    /// Takes the commands as they stand and moves the building on by `by`, up
    /// to `steady`.
    pub fn step(&mut self, by: Duration, steady: Duration) {
        self.trovis.monitor(steady);
        self.trovis.command(&mut self.model.commands);
        for device in &mut self.bacnet {
            device.watch(steady);
            device.command(&mut self.model.commands);
        }
        self.model.step(by);
    }
}

/// See the module.
#[derive(Debug)]
pub struct Shared {
    state: Mutex<State>,
    pub faults: Faults,
    pub clock: Arc<dyn Clock>,
    /// Counts the steps, for who tells of changes.
    pub stepped: watch::Sender<u64>,
}

impl Shared {
    pub fn new(state: State, clock: Arc<dyn Clock>) -> Self {
        Self {
            state: Mutex::new(state),
            faults: Faults::default(),
            clock,
            stepped: watch::channel(0).0,
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
