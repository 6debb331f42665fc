//! Addresses as people write them: hosts with ports, BACnet addresses, devices
//! behind routers. Pure reading of texts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

/// Modbus Messaging on TCP/IP Implementation Guide V1.0b, 4.2.2.
pub(super) const MODBUS_PORT: u16 = 502;
/// ASHRAE 135, annex J: 0xBAC0.
pub(super) const BACNET_PORT: u16 = 47_808;

/// Reads `host`, `host:port`, `[v6]:port`. What looks like an address in
/// numbers has to be one.
pub(super) fn host_port(text: &str, default: Option<u16>) -> Option<(String, u16)> {
    let text = text.trim();
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0)?)),
        None => (text, None),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let good = match bare {
        Some(v6) => v6.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6()),
        None if host.chars().all(|c| c.is_ascii_digit() || c == '.') => {
            host.parse::<Ipv4Addr>().is_ok()
        }
        None => {
            !host.is_empty()
                && host.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.' || c == '_')
        }
    };
    let port = port.or(default)?;
    good.then(|| (bare.unwrap_or(host).to_owned(), port))
}

/// Reads `192.168.1.5` or `192.168.1.5:47808`.
pub(super) fn bacnet_v4(text: &str) -> Option<SocketAddrV4> {
    let text = text.trim();
    text.parse().ok().or_else(|| Some(SocketAddrV4::new(text.parse().ok()?, BACNET_PORT)))
}

/// The same, with IPv6 as well.
pub(super) fn bacnet(text: &str) -> Option<SocketAddr> {
    let text = text.trim();
    text.parse().ok().or_else(|| Some(SocketAddr::new(text.parse().ok()?, BACNET_PORT)))
}

/// Reads the address of a device on a network behind a router: a number for
/// one byte (MS/TP, ARCNET), bytes in hexadecimal joined by `:`, or an IPv4
/// address with port (six bytes, ASHRAE 135, annex J.1.2).
pub(super) fn mac(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if let Ok(number) = text.parse::<u8>() {
        return (number < 255).then(|| vec![number]);
    }
    if let Ok(address) = text.parse::<SocketAddrV4>() {
        let mut bytes = address.ip().octets().to_vec();
        bytes.extend(address.port().to_be_bytes());
        return Some(bytes);
    }
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|byte| if byte.len() == 2 { u8::from_str_radix(byte, 16).ok() } else { None })
        .collect();
    bytes.filter(|bytes| (2..=18).contains(&bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_with_and_without_ports() {
        let of = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(host_port("192.168.1.20", Some(502)), of("192.168.1.20", 502));
        assert_eq!(host_port("kessel.rathaus:1502", Some(502)), of("kessel.rathaus", 1502));
        assert_eq!(host_port("[fe80::1]:502", None), of("fe80::1", 502));
        assert_eq!(host_port("kessel", None), None);
        for wrong in ["", "192.168.1.300", "1.2.3", "a b", "x:0", "x:99999", "/dev/ttyS0", "a/b"] {
            assert_eq!(host_port(wrong, Some(502)), None, "{wrong}");
        }
    }

    #[test]
    fn macs_are_numbers_bytes_or_addresses() {
        assert_eq!(mac("12"), Some(vec![12]));
        assert_eq!(mac("0A:ff"), Some(vec![10, 255]));
        assert_eq!(mac("10.0.0.1:47808"), Some(vec![10, 0, 0, 1, 0xBA, 0xC0]));
        for wrong in ["", "255", "256", "0A", "A:B", "0A:", "x"] {
            assert_eq!(mac(wrong), None, "{wrong}");
        }
    }
}
