//! Alarms in the store, under their numbers. What an alarm is about stands
//! there by names; its words are those of the run that wrote it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::records::{Listed, json, list, parse};
use super::{Batch, Store, StoreError};

const ALARMS: &str = "alarm/";
/// The last number given to an alarm.
const LAST: &str = "counter/alarm";

/// An alarm that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmRecord {
    pub number: u64,
    /// A word for its kind, then names: `["device", "Schule.HK1"]`.
    pub about: Vec<String>,
    /// `urgent`, `fault`, `notice`
    pub class: String,
    pub text: String,
    /// What hauswart does about it.
    pub done: String,
    pub since: Timestamp,
    /// `None`: it stands.
    pub gone: Option<Timestamp>,
    /// Whether its cause was there, last; one that flaps stands regardless.
    pub present: bool,
    pub turned: Timestamp,
    /// Of the last hour.
    #[serde(default)]
    pub comings: Vec<Timestamp>,
    #[serde(default)]
    pub flaps: Option<FlapsRecord>,
    #[serde(default)]
    pub seen: Option<SeenRecord>,
}

/// It comes and goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlapsRecord {
    pub times: u64,
    pub since: Timestamp,
}

/// Who has seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRecord {
    pub by: String,
    pub at: Timestamp,
    pub why: String,
}

/// What becomes true together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlarmChanges {
    pub put: Vec<AlarmRecord>,
    /// By number.
    pub forget: Vec<u64>,
    /// The last number given.
    pub last: u64,
}

/// Brings alarms up to date.
///
/// # Errors
/// As [`Store::apply`].
pub fn put(store: &dyn Store, changes: &AlarmChanges) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    for record in &changes.put {
        let key = key(record.number);
        let value = json(&key, record)?;
        batch.put(key, value);
    }
    for number in &changes.forget {
        batch.remove(key(*number));
    }
    if last(store)? < changes.last {
        batch.put(LAST, json(LAST, &changes.last)?);
    }
    store.apply(&batch)
}

/// All alarms that are held, in order of numbers.
///
/// # Errors
/// If the store cannot be read.
pub fn listed(store: &dyn Store) -> Result<Listed<AlarmRecord>, StoreError> {
    list(store, ALARMS)
}

/// The last number given.
///
/// # Errors
/// If the store cannot be read.
pub fn last(store: &dyn Store) -> Result<u64, StoreError> {
    let Some(value) = store.get(LAST.as_bytes())? else { return Ok(0) };
    parse(LAST, &value)
}

/// Leading zeros, so that the order of keys is that of numbers.
fn key(number: u64) -> String {
    format!("{ALARMS}{number:020}")
}
