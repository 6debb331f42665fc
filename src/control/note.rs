//! What arbitration has to tell about a decision besides the decision itself:
//! typed, rendered last, in German and English.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Kind, Language, Level, Origin};

/// Something remarkable about one decision; values canonical, or as they are
/// shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note<V = f64> {
    /// `at least` exceeds `at most` at one level; `at most` won.
    KeepsContradict { level: Level, at_least: V, at_most: V },
    /// A `keep` with no `set` below it, and what the device would do by itself
    /// is not known: it claims nothing.
    BaseUnknown { level: Level, origin: Arc<Origin> },
    /// Below the site file's floor.
    RaisedToFloor { asked: V, floor: V },
    /// Above the site file's ceiling.
    LoweredToCeiling { asked: V, ceiling: V },
    /// Outside what the device accepts.
    Limited { asked: V, limit: V },
    /// States have no order: a `keep` on one is ignored.
    StateKept { origin: Arc<Origin> },
    /// No number, or a state that the point does not have: ignored.
    NoSuchValue { origin: Arc<Origin> },
    /// Two sets at one level.
    SetTwice { level: Level, counts: Arc<Origin>, ignored: Arc<Origin> },
    /// The point cannot be commanded: all claims are ignored.
    ReadOnly,
}

impl<V> Note<V> {
    /// Whether somebody should look at it; the others only explain.
    #[must_use]
    pub const fn is_alarm(&self) -> bool {
        !matches!(
            self,
            Self::RaisedToFloor { .. } | Self::LoweredToCeiling { .. } | Self::Limited { .. }
        )
    }
}

impl Note {
    /// With values as `kind` shows them.
    #[must_use]
    pub fn shown(&self, kind: &Kind) -> Note<String> {
        let show = |value: &f64| kind.display(*value);
        match self.clone() {
            Self::KeepsContradict { level, at_least, at_most } => {
                Note::KeepsContradict { level, at_least: show(&at_least), at_most: show(&at_most) }
            }
            Self::BaseUnknown { level, origin } => Note::BaseUnknown { level, origin },
            Self::RaisedToFloor { asked, floor } => {
                Note::RaisedToFloor { asked: show(&asked), floor: show(&floor) }
            }
            Self::LoweredToCeiling { asked, ceiling } => {
                Note::LoweredToCeiling { asked: show(&asked), ceiling: show(&ceiling) }
            }
            Self::Limited { asked, limit } => {
                Note::Limited { asked: show(&asked), limit: show(&limit) }
            }
            Self::StateKept { origin } => Note::StateKept { origin },
            Self::NoSuchValue { origin } => Note::NoSuchValue { origin },
            Self::SetTwice { level, counts, ignored } => Note::SetTwice { level, counts, ignored },
            Self::ReadOnly => Note::ReadOnly,
        }
    }

    /// In words, with values as `kind` shows them.
    #[must_use]
    pub fn words(&self, language: Language, kind: &Kind) -> String {
        self.shown(kind).said(language)
    }
}

impl Note<String> {
    /// In words.
    #[must_use]
    pub fn said(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::KeepsContradict { level, at_least, at_most } => {
                let (low, high) = (at_least, at_most);
                (
                    format!(
                        "Ebene {level}: mindestens {low} widerspricht höchstens {high}; es gilt höchstens"
                    ),
                    format!(
                        "level {level}: at least {low} contradicts at most {high}; at most wins"
                    ),
                )
            }
            Self::BaseUnknown { level, origin } => (
                format!(
                    "„{origin}“ (Ebene {level}) verlangt nichts: was das Gerät von sich aus täte, ist nicht bekannt"
                ),
                format!(
                    "\"{origin}\" (level {level}) claims nothing: what the device would do by itself is not known"
                ),
            ),
            Self::RaisedToFloor { asked, floor } => (
                format!("{asked} auf die Untergrenze der Anlage {floor} angehoben"),
                format!("{asked} raised to the site's floor {floor}"),
            ),
            Self::LoweredToCeiling { asked, ceiling } => (
                format!("{asked} auf die Obergrenze der Anlage {ceiling} gesenkt"),
                format!("{asked} lowered to the site's ceiling {ceiling}"),
            ),
            Self::Limited { asked, limit } => (
                format!("{asked} nimmt das Gerät nicht an; begrenzt auf {limit}"),
                format!("the device does not accept {asked}; limited to {limit}"),
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
                format!("zwei Vorgaben auf Ebene {level}: „{counts}“ gilt, „{ignored}“ nicht"),
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
