//! What other rules would change now: old and new side by side, on the same
//! snapshot, with the same overrides.

use std::collections::BTreeSet;

use super::picture::{PointChange, ReloadReport};
use crate::control::{Base, Decision, Override, agree};
use crate::cycle::{self, Outcome, Rules};
use crate::model::{Kind, Origin, PointId, PointTable, Snapshot};
use crate::rules::{Civil, Memory, MemoryId, Program, RuleChanges};

/// Logged one by one up to here.
const LOGGED: usize = 50;

/// What both rule sets are given.
pub struct Beside<'a> {
    pub snapshot: &'a Snapshot,
    pub points: &'a PointTable,
    pub overrides: &'a [Override],
    pub base: &'a dyn Fn(PointId) -> Base,
    pub civil: &'a Civil,
    /// What the new rules count on though the old ones did not.
    pub rested: Vec<(MemoryId, Memory)>,
}

/// The new rules, ready to go on from this cycle, and what they change.
pub struct Plan {
    pub rules: Rules,
    pub outcome: Outcome,
    /// What the old rules say, in the same cycle.
    before: Outcome,
    changes: RuleChanges,
}

impl Beside<'_> {
    /// Lets `program` take the place of `old`, which stays as it is.
    pub fn plan(mut self, old: &mut Rules, program: Program) -> Plan {
        let changes = program.changes_since(&old.program);
        let remembered = old.remembered();
        let mut before = Outcome::default();
        self.cycle(old, &mut before);
        old.remember(remembered);
        let mut rules = old.succeeded_by(program, &before.decisions);
        rules.state.tell(&rules.program, self.civil);
        let rested = std::mem::take(&mut self.rested);
        rules.state.take_back(&rules.program, rested);
        let mut outcome = Outcome::default();
        self.cycle(&mut rules, &mut outcome);
        Plan { rules, outcome, before, changes }
    }

    fn cycle(&self, rules: &mut Rules, outcome: &mut Outcome) {
        let Self { snapshot, points, overrides, base, .. } = self;
        cycle::cycle(snapshot, Some(rules), points, overrides, base, outcome);
    }
}

impl Plan {
    /// Adds what changes to `report`.
    pub fn report(&self, points: &PointTable, report: ReloadReport) -> ReloadReport {
        let (old, new) = (&self.before.decisions, &self.outcome.decisions);
        let both = old.iter().chain(new.iter()).map(|decision| decision.point);
        let both: BTreeSet<PointId> = both.collect();
        let changed = both.into_iter().filter_map(|id| {
            let (old, new) = (old.on(id), new.on(id));
            let target = |decision: Option<&Decision>| decision.and_then(|it| it.target);
            let same = match (target(old), target(new)) {
                (Some(old), Some(new)) => agree(old, new, 0.0),
                (old, new) => old.is_none() && new.is_none(),
            };
            let point = points.get(id);
            (!same).then(|| change(&point.name, &point.kind, old, new))
        });
        let names = |names: &[std::sync::Arc<str>]| names.iter().map(ToString::to_string).collect();
        ReloadReport {
            points: changed.collect(),
            rules_new: names(&self.changes.new),
            rules_changed: names(&self.changes.changed),
            rules_gone: names(&self.changes.gone),
            rules_unchanged: self.changes.unchanged,
            ..report
        }
    }
}

fn change(name: &str, kind: &Kind, old: Option<&Decision>, new: Option<&Decision>) -> PointChange {
    let shown =
        |decision: Option<&Decision>| decision.and_then(|it| it.target).map(|v| kind.display(v));
    let claim = new.and_then(Decision::decided_by).or_else(|| old.and_then(Decision::decided_by));
    let place = claim.and_then(|claim| match &*claim.origin {
        Origin::Rule { file, line, .. } => Some(format!("{file}:{line}")),
        Origin::Operator { .. } => None,
    });
    PointChange {
        point: name.to_owned(),
        before: shown(old),
        after: shown(new),
        rule: claim.map(|claim| claim.origin.to_string()),
        place,
    }
}

/// Tells a plan in the journal.
pub fn log(report: &ReloadReport) {
    let ReloadReport { rules_new, rules_changed, rules_gone, rules_unchanged, .. } = report;
    tracing::info!(
        new = rules_new.len(),
        changed = rules_changed.len(),
        gone = rules_gone.len(),
        unchanged = rules_unchanged,
        "{} points change now",
        report.points.len()
    );
    for PointChange { point, before, after, rule, place } in report.points.iter().take(LOGGED) {
        let [before, after] = [before, after].map(|it| it.as_deref().unwrap_or("-"));
        let [rule, place] = [rule, place].map(|it| it.as_deref().unwrap_or_default());
        tracing::info!(%point, rule, place, "{before} -> {after}");
    }
    for rule in rules_gone.iter().take(LOGGED) {
        tracing::info!(%rule, "is no more");
    }
}
