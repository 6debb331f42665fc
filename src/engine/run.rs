//! The engine's loop: one task that owns the live table, the rules' state, the
//! writer and the alarms, and does one thing at a time.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::alarm::{Alarms, Cause, Outbox, Subject};
use super::ask::{Ask, ReloadOrder};
use super::drill::Drill;
use super::drivers::Drivers;
use super::jobs::{Ended, Jobs};
use super::journal::Journal;
use super::life_sign;
use super::live::Live;
use super::memory::Keeper;
use super::overrides::Overrides;
use super::past::Past;
use super::plausible::Plausible;
use super::reload::{Loaded, Reply, RuleFiles};
use super::shadow::Shadows;
use super::watchdog::{self, LastCycle};
use super::{Ending, Setup, Watch};
use crate::control::{Commanded, Done, Heartbeats, Writer};
use crate::cycle::since::Since;
use crate::cycle::{Outcome, Rules};
use crate::engine::picture::PointStatus;
use crate::field::{Report, Sample};
use crate::history;
use crate::model::{Busy, Clock, Now, PointId, Snapshot};
use crate::post::PostError;
use crate::rules::{AlarmClass, Program};
use crate::site::Site;
use crate::store::StoreError;
use crate::store::drills::DrillRecord;
use crate::store::memory::Remembered;

/// All is let go of within this, or named (systemd gives 60 s).
const STOP_WITHIN: Duration = Duration::from_secs(40);
/// The disk gets so long to take the last readings.
const RECORD_WITHIN: Duration = Duration::from_secs(5);
/// A cycle because an input changed comes no sooner after the last one.
const EARLIEST: Duration = Duration::from_secs(1);

/// What the engine's own tasks tell its loop.
#[derive(Debug)]
pub(super) enum Back {
    Done {
        point: PointId,
        done: Done,
        busy: Busy,
    },
    /// A heartbeat was written.
    Beat {
        point: PointId,
        done: Done,
        busy: Busy,
    },
    /// A heartbeat's slot was emptied, or could not be.
    Stilled(Busy),
    /// An extra reading that somebody asked for.
    Read {
        points: Vec<PointId>,
        samples: Vec<Sample>,
        reply: oneshot::Sender<Vec<PointStatus>>,
    },
    /// What becomes of the history.
    History(history::Told),
    /// The journal took or lost what it was given.
    Journal(Result<(), StoreError>),
    /// What was found at the end of a drill.
    Drilled(Vec<Sample>),
    /// Letters to a recipient have gone out, or are given up.
    Posted {
        to: String,
        ids: Vec<u64>,
        given_up: bool,
    },
    /// Letters to a recipient have not gone out, so many times in a row.
    Unposted {
        to: String,
        why: PostError,
        failures: u32,
    },
    /// A life sign has gone out; or has not, so many times in a row.
    LifeSign {
        taken: Result<(), PostError>,
        failures: u32,
    },
    /// Somebody has had the mail of the job that runs.
    Mailed {
        job: usize,
        to: String,
        /// Gets whether that is recorded.
        recorded: oneshot::Sender<bool>,
    },
    /// The job that runs takes too long.
    Late {
        job: usize,
    },
    /// A job has ended.
    Reported {
        job: usize,
        ended: Ended,
        busy: Busy,
    },
    /// The rule files have been read, or could not be.
    Loaded(Box<Result<Loaded, String>>, Busy),
}

/// Everything that the loop owns.
pub(super) struct Running {
    pub site: Arc<Site>,
    pub clock: Arc<dyn Clock>,
    pub started: Now,
    pub live: Live,
    pub rules: Option<Rules>,
    pub rule_files: Option<RuleFiles>,
    /// Who wants the rule files taken up; the first is being served.
    pub reloads: VecDeque<(ReloadOrder, Reply)>,
    /// What of the rules' memory is in the store; `None` without rules.
    pub keeper: Option<Keeper>,
    pub plausible: Plausible,
    /// Which points some rule reads, by id.
    pub inputs: Vec<bool>,
    pub overrides: Overrides,
    /// What a former process left commanded, until it is adopted.
    pub leftovers: Vec<Commanded>,
    /// Recorded as commanded, but not to be let go of from here.
    pub left: BTreeSet<String>,
    /// `None` in read-only mode: nothing can write.
    pub writer: Option<Writer>,
    /// None in read-only mode.
    pub hearts: Heartbeats,
    /// Of their slots so many are being emptied.
    pub stilling: usize,
    pub drivers: Drivers,
    pub journal: Journal,
    pub past: Past,
    pub alarms: Alarms,
    /// While one runs nothing is evaluated.
    pub drill: Option<Drill>,
    pub past_drills: Vec<DrillRecord>,
    pub outbox: Outbox,
    pub jobs: Jobs,
    /// The local day of the last digest, and whether it is to be stored.
    pub last_digest: Option<Date>,
    pub digest_changed: bool,
    pub shadows: Shadows,
    pub outcome: Outcome,
    /// Since when it is so.
    pub since: Since,
    /// What the last cycle worked on.
    pub frozen: Option<Snapshot>,
    pub cycles: u64,
    pub stopping: bool,
    pub watch: Option<Watch>,
    pub back: mpsc::UnboundedSender<Back>,
    last_cycle: LastCycle,
    /// An input changed since the last cycle.
    changed: bool,
    /// Steady time of the last cycle and of the next regular one.
    last: Duration,
    next: Duration,
}

/// Runs until `stop`, then lets go. `busy` holds a lock-step clock until all
/// tasks wait.
pub(super) async fn run(
    setup: Setup,
    mut asks: mpsc::Receiver<Ask>,
    stop: CancellationToken,
    mut busy: Busy,
) -> Ending {
    let (reports, mut heard) = mpsc::channel(1024);
    let (back, mut returned) = mpsc::unbounded_channel();
    let mut running = Running::new(setup, reports, back);
    let closing = CancellationToken::new();
    let watchdog = tokio::spawn(watchdog::watch(
        running.last_cycle.clone(),
        running.site.cycle,
        running.drivers.hold_back.clone(),
        running.clock.clone(),
        closing.clone(),
    ));
    if let Some(sign) = running.site.alarms.life_sign.clone() {
        let (last, clock) = (running.last_cycle.clone(), running.clock.clone());
        let (back, stop) = (running.back.clone(), closing.clone());
        tokio::spawn(life_sign::give(sign, last, clock, back, stop));
    }
    let mut deadline = None;
    let mut stepped = false;
    loop {
        running.keep_alarms();
        // A cycle that is due is not put off by a stream of reports; nor the
        // reports by cycles at high speed.
        if !stepped && running.clock.now().steady >= running.wake() {
            running.step();
            stepped = true;
            continue;
        }
        stepped = false;
        let sleep = running.clock.sleep_until(running.wake());
        drop(busy); // only now, with our own sleep in place, may time move
        busy = tokio::select! {
            Some(report) = heard.recv() => running.heard(report),
            Some(back) = returned.recv() => running.returned(back),
            Some(ask) = asks.recv() => running.asked(ask),
            busy = sleep => {
                running.step();
                busy
            }
            () = stop.cancelled(), if deadline.is_none() => {
                deadline = Some(tokio::time::Instant::now() + STOP_WITHIN);
                let busy = running.clock.busy();
                running.begin_stop();
                busy
            }
            () = wait_until(deadline), if deadline.is_some() => Busy::none(),
        };
        if let Some(deadline) = deadline
            && (running.is_idle() || tokio::time::Instant::now() >= deadline)
        {
            break;
        }
    }
    drop(busy);
    closing.cancel();
    drop((heard, returned));
    let _ = watchdog.await;
    running.end().await
}

/// Which points some rule reads.
fn inputs(rules: Option<&Rules>, site: &Site) -> Vec<bool> {
    let points = site.points.len();
    rules.map_or_else(|| vec![false; points], |rules| rules.inputs(points))
}

/// The rules with what a former run remembered. How long ago that was is not
/// known of a clock that cannot be right.
fn restored(
    program: Program,
    remembered: Remembered,
    left: &[Commanded],
    clock: &Plausible,
    now: Now,
) -> (Rules, Keeper) {
    let down = remembered.at.filter(|_| !clock.is_doubtful());
    let down = down.and_then(|at| Duration::try_from(at.duration_until(now.wall)).ok());
    let down = down.unwrap_or_default();
    let (keeper, rules) = Keeper::start(remembered, program, left, down, now);
    (rules, keeper)
}

async fn wait_until(deadline: Option<tokio::time::Instant>) {
    if let Some(deadline) = deadline {
        tokio::time::sleep_until(deadline).await;
    }
}

impl Running {
    fn new(setup: Setup, reports: mpsc::Sender<Report>, back: mpsc::UnboundedSender<Back>) -> Self {
        let Setup { site, program, rule_files, clock, store, lost, watch, history, make_report } =
            setup;
        let shown = clock.now();
        let (journal, mut kept) = Journal::start(store.clone(), back.clone());
        let remembered = kept.remembered();
        let plausible = Plausible::new(clock.is_system(), remembered.at, shown);
        let now = plausible.corrected(shown);
        let (leftovers, left) = kept.commanded(&site, &journal);
        let restored =
            program.map(|program| restored(program, remembered, &leftovers, &plausible, now));
        let (rules, keeper) = restored.unzip();
        let mut writer = (!site.read_only).then(|| Writer::new(&site.points));
        for (point, worn) in kept.worn(&site, &journal) {
            writer.iter_mut().for_each(|writer| writer.recall_worn(point, worn));
        }
        let (records, last) = kept.alarms();
        let hearts =
            if site.read_only { Heartbeats::default() } else { Heartbeats::new(&site.points) };
        let mut alarms = Alarms::restored(records, last, &site, now);
        if !lost.is_empty() {
            let words: Vec<String> = lost.iter().map(|lost| lost.words(site.language)).collect();
            let words = words.join("; ");
            tracing::error!("{words}");
            alarms.raise(Subject::Lost, AlarmClass::Urgent, Cause::Store(words), now);
        }
        if !left.is_empty() || (site.read_only && !leftovers.is_empty()) {
            let here = leftovers.iter().filter(|_| site.read_only);
            let here = here.map(|command| site.points.get(command.point).name.clone());
            let names: Vec<String> = left.iter().cloned().chain(here).collect();
            let cause = Cause::NotOurs(names.join(", "));
            alarms.raise(Subject::Store, AlarmClass::Fault, cause, now);
        }
        if let Some(unreadable) = kept.unreadable(site.language) {
            let cause = Cause::Store(unreadable);
            alarms.raise(Subject::Records, AlarmClass::Fault, cause, now);
        }
        let (letters, last) = kept.letters();
        let outbox = Outbox::start(&site, &clock, &back, last);
        let to_nobody = outbox.resume(letters);
        if !to_nobody.is_empty() {
            let words = (
                "Nachrichten an Empfänger, die es nicht mehr gibt, sind verworfen",
                "messages to recipients that are no more are dropped",
            );
            tracing::warn!("{}", site.language.pick(words.0, words.1));
            journal.remove_letters(to_nobody);
        }
        let (jobs, forgotten) = Jobs::start(&site, make_report, kept.jobs());
        if !forgotten.is_empty() {
            journal.remove_jobs(forgotten);
        }
        for (subject, cause) in jobs.deadly(&site) {
            alarms.raise(subject, AlarmClass::Fault, cause, now);
        }
        let live = Live::new(&site, clock.speed(), now);
        let mut running = Self {
            started: now,
            past: Past::start(
                &site,
                store.as_ref(),
                history,
                clock.speed(),
                live.fresh_for(),
                now,
                back.clone(),
            ),
            live,
            inputs: inputs(rules.as_ref(), &site),
            rules,
            rule_files,
            reloads: VecDeque::new(),
            keeper,
            plausible,
            overrides: Overrides::restored(&site, &kept, &journal, now),
            leftovers,
            left,
            writer,
            hearts,
            stilling: 0,
            drivers: Drivers::start(site.clone(), clock.clone(), reports),
            journal,
            alarms,
            drill: None,
            past_drills: kept.drills(),
            outbox,
            jobs,
            last_digest: kept.last_digest(),
            digest_changed: false,
            shadows: Shadows::default(),
            outcome: Outcome::default(),
            since: Since::default(),
            frozen: None,
            cycles: 0,
            stopping: false,
            watch,
            back,
            last_cycle: LastCycle::default(),
            changed: false,
            last: now.steady,
            next: now.steady + EARLIEST,
            site,
            clock,
        };
        running.clock_changed(shown);
        running
    }

    /// The present moment, on a wall clock that can be right.
    pub(super) fn now(&self) -> Now {
        self.plausible.corrected(self.clock.now())
    }

    /// The next regular cycle, or an early one because an input changed; every
    /// second while letting go.
    fn wake(&self) -> Duration {
        if self.changed || self.stopping {
            return self.next.min(self.last + EARLIEST);
        }
        self.next
    }

    /// A report came in.
    fn heard(&mut self, report: Report) -> Busy {
        self.take_news(report.news);
        report.busy
    }

    /// One cycle: freeze, evaluate, command.
    fn step(&mut self) {
        self.look_at_clock();
        let now = self.now();
        self.last = now.steady;
        if now.steady >= self.next {
            // The beat is kept; beats missed are not caught up.
            let cycle = self.site.cycle.max(EARLIEST);
            let late = (now.steady - self.next).as_nanos() / cycle.as_nanos();
            self.next += cycle * u32::try_from(late + 1).unwrap_or(1);
        }
        self.changed = false;
        self.revive_drivers();
        let plays_dead = self.drills(now);
        if !plays_dead {
            self.evaluate(now);
        }
        self.record(now);
        self.do_jobs(now);
        self.cycles += 1;
        self.last_cycle.completed(now.steady);
        if !plays_dead {
            self.beat(now);
        }
    }

    /// An input changed: the rules are evaluated soon.
    pub(super) const fn soon(&mut self) {
        self.changed = true;
    }

    /// Ends drivers and journal; says what is left.
    async fn end(mut self) -> Ending {
        self.stop_job();
        let now = self.now();
        let name = |point| self.site.points.get(point).name.clone();
        let mut left = self.left;
        left.extend(self.leftovers.iter().map(|command| name(command.point)));
        left.extend(self.writer.iter().flat_map(Writer::unreleased).map(name));
        // Said before anything is waited for: whoever kills us now knows.
        let words = self.site.language.pick(
            "ist nicht freigegeben und bleibt für den nächsten Start vermerkt",
            "is not let go of and stays recorded for the next start",
        );
        for point in &left {
            tracing::error!(POINT = point, "{point} {words}");
        }
        self.drivers.end().await;
        self.past.end(now, RECORD_WITHIN).await;
        self.journal.end().await;
        Ending { left_commanded: left.into_iter().collect() }
    }
}
