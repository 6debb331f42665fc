//! The main job on the simulated building: less energy, no worse comfort.

use std::process::Command;

use serde_json::Value;

use super::daemon::{Folder, PROGRAM};
use super::sites::{RULES, modbus_site};

#[test]
fn a_day_with_rules_takes_less_energy_at_no_worse_comfort() {
    let arguments = ["demo", "--days", "1", "--start", "2026-01-13 00:00", "--format", "json"];
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let both: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (with, without) = (&both["with_rules"], &both["without_rules"]);
    for counter in ["gas_m3", "heat_kwh", "electricity_kwh"] {
        let of = |run: &Value| run[counter].as_f64().unwrap();
        assert!(of(without) > 0.0 && of(with) < 0.95 * of(without), "{counter}: {both:#}");
    }
    let zones = |run: &Value| run["too_cold_kh"].as_array().unwrap().clone();
    for (with, without) in zones(with).iter().zip(&zones(without)) {
        assert!(with[1].as_f64().unwrap() <= without[1].as_f64().unwrap() + 0.5, "{both:#}");
    }
    assert!(with["occupied_h"].as_f64().unwrap() > 10.0, "{both:#}");
    assert_eq!(with["unknown_h"].as_f64(), Some(0.0), "{both:#}");
}

#[test]
fn the_clock_follows_a_simulators_calendar_and_speed() {
    let folder = Folder::new(&modbus_site(1, ""), RULES);
    let mut daemon = folder.run(&["--speed", "600", "--start", "2026-07-01 05:00"]);
    let seconds = |status: &Value| {
        let now: jiff::Timestamp = status["now"].as_str().unwrap().parse().unwrap();
        now.as_second()
    };
    // 05:00 in Berlin's summer.
    let start: jiff::Timestamp = "2026-07-01T03:00:00Z".parse().unwrap();
    let first = seconds(&daemon.wait_for("an answer", |_| true));
    assert!(first >= start.as_second() && first < start.as_second() + 600 * 60, "{first}");
    std::thread::sleep(std::time::Duration::from_secs(1));
    let later = seconds(&daemon.status().unwrap());
    assert!(later - first >= 600, "{first} {later}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
