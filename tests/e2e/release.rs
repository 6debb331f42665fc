//! Let go on every way out.

use std::time::{Duration, Instant};

use super::daemon::{Folder, point};
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};

fn commanded(status: &serde_json::Value, name: &str) -> bool {
    point(status, name)["command"]["confirmed"] == true
}

fn all_commanded(status: &serde_json::Value) -> bool {
    ["Schule.HK1.Soll", "Schule.HK2.Soll", "Schule.HK1.Stufe"]
        .iter()
        .all(|name| commanded(status, name))
}

fn hands_everything_back_at(signal: &str) {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("commands", all_commanded);
    assert_eq!((peer.get(1, "h", 10), peer.get(2, "h", 10), peer.get(1, "h", 11)), (190, 190, 3));
    daemon.signal(signal);
    let status = daemon.wait_end();
    assert_eq!(status.code(), Some(0), "{}", folder.log());
    assert_eq!((peer.mbpoll(1, 10), peer.mbpoll(2, 10), peer.mbpoll(1, 11)), (210, 210, 1));
}

#[test]
fn sigterm_hands_everything_back() {
    hands_everything_back_at("TERM");
}

#[test]
fn ctrl_c_hands_everything_back() {
    hands_everything_back_at("INT");
}

#[test]
fn what_cannot_be_let_go_is_named_and_let_go_of_at_the_next_start() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("commands", all_commanded);
    peer.mute(2, true);
    let before = Instant::now();
    let status = daemon.terminate();
    assert!(before.elapsed() < Duration::from_secs(45));
    assert_eq!(status.code(), Some(3), "{}", folder.log());
    assert!(folder.log().contains("Schule.HK2.Soll"), "{}", folder.log());
    assert_eq!(peer.get(1, "h", 10), 210);
    assert_eq!(peer.get(2, "h", 10), 190);

    // Back again, with a rule that no longer claims the point.
    peer.mute(2, false);
    folder.write(
        "rules/a.rules",
        "language 1\nbuilding Schule\nrule \"A\"\n  set HK1.Soll to 19 °C\n",
    );
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", |status| commanded(status, "Schule.HK1.Soll"));
    let give_up = Instant::now() + Duration::from_secs(20);
    while peer.get(2, "h", 10) != 210 {
        assert!(Instant::now() < give_up, "{}", folder.log());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_killed_daemon_s_commands_are_let_go_of_by_the_next_one() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("commands", all_commanded);
    daemon.kill();
    assert_eq!(peer.get(2, "h", 10), 190);
    folder.write(
        "rules/a.rules",
        "language 1\nbuilding Schule\nrule \"A\"\n  set HK1.Soll to 18 °C\n",
    );
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", |status| commanded(status, "Schule.HK1.Soll"));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    // What stood there before the first daemon is back, not what it left.
    assert_eq!((peer.get(1, "h", 10), peer.get(2, "h", 10), peer.get(1, "h", 11)), (210, 210, 1));
}

#[test]
fn a_closed_terminal_leaves_nothing_commanded() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let ended = folder.run_in_terminal(|daemon| drop(daemon.wait_for("commands", all_commanded)));
    assert_eq!(ended.code(), Some(0), "{}", folder.log());
    assert_eq!((peer.get(1, "h", 10), peer.get(2, "h", 10), peer.get(1, "h", 11)), (210, 210, 1));
}

#[test]
fn nobody_left_to_hear_its_words_leaves_nothing_commanded() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    // As after Ctrl-C in `run | tee log`.
    let mut daemon = folder.run_unheard();
    daemon.wait_for("commands", all_commanded);
    daemon.signal("INT");
    assert_eq!(daemon.wait_end().code(), Some(0));
    assert_eq!((peer.get(1, "h", 10), peer.get(2, "h", 10), peer.get(1, "h", 11)), (210, 210, 1));
}

#[test]
fn a_renamed_point_s_command_is_let_go_of_once() {
    let mut peer = ModbusPeer::start(modbus_image());
    let site = modbus_site(peer.port, "");
    let folder = Folder::new(&site, RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("commands", all_commanded);
    daemon.kill();
    let renamed =
        site.replace("[device.point.Soll]", "[device.point.Sollwert]\nformerly = [\"Soll\"]");
    folder.write("site.toml", &renamed);
    folder.write("rules/a.rules", "language 1\n");
    for _ in 0..2 {
        let daemon = folder.run(&[]);
        let give_up = Instant::now() + Duration::from_secs(30);
        while peer.get(1, "h", 10) != 210 || peer.get(2, "h", 10) != 210 {
            assert!(Instant::now() < give_up, "{}", folder.log());
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
        // What people set now must not be undone by the next start.
        for unit in [1, 2] {
            peer.set(unit, "h", 10, 210);
        }
    }
    peer.set(1, "h", 10, 230);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("some cycles", |status| status["cycles"].as_u64() > Some(3));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert_eq!(peer.get(1, "h", 10), 230);
}
