//! A year in minutes, and looking back on it: here some days of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::daemon::PROGRAM;

/// A folder with a simulated history of 11 days from 13 January 2025.
pub struct Past {
    folder: tempfile::TempDir,
}

impl Past {
    pub fn new() -> Self {
        let past = Self { folder: tempfile::tempdir().unwrap() };
        let house = past.house();
        let arguments = ["demo", "--years", "0.03", "--start", "2025-01-13", "--data"];
        let output = Command::new(PROGRAM).args(arguments).arg(&house).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        past
    }

    pub fn house(&self) -> PathBuf {
        self.folder.path().join("haus")
    }

    pub fn hauswart(&self, arguments: &[&str]) -> Output {
        let site = self.house().join("site.toml");
        let program = &mut Command::new(PROGRAM);
        program.args(arguments).arg("--site").arg(site).args(["--lang", "en"]).output().unwrap()
    }

    pub fn told(&self, arguments: &[&str]) -> String {
        let output = self.hauswart(arguments);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {words}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn is_empty(folder: &Path) -> bool {
    folder.read_dir().unwrap().next().is_none()
}

#[test]
fn the_simulated_history_opens_in_the_usual_commands() {
    let past = Past::new();
    let whole = past.told(&["verify"]);
    assert!(whole.contains("files are whole"), "{whole}");
    let period = ["--from", "2025-01-14", "--to", "2025-01-15"];
    let room = past.told(&[&["history", "HK1.Raum", "--format", "json"], &period[..]].concat());
    let room: Value = serde_json::from_str(&room).unwrap();
    assert!(room["samples"].as_array().unwrap().len() > 96, "{room}");
    let gas = past.told(&[&["export", "Gas.Volumen"], &period[..]].concat());
    assert!(gas.lines().count() > 96, "{gas}");
    assert!(is_empty(&past.house().join("data/history/new")));

    let why = past.told(&["explain", "HK1.Raum_Soll", "--at", "14.01.2025 06:30"]);
    for said in [
        "Tue 14.01.2025 06:30",
        "to 21 °C since 0",
        "(normal)",
        "the same as today",
        "Computed anew",
        "✓ Nutzung starts within Vorlauf_Buero",
    ] {
        assert!(why.contains(said), "{said}: {why}");
    }
    let lead = past.told(&["explain", "Vorlauf_Buero", "--at", "14.01.2025 06:30"]);
    assert!(lead.contains("Rathaus.Vorlauf_Buero: ") && lead.contains("HK1.Raum   "), "{lead}");

    // Other rules since: what is recorded is told still, and nothing computed.
    let rules = past.house().join("rathaus.rules");
    let text = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, text.replace("to 16 °C", "to 15 °C")).unwrap();
    let why = past.told(&["explain", "HK1.Raum_Soll", "--at", "14.01.2025 06:30"]);
    assert!(why.contains("others than today") && !why.contains("Computed anew"), "{why}");
    assert!(why.contains("to 21 °C since 0"), "{why}");

    // It never writes into a folder that is in use.
    let again = Command::new(PROGRAM)
        .args(["demo", "--years", "1", "--data"])
        .arg(past.house())
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("--data"), "{again:?}");
}

#[test]
fn a_backtest_says_where_other_rules_would_have_commanded_otherwise() {
    let past = Past::new();
    let same = past.told(&["backtest"]);
    assert!(same.contains("does not answer back"), "{same}");
    assert!(same.contains("the same at every moment"), "{same}");

    let rules = std::fs::read_to_string(past.house().join("rathaus.rules")).unwrap();
    let draft = past.house().join("entwurf.rules.txt");
    let colder = rules.replace("set HK1.Raum_Soll to 16 °C", "set HK1.Raum_Soll to 15 °C");
    std::fs::write(&draft, colder).unwrap();
    let draft = draft.to_str().unwrap();
    let other = past.told(&["backtest", "--rules", draft, "--to", "2025-01-20"]);
    assert!(other.contains("15 °C Rathaus.Raumsollwert Büros ("), "{other}");
    assert!(other.contains("instead of 16 °C Rathaus.Raumsollwert Büros"), "{other}");
    let json = past.told(&["backtest", "--rules", draft, "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let office = json["points"].as_array().unwrap().iter();
    let office = office.filter(|point| point["differs"].as_i64() > Some(0)).collect::<Vec<_>>();
    assert_eq!(office.len(), 1, "{json:#}");
    assert_eq!(office[0]["point"], "Rathaus.HK1.Raum_Soll");
    assert_eq!(office[0]["would"]["at"]["15 °C"], office[0]["was"]["at"]["16 °C"]);

    std::fs::write(draft, rules.replace("16 °C", "16")).unwrap();
    let wrong = past.hauswart(&["backtest", "--rules", draft]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("missing-unit"), "{wrong:?}");
    let early = past.hauswart(&["backtest", "--from", "2024-01-01", "--to", "2024-02-01"]);
    assert_eq!(early.status.code(), Some(2), "{early:?}");
}
