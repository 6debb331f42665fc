//! Modbus TCP, RTU and RTU over TCP. One task a line, behind which several
//! devices (units) may stand; it reads them in as few requests as it can and
//! writes only on order. Late, short, shifted and foreign answers never become
//! a value: see [`Guarded`].
//!
//! ```text
//!   driver ── orders, poll ──▶ plan ──▶ Guarded ──▶ line ══▶ devices
//!      ▲                                  │
//!      └── samples ◀── value ◀────────────┘
//! ```

mod deadline;
mod driver;
mod failure;
mod guard;
mod line;
mod orders;
mod plan;
mod poll;
mod value;

pub use failure::{Failure, Refusal};
pub use guard::Guarded;
pub use plan::{Block, Item, plan};
pub use value::{Encoded, NotSent, decode, encode};

use crate::field::Link;
use driver::Driver;

/// Serves one connection until its `requests` are closed. The clock is held up
/// from the call on, not only from the first poll of the future.
pub fn run(link: Link) -> impl Future<Output = ()> + Send + 'static {
    let busy = link.clock.busy();
    let driver = Driver::new(&link);
    async move {
        if let Some(driver) = driver {
            driver.work(link.requests, busy).await;
        }
    }
}
