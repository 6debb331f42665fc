//! Reads one Parquet file: what it says of itself, and its rows, run after run of
//! one point, skipping pages of points that nobody asked for. What is damaged
//! becomes an error, never a panic.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parquet::column::reader::ColumnReader;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use parquet::file::statistics::Statistics;
use serde::{Deserialize, Serialize};

use super::fault::HistoryError;
use super::row::{Cells, Column, FileKind, Row};
use super::sample::{Meanings, Name};

/// The version of the files that this program writes.
pub const FORMAT: u32 = 1;
const FACTS: &str = "hauswart";
const MEANINGS: &str = "hauswart.points";
/// Rows that are decoded at a time: few, so that what holds them is small enough for the
/// allocator to keep it at hand.
const AT_A_TIME: usize = 128;

/// What a file says of itself, in its metadata under `hauswart`: enough to make
/// the catalogue anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub format: u32,
    pub kind: FileKind,
    /// All its rows lie in this time, ms, the end not included.
    pub from_ms: i64,
    pub until_ms: i64,
    /// By hour, the highest number of what it has from the store.
    pub upto: BTreeMap<i64, u64>,
    /// Names of files whose rows are in this one.
    pub replaces: BTreeSet<String>,
}

impl Facts {
    pub(super) fn written(&self, meanings: &Meanings) -> [(String, String); 2] {
        let facts = serde_json::to_string(self).unwrap_or_default();
        let meanings = serde_json::to_string(meanings).unwrap_or_default();
        [(FACTS.to_owned(), facts), (MEANINGS.to_owned(), meanings)]
    }
}

/// Rows of one point.
#[derive(Debug, Clone)]
pub struct Run<R> {
    pub point: Name,
    pub rows: Vec<R>,
}

/// What is wanted of a file.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// `None`: of all points.
    pub points: Option<&'a BTreeSet<Name>>,
    /// `None`: all columns. The others stay as in an empty row.
    pub columns: Option<&'a [&'static str]>,
}

/// A file that is read at places, with one call each and without a position that its
/// readers would share.
#[derive(Debug, Clone)]
struct Places {
    file: Arc<File>,
    bytes: u64,
}

/// Reads on from a place.
struct Onward {
    file: Arc<File>,
    at: u64,
}

impl Read for Onward {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Length for Places {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Places {
    type T = BufReader<Onward>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(Onward { file: self.file.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        // What is damaged may announce more than there is.
        if start.checked_add(length as u64).is_none_or(|end| end > self.bytes) {
            return Err(short());
        }
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes.into())
    }
}

/// A file that is open; a clone is the same one.
#[derive(Clone)]
pub struct OpenFile {
    path: PathBuf,
    reader: Arc<SerializedFileReader<Places>>,
}

impl std::fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Damaged bytes may make the reader panic: that is an error too.
fn caught<T>(
    path: &Path,
    doing: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, HistoryError> {
    match catch_unwind(AssertUnwindSafe(doing)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(HistoryError::damaged(path, error)),
        Err(_) => Err(HistoryError::damaged(path, "its pages make no sense")),
    }
}

impl OpenFile {
    /// # Errors
    /// If it is not there, or no whole file of ours.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let file = File::open(path).map_err(HistoryError::io("could not open", path))?;
        let facts = file.metadata().map_err(HistoryError::io("could not open", path))?;
        let file = Places { file: Arc::new(file), bytes: facts.len() };
        let reader = caught(path, || {
            let options = ReadOptionsBuilder::new().with_page_index().build();
            SerializedFileReader::new_with_options(file, options)
        })?;
        Ok(Self { path: path.to_owned(), reader: Arc::new(reader) })
    }

    fn noted(&self, key: &str) -> Option<&str> {
        let noted = self.reader.metadata().file_metadata().key_value_metadata()?;
        noted.iter().find(|it| it.key == key)?.value.as_deref()
    }

    /// # Errors
    /// If it is not of ours, or of a newer program.
    pub fn facts(&self) -> Result<Facts, HistoryError> {
        let text = self
            .noted(FACTS)
            .ok_or_else(|| HistoryError::damaged(&self.path, "it is not of hauswart"))?;
        let facts: Facts =
            serde_json::from_str(text).map_err(|error| HistoryError::damaged(&self.path, error))?;
        if facts.format > FORMAT {
            return Err(HistoryError::Newer { path: self.path.clone(), found: facts.format });
        }
        Ok(facts)
    }

    /// What its points mean.
    ///
    /// # Errors
    /// If that cannot be read.
    pub fn meanings(&self) -> Result<Meanings, HistoryError> {
        let text = self.noted(MEANINGS).unwrap_or("{}");
        serde_json::from_str(text).map_err(|error| HistoryError::damaged(&self.path, error))
    }

    #[must_use]
    pub fn rows(&self) -> u64 {
        self.reader.metadata().file_metadata().num_rows().try_into().unwrap_or(0)
    }

    /// Bytes that it takes in memory while it is open.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.reader.metadata().memory_size()
    }

    /// Its rows, in runs: points in order of names, times in order.
    #[must_use]
    pub fn runs<'a, R: Row>(self, wanted: &Wanted<'a>) -> Runs<'a, R> {
        let mut columns = R::columns();
        if let Some(names) = wanted.columns {
            columns.retain(|column| names.contains(&column.name));
        }
        let all: Vec<usize> = columns
            .iter()
            .filter_map(|column| {
                let leaves = self.reader.metadata().file_metadata().schema_descr().columns();
                leaves.iter().position(|leaf| leaf.name() == column.name)
            })
            .collect();
        let whole = all.len() == columns.len();
        let groups = 0..self.reader.num_row_groups();
        Runs {
            file: self,
            points: wanted.points,
            columns,
            places: all,
            whole,
            groups,
            ranges: VecDeque::new(),
            readers: Vec::new(),
            at: 0,
            behind: 0,
            ready: VecDeque::new(),
            last: None,
        }
    }
}

/// See [`OpenFile::runs`].
pub struct Runs<'a, R: Row> {
    file: OpenFile,
    points: Option<&'a BTreeSet<Name>>,
    columns: Vec<Column<R>>,
    /// Where the columns stand in the file.
    places: Vec<usize>,
    /// The file has all of them.
    whole: bool,
    /// Still to be read.
    groups: Range<usize>,
    /// Rows of the present group still to be read.
    ranges: VecDeque<Range<usize>>,
    /// Of points, times and the columns.
    readers: Vec<ColumnReader>,
    /// The row at which that of points stands, and by how many the others are behind.
    at: usize,
    behind: usize,
    ready: VecDeque<Run<R>>,
    last: Option<Name>,
}

impl<R: Row> Runs<'_, R> {
    /// The next run; several in a row may be of one point.
    ///
    /// # Errors
    /// If the file is damaged here.
    pub fn next_run(&mut self) -> Result<Option<Run<R>>, HistoryError> {
        if !self.whole {
            return Err(HistoryError::damaged(&self.file.path, "columns are missing"));
        }
        while self.ready.is_empty() {
            let path = self.file.path.clone();
            if !caught(&path, || self.read_some())? {
                return Ok(None);
            }
        }
        Ok(self.ready.pop_front())
    }

    /// False: there is no more.
    fn read_some(&mut self) -> Result<bool, ParquetError> {
        let Some(range) = self.ranges.pop_front() else {
            let Some(group) = self.groups.next() else { return Ok(false) };
            self.open_group(group)?;
            return Ok(true);
        };
        let count = range.len().min(AT_A_TIME);
        if let Some(points) = self.readers.first_mut().filter(|_| range.start > self.at) {
            skip(points, range.start - self.at)?;
            self.behind += range.start - self.at;
        }
        self.at = range.start + count;
        if self.at < range.end {
            self.ranges.push_front(self.at..range.end);
        }
        self.decode(count)?;
        Ok(true)
    }

    /// Whether a point that is wanted may lie between both.
    fn may_lie(&self, min: &[u8], max: &[u8]) -> bool {
        let Some(points) = self.points else { return true };
        points.iter().any(|point| min <= point.as_bytes() && point.as_bytes() <= max)
    }

    fn open_group(&mut self, number: usize) -> Result<(), ParquetError> {
        let metadata = self.file.reader.metadata();
        let facts = metadata.row_group(number);
        let rows = usize::try_from(facts.num_rows())?;
        if let Some(Statistics::ByteArray(seen)) = facts.column(0).statistics()
            && let (Some(min), Some(max)) = (seen.min_bytes_opt(), seen.max_bytes_opt())
            && !self.may_lie(min, max)
        {
            return Ok(());
        }
        self.ranges = self.ranges_of(number, rows);
        if self.ranges.is_empty() {
            return Ok(());
        }
        let group = self.file.reader.get_row_group(number)?;
        let places = [0, 1].into_iter().chain(self.places.iter().copied());
        let readers = places.map(|place| group.get_column_reader(place));
        self.readers = readers.collect::<Result<_, _>>()?;
        (self.at, self.behind) = (0, 0);
        Ok(())
    }

    /// The rows of a group whose pages may have what is wanted.
    fn ranges_of(&self, number: usize, rows: usize) -> VecDeque<Range<usize>> {
        use parquet::file::page_index::column_index::ColumnIndexMetaData::BYTE_ARRAY;
        let everything: VecDeque<_> = std::iter::once(0..rows).collect();
        if self.points.is_none() {
            return everything;
        }
        let index = self.file.reader.metadata().page_index_for_row_group(number);
        let (Some(BYTE_ARRAY(seen)), Some(pages)) =
            (index.column_index(0), index.page_locations(0))
        else {
            return everything;
        };
        let starts = |page: usize| {
            pages.get(page).and_then(|page| usize::try_from(page.first_row_index).ok())
        };
        let mut ranges: VecDeque<Range<usize>> = VecDeque::new();
        for page in 0..pages.len() {
            let (Some(min), Some(max)) = (seen.min_value(page), seen.max_value(page)) else {
                return everything;
            };
            if !self.may_lie(min, max) {
                continue;
            }
            let (Some(start), end) = (starts(page), starts(page + 1).unwrap_or(rows)) else {
                return everything;
            };
            match ranges.back_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => ranges.push_back(start..end),
            }
        }
        ranges
    }

    /// The next rows become runs. Of what nobody asked for no more is decoded than its
    /// points.
    fn decode(&mut self, count: usize) -> Result<(), ParquetError> {
        let (points, rest) = self.readers.split_at_mut(1);
        let points = texts(&mut points[0], count)?;
        let points: Vec<(&str, usize)> = points
            .chunk_by(|one, other| std::ptr::eq(one.data(), other.data()) || one == other)
            .map(|same| Ok((std::str::from_utf8(same[0].data())?, same.len())))
            .collect::<Result<_, std::str::Utf8Error>>()
            .map_err(|error| ParquetError::External(error.into()))?;
        let is_wanted = |point: &str| self.points.is_none_or(|points| points.contains(point));
        if !points.iter().any(|(point, _)| is_wanted(point)) {
            self.behind += count;
            return Ok(());
        }
        for reader in rest.iter_mut().filter(|_| self.behind > 0) {
            skip(reader, self.behind)?;
        }
        self.behind = 0;
        let (times, rest) = rest.split_at_mut(1);
        let mut rows: Vec<R> = whole(&mut times[0], count)?.into_iter().map(R::at).collect();
        for (column, reader) in self.columns.iter().zip(rest) {
            fill(&mut rows, column, reader)?;
        }
        let mut rows = rows.into_iter();
        for (point, same) in points {
            let run = rows.by_ref().take(same);
            if is_wanted(point) {
                let name = self.last.clone().filter(|last| **last == *point);
                let name = name.unwrap_or_else(|| point.into());
                self.last = Some(name.clone());
                self.ready.push_back(Run { point: name, rows: run.collect() });
            } else {
                run.for_each(drop);
            }
        }
        Ok(())
    }
}

fn short() -> ParquetError {
    ParquetError::General("fewer rows than announced".to_owned())
}

fn odd() -> ParquetError {
    ParquetError::General("a column of another type than announced".to_owned())
}

fn skip(reader: &mut ColumnReader, count: usize) -> Result<(), ParquetError> {
    let skipped = match reader {
        ColumnReader::ByteArrayColumnReader(reader) => reader.skip_records(count)?,
        ColumnReader::Int64ColumnReader(reader) => reader.skip_records(count)?,
        ColumnReader::DoubleColumnReader(reader) => reader.skip_records(count)?,
        _ => return Err(odd()),
    };
    if skipped == count { Ok(()) } else { Err(short()) }
}

fn texts(reader: &mut ColumnReader, count: usize) -> Result<Vec<ByteArray>, ParquetError> {
    let ColumnReader::ByteArrayColumnReader(reader) = reader else { return Err(odd()) };
    let mut texts = Vec::with_capacity(count);
    let (read, ..) = reader.read_records(count, None, None, &mut texts)?;
    if read == count { Ok(texts) } else { Err(short()) }
}

fn whole(reader: &mut ColumnReader, count: usize) -> Result<Vec<i64>, ParquetError> {
    let ColumnReader::Int64ColumnReader(reader) = reader else { return Err(odd()) };
    let mut numbers = Vec::with_capacity(count);
    let (read, ..) = reader.read_records(count, None, None, &mut numbers)?;
    if read == count { Ok(numbers) } else { Err(short()) }
}

/// Puts the next cells of a column into `rows`.
fn fill<R>(
    rows: &mut [R],
    column: &Column<R>,
    reader: &mut ColumnReader,
) -> Result<(), ParquetError> {
    match &column.cells {
        Cells::Whole(_, set) => {
            let numbers = whole(reader, rows.len())?;
            rows.iter_mut().zip(numbers).for_each(|(row, number)| set(row, number));
        }
        Cells::Text(_, set) => {
            let texts = texts(reader, rows.len())?;
            for (row, text) in rows.iter_mut().zip(texts) {
                if !set(row, text.data()) {
                    return Err(ParquetError::General("a word that is not known".to_owned()));
                }
            }
        }
        Cells::Number(_, set) => {
            let ColumnReader::DoubleColumnReader(reader) = reader else { return Err(odd()) };
            let (mut known, mut there) = (Vec::new(), Vec::new());
            let (read, ..) = reader.read_records(rows.len(), Some(&mut there), None, &mut known)?;
            if read != rows.len() || there.len() != rows.len() {
                return Err(short());
            }
            let mut known = known.into_iter();
            for (row, there) in rows.iter_mut().zip(there) {
                set(row, if there == 1 { known.next() } else { None });
            }
        }
    }
    Ok(())
}
