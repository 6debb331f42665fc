//! The saving that our baseline finds against the daily model of `eemeter`
//! (OpenEEmeter, an independent implementation of CalTRACK), which runs here on the
//! sample data that comes with it: `tests/peers/savings.py` writes the days of each
//! building before and after, and what eemeter says of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hauswart::report::baseline::{Baseline, Day};

/// Within 2 percentage points.
const POINTS: f64 = 0.02;

struct Building {
    before: Vec<Day>,
    after: Vec<Day>,
    /// By eemeter.
    saved: f64,
}

fn building(path: &Path) -> Building {
    let text = fs::read_to_string(path).unwrap();
    let saved = text.lines().next().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    let mut building = Building { before: Vec::new(), after: Vec::new(), saved };
    for line in text.lines().skip(2) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |place: usize| cells[place].parse::<f64>().unwrap();
        let day = Day { mean_c: number(1), occupied: number(2) == 1.0, kwh: number(3) };
        match cells[0] {
            "base" => building.before.push(day),
            _ => building.after.push(day),
        }
    }
    building
}

/// The Python of eemeter's own environment: it needs older libraries than the peers.
fn eemeter() -> PathBuf {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/eemeter/bin/python");
    assert!(python.exists(), "{} is missing: run tests/run", python.display());
    python
}

#[test]
fn savings_are_those_of_eemeter() {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/savings.py");
    let ran = Command::new(eemeter()).arg(script).arg(folder.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut seen = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let building = building(&path);
        let baseline = Baseline::fit(&building.before);
        let baseline = baseline.unwrap_or_else(|why| panic!("{}: {why:?}", path.display()));
        let saving = baseline.saving(&building.after);
        let (ours, theirs) = (saving.share().unwrap(), building.saved);
        assert!(
            (ours - theirs).abs() < POINTS,
            "{}: {ours:.4}, eemeter {theirs:.4}; {baseline:?}",
            path.display()
        );
        seen += 1;
    }
    assert_eq!(seen, 3);
}
