//! What the disk did not take is kept and tried again: a full disk costs
//! nothing once there is room, unless the program ends before. Bounded by the
//! number of keys, for of several changes of one key the last counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Batch, Entry, Store, StoreError};

/// A store that remembers what could not be written. Reading shows it as if it
/// had been.
#[derive(Debug)]
pub struct Backlog {
    store: Arc<dyn Store>,
    missed: Mutex<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
}

impl Backlog {
    #[must_use]
    pub fn over(store: Arc<dyn Store>) -> Self {
        Self { store, missed: Mutex::default() }
    }

    fn missed(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Option<Vec<u8>>>> {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something waits to be written.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        !self.missed().is_empty()
    }

    /// Tries to write what waits.
    ///
    /// # Errors
    /// As [`Store::apply`]; it goes on waiting.
    pub fn catch_up(&self) -> Result<(), StoreError> {
        self.apply(&Batch::new())
    }
}

impl Store for Backlog {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.missed().get(key) {
            Some(waiting) => Ok(waiting.clone()),
            None => self.store.get(key),
        }
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, StoreError> {
        let mut entries: BTreeMap<_, _> = self.store.scan(prefix)?.into_iter().collect();
        for (key, waiting) in self.missed().iter().filter(|(key, _)| key.starts_with(prefix)) {
            match waiting {
                Some(value) => drop(entries.insert(key.clone(), value.clone())),
                None => drop(entries.remove(key)),
            }
        }
        Ok(entries.into_iter().collect())
    }

    /// Writes what waits and `batch` in one go; if that fails, all of it waits.
    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut missed = self.missed();
        let mut all = missed.clone();
        all.extend(batch.changes.iter().cloned());
        let outcome = self.store.apply(&Batch { changes: all.clone().into_iter().collect() });
        match &outcome {
            Ok(()) => missed.clear(),
            // Would never be taken.
            Err(StoreError::TooLarge { .. }) => {}
            Err(_) => *missed = all,
        }
        outcome
    }
}
