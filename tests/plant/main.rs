//! The simulated building as its clients meet it: through sockets, by programs
//! that are not ours, with its faults, and over a week on the lock-step clock.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../peers/mod.rs"]
mod peers;

mod bacnet;
mod modbus;
mod week;
