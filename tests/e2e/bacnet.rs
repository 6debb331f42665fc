//! BACnet: our slot is filled while a rule claims the point, NULL afterwards,
//! and what people put there is left alone.

use super::bacnet_peer::{BacnetPeer, INSTANCE};
use super::daemon::{Folder, answers, point, text};

pub const RULES: &str = "language 1
building Schule
rule \"Absenkung\"
  when HK.Raum > 10 °C  set HK.Raum_Soll to 17.5 °C
";

fn site(peer: &BacnetPeer, more: &str) -> String {
    site_at(&peer.address, more)
}

/// A site of one heating controller.
pub fn site_at(address: &str, more: &str) -> String {
    format!(
        r#"
format = 1
[site]
name = "Test"
cycle = "1 s"
grace = "5 s"
language = "en"
{more}

[[building]]
name = "Schule"

[[connection]]
name = "bacnet"
type = "bacnet-ip"
bind = "127.0.0.1:0"
timeout = "0.5 s"

[[device]]
name = "HK"
connection = "bacnet"
template = "bacnet-heating-controller"
instance = {INSTANCE}
address = "{address}"
poll = "1 s"

[device.point]
Aussen = {{ absent = true }}
Vorlauf = {{ absent = true }}
Ruecklauf = {{ absent = true }}
Vorlauf_Soll = {{ absent = true }}
Betriebsart = {{ absent = true }}
Ventil = {{ absent = true }}
Pumpe = {{ absent = true }}
"#
    )
}

fn commanded(status: &serde_json::Value) -> bool {
    point(status, "Schule.HK.Raum_Soll")["command"]["confirmed"] == true
}

fn is(value: &serde_json::Value, wanted: f64) -> bool {
    value.as_f64() == Some(wanted)
}

#[test]
fn our_slot_is_null_after_sigterm() {
    let peer = BacnetPeer::start("127.41.0.2");
    let folder = Folder::new(&site(&peer, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", commanded);
    let slots = peer.slots();
    assert!(is(&slots[12], 17.5), "{slots:?}");
    assert_eq!(slots.iter().filter(|slot| !slot.is_null()).count(), 1, "{slots:?}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    let slots = peer.slots();
    assert!(slots.iter().all(serde_json::Value::is_null), "{slots:?}");
}

#[test]
fn what_somebody_else_put_into_our_slot_is_left_alone() {
    let peer = BacnetPeer::start("127.41.0.3");
    // No cycle between the foreign write and the stop: one would claim the
    // slot again, as it should.
    let site = site(&peer, "").replace("cycle = \"1 s\"", "cycle = \"10 min\"");
    let folder = Folder::new(&site.replace("grace = \"5 s\"", "grace = \"20 min\""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", commanded);
    // A person at the controller: higher in rank, and it stays there.
    peer.write("23.0", 8);
    daemon.wait_for("the person's value", |status| {
        is(&point(status, "Schule.HK.Raum_Soll")["value"], 23.0)
    });
    // Stopped, so that the daemon cannot answer what is put into its slot.
    daemon.signal("STOP");
    peer.write("19.0", 13);
    daemon.signal("TERM");
    daemon.signal("CONT");
    let status = daemon.wait_end();
    assert_eq!(status.code(), Some(0), "{}", folder.log());
    let slots = peer.slots();
    assert!(is(&slots[7], 23.0) && is(&slots[12], 19.0), "{slots:?}");
}

#[test]
fn a_silent_controller_comes_back_and_a_restarted_one_is_commanded_again() {
    let mut peer = BacnetPeer::start("127.41.0.4");
    let folder = Folder::new(&site(&peer, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", commanded);
    peer.mute(true);
    daemon.wait_for("silence", |status| {
        answers(status, "Schule.HK") == Some(false)
            && point(status, "Schule.HK.Raum")["value"].is_null()
    });
    peer.mute(false);
    peer.set("analog-input,4", 19.5);
    daemon.wait_for("the new value", |status| {
        answers(status, "Schule.HK") == Some(true)
            && is(&point(status, "Schule.HK.Raum")["value"], 19.5)
    });
    peer.restart();
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !is(&peer.slots()[12], 17.5) {
        assert!(std::time::Instant::now() < give_up, "{}", folder.log());
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert!(peer.slots().iter().all(serde_json::Value::is_null));
}

#[test]
fn a_killed_daemon_s_slot_is_emptied_by_the_next_one() {
    let peer = BacnetPeer::start("127.41.0.5");
    let folder = Folder::new(&site(&peer, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", commanded);
    daemon.kill();
    assert!(is(&peer.slots()[12], 17.5));
    folder.write("rules/a.rules", "language 1\nbuilding Schule\nrule \"A\"\n  when HK.Raum < 5 °C  set HK.Raum_Soll to 20 °C\n");
    let daemon = folder.run(&[]);
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !peer.slots()[12].is_null() {
        assert!(std::time::Instant::now() < give_up, "{}", folder.log());
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn whoever_stands_above_our_slot_is_named() {
    let peer = BacnetPeer::start("127.41.0.6");
    let folder = Folder::new(&site(&peer, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", commanded);
    let state = |status: &serde_json::Value| {
        point(status, "Schule.HK.Raum_Soll")["command"]["state"].as_str().unwrap().to_owned()
    };
    peer.write("23.0", 8);
    daemon
        .wait_for("the person", |status| state(status).contains("slot 8 counts (manual operator)"));
    peer.write("9.0", 5);
    daemon.wait_for("the frost protection", |status| state(status).contains("slot 5 counts"));
    let explained = text(&folder.hauswart(&["explain", "HK.Raum_Soll"]).stdout);
    let told = "slot 5 holds 9 °C (critical equipment control, such as frost); ours (13) waits";
    assert!(explained.contains(told), "{explained}");
    let log = folder.log();
    assert!(log.contains("slot 8 holds 23 °C (manual operator); our 17.5 °C waits"), "{log}");
    // Ours stood there all the time, and follows when they let go.
    assert!(is(&peer.slots()[12], 17.5));
    peer.write("null", 5);
    peer.write("null", 8);
    daemon.wait_for("our value", |status| state(status) == "✓");
    assert!(folder.log().contains("follows us again"));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
