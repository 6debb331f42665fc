//! sled behind the trait. As it comes it loses acknowledged data on a power
//! cut, for its `flush` never reaches `fsync`; with an `fsync` of its file `db`
//! after each flush it kept every acknowledged batch. So one function writes,
//! and it does both. sled panics on some damage: every call is caught. After a
//! failed write it hangs when it is asked again, or closed: so room is reserved
//! before each write, and after a failure it is left alone for good.

use std::any::Any;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::folder::{Folder, ROOM_TO_WRITE};
use super::sum::Sum;
use super::{Batch, Entry, LARGEST_KEY, LARGEST_VALUE, Lock, Store, StoreError, Unopened};

/// sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 16 << 20;

/// sled puts a page that is longer than a quarter of a segment into a file of
/// its own under `blobs`, which our `fsync` would miss; it splits a page above
/// 16 entries (256 in an index). 17 of our largest values or 257 of our largest
/// keys stay below a quarter of this; of its default, 512 KiB, they do not.
const SEGMENT_BYTES: usize = 2 << 20;
/// Where the sum stands; not seen from outside.
const SUM: &[u8] = b"\0sum";
/// The folder's mark is moved on after so many batches, and on closing.
const MARK_EVERY: u64 = 64;
/// sled lets go of its own lock a little after it was closed: so often, with so
/// long in between, it is tried again.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// sled, open, and what was found in it.
#[derive(Debug)]
pub(super) struct Found {
    db: sled::Db,
    sum: Sum,
    /// Entries are missing or older than they should be.
    pub incomplete: bool,
}

impl Found {
    pub const fn sum(&self) -> Sum {
        self.sum
    }
}

#[derive(Debug)]
pub(super) struct SledStore {
    db: sled::Db,
    folder: Folder,
    writing: Mutex<Writing>,
    /// A write failed half-way: nothing more is asked or acknowledged.
    broken: AtomicBool,
    /// Dropped last: the folder is free once sled has closed.
    _lock: Lock,
}

/// One batch at a time.
#[derive(Debug)]
struct Writing {
    /// sled's file, to reserve room and for `fsync`.
    file: File,
    sum: Sum,
}

/// sled makes 21 MiB of counters for the process at its first use, and nobody
/// reads them. On a fresh heap they are pages that are never touched; on one
/// that has been used, zeros are written to each. So this makes them, by a
/// store that is gone at once, before anything large is read.
pub(super) fn make_counters() {
    const SMALL: usize = 4 << 10;
    let first = sled::Config::new().temporary(true).segment_size(SMALL).flush_every_ms(None);
    // Where that cannot be, only memory is lost.
    let _ = caught(|| first.open());
}

/// Opens sled in `path` and reads it once from end to end, so that damage shows
/// now and not in the middle of the night. With `must_be_there` a store that
/// comes up empty, as if new, is broken: sled does so when it cannot read its
/// file at all.
pub(super) fn open(path: &Path, must_be_there: bool) -> Result<Found, Unopened> {
    let mut tries = 0;
    loop {
        match caught(|| read(path)) {
            Ok((_, sum, None)) if must_be_there && sum.entries == 0 => {
                return Err(Unopened::Broken("it came up empty".to_owned()));
            }
            Ok((db, sum, noted)) => {
                let noted = noted.unwrap_or_default();
                let incomplete = !noted.same_entries(&sum);
                let sum = sum.after(noted.batches);
                return Ok(Found { db, sum, incomplete });
            }
            Err(Trouble::Sled(sled::Error::Io(error))) if is_lock(&error) => {
                tries += 1;
                if tries >= LOCK_TRIES {
                    return Err(Unopened::Elsewise(StoreError::InUse { folder: path.to_owned() }));
                }
                std::thread::sleep(LOCK_PAUSE);
            }
            Err(Trouble::Sled(sled::Error::Io(error))) if is_of_the_system(&error) => {
                let error = StoreError::io("could not open the store in", path)(error);
                return Err(Unopened::Elsewise(error));
            }
            Err(trouble) => return Err(Unopened::Broken(trouble.to_string())),
        }
    }
}

/// sled, the sum of what is in it, and the sum that it noted.
fn read(path: &Path) -> sled::Result<(sled::Db, Sum, Option<Sum>)> {
    let db = sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        .segment_size(SEGMENT_BYTES)
        .flush_every_ms(None)
        .open()?;
    let mut sum = Sum::default();
    let mut noted = None;
    for entry in db.iter() {
        let (key, value) = entry?;
        if key == SUM {
            noted = Sum::from_bytes(&value);
        } else {
            sum.add(&key, &value);
        }
    }
    Ok((db, sum, noted))
}

/// sled's own lock, which only a process that holds ours can meet.
fn is_lock(error: &std::io::Error) -> bool {
    error.to_string().starts_with("could not acquire lock")
}

/// Errors that say nothing about what is in the files.
fn is_of_the_system(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::OutOfMemory
    ) || matches!(error.raw_os_error(), Some(23 | 24)) // ENFILE, EMFILE
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Sled(sled::Error),
    #[error("{0}")]
    Panic(String),
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(match trouble {
            Trouble::Sled(error) => Box::new(error),
            Trouble::Panic(words) => words.into(),
        })
    }
}

/// Runs something of sled's; its panics become errors.
fn caught<T>(doing: impl FnOnce() -> sled::Result<T>) -> Result<T, Trouble> {
    match catch_unwind(AssertUnwindSafe(doing)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Trouble::Sled(error)),
        Err(panic) => Err(Trouble::Panic(panic_words(&*panic))),
    }
}

fn panic_words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let words = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
    words.lines().next().unwrap_or_default().chars().take(200).collect()
}

impl SledStore {
    /// Takes what was found, and makes its sum right and durable.
    pub fn new(found: Found, folder: &Folder, lock: Lock) -> Result<Self, StoreError> {
        let path = folder.store().join("db");
        let file = File::options()
            .write(true)
            .open(&path)
            .map_err(StoreError::io("could not open", &path))?;
        let Found { db, sum, .. } = found;
        // Beyond any batch that was lost, so that the mark never says more.
        let sum = sum.after(sum.batches.max(folder.mark()));
        let store = Self {
            db,
            folder: folder.clone(),
            writing: Mutex::new(Writing { file, sum }),
            broken: AtomicBool::new(false),
            _lock: lock,
        };
        let mut writing = store.lock();
        store.write(&mut writing, sled::Batch::default(), sum)?;
        folder.set_mark(writing.sum.batches)?;
        drop(writing);
        Ok(store)
    }

    fn lock(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_whole(&self) -> Result<(), StoreError> {
        if self.broken.load(Ordering::Acquire) {
            return Err(StoreError::Failed("an earlier write failed".into()));
        }
        Ok(())
    }

    /// What sled is to do, and the sum afterwards.
    fn prepare(&self, batch: &Batch, mut sum: Sum) -> Result<(sled::Batch, Sum), StoreError> {
        // Of two changes of one key the later one counts.
        let changes: BTreeMap<&[u8], Option<&[u8]>> =
            batch.changes.iter().map(|(key, value)| (key.as_slice(), value.as_deref())).collect();
        let mut writes = sled::Batch::default();
        for (key, value) in changes {
            if let Some(old) = caught(|| self.db.get(key))? {
                sum.remove(key, &old);
            }
            match value {
                Some(value) => {
                    sum.add(key, value);
                    writes.insert(key, value);
                }
                None => writes.remove(key),
            }
        }
        Ok((writes, sum))
    }

    /// The one function that writes: done means flushed and synced.
    fn write(
        &self,
        writing: &mut Writing,
        mut batch: sled::Batch,
        sum: Sum,
    ) -> Result<(), StoreError> {
        self.check_whole()?;
        let sum = sum.after(sum.batches + 1);
        batch.insert(SUM, sum.to_bytes());
        let written = caught(|| {
            self.db.apply_batch(batch)?;
            self.db.flush()?;
            writing.file.sync_all().map_err(sled::Error::Io)
        });
        match written {
            Ok(()) => {
                writing.sum = sum;
                Ok(())
            }
            Err(trouble) => {
                self.broken.store(true, Ordering::Release);
                Err(trouble.into())
            }
        }
    }
}

fn check_sizes(batch: &Batch) -> Result<(), StoreError> {
    for (key, value) in &batch.changes {
        let value = value.as_ref().map_or(0, Vec::len);
        if key.len() >= LARGEST_KEY || value >= LARGEST_VALUE {
            return Err(StoreError::TooLarge { key: key.len(), value });
        }
    }
    Ok(())
}

impl Store for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_whole()?;
        Ok(caught(|| self.db.get(key))?.map(|value| value.to_vec()))
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, StoreError> {
        self.check_whole()?;
        let mut entries = Vec::new();
        caught(|| {
            for entry in self.db.scan_prefix(prefix) {
                let (key, value) = entry?;
                if key != SUM {
                    entries.push((key.to_vec(), value.to_vec()));
                }
            }
            Ok(())
        })?;
        Ok(entries)
    }

    fn all(&self) -> Result<Vec<Entry>, StoreError> {
        let _writing = self.lock();
        self.scan(b"")
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        check_sizes(batch)?;
        self.check_whole()?;
        let size = u64::try_from(batch.size()).unwrap_or(u64::MAX);
        let room = ROOM_TO_WRITE.saturating_add(size.saturating_mul(4));
        self.folder.require_space(room)?;
        let mut writing = self.lock();
        self.folder.reserve(&writing.file, room)?;
        let (writes, sum) = self.prepare(batch, writing.sum)?;
        self.write(&mut writing, writes, sum)?;
        if writing.sum.batches.is_multiple_of(MARK_EVERY) {
            // Without it a later loss is told less exactly, no more.
            let _ = self.folder.set_mark(writing.sum.batches);
        }
        Ok(())
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        if self.check_whole().is_ok() {
            let _ = self.folder.set_mark(self.lock().sum.batches);
        } else {
            // Closing would hang: one reference stays for good, and with it
            // sled's lock until the process ends.
            std::mem::forget(self.db.clone());
        }
    }
}
