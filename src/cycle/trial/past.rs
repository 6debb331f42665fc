//! What went before a failed expectation: what was given and when, how the
//! points and names that a test asks about changed, and the conditions and
//! schedules of the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::desk::Desk;
use crate::model::{Kind, Origin, PointId};
use crate::rules::{Expectation, TestCase, TestStep};
use crate::site::Site;

/// More turns than these help nobody.
const MOST: usize = 200;

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turn {
    pub at: Timestamp,
    /// Of the point, value or schedule.
    pub name: Arc<str>,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The test says so; `None`: it is bad.
    Given(Option<String>),
    /// `None`: released.
    Commanded { shown: Option<String>, by: Option<Arc<Origin>> },
    /// A value or schedule; `None`: unknown.
    Named(Option<String>),
}

/// What a point was commanded to, and by whom.
type Target = (Option<f64>, Option<Arc<Origin>>);

/// What is watched, and what was seen.
pub(super) struct Past<'a> {
    site: &'a Site,
    points: BTreeMap<PointId, Option<Target>>,
    /// Named in an expectation.
    names: BTreeSet<Arc<str>>,
    values: BTreeMap<Arc<str>, Option<f64>>,
    turns: Vec<Turn>,
}

impl<'a> Past<'a> {
    pub fn about(case: &TestCase, site: &'a Site) -> Self {
        let expects = || case.steps.iter().flat_map(|step| &step.expects);
        Self {
            site,
            points: expects().filter_map(|it| Some((it.what.point()?, None))).collect(),
            names: expects().filter_map(|it| it.what.name().map(Arc::from)).collect(),
            values: BTreeMap::new(),
            turns: Vec::new(),
        }
    }

    pub fn given(&mut self, step: &TestStep) {
        for given in &step.givens {
            let point = self.site.points.get(given.point);
            let shown = given.value.map(|value| point.kind.display(value));
            self.add(step.at, point.name.as_str().into(), What::Given(shown));
        }
        for given in &step.schedules {
            let shown = if given.on { "on" } else { "off" }.to_owned();
            self.add(step.at, given.name.clone(), What::Given(Some(shown)));
        }
    }

    fn add(&mut self, at: Timestamp, name: Arc<str>, what: What) {
        if self.turns.len() < MOST {
            self.turns.push(Turn { at, name, what });
        }
    }

    /// After a cycle: what is not as it was.
    pub fn note(&mut self, desk: &Desk<'_>) {
        let at = desk.now().wall;
        let mut turns = Vec::new();
        for (point, seen) in &mut self.points {
            let decision = desk.decision(*point);
            let target = decision.and_then(|decision| decision.target);
            let by = decision.and_then(|decision| decision.decided_by());
            let by = by.map(|claim| claim.origin.clone()).filter(|_| target.is_some());
            let now = (target, by);
            if seen.as_ref() != Some(&now) {
                let point = desk.site.points.get(*point);
                let shown = target.map(|target| point.kind.display(target));
                let what = What::Commanded { shown, by: now.1.clone() };
                turns.push((point.name.as_str().into(), what));
                *seen = Some(now);
            }
        }
        for named in &desk.outcome.verdict.values {
            let switch = matches!(&*named.kind, Kind::States(_));
            let watched = switch || self.names.contains(&named.name);
            if watched && self.values.get(&named.name) != Some(&named.value) {
                let shown = named.value.map(|value| named.kind.display(value));
                turns.push((named.name.clone(), What::Named(shown)));
                self.values.insert(named.name.clone(), named.value);
            }
        }
        for (name, what) in turns {
            self.add(at, name, what);
        }
    }

    /// All but the turns of other points that are commanded.
    pub fn of(&self, expectation: &Expectation) -> Vec<Turn> {
        let about = expectation.what.point().map(|point| &self.site.points.get(point).name);
        let turns = self.turns.iter().filter(|turn| match &turn.what {
            What::Commanded { .. } => about.is_none_or(|name| **name == *turn.name),
            What::Given(_) | What::Named(_) => true,
        });
        turns.cloned().collect()
    }
}
