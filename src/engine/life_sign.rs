//! The life sign: a web address that is asked for as long as cycles are
//! completed, and by nothing else, so that somebody notices a dead PC, a dead
//! line, and a program that only looks alive.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::run::Back;
use super::watchdog::LastCycle;
use crate::model::Clock;
use crate::post::web;
use crate::site::LifeSign;

/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(1);

/// Gives life signs until `stop`: one once the first cycle has been completed,
/// then one every so often if another has.
pub async fn give(
    sign: LifeSign,
    last: LastCycle,
    clock: Arc<dyn Clock>,
    back: mpsc::UnboundedSender<Back>,
    stop: CancellationToken,
) {
    let mut next = clock.now().steady;
    let mut counted = None;
    let mut failures = 0;
    loop {
        let look = (clock.now().steady + LOOK).max(next);
        tokio::select! {
            () = stop.cancelled() => return,
            busy = clock.sleep_until(look) => drop(busy),
        }
        let cycle = last.last();
        if cycle.is_none() || cycle == counted {
            continue;
        }
        (counted, next) = (cycle, clock.now().steady + sign.every);
        let taken = tokio::select! {
            () = stop.cancelled() => return,
            taken = web::get(&sign.url) => taken,
        };
        failures = if taken.is_ok() { 0 } else { failures + 1 };
        if back.send(Back::LifeSign { taken, failures }).is_err() {
            return;
        }
    }
}
