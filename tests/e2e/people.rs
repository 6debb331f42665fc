//! People at the device win: what a foreign client sets there is left alone,
//! told, kept over a restart, and taken over again when its time is over.

use serde_json::Value;

use super::daemon::{Folder, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{modbus_image, modbus_site};

const RULES: &str = "\
language 1
building Schule
schedule Nutzung
  daily  00:00-12:00
rule \"Raum\"
  when Nutzung  set HK1.Soll to 19 °C
  else          set HK1.Soll to 18 °C
";
/// A minute of the site's time a second.
const START: [&str; 4] = ["--speed", "60", "--start", "2026-01-12 11:30"];

fn state(status: &Value) -> &str {
    point(status, "Schule.HK1.Soll")["command"]["state"].as_str().unwrap_or_default()
}

#[test]
fn what_is_set_at_the_device_stays_until_its_schedule_changes() {
    let mut peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, "").replace("\"1 s\"", "\"60 s\""), RULES);
    let mut daemon = folder.run(&START);
    daemon.wait_for("our value", |status| state(status) == "✓");
    assert_eq!(peer.mbpoll(1, 10), 190);
    std::thread::sleep(std::time::Duration::from_secs(4));
    peer.set(1, "h", 10, 230);
    daemon.wait_for("word of it", |status| state(status).contains("left until"));
    let explained = folder.hauswart(&["explain", "HK1.Soll"]);
    let explained = text(&explained.stdout);
    assert!(explained.contains("set to 23 °C by hand at the device"), "{explained}");
    assert!(explained.contains("12:00"), "{explained}");
    assert_eq!(peer.mbpoll(1, 10), 230);
    let again = daemon.wait_for("our other value", |status| {
        point(status, "Schule.HK1.Soll")["command"]["shown"] == "18 °C" && state(status) == "✓"
    });
    assert!(again["now"].as_str().unwrap() >= "2026-01-12T11:00:00Z", "{again}");
    assert_eq!(peer.mbpoll(1, 10), 180);
    assert!(folder.log().contains("set to 23 °C by hand at the device (instead of 19 °C)"));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert_eq!(peer.mbpoll(1, 10), 210);
}
