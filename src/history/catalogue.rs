//! Which files the history is made of: one small file, swapped in one step, so
//! that a reader sees the files before a merge or those after it and never half of
//! both. It can be made anew from what the files say of themselves.
//!
//! ```text
//! <data>/history/catalogue.json
//! <data>/history/new/        files in the making
//! <data>/history/open/       hours that are not sealed yet, see `open_hours`
//! <data>/history/raw/        samples:       2026-11-26T09.17.parquet, 2026-11-26.41.parquet
//! <data>/history/rollup/     quarter hours: 2026-11-26.42.parquet, 2026-11.90.parquet
//! <data>/history/event/      what happened, named as the samples
//! ```
//! The number in a name grows with each file: of two rows of one point and time
//! that of the later file counts.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::fault::HistoryError;
use super::open_hours::HOUR_MS;
use super::read::{FORMAT, Facts, OpenFile};
use super::row::FileKind;
use super::span::DAY_MS;
use crate::model::fingerprint::{EMPTY, fingerprint};

const NAME: &str = "catalogue.json";

/// One file of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Within the folder of its kind.
    pub name: String,
    pub number: u64,
    pub facts: Facts,
    pub rows: u64,
    pub bytes: u64,
    /// Fingerprint of all its bytes, in hex.
    pub sum: String,
}

impl Entry {
    /// Where it lies.
    #[must_use]
    pub fn path(&self, folder: &Path) -> PathBuf {
        folder.join(self.facts.kind.folder()).join(&self.name)
    }

    /// Reads all its bytes and compares.
    ///
    /// # Errors
    /// If it is missing, or other than it was written.
    pub fn verify(&self, folder: &Path) -> Result<(), HistoryError> {
        let path = self.path(folder);
        match sum(&path) {
            Ok((sum, bytes)) if sum == self.sum && bytes == self.bytes => Ok(()),
            Ok(_) => Err(HistoryError::damaged(&path, "its bytes are not those that were written")),
            Err(error) if error.is_not_found() => Err(HistoryError::Missing { path }),
            Err(error) => Err(error),
        }
    }

    /// Whether it may have rows of this time.
    #[must_use]
    pub const fn overlaps(&self, from_ms: i64, until_ms: i64) -> bool {
        self.facts.from_ms < until_ms && from_ms < self.facts.until_ms
    }
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    pub format: u32,
    /// The number of the next file.
    pub next: u64,
    /// In order of their numbers.
    pub files: Vec<Entry>,
}

/// What was found when the catalogue was opened.
#[derive(Debug, Default)]
pub struct Found {
    pub catalogue: Catalogue,
    /// It was not there or not readable, and made anew.
    pub rebuilt: bool,
    /// Files that are missing, damaged or too new; they are left out.
    pub faults: Vec<HistoryError>,
}

impl Catalogue {
    /// Reads it as it is.
    ///
    /// # Errors
    /// If it is not there, not readable, or of a newer program.
    pub fn read(folder: &Path) -> Result<Self, HistoryError> {
        let path = folder.join(NAME);
        let text = fs::read(&path).map_err(HistoryError::io("could not read", &path))?;
        let catalogue: Self =
            serde_json::from_slice(&text).map_err(|error| HistoryError::damaged(&path, error))?;
        if catalogue.format > FORMAT {
            return Err(HistoryError::Newer { path, found: catalogue.format });
        }
        Ok(catalogue)
    }

    /// Opens it for writing: tidies up what a former process left half-done, and
    /// makes it anew where it does not fit the files.
    ///
    /// # Errors
    /// If the folder cannot be used, or is of a newer program.
    pub fn open(folder: &Path) -> Result<Found, HistoryError> {
        make_folders(folder)?;
        let mut found = match Self::read(folder) {
            Ok(catalogue) => Found { catalogue, ..Found::default() },
            Err(error @ HistoryError::Newer { .. }) => return Err(error),
            Err(error) if error.is_not_found() => Self::from_files(folder)?,
            Err(error) => {
                let mut found = Self::from_files(folder)?;
                found.faults.push(error);
                found
            }
        };
        if !found.rebuilt {
            found.reconcile(folder)?;
        }
        tidy(folder, &found.catalogue)?;
        if found.rebuilt {
            found.catalogue.write(folder)?;
        }
        Ok(found)
    }

    /// Made from the files alone. Files whose rows are in another that is whole
    /// are left out.
    fn from_files(folder: &Path) -> Result<Found, HistoryError> {
        let mut found = Found { rebuilt: true, ..Found::default() };
        found.catalogue.format = FORMAT;
        for (kind, name) in names(folder)? {
            match examine(folder, kind, &name) {
                Ok(entry) => found.catalogue.files.push(entry),
                Err(fault) => found.faults.push(fault),
            }
        }
        found.catalogue.drop_replaced();
        Ok(found)
    }

    fn drop_replaced(&mut self) {
        let replaced: BTreeSet<(FileKind, String)> = self
            .files
            .iter()
            .flat_map(|file| file.facts.replaces.iter().map(|name| (file.facts.kind, name.clone())))
            .collect();
        self.files.retain(|file| !replaced.contains(&(file.facts.kind, file.name.clone())));
        self.files.sort_by_key(|file| file.number);
        self.next = self.next.max(self.files.last().map_or(1, |last| last.number + 1));
    }

    /// Swaps it in.
    ///
    /// # Errors
    /// If it cannot be written; the one before stands then.
    pub fn write(&self, folder: &Path) -> Result<(), HistoryError> {
        let path = folder.join(NAME);
        let half = folder.join("new").join(NAME);
        let text = serde_json::to_vec(self).map_err(|error| HistoryError::damaged(&path, error))?;
        let write = || {
            let mut file = File::create(&half)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&half, &path)?;
            sync_folder(folder)
        };
        write().map_err(HistoryError::io("could not write", &path))
    }

    /// Files of a kind that may have rows of this time, oldest number first.
    pub fn of(&self, kind: FileKind, from_ms: i64, until_ms: i64) -> impl Iterator<Item = &Entry> {
        let fits = move |file: &&Entry| file.facts.kind == kind && file.overlaps(from_ms, until_ms);
        self.files.iter().filter(fits)
    }
}

impl Found {
    /// Compares with what lies in the folders: files that are missing are told,
    /// files that nobody knows are taken in.
    fn reconcile(&mut self, folder: &Path) -> Result<(), HistoryError> {
        let there: BTreeSet<(FileKind, String)> = names(folder)?.into_iter().collect();
        let of = |file: &Entry| (file.facts.kind, file.name.clone());
        let files = std::mem::take(&mut self.catalogue.files);
        let (kept, missing): (Vec<Entry>, Vec<Entry>) =
            files.into_iter().partition(|file| there.contains(&of(file)));
        self.rebuilt = !missing.is_empty();
        let missing = missing.iter().map(|file| HistoryError::Missing { path: file.path(folder) });
        self.faults.extend(missing);
        let known: BTreeSet<_> = kept.iter().map(of).collect();
        let replaced: BTreeSet<_> = kept
            .iter()
            .flat_map(|file| file.facts.replaces.iter().map(|it| (file.facts.kind, it.clone())))
            .collect();
        self.catalogue.files = kept;
        for (kind, name) in there.difference(&known).filter(|it| !replaced.contains(*it)) {
            match examine(folder, *kind, name) {
                Ok(entry) => {
                    self.catalogue.files.push(entry);
                    self.rebuilt = true;
                }
                Err(fault) => self.faults.push(fault),
            }
        }
        self.catalogue.drop_replaced();
        Ok(())
    }
}

/// What is to be known of a file, read from it.
///
/// # Errors
/// If it is not whole.
pub fn examine(folder: &Path, kind: FileKind, name: &str) -> Result<Entry, HistoryError> {
    let path = folder.join(kind.folder()).join(name);
    let open = OpenFile::open(&path)?;
    let facts = open.facts()?;
    if facts.kind != kind {
        return Err(HistoryError::damaged(&path, "it is of another kind than its folder"));
    }
    let (sum, bytes) = sum(&path)?;
    let number = name.rsplit('.').nth(1).and_then(|number| number.parse().ok()).unwrap_or(0);
    Ok(Entry { name: name.to_owned(), number, facts, rows: open.rows(), bytes, sum })
}

/// The fingerprint of a file's bytes, in hex, and how many they are.
///
/// # Errors
/// If it cannot be read.
fn sum(path: &Path) -> Result<(String, u64), HistoryError> {
    let read = || {
        let mut file = File::open(path)?;
        let mut buffer = vec![0; 64 << 10];
        let (mut sum, mut bytes) = (EMPTY, 0);
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                return Ok((format!("{sum:016x}"), bytes));
            }
            sum = fingerprint(sum, &buffer[..read]);
            bytes += read as u64;
        }
    };
    read().map_err(HistoryError::io("could not read", path))
}

/// The name of a file that has this time.
#[must_use]
pub fn name(from_ms: i64, until_ms: i64, number: u64) -> String {
    let begin = jiff::Timestamp::from_millisecond(from_ms).unwrap_or_default();
    let begin = TimeZone::UTC.to_datetime(begin);
    let format = match until_ms - from_ms {
        length if length <= HOUR_MS => "%Y-%m-%dT%H",
        length if length <= DAY_MS => "%Y-%m-%d",
        _ => "%Y-%m",
    };
    format!("{}.{number}.parquet", begin.strftime(format))
}

fn make_folders(folder: &Path) -> Result<(), HistoryError> {
    let make = || {
        for kind in FileKind::ALL {
            fs::create_dir_all(folder.join(kind.folder()))?;
        }
        fs::create_dir_all(folder.join("new"))?;
        sync_folder(folder)?;
        folder.parent().map_or(Ok(()), sync_folder)
    };
    make().map_err(HistoryError::io("could not make", folder))
}

/// All Parquet files in the folders.
fn names(folder: &Path) -> Result<Vec<(FileKind, String)>, HistoryError> {
    let mut names = Vec::new();
    for kind in FileKind::ALL {
        let path = folder.join(kind.folder());
        let mut read = || -> std::io::Result<()> {
            for entry in fs::read_dir(&path)? {
                let name = entry?.file_name().to_string_lossy().into_owned();
                if name.ends_with(".parquet") {
                    names.push((kind, name));
                }
            }
            Ok(())
        };
        match read() {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            read => read.map_err(HistoryError::io("could not read", &path))?,
        }
    }
    names.sort();
    Ok(names)
}

/// Removes what a former process did not come to: files in the making, and those
/// whose rows are in another.
fn tidy(folder: &Path, catalogue: &Catalogue) -> Result<(), HistoryError> {
    let new = folder.join("new");
    let empty = || {
        for entry in fs::read_dir(&new)? {
            fs::remove_file(entry?.path())?;
        }
        for file in &catalogue.files {
            for name in &file.facts.replaces {
                remove(&folder.join(file.facts.kind.folder()).join(name))?;
            }
        }
        Ok(())
    };
    empty().map_err(HistoryError::io("could not tidy up", folder))
}

/// Removes a file that may be gone already.
pub(super) fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

pub(super) fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}
