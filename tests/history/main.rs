//! The history's contract (STACK, "History in Parquet"): what was kept comes back,
//! whatever is done to the process, the disk or the files, and whoever reads them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod analysts;
mod backtest;
mod bringing;
mod damage;
mod kills;
#[allow(dead_code, reason = "each test target uses its own part")]
#[path = "../store/loop_disk.rs"]
mod loop_disk;
mod meters;
mod model;
mod open;
#[path = "../peers/mod.rs"]
mod peers;
mod recorder;
mod rig;
mod year;

/// Full rounds with `tests/run --long`.
pub fn rounds(usual: u32, long: u32) -> u32 {
    if std::env::var_os("HAUSWART_LONG").is_some() { long } else { usual }
}
