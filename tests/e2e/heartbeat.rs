//! The heartbeat: while cycles complete it toggles; once they do not, the
//! plant's own program (here one in a bacpypes3 controller) clears our slot.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::bacnet::{RULES, site_at};
use super::bacnet_peer::BacnetPeer;
use super::daemon::{Folder, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::modbus_site;

fn site(peer: &BacnetPeer) -> String {
    let site = site_at(&peer.address, "");
    let beat = "role = \"heartbeat\", object = \"binary-value 1\", commandable = true, \
                heartbeat = \"1 s\", falls_back = \"4 s\"";
    format!("{site}Lebenszeichen = {{ {beat} }}\n")
}

fn commanded(status: &Value) -> bool {
    point(status, "Schule.HK.Raum_Soll")["command"]["confirmed"] == true
}

fn beaten(status: &Value) -> bool {
    let heart = &point(status, "Schule.HK.Lebenszeichen")["command"];
    heart["state"].as_str().is_some_and(|state| state.starts_with("heartbeat"))
        && heart["confirmed"] == true
}

fn wait_until_cleared(peer: &BacnetPeer) {
    let give_up = Instant::now() + Duration::from_secs(30);
    while !peer.slots()[12].is_null() {
        assert!(Instant::now() < give_up, "slot 13 still holds {:?}", peer.slots());
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_killed_daemon_s_slot_is_cleared_by_the_plant_s_own_program() {
    let peer = BacnetPeer::start_watching("127.41.0.21", 4);
    let folder = Folder::new(&site(&peer), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", commanded);
    daemon.wait_for("heartbeats", beaten);
    // As long as it beats, the slot stays ours: for longer than the plant waits.
    let watched = Instant::now();
    while watched.elapsed() < Duration::from_secs(6) {
        assert_eq!(peer.slots()[12].as_f64(), Some(17.5), "{}", folder.log());
    }
    daemon.kill();
    wait_until_cleared(&peer);
}

#[test]
fn a_hung_daemon_beats_no_more_and_takes_over_again_once_it_works() {
    let peer = BacnetPeer::start_watching("127.41.0.22", 4);
    let folder = Folder::new(&site(&peer), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", commanded);
    daemon.wait_for("heartbeats", beaten);
    daemon.signal("STOP");
    wait_until_cleared(&peer);
    daemon.signal("CONT");
    let give_up = Instant::now() + Duration::from_secs(60);
    while peer.slots()[12].as_f64() != Some(17.5) {
        assert!(Instant::now() < give_up, "{}", folder.log());
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    let slots = [peer.slots(), peer.heartbeat_slots()].concat();
    assert!(slots.iter().all(Value::is_null), "{slots:?}");
}

#[test]
fn nobody_else_sets_the_heartbeat_and_check_says_what_it_is_good_for() {
    let peer = BacnetPeer::start("127.41.0.23");
    let folder = Folder::new(&site(&peer), RULES);
    let told = text(&folder.hauswart(&["check"]).stdout);
    let line = |name: &str| told.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(line("Schule.HK.Raum_Soll").contains("falls back by itself after 4 s"), "{told}");
    assert!(line("Schule.HK.Lebenszeichen").contains("heartbeat, every 1 s"), "{told}");
    let mut daemon = folder.run(&[]);
    daemon.wait_for("heartbeats", beaten);
    let order = folder.hauswart(&["write", "HK.Lebenszeichen", "on", "--for", "1 min", "--yes"]);
    assert_eq!(order.status.code(), Some(1));
    assert!(text(&order.stderr).contains("is the heartbeat"), "{}", text(&order.stderr));
    let explained = text(&folder.hauswart(&["explain", "HK.Lebenszeichen"]).stdout);
    assert!(explained.contains("toggled every 1 s while cycles complete"), "{explained}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    folder.write(
        "rules/b.rules",
        "language 1\nbuilding Schule\nrule \"B\"\n  set HK.Lebenszeichen to on\n",
    );
    let refused = folder.hauswart(&["check"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("hauswart alone sets it"));
}

#[test]
fn a_drill_stops_the_heartbeat_and_the_plant_lets_go() {
    let peer = BacnetPeer::start_watching("127.41.0.24", 4);
    let folder = Folder::new(&site(&peer), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", commanded);
    daemon.wait_for("heartbeats", beaten);
    let drilled = folder.hauswart(&["drill", "--for", "8 s", "--yes", "--format", "json"]);
    let told = text(&drilled.stdout);
    assert_eq!(drilled.status.code(), Some(0), "{told}{}", text(&drilled.stderr));
    assert!(told.contains("fell_back"), "{told}");
    daemon.wait_for("the command again", commanded);
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_coil_beats_too_and_not_at_all_where_nothing_may_be_written() {
    let unit = json!({ "h": { "0": [185], "10": [210, 2] }, "c": { "7": [0] } });
    let mut peer = ModbusPeer::start(json!({ "1": unit, "2": unit }));
    let coil = "[device.point.Herz]
register = \"coil 7\"
commandable = true
heartbeat = \"1 s\"
release = \"restore\"

[device.point.Soll]";
    let site = |more: &str| modbus_site(peer.port, more).replacen("[device.point.Soll]", coil, 1);
    let (writing, reading) = (site(""), site("read_only = true"));
    let folder = Folder::new(&writing, "language 1\n");
    let daemon = folder.run(&[]);
    let mut seen = [false; 2];
    let give_up = Instant::now() + Duration::from_secs(30);
    while seen != [true, true] {
        assert!(Instant::now() < give_up, "{seen:?} {}", folder.log());
        seen[usize::from(peer.get(1, "c", 7) == 1)] = true;
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    let stands = peer.get(1, "c", 7);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(peer.get(1, "c", 7), stands, "still");

    folder.write("site.toml", &reading);
    peer.functions_seen();
    let mut daemon = folder.run(&[]);
    daemon.wait_for("cycles", |status| status["cycles"].as_u64() > Some(4));
    let written = |functions: Vec<u64>| functions.iter().any(|it| [5, 6, 15, 16].contains(it));
    assert!(!written(peer.functions_seen()));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
