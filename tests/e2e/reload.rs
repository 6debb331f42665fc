//! Changed rule files, saved in all the ways that people save them.

use std::fs;
use std::io::Write;
use std::time::Duration;

use serde_json::Value;

use super::daemon::{Daemon, Folder, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};

fn confirmed(status: &Value, name: &str, shown: &str) -> bool {
    let command = &point(status, name)["command"];
    command["confirmed"] == true && command["shown"] == shown
}

fn alarm(status: &Value, words: &str) -> bool {
    let alarms = status["alarms"].as_array().unwrap();
    alarms.iter().any(|alarm| alarm["text"].as_str().unwrap().contains(words))
}

/// Waits for both circuits to be lowered.
fn lowered(daemon: &mut Daemon<'_>) {
    daemon.wait_for("the rules", |status| {
        ["Schule.HK1.Soll", "Schule.HK2.Soll"].iter().all(|name| confirmed(status, name, "19 °C"))
            && confirmed(status, "Schule.HK1.Stufe", "3")
    });
}

#[test]
fn by_hand_the_plan_is_shown_and_taken_up_on_a_word() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, "reload = \"by hand\""), RULES);
    let mut daemon = folder.run(&[]);
    lowered(&mut daemon);
    let output = folder.hauswart(&["reload"]);
    assert!(text(&output.stdout).contains("as they were"), "{}", text(&output.stdout));

    let changed = RULES.replace("set HK2.Soll to 19 °C", "set HK2.Soll to 18 °C");
    let changed =
        changed.replace("rule \"Stufe\"\n  when HK1.Raum < 20 °C  set HK1.Stufe to 3\n", "");
    folder.write("rules/a.rules", &changed);
    daemon.wait_for("the notice", |status| alarm(status, "wait for \"hauswart reload\" (2 points"));
    let output = folder.hauswart(&["reload", "--dry-run"]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    for words in [
        "2 points change now:",
        "Schule.HK1.Stufe",
        "released",
        "19 °C",
        "18 °C",
        "Schule.Absenkung 2",
        "a.rules:7",
        "gone (1): Schule.Stufe",
        "1 rule unchanged",
        "--dry-run",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!((peer.get(2, "h", 10), peer.get(1, "h", 11)), (190, 3));

    let output = folder.hauswart(&["reload", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["outcome"], report["points"].as_array().unwrap().len()),
        (&"taken".into(), 2)
    );
    let status =
        daemon.wait_for("the new value", |status| confirmed(status, "Schule.HK2.Soll", "18 °C"));
    assert!(!alarm(&status, "wait for"), "{status:#}");
    // Let go of by the normal way, to what the site file says.
    daemon.wait_for("the release", |status| point(status, "Schule.HK1.Stufe")["command"].is_null());
    assert_eq!((peer.get(1, "h", 10), peer.get(2, "h", 10), peer.get(1, "h", 11)), (190, 180, 1));
    assert!(folder.log().contains("2 points change now"), "{}", folder.log());
}

#[test]
fn a_wrong_file_leaves_the_old_rules_and_an_alarm_that_says_where() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    lowered(&mut daemon);
    folder.write("rules/a.rules", &RULES.replace("HK2.Soll", "HK2.Sol"));
    daemon.wait_for("the alarm", |status| alarm(status, "a.rules:7: there is no HK2.Sol"));
    let output = folder.hauswart(&["reload"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("HK2.Soll ?") && said.contains("^^^^^^^"), "{said}");
    for broken in
        ["", "rule \"A\"\n  set HK1.Soll to 5 °C\n", "language 1\nbuilding Schule\nrule \"A"]
    {
        folder.write("rules/a.rules", broken);
        let output = folder.hauswart(&["reload", "--format", "json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["outcome"], "refused", "{broken:?}: {report:#}");
    }
    fs::write(folder.path().join("rules/a.rules"), b"language 1\n# W\xe4rme\n").unwrap();
    let output = folder.hauswart(&["reload"]);
    assert!(text(&output.stderr).contains("UTF-8"), "{}", text(&output.stderr));
    let status = daemon.status().unwrap();
    assert!(confirmed(&status, "Schule.HK2.Soll", "19 °C"), "{status:#}");
    assert_eq!(peer.get(2, "h", 10), 190);

    folder.write("rules/a.rules", &RULES.replace("HK2.Soll to 19", "HK2.Soll to 17"));
    daemon.wait_for("the mended rule", |status| {
        confirmed(status, "Schule.HK2.Soll", "17 °C") && !alarm(status, "not taken up")
    });
}

/// Neither of the circuits must be let go of while a file is being saved.
fn undisturbed(daemon: &Daemon<'_>, peer: &mut ModbusPeer, seconds: u64) {
    for _ in 0..seconds * 4 {
        std::thread::sleep(Duration::from_millis(250));
        assert_eq!((peer.get(1, "h", 10), peer.get(2, "h", 10)), (190, 190));
    }
    let status = daemon.status().unwrap();
    assert!(confirmed(&status, "Schule.HK2.Soll", "19 °C"), "{status:#}");
}

#[test]
fn a_half_saved_file_never_goes_live() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    lowered(&mut daemon);
    let path = folder.path().join("rules/a.rules");
    // A half that is free of errors: the second circuit is in the other.
    let half = RULES.find("rule \"Absenkung 2\"").unwrap();

    // In place, with a pause in the middle.
    let mut writing = fs::File::create(&path).unwrap();
    writing.write_all(&RULES.as_bytes()[..half]).unwrap();
    undisturbed(&daemon, &mut peer, 4);
    // Not on a word either.
    let output = folder.hauswart(&["reload"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("still writing"), "{}", text(&output.stdout));
    undisturbed(&daemon, &mut peer, 1);
    writing.write_all(&RULES.as_bytes()[half..]).unwrap();
    drop(writing);
    undisturbed(&daemon, &mut peer, 4);

    // As over a line that stalls, and a share that opens the file anew.
    folder.write("rules/a.rules", &RULES[..half]);
    undisturbed(&daemon, &mut peer, 4);
    fs::File::options()
        .append(true)
        .open(&path)
        .unwrap()
        .write_all(&RULES.as_bytes()[half..])
        .unwrap();
    undisturbed(&daemon, &mut peer, 1);

    // As vim does: the old file is moved away, a new one made.
    let aside = folder.path().join("rules/a.rules~");
    fs::rename(&path, &aside).unwrap();
    undisturbed(&daemon, &mut peer, 3);
    folder.write("rules/4913", "");
    fs::remove_file(folder.path().join("rules/4913")).unwrap();
    folder.write("rules/.a.rules.swp", "rule");
    folder.write("rules/a.rules", &RULES.replace("HK2.Soll to 19", "HK2.Soll to 18"));
    fs::remove_file(&aside).unwrap();
    daemon.wait_for("the new rules", |status| confirmed(status, "Schule.HK2.Soll", "18 °C"));
    // As sed -i and rsync do: another file, then renamed.
    folder.write("rules/.a.rules.X1b2c3", &RULES.replace("HK2.Soll to 19", "HK2.Soll to 17"));
    fs::rename(folder.path().join("rules/.a.rules.X1b2c3"), &path).unwrap();
    daemon.wait_for("the newer rules", |status| confirmed(status, "Schule.HK2.Soll", "17 °C"));
    assert_eq!(peer.get(1, "h", 10), 190);
    assert!(!folder.log().contains("is no more"), "{}", folder.log());
}

#[test]
fn sighup_takes_up_changed_rules_and_keeps_what_they_remember() {
    let mut peer = ModbusPeer::start(modbus_image());
    let latch = "language 1\nbuilding Schule\nrule \"Stufe\"\n  \
                 when HK1.Raum < 18 °C until > 20 °C  set HK1.Stufe to 3\n";
    let folder = Folder::new(&modbus_site(peer.port, "reload = \"by hand\""), latch);
    peer.set(1, "h", 0, 170);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the stage", |status| confirmed(status, "Schule.HK1.Stufe", "3"));
    peer.set(1, "h", 0, 190);
    daemon.wait_for("the temperature", |status| point(status, "Schule.HK1.Raum")["value"] == 19.0);
    folder.write(
        "rules/b.rules",
        "language 1\nbuilding Schule\nrule \"Neu\"\n  set HK2.Soll to 18 °C\n",
    );
    folder.write("site.toml", &modbus_site(peer.port, "reload = \"by hand\" # other"));
    daemon.signal("HUP");
    let status =
        daemon.wait_for("the new rule", |status| confirmed(status, "Schule.HK2.Soll", "18 °C"));
    assert!(confirmed(&status, "Schule.HK1.Stufe", "3"), "{status:#}");
    assert!(folder.log().contains("counts from the next start on"), "{}", folder.log());
    // Gone again: let go of.
    fs::remove_file(folder.path().join("rules/b.rules")).unwrap();
    daemon.signal("HUP");
    daemon.wait_for("the release", |status| point(status, "Schule.HK2.Soll")["command"].is_null());
    assert_eq!((peer.get(2, "h", 10), peer.get(1, "h", 11)), (210, 3));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
