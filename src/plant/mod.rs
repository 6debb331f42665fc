//! A simulated municipal building: a thermal model with controllers of its
//! own, as such buildings are found, behind real Modbus and BACnet servers on
//! loopback. Demonstrations, benchmarks and end-to-end tests drive it; nothing
//! of it runs in a real building.
//!
//! ```text
//!   weather, people ─▶ model ─▶ truth ─▶ sensors ─▶ Modbus, BACnet ─▶ client
//!                        ▲                               │
//!                        └── controllers ◀── commands ◀──┘
//! ```

mod bacnet;
pub mod commands;
mod controls;
pub mod design;
mod direct;
pub mod faults;
pub mod ledger;
mod meters;
mod modbus;
pub mod model;
pub mod occupancy;
mod state;
mod trovis;
pub mod truth;
pub mod weather;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use bacnet::INSTANCES;
pub use direct::Direct;
pub use faults::Faults;
pub use modbus::BENCH_UNIT;
pub use model::Model;
pub use truth::Truth;

use crate::model::{Busy, Clock};
use state::{Shared, State};

/// What a plant is started with. Port 0 takes a free port.
#[derive(Debug, Clone)]
pub struct Config {
    /// Weather, attendance.
    pub seed: u64,
    /// Step of the model, in the clock's time.
    pub step: Duration,
    pub modbus: SocketAddr,
    /// Addresses of the BACnet devices [`INSTANCES`].
    pub bacnet: [SocketAddrV4; 3],
    /// TROVIS CO6-F07: hands back 30 min after the last valid request. Off as
    /// delivered.
    pub bus_monitoring: bool,
    /// Holding registers of unit [`BENCH_UNIT`]; 0 for none.
    pub bench_registers: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            step: Duration::from_secs(60),
            modbus: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            bacnet: [2, 3, 4].map(|last| SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, last), 0)),
            bus_monitoring: false,
            bench_registers: 0,
        }
    }
}

/// A running plant. Its servers end when it is dropped.
#[derive(Debug)]
pub struct Plant {
    shared: Arc<Shared>,
    modbus: SocketAddr,
    bacnet: [SocketAddrV4; 3],
    stop: CancellationToken,
    tasks: JoinSet<io::Result<()>>,
}

impl Plant {
    /// Builds the plant at the clock's present moment, opens its servers and
    /// lets it run on the clock.
    ///
    /// # Errors
    /// Where an address cannot be bound.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let busy = clock.busy();
        let now = clock.now();
        let state = State {
            model: Model::new(now.wall, config.seed),
            trovis: trovis::Trovis::new(config.bus_monitoring),
            bacnet: bacnet::Device::all(),
            bench: (0..config.bench_registers).map(|i| i.wrapping_mul(0x9e37)).collect(),
        };
        let shared = Arc::new(Shared::new(state, clock));
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();

        let listener = TcpListener::bind(config.modbus).await?;
        let modbus = listener.local_addr()?;
        tasks.spawn(modbus::serve(listener, Arc::clone(&shared), stop.clone()));
        let mut bacnet = config.bacnet;
        for (at, address) in bacnet.iter_mut().enumerate() {
            let sockets = bacnet::Sockets::bind(*address).await?;
            *address = sockets.address()?;
            tasks.spawn(bacnet::serve(sockets, at, Arc::clone(&shared), stop.clone()));
        }
        tasks.spawn(run(Arc::clone(&shared), config.step, busy, stop.clone()));
        Ok(Self { shared, modbus, bacnet, stop, tasks })
    }

    /// Where the Modbus server listens.
    #[must_use]
    pub fn modbus_address(&self) -> SocketAddr {
        self.modbus
    }

    /// Where the BACnet devices [`INSTANCES`] listen.
    #[must_use]
    pub fn bacnet_addresses(&self) -> [SocketAddrV4; 3] {
        self.bacnet
    }

    /// The handle for faults.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.shared.faults.clone()
    }

    /// The building as of the last step.
    #[must_use]
    pub fn truth(&self) -> Truth {
        *self.shared.state().model.truth()
    }

    /// Makes the air handler's filter dirty, or changes it.
    pub fn set_filter_dirty(&self, dirty: bool) {
        self.shared.state().model.filter_dirty = dirty;
    }

    /// Ends the servers and the model.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// The model steps this long before the interval is full, so that on a
/// lock-step clock whoever asks at the full interval finds the step done.
const AHEAD: Duration = Duration::from_millis(500);

/// Steps the model on the clock; catches up where the clock jumped.
async fn run(
    shared: Arc<Shared>,
    step: Duration,
    mut busy: Busy,
    stop: CancellationToken,
) -> io::Result<()> {
    let step = step.max(Duration::from_secs(1));
    let mut next = shared.clock.now().steady + step - AHEAD;
    loop {
        let sleep = shared.clock.sleep_until(next);
        drop(busy);
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            woken = sleep => busy = woken,
        }
        shared.state().step(step, next);
        shared.stepped.send_modify(|count| *count += 1);
        next += step;
    }
}
