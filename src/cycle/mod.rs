//! The heart: one synchronous, deterministic step from what is known to what
//! shall be commanded. The daemon, tests, backtests and shadow rules all call
//! this same function; it knows no socket, file or wall clock.

use crate::control::arbitrate::{self, Base, Decision, Override};
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
}

/// What one cycle came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the rules say, with alarms and what they lacked.
    pub verdict: Verdict,
    /// For each point that somebody claims, what shall be commanded and why.
    pub decisions: Vec<Decision>,
}

/// Evaluates the rules over `snapshot` and arbitrates what they and the
/// operators claim. `base` tells what a point would do without us. Without
/// rules, overrides alone count.
pub fn cycle(
    snapshot: &Snapshot,
    rules: Option<&mut Rules>,
    points: &PointTable,
    overrides: &[Override],
    base: &dyn Fn(PointId) -> Base,
) -> Outcome {
    let verdict = rules
        .map_or_else(Verdict::default, |rules| rules.program.evaluate(snapshot, &mut rules.state));
    let decisions = arbitrate::arbitrate(points, &verdict.claims, overrides, base, snapshot.now);
    Outcome { verdict, decisions }
}
