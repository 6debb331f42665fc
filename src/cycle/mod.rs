//! The heart: one synchronous, deterministic step from what is known to what
//! shall be commanded. The daemon, tests, backtests and shadow rules all call
//! this same function; it knows no socket, file or wall clock.

mod beat;
pub mod explain;
pub mod since;
pub mod spoken;
pub mod trial;

use crate::control::{Base, Decisions, Override};
use crate::model::{PointId, PointTable, Snapshot};
use crate::rules::{Program, State, Verdict};

/// The rules that run and what they remember.
#[derive(Debug)]
pub struct Rules {
    pub program: Program,
    pub state: State,
}

impl Rules {
    /// A rule set that has not run yet.
    #[must_use]
    pub fn new(program: Program) -> Self {
        let state = program.state();
        Self { program, state }
    }

    /// Rules that run on, with what a former run remembered.
    #[must_use]
    pub const fn restored(program: Program, state: State) -> Self {
        Self { program, state }
    }

    /// Other rules in place of these, between two cycles: what unchanged
    /// clauses remember goes on.
    #[must_use]
    pub fn succeeded_by(&self, program: Program) -> Self {
        let state = program.succeeding(&self.program, &self.state);
        Self { program, state }
    }

    /// What they remember, to be [put back](Self::remember) after a cycle that
    /// shall not count.
    #[must_use]
    pub fn remembered(&self) -> State {
        self.state.clone()
    }

    /// See [`remembered`](Self::remembered).
    pub fn remember(&mut self, state: State) {
        self.state = state;
    }

    /// Which of so many points they read.
    #[must_use]
    pub fn inputs(&self, points: usize) -> Vec<bool> {
        let mut inputs = vec![false; points];
        for point in self.program.reads() {
            inputs[point.index()] = true;
        }
        inputs
    }
}

/// What the cycles came to; each brings it up to date.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the rules say, with alarms and what they lacked.
    pub verdict: Verdict,
    /// For each point that somebody claims, what shall be commanded and why.
    pub decisions: Decisions,
}

/// Evaluates the rules over `snapshot` and arbitrates what they and the
/// operators claim: `outcome` is brought from what the cycle before left in it
/// to what holds now. `base` tells what a point would do without us. Without
/// rules, overrides alone count.
pub fn cycle(
    snapshot: &Snapshot,
    rules: Option<&mut Rules>,
    points: &PointTable,
    overrides: &[Override],
    base: &dyn Fn(PointId) -> Base,
    outcome: &mut Outcome,
) {
    let rules = rules.map(|rules| (&rules.program, &mut rules.state));
    step(snapshot, rules, points, overrides, base, outcome);
}

/// As [`cycle`], with the state apart from the program.
fn step(
    snapshot: &Snapshot,
    rules: Option<(&Program, &mut State)>,
    points: &PointTable,
    overrides: &[Override],
    base: &dyn Fn(PointId) -> Base,
    outcome: &mut Outcome,
) {
    let Outcome { verdict, decisions } = outcome;
    let now = snapshot.now;
    let Some((program, state)) = rules else {
        let nobody = |_| std::iter::empty();
        decisions.update(points, &[], nobody, overrides, base, now);
        return;
    };
    if program.evaluate(snapshot, state, verdict) {
        decisions.clear();
    }
    let claims_on = |point| verdict.claims_on(program, point);
    decisions.update(points, &verdict.changed, claims_on, overrides, base, now);
}
