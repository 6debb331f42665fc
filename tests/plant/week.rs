//! A January week on the lock-step clock: left alone, and with setback written
//! over the sockets every night and weekend.

use std::net::SocketAddrV4;
use std::sync::Arc;
use std::time::Duration;

use hauswart::clock::LockStep;
use hauswart::model::Clock;
use hauswart::plant::{Config, Model, Plant, Truth};
use hauswart::wire::bacnet::{
    Apdu, Bvlc, Npdu, ObjectId, Payload, PropertyRef, Request, Value, WriteProperty, confirmed,
    object_type, property,
};
use tokio::net::{TcpStream, UdpSocket};
use tokio_modbus::Slave;
use tokio_modbus::client::{Context, Writer, tcp};

const QUARTER: Duration = Duration::from_secs(15 * 60);
const QUARTERS: u32 = 7 * 96;

/// Monday 00:00 in the town.
const START: &str = "2026-01-12T00:00:00+01:00";

/// A client of all devices.
struct Caretaker {
    modbus: Context,
    bacnet: UdpSocket,
    devices: [SocketAddrV4; 3],
}

impl Caretaker {
    async fn of(plant: &Plant) -> Self {
        let stream = TcpStream::connect(plant.modbus_address()).await.unwrap();
        Self {
            modbus: tcp::attach_slave(stream, Slave(1)),
            bacnet: UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            devices: plant.bacnet_addresses(),
        }
    }

    /// Modes of both circuits and hot water.
    async fn boiler_house(&mut self, code: u16) {
        for register in [105, 107, 111] {
            self.modbus.write_single_register(register, code).await.unwrap().unwrap();
        }
    }

    /// A multi-state value at priority 13; `None` lets go.
    async fn state(&self, device: usize, state: Option<u64>) {
        let data = WriteProperty {
            object: ObjectId::new(object_type::MULTI_STATE_VALUE, 1).unwrap(),
            property: PropertyRef::new(property::PRESENT_VALUE),
            values: vec![state.map_or(Value::Null, Value::Unsigned)],
            priority: Some(13),
        }
        .encode();
        let request = Apdu::Request(Request::new(1, confirmed::WRITE_PROPERTY, data));
        let npdu = Npdu::local(request.encode(), true).encode();
        self.bacnet.send_to(&Bvlc::Unicast(&npdu).encode(), self.devices[device]).await.unwrap();
        let mut buffer = [0; 1600];
        let answer = tokio::time::timeout(Duration::from_secs(10), self.bacnet.recv(&mut buffer));
        let length = answer.await.expect("an answer").unwrap();
        let Ok(Bvlc::Unicast(npdu)) = Bvlc::decode(&buffer[..length]) else { panic!() };
        let Ok(Npdu { payload: Payload::Apdu(apdu), .. }) = Npdu::decode(npdu) else { panic!() };
        assert!(matches!(Apdu::decode(&apdu), Ok(Apdu::SimpleAck { .. })), "{apdu:?}");
    }
}

/// Runs the week; `caretake` is told, each quarter hour, its number. Returns
/// the truth of each quarter hour.
async fn week(mut caretake: impl AsyncFnMut(&mut Caretaker, u32)) -> Vec<Truth> {
    let clock = Arc::new(LockStep::new(START.parse().unwrap()));
    let mut busy = clock.busy();
    let plant = Plant::start(Config::default(), Arc::clone(&clock) as _).await.unwrap();
    let mut caretaker = Caretaker::of(&plant).await;
    let mut truths = Vec::new();
    for quarter in 0..QUARTERS {
        caretake(&mut caretaker, quarter).await;
        let sleep = clock.sleep_until(QUARTER * (quarter + 1));
        drop(busy);
        busy = sleep.await;
        truths.push(plant.truth());
    }
    drop(busy);
    plant.stop().await;
    truths
}

/// Day from five in the morning to six in the evening, but at weekends.
async fn nights_and_weekends(caretaker: &mut Caretaker, quarter: u32) {
    let weekend = quarter / 96 >= 5;
    match (quarter % 4, (quarter % 96) / 4) {
        (0, 18) => {
            caretaker.boiler_house(5).await;
            caretaker.state(0, Some(4)).await;
            // The hall is used in the evening.
            caretaker.state(2, Some(2)).await;
        }
        (0, 22) => {
            caretaker.state(1, Some(4)).await;
            caretaker.state(2, Some(1)).await;
        }
        (0, 5) if !weekend => {
            caretaker.boiler_house(4).await;
            for device in 0..3 {
                caretaker.state(device, None).await;
            }
        }
        _ => {}
    }
}

/// What was missing from 19 °C while somebody was there, K h.
fn lack_kh(truths: &[Truth]) -> f64 {
    let zones = truths.iter().flat_map(|truth| truth.zones);
    let occupied = zones.filter(|zone| zone.persons > 0.0);
    occupied.map(|zone| (19.0 - zone.room_c).max(0.0) / 4.0).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn setback_over_the_sockets_saves_energy() {
    let found = week(async |_, _| {}).await;
    // Sockets and clock change nothing where nobody commands.
    let mut model = Model::new(START.parse().unwrap(), Config::default().seed);
    for _ in 0..7 * 24 * 60 {
        model.step(Duration::from_secs(60));
    }
    assert_eq!(found.last().unwrap(), model.truth());
    let kept = week(nights_and_weekends).await;
    let last = |truths: &[Truth]| truths.last().unwrap().energies;
    let gas = last(&kept).gas / last(&found).gas;
    let electricity = last(&kept).electricity / last(&found).electricity;
    assert!(gas < 0.85, "gas {gas:.3} of what it was");
    assert!(electricity < 0.95, "electricity {electricity:.3} of what it was");
    assert_eq!(lack_kh(&found), 0.0);
    assert!(lack_kh(&kept) < 15.0, "{} K h", lack_kh(&kept));

    for (name, truths) in [("found", &found), ("kept", &kept)] {
        assert_eq!(truths.len(), QUARTERS as usize);
        for pair in truths.windows(2) {
            for (before, after) in pair[0].zones.iter().zip(pair[1].zones) {
                assert!((13.0..25.0).contains(&after.room_c), "{name} {after:?}");
                let moved = (after.room_c - before.room_c).abs();
                // Reheating with all radiators: the air leads the structure.
                assert!(moved < 2.5, "{name}: {moved} K in a quarter hour, {after:?}");
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
