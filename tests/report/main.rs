//! Reports against independent oracles.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod demo;
mod energy;
mod forms;
mod letters;
mod measures;
#[path = "../peers/mod.rs"]
mod peers;
mod sample;
mod savings;
mod town;
