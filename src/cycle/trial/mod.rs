//! Carries out the `test` entries of rule files: the same cycle as the
//! daemon's, on a desk without devices, with a clock that is stepped. Called by
//! `hauswart test`; says what was expected and what was found instead.
//!
//! ```text
//! run-up: what is given at the start has held for ever ─▶ start ─▶ at ─▶ at …
//!                                       each: givens, a cycle, what is expected
//! ```

mod desk;
mod past;
pub mod words;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::explain::{Explanation, Subject};
use crate::control::Note;
use crate::model::{Origin, PointId};
use crate::rules::{AlarmCause, Assertion, Expectation, Program, Standing, TestCase};
use crate::site::Site;

use desk::Desk;
use past::Past;
pub use past::{Turn, What};

/// The weekly schedules have been through, and all days before the start that
/// anything looks back to, beside the times that the rules name.
const WEEK_AND_A_DAY: Duration = Duration::from_secs(8 * 86_400);

/// How one test ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// Building and name.
    pub name: Arc<str>,
    pub file: Arc<str>,
    pub line: u32,
    /// Empty: it passed.
    pub failures: Vec<Failure>,
}

/// One expectation that was not met.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    pub at: Timestamp,
    pub line: u32,
    /// As written.
    pub expected: Arc<str>,
    pub because: Option<Arc<str>>,
    pub found: Found,
    /// Why: of the point, value or rule that was asked about.
    pub why: Option<Box<Explanation>>,
    /// What went before: the inputs, and what was asked about.
    pub past: Vec<Turn>,
}

/// What was there instead.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// A point commanded to this, by a rule.
    Commanded { shown: String, by: Option<Arc<Origin>> },
    /// A point that nobody commands.
    Released,
    /// A value or schedule; `None`: unknown.
    Named { shown: Option<String> },
    /// Alarms that rules raise, with their rules.
    Alarms(Vec<(Arc<str>, Arc<Origin>)>),
    /// It cannot be told: these points were never given.
    Unset(Vec<String>),
}

impl Trial {
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Which cycles are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Those in which something may change, and the ones before them: the
    /// outcome is that of all.
    WhenDue,
    All,
}

/// Carries out one test of `program`, which was checked for `site`.
#[must_use]
pub fn run(case: &TestCase, program: &Program, site: &Site) -> Trial {
    run_after(WEEK_AND_A_DAY + program.longest(), Pace::WhenDue, case, program, site)
}

/// The same with another run-up, and cycle by cycle if need be: for tests of
/// this module.
#[must_use]
pub fn run_after(
    run_up: Duration,
    pace: Pace,
    case: &TestCase,
    program: &Program,
    site: &Site,
) -> Trial {
    let mut trial = Trial {
        name: case.name.clone(),
        file: case.file.clone(),
        line: case.line,
        failures: Vec::new(),
    };
    let Some(first) = case.steps.first() else { return trial };
    let mut desk = Desk::new(site, program, first.at, run_up, pace);
    let mut past = Past::about(case, site);
    desk.give(&first.givens);
    desk.lay(&first.schedules);
    desk.cycle();
    desk.pass(first.at, |_| {});
    for (number, step) in case.steps.iter().enumerate() {
        desk.pass(step.at, |desk| past.note(desk));
        past.given(step);
        if number > 0 {
            desk.give(&step.givens);
            desk.lay(&step.schedules);
        }
        step.acknowledges.iter().for_each(|name| desk.acknowledge(name));
        desk.cycle();
        past.note(&desk);
        for expectation in &step.expects {
            let Some(found) = compare(expectation, &desk) else { continue };
            trial.failures.push(Failure {
                at: step.at,
                line: expectation.line,
                expected: expectation.text.clone(),
                because: expectation.because.clone(),
                found,
                why: why(&expectation.what, &desk).map(Box::new),
                past: past.of(expectation),
            });
        }
    }
    trial
}

/// What is there instead of what is expected; `None` if that is met.
fn compare(expectation: &Expectation, desk: &Desk<'_>) -> Option<Found> {
    let unset = unset(expectation, desk);
    if !unset.is_empty() {
        let name = |point: &PointId| desk.site.points.get(*point).name.clone();
        return Some(Found::Unset(unset.iter().map(name).collect()));
    }
    match &expectation.what {
        Assertion::Commanded { point, value, not } => {
            let kind = &desk.site.points.get(*point).kind;
            let (target, by) = commanded(*point, expectation.because.as_deref(), desk);
            let Some(target) = target else {
                return (!not).then_some(Found::Released);
            };
            let met = (kind.display(target) == kind.display(*value)) != *not
                && is_by(by.as_deref(), expectation.because.as_deref());
            (!met).then(|| Found::Commanded { shown: kind.display(target), by })
        }
        Assertion::Released(point) => desk.target(*point).map(|target| {
            let by = desk.decision(*point).and_then(|decision| decision.decided_by());
            let shown = desk.site.points.get(*point).kind.display(target);
            Found::Commanded { shown, by: by.map(|claim| claim.origin.clone()) }
        }),
        Assertion::Named { name, value, not } => {
            let (kind, now) = desk.named(name)?;
            let shown = now.map(|now| kind.display(now));
            let met = shown.as_ref().is_some_and(|shown| (*shown == kind.display(*value)) != *not);
            (!met).then_some(Found::Named { shown })
        }
        Assertion::Known { name, good } => {
            let (kind, now) = desk.named(name)?;
            let shown = now.map(|now| kind.display(now));
            (now.is_some() != *good).then_some(Found::Named { shown })
        }
        Assertion::Alarm(text) => {
            let alarms = alarms(desk);
            let because = expectation.because.as_deref();
            let met =
                |(raised, by): &(Arc<str>, Arc<Origin>)| raised == text && is_by(Some(by), because);
            (!alarms.iter().any(met)).then_some(Found::Alarms(alarms))
        }
        Assertion::NoAlarm(text) => {
            let meant = |raised: &Arc<str>| text.as_ref().is_none_or(|text| text == raised);
            let alarms: Vec<_> =
                alarms(desk).into_iter().filter(|(raised, _)| meant(raised)).collect();
            (!alarms.is_empty()).then_some(Found::Alarms(alarms))
        }
    }
}

/// What the point is commanded to, and by whom; where `because` is a shadow,
/// what that would make of it.
fn commanded(
    point: PointId,
    because: Option<&str>,
    desk: &Desk<'_>,
) -> (Option<f64>, Option<Arc<Origin>>) {
    let program = &desk.rules.program;
    let shadow = because.and_then(|rule| program.rule_called(rule));
    if let Some(rule) = shadow.filter(|rule| program.is_shadow(*rule)) {
        return desk.would(rule, point);
    }
    let by = desk.decision(point).and_then(|decision| decision.decided_by());
    (desk.target(point), by.map(|claim| claim.origin.clone()))
}

/// Explains what was asked about.
fn why(what: &Assertion, desk: &Desk<'_>) -> Option<Explanation> {
    let subject = match what {
        Assertion::Commanded { point, .. } | Assertion::Released(point) => Subject::Point(*point),
        Assertion::Named { name, .. } | Assertion::Known { name, .. } => {
            let values = &desk.outcome.verdict.values;
            Subject::Value(values.iter().position(|named| named.name == *name)?)
        }
        Assertion::Alarm(text) | Assertion::NoAlarm(Some(text)) => {
            let rules = desk.rules.program.rules_alarming(Some(text));
            Subject::Rule(*rules.first()?)
        }
        Assertion::NoAlarm(None) => {
            let by = alarms(desk).into_iter().next()?.1;
            let rules = desk.rules.program.rules_alarming(None).into_iter();
            let raised =
                |rule: &usize| desk.outcome.verdict.rules[*rule].rule.to_string() == by.to_string();
            Subject::Rule(rules.into_iter().find(raised)?)
        }
    };
    desk.explain(subject)
}

/// What rules say in their own words.
fn alarms(desk: &Desk<'_>) -> Vec<(Arc<str>, Arc<Origin>)> {
    let raised = desk.outcome.verdict.alarms.iter();
    raised
        .filter_map(|alarm| match &alarm.cause {
            AlarmCause::Written(text) => Some((text.clone(), alarm.rule.clone())),
            _ => None,
        })
        .collect()
}

fn is_by(origin: Option<&Origin>, because: Option<&str>) -> bool {
    let Some(because) = because else { return true };
    matches!(origin, Some(Origin::Rule { rule, .. }) if &**rule == because)
}

/// The points that were never given, and for want of which it cannot be told
/// what the rules would do.
fn unset(expectation: &Expectation, desk: &Desk<'_>) -> Vec<PointId> {
    let program = &desk.rules.program;
    let never = |point: &PointId| desk.is_unset(*point);
    // What is only computed changes nothing, unless that is what is asked.
    let asked = expectation.because.as_deref().and_then(|rule| program.rule_called(rule));
    let counts = |rule: &usize| !program.is_shadow(*rule) || Some(*rule) == asked;
    let rules = match &expectation.what {
        Assertion::Commanded { point, .. } | Assertion::Released(point) => {
            let base_unknown = desk.decision(*point).is_some_and(|decision| {
                decision.notes.iter().any(|note| matches!(note, Note::BaseUnknown { .. }))
            });
            if base_unknown && never(point) {
                return vec![*point];
            }
            program.rules_commanding(*point)
        }
        Assertion::Alarm(text) | Assertion::NoAlarm(Some(text)) => {
            program.rules_alarming(Some(text))
        }
        Assertion::NoAlarm(None) => program.rules_alarming(None),
        Assertion::Named { name, .. } => {
            let unknown = desk.named(name).is_some_and(|(_, now)| now.is_none());
            let inputs = program.inputs_of_value(name).iter().copied();
            return inputs.filter(|point| unknown && never(point)).collect();
        }
        Assertion::Known { .. } => Vec::new(),
    };
    let mut found: Vec<PointId> = rules
        .into_iter()
        .filter(counts)
        .map(|rule| &desk.outcome.verdict.rules[rule])
        .filter(|rule| !matches!(rule.standing, Standing::Active(_) | Standing::Idle))
        .flat_map(|rule| rule.unknown_inputs.iter().copied().filter(never))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
