//! What rules remember outlives `kill -9`.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::daemon::{Folder, point};
use super::modbus_peer::ModbusPeer;
use super::sites::{modbus_image, modbus_site};

fn stage(status: &Value) -> bool {
    let command = &point(status, "Schule.HK1.Stufe")["command"];
    command["confirmed"] == true && command["shown"] == "3"
}

/// How long it has been running, on its own clock.
fn up(status: &Value) -> Duration {
    let at = |key: &str| -> Timestamp { status[key].as_str().unwrap().parse().unwrap() };
    at("started").duration_until(at("now")).try_into().unwrap()
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_timer_goes_on_after_a_kill_and_fires_once() {
    let mut peer = ModbusPeer::start(modbus_image());
    let rules = "language 1\nbuilding Schule\nrule \"Kalt\"\n  \
                 when HK1.Raum < 20 °C for 40 min  set HK1.Stufe to 3\n";
    let folder = Folder::new(&modbus_site(peer.port, ""), rules);
    // A minute a second.
    let fast = ["--speed", "60"];
    let mut daemon = folder.run(&fast);
    let status = daemon.wait_for("half of the time", |status| up(status) > 20 * MINUTE);
    let first = up(&status);
    assert!(first < 38 * MINUTE, "the machine is too slow for this test");
    daemon.kill();
    assert_eq!(peer.get(1, "h", 11), 2);
    let mut daemon = folder.run(&fast);
    let second = up(&daemon.wait_for("the stage", stage));
    // At most five minutes are lost, none are won; it takes some time to be
    // read, written and seen.
    assert!(first + second >= 40 * MINUTE, "early: {first:?} + {second:?}");
    let latest = 40 * MINUTE - first + 5 * MINUTE + 8 * MINUTE;
    assert!(second < latest, "lost: {first:?}, then {second:?}");
    daemon.kill();
    // Once true it stays so.
    let mut daemon = folder.run(&fast);
    daemon.wait_for("the stage", stage);
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_latch_is_as_it_was_when_it_last_commanded() {
    let mut peer = ModbusPeer::start(modbus_image());
    let rules = "language 1\nbuilding Schule\nrule \"Stufe\"\n  \
                 when HK1.Raum < 18 °C until > 20 °C  set HK1.Stufe to 3\n";
    let folder = Folder::new(&modbus_site(peer.port, ""), rules);
    peer.set(1, "h", 0, 170);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the stage", stage);
    // At once: the record went to the disk before the command went out.
    daemon.kill();
    peer.set(1, "h", 0, 190);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the stage again", stage);
    peer.set(1, "h", 0, 205);
    daemon.wait_for("the release", |status| point(status, "Schule.HK1.Stufe")["command"].is_null());
    daemon.kill();
    peer.set(1, "h", 0, 190);
    let mut daemon = folder.run(&[]);
    let status = daemon.wait_for("some cycles", |status| {
        status["cycles"].as_u64() > Some(4) && point(status, "Schule.HK1.Raum")["value"] == 19.0
    });
    assert!(point(&status, "Schule.HK1.Stufe")["command"].is_null(), "{status:#}");
}

#[test]
fn a_decision_is_kept_over_a_kill_while_its_input_is_missing() {
    let mut peer = ModbusPeer::start(modbus_image());
    let rules = "language 1\nbuilding Schule\nrule \"Stufe\"\n  grace 10 min\n  \
                 when HK1.Raum < 20 °C  set HK2.Soll to 23 °C\n  else  set HK2.Soll to 15 °C\n";
    let folder = Folder::new(&modbus_site(peer.port, ""), rules);
    let held = |status: &Value| {
        let command = &point(status, "Schule.HK2.Soll")["command"];
        command["confirmed"] == true && command["shown"] == "23 °C"
    };
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", held);
    // A broken sensor: out of its range.
    peer.set(1, "h", 0, 900);
    daemon.wait_for("the fault", |status| status["rules_unknown"] == 1);
    daemon.kill();
    let mut daemon = folder.run(&[]);
    // Longer than the site's grace, within the rule's own.
    let status = daemon.wait_for("some cycles", |status| status["cycles"].as_u64() > Some(8));
    assert!(held(&status) && status["rules_unknown"] == 1, "{status:#}");
    assert_eq!(peer.get(2, "h", 10), 230);
}
