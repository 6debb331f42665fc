//! `hauswart check` and the program's other words at the edge.

use serde_json::Value;

use super::daemon::{Folder, text};
use super::sites::{RULES, modbus_site};

/// The diagnostics that `check --format json` gives.
fn diagnostics(output: &[u8]) -> Value {
    let told: Value = serde_json::from_slice(output).unwrap();
    told["diagnostics"].clone()
}

/// Those that are errors.
fn errors(output: &[u8]) -> Value {
    let told = diagnostics(output);
    told.as_array().unwrap().iter().filter(|fault| fault["severity"] == "error").cloned().collect()
}

#[test]
fn a_sound_site_is_in_order_and_a_wrong_one_is_not() {
    let folder = Folder::new(&modbus_site(502, ""), RULES);
    let output = folder.hauswart(&["check"]);
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(words.contains("2 devices, 6 points"), "{words}");

    folder.write(
        "rules/b.rules",
        "language 1\nbuilding Schule\nrule \"B\"\n  set HK1.Sol to 19 °C\n",
    );
    let output = folder.hauswart(&["check", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let faults = errors(&output.stdout);
    assert_eq!(faults[0]["line"], 4, "{faults:#}");
    assert!(faults[0]["help"].as_str().unwrap().contains("HK1.Soll"), "{faults:#}");
    assert_eq!(faults[0]["related"], Value::Null, "{faults:#}");
    let fix = &faults[0]["fixes"][0];
    assert_eq!(fix["text"], "HK1.Soll", "{faults:#}");
    assert_eq!([&fix["line"], &fix["column"], &fix["end_column"]], [4, 7, 14], "{faults:#}");
    // With such rules nothing is started.
    assert_eq!(folder.hauswart(&["run"]).status.code(), Some(1));
}

#[test]
fn a_rule_file_in_another_encoding_says_how_to_save_it() {
    let folder = Folder::new(&modbus_site(502, ""), RULES);
    let mut text = b"language 1\n# L\xfcftung\n".to_vec();
    text.extend(b"building Schule\n");
    std::fs::write(folder.path().join("rules/latin.rules"), text).unwrap();
    let output = folder.hauswart(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("UTF-8") && words.contains("line 2"), "{words}");
}

#[test]
fn a_missing_site_file_is_one_clear_line() {
    let folder = Folder::new("", "");
    std::fs::remove_file(folder.site()).unwrap();
    let output = folder.hauswart(&["check"]);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("site.toml"), "{words}");
}

#[test]
fn a_dead_device_is_told_with_the_reason_in_the_readers_language() {
    // Nobody listens there.
    let folder = Folder::new(&modbus_site(1, ""), RULES);
    let read = |language| {
        let mut command = std::process::Command::new(super::daemon::PROGRAM);
        command.args(["read", "HK1.Raum", "--lang", language, "--site"]).arg(folder.site());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let german = read("de");
    assert!(german.contains("Schule.HK1 antwortet nicht"), "{german}");
    assert!(german.contains("nimmt niemand Verbindungen an"), "{german}");
    assert!(read("en").contains("nobody takes connections there"));
}

#[test]
fn no_daemon_is_said_and_what_to_do() {
    let folder = Folder::new(&modbus_site(502, ""), RULES);
    let output = folder.hauswart(&["status"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("hauswart run"));
}

#[test]
fn an_occupancy_that_no_rule_file_defines_is_underlined_in_the_site_file() {
    let site = modbus_site(502, "")
        .replace("usage = \"school\"", "usage = \"school\"\noccupancy = \"Nutzng\"");
    let rules = format!("{RULES}schedule Nutzung\n  Mo-Fr 07:00-17:00\n");
    let folder = Folder::new(&site, &rules);
    let output = folder.hauswart(&["check", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let faults = diagnostics(&output.stdout);
    let fault = faults.as_array().unwrap().iter().find(|fault| fault["severity"] == "error");
    let fault = fault.unwrap_or_else(|| panic!("{faults:#}"));
    assert!(fault["file"].as_str().unwrap().ends_with("site.toml"), "{fault:#}");
    assert!(fault["help"].as_str().unwrap().contains("Nutzung"), "{fault:#}");
}

#[test]
fn a_schedule_of_who_is_on_call_must_be_one_of_the_rules() {
    let alarms = |on_call: &str| {
        format!(
            "[alarms]\n[[alarms.recipient]]\nwebhook = \"http://localhost/\"\non_call = \"{on_call}\""
        )
    };
    let rules = format!("{RULES}schedule Nutzung\n  Mo-Fr 07:00-17:00\n");
    for (on_call, code) in [("Nutzung", 0), ("Schule.Nutzung", 0), ("Nutzng", 1), ("Absenkung", 1)]
    {
        let folder = Folder::new(&modbus_site(502, &alarms(on_call)), &rules);
        let output = folder.hauswart(&["check", "--format", "json"]);
        let faults = diagnostics(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{on_call}: {faults:#}");
        let unused = faults.as_array().unwrap().iter().any(|fault| fault["code"] == "unused");
        assert_eq!(unused, code == 1, "{on_call}: {faults:#}");
    }
}

#[test]
fn more_than_twenty_different_mistakes_are_told_in_one_run_each_once() {
    let site = include_str!("../../rules/demo/site.toml");
    let site = site.replace("rules = \".\"", "rules = \"rules\"");
    let folder = Folder::new(&site, include_str!("twenty.rules"));
    let output = folder.hauswart(&["check", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let faults = diagnostics(&output.stdout);
    let found: Vec<(u64, &str)> = faults
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["line"].as_u64().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            (7, "unknown-day"),
            (10, "no-such-date"),
            (13, "no-such-time"),
            (13, "no-such-time"),
            (17, "curve-order"),
            (19, "mixed-group"),
            (21, "circular"),
            (23, "units"),
            (26, "unknown-name"),
            (27, "out-of-limits"),
            (30, "read-only"),
            (33, "missing-unit"),
            (34, "never-changes"),
            (35, "unknown-state"),
            (38, "decimal-comma"),
            (39, "overlap"),
            (40, "when-twice"),
            (40, "and-with-or"),
            (43, "equal-sign"),
            (46, "unknown-level"),
            (49, "duplicate"),
            (50, "unknown-keyword"),
        ]
    );
    // For people: the same, with a summary.
    let output = folder.hauswart(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(words.contains("22 errors"), "{words}");
}

#[test]
fn each_commanded_point_says_what_becomes_of_it_if_the_pc_fails_and_how_long_it_lasts() {
    let stays = "stays = { by = \"K. Meier\", on = \"2026-10-01\", why = \"Hausmeister\" }";
    let site = modbus_site(502, "").replacen(
        "release = \"restore\"",
        &format!("release = \"restore\"\nendures = 10000\nfloor = \"6 °C\"\n{stays}"),
        1,
    );
    let site = site.replacen("{ value = \"1\" }", "{ value = \"1\" }\nfalls_back = \"60 s\"", 1);
    let rules = "language 1
building Schule
schedule Nutzung
  daily  06:00-22:00
rule \"Raum\"
  when Nutzung  set HK1.Soll to 20 °C
  else          set HK1.Soll to 16 °C
rule \"Stufe\"
  set HK1.Stufe to 3
";
    let folder = Folder::new(&site, rules);
    let output = folder.hauswart(&["check"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let warned = text(&output.stderr);
    assert!(warned.contains("warning[wears-out]") && warned.contains("13.6 years"), "{warned}");
    let told = text(&output.stdout);
    let line = |name: &str| told.lines().find(|line| line.starts_with(name)).unwrap();
    assert_eq!(
        line("Schule.HK1.Soll").split_whitespace().collect::<Vec<_>>().join(" "),
        "Schule.HK1.Soll 1 rule stays; accepted by K. Meier on 2026-10-01: Hausmeister 6 °C"
    );
    assert!(line("Schule.HK1.Stufe").contains("1 rule        falls back by itself after 1 min"));
    assert!(line("Schule.HK2.Soll").contains("by hand only  stays as it is"), "{told}");
    assert!(told.contains("can still set it otherwise"), "{told}");
    let worn = "Schule.HK1.Soll            10000             730  13 years  by schedules;";
    assert!(told.contains(worn), "{told}");

    let output = folder.hauswart(&["check", "--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let soll = &told["commanded"][0];
    assert_eq!(soll["if_pc_fails"]["accepted"]["by"], "K. Meier", "{told:#}");
    assert_eq!(told["commanded"][1]["if_pc_fails"]["falls_back"]["after_s"], 60);
    assert_eq!(told["commanded"][2]["if_pc_fails"], "stays");
    assert_eq!(soll["wear"]["a_year"], 730.0);
}

/// What the report needs is missed when the site is checked, not in January.
#[test]
fn a_file_of_the_report_that_is_missing_is_warned_of() {
    let weather = "[weather]\ndwd = [\"wetter/produkt_klima_tag.txt\"]\n";
    let folder = Folder::new(&modbus_site(502, weather), RULES);
    let output = folder.hauswart(&["check"]);
    let warned = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "the building runs without: {warned}");
    assert!(warned.contains("warning: there will be no energy report: "), "{warned}");
    assert!(warned.contains("produkt_klima_tag.txt"), "{warned}");
    let summary = text(&output.stdout);
    let output = folder.hauswart(&["check", "--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let others = told["diagnostics"].as_array().unwrap().len();
    assert!(summary.contains(&format!(": {} warnings", others + 1)), "{summary}");
    assert!(told["report"].as_str().unwrap().contains("produkt_klima_tag.txt"), "{told:#}");
}
