//! The energy report as an office asks for it: on the screen, as files, of a building,
//! a figure down to its readings; and what is said where something is amiss.

use std::fs;

use serde_json::Value;

use super::year::Past;

#[test]
fn a_report_is_shown_written_and_traced() {
    let past = Past::new();
    let shown = past.told(&["report", "--period", "2025-01"]);
    for said in [
        "Energy report January 2025",
        "Rathaus am Markt used",
        "Natural gas",
        "incomplete",
        "That cost",
    ] {
        assert!(shown.contains(said), "{said}:\n{shown}");
    }
    let folder = past.house().join("berichte");
    let files =
        ["html", "pdf", "xlsx", "csv", "json"].map(|form| folder.join(format!("januar.{form}")));
    let mut arguments = vec!["report", "--period", "2025-01", "--building", "Rathaus"];
    for file in &files {
        arguments.extend(["-o", file.to_str().unwrap()]);
    }
    past.told(&arguments);
    let begins = |form: usize| fs::read(&files[form]).unwrap()[..4].to_vec();
    assert_eq!((&begins(1)[..], &begins(2)[..]), (&b"%PDF"[..], &b"PK\x03\x04"[..]));
    let html = fs::read_to_string(&files[0]).unwrap();
    assert!(html.contains("<svg") && html.contains("Rathaus am Markt"));
    let json: Value = serde_json::from_slice(&fs::read(&files[4]).unwrap()).unwrap();
    let rows = json["tables"]["consumption"]["rows"].as_array().unwrap();
    let gas = rows.iter().find(|row| row["key"] == "Rathaus/natural-gas/2025-01").unwrap();
    let kwh = gas["amount"].as_f64().unwrap();

    let traced = past.told(&[
        "report",
        "--period",
        "2025-01",
        "--trace",
        "consumption/Rathaus/natural-gas/2025-01",
    ]);
    for said in ["Meter Rathaus.Gas (Rathaus.Gas.Volumen)", "reading", "× 0.9542 × 11.2 kWh/m³"]
    {
        assert!(traced.contains(said), "{said}:\n{traced}");
    }
    let product = traced.lines().rev().find_map(|line| line.split_once("= ")).unwrap().1;
    let product: f64 = product.split(' ').next().unwrap().parse().unwrap();
    assert!((product - kwh).abs() < 1e-3 * kwh, "{product} {kwh}");

    let table =
        past.told(&["report", "--period", "2025-01", "--format", "csv", "--table", "consumption"]);
    assert!(table.lines().count() > 3 && table.contains("Rathaus"), "{table}");
}

#[test]
fn what_is_amiss_with_a_report_is_said() {
    let past = Past::new();
    let said = |arguments: &[&str]| {
        let output = past.hauswart(&[&["report"], arguments].concat());
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), words)
    };
    for (arguments, code, words) in [
        (&["--period", "Januar"][..], 2, "is no period; it is written 2026 (a year)"),
        (&["--period", "2099"], 2, "has not begun yet"),
        (
            &["--building", "Schule", "--period", "2025-01"],
            2,
            "there is no building \"Schule\"; there are Rathaus",
        ),
        (&["--period", "2025-01", "-o", "bericht.docx"], 2, "\"docx\" is no form of a report"),
        (
            &["--period", "2025-01", "--table", "kosten"],
            2,
            "there is no table \"kosten\"; there are overview",
        ),
        (
            &["--period", "2025-01", "--trace", "consumption/Rathaus/naturalgas/2025-01"],
            2,
            "Did you mean \"consumption/Rathaus/natural-gas/2025-01\"?",
        ),
        (&["--period", "2019"], 1, ""),
    ] {
        let (found, told) = said(arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {told}");
        assert!(told.contains(words), "{arguments:?}: {told}");
    }
    // A weather file that the site names and that is not there.
    let site = past.house().join("site.toml");
    let text = fs::read_to_string(&site).unwrap();
    fs::write(&site, text.replace("[weather]", "[weather]\ndwd = [\"wetter.txt\"]")).unwrap();
    let (code, told) = said(&["--period", "2025-01"]);
    assert!(code == Some(2) && told.contains("wetter.txt cannot be read"), "{told}");
}
