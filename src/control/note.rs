//! What arbitration has to tell about a decision besides the decision itself:
//! typed, rendered last, in German and English.

use std::sync::Arc;

use crate::model::{Kind, Language, Level, Origin};

/// Something remarkable about one decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// `at least` exceeds `at most` at one level; `at most` won.
    KeepsContradict { level: Level, at_least: f64, at_most: f64 },
    /// A `keep` with no `set` below it, and what the device would do by itself
    /// is not known: it claims nothing.
    BaseUnknown { level: Level, origin: Arc<Origin> },
    /// Below the site file's floor.
    RaisedToFloor { asked: f64, floor: f64 },
    /// Above the site file's ceiling.
    LoweredToCeiling { asked: f64, ceiling: f64 },
    /// Outside what the device accepts.
    Limited { asked: f64, limit: f64 },
    /// States have no order: a `keep` on one is ignored.
    StateKept { origin: Arc<Origin> },
    /// No number, or a state that the point does not have: ignored.
    NoSuchValue { origin: Arc<Origin> },
    /// Two sets at one level.
    SetTwice { level: Level, counts: Arc<Origin>, ignored: Arc<Origin> },
    /// The point cannot be commanded: all claims are ignored.
    ReadOnly,
}

impl Note {
    /// Whether somebody should look at it; the others only explain.
    #[must_use]
    pub const fn is_alarm(&self) -> bool {
        !matches!(
            self,
            Self::RaisedToFloor { .. } | Self::LoweredToCeiling { .. } | Self::Limited { .. }
        )
    }

    /// In words, with values as `kind` shows them.
    #[must_use]
    pub fn words(&self, language: Language, kind: &Kind) -> String {
        let show = |value: &f64| kind.display(*value);
        let (german, english) = match self {
            Self::KeepsContradict { level, at_least, at_most } => {
                let (low, high) = (show(at_least), show(at_most));
                (
                    format!(
                        "Stufe {level}: mindestens {low} widerspricht höchstens {high}; es gilt höchstens"
                    ),
                    format!(
                        "level {level}: at least {low} contradicts at most {high}; at most wins"
                    ),
                )
            }
            Self::BaseUnknown { level, origin } => (
                format!(
                    "„{origin}“ (Stufe {level}) verlangt nichts: was das Gerät von sich aus täte, ist nicht bekannt"
                ),
                format!(
                    "\"{origin}\" (level {level}) claims nothing: what the device would do by itself is not known"
                ),
            ),
            Self::RaisedToFloor { asked, floor } => (
                format!("{} auf die Untergrenze der Anlage {} angehoben", show(asked), show(floor)),
                format!("{} raised to the site's floor {}", show(asked), show(floor)),
            ),
            Self::LoweredToCeiling { asked, ceiling } => (
                format!("{} auf die Obergrenze der Anlage {} gesenkt", show(asked), show(ceiling)),
                format!("{} lowered to the site's ceiling {}", show(asked), show(ceiling)),
            ),
            Self::Limited { asked, limit } => (
                format!("{} nimmt das Gerät nicht an; begrenzt auf {}", show(asked), show(limit)),
                format!("the device does not accept {}; limited to {}", show(asked), show(limit)),
            ),
            Self::StateKept { origin } => (
                format!("„{origin}“ begrenzt einen Zustand; Zustände haben keine Reihenfolge"),
                format!("\"{origin}\" trims a state; states have no order"),
            ),
            Self::NoSuchValue { origin } => (
                format!("„{origin}“ verlangt einen Wert, den der Punkt nicht haben kann"),
                format!("\"{origin}\" asks for a value that the point cannot have"),
            ),
            Self::SetTwice { level, counts, ignored } => (
                format!("zwei Vorgaben auf Stufe {level}: „{counts}“ gilt, „{ignored}“ nicht"),
                format!("two sets at level {level}: \"{counts}\" counts, \"{ignored}\" does not"),
            ),
            Self::ReadOnly => (
                "der Punkt kann nicht gestellt werden".to_owned(),
                "the point cannot be commanded".to_owned(),
            ),
        };
        language.pick(german, english)
    }
}
