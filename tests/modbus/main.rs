//! The Modbus driver against devices served by pymodbus, and against servers
//! written here to be late, short, shifted, absurd or silent.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../peers/mod.rs"]
mod peers;

mod devices;
mod faults;
mod golden;
mod guard;
mod hostile;
mod lines;
mod rig;
