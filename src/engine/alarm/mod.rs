//! Alarms: what is wrong, since when, who has seen it, and what hauswart does
//! about it meanwhile. `standing` holds them, `cause` has their words, `kept`
//! brings them to the store and back. Raised and cleared by the engine's loop.
//!
//! ```text
//!            raise              clear
//!   (none) ────────▶ stands ────────────▶ gone ──▶ forgotten: acknowledged, or
//!                     ▲ │  ◀──── raise ────┘        not urgent, and a day over
//!      quiet for an   │ │ more than 5 times
//!      hour, and there│ ▼ in an hour
//!                    flaps ── quiet for an hour, and not there ──▶ gone
//! ```

mod cause;
mod kept;
mod standing;
#[cfg(test)]
mod tests;
mod words;

pub use cause::{Cause, Subject};
pub use standing::{Alarm, Alarms, Flaps, NotSeen, Seen, Stamp};
pub use words::class_words;
