//! What goes out to the plant: claims become one decision a point
//! ([`arbitrate()`]), which equipment protection may hold back ([`Guards`]);
//! decisions become writes and releases one at a time ([`Writer`]);
//! heartbeats show the plant that somebody decides ([`Heartbeats`]). Pure and synchronous: time, readings and the outcome of every
//! action are arguments; nothing here opens a socket or a file. The engine
//! carries the actions out and journals them; in read-only mode it makes no
//! [`Writer`] at all.

pub mod action;
pub mod arbitrate;
pub mod event;
pub mod heartbeat;
pub mod note;
pub mod protect;
pub mod writer;

pub use action::{Action, Commanded, Done, Yielded};
pub use arbitrate::{Base, Decision, Decisions, Override, arbitrate};
pub use event::{Event, What, Why};
pub use heartbeat::{Beating, Heartbeats};
pub use note::Note;
pub use protect::{Guards, Hold, Protected, Switching};
pub use writer::{Standing, Step, Writer};

/// Whether two values are the same to a device: no further apart than
/// `tolerance`, plus what a 32-bit float on the wire rounds off.
#[must_use]
pub fn agree(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance + 1e-6 * a.abs().max(b.abs())
}
