//! The energy report of a town (issue: "The energy report", must show 3): a year of 40
//! buildings with 10 meters each, in all forms, by the real program: time and most
//! memory, and of each form its share. `cargo bench --bench report`.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/report/town.rs"]
mod town;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const BUILDINGS: usize = 40;
const FORMS: [&str; 5] = ["html", "pdf", "xlsx", "csv", "json"];

fn main() {
    let folder = tempfile::tempdir_in(std::env::var("TMPDIR").unwrap_or("/tmp".into())).unwrap();
    let path = folder.path().join("site.toml");
    fs::write(&path, town::text(BUILDINGS, &more())).unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    let all = town::span("2024-12-31T00:00:00Z", "2026-01-01T00:00:00Z");
    let history = folder.path().join("data/history");
    let start = Instant::now();
    town::write(&history, BUILDINGS, all, &town::usual, &town::all, &mut town::no_events);
    println!("a year of {BUILDINGS} buildings with 10 meters written in {:.0?}", start.elapsed());
    let files: Vec<String> = FORMS.iter().map(|form| format!("r.{form}")).collect();
    let (all, most) = run(folder.path(), &files);
    println!(
        "all forms: {:.2} s, most memory {most:.0} MiB (goal 10 s, 150 MiB)",
        all.as_secs_f64()
    );
    for file in &files {
        let (alone, most) = run(folder.path(), std::slice::from_ref(file));
        let bytes = fs::metadata(folder.path().join(file)).unwrap().len();
        println!(
            "{file:7} alone: {:.2} of all forms together, most memory {most:.0} MiB, {} KiB",
            alone.as_secs_f64() / all.as_secs_f64(),
            bytes / 1024
        );
    }
}

/// Weather and prices, so that all parts of the report are there.
fn more() -> String {
    "[weather]\nsensor = \"Haus00.Z0.Aussen\"\ntoo_warm = \"0 K\"\n\
     norm = { station = \"Haus00.Z0.Aussen\", degree_days = 4000, source = \"-\" }\n\
     [[tariff]]\nname = \"Strom\"\ncarrier = \"electricity\"\n[[tariff.price]]\nfrom = \"2024-01-01\"\nwork = \"30 ct/kWh\"\nbase = \"200 €/a\"\ndemand = \"90 €/kW\"\n\
     [[tariff]]\nname = \"Gas\"\ncarrier = \"natural-gas\"\n[[tariff.price]]\nfrom = \"2024-01-01\"\nwork = \"10 ct/kWh\"\n"
        .to_owned()
}

/// The program's time and the most memory that it held, MiB.
fn run(folder: &Path, files: &[String]) -> (Duration, f64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hauswart"));
    command.current_dir(folder).args(["report", "--period", "2025", "--years", "1"]);
    for file in files {
        command.args(["-o", file]);
    }
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0.0_f64;
    let outcome = loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<f64>().ok());
        most = most.max(kib.unwrap_or(0.0) / 1024.0);
        if let Some(outcome) = child.try_wait().unwrap() {
            break outcome;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(outcome.success(), "{outcome}");
    (start.elapsed(), most)
}
