//! Independent readers: DuckDB, pandas and Polars read the sealed files as they
//! lie, and find what `hauswart export` gives out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::peers::interpreter;
use crate::rig::{at, filled};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hauswart");

/// A site whose points are those of the rig: none of its own, for the history
/// stands by itself.
fn site(folder: &Path) -> std::path::PathBuf {
    let text = r#"
format = 1

[site]
name = "Stadt"
title = "Stadt"
time_zone = "Europe/Berlin"
language = "de"
data = "data"
rules = "rules"
read_only = true

[[building]]
name = "Haus0"
"#;
    fs::create_dir_all(folder.join("rules")).unwrap();
    let path = folder.join("site.toml");
    fs::write(&path, text).unwrap();
    path
}

fn hauswart(site: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(PROGRAM).args(arguments).arg("--site").arg(site).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
    output
}

#[test]
fn duckdb_pandas_and_polars_read_the_files_as_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path());
    let data = folder.path().join("data");
    // Two days that are merged, and hours of a third that are not.
    let mut rig = filled(&data, 12, 60);
    rig.seal(at("2026-04-01T00:00:00Z"), true);
    let history = rig.folder();
    let (model, events) = (rig.model.clone(), rig.events);
    drop(rig);
    let csv = folder.path().join("all.csv");
    hauswart(&site, &["export", "--out", csv.to_str().unwrap()]);

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/history.py");
    let output = Command::new(interpreter()).arg(script).arg(&history).arg(&csv).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();

    let mut rows: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for ((point, _), (value, _)) in &model {
        let seen = rows.entry(point).or_default();
        seen.0 += 1;
        seen.1 += u64::from(value.is_some());
    }
    for tool in ["duckdb", "pandas", "polars", "export"] {
        let found = &found[tool];
        assert_eq!(found.as_object().unwrap().len(), rows.len(), "{tool}");
        for (point, (rows, known)) in &rows {
            assert_eq!(found[point][0], *rows, "{tool}: rows of {point}");
            assert_eq!(found[point][1], *known, "{tool}: known values of {point}");
        }
    }
    let export = &found["export"];
    for tool in ["duckdb", "pandas", "polars"] {
        assert_eq!(found[tool], *export, "{tool}: the same sums and times to the last bit");
    }
    for (point, sum) in found["asked"].as_object().unwrap() {
        let (asked, exact) = (sum.as_f64().unwrap(), export[point][2].as_f64().unwrap());
        assert!((asked - exact).abs() <= 1e-9 * exact.abs(), "{point}: {asked} {exact}");
    }
    assert_eq!(found["qualities"][1][0], "stale");
    assert_eq!(found["events"], events);

    // The same by way of Parquet, and the quarter hours of the days that are over.
    let parquet = folder.path().join("all.parquet");
    hauswart(&site, &["export", "--format", "parquet", "--out", parquet.to_str().unwrap()]);
    let script = "import duckdb, sys; print(duckdb.execute(f\"SELECT count(*) FROM '{sys.argv[1]}'\").fetchone()[0])";
    let output = Command::new(interpreter()).args(["-c", script]).arg(&parquet).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), model.len().to_string());
    let quarters = folder.path().join("quarters.csv");
    let lines = |more: &[&str]| {
        let out = ["export", "--quarter-hours", "--out", quarters.to_str().unwrap()];
        hauswart(&site, &[&out[..], more].concat());
        let count = fs::read_to_string(&quarters).unwrap().lines().count() as u64 - 1;
        fs::remove_file(&quarters).unwrap();
        count
    };
    // The end of the second day in UTC. Of the third no file has them yet.
    assert_eq!(found["quarter_hours"][0], lines(&["--to", "2026-03-03 01:00"]));
    assert_eq!(lines(&[]), 12 * 4 * 50);
    let verified = hauswart(&site, &["verify", "--format", "json"]);
    let verified: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(verified["faults"], serde_json::json!([]));
}
