//! Lines for foreign tools that clear what we command: mbpoll for Modbus;
//! bacpypes3's shell and bacnet-stack's `bacwp` for BACnet, and how YABE does
//! it. Exact, so that they can be typed off the paper.

use serde::Serialize;

use crate::field::modbus::{Encoded, encode};
use crate::model::{Kind, Language, Point, PointId, Release};
use crate::site::{
    BacnetAddress, BacnetSource, DeviceAddress, ModbusSource, Parity, PointSource, SerialLine,
    Site, Transport,
};
use crate::wire::bacnet::{ObjectId, PropertyRef};
use crate::wire::modbus::Table;

/// One line to type, or to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The tool's name.
    pub tool: &'static str,
    pub line: String,
    /// What to put in, where the line has `VALUE`.
    pub note: Option<String>,
}

/// The device's address, as people call it.
pub fn address(site: &Site, device: usize) -> String {
    match &site.devices[device].address {
        DeviceAddress::Modbus { unit } => unit.to_string(),
        DeviceAddress::Bacnet(at) => {
            let instance = at.instance.map(|instance| format!("device {instance}"));
            let place = bacnet_place(at);
            let parts: Vec<String> = instance.into_iter().chain(place).collect();
            parts.join(", ")
        }
    }
}

/// Its address in bacpypes3's form: `10.0.0.21:47808`, or `5:12` behind a router.
fn bacnet_place(at: &BacnetAddress) -> Option<String> {
    match (&at.routed, at.address) {
        (Some((network, mac)), router) => {
            let station = match mac.as_slice() {
                [station] => station.to_string(),
                mac => {
                    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
                    format!("0x{hex}")
                }
            };
            let router = router.map_or_else(String::new, |router| format!("@{router}"));
            Some(format!("{network}:{station}{router}"))
        }
        (None, Some(address)) => Some(address.to_string()),
        (None, None) => None,
    }
}

/// What has to be typed once before the lines of a device's points.
pub fn before(site: &Site, device: usize, language: Language) -> Vec<Line> {
    let line = |tool, line: &str| Line { tool, line: line.to_owned(), note: None };
    match &site.connections[site.devices[device].connection].transport {
        Transport::ModbusTcp { .. } | Transport::ModbusRtu(_) => {
            vec![line("mbpoll", "sudo apt install mbpoll")]
        }
        Transport::ModbusRtuOverTcp { .. } => Vec::new(),
        Transport::BacnetIp(_) => {
            let own = language.pick(
                "OWN: die eigene Adresse dieses Rechners; /24 seine Netzmaske",
                "OWN: this computer's own address; /24 its network's mask",
            );
            let shell = line("bacpypes3", "python3 -m bacpypes3 --address OWN/24");
            let shell = Line { note: Some(own.to_owned()), ..shell };
            vec![line("bacpypes3", "pip install bacpypes3"), shell]
        }
    }
}

/// What clears our command at a point.
pub fn lines(site: &Site, id: PointId, language: Language) -> Vec<Line> {
    let Some(command) = &site.points.get(id).command else { return Vec::new() };
    let (target, value) = match command.release {
        Release::Action { point, value } => (point, Some(value)),
        Release::Value(value) => (id, Some(value)),
        Release::Restore => (id, command.released),
        Release::Slot(slot) => {
            let PointSource::Bacnet(source) = &site.sources[id.index()] else { return Vec::new() };
            return clear_slot(site, site.points.get(id), source, slot, language);
        }
    };
    let point = site.points.get(target);
    match &site.sources[target.index()] {
        PointSource::Modbus(source) => mbpoll(site, point, source, value, language),
        PointSource::Bacnet(source) => write_present(site, point, source, value, language),
    }
}

/// `mbpoll` counts registers from 0 with `-0`, as they are sent.
fn mbpoll(
    site: &Site,
    point: &Point,
    source: &ModbusSource,
    value: Option<f64>,
    language: Language,
) -> Vec<Line> {
    let device = &site.devices[point.device];
    let connection = &site.connections[device.connection];
    let (Some(write), DeviceAddress::Modbus { unit }) = (&source.write, &device.address) else {
        return Vec::new();
    };
    let way = match &connection.transport {
        Transport::ModbusTcp { host, port } => (format!("-m tcp -p {port}"), host.clone()),
        Transport::ModbusRtu(line) => (serial(line), line.path.clone()),
        // mbpoll does not speak it.
        Transport::ModbusRtuOverTcp { .. } | Transport::BacnetIp(_) => return Vec::new(),
    };
    let table = if write.table == Table::Coil { 0 } else { 4 };
    let line = |value: &str| {
        let (options, place) = &way;
        let address = write.address;
        format!("mbpoll {options} -a {unit} -t {table} -0 -r {address} -1 {place} {value}")
    };
    let encoded = value.and_then(|value| encode(point, source, value).ok());
    let (value, note) = match encoded {
        Some(encoded) => (raw(&encoded), None),
        None => ("VALUE".to_owned(), Some(values(point, source, language))),
    };
    vec![Line { tool: "mbpoll", line: line(&value), note }]
}

fn serial(line: &SerialLine) -> String {
    let parity = match line.parity {
        Parity::None => "none",
        Parity::Even => "even",
        Parity::Odd => "odd",
    };
    format!("-m rtu -b {} -P {parity} -s {}", line.baud, line.stop_bits)
}

/// As mbpoll takes it: several registers one after the other.
fn raw(encoded: &Encoded) -> String {
    match encoded {
        Encoded::Coil(on) => u8::from(*on).to_string(),
        Encoded::Registers(words) => {
            let words: Vec<String> = words.iter().map(u16::to_string).collect();
            words.join(" ")
        }
    }
}

/// Which values there are to put in, raw.
fn values(point: &Point, source: &ModbusSource, language: Language) -> String {
    let told = |value: f64| {
        let raw = raw(&encode(point, source, value).ok()?);
        Some(format!("{raw} = {}", point.kind.display(value)))
    };
    let examples: Vec<f64> = match &point.kind {
        Kind::States(states) => (0..states.len()).map(|state| state as f64).collect(),
        Kind::Number(_) => {
            let limits = point.command.as_ref().and_then(|command| command.limits);
            let (low, high) = limits.or(point.range).unwrap_or((0.0, 100.0));
            vec![low, ((low + high) / 2.0).round(), high]
        }
    };
    let examples: Vec<String> = examples.into_iter().filter_map(told).collect();
    let examples = examples.join(", ");
    language.pick(
        format!("statt VALUE der übliche Wert, zum Beispiel {examples}"),
        format!("for VALUE what is usual here, for example {examples}"),
    )
}

fn clear_slot(
    site: &Site,
    point: &Point,
    source: &BacnetSource,
    slot: u8,
    language: Language,
) -> Vec<Line> {
    let (kind, number) = source.object;
    let Some(object) = ObjectId::new(kind, number) else { return Vec::new() };
    let property = PropertyRef::new(source.property);
    let mut lines = of_shell(site, point, &format!("{object} {property} null {slot}"), language);
    if let DeviceAddress::Bacnet(BacnetAddress { instance: Some(device), .. }) =
        &site.devices[point.device].address
    {
        let property = source.property;
        let line = format!("bacwp {device} {kind} {number} {property} {slot} -1 0 0");
        lines.push(Line { tool: "bacnet-stack", line, note: None });
    }
    lines.push(Line {
        tool: "YABE",
        line: language.pick(
            format!("{object} wählen, Schreibpriorität {slot}, Present Value auf Null setzen"),
            format!("select {object}, write priority {slot}, set Present Value to Null"),
        ),
        note: None,
    });
    lines
}

/// A BACnet value without a slot.
fn write_present(
    site: &Site,
    point: &Point,
    source: &BacnetSource,
    value: Option<f64>,
    language: Language,
) -> Vec<Line> {
    let (kind, number) = source.object;
    let Some(object) = ObjectId::new(kind, number) else { return Vec::new() };
    let property = PropertyRef::new(source.property);
    let state = |value: f64| source.states.iter().find(|(_, state)| *state as f64 == value);
    let raw = value.map(|value| {
        state(value).map_or((value - source.offset) / source.scale, |(code, _)| *code as f64)
    });
    let value = raw.map_or_else(|| "VALUE".to_owned(), |raw| raw.to_string());
    of_shell(site, point, &format!("{object} {property} {value}"), language)
}

/// A line for bacpypes3's shell.
fn of_shell(site: &Site, point: &Point, what: &str, language: Language) -> Vec<Line> {
    let DeviceAddress::Bacnet(at) = &site.devices[point.device].address else { return Vec::new() };
    let (place, note) = match (bacnet_place(at), at.instance) {
        (Some(place), _) => (place, None),
        (None, instance) => {
            let instance = instance.unwrap_or_default();
            let ask = language.pick(
                format!("ADDRESS steht in der Antwort auf: whois * {instance} {instance}"),
                format!("ADDRESS is in the answer to: whois * {instance} {instance}"),
            );
            ("ADDRESS".to_owned(), Some(ask))
        }
    };
    vec![Line { tool: "bacpypes3", line: format!("write {place} {what}"), note }]
}
