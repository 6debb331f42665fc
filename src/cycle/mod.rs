//! The heart: one synchronous, deterministic step from what is known to what
//! shall be commanded. The daemon, tests, backtests and shadow rules all call
//! this same function; it knows no socket, file or wall clock.

mod beat;
pub mod explain;
pub mod replay;
pub mod shadow;
pub mod since;
pub mod spoken;
pub mod trial;

use crate::control::{Base, Decisions, Guards, Override};
use crate::model::{PointId, PointTable, Snapshot};
use crate::rules::{Program, Quiet, State, Verdict};

/// The rules that run and what they remember.
#[derive(Debug)]
pub struct Rules {
    pub program: Program,
    pub state: State,
    /// What is remembered of the protected points.
    pub guards: Guards,
}

impl Rules {
    /// A rule set that has not run yet.
    #[must_use]
    pub fn new(program: Program) -> Self {
        let state = program.state();
        Self::restored(program, state)
    }

    /// Rules that run on, with what a former run remembered.
    #[must_use]
    pub fn restored(program: Program, state: State) -> Self {
        let guards = Guards::new(program.protections());
        Self { program, state, guards }
    }

    /// Other rules in place of these, between two cycles: what unchanged
    /// clauses and protected points remember goes on. `decisions`: what these
    /// came to last.
    #[must_use]
    pub fn succeeded_by(&self, program: Program, decisions: &Decisions) -> Self {
        let state = program.succeeding(&self.program, &self.state);
        let guards = self.guards.succeeded_by(program.protections(), decisions);
        Self { program, state, guards }
    }

    /// What they remember, to be [put back](Self::remember) after a cycle that
    /// shall not count.
    #[must_use]
    pub fn remembered(&self) -> (State, Guards) {
        (self.state.clone(), self.guards.clone())
    }

    /// See [`remembered`](Self::remembered).
    pub fn remember(&mut self, (state, guards): (State, Guards)) {
        (self.state, self.guards) = (state, guards);
    }

    /// Lets the next cycle compute everything, as the first one does.
    pub fn recompute(&mut self) {
        self.state.recompute();
        self.guards.recompute();
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

/// Evaluates the rules over `snapshot`, arbitrates what they and the operators
/// claim, and protects the equipment: `outcome` is brought from what the cycle before left in it
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
    let rules = rules.map(|rules| (&rules.program, &mut rules.state, &mut rules.guards));
    step(snapshot, rules, points, overrides, base, outcome);
}

/// As [`cycle`], with the state apart from the program.
fn step(
    snapshot: &Snapshot,
    rules: Option<(&Program, &mut State, &mut Guards)>,
    points: &PointTable,
    overrides: &[Override],
    base: &dyn Fn(PointId) -> Base,
    outcome: &mut Outcome,
) {
    let Outcome { verdict, decisions } = outcome;
    let Some((program, state, guards)) = rules else {
        let nobody = |_| std::iter::empty();
        let unprotected = (snapshot, &mut Guards::default());
        decisions.update(points, &[], nobody, overrides, base, unprotected);
        return;
    };
    if program.evaluate(snapshot, state, verdict) {
        decisions.clear();
        guards.recompute();
    }
    let claims_on = |point| verdict.claims_on(program, point);
    let changed = &verdict.changed;
    decisions.update(points, changed, claims_on, overrides, base, (snapshot, guards));
}

/// Steady time before which rules and protection say the same if no reading
/// changes, and the wall time before which schedules do.
fn quiet(program: &Program, state: &State, guards: &Guards) -> Quiet {
    let quiet = program.quiet(state);
    Quiet { steady: quiet.steady.into_iter().chain(guards.due()).min(), ..quiet }
}
