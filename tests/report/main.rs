//! Reports against independent oracles.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../store/loop_disk.rs"]
#[allow(dead_code, reason = "each test target uses its own part")]
mod loop_disk;
#[path = "../peers/mod.rs"]
mod peers;
#[path = "../e2e/post_peer.rs"]
#[allow(dead_code, reason = "each test target uses its own part")]
mod post_peer;

mod demo;
mod energy;
mod forms;
mod jobs;
mod jobs_disk;
mod letters;
mod measures;
mod sample;
mod savings;
mod town;
