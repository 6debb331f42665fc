//! What the machine and its people tell the process: signals, and files that
//! were saved; what systemd is told of it; and work that steps behind all others.

mod background;
pub mod listing;
pub mod notify;
mod signals;
mod watch;

pub use background::{Unmade, in_background};
pub use listing::Listing;
pub use signals::{Asked, DaemonSignals, StopSignals};
pub use watch::{FileWatch, Watched};
