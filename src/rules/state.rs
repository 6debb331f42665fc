//! What rules remember from cycle to cycle: timers, latches, last decisions.
//! Only lengths of time are kept, never moments, so that a saved state means
//! the same after a restart; the time it was down does not count.

mod acknowledge;
mod civil;
mod keep;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::demand::Demand;
use super::marks::Marks;
use super::program::Program;
use super::wake::Wakes;
use super::window::Window;
use crate::model::layers::Layers;

pub use civil::{Civil, ScheduleNow};
pub use keep::{Decided, RuleChanges};

/// One timer, latch or window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Memory {
    /// `for`: how long it has been true, and whether it was at the last look.
    For {
        held: Duration,
        running: bool,
    },
    /// `extended`: how long ago it was last true, and whether it was at the
    /// last look.
    Extended {
        ago: Option<Duration>,
        on: bool,
    },
    /// `until`
    Latch {
        on: bool,
    },
    /// `mean(x) over 24 h` and its kin
    Window(Box<Window>),
    Demand(Box<Demand>),
    /// `hours`: for how long it was true, and whether it was at the last look.
    Hours {
        counted: Duration,
        running: bool,
    },
    /// `until acknowledged`
    Acknowledge(Acknowledge),
    /// Of a rule's part: `run at least`, `run at most`, `pause at least`.
    Run(Running),
}

/// How a condition stands that waits for a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Acknowledge {
    pub on: bool,
    /// Who acknowledged it while its cause was still there: it ends with that.
    pub by: Option<Arc<str>>,
}

/// How a part with such a clause stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// It is active.
    pub on: bool,
    /// For how long it has been; if it is not, how long ago it ended, while
    /// that matters.
    pub length: Option<Duration>,
    /// `run at most` has ended it, and its condition has not been false since.
    pub spent: bool,
}

impl Memory {
    /// Cycles took `time` and changed none of its inputs.
    pub fn pass(&mut self, time: Duration) {
        match self {
            Self::For { held: length, running: true }
            | Self::Extended { ago: Some(length), on: false }
            | Self::Hours { counted: length, running: true }
            | Self::Run(Running { length: Some(length), .. }) => {
                *length = length.saturating_add(time);
            }
            Self::Window(window) => window.pass(time),
            Self::Demand(demand) => demand.pass(time),
            Self::For { .. }
            | Self::Extended { .. }
            | Self::Latch { .. }
            | Self::Hours { .. }
            | Self::Acknowledge(_)
            | Self::Run(_) => {}
        }
    }

    /// What it is after that.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.pass(time);
        self
    }

    /// Whether it takes in each new value, so that it is never as it was and
    /// a little of it can be lost.
    #[must_use]
    pub const fn gathers(&self) -> bool {
        matches!(self, Self::Window(_) | Self::Demand(_))
    }

    /// Whether it has not seen enough yet for want of time alone.
    fn is_filling(&self, idle: Duration) -> bool {
        match self {
            Self::Window(window) => window.is_filling(idle),
            Self::Demand(demand) => demand.is_filling(idle),
            _ => false,
        }
    }
}

/// Steady time of the evaluations.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    /// Of the first.
    pub started: Duration,
    /// Of the one before this.
    pub before: Duration,
    /// Of this one.
    pub now: Duration,
}

impl Clocks {
    pub const fn started(now: Duration) -> Self {
        Self { started: now, before: now, now }
    }

    /// Those of the next evaluation.
    pub const fn at(self, now: Duration) -> Self {
        Self { started: self.started, before: self.now, now }
    }

    /// Since the evaluation before.
    pub const fn elapsed(self) -> Duration {
        self.now.saturating_sub(self.before)
    }

    /// Since the first.
    pub const fn up(self) -> Duration {
        self.now.saturating_sub(self.started)
    }
}

/// The last decision of a rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Decision {
    /// Counted from 0; `None`: no part was true, or nothing was decided yet.
    pub active: Option<u16>,
    pub unknown_for: Option<Duration>,
    /// The commands that it claims at present.
    pub said: Range<u32>,
    /// It raises alarms at present.
    pub alarming: bool,
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
    /// `None` before the first evaluation.
    pub(super) clocks: Option<Clocks>,
    /// How many there were.
    pub(super) evaluations: u64,
    /// The last known value of each point that is read, NaN where unknown.
    pub(super) seen: Vec<f64>,
    /// The value of each node.
    pub(super) values: Vec<f64>,
    memories: Vec<Memory>,
    /// Steady time of the last look at each memory.
    looked: Vec<Option<Duration>>,
    pub(super) decisions: Vec<Decision>,
    /// What each command said when it was last decided.
    pub(super) decided: Vec<f64>,
    pub(super) schedules: Vec<ScheduleMemo>,
    /// What lies over each schedule.
    pub(super) layers: Vec<Layers>,
    /// The wall clock cannot be right.
    pub(super) doubtful: bool,
    /// Wall time of the last evaluation, and the first moment after it at
    /// which a schedule or turn may change.
    pub(super) civil_at: Timestamp,
    pub(super) civil_until: Timestamp,
    /// How long each substitute has stood in.
    pub(super) substituted: Vec<Option<Duration>>,
    /// Those that stand in now, while they are being looked through.
    pub(super) standing_in: Vec<u32>,
    /// When timers and rules have to be looked at again.
    pub(super) wakes: Wakes,
    pub(super) rule_wakes: Wakes,
    /// What has to be computed anew.
    pub(super) everything: bool,
    pub(super) marks: Marks,
    pub(super) rule_marks: Marks,
    pub(super) value_marks: Marks,
    pub(super) substitute_marks: Marks,
}

impl State {
    /// Lets the next evaluation compute everything, as the first one does.
    pub fn recompute(&mut self) {
        self.everything = true;
        self.rule_marks.set_all();
        self.value_marks.set_all();
        self.substitute_marks.set_all();
    }

    /// A memory as it is after the last evaluation.
    pub(super) fn memory(&self, index: u32) -> Option<Memory> {
        let now = self.clocks?.now;
        let memory = self.memories.get(index as usize)?.clone();
        let looked = self.looked.get(index as usize).copied().flatten();
        Some(memory.after(looked.map_or(Duration::ZERO, |looked| now.saturating_sub(looked))))
    }

    /// A memory as it was at the last look.
    pub(super) fn held(&self, index: u32) -> &Memory {
        &self.memories[index as usize]
    }

    pub(super) fn held_mut(&mut self, index: u32) -> &mut Memory {
        &mut self.memories[index as usize]
    }

    /// A memory as it was at the evaluation before this one.
    pub(super) fn caught_up(&mut self, index: u32, clocks: Clocks) -> &mut Memory {
        let index = index as usize;
        let looked = self.looked[index].replace(clocks.now);
        let idle = looked.map_or(Duration::ZERO, |looked| clocks.before.saturating_sub(looked));
        let memory = &mut self.memories[index];
        memory.pass(idle);
        memory
    }

    /// Whether a window is still filling, after the last evaluation.
    pub(super) fn fills(&self, index: u32) -> bool {
        self.clocks.is_some_and(|clocks| self.is_filling(index, clocks))
    }

    /// Whether a window is still filling.
    pub(super) fn is_filling(&self, index: u32, clocks: Clocks) -> bool {
        let looked = self.looked[index as usize].unwrap_or(clocks.now);
        self.memories[index as usize].is_filling(clocks.now.saturating_sub(looked))
    }
}

impl Program {
    /// A state in which nothing has happened yet.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            clocks: None,
            evaluations: 0,
            seen: vec![f64::NAN; self.reads.len()],
            values: vec![f64::NAN; self.nodes.len()],
            memories: self.memories.iter().map(|(_, fresh)| fresh.clone()).collect(),
            looked: vec![None; self.memories.len()],
            decisions: vec![Decision::default(); self.rules.len()],
            decided: vec![f64::NAN; self.commands.len()],
            schedules: vec![ScheduleMemo::NONE; self.schedules.len()],
            layers: vec![Layers::default(); self.schedules.len()],
            doubtful: false,
            civil_at: Timestamp::MIN,
            civil_until: Timestamp::MIN,
            substituted: vec![None; self.substitutes.len()],
            standing_in: Vec::new(),
            wakes: Wakes::of(self.memories.len()),
            rule_wakes: Wakes::of(self.rules.len()),
            everything: true,
            marks: Marks::below(self.nodes.len()),
            rule_marks: Marks::below(self.rules.len()),
            value_marks: Marks::below(self.values.len()),
            substitute_marks: Marks::below(self.substitutes.len()),
        }
    }
}
