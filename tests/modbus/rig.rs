//! What the tests run: a site of Modbus points made by hand, a driver on it,
//! and pymodbus devices before it.

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use hauswart::field::{
    self, DeviceState, Link, News, Order, Report, Request, Sample, WriteOutcome,
};
use hauswart::model::{Clock, Kind, Language, Point, PointId, PointTable, Quality, Quantity, Role};
use hauswart::site::{
    Connection, Device, DeviceAddress, ModbusLimits, ModbusSource, ModbusWrite, PointSource, Site,
    Transport,
};
use hauswart::wire::modbus::{DataType, Order as WordOrder, Table};
use jiff::tz::TimeZone;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::peers::Peer;

/// Longer than anything takes on a busy machine.
pub const LONG: Duration = Duration::from_secs(30);

pub fn tcp(port: u16) -> Transport {
    Transport::ModbusTcp { host: "127.0.0.1".into(), port }
}

pub fn rtu_over_tcp(port: u16) -> Transport {
    Transport::ModbusRtuOverTcp { host: "127.0.0.1".into(), port }
}

/// A site with one connection and no devices yet.
pub fn site(transport: Transport, timeout: Duration) -> Site {
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
        connections: vec![Connection { name: "line".into(), transport, timeout }],
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

pub fn add_device(site: &mut Site, unit: u8, limits: ModbusLimits) -> usize {
    site.devices.push(Device {
        name: format!("unit{unit}"),
        building: 0,
        connection: 0,
        template: None,
        address: DeviceAddress::Modbus { unit },
        points: Vec::new(),
        watchdog_fed_by_reads: false,
        modbus: limits,
    });
    site.devices.len() - 1
}

/// A number that is read from, and can be written to, one place.
pub fn source(table: Table, address: u16, data: DataType) -> ModbusSource {
    let write = matches!(table, Table::Coil | Table::Holding).then_some(ModbusWrite {
        table,
        address,
        multiple: false,
        states: Vec::new(),
    });
    ModbusSource {
        read: Some((table, address)),
        write,
        data,
        order: WordOrder::Abcd,
        scale: 1.0,
        offset: 0.0,
        invalid: Vec::new(),
        states: Vec::new(),
        bit: None,
    }
}

pub fn add_point(
    site: &mut Site,
    device: usize,
    kind: Kind,
    poll: Duration,
    source: ModbusSource,
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
        readable: source.read.is_some(),
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
    site.sources.push(PointSource::Modbus(source));
    id
}

/// A holding register as a plain number.
pub fn add_register(site: &mut Site, device: usize, poll: Duration, address: u16) -> PointId {
    add_point(site, device, number(), poll, source(Table::Holding, address, DataType::U16))
}

pub fn number() -> Kind {
    Kind::Number(Quantity::NONE.usual_unit())
}

/// A driver at work.
pub struct Running {
    pub requests: mpsc::Sender<Request>,
    pub reports: mpsc::Receiver<Report>,
    pub hold_back: Arc<AtomicBool>,
    pub task: tokio::task::JoinHandle<()>,
    clock: Arc<dyn Clock>,
}

pub fn start(site: Site, clock: Arc<dyn Clock>) -> Running {
    let (requests, orders) = mpsc::channel(16);
    let (reporter, reports) = mpsc::channel(1024);
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
    pub async fn order(&self, order: Order) {
        self.requests.send(Request { order, busy: self.clock.busy() }).await.unwrap();
    }

    pub async fn write(&self, point: PointId, value: f64) -> WriteOutcome {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Write { point, value, reply }).await;
        timeout(LONG, answer).await.unwrap().unwrap()
    }

    pub async fn read(&self, points: &[PointId]) -> Vec<Sample> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Read { points: points.to_vec(), reply }).await;
        timeout(LONG, answer).await.unwrap().unwrap()
    }

    pub async fn news(&mut self) -> News {
        timeout(LONG, self.reports.recv()).await.expect("no news").expect("driver ended").news
    }

    /// The next value heard of `point`.
    pub async fn sample(&mut self, point: PointId) -> Result<f64, Quality> {
        loop {
            if let News::Samples(samples) = self.news().await
                && let Some(sample) = samples.iter().find(|sample| sample.point == point)
            {
                return sample.value;
            }
        }
    }

    /// The next value heard of each of `points`.
    pub async fn samples(&mut self, points: &[PointId]) -> Vec<Result<f64, Quality>> {
        let mut values = vec![None; points.len()];
        while values.contains(&None) {
            let News::Samples(samples) = self.news().await else { continue };
            for sample in samples {
                if let Some(place) = points.iter().position(|point| *point == sample.point) {
                    values[place].get_or_insert(sample.value);
                }
            }
        }
        values.into_iter().flatten().collect()
    }

    /// The next state told of any device.
    pub async fn state(&mut self) -> (usize, DeviceState) {
        loop {
            if let News::Device { device, state } = self.news().await {
                return (device, state);
            }
        }
    }

    /// Everything told so far.
    pub fn told(&mut self) -> Vec<News> {
        std::iter::from_fn(|| self.reports.try_recv().ok()).map(|report| report.news).collect()
    }
}

/// pymodbus devices that take orders (tests/peers/modbus_device.py).
pub struct Devices(pub Peer);

impl Devices {
    pub fn start(kind: &str, place: &str, image: &str) -> Self {
        Self(Peer::python("modbus_device.py", &[kind, place, image]))
    }

    pub fn tell(&mut self, order: &str) -> String {
        writeln!(self.0.input(), "{order}").unwrap();
        let mut answer = String::new();
        self.0.output.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }

    /// The requests since this was asked last: unit, function, address, count.
    pub fn seen(&mut self) -> Vec<[u32; 4]> {
        serde_json::from_str(&self.tell(r#"{"seen": true}"#)).unwrap()
    }
}
