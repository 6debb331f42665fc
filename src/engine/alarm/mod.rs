//! Alarms: what is wrong, since when, who has seen it, and what hauswart does
//! about it meanwhile. `standing` holds them, `cause` has their words, `kept`
//! brings them to the store and back. Raised and cleared by the engine's loop.
//!
//! Those whom the site file names are told by letters: put into the store with
//! the alarm, written by `letter`, sent by one postman each (`postman`), who
//! holds up nobody else, and removed once they have gone out. So a letter may go
//! out twice where the power fails between, but not be lost. `digest` is the
//! daily one.
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
pub mod digest;
mod kept;
mod letter;
mod outbox;
mod postman;
mod standing;
#[cfg(test)]
mod tests;
mod words;

pub use cause::{Cause, Subject};
pub use kept::news;
pub use outbox::Outbox;
pub use standing::{Alarm, Alarms, Flaps, NotSeen, Seen, Stamp};
pub use words::class_words;
