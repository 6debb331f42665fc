//! One evaluation: every node after those that it reads, whatever the rules'
//! branches, so that no timer depends on them; then each rule's decision. Only
//! what something changed for, or what time changes, is computed; the result
//! is that of computing everything.
//!
//! ```text
//! changed points ─┐
//! timers due ─────┼─► marked nodes, lowest first ─► changed? mark readers
//! schedules' turns┘                                   └─► rules, values, substitutes
//! ```

mod aggregate;
mod decide;
mod node;
mod over;
mod run;
mod timer;

use std::time::Duration;

use jiff::Timestamp;

use crate::model::{Quality, Snapshot};

use super::program::{NodeId, Program};
use super::state::{Clocks, State};
use super::verdict::Verdict;
use super::wiring::{Keeper, Watcher};

/// One pass over a program.
struct Cycle<'a> {
    program: &'a Program,
    snapshot: &'a Snapshot,
    clocks: Clocks,
}

impl Program {
    /// Brings `verdict` to what the rules say of `snapshot`. Deterministic;
    /// nothing depends on the order of rules or files. A verdict other than the
    /// one that this state wrote last is made anew; then the answer is true.
    ///
    /// # Panics
    /// If `state` is another program's or `snapshot` another site's.
    pub fn evaluate(&self, snapshot: &Snapshot, state: &mut State, verdict: &mut Verdict) -> bool {
        let steady = snapshot.now.steady;
        let clocks = match state.clocks {
            Some(clocks) => clocks.at(steady),
            None => Clocks::started(steady),
        };
        let whole = state.clocks.is_none() || verdict.evaluations != state.evaluations;
        state.clocks = Some(clocks);
        let cycle = Cycle { program: self, snapshot, clocks };
        if whole {
            verdict.clear(self);
            state.recompute();
        }
        verdict.changed.clear();
        cycle.mark(state);
        cycle.nodes(state);
        cycle.rules(state, verdict);
        cycle.values(state, verdict);
        cycle.substitutes(state, verdict);
        if whole {
            verdict.changed.clone_from(&self.targets);
        } else {
            verdict.changed.sort_unstable();
            verdict.changed.dedup();
        }
        state.evaluations += 1;
        verdict.evaluations = state.evaluations;
        state.everything = false;
        whole
    }
}

impl Cycle<'_> {
    /// Marks what changed since the last evaluation, and what time changes.
    fn mark(&self, state: &mut State) {
        let wiring = &self.program.wiring;
        let now = self.snapshot.now;
        for (place, (point, seen)) in self.program.reads.iter().zip(&mut state.seen).enumerate() {
            let reading = self.snapshot.reading(*point);
            let present = reading.known().unwrap_or(f64::NAN);
            if differs(*seen, present) {
                *seen = present;
                wiring.of_points.get(place).iter().for_each(|node| state.marks.set(*node));
            }
        }
        while let Some(memory) = state.wakes.due(now.steady) {
            match wiring.of_memories[memory as usize] {
                Keeper::Node(node) => state.marks.set(node),
                Keeper::Rule(rule) => state.rule_marks.set(rule),
            }
        }
        while let Some(rule) = state.rule_wakes.due(now.steady) {
            state.rule_marks.set(rule);
        }
        // A clock set back may have passed turns again.
        if now.wall >= state.civil_until || now.wall < state.civil_at {
            state.civil_until = Timestamp::MAX;
            wiring.civil.iter().for_each(|node| state.marks.set(*node));
        }
        state.civil_at = now.wall;
    }

    /// Computes the marked nodes, and those that read what changed.
    fn nodes(&self, state: &mut State) {
        if state.everything {
            state.marks.clear();
            for id in 0..self.program.nodes.len() {
                state.values[id] = self.node(id as NodeId, state);
            }
            return;
        }
        let mut next = 0;
        while let Some(id) = state.marks.take_from(next) {
            next = id;
            let value = self.node(id, state);
            if !differs(state.values[id as usize], value) {
                continue;
            }
            state.values[id as usize] = value;
            let wiring = &self.program.wiring;
            wiring.readers.get(id as usize).iter().for_each(|node| state.marks.set(*node));
            for watcher in wiring.watchers.get(id as usize) {
                match watcher {
                    Watcher::Rule(rule) => state.rule_marks.set(*rule),
                    Watcher::Value(value) => state.value_marks.set(*value),
                    Watcher::Substitute(substitute) => state.substitute_marks.set(*substitute),
                }
            }
        }
    }

    fn values(&self, state: &mut State, verdict: &mut Verdict) {
        let mut next = 0;
        while let Some(index) = state.value_marks.take_from(next) {
            next = index;
            let now = state.values[self.program.values[index as usize].node as usize];
            verdict.values[index as usize].value = (!now.is_nan()).then_some(now);
        }
    }

    /// Whether a point has been neither read nor declared bad yet.
    fn is_unread(&self, point: crate::model::PointId) -> bool {
        self.snapshot.reading(point).quality == Quality::NeverRead
    }
}

/// Whether two values are told apart; all unknown ones are alike.
fn differs(before: f64, now: f64) -> bool {
    before != now && !(before.is_nan() && now.is_nan())
}

const fn truth(condition: bool) -> f64 {
    if condition { 1.0 } else { 0.0 }
}

fn is_true(value: f64) -> bool {
    value == 1.0
}

fn is_false(value: f64) -> bool {
    value == 0.0
}

fn range(of: &std::ops::Range<u32>) -> std::ops::Range<usize> {
    of.start as usize..of.end as usize
}

/// Adds to a length of time that may not have begun yet.
fn longer(length: Option<Duration>, by: Duration) -> Duration {
    length.map_or(Duration::ZERO, |length| length.saturating_add(by))
}
