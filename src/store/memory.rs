//! What rules remember, entry by entry under the name of its owner, and when
//! that was last brought up to date. What an entry holds is the engine's
//! matter.

use std::collections::HashMap;

use jiff::Timestamp;

use super::records::{json, parse};
use super::{Batch, Store, StoreError};

const ENTRIES: &str = "memory/";
const WRITTEN: &str = "counter/memory";
/// Letters of an owner's name in a key: four bytes each stay well below the
/// longest key.
const OWNER_SHOWN: usize = 150;
/// So many entries go to the disk together.
const TOGETHER: usize = 1000;

/// A new value, or none.
pub type Change = (String, Option<Vec<u8>>);

/// All that is there.
#[derive(Debug, Default)]
pub struct Remembered {
    /// Wall time of the last change; `None`: never.
    pub at: Option<Timestamp>,
    pub entries: HashMap<String, Vec<u8>>,
}

/// The key of what `owner` remembers under this fingerprint.
#[must_use]
pub fn key(owner: &str, fingerprint: u64) -> String {
    let owner: String = owner.chars().take(OWNER_SHOWN).collect();
    format!("{ENTRIES}{owner}/{fingerprint:016x}")
}

/// Reads all entries.
///
/// # Errors
/// If the store cannot be read.
pub fn recall(store: &dyn Store) -> Result<Remembered, StoreError> {
    let at = match store.get(WRITTEN.as_bytes())? {
        Some(value) => Some(parse(WRITTEN, &value)?),
        None => None,
    };
    let entries = store.scan(ENTRIES.as_bytes())?.into_iter();
    let entries = entries.map(|(key, value)| (String::from_utf8_lossy(&key).into_owned(), value));
    Ok(Remembered { at, entries: entries.collect() })
}

/// Makes these changes, as of `at`.
///
/// # Errors
/// As [`Store::apply`]; the first of them may have been made then.
pub fn remember(store: &dyn Store, changes: &[Change], at: Timestamp) -> Result<(), StoreError> {
    let mut rest = changes;
    loop {
        let (now, later) = rest.split_at(rest.len().min(TOGETHER));
        let mut batch = Batch::new();
        for (key, value) in now {
            match value {
                Some(value) => batch.put(key.as_str(), value.as_slice()),
                None => batch.remove(key.as_str()),
            }
        }
        if later.is_empty() {
            batch.put(WRITTEN, json(WRITTEN, &at)?);
            return store.apply(&batch);
        }
        store.apply(&batch)?;
        rest = later;
    }
}
