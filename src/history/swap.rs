//! Files in the making, and the moment in which they become part of the history:
//! they get their names, the catalogue is swapped, and those that they replace go.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use super::archive::Archive;
use super::catalogue::{examine, name, remove, sync_folder};
use super::fault::HistoryError;
use super::read::{FORMAT, Facts};
use super::row::Row;
use super::sample::Meanings;
use super::span::Span;
use super::write::{Stays, Writer};

/// Free bytes below which no file is begun.
const ROOM_TO_LEAVE: u64 = 32 << 20;

impl Archive {
    /// Files must not take the room in which commands are recorded.
    fn require_room(&self) -> Result<(), HistoryError> {
        let disk = rustix::fs::statvfs(&self.folder)
            .map_err(|error| HistoryError::io("could not look at", &self.folder)(error.into()))?;
        if disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM_TO_LEAVE {
            let full = std::io::ErrorKind::StorageFull.into();
            return Err(HistoryError::io("there is too little room for", &self.folder)(full));
        }
        Ok(())
    }

    /// Begins a file.
    pub(super) fn file<R: Row>(
        &self,
        span: Span,
        stays: Stays,
    ) -> Result<NewFile<R>, HistoryError> {
        self.require_room()?;
        let name = name(span.from_ms, span.until_ms, self.catalogue.next);
        let path = self.folder.join("new").join(format!("{}.{name}", R::KIND.folder()));
        let facts = Facts {
            format: FORMAT,
            kind: R::KIND,
            from_ms: span.from_ms,
            until_ms: span.until_ms,
            upto: BTreeMap::new(),
            replaces: BTreeSet::new(),
        };
        Ok(NewFile { writer: Writer::begin(&path, stays)?, path, name, facts })
    }

    /// New files take the place of those that they replace.
    pub(super) fn swap(&mut self, swap: Swap) -> Result<(), HistoryError> {
        let mut next = self.catalogue.clone();
        next.next += 1;
        let mut folders = BTreeSet::new();
        for file in &swap.files {
            let folder = self.folder.join(file.facts.kind.folder());
            let path = folder.join(&file.name);
            fs::rename(&file.path, &path).map_err(HistoryError::io("could not write", &path))?;
            folders.insert(folder);
        }
        for folder in folders {
            sync_folder(&folder).map_err(HistoryError::io("could not sync", &folder))?;
        }
        for file in &swap.files {
            let (kind, replaces) = (file.facts.kind, &file.facts.replaces);
            next.files.retain(|old| old.facts.kind != kind || !replaces.contains(&old.name));
            next.files.push(examine(&self.folder, kind, &file.name)?);
        }
        next.write(&self.folder)?;
        self.catalogue = next;
        for file in &swap.files {
            for name in &file.facts.replaces {
                let path = self.folder.join(file.facts.kind.folder()).join(name);
                // Tidied up at the next start, if it does not go now.
                let _ = remove(&path);
            }
        }
        Ok(())
    }
}

/// The file that failed, if it was one, and why.
pub(super) type Failed = (Option<usize>, HistoryError);

impl From<HistoryError> for Failed {
    fn from(error: HistoryError) -> Self {
        (None, error)
    }
}

/// A file in the making.
pub(super) struct NewFile<R: Row> {
    pub writer: Writer<R>,
    path: PathBuf,
    name: String,
    pub facts: Facts,
}

impl<R: Row> NewFile<R> {
    pub fn finish(self, meanings: &Meanings) -> Result<Finished, HistoryError> {
        let Self { writer, path, name, facts } = self;
        writer.finish(&facts, meanings)?;
        Ok(Finished { path, name, facts })
    }
}

/// A file that is written, but not yet part of the history.
pub(super) struct Finished {
    path: PathBuf,
    name: String,
    facts: Facts,
}

/// Files that become part of the history together.
#[derive(Default)]
pub(super) struct Swap {
    files: Vec<Finished>,
}

impl Swap {
    pub fn add(&mut self, file: Finished) {
        self.files.push(file);
    }
}
