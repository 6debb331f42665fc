//! What is kept: samples of points, and what the points mean. Times are whole
//! milliseconds since 1970, UTC; values are in the canonical unit of the point's
//! quantity, or the index into its state list.
//!
//! A value holds until the next sample of its point. A *gap* is a sample without
//! a value: from then on nothing is known, and its quality says why. So a
//! missing value is never zero, and never the one before.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Kind, Point, Quality};

/// One value of one point, or a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// Canonical; `None`: unknown from here on.
    pub value: Option<f64>,
    pub quality: Quality,
}

impl Sample {
    /// A value that is no number, or of a quality that makes it unknown, is a gap.
    #[must_use]
    pub fn new(at: Timestamp, value: f64, quality: Quality) -> Self {
        let known = quality.is_usable() && value.is_finite();
        Self { at_ms: at.as_millisecond(), value: known.then_some(value), quality }
    }

    /// Nothing is known from here on.
    #[must_use]
    pub const fn gap(at_ms: i64, quality: Quality) -> Self {
        Self { at_ms, value: None, quality }
    }

    /// Whether both say the same, whenever they say it.
    #[must_use]
    pub fn says_same(&self, other: &Self) -> bool {
        self.quality == other.quality
            && self.value.map(f64::to_bits) == other.value.map(f64::to_bits)
    }
}

/// What the values of a point are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// The canonical unit's symbol; empty for a plain number.
    Unit(String),
    /// The labels of the states 0, 1, 2, …
    States(Vec<String>),
}

impl Meaning {
    /// Of a point of the site.
    #[must_use]
    pub fn of(point: &Point) -> Self {
        match &point.kind {
            Kind::Number(unit) => Self::Unit(unit.quantity.canonical_symbol()),
            Kind::States(states) => Self::States(states.clone()),
        }
    }
}

/// A point's full name.
pub type Name = Arc<str>;
/// What the points of a file mean.
pub type Meanings = BTreeMap<Name, Meaning>;

/// The qualities as they stand in files; the place is the code in the store.
/// Never reorder.
const QUALITIES: [(Quality, &str); 6] = [
    (Quality::Good, "good"),
    (Quality::Substituted, "substituted"),
    (Quality::Stale, "stale"),
    (Quality::OutOfRange, "out_of_range"),
    (Quality::Faulty, "faulty"),
    (Quality::NeverRead, "never_read"),
];

pub(super) fn quality_code(quality: Quality) -> u8 {
    (0_u8..).zip(QUALITIES).find(|(_, (it, _))| *it == quality).map_or(5, |(code, _)| code)
}

pub(super) fn quality_of(code: u8) -> Option<Quality> {
    QUALITIES.get(usize::from(code)).map(|(quality, _)| *quality)
}

/// As it stands in files.
#[must_use]
pub fn quality_text(quality: Quality) -> &'static str {
    QUALITIES[usize::from(quality_code(quality))].1
}

pub(super) fn quality_named(text: &[u8]) -> Option<Quality> {
    QUALITIES.iter().find(|(_, name)| name.as_bytes() == text).map(|(quality, _)| *quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_have_codes_and_names_that_come_back() {
        for (quality, name) in QUALITIES {
            assert_eq!(quality_of(quality_code(quality)), Some(quality));
            assert_eq!(quality_named(name.as_bytes()), Some(quality));
            assert_eq!(quality_text(quality), name);
        }
        assert_eq!(quality_of(6), None);
    }

    #[test]
    fn what_is_not_usable_is_a_gap_and_never_zero() {
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(Sample::new(at, 20.0, Quality::Stale).value, None);
        assert_eq!(Sample::new(at, f64::NAN, Quality::Good).value, None);
        assert_eq!(Sample::new(at, 0.0, Quality::Good).value, Some(0.0));
        let (plus, minus) =
            (Sample::new(at, 0.0, Quality::Good), Sample::new(at, -0.0, Quality::Good));
        assert!(!plus.says_same(&minus));
    }
}
