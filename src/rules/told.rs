//! What is told of a rule or value when somebody asks why: plain data, with
//! values as people read them. Written by `teller`, put into words by
//! `cycle::explain`.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::verdict::Standing;
use crate::model::{AlarmClass, Level, Origin, Quality};

/// An expression as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// As written.
    pub text: String,
    pub says: Says,
    pub about: Option<About>,
    /// What it is made of, as far as that is worth telling.
    pub parts: Vec<Told>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// A condition; `None`: unknown.
    Holds(Option<bool>),
    /// A quantity or state; `None`: unknown.
    Is(Option<String>),
}

/// What there is to say beside the value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    Reading(Input),
    /// A named value, told here or before.
    Value {
        name: Arc<str>,
    },
    Schedule {
        name: Arc<str>,
        /// `None`: unknown, for the clock is doubtful.
        on: Option<bool>,
        /// `None`: it does not change within a week.
        until: Option<Timestamp>,
        /// An operator says so.
        by_hand: bool,
    },
    /// `starts`, `ends`, `ended`: when it does next, or did last.
    Turn {
        at: Option<Timestamp>,
    },
    /// `for`: true for so long, of so long.
    For {
        held_s: f64,
        of_s: Option<f64>,
    },
    /// `extended`: last true so long ago, of so long; `None`: never.
    Extended {
        ago_s: Option<f64>,
        of_s: Option<f64>,
    },
    /// `until`
    Latch {
        on: bool,
    },
    /// `until acknowledged`; `by`: who has, while its cause is still there.
    Acknowledge {
        on: bool,
        by: Option<Arc<str>>,
    },
    /// A window or metering period; it has not seen enough yet.
    Window {
        filling: bool,
    },
    /// Over a group: so many are known, of all; so many must be.
    Members {
        known: usize,
        all: usize,
        least: u32,
    },
}

/// A point that is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    pub point: String,
    /// What it reads, or read last; `None`: nothing yet.
    pub shown: Option<String>,
    pub quality: Quality,
    /// Seconds since it was read; `None`: never.
    pub age_s: Option<f64>,
}

impl Input {
    /// Whether the value may be used.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.quality.is_usable()
    }
}

/// A rule as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleTold {
    pub rule: Arc<Origin>,
    pub level: Level,
    /// It commands nothing.
    #[serde(default)]
    pub shadow: bool,
    pub standing: Standing,
    /// How long it has been unknown.
    pub unknown_for_s: Option<f64>,
    pub grace_s: f64,
    pub parts: Vec<PartTold>,
    pub on_fault: Option<Vec<CommandTold>>,
    /// All points that it depends on.
    pub inputs: Vec<Input>,
}

/// `when`, `else when`, `else`, or commands that always hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartTold {
    pub head: HeadTold,
    /// `None`: always.
    pub condition: Option<Told>,
    #[serde(default)]
    pub run: Option<RunTold>,
    pub commands: Vec<CommandTold>,
}

/// How far a part is with `run at least` and its kin; times in seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunTold {
    /// It runs for at least so much longer.
    pub least_s: Option<f64>,
    /// It runs for at most so much longer.
    pub most_s: Option<f64>,
    /// It rests for so much longer.
    pub pause_s: Option<f64>,
    /// It has run for as long as it may; its condition has to be false once.
    pub spent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadTold {
    When,
    ElseWhen,
    Else,
    Always,
}

impl HeadTold {
    /// The keywords of the rule language.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::When => "when",
            Self::ElseWhen => "else when",
            Self::Else => "else",
            Self::Always => "",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandTold {
    pub verb: Verb,
    /// The point's full name; empty for an alarm.
    pub point: String,
    /// What it is set to, as written; the words of an alarm.
    pub text: String,
    /// What that comes to.
    pub value: Option<String>,
    /// What it is computed from.
    pub parts: Vec<Told>,
    pub line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Set,
    AtLeast,
    AtMost,
    Alarm(AlarmClass),
}

/// A named value or schedule as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueTold {
    pub name: Arc<str>,
    /// `None`: unknown.
    pub shown: Option<String>,
    /// Of a schedule: when it changes next.
    pub schedule: Option<ScheduleTold>,
    pub expression: Option<Told>,
    pub inputs: Vec<Input>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleTold {
    /// `None`: not within a week, or the clock is doubtful.
    pub until: Option<Timestamp>,
    /// An operator says so.
    pub by_hand: bool,
}
