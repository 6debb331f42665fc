//! The embedded store: what is small and hot and has to survive a kill and a
//! power cut (commands outstanding, overrides, alarms, what rules remember). One
//! small trait, one implementation; nothing else in the tree touches sled. One
//! process a data folder, held by a lock. It knows no clock: stamps are handed in.
//! Called by the engine.
//!
//! ```text
//! <data>/lock          held while a hauswart works with the folder
//! <data>/format        format = 1
//! <data>/store.mark    how many batches the store has had at least
//! <data>/store/        sled: db, conf, snap.*
//! <data>/store.broken-<stamp>/   set aside, when it could not be opened
//! ```

pub mod alarms;
mod backlog;
pub mod drills;
mod dump;
mod fault;
mod folder;
pub mod jobs;
pub mod memory;
pub mod records;
mod sled_store;
mod sum;

use std::fmt::Debug;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

pub use backlog::Backlog;
pub use dump::{dump, fill};
pub use fault::{Lost, StoreError};
use folder::Folder;
use sled_store::{Found, SledStore};

/// The version of the data folder that this program writes.
pub const FORMAT: u32 = 1;
/// Values are kept below this many bytes.
pub const LARGEST_VALUE: usize = 16 * 1024;
/// Keys are kept below this many bytes.
pub const LARGEST_KEY: usize = 1024;

/// Changes that become true together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Batch {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key` to `value`. Of two changes of one key the later one counts.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.changes.push((key.into(), Some(value.into())));
    }

    /// Removes `key`; no error if it is not there.
    pub fn remove(&mut self, key: impl Into<Vec<u8>>) {
        self.changes.push((key.into(), None));
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Bytes of all keys and values.
    fn size(&self) -> usize {
        let size = |(key, value): &(Vec<u8>, Option<Vec<u8>>)| {
            key.len() + value.as_ref().map_or(0, Vec::len)
        };
        self.changes.iter().map(size).sum()
    }
}

/// One entry: key and value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The contract; `tests/store` holds it by kills, power cuts and full disks.
pub trait Store: Debug + Send + Sync {
    /// The value of `key`, if there is one.
    ///
    /// # Errors
    /// If the store cannot be read any more.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// All entries whose key begins with `prefix`, in order of keys.
    ///
    /// # Errors
    /// If the store cannot be read any more.
    fn scan(&self, prefix: &[u8]) -> Result<Vec<Entry>, StoreError>;

    /// All entries in order of keys, as of one moment: no batch is seen in part.
    /// Who writes waits meanwhile.
    ///
    /// # Errors
    /// If the store cannot be read any more.
    fn all(&self) -> Result<Vec<Entry>, StoreError> {
        self.scan(b"")
    }

    /// Makes all changes of `batch` or none. Returns only once they would
    /// survive a power cut, so it blocks for as long as the disk takes.
    ///
    /// # Errors
    /// `TooLarge` and `Full` change nothing. After any other it is not known
    /// whether the batch survives, and the store answers nothing more until
    /// the program is started anew.
    fn apply(&self, batch: &Batch) -> Result<(), StoreError>;
}

/// An open store, and what was lost on the way.
#[derive(Debug)]
pub struct Opened {
    pub store: Arc<dyn Store>,
    /// Empty when all is well. To be told as alarms.
    pub notes: Vec<Lost>,
}

/// To be called before anything large is read, where a store will be opened
/// later: what the store lays out then takes 21 MiB less memory. Never fails.
pub fn prepare() {
    sled_store::make_counters();
}

/// Opens the store in the data folder `data`, making both if need be. A store
/// that does not open is set aside with `stamp` (a time, in letters that file
/// names bear) in its name, and a new one begun.
///
/// # Errors
/// `InUse` if another process has the folder; `Newer` if a newer program wrote
/// it; `Full` if the disk has no room; `Io` if the folder cannot be used.
/// Nothing has been set aside then.
pub fn open(data: &Path, stamp: &str) -> Result<Opened, StoreError> {
    let mut notes = Vec::new();
    let opening = Opening::begin(data, |folder, why| rescue(folder, stamp, why, &mut notes))?;
    if let Some(part) = opening.part().filter(|_| !notes.iter().any(Lost::is_everything)) {
        notes.push(part);
    }
    Ok(Opened { store: opening.finish()?, notes })
}

/// Opens the store in the data folder `data` only if nothing of it is lost. For
/// whoever raises no alarms: who opens it next with [`open`] is still told.
///
/// # Errors
/// As [`open`]; `NotWhole` if that would have had something to tell: nothing has
/// been set aside or marked then.
pub fn open_if_whole(data: &Path) -> Result<Arc<dyn Store>, StoreError> {
    let not_whole = |folder: &Folder| StoreError::NotWhole { folder: folder.store() };
    let opening = Opening::begin(data, |folder, why| {
        tracing::error!(folder = %folder.store().display(), why, "the store does not open");
        Err(not_whole(folder))
    })?;
    match opening.part() {
        Some(_) => Err(not_whole(&opening.folder)),
        None => opening.finish(),
    }
}

/// sled is open; nothing has been written since.
#[derive(Debug)]
struct Opening {
    found: Found,
    folder: Folder,
    /// The folder was made to its end before.
    complete: bool,
    /// At least so many batches are missing.
    batches: u64,
    /// Dropped last.
    lock: Lock,
}

impl Opening {
    /// `broken`: what is done where sled does not open, with its words.
    fn begin(
        data: &Path,
        broken: impl FnOnce(&Folder, String) -> Result<Found, StoreError>,
    ) -> Result<Self, StoreError> {
        let folder = Folder::prepare(data)?;
        let lock = folder.lock()?;
        let complete = folder.is_complete()?;
        folder.require_space(folder::ROOM_TO_OPEN)?;
        // Without its mark the folder was only half made: there is nothing to miss.
        let must_be_there = complete && folder.store().exists();
        let found = match sled_store::open(&folder.store(), must_be_there) {
            Err(Unopened::Broken(why)) => broken(&folder, why)?,
            Err(Unopened::Elsewise(error)) => return Err(error),
            Ok(found) => found,
        };
        let batches = match must_be_there {
            true => folder.mark().saturating_sub(found.sum().batches),
            false => 0,
        };
        Ok(Self { found, folder, complete, batches, lock })
    }

    /// `None`: nothing is missing.
    fn part(&self) -> Option<Lost> {
        let Self { found, batches, .. } = self;
        (found.incomplete || *batches > 0)
            .then(|| Lost::Part { left: found.sum().entries, batches: *batches })
    }

    fn finish(self) -> Result<Arc<dyn Store>, StoreError> {
        let Self { found, folder, complete, lock, .. } = self;
        let store = SledStore::new(found, &folder, lock)?;
        folder.settle()?;
        if !complete {
            folder.mark_complete()?;
        }
        Ok(Arc::new(store))
    }
}

/// Why sled did not open.
#[derive(Debug)]
enum Unopened {
    /// What it found cannot be read, in its words.
    Broken(String),
    /// The operating system's matter; the files may well be whole.
    Elsewise(StoreError),
}

impl From<Unopened> for StoreError {
    fn from(unopened: Unopened) -> Self {
        match unopened {
            Unopened::Broken(why) => Self::Failed(why.into()),
            Unopened::Elsewise(error) => error,
        }
    }
}

/// First without the snapshots, which sled can do without; then without
/// everything.
fn rescue(
    folder: &Folder,
    stamp: &str,
    why: String,
    notes: &mut Vec<Lost>,
) -> Result<Found, StoreError> {
    tracing::error!(folder = %folder.store().display(), why, "the store does not open");
    if let Some(aside) = folder.set_snapshots_aside(stamp)? {
        match sled_store::open(&folder.store(), true) {
            Ok(found) => {
                notes.push(Lost::Snapshots { aside, why });
                return Ok(found);
            }
            Err(Unopened::Elsewise(error)) => return Err(error),
            Err(Unopened::Broken(_)) => {}
        }
    }
    let aside = folder.set_store_aside(stamp)?;
    notes.push(Lost::Everything { aside, why });
    Ok(sled_store::open(&folder.store(), false)?)
}

/// The lock on a data folder; let go when dropped.
#[derive(Debug)]
struct Lock {
    _file: File,
}
