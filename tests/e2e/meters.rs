//! Meters beside a running daemon: a served counter that rolls over, falls silent,
//! goes astray and is restarted; and readings by hand, kept whoever runs or dies.

use std::fs;

use serde_json::Value;

use super::daemon::{Daemon, Folder, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{RULES, modbus_image, modbus_site};

/// A counter of 16 bits, read every ten minutes.
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
[[connection]]
name = "line"
type = "modbus-tcp"
address = "127.0.0.1:{port}"
timeout = "0.3 s"
[[device]]
name = "Zaehler"
connection = "line"
unit = 1
poll = "10 min"
[device.point.Stand]
role = "energy"
register = "holding 0"
type = "u16"
unit = "kWh"
[[meter]]
name = "Strom"
point = "Zaehler.Stand"
carrier = "electricity"
load = "100 kW"
"#
    )
}

fn show(folder: &Folder, more: &[&str]) -> Value {
    let period = ["--from", "2026-01-12 00:00", "--to", "2026-01-14 00:00"];
    let arguments = [&["meter", "show", "Strom", "--format", "json"], &period[..], more].concat();
    let output = folder.hauswart(&arguments);
    assert!(output.status.success(), "{}\n{}", text(&output.stderr), folder.log());
    serde_json::from_slice::<Value>(&output.stdout).unwrap()[0].clone()
}

fn findings(shown: &Value) -> Vec<&str> {
    shown["findings"].as_array().unwrap().iter().filter_map(|it| it["finding"].as_str()).collect()
}

#[test]
fn a_served_counter_is_counted_whatever_happens_to_it() {
    let mut peer = ModbusPeer::start(serde_json::json!({ "1": { "h": { "0": [0] } } }));
    peer.set(1, "h", 0, 65_500);
    let folder = Folder::new(&site(peer.port), "language 1\nbuilding Schule\n");
    // Ten minutes a second.
    let fast = ["--speed", "600", "--start", "2026-01-12 05:30"];
    let mut daemon = folder.run(&fast);
    let reads = |daemon: &mut Daemon<'_>, value: i64| {
        daemon.wait_for("the reading", |status| {
            point(status, "Schule.Zaehler.Stand")["value"].as_f64() == Some(value as f64)
        });
    };
    reads(&mut daemon, 65_500);
    for value in [65_510, 5, 12] {
        peer.set(1, "h", 0, value);
        reads(&mut daemon, value);
    }
    peer.mute(1, true);
    let silent = daemon
        .wait_for("silence", |status| point(status, "Schule.Zaehler.Stand")["quality"] == "stale");
    let until =
        |status: &Value| -> jiff::Timestamp { status["now"].as_str().unwrap().parse().unwrap() };
    let since = until(&silent);
    daemon
        .wait_for("two hours of it", |status| until(status).duration_since(since).as_hours() >= 2);
    peer.mute(1, false);
    for value in [20, 40_000, 22] {
        peer.set(1, "h", 0, value);
        reads(&mut daemon, value);
    }
    // The device begins anew, at zero.
    peer.restart();
    reads(&mut daemon, 0);
    peer.set(1, "h", 0, 3);
    reads(&mut daemon, 3);

    let shown = show(&folder, &["--by", "quarter-hour"]);
    assert_eq!(
        findings(&shown),
        ["gap", "rolled-over", "gap", "glitch", "reset", "gap"],
        "{shown:#}"
    );
    assert!(shown["findings"][0]["words"].as_str().unwrap().contains("nothing is known"));
    assert_eq!(shown["amount"].as_f64().map(f64::round), Some(61.0), "{shown:#}");
    assert!(shown["coverage"].as_f64() < Some(1.0) && shown["counted"].as_f64() < Some(1.0));
    let parts = shown["parts"].as_array().unwrap();
    let sum: f64 = parts.iter().filter_map(|part| part["amount"].as_f64()).sum();
    assert!((sum - 61.0).abs() < 1e-6, "{sum}");
    assert!(parts.iter().any(|part| part["amount"].is_null()), "before it ran nothing is known");

    // Killed and started anew, and then without a daemon at all: the same.
    daemon.kill();
    let daemon = folder.run(&["--speed", "600", "--start", "2026-01-13 05:30"]);
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    let after = show(&folder, &[]);
    assert_eq!(after["amount"].as_f64().map(f64::round), Some(61.0), "{after:#}");
    let people = folder.hauswart(&[
        "meter",
        "show",
        "--from",
        "2026-01-12 00:00",
        "--to",
        "2026-01-14 00:00",
    ]);
    let words = text(&people.stdout);
    assert!(
        words.contains("≥ 61.0 kWh") && words.contains("rolled over from 65510 kWh to 5 kWh"),
        "{words}"
    );
    let unknown = folder.hauswart(&["meter", "show", "Storm"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("Did you mean \"Strom\"?"));
    let nothing = folder.hauswart(&["meter", "show", "--from", "2020-01-01", "--to", "2020-02-01"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(text(&nothing.stdout).contains("unknown"), "{}", text(&nothing.stdout));
}

const DIAL: &str = r#"
[[meter]]
name = "Gas"
unit = "m³"
carrier = "natural-gas"
load = "25 m³/h"
[[meter.replaced]]
at = "2025-03-12"
end = "5000 m³"
start = "10 m³"
[[meter.conversion]]
from = "2025-02-01"
state_number = 0.95
calorific_value = "11 kWh/m³"
"#;

#[test]
fn readings_by_hand_are_kept_with_a_daemon_and_without() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&(modbus_site(peer.port, "") + DIAL), RULES);
    let meter = |arguments: &[&str]| {
        let output = folder.hauswart(&[&["meter"], arguments].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    // Nobody runs.
    let (code, said, wrong) = meter(&["add", "Gas", "4000", "--at", "2025-01-01 12:00"]);
    assert_eq!(code, Some(0), "{wrong}");
    assert!(said.contains("Gas: 4000 m³"), "{said}");
    // The daemon runs: it keeps them, and a kill takes none.
    let daemon = folder.run(&[]);
    let (code, _, wrong) =
        meter(&["add", "Gas", "4310 m³", "--at", "2025-02-01", "--by", "K. Meier"]);
    assert_eq!(code, Some(0), "{wrong}");
    let (code, _, wrong) = meter(&["add", "Gas", "4200", "--at", "2025-02-02"]);
    assert_eq!(code, Some(1));
    assert!(wrong.contains("would go back: first 4310 m³, then 4200 m³"), "{wrong}");
    daemon.kill();
    // As a spreadsheet writes it; the replacement explains the fall.
    let csv = "Zähler;Datum;Stand;von\nGas;01.04.2025;300,5;Büro\nGas;2025-03-01 12:00;4600;Büro\n";
    folder.write("gut.csv", csv);
    let file = folder.path().join("gut.csv");
    let (code, said, wrong) = meter(&["import", file.to_str().unwrap()]);
    assert_eq!(
        (code, said.trim()),
        (Some(0), "2 readings entered, 0 were there already"),
        "{wrong}"
    );
    folder.write(
        "schlecht.csv",
        "meter,time,reading\nGas,2025-05-01,400\nGsa,2025-05-02,401\nGas,2025-13-01,1\n",
    );
    let file = folder.path().join("schlecht.csv");
    let (code, _, wrong) = meter(&["import", file.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(wrong.contains("schlecht.csv:3: there is no meter \"Gsa\""), "{wrong}");
    assert!(wrong.contains("schlecht.csv:4:") && wrong.contains("nothing was entered"), "{wrong}");
    // Twelve, or as a German spreadsheet means it twelve thousand.
    folder.write("punkt.csv", "Zähler;Datum;Stand\nGas;01.05.2025;12.345\n");
    let file = folder.path().join("punkt.csv");
    let (code, _, wrong) = meter(&["import", file.to_str().unwrap(), "--yes"]);
    assert_eq!(code, Some(1), "{wrong}");
    assert!(
        wrong.contains("punkt.csv:2: 12.345: the point") && wrong.contains("12345,0"),
        "{wrong}"
    );
    let (_, listed, _) = meter(&["list", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let readings: Vec<f64> =
        listed.as_array().unwrap().iter().map(|it| it["reading"].as_f64().unwrap()).collect();
    assert_eq!(readings, [4000.0, 4310.0, 4600.0, 300.5]);
    assert_eq!(listed[1]["by"], "K. Meier");
    assert_eq!(listed[3]["used"].as_f64().map(|it| (it * 10.0).round()), Some(6905.0));

    // February by its two readings; January has no calorific value, and says so.
    let period = ["--from", "2025-01-01 12:00", "--to", "2025-03-01 12:00", "--format", "json"];
    let (_, shown, _) = meter(&[&["show", "Gas", "--by", "month"], &period[..]].concat());
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown[0]["amount"].as_f64().map(f64::round), Some(600.0), "{shown:#}");
    assert!(shown[0]["energy_kwh"].is_null(), "{shown:#}");
    assert_eq!(shown[0]["without_conversion"][0][1], "2025-01-31T23:00:00Z");
    let february = &shown[0]["parts"][1];
    assert!(
        (february["energy_kwh"].as_f64().unwrap() / february["amount"].as_f64().unwrap() - 10.45)
            .abs()
            < 1e-6
    );
    assert!(
        february["estimated"].as_f64() > Some(0.0),
        "the first of February is none that was read"
    );

    // Withdrawn, it counts no more; a backup has all of it.
    let (code, _, wrong) = meter(&["remove", "Gas", "--at", "2025-03-01 12:00"]);
    assert_eq!(code, Some(0), "{wrong}");
    assert_eq!(meter(&["list"]).1.lines().count(), 4);
    let backup = folder.path().join("b.tar");
    let output = folder.hauswart(&["backup", backup.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let tar = fs::read(&backup).unwrap();
    let kept = fs::read(folder.path().join("data/readings.jsonl")).unwrap();
    assert!(tar.windows(kept.len()).any(|window| window == kept));
}
