//! Read-only mode: not one write request leaves, seen on the wire.

use super::daemon::{Folder, answers};
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};

#[test]
fn in_read_only_mode_no_write_leaves() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, "read_only = true"), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("some cycles", |status| {
        answers(status, "Schule.HK1") == Some(true) && status["cycles"].as_u64() > Some(3)
    });
    let output = folder.hauswart(&["write", "HK1.Soll", "22 °C", "--for", "1 min", "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(daemon.terminate().code(), Some(0));
    let seen = peer.functions_seen();
    assert!(!seen.is_empty());
    let writes: Vec<_> = seen.iter().filter(|function| !(1..=4).contains(*function)).collect();
    assert!(writes.is_empty(), "{writes:?}");
    assert_eq!(peer.get(1, "h", 10), 210);
}
