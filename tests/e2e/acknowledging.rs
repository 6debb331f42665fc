//! `hauswart acknowledge`: what waits for a person, over a kill and a restart.

use serde_json::Value;

use super::daemon::{Folder, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{modbus_image, modbus_site};

const HALL: &str = "language 1
building Schule
schedule Halle
  Mo  00:00-00:01
rule \"Sperre\"
  when Halle until acknowledged   set HK1.Soll to 22 °C
  else                            set HK1.Soll to 15 °C
";

fn confirmed(status: &Value, shown: &str) -> bool {
    let command = &point(status, "Schule.HK1.Soll")["command"];
    command["confirmed"] == true && command["shown"] == shown
}

#[test]
fn what_waits_outlives_a_kill_and_so_does_the_word_that_ends_it() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), HALL);
    let none = folder.hauswart(&["acknowledge", "Sperre", "--yes"]);
    assert_eq!(none.status.code(), Some(2), "{}", text(&none.stderr));
    // A Wednesday.
    let wednesday = ["--start", "2026-01-14 17:30"];
    let mut daemon = folder.run(&wednesday);
    daemon.wait_for("the rule", |status| confirmed(status, "15 °C"));
    let early = folder.hauswart(&["acknowledge", "Sperre", "--yes"]);
    assert_eq!(early.status.code(), Some(1), "{}", text(&early.stderr));
    let order = ["override", "Halle", "on", "--for", "20 min", "--yes"];
    assert!(folder.hauswart(&order).status.success());
    daemon.wait_for("the lock", |status| confirmed(status, "22 °C"));
    assert!(folder.hauswart(&["override", "--release", "1"]).status.success());
    daemon.kill();

    let mut daemon = folder.run(&wednesday);
    let status = daemon.wait_for("the lock again", |status| confirmed(status, "22 °C"));
    assert_eq!(status["awaiting"][0], "Schule.Sperre", "{status:#}");
    let listed = text(&folder.hauswart(&["acknowledge", "--list"]).stdout);
    assert_eq!(listed.trim(), "Schule.Sperre");
    let told = text(&folder.hauswart(&["explain", "Sperre"]).stdout);
    assert!(told.contains("waits to be acknowledged"), "{told}");
    let unknown = folder.hauswart(&["acknowledge", "Spere", "--yes"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        text(&unknown.stderr).contains("Did you mean \"Sperre\"?"),
        "{}",
        text(&unknown.stderr)
    );
    let done = folder.hauswart(&["acknowledge", "Sperre", "--yes"]);
    assert_eq!(text(&done.stdout).trim(), "\"Schule.Sperre\" acknowledged");
    daemon.kill();

    let mut daemon = folder.run(&wednesday);
    let status = daemon.wait_for("the end", |status| confirmed(status, "15 °C"));
    assert_eq!(status["awaiting"].as_array().unwrap().len(), 0);
    assert!(folder.log().contains("acknowledged by"), "{}", folder.log());
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
