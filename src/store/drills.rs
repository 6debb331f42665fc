//! Past drills in the store: who unplugged us when, and what each device did.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::records::{Listed, json, list};
use super::{Batch, Store, StoreError};

const DRILLS: &str = "drill/";
/// So many are kept: of years, where one is held each quarter.
const KEPT: usize = 40;

/// One drill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrillRecord {
    pub begun: Timestamp,
    /// How long the program played dead.
    pub lasted_s: u64,
    pub user: String,
    pub points: Vec<DrilledPoint>,
}

/// What became of one command meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrilledPoint {
    /// Full name.
    pub point: String,
    /// As people read it.
    pub ours: String,
    /// What the device held at the end; `None`: it did not answer.
    pub found: Option<String>,
    /// `check` promises that it falls back after this.
    pub falls_back_s: Option<u64>,
    pub outcome: DrillOutcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrillOutcome {
    /// Our command was gone.
    FellBack,
    /// It stood, as nothing else was promised.
    Stays,
    /// It stood, but the drill was shorter than the promise.
    TooShort,
    /// It stood though it should have been gone.
    StaysAgainstPromise,
    /// The device did not answer.
    Unknown,
}

impl DrillOutcome {
    /// Whether what `check` promises was disproved, or nothing was learned.
    #[must_use]
    pub const fn failed(self) -> bool {
        matches!(self, Self::StaysAgainstPromise | Self::Unknown)
    }
}

/// Adds one; the oldest go.
///
/// # Errors
/// As [`Store::apply`].
pub fn put(store: &dyn Store, record: &DrillRecord) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    let key = format!("{DRILLS}{:020}", record.begun.as_second());
    batch.put(key.as_str(), json(&key, record)?);
    let old = store.scan(DRILLS.as_bytes())?;
    let too_many = (old.len() + 1).saturating_sub(KEPT);
    old.into_iter().take(too_many).for_each(|(key, _)| batch.remove(key));
    store.apply(&batch)
}

/// All that are kept, oldest first.
///
/// # Errors
/// If the store cannot be read.
pub fn listed(store: &dyn Store) -> Result<Listed<DrillRecord>, StoreError> {
    list(store, DRILLS)
}
