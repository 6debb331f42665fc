//! One commanded point, from taking over to letting go.
//!
//! ```text
//!            claim                 read back as wanted
//!   free ────────────▶ writing ───────────────────────────▶ confirmed
//!    ▲                 ▲     │                               │     │
//!    │                 │     │ held elsewhere, not read      │     │
//!    │        due again│     │ back, refused, failed         │     │
//!    │                 │     ▼                               │     │
//!    │               unconfirmed                             │     │
//!    │                 │     ▲                               │     │
//!    │ released,       │     └── new value, keep-alive, ─────┘     │
//!    │ not ours        │         read otherwise: write again       │
//!    │                 │ no claim, stop                            │
//!    └─────────── releasing ◀──────────────────────────────────────┘
//!                  │     ▲ due again
//!                  ▼     │
//!               still held: refused, failed, held elsewhere
//! ```
//! A claim that comes back while releasing leads to writing again; what stood
//! there before us is noted once, on leaving `free`.

mod above;
mod held;
mod reason;
mod release;
pub(super) mod sparing;
mod yielding;

use std::time::Duration;

use above::Above;
use held::Held;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sparing::Sparing;
pub use sparing::Wear;
use yielding::Yielding;

use super::patience::{MANY, Patience, Quarrel};
use super::{BASE_EVERY, BASE_LASTS, Step};
use crate::control::action::{Action, Commanded, Done, Yielded};
use crate::control::agree;
use crate::control::arbitrate::{Base, Decision};
use crate::control::event::{Event, What, Why};
use crate::model::wear::Worn;
use crate::model::{Command, PointId, PointTable, Quality, Release, Snapshot};

/// Where a point is in the picture above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Free,
    /// Claimed, but what stands there has to be read first, to be restored.
    AwaitsReading,
    /// Confirmation is under way or tried again.
    Writing,
    Confirmed,
    /// Told as an alarm: not confirmed, or changed again and again.
    Unconfirmed,
    Releasing,
}

/// How a point stands with us, for people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    pub stage: Stage,
    /// Last asked of the device.
    pub value: Option<f64>,
    /// Last read back of it; `None` while unknown.
    pub read_back: Option<f64>,
    /// What stood there before us, where that was noted.
    pub taken_over: Option<f64>,
    /// When it was taken over.
    pub since: Option<Timestamp>,
    /// Somebody in a higher slot has the point.
    pub overruled: bool,
    /// That slot and its value (NaN: means nothing to the point), where the
    /// device says so.
    pub above: Option<(u8, f64)>,
    /// Steady time of the last write.
    pub written_at: Option<Duration>,
    /// Somebody has set another value at the device.
    pub yielded: Option<Yielded>,
    /// The device's own switch stands by hand.
    pub by_hand: bool,
    /// `None`: its register does not wear out.
    pub wear: Option<Wear>,
}

/// What surrounds all channels in one cycle.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub snapshot: &'a Snapshot,
    /// By point: an action on it is outstanding.
    pub busy: &'a [bool],
    pub schedules: &'a dyn Fn(PointId) -> Option<Timestamp>,
    /// Where the wall clock cannot be right and nobody knows better: it is later
    /// than this.
    pub at_least: Option<Timestamp>,
}

/// The action that is outstanding.
#[derive(Debug, Clone, Copy)]
enum Sent {
    Write { why: Why },
    Relinquish { ours: f64 },
    ReleaseWrite { at: PointId, value: f64 },
    Base,
    Commander { found: f64 },
}

#[derive(Debug)]
pub(super) struct Channel {
    point: PointId,
    command: Command,
    readable: bool,
    /// Of the point that a release writes to.
    release_tolerance: f64,
    release_readable: bool,
    sent: Option<Sent>,
    held: Option<Held>,
    patience: Patience,
    quarrel: Quarrel,
    yielding: Yielding,
    /// Few registers wear out.
    sparing: Option<Box<Sparing>>,
    above: Above,
    /// It has been told that it is out of service.
    closed: bool,
    /// The device's own switch, and where it stands by hand.
    by_hand: Option<(PointId, Vec<f64>)>,
    alarmed: bool,
    awaits_reading: bool,
    written_at: Option<Duration>,
    /// Readings from before then may still show our own value.
    let_go_at: Option<Duration>,
    base_asked_at: Option<Duration>,
    base: Option<(Option<f64>, Duration)>,
}

impl Channel {
    /// `None` if the point cannot be commanded, or is a heartbeat.
    pub fn new(id: PointId, points: &PointTable) -> Option<Self> {
        let point = points.get(id);
        let command = point.command.clone().filter(|command| command.heartbeat.is_none())?;
        let release_point = match command.release {
            Release::Action { point, .. } if point.index() < points.len() => points.get(point),
            _ => point,
        };
        Some(Self {
            point: id,
            readable: point.readable,
            release_tolerance: release_point.command.as_ref().map_or(0.0, |c| c.tolerance),
            release_readable: release_point.readable,
            sparing: Sparing::of(point, &command).map(Box::new),
            command: *command,
            sent: None,
            held: None,
            patience: Patience::fresh(),
            quarrel: Quarrel::default(),
            yielding: Yielding::default(),
            by_hand: point.by_hand.clone(),
            above: Above::default(),
            closed: false,
            alarmed: false,
            awaits_reading: false,
            written_at: None,
            let_go_at: None,
            base_asked_at: None,
            base: None,
        })
    }

    pub const fn point(&self) -> PointId {
        self.point
    }

    /// The point on the wire that the outstanding action speaks to.
    pub const fn target(&self) -> Option<PointId> {
        match self.sent {
            None => None,
            Some(Sent::ReleaseWrite { at, .. }) => Some(at),
            Some(_) => Some(self.point),
        }
    }

    /// Takes over a record of a former process.
    ///
    /// # Errors
    /// What to tell if it cannot be let go from here.
    pub fn adopt(&mut self, left: Commanded) -> Result<(), Event> {
        let possible = match left.release {
            Release::Slot(_) | Release::Action { .. } => left.release == self.command.release,
            Release::Restore => left.taken_over.is_some(),
            Release::Value(_) => true,
        };
        if !possible {
            return Err(Event::cannot_release(&left));
        }
        if let Some(to) = left.yielded {
            self.yielding = Yielding::restored(to);
        }
        match &mut self.held {
            Some(held) => held.adopt(left),
            None => self.held = Some(Held::left(left)),
        }
        Ok(())
    }

    fn is_slot(&self) -> bool {
        matches!(self.command.release, Release::Slot(_))
    }

    fn agrees(&self, a: f64, b: f64) -> bool {
        agree(a, b, self.command.tolerance)
    }

    /// What stands there without us, if it was read since we let go.
    fn stands(&self, snapshot: &Snapshot) -> Option<f64> {
        let reading = snapshot.reading(self.point);
        let ours_gone = self.let_go_at.is_none_or(|gone| reading.at.steady > gone);
        (self.readable && ours_gone && reading.quality == Quality::Good).then_some(reading.value)
    }

    /// When the point was last heard of, whatever it said.
    fn read_at(&self, snapshot: &Snapshot) -> Option<Duration> {
        let reading = snapshot.reading(self.point);
        (self.readable && reading.quality != Quality::NeverRead).then_some(reading.at.steady)
    }

    pub fn base(&self, snapshot: &Snapshot) -> Base {
        let now = snapshot.now.steady;
        if let Some(released) = self.command.released {
            return Base::Known(released);
        }
        if self.is_slot() {
            return match self.base {
                Some((answer, at)) if now.saturating_sub(at) <= BASE_LASTS => {
                    answer.map_or(Base::Unknown, Base::Known)
                }
                _ => Base::Pending,
            };
        }
        let known = |value: Option<f64>| value.map_or(Base::Unknown, Base::Known);
        match (&self.held, self.command.release) {
            (Some(_), Release::Value(value)) => Base::Known(value),
            (Some(held), _) => known(held.command.taken_over),
            (None, Release::Value(value)) if !self.readable => Base::Known(value),
            (None, _) if !self.readable => Base::Unknown,
            (None, _) if snapshot.reading(self.point).quality == Quality::NeverRead => {
                Base::Pending
            }
            (None, _) => known(self.stands(snapshot)),
        }
    }

    /// One cycle while running. With `claims_to_come` what a former process
    /// left waits.
    pub fn step(
        &mut self,
        decision: Option<&Decision>,
        world: &World<'_>,
        claims_to_come: bool,
        step: &mut Step,
    ) {
        let snapshot = world.snapshot;
        self.look_at_wear(snapshot.now.wall, &mut step.events);
        let closed = self.is_closed(world, &mut step.events);
        let decision = decision.filter(|_| !closed);
        let anothers = self.is_anothers(decision, snapshot, &mut step.events);
        let target = decision.and_then(|decision| decision.target);
        let uses_base = decision.is_some_and(|decision| decision.uses_base);
        let actions = step.actions.len();
        self.awaits_reading = false;
        match decision.zip(target) {
            Some(_) if anothers => {}
            Some((decision, value)) => self.bring_to(value, decision, world, step),
            None if uses_base && self.base(snapshot) == Base::Pending => {}
            None if claims_to_come
                && !self.closed
                && self.held.as_ref().is_some_and(Held::is_left) => {}
            None => self.let_go(snapshot, false, world.busy, step),
        }
        if uses_base && step.actions.len() == actions {
            self.ask_base(snapshot.now.steady, step);
        }
    }

    /// Whether nothing may be asked of the point now: it is out of service.
    fn is_closed(&mut self, world: &World<'_>, events: &mut Vec<Event>) -> bool {
        let closed = match world.at_least {
            // Whether it has begun cannot be known: a drained plant is left alone.
            Some(at_least) => {
                self.command.out_of_service.as_deref().filter(|it| it.ends > at_least)
            }
            None => self.command.out_of_service_at(world.snapshot.now.wall),
        };
        let told = std::mem::replace(&mut self.closed, closed.is_some());
        match closed {
            Some(closed) if !told => {
                events.push(Event::OutOfService { point: self.point, until: closed.until });
            }
            None if told => events.push(Event::InService { point: self.point }),
            _ => {}
        }
        self.closed
    }

    /// One cycle while everything is let go.
    pub fn step_while_stopping(&mut self, snapshot: &Snapshot, busy: &[bool], step: &mut Step) {
        self.awaits_reading = false;
        if self.must_be_released() {
            self.let_go(snapshot, true, busy, step);
        }
    }

    fn ask_base(&mut self, now: Duration, step: &mut Step) {
        let can_ask = self.is_slot() && self.command.released.is_none();
        if can_ask && self.base_asked_at.is_none_or(|asked| now >= asked + BASE_EVERY) {
            self.base_asked_at = Some(now);
            self.sent = Some(Sent::Base);
            step.actions.push(Action::Base { point: self.point });
        }
    }

    fn too_soon(&self, now: Duration) -> bool {
        self.written_at.is_some_and(|written| now < written + self.command.min_write_interval)
    }

    /// Writes `value` if there is a reason to.
    fn bring_to(&mut self, value: f64, decision: &Decision, world: &World<'_>, step: &mut Step) {
        let snapshot = world.snapshot;
        let now = snapshot.now.steady;
        if self.held.as_ref().is_some_and(|held| held.releasing) {
            self.turn(false);
        }
        let waits = self.too_soon(now) && !sparing::is_urgent(decision);
        if self.yields(decision, world, &mut step.events) || waits {
            return;
        }
        let (pending, wall) = (self.is_pending(value), snapshot.now.wall);
        let standing = self.stands(snapshot);
        if pending && self.spares(value, decision, standing, wall, &mut step.events) {
            return;
        }
        let Some(why) = self.reason_to_write(value, snapshot, step) else { return };
        let found = standing.filter(|_| why == Why::Differs);
        if !pending && !self.may_repeat(decision, found, wall) {
            return;
        }
        let read_at = self.read_at(snapshot);
        let command = match &mut self.held {
            Some(held) => held.ask(value, self.command.tolerance),
            None => {
                let command = Commanded {
                    point: self.point,
                    value,
                    before: Vec::new(),
                    release: self.command.release,
                    taken_over: if self.is_slot() { None } else { self.stands(snapshot) },
                    since: snapshot.now.wall,
                    yielded: None,
                };
                self.held.insert(Held::new(command)).command.clone()
            }
        };
        if why != Why::KeepAlive {
            self.yielding.unsettled();
        }
        self.patience.trying(read_at);
        self.written_at = Some(now);
        self.sent = Some(Sent::Write { why });
        step.events.push(Event::Commanded { point: self.point, value, why });
        step.actions.push(Action::Write(command));
    }

    /// The device was out of hearing until now.
    pub const fn interrupted(&mut self, now: Duration) {
        self.yielding.interrupted(now);
    }

    /// Turns from writing to releasing or back: failures count anew.
    fn turn(&mut self, releasing: bool) {
        if let Some(held) = &mut self.held {
            held.releasing = releasing;
        }
        self.patience = Patience::fresh();
        self.quarrel = Quarrel::default();
        self.above = Above::default();
        self.alarmed = false;
    }

    /// While stopping, what is due later is due now.
    pub fn hurry(&mut self) {
        self.patience.hurry();
    }

    /// How the outstanding action ended.
    pub fn outcome(&mut self, done: Done, now: Duration, stopping: bool, events: &mut Vec<Event>) {
        match (self.sent.take(), done) {
            (None, _) => {}
            (Some(Sent::Commander { found }), Done::Commander(who)) => {
                self.is_commanded_by(who, found, events);
            }
            (Some(Sent::Commander { .. }), _) => {}
            (Some(Sent::Base), Done::Base(answer)) => self.base = Some((answer, now)),
            (Some(Sent::Base), _) => self.base = Some((None, now)),
            (Some(Sent::Write { why }), done) => self.write_ended(why, done, now, events),
            (Some(sent), done) => self.release_ended(sent, done, now, stopping, events),
        }
    }

    fn write_ended(&mut self, why: Why, done: Done, now: Duration, events: &mut Vec<Event>) {
        let tolerance = self.command.tolerance;
        let Some(held) = &mut self.held else { return };
        let value = held.command.value;
        held.refused_only &= matches!(done, Done::Refused(_));
        let what = match done {
            Done::Held(there) => {
                if agree(there, value, tolerance) {
                    held.found(there);
                    return self.confirmed(why, now, events);
                }
                if held.found_elsewhere(there, tolerance) {
                    let point = self.point;
                    events.push(Event::HeldElsewhere { point, value, held: there });
                }
                What::HeldElsewhere(there)
            }
            Done::NotReadBack(_) if !self.readable => {
                held.found(value);
                return self.confirmed(why, now, events);
            }
            Done::NotReadBack(reason) => What::NotReadBack(reason),
            Done::Refused(reason) => What::Refused(reason),
            Done::Failed(reason) => What::Failed(reason),
            Done::Released | Done::NotOurs(_) | Done::Base(_) | Done::Commander(_) => {
                What::Failed(String::new())
            }
        };
        match what {
            What::Refused(_) => self.patience.refused(now),
            What::Failed(_) => self.patience.failed(now, self.readable),
            _ => self.patience.not_as_wanted(now),
        }
        let at_once = matches!(what, What::Refused(_));
        if !self.alarmed && (at_once || self.patience.tries >= MANY) {
            self.alarmed = true;
            events.push(Event::Unconfirmed { point: self.point, value, what });
        }
    }

    fn confirmed(&mut self, why: Why, now: Duration, events: &mut Vec<Event>) {
        let Some(held) = &mut self.held else { return };
        self.patience = Patience::fresh();
        if std::mem::take(&mut held.again) {
            return;
        }
        held.confirmed_at = Some(now);
        // An alarm over a quarrel ends with the quarrel, not with each write.
        let quarrelling = self.quarrel.told;
        if (why != Why::KeepAlive || self.alarmed) && !quarrelling {
            self.alarmed = false;
            events.push(Event::Confirmed { point: self.point, value: held.command.value });
        }
    }

    pub fn commanded(&self) -> Option<Commanded> {
        self.held.as_ref().map(|held| held.command.clone())
    }

    pub fn standing(&self) -> Standing {
        let held = self.held.as_ref();
        let stage = match held {
            None if self.awaits_reading => Stage::AwaitsReading,
            None => Stage::Free,
            Some(held) if held.releasing => Stage::Releasing,
            Some(_) if self.alarmed => Stage::Unconfirmed,
            Some(held) if held.confirmed_at.is_some() => Stage::Confirmed,
            Some(_) => Stage::Writing,
        };
        Standing {
            stage,
            value: held.map(|held| held.command.value),
            read_back: held.and_then(|held| held.there),
            taken_over: held.and_then(|held| held.command.taken_over),
            since: held.map(|held| held.command.since),
            overruled: self.quarrel.told && self.is_slot(),
            above: self.above.by,
            written_at: self.written_at,
            yielded: self.yielding.to,
            by_hand: self.yielding.is_by_hand(),
            wear: self.wear(),
        }
    }

    /// `None` if the register does not wear out.
    pub fn wear(&self) -> Option<Wear> {
        self.sparing.as_deref().map(Sparing::wear)
    }

    pub fn recall_worn(&mut self, worn: Worn) {
        if let Some(sparing) = &mut self.sparing {
            sparing.recall(worn);
        }
    }

    /// Something is about to be written to the point.
    pub fn spend(&mut self, now: Timestamp) {
        if let Some(sparing) = &mut self.sparing {
            sparing.spend(now);
        }
    }
}
