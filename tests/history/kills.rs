//! `kill -9` and power cuts while hours are written, sealed and merged: what was
//! acknowledged is there, once, and whole.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use hauswart::history::{HOUR_MS, Query, Sample, Shelf};

use crate::loop_disk::Disk;
use crate::rig::{EVER, Rig, at, good};
use crate::rounds;

const FOLDER: &str = "HAUSWART_TEST_HISTORY";
const FROM: &str = "HAUSWART_TEST_FROM";
const POINTS: u32 = 5;
/// Between two batches: so an hour has four, and days go by quickly.
const STEP_MS: i64 = HOUR_MS / 4;

fn begin() -> i64 {
    at("2026-10-24T00:00:00Z")
}

/// The value of a batch's sample.
fn value(batch: i64, place: u32) -> f64 {
    batch as f64 * 0.1 + f64::from(place)
}

/// Run as a process of its own only.
#[test]
#[ignore = "the writing half of other tests"]
fn write_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let from: i64 = std::env::var(FROM).unwrap().parse().unwrap();
    let mut rig = Rig::new(&folder, POINTS as usize);
    let mut out = std::io::stdout();
    // The harness's own line is not ended yet.
    writeln!(out).unwrap();
    for batch in from.. {
        let at_ms = begin() + batch * STEP_MS;
        let samples: Vec<_> =
            (0..POINTS).map(|place| (place, good(at_ms, value(batch, place)))).collect();
        rig.append(&samples, at_ms);
        writeln!(out, "acknowledged {batch}").unwrap();
        out.flush().unwrap();
        if batch % 4 == 3 {
            rig.seal(at_ms + STEP_MS, true);
            rig.merge(at_ms + STEP_MS);
        }
    }
}

struct Writer {
    child: Child,
    lines: BufReader<ChildStdout>,
    last: i64,
}

impl Writer {
    fn start(data: &Path, from: i64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["kills::write_until_killed", "--exact", "--nocapture", "--ignored"])
            .env(FOLDER, data)
            .env(FROM, from.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines, last: from - 1 }
    }

    fn read_line(&mut self) -> bool {
        let mut line = String::new();
        if self.lines.read_line(&mut line).unwrap_or(0) == 0 {
            return false;
        }
        let number = line.strip_prefix("acknowledged ").and_then(|n| n.strip_suffix('\n'));
        if let Some(number) = number {
            self.last = number.parse().unwrap();
        }
        true
    }

    fn wait_for(&mut self, count: i64) {
        let until = self.last + count;
        while self.last < until {
            assert!(self.read_line(), "the writer ended by itself after batch {}", self.last);
        }
    }

    fn kill(mut self) -> i64 {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        while self.read_line() {}
        self.last
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All batches up to `last` are there, each sample once, and what is more is whole;
/// how many there are, and how many of them sealed.
fn check(data: &Path, last: i64) -> (i64, usize) {
    let rig = Rig::new(data, POINTS as usize);
    let found = rig.read();
    let there = found.len() as i64 / i64::from(POINTS);
    assert!(there > last, "batch {last} was acknowledged, {there} are there");
    for batch in 0..there {
        for place in 0..POINTS {
            let key = (rig.series[place as usize].name.clone(), begin() + batch * STEP_MS);
            let wanted = Some(value(batch, place).to_bits());
            assert_eq!(found.get(&key).map(|it| it.0), Some(wanted), "batch {batch} of {there}");
        }
    }
    assert_eq!(found.len() as i64, there * i64::from(POINTS));
    let mut sealed = 0;
    let query = Query { points: None, span: EVER, columns: None };
    let mut shelf = Shelf::open(&rig.folder()).unwrap();
    let read = shelf.read(&query, |_, rows: &[Sample]| {
        sealed += rows.len();
        Ok::<_, ()>(())
    });
    read.unwrap();
    shelf.verify(|_, outcome| outcome.unwrap());
    (there, sealed)
}

#[test]
fn every_acknowledged_sample_survives_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let (mut there, mut sealed) = (0, 0);
    for round in 0..rounds(12, 60) {
        let mut writer = Writer::start(data.path(), there);
        writer.wait_for(i64::from(5 + round * 17 % 60));
        let last = writer.kill();
        (there, sealed) = check(data.path(), last);
    }
    println!("{there} batches, {sealed} samples of them sealed");
    assert!(sealed > 100);
}

#[test]
fn every_acknowledged_sample_survives_a_power_cut() {
    let Some(mut disk) = Disk::make(256) else { return };
    let (mut there, mut sealed) = (0, 0);
    for round in 0..rounds(6, 40) {
        let mut writer = Writer::start(&disk.data(), there);
        writer.wait_for(i64::from(5 + round * 23 % 90));
        disk.cut_power();
        let last = writer.kill();
        disk.unmount().unwrap();
        disk.mount().unwrap();
        (there, sealed) = check(&disk.data(), last);
    }
    println!("{there} batches, {sealed} samples of them sealed");
    assert!(sealed > 100);
}
