//! Modbus TCP on one connection: requests and points a second through our
//! guard, against bare tokio-modbus and pymodbus, from one server.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends here")]

#[path = "common/peer_rate.rs"]
mod peer_rate;
#[path = "../tests/peers/mod.rs"]
mod peers;
#[path = "common/plant.rs"]
mod plant;
#[path = "common/rounds.rs"]
mod rounds;

use std::time::Duration;

use hauswart::field::modbus::Guarded;
use hauswart::plant::BENCH_UNIT;
use hauswart::site::Transport;
use peer_rate::peer_rate;
use peers::Peer;
use plant::RunningPlant;
use rounds::{Contender, compare, rate};
use tokio_modbus::client::{Reader as _, tcp};

const TIMEOUT: Duration = Duration::from_secs(2);

fn main() {
    if plant::is_the_plant() {
        return;
    }
    let server = RunningPlant::start();
    let (host, port) = (server.modbus.ip().to_string(), server.modbus.port());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

    let transport = Transport::ModbusTcp { host: host.clone(), port };
    let mut guarded = Guarded::new(&transport, TIMEOUT, Duration::ZERO).unwrap();
    let ours = Contender {
        name: "hauswart",
        goal: 1.0,
        rate: Box::new(|count: u16| {
            runtime.block_on(rate(async || {
                let words = guarded.read_holding(BENCH_UNIT, 0, count).await.unwrap();
                assert_eq!(words.len(), usize::from(count));
            }))
        }),
    };

    let mut bare = runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(server.modbus).await.unwrap();
        stream.set_nodelay(true).unwrap();
        tcp::attach_slave(stream, tokio_modbus::Slave(BENCH_UNIT))
    });
    let tokio_modbus = Contender {
        name: "tokio-modbus",
        goal: 0.95,
        rate: Box::new(|count: u16| {
            runtime.block_on(rate(async || {
                let words = bare.read_holding_registers(0, count).await.unwrap().unwrap();
                assert_eq!(words.len(), usize::from(count));
            }))
        }),
    };

    let arguments = [host.as_str(), &port.to_string(), &BENCH_UNIT.to_string()];
    let mut client = Peer::python("modbus_rate.py", &arguments);
    let pymodbus = Contender {
        name: "pymodbus",
        goal: 1.3,
        rate: Box::new(|count: u16| peer_rate(&mut client, count)),
    };

    let mut contenders = [ours, tokio_modbus, pymodbus];
    for count in [10, 125] {
        compare(&format!("{count} registers a read"), count, count, &mut contenders);
    }
}
