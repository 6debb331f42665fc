//! A January week on the lock-step clock: left alone, and with setback written
//! over the sockets every night.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hauswart::clock::LockStep;
use hauswart::model::Clock;
use hauswart::plant::{Config, Plant, Truth};
use tokio::net::TcpStream;
use tokio_modbus::Slave;
use tokio_modbus::client::{Context, Writer, tcp};

const QUARTER: Duration = Duration::from_secs(15 * 60);
const QUARTERS: u32 = 7 * 96;

/// Monday 00:00 in the town.
const START: &str = "2026-01-12T00:00:00+01:00";

async fn client(address: SocketAddr) -> Context {
    tcp::attach_slave(TcpStream::connect(address).await.unwrap(), Slave(1))
}

/// Runs the week; `nightly` is told, each quarter hour, its number. Returns
/// the truth of each quarter hour.
async fn week(mut nightly: impl AsyncFnMut(&mut Context, u32)) -> Vec<Truth> {
    let clock = Arc::new(LockStep::new(START.parse().unwrap()));
    let mut busy = clock.busy();
    let plant = Plant::start(Config::default(), Arc::clone(&clock) as _).await.unwrap();
    let mut modbus = client(plant.modbus_address()).await;
    let mut truths = Vec::new();
    for quarter in 0..QUARTERS {
        nightly(&mut modbus, quarter).await;
        let sleep = clock.sleep_until(QUARTER * (quarter + 1));
        drop(busy);
        busy = sleep.await;
        truths.push(plant.truth());
    }
    drop(busy);
    plant.stop().await;
    truths
}

/// Writes one mode to both circuits and hot water.
async fn modes(modbus: &mut Context, code: u16) {
    for register in [105, 107, 111] {
        modbus.write_single_register(register, code).await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn setback_over_the_socket_saves_energy() {
    let found = week(async |_, _| {}).await;
    let kept = week(async |modbus, quarter| {
        let weekend = quarter / 96 >= 5;
        match (quarter % 4, (quarter % 96) / 4) {
            (0, 18) => modes(modbus, 5).await,
            (0, 5) if !weekend => modes(modbus, 4).await,
            _ => {}
        }
    })
    .await;
    let last = |truths: &[Truth]| *truths.last().unwrap();
    let (a, b) = (last(&found).energies, last(&kept).energies);
    let share = b.gas / a.gas;
    assert!(share < 0.95, "gas {share:.3} of what it was");
    assert!(b.electricity < a.electricity);

    for (name, truths) in [("found", &found), ("kept", &kept)] {
        assert!(truths.len() >= QUARTERS as usize);
        for pair in truths.windows(2) {
            for i in 0..2 {
                let (before, after) = (pair[0].zones[i], pair[1].zones[i]);
                assert!((12.0..25.0).contains(&after.room_c), "{name} {after:?}");
                let moved = (after.room_c - before.room_c).abs();
                assert!(moved < 1.5, "{name}: {moved} K in a quarter hour");
            }
            assert!((20.0..90.0).contains(&pair[1].boiler.flow_c), "{name} {:?}", pair[1].boiler);
        }
    }
    // Left alone, the rooms stand still: no hunting between quarter hours.
    let rooms: Vec<f64> = found.iter().map(|truth| truth.zones[0].room_c).collect();
    let turns = rooms
        .windows(3)
        .filter(|w| (w[1] - w[0]) * (w[2] - w[1]) < 0.0 && (w[1] - w[0]).abs() > 0.3)
        .count();
    assert!(turns < 20, "{turns} sharp turns in a week");
}
