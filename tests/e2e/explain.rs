//! `hauswart explain`: from the running daemon, without one, and of the past.

use super::daemon::{Folder, point};
use super::modbus_peer::ModbusPeer;
use super::sites::{modbus_image, modbus_site};

const RULES: &str = "language 1
building Schule

value Kalt = HK1.Raum < 19 °C until > 20 °C

rule \"Soll\"
  when Kalt   set HK1.Soll to 22 °C
  else        set HK1.Soll to 19 °C
rule \"Spitze\"
  level limit
  keep HK1.Soll at most 21.5 °C
";

fn told(folder: &Folder, arguments: &[&str]) -> String {
    let output = folder.hauswart(&[&["explain"], arguments].concat());
    let (out, err) = (&output.stdout, &output.stderr);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(err));
    String::from_utf8_lossy(out).into_owned()
}

#[track_caller]
fn says(told: &str, lines: &[&str]) {
    for line in lines {
        assert!(told.contains(line), "{line}\n{told}");
    }
}

#[test]
fn the_running_daemon_says_why() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the rules", |status| {
        point(status, "Schule.HK1.Soll")["command"]["confirmed"] == true
    });
    let point_told = told(&folder, &["HK1.Soll"]);
    says(
        &point_told,
        &[
            "Schule.HK1.Soll: 21.5 °C",
            "because of \"Schule.Spitze\"",
            "▶ limit",
            "at most 21.5 °C",
            "counts, is trimmed",
            "✓ when Kalt   = HK1.Raum < 19 °C until > 20 °C",
            "HK1.Raum 18.5 °C (",
            "written 21.5 °C",
            "read back 21.5 °C ✓",
            "21 °C stood in it before",
            "what stood in it before is written back; then 21 °C holds",
            "it stays so",
        ],
    );
    says(&told(&folder, &["Schule.Kalt"]), &["Schule.Kalt: on", "Stands in"]);
    says(&told(&folder, &["\"Soll\""]), &["rule \"Schule.Soll\"", "Schule.HK1.Soll 21.5 °C"]);

    let json: serde_json::Value =
        serde_json::from_str(&told(&folder, &["HK1.Soll", "--format", "json"])).unwrap();
    assert_eq!(json["basis"], "running");
    assert_eq!(json["of"]["point"]["decision"]["target"], "21.5 °C", "{json:#}");

    let output = folder.hauswart(&["write", "HK1.Soll", "20 °C", "--for", "1 h", "--yes"]);
    assert!(output.status.success());
    says(
        &told(&folder, &["HK1.Soll"]),
        &["Schule.HK1.Soll: 20 °C", "by hand", "level manual, until"],
    );

    for (arguments, said) in [
        (&["explain", "HK1.Sol"][..], "HK1.Soll"),
        (&["explain", "HK1.Soll", "--at", "05:30"], "nothing is recorded of Schule.HK1.Soll"),
        (&["explain", "HK1.Soll", "--at", "bald"], "17:30"),
    ] {
        let output = folder.hauswart(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(words.contains(said), "{arguments:?}: {words}");
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn without_a_daemon_one_round_of_readings_tells_what_the_rules_would_do() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let told_alone = told(&folder, &["HK1.Soll"]);
    says(
        &told_alone,
        &[
            "Hauswart is not running",
            "Schule.HK1.Soll: 21.5 °C",
            "HK1.Raum 18.5 °C (",
            "release: what stood in it before is written back",
        ],
    );
    assert_eq!(peer.get(1, "h", 10), 210, "nothing is written");
    let output = folder.hauswart(&["explain", "HK1.Soll", "--at", "05:30"]);
    assert_eq!(output.status.code(), Some(2));
    drop(peer);
    let silent = told(&folder, &["HK1.Raum"]);
    says(&silent, &["Schule.HK1.Raum: ? (never read)"]);
}
