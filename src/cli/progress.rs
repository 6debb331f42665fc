//! How far a long command is, as a bar in one line on the terminal; where nobody looks,
//! nothing.

use std::io::{self, IsTerminal};

/// Columns of the bar.
const WIDTH: u64 = 30;

/// See the module.
#[derive(Debug)]
pub struct Progress {
    total: u64,
    /// In percent; `None`: nobody looks.
    shown: Option<u64>,
}

impl Progress {
    /// Of so much in all: bytes, milliseconds, lines.
    pub fn new(total: u64) -> Self {
        let progress = Self { total: total.max(1), shown: io::stderr().is_terminal().then_some(0) };
        if progress.shown.is_some() {
            eprint!("\r  0 % ");
        }
        progress
    }

    /// So much is done; `what` says more of it, shortly.
    pub fn at(&mut self, done: u64, what: impl FnOnce() -> String) {
        let Some(shown) = &mut self.shown else { return };
        let percent = done.min(self.total).saturating_mul(100) / self.total;
        if percent > *shown {
            *shown = percent;
            let bar = "█".repeat(usize::try_from(percent * WIDTH / 100).unwrap_or(0));
            eprint!("\r{bar:<width$} {percent:3} % {}\x1b[K", what(), width = WIDTH as usize);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}
