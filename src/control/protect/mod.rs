//! Equipment protection (RULES: `protect`): what arbitration decided becomes
//! what the equipment stands. Each protected point remembers when it last
//! switched, how often it changed, and what is commanded. Pure; steady time
//! only.
//!
//! ```text
//! decided ─▶ step: is it worth a move ─▶ ramp: as far as it may be by now
//!         ─▶ on / off at least: may it switch ─▶ changes: one more this hour
//!         ─▶ what safety keeps, floor, ceiling, limits ─▶ commanded
//! ```
//! Level `safety` passes all but `off at least`; letting go waits for nothing
//! but `on` and `off at least`. Stopping the program does not come through
//! here. While a point is let go, what it reads counts as its switching.

mod guarded;
mod motion;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::action::Commanded;
use super::arbitrate::{Decision, Decisions};
use crate::model::{Kind, PointId, PointTable, Protection, Snapshot};

use guarded::Guarded;

/// What holds a value back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold<V = f64> {
    OnAtLeast(Duration),
    OffAtLeast(Duration),
    /// Changes an hour.
    Changes(u32),
    /// The smallest change.
    Step(V),
    /// Still on its way; the change in an hour.
    Ramp(V),
    /// Where the ramp begins has not been read yet.
    AwaitsReading,
}

impl Hold {
    /// With values as differences of a point of this kind are shown.
    #[must_use]
    pub fn shown(self, kind: &Kind) -> Hold<String> {
        match self {
            Self::OnAtLeast(time) => Hold::OnAtLeast(time),
            Self::OffAtLeast(time) => Hold::OffAtLeast(time),
            Self::Changes(most) => Hold::Changes(most),
            Self::Step(by) => Hold::Step(kind.display_difference(by)),
            Self::Ramp(by) => Hold::Ramp(kind.display_difference(by)),
            Self::AwaitsReading => Hold::AwaitsReading,
        }
    }
}

/// That protection commands something else than was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Protected {
    /// What was decided; `None`: to let go.
    pub wanted: Option<f64>,
    pub hold: Hold,
    /// Steady time from which on it holds no more, where that is known.
    pub until: Option<Duration>,
    pub file: Arc<str>,
    pub line: u32,
}

/// What outlives the process of one protected point: lengths of time, so that
/// the time it was down counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Switching {
    /// The state or stage that it stands in; `None`: not known, or a quantity.
    pub last: Option<f64>,
    /// How long ago it was switched on or off; while that is not known, how
    /// long it has been looked at.
    pub ago: Duration,
    /// How long ago each change of the last hour was, oldest first.
    pub changes: Vec<Duration>,
}

/// Changes are counted within this.
const HOUR: Duration = Duration::from_secs(3600);

impl Switching {
    /// What it is after a time in which nothing changed.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.ago = self.ago.saturating_add(time);
        for ago in &mut self.changes {
            *ago = ago.saturating_add(time);
        }
        self.changes.retain(|ago| *ago < HOUR);
        self
    }

    /// Whether nothing is known that would be missed.
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        self.last.is_none() && self.changes.is_empty()
    }
}

/// All protected points, in order, and what is remembered of them.
#[derive(Debug, Clone, Default)]
pub struct Guards {
    list: Vec<Guarded>,
    /// All that is commanded is to be looked at.
    everything: bool,
    /// Steady time of the last look.
    now: Duration,
}

impl Guards {
    /// Of points of which nothing is known yet. `protections`: in order of
    /// points.
    #[must_use]
    pub fn new(protections: &[Protection]) -> Self {
        let list = protections.iter().cloned().map(Guarded::new).collect();
        Self { list, everything: true, now: Duration::ZERO }
    }

    /// After a restart: what was remembered `down` ago, by the points' names,
    /// and what the former process left commanded.
    pub fn recall(
        &mut self,
        saved: &HashMap<Arc<str>, Switching>,
        down: Duration,
        left: &[Commanded],
    ) {
        for guarded in &mut self.list {
            if let Some(switching) = saved.get(&guarded.protection.name) {
                guarded.recall(switching.clone().after(down));
            }
            if let Some(left) = left.iter().find(|left| left.point == guarded.protection.point) {
                guarded.take_over(left.value);
            }
        }
    }

    /// Other rules take the place of these, between two cycles: points that
    /// stay protected go on, others are commanded as `decisions` say.
    #[must_use]
    pub fn succeeded_by(&self, protections: &[Protection], decisions: &Decisions) -> Self {
        let mut next = Self::new(protections);
        next.now = self.now;
        for guarded in &mut next.list {
            let point = guarded.protection.point;
            match self.find(point) {
                Some(place) => guarded.go_on_from(&self.list[place]),
                None => {
                    let commanded = decisions.on(point).and_then(|decision| decision.target);
                    if let Some(value) = commanded {
                        guarded.take_over(value);
                    }
                }
            }
        }
        next
    }

    fn find(&self, point: PointId) -> Option<usize> {
        self.list.binary_search_by_key(&point, |guarded| guarded.protection.point).ok()
    }

    /// Lets the next cycle look at all that is commanded.
    pub const fn recompute(&mut self) {
        self.everything = true;
    }

    /// Takes note of what points read that are let go, and tells which have to
    /// be decided anew because their time has come.
    pub fn look(&mut self, snapshot: &Snapshot) -> Vec<PointId> {
        self.now = snapshot.now.steady;
        let everything = std::mem::take(&mut self.everything);
        let mut due = Vec::new();
        for guarded in &mut self.list {
            let point = guarded.protection.point;
            let reading = snapshot.reading(point);
            if guarded.look(self.now, reading, everything) {
                due.push(point);
            }
        }
        due
    }

    /// Makes of a decision what its point stands now.
    pub fn protect(&mut self, decision: &mut Decision, points: &PointTable, snapshot: &Snapshot) {
        let Some(place) = self.find(decision.point) else { return };
        let point = points.get(decision.point);
        let reading = snapshot.reading(decision.point);
        self.list[place].protect(decision, point, reading, snapshot.now.steady);
    }

    /// Steady time before which none of them changes, if no reading and no
    /// decision does; `None`: never.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        self.list.iter().filter_map(Guarded::due).min()
    }

    /// What is remembered, to be stored: as of the last cycle, in order.
    pub fn saved(&self) -> impl Iterator<Item = (&Arc<str>, Switching)> + '_ {
        self.list.iter().map(|guarded| (&guarded.protection.name, guarded.saved(self.now)))
    }
}
