//! A year in minutes: rules, arbitration, protection and the writer in one process
//! with the simulated building, step by step, without sockets and without waiting;
//! what comes of it goes straight into sealed files of a history. Nothing in it is
//! random but by its seed: the same order gives the same history.
//!
//! ```text
//!  ┌▶ plant ─ wires ─▶ live ─▶ cycle ─▶ writer ─ wires ─┐     one step: a minute
//!  └────────────────────┬───────┬──────────────────────┘
//!                    Keeper  Happenings ─▶ a day ═thread═▶ Archive
//! ```

mod days;
mod incidents;
mod wires;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::happenings::Happenings;
use super::live::Live;
use crate::control::{Override, Writer};
use crate::cycle::{self, Outcome, Rules};
use crate::field;
use crate::history::span::day_of;
use crate::history::{Event, EventKind, HistoryError, Keeper, Manner, Meaning, Name, Sample, Span};
use crate::model::diagnostic::Source;
use crate::model::{AlarmClass, Now, PointId, Quality, Snapshot};
use crate::plant::Direct;
use crate::rules::{self, Program};
use crate::site::Site;
use crate::store::records::{OverrideRecord, TargetRecord};

pub use days::Recorded;
use days::{Day, write};
use incidents::Incidents;
use wires::Wires;

/// The building is looked at so often.
pub const STEP: Duration = Duration::from_secs(60);
/// A command that led to another is read back within the same step so often.
const MOST_ROUNDS: usize = 4;

/// What is to be simulated.
#[derive(Debug)]
pub struct Order<'a> {
    /// Its points must be those of the simulated building.
    pub site: &'a Site,
    pub program: Program,
    /// Fingerprint of what the rules were made from.
    pub texts: Option<u64>,
    pub from: Timestamp,
    /// When the rules begin to run; before, the devices run as they do by themselves.
    pub ruled_from: Timestamp,
    pub until: Timestamp,
    /// Weather, attendance, what goes wrong.
    pub seed: u64,
}

/// Simulates, and writes the history into `folder`. `progress` hears which part
/// is done; with false from it the rest is left out.
///
/// # Errors
/// If the history cannot be written.
pub fn record(
    order: Order<'_>,
    folder: &Path,
    mut progress: impl FnMut(f64) -> bool,
) -> Result<Recorded, HistoryError> {
    let (from, until) = (order.from, order.until);
    let lasts_s = until.duration_since(from).as_secs_f64();
    let points = order.site.points.iter();
    let meanings = points.map(|(_, it)| (it.name.as_str().into(), Meaning::of(it))).collect();
    let mut simulation = Simulation::new(order);
    std::thread::scope(|scope| {
        let (days, received) = std::sync::mpsc::sync_channel(2);
        let writing = scope.spawn(|| write(folder, &meanings, received));
        loop {
            let (day, over) = simulation.day(until);
            // Where the writer has ended, its own outcome says why.
            if days.send(day).is_err() || over {
                break;
            }
            let passed_s = simulation.snapshot.now.wall.duration_since(from).as_secs_f64();
            if !progress(passed_s / lasts_s) {
                break;
            }
        }
        drop(days);
        let recorded = writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        progress(1.0);
        Ok(recorded)
    })
}

struct Simulation<'a> {
    site: &'a Site,
    texts: Option<u64>,
    wires: Wires<'a>,
    incidents: Incidents,
    /// In order of names.
    names: Vec<Name>,
    live: Live,
    /// Until they run, rules of which there are none.
    rules: Rules,
    /// What runs from when on.
    later: Option<(Timestamp, Program)>,
    writer: Writer,
    overrides: Vec<Override>,
    outcome: Outcome,
    snapshot: Snapshot,
    keeper: Keeper,
    happenings: Happenings,
    alarms: BTreeMap<(String, String), (u64, AlarmClass)>,
    last_alarm: u64,
    events: Vec<Event>,
}

impl<'a> Simulation<'a> {
    fn new(order: Order<'a>) -> Self {
        let Order { site, program, texts, from, ruled_from, seed, .. } = order;
        let (rules, later) = match none(site).filter(|_| ruled_from > from) {
            Some(none) => (none, Some((ruled_from, program))),
            None => (program, None),
        };
        let now = Now { wall: from, steady: Duration::ZERO };
        let names = site.points.iter().map(|(_, point)| Name::from(point.name.as_str()));
        let manner = |keep| Manner { keep, fresh_for: STEP * 3 };
        Self {
            texts,
            wires: Wires::new(site, Direct::new(from, seed)),
            incidents: Incidents::new(site, seed),
            names: names.collect(),
            live: Live::new(&std::sync::Arc::new(site.clone()), 1.0, now),
            rules: Rules::new(rules),
            later,
            writer: Writer::new(&site.points),
            overrides: Vec::new(),
            outcome: Outcome::default(),
            snapshot: Snapshot::never(now, site.points.len()),
            keeper: Keeper::new(site.points.iter().map(|(_, point)| manner(point.keep))),
            happenings: Happenings::default(),
            alarms: BTreeMap::new(),
            last_alarm: 0,
            events: Vec::new(),
            site,
        }
    }

    /// Goes on to the end of the UTC day, or to `until`; whether it is reached.
    fn day(&mut self, until: Timestamp) -> (Day, bool) {
        let span = day_of(self.snapshot.now.wall.as_millisecond());
        loop {
            self.look();
            let now = self.snapshot.now;
            let next = now.wall.checked_add(STEP).unwrap_or(Timestamp::MAX);
            let over = next > until;
            if over {
                self.keeper.end(until);
            } else {
                self.wires.plant.step(STEP);
                self.snapshot.now = Now { wall: next, steady: now.steady + STEP };
            }
            if over || !span.has(next.as_millisecond()) {
                return (self.take(span), over);
            }
        }
    }

    /// What was kept since the last time.
    fn take(&mut self, span: Span) -> Day {
        let mut runs: BTreeMap<Name, Vec<Sample>> = BTreeMap::new();
        for (place, sample) in self.keeper.take() {
            let name = self.names.get(place as usize);
            if let Some(name) = name.filter(|_| span.has(sample.at_ms)) {
                runs.entry(name.clone()).or_default().push(sample);
            }
        }
        Day { span, runs: runs.into_iter().collect(), events: std::mem::take(&mut self.events) }
    }

    /// One step: all is read, the rules decide, what differs is written.
    fn look(&mut self) {
        let now = self.snapshot.now;
        if let Some((_, program)) = self.later.take_if(|(from, _)| *from <= now.wall) {
            self.rules = Rules::new(program);
            self.outcome = Outcome::default();
        }
        self.incidents.happen(&mut self.wires.plant, &mut self.overrides, now.wall);
        self.read(now);
        let Self { site, rules, writer, snapshot, overrides, outcome, .. } = self;
        let base = |point| writer.base(point, snapshot);
        cycle::cycle(snapshot, Some(rules), &site.points, overrides, &base, outcome);
        self.record(now);
        for _ in 0..MOST_ROUNDS {
            if !self.command() {
                break;
            }
        }
    }

    fn read(&mut self, now: Now) {
        let mut samples = Vec::with_capacity(self.names.len());
        for (point, _) in self.site.points.iter() {
            let Some(value) = self.wires.read(point) else { continue };
            samples.push(field::Sample { point, value, at: now });
            let kept = match value {
                Ok(value) => Sample::new(now.wall, value, Quality::Good),
                Err(quality) => Sample::gap(now.wall.as_millisecond(), quality),
            };
            self.keeper.heard(point.index(), kept);
        }
        self.live.take(&samples, |_| false);
        self.snapshot = self.live.freeze(now);
    }

    /// Writes what differs; true if something went out.
    fn command(&mut self) -> bool {
        let Rules { program, state, .. } = &self.rules;
        let wall = self.snapshot.now.wall;
        let schedules = |point: PointId| program.schedule_change(state, point, wall);
        let step = self.writer.step(&self.outcome.decisions, &self.snapshot, &schedules);
        for action in &step.actions {
            let done = self.wires.carry_out(action);
            let _ = self.writer.outcome(action.subject(), done, self.snapshot.now);
        }
        !step.actions.is_empty()
    }

    /// What is new becomes an event.
    fn record(&mut self, now: Now) {
        let events = &mut self.events;
        let texts = self.texts.filter(|_| self.later.is_none());
        self.happenings.rules(texts, now, |event| events.push(event));
        let overrides = self.overrides.iter().filter(|over| over.is_active(now));
        let overrides = overrides.map(|over| overridden(over, self.site)).collect();
        self.happenings.overrides(overrides, now, |event| events.push(event));
        let decisions = self.outcome.decisions.iter();
        self.happenings.decisions(decisions, self.site, now, |event| events.push(event));
        self.record_alarms(now);
    }

    fn record_alarms(&mut self, now: Now) {
        let mut before = std::mem::take(&mut self.alarms);
        for alarm in self.outcome.verdict.alarms.iter() {
            let text = alarm.text(self.site.language, &self.site.points);
            let key = (alarm.rule.to_string(), text);
            let standing = before.remove(&key).unwrap_or_else(|| {
                self.last_alarm += 1;
                let standing = (self.last_alarm, alarm.class);
                self.events.push(alarm_event(&key, standing, true, now));
                standing
            });
            self.alarms.insert(key, standing);
        }
        for (key, standing) in before {
            self.events.push(alarm_event(&key, standing, false, now));
        }
    }
}

/// A program of no rules.
fn none(site: &Site) -> Option<Program> {
    rules::compile(&[] as &[Source; 0], site).program
}

fn overridden(over: &Override, site: &Site) -> OverrideRecord {
    OverrideRecord {
        id: over.id,
        target: TargetRecord::Point(site.points.get(over.point).name.clone()),
        value: over.value,
        from: over.from,
        until: over.until,
        user: over.user.clone(),
        why: over.why.clone(),
    }
}

/// As the daemon records them.
fn alarm_event(
    (rule, text): &(String, String),
    (number, class): (u64, AlarmClass),
    came: bool,
    now: Now,
) -> Event {
    Event {
        at_ms: now.wall.as_millisecond(),
        kind: EventKind::Alarm,
        point: rule.as_str().into(),
        value: Some(f64::from(u8::from(came))),
        level: class.keyword().to_owned(),
        by: number.to_string(),
        text: text.clone(),
    }
}
