//! Jobs in the store: which of its times each has taken up last, and what came of
//! it, so that a restart neither misses one nor does it twice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::records::{Listed, json, list};
use super::{Batch, Store, StoreError};
use crate::model::fingerprint::{EMPTY, fingerprint};

const JOBS: &str = "job/";

/// What is known of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    pub name: String,
    /// When it is done, as the site file had it: with other words it begins anew.
    pub when: String,
    /// The time of it that was taken up last; or when it was first seen.
    pub planned: Timestamp,
    pub standing: JobStanding,
    /// How often that time has failed.
    pub failures: u32,
    /// How often in a row the process died of that time, as far as it was begun again.
    #[serde(default)]
    pub deaths: u32,
    /// Who has had the mail of that time.
    #[serde(default)]
    pub mailed: Vec<String>,
}

/// How it stands with the time that was taken up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStanding {
    /// First seen: none has been taken up yet.
    New,
    /// Begun, and its end not recorded: it runs, or the process died.
    Begun {
        at: Timestamp,
    },
    /// The files that were written.
    Done {
        at: Timestamp,
        files: Vec<String>,
    },
    Failed {
        at: Timestamp,
        why: String,
    },
}

/// Keeps one in place of that of its name.
///
/// # Errors
/// As [`Store::apply`].
pub fn put(store: &dyn Store, record: &JobRecord) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    let key = key(&record.name);
    batch.put(key.as_str(), json(&key, record)?);
    store.apply(&batch)
}

/// Forgets jobs that are no more.
///
/// # Errors
/// As [`Store::apply`].
pub fn remove(store: &dyn Store, names: &[String]) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    names.iter().for_each(|name| batch.remove(key(name)));
    store.apply(&batch)
}

/// All that are known.
///
/// # Errors
/// If the store cannot be read.
pub fn listed(store: &dyn Store) -> Result<Listed<JobRecord>, StoreError> {
    list(store, JOBS)
}

/// Names are of any length, keys are not.
fn key(name: &str) -> String {
    format!("{JOBS}{:016x}", fingerprint(EMPTY, name.as_bytes()))
}
