//! How much an alarm matters: said in rule files, heard by those whom the site
//! file names.

use serde::{Deserialize, Serialize};

/// How much an alarm matters, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlarmClass {
    /// Worth knowing.
    Notice,
    /// Something is broken; `alarm "…"` without a class.
    Fault,
    /// Someone has to come.
    Urgent,
}

impl AlarmClass {
    /// The keyword of the rule language.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Fault => "fault",
            Self::Urgent => "urgent",
        }
    }
}
