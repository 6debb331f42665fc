//! The history beside a running daemon: shown, sealed, cut off by `kill -9`, told,
//! and exported.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::daemon::{Folder, point};
use super::modbus_peer::ModbusPeer;
use super::sites::{modbus_image, modbus_site};

const RULES: &str = "language 1\nbuilding Schule\nrule \"Kalt\"\n  \
                     when HK1.Raum < 20 °C  set HK1.Stufe to 3\n";

fn is_past(status: &Value, moment: &str) -> bool {
    let now: Timestamp = status["now"].as_str().unwrap().parse().unwrap();
    now >= moment.parse::<Timestamp>().unwrap()
}

fn parquet_files(folder: &Path, kind: &str) -> usize {
    fs::read_dir(folder.join("data/history").join(kind)).map_or(0, Iterator::count)
}

fn output(folder: &Folder, arguments: &[&str]) -> String {
    let output = folder.hauswart(arguments);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}\n{}", folder.log());
    String::from_utf8(output.stdout).unwrap()
}

/// The times of an export's rows.
fn times(csv: &str) -> Vec<Timestamp> {
    let time = |row: &str| row.split(',').next()?.parse().ok();
    csv.lines().skip(1).filter_map(time).collect()
}

#[test]
fn what_was_read_and_commanded_is_kept_over_a_kill_and_the_loss_is_told() {
    let peer = ModbusPeer::start(modbus_image());
    let folder = Folder::new(&modbus_site(peer.port, ""), RULES);
    let period = ["--from", "2026-01-12 05:00", "--to", "2026-01-12 12:00"];
    let mut daemon = folder.run(&["--speed", "300", "--start", "2026-01-12 05:30"]);
    daemon.wait_for("the turn of an hour", |status| is_past(status, "2026-01-12T05:10:00Z"));
    let status = daemon.wait_for("the stage", |status| {
        point(status, "Schule.HK1.Stufe")["command"]["confirmed"] == true
    });
    assert!(parquet_files(folder.path(), "raw") >= 1, "{}", folder.log());

    // Beside the daemon, the hour that runs included.
    let shown =
        output(&folder, &[&["history", "HK1.Raum", "--format", "json"], &period[..]].concat());
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let samples = shown["samples"].as_array().unwrap();
    assert_eq!(shown["unit"], "°C");
    assert_eq!(samples[0]["value"], point(&status, "Schule.HK1.Raum")["value"]);
    let last: Timestamp = samples.last().unwrap()["at"].as_str().unwrap().parse().unwrap();
    assert!(last >= "2026-01-12T05:00:00Z".parse().unwrap(), "{last}");
    // 05:05 UTC: what no file has yet counts too.
    let why = output(&folder, &["explain", "HK1.Stufe", "--at", "2026-01-12 06:05"]);
    for said in ["to 3", "by Schule.Kalt (normal)", "a.rules:", "the same as today"] {
        assert!(why.contains(said), "{said}: {why}");
    }
    let svg = folder.path().join("raum.svg");
    let png = folder.path().join("raum.png");
    let [svg_file, png_file] = [&svg, &png].map(|file| file.to_str().unwrap());
    let arguments = ["history", "HK1.Raum", "--svg", svg_file, "--png", png_file];
    let text = output(&folder, &[&arguments, &period[..]].concat());
    assert!(text.contains("Schule.HK1.Raum") && text.contains('┤'), "{text}");
    assert!(text.chars().any(|letter| ('\u{2801}'..='\u{28ff}').contains(&letter)), "{text}");
    assert!(fs::read_to_string(&svg).unwrap().contains("</svg>"));
    let png = fs::read(&png).unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.ends_with(b"IEND\xaeB`\x82"));

    // Nor is it missing in what is exported: a command of this very hour, and all
    // that a later export has of the time until then.
    let beside = output(&folder, &["export"]);
    let newest = times(&beside).into_iter().max().unwrap();
    assert!(newest >= "2026-01-12T05:00:00Z".parse().unwrap(), "{newest}");
    let commands = output(&folder, &["export", "--events", "HK1.Stufe"]);
    assert!(commands.contains("Schule.HK1.Stufe,command,3"), "{commands}");
    assert!(!commands.contains("HK2"), "{commands}");

    let quarters = output(&folder, &["export", "HK1.Raum", "--quarter-hours"]);
    let full = quarters.lines().find(|row| row.starts_with("2026-01-12T04:45:00Z"));
    let full = full.unwrap_or_else(|| panic!("{quarters}"));
    assert!(full.contains(",°C,18.5,18.5,18.5,18.5,") && full.ends_with(",900"), "{full}");

    daemon.kill();
    let later = output(&folder, &["export"]);
    let missing = beside.lines().find(|row| !later.lines().any(|it| it == *row));
    assert_eq!(missing, None, "{later}");
    let until = |csv: &str| times(csv).into_iter().filter(|time| *time <= newest).count();
    assert_eq!(until(&later), until(&beside));
    let mut daemon = folder.run(&["--speed", "300", "--start", "2026-01-12 09:15"]);
    daemon.wait_for("some cycles", |status| status["cycles"].as_u64() > Some(3));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert!(folder.log().contains("are missing (the program was killed"), "{}", folder.log());

    let why = output(&folder, &["explain", "HK1.Raum", "--at", "12.01.2026 09:00"]);
    assert!(why.contains("hauswart was not running") && why.contains("by nobody"), "{why}");
    let early = folder.hauswart(&["explain", "HK1.Raum", "--at", "2026-01-11 09:00"]);
    assert_eq!(early.status.code(), Some(2));
    let words = String::from_utf8_lossy(&early.stderr);
    assert!(words.contains("there is a record from Mon 12.01.2026 05:00"), "{words}");

    let csv = output(&folder, &["export", "HK1.Raum"]);
    let rows: Vec<&str> = csv.lines().skip(1).collect();
    let gaps = rows.iter().filter(|row| row.contains(",,°C,,never_read")).count();
    assert_eq!(gaps, 2, "at the kill and at the end: {csv}");
    let events = output(&folder, &["export", "--events"]);
    let command = events.lines().find(|line| line.contains("Schule.HK1.Stufe,command"));
    let command = command.unwrap_or_else(|| panic!("{events}"));
    assert!(command.contains("normal") && command.contains("Kalt"), "{events}");
    assert!(events.contains(",rules,") && events.contains("are missing"), "{events}");
    output(&folder, &["verify"]);
    // The rule held all the time; what was not recorded is left out.
    let tested = output(&folder, &["backtest", "--format", "json"]);
    let tested: Value = serde_json::from_str(&tested).unwrap();
    let [stage] = &tested["points"].as_array().unwrap()[..] else { panic!("{tested:#}") };
    assert_eq!(stage["point"], "Schule.HK1.Stufe");
    assert_eq!((&stage["would"]["changes"], &stage["unknown"]), (&0.into(), &0.into()));
    assert!(stage["would"]["at"]["3"].as_i64() >= stage["was"]["at"]["3"].as_i64(), "{tested:#}");
    assert!(tested["unrecorded"].as_i64() > Some(3_600_000), "{tested:#}");

    // A byte is turned: it is found, and named.
    let raw =
        fs::read_dir(folder.path().join("data/history/raw")).unwrap().next().unwrap().unwrap();
    let mut bytes = fs::read(raw.path()).unwrap();
    bytes[20] ^= 1;
    fs::write(raw.path(), bytes).unwrap();
    let found = folder.hauswart(&["verify"]);
    assert_eq!(found.status.code(), Some(1));
    let words = String::from_utf8_lossy(&found.stdout);
    let name = raw.file_name().to_string_lossy().into_owned();
    assert!(words.contains(&name), "{words}");

    // It goes missing: that is said, and the others are read.
    fs::remove_file(raw.path()).unwrap();
    let rest = folder.hauswart(&["export"]);
    let words = String::from_utf8_lossy(&rest.stderr);
    assert_eq!(rest.status.code(), Some(1), "{words}");
    assert!(words.contains(&name) && words.contains("is missing"), "{words}");
    assert!(String::from_utf8_lossy(&rest.stdout).lines().count() > 1);
}
