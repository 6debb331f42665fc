//! The network: addresses of this machine that BACnet is bound to, ports, and
//! whether Modbus devices take connections. Devices are tried only while no
//! daemon speaks to them: some serve one connection at a time.

use std::io::ErrorKind;
use std::net::{SocketAddrV4, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use super::finding::Finding;
use crate::site::{Site, Transport};

const PATIENCE: Duration = Duration::from_secs(2);

/// `running`: a daemon has the ports.
pub fn look(site: &Site, running: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for connection in &site.connections {
        match &connection.transport {
            Transport::BacnetIp(network) => {
                findings.extend(bound(&connection.name, network.bind, running));
            }
            Transport::ModbusTcp { host, port } | Transport::ModbusRtuOverTcp { host, port }
                if !running =>
            {
                findings.push(reached(&connection.name, host, *port));
            }
            _ => {}
        }
    }
    findings
}

fn bound(connection: &str, bind: SocketAddrV4, running: bool) -> Vec<Finding> {
    let connection = connection.to_owned();
    match UdpSocket::bind((*bind.ip(), 0)) {
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => {
            return vec![Finding::NotOurAddress { connection, address: *bind.ip() }];
        }
        _ => {}
    }
    if running {
        return Vec::new();
    }
    match UdpSocket::bind(bind) {
        Ok(_) => vec![Finding::PortIsFree { connection, address: bind }],
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            vec![Finding::PortInUse { connection, address: bind }]
        }
        Err(error) => {
            vec![Finding::PortNotOurs { connection, address: bind, why: error.kind() }]
        }
    }
}

fn reached(connection: &str, host: &str, port: u16) -> Finding {
    let (connection, place) = (connection.to_owned(), format!("{host}:{port}"));
    let Some(address) = (host, port).to_socket_addrs().ok().and_then(|mut all| all.next()) else {
        return Finding::NoSuchHost { connection, place };
    };
    match TcpStream::connect_timeout(&address, PATIENCE) {
        Ok(_) => Finding::TakesConnections { connection, place },
        Err(error) => Finding::NoConnection { connection, place, why: error.kind() },
    }
}
