//! `hauswart doctor` on a machine with faults, and on one without.

use std::net::UdpSocket;

use super::daemon::{Folder, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};

/// Serial lines that are missing or none, a port that is taken, an address of
/// another machine, nobody at a device's, and data in memory.
fn faulty(taken: u16, data: &str) -> String {
    format!(
        r#"format = 1
[site]
name = "Test"
language = "en"
data = "{data}"

[[building]]
name = "Schule"

[[connection]]
name = "gone"
type = "modbus-rtu"
address = "/dev/ttyUSB77"
baud = 9600
parity = "even"

[[connection]]
name = "file"
type = "modbus-rtu"
address = "/etc/hostname"
baud = 9600
parity = "even"

[[connection]]
name = "taken"
type = "bacnet-ip"
bind = "127.0.0.1:{taken}"

[[connection]]
name = "elsewhere"
type = "bacnet-ip"
bind = "192.0.2.77:47808"

[[connection]]
name = "nobody"
type = "modbus-tcp"
address = "127.0.0.1:1"
"#
    )
}

#[test]
fn what_must_be_mended_is_named_with_what_to_do() {
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().port();
    let memory = tempfile::tempdir_in("/dev/shm").unwrap();
    let data = memory.path().join("data").display().to_string();
    let folder = Folder::new(&faulty(taken, &data), "language 1\n");
    let output = folder.hauswart(&["doctor"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}{}", text(&output.stderr));
    for words in [
        "there is no /dev/ttyUSB77",
        "/etc/hostname is no serial line",
        &format!("taken: another program has UDP 127.0.0.1:{taken}"),
        &format!("ss -ulpn 'sport = {taken}'"),
        "elsewhere: 192.0.2.77 is no address of this machine",
        "nobody: 127.0.0.1:1 takes no connection",
        "lies in memory and is empty after each restart",
        "hauswart does not run",
        "6 faults to mend",
    ] {
        assert!(said.contains(words), "{words}:\n{said}");
    }
    assert!(!memory.path().join("data").exists(), "it changes nothing");

    let json: serde_json::Value =
        serde_json::from_slice(&folder.hauswart(&["doctor", "--format", "json"]).stdout).unwrap();
    let mend = |finding: &&serde_json::Value| finding["verdict"] == "mend";
    assert_eq!(json["findings"].as_array().unwrap().iter().filter(mend).count(), 6, "{json:#}");
}

#[test]
fn on_a_sound_machine_there_is_nothing_to_mend() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let output = folder.hauswart(&["doctor"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(&format!("127.0.0.1:{} takes connections", peer.port)), "{said}");

    // A running daemon is not disturbed.
    let mut daemon = folder.run(&[]);
    daemon.wait_for("commands", |status| status["cycles"].as_u64() > Some(2));
    let said = text(&folder.hauswart(&["doctor"]).stdout);
    assert!(said.contains("hauswart runs") && !said.contains("takes connections"), "{said}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());

    // Rules with errors keep it from starting.
    folder.write("rules/a.rules", "language 1\nrule \"A\"\n  set Nichts to 1\n");
    let output = folder.hauswart(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("→ hauswart check"), "{}", text(&output.stdout));
}
