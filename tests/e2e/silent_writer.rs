//! Read-only mode: not one write request leaves, seen packet by packet on the
//! wire. The same site without the word does write, and the tap sees it.

use super::bacnet;
use super::bacnet_peer::BacnetPeer;
use super::daemon::{Folder, answers};
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};
use super::wiretap::{BacnetTap, ModbusTap};

/// Read coils, discrete inputs, holding and input registers.
const MODBUS_READS: [u8; 4] = [1, 2, 3, 4];
/// SubscribeCOV, ReadProperty, ReadPropertyMultiple (clause 21).
const BACNET_READS: [u8; 3] = [5, 12, 14];

/// Lets the daemon run for some cycles, asked to write by a person too.
fn run(folder: &Folder, device: &str, setpoint: &str, read_only: bool) {
    let mut daemon = folder.run(&[]);
    daemon.wait_for("some cycles", |status| {
        answers(status, device) == Some(true) && status["cycles"].as_u64() > Some(3)
    });
    let output = folder.hauswart(&["write", setpoint, "22 °C", "--for", "1 min", "--yes"]);
    assert_eq!(output.status.code(), Some(i32::from(read_only)), "{output:?}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn in_read_only_mode_no_modbus_write_leaves() {
    let mut peer = ModbusPeer::start(modbus_image());
    for read_only in [true, false] {
        let tap = ModbusTap::before(peer.port);
        let more = if read_only { "read_only = true" } else { "" };
        let folder = Folder::new(&modbus_site(tap.port, more), RULES);
        run(&folder, "Schule.HK1", "HK1.Soll", read_only);
        let sent = tap.functions();
        assert!(sent.iter().any(|function| MODBUS_READS.contains(function)));
        let reads_alone = sent.iter().all(|function| MODBUS_READS.contains(function));
        assert_eq!(reads_alone, read_only, "{sent:?}");
    }
    assert_eq!(peer.get(1, "h", 10), 210);
}

#[test]
fn in_read_only_mode_no_bacnet_write_leaves() {
    let peer = BacnetPeer::start("127.41.0.6");
    for read_only in [true, false] {
        let tap = BacnetTap::before(&peer.address, "127.41.0.7");
        let more = if read_only { "read_only = true" } else { "" };
        let folder = Folder::new(&bacnet::site_at(&tap.address, more), bacnet::RULES);
        run(&folder, "Schule.HK", "HK.Raum_Soll", read_only);
        let sent = tap.services();
        assert!(sent.iter().any(|service| BACNET_READS.contains(service)));
        let reads_alone = sent.iter().all(|service| BACNET_READS.contains(service));
        assert_eq!(reads_alone, read_only, "{sent:?}");
    }
    assert!(peer.slots().iter().all(serde_json::Value::is_null));
}
