//! What happened, beside what was measured: commands with rule, level and reason,
//! overrides, alarms, rule-set versions. Kept in the same folder as the samples,
//! in files of the same kind.

use serde::{Deserialize, Serialize};

use super::sample::Name;

/// Letters of a text that are kept: a record stays below the store's largest
/// value.
const LONGEST_TEXT: usize = 1000;

/// What kind of thing happened. Never rename: the names stand in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// What we ask of a point has changed; without a value it was let go of.
    Command,
    Override,
    Alarm,
    /// Another rule set runs from here on.
    Rules,
    /// The history itself: begun, ended, readings missing.
    History,
}

impl EventKind {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Command, "command"),
        (Self::Override, "override"),
        (Self::Alarm, "alarm"),
        (Self::Rules, "rules"),
        (Self::History, "history"),
    ];

    /// As it stands in files.
    #[must_use]
    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, text)| text)
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(kind, _)| *kind)
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    pub kind: EventKind,
    /// The full name of the point, device or schedule that it is about; empty if
    /// it is about none.
    pub point: Name,
    /// Canonical, where it has a value.
    pub value: Option<f64>,
    /// The level of a command, the class of an alarm.
    pub level: String,
    /// The rule or the person that it is of.
    pub by: String,
    /// The reason, for people.
    pub text: String,
}

impl Event {
    /// With texts of a length that the store takes.
    pub(super) fn shortened(&self) -> Self {
        let short = |text: &str| text.chars().take(LONGEST_TEXT).collect::<String>();
        Self {
            level: short(&self.level),
            by: short(&self.by),
            text: short(&self.text),
            ..self.clone()
        }
    }
}
