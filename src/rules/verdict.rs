//! What one evaluation says: claims, alarms, how each rule stands, and the
//! present values of names. Arbitration, explanation and alarms read it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{AlarmClass, Claim, Demand, Kind, Language, Origin, PointId, PointTable};

use super::program::Program;

/// Why an alarm is raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmCause {
    /// A rule says so, in these words.
    Written(Arc<str>),
    /// A rule has been unknown for longer than its grace and let go of its
    /// points.
    RuleUnknown { inputs: Vec<PointId> },
    /// A constant has stood in for a missing value for longer than the grace.
    Substituted { inputs: Vec<PointId> },
}

/// An alarm that holds in this cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedAlarm {
    pub class: AlarmClass,
    pub cause: AlarmCause,
    /// The rule or value, and the line.
    pub rule: Arc<Origin>,
}

impl RaisedAlarm {
    /// What people read.
    #[must_use]
    pub fn text(&self, language: Language, points: &PointTable) -> String {
        match &self.cause {
            AlarmCause::Written(text) => text.to_string(),
            AlarmCause::RuleUnknown { inputs } if inputs.is_empty() => {
                let rule = &self.rule;
                language.pick(
                    format!("Regel „{rule}“ kann nicht entscheiden, obwohl alle Eingänge da sind (zu wenige Messwerte im Zeitraum, oder durch null geteilt); was sie befahl, ist freigegeben"),
                    format!("rule \"{rule}\" cannot decide although all inputs are there (too few readings in the span of time, or divided by zero); what it commanded is released"),
                )
            }
            AlarmCause::RuleUnknown { inputs } => {
                let inputs = names(inputs, points);
                let rule = &self.rule;
                language.pick(
                    format!("Regel „{rule}“ kann nicht entscheiden, weil Eingänge fehlen ({inputs}); was sie befahl, ist freigegeben"),
                    format!("rule \"{rule}\" cannot decide for want of inputs ({inputs}); what it commanded is released"),
                )
            }
            AlarmCause::Substituted { inputs } => {
                let inputs = names(inputs, points);
                let rule = &self.rule;
                language.pick(
                    format!("{rule} rechnet mit einem Ersatzwert ({inputs})"),
                    format!("{rule} works with a substitute ({inputs})"),
                )
            }
        }
    }
}

fn names(inputs: &[PointId], points: &PointTable) -> String {
    const SHOWN: usize = 4;
    let mut text: Vec<&str> =
        inputs.iter().take(SHOWN).map(|id| points.get(*id).name.as_str()).collect();
    if inputs.len() > SHOWN {
        text.push("…");
    }
    text.join(", ")
}

/// Where a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// After a start: some input has been neither read nor declared bad yet.
    Waiting,
    /// This part decides, counted from 0.
    Active(u16),
    /// No part is true.
    Idle,
    /// Unknown, within the grace: this was its last decision.
    Kept(Option<u16>),
    /// Unknown for longer than the grace: `on fault` decides.
    OnFault,
    /// Unknown for longer than the grace, without `on fault`: let go.
    Released,
}

/// One rule after an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleStatus {
    /// Name, file and line of the rule.
    pub rule: Arc<Origin>,
    pub standing: Standing,
    /// How long it has been unknown, in steady time.
    pub unknown_for: Option<Duration>,
    /// The inputs that have no usable value, where the rule is unknown.
    pub unknown_inputs: Vec<PointId>,
}

impl RuleStatus {
    fn unheard(rule: &Arc<Origin>) -> Self {
        Self {
            rule: rule.clone(),
            standing: Standing::Waiting,
            unknown_for: None,
            unknown_inputs: Vec::new(),
        }
    }
}

/// A named value or schedule as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedValue {
    /// With its building.
    pub name: Arc<str>,
    pub kind: Arc<Kind>,
    /// Canonical; `None`: unknown.
    pub value: Option<f64>,
}

impl NamedValue {
    fn unheard(value: &super::program::Value) -> Self {
        Self { name: value.name.clone(), kind: value.kind.clone(), value: None }
    }
}

/// The alarms that hold, in the order of the files: those of rules, then those
/// of values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RaisedAlarms {
    /// By who raises them; never empty.
    by: BTreeMap<u32, Vec<RaisedAlarm>>,
}

impl RaisedAlarms {
    pub fn iter(&self) -> impl Iterator<Item = &RaisedAlarm> {
        self.by.values().flatten()
    }

    /// What `by` raises from now on.
    pub(super) fn set(&mut self, by: u32, alarms: Vec<RaisedAlarm>) {
        if alarms.is_empty() {
            self.by.remove(&by);
        } else {
            self.by.insert(by, alarms);
        }
    }
}

/// All that the evaluations say; each brings it up to date.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// By command of the program.
    claims: Vec<Option<Claim>>,
    /// What shadow rules would claim, likewise.
    shadows: BTreeMap<usize, Claim>,
    pub alarms: RaisedAlarms,
    /// In the order of the files.
    pub rules: Vec<RuleStatus>,
    pub values: Vec<NamedValue>,
    /// The points whose claims are not those of the evaluation before, in
    /// order; all that rules may command, where the program is another.
    pub changed: Vec<PointId>,
    /// Which evaluation wrote it last.
    pub(super) evaluations: u64,
}

impl Verdict {
    /// All claims, in the order of the files.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.claims.iter().flatten()
    }

    /// The claims on one point.
    pub fn claims_on<'a>(
        &'a self,
        program: &'a Program,
        point: PointId,
    ) -> impl Iterator<Item = &'a Claim> {
        let commands = program.wiring.of_targets.get(point.index());
        commands.iter().filter_map(|command| self.claims[*command as usize].as_ref())
    }

    /// What a shadow rule would claim.
    pub fn shadow_claims<'a>(
        &'a self,
        program: &'a Program,
        rule: usize,
    ) -> impl Iterator<Item = &'a Claim> {
        program.commands_of(rule).filter_map(|command| self.shadows.get(&command))
    }

    /// What stands before the first evaluation.
    pub(super) fn clear(&mut self, program: &Program) {
        *self = Self {
            claims: vec![None; program.commands.len()],
            rules: program.rules.iter().map(|rule| RuleStatus::unheard(&rule.origin)).collect(),
            values: program.values.iter().map(NamedValue::unheard).collect(),
            ..Self::default()
        };
    }

    pub(super) fn claim(&mut self, command: usize, demand: Demand, made: impl FnOnce() -> Claim) {
        match &mut self.claims[command] {
            Some(claim) if claim.demand == demand => {}
            Some(claim) => {
                claim.demand = demand;
                self.changed.push(claim.point);
            }
            none => {
                let claim = none.insert(made());
                self.changed.push(claim.point);
            }
        }
    }

    pub(super) fn shadow(&mut self, command: usize, claim: Claim) {
        self.shadows.insert(command, claim);
    }

    pub(super) fn withdraw(&mut self, command: usize) {
        self.shadows.remove(&command);
        self.changed.extend(self.claims[command].take().map(|claim| claim.point));
    }
}
