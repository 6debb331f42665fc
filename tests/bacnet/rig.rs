//! What the tests run: a site of BACnet points made by hand, a driver on it,
//! bacpypes3 devices and hand-written peers before it. Each test has a port
//! and addresses of its own on loopback.

use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use hauswart::clock::Scaled;
use hauswart::field::bacnet::Client;
use hauswart::field::{
    self, DeviceState, Link, News, Order, RelinquishOutcome, Report, Request, Sample, WriteOutcome,
};
use hauswart::model::{
    Clock, Command, Commander, Kind, Language, Point, PointId, PointTable, Quality, Quantity,
    Release, Role,
};
use hauswart::site::{
    BacnetAddress, BacnetIp, BacnetSource, Connection, Device, DeviceAddress, ModbusLimits,
    PointSource, Site, Transport,
};
use hauswart::wire::bacnet::property;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::peers::{Peer, free_udp_port};

/// Longer than anything takes on a busy machine.
pub const LONG: Duration = Duration::from_secs(60);

/// A poll interval that does not come twice in a test.
pub const RARELY: Duration = Duration::from_secs(3600);
pub const OFTEN: Duration = Duration::from_millis(200);

/// A loopback network of one test: host 1 is the driver.
#[derive(Clone, Copy)]
pub struct Net {
    block: u32,
    pub port: u16,
}

impl Net {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = std::process::id().wrapping_mul(97) + NEXT.fetch_add(1, Ordering::Relaxed);
        // 127.16.0.0 upward, 256 hosts a test.
        Self { block: 0x7F10_0000 + number % 0x6000 * 256, port: free_udp_port() }
    }

    pub fn host(self, number: u8) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::from(self.block + u32::from(number)), self.port)
    }

    /// As bacpypes3 writes it.
    pub fn text(self, number: u8) -> String {
        format!("{}/8:{}", self.host(number).ip(), self.port)
    }

    pub fn settings(self) -> BacnetIp {
        let broadcast = Some(Ipv4Addr::new(127, 255, 255, 255));
        BacnetIp { bind: self.host(1), broadcast, foreign: None, instance: None }
    }

    pub fn client(self, timeout: Duration) -> Client {
        Client::open(&BacnetIp { broadcast: None, ..self.settings() }, timeout).unwrap()
    }
}

/// A site with one connection and no devices yet.
pub fn site(settings: BacnetIp, timeout: Duration) -> Site {
    Site {
        name: "test".into(),
        title: "Test".into(),
        time_zone: TimeZone::UTC,
        postcode: None,
        language: Language::En,
        cycle: Duration::from_secs(10),
        grace: Duration::from_secs(300),
        read_only: false,
        data: "/nonexistent".into(),
        rules: "/nonexistent".into(),
        reload: Default::default(),
        buildings: Vec::new(),
        connections: vec![Connection {
            name: "net".into(),
            transport: Transport::BacnetIp(settings),
            timeout,
        }],
        devices: Vec::new(),
        points: PointTable::default(),
        sources: Vec::new(),
        meters: Vec::new(),
        out_of_service: Vec::new(),
        history: Default::default(),
        report: Default::default(),
        web: None,
        alarms: Default::default(),
    }
}

pub fn by_instance(instance: u32) -> BacnetAddress {
    BacnetAddress { instance: Some(instance), address: None, routed: None }
}

pub fn at(address: SocketAddrV4) -> BacnetAddress {
    BacnetAddress { instance: None, address: Some(address.into()), routed: None }
}

pub fn add_device(site: &mut Site, address: BacnetAddress) -> usize {
    site.devices.push(Device {
        name: format!("d{}", site.devices.len()),
        building: 0,
        connection: 0,
        template: None,
        address: DeviceAddress::Bacnet(address),
        points: Vec::new(),
        watchdog_fed_by_reads: false,
        modbus: ModbusLimits::default(),
    });
    site.devices.len() - 1
}

/// The present value of an object.
pub fn source(kind: u16, instance: u32) -> BacnetSource {
    BacnetSource {
        object: (kind, instance),
        property: property::PRESENT_VALUE,
        array_index: None,
        cov: false,
        scale: 1.0,
        offset: 0.0,
        states: Vec::new(),
    }
}

pub fn number() -> Kind {
    Kind::Number(Quantity::CELSIUS.usual_unit())
}

pub fn add_point(
    site: &mut Site,
    device: usize,
    kind: Kind,
    poll: Duration,
    source: BacnetSource,
) -> PointId {
    let point = Point {
        name: format!("b.d{device}.p{}", site.points.len()),
        building: 0,
        device,
        kind,
        role: Role::Other,
        range: None,
        poll,
        command: None,
        readable: true,
        by_hand: None,
        hours: Vec::new(),
        keep: Default::default(),
        momentary: false,
        pulse: None,
        rolls_over: None,
        formerly: Vec::new(),
    };
    let id = site.points.push(point).unwrap();
    site.devices[device].points.push(id);
    site.sources.push(PointSource::Bacnet(source));
    id
}

pub fn add_analog(site: &mut Site, device: usize, poll: Duration, instance: u32) -> PointId {
    add_point(site, device, number(), poll, source(2, instance))
}

/// Makes a point commandable.
pub fn command(site: &mut Site, point: PointId, release: Release) {
    site.points.get_mut(point).command = Some(Box::new(Command {
        release,
        released: None,
        hold_on_stop: false,
        limits: None,
        floor: None,
        ceiling: None,
        min_write_interval: Duration::ZERO,
        keep_alive: None,
        endures: None,
        heartbeat: None,
        tolerance: 0.01,
        abandoned: Default::default(),
        out_of_service: None,
    }));
}

/// A driver at work.
pub struct Running {
    pub requests: mpsc::Sender<Request>,
    pub reports: mpsc::Receiver<Report>,
    pub hold_back: Arc<AtomicBool>,
    pub task: tokio::task::JoinHandle<()>,
    clock: Arc<dyn Clock>,
}

pub fn start(site: Site) -> Running {
    start_with(site, Arc::new(Scaled::real()))
}

pub fn start_with(site: Site, clock: Arc<dyn Clock>) -> Running {
    let (requests, orders) = mpsc::channel(16);
    let (reporter, reports) = mpsc::channel(4096);
    let hold_back = Arc::new(AtomicBool::new(false));
    let task = field::spawn(Link {
        site: Arc::new(site),
        connection: 0,
        clock: Arc::clone(&clock),
        requests: orders,
        reports: reporter,
        hold_back: Arc::clone(&hold_back),
    });
    Running { requests, reports, hold_back, task, clock }
}

impl Running {
    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> T {
        let (reply, answer) = oneshot::channel();
        let request = Request { order: order(reply), busy: self.clock.busy() };
        self.requests.send(request).await.unwrap();
        timeout(LONG, answer).await.expect("no answer to an order").unwrap()
    }

    pub async fn write(&self, point: PointId, value: f64) -> WriteOutcome {
        self.ask(|reply| Order::Write { point, value, reply }).await
    }

    pub async fn relinquish(&self, point: PointId, ours: f64) -> RelinquishOutcome {
        self.ask(|reply| Order::Relinquish { point, ours, reply }).await
    }

    pub async fn commander(&self, point: PointId, ours: f64) -> Commander {
        self.ask(|reply| Order::Commander { point, ours, reply }).await
    }

    pub async fn base(&self, point: PointId) -> Option<f64> {
        self.ask(|reply| Order::Base { point, reply }).await
    }

    pub async fn read(&self, points: &[PointId]) -> Vec<Sample> {
        let points = points.to_vec();
        self.ask(|reply| Order::Read { points, reply }).await
    }

    pub async fn news(&mut self) -> News {
        timeout(LONG, self.reports.recv()).await.expect("no news").expect("driver ended").news
    }

    /// The next value heard of `point`.
    pub async fn sample(&mut self, point: PointId) -> Result<f64, Quality> {
        self.samples(&[point]).await[0]
    }

    /// The next value heard of each of `points`.
    pub async fn samples(&mut self, points: &[PointId]) -> Vec<Result<f64, Quality>> {
        let mut values = vec![None; points.len()];
        let gather = async {
            while values.contains(&None) {
                let News::Samples(samples) = self.news().await else { continue };
                for sample in samples {
                    if let Some(place) = points.iter().position(|point| *point == sample.point) {
                        values[place].get_or_insert(sample.value);
                    }
                }
            }
        };
        let gathered = timeout(LONG, gather).await;
        gathered.unwrap_or_else(|_| panic!("some points were not heard: {values:?}"));
        values.into_iter().flatten().collect()
    }

    /// Waits until `point` has this value.
    pub async fn becomes(&mut self, point: PointId, value: Result<f64, Quality>) {
        let wait = async { while self.sample(point).await != value {} };
        timeout(LONG, wait).await.unwrap_or_else(|_| panic!("never {value:?}"));
    }

    /// The next state told of any device.
    pub async fn state(&mut self) -> (usize, DeviceState) {
        loop {
            if let News::Device { device, state } = self.news().await {
                return (device, state);
            }
        }
    }

    /// Lets the driver end.
    pub async fn end(self) {
        drop(self.requests);
        timeout(LONG, self.task).await.expect("the driver does not end").unwrap();
    }
}

/// bacpypes3 devices that take orders (tests/peers/bacnet_device.py).
pub struct Devices(pub Peer);

impl Devices {
    pub fn start(config: &Json) -> Self {
        Self(Peer::python("bacnet_device.py", &[&config.to_string()]))
    }

    pub fn tell(&mut self, order: &Json) -> Json {
        writeln!(self.0.input(), "{order}").unwrap();
        let mut answer = String::new();
        self.0.output.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    /// The services that a device was asked for since this was asked last.
    pub fn seen(&mut self, device: u32) -> Vec<String> {
        serde_json::from_value(self.tell(&json!({"device": device, "seen": true}))).unwrap()
    }

    /// What a slot of the priority array holds.
    pub fn slot(&mut self, device: u32, object: &str, slot: usize) -> Json {
        self.tell(&json!({"device": device, "slots": object}))[slot - 1].clone()
    }
}
