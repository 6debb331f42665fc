//! `hauswart write` and `read`, with a daemon and without.

use super::daemon::{Folder, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};

#[test]
fn an_override_stands_above_the_rules_and_ends() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the rule", |status| {
        point(status, "Schule.HK1.Soll")["command"]["confirmed"] == true
    });
    let arguments = ["write", "HK1.Soll", "22 °C", "--for", "4 s", "--why", "Elternabend", "--yes"];
    let output = folder.hauswart(&arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(peer.get(1, "h", 10), 220);
    let status = daemon.status().unwrap();
    assert_eq!(status["overrides"][0]["why"], "Elternabend");
    daemon.wait_for("the rule's value again", |status| {
        let command = &point(status, "Schule.HK1.Soll")["command"];
        command["shown"] == "19 °C" && command["confirmed"] == true
    });
    assert_eq!(peer.get(1, "h", 10), 190);
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let _daemon = folder.run(&[]);
    for (point, value, said) in [
        ("HK1.Soll", "35 °C", "limits"),
        ("HK1.Soll", "22,5 °C", "22.5 °C"),
        ("HK1.Soll", "22", "22 °C"),
        ("HK1.Raum", "22 °C", "read only"),
        ("HK1.Sol", "22 °C", "HK1.Soll"),
    ] {
        let output = folder.hauswart(&["write", point, value, "--for", "1 min", "--yes"]);
        assert!(!output.status.success());
        let words = text(&output.stderr);
        assert!(words.contains(said), "{point} {value}: {words}");
    }
    let output = folder.hauswart(&["write", "HK1.Soll", "22 °C", "--for", "soon", "--yes"]);
    assert!(text(&output.stderr).contains("10 min"), "{}", text(&output.stderr));
}

#[test]
fn without_a_daemon_the_command_stays_and_lets_go_itself() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let output = folder.hauswart(&["read", "HK1", "--format", "json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read[0]["name"], "Schule.HK1.Raum");
    assert_eq!(read[0]["value"].as_f64(), Some(18.5));

    let output = folder.hauswart(&["write", "HK1.Soll", "22 °C", "--for", "3 s", "--yes"]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("22 °C"), "{}", text(&output.stdout));
    assert_eq!(peer.get(1, "h", 10), 210);
    assert!(peer.functions_seen().contains(&6));
}

#[test]
fn nobody_there_to_ask_means_no() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let output = folder.hauswart(&["write", "HK1.Soll", "22 °C", "--for", "3 s"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(peer.get(1, "h", 10), 210);
}

#[test]
fn ctrl_c_ends_a_lone_override_for_good() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), "language 1\n");
    let mut lone = std::process::Command::new(super::daemon::PROGRAM)
        .args(["write", "HK1.Soll", "22 °C", "--for", "1 h", "--yes", "--site"])
        .arg(folder.site())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while peer.get(1, "h", 10) != 220 {
        assert!(std::time::Instant::now() < give_up);
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let id = lone.id().to_string();
    assert!(
        std::process::Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success()
    );
    assert_eq!(lone.wait().unwrap().code(), Some(0));
    assert_eq!(peer.get(1, "h", 10), 210);
    let mut daemon = folder.run(&[]);
    let status = daemon.wait_for("some cycles", |status| status["cycles"].as_u64() > Some(2));
    assert_eq!(status["overrides"].as_array().unwrap().len(), 0, "{status:#}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert_eq!(peer.get(1, "h", 10), 210);
}
