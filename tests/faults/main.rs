//! The fault suite: what the daemon and the plant are put through, and what
//! must hold afterwards; see the README beside this file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

#[path = "../e2e/bacnet_peer.rs"]
#[allow(dead_code, reason = "each test target uses its own part")]
mod bacnet_peer;
#[path = "../e2e/daemon.rs"]
#[allow(dead_code, reason = "each test target uses its own part")]
mod daemon;
#[path = "../store/loop_disk.rs"]
#[allow(dead_code, reason = "each test target uses its own part")]
mod loop_disk;
#[path = "../e2e/modbus_peer.rs"]
#[allow(dead_code, reason = "each test target uses its own part")]
mod modbus_peer;
#[path = "../peers/mod.rs"]
mod peers;

mod cable;
mod chance;
mod clocks;
mod disks;
mod floods;
mod kills;
mod lines;
mod records;
mod soak;
mod storm;
mod town;
mod town_hall;

/// Full rounds with `tests/run --long`.
fn rounds(usual: u32, long: u32) -> u32 {
    if std::env::var_os("HAUSWART_LONG").is_some() { long } else { usual }
}
