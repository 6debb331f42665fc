//! BACnet/IP: any number of devices on one network, behind routers and BBMDs.
//! Late, foreign and garbled answers never become a value: an answer counts
//! only from the device that was asked, for the request that is open, and if
//! it names the object and property asked for.
//!
//! ```text
//!   driver ─┬─ poll ── plan ──┐
//!           ├─ orders ────────┼─ device ─ read ─ Client ─ transaction ─ socket
//!           └─ cov ───────────┘                     ▲                     │
//!                                                   └────── receive ◀─────┘
//! ```

mod client;
mod cov;
mod device;
mod driver;
mod failure;
mod foreign;
mod orders;
mod plan;
mod poll;
mod read;
mod receive;
mod segment;
mod socket;
mod transaction;
mod value;

pub use client::{Client, Heard, Property};
pub use failure::{Failure, Refusal, Sought};
pub use foreign::Registration;
pub use socket::OpenError;
pub use transaction::{Answer, Peer, TRIES, Target};
pub use value::{Datatype, NotSent, canonical, encode, is_ours, plausible};

use crate::field::Link;

/// Serves one connection until its `requests` are closed. The clock is held up
/// from the call on, not only from the first poll of the future.
pub fn run(link: Link) -> impl Future<Output = ()> + Send + 'static {
    let busy = link.clock.busy();
    driver::work(link, busy)
}
