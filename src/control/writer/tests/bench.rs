//! A plant of a few points and everything around the writer: clock, journal,
//! and what befalls an action on its way.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::control::action::{Action, Commanded, Done};
use crate::control::agree;
use crate::control::arbitrate::Decision;
use crate::control::event::Event;
use crate::control::writer::Writer;
use crate::control::writer::channel::Stage;
use crate::model::{
    Command, Commander, Kind, Now, Point, PointId, PointTable, Quality, Reading, Release, Role,
    Snapshot, Unit,
};

pub const SLOT: PointId = PointId(0);
pub const RESTORE: PointId = PointId(1);
pub const VALUE: PointId = PointId(2);
pub const ACTION: PointId = PointId(3);
pub const COIL: PointId = PointId(4);
pub const BLIND: PointId = PointId(5);
pub const STAYS: PointId = PointId(6);
pub const COUNT: usize = 7;
pub const COMMANDED: [PointId; 6] = [SLOT, RESTORE, VALUE, ACTION, BLIND, STAYS];

pub const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn command(release: Release) -> Command {
    Command {
        release,
        released: None,
        hold_on_stop: false,
        limits: None,
        floor: None,
        ceiling: None,
        min_write_interval: Duration::ZERO,
        keep_alive: None,
        endures: None,
        heartbeat: None,
        tolerance: 0.05,
        abandoned: Default::default(),
        out_of_service: None,
    }
}

pub fn point(name: &str, readable: bool, command: Option<Command>) -> Point {
    Point {
        name: format!("Haus.Kessel.{name}"),
        building: 0,
        device: 0,
        kind: Kind::Number(Unit::parse("°C").unwrap()),
        role: Role::Other,
        range: None,
        poll: s(10),
        command: command.map(Box::new),
        readable,
        by_hand: None,
        hours: Vec::new(),
        keep: Default::default(),
        momentary: false,
        pulse: None,
        rolls_over: None,
        formerly: Vec::new(),
    }
}

pub fn points() -> PointTable {
    let mut points = PointTable::default();
    let mut push = |name, readable, command| points.push(point(name, readable, command)).unwrap();
    push("slot", true, Some(command(Release::Slot(13))));
    push("restore", true, Some(command(Release::Restore)));
    let value = Command { min_write_interval: s(30), ..command(Release::Value(15.0)) };
    push("value", true, Some(value));
    push("action", true, Some(command(Release::Action { point: COIL, value: 1.0 })));
    push("coil", true, None);
    let blind = Command { keep_alive: Some(s(60)), ..command(Release::Value(10.0)) };
    push("blind", false, Some(blind));
    push("stays", true, Some(Command { hold_on_stop: true, ..command(Release::Restore) }));
    points
}

/// What befalls an action on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    Fine,
    /// Never arrives.
    Lost,
    /// Arrives; the answer does not.
    AnswerLost,
    Refused,
    /// Taken, but as 5 less.
    Coerced,
    /// Taken; reading back fails.
    NotReadBack,
}

/// The devices: what each point holds, and the one slot.
#[derive(Debug)]
pub struct Plant {
    pub values: [f64; COUNT],
    pub slot: Option<f64>,
    /// Somebody in a higher slot.
    pub above: Option<(u8, f64)>,
    pub default: f64,
}

impl Plant {
    pub const fn new() -> Self {
        Self {
            values: [0.0, 21.0, 22.0, 23.0, 1.0, 24.0, 25.0],
            slot: None,
            above: None,
            default: 19.0,
        }
    }

    pub fn present(&self, point: PointId) -> f64 {
        if point == SLOT {
            let above = self.above.map(|(_, value)| value);
            return above.or(self.slot).unwrap_or(self.default);
        }
        self.values[point.index()]
    }

    pub fn put(&mut self, point: PointId, value: f64) {
        if point == SLOT {
            self.slot = Some(value);
            return;
        }
        self.values[point.index()] = value;
        if point == ACTION {
            self.values[COIL.index()] = 0.0;
        }
    }

    pub fn carry_out(&mut self, action: &Action, fate: Fate) -> Done {
        let (point, value) = match action {
            Action::Base { .. } => return Done::Base((fate == Fate::Fine).then_some(self.default)),
            Action::Commander { ours, .. } => {
                return Done::Commander(match (self.slot, self.above) {
                    _ if fate != Fate::Fine => Commander::Unknown,
                    (Some(slot), above) if agree(slot, *ours, 0.05) => {
                        let above = above.map(|(slot, value)| Commander::Above { slot, value });
                        above.unwrap_or(Commander::Ours)
                    }
                    _ => Commander::NotOurs,
                });
            }
            Action::Relinquish { ours, .. } => return self.relinquish(*ours, fate),
            Action::Write(command) => (command.point, command.value),
            Action::ReleaseWrite { point, value, .. } => (*point, *value),
        };
        match fate {
            Fate::Lost => Done::Failed("time-out".into()),
            Fate::Refused => Done::Refused("illegal value".into()),
            Fate::AnswerLost => {
                self.put(point, value);
                Done::Failed("time-out".into())
            }
            Fate::NotReadBack => {
                self.put(point, value);
                Done::NotReadBack("time-out".into())
            }
            Fate::Fine | Fate::Coerced => {
                // Nobody can tell that a point without read-back is off; and a
                // release that a device bends is a case of its own above.
                let bent = matches!(action, Action::Write(_)) && point != BLIND;
                let exact = fate == Fate::Fine || !bent;
                let taken = if exact { value } else { value - 5.0 };
                self.put(point, taken);
                if point == BLIND { Done::NotReadBack(String::new()) } else { Done::Held(taken) }
            }
        }
    }

    pub fn relinquish(&mut self, ours: f64, fate: Fate) -> Done {
        match fate {
            Fate::Lost => return Done::Failed("time-out".into()),
            Fate::Refused => return Done::Refused("write access denied".into()),
            _ => {}
        }
        match self.slot {
            Some(held) if !agree(held, ours, 0.05) => Done::NotOurs(held),
            _ => {
                self.slot = None;
                if fate == Fate::Fine { Done::Released } else { Done::Failed("time-out".into()) }
            }
        }
    }
}

/// Writer, plant, clock and journal together.
#[derive(Debug)]
pub struct Bench {
    pub points: PointTable,
    pub writer: Writer,
    pub plant: Plant,
    pub now: Now,
    pub snapshot: Snapshot,
    pub journal: BTreeMap<PointId, Commanded>,
    pub told: Vec<Event>,
}

impl Bench {
    pub fn new() -> Self {
        let points = points();
        let now = Now { wall: Timestamp::from_second(1_000_000).unwrap(), steady: s(1000) };
        let mut bench = Self {
            writer: Writer::new(&points),
            points,
            plant: Plant::new(),
            now,
            snapshot: Snapshot::never(now, COUNT),
            journal: BTreeMap::new(),
            told: Vec::new(),
        };
        bench.read();
        bench
    }

    pub fn pass(&mut self, by: Duration) {
        self.now.steady += by;
        self.now.wall += SignedDuration::try_from(by).unwrap();
        self.snapshot.now = self.now;
    }

    /// A poll of everything readable.
    pub fn read(&mut self) {
        for (id, _) in self.points.iter().filter(|(_, point)| point.readable) {
            let value = self.plant.present(id);
            self.snapshot.readings[id.index()] =
                Reading { value, quality: Quality::Good, at: self.now };
        }
    }

    /// One cycle; the actions that it brought.
    pub fn step(&mut self, targets: &[(PointId, f64)]) -> Vec<Action> {
        let decisions: Vec<Decision> =
            targets.iter().map(|(point, value)| decision(*point, Some(*value))).collect();
        let step = self.writer.step(&decisions, &self.snapshot, &|_| None);
        for action in &step.actions {
            if let Action::Write(command) = action {
                self.journal.insert(command.point, command.clone());
            }
        }
        self.hear(step.events);
        step.actions
    }

    pub fn hear(&mut self, events: Vec<Event>) {
        for event in &events {
            if event.lets_go() {
                self.journal.remove(&event.point());
            }
            if event.changes_record() {
                self.journal.insert(event.point(), self.writer.record(event.point()).unwrap());
            }
        }
        self.told.extend(events);
    }

    pub fn answer(&mut self, action: &Action, done: Done) {
        let events = self.writer.outcome(action.subject(), done, self.now);
        self.hear(events);
    }

    /// A cycle in which all that is done goes well; then time passes and all is
    /// read.
    pub fn cycle(&mut self, targets: &[(PointId, f64)], fate: Fate) -> Vec<Action> {
        let actions = self.step(targets);
        for action in &actions {
            let done = self.plant.carry_out(action, fate);
            self.answer(action, done);
        }
        self.pass(s(10));
        self.read();
        actions
    }

    pub fn told(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.told)
    }

    pub fn stage(&self, point: PointId) -> Stage {
        self.writer.standing(point).unwrap().stage
    }
}

pub fn decision(point: PointId, target: Option<f64>) -> Decision {
    Decision {
        point,
        target,
        protected: None,
        winner: None,
        trims: Vec::new(),
        claims: Vec::new(),
        notes: Vec::new(),
        uses_base: target.is_none(),
    }
}
