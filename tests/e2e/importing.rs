//! Trend data of other systems come into the history: layouts as Niagara, Desigo and
//! people with Excel write them, with and without a daemon, twice, and half-done.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::daemon::{Folder, PROGRAM, text};
use super::modbus_peer::ModbusPeer;
use super::peers::interpreter;
use super::sites::{modbus_image, modbus_site};

const RULES: &str = "language 1\nbuilding Schule\nrule \"Absenkung\"\n  set HK1.Soll to 19 °C\n";
const METER: &str = r#"
[[device]]
name = "Zähler"
connection = "line"
unit = 3
poll = "1 s"
[device.point.Leistung]
register = "holding 0"
type = "u16"
unit = "kW"
[device.point.Arbeit]
register = "holding 0"
type = "u16"
unit = "MWh"
[device.point.Pumpe]
register = "holding 11"
states = ["off", "on"]
"#;

fn folder(port: u16) -> Folder {
    Folder::new(&(modbus_site(port, "") + METER), RULES)
}

fn trend(name: &str) -> String {
    format!("{}/tests/e2e/trends/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn import(folder: &Folder, file: &str, map: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    let fixed = ["import", file, "--map", map, "--format", "json"];
    let output = folder.hauswart(&[&fixed, more].concat());
    let said = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), said, text(&output.stderr))
}

fn of<'a>(said: &'a Value, point: &str) -> &'a Value {
    let points = said["points"].as_array().unwrap();
    points.iter().find(|it| it["point"] == point).unwrap_or_else(|| panic!("{said:#}"))
}

/// The rows of the export: time, value, state, quality.
fn rows(folder: &Folder, point: &str) -> Vec<[String; 4]> {
    let output = folder.hauswart(&["export", point]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let csv = text(&output.stdout);
    let cells = csv.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>());
    cells.map(|it| [it[0], it[2], it[4], it[5]].map(str::to_owned)).collect()
}

fn row(time: &str, value: &str, state: &str, quality: &str) -> [String; 4] {
    [time, value, state, quality].map(str::to_owned)
}

#[test]
fn niagara_with_names_of_zones_and_a_status() {
    let folder = folder(1);
    let (file, map) = (trend("niagara.csv"), trend("niagara.toml"));
    let (code, said, told) = import(&folder, &file, &map, &["--dry-run"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(of(&said, "Schule.HK1.Raum")["new"], 5);
    assert!(rows(&folder, "HK1.Raum").is_empty(), "only looked at");
    let (code, said, told) = import(&folder, &file, &map, &[]);
    assert_eq!((code, &of(&said, "Schule.HK1.Raum")["new"]), (Some(0), &5.into()), "{told}");
    let wanted = [
        row("2025-01-12T04:00:00Z", "18.5", "", "good"),
        row("2025-01-12T04:15:00Z", "18.7", "", "good"),
        row("2025-01-12T04:30:00Z", "", "", "faulty"),
        row("2025-01-12T04:45:00Z", "19", "", "good"),
        row("2025-01-12T05:00:00Z", "", "", "never_read"),
        row("2025-07-12T15:00:00Z", "24.5", "", "substituted"),
        row("2025-07-12T15:15:00Z", "", "", "never_read"),
    ];
    assert_eq!(rows(&folder, "HK1.Raum"), wanted);
    let (_, said, _) = import(&folder, &file, &map, &[]);
    let again = of(&said, "Schule.HK1.Raum");
    assert_eq!((&again["new"], &again["same"]), (&0.into(), &5.into()));
    assert_eq!(rows(&folder, "HK1.Raum"), wanted);
    assert!(folder.hauswart(&["verify"]).status.success());
}

#[test]
fn desigo_beside_a_daemon_on_the_day_with_25_hours() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = folder(peer.port);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("some cycles", |status| status["cycles"].as_u64() > Some(2));
    let (file, map) = (trend("desigo.csv"), trend("desigo.toml"));
    let (code, said, told) = import(&folder, &file, &map, &[]);
    assert_eq!(code, Some(0), "{told}\n{}", folder.log());
    assert_eq!(of(&said, "Schule.Zähler.Leistung")["new"], 100, "a quarter hour each");
    assert_eq!(of(&said, "Schule.HK1.Raum")["new"], 98, "one is empty, one says that it has none");
    let power = rows(&folder, "Zähler.Leistung");
    let past = |rows: &[[String; 4]]| rows.iter().filter(|row| row[0].as_str() < "2026").count();
    assert_eq!(past(&power), 101);
    // 1.080 W at 02:00 summer time, 1.120 W at 02:00 winter time.
    assert!(power.contains(&row("2025-10-26T00:00:00Z", "1080", "", "good")), "{power:?}");
    assert!(power.contains(&row("2025-10-26T01:00:00Z", "1120", "", "good")), "{power:?}");
    assert_eq!(rows(&folder, "Zähler.Pumpe")[0], row("2025-10-25T22:00:00Z", "1", "on", "good"));
    let room = rows(&folder, "HK1.Raum");
    assert!(room.contains(&row("2025-10-25T23:45:00Z", "", "", "never_read")), "{room:?}");
    // What is imported later goes on where the first ended, and nothing is doubled.
    let (_, said, _) = import(&folder, &file, &map, &[]);
    assert_eq!((&of(&said, "Schule.HK1.Raum")["new"]), &Value::from(0));

    // As DuckDB finds it, in the files as they lie and beside the daemon.
    let script = "import duckdb, sys
print(duckdb.sql(f\"select sum(value), count(*) from read_parquet('{sys.argv[1]}') \"
    \"where point = 'Schule.Zähler.Leistung' and time < '2026-01-01'\").fetchall()[0])";
    let files = folder.path().join("data/history/raw/*.parquet");
    let found = Command::new(interpreter()).args(["-c", script]).arg(files).output().unwrap();
    let sum: u32 = (0..100).map(|n| 1000 + n * 10).sum();
    assert_eq!(text(&found.stdout).trim(), format!("({sum}.0, 101)"), "{}", text(&found.stderr));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    let after = rows(&folder, "Zähler.Leistung");
    assert_eq!(past(&after), 101);
    let quarters = folder.hauswart(&["export", "Zähler.Leistung", "--quarter-hours"]);
    assert_eq!(text(&quarters.stdout).lines().skip(1).count(), 100, "energy of each quarter hour");
}

/// What the daemon answers to a day that is posted, without our own command.
fn posted(folder: &Folder, import: &Value) -> (u16, String) {
    let body = import.to_string();
    let mut stream = UnixStream::connect(folder.path().join("data/hauswart.sock")).unwrap();
    let head = "POST /api/v1/history/import HTTP/1.1\r\nHost: hauswart\r\nConnection: close\r\n\
                Content-Type: application/json";
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (answer[9..12].parse().unwrap(), answer)
}

#[test]
fn the_daemon_takes_only_days_that_fit_and_says_whose_they_were() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = folder(peer.port);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("some cycles", |status| status["cycles"].as_u64() > Some(2));
    let day = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let (past, far) = (day("2025-02-01T00:00:00Z"), day("2150-02-01T00:00:00Z"));
    let import = |day_ms: i64, point: &str, times: &[i64]| {
        let samples: Vec<Value> = times.iter().map(|at| json!([at, 20.5, "good"])).collect();
        let point = json!({
            "point": point, "meaning": {"unit": "°C"}, "samples": samples,
            "carry": {"known": null, "ours": false},
        });
        json!({"day_ms": day_ms, "overwrite": false, "points": [point]})
    };
    let room = "Schule.HK1.Raum";
    for (wrong, words) in [
        (import(past, "Schule.HK1.Traum", &[past]), "Traum"),
        (import(past, room, &[past + 5, past + 5]), "2025-02-01T00:00:00.005Z"),
        (import(past, room, &[past - 1]), "2025-01-31T23:59:59.999Z"),
        (import(far, room, &[far]), "import"),
    ] {
        let (code, answer) = posted(&folder, &wrong);
        assert!(code == 422 && answer.contains(words), "{words}: {answer}");
    }
    assert!(!folder.log().contains("2025-02-01"), "{}", folder.log());
    let (code, answer) = posted(&folder, &import(past, room, &[past, past + 1]));
    assert_eq!(code, 200, "{answer}");
    let log = folder.log();
    let told =
        log.lines().find(|line| line.contains("2025-02-01")).unwrap_or_else(|| panic!("{log}"));
    let user = Command::new("id").arg("-un").output().unwrap();
    assert!(told.contains(text(&user.stdout).trim()) && told.contains(" 2 "), "{told}");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn a_long_file_in_winter_time_with_2400_and_values_with_their_units() {
    let folder = folder(1);
    let (file, map) = (trend("excel.txt"), trend("excel.toml"));
    let (code, said, told) = import(&folder, &file, &map, &[]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("no point is mapped") && told.contains("excel.txt:5:1"), "{told}");
    assert_eq!(said["out_of_range"], 1);
    let wanted = [
        row("2025-02-01T23:00:00Z", "4444200000", "", "good"),
        row("2025-02-02T23:00:00Z", "4464000000", "", "substituted"),
        row("2025-02-03T23:00:00Z", "", "", "never_read"),
    ];
    assert_eq!(rows(&folder, "Zähler.Arbeit"), wanted);
    let room = rows(&folder, "HK1.Raum");
    assert_eq!(room[2], row("2025-01-31T23:40:00Z", "", "", "out_of_range"), "{room:?}");
}

#[test]
fn what_cannot_be_read_is_told_all_at_once_and_nothing_is_imported() {
    let folder = folder(1);
    let wrong = "Zeit;Raum;Pumpe\n01.02.2025 05:00;20,5;Ein\n\
                 30.02.2025 05:00;20,5;Aus\n30.03.2025 02:30;20,5;Aus\n\
                 01.02.2025 05:15;2x,5;Halb\n01.02.2025 05:30;20.5;Aus\n01.02.2025\n";
    let map = "format = 1\nseparator = \";\"\ndecimal = \",\"\n[time]\ncolumn = \"Zeit\"\n\
               [[series]]\nname = \"Raum\"\npoint = \"HK1.Raum\"\n\
               [[series]]\nname = \"Pumpe\"\npoint = \"Zähler.Pumpe\"\n\
               states = { Ein = \"on\", Aus = \"off\" }\n";
    folder.write("trend.csv", wrong);
    folder.write("map.toml", map);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (code, _, told) = import(&folder, &path("trend.csv"), &path("map.toml"), &[]);
    assert_eq!(code, Some(1));
    for place in [
        "error[time]: this is no time",
        "trend.csv:3:1",
        "error[skipped-time]",
        "trend.csv:4:1",
        "error[number]",
        "trend.csv:5:18",
        "error[state]",
        "trend.csv:5:23",
        "error[decimal]",
        "trend.csv:6:18",
        "nothing was imported",
    ] {
        assert!(told.contains(place), "{place}: {told}");
    }
    assert!(!Path::new(&path("data/history")).exists());
    folder.write("map.toml", &map.replace("name = \"Raum\"", "name = \"Raumtemperatur\""));
    let (code, _, told) = import(&folder, &path("trend.csv"), &path("map.toml"), &[]);
    assert!(code == Some(1) && told.contains("map.toml:7:8"), "{told}");
    assert!(told.contains("Zeit | Raum | Pumpe"), "{told}");
}

#[test]
fn a_break_off_leaves_all_whole_and_what_was_recorded_stands() {
    let folder = folder(1);
    // A year, every quarter hour.
    let begin: jiff::Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    let mut csv = "Zeit,Raum\n".to_owned();
    for n in 0..35_040_i64 {
        let at = begin + jiff::SignedDuration::from_mins(15 * n);
        csv.push_str(&format!("{at},{}\n", 180 + n % 40));
    }
    folder.write("year.csv", &csv);
    folder.write("other.csv", "Zeit,Raum\n2025-06-01T12:07:00Z,250\n");
    folder.write(
        "map.toml",
        "format = 1\n[time]\ncolumn = \"Zeit\"\n[[series]]\nname = \"Raum\"\n\
         point = \"HK1.Raum\"\nfactor = 0.1\n",
    );
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut half = Command::new(PROGRAM)
        .args(["import", &path("year.csv"), "--map", &path("map.toml"), "--site"])
        .arg(folder.site())
        .spawn()
        .unwrap();
    let raw = folder.path().join("data/history/raw");
    let files = || fs::read_dir(&raw).map_or(0, Iterator::count);
    while files() < 5 && half.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    half.kill().unwrap();
    half.wait().unwrap();
    assert!(folder.hauswart(&["verify"]).status.success());
    let done = rows(&folder, "HK1.Raum").len();
    let (code, said, told) = import(&folder, &path("year.csv"), &path("map.toml"), &[]);
    assert_eq!(code, Some(0), "{told}");
    let of_room = of(&said, "Schule.HK1.Raum");
    let (new, same) = (of_room["new"].as_u64().unwrap(), of_room["same"].as_u64().unwrap());
    assert_eq!((new + same, of_room["left_out"].as_u64()), (35_040, Some(0)), "{said:#}");
    // A day that was written, but not yet in the catalogue, is found at the next start.
    assert!(done < 35_041 && same as usize <= done + 96, "broken off at {done}, {same} found");
    assert_eq!(rows(&folder, "HK1.Raum").len(), 35_041);

    let other = |more: &[&str]| {
        let (_, said, told) = import(&folder, &path("other.csv"), &path("map.toml"), more);
        assert_eq!(told, "");
        of(&said, "Schule.HK1.Raum").clone()
    };
    assert_eq!(other(&[])["left_out"], 1);
    assert_eq!(rows(&folder, "HK1.Raum").len(), 35_041);
    assert_eq!(other(&["--overwrite"])["new"], 1);
    let rows = rows(&folder, "HK1.Raum");
    let place = rows.iter().position(|row| row[0] == "2025-06-01T12:07:00Z").unwrap();
    // It holds for a quarter hour; then what was there goes on.
    let around: Vec<(&str, &str)> =
        rows[place - 1..place + 4].iter().map(|row| (&row[0][11..16], row[1].as_str())).collect();
    assert_eq!(around[0].0, "12:00");
    assert_eq!((around[1].1, around[2].0, around[3].0), ("25", "12:22", "12:30"), "{around:?}");
}

#[test]
fn a_long_export_says_on_the_terminal_how_far_it_is() {
    let folder = folder(1);
    let (file, map) = (trend("desigo.csv"), trend("desigo.toml"));
    let (code, _, told) = import(&folder, &file, &map, &[]);
    assert_eq!((code, told.as_str()), (Some(0), ""), "nobody looks: no progress");
    let out = folder.path().join("all.csv");
    const TERMINAL: &str = "import os, pty, sys
told = b''
def read(terminal):
    global told
    part = os.read(terminal, 4096)
    told += part
    return part
status = pty.spawn(sys.argv[1:], read)
sys.exit(0 if b' % ' in told and b'2025-10-26' in told and status == 0 else told)";
    let seen = Command::new("python3")
        .args(["-c", TERMINAL, PROGRAM, "export", "--out"])
        .arg(&out)
        .arg("--site")
        .arg(folder.site())
        .output()
        .unwrap();
    assert!(seen.status.success(), "{}", text(&seen.stderr));
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 1 + 100 + 101 + 101);
}
