//! The store's contract (STACK, "sled 0.34.7"): acknowledged means kept, whatever
//! is done to the process, the disk or the files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod child;
mod contract;
mod damage;
mod disk;
mod kills;
#[allow(dead_code, reason = "each test target uses its own part")]
mod loop_disk;

use std::path::Path;

use hauswart::store::{Opened, open};

pub const STAMP: &str = "2026-03-02T03-00-00Z";

/// Opens and expects nothing to be lost.
pub fn open_whole(data: &Path) -> Opened {
    let opened = open(data, STAMP).unwrap();
    assert_eq!(opened.notes, [], "nothing was lost");
    opened
}

/// Full rounds with `tests/run --long`.
pub fn rounds(usual: u32, long: u32) -> u32 {
    if std::env::var_os("HAUSWART_LONG").is_some() { long } else { usual }
}
