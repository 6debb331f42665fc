//! A `test` entry that passed the check: moments, what is given, what is
//! expected. Made by the checker, carried out by `cycle::trial`.

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::PointId;

/// One `test "name"`.
#[derive(Debug, Clone, PartialEq)]
pub struct TestCase {
    /// Building and name.
    pub name: Arc<str>,
    pub file: Arc<str>,
    /// 1-based.
    pub line: u32,
    /// Ascending; the first is the start.
    pub steps: Vec<TestStep>,
}

/// One moment of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct TestStep {
    pub at: Timestamp,
    /// From then on; those of the first step have held for ever.
    pub givens: Vec<Given>,
    /// The same of schedules.
    pub schedules: Vec<GivenSchedule>,
    /// Full names of rules and values that somebody acknowledges then.
    pub acknowledges: Vec<Arc<str>>,
    /// Of what the rules say to these givens.
    pub expects: Vec<Expectation>,
}

/// What a point reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given {
    pub point: PointId,
    /// Canonical, or a state's index; `None`: it is bad.
    pub value: Option<f64>,
}

/// Whether a schedule is on, whatever its lines say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenSchedule {
    /// With its building.
    pub name: Arc<str>,
    pub on: bool,
}

/// One thing that is expected at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    pub what: Assertion,
    /// The rule that won, with its building.
    pub because: Option<Arc<str>>,
    /// 1-based.
    pub line: u32,
    /// As written.
    pub text: Arc<str>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Assertion {
    /// The point is (`not`: is not) commanded to this value.
    Commanded { point: PointId, value: f64, not: bool },
    /// Nobody commands the point.
    Released(PointId),
    /// The value or schedule of this full name has this value.
    Named { name: Arc<str>, value: f64, not: bool },
    /// The value of this full name is known, or is not.
    Known { name: Arc<str>, good: bool },
    /// A rule raises the alarm of these words.
    Alarm(Arc<str>),
    /// No rule does; `None`: there is no alarm at all.
    NoAlarm(Option<Arc<str>>),
}

impl Assertion {
    /// The point that it is about.
    #[must_use]
    pub const fn point(&self) -> Option<PointId> {
        match self {
            Self::Commanded { point, .. } | Self::Released(point) => Some(*point),
            _ => None,
        }
    }

    /// The value or schedule that it is about.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named { name, .. } | Self::Known { name, .. } => Some(name),
            _ => None,
        }
    }
}
