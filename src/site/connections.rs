//! From a connection's words to a [`Connection`]: which words a type has, how
//! its address reads, and that no two use one port.

use super::addresses::{self, MODBUS_PORT};
use super::fault::{Address, Shape};
use super::place::{At, Faults, Place, or};
use super::raw_site::{ConnectionType, RawConnection};
use super::template::Protocol;
use super::{BacnetIp, Connection, ForeignDevice, SerialLine, Transport};
use crate::model::unit::duration;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

impl ConnectionType {
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::BacnetIp => Protocol::Bacnet,
            _ => Protocol::Modbus,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::ModbusTcp => "modbus-tcp",
            Self::ModbusRtu => "modbus-rtu",
            Self::ModbusRtuOverTcp => "modbus-rtu-over-tcp",
            Self::BacnetIp => "bacnet-ip",
        }
    }

    /// The words besides `name`, `type` and `timeout`.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::ModbusTcp | Self::ModbusRtuOverTcp => &["address"],
            Self::ModbusRtu => &["address", "baud", "parity", "stop_bits"],
            Self::BacnetIp => &["bind", "broadcast", "instance", "foreign"],
        }
    }
}

/// Builds a connection; `None` if something is missing or wrong.
pub(super) fn build(raw: &RawConnection, faults: &mut Faults) -> Option<Connection> {
    let kind = raw.kind.as_ref()?.value;
    words_of_other_types(raw, kind, faults);
    let transport = match kind {
        ConnectionType::ModbusTcp => {
            let (host, port) = host(raw, Some(MODBUS_PORT), "\"192.168.1.20:502\"", faults)?;
            Transport::ModbusTcp { host, port }
        }
        ConnectionType::ModbusRtuOverTcp => {
            let (host, port) = host(raw, None, "\"192.168.1.20:4001\"", faults)?;
            Transport::ModbusRtuOverTcp { host, port }
        }
        ConnectionType::ModbusRtu => Transport::ModbusRtu(serial_line(raw, faults)?),
        ConnectionType::BacnetIp => Transport::BacnetIp(bacnet_ip(raw, faults)?),
    };
    // Modbus devices answer within a second or not at all; BACnet's usual
    // APDU_Timeout is 3 s (ASHRAE 135, clause 12.11.28).
    let usual = if kind.protocol() == Protocol::Bacnet { 3.0 } else { 1.0 };
    let timeout = or(raw.timeout.as_ref(), usual);
    Some(Connection {
        name: raw.name.value.clone(),
        transport,
        timeout: duration(timeout).unwrap_or(Duration::from_secs(1)),
    })
}

fn words_of_other_types(raw: &RawConnection, kind: ConnectionType, faults: &mut Faults) {
    let found: [(&'static str, Option<&Place>); 8] = [
        ("address", raw.address.as_ref().map(|at| &at.place)),
        ("baud", raw.baud.as_ref().map(|at| &at.place)),
        ("parity", raw.parity.as_ref().map(|at| &at.place)),
        ("stop_bits", raw.stop_bits.as_ref().map(|at| &at.place)),
        ("bind", raw.bind.as_ref().map(|at| &at.place)),
        ("broadcast", raw.broadcast.as_ref().map(|at| &at.place)),
        ("instance", raw.instance.as_ref().map(|at| &at.place)),
        ("foreign", raw.foreign.as_ref().map(|foreign| &foreign.place)),
    ];
    for (key, place) in found {
        if let Some(place) = place.filter(|_| !kind.words().contains(&key)) {
            faults.error(place, Address::NotForConnection { key, kind: kind.word() });
        }
    }
}

fn missing(raw: &RawConnection, key: &'static str, example: &'static str, faults: &mut Faults) {
    let section = "[[connection]]".to_owned();
    faults.error(&raw.place, Shape::MissingKey { key, section, example });
}

fn host(
    raw: &RawConnection,
    default: Option<u16>,
    example: &'static str,
    faults: &mut Faults,
) -> Option<(String, u16)> {
    let Some(at) = &raw.address else {
        if !raw.has_address {
            missing(raw, "address", "address = \"192.168.1.20\"", faults);
        }
        return None;
    };
    let found = addresses::host_port(&at.value, default);
    if found.is_none() {
        faults.error(&at.place, Address::BadAddress { text: at.value.clone(), example });
    }
    found
}

fn serial_line(raw: &RawConnection, faults: &mut Faults) -> Option<SerialLine> {
    if raw.address.is_none() && !raw.has_address {
        missing(raw, "address", "address = \"/dev/ttyUSB0\"", faults);
    }
    if raw.baud.is_none() {
        missing(raw, "baud", "baud = 19200", faults);
    }
    if raw.parity.is_none() {
        missing(raw, "parity", "parity = \"even\"", faults);
    }
    Some(SerialLine {
        path: raw.address.as_ref()?.value.clone(),
        baud: u32::try_from(raw.baud.as_ref()?.value).ok()?,
        parity: raw.parity.as_ref()?.value,
        stop_bits: u8::try_from(or(raw.stop_bits.as_ref(), 1)).ok()?,
    })
}

fn bacnet_ip(raw: &RawConnection, faults: &mut Faults) -> Option<BacnetIp> {
    const EXAMPLE: &str = "\"192.168.1.5:47808\"";
    let mut read = |at: Option<&At<String>>| -> Result<Option<SocketAddrV4>, ()> {
        let Some(at) = at else { return Ok(None) };
        let found = addresses::bacnet_v4(&at.value);
        if found.is_none() {
            let text = at.value.clone();
            faults.error(&at.place, Address::BadAddress { text, example: EXAMPLE });
        }
        found.map(Some).ok_or(())
    };
    let bind = read(raw.bind.as_ref());
    let bbmd = read(raw.foreign.as_ref().and_then(|foreign| foreign.bbmd.as_ref()));
    let broadcast = match &raw.broadcast {
        None => Ok(None),
        Some(at) => at.value.trim().parse().map(Some).map_err(|_| {
            let (text, example) = (at.value.clone(), "\"192.168.1.255\"");
            faults.error(&at.place, Address::BadAddress { text, example });
        }),
    };
    let foreign = match (&raw.foreign, bbmd.ok()?) {
        (Some(foreign), Some(bbmd)) => {
            let ttl = duration(or(foreign.ttl.as_ref(), 300.0)).unwrap_or(Duration::from_secs(300));
            Some(ForeignDevice { bbmd, ttl })
        }
        _ => None,
    };
    let any = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, addresses::BACNET_PORT);
    Some(BacnetIp {
        bind: bind.ok()?.unwrap_or(any),
        broadcast: broadcast.ok()?,
        foreign,
        instance: raw.instance.as_ref().and_then(|at| u32::try_from(at.value).ok()),
    })
}

/// Two connections on one port would talk across each other.
pub(super) fn check_ports(built: &[(&RawConnection, Option<Connection>)], faults: &mut Faults) {
    let port = |connection: &Connection| match &connection.transport {
        Transport::ModbusTcp { host, port } | Transport::ModbusRtuOverTcp { host, port } => {
            format!("{}:{port}", host.to_lowercase())
        }
        Transport::ModbusRtu(line) => line.path.clone(),
        Transport::BacnetIp(network) => format!("udp {}", network.bind),
    };
    for (index, (raw, connection)) in built.iter().enumerate() {
        let Some(connection) = connection else { continue };
        let before = built[..index].iter().filter_map(|(_, other)| other.as_ref());
        for other in before {
            if port(other) == port(connection) && other.name != connection.name {
                let place =
                    raw.address.as_ref().or(raw.bind.as_ref()).map_or(&raw.place, |at| &at.place);
                let (connection, other) = (connection.name.clone(), other.name.clone());
                faults.error(place, Address::SameLine { connection, other });
                break;
            }
        }
    }
}
