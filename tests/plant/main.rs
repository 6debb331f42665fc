//! The simulated building as its clients meet it: through sockets, by programs
//! that are not ours, with its faults, and over a week on the lock-step clock.

#[path = "../peers/mod.rs"]
mod peers;

mod modbus;
mod week;
