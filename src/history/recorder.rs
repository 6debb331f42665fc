//! Keeps what the engine hears. The engine's task only puts samples into a list;
//! every so many seconds the list goes to a thread of our own, which appends it to
//! a file, seals hours, merges days and lets old files go. A slow, full or
//! broken disk holds up no cycle: the thread tries again, holds back so much, and
//! says what got lost.

use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::archive::{Archive, Retention};
use super::event::{Event, EventKind};
use super::fault::HistoryError;
use super::import::{DayBrought, Import};
use super::keep::{Keeper, Manner};
use super::open_hours::{Mark, OpenHours, Opened, Series, hour_of};
use super::row::FileKind;
use super::sample::Sample;
use super::unsealed::{Asked, Page, Unwritten, page};
use crate::model::{Language, Now, PointId, Quality, Snapshot};
use crate::site::Recording;

/// Samples that wait for a disk that takes none; beyond that the oldest go.
const LARGEST_WAITING: usize = 400_000;
/// What the disk did not take is tried again after so long, in real time.
const AGAIN: Duration = Duration::from_secs(20);
/// A shorter absence is not worth a word.
const WORTH_TELLING_MS: i64 = 5_000;

/// What becomes of the history, told as it happens.
#[derive(Debug)]
pub enum Told {
    /// All is well (again).
    Well,
    /// It could not be written; it is tried again.
    Failing(HistoryError),
    /// A file is missing or damaged; the others go on.
    Damaged(HistoryError),
    /// Readings of this time are lost.
    Lost { from: Timestamp, until: Timestamp, why: LostBy },
}

/// How readings got lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostBy {
    /// The program did not come to its end: killed, or without power.
    Killed,
    /// The disk took nothing for too long.
    Disk,
    /// Bytes in a file that make no sense.
    Damage,
}

impl Told {
    /// For people; `None`: nothing to say.
    #[must_use]
    pub fn words(&self, language: Language) -> Option<String> {
        Some(match self {
            Self::Well => return None,
            Self::Failing(error) => language.pick(
                format!("Verlauf: {}; geregelt wird weiter", error.words(language)),
                format!("history: {}; control goes on", error.words(language)),
            ),
            Self::Damaged(error) => language.pick(
                format!("Verlauf: {}", error.words(language)),
                format!("history: {}", error.words(language)),
            ),
            Self::Lost { from, until, why } => {
                let (german, english) = match why {
                    LostBy::Killed => (
                        "das Programm wurde abgebrochen oder der Strom fiel aus",
                        "the program was killed, or the power went",
                    ),
                    LostBy::Disk => ("der Datenträger nahm nichts an", "the disk took nothing"),
                    LostBy::Damage => ("eine Datei war beschädigt", "a file was damaged"),
                };
                let [from, until] = [from, until].map(|it| it.strftime("%Y-%m-%d %H:%M:%SZ"));
                language.pick(
                    format!("Verlauf: Messwerte zwischen {from} und {until} fehlen ({german})"),
                    format!("history: readings between {from} and {until} are missing ({english})"),
                )
            }
        })
    }
}

/// How it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Readings of at most this long are lost when the power goes.
    pub flush: Duration,
    pub retention: Retention,
}

impl From<Recording> for Settings {
    fn from(site: Recording) -> Self {
        let days = |time: Option<Duration>| {
            time.map(|time| u32::try_from(time.as_secs().div_ceil(86_400)).unwrap_or(u32::MAX))
        };
        let retention = Retention {
            raw_days: days(site.samples),
            rollup_days: days(site.quarter_hours),
            event_days: days(site.events),
        };
        Self { flush: site.flush, retention }
    }
}

/// Hears of the history's fate; called on the recorder's own thread.
pub type Tell = Box<dyn FnMut(Told) + Send>;

enum Work {
    Keep {
        samples: Vec<(u32, Sample)>,
        events: Vec<Event>,
        until_ms: i64,
        ended: bool,
    },
    /// A page of what is not sealed yet.
    Show(Asked, mpsc::Sender<Page>),
    /// A day from elsewhere.
    Bring(Import, mpsc::Sender<Result<DayBrought, HistoryError>>),
}

/// See the module. Points go by their ids.
#[derive(Debug)]
pub struct Recorder {
    keeper: Keeper,
    events: Vec<Event>,
    flush: Duration,
    /// Steady time of the last hand-over.
    flushed: Duration,
    work: Option<mpsc::Sender<Work>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Recorder {
    /// Starts the thread, which opens `folder`, of which it is the only writer.
    /// What a former process left open is sealed if its hour is over.
    pub fn start(
        folder: &Path,
        points: Vec<(Series, Manner)>,
        settings: Settings,
        now: Now,
        tell: Tell,
    ) -> Self {
        let keeper = Keeper::new(points.iter().map(|(_, manner)| *manner));
        let mut series: Vec<Series> = points.into_iter().map(|(series, _)| series).collect();
        series.shrink_to_fit();
        let (work, received) = mpsc::channel();
        let folder = folder.to_owned();
        let thread = thread::spawn(move || {
            let mut scribe = Scribe {
                series,
                retention: settings.retention,
                tell,
                failing: false,
                waiting: Waiting::default(),
                hour: None,
            };
            scribe.work(&folder, &received, now.wall.as_millisecond());
        });
        Self {
            keeper,
            events: Vec::new(),
            flush: settings.flush,
            flushed: now.steady,
            work: Some(work),
            thread: Some(thread),
        }
    }

    /// A reading has come in.
    pub fn heard(&mut self, point: PointId, sample: Sample) {
        self.keeper.heard(point.index(), sample);
    }

    /// Something happened.
    pub fn happened(&mut self, event: Event) {
        self.events.push(event);
    }

    /// A cycle is done: what went stale becomes a gap, and if it is time, all
    /// goes to the disk.
    pub fn look(&mut self, snapshot: &Snapshot) {
        self.keeper.look(snapshot);
        if snapshot.now.steady.saturating_sub(self.flushed) >= self.flush {
            self.flush(snapshot.now, false);
        }
    }

    fn flush(&mut self, now: Now, ended: bool) {
        self.flushed = now.steady;
        let (samples, events) = (self.keeper.take(), std::mem::take(&mut self.events));
        let until_ms = now.wall.as_millisecond();
        if let Some(work) = &self.work {
            let _ = work.send(Work::Keep { samples, events, until_ms, ended });
        }
    }

    /// A page of what is not in a file yet, once the thread has come to it; the
    /// first one has all that was heard so far.
    pub fn show(&mut self, asked: Asked, now: Now) -> mpsc::Receiver<Page> {
        if asked.after.is_none() {
            self.flush(now, false);
        }
        let (reply, shown) = mpsc::channel();
        if let Some(work) = &self.work {
            let _ = work.send(Work::Show(asked, reply));
        }
        shown
    }

    /// Takes in a day from elsewhere, once the thread has come to it.
    pub fn bring(&self, import: Import) -> mpsc::Receiver<Result<DayBrought, HistoryError>> {
        let (reply, brought) = mpsc::channel();
        if let Some(work) = &self.work {
            let _ = work.send(Work::Bring(import, reply));
        }
        brought
    }

    /// Nothing more comes. The thread, to be waited for: it ends when all is on
    /// the disk.
    pub fn end(mut self, now: Now) -> Option<thread::JoinHandle<()>> {
        self.keeper.end(now.wall);
        self.flush(now, true);
        self.work = None;
        self.thread.take()
    }
}

/// What could not be written yet.
#[derive(Default)]
struct Waiting {
    samples: Vec<(u32, Sample)>,
    events: Vec<Event>,
    until_ms: i64,
    ended: bool,
}

impl Waiting {
    fn unwritten<'a>(&'a self, series: &'a [Series]) -> Unwritten<'a> {
        Unwritten { series, samples: &self.samples, events: &self.events }
    }
}

/// The thread's own.
struct Scribe {
    series: Vec<Series>,
    retention: Retention,
    tell: Tell,
    failing: bool,
    waiting: Waiting,
    /// The hour that was last seen to run.
    hour: Option<i64>,
}

impl Scribe {
    fn work(&mut self, folder: &Path, received: &mpsc::Receiver<Work>, started_ms: i64) {
        let mut open = None;
        self.waiting.until_ms = started_ms;
        loop {
            // At once, so that what was lost is said at the start.
            let outcome = self.advance(&mut open, folder, started_ms);
            self.say(outcome);
            let work = loop {
                let patience = if self.failing { AGAIN } else { Duration::MAX };
                match received.recv_timeout(patience) {
                    Ok(Work::Show(asked, reply)) => {
                        let hours = open.as_ref().map(|(hours, _)| hours);
                        let _ =
                            reply.send(page(&asked, &self.waiting.unwritten(&self.series), hours));
                    }
                    Ok(Work::Bring(import, reply)) => {
                        let archive = open.as_mut().map(|(_, archive)| archive);
                        let _ = reply.send(match archive {
                            Some(archive) => import.bring_to(archive),
                            None => Err(HistoryError::io("could not write", folder)(
                                std::io::ErrorKind::ResourceBusy.into(),
                            )),
                        });
                    }
                    work => break work,
                }
            };
            match work {
                Ok(Work::Keep { mut samples, events, until_ms, ended }) => {
                    let waiting = &mut self.waiting.samples;
                    if waiting.is_empty() {
                        std::mem::swap(waiting, &mut samples);
                    }
                    waiting.append(&mut samples);
                    self.waiting.events.extend(events);
                    (self.waiting.until_ms, self.waiting.ended) = (until_ms, ended);
                }
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(Work::Show(..) | Work::Bring(..)) | Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Opens what is not open yet, and writes what waits.
    fn advance(
        &mut self,
        open: &mut Option<(OpenHours, Archive)>,
        folder: &Path,
        started_ms: i64,
    ) -> Result<(), HistoryError> {
        let (hours, archive) = match open {
            Some(open) => open,
            None => open.insert(self.open(folder, started_ms)?),
        };
        self.keep(hours, archive)
    }

    /// Says how it went, the first time that it fails and when it goes again.
    fn say(&mut self, outcome: Result<(), HistoryError>) {
        match outcome {
            Ok(()) => {
                if std::mem::take(&mut self.failing) {
                    (self.tell)(Told::Well);
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failing, true) {
                    (self.tell)(Told::Failing(error));
                }
                self.bound();
            }
        }
    }

    /// Lets go of the oldest where too much waits.
    fn bound(&mut self) {
        let waiting = &mut self.waiting.samples;
        let over = waiting.len().saturating_sub(LARGEST_WAITING);
        if over == 0 {
            return;
        }
        // Some more at once, so that it is not told with every reading.
        let gone = waiting.drain(..over + LARGEST_WAITING / 10).map(|(_, it)| it.at_ms);
        let (from, until) =
            gone.fold((i64::MAX, i64::MIN), |(from, until), at| (from.min(at), until.max(at)));
        let events = &mut self.waiting.events;
        events.drain(..events.len().saturating_sub(LARGEST_WAITING / 100));
        self.lost(from, until, LostBy::Disk);
    }

    fn lost(&mut self, from_ms: i64, until_ms: i64, why: LostBy) {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap_or_default();
        let told = Told::Lost { from: at(from_ms), until: at(until_ms), why };
        self.waiting.events.push(Event {
            at_ms: until_ms,
            kind: EventKind::History,
            point: "".into(),
            value: None,
            level: String::new(),
            by: String::new(),
            text: told.words(Language::En).unwrap_or_default(),
        });
        (self.tell)(told);
    }

    /// Opens the folder, and closes what a former process left open.
    fn open(
        &mut self,
        folder: &Path,
        started_ms: i64,
    ) -> Result<(OpenHours, Archive), HistoryError> {
        let (archive, faults) = Archive::open(folder)?;
        let Opened { mut hours, mark, faults: more } = OpenHours::open(folder)?;
        for fault in faults.into_iter().chain(more) {
            (self.tell)(Told::Damaged(fault));
        }
        if let Some(number) = archive.last_number() {
            hours.number_after(number);
        }
        if let Some(Mark { until_ms, ended: false, .. }) = mark {
            // What held when it was cut off does not hold on: nothing is known.
            let gaps = self.gaps(&hours, until_ms)?;
            hours.append(&self.series.clone(), &gaps, &[], until_ms.max(started_ms), true)?;
            if started_ms - until_ms >= WORTH_TELLING_MS {
                self.lost(until_ms, started_ms, LostBy::Killed);
            }
        }
        Ok((hours, archive))
    }

    /// A gap for each series that was heard in the last hours, just after the
    /// end of what is kept.
    fn gaps(
        &mut self,
        hours: &OpenHours,
        until_ms: i64,
    ) -> Result<Vec<(u32, Sample)>, HistoryError> {
        let end_ms = until_ms.div_euclid(1000) * 1000 + 1000;
        let mut last: HashMap<u32, Sample> = HashMap::new();
        for hour in hours.hours() {
            hours.hour(hour).samples(|number, sample| {
                let newest = last.entry(number).or_insert(sample);
                if sample.at_ms >= newest.at_ms {
                    *newest = sample;
                }
            })?;
        }
        let mut gaps = Vec::new();
        for (number, sample) in last {
            let Some(series) = hours.series().get(number as usize) else { continue };
            if sample.value.is_some() && !series.name.is_empty() {
                let place = self.series.iter().position(|it| it == series).unwrap_or_else(|| {
                    self.series.push(series.clone());
                    self.series.len() - 1
                });
                let at_ms = end_ms.max(sample.at_ms + 1);
                let gap = Sample::gap(at_ms, Quality::NeverRead);
                gaps.push((u32::try_from(place).unwrap_or(u32::MAX), gap));
            }
        }
        Ok(gaps)
    }

    /// Writes what waits; at the turn of an hour, seals and tidies.
    fn keep(&mut self, hours: &mut OpenHours, archive: &mut Archive) -> Result<(), HistoryError> {
        let Waiting { samples, events, until_ms, ended } = &self.waiting;
        hours.append(&self.series, samples, events, *until_ms, *ended)?;
        let now_ms = *until_ms;
        self.waiting.samples = Vec::new();
        self.waiting.events.clear();
        let hour = hour_of(now_ms);
        if self.hour != Some(hour) {
            self.seal(hours, archive, now_ms)?;
            self.hour = Some(hour);
        }
        Ok(())
    }

    fn seal(
        &mut self,
        hours: &mut OpenHours,
        archive: &mut Archive,
        now_ms: i64,
    ) -> Result<(), HistoryError> {
        let running = hour_of(now_ms);
        for hour in hours.hours().into_iter().filter(|hour| *hour < running) {
            let whole = hours.hour(hour);
            let sealed = |kind| archive.sealed(kind, hour);
            let (samples, events) = (sealed(FileKind::Raw), sealed(FileKind::Event));
            let unsealed = hours.hour(hour).after(samples, events);
            if !unsealed.is_empty() && archive.seal(&unsealed, hours.series())? > 0 {
                let from_ms = hour * super::HOUR_MS;
                self.lost(from_ms, from_ms + super::HOUR_MS, LostBy::Damage);
            }
            hours.forget(&whole)?;
        }
        for fault in archive.merge(now_ms, &hours.hours())? {
            (self.tell)(Told::Damaged(fault));
        }
        archive.expire(now_ms, &self.retention)?;
        Ok(())
    }
}
