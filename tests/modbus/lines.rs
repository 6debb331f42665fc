//! Several devices on one line, serial lines, and who comes first.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hauswart::clock::{LockStep, Scaled, Stepped};
use hauswart::field::{DeviceState, News, Order, WriteOutcome};
use hauswart::model::{Clock, PointId, Quality};
use hauswart::site::{ModbusLimits, Parity, SerialLine, Site, Transport};
use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::peers::{Peer, free_tcp_port};
use crate::rig::*;

/// Two devices with one register each, and a third that is silent.
fn three_devices(transport: Transport, timeout: Duration, beat: Duration) -> (Site, [PointId; 3]) {
    let mut site = site(transport, timeout);
    let points = [1, 2, 3].map(|unit| {
        let device = add_device(&mut site, unit, ModbusLimits::default());
        add_register(&mut site, device, beat, u16::from(unit))
    });
    (site, points)
}

const TWO: &str = r#"{"1": {"h": {"1": [11]}}, "2": {"h": {"2": [22]}}}"#;

/// A pair of pseudo terminals joined by socat.
pub fn serial_pair(folder: &std::path::Path) -> (Peer, SerialLine, String) {
    let [ours, theirs] = ["ours", "theirs"].map(|name| folder.join(name).display().to_string());
    let mut socat = Command::new("sh");
    // The shell becomes socat, so that ending it ends all.
    socat.arg("-c").arg(
        r#"for _ in $(seq 200); do
             [ -e "$0" ] && [ -e "$1" ] && echo ready && break; sleep 0.05
           done &
           exec socat "pty,raw,echo=0,link=$0" "pty,raw,echo=0,link=$1""#,
    );
    socat.args([&ours, &theirs]);
    let line = SerialLine { path: ours, baud: 19_200, parity: Parity::Even, stop_bits: 1 };
    (Peer::start(socat), line, theirs)
}

async fn reads_and_writes_on(transport: Transport) {
    let timeout = Duration::from_secs(2);
    let (site, points) = three_devices(transport, timeout, Duration::from_secs(3600));
    let mut running = start(site, Arc::new(Stepped::new(Timestamp::UNIX_EPOCH)));
    assert_eq!(running.samples(&points[..1]).await, [Ok(11.0)]);
    assert_eq!(running.write(points[1], 23.0).await, WriteOutcome::Held(23.0));
    let silent = running.write(points[2], 1.0).await;
    assert!(matches!(silent, WriteOutcome::Failed(_)), "{silent:?}");
    let mut heard = running.read(&points).await;
    heard.sort_by_key(|sample| sample.point);
    let values: Vec<_> = heard.iter().map(|sample| (sample.point, sample.value)).collect();
    assert_eq!(values, [(points[0], Ok(11.0)), (points[1], Ok(23.0))]);
}

#[tokio::test]
async fn rtu_over_tcp_reads_and_writes() {
    let port = free_tcp_port();
    let _devices = Devices::start("rtu-tcp", &port.to_string(), TWO);
    reads_and_writes_on(rtu_over_tcp(port)).await;
}

#[tokio::test]
async fn a_serial_line_reads_and_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (_pair, line, theirs) = serial_pair(folder.path());
    let _devices = Devices::start("rtu", &theirs, TWO);
    reads_and_writes_on(Transport::ModbusRtu(line)).await;
}

#[tokio::test]
async fn a_silent_device_is_tried_ever_more_rarely_and_comes_back() {
    let port = free_tcp_port();
    let image = r#"{"1": {"h": {"1": [11]}}, "2": {"h": {"2": [22]}}, "3": {"h": {"3": [33]}}}"#;
    let mut devices = Devices::start("rtu-tcp", &port.to_string(), image);
    devices.tell(r#"{"mute": [3, true]}"#);
    let beat = Duration::from_secs(10);
    let (site, points) = three_devices(rtu_over_tcp(port), Duration::from_millis(700), beat);
    let clock = Arc::new(Stepped::new(Timestamp::UNIX_EPOCH));
    let mut running = start(site, clock.clone());
    clock.advance(Duration::from_secs(2));
    let mut tries = Vec::new();
    for round in 0..31 {
        // Both neighbours give a value in every beat, the silent one or not.
        assert_eq!(running.samples(&points[..2]).await, [Ok(11.0), Ok(22.0)], "beat {round}");
        running.read(&[]).await;
        if devices.seen().iter().any(|request| request[0] == 3) {
            tries.push(round);
        }
        clock.advance(beat);
    }
    // After 20 s, 40 s, 80 s, 160 s more, as the pace has it.
    assert!(tries.len() <= 6, "{tries:?}");
    let gaps: Vec<_> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.is_sorted() && gaps.len() >= 3, "{tries:?}");
    devices.tell(r#"{"mute": [3, false]}"#);
    clock.advance(Duration::from_secs(300));
    assert_eq!(running.samples(&points[2..]).await, [Ok(33.0)]);
}

#[tokio::test]
async fn a_dead_neighbour_costs_one_time_out_a_try() {
    let port = free_tcp_port();
    let mut devices = Devices::start("rtu-tcp", &port.to_string(), TWO);
    let timeout = Duration::from_secs(1);
    let (site, points) = three_devices(rtu_over_tcp(port), timeout, Duration::from_millis(100));
    let mut running = start(site, Arc::new(Scaled::real()));
    running.samples(&points[..2]).await;
    devices.seen();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let seen = devices.seen();
    let tries = seen.iter().filter(|request| request[0] == 3).count();
    assert!(tries == 0, "unit 3 is not in the image, so it cannot be seen");
    let answered = seen.iter().filter(|request| request[0] == 1).count();
    // About four tries in 6 s, at 200, 400, 800 … ms: half of the time is left.
    assert!(answered > 10, "{answered}");
    let told = running.told();
    let silent =
        |news: &News| matches!(news, News::Device { device: 2, state: DeviceState::Silent(_) });
    let others =
        |news: &News| matches!(news, News::Device { device: 0 | 1, state: DeviceState::Silent(_) });
    assert!(told.iter().any(silent) && !told.iter().any(others), "{told:?}");
}

#[tokio::test]
async fn a_write_waits_for_one_request_at_most() {
    let port = free_tcp_port();
    let image = r#"{"1": {"h": {"0": [0], "100": [0], "200": [0], "300": [0], "400": [0]}}}"#;
    let mut devices = Devices::start("tcp", &port.to_string(), image);
    devices.tell(r#"{"delay": [1, 0.3]}"#);
    let mut site = site(tcp(port), LONG);
    let device = add_device(&mut site, 1, ModbusLimits::default());
    let beat = Duration::from_secs(3600);
    let points = [0, 100, 200, 300, 400].map(|at| add_register(&mut site, device, beat, at));
    let mut running = start(site, Arc::new(Stepped::new(Timestamp::UNIX_EPOCH)));
    // The first polls are under way; reads asked for stand behind them.
    running.samples(&points[..1]).await;
    let (reply, _reads) = oneshot::channel();
    running.order(Order::Read { points: points.to_vec(), reply }).await;
    running.samples(&points[1..2]).await;
    let before = devices.seen().len();
    assert_eq!(running.write(points[4], 5.0).await, WriteOutcome::Held(5.0));
    let seen = devices.seen();
    let write = seen.iter().position(|request| request[1] == 6).unwrap();
    assert!(before <= 3 && write <= 1, "{before} before, then {seen:?}");
}

#[tokio::test]
async fn a_device_whose_watchdog_reads_feed_is_left_alone_while_held_back() {
    let port = free_tcp_port();
    let mut devices = Devices::start("tcp", &port.to_string(), TWO);
    let beat = Duration::from_secs(10);
    let (mut site, points) = three_devices(tcp(port), Duration::from_millis(300), beat);
    site.devices[0].watchdog_fed_by_reads = true;
    let clock = Arc::new(Stepped::new(Timestamp::UNIX_EPOCH));
    let mut running = start(site, clock.clone());
    clock.advance(Duration::from_secs(2));
    running.samples(&points[..2]).await;
    running.hold_back.store(true, Ordering::Relaxed);
    running.read(&[]).await;
    devices.seen();
    for _ in 0..3 {
        clock.advance(beat);
        assert_eq!(running.samples(&points[1..2]).await, [Ok(22.0)]);
    }
    assert!(running.read(&points[..1]).await.is_empty());
    assert!(devices.seen().iter().all(|request| request[0] != 1));
    // A command is carried out all the same: letting go must stay possible.
    assert_eq!(running.write(points[0], 12.0).await, WriteOutcome::Held(12.0));
    running.hold_back.store(false, Ordering::Relaxed);
    clock.advance(beat);
    assert_eq!(running.samples(&points[..1]).await, [Ok(12.0)]);
}

/// On the lock-step clock no beat is lost and none comes twice: time waits
/// for every answer.
#[tokio::test]
async fn on_the_lock_step_clock_time_waits_for_the_answers() {
    let port = free_tcp_port();
    let _devices = Devices::start("tcp", &port.to_string(), r#"{"1": {"h": {"1": [11]}}}"#);
    let mut site = site(tcp(port), LONG);
    let device = add_device(&mut site, 1, ModbusLimits::default());
    let point = add_register(&mut site, device, Duration::from_secs(10), 1);
    let clock = LockStep::new(Timestamp::UNIX_EPOCH);
    let mut running = start(site, Arc::new(clock.clone()));
    let mut beats = Vec::new();
    while beats.len() < 100 {
        // The token in the report holds time until it is dropped here.
        let report = running.reports.recv().await.unwrap();
        if let News::Samples(samples) = &report.news {
            assert_eq!(samples[0].point, point);
            assert_eq!(samples[0].at, clock.now());
            beats.push(samples[0].at.steady.as_secs());
        }
    }
    let expected: Vec<u64> = (0..100).map(|beat| beat * 10).collect();
    assert_eq!(beats, expected);
}

/// A device whose points are all refused, and which then goes silent, is asked at
/// the pace of the silent, and not without a pause.
#[tokio::test]
async fn a_silent_device_that_had_refused_all_is_no_endless_turn() {
    let port = free_tcp_port();
    let mut devices = Devices::start("tcp", &port.to_string(), r#"{"1": {"h": {"1": [11]}}}"#);
    devices.tell(r#"{"refuse": [1, 3, 1, 1, 2, -1]}"#);
    let mut site = site(tcp(port), Duration::from_millis(200));
    let device = add_device(&mut site, 1, ModbusLimits::default());
    let point = add_register(&mut site, device, Duration::from_secs(10), 1);
    let clock = LockStep::new(Timestamp::UNIX_EPOCH);
    let mut running = start(site, Arc::new(clock.clone()));
    assert_eq!(running.sample(point).await, Err(Quality::Faulty));
    devices.tell(r#"{"mute": [1, true]}"#);
    running.read(&[point]).await;
    let since = clock.now().steady;
    let mut told = 0;
    while clock.now().steady < since + Duration::from_secs(1200) {
        let report = tokio::time::timeout(Duration::from_secs(2), running.reports.recv()).await;
        told += u32::from(report.is_ok());
        assert!(told < 200, "at {:?} since {since:?}", clock.now().steady);
    }
}

#[tokio::test]
async fn the_driver_ends_when_no_more_can_be_asked() {
    let port = free_tcp_port();
    let _devices = Devices::start("tcp", &port.to_string(), TWO);
    let (site, points) = three_devices(tcp(port), LONG, Duration::from_secs(3600));
    let running = start(site, Arc::new(Stepped::new(Timestamp::UNIX_EPOCH)));
    let (reply, answer) = oneshot::channel();
    running.order(Order::Write { point: points[0], value: 5.0, reply }).await;
    drop(running.requests);
    assert_eq!(answer.await.unwrap(), WriteOutcome::Held(5.0));
    tokio::time::timeout(LONG, running.task).await.unwrap().unwrap();
}
