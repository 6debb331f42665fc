//! Appends frames to the files of the open hours: written and synced, or as if
//! nothing had been. After a failure it is a new file that goes on, for what a
//! failed sync leaves in the old one is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::catalogue::sync_folder;
use super::fault::HistoryError;
use super::open_hours::path;

/// A file is read whole at the start: it does not grow much beyond this.
const LARGEST: u64 = 8 << 20;
/// So many frames name a series: one that is spoilt costs no names.
const TIMES_NAMED: u32 = 2;
/// Free bytes below which nothing is appended: the store needs them first.
const ROOM_TO_LEAVE: u64 = 16 << 20;

/// See the module.
#[derive(Debug)]
pub(super) struct Appender {
    folder: PathBuf,
    /// The number of the next file.
    next: u64,
    /// The hour that runs.
    hour: i64,
    file: Option<Growing>,
}

#[derive(Debug)]
struct Growing {
    file: File,
    number: u64,
    length: u64,
    /// How often the names of series are in it.
    named: BTreeMap<u32, u32>,
}

impl Appender {
    /// Goes on after the file of this number.
    pub fn after(folder: &Path, last: Option<u64>) -> Self {
        Self {
            folder: folder.to_owned(),
            next: last.map_or(1, |last| last + 1),
            hour: 0,
            file: None,
        }
    }

    /// With a new hour, and when one gets too long, a new file begins.
    pub fn turn(&mut self, hour: i64) {
        if std::mem::replace(&mut self.hour, hour) != hour {
            self.file = None;
        }
        self.file.take_if(|file| file.length >= LARGEST);
    }

    /// Whether the file that grows names this series often enough.
    pub fn names(&self, series: u32) -> bool {
        let named = self.file.as_ref().and_then(|file| file.named.get(&series));
        named.is_some_and(|times| *times >= TIMES_NAMED)
    }

    /// Appends a frame, which names or uses these series; in which file it lies
    /// then, and where.
    ///
    /// # Errors
    /// If it cannot be written; it is not there then.
    pub fn append(
        &mut self,
        frame: &[u8],
        series: &BTreeSet<u32>,
    ) -> Result<(u64, Range<u64>), HistoryError> {
        self.require_room()?;
        let mut growing = match self.file.take() {
            Some(growing) => growing,
            None => self.begin()?,
        };
        let path = path(&self.folder, growing.number);
        // Twice: where ext4 gives up in the midst of the first (shut down, journal
        // lost), it may call it done, in 1 of 40 power cuts; the second says so.
        let written = growing.file.write_all(frame).and_then(|()| growing.file.sync_data());
        let written = written.and_then(|()| growing.file.sync_all());
        if let Err(error) = written {
            let _ = match growing.length {
                0 => fs::remove_file(&path),
                length => growing.file.set_len(length),
            };
            return Err(HistoryError::io("could not write", &path)(error));
        }
        let place = growing.length..growing.length + frame.len() as u64;
        growing.length = place.end;
        for series in series {
            *growing.named.entry(*series).or_insert(0) += 1;
        }
        let number = growing.number;
        self.file = Some(growing);
        Ok((number, place))
    }

    fn begin(&mut self) -> Result<Growing, HistoryError> {
        fs::create_dir_all(&self.folder)
            .map_err(HistoryError::io("could not make", &self.folder))?;
        let number = self.next;
        self.next += 1;
        let path = path(&self.folder, number);
        let file = File::create_new(&path).and_then(|file| {
            sync_folder(&self.folder)?;
            self.folder.parent().map_or(Ok(()), sync_folder)?;
            Ok(file)
        });
        let file = file.map_err(HistoryError::io("could not make", &path))?;
        Ok(Growing { file, number, length: 0, named: BTreeMap::new() })
    }

    fn require_room(&self) -> Result<(), HistoryError> {
        let above = self.folder.ancestors().find(|folder| folder.exists());
        let folder = above.unwrap_or(&self.folder);
        let disk = rustix::fs::statvfs(folder)
            .map_err(|error| HistoryError::io("could not look at", folder)(error.into()))?;
        if disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM_TO_LEAVE {
            let full = std::io::ErrorKind::StorageFull.into();
            return Err(HistoryError::io("there is too little room for", folder)(full));
        }
        Ok(())
    }
}
