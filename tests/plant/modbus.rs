//! Units 1–4 and 10, read and written by mbpoll and by a bare client.

use std::io::ErrorKind;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use hauswart::clock::Stepped;
use hauswart::plant::faults::{Conduct, Device, Sensor, SensorFault};
use hauswart::plant::{BENCH_UNIT, Config, Plant};
use tokio::net::TcpStream;
use tokio_modbus::client::{Context, Reader, Writer, tcp};
use tokio_modbus::{ExceptionCode, Slave};

async fn plant() -> (Plant, Arc<Stepped>) {
    let start = "2026-01-14T10:00:00+01:00".parse().unwrap();
    let clock = Arc::new(Stepped::new(start));
    let config = Config { bench_registers: 200, ..Config::default() };
    let plant = Plant::start(config, Arc::clone(&clock) as _).await.unwrap();
    (plant, clock)
}

async fn unit(plant: &Plant, unit: u8) -> Context {
    let stream = TcpStream::connect(plant.modbus_address()).await.unwrap();
    tcp::attach_slave(stream, Slave(unit))
}

/// Waits until the stepping task has caught up with the clock.
pub async fn caught_up(plant: &Plant, clock: &Stepped, by: Duration) {
    let aim = plant.truth().moment + jiff::SignedDuration::try_from(by).unwrap();
    clock.advance(by);
    for _ in 0..2000 {
        if plant.truth().moment >= aim {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the plant does not follow the clock");
}

/// Runs mbpoll off the runtime's thread; its exit and all it printed.
async fn mbpoll(plant: &Plant, arguments: &str) -> (bool, String) {
    let port = plant.modbus_address().port();
    let mut command = Command::new("mbpoll");
    command.args(["-m", "tcp", "-p", &port.to_string(), "-0", "-1", "-o", "5"]);
    command.args(arguments.split_whitespace().take_while(|word| *word != "=")).arg("127.0.0.1");
    command.args(arguments.split_whitespace().skip_while(|word| *word != "=").skip(1));
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let output = output.expect("mbpoll is missing: run tests/run");
    let text =
        [output.stdout, output.stderr].map(|part| String::from_utf8_lossy(&part).into_owned());
    (output.status.success(), text.concat())
}

/// The value that mbpoll printed for `address`.
fn polled(text: &str, address: u16) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("[{address}]:")));
    let line = line.unwrap_or_else(|| panic!("no [{address}] in {text}"));
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn mbpoll_reads_what_is_the_case() {
    let (plant, _clock) = plant().await;
    let truth = plant.truth();

    let (ok, text) = mbpoll(&plant, "-a 1 -t 4 -r 9 -c 1").await;
    assert!(ok, "{text}");
    let outdoor = (truth.outdoor_c * 10.0).round();
    let word = polled(&text, 9);
    assert_eq!(if word > 32767.0 { word - 65536.0 } else { word }, outdoor);

    let (ok, text) = mbpoll(&plant, "-a 1 -t 4 -r 12 -c 2").await;
    assert!(ok && (polled(&text, 12) / 10.0 - truth.circuits[0].flow_c).abs() < 0.06, "{text}");

    let (ok, text) = mbpoll(&plant, "-a 2 -t 3:float -B -r 52 -c 1").await;
    assert!(ok, "{text}");
    assert!((polled(&text, 52) / truth.meters.electricity_w - 1.0).abs() < 0.001, "{text}");

    let (ok, text) = mbpoll(&plant, "-a 4 -t 3:int -B -r 0 -c 1").await;
    assert!(ok && (polled(&text, 0) / 100.0 - truth.meters.gas_m3).abs() < 0.02, "{text}");
    let (ok, text) = mbpoll(&plant, "-a 3 -t 3:int -B -r 0 -c 1").await;
    assert!(ok && (polled(&text, 0) / 10.0 - truth.meters.heat_kwh).abs() < 0.2, "{text}");

    let (ok, text) = mbpoll(&plant, "-a 1 -t 4 -r 9 -c 2").await;
    assert!(!ok && text.contains("Illegal data address"), "{text}");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mbpoll_takes_the_heating_over_and_hands_it_back() {
    let (plant, clock) = plant().await;
    let level = async |plant: &Plant| polled(&mbpoll(plant, "-a 1 -t 0 -r 88 -c 1").await.1, 88);
    assert_eq!(level(&plant).await, 1.0);
    let before = plant.truth().circuits[0];

    let (ok, text) = mbpoll(&plant, "-a 1 -t 4 -r 105 = 5").await;
    assert!(ok, "{text}");
    assert_eq!(level(&plant).await, 0.0);
    assert_eq!(polled(&mbpoll(&plant, "-a 1 -t 4 -r 105 -c 1").await.1, 105), 5.0);
    caught_up(&plant, &clock, Duration::from_secs(600)).await;
    let night = plant.truth().circuits[0];
    assert!(night.setpoint_c < before.setpoint_c - 3.0, "{before:?} {night:?}");

    let (ok, _) = mbpoll(&plant, "-a 1 -t 0 -r 88 = 1").await;
    assert!(ok);
    assert_eq!(polled(&mbpoll(&plant, "-a 1 -t 4 -r 105 -c 1").await.1, 105), 1.0);
    caught_up(&plant, &clock, Duration::from_secs(600)).await;
    assert!(plant.truth().circuits[0].setpoint_c > night.setpoint_c + 3.0);

    let (ok, text) = mbpoll(&plant, "-a 1 -t 4 -r 105 = 3").await;
    assert!(!ok && text.contains("Illegal data value"), "{text}");
    let (ok, text) = mbpoll(&plant, "-a 1 -t 4 -r 9 = 3").await;
    assert!(!ok && text.contains("Illegal data address"), "{text}");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_registers_are_written_all_or_none() {
    let (plant, _clock) = plant().await;
    let mut client = unit(&plant, 1).await;
    let refused = client.write_multiple_registers(105, &[4, 120]).await.unwrap();
    assert_eq!(refused, Err(ExceptionCode::IllegalDataValue));
    assert_eq!(client.read_holding_registers(105, 1).await.unwrap().unwrap(), [1]);
    client.write_multiple_registers(105, &[4, 20, 5]).await.unwrap().unwrap();
    assert_eq!(client.read_holding_registers(105, 3).await.unwrap().unwrap(), [4, 20, 5]);
    assert_eq!(client.read_coils(88, 4).await.unwrap().unwrap()[..4], [false, false, false, true]);
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_refused_as_devices_do() {
    let (plant, _clock) = plant().await;
    let mut client = unit(&plant, 3).await;
    let refused = client.read_holding_registers(0, 2).await.unwrap();
    assert_eq!(refused, Err(ExceptionCode::IllegalFunction));
    assert_eq!(
        client.read_input_registers(65_535, 5).await.unwrap(),
        Err(ExceptionCode::IllegalDataAddress)
    );
    let mut client = unit(&plant, 77).await;
    assert_eq!(
        client.read_holding_registers(0, 1).await.unwrap(),
        Err(ExceptionCode::GatewayTargetDevice)
    );
    let mut client = unit(&plant, BENCH_UNIT).await;
    assert_eq!(client.read_holding_registers(0, 125).await.unwrap().unwrap().len(), 125);
    assert_eq!(
        client.read_holding_registers(150, 60).await.unwrap(),
        Err(ExceptionCode::IllegalDataAddress)
    );
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_come_and_go_at_run_time() {
    let (plant, _clock) = plant().await;
    let faults = plant.faults();
    let mut boiler = unit(&plant, 1).await;
    let sound = boiler.read_holding_registers(12, 2).await.unwrap().unwrap();

    faults.set(Device::Unit(1), Conduct::Busy);
    assert_eq!(
        boiler.read_holding_registers(12, 2).await.unwrap(),
        Err(ExceptionCode::ServerDeviceBusy)
    );
    let mut meter = unit(&plant, 2).await;
    meter.read_input_registers(0x34, 2).await.unwrap().unwrap();

    faults.set(Device::Unit(1), Conduct::Refusing { first: 12, count: 1 });
    assert_eq!(
        boiler.read_holding_registers(12, 2).await.unwrap(),
        Err(ExceptionCode::IllegalDataAddress)
    );
    assert_eq!(boiler.read_holding_registers(13, 1).await.unwrap().unwrap(), [sound[1]]);

    faults.set(Device::Unit(1), Conduct::Shifted);
    assert_eq!(boiler.read_holding_registers(12, 2).await.unwrap().unwrap(), [sound[1], 0]);

    faults.set(Device::Unit(1), Conduct::Short);
    assert_eq!(boiler.read_holding_registers(12, 2).await.unwrap().unwrap(), [sound[0]]);

    faults.set_sensor(Sensor::Flow(1), Some(SensorFault::Open));
    faults.set(Device::Unit(1), Conduct::Sound);
    assert_eq!(boiler.read_holding_registers(12, 2).await.unwrap().unwrap(), [sound[0], 0x7fff]);

    faults.set(Device::Unit(1), Conduct::Slow(Duration::from_millis(300)));
    let asked = tokio::time::Instant::now();
    boiler.read_holding_registers(12, 2).await.unwrap().unwrap();
    assert!(asked.elapsed() >= Duration::from_millis(300));

    faults.set(Device::Unit(1), Conduct::Silent);
    let silent = boiler.read_holding_registers(12, 2);
    assert!(tokio::time::timeout(Duration::from_millis(300), silent).await.is_err());

    let mut boiler = unit(&plant, 1).await;
    faults.set(Device::Unit(1), Conduct::Garbled);
    let garbled = boiler.read_holding_registers(12, 2);
    let garbled = tokio::time::timeout(Duration::from_millis(300), garbled).await;
    assert!(!matches!(garbled, Ok(Ok(Ok(_)))), "{garbled:?}");

    faults.clear();
    let mut boiler = unit(&plant, 1).await;
    assert_eq!(boiler.read_holding_registers(12, 2).await.unwrap().unwrap(), sound);
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_line_ends_connections_and_comes_back() {
    let (plant, _clock) = plant().await;
    let mut client = unit(&plant, 1).await;
    client.read_holding_registers(0, 1).await.unwrap().unwrap();
    plant.faults().cut_modbus();
    let lost = tokio::time::timeout(Duration::from_secs(10), async {
        while client.read_holding_registers(0, 1).await.is_ok() {}
    });
    lost.await.expect("the connection ends");
    // New connections are closed before they answer.
    if let Ok(stream) = TcpStream::connect(plant.modbus_address()).await {
        let mut client = tcp::attach_slave(stream, Slave(1));
        assert!(client.read_holding_registers(0, 1).await.is_err());
    }
    plant.faults().clear();
    let mut back = None;
    for _ in 0..100 {
        let mut client = unit(&plant, 1).await;
        if let Ok(Ok(words)) = client.read_holding_registers(0, 1).await {
            back = Some(words);
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(back, Some(vec![5576]));

    let address = plant.modbus_address();
    plant.stop().await;
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}
