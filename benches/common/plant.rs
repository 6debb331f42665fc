//! The simulated building in a process of its own, so that its servers share
//! no thread with a client that is measured.

#![allow(dead_code, reason = "each bench uses its own part")]

use std::io::{BufRead as _, Read as _};
use std::net::{SocketAddr, SocketAddrV4};
use std::process::Command;
use std::sync::Arc;

use hauswart::clock::Scaled;
use hauswart::plant::{Config, Plant};

use crate::peers::Peer;

const ORDER: &str = "serve-the-plant";
/// Plain registers that the benches read.
const BENCH_REGISTERS: u16 = 1000;

/// Whether this process was started to be the plant; then it has been, and is
/// to end.
pub fn is_the_plant() -> bool {
    if std::env::args().nth(1).as_deref() != Some(ORDER) {
        return false;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let config = Config { bench_registers: BENCH_REGISTERS, ..Config::default() };
        let plant = Plant::start(config, Arc::new(Scaled::real())).await.unwrap();
        println!("ready\n{}\n{}", plant.modbus_address(), plant.bacnet_addresses()[2]);
        let input_closed = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
        let _ = input_closed.await;
    });
    true
}

/// A plant that runs until it is dropped.
pub struct RunningPlant {
    _process: Peer,
    pub modbus: SocketAddr,
    /// The air handler.
    pub bacnet: SocketAddrV4,
}

impl RunningPlant {
    pub fn start() -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(ORDER);
        let mut process = Peer::start(command);
        let mut line = || {
            let mut line = String::new();
            process.output.read_line(&mut line).unwrap();
            line.trim().to_owned()
        };
        let (modbus, bacnet) = (line().parse().unwrap(), line().parse().unwrap());
        Self { _process: process, modbus, bacnet }
    }
}
