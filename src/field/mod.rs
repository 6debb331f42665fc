//! Drivers: one task a connection, spoken to by messages. A driver polls its
//! devices on a plan, reports what it heard, and carries out commands one at a
//! time. What a device says is data, never an error of ours.
//!
//! ```text
//!   engine ── Request ──▶ driver ══ socket, line ══▶ devices
//!   engine ◀── Report ─── driver
//! ```

pub mod bacnet;
pub mod modbus;
pub mod pace;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::model::{Busy, Clock, Commander, Now, PointId, Quality};
use crate::site::{Site, Transport};

/// What a driver is asked to do.
#[derive(Debug)]
pub struct Request {
    pub order: Order,
    /// Dropped when the order has been carried out and answered.
    pub busy: Busy,
}

#[derive(Debug)]
pub enum Order {
    /// Write a canonical value and read back what the device holds. On
    /// BACnet at the point's slot; the read-back is that slot's entry.
    Write { point: PointId, value: f64, reply: oneshot::Sender<WriteOutcome> },
    /// BACnet: write NULL into the point's slot if it still holds `ours`, and
    /// read back that it is empty. Other points answer `Refused`.
    Relinquish { point: PointId, ours: f64, reply: oneshot::Sender<RelinquishOutcome> },
    /// What the device would do without us. On BACnet the next lower filled
    /// slot or the relinquish default; elsewhere `None`.
    Base { point: PointId, reply: oneshot::Sender<Option<f64>> },
    /// BACnet: who commands the point, whose slot we wrote `ours` into.
    /// Elsewhere `Unknown`.
    Commander { point: PointId, ours: f64, reply: oneshot::Sender<Commander> },
    /// Read these points now, plan or no plan; silent devices give up after
    /// one time-out.
    Read { points: Vec<PointId>, reply: oneshot::Sender<Vec<Sample>> },
}

/// How a write ended.
#[derive(Debug, Clone, PartialEq)]
pub enum WriteOutcome {
    /// Accepted, and read back as this canonical value: the writer compares.
    Held(f64),
    /// Accepted, but it could not be read back: unconfirmed.
    NotReadBack(String),
    /// The device said no; its words.
    Refused(String),
    /// The line failed; whether the device took it is not known.
    Failed(String),
}

/// How letting go of a slot ended.
#[derive(Debug, Clone, PartialEq)]
pub enum RelinquishOutcome {
    /// The slot is NULL, read back.
    Released,
    /// The slot holds something else than our value; left alone.
    NotOurs(f64),
    Refused(String),
    Failed(String),
}

/// One value heard, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub point: PointId,
    /// Canonical value, or the quality that says why it is unknown: `Faulty`
    /// where the device says so or refuses, `OutOfRange`; a silent device
    /// gives no samples at all and so goes stale.
    pub value: Result<f64, Quality>,
    pub at: Now,
}

/// What a driver tells.
#[derive(Debug)]
pub struct Report {
    pub news: News,
    pub busy: Busy,
}

#[derive(Debug)]
pub enum News {
    Samples(Vec<Sample>),
    /// Index into the site's devices. Told when it changes.
    Device {
        device: usize,
        state: DeviceState,
    },
    /// Its connection was closed by the other side and opened anew between two
    /// requests; it may have started anew.
    Reconnected {
        device: usize,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceState {
    Answers,
    /// No answer; the last failure in words.
    Silent(String),
}

/// What a driver's task is given.
#[derive(Debug)]
pub struct Link {
    pub site: Arc<Site>,
    /// Index into the site's connections.
    pub connection: usize,
    pub clock: Arc<dyn Clock>,
    /// Closed by the engine: the driver finishes what it has and ends.
    pub requests: mpsc::Receiver<Request>,
    pub reports: mpsc::Sender<Report>,
    /// Set while devices whose watchdog is fed by reads must not be polled.
    pub hold_back: Arc<std::sync::atomic::AtomicBool>,
}

/// Starts the driver that a connection's transport needs. The clock is held up
/// from here on until the driver first waits.
#[must_use]
pub fn spawn(link: Link) -> tokio::task::JoinHandle<()> {
    match link.site.connections[link.connection].transport {
        Transport::ModbusTcp { .. }
        | Transport::ModbusRtu(_)
        | Transport::ModbusRtuOverTcp { .. } => tokio::spawn(modbus::run(link)),
        Transport::BacnetIp(_) => tokio::spawn(bacnet::run(link)),
    }
}
