//! The writer against a plant of a few points: the cases one by one, then any
//! sequence of targets, faults, silences and crashes.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::channel::Stage;
use super::*;
use crate::control::agree;
use crate::control::event::{What, Why};
use crate::model::{Command, Kind, Language, Point, Quality, Reading, Role, Unit};

const SLOT: PointId = PointId(0);
const RESTORE: PointId = PointId(1);
const VALUE: PointId = PointId(2);
const ACTION: PointId = PointId(3);
const COIL: PointId = PointId(4);
const BLIND: PointId = PointId(5);
const STAYS: PointId = PointId(6);
const COUNT: usize = 7;
const COMMANDED: [PointId; 6] = [SLOT, RESTORE, VALUE, ACTION, BLIND, STAYS];

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn command(release: Release) -> Command {
    Command {
        release,
        released: None,
        hold_on_stop: false,
        limits: None,
        floor: None,
        ceiling: None,
        min_write_interval: Duration::ZERO,
        keep_alive: None,
        tolerance: 0.05,
    }
}

fn point(name: &str, readable: bool, command: Option<Command>) -> Point {
    Point {
        name: format!("Haus.Kessel.{name}"),
        building: 0,
        device: 0,
        kind: Kind::Number(Unit::parse("°C").unwrap()),
        role: Role::Other,
        range: None,
        poll: s(10),
        command,
        readable,
        by_hand: None,
        formerly: Vec::new(),
    }
}

fn points() -> PointTable {
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
enum Fate {
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
struct Plant {
    values: [f64; COUNT],
    slot: Option<f64>,
    default: f64,
}

impl Plant {
    const fn new() -> Self {
        Self { values: [0.0, 21.0, 22.0, 23.0, 1.0, 24.0, 25.0], slot: None, default: 19.0 }
    }

    fn present(&self, point: PointId) -> f64 {
        if point == SLOT {
            return self.slot.unwrap_or(self.default);
        }
        self.values[point.index()]
    }

    fn put(&mut self, point: PointId, value: f64) {
        if point == SLOT {
            self.slot = Some(value);
            return;
        }
        self.values[point.index()] = value;
        if point == ACTION {
            self.values[COIL.index()] = 0.0;
        }
    }

    fn carry_out(&mut self, action: &Action, fate: Fate) -> Done {
        let (point, value) = match action {
            Action::Base { .. } => return Done::Base((fate == Fate::Fine).then_some(self.default)),
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

    fn relinquish(&mut self, ours: f64, fate: Fate) -> Done {
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
struct Bench {
    points: PointTable,
    writer: Writer,
    plant: Plant,
    now: Now,
    snapshot: Snapshot,
    journal: BTreeMap<PointId, Commanded>,
    told: Vec<Event>,
}

impl Bench {
    fn new() -> Self {
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

    fn pass(&mut self, by: Duration) {
        self.now.steady += by;
        self.now.wall += SignedDuration::try_from(by).unwrap();
        self.snapshot.now = self.now;
    }

    /// A poll of everything readable.
    fn read(&mut self) {
        for (id, _) in self.points.iter().filter(|(_, point)| point.readable) {
            let value = self.plant.present(id);
            self.snapshot.readings[id.index()] =
                Reading { value, quality: Quality::Good, at: self.now };
        }
    }

    /// One cycle; the actions that it brought.
    fn step(&mut self, targets: &[(PointId, f64)]) -> Vec<Action> {
        let decisions: Vec<Decision> =
            targets.iter().map(|(point, value)| decision(*point, Some(*value))).collect();
        let step = self.writer.step(&decisions, &self.snapshot);
        for action in &step.actions {
            if let Action::Write(command) = action {
                self.journal.insert(command.point, command.clone());
            }
        }
        self.hear(step.events);
        step.actions
    }

    fn hear(&mut self, events: Vec<Event>) {
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

    fn answer(&mut self, action: &Action, done: Done) {
        let events = self.writer.outcome(action.subject(), done, self.now);
        self.hear(events);
    }

    /// A cycle in which all that is done goes well; then time passes and all is
    /// read.
    fn cycle(&mut self, targets: &[(PointId, f64)], fate: Fate) -> Vec<Action> {
        let actions = self.step(targets);
        for action in &actions {
            let done = self.plant.carry_out(action, fate);
            self.answer(action, done);
        }
        self.pass(s(10));
        self.read();
        actions
    }

    fn told(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.told)
    }

    fn stage(&self, point: PointId) -> Stage {
        self.writer.standing(point).unwrap().stage
    }
}

fn decision(point: PointId, target: Option<f64>) -> Decision {
    Decision {
        point,
        target,
        winner: None,
        trims: Vec::new(),
        claims: Vec::new(),
        notes: Vec::new(),
        uses_base: target.is_none(),
    }
}

#[test]
fn a_value_is_written_once_and_let_go_when_nobody_claims() {
    let mut bench = Bench::new();
    let all: Vec<(PointId, f64)> = COMMANDED.iter().map(|point| (*point, 20.0)).collect();
    assert_eq!(bench.cycle(&all, Fate::Fine).len(), 6);
    assert!(COMMANDED.iter().all(|point| bench.stage(*point) == Stage::Confirmed));
    assert_eq!(bench.journal[&RESTORE].taken_over, Some(21.0));
    assert_eq!(bench.plant.values[COIL.index()], 0.0);
    for _ in 0..3 {
        assert_eq!(bench.cycle(&all, Fate::Fine), []);
    }
    let released = bench.cycle(&[], Fate::Fine);
    assert_eq!(
        released,
        [
            Action::Relinquish { point: SLOT, ours: 20.0 },
            Action::ReleaseWrite { point: RESTORE, value: 21.0, of: RESTORE },
            Action::ReleaseWrite { point: VALUE, value: 15.0, of: VALUE },
            Action::ReleaseWrite { point: COIL, value: 1.0, of: ACTION },
            Action::ReleaseWrite { point: BLIND, value: 10.0, of: BLIND },
            Action::ReleaseWrite { point: STAYS, value: 25.0, of: STAYS },
        ]
    );
    assert!(bench.writer.idle() && bench.journal.is_empty());
    assert_eq!(bench.plant.slot, None);
    assert_eq!(bench.told().iter().filter(|event| event.lets_go()).count(), 6);
}

#[test]
fn what_is_within_the_tolerance_is_not_written() {
    let mut bench = Bench::new();
    assert_eq!(bench.cycle(&[(RESTORE, 20.0)], Fate::Fine).len(), 1);
    assert_eq!(bench.cycle(&[(RESTORE, 20.04)], Fate::Fine).len(), 0);
    assert_eq!(bench.cycle(&[(RESTORE, 20.1)], Fate::Fine).len(), 1);
}

#[test]
fn a_point_to_restore_is_not_taken_over_before_it_was_read() {
    let mut bench = Bench::new();
    bench.snapshot = Snapshot::never(bench.now, COUNT);
    assert_eq!(bench.step(&[(RESTORE, 20.0)]), []);
    assert_eq!(bench.stage(RESTORE), Stage::AwaitsReading);
    bench.snapshot.readings[RESTORE.index()].quality = Quality::Substituted;
    assert_eq!(bench.step(&[(RESTORE, 20.0)]), [], "a constant is not what stood there");
    bench.read();
    assert_eq!(bench.step(&[(RESTORE, 20.0)]).len(), 1);
}

#[test]
fn our_own_value_is_never_taken_for_what_stood_there_before() {
    let mut bench = Bench::new();
    bench.cycle(&[(RESTORE, 20.0)], Fate::Fine);
    let release = bench.step(&[]);
    let done = bench.plant.carry_out(&release[0], Fate::Fine);
    bench.answer(&release[0], done);
    // Claimed again before the next poll: the snapshot still shows our 20.
    assert_eq!(bench.snapshot.known(RESTORE), Some(20.0));
    assert_eq!(bench.step(&[(RESTORE, 18.0)]), []);
    bench.pass(s(1));
    bench.read();
    let Action::Write(command) = &bench.step(&[(RESTORE, 18.0)])[0] else { panic!() };
    assert_eq!(command.taken_over, Some(21.0));
}

#[test]
fn writes_keep_their_distance_and_are_repeated_where_the_device_wants_it() {
    let mut bench = Bench::new();
    let mut written = Vec::new();
    for second in 0..12 {
        let actions = bench.cycle(&[(VALUE, 20.0 + f64::from(second)), (BLIND, 20.0)], Fate::Fine);
        written.extend(actions.iter().map(|action| (second * 10, action.subject())));
    }
    let of =
        |point| written.iter().filter(|(_, p)| *p == point).map(|(at, _)| *at).collect::<Vec<_>>();
    assert_eq!(of(VALUE), [0, 30, 60, 90]);
    assert_eq!(of(BLIND), [0, 60]);
    let confirmed = |event: &&Event| matches!(event, Event::Confirmed { point: BLIND, .. });
    assert_eq!(bench.told().iter().filter(confirmed).count(), 1, "a refresh is no news");
}

#[test]
fn held_elsewhere_is_tried_again_with_backoff_and_alarmed_at_the_third() {
    let mut bench = Bench::new();
    let start = bench.now.steady;
    let mut tries = Vec::new();
    for _ in 0..120 {
        if !bench.cycle(&[(RESTORE, 20.0)], Fate::Coerced).is_empty() {
            tries.push((bench.now.steady - start).as_secs() - 10);
        }
    }
    assert_eq!(tries, [0, 10, 30, 70, 150, 310, 610, 910]);
    let alarms: Vec<Event> = bench.told().into_iter().filter(Event::is_alarm).collect();
    let what = What::HeldElsewhere(15.0);
    assert_eq!(alarms, [Event::Unconfirmed { point: RESTORE, value: 20.0, what }]);
    assert_eq!(
        alarms[0].words(Language::De, &bench.points),
        "Haus.Kessel.restore: 20 °C ist nicht bestätigt: das Gerät steht auf 15 °C"
    );
    while bench.cycle(&[(RESTORE, 20.0)], Fate::Fine).is_empty() {}
    assert!(bench.told().iter().any(Event::ends_alarm));
    assert_eq!(bench.stage(RESTORE), Stage::Confirmed);
}

#[test]
fn a_refusal_is_alarmed_at_once_tried_rarely_and_leaves_nothing_to_release() {
    let mut bench = Bench::new();
    let mut tries = 0;
    for _ in 0..60 {
        tries += bench.cycle(&[(RESTORE, 20.0)], Fate::Refused).len();
        assert_eq!(bench.stage(RESTORE), Stage::Unconfirmed);
    }
    assert_eq!(tries, 2);
    assert_eq!(bench.told().iter().filter(|event| event.is_alarm()).count(), 1);
    assert_eq!(bench.cycle(&[], Fate::Refused), []);
    assert_eq!(bench.told(), [Event::Released { point: RESTORE }]);
    assert!(bench.journal.is_empty());
}

#[test]
fn a_silent_device_is_written_to_when_it_answers_again() {
    let mut bench = Bench::new();
    let silent = |bench: &mut Bench, times: u32| {
        let mut tries = 0;
        for _ in 0..times {
            let actions = bench.step(&[(RESTORE, 20.0)]);
            tries += actions.len();
            for action in &actions {
                bench.answer(action, Done::Failed("time-out".into()));
            }
            bench.pass(s(10));
        }
        tries
    };
    assert_eq!(silent(&mut bench, 60), 2, "now, and after five minutes");
    bench.read();
    assert_eq!(bench.cycle(&[(RESTORE, 20.0)], Fate::Fine).len(), 1);
    assert_eq!(bench.stage(RESTORE), Stage::Confirmed);
}

#[test]
fn what_somebody_changed_is_written_again_ever_more_rarely_and_alarmed() {
    let mut bench = Bench::new();
    bench.cycle(&[(RESTORE, 20.0)], Fate::Fine);
    let mut writes = 0;
    for _ in 0..360 {
        bench.plant.put(RESTORE, 25.0);
        bench.read();
        writes += bench.cycle(&[(RESTORE, 20.0)], Fate::Fine).len();
    }
    assert!((14..18).contains(&writes), "{writes} in an hour");
    assert_eq!(bench.stage(RESTORE), Stage::Unconfirmed);
    let told = bench.told();
    let alarms: Vec<&Event> = told.iter().filter(|event| event.is_alarm()).collect();
    assert!(
        matches!(alarms[..], [Event::Unconfirmed { what: What::DoesNotStay(v), .. }] if *v == 25.0),
        "{alarms:?}"
    );
    for _ in 0..100 {
        bench.cycle(&[(RESTORE, 20.0)], Fate::Fine);
    }
    assert_eq!(bench.stage(RESTORE), Stage::Confirmed);
}

#[test]
fn a_restarted_device_gets_its_slot_back_and_a_higher_slot_is_respected() {
    let mut bench = Bench::new();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    bench.plant.slot = None;
    bench.read();
    assert_eq!(bench.cycle(&[(SLOT, 20.0)], Fate::Fine).len(), 1);
    assert_eq!(bench.plant.slot, Some(20.0));
    bench.told();
    // Somebody at slot 8 holds 25: our slot is confirmed, the point is not ours.
    let mut writes = 0;
    for _ in 0..360 {
        bench.snapshot.readings[SLOT.index()] =
            Reading { value: 25.0, quality: Quality::Good, at: bench.now };
        writes += bench.cycle(&[(SLOT, 20.0)], Fate::Fine).len();
        bench.snapshot.readings[SLOT.index()].value = 25.0;
    }
    assert!(writes < 10, "{writes}");
    let told = bench.told();
    assert!(told.iter().all(|event| !event.is_alarm()), "{told:?}");
    let overruled = Event::Overruled { point: SLOT, ours: 20.0, found: 25.0 };
    assert_eq!(told.iter().filter(|event| **event == overruled).count(), 1);
    assert!(bench.writer.standing(SLOT).unwrap().overruled);
    bench.read();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    assert!(bench.told().contains(&Event::NoLongerOverruled { point: SLOT }));
}

#[test]
fn what_is_not_ours_is_left_alone_and_told() {
    let mut bench = Bench::new();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    bench.plant.slot = Some(17.0);
    bench.told();
    bench.cycle(&[], Fate::Fine);
    assert_eq!(bench.plant.slot, Some(17.0));
    let told = bench.told();
    assert_eq!(told, [Event::NotOurs { point: SLOT, ours: 20.0, held: 17.0 }]);
    assert_eq!(
        told[0].words(Language::En, &bench.points),
        "Haus.Kessel.slot: holds 17 °C, not our 20 °C; left alone, released"
    );
    assert!(bench.writer.idle());
}

#[test]
fn after_a_crash_between_journal_and_wire_the_older_value_is_let_go() {
    let mut bench = Bench::new();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    // Journalled, then the process dies before anything goes out.
    bench.step(&[(SLOT, 22.0)]);
    bench.writer = Writer::new(&bench.points);
    for left in bench.journal.clone().into_values() {
        assert_eq!(bench.writer.adopt(left), []);
    }
    assert_eq!(bench.cycle(&[], Fate::Fine), [Action::Relinquish { point: SLOT, ours: 22.0 }]);
    assert_eq!(bench.cycle(&[], Fate::Fine), [Action::Relinquish { point: SLOT, ours: 20.0 }]);
    assert_eq!(bench.plant.slot, None);
    assert!(bench.writer.idle() && bench.journal.is_empty());
}

#[test]
fn an_adopted_point_that_is_claimed_is_written_and_restored_to_what_stood_there_first() {
    let mut bench = Bench::new();
    bench.cycle(&[(RESTORE, 20.0)], Fate::Fine);
    bench.writer = Writer::new(&bench.points);
    let left = bench.journal[&RESTORE].clone();
    assert_eq!(bench.writer.adopt(left), []);
    assert_eq!(bench.cycle(&[(RESTORE, 18.0)], Fate::Fine).len(), 1);
    bench.cycle(&[], Fate::Fine);
    assert_eq!(bench.plant.values[RESTORE.index()], 21.0);
}

#[test]
fn what_cannot_be_let_go_from_here_is_told_by_name() {
    let mut bench = Bench::new();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    let left = Commanded { release: Release::Slot(12), ..bench.journal[&SLOT].clone() };
    let mut writer = Writer::new(&bench.points);
    let told = writer.adopt(left);
    assert_eq!(told, [Event::CannotRelease { point: SLOT, value: 20.0, slot: Some(12) }]);
    assert!(told[0].words(Language::De, &bench.points).contains("20 °C in Priorität 12"));
    assert!(writer.idle());
}

#[test]
fn a_stop_releases_all_but_what_shall_stay_and_names_what_it_could_not() {
    let mut bench = Bench::new();
    let all: Vec<(PointId, f64)> = COMMANDED.iter().map(|point| (*point, 20.0)).collect();
    bench.cycle(&all, Fate::Fine);
    bench.writer.stop();
    // Not even `min_write_interval` delays it. RESTORE's line is dead.
    for second in 0..44 {
        for action in bench.step(&all) {
            let dead = action.subject() == RESTORE;
            let fate = if dead { Fate::Lost } else { Fate::Fine };
            let done = bench.plant.carry_out(&action, fate);
            bench.answer(&action, done);
        }
        assert_eq!(bench.writer.unreleased().collect::<Vec<_>>(), [RESTORE], "{second}");
        bench.pass(s(1));
    }
    assert_eq!(bench.plant.values[STAYS.index()], 20.0);
    assert_eq!(bench.plant.values[VALUE.index()], 15.0);
    assert_eq!(bench.journal.keys().copied().collect::<Vec<_>>(), [RESTORE, STAYS]);
    assert!(
        bench.told().iter().any(|event| matches!(event, Event::NotReleased { point: RESTORE, .. }))
    );
    bench.pass(s(5));
    bench.cycle(&all, Fate::Fine);
    assert!(bench.writer.idle());
    assert_eq!(bench.plant.values[RESTORE.index()], 21.0);
}

#[test]
fn a_device_that_goes_its_own_way_after_release_counts_as_let_go() {
    let mut bench = Bench::new();
    bench.cycle(&[(VALUE, 20.0)], Fate::Fine);
    bench.writer.stop();
    for _ in 0..20 {
        for action in bench.step(&[]) {
            bench.answer(&action, Done::Held(18.0));
        }
        bench.pass(s(1));
    }
    assert!(bench.writer.idle());
    assert!(bench.told().contains(&Event::NotOurs { point: VALUE, ours: 20.0, held: 18.0 }));
}

#[test]
fn two_points_behind_one_hand_back_take_turns_and_the_claimed_one_is_written_again() {
    let mut bench = Bench::new();
    let release = Release::Action { point: COIL, value: 1.0 };
    let second = bench.points.push(point("action 2", true, Some(command(release)))).unwrap();
    bench.writer = Writer::new(&bench.points);
    bench.snapshot = Snapshot::never(bench.now, COUNT + 1);
    let done = |action: &Action| match action {
        Action::Write(command) => Done::Held(command.value),
        Action::ReleaseWrite { value, .. } => Done::Held(*value),
        _ => panic!(),
    };
    for action in bench.step(&[(ACTION, 20.0), (second, 30.0)]) {
        let done = done(&action);
        bench.answer(&action, done);
    }
    let release = bench.step(&[(second, 30.0)]);
    assert_eq!(release, [Action::ReleaseWrite { point: COIL, value: 1.0, of: ACTION }]);
    bench.answer(&release[0], done(&release[0]));
    let again = bench.step(&[(second, 30.0)]);
    assert!(matches!(&again[..], [Action::Write(command)] if command.point == second), "{again:?}");
    bench.answer(&again[0], done(&again[0]));
    // Both at once: one coil, one write at a time.
    for action in bench.step(&[(ACTION, 20.0), (second, 30.0)]) {
        let done = done(&action);
        bench.answer(&action, done);
    }
    bench.writer.stop();
    let first = bench.step(&[]);
    assert_eq!(first.len(), 1);
    assert_eq!(bench.step(&[]), []);
    bench.answer(&first[0], done(&first[0]));
    assert_eq!(bench.step(&[]).len(), 1);
}

#[test]
fn a_base_is_asked_for_where_a_keep_stands_alone() {
    let mut bench = Bench::new();
    let keep = [decision(SLOT, None)];
    assert_eq!(bench.writer.base(SLOT, &bench.snapshot), Base::Pending);
    let asked = bench.writer.step(&keep, &bench.snapshot).actions;
    assert_eq!(asked, [Action::Base { point: SLOT }]);
    assert_eq!(bench.writer.step(&keep, &bench.snapshot).actions, []);
    bench.answer(&asked[0], Done::Base(Some(19.0)));
    assert_eq!(bench.writer.base(SLOT, &bench.snapshot), Base::Known(19.0));
    bench.pass(s(30));
    assert_eq!(bench.writer.step(&keep, &bench.snapshot).actions, []);
    bench.pass(s(30));
    let again = bench.writer.step(&keep, &bench.snapshot).actions;
    assert_eq!(again, [Action::Base { point: SLOT }]);
    bench.answer(&again[0], Done::Failed("time-out".into()));
    assert_eq!(bench.writer.base(SLOT, &bench.snapshot), Base::Unknown);
}

#[test]
fn elsewhere_the_base_is_what_stood_there_or_stands_there() {
    let mut bench = Bench::new();
    let base = |bench: &Bench, point| bench.writer.base(point, &bench.snapshot);
    assert_eq!(base(&bench, RESTORE), Base::Known(21.0));
    bench.cycle(&[(RESTORE, 20.0), (VALUE, 20.0)], Fate::Fine);
    assert_eq!(base(&bench, RESTORE), Base::Known(21.0), "not our own 20");
    assert_eq!(base(&bench, VALUE), Base::Known(15.0), "what the site file releases to");
    assert_eq!(base(&bench, BLIND), Base::Known(10.0));
    assert_eq!(base(&bench, COIL), Base::Unknown);
    let says = bench.points.get_mut(STAYS).command.as_mut().unwrap();
    says.released = Some(16.0);
    assert_eq!(Writer::new(&bench.points).base(STAYS, &bench.snapshot), Base::Known(16.0));
    bench.snapshot.readings[STAYS.index()].quality = Quality::Stale;
    assert_eq!(base(&bench, STAYS), Base::Unknown);
}

/// One move of the property below.
#[derive(Debug, Clone)]
struct Move {
    /// A new target for one point, or none.
    target: (usize, Option<u8>),
    pass: u64,
    read: bool,
    /// How each point's next answer goes.
    fates: Vec<Fate>,
    /// Whether answers come in this move or are still on their way.
    answer: Vec<bool>,
    /// The process dies, before or after its last actions went out.
    crash: Option<bool>,
}

fn any_move() -> impl Strategy<Value = Move> {
    let fate = prop_oneof![
        4 => Just(Fate::Fine),
        1 => Just(Fate::Lost),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::Refused),
        1 => Just(Fate::Coerced),
        1 => Just(Fate::NotReadBack),
    ];
    (
        (0..COMMANDED.len(), prop::option::weighted(0.7, 0..4_u8)),
        0..90_u64,
        prop::bool::weighted(0.8),
        prop::collection::vec(fate, COUNT),
        prop::collection::vec(prop::bool::weighted(0.8), COUNT),
        prop_oneof![20 => Just(None), 1 => any::<bool>().prop_map(Some)],
    )
        .prop_map(|(target, pass, read, fates, answer, crash)| Move {
            target,
            pass,
            read,
            fates,
            answer,
            crash,
        })
}

/// What the property remembers of one point, by itself.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    confirmed: Option<f64>,
    written_at: Option<Duration>,
}

fn check_reason(bench: &Bench, seen: &Seen, command: &Commanded) -> Result<(), TestCaseError> {
    let point = command.point;
    let why = bench.told.iter().rev().find_map(|event| match event {
        Event::Commanded { point: p, why, .. } if *p == point => Some(*why),
        _ => None,
    });
    let same = seen.confirmed.is_some_and(|confirmed| agree(confirmed, command.value, 0.05));
    let limits = bench.points.get(point).command.clone().unwrap();
    match why.unwrap() {
        Why::New | Why::Retry => prop_assert!(!same, "confirmed, and written again: {command:?}"),
        Why::KeepAlive => {
            prop_assert!(bench.now.steady >= seen.written_at.unwrap() + limits.keep_alive.unwrap());
        }
        Why::Differs => {
            let read = bench.snapshot.known(point).unwrap();
            prop_assert!(!agree(read, command.value, 0.05));
        }
    }
    if let Some(written) = seen.written_at {
        prop_assert!(bench.now.steady >= written + limits.min_write_interval);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_one_action_a_point_no_idle_write_and_all_let_go_at_the_end(
        moves in prop::collection::vec(any_move(), 1..60),
    ) {
        let mut bench = Bench::new();
        let mut targets: BTreeMap<PointId, f64> = BTreeMap::new();
        let mut seen = [Seen::default(); COUNT];
        let mut underway: Vec<Action> = Vec::new();
        for Move { target, pass, read, fates, answer, crash } in moves {
            match target.1 {
                Some(step) => targets.insert(COMMANDED[target.0], 30.0 + f64::from(step)),
                None => targets.remove(&COMMANDED[target.0]),
            };
            let wanted: Vec<(PointId, f64)> = targets.iter().map(|(p, v)| (*p, *v)).collect();
            for action in bench.step(&wanted) {
                let clash = |other: &Action| {
                    other.target() == action.target() || other.subject() == action.subject()
                };
                prop_assert!(!underway.iter().any(clash), "{action:?} beside {underway:?}");
                let seen = &mut seen[action.subject().index()];
                if let Action::Write(command) = &action {
                    check_reason(&bench, seen, command)?;
                }
                *seen = Seen { confirmed: None, written_at: Some(bench.now.steady) };
                underway.push(action);
            }
            prop_assert_eq!(bench.writer.outstanding(), underway.len());
            if let Some(gone_out) = crash {
                for action in underway.drain(..).filter(|_| gone_out) {
                    bench.plant.carry_out(&action, Fate::AnswerLost);
                }
                bench.writer = Writer::new(&bench.points);
                for left in bench.journal.clone().into_values() {
                    prop_assert_eq!(bench.writer.adopt(left), []);
                }
                bench.snapshot = Snapshot::never(bench.now, COUNT);
                seen = [Seen::default(); COUNT];
            }
            let (now, later): (Vec<Action>, Vec<Action>) =
                underway.into_iter().partition(|action| answer[action.subject().index()]);
            underway = later;
            for action in now {
                let point = action.subject();
                let done = bench.plant.carry_out(&action, fates[point.index()]);
                if let (Action::Write(command), Done::Held(_) | Done::NotReadBack(_)) = (&action, &done) {
                    let held = match &done {
                        Done::Held(held) => agree(*held, command.value, 0.05),
                        _ => point == BLIND,
                    };
                    seen[point.index()].confirmed = held.then_some(command.value);
                }
                bench.answer(&action, done);
            }
            bench.pass(s(pass));
            if read {
                bench.read();
            }
            let held: Vec<PointId> = bench.writer.held().map(|command| command.point).collect();
            let journalled: Vec<PointId> = bench.journal.keys().copied().collect();
            prop_assert_eq!(held, journalled, "the journal knows all that is held, and nothing else");
        }
        bench.writer.stop();
        for _ in 0..60 {
            for action in std::mem::take(&mut underway) {
                let done = bench.plant.carry_out(&action, Fate::Fine);
                bench.answer(&action, done);
            }
            underway = bench.step(&[]);
            bench.pass(s(1));
        }
        prop_assert!(bench.writer.idle(), "{:?}", bench.writer.unreleased().collect::<Vec<_>>());
        prop_assert_eq!(bench.plant.slot, None);
        prop_assert_eq!(bench.plant.values[RESTORE.index()], 21.0);
        prop_assert_eq!(bench.plant.values[COIL.index()], 1.0);
        let released = |point: PointId, was, to| {
            let now = bench.plant.present(point);
            now == was || now == to
        };
        prop_assert!(released(VALUE, 22.0, 15.0) && released(BLIND, 24.0, 10.0));
        let stays = bench.plant.present(STAYS);
        prop_assert!(stays == 25.0 || bench.journal.contains_key(&STAYS), "{}", stays);
    }
}
