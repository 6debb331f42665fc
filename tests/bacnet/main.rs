//! The BACnet driver against devices served by bacpypes3, and against peers
//! written here to be late, foreign, garbled, absurd or silent.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../peers/mod.rs"]
mod peers;

mod changes;
mod commands;
mod devices;
mod hostile;
mod networks;
mod own;
mod rig;
mod stamps;
