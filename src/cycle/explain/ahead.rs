//! What will change next if no reading does: the same rules, run ahead on a
//! copy of their state. Cycles in which nothing is due are left out.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Scene;
use crate::control::Guards;
use crate::cycle::beat::next_cycle;
use crate::cycle::{Outcome, quiet, step};
use crate::model::{PointId, Quality, Reading, Snapshot};
use crate::rules::{Program, State};

/// So far ahead is looked.
const HORIZON: Duration = Duration::from_secs(48 * 3600);
/// So many cycles at most: somebody waits for the answer.
const MOST_CYCLES: usize = 600;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next<T> {
    /// So from then on.
    Change { at: Timestamp, to: T },
    /// No change before then.
    Same { until: Timestamp },
}

/// A copy of the rules that runs ahead.
pub(super) struct Ahead<'a> {
    scene: Scene<'a>,
    program: &'a Program,
    state: State,
    guards: Guards,
    snapshot: Snapshot,
    outcome: Outcome,
    commanded: BTreeMap<PointId, f64>,
}

impl<'a> Ahead<'a> {
    /// `None` where there are no rules.
    pub fn new(scene: &Scene<'a>) -> Option<Self> {
        let rules = scene.rules?;
        Some(Self {
            scene: *scene,
            program: &rules.program,
            state: rules.state.clone(),
            guards: rules.guards.clone(),
            snapshot: scene.snapshot.clone(),
            outcome: Outcome::default(),
            commanded: BTreeMap::new(),
        })
    }

    /// When what `look` sees changes first.
    pub fn next<T: PartialEq>(mut self, look: impl Fn(&Outcome) -> T) -> Next<T> {
        let begin = self.snapshot.now;
        let beat = self.scene.site.cycle.max(Duration::from_secs(1));
        self.cycle();
        let first = look(&self.outcome);
        let mut passed = Duration::ZERO;
        for _ in 0..MOST_CYCLES {
            let due = self.due().saturating_sub(begin.steady);
            let Some(next) = next_cycle(passed, due, HORIZON, beat) else {
                passed = HORIZON;
                break;
            };
            passed = next;
            self.snapshot.now.steady = begin.steady.saturating_add(passed);
            self.snapshot.now.wall = begin.wall.checked_add(passed).unwrap_or(Timestamp::MAX);
            self.cycle();
            let to = look(&self.outcome);
            if to != first {
                return Next::Change { at: self.snapshot.now.wall, to };
            }
        }
        Next::Same { until: begin.wall.checked_add(passed).unwrap_or(Timestamp::MAX) }
    }

    /// Steady time before which nothing changes.
    fn due(&self) -> Duration {
        let now = self.snapshot.now;
        let quiet = quiet(self.program, &self.state, &self.guards);
        let edges = self.scene.overrides.iter().flat_map(|over| [over.from, over.until]);
        let civil = edges.filter(|edge| *edge > now.wall).fold(quiet.wall, Timestamp::min);
        let left = Duration::try_from(civil.duration_since(now.wall)).unwrap_or_default();
        let civil = now.steady.saturating_add(left);
        quiet.steady.map_or(civil, |timer| timer.min(civil))
    }

    /// One cycle; what it commands anew is read from then on.
    fn cycle(&mut self) {
        let (scene, points) = (&self.scene, &self.scene.site.points);
        let rules = Some((self.program, &mut self.state, &mut self.guards));
        step(&self.snapshot, rules, points, scene.overrides, scene.base, &mut self.outcome);
        let now = self.snapshot.now;
        for decision in self.outcome.decisions.iter() {
            let Some(value) = decision.target else { continue };
            let before = self.commanded.insert(decision.point, value);
            let first_look = before.is_none() && now == scene.snapshot.now;
            if before != Some(value) && !first_look {
                let reading = Reading { value, quality: Quality::Good, at: now };
                self.snapshot.readings[decision.point.index()] = reading;
            }
        }
    }
}
