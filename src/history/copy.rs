//! One Parquet file with a part of the history, for somebody else: the columns and
//! metadata of our own files, at a place of the asker's choice, whole or not there.

use std::fs;
use std::path::{Path, PathBuf};

use super::fault::HistoryError;
use super::read::{FORMAT, Facts};
use super::row::Row;
use super::sample::{Meanings, Name};
use super::span::Span;
use super::write::{Stays, Writer};

/// See the module.
#[derive(Debug)]
pub struct Copy<R: Row> {
    writer: Writer<R>,
    path: PathBuf,
    new: PathBuf,
}

impl<R: Row> Copy<R> {
    /// Begins a file at `path`; until it is finished it has `.new` behind its name.
    ///
    /// # Errors
    /// If it cannot be made there.
    pub fn begin(path: &Path) -> Result<Self, HistoryError> {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        Ok(Self { writer: Writer::begin(&new, Stays::ForYears)?, path: path.to_owned(), new })
    }

    /// Adds rows of one point, in order of time.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn push(&mut self, point: &Name, rows: &[R]) -> Result<(), HistoryError> {
        self.writer.push(point, rows)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self, span: Span, meanings: &Meanings) -> Result<(), HistoryError> {
        let facts = Facts {
            format: FORMAT,
            kind: R::KIND,
            from_ms: span.from_ms,
            until_ms: span.until_ms,
            upto: Default::default(),
            replaces: Default::default(),
        };
        self.writer.finish(&facts, meanings)?;
        fs::rename(&self.new, &self.path).map_err(HistoryError::io("could not write", &self.path))
    }
}
