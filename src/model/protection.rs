//! What a `protect` entry says of one point: how long it stays on or off at
//! least, how often, in which steps and how fast it may be moved. The rule
//! language makes it, `control` holds to it; nobody else.

use std::sync::Arc;
use std::time::Duration;

use super::point::{Kind, Point, PointId};
use super::unit::Quantity;

/// One line of an entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guard<T> {
    pub limit: T,
    /// Of the file, 1-based.
    pub line: u32,
}

/// The protection of one point; each line at most once.
#[derive(Debug, Clone, PartialEq)]
pub struct Protection {
    pub point: PointId,
    /// `building.device.point`
    pub name: Arc<str>,
    pub file: Arc<str>,
    /// It has states or stages, so that what it reads is one of them.
    pub states: bool,
    /// The value that means off; `None`: the point cannot be off.
    pub off: Option<f64>,
    pub on_at_least: Option<Guard<Duration>>,
    pub off_at_least: Option<Guard<Duration>>,
    /// Changes within any hour.
    pub changes: Option<Guard<u32>>,
    /// The smallest change, canonical, above 0.
    pub step: Option<Guard<f64>>,
    /// The fastest change, canonical a second, above 0.
    pub ramp: Option<Guard<f64>>,
}

impl Protection {
    /// One that asks nothing.
    #[must_use]
    pub fn of(id: PointId, point: &Point, file: Arc<str>) -> Self {
        let off = point.kind.off();
        Self {
            point: id,
            name: point.name.as_str().into(),
            file,
            states: off.is_some() || matches!(point.kind, Kind::States(_)),
            off,
            on_at_least: None,
            off_at_least: None,
            changes: None,
            step: None,
            ramp: None,
        }
    }

    /// How long a point that is on, or off, stays so at least.
    #[must_use]
    pub const fn stays(&self, on: bool) -> Option<Guard<Duration>> {
        if on { self.on_at_least } else { self.off_at_least }
    }

    /// Whether it keeps a switched output from switching to and fro.
    #[must_use]
    pub const fn calms(&self) -> bool {
        self.on_at_least.is_some() || self.off_at_least.is_some() || self.changes.is_some()
    }
}

impl Kind {
    /// A difference of two values as people read it: in K where the point is
    /// in °C.
    #[must_use]
    pub fn display_difference(&self, difference: f64) -> String {
        match self {
            Self::Number(unit) if unit.quantity.absolute => {
                Quantity::KELVIN.usual_unit().display(difference)
            }
            kind => kind.display(difference),
        }
    }

    /// The value that means off: the state `off` or `aus`; 0 of a stage.
    #[must_use]
    pub fn off(&self) -> Option<f64> {
        match self {
            Self::States(states) => {
                let off = |state: &String| matches!(state.as_str(), "off" | "aus");
                states.iter().position(off).map(|index| index as f64)
            }
            Self::Number(unit) if unit.symbol.is_empty() => Some(0.0),
            Self::Number(_) => None,
        }
    }
}
