//! What the engine keeps in the store: commands outstanding and overrides, as
//! JSON under readable keys. Points stand here by their full names, so that a
//! record outlives a changed site file; `formerly` finds renamed ones.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Batch, Store, StoreError};
use crate::model::wear::Worn;
use crate::model::{PointId, PointTable, Release};

const COMMANDS: &str = "command/";
const WORN: &str = "worn/";
const OVERRIDES: &str = "override/";
/// Overrides that have ended.
const PAST: &str = "past-override/";
/// The last id given to an override.
const LAST_OVERRIDE: &str = "counter/override";

/// A command that may stand in a device. Stored before the write goes out,
/// removed when the point has been let go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// Full name.
    pub point: String,
    /// Last asked for, canonical.
    pub value: f64,
    /// Earlier values of ours that the device may hold instead.
    #[serde(default)]
    pub before: Vec<f64>,
    pub release: ReleaseRecord,
    /// What stood there before us.
    pub taken_over: Option<f64>,
    pub since: Timestamp,
    /// Somebody has set another value at the device.
    #[serde(default)]
    pub yielded: Option<YieldedRecord>,
}

/// A value that somebody set at the device, left alone for a while.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct YieldedRecord {
    /// Canonical.
    pub value: f64,
    pub since: Timestamp,
    pub until: Timestamp,
}

/// How the command is let go, by names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseRecord {
    Slot(u8),
    Restore,
    Value(f64),
    Action { point: String, value: f64 },
}

/// What an override is of, by its full name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetRecord {
    Point(String),
    Schedule(String),
}

/// An operator's override.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverrideRecord {
    /// Grows with each one made.
    pub id: u64,
    /// `"point": "…"` or `"schedule": "…"`.
    #[serde(flatten)]
    pub target: TargetRecord,
    /// Canonical; a schedule is 0 or 1.
    pub value: f64,
    pub from: Timestamp,
    pub until: Timestamp,
    pub user: String,
    pub why: String,
}

/// How often a register that wears out was written, by its point's full name.
/// Kept for good: the register does not forget either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WornRecord {
    pub point: String,
    #[serde(flatten)]
    pub worn: Worn,
}

/// An override that has ended, kept for some weeks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastRecord {
    #[serde(flatten)]
    pub over: OverrideRecord,
    /// When it really ended.
    pub ended: Timestamp,
}

/// All records of a kind, and those that cannot be read: told, but no reason to
/// forget the others.
#[derive(Debug)]
pub struct Listed<T> {
    pub records: Vec<T>,
    pub unreadable: Vec<StoreError>,
}

impl ReleaseRecord {
    /// By names instead of ids.
    #[must_use]
    pub fn of(release: Release, points: &PointTable) -> Self {
        match release {
            Release::Slot(slot) => Self::Slot(slot),
            Release::Restore => Self::Restore,
            Release::Value(value) => Self::Value(value),
            Release::Action { point, value } => {
                Self::Action { point: points.get(point).name.clone(), value }
            }
        }
    }

    /// By ids again; `None` if the point of an action is no more.
    #[must_use]
    pub fn resolve(&self, points: &PointTable) -> Option<Release> {
        Some(match self {
            Self::Slot(slot) => Release::Slot(*slot),
            Self::Restore => Release::Restore,
            Self::Value(value) => Release::Value(*value),
            Self::Action { point, value } => {
                Release::Action { point: find(points, point)?, value: *value }
            }
        })
    }
}

/// The point of this name, or the one that had it formerly.
#[must_use]
pub fn find(points: &PointTable, name: &str) -> Option<PointId> {
    let renamed = || {
        let had_it = |former: &String| former == name;
        points.iter().find(|(_, point)| point.formerly.iter().any(had_it)).map(|(id, _)| id)
    };
    points.find(name).or_else(renamed)
}

/// Stores commands, and how worn registers are once they have been carried out,
/// all in one go; those that stand there already cost nothing.
///
/// # Errors
/// As [`Store::apply`]; nothing may go out to the devices then.
pub fn put_commands(
    store: &dyn Store,
    records: &[CommandRecord],
    worn: &[WornRecord],
) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    for record in worn {
        let key = format!("{WORN}{}", record.point);
        batch.put(key.as_str(), json(&key, record)?);
    }
    for record in records {
        let key = format!("{COMMANDS}{}", record.point);
        let value = json(&key, record)?;
        if store.get(key.as_bytes())?.as_ref() != Some(&value) {
            batch.put(key, value);
        }
    }
    store.apply(&batch)
}

/// Forgets the commands of these points, by full name.
///
/// # Errors
/// As [`Store::apply`].
pub fn remove_commands<'a>(
    store: &dyn Store,
    points: impl IntoIterator<Item = &'a str>,
) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    for point in points {
        batch.remove(format!("{COMMANDS}{point}"));
    }
    store.apply(&batch)
}

/// All commands outstanding, in order of names.
///
/// # Errors
/// If the store cannot be read.
pub fn list_commands(store: &dyn Store) -> Result<Listed<CommandRecord>, StoreError> {
    list(store, COMMANDS)
}

/// How worn all registers are, in order of names.
///
/// # Errors
/// If the store cannot be read.
pub fn list_worn(store: &dyn Store) -> Result<Listed<WornRecord>, StoreError> {
    list(store, WORN)
}

/// Another name for a worn register.
///
/// # Errors
/// As [`Store::apply`].
pub fn rename_worn(store: &dyn Store, from: &str, to: &WornRecord) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    let key = format!("{WORN}{}", to.point);
    batch.put(key.as_str(), json(&key, to)?);
    batch.remove(format!("{WORN}{from}"));
    store.apply(&batch)
}

/// An id that no override has had yet.
///
/// # Errors
/// If the store cannot be read.
pub fn next_override(store: &dyn Store) -> Result<u64, StoreError> {
    Ok(last_override(store)? + 1)
}

fn last_override(store: &dyn Store) -> Result<u64, StoreError> {
    let Some(value) = store.get(LAST_OVERRIDE.as_bytes())? else { return Ok(0) };
    parse(LAST_OVERRIDE, &value)
}

/// Stores an override; one of the same id is replaced.
///
/// # Errors
/// As [`Store::apply`].
pub fn put_override(store: &dyn Store, record: &OverrideRecord) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    let key = override_key(record.id);
    batch.put(key.as_str(), json(&key, record)?);
    if record.id > last_override(store)? {
        batch.put(LAST_OVERRIDE, json(LAST_OVERRIDE, &record.id)?);
    }
    store.apply(&batch)
}

/// Forgets an override.
///
/// # Errors
/// As [`Store::apply`].
pub fn remove_override(store: &dyn Store, id: u64) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.remove(override_key(id));
    store.apply(&batch)
}

/// An override has ended: from now on it is one of the past.
///
/// # Errors
/// As [`Store::apply`].
pub fn end_override(store: &dyn Store, record: &PastRecord) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    let key = past_key(record.over.id);
    batch.put(key.as_str(), json(&key, record)?);
    batch.remove(override_key(record.over.id));
    store.apply(&batch)
}

/// Those of the past, in order of ids.
///
/// # Errors
/// If the store cannot be read.
pub fn list_past(store: &dyn Store) -> Result<Listed<PastRecord>, StoreError> {
    list(store, PAST)
}

/// Forgets overrides of the past.
///
/// # Errors
/// As [`Store::apply`].
pub fn remove_past(store: &dyn Store, ids: &[u64]) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    ids.iter().for_each(|id| batch.remove(past_key(*id)));
    store.apply(&batch)
}

fn past_key(id: u64) -> String {
    format!("{PAST}{id:020}")
}

/// All overrides, also those whose time is over, in order of ids.
///
/// # Errors
/// If the store cannot be read.
pub fn list_overrides(store: &dyn Store) -> Result<Listed<OverrideRecord>, StoreError> {
    list(store, OVERRIDES)
}

/// Leading zeros, so that the order of keys is that of ids.
fn override_key(id: u64) -> String {
    format!("{OVERRIDES}{id:020}")
}

pub(super) fn list<T: DeserializeOwned>(
    store: &dyn Store,
    prefix: &str,
) -> Result<Listed<T>, StoreError> {
    let mut listed = Listed { records: Vec::new(), unreadable: Vec::new() };
    for (key, value) in store.scan(prefix.as_bytes())? {
        match parse(&String::from_utf8_lossy(&key), &value) {
            Ok(record) => listed.records.push(record),
            Err(error) => listed.unreadable.push(error),
        }
    }
    Ok(listed)
}

pub(super) fn parse<T: DeserializeOwned>(key: &str, value: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(value)
        .map_err(|source| StoreError::Unreadable { key: key.to_owned(), source })
}

pub(super) fn json<T: Serialize>(key: &str, record: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record)
        .map_err(|source| StoreError::Unreadable { key: key.to_owned(), source })
}
