//! The driver against well-behaved (and honestly refusing) pymodbus devices.

use std::sync::Arc;
use std::time::Duration;

use hauswart::clock::{Scaled, Stepped};
use hauswart::field::{DeviceState, WriteOutcome};
use hauswart::model::{Kind, Quality};
use hauswart::site::{ModbusLimits, ModbusSource};
use hauswart::wire::modbus::{DataType, Order, Table};
use jiff::Timestamp;

use crate::peers::free_tcp_port;
use crate::rig::*;

const BEAT: Duration = Duration::from_secs(10);

fn stepped() -> Arc<Stepped> {
    Arc::new(Stepped::new(Timestamp::UNIX_EPOCH))
}

#[tokio::test]
async fn all_tables_and_types_are_read_in_few_requests() {
    let port = free_tcp_port();
    // The registers of 123456.78 in the four orders, an int16, a uint32, an
    // int64 and a NaN, as other programs print them.
    let image = r#"{"7": {
        "h": {"0": [18417, 8292, 8292, 18417, 61767, 25632, 25632, 61767],
              "8": [65526, 1, 34464, 65535, 65535, 65535, 64536, 32704, 0]},
        "i": {"100": [32767]}, "c": {"56": [1, 0]}, "d": {"3": [1]}}}"#;
    let mut devices = Devices::start("tcp", &port.to_string(), image);
    let mut site = site(tcp(port), LONG);
    let device = add_device(&mut site, 7, ModbusLimits::default());
    let add = |site: &mut _, table, address, data, order| {
        let source = ModbusSource { order, ..source(table, address, data) };
        add_point(site, device, number(), BEAT, source)
    };
    let mut expected = Vec::new();
    for (place, order) in
        [Order::Abcd, Order::Cdab, Order::Badc, Order::Dcba].into_iter().enumerate()
    {
        let point = add(&mut site, Table::Holding, place as u16 * 2, DataType::F32, order);
        expected.push((point, Ok(123_456.78)));
    }
    for (table, address, data, value) in [
        (Table::Holding, 8, DataType::I16, Ok(-10.0)),
        (Table::Holding, 9, DataType::U32, Ok(100_000.0)),
        (Table::Holding, 11, DataType::I64, Ok(-1000.0)),
        (Table::Holding, 15, DataType::F32, Err(Quality::Faulty)),
        (Table::Input, 100, DataType::U16, Ok(32_767.0)),
        (Table::Coil, 56, DataType::Bool, Ok(1.0)),
        (Table::Coil, 57, DataType::Bool, Ok(0.0)),
        (Table::DiscreteInput, 3, DataType::Bool, Ok(1.0)),
    ] {
        expected.push((add(&mut site, table, address, data, Order::Abcd), value));
    }
    let mut running = start(site, stepped());
    let points: Vec<_> = expected.iter().map(|(point, _)| *point).collect();
    let samples = running.read(&points).await;
    for (point, value) in expected {
        let sample = samples.iter().find(|sample| sample.point == point).unwrap();
        assert_eq!(sample.value, value, "{point:?}");
    }
    assert_eq!(running.state().await, (device, DeviceState::Answers));
    let mut seen = devices.seen();
    seen.truncate(4);
    seen.sort_unstable();
    assert_eq!(seen, [[7, 1, 56, 2], [7, 2, 3, 1], [7, 3, 0, 17], [7, 4, 100, 1]]);
}

#[tokio::test]
async fn writes_are_read_back_with_the_function_asked_for() {
    let port = free_tcp_port();
    let image = r#"{"1": {"h": {"0": [0, 0, 0, 7]}, "c": {"5": [0, 0]}}}"#;
    let mut devices = Devices::start("tcp", &port.to_string(), image);
    let mut site = site(tcp(port), LONG);
    let device = add_device(&mut site, 1, ModbusLimits::default());
    let tenths = ModbusSource { scale: 0.1, ..source(Table::Holding, 0, DataType::I16) };
    let mut forced = tenths.clone();
    forced.write.as_mut().unwrap().multiple = true;
    let float = source(Table::Holding, 1, DataType::F32);
    let mut forced_coil = source(Table::Coil, 6, DataType::Bool);
    forced_coil.write.as_mut().unwrap().multiple = true;
    let write_only = ModbusSource { read: None, ..source(Table::Holding, 3, DataType::U16) };
    let missing = source(Table::Holding, 50, DataType::U16);
    let day = Duration::from_secs(86_400);
    let mut add = |kind, source| add_point(&mut site, device, kind, day, source);
    let tenths = add(number(), tenths);
    let forced = add(number(), forced);
    let float = add(number(), float);
    let coil = add(Kind::switch(), source(Table::Coil, 5, DataType::Bool));
    let forced_coil = add(Kind::switch(), forced_coil);
    let write_only = add(number(), write_only);
    let missing = add(number(), missing);
    let running = start(site, stepped());
    // The first polls are over once this is answered.
    running.read(&[]).await;
    devices.seen();

    assert_eq!(running.write(tenths, -20.54).await, WriteOutcome::Held(-20.5));
    assert_eq!(running.write(forced, 30.0).await, WriteOutcome::Held(30.0));
    assert_eq!(running.write(float, 1.5).await, WriteOutcome::Held(1.5));
    assert_eq!(running.write(coil, 1.0).await, WriteOutcome::Held(1.0));
    assert_eq!(running.write(forced_coil, 1.0).await, WriteOutcome::Held(1.0));
    let outcome = running.write(write_only, 9.0).await;
    assert!(matches!(outcome, WriteOutcome::NotReadBack(_)), "{outcome:?}");
    let seen: Vec<_> = devices.seen().into_iter().filter(|request| request[1] > 4).collect();
    let written =
        [[1, 6, 0, 1], [1, 16, 0, 1], [1, 16, 1, 2], [1, 5, 5, 1], [1, 15, 6, 1], [1, 6, 3, 1]];
    assert_eq!(seen, written);
    assert_eq!(devices.tell(r#"{"get": [1, "h", 0, 4]}"#), "[300, 16320, 0, 9]");

    // What does not fit is not sent; what the device refuses is told.
    for value in [3276.8, -5000.0, f64::NAN, f64::INFINITY] {
        let outcome = running.write(tenths, value).await;
        assert!(matches!(outcome, WriteOutcome::Refused(_)), "{value}: {outcome:?}");
    }
    let outcome = running.write(coil, 2.0).await;
    assert!(matches!(outcome, WriteOutcome::Refused(_)), "{outcome:?}");
    assert!(devices.seen().iter().all(|request| request[1] < 5));
    let WriteOutcome::Refused(words) = running.write(missing, 1.0).await else { panic!() };
    assert!(words.contains("exception 2"), "{words}");
}

#[tokio::test]
async fn a_refused_block_is_split_and_this_is_remembered() {
    let port = free_tcp_port();
    let image = r#"{"1": {"h": {"0": [1, 2, 3, 4], "5": [6, 7, 8]}}}"#;
    let mut devices = Devices::start("tcp", &port.to_string(), image);
    let mut site = site(tcp(port), LONG);
    let device = add_device(&mut site, 1, ModbusLimits::default());
    let points: Vec<_> =
        (0..8).map(|address| add_register(&mut site, device, BEAT, address)).collect();
    let clock = stepped();
    let mut running = start(site, clock.clone());
    let mut expected: Vec<_> = (1..=8).map(|value| Ok(f64::from(value))).collect();
    expected[4] = Err(Quality::Faulty);
    let mut counts = Vec::new();
    for _ in 0..3 {
        assert_eq!(running.samples(&points).await, expected);
        counts.push(devices.seen().len());
        clock.advance(BEAT);
    }
    // Whole, two halves, the second half twice more; then only what answers.
    assert_eq!(counts, [7, 3, 3]);
}

#[tokio::test]
async fn busy_and_faulty_devices_are_told_apart_from_silent_ones() {
    let port = free_tcp_port();
    let image = r#"{"1": {"h": {"0": [11], "100": [22]}}, "gateway": true}"#;
    let mut devices = Devices::start("tcp", &port.to_string(), image);
    devices.tell(r#"{"refuse": [1, 0, 0, 0, 6, 2]}"#);
    devices.tell(r#"{"refuse": [1, 0, 100, 100, 4, -1]}"#);
    let mut site = site(tcp(port), LONG);
    let device = add_device(&mut site, 1, ModbusLimits::default());
    let busy = add_register(&mut site, device, BEAT, 0);
    let faulty = add_register(&mut site, device, BEAT, 100);
    let absent = add_device(&mut site, 9, ModbusLimits::default());
    add_register(&mut site, absent, BEAT, 0);
    let clock = stepped();
    let mut running = start(site, clock.clone());
    // Busy twice, a second apart; within the same beat it answers.
    running.state().await;
    for _ in 0..3 {
        clock.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let told = running.told();
    let find = |point| {
        told.iter().find_map(|news| match news {
            hauswart::field::News::Samples(samples) => {
                samples.iter().find(|sample| sample.point == point).map(|sample| sample.value)
            }
            _ => None,
        })
    };
    assert_eq!((find(busy), find(faulty)), (Some(Ok(11.0)), Some(Err(Quality::Faulty))));
    let silent = told.iter().any(|news| {
        matches!(news, hauswart::field::News::Device { device, state: DeviceState::Silent(words) }
            if *device == absent && words.contains("exception 11"))
    });
    assert!(silent, "{told:?}");
    // A write waits for a busy device.
    devices.tell(r#"{"refuse": [1, 6, 0, 0, 6, 2]}"#);
    assert_eq!(running.write(busy, 12.0).await, WriteOutcome::Held(12.0));
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_again() {
    let port = free_tcp_port();
    let image = r#"{"1": {"h": {"0": [11]}}}"#;
    let mut site = site(tcp(port), Duration::from_secs(5));
    let device = add_device(&mut site, 1, ModbusLimits::default());
    let point = add_register(&mut site, device, Duration::from_millis(200), 0);
    let mut running = start(site, Arc::new(Scaled::real()));
    // Nobody there yet.
    let (_, state) = running.state().await;
    assert!(matches!(state, DeviceState::Silent(_)), "{state:?}");
    let outcome = running.write(point, 1.0).await;
    assert!(matches!(outcome, WriteOutcome::Failed(_)), "{outcome:?}");
    let mut devices = Devices::start("tcp", &port.to_string(), image);
    assert_eq!(running.state().await, (device, DeviceState::Answers));
    assert_eq!(running.sample(point).await, Ok(11.0));
    // Restarted with another value: no state is told if it is quick enough.
    devices.0.kill();
    let _devices = Devices::start("tcp", &port.to_string(), r#"{"1": {"h": {"0": [12]}}}"#);
    while running.sample(point).await != Ok(12.0) {}
}
