//! The data folder on the disk: lock, format, free space, setting aside what is
//! broken, and making names durable. Knows nothing of what the store holds.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{FORMAT, Lock, StoreError};

/// Free bytes needed for opening: sled extends its file by a segment at a time
/// and writes a snapshot.
pub(super) const ROOM_TO_OPEN: u64 = 16 << 20;
/// Free bytes needed for a write, besides four times what is written: sled
/// appends whole segments, and it does not survive a full disk in the middle.
pub(super) const ROOM_TO_WRITE: u64 = 8 << 20;

/// A lock outlives its holder for a moment where another process is just being
/// started from it: so often, with so long in between, it is tried.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// A data folder that exists.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder if it is not there.
    pub fn prepare(path: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(path).map_err(StoreError::io("could not make the folder", path))?;
        Ok(Self { path: path.to_owned() })
    }

    /// Where sled lives.
    pub fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    /// One process works with a data folder. The kernel lets go when that
    /// process ends, however it ends.
    pub fn lock(&self) -> Result<Lock, StoreError> {
        let path = self.path.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(StoreError::io("could not open", &path))?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => {
                    return Err(StoreError::io("could not lock", &path)(error));
                }
            }
        }
        Err(StoreError::InUse { folder: self.path.clone() })
    }

    /// Whether the folder was once made to its end; refuses what a newer
    /// program wrote.
    pub fn is_complete(&self) -> Result<bool, StoreError> {
        let file = self.path.join("format");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(StoreError::io("could not read", &file)(error)),
        };
        let found = text.trim().strip_prefix("format = ").and_then(|n| n.parse::<u32>().ok());
        match found {
            Some(FORMAT) => Ok(true),
            Some(found) if found > FORMAT => {
                Err(StoreError::Newer { folder: self.path.clone(), found })
            }
            _ => Err(StoreError::FormatUnreadable { file }),
        }
    }

    /// Marks the folder as made to its end.
    pub fn mark_complete(&self) -> Result<(), StoreError> {
        self.replace("format", &format!("format = {FORMAT}\n"))
    }

    /// So many batches the store has had at least; 0 where that is not known.
    pub fn mark(&self) -> u64 {
        let text = fs::read_to_string(self.path.join("store.mark")).unwrap_or_default();
        text.trim().strip_prefix("batches = ").and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    pub fn set_mark(&self, batches: u64) -> Result<(), StoreError> {
        self.replace("store.mark", &format!("batches = {batches}\n"))
    }

    /// Writes a small file whole or not at all.
    fn replace(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let file = self.path.join(name);
        let half = self.path.join(format!("{name}.new"));
        let write = || {
            let mut open = File::create(&half)?;
            open.write_all(text.as_bytes())?;
            open.sync_all()?;
            fs::rename(&half, &file)?;
            sync_folder(&self.path)
        };
        write().map_err(StoreError::io("could not write", &file))
    }

    /// # Errors
    /// `Full` if fewer than `needed` bytes are free for us.
    pub fn require_space(&self, needed: u64) -> Result<(), StoreError> {
        let free = rustix::fs::statvfs(&self.path)
            .map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
            .map_err(|error| {
                StoreError::io("could not ask for free space in", &self.path)(error.into())
            })?;
        if free < needed {
            return Err(StoreError::Full { folder: self.path.clone(), free, needed });
        }
        Ok(())
    }

    /// Reserves the holes in `file` and `room` bytes behind its end, without
    /// growing it, so that nobody else can take them before sled writes. File
    /// systems that cannot do this have the look at the free space only.
    ///
    /// # Errors
    /// `Full` if the disk has no room.
    pub fn reserve(&self, file: &File, room: u64) -> Result<(), StoreError> {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;
        let end = file.metadata().map(|data| data.len()).unwrap_or_default();
        match fallocate(file, FallocateFlags::KEEP_SIZE, 0, end.saturating_add(room)) {
            Err(Errno::NOSPC | Errno::DQUOT) => {
                Err(StoreError::Full { folder: self.path.clone(), free: 0, needed: room })
            }
            _ => Ok(()),
        }
    }

    /// Moves sled's snapshots into a folder of their own; `None` if there are
    /// none.
    pub fn set_snapshots_aside(&self, stamp: &str) -> Result<Option<PathBuf>, StoreError> {
        let store = self.store();
        let aside = self.free_name(&format!("store.snap-{stamp}"));
        let moving = || {
            let mut moved = false;
            for entry in fs::read_dir(&store)? {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with("snap.") {
                    fs::create_dir_all(&aside)?;
                    fs::rename(entry.path(), aside.join(entry.file_name()))?;
                    moved = true;
                }
            }
            Ok(moved)
        };
        let moved =
            moving().map_err(StoreError::io("could not set aside the snapshots of", &store))?;
        Ok(moved.then_some(aside))
    }

    /// Moves the whole store away.
    pub fn set_store_aside(&self, stamp: &str) -> Result<PathBuf, StoreError> {
        let store = self.store();
        let aside = self.free_name(&format!("store.broken-{stamp}"));
        fs::rename(&store, &aside).map_err(StoreError::io("could not set aside", &store))?;
        Ok(aside)
    }

    /// The name, or the first free one with a number behind it.
    fn free_name(&self, name: &str) -> PathBuf {
        let mut path = self.path.join(name);
        let mut number = 2;
        while path.exists() {
            path = self.path.join(format!("{name}-{number}"));
            number += 1;
        }
        path
    }

    /// Makes the names of new files durable; without that a power cut can take
    /// a file whose content was synced.
    pub fn settle(&self) -> Result<(), StoreError> {
        let settle = || {
            for entry in fs::read_dir(self.store())? {
                let path = entry?.path();
                if path.is_file() {
                    File::open(path)?.sync_all()?;
                }
            }
            sync_folder(&self.store())?;
            sync_folder(&self.path)?;
            match self.path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
                _ => Ok(()),
            }
        };
        settle().map_err(StoreError::io("could not sync", &self.path))
    }
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}
