//! What the machine and its people tell the process: signals, and files that
//! were saved; and what systemd is told of it.

pub mod listing;
pub mod notify;
mod signals;
mod watch;

pub use listing::Listing;
pub use signals::{Asked, DaemonSignals, StopSignals};
pub use watch::{FileWatch, Watched};
