//! Devices 1001–1003, read, commanded and subscribed to by bacpypes3.

use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use hauswart::clock::Stepped;
use hauswart::plant::faults::{Conduct, Device, Sensor, SensorFault};
use hauswart::plant::{Config, Plant};
use hauswart::wire::bacnet::{Apdu, Bvlc, IAm, NetworkAddress, Npdu, Payload, WhoIs, unconfirmed};
use serde_json::{Value, json};
use tokio::net::UdpSocket;

use crate::modbus::caught_up;
use crate::peers::{Peer, free_udp_port};

/// The foreign client; speaks from a thread of its own.
struct Client(Peer);

impl Client {
    fn new() -> Self {
        Self(Peer::python("bacnet_client.py", &[&free_udp_port().to_string()]))
    }

    fn ask(&mut self, order: &str) -> Value {
        writeln!(self.0.input(), "{order}").unwrap();
        let mut line = String::new();
        self.0.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{order}: {line:?}"))
    }

    /// A number close to what is expected.
    fn close(&mut self, order: &str, expected: f64) {
        let value = self.ask(order);
        let near = value.as_f64().is_some_and(|value| (value - expected).abs() < 0.01);
        assert!(near, "{order}: {value}, not {expected}");
    }
}

/// What the inputs' converters make of a temperature: twentieths of a kelvin.
fn converted(celsius: f64) -> f64 {
    (celsius * 20.0).round() / 20.0
}

async fn plant() -> (Plant, Arc<Stepped>, [SocketAddrV4; 3]) {
    let clock = Arc::new(Stepped::new("2026-01-14T10:00:00+01:00".parse().unwrap()));
    let plant = Plant::start(Config::default(), Arc::clone(&clock) as _).await.unwrap();
    let addresses = plant.bacnet_addresses();
    (plant, clock, addresses)
}

#[tokio::test(flavor = "multi_thread")]
async fn bacpypes3_finds_and_reads_every_object() {
    let (plant, _clock, [offices, hall, air]) = plant().await;
    let truth = plant.truth();
    let mut client = Client::new();
    assert_eq!(client.ask(&format!("whois {offices} 0 4194303")), json!([1001]));
    assert_eq!(client.ask(&format!("whois {air} 1003 1003")), json!([1003]));
    assert_eq!(client.ask(&format!("whois {air} 1 1000")), json!([]));

    client
        .close(&format!("read {offices} analog-input,1 present-value"), converted(truth.outdoor_c));
    client.close(
        &format!("read {offices} analog-input,4 present-value"),
        converted(truth.zones[0].room_c),
    );
    client.close(
        &format!("read {hall} analog-input,4 present-value"),
        converted(truth.zones[1].room_c),
    );
    client
        .close(&format!("read {air} analog-input,4 present-value"), truth.zones[1].co2_ppm.round());
    client.close(&format!("read {hall} analog-value,1 present-value"), 21.0);
    client
        .close(&format!("read {hall} analog-output,1 present-value"), truth.zones[1].valve * 100.0);
    assert_eq!(client.ask(&format!("read {air} multi-state-value,1 present-value")), json!(3));
    assert_eq!(client.ask(&format!("read {air} binary-input,2 present-value")), json!("active"));

    for address in [offices, hall, air] {
        let count = client.ask(&format!("read {address} device,4194303 object-list 0"));
        assert_eq!(count, json!(11));
        let objects = client.ask(&format!("read {address} device,4194303 object-list"));
        for object in objects.as_array().unwrap() {
            let object = object.as_str().unwrap();
            let all = client.ask(&format!("multiple {address} {object} all"));
            let all = all.as_object().unwrap_or_else(|| panic!("{object}: {all}"));
            for needed in ["object-identifier", "object-name", "object-type"] {
                assert!(all.contains_key(needed), "{object}: {all:?}");
            }
            for (property, value) in all {
                let refused = value.as_str().is_some_and(|text| text.starts_with("property:"));
                assert!(!refused, "{object} {property}: {value}");
            }
            if !object.starts_with("device") {
                assert_eq!(all["status-flags"], json!(""), "{all:?}");
                assert_eq!(all["out-of-service"], json!(0), "{all:?}");
                assert!(all.contains_key("reliability") && all.contains_key("present-value"));
            }
            if object.starts_with("analog") {
                assert!(all.contains_key("units"), "{all:?}");
            }
        }
    }
    plant.stop().await;
}

/// Three devices on one port hear one broadcast, as on a building's network.
#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_who_is_reaches_all() {
    let port = free_udp_port();
    let bacnet = [2, 3, 4].map(|last| SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, last), port));
    let clock = Arc::new(Stepped::new("2026-01-14T10:00:00+01:00".parse().unwrap()));
    let config = Config { bacnet, ..Config::default() };
    let plant = Plant::start(config, Arc::clone(&clock) as _).await.unwrap();
    assert_eq!(plant.bacnet_addresses(), bacnet);

    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.set_broadcast(true).unwrap();
    let who_is = WhoIs { range: None }.encode();
    let apdu = Apdu::Unconfirmed { service: unconfirmed::WHO_IS, data: who_is }.encode();
    let npdu = Npdu::to(Some(NetworkAddress::everywhere()), apdu, false).encode();
    let datagram = Bvlc::Broadcast(&npdu).encode();
    socket.send_to(&datagram, ("127.255.255.255", port)).await.unwrap();
    let mut heard = Vec::new();
    let mut buffer = [0; 1600];
    while heard.len() < 3 {
        let answer = tokio::time::timeout(Duration::from_secs(10), socket.recv(&mut buffer)).await;
        let length = answer.expect("three devices answer").unwrap();
        let Ok(Bvlc::Unicast(npdu)) = Bvlc::decode(&buffer[..length]) else { continue };
        let Ok(Npdu { payload: Payload::Apdu(apdu), .. }) = Npdu::decode(npdu) else { continue };
        let Ok(Apdu::Unconfirmed { service: unconfirmed::I_AM, data }) = Apdu::decode(&apdu) else {
            continue;
        };
        heard.push(IAm::decode(&data).unwrap().instance);
    }
    heard.sort_unstable();
    assert_eq!(heard, [1001, 1002, 1003]);
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bacpypes3_commands_by_priority_and_lets_go() {
    let (plant, clock, [offices, .., air]) = plant().await;
    let mut client = Client::new();
    let setpoint = format!("{offices} analog-value,1");
    assert_eq!(client.ask(&format!("write {setpoint} present-value 17.0 13")), Value::Null);
    client.close(&format!("read {setpoint} present-value"), 17.0);
    assert_eq!(client.ask(&format!("write {setpoint} present-value 22.5 8")), Value::Null);
    client.close(&format!("read {setpoint} present-value"), 22.5);
    let array = client.ask(&format!("read {setpoint} priority-array"));
    let mut expected = vec![Value::Null; 16];
    (expected[7], expected[12]) = (json!(22.5), json!(17.0));
    assert_eq!(array, Value::Array(expected));
    assert_eq!(client.ask(&format!("write {setpoint} present-value null 8")), Value::Null);
    client.close(&format!("read {setpoint} present-value"), 17.0);
    client.close(&format!("read {setpoint} priority-array 13"), 17.0);
    client.close(&format!("read {setpoint} relinquish-default"), 21.0);

    let stage = format!("{air} multi-state-value,1");
    assert_eq!(client.ask(&format!("write {stage} present-value 1 13")), Value::Null);
    let valve = format!("{offices} analog-output,1");
    assert_eq!(client.ask(&format!("write {valve} present-value 35.0 13")), Value::Null);
    let pump = format!("{offices} binary-output,1");
    assert_eq!(client.ask(&format!("write {pump} present-value inactive 13")), Value::Null);

    caught_up(&plant, &clock, Duration::from_secs(600)).await;
    let truth = plant.truth();
    assert_eq!(truth.zones[0].setpoint_c, 17.0);
    assert!((truth.zones[0].valve - 0.35).abs() < 1e-6 && !truth.zones[0].pump);
    assert_eq!((truth.air.stage, truth.air.fan), (0, 0.0));

    for object in [&setpoint, &stage, &valve, &pump] {
        assert_eq!(client.ask(&format!("write {object} present-value null 13")), Value::Null);
    }
    caught_up(&plant, &clock, Duration::from_secs(600)).await;
    let truth = plant.truth();
    assert_eq!((truth.zones[0].setpoint_c, truth.air.stage), (21.0, 2));
    assert!(truth.zones[0].pump);
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_carry_the_right_codes() {
    let (plant, _clock, [offices, .., air]) = plant().await;
    let mut client = Client::new();
    for (order, expected) in [
        (format!("write {offices} analog-input,1 present-value 3.0 13"), "write-access-denied"),
        (format!("write {offices} analog-value,2 present-value 3.0 13"), "write-access-denied"),
        (format!("write {air} analog-output,1 present-value 3.0 13"), "write-access-denied"),
        (format!("write {offices} analog-value,1 present-value 99.0 13"), "value-out-of-range"),
        (format!("write {offices} multi-state-value,1 present-value 9 13"), "value-out-of-range"),
        (format!("write {offices} analog-value,1 present-value 20.0 6"), "write-access-denied"),
        (format!("write {offices} analog-value,1 object-name x -"), "write-access-denied"),
        (format!("read {offices} analog-value,77 present-value"), "unknown-object"),
        (format!("read {offices} analog-input,1 priority-array"), "unknown-property"),
        (format!("read {offices} analog-value,1 priority-array 17"), "invalid-array-index"),
    ] {
        let answer = client.ask(&order);
        assert!(answer.as_str().is_some_and(|text| text.contains(expected)), "{order}: {answer}");
    }
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_value_are_told_both_ways() {
    let (plant, clock, [offices, hall, _]) = plant().await;
    for (address, kind) in [(offices, "unconfirmed"), (hall, "confirmed")] {
        let mut client = Client::new();
        let object = format!("{address} analog-value,1");
        assert_eq!(client.ask(&format!("cov {object} {kind} 60")), json!("subscribed"));
        let first = client.ask("next 5");
        assert_eq!((&first["present-value"], &first["status-flags"]), (&json!(21.0), &json!("")));
        client.ask(&format!("write {object} present-value 18.0 13"));
        assert_eq!(client.ask("next 5")["present-value"], json!(18.0), "{kind}");
        client.ask(&format!("write {object} present-value 18.05 13"));
        assert_eq!(client.ask("next 1"), Value::Null, "less than the increment");
        let room = format!("{address} analog-input,4");
        assert_eq!(client.ask(&format!("cov {room} {kind} 60")), json!("subscribed"));
        assert!(client.ask("next 5")["present-value"].is_f64());
        let zone = usize::from(address == hall);
        plant.faults().set_sensor(Sensor::Room(zone), Some(SensorFault::Open));
        caught_up(&plant, &clock, Duration::from_secs(60)).await;
        assert_eq!(client.ask("next 5")["status-flags"], json!("fault"), "{kind}");
    }
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_heartbeat_lets_go_of_slot_13() {
    let (plant, clock, [offices, ..]) = plant().await;
    let mut client = Client::new();
    let setpoint = format!("{offices} analog-value,1");
    let beat = format!("{offices} binary-value,1");
    client.ask(&format!("write {setpoint} present-value 17.0 13"));
    client.ask(&format!("write {setpoint} present-value 18.0 15"));
    for state in ["active", "inactive"] {
        assert_eq!(client.ask(&format!("write {beat} present-value {state} 13")), Value::Null);
        caught_up(&plant, &clock, Duration::from_secs(540)).await;
        client.close(&format!("read {setpoint} present-value"), 17.0);
    }
    caught_up(&plant, &clock, Duration::from_secs(120)).await;
    client.close(&format!("read {setpoint} present-value"), 18.0);
    assert_eq!(client.ask(&format!("read {setpoint} priority-array 13")), Value::Null);
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_come_and_go_at_run_time() {
    let (plant, _clock, [offices, hall, _]) = plant().await;
    let faults = plant.faults();
    let mut client = Client::new();
    let outdoor = format!("read {offices} analog-input,1 present-value");
    let truth = plant.truth();
    let words = |answer: &Value| answer.as_str().unwrap_or_default().to_owned();

    faults.set(Device::Instance(1001), Conduct::Busy);
    let busy = client.ask(&outdoor);
    assert!(words(&busy).contains("out-of-resources"), "{busy}");
    client.close(&format!("read {hall} analog-input,1 present-value"), converted(truth.outdoor_c));

    faults.set(Device::Instance(1001), Conduct::Shifted);
    client.close(&outdoor, converted(truth.circuits[0].flow_c));

    faults.set(Device::Instance(1001), Conduct::Refusing { first: 4, count: 1 });
    let refused = client.ask(&format!("read {offices} analog-input,4 present-value"));
    assert!(words(&refused).contains("unknown-object"), "{refused}");
    client.close(&outdoor, converted(truth.outdoor_c));

    faults.set(Device::Instance(1001), Conduct::NoMultiple);
    let rejected = client.ask(&format!("multiple {offices} analog-input,1 present-value"));
    assert!(words(&rejected).contains("unrecognized-service"), "{rejected}");
    client.close(&outdoor, converted(truth.outdoor_c));

    faults.set(Device::Instance(1001), Conduct::Slow(Duration::from_millis(400)));
    let asked = tokio::time::Instant::now();
    client.close(&outdoor, converted(truth.outdoor_c));
    assert!(asked.elapsed() >= Duration::from_millis(400));

    faults.set_sensor(Sensor::Outdoor, Some(SensorFault::Open));
    faults.set(Device::Instance(1001), Conduct::Sound);
    let flags = format!("multiple {offices} analog-input,1 status-flags,reliability");
    let flags = client.ask(&flags);
    assert_eq!(flags, json!({ "status-flags": "fault", "reliability": "open-loop" }));

    faults.set(Device::Instance(1001), Conduct::Silent);
    assert_eq!(client.ask(&format!("whois {offices} 1001 1001")), json!([]));
    faults.clear();
    assert_eq!(client.ask(&format!("whois {offices} 1001 1001")), json!([1001]));
    client.close(&outdoor, converted(truth.outdoor_c));
    plant.stop().await;
}
