//! Shadow rules: what would be commanded if one of them counted, beside what
//! is. A shadow that sets a point stands in for the rule that sets it at the
//! same level.

use crate::control::{Base, Override, arbitrate};
use crate::model::{Claim, Demand, Now, PointId, PointTable};

use super::{Outcome, Rules};

/// One point of one shadow rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Would {
    /// Index into the verdict's rules.
    pub rule: usize,
    pub point: PointId,
    /// Canonical; `None`: nobody would command it.
    pub target: Option<f64>,
    /// What is decided of it, before protection holds that back.
    pub decided: Option<f64>,
}

/// What each shadow rule would make of the points that it is about, after a
/// cycle that came to `outcome`.
#[must_use]
pub fn would(
    rules: &Rules,
    outcome: &Outcome,
    points: &PointTable,
    overrides: &[Override],
    base: &dyn Fn(PointId) -> Base,
    now: Now,
) -> Vec<Would> {
    let Rules { program, .. } = rules;
    let verdict = &outcome.verdict;
    let mut found = Vec::new();
    for rule in program.shadows() {
        let level = program.level_of(rule);
        for point in program.targets_of(rule) {
            let sets = program.may_set(rule, point);
            let replaced = |claim: &&Claim| {
                sets && Some(claim.level) == level && matches!(claim.demand, Demand::Set(_))
            };
            let others = verdict.claims_on(program, point).filter(|claim| !replaced(claim));
            let claims = others.chain(verdict.shadow_claims(program, rule));
            let target = arbitrate(points, point, claims, overrides, base, now).target;
            let decided = outcome.decisions.on(point).and_then(|decision| {
                decision.protected.as_ref().map_or(decision.target, |held| held.wanted)
            });
            found.push(Would { rule, point, target, decided });
        }
    }
    found
}
