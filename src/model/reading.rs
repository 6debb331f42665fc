//! What is known of a point: a value with quality and age, and the frozen
//! picture of all points that one cycle works on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Now;
use super::point::PointId;

/// How far a value can be trusted. Only the first two make a usable value;
/// every other one makes it *unknown*, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Read in time, within range, not flagged by the device.
    Good,
    /// A constant used in place of a missing value.
    Substituted,
    /// Was good, but is too old now.
    Stale,
    /// Outside the range that the point can have.
    OutOfRange,
    /// The device itself says that it is wrong, or refuses to give it.
    Faulty,
    /// Nothing has been read since the start.
    NeverRead,
}

impl Quality {
    /// Whether a value of this quality may be used.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::Good | Self::Substituted)
    }
}

/// The last that was heard of one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// In the canonical unit of the point's quantity; for states the index
    /// into its state list. Meaningless unless the quality is usable (then
    /// it is the last value seen, for display only).
    pub value: f64,
    pub quality: Quality,
    /// When it was read.
    pub at: Now,
}

impl Reading {
    /// A point of which nothing is known yet.
    #[must_use]
    pub const fn never(at: Now) -> Self {
        Self { value: f64::NAN, quality: Quality::NeverRead, at }
    }

    /// The value if it may be used, else `None`: unknown.
    #[must_use]
    pub const fn known(&self) -> Option<f64> {
        if self.quality.is_usable() { Some(self.value) } else { None }
    }

    /// How long ago it was read.
    #[must_use]
    pub const fn age(&self, now: Now) -> Duration {
        now.steady.saturating_sub(self.at.steady)
    }
}

/// All points, frozen for one cycle. Indexed by [`PointId`].
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub now: Now,
    pub readings: Vec<Reading>,
}

impl Snapshot {
    /// A snapshot in which no point has been read.
    #[must_use]
    pub fn never(now: Now, points: usize) -> Self {
        Self { now, readings: vec![Reading::never(now); points] }
    }

    /// The reading of `point`.
    ///
    /// # Panics
    /// If the point belongs to another site than the snapshot.
    #[must_use]
    pub fn reading(&self, point: PointId) -> &Reading {
        &self.readings[point.index()]
    }

    /// The usable value of `point`, or `None` where it is unknown.
    #[must_use]
    pub fn known(&self, point: PointId) -> Option<f64> {
        self.reading(point).known()
    }
}
