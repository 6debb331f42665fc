//! The hours that are not sealed yet, in files that only grow: what was heard, by
//! hour, and the names of the series. A batch is one frame, so it is either wholly
//! there or not, and it is durable when [`OpenHours::append`] returns. A file goes
//! once all its hours are sealed, the last one with anything in it never. One writer a folder, which
//! the lock of the store sees to; readers need none.
//!
//! ```text
//! <data>/history/open/000000000041.frames    see `frame`; numbers only grow
//! ```
//! (In sled, whose pages these would be, an open hour of 10,000 points takes 20 to
//! 60 MiB of memory, and ten times as much is written to the disk.)

use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map};
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::append::Appender;
use super::chunk::{self, Numbered};
use super::event::Event;
use super::fault::HistoryError;
use super::frame::{self, Frame, Part, PartKind};
use super::sample::{Meaning, Name, Sample};

const FOLDER: &str = "open";
/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;

/// Full hours since 1970.
#[must_use]
pub const fn hour_of(at_ms: i64) -> i64 {
    at_ms.div_euclid(HOUR_MS)
}

/// How far what is kept reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Everything heard before this is kept, ms.
    pub until_ms: i64,
    /// The recorder came to its end; else it was killed, or the power went.
    pub ended: bool,
}

/// A series as files know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    pub name: Name,
    pub meaning: Meaning,
}

impl Series {
    fn nameless() -> Self {
        Self { name: "".into(), meaning: Meaning::Unit(String::new()) }
    }
}

/// Where a frame lies, and of which hours there are samples and events in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    file: u64,
    bytes: Range<u64>,
    samples: BTreeSet<i64>,
    events: BTreeSet<i64>,
}

/// See the module.
#[derive(Debug)]
pub struct OpenHours {
    folder: PathBuf,
    appender: Appender,
    /// The frames with something that is not sealed, by their numbers.
    frames: BTreeMap<u64, Place>,
    /// All files that are there.
    files: BTreeSet<u64>,
    series: Vec<Series>,
    numbers: HashMap<Name, u32>,
    next: u64,
    /// The last file with a frame in it: there the mark is.
    marked: u64,
}

/// What was found in the folder.
#[derive(Debug)]
pub struct Opened {
    pub hours: OpenHours,
    /// `None`: nothing was ever kept here.
    pub mark: Option<Mark>,
    /// Files with bytes in them that make no sense; what else is in them counts.
    pub faults: Vec<HistoryError>,
}

impl OpenHours {
    /// Reads what lies in the history's `folder`; nothing is written yet.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(folder: &Path) -> Result<Opened, HistoryError> {
        let folder = folder.join(FOLDER);
        let files = files(&folder)?;
        let mut hours = Self {
            appender: Appender::after(&folder, files.last().copied()),
            folder,
            frames: BTreeMap::new(),
            files: BTreeSet::new(),
            series: Vec::new(),
            numbers: HashMap::new(),
            next: 0,
            marked: 0,
        };
        let (mut mark, mut faults) = (None, Vec::new());
        for file in files {
            let path = path(&hours.folder, file);
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                // Sealed meanwhile, by the daemon beside which this is read.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(HistoryError::io("could not read", &path)(error)),
            };
            let batches = frame::scan(&bytes, |place, number, parts| {
                hours.found(file, place, number, parts, &mut mark);
            });
            hours.files.insert(file);
            if batches > 0 {
                faults.push(HistoryError::Spoilt { path, batches });
            }
        }
        // The latest of a name counts: its meaning may have changed.
        let named = (0_u32..).zip(&hours.series);
        hours.numbers = named.map(|(n, it)| (it.name.clone(), n)).collect();
        Ok(Opened { hours, mark, faults })
    }

    fn found(
        &mut self,
        file: u64,
        bytes: Range<usize>,
        number: u64,
        parts: &[Part<'_>],
        mark: &mut Option<Mark>,
    ) {
        let bytes = bytes.start as u64..bytes.end as u64;
        let mut place = Place { file, bytes, ..Place::default() };
        for part in parts {
            match part.kind {
                PartKind::Samples => {
                    place.samples.insert(part.hour);
                    // Their names may be in a frame that is spoilt: no other
                    // series gets these numbers.
                    let _ = chunk::unpack(part.bytes, |number, _| self.know(number));
                }
                PartKind::Event => {
                    place.events.insert(part.hour);
                }
                PartKind::Mark => *mark = serde_json::from_slice(part.bytes).ok().or(*mark),
                PartKind::Series => {
                    let named = serde_json::from_slice::<Vec<(u32, Series)>>(part.bytes);
                    for (number, series) in named.unwrap_or_default() {
                        self.know(number);
                        self.series[number as usize] = series;
                    }
                }
            }
        }
        self.next = self.next.max(number + 1);
        self.marked = file;
        // Of one that was tried twice the later counts.
        self.frames.insert(number, place);
    }

    /// There is a series of this number, if only without a name.
    fn know(&mut self, number: u32) {
        let length = self.series.len().max(number as usize + 1);
        self.series.resize(length, Series::nameless());
    }

    /// Frames get numbers beyond `number`, up to which all is sealed.
    pub fn number_after(&mut self, number: u64) {
        self.next = self.next.max(number + 1);
    }

    /// The number of a series, a new one if need be.
    fn number(&mut self, series: &Series) -> u32 {
        if let Some(number) = self.numbers.get(&series.name)
            && self.series[*number as usize] == *series
        {
            return *number;
        }
        let number = u32::try_from(self.series.len()).unwrap_or(u32::MAX);
        self.series.push(series.clone());
        self.numbers.insert(series.name.clone(), number);
        number
    }

    /// Keeps samples and events, and that all heard before `until_ms` is kept;
    /// durable when it returns. A sample's first number is the place in `all`.
    ///
    /// # Errors
    /// If it cannot be written, or the disk is nearly full: nothing is kept then,
    /// and it can be tried again.
    pub fn append(
        &mut self,
        all: &[Series],
        samples: &[Numbered],
        events: &[Event],
        until_ms: i64,
        ended: bool,
    ) -> Result<(), HistoryError> {
        let numbered = samples.iter().map(|(place, it)| (self.number(&all[*place as usize]), *it));
        let mut numbered: Vec<Numbered> = numbered.collect();
        // Stable: of two at one time the later one counts.
        numbered.sort_by_key(|(number, it)| (hour_of(it.at_ms), *number, it.at_ms));
        self.appender.turn(hour_of(until_ms));

        let mut place = Place::default();
        let mut frame = Frame::begin(self.next);
        let used: BTreeSet<u32> = numbered.iter().map(|(number, _)| *number).collect();
        let new: Vec<(u32, &Series)> = used
            .iter()
            .filter(|number| !self.appender.names(**number))
            .map(|number| (*number, &self.series[*number as usize]))
            .collect();
        if !new.is_empty() {
            frame.push(PartKind::Series, 0, &json(&new));
        }
        for samples in numbered.chunk_by(|a, b| hour_of(a.1.at_ms) == hour_of(b.1.at_ms)) {
            let hour = hour_of(samples[0].1.at_ms);
            frame.push(PartKind::Samples, hour, &chunk::pack(samples));
            place.samples.insert(hour);
        }
        for event in events {
            let hour = hour_of(event.at_ms);
            frame.push(PartKind::Event, hour, &json(&event.shortened()));
            place.events.insert(hour);
        }
        frame.push(PartKind::Mark, 0, &json(&Mark { until_ms, ended }));
        (place.file, place.bytes) = self.appender.append(&frame.end(), &used)?;
        self.files.insert(place.file);
        self.marked = place.file;
        self.frames.insert(self.next, place);
        self.next += 1;
        Ok(())
    }

    /// Hours of which samples or events lie here, oldest first.
    #[must_use]
    pub fn hours(&self) -> BTreeSet<i64> {
        self.frames.values().flat_map(|it| it.samples.iter().chain(&it.events)).copied().collect()
    }

    /// All that lies here of an hour.
    #[must_use]
    pub fn hour(&self, hour: i64) -> OpenHour {
        let those = |hours: fn(&Place) -> &BTreeSet<i64>| {
            let those = self.frames.iter().filter(|(_, place)| hours(place).contains(&hour));
            let those = those.map(|(number, it)| (*number, (it.file, it.bytes.clone())));
            those.collect::<BTreeMap<u64, (u64, Range<u64>)>>()
        };
        let (samples, events) = (those(|place| &place.samples), those(|place| &place.events));
        OpenHour { hour, folder: self.folder.clone(), samples, events }
    }

    /// Forgets all that is in `hour`: it is sealed. Files go with their last hour.
    ///
    /// # Errors
    /// If a file cannot be removed; it is removed the next time.
    pub fn forget(&mut self, hour: &OpenHour) -> Result<(), HistoryError> {
        for number in hour.samples.keys() {
            self.frames.get_mut(number).map(|place| place.samples.remove(&hour.hour));
        }
        for number in hour.events.keys() {
            self.frames.get_mut(number).map(|place| place.events.remove(&hour.hour));
        }
        self.frames.retain(|_, place| !place.samples.is_empty() || !place.events.is_empty());
        let in_use: BTreeSet<u64> = self.frames.values().map(|place| place.file).collect();
        let unused = self.files.iter().filter(|it| !in_use.contains(it) && **it != self.marked);
        for file in unused.copied().collect::<Vec<_>>() {
            let path = path(&self.folder, file);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(HistoryError::io("could not remove", &path)(error));
                }
                _ => self.files.remove(&file),
            };
        }
        Ok(())
    }

    /// The series, by number.
    #[must_use]
    pub fn series(&self) -> &[Series] {
        &self.series
    }
}

/// What lies here of one hour; read from the files when asked.
#[derive(Debug)]
pub struct OpenHour {
    pub hour: i64,
    folder: PathBuf,
    /// File and place of the frames, by number.
    samples: BTreeMap<u64, (u64, Range<u64>)>,
    events: BTreeMap<u64, (u64, Range<u64>)>,
}

type Frames<'a> = btree_map::Range<'a, u64, (u64, Range<u64>)>;

impl OpenHour {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.events.is_empty()
    }

    /// Leaves out what has a number up to these: it is sealed.
    #[must_use]
    pub fn after(mut self, samples: Option<u64>, events: Option<u64>) -> Self {
        self.samples.retain(|number, _| samples.is_none_or(|upto| *number > upto));
        self.events.retain(|number, _| events.is_none_or(|upto| *number > upto));
        self
    }

    /// The highest numbers here, of samples and of events.
    #[must_use]
    pub fn last(&self) -> (Option<u64>, Option<u64>) {
        let last = |those: &BTreeMap<u64, _>| those.keys().next_back().copied();
        (last(&self.samples), last(&self.events))
    }

    /// The numbers of what is here, in order.
    #[must_use]
    pub(super) fn numbers(&self) -> BTreeSet<u64> {
        self.samples.keys().chain(self.events.keys()).copied().collect()
    }

    /// As [`samples`](Self::samples), of one number.
    pub(super) fn samples_of(
        &self,
        number: u64,
        mut take: impl FnMut(u32, Sample),
    ) -> Result<usize, HistoryError> {
        let one = self.samples.range(number..=number);
        self.parts(one, PartKind::Samples, |chunk| chunk::unpack(chunk, &mut take).is_some())
    }

    /// As [`events`](Self::events), of one number.
    pub(super) fn events_of(&self, number: u64) -> Result<Vec<Event>, HistoryError> {
        self.events_in(self.events.range(number..=number))
    }

    /// Each sample with the number of its series, in the order they were kept
    /// for each series and time. The number of frames that make no sense.
    ///
    /// # Errors
    /// If the disk does not give them: it may do so later.
    pub fn samples(&self, mut take: impl FnMut(u32, Sample)) -> Result<usize, HistoryError> {
        let all = self.samples.range(..);
        self.parts(all, PartKind::Samples, |chunk| chunk::unpack(chunk, &mut take).is_some())
    }

    /// The events; those that make no sense are left out.
    ///
    /// # Errors
    /// As [`samples`](Self::samples).
    pub fn events(&self) -> Result<Vec<Event>, HistoryError> {
        self.events_in(self.events.range(..))
    }

    fn events_in(&self, frames: Frames<'_>) -> Result<Vec<Event>, HistoryError> {
        let mut events = Vec::new();
        self.parts(frames, PartKind::Event, |event| {
            events.extend(serde_json::from_slice::<Event>(event));
            true
        })?;
        Ok(events)
    }

    /// Hands the parts of a kind to `take`; how often bytes made no sense. A file
    /// that is gone has been sealed, or somebody took it away.
    fn parts(
        &self,
        frames: Frames<'_>,
        kind: PartKind,
        mut take: impl FnMut(&[u8]) -> bool,
    ) -> Result<usize, HistoryError> {
        let mut failed = 0;
        let mut open: Option<(u64, File)> = None;
        let mut bytes = Vec::new();
        for (_, (file, place)) in frames {
            let path = path(&self.folder, *file);
            bytes.resize((place.end - place.start) as usize, 0);
            let read = match &mut open {
                Some((number, open)) if number == file => read_at(open, place.start, &mut bytes),
                _ => File::open(&path).and_then(|new| {
                    let (_, new) = open.insert((*file, new));
                    read_at(new, place.start, &mut bytes)
                }),
            };
            let frame = match read {
                Ok(()) => frame::read(&bytes),
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) =>
                {
                    None
                }
                Err(error) => return Err(HistoryError::io("could not read", &path)(error)),
            };
            let Some((_, parts, _)) = frame else {
                failed += 1;
                continue;
            };
            let asked = parts.iter().filter(|part| part.kind == kind && part.hour == self.hour);
            failed += asked.filter(|part| !take(part.bytes)).count();
        }
        Ok(failed)
    }
}

fn read_at(file: &mut File, at: u64, bytes: &mut [u8]) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(bytes)
}

/// The files of the open hours in the history's `folder`, and how long they are:
/// up to there they do not change.
///
/// # Errors
/// If the folder cannot be read.
pub fn open_files(folder: &Path) -> Result<Vec<(PathBuf, u64)>, HistoryError> {
    let folder = folder.join(FOLDER);
    let mut found = Vec::new();
    for path in files(&folder)?.into_iter().map(|file| path(&folder, file)) {
        match fs::metadata(&path) {
            Ok(about) => found.push((path, about.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(HistoryError::io("could not look at", &path)(error)),
        }
    }
    Ok(found)
}

/// The numbers of the files in the folder.
fn files(folder: &Path) -> Result<BTreeSet<u64>, HistoryError> {
    let failed = |error| HistoryError::io("could not read", folder)(error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut files = BTreeSet::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".frames"));
        files.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    Ok(files)
}

pub(super) fn path(folder: &Path, file: u64) -> PathBuf {
    folder.join(format!("{file:012}.frames"))
}

fn json(it: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(it).expect("names, numbers and texts")
}
