//! A disk that takes nothing more, and then again, in front of a real store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hauswart::store::{Batch, Entry, Store, StoreError};

#[derive(Debug)]
pub struct MoodyDisk {
    pub store: Arc<dyn Store>,
    pub full: Arc<AtomicBool>,
}

impl Store for MoodyDisk {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(key)
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, StoreError> {
        self.store.scan(prefix)
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::Full { folder: "/disk".into(), free: 0, needed: 1 });
        }
        self.store.apply(batch)
    }
}
