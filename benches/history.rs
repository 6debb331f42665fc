//! The history (issue: "History", must show 2): ingest with durability, bytes a
//! sample written and at rest, one point over a month, meters over a year from
//! quarter hours, opening, memory; and SQLite on the same samples in the same run.
//! `cargo bench --bench history`.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

#[path = "common/mix.rs"]
mod mix;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use hauswart::history::{
    Archive, FileKind, HOUR_MS, Meaning, Meanings, Name, OpenHours, Query, Rollup, Sample, Series,
    Shelf, Span,
};
use hauswart::model::Quality;

use mix::Mix;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const POINTS: usize = 2000;
const STEP_MS: i64 = 10_000;
/// Samples that become durable together: half a minute of them.
const FLUSH_MS: i64 = 30_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// 2026-01-01.
const BEGIN: i64 = 1_767_225_600_000;

fn main() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let folder = tempfile::tempdir_in(std::env::var("TMPDIR").unwrap_or("/tmp".into())).unwrap();
    let hours: i64 = std::env::var("HOURS").ok().and_then(|it| it.parse().ok()).unwrap_or(24);
    let rate = ingest(&folder.path().join("ingest"), hours);
    sqlite(folder.path(), rate);
    let [by_month, by_year] = ["month", "year"].map(|name| folder.path().join(name));
    let ours = [month(&by_month), year(&by_year)];
    duckdb(&by_month, &by_year, ours);
}

fn good(at_ms: i64, value: f64) -> Sample {
    Sample { at_ms, value: Some(value), quality: Quality::Good }
}

fn ingest(data: &Path, hours: i64) -> f64 {
    let folder = data.join("history");
    let mut open = OpenHours::open(&folder).unwrap().hours;
    let (mut archive, _) = Archive::open(&folder).unwrap();
    let mut mixes: Vec<Mix> = (0..POINTS).map(Mix::new).collect();
    let series: Vec<Series> =
        mixes.iter().map(|mix| Series { name: mix.name(), meaning: mix.meaning() }).collect();
    let (written, mut slowest) = (written(), Duration::ZERO);
    let (mut count, mut making, mut sealing) = (0_u64, Duration::ZERO, Duration::ZERO);
    let start = Instant::now();
    let mut at_ms = BEGIN;
    while at_ms < BEGIN + hours * HOUR_MS {
        let made = Instant::now();
        let mut samples = Vec::with_capacity(POINTS * 3);
        for step in 0..FLUSH_MS / STEP_MS {
            for (place, mix) in (0_u32..).zip(&mut mixes) {
                let at_ms = at_ms + step * STEP_MS + i64::from(place % 10) * 1000;
                samples.push((place, good(at_ms, mix.value())));
            }
        }
        making += made.elapsed();
        at_ms += FLUSH_MS;
        let flush = Instant::now();
        open.append(&series, &samples, &[], at_ms, false).unwrap();
        slowest = slowest.max(flush.elapsed());
        count += samples.len() as u64;
        if at_ms % HOUR_MS == 0 {
            let seal = Instant::now();
            let hour = open.hour(at_ms / HOUR_MS - 1);
            archive.seal(&hour, open.series()).unwrap();
            open.forget(&hour).unwrap();
            archive.merge(at_ms, &BTreeSet::new()).unwrap();
            sealing += seal.elapsed();
        }
    }
    let took = start.elapsed() - making;
    let rate = count as f64 / took.as_secs_f64();
    println!(
        "ingest, durable every 30 s:  {rate:>12.0} samples/s, {:.0} x 2,000 points at 10 s",
        rate / 200.0
    );
    println!(
        "  of that sealing, merging:  {:>12.1} s of {:.1} s",
        sealing.as_secs_f64(),
        took.as_secs_f64()
    );
    println!("  slowest batch:             {:>12.1} ms", slowest.as_secs_f64() * 1e3);
    println!("  most memory:               {:>12.1} MiB", peak_mib());
    let files = &archive.catalogue().files;
    let bytes =
        |kind| files.iter().filter(|it| it.facts.kind == kind).map(|it| it.bytes).sum::<u64>();
    let each = |bytes: u64| bytes as f64 / count as f64;
    println!("  at rest:                   {:>12.3} bytes a sample", each(bytes(FileKind::Raw)));
    println!("  quarter hours beside it:   {:>12.3} bytes a sample", each(bytes(FileKind::Rollup)));
    println!(
        "  written to the device:     {:>12.3} bytes a sample",
        each(self::written() - written)
    );
    drop((open, archive));
    let start = Instant::now();
    let open = OpenHours::open(&folder).unwrap().hours;
    Archive::open(&folder).unwrap();
    Shelf::open_with(&folder, &open).unwrap();
    println!("open hours, archive, shelf:  {:>12.1} ms", start.elapsed().as_secs_f64() * 1e3);
    rate
}

/// A hundred points at 10 s over 30 days; one of them is read. In ms.
fn month(data: &Path) -> f64 {
    let folder = data.to_owned();
    fs::create_dir_all(&folder).unwrap();
    let (mut archive, _) = Archive::open(&folder).unwrap();
    let mut mixes: Vec<Mix> = (0..100).map(Mix::new).collect();
    let meanings: Meanings = mixes.iter().map(|mix| (mix.name(), mix.meaning())).collect();
    for day in 0..30 {
        let from_ms = BEGIN + day * DAY_MS;
        let mut runs: Vec<(Name, Vec<Sample>)> = mixes
            .iter_mut()
            .map(|mix| {
                let name = mix.name();
                let samples = (0..8640).map(|step| good(from_ms + step * STEP_MS, mix.value()));
                (name, samples.collect())
            })
            .collect();
        runs.sort_by(|a, b| a.0.cmp(&b.0));
        let span = Span { from_ms, until_ms: from_ms + HOUR_MS * 24 };
        archive.take_in(span, &runs, &meanings).unwrap();
    }
    let span = Span { from_ms: BEGIN, until_ms: BEGIN + 30 * DAY_MS };
    let took = best(|| {
        let samples = Shelf::open(&folder).unwrap().samples(&mixes[0].name(), span);
        assert_eq!(samples.len(), 30 * 8640);
    });
    println!("one point over a month:      {took:>12.1} ms, {} samples", 30 * 8640);
    took
}

/// The best of three, in ms: other work on the machine is not ours.
fn best(mut doing: impl FnMut()) -> f64 {
    let times = (0..3).map(|_| {
        let start = Instant::now();
        doing();
        start.elapsed().as_secs_f64() * 1e3
    });
    times.fold(f64::INFINITY, f64::min)
}

/// Two hundred meters over a year, from quarter hours. In ms.
fn year(data: &Path) -> f64 {
    let folder = data.to_owned();
    fs::create_dir_all(&folder).unwrap();
    let (mut archive, _) = Archive::open(&folder).unwrap();
    let name = |place: usize| Name::from(format!("Haus{:02}.Zähler.{place:03}", place / 10));
    let joule = Meaning::Unit("J".into());
    let meanings: Meanings = (0..200).map(|place| (name(place), joule.clone())).collect();
    for day in 0..365 {
        let from_ms = BEGIN + day * DAY_MS;
        let value = |place: usize, step: i64| (day * 97 + step) as f64 * 3.6e5 * (1 + place) as f64;
        let runs: Vec<(Name, Vec<Sample>)> = (0..200)
            .map(|place| {
                let samples =
                    (0..96).map(|step| good(from_ms + step * 900_000, value(place, step)));
                (name(place), samples.collect())
            })
            .collect();
        // A little less than a day: so it is merged, and gets its quarter hours.
        let span = Span { from_ms, until_ms: from_ms + DAY_MS - 1 };
        archive.take_in(span, &runs, &meanings).unwrap();
    }
    archive.merge(BEGIN + 400 * DAY_MS, &BTreeSet::new()).unwrap();
    let points: BTreeSet<Name> = (0..200).map(name).collect();
    let span = Span { from_ms: BEGIN, until_ms: BEGIN + 365 * DAY_MS };
    let query = Query { points: Some(&points), span, columns: Some(&["energy"]) };
    let took = best(|| {
        let (mut quarters, mut energy) = (0, 0.0);
        let mut shelf = Shelf::open(&folder).unwrap();
        let read = shelf.read(&query, |_, rows: &[Rollup]| {
            quarters += rows.len();
            energy += rows.iter().filter_map(|row| row.energy).sum::<f64>();
            Ok::<_, ()>(())
        });
        read.unwrap();
        assert_eq!(quarters, 200 * 96 * 365);
        assert!(energy > 0.0);
    });
    println!("200 meters over a year:      {took:>12.1} ms, {} quarter hours", 200 * 96 * 365);
    took
}

/// The same questions to DuckDB, which reads our files as they lie.
fn duckdb(by_month: &Path, by_year: &Path, ours: [f64; 2]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(root.join("target/peers/bin/python"))
        .arg(root.join("benches/common/history_duckdb.py"))
        .args([by_month.as_os_str(), Mix::new(0).name().as_ref().as_ref(), by_year.as_os_str()])
        .output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        println!("DuckDB: not here; tests/run sets it up");
        return;
    };
    for (line, ours) in String::from_utf8_lossy(&output.stdout).lines().zip(ours) {
        let Some((asked, theirs)) = line.split_once(' ') else { continue };
        let theirs: f64 = theirs.parse().unwrap();
        println!("DuckDB, one thread, {asked:<6}   {theirs:>12.1} ms ({:.2} x)", theirs / ours);
    }
}

/// The same mix into SQLite, by Python's own module.
fn sqlite(folder: &Path, rate: f64) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/common/history_sqlite.py");
    let output = Command::new("python3").arg(script).arg(folder).output();
    match output {
        Ok(output) if output.status.success() => {
            for line in String::from_utf8_lossy(&output.stdout).lines() {
                let mut words = line.split_whitespace();
                let (Some(schema), Some(theirs), Some(bytes)) =
                    (words.next(), words.next(), words.next())
                else {
                    continue;
                };
                let theirs: f64 = theirs.parse().unwrap();
                println!(
                    "SQLite, {schema:<18}   {theirs:>12.0} samples/s ({:.1} x), {bytes} bytes a sample",
                    rate / theirs
                );
            }
        }
        _ => println!("SQLite: no python3 here"),
    }
}

fn proc_number(file: &str, word: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(word)).unwrap_or("0");
    line.split_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0)
}

fn written() -> u64 {
    proc_number("/proc/self/io", "write_bytes:")
}

fn peak_mib() -> f64 {
    proc_number("/proc/self/status", "VmHWM:") as f64 / 1024.0
}
