//! `hauswart override`: points and schedules by hand, now or later.

use serde_json::Value;

use super::daemon::{Folder, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{modbus_image, modbus_site};

const HALL: &str = "language 1
building Schule
schedule Halle
  Mo  00:00-00:01
rule \"Halle\"
  when Halle                      set HK1.Soll to 22 °C
  else                            set HK1.Soll to 15 °C
rule \"Vorheizen\"
  when Halle starts within 2 h    set HK2.Soll to 20 °C
";

fn confirmed(status: &Value, name: &str, shown: &str) -> bool {
    let command = &point(status, name)["command"];
    command["confirmed"] == true && command["shown"] == shown
}

#[test]
fn rules_follow_an_overridden_schedule_also_after_a_kill() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), HALL);
    // A Wednesday.
    let wednesday = ["--start", "2026-01-14 17:30"];
    let mut daemon = folder.run(&wednesday);
    daemon.wait_for("the rule", |status| confirmed(status, "Schule.HK1.Soll", "15 °C"));
    let order = ["override", "Halle", "on", "--for", "20 min", "--why", "Probe", "--yes"];
    let output = folder.hauswart(&order);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("Schule.Halle to on until 14.01.2026 17:5"),
        "{}",
        text(&output.stdout)
    );
    daemon.wait_for("the hall", |status| confirmed(status, "Schule.HK1.Soll", "22 °C"));
    daemon.kill();
    let mut daemon = folder.run(&wednesday);
    let status =
        daemon.wait_for("the hall again", |status| confirmed(status, "Schule.HK1.Soll", "22 °C"));
    assert_eq!(status["schedules"][0]["on"], true, "{status:#}");
    assert_eq!(
        (&status["overrides"][0]["kind"], &status["overrides"][0]["why"]),
        (&"schedule".into(), &"Probe".into())
    );

    // Later: what is heated ahead follows.
    let order =
        ["override", "Schule.Halle", "on", "--from", "Mi 19:15", "--until", "Mi 22:00", "--yes"];
    let output = folder.hauswart(&order);
    assert!(output.status.success(), "{}", text(&output.stderr));
    daemon.wait_for("preheating", |status| confirmed(status, "Schule.HK2.Soll", "20 °C"));
    let listed = text(&folder.hauswart(&["override", "--list"]).stdout);
    for words in ["Schule.Halle", "14.01. 19:15", "14.01. 22:00", "Probe"] {
        assert!(listed.contains(words), "{words}: {listed}");
    }
    for (id, name) in [("2", "Schule.HK2.Soll"), ("1", "Schule.HK1.Soll")] {
        assert!(folder.hauswart(&["override", "--release", id]).status.success());
        daemon.wait_for("the end", |status| {
            !confirmed(status, name, "20 °C") && !confirmed(status, name, "22 °C")
        });
    }
    daemon.wait_for("the rule", |status| confirmed(status, "Schule.HK1.Soll", "15 °C"));
    assert_eq!(text(&folder.hauswart(&["override", "--list"]).stdout).trim(), "nothing by hand");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), HALL);
    let none = folder.hauswart(&["override", "Halle", "on", "--until", "22:00", "--yes"]);
    assert_eq!(none.status.code(), Some(2), "{}", text(&none.stderr));
    let _daemon = folder.run(&[]);
    for (arguments, code, said) in [
        (&["Hale", "on", "--until", "22:00"][..], 1, "did you mean \"Halle\""),
        (&["Halle", "an", "--until", "22:00"], 1, "there are off, on"),
        (&["HK1.Soll", "35 °C", "--until", "22:00"], 1, "limits"),
        (&["Halle", "on", "--until", "Sonntag 22:00"], 2, "\"Sun 18:00\""),
        (&["Halle", "on", "--until", "25:00"], 2, "no such time"),
        (&["Halle", "on", "--until", "01.01.2020 10:00"], 1, "over before it begins"),
        (&["Halle", "on", "--from", "01.01.2020 10:00", "--until", "22:00"], 2, "that is over"),
        (&["Halle", "on", "--for", "31 d"], 1, "30 days"),
        (&["Halle", "on"], 2, "--until"),
        (&["--release", "77"], 1, "no override 77"),
    ] {
        let mut all = vec!["override"];
        all.extend(arguments);
        if arguments[0] != "--release" {
            all.push("--yes");
        }
        let output = folder.hauswart(&all);
        let words = text(&output.stderr).to_lowercase();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {words}");
        assert!(words.contains(&said.to_lowercase()), "{arguments:?}: {words}");
    }
}

#[test]
fn one_that_is_extended_again_and_again_is_told_as_forgotten_also_after_a_kill() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), HALL);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the rule", |status| confirmed(status, "Schule.HK1.Soll", "15 °C"));
    for lasts in ["10 min", "20 min", "30 min"] {
        let order = ["override", "Halle", "on", "--for", lasts, "--yes"];
        assert!(folder.hauswart(&order).status.success());
    }
    let told = |status: &Value| status["forgotten"][0].clone();
    let status = daemon.wait_for("word of it", |status| !told(status).is_null());
    assert_eq!(
        (&told(&status)["how"], &told(&status)["point"]),
        (&"extended".into(), &"Schule.Halle".into())
    );
    daemon.kill();
    let mut daemon = folder.run(&[]);
    daemon.wait_for("word of it again", |status| !told(status).is_null());
    let shown = text(&folder.hauswart(&["status"]).stdout);
    assert!(shown.contains("asked for 3 times in a row since"), "{shown}");
    assert!(shown.contains("that belongs in the schedule"), "{shown}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
