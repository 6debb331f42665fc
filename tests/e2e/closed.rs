//! `out_of_service` in the site file: a drained system is not commanded, not
//! even by hand; it is again, by itself, once the last day is over.

use super::daemon::{Folder, answers, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};

fn site(port: u16, from: &str, until: &str) -> String {
    let closed = format!(
        "poll = \"1 s\"\nout_of_service = {{ from = \"{from}\", until = \"{until}\", \
         by = \"K. Meier\", why = \"entleert\" }}"
    );
    modbus_site(port, "").replacen("poll = \"1 s\"", &closed, 1)
}

#[test]
fn a_drained_system_is_left_alone_until_its_last_day_is_over() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&site(peer.port, "2026-01-10", "2026-01-12"), RULES);
    // A minute of the site's time a second, but long enough to look.
    let mut daemon = folder.run(&["--speed", "60", "--start", "2026-01-12 23:50"]);
    let confirmed = |status: &serde_json::Value, name: &str| {
        point(status, name)["command"]["confirmed"] == true
    };
    let status = daemon.wait_for("its neighbour", |status| confirmed(status, "Schule.HK2.Soll"));
    let state = point(&status, "Schule.HK1.Soll")["command"]["state"].as_str().unwrap().to_owned();
    assert_eq!(state, "out of service until 12.01.2026, not commanded");
    assert_eq!(status["out_of_service"][0]["name"], "Schule.HK1", "{status:#}");
    assert_eq!((peer.mbpoll(1, 10), peer.mbpoll(2, 10)), (210, 190));
    let order = folder.hauswart(&["write", "HK1.Soll", "22 °C", "--for", "10 min", "--yes"]);
    assert_eq!(order.status.code(), Some(1));
    let why = text(&order.stderr);
    assert!(why.contains("out of service until 2026-01-12 (K. Meier: entleert)"), "{why}");
    let explained = text(&folder.hauswart(&["explain", "HK1.Soll"]).stdout);
    assert!(explained.contains("out of service until 12.01.2026"), "{explained}");
    let told = text(&folder.hauswart(&["status"]).stdout);
    assert!(told.contains("Schule.HK1") && told.contains("entleert"), "{told}");
    daemon.wait_for("the morning after", |status| confirmed(status, "Schule.HK1.Soll"));
    assert_eq!(peer.mbpoll(1, 10), 190);
    let log = folder.log();
    assert!(log.contains("in service again"), "{log}");
    assert_eq!(daemon.terminate().code(), Some(0), "{log}");
}

#[test]
fn a_forgotten_end_is_warned_of_and_what_is_closed_is_shown() {
    let folder = Folder::new(&site(502, "2020-01-10", "2020-03-01"), RULES);
    let output = folder.hauswart(&["check"]);
    assert_eq!(output.status.code(), Some(0));
    let told = text(&output.stderr);
    assert!(
        told.contains("warning[service-again]: Schule.HK1 was out of service until 01.03.2020")
    );
    let long = site(502, "2020-01-10", "2999-01-01");
    folder.write("site.toml", &long);
    let output = folder.hauswart(&["check"]);
    assert!(text(&output.stderr).contains("warning[long-out-of-service]"));
    assert!(text(&output.stdout).contains("out of service until 2999-01-01"));
}

#[test]
fn the_silence_of_a_drained_system_is_a_notice() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&site(peer.port, "2020-01-10", "2999-12-31"), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("both", |status| {
        answers(status, "Schule.HK1") == Some(true) && answers(status, "Schule.HK2") == Some(true)
    });
    let class = |status: &serde_json::Value, device: &str| {
        let alarms = status["alarms"].as_array().unwrap().iter();
        let mut about = alarms.filter(|alarm| alarm["text"].as_str().unwrap().contains(device));
        about.next().map(|alarm| alarm["class"].as_str().unwrap().to_owned())
    };
    peer.mute(1, true);
    peer.mute(2, true);
    let status = daemon.wait_for("two silences", |status| {
        class(status, "Schule.HK1 ").is_some() && class(status, "Schule.HK2 ").is_some()
    });
    assert_eq!(class(&status, "Schule.HK1 ").as_deref(), Some("notice"), "{status:#}");
    assert_eq!(class(&status, "Schule.HK2 ").as_deref(), Some("fault"), "{status:#}");
    daemon.kill();
}
