//! `hauswart test`: which files, which site, exit codes, JSON.

use super::daemon::Folder;
use super::sites::{RULES, modbus_site};

const TESTED: &str = "language 1
building Schule
schedule Nutzung
  Mo-Fr  07:00-17:00
rule \"Soll\"
  when Nutzung   set HK1.Soll to 21 °C
  else           set HK1.Soll to 17 °C
test \"Montag\"
  start 02.03.2026 06:00
  expect HK1.Soll = 17 °C
  at 07:00  expect HK1.Soll = 21 °C because \"Soll\"
";

fn words(output: &std::process::Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

#[test]
fn passed_failed_and_broken_have_their_exit_codes() {
    let folder = Folder::new(&modbus_site(502, ""), RULES);
    let output = folder.hauswart(&["test"]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));

    // Outside of the rules folder a file is a set of its own.
    folder.write("soll.rules", TESTED);
    let file = folder.path().join("soll.rules").display().to_string();
    let output = folder.hauswart(&["test", &file]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert!(words(&output).contains("✓ Schule.Montag"), "{}", words(&output));
    assert!(words(&output).contains("1 passed"), "{}", words(&output));

    folder.write("soll.rules", &TESTED.replace("at 07:00", "at 06:59"));
    let output = folder.hauswart(&["test", &file]);
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains("0 passed, 1 failed"), "{}", words(&output));
    let output = folder.hauswart(&["test", &file, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["failed"], 1, "{told:#}");
    let failure = &told["tests"][0]["failures"][0];
    assert_eq!(failure["line"], 11, "{told:#}");
    assert_eq!(failure["found"]["commanded"]["shown"], "17 °C", "{told:#}");

    folder.write("soll.rules", &TESTED.replace("HK1.Soll = 17", "HK1.Sol = 17"));
    let output = folder.hauswart(&["test", &file]);
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains("unknown-name"), "{}", words(&output));

    let output = folder.hauswart(&["test", "nirgends/nichts.rules"]);
    assert_eq!(output.status.code(), Some(2), "{}", words(&output));
}

#[test]
fn a_file_of_the_site_is_tested_with_all_its_rules() {
    let folder = Folder::new(&modbus_site(502, ""), RULES);
    folder.write(
        "rules/zeit.rules",
        "language 1\nbuilding Schule\nschedule Abend\n  daily 18:00-22:00\n",
    );
    folder.write(
        "rules/test.rules",
        "language 1\nbuilding Schule\nrule \"A\" when Abend alarm notice \"Abend\"\n\
         test \"Abend\" start 02.03.2026 19:00 expect alarm \"Abend\"\n",
    );
    let file = folder.path().join("rules/test.rules").display().to_string();
    let output = folder.hauswart(&["test", &file]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert!(words(&output).contains("1 passed"), "{}", words(&output));
}
