//! A report that the daemon writes by itself: of a counter that it has read, in forms
//! that are whole, once; and what `hauswart jobs` says of it.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::daemon::{Daemon, Folder, point, text};
use super::modbus_peer::ModbusPeer;

fn site(port: u16) -> String {
    format!(
        r#"
format = 1
[site]
name = "Test"
cycle = "1 min"
language = "en"
[[building]]
name = "Schule"
area = {{ ngf = "1000 m²" }}
[[connection]]
name = "line"
type = "modbus-tcp"
address = "127.0.0.1:{port}"
timeout = "0.3 s"
[[device]]
name = "Zaehler"
connection = "line"
unit = 1
poll = "5 min"
[device.point.Stand]
role = "energy"
register = "holding 0"
type = "u16"
unit = "kWh"
[[meter]]
name = "Strom"
point = "Zaehler.Stand"
carrier = "electricity"
load = "500 kW"
[[tariff]]
name = "Strom"
carrier = "electricity"
[[tariff.price]]
from = "2026-01-01"
work = "30 ct/kWh"
[[job]]
name = "Nachts"
at = "10 1 * * *"
period = "this-year"
forms = ["json", "pdf", "xlsx", "html", "csv"]
"#
    )
}

fn jobs(folder: &Folder) -> Value {
    let output = folder.hauswart(&["jobs", "--format", "json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

fn wait_for_state(folder: &Folder, wanted: &str) -> Value {
    let give_up = Instant::now() + Duration::from_secs(60);
    loop {
        let job = jobs(folder)[0].clone();
        if job["state"] == wanted {
            return job;
        }
        assert!(Instant::now() < give_up, "{job:#}\n{}", folder.log());
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_daemon_writes_a_report_of_what_it_has_read() {
    let mut peer = ModbusPeer::start(serde_json::json!({ "1": { "h": { "0": [1000] } } }));
    let folder = Folder::new(&site(peer.port), "language 1\nbuilding Schule\n");
    // Ten minutes a second.
    let mut daemon = folder.run(&["--speed", "600", "--start", "2026-11-02 22:30"]);
    let reads = |daemon: &mut Daemon<'_>, value: f64| {
        daemon.wait_for("the reading", |status| {
            point(status, "Schule.Zaehler.Stand")["value"].as_f64() == Some(value)
        });
    };
    reads(&mut daemon, 1000.0);
    peer.set(1, "h", 0, 1020);
    reads(&mut daemon, 1020.0);
    let job = jobs(&folder)[0].clone();
    assert_eq!(job["next"], "2026-11-03T00:10:00Z", "{job:#}");

    let job = wait_for_state(&folder, "done");
    assert_eq!(job["last"], "2026-11-03T00:10:00Z");
    let reports = folder.path().join("data/berichte");
    let report = |ending: &str| reports.join(format!("energy-report-2026.{ending}"));
    let json: Value = serde_json::from_slice(&fs::read(report("json")).unwrap()).unwrap();
    assert_eq!(json["period"]["last"], "2026-11-02", "until yesterday");
    let rows = json["tables"]["consumption"]["rows"].as_array().unwrap();
    let used: Vec<f64> = rows.iter().filter_map(|row| row["amount"].as_f64()).collect();
    assert_eq!(used, [20.0], "{rows:#?}");
    for (ending, begins) in [("pdf", "%PDF"), ("xlsx", "PK"), ("html", "<!"), ("csv", "")] {
        let bytes = fs::read(report(ending)).unwrap();
        assert!(bytes.len() > 500 && bytes.starts_with(begins.as_bytes()), "{ending}");
    }
    let shown = folder.hauswart(&["jobs"]);
    assert!(text(&shown.stdout).contains("03.11.2026 01:10"), "{}", text(&shown.stdout));

    // Killed and started an hour later: not again.
    daemon.kill();
    fs::remove_dir_all(&reports).unwrap();
    let mut daemon = folder.run(&["--speed", "600", "--start", "2026-11-03 02:30"]);
    daemon.wait_for("an hour", |status| status["cycles"].as_u64() > Some(60));
    let job = jobs(&folder)[0].clone();
    assert_eq!(
        (job["state"].as_str(), job["last"].as_str()),
        (Some("done"), Some("2026-11-03T00:10:00Z"))
    );
    let none: Vec<PathBuf> = fs::read_dir(&reports)
        .map(|it| it.map(|it| it.unwrap().path()).collect())
        .unwrap_or_default();
    assert!(none.is_empty(), "{none:?}");
}
