//! What must outlive the process: commands outstanding, overrides, alarms, what
//! rules remember. One thread writes, in order, so that a slow disk holds up no
//! cycle; each batch is acknowledged only once it is on the disk.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::sync::mpsc::{self as thread_mpsc, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{mpsc, oneshot};

use super::run::Back;
use crate::control::{Action, Commanded, Yielded};
use crate::model::wear::Worn;
use crate::model::{Language, PointId};
use crate::site::Site;
use crate::store::alarms::{self, AlarmChanges, AlarmRecord, LetterRecord};
use crate::store::drills::{self, DrillRecord};
use crate::store::jobs::{self, JobRecord};
use crate::store::memory::{self, Remembered};
use crate::store::records::{
    self, CommandRecord, OverrideRecord, PastRecord, ReleaseRecord, WornRecord, YieldedRecord,
};
use crate::store::{Backlog, Store, StoreError};

/// How long a command waits for its record; a slow disk stops no control.
const PATIENCE: Duration = Duration::from_secs(5);
/// What the disk did not take is tried again after so long, in real time.
const AGAIN: Duration = Duration::from_secs(20);

type Change = Box<dyn FnOnce(&dyn Store) -> Result<(), StoreError> + Send>;

struct Work {
    change: Change,
    /// Whether it was.
    recorded: Option<oneshot::Sender<bool>>,
}

/// See the module. Without a store it records nothing.
#[derive(Debug)]
pub struct Journal {
    work: Option<thread_mpsc::Sender<Work>>,
    writing: Option<thread::JoinHandle<()>>,
}

/// What a former run left in the store.
#[derive(Debug, Default)]
pub struct Kept {
    commands: Vec<CommandRecord>,
    overrides: Vec<OverrideRecord>,
    past: Vec<PastRecord>,
    worn: Vec<WornRecord>,
    remembered: Remembered,
    drills: Vec<DrillRecord>,
    jobs: Vec<JobRecord>,
    faults: Vec<StoreError>,
    next_override: u64,
    alarms: Vec<AlarmRecord>,
    last_alarm: u64,
    letters: Vec<LetterRecord>,
    last_letter: u64,
    last_digest: Option<Date>,
}

impl Journal {
    /// Reads what was kept and starts the thread; how its writes end comes
    /// back through `back`.
    pub fn start(store: Option<Arc<dyn Store>>, back: mpsc::UnboundedSender<Back>) -> (Self, Kept) {
        let Some(store) = store else {
            return (Self { work: None, writing: None }, Kept::default());
        };
        let kept = Kept::read(&*store);
        let (work, received) = thread_mpsc::channel::<Work>();
        let writing = thread::spawn(move || write(&Backlog::over(store), &received, &back));
        (Self { work: Some(work), writing: Some(writing) }, kept)
    }

    /// Records the commands among `actions`, and the `worn` registers that any
    /// of them writes to; the future ends when they are on the disk, or could
    /// not be put there, or the disk takes too long.
    pub fn command(
        &self,
        site: &Site,
        actions: &[Action],
        worn: Vec<WornRecord>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let commands: Vec<CommandRecord> = actions
            .iter()
            .filter_map(|action| match action {
                Action::Write(command) => Some(record(site, command)),
                _ => None,
            })
            .collect();
        let recorded = (!commands.is_empty() || !worn.is_empty()).then(|| {
            let (recorded, done) = oneshot::channel();
            let change = move |store: &dyn Store| records::put_commands(store, &commands, &worn);
            self.send(Box::new(change), Some(recorded));
            done
        });
        async move {
            if let Some(recorded) = recorded {
                let _ = tokio::time::timeout(PATIENCE, recorded).await;
            }
        }
    }

    /// What is known of a command has changed.
    pub fn keep(&self, site: &Site, command: &Commanded) {
        let record = record(site, command);
        let change = move |store: &dyn Store| records::put_commands(store, &[record], &[]);
        self.send(Box::new(change), None);
    }

    /// A point has been let go of.
    pub fn let_go(&self, point: &str) {
        let point = point.to_owned();
        let change = move |store: &dyn Store| records::remove_commands(store, [point.as_str()]);
        self.send(Box::new(change), None);
    }

    /// Records an override; the future ends as that of [`command`](Self::command),
    /// and says whether the override would outlive the process.
    pub fn put_override(
        &self,
        record: OverrideRecord,
    ) -> impl Future<Output = bool> + Send + use<> {
        self.surely(Box::new(move |store| records::put_override(store, &record)))
    }

    /// An override has ended; it is remembered as `past` if it had begun. The
    /// future as that of [`put_override`](Self::put_override).
    pub fn end_override(
        &self,
        id: u64,
        past: Option<PastRecord>,
    ) -> impl Future<Output = bool> + Send + use<> {
        self.surely(Box::new(move |store| match &past {
            Some(past) => records::end_override(store, past),
            None => records::remove_override(store, id),
        }))
    }

    /// So long ago that nobody asks for them any more.
    pub fn remove_past(&self, ids: Vec<u64>) {
        self.send(Box::new(move |store| records::remove_past(store, &ids)), None);
    }

    /// Brings what rules remember up to date, as of `at`.
    pub fn remember(&self, changes: Vec<memory::Change>, at: Timestamp) {
        self.send(Box::new(move |store| memory::remember(store, &changes, at)), None);
    }

    /// As [`remember`](Self::remember); the future ends as that of
    /// [`keep_alarms`](Self::keep_alarms).
    pub fn remember_soon(
        &self,
        changes: Vec<memory::Change>,
        at: Timestamp,
    ) -> impl Future<Output = bool> + Send + use<> {
        self.surely(Box::new(move |store| memory::remember(store, &changes, at)))
    }

    /// Brings alarms up to date; the future ends when that is on the disk, with
    /// false if it could not be put there or the disk takes too long.
    pub fn keep_alarms(&self, changes: AlarmChanges) -> impl Future<Output = bool> + Send + use<> {
        self.surely(Box::new(move |store| alarms::put(store, &changes)))
    }

    /// A drill has ended.
    pub fn keep_drill(&self, record: DrillRecord) {
        self.send(Box::new(move |store| drills::put(store, &record)), None);
    }

    /// How it stands with a job; the future as that of
    /// [`keep_alarms`](Self::keep_alarms).
    pub fn keep_job(&self, record: JobRecord) -> impl Future<Output = bool> + Send + use<> {
        self.surely(Box::new(move |store| jobs::put(store, &record)))
    }

    /// Jobs that are no more.
    pub fn remove_jobs(&self, names: Vec<String>) {
        self.send(Box::new(move |store| jobs::remove(store, &names)), None);
    }

    /// Letters have gone out.
    pub fn remove_letters(&self, ids: Vec<u64>) {
        self.send(Box::new(move |store| alarms::remove_letters(store, &ids)), None);
    }

    /// The future ends with whether it is on the disk; where nothing can be
    /// lost, it need not be.
    fn surely(&self, change: Change) -> impl Future<Output = bool> + Send + use<> {
        let without_store = self.work.is_none();
        let (recorded, done) = oneshot::channel();
        self.send(change, Some(recorded));
        async move {
            without_store || matches!(tokio::time::timeout(PATIENCE, done).await, Ok(Ok(true)))
        }
    }

    fn send(&self, change: Change, recorded: Option<oneshot::Sender<bool>>) {
        if let Some(work) = &self.work {
            let _ = work.send(Work { change, recorded });
        }
    }

    /// Ends when everything given to it is on the disk.
    pub async fn end(mut self) {
        self.work = None;
        if let Some(writing) = self.writing.take() {
            let written = tokio::task::spawn_blocking(move || writing.join());
            if tokio::time::timeout(PATIENCE, written).await.is_err() {
                tracing::error!("the disk does not take the last records in time");
            }
        }
    }
}

/// Writes what comes, in order, and from time to time what could not be
/// written before; ends with the journal.
fn write(store: &Backlog, work: &thread_mpsc::Receiver<Work>, back: &mpsc::UnboundedSender<Back>) {
    loop {
        let next = if store.is_behind() {
            work.recv_timeout(AGAIN)
        } else {
            work.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        let written = match next {
            Ok(Work { change, recorded }) => {
                let written = change(store);
                if let Some(recorded) = recorded {
                    let _ = recorded.send(written.is_ok());
                }
                written
            }
            Err(RecvTimeoutError::Timeout) => store.catch_up(),
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let _ = back.send(Back::Journal(written));
    }
    if store.is_behind() && store.catch_up().is_err() {
        tracing::error!("the last records could not be written");
    }
}

fn record(site: &Site, command: &Commanded) -> CommandRecord {
    CommandRecord {
        point: site.points.get(command.point).name.clone(),
        value: command.value,
        before: command.before.clone(),
        release: ReleaseRecord::of(command.release, &site.points),
        taken_over: command.taken_over,
        since: command.since,
        yielded: command.yielded.map(|Yielded { value, since, until }| YieldedRecord {
            value,
            since,
            until,
        }),
    }
}

impl Kept {
    fn read(store: &dyn Store) -> Self {
        let mut kept = Self::default();
        match records::list_commands(store) {
            Ok(listed) => {
                kept.commands = listed.records;
                kept.faults.extend(listed.unreadable);
            }
            Err(error) => kept.faults.push(error),
        }
        match records::list_overrides(store) {
            Ok(listed) => {
                kept.overrides = listed.records;
                kept.faults.extend(listed.unreadable);
            }
            Err(error) => kept.faults.push(error),
        }
        match records::list_past(store) {
            Ok(listed) => {
                kept.past = listed.records;
                kept.faults.extend(listed.unreadable);
            }
            Err(error) => kept.faults.push(error),
        }
        match records::list_worn(store) {
            Ok(listed) => {
                kept.worn = listed.records;
                kept.faults.extend(listed.unreadable);
            }
            Err(error) => kept.faults.push(error),
        }
        match alarms::listed(store) {
            Ok(listed) => {
                kept.alarms = listed.records;
                kept.faults.extend(listed.unreadable);
            }
            Err(error) => kept.faults.push(error),
        }
        match drills::listed(store) {
            Ok(listed) => {
                kept.drills = listed.records;
                kept.faults.extend(listed.unreadable);
            }
            Err(error) => kept.faults.push(error),
        }
        match jobs::listed(store) {
            Ok(listed) => {
                kept.jobs = listed.records;
                kept.faults.extend(listed.unreadable);
            }
            Err(error) => kept.faults.push(error),
        }
        match alarms::letters(store) {
            Ok(listed) => {
                kept.letters = listed.records;
                kept.faults.extend(listed.unreadable);
            }
            Err(error) => kept.faults.push(error),
        }
        match memory::recall(store) {
            Ok(remembered) => kept.remembered = remembered,
            Err(error) => kept.faults.push(error),
        }
        kept.last_alarm = alarms::last(store).unwrap_or(0);
        kept.last_letter = alarms::last_letter(store).unwrap_or(0);
        kept.last_digest = alarms::last_digest(store).unwrap_or(None);
        kept.next_override = records::next_override(store).unwrap_or(1);
        kept
    }

    /// An id that no override has had yet.
    pub fn next_override(&self) -> u64 {
        self.next_override.max(1)
    }

    /// Past drills, oldest first.
    pub fn drills(&mut self) -> Vec<DrillRecord> {
        std::mem::take(&mut self.drills)
    }

    /// What was recorded of jobs; taken out.
    pub fn jobs(&mut self) -> Vec<JobRecord> {
        std::mem::take(&mut self.jobs)
    }

    /// Records that could not be read, in words.
    pub fn unreadable(&self, language: Language) -> Option<String> {
        let words: Vec<String> = self.faults.iter().map(|fault| fault.words(language)).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// Commands that may still stand in devices, and the names of those that
    /// the site no longer has, which cannot be let go of from here. The record
    /// of a renamed point is kept under its new name.
    pub fn commanded(&self, site: &Site, journal: &Journal) -> (Vec<Commanded>, BTreeSet<String>) {
        let mut commanded = Vec::new();
        let mut left = BTreeSet::new();
        for record in &self.commands {
            let point = records::find(&site.points, &record.point);
            let Some((point, release)) = point.zip(record.release.resolve(&site.points)) else {
                let point = &record.point;
                let words = site.language.pick(
                    "ist noch gestellt, steht aber nicht mehr in der Anlagendatei",
                    "is still commanded, but no longer in the site file",
                );
                tracing::error!(POINT = point, "{point} {words}");
                left.insert(record.point.clone());
                continue;
            };
            let command = Commanded {
                point,
                value: record.value,
                before: record.before.clone(),
                release,
                taken_over: record.taken_over,
                since: record.since,
                yielded: record.yielded.map(|YieldedRecord { value, since, until }| Yielded {
                    value,
                    since,
                    until,
                }),
            };
            if site.points.get(point).name != record.point {
                journal.keep(site, &command);
                journal.let_go(&record.point);
            }
            commanded.push(command);
        }
        (commanded, left)
    }

    /// How worn the site's registers are. Of a renamed point, under its new name
    /// from now on.
    pub fn worn(&self, site: &Site, journal: &Journal) -> Vec<(PointId, Worn)> {
        let known = self.worn.iter().filter_map(|record| {
            let point = records::find(&site.points, &record.point)?;
            let name = &site.points.get(point).name;
            if *name != record.point {
                let (from, renamed) =
                    (record.point.clone(), WornRecord { point: name.clone(), worn: record.worn });
                let change = move |store: &dyn Store| records::rename_worn(store, &from, &renamed);
                journal.send(Box::new(change), None);
            }
            Some((point, record.worn))
        });
        known.collect()
    }

    /// What operators have overridden.
    pub fn overrides(&self) -> &[OverrideRecord] {
        &self.overrides
    }

    /// Alarms that were held, and the last number given; taken out.
    pub fn alarms(&mut self) -> (Vec<AlarmRecord>, u64) {
        (std::mem::take(&mut self.alarms), self.last_alarm)
    }

    /// What they had overridden until lately.
    pub fn past(&self) -> &[PastRecord] {
        &self.past
    }

    /// Letters that have not gone out, and the last id given; taken out.
    pub fn letters(&mut self) -> (Vec<LetterRecord>, u64) {
        (std::mem::take(&mut self.letters), self.last_letter)
    }

    /// The local day of the last digest.
    pub const fn last_digest(&self) -> Option<Date> {
        self.last_digest
    }

    /// What rules remembered; taken out.
    pub fn remembered(&mut self) -> Remembered {
        std::mem::take(&mut self.remembered)
    }
}
