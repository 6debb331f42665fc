//! As systemd sees it: ready once the building is looked after, alive while
//! cycles are completed, and shut in as the unit file says.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use super::daemon::Folder;
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/systemd/hauswart.service");

fn hears(socket: &UnixDatagram) -> Option<String> {
    let mut bytes = [0; 1024];
    let length = socket.recv(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

#[test]
fn systemd_hears_when_it_is_ready_that_cycles_go_on_and_that_it_ends() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let told = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "4000000")];
    let daemon = folder.run_with(&told);
    let first = hears(&socket).unwrap();
    assert!(first.contains("READY=1") && first.contains("WATCHDOG=1"), "{first}");
    assert!(first.contains("STATUS=Test: "), "{first}");
    for _ in 0..3 {
        let sign = hears(&socket).unwrap();
        assert!(sign.contains("WATCHDOG=1") && !sign.contains("READY"), "{sign}");
    }
    // Hung: no cycle, no sign of life.
    daemon.signal("STOP");
    while socket.set_nonblocking(true).is_ok() && hears(&socket).is_some() {}
    socket.set_nonblocking(false).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(4))).unwrap();
    assert_eq!(hears(&socket), None);
    daemon.signal("CONT");
    assert!(hears(&socket).unwrap().contains("WATCHDOG=1"));
    daemon.signal("TERM");
    let mut last = String::new();
    while let Some(heard) = hears(&socket) {
        last = heard;
        if last.contains("STOPPING=1") {
            break;
        }
    }
    assert!(last.contains("STOPPING=1"), "{last}");
    assert_eq!(daemon.wait_end().code(), Some(0), "{}", folder.log());
}

#[test]
fn the_unit_is_shut_in() {
    let analyze = |arguments: &[&str]| {
        let output = Command::new("systemd-analyze").args(arguments).arg(UNIT).output();
        let output = output.expect("systemd-analyze is missing: run tests/run");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text(&output.stdout) + &text(&output.stderr)
    };
    let told = analyze(&["security", "--offline=true", "--no-pager"]);
    let level = told.lines().find_map(|line| line.split("exposure level for ").nth(1));
    let level =
        level.and_then(|line| line.split_whitespace().nth(1)).unwrap_or_else(|| panic!("{told}"));
    assert!(level.parse::<f64>().unwrap() <= 1.5, "{told}");
    // Where the program is not installed, that alone may be amiss.
    let verified = analyze(&["verify"]);
    let amiss = |line: &&str| !line.contains("/usr/bin/hauswart is not executable");
    assert_eq!(verified.lines().filter(amiss).collect::<Vec<_>>(), Vec::<&str>::new());
}
