//! Fills windows at a start from recorded readings, by evaluating the rules
//! over them as if it had been then. Who has recorded them calls this; what
//! comes of it goes to [`Program::restored`].

use std::time::Duration;

use jiff::Timestamp;

use super::program::{MemoryId, Program};
use super::state::Memory;
use super::verdict::Verdict;
use crate::model::Snapshot;

impl Program {
    /// What windows and metering periods hold at `now`, had the rules run over
    /// `recorded`, oldest first; of the time since the last one they know
    /// nothing. Only the wall time of a snapshot counts; one that is not later
    /// than the one before is passed over. Timers, latches and run hours are
    /// no part of it: what they went by is in the store.
    pub fn filled(
        &self,
        recorded: impl IntoIterator<Item = Snapshot>,
        now: Timestamp,
    ) -> Vec<(MemoryId, Memory)> {
        let (mut state, mut verdict) = (self.state(), Verdict::default());
        let mut last: Option<Timestamp> = None;
        let mut steady = Duration::ZERO;
        for mut snapshot in recorded {
            let wall = snapshot.now.wall;
            if wall > now || last.is_some_and(|last| wall <= last) {
                continue;
            }
            steady = steady.saturating_add(last.map_or(Duration::ZERO, |last| between(last, wall)));
            last = Some(wall);
            snapshot.now.steady = steady;
            self.evaluate(&snapshot, &mut state, &mut verdict);
        }
        let since = last.map_or(Duration::ZERO, |last| between(last, now));
        let gathered = state.saved(self).filter(|(_, memory)| memory.gathers());
        gathered.map(|(id, memory)| (id.clone(), memory.after_restart(since))).collect()
    }
}

fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
}
