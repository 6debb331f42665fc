//! What the machine and its people tell the process: signals, and files that
//! were saved.

pub mod listing;
mod signals;
mod watch;

pub use listing::Listing;
pub use signals::{Asked, DaemonSignals, StopSignals};
pub use watch::{FileWatch, Watched};
