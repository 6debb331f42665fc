//! Alarms over kills and restarts: what stands, what somebody has seen, and
//! what was cleared while nothing ran.

use serde_json::Value;

use super::daemon::{Folder, answers, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{modbus_image, modbus_site};

const COLD: &str = "language 1
building Schule
rule \"Frostgefahr\"
  when HK1.Raum < 20 °C  alarm urgent \"Raum zu kalt\"
";

/// What `hauswart alarms` lists.
pub fn listed(folder: &Folder) -> Vec<Value> {
    let output = folder.hauswart(&["alarms", "--format", "json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// The listed alarm whose text contains these words.
pub fn alarm(folder: &Folder, words: &str) -> Option<Value> {
    listed(folder).into_iter().find(|alarm| alarm["text"].as_str().unwrap().contains(words))
}

fn stands(status: &Value, words: &str) -> bool {
    let alarms = status["alarms"].as_array().unwrap();
    alarms
        .iter()
        .any(|alarm| alarm["text"].as_str().unwrap().contains(words) && alarm["gone"].is_null())
}

#[test]
fn an_acknowledged_alarm_outlives_a_kill_with_its_time_and_its_reason() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), COLD);
    let none = folder.hauswart(&["alarms"]);
    assert_eq!(none.status.code(), Some(2), "{}", text(&none.stderr));
    peer.mute(2, true);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("both", |status| stands(status, "Schule.HK2 does") && stands(status, "kalt"));
    let before = alarm(&folder, "Schule.HK2 does").unwrap();
    let number = before["number"].to_string();
    let order = ["acknowledge", &number, "--why", "Monteur bestellt", "--yes"];
    let done = folder.hauswart(&order);
    assert!(text(&done.stdout).contains("Schule.HK2 does not answer"), "{}", text(&done.stderr));
    // At once: what was promised is on the disk.
    daemon.kill();

    let mut daemon = folder.run(&[]);
    daemon.wait_for("silence", |status| answers(status, "Schule.HK2") == Some(false));
    let after = alarm(&folder, "Schule.HK2 does").unwrap();
    for key in ["number", "since", "class"] {
        assert_eq!(after[key], before[key], "{key}: {after:#}");
    }
    assert_eq!(after["acknowledged"]["why"], "Monteur bestellt", "{after:#}");
    let again = folder.hauswart(&order);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("already"), "{}", text(&again.stderr));
    let unknown = folder.hauswart(&["acknowledge", "4711", "--yes"]);
    assert!(text(&unknown.stderr).contains("no alarm 4711"), "{}", text(&unknown.stderr));
    let shown = text(&folder.hauswart(&["alarms"]).stdout);
    for words in ["Monteur bestellt", "→ it is tried on", "urgent", "Raum zu kalt"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // Seen and over: no longer listed.
    peer.mute(2, false);
    daemon.wait_for("an answer", |status| answers(status, "Schule.HK2") == Some(true));
    assert_eq!(alarm(&folder, "Schule.HK2 does"), None);
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn what_was_cleared_while_nothing_ran_is_told_and_an_urgent_one_waits_for_a_word() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), COLD);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the alarm", |status| stands(status, "Raum zu kalt"));
    let before = alarm(&folder, "Raum zu kalt").unwrap();
    daemon.kill();
    peer.set(1, "h", 0, 222);
    let mut daemon = folder.run(&[]);
    let status = daemon.wait_for("the end", |status| {
        status["alarms"].as_array().unwrap().iter().any(|alarm| !alarm["gone"].is_null())
    });
    let after = alarm(&folder, "Raum zu kalt").unwrap();
    for key in ["number", "since", "class"] {
        assert_eq!(after[key], before[key], "{status:#}");
    }
    assert!(folder.log().contains("cleared: Schule.Frostgefahr: Raum zu kalt"), "{}", folder.log());
    let waits = folder.hauswart(&["acknowledge", "--list"]);
    assert!(text(&waits.stdout).contains("Raum zu kalt"), "{}", text(&waits.stdout));
    // One word for both: the rule's name acknowledges its alarms.
    let done = folder.hauswart(&["acknowledge", "Frostgefahr", "--yes"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert_eq!(listed(&folder), Vec::<Value>::new());
    daemon.kill();
    let daemon = folder.run(&[]);
    assert_eq!(text(&folder.hauswart(&["alarms"]).stdout).trim(), "no alarms");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

/// So many kills, each right after a word was taken.
fn rounds() -> usize {
    if std::env::var_os("HAUSWART_LONG").is_some() { 50 } else { 6 }
}

#[test]
fn no_word_that_was_taken_is_lost_by_a_kill() {
    let rounds = rounds();
    let peer = ModbusPeer::start(modbus_image());
    let rule = |nth: usize| {
        format!("rule \"Probe {nth}\"\n  when HK1.Raum < 20 °C  alarm \"Probe {nth} steht\"\n")
    };
    let rules: String = (0..rounds).map(rule).collect();
    let folder =
        Folder::new(&modbus_site(peer.port, ""), &format!("language 1\nbuilding Schule\n{rules}"));
    let mut numbers = Vec::new();
    for nth in 0..rounds {
        let mut daemon = folder.run(&[]);
        daemon
            .wait_for("all alarms", |status| status["alarms"].as_array().unwrap().len() >= rounds);
        let words = format!("Probe {nth} steht");
        let number = alarm(&folder, &words).unwrap()["number"].clone();
        let typed = number.to_string();
        let done = folder.hauswart(&["acknowledge", &typed, "--why", &words, "--yes"]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        daemon.kill();
        numbers.push(number);
    }
    let mut daemon = folder.run(&[]);
    daemon.wait_for("all alarms", |status| status["alarms"].as_array().unwrap().len() >= rounds);
    let listed = listed(&folder);
    for (nth, number) in numbers.iter().enumerate() {
        let held = listed.iter().find(|alarm| alarm["number"] == *number).unwrap();
        assert_eq!(held["acknowledged"]["why"], format!("Probe {nth} steht"), "{held:#}");
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
