//! What rules remember from cycle to cycle: timers, latches, last decisions.
//! Only lengths of time are kept, never moments, so that a saved state means
//! the same after a restart; the time it was down does not count.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::program::{MemoryId, Program};

/// One timer or latch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Memory {
    /// `for`: how long it has been true, and whether it was at the last look.
    For { held: Duration, running: bool },
    /// `extended`: how long ago it was last true.
    Extended { ago: Option<Duration> },
    /// `until`
    Latch { on: bool },
}

/// The last decision of a rule.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Decision {
    /// Counted from 0; `None`: no part was true, or nothing was decided yet.
    pub active: Option<u16>,
    pub unknown_for: Option<Duration>,
}

/// What is known of a schedule from `from` until `until`, and its next turns.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScheduleMemo {
    pub from: Timestamp,
    pub until: Timestamp,
    pub on: bool,
    /// Looked for from `.0` to `.1`: the first start, the first end.
    pub turns: [(Timestamp, Timestamp, Option<Timestamp>); 2],
}

impl ScheduleMemo {
    const NONE: Self = {
        // From the last moment to the first: nothing lies in between.
        let never = (Timestamp::MAX, Timestamp::MIN, None);
        Self { from: Timestamp::MAX, until: Timestamp::MIN, on: false, turns: [never, never] }
    };
}

/// Everything that one program remembers. Belongs to that program only.
#[derive(Debug, Clone)]
pub struct State {
    /// Steady time of the first evaluation.
    pub(super) started: Option<Duration>,
    /// Steady time of the last one.
    pub(super) before: Duration,
    /// The value of each node in this cycle.
    pub(super) values: Vec<f64>,
    pub(super) memories: Vec<Memory>,
    pub(super) decisions: Vec<Decision>,
    /// What each command said when it was last decided.
    pub(super) decided: Vec<f64>,
    pub(super) schedules: Vec<ScheduleMemo>,
    /// How long each substitute has stood in.
    pub(super) substituted: Vec<Option<Duration>>,
    /// How many claims the last cycle made.
    pub(super) claims: usize,
}

impl State {
    /// The timers and latches, to be stored.
    pub fn saved<'a>(
        &'a self,
        program: &'a Program,
    ) -> impl Iterator<Item = (&'a MemoryId, Memory)> + 'a {
        program.memories.iter().map(|(id, _)| id).zip(self.memories.iter().copied())
    }
}

impl Program {
    /// A state in which nothing has happened yet.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            started: None,
            before: Duration::ZERO,
            values: vec![f64::NAN; self.nodes.len()],
            memories: self.memories.iter().map(|(_, fresh)| *fresh).collect(),
            decisions: vec![Decision::default(); self.rules.len()],
            decided: vec![f64::NAN; self.commands.len()],
            schedules: vec![ScheduleMemo::NONE; self.schedules.len()],
            substituted: vec![None; self.substitutes.len()],
            claims: 0,
        }
    }

    /// A state with the timers and latches of `saved` whose clauses are
    /// unchanged in this program; the rest is fresh.
    #[must_use]
    pub fn restored(&self, saved: impl IntoIterator<Item = (MemoryId, Memory)>) -> State {
        let saved: HashMap<MemoryId, Memory> = saved.into_iter().collect();
        let mut state = self.state();
        for (memory, (id, fresh)) in state.memories.iter_mut().zip(&self.memories) {
            let same_kind =
                |old: &&Memory| std::mem::discriminant(*old) == std::mem::discriminant(fresh);
            if let Some(old) = saved.get(id).filter(same_kind) {
                *memory = match *old {
                    // Down time freezes `for`.
                    Memory::For { held, .. } => Memory::For { held, running: false },
                    other => other,
                };
            }
        }
        state
    }
}
