//! A process that writes batch after batch and says which are acknowledged: this
//! test binary itself, started again. And what must be there afterwards.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use hauswart::store::{Batch, LARGEST_VALUE, Store, open};

const FOLDER: &str = "HAUSWART_TEST_STORE";
const FROM: &str = "HAUSWART_TEST_FROM";
/// Entries that one batch writes together.
const WIDTH: u64 = 5;
/// So many batches are kept, older ones removed.
const KEPT: u64 = 20;

/// The writing process.
pub struct Writer {
    child: Child,
    acknowledged: BufReader<ChildStdout>,
    pub last: u64,
    said: Vec<String>,
}

impl Writer {
    /// Starts to write batches `from`, `from + 1`, … into `data`.
    pub fn start(data: &Path, from: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child::write_until_killed", "--exact", "--nocapture", "--ignored"])
            .env(FOLDER, data)
            .env(FROM, from.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let acknowledged = BufReader::new(child.stdout.take().unwrap());
        Self { child, acknowledged, last: from - 1, said: Vec::new() }
    }

    /// Waits until `count` more batches are acknowledged.
    pub fn wait_for(&mut self, count: u64) {
        let until = self.last + count;
        while self.last < until {
            assert!(self.read_line(), "the writer ended by itself after batch {}", self.last);
        }
    }

    /// `kill -9`; the last batch that it had acknowledged.
    pub fn kill(mut self) -> u64 {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        while self.read_line() {}
        self.last
    }

    /// Waits for the end of a process that cannot write any more; the lines
    /// after the last acknowledged batch.
    pub fn failed(mut self) -> (u64, Vec<String>) {
        while self.read_line() {}
        (self.last, std::mem::take(&mut self.said))
    }

    fn read_line(&mut self) -> bool {
        let mut line = String::new();
        if self.acknowledged.read_line(&mut line).unwrap() == 0 {
            return false;
        }
        // The last line may be cut off by the kill: only whole ones count.
        let number = line.strip_prefix("acknowledged ").and_then(|n| n.strip_suffix('\n'));
        match number {
            Some(number) => self.last = number.parse().unwrap(),
            None => self.said.push(line.trim().to_owned()),
        }
        true
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn key(batch: u64, place: u64) -> String {
    format!("batch/{batch:010}/{place}")
}

/// Short ones and such of the largest length.
fn value(batch: u64, place: u64) -> Vec<u8> {
    let text = format!("{batch:010} {place} ");
    let times = if place < 2 { (LARGEST_VALUE - 1) / text.len() } else { 20 };
    text.repeat(times).into_bytes()
}

/// Run as a process of its own only.
#[test]
#[ignore = "the writing half of other tests"]
fn write_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let from: u64 = std::env::var(FROM).unwrap().parse().unwrap();
    let opened = open(&folder, super::STAMP).unwrap();
    let mut out = std::io::stdout();
    // The harness's own line is not ended yet.
    writeln!(out).unwrap();
    for batch in from.. {
        let mut changes = Batch::new();
        for place in 0..WIDTH {
            changes.put(key(batch, place), value(batch, place));
        }
        // Hot keys too: what is overwritten all the time.
        changes.put("last", batch.to_string());
        if batch > KEPT {
            (0..WIDTH).for_each(|place| changes.remove(key(batch - KEPT, place)));
        }
        if let Err(error) = opened.store.apply(&changes) {
            writeln!(out, "failed: {error}").unwrap();
            drop(opened);
            writeln!(out, "closed").unwrap();
            return;
        }
        writeln!(out, "acknowledged {batch}").unwrap();
        out.flush().unwrap();
    }
}

/// All batches up to `last` are there and whole; a later one is whole or not
/// there at all. Returns the last one that is there.
pub fn check(store: &dyn Store, last: u64) -> u64 {
    let there: u64 =
        store.get(b"last").unwrap().map_or(0, |n| String::from_utf8(n).unwrap().parse().unwrap());
    assert!(there >= last, "batch {last} was acknowledged, {there} is the last one there");
    for batch in 1..=there + 3 {
        let removed = batch + KEPT <= there;
        for place in 0..WIDTH {
            let found = store.get(key(batch, place).as_bytes()).unwrap();
            let wanted = (batch <= there && !removed).then(|| value(batch, place));
            assert_eq!(found, wanted, "batch {batch}, entry {place} of {there}");
        }
    }
    there
}
