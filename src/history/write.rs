//! Writes one Parquet file: under a name of its own in the folder `new`, and only
//! whole, synced and closed under its final one.
//!
//! Encodings, as measured on a mix of slow temperatures, counters, states and
//! noisy powers (bytes a row, a day): values plain under zstd 0.75 (with a
//! dictionary 0.93, byte-stream split 0.85), times as deltas 0.01 (plain 2.1),
//! points and qualities by dictionary below 0.01. Plain is also what every reader
//! understands. zstd level 9 saves another tenth, at twice the time: for files
//! that stay.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::ColumnPath;

use super::fault::HistoryError;
use super::read::Facts;
use super::row::{Cells, Column, Row, schema};
use super::sample::{Meanings, Name};

/// Rows that are compressed and looked up together.
const GROUP_ROWS: usize = 64 * 1024;
/// Rows of a page, the smallest thing that is read.
const PAGE_ROWS: usize = 8 * 1024;

/// How long a file will stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// Until it is merged.
    ForNow,
    ForYears,
}

/// A file in the making; dropped before its end it leaves nothing behind.
pub struct Writer<R: Row> {
    file: Option<SerializedFileWriter<BufWriter<File>>>,
    new: PathBuf,
    columns: Vec<Column<R>>,
    /// The rows of a group, and up to which of them which point reaches.
    rows: Vec<R>,
    points: Vec<(Name, usize)>,
}

impl<R: Row> std::fmt::Debug for Writer<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("new", &self.new).finish_non_exhaustive()
    }
}

impl<R: Row> Writer<R> {
    /// Begins a file at `new`.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn begin(new: &Path, stays: Stays) -> Result<Self, HistoryError> {
        let file = File::create(new).map_err(HistoryError::io("could not write", new))?;
        let writer = SerializedFileWriter::new(
            BufWriter::new(file),
            schema::<R>(),
            Arc::new(properties::<R>(stays)),
        );
        Ok(Self {
            file: Some(writer.map_err(|error| fault(new, error))?),
            new: new.to_owned(),
            columns: R::columns(),
            rows: Vec::new(),
            points: Vec::new(),
        })
    }

    /// Adds rows of one point: points in order of names, times in order.
    ///
    /// # Errors
    /// If they cannot be written; the file is lost then.
    pub fn push(&mut self, point: &Name, mut rows: &[R]) -> Result<(), HistoryError> {
        while !rows.is_empty() {
            let (fit, rest) = rows.split_at(rows.len().min(GROUP_ROWS - self.rows.len()));
            self.rows.extend_from_slice(fit);
            match self.points.last_mut() {
                Some((last, end)) if last == point => *end = self.rows.len(),
                _ => self.points.push((point.clone(), self.rows.len())),
            }
            if self.rows.len() == GROUP_ROWS {
                self.write_group()?;
            }
            rows = rest;
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), HistoryError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut write = || {
            let mut group = file.next_row_group()?;
            write_points(&mut group, &self.points)?;
            let times: Vec<i64> = self.rows.iter().map(Row::at_ms).collect();
            write_whole(&mut group, &times)?;
            for column in &self.columns {
                write_column(&mut group, column, &self.rows)?;
            }
            group.close().map(drop)
        };
        write().map_err(|error| fault(&self.new, error))?;
        self.rows.clear();
        self.points.clear();
        Ok(())
    }

    /// Ends the file with what is to be known of it, and syncs it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self, facts: &Facts, meanings: &Meanings) -> Result<(), HistoryError> {
        if !self.rows.is_empty() {
            self.write_group()?;
        }
        let mut finish = || -> Result<(), HistoryError> {
            let Some(mut writer) = self.file.take() else { return Ok(()) };
            for (key, value) in facts.written(meanings) {
                writer.append_key_value_metadata(KeyValue::new(key, value));
            }
            let file = writer.into_inner().map_err(|error| fault(&self.new, error))?;
            let sync = || -> std::io::Result<()> {
                let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
                file.sync_all()
            };
            sync().map_err(HistoryError::io("could not write", &self.new))
        };
        finish()?;
        // From here on it is the folder's.
        self.new = PathBuf::new();
        Ok(())
    }
}

impl<R: Row> Drop for Writer<R> {
    fn drop(&mut self) {
        if !self.new.as_os_str().is_empty() {
            self.file = None;
            let _ = fs::remove_file(&self.new);
        }
    }
}

fn properties<R: Row>(stays: Stays) -> WriterProperties {
    let level = match stays {
        Stays::ForNow => 3,
        Stays::ForYears => 9,
    };
    let level = ZstdLevel::try_new(level).expect("a level that zstd has");
    let path = |name: &str| ColumnPath::from(name);
    let mut properties = WriterProperties::builder()
        .set_created_by(format!("hauswart {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(level))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(1024)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_column_dictionary_enabled(path("time"), false)
        .set_column_encoding(path("time"), Encoding::DELTA_BINARY_PACKED);
    for column in R::columns() {
        let plain = !matches!(column.cells, Cells::Text(..));
        if plain {
            properties = properties.set_column_dictionary_enabled(path(column.name), false);
        }
    }
    properties.build()
}

/// What the disk says is told as such: it may be full.
fn fault(path: &Path, error: ParquetError) -> HistoryError {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(source) => HistoryError::io("could not write", path)(*source),
            Err(source) => HistoryError::damaged(path, source),
        },
        error => HistoryError::io("could not write", path)(std::io::Error::other(error)),
    }
}

type Group<'a> = SerializedRowGroupWriter<'a, BufWriter<File>>;

fn write_points(group: &mut Group<'_>, points: &[(Name, usize)]) -> Result<(), ParquetError> {
    let mut texts = Vec::new();
    for (name, end) in points {
        let name = ByteArray::from(name.as_bytes().to_vec());
        texts.resize(*end, name);
    }
    write_texts(group, &texts)
}

fn write_texts(group: &mut Group<'_>, texts: &[ByteArray]) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    column.typed::<ByteArrayType>().write_batch(texts, None, None)?;
    column.close()
}

fn write_whole(group: &mut Group<'_>, numbers: &[i64]) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    column.typed::<Int64Type>().write_batch(numbers, None, None)?;
    column.close()
}

fn write_column<R>(
    group: &mut Group<'_>,
    column: &Column<R>,
    rows: &[R],
) -> Result<(), ParquetError> {
    match &column.cells {
        Cells::Whole(get, _) => write_whole(group, &rows.iter().map(get).collect::<Vec<_>>()),
        Cells::Number(get, _) => {
            let known: Vec<f64> = rows.iter().filter_map(get).collect();
            let there: Vec<i16> = rows.iter().map(|row| i16::from(get(row).is_some())).collect();
            let Some(mut column) = group.next_column()? else { return Ok(()) };
            column.typed::<DoubleType>().write_batch(&known, Some(&there), None)?;
            column.close()
        }
        Cells::Text(get, _) => {
            let mut texts: Vec<ByteArray> = Vec::with_capacity(rows.len());
            for row in rows {
                let text = get(row).as_bytes();
                let again = texts.last().filter(|last| last.data() == text).cloned();
                texts.push(again.unwrap_or_else(|| ByteArray::from(text.to_vec())));
            }
            write_texts(group, &texts)
        }
    }
}
