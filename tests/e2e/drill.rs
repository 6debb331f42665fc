//! `hauswart drill`: nobody is spoken to meanwhile, and what the devices made
//! of it is told and kept.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::daemon::{Folder, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};

fn confirmed(status: &Value) -> bool {
    ["HK1.Soll", "HK1.Stufe", "HK2.Soll"]
        .iter()
        .all(|name| point(status, &format!("Schule.{name}"))["command"]["confirmed"] == true)
}

fn outcome<'a>(drill: &'a Value, name: &str) -> &'a Value {
    let points = drill["points"].as_array().unwrap();
    &points.iter().find(|point| point["point"] == format!("Schule.{name}")).unwrap()["outcome"]
}

#[test]
fn nobody_is_spoken_to_and_what_the_devices_did_is_told() {
    let mut peer = ModbusPeer::start(modbus_image());
    let promising = "release = \"restore\"\nfalls_back = \"3 s\"";
    let site = modbus_site(peer.port, "").replace("release = \"restore\"", promising);
    let folder = Folder::new(&site, RULES);
    let mut daemon = folder.run(&[]);
    let none = folder.hauswart(&["drill", "--list"]);
    assert_eq!(text(&none.stdout).trim(), "no drill yet");
    daemon.wait_for("commands", confirmed);

    let drilled = thread::scope(|scope| {
        let drilling = scope
            .spawn(|| folder.hauswart(&["drill", "--for", "6 s", "--yes", "--format", "json"]));
        daemon.wait_for("the drill", |status| !status["drill_until"].is_null());
        // What was under way has ended.
        thread::sleep(Duration::from_secs(1));
        peer.functions_seen();
        // Its own watchdog takes one of them back.
        peer.set(1, "h", 10, 210);
        thread::sleep(Duration::from_secs(2));
        assert_eq!(peer.functions_seen(), Vec::<u64>::new(), "unplugged");
        let again = folder.hauswart(&["drill", "--yes"]);
        assert_eq!(again.status.code(), Some(1), "{}", text(&again.stderr));
        drilling.join().unwrap()
    });
    assert_eq!(
        drilled.status.code(),
        Some(1),
        "{}{}",
        text(&drilled.stdout),
        text(&drilled.stderr)
    );
    let told: Value = serde_json::from_slice(&drilled.stdout).unwrap();
    assert_eq!(outcome(&told[0], "HK1.Soll"), "fell_back", "{told:#}");
    assert_eq!(outcome(&told[0], "HK1.Stufe"), "stays");
    assert_eq!(outcome(&told[0], "HK2.Soll"), "stays_against_promise");

    // All goes on, and nobody is taken for a person.
    daemon
        .wait_for("commands again", |status| confirmed(status) && status["drill_until"].is_null());
    let give_up = Instant::now() + Duration::from_secs(30);
    while peer.get(1, "h", 10) != 190 {
        assert!(Instant::now() < give_up, "{}", folder.log());
        thread::sleep(Duration::from_millis(100));
    }
    assert!(!folder.log().contains("by hand"), "{}", folder.log());
    daemon.kill();
    let daemon = folder.run(&[]);
    let listed = text(&folder.hauswart(&["drill", "--list"]).stdout);
    assert!(
        listed.contains("Schule.HK2.Soll") && listed.contains("STAYS, should fall back"),
        "{listed}"
    );
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_stop_ends_a_drill_and_lets_go() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("commands", confirmed);
    thread::scope(|scope| {
        let drilling = scope.spawn(|| folder.hauswart(&["drill", "--yes"]));
        daemon.wait_for("the drill", |status| !status["drill_until"].is_null());
        assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
        assert_eq!(drilling.join().unwrap().status.code(), Some(2));
    });
    assert_eq!((peer.get(1, "h", 10), peer.get(2, "h", 10), peer.get(1, "h", 11)), (210, 210, 1));
}
