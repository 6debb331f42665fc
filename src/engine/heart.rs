//! The heartbeats' way to the drivers: written past the journal, each after a
//! completed cycle and by nothing else, so that they stop with the cycles.

use super::dispatch::{carry_out, write};
use super::run::{Back, Running};
use crate::control::Done;
use crate::model::{Now, PointId};

impl Running {
    /// A cycle is complete: what is due beats.
    pub(super) fn beat(&mut self, now: Now) {
        if self.stopping {
            return;
        }
        for (point, value) in self.hearts.beat(&self.live.freeze(now)) {
            let requests = self.drivers.requests_of(point);
            let (back, busy) = (self.back.clone(), self.clock.busy());
            tokio::spawn(async move {
                let done = write(&requests, point, value).await;
                let _ = back.send(Back::Beat { point, done, busy });
            });
        }
    }

    /// One beat ended.
    pub(super) fn beaten(&mut self, point: PointId, done: Done, now: Now) {
        let event = self.hearts.ended(point, done, now);
        self.tell(event.as_slice(), now);
    }

    /// No more beats. The slots that they stand in are emptied; where that does
    /// not succeed, a heartbeat stands still there, as it should.
    pub(super) fn still(&mut self) {
        for action in self.hearts.stop() {
            let requests = self.drivers.requests_of(action.target());
            let (back, busy) = (self.back.clone(), self.clock.busy());
            self.stilling += 1;
            tokio::spawn(async move {
                let _ = carry_out(&action, &requests).await;
                let _ = back.send(Back::Stilled(busy));
            });
        }
    }
}
