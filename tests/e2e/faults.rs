//! Silent, dead and restarted devices: the rest goes on, the dead one comes
//! back by itself, and nothing it said before counts as fresh.

use super::daemon::{Folder, answers, point};
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};

#[test]
fn a_silent_neighbour_holds_nobody_up_and_comes_back() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("both", |status| {
        answers(status, "Schule.HK1") == Some(true) && answers(status, "Schule.HK2") == Some(true)
    });
    peer.mute(2, true);
    daemon.wait_for("HK2 silent", |status| answers(status, "Schule.HK2") == Some(false));
    daemon.wait_for("HK2 unknown", |status| point(status, "Schule.HK2.Raum")["value"].is_null());
    // The neighbour on the same line is still read: a new value comes through.
    peer.set(1, "h", 0, 222);
    daemon.wait_for("HK1's new value", |status| {
        answers(status, "Schule.HK1") == Some(true)
            && point(status, "Schule.HK1.Raum")["value"].as_f64() == Some(22.2)
    });
    peer.mute(2, false);
    daemon.wait_for("HK2 back", |status| {
        answers(status, "Schule.HK2") == Some(true)
            && point(status, "Schule.HK2.Raum")["value"].as_f64() == Some(18.5)
    });
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_restarted_server_is_commanded_again() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    let confirmed = |status: &serde_json::Value| {
        point(status, "Schule.HK1.Soll")["command"]["confirmed"] == true
    };
    daemon.wait_for("the command", confirmed);
    peer.kill();
    daemon.wait_for("silence", |status| answers(status, "Schule.HK1") == Some(false));
    // It comes back with what it holds by itself.
    peer.restart();
    daemon.wait_for("its answer", |status| answers(status, "Schule.HK1") == Some(true));
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while peer.get(1, "h", 10) != 190 {
        assert!(std::time::Instant::now() < give_up, "{}", folder.log());
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_refused_write_is_an_alarm_and_the_rest_goes_on() {
    let mut peer = ModbusPeer::start(modbus_image());
    for function in [6, 16] {
        peer.refuse(2, function, 10, 10, 3);
    }
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    let status = daemon.wait_for("the alarm", |status| {
        let alarms = status["alarms"].as_array().unwrap();
        alarms.iter().any(|alarm| alarm["text"].as_str().unwrap().contains("Schule.HK2.Soll"))
    });
    assert_eq!(point(&status, "Schule.HK2.Soll")["command"]["confirmed"], false);
    daemon.wait_for("the other", |status| {
        point(status, "Schule.HK1.Soll")["command"]["confirmed"] == true
    });
    assert_eq!(peer.get(2, "h", 10), 210);
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_slow_device_is_not_taken_for_a_fast_one() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("HK2", |status| answers(status, "Schule.HK2") == Some(true));
    // Slower than the time-out: its late answers must become nobody's value.
    peer.set(2, "h", 0, 333);
    peer.delay(2, 0.5);
    daemon.wait_for("HK2 silent", |status| answers(status, "Schule.HK2") == Some(false));
    for _ in 0..20 {
        let status = daemon.status().unwrap();
        let room = &point(&status, "Schule.HK1.Raum")["value"];
        assert!(room.is_null() || room.as_f64() == Some(18.5), "{room}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    peer.delay(2, 0.0);
    daemon.wait_for("HK2 back", |status| {
        point(status, "Schule.HK2.Raum")["value"].as_f64() == Some(33.3)
    });
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
