//! What is added up of one commanded point while time passes: what the rules would
//! have commanded, what was commanded then, and where both differ.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{Kind, Origin};

/// The longest stretches of difference that are told, by point.
const MOST_STRETCHES: usize = 20;
/// Different values that are told apart; all beyond are counted as others.
const MOST_VALUES: usize = 500;
/// Shorter differences come of cycles that fell on other moments; ms.
pub const BRIEF_MS: i64 = 30_000;

/// What a point was or would have been commanded to. `B`: by whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Commanded<B> {
    /// Canonical; `None`: nobody commanded it.
    pub value: Option<f64>,
    pub by: Option<B>,
}

impl<B> Default for Commanded<B> {
    fn default() -> Self {
        Self { value: None, by: None }
    }
}

/// What the rules would have commanded.
pub type Would = Commanded<Arc<Origin>>;
/// What was commanded, by the rule or person of this name.
pub type Was = Commanded<Arc<str>>;

/// How a commanded point did over the whole time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Milliseconds at each value, as people read it.
    pub at: BTreeMap<String, i64>,
    /// Milliseconds at further values.
    pub at_others: i64,
    /// Milliseconds in which nobody commanded it.
    pub free: i64,
    /// How often another value was commanded, or it was let go.
    pub changes: u64,
    /// Of a switch or stage: how often it was switched on.
    pub starts: Option<u64>,
    /// Of a switch or stage: milliseconds on.
    pub on: Option<i64>,
}

impl Tally {
    fn of(kind: &Kind) -> Self {
        let switches = kind.off().is_some();
        Self { starts: switches.then_some(0), on: switches.then_some(0), ..Self::default() }
    }

    fn hold(&mut self, value: Option<f64>, kind: &Kind, ms: i64) {
        let Some(value) = value else {
            self.free += ms;
            return;
        };
        let shown = kind.display(value);
        if self.at.len() >= MOST_VALUES && !self.at.contains_key(&shown) {
            self.at_others += ms;
        } else {
            *self.at.entry(shown).or_insert(0) += ms;
        }
        if is_on(Some(value), kind) {
            self.on = self.on.map(|on| on + ms);
        }
    }

    fn change(&mut self, from: Option<f64>, to: Option<f64>, kind: &Kind) {
        if from.map(f64::to_bits) == to.map(f64::to_bits) {
            return;
        }
        self.changes += 1;
        if is_on(to, kind) && !is_on(from, kind) {
            self.starts = self.starts.map(|starts| starts + 1);
        }
    }
}

fn is_on(value: Option<f64>, kind: &Kind) -> bool {
    kind.off().zip(value).is_some_and(|(off, value)| value != off)
}

/// A time in which something else would have been commanded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stretch {
    pub from: Timestamp,
    pub until: Timestamp,
    /// As people read it; `None`: nobody.
    pub would: Option<String>,
    pub would_by: Option<Arc<Origin>>,
    pub was: Option<String>,
    /// The rule or person.
    pub was_by: Option<Arc<str>>,
}

impl Stretch {
    #[must_use]
    pub fn length_ms(&self) -> i64 {
        self.until.as_millisecond() - self.from.as_millisecond()
    }
}

/// See the module.
#[derive(Debug)]
pub struct Account {
    pub kind: Kind,
    pub would: Tally,
    pub was: Tally,
    /// Milliseconds in which the rules could not tell for want of inputs.
    pub unknown: i64,
    /// Milliseconds in which both differ.
    pub differs: i64,
    /// How often, and how often for so short that it is a matter of cycles.
    pub differences: u64,
    pub brief: u64,
    /// The longest, longest first.
    pub stretches: Vec<Stretch>,
    now: Present,
    /// The difference that runs.
    open: Option<Stretch>,
}

/// What holds since `since_ms`.
#[derive(Debug, Default)]
struct Present {
    would: Would,
    was: Was,
    unknown: bool,
    since_ms: i64,
    /// Nothing is counted where nothing is recorded.
    counts: bool,
}

impl Account {
    pub fn new(kind: &Kind) -> Self {
        Self {
            kind: kind.clone(),
            would: Tally::of(kind),
            was: Tally::of(kind),
            unknown: 0,
            differs: 0,
            differences: 0,
            brief: 0,
            stretches: Vec::new(),
            now: Present::default(),
            open: None,
        }
    }

    /// From `at_ms` on it is so; `counts`: there is a record, and it is asked for.
    pub fn set(&mut self, at_ms: i64, would: Would, was: &Was, unknown: bool, counts: bool) {
        let now = &self.now;
        if now.counts == counts && now.unknown == unknown && now.would == would && now.was == *was {
            return;
        }
        self.settle(at_ms);
        if counts && self.now.counts {
            self.would.change(self.now.would.value, would.value, &self.kind);
            self.was.change(self.now.was.value, was.value, &self.kind);
        }
        self.now = Present { would, was: was.clone(), unknown, since_ms: at_ms, counts };
        self.compare(at_ms);
    }

    /// What has held until `at_ms` is counted.
    pub fn settle(&mut self, at_ms: i64) {
        let ms = at_ms - self.now.since_ms;
        self.now.since_ms = at_ms;
        if !self.now.counts || ms <= 0 {
            return;
        }
        self.would.hold(self.now.would.value, &self.kind, ms);
        self.was.hold(self.now.was.value, &self.kind, ms);
        if self.now.unknown {
            self.unknown += ms;
        }
        if self.differ() {
            self.differs += ms;
        }
    }

    /// The end of the time.
    pub fn end(&mut self, at_ms: i64) {
        self.settle(at_ms);
        self.now.counts = false;
        self.compare(at_ms);
    }

    fn differ(&self) -> bool {
        let (would, was) = (self.now.would.value, self.now.was.value);
        would.map(f64::to_bits) != was.map(f64::to_bits) && self.shown(would) != self.shown(was)
    }

    fn shown(&self, value: Option<f64>) -> Option<String> {
        value.map(|value| self.kind.display(value))
    }

    /// Ends the stretch that runs, if another one begins or none.
    fn compare(&mut self, at_ms: i64) {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
        let present = (self.now.counts && self.differ()).then(|| Stretch {
            from: at,
            until: at,
            would: self.shown(self.now.would.value),
            would_by: self.now.would.by.clone(),
            was: self.shown(self.now.was.value),
            was_by: self.now.was.by.clone(),
        });
        let goes_on = self.open.as_ref().zip(present.as_ref()).is_some_and(|(open, present)| {
            *open == Stretch { from: open.from, until: open.until, ..present.clone() }
        });
        if goes_on {
            return;
        }
        if let Some(mut over) = std::mem::replace(&mut self.open, present) {
            over.until = at;
            self.keep(over);
        }
    }

    fn keep(&mut self, over: Stretch) {
        self.differences += 1;
        if over.length_ms() < BRIEF_MS {
            self.brief += 1;
            return;
        }
        let place = self.stretches.partition_point(|it| it.length_ms() >= over.length_ms());
        if place < MOST_STRETCHES {
            self.stretches.insert(place, over);
            self.stretches.truncate(MOST_STRETCHES);
        }
    }
}
