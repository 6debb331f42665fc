//! Who may say what a point shall do: levels, claims and where they come from.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::point::PointId;

/// The rank of a claim, lowest first (RULES: "A rule's output").
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Low,
    #[default]
    Normal,
    High,
    Limit,
    /// The operator's override; not for rules.
    Manual,
    Safety,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 6] =
        [Self::Low, Self::Normal, Self::High, Self::Limit, Self::Manual, Self::Safety];

    /// The keyword of the rule language.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Limit => "limit",
            Self::Manual => "manual",
            Self::Safety => "safety",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword())
    }
}

/// What is asked of a point, in its canonical unit or as a state's index.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// `set P to v`
    Set(f64),
    /// `keep P at least v`
    AtLeast(f64),
    /// `keep P at most v`
    AtMost(f64),
}

/// Who claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Rule {
        /// Building and name as people know it.
        rule: Arc<str>,
        file: Arc<str>,
        /// 1-based.
        line: u32,
    },
    Operator {
        user: String,
        why: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { rule, .. } => write!(f, "{rule}"),
            Self::Operator { user, .. } => write!(f, "{user}"),
        }
    }
}

/// One demand on one point, valid for one cycle.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    pub point: PointId,
    pub level: Level,
    pub demand: Demand,
    pub origin: Arc<Origin>,
}
