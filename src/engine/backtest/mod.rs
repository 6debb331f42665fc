//! Rules over the record: what they would have commanded, and how that differs from
//! what was commanded then. The same cycle as the daemon's; the readings are those
//! of then, for the building does not answer back. People's overrides of then count
//! as they did. Where nothing is recorded nothing is compared.
//!
//! ```text
//! Shelf ─ Tape ─▶ samples, commands, overrides in order of time
//!                   │ Replay: pass, read, cycle
//!                   └─▶ Accounts: would be, was, unknown, differs ─▶ Report
//! ```

mod account;
mod overrides;
mod tape;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use crate::cycle::explain::{Explanation, NotFound};
use crate::cycle::replay::Replay;
use crate::history::{Event, EventKind, FileKind, HEARTBEAT, HOUR_MS, Shelf, Span};
use crate::model::{PointId, Quality};
use crate::rules::Program;
use crate::site::Site;

use account::{Account, Was, Would};
pub use account::{BRIEF_MS, Stretch, Tally};
use overrides::Overrides;
use tape::Tape;

/// The weekly schedules have been through.
const WEEK_AND_A_DAY_MS: i64 = 8 * 24 * HOUR_MS;

/// What is to be tested.
#[derive(Debug)]
pub struct Order<'a> {
    pub site: &'a Site,
    pub program: Program,
    pub span: Span,
}

/// What came of it. Lengths are milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub from: Timestamp,
    pub until: Timestamp,
    /// Of which nothing is recorded, so nothing is compared.
    pub unrecorded: i64,
    /// That the rules may command, in order of names.
    pub points: Vec<PointReport>,
    /// That were commanded then, but by none of these rules.
    pub left_alone: Vec<String>,
    /// That the rules read, and of which nothing is recorded.
    pub never_recorded: Vec<String>,
    pub cycles: u64,
}

impl Report {
    /// Whether everything would have been commanded as it was.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.left_alone.is_empty() && self.points.iter().all(|point| point.differences == 0)
    }
}

/// One point. Lengths are milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PointReport {
    pub point: String,
    pub would: Tally,
    pub was: Tally,
    /// The rules could not tell for want of inputs.
    pub unknown: i64,
    pub differs: i64,
    pub differences: u64,
    /// Of these, so short that the cycles only fell on other moments.
    pub brief: u64,
    /// The longest, longest first.
    pub stretches: Vec<Stretch>,
}

/// Runs the rules over the record; `None`: nothing is recorded in this time.
/// `progress` hears how far it is.
pub fn run(order: Order<'_>, shelf: &mut Shelf, progress: impl FnMut(Timestamp)) -> Option<Report> {
    let until_ms = order.span.until_ms.min(shelf.reach(FileKind::Raw)?.until_ms);
    // What rules look back to has been before.
    let run_up_ms = i64::try_from(order.program.longest().as_millis()).unwrap_or(0) + HOUR_MS;
    Some(tested(order, run_up_ms, shelf, false, progress)?.report(until_ms))
}

/// Explains the point, value or rule called `name` as these rules stood at `at`,
/// after the days before; `None`: nothing is recorded of then.
///
/// # Errors
/// If nothing is called so.
pub fn explain(
    site: &Site,
    program: Program,
    shelf: &mut Shelf,
    name: &str,
    at: Timestamp,
) -> Option<Result<Option<Explanation>, NotFound>> {
    let at_ms = at.as_millisecond();
    let run_up_ms = i64::try_from(program.longest().as_millis()).unwrap_or(0) + WEEK_AND_A_DAY_MS;
    let span = Span { from_ms: at_ms, until_ms: at_ms + 1 };
    let order = Order { site, program, span };
    let mut test = tested(order, run_up_ms, shelf, true, |_| ())?;
    if test.now_ms() > at_ms {
        return None;
    }
    test.go_to(at_ms);
    test.arrived(true);
    (!test.heard.known.is_empty()).then(|| test.replay.explain(name))
}

/// The rules after all that is recorded in the time asked for, and in `run_up_ms`
/// before it.
fn tested<'a>(
    order: Order<'a>,
    run_up_ms: i64,
    shelf: &mut Shelf,
    keep_since: bool,
    mut progress: impl FnMut(Timestamp),
) -> Option<Backtest<'a>> {
    let Order { site, program, span } = order;
    let reach = shelf.reach(FileKind::Raw)?;
    let span = Span {
        from_ms: span.from_ms.max(reach.from_ms),
        until_ms: span.until_ms.min(reach.until_ms),
    };
    if span.from_ms >= span.until_ms {
        return None;
    }
    let start_ms = (span.from_ms - run_up_ms).max(reach.from_ms);
    let points: BTreeSet<PointId> =
        program.reads().iter().chain(program.commands()).copied().collect();
    let whole = Span { from_ms: start_ms, ..span };
    let mut tape = Tape::new(shelf, site, &points, whole);
    let first_ms = tape.next_moment()?.max(start_ms);
    let span = Span { from_ms: span.from_ms.max(first_ms), ..span };
    let mut test = Backtest::new(site, program, &points, span, first_ms);
    if keep_since {
        test.replay.keep_since();
    }
    for event in tape.before(start_ms) {
        test.happened(&event, &mut tape);
    }
    while let Some(at_ms) = tape.next_moment() {
        test.go_to(at_ms);
        test.take(at_ms, &mut tape);
        progress(time(at_ms));
    }
    Some(test)
}

/// So long, in ms, a sample says something of its point: there is one every quarter
/// hour, however little changes.
fn lasts_ms(site: &Site, point: PointId) -> i64 {
    let lasts = HEARTBEAT + site.points.get(point).poll * 4;
    i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX / 2)
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

struct Backtest<'a> {
    site: &'a Site,
    replay: Replay<'a>,
    overrides: Overrides,
    accounts: BTreeMap<PointId, Account>,
    /// The rules that may command each, as indices into the verdict's.
    rules: HashMap<PointId, Vec<usize>>,
    was: HashMap<PointId, Was>,
    left_alone: BTreeSet<String>,
    heard: Heard,
    /// Counted from here on.
    from_ms: i64,
    unrecorded: i64,
    /// Up to where that is counted, and since when nothing is known, ms.
    noted_ms: i64,
    blank_since_ms: i64,
    cycles: u64,
}

/// When each point was heard last.
struct Heard {
    /// ms; `None`: never. By point.
    last_ms: HashMap<PointId, i64>,
    /// Those that are known now.
    known: BTreeSet<PointId>,
    /// Nothing gets too old before then, ms.
    too_old_ms: i64,
}

impl<'a> Backtest<'a> {
    fn new(
        site: &'a Site,
        program: Program,
        points: &BTreeSet<PointId>,
        span: Span,
        first_ms: i64,
    ) -> Self {
        let account = |point: &PointId| (*point, Account::new(&site.points.get(*point).kind));
        let rules = |point: &PointId| {
            let mut rules = program.rules_commanding(*point);
            rules.retain(|rule| !program.is_shadow(*rule));
            (*point, rules)
        };
        let commands = program.commands();
        Self {
            site,
            accounts: commands.iter().map(account).collect(),
            rules: commands.iter().map(rules).collect(),
            replay: Replay::new(site, program.clone(), time(first_ms)),
            overrides: Overrides::default(),
            was: HashMap::new(),
            left_alone: BTreeSet::new(),
            heard: Heard {
                last_ms: HashMap::with_capacity(points.len()),
                known: BTreeSet::new(),
                too_old_ms: i64::MAX,
            },
            from_ms: span.from_ms,
            unrecorded: 0,
            noted_ms: span.from_ms,
            blank_since_ms: span.from_ms,
            cycles: 0,
        }
    }

    /// Cycle by cycle; what is not heard again becomes unknown on the way.
    fn go_to(&mut self, at_ms: i64) {
        if self.now_ms() < self.from_ms && self.from_ms < at_ms {
            self.go_to(self.from_ms);
            self.arrived(false);
        }
        while self.heard.too_old_ms < at_ms {
            let due_ms = self.heard.too_old_ms;
            self.pass(due_ms.max(self.now_ms()));
            let changed = self.forget_old(due_ms);
            self.arrived(changed);
        }
        self.pass(at_ms);
    }

    /// What is too old at this moment becomes unknown; true if something did.
    fn forget_old(&mut self, due_ms: i64) -> bool {
        let Heard { known, last_ms, too_old_ms } = &mut self.heard;
        let before = known.len();
        let (site, replay) = (self.site, &mut self.replay);
        *too_old_ms = i64::MAX;
        known.retain(|point| {
            let until_ms =
                last_ms.get(point).map_or(i64::MIN, |last| last + lasts_ms(site, *point));
            if until_ms <= due_ms {
                replay.read(*point, None, Quality::Stale, false);
                return false;
            }
            *too_old_ms = (*too_old_ms).min(until_ms);
            true
        });
        known.len() != before
    }

    fn now_ms(&self) -> i64 {
        self.replay.now().wall.as_millisecond()
    }

    fn pass(&mut self, at_ms: i64) {
        let Self { replay, accounts, rules, was, heard, from_ms, cycles, .. } = self;
        let recorded = !heard.known.is_empty();
        replay.pass(time(at_ms), |replay| {
            *cycles += 1;
            note(replay, accounts, rules, was, recorded, *from_ms);
        });
        self.count_unrecorded(at_ms);
    }

    fn count_unrecorded(&mut self, at_ms: i64) {
        if at_ms > self.noted_ms {
            if self.heard.known.is_empty() {
                self.unrecorded += at_ms - self.noted_ms;
            } else {
                self.blank_since_ms = at_ms;
            }
            self.noted_ms = at_ms;
        }
    }

    /// What was recorded at this moment, and the cycle that works on it.
    fn take(&mut self, at_ms: i64, tape: &mut Tape<'_>) {
        let mut changed = false;
        while let Some(sample) = tape.sample_at(at_ms) {
            let point = sample.point;
            let before = self.replay.reading(point);
            changed |= before.known() != sample.value || before.quality != sample.quality;
            let free = self.was.get(&point).is_none_or(|was| was.value.is_none());
            self.replay.read(point, sample.value, sample.quality, free);
            self.heard.last_ms.insert(point, at_ms);
            if sample.value.is_some() {
                self.heard.known.insert(point);
                let until_ms = at_ms + lasts_ms(self.site, point);
                self.heard.too_old_ms = self.heard.too_old_ms.min(until_ms);
            } else {
                self.heard.known.remove(&point);
            }
        }
        while let Some(event) = tape.event_at(at_ms) {
            self.happened(&event, tape);
            changed = true;
        }
        self.arrived(changed);
    }

    /// The cycle at a moment that was passed to, where one is due: something has
    /// changed, or it is on the beat.
    fn arrived(&mut self, changed: bool) {
        let beat_ms = i64::try_from(self.site.cycle.as_millis()).unwrap_or(1).max(1000);
        if changed || self.now_ms() % beat_ms == 0 {
            self.replay.cycle();
            self.cycles += 1;
        }
        self.note();
    }

    fn note(&mut self) {
        let Self { replay, accounts, rules, was, heard, from_ms, .. } = self;
        note(replay, accounts, rules, was, !heard.known.is_empty(), *from_ms);
    }

    /// Somebody commanded or overrode something then.
    fn happened(&mut self, event: &Event, tape: &mut Tape<'_>) {
        if event.kind == EventKind::Override {
            if self.overrides.take(event, self.site) {
                self.replay.override_points(self.overrides.points());
                self.replay.tell(&self.overrides.civil());
            }
            return;
        }
        match tape.point(&event.point).filter(|point| self.accounts.contains_key(point)) {
            Some(point) => {
                let by = (!event.by.is_empty()).then(|| tape.text(&event.by));
                self.was.insert(point, Was { value: event.value, by });
            }
            None if event.value.is_some() && event.at_ms >= self.from_ms => {
                self.left_alone.insert(event.point.to_string());
            }
            None => {}
        }
    }

    fn report(mut self, until_ms: i64) -> Report {
        self.go_to(until_ms);
        self.accounts.values_mut().for_each(|account| account.end(until_ms));
        // A record that ends before the time does is its end.
        let end_ms = if self.heard.known.is_empty() { self.blank_since_ms } else { until_ms };
        let name = |point: &PointId| self.site.points.get(*point).name.clone();
        let reads = self.replay.program().reads().iter();
        let never = reads.filter(|point| !self.heard.last_ms.contains_key(point));
        let mut points: Vec<PointReport> = self
            .accounts
            .iter()
            .map(|(point, account)| PointReport {
                point: name(point),
                would: account.would.clone(),
                was: account.was.clone(),
                unknown: account.unknown,
                differs: account.differs,
                differences: account.differences,
                brief: account.brief,
                stretches: account.stretches.clone(),
            })
            .collect();
        points.sort_by(|a, b| a.point.cmp(&b.point));
        Report {
            from: time(self.from_ms),
            until: time(end_ms),
            unrecorded: self.unrecorded - (until_ms - end_ms),
            points,
            left_alone: self.left_alone.iter().cloned().collect(),
            never_recorded: never.map(name).collect(),
            cycles: self.cycles,
        }
    }
}

/// After a cycle: what holds from now on of each point.
fn note(
    replay: &Replay<'_>,
    accounts: &mut BTreeMap<PointId, Account>,
    rules: &HashMap<PointId, Vec<usize>>,
    was: &HashMap<PointId, Was>,
    recorded: bool,
    from_ms: i64,
) {
    let at_ms = replay.now().wall.as_millisecond();
    let nobody = Was::default();
    for (point, account) in accounts {
        let decision = replay.outcome().decisions.on(*point);
        let value = decision.and_then(|decision| decision.target);
        let by = decision.and_then(|decision| decision.decided_by()).filter(|_| value.is_some());
        let would = Would { value, by: by.map(|claim| claim.origin.clone()) };
        let unknown = rules.get(point).into_iter().flatten().any(|rule| replay.is_unknown(*rule));
        let counts = recorded && at_ms >= from_ms;
        account.set(at_ms, would, was.get(point).unwrap_or(&nobody), unknown, counts);
    }
}
