//! Why things are as they are: one point, value or rule, told whole. Plain
//! data, made from what a cycle worked on and came to; put into words last
//! ([`words`]). The running daemon, `hauswart test` and a lone `hauswart
//! explain` all tell by this.

mod ahead;
mod find;
mod point;
pub mod words;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::since::{Since, Start};
use super::{Outcome, Rules};
use crate::control::{self, Base, Override};
use crate::model::{Origin, PointId, Snapshot};
use crate::rules::{Input, RuleTold, Standing, Teller, ValueTold};
use crate::site::Site;

use ahead::Ahead;
pub use ahead::Next;
pub use find::{NotFound, Subject, find};
pub use point::{
    ClaimTold, ClosedTold, DecisionTold, DeviceTold, Effect, How, Idle, OverrideTold, PointTold,
    ProtectedTold, Released, ShadowTold, WearTold, YieldedTold,
};

/// All that there is to tell from: of one cycle.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub site: &'a Site,
    pub rules: Option<&'a Rules>,
    /// What the last cycle worked on.
    pub snapshot: &'a Snapshot,
    pub outcome: &'a Outcome,
    pub since: &'a Since,
    pub overrides: &'a [Override],
    pub base: &'a dyn Fn(PointId) -> Base,
    /// How a commanded point stands at its device; `None` without a writer.
    pub standing: Option<&'a dyn Fn(PointId) -> Option<control::Standing>>,
    /// Why a device is silent, if it is.
    pub silent: &'a dyn Fn(usize) -> Option<Silent>,
    pub basis: Basis,
}

impl std::fmt::Debug for Scene<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene").field("basis", &self.basis).finish_non_exhaustive()
    }
}

/// What it is told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The running daemon.
    Running,
    /// The running daemon of a site in read-only mode.
    ReadOnly,
    /// No daemon runs: one round of readings, timers begin now.
    OneRound,
    /// A test of the rules: no devices.
    Test,
    /// Readings of the past, over which the rules of today were run.
    Replayed,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Of the cycle that it tells of.
    pub now: Timestamp,
    pub basis: Basis,
    pub of: Of,
    /// The inputs that are not known, and why.
    pub unknown: Vec<Unknown>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    Point(Box<PointTold>),
    Value(Box<NameTold>),
    Rule(Box<RuleStands>),
}

/// A rule, since when it stands so, and what comes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleStands {
    pub told: RuleTold,
    pub since: Option<Start>,
    /// The points that it may command: what they are commanded to, and by whom.
    pub points: Vec<TargetTold>,
    /// When it stands otherwise, if no reading changes.
    pub next: Option<Next<Standing>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetTold {
    pub point: String,
    /// `None`: nobody commands it.
    pub shown: Option<String>,
    pub by: Option<Arc<Origin>>,
}

/// A value or schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NameTold {
    pub told: ValueTold,
    /// Of a condition or state.
    pub since: Option<Start>,
    /// When that is otherwise, if no reading changes; what it is then.
    pub next: Option<Next<Option<String>>>,
    /// The rules that name it.
    pub used_by: Vec<Arc<Origin>>,
}

/// An input without a usable value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unknown {
    pub input: Input,
    /// `building.device`
    pub device: String,
    pub silent: Option<Silent>,
}

/// A device that does not answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silent {
    /// The last failure, in words.
    pub why: String,
    pub since: Timestamp,
}

/// Tells of `subject`; `None` if the rules have none such, or no cycle has
/// been.
#[must_use]
pub fn explain(scene: &Scene<'_>, subject: Subject) -> Option<Explanation> {
    let (of, inputs) = match subject {
        Subject::Point(point) => {
            let told = point::tell(scene, point);
            let inputs = told.rules.iter().flat_map(|rule| rule.told.inputs.iter().cloned());
            let inputs = std::iter::once(told.reading.clone()).chain(inputs).collect();
            (Of::Point(Box::new(told)), inputs)
        }
        Subject::Value(index) => {
            let told = value(scene, index)?;
            let inputs = told.told.inputs.clone();
            (Of::Value(Box::new(told)), inputs)
        }
        Subject::Rule(index) => {
            let told = rule(scene, index, &mut teller(scene)?)?;
            let inputs = told.told.inputs.clone();
            (Of::Rule(Box::new(told)), inputs)
        }
    };
    let unknown = unknown(scene, inputs);
    Some(Explanation { now: scene.snapshot.now.wall, basis: scene.basis, of, unknown })
}

fn teller<'a>(scene: &Scene<'a>) -> Option<Teller<'a>> {
    let rules = scene.rules?;
    let (verdict, snapshot) = (&scene.outcome.verdict, scene.snapshot);
    Some(Teller::new(&rules.program, &rules.state, verdict, snapshot, scene.site))
}

fn value(scene: &Scene<'_>, index: usize) -> Option<NameTold> {
    let told = teller(scene)?.value(index)?;
    let kind = scene.outcome.verdict.values.get(index)?.kind.clone();
    let since = scene.since.name(index);
    let next = Ahead::new(scene).filter(|_| since.is_some()).map(|ahead| {
        let shown = |outcome: &Outcome| {
            let now = outcome.verdict.values.get(index).and_then(|named| named.value);
            now.map(|now| kind.display(now))
        };
        ahead.next(shown)
    });
    let used_by = scene.rules?.program.rules_naming(&told.name).cloned().collect();
    Some(NameTold { told, since, next, used_by })
}

fn rule(scene: &Scene<'_>, index: usize, teller: &mut Teller<'_>) -> Option<RuleStands> {
    let told = teller.rule(index)?;
    let mut points: Vec<TargetTold> = Vec::new();
    let commands = told.parts.iter().flat_map(|part| &part.commands);
    for command in commands.chain(told.on_fault.iter().flatten()) {
        if command.point.is_empty() || points.iter().any(|other| other.point == command.point) {
            continue;
        }
        let point = scene.site.points.find(&command.point)?;
        points.push(target(scene, point, scene.outcome));
    }
    let standing = |outcome: &Outcome| {
        outcome.verdict.rules.get(index).map_or(Standing::Waiting, |rule| rule.standing)
    };
    let next = Ahead::new(scene).map(|ahead| ahead.next(standing));
    Some(RuleStands { told, since: scene.since.rule(index), points, next })
}

/// What a point is commanded to, and by whom.
fn target(scene: &Scene<'_>, point: PointId, outcome: &Outcome) -> TargetTold {
    let decision = outcome.decisions.on(point);
    let target = decision.and_then(|decision| decision.target);
    let by = decision.and_then(|decision| decision.decided_by()).filter(|_| target.is_some());
    let definition = scene.site.points.get(point);
    TargetTold {
        point: definition.name.clone(),
        shown: target.map(|target| definition.kind.display(target)),
        by: by.map(|claim| claim.origin.clone()),
    }
}

/// Those of the inputs that are not known, each once.
fn unknown(scene: &Scene<'_>, inputs: Vec<Input>) -> Vec<Unknown> {
    let mut unknown: Vec<Unknown> = Vec::new();
    for input in inputs.into_iter().filter(|input| !input.is_known()) {
        let Some(point) = scene.site.points.find(&input.point) else { continue };
        if unknown.iter().any(|other| other.input.point == input.point) {
            continue;
        }
        let device = scene.site.points.get(point).device;
        let silent = (scene.silent)(device);
        unknown.push(Unknown { input, device: scene.site.device_name(device), silent });
    }
    unknown
}
