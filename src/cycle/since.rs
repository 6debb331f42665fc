//! Since when things are as they are: what the points are commanded to, how
//! the rules stand, what the names say. Kept beside the cycles by whoever runs
//! them; nothing decides by it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::model::{Kind, PointId};
use crate::rules::Standing;

/// A moment, or that it was so when the watching began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub at: Timestamp,
    /// It may have been so before.
    pub at_least: bool,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Since {
    /// By point.
    targets: Kept<Option<f64>>,
    /// By index into the verdict's rules and values.
    rules: Kept<Standing>,
    names: Kept<Option<f64>>,
}

impl Since {
    /// Takes in what a cycle at `at` came to.
    pub fn note(&mut self, outcome: &Outcome, at: Timestamp) {
        for decision in outcome.decisions.iter() {
            self.targets.keep(decision.point.index(), decision.target, at);
        }
        for (index, rule) in outcome.verdict.rules.iter().enumerate() {
            self.rules.keep(index, rule.standing, at);
        }
        for (index, named) in outcome.verdict.values.iter().enumerate() {
            if matches!(*named.kind, Kind::States(_)) {
                self.names.keep(index, named.value, at);
            }
        }
        for began in [&mut self.targets.began, &mut self.rules.began, &mut self.names.began] {
            began.get_or_insert(at);
        }
    }

    /// The rules are others from now on.
    pub fn forget_rules(&mut self) {
        self.rules = Kept::default();
        self.names = Kept::default();
    }

    /// Of what the point is commanded to, or that it is not.
    #[must_use]
    pub fn target(&self, point: PointId) -> Option<Start> {
        self.targets.start(point.index())
    }

    /// Of how the rule of this index stands.
    #[must_use]
    pub fn rule(&self, index: usize) -> Option<Start> {
        self.rules.start(index)
    }

    /// Of the state of the value or schedule of this index.
    #[must_use]
    pub fn name(&self, index: usize) -> Option<Start> {
        self.names.start(index)
    }
}

#[derive(Debug, Clone)]
struct Kept<T> {
    began: Option<Timestamp>,
    all: Vec<Option<(T, Timestamp)>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { began: None, all: Vec::new() }
    }
}

impl<T: Copy + PartialEq> Kept<T> {
    fn keep(&mut self, index: usize, now: T, at: Timestamp) {
        if index >= self.all.len() {
            self.all.resize(index + 1, None);
        }
        let kept = &mut self.all[index];
        if kept.is_none_or(|(before, _)| before != now) {
            *kept = Some((now, at));
        }
    }

    fn start(&self, index: usize) -> Option<Start> {
        let (_, at) = self.all.get(index).copied().flatten()?;
        Some(Start { at, at_least: at <= self.began? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stood_at_the_beginning_may_be_older() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut kept = Kept { began: Some(at(1)), all: Vec::new() };
        kept.keep(3, 20.0, at(1));
        kept.keep(3, 20.0, at(5));
        assert_eq!(kept.start(3), Some(Start { at: at(1), at_least: true }));
        kept.keep(3, 21.0, at(9));
        kept.keep(3, 21.0, at(12));
        assert_eq!(kept.start(3), Some(Start { at: at(9), at_least: false }));
        assert_eq!(kept.start(2), None);
    }
}
