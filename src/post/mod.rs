//! Messages that leave the building: mail, and requests to web addresses. Each
//! send stands for itself, over a connection of its own, and ends within
//! [`PATIENCE`]; trying again is its caller's matter. Knows nothing of what the
//! messages are about. Called by the engine's tasks, never by its loop.

mod fault;
pub mod mail;
mod secret;
pub mod web;

use std::time::Duration;

pub use fault::PostError;

/// Real time that one send may take, whatever the clock.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The other side's words, short enough for a line: it may say anything.
fn line(words: &str) -> String {
    const LONGEST: usize = 200;
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
}
