//! Reads the history: samples, quarter hours or events of one point, of many or
//! of all, from the files and from the open hours. Needs no lock: it reads
//! the catalogue and opens what stands there; where a file has been merged
//! meanwhile, it reads the catalogue anew. Files that are missing or damaged are
//! left out and told.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::catalogue::{Catalogue, Entry};
use super::event::Event;
use super::fault::HistoryError;
use super::merge::Merge;
use super::open_hours::{OpenHours, hour_of};
use super::read::{OpenFile, Run, Wanted};
use super::row::{FileKind, Row};
use super::sample::{Meanings, Name, Sample};
use super::span::{DAY_MS, Span, day_of, month_of};
use super::unsealed::Unsealed;

/// So often a catalogue that is just being swapped is read again.
const TRIES: u32 = 10;
/// Months stay open up to so many bytes of what they say of themselves: a report reads
/// the same ones again and again.
const KEPT_BYTES: usize = 32 << 20;
/// And so many of them: a process may have 1024 files open.
const KEPT_FILES: usize = 128;

/// See the module.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    catalogue: Catalogue,
    /// What is not sealed yet, points in order of names.
    open: Vec<Run<Sample>>,
    open_events: Vec<Run<Event>>,
    /// What the points of the open hours mean.
    open_meanings: Meanings,
    /// Months that stay open, and the bytes that they take.
    kept: HashMap<PathBuf, OpenFile>,
    kept_bytes: usize,
    /// Files that could not be read, told once.
    told: HashSet<PathBuf>,
    pub faults: Vec<HistoryError>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// `None`: all points.
    pub points: Option<&'a BTreeSet<Name>>,
    pub span: Span,
    /// `None`: all columns.
    pub columns: Option<&'a [&'static str]>,
}

impl Shelf {
    /// Opens what is sealed in `folder`; an empty history if there is none.
    ///
    /// # Errors
    /// If it is of a newer program.
    pub fn open(folder: &Path) -> Result<Self, HistoryError> {
        let mut faults = Vec::new();
        let catalogue = match Catalogue::read(folder) {
            Ok(catalogue) => catalogue,
            Err(error @ HistoryError::Newer { .. }) => return Err(error),
            Err(error) if error.is_not_found() => Catalogue::default(),
            Err(error) => {
                faults.push(error);
                Catalogue::default()
            }
        };
        Ok(Self {
            folder: folder.to_owned(),
            catalogue,
            open: Vec::new(),
            open_events: Vec::new(),
            open_meanings: Meanings::new(),
            kept: HashMap::new(),
            kept_bytes: 0,
            told: HashSet::new(),
            faults,
        })
    }

    /// As [`open`](Self::open), with what is not sealed yet.
    ///
    /// # Errors
    /// If it is of a newer program.
    pub fn open_with(folder: &Path, hours: &OpenHours) -> Result<Self, HistoryError> {
        // First the open hours: what is sealed between both is then seen twice,
        // and counts once.
        let unsealed = Unsealed::of(hours);
        let mut shelf = Self::open(folder)?;
        shelf.add(unsealed);
        Ok(shelf)
    }

    /// Adds what no file has yet.
    pub fn add(&mut self, unsealed: Unsealed) {
        let (samples, events, meanings) = unsealed.into_runs();
        (self.open, self.open_events, self.open_meanings) = (samples, events, meanings);
    }

    #[must_use]
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// From the first to the last moment of which there may be something of a
    /// kind; `None`: nothing.
    #[must_use]
    pub fn reach(&self, kind: FileKind) -> Option<Span> {
        let files = self.catalogue.files.iter().filter(|file| file.facts.kind == kind);
        let spans = files.map(|file| (file.facts.from_ms, file.facts.until_ms));
        let open: Vec<i64> = match kind {
            FileKind::Raw => self.open.iter().flat_map(|run| &run.rows).map(Row::at_ms).collect(),
            FileKind::Event => {
                self.open_events.iter().flat_map(|run| &run.rows).map(Row::at_ms).collect()
            }
            FileKind::Rollup => Vec::new(),
        };
        let open = open.into_iter().map(|at_ms| (at_ms, at_ms + 1));
        spans.chain(open).fold(None, |reach: Option<Span>, (from_ms, until_ms)| {
            let reach = reach.unwrap_or(Span { from_ms, until_ms });
            Some(Span {
                from_ms: reach.from_ms.min(from_ms),
                until_ms: reach.until_ms.max(until_ms),
            })
        })
    }

    /// What points mean, the latest there is to know; of `span`.
    pub fn meanings(&mut self, kind: FileKind, span: Span) -> Meanings {
        let mut meanings = Meanings::new();
        for (_, open) in self.open_files(kind, span) {
            if let Ok(mut some) = open.meanings() {
                meanings.append(&mut some);
            }
        }
        meanings.append(&mut self.open_meanings.clone());
        meanings
    }

    /// Hands rows to `take`: window after window of a day (samples) or a month
    /// (the others), within it point after point, within that in order of time.
    ///
    /// # Errors
    /// Of `take` alone; files that fail are told in `faults`.
    pub fn read<R: Readable, E>(
        &mut self,
        query: &Query<'_>,
        mut take: impl FnMut(&Name, &[R]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(reach) = self.reach(R::KIND) else { return Ok(()) };
        let from_ms = query.span.from_ms.max(reach.from_ms);
        let until_ms = query.span.until_ms.min(reach.until_ms);
        let mut at = from_ms;
        while at < until_ms {
            let whole = if R::KIND == FileKind::Raw { day_of(at) } else { month_of(at) };
            let window = Span { from_ms: at, until_ms: whole.until_ms.min(until_ms) };
            self.read_window(&Query { span: window, ..query.clone() }, &mut take)?;
            at = window.until_ms;
        }
        Ok(())
    }

    fn read_window<R: Readable, E>(
        &mut self,
        query: &Query<'_>,
        take: &mut impl FnMut(&Name, &[R]) -> Result<(), E>,
    ) -> Result<(), E> {
        let wanted = Wanted { points: query.points, columns: query.columns };
        let span = query.span;
        // After a file failed, points up to this one are done.
        let mut done: Option<Name> = None;
        loop {
            let files = self.open_files(R::KIND, span);
            let paths: Vec<PathBuf> =
                files.iter().map(|(entry, _)| entry.path(&self.folder)).collect();
            let runs = files.into_iter().map(|(_, file)| file.runs(&wanted)).collect();
            let memory = R::open(self, query);
            let mut refused = None;
            let read = Merge::of(runs, memory).each(|point, rows: &[R]| {
                if done.as_ref().is_some_and(|done| point <= done) {
                    return Ok(());
                }
                let from = rows.partition_point(|row| row.at_ms() < span.from_ms);
                let until = rows.partition_point(|row| row.at_ms() < span.until_ms);
                if from < until
                    && let Err(error) = take(point, &rows[from..until])
                {
                    refused = Some(error);
                    return Err(HistoryError::damaged(Path::new(""), "refused"));
                }
                done = Some(point.clone());
                Ok(())
            });
            match read {
                Ok(()) => return Ok(()),
                Err((Some(place), fault)) => {
                    self.told.extend(paths.get(place).cloned());
                    self.faults.push(fault);
                }
                Err((None, _)) => return refused.map_or(Ok(()), Err),
            }
        }
    }

    /// Opens the files of a time, all as of one catalogue.
    fn open_files(&mut self, kind: FileKind, span: Span) -> Vec<(Entry, OpenFile)> {
        for _ in 0..TRIES {
            let entries = self.catalogue.of(kind, span.from_ms, span.until_ms);
            let entries = entries.filter(|entry| !self.told.contains(&entry.path(&self.folder)));
            let entries: Vec<Entry> = entries.cloned().collect();
            let mut files = Vec::new();
            let mut gone = Vec::new();
            for entry in entries {
                match self.open_file(&entry) {
                    Ok(open) => files.push((entry, open)),
                    Err(error) if error.is_not_found() => gone.push(entry),
                    Err(fault) => {
                        self.told.insert(entry.path(&self.folder));
                        self.faults.push(fault);
                    }
                }
            }
            if gone.is_empty() {
                return files;
            }
            match Catalogue::read(&self.folder) {
                Ok(catalogue) if catalogue != self.catalogue => self.catalogue = catalogue,
                // It is as before: they are really gone.
                _ => {
                    for entry in gone {
                        let path = entry.path(&self.folder);
                        self.told.insert(path.clone());
                        self.faults.push(HistoryError::Missing { path });
                    }
                    return files;
                }
            }
        }
        Vec::new()
    }

    /// Closes what stayed open: whoever goes on with another history has no use of it.
    pub fn close_files(&mut self) {
        self.kept.clear();
        self.kept_bytes = 0;
    }

    fn open_file(&mut self, entry: &Entry) -> Result<OpenFile, HistoryError> {
        // Files of several kinds may have one name.
        let path = entry.path(&self.folder);
        if let Some(kept) = self.kept.get(&path) {
            return Ok(kept.clone());
        }
        let open = OpenFile::open(&path)?;
        // Days of samples would be too many.
        let bytes = self.kept_bytes + open.memory();
        let fits = bytes <= KEPT_BYTES && self.kept.len() < KEPT_FILES;
        if entry.facts.kind != FileKind::Raw && fits {
            self.kept_bytes = bytes;
            self.kept.insert(path, open.clone());
        }
        Ok(open)
    }

    /// The samples of one point in a time, and before them the one that holds at
    /// its beginning, if there is one within a day.
    pub fn samples(&mut self, point: &Name, span: Span) -> Vec<Sample> {
        let points = BTreeSet::from([point.clone()]);
        let mut samples = Vec::new();
        let mut earlier = Span { from_ms: span.from_ms - DAY_MS, until_ms: span.from_ms };
        let hour = Span { from_ms: hour_of(span.from_ms) * 3_600_000, ..earlier };
        // Each hour begins with what holds: mostly this is enough.
        for before in [hour, earlier] {
            earlier = before;
            let query = Query { points: Some(&points), span: earlier, columns: None };
            let mut last = None;
            let _ = self.read(&query, |_, rows: &[Sample]| {
                last = rows.last().copied().or(last);
                Ok::<_, ()>(())
            });
            if let Some(last) = last {
                samples.push(last);
                break;
            }
        }
        let query = Query { points: Some(&points), span, columns: None };
        let _ = self.read(&query, |_, rows: &[Sample]| {
            samples.extend_from_slice(rows);
            Ok::<_, ()>(())
        });
        samples
    }

    /// Reads every byte of every file and compares with the catalogue; `told`
    /// hears of each file, and whether it is whole.
    pub fn verify(&self, mut told: impl FnMut(&Entry, Result<(), HistoryError>)) {
        for entry in &self.catalogue.files {
            told(entry, entry.verify(&self.folder));
        }
    }
}

/// Rows that may also lie in open hours still.
pub trait Readable: Row {
    /// Those of a query; what is of other points or times does no harm.
    #[must_use]
    fn open(_shelf: &Shelf, _query: &Query<'_>) -> Vec<Run<Self>> {
        Vec::new()
    }
}

fn asked<R: Row>(runs: &[Run<R>], query: &Query<'_>) -> Vec<Run<R>> {
    let wanted = |run: &&Run<R>| query.points.is_none_or(|points| points.contains(&run.point));
    let within = |run: &Run<R>| {
        let rows = run.rows.iter().filter(|row| query.span.has(row.at_ms())).cloned().collect();
        Run { point: run.point.clone(), rows }
    };
    runs.iter().filter(wanted).map(within).filter(|run| !run.rows.is_empty()).collect()
}

impl Readable for Sample {
    fn open(shelf: &Shelf, query: &Query<'_>) -> Vec<Run<Self>> {
        asked(&shelf.open, query)
    }
}

impl Readable for Event {
    fn open(shelf: &Shelf, query: &Query<'_>) -> Vec<Run<Self>> {
        asked(&shelf.open_events, query)
    }
}

impl Readable for super::rollup::Rollup {}
