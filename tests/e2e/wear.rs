//! A register that wears out: its writes are counted before they go out, also
//! over `kill -9`; once it is written too fast, changes wait and letting go
//! does not.

use serde_json::Value;

use super::daemon::{Folder, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{modbus_image, modbus_site};

const SOLL: &str = "Schule.HK1.Soll";

fn rule(value: &str) -> String {
    format!("language 1\nbuilding Schule\nrule \"Raum\"\n  set HK1.Soll to {value}\n")
}

fn writes(status: &Value) -> u64 {
    point(status, SOLL)["wear"]["writes"].as_u64().unwrap_or_default()
}

fn confirmed(status: &Value) -> bool {
    point(status, SOLL)["command"]["confirmed"] == true
}

#[test]
fn writes_are_counted_over_kills_and_what_may_wait_does() {
    let peer = ModbusPeer::start(modbus_image());
    // 100 writes in 15 years: two at once, then one in 55 days.
    let worn = "release = \"restore\"\nendures = 100";
    let site = modbus_site(peer.port, "").replacen("release = \"restore\"", worn, 1);
    let folder = Folder::new(&site, &rule("19 °C"));
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the first write", confirmed);
    daemon.kill();
    folder.write("rules/a.rules", &rule("17 °C"));
    let mut daemon = folder.run(&[]);
    let status = daemon.wait_for("the second", confirmed);
    assert_eq!((writes(&status), peer.mbpoll(1, 10)), (2, 170));
    daemon.kill();

    folder.write("rules/a.rules", &rule("12 °C"));
    let mut daemon = folder.run(&[]);
    let status = daemon.wait_for("a change that waits", |status| {
        let state = &point(status, SOLL)["command"]["state"];
        state.as_str().is_some_and(|state| state.contains("its register is spared"))
    });
    assert_eq!(writes(&status), 2);
    let alarm = status["alarms"][0]["text"].as_str().unwrap();
    assert!(alarm.contains("(2 of 100 writes); changes wait until"), "{alarm}");
    let told = text(&folder.hauswart(&["status"]).stdout);
    assert!(told.contains("register that wears out") && told.contains("waits until"), "{told}");
    let explained = text(&folder.hauswart(&["explain", "HK1.Soll"]).stdout);
    assert!(explained.contains("the register endures 100 writes, 2 since"), "{explained}");
    assert_eq!(peer.mbpoll(1, 10), 170);
    // Warmer again, by a person and by a rule: neither waits.
    let order = ["write", "HK1.Soll", "20 °C", "--for", "10 min", "--yes"];
    assert!(folder.hauswart(&order).status.success());
    daemon.wait_for("the person", |status| confirmed(status) && writes(status) == 3);
    assert_eq!(peer.mbpoll(1, 10), 200);
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert_eq!(peer.mbpoll(1, 10), 210, "let go of");

    let mut daemon = folder.run(&[]);
    let status = daemon.wait_for("the person again", confirmed);
    assert_eq!(writes(&status), 5, "the release counts too");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
