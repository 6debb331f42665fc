//! Protection against a slow, literal reading of RULES, worked out anew from
//! all that happened; and the cases that people ask about.

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::control::Base;
use crate::control::arbitrate::tests::{celsius, claim, command, point};
use crate::model::{Claim, Command, Demand, Guard, Kind, Level, Now, Point, Quality, Reading};

mod held;

const POINT: PointId = PointId(0);

/// One protected point, by the second.
#[derive(Clone)]
struct World {
    points: PointTable,
    guards: Guards,
    claims: Vec<Claim>,
    snapshot: Snapshot,
    /// The claims are others than in the cycle before.
    changed: bool,
    decisions: Decisions,
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn guard<T>(limit: T) -> Option<Guard<T>> {
    Some(Guard { limit, line: 7 })
}

impl World {
    fn of(kind: Kind, command: Command, protect: impl FnOnce(&mut Protection)) -> Self {
        let mut points = PointTable::default();
        let point: Point = point("Haus.K.P", kind, Some(command));
        let mut protection = Protection::of(POINT, &point, "a.rules".into());
        protect(&mut protection);
        points.push(point).unwrap();
        let now = Now { wall: Timestamp::UNIX_EPOCH, steady: seconds(1000) };
        Self {
            points,
            guards: Guards::new(&[protection]),
            claims: Vec::new(),
            snapshot: Snapshot::never(now, 1),
            changed: false,
            decisions: Decisions::default(),
        }
    }

    fn switch(protect: impl FnOnce(&mut Protection)) -> Self {
        Self::of(Kind::switch(), command(), protect)
    }

    fn setpoint(protect: impl FnOnce(&mut Protection)) -> Self {
        let limits = Some((10.0, 90.0));
        Self::of(celsius(), Command { limits, tolerance: 0.0, ..command() }, protect)
    }

    fn pass(&mut self, time: u64) {
        self.snapshot.now.steady += seconds(time);
    }

    fn reads(&mut self, value: f64) {
        let at = self.snapshot.now;
        self.snapshot.readings[0] = Reading { value, quality: Quality::Good, at };
    }

    /// What is asked of it from now on.
    fn ask(&mut self, asked: &[(Level, Demand)]) {
        self.claims = asked.iter().map(|(level, demand)| claim(*level, *demand, "r")).collect();
        self.changed = true;
    }

    fn set(&mut self, value: f64) {
        self.ask(&[(Level::Normal, Demand::Set(value))]);
    }

    fn cycle(&mut self) -> Option<f64> {
        let changed: &[PointId] = if std::mem::take(&mut self.changed) { &[POINT] } else { &[] };
        let claims = &self.claims;
        let protected = (&self.snapshot, &mut self.guards);
        let (points, base) = (&self.points, |_| Base::Known(20.0));
        self.decisions.update(points, changed, |_| claims.iter(), &[], &base, protected);
        self.target()
    }

    fn target(&self) -> Option<f64> {
        self.decisions.on(POINT).and_then(|decision| decision.target)
    }

    fn after(&mut self, time: u64) -> Option<f64> {
        self.pass(time);
        self.cycle()
    }

    fn hold(&self) -> Option<Hold> {
        let protected = self.decisions.on(POINT)?.protected.as_ref()?;
        assert_eq!((&*protected.file, protected.line), ("a.rules", 7));
        Some(protected.hold)
    }
}

const OFF: f64 = 0.0;
const ON: f64 = 1.0;

fn burner() -> World {
    let mut world = World::switch(|it| {
        it.on_at_least = guard(seconds(300));
        it.off_at_least = guard(seconds(600));
    });
    world.reads(OFF);
    world.cycle();
    world.pass(600);
    world
}

#[test]
fn a_burner_runs_and_rests_its_time() {
    let mut world = burner();
    world.set(ON);
    assert_eq!(world.cycle(), Some(ON));
    world.set(OFF);
    assert_eq!(world.after(10), Some(ON));
    assert_eq!(world.hold(), Some(Hold::OnAtLeast(seconds(300))));
    assert_eq!(world.guards.due(), Some(seconds(1900)));
    assert_eq!(world.after(289), Some(ON));
    assert_eq!(world.after(1), Some(OFF));
    assert_eq!(world.hold(), None);
    world.set(ON);
    assert_eq!(world.after(599), Some(OFF));
    assert_eq!(world.after(1), Some(ON));
}

#[test]
fn a_release_waits_for_on_at_least() {
    let mut world = burner();
    world.set(ON);
    world.cycle();
    world.ask(&[]);
    assert_eq!(world.after(299), Some(ON));
    assert_eq!(world.decisions.on(POINT).unwrap().protected.as_ref().unwrap().wanted, None);
    assert_eq!(world.after(1), None);
}

#[test]
fn safety_stops_at_once_and_starts_only_after_its_rest() {
    let mut world = burner();
    world.set(ON);
    world.cycle();
    world.ask(&[(Level::Safety, Demand::Set(OFF))]);
    assert_eq!(world.after(5), Some(OFF));
    world.ask(&[(Level::Safety, Demand::Set(ON))]);
    assert_eq!(world.after(5), Some(OFF));
    assert_eq!(world.hold(), Some(Hold::OffAtLeast(seconds(600))));
    assert_eq!(world.after(595), Some(ON));
}

#[test]
fn a_person_waits_as_a_rule_does() {
    let mut world = burner();
    world.set(ON);
    world.cycle();
    world.ask(&[(Level::Normal, Demand::Set(ON)), (Level::Manual, Demand::Set(OFF))]);
    assert_eq!(world.after(5), Some(ON));
    assert_eq!(world.after(295), Some(OFF));
}

#[test]
fn what_it_does_by_itself_counts_while_it_is_let_go() {
    let mut world = burner();
    world.reads(ON);
    world.cycle();
    world.set(OFF);
    assert_eq!(world.after(100), None, "held back: it stays with its device");
    assert_eq!(world.after(200), Some(OFF));
}

#[test]
fn what_is_not_known_may_just_have_begun() {
    let mut world = World::switch(|it| it.off_at_least = guard(seconds(600)));
    world.set(ON);
    assert_eq!(world.cycle(), None);
    assert_eq!(world.after(599), None);
    assert_eq!(world.after(1), Some(ON));
}

#[test]
fn stages_change_while_they_run() {
    let states = ["off", "stage1", "stage2"].map(str::to_owned).to_vec();
    let mut world = World::of(Kind::States(states), command(), |it| {
        it.on_at_least = guard(seconds(300));
    });
    world.reads(OFF);
    for stage in [1.0, 2.0, 1.0] {
        world.set(stage);
        assert_eq!(world.after(1), Some(stage));
    }
    world.set(OFF);
    assert_eq!(world.after(297), Some(1.0));
    assert_eq!(world.after(1), Some(OFF));
}

#[test]
fn a_restart_counts_the_time_it_was_down() {
    let mut world = burner();
    world.set(ON);
    world.cycle();
    world.after(100);
    let saved: HashMap<_, _> = world.guards.saved().map(|(name, it)| (name.clone(), it)).collect();
    assert_eq!(saved[&Arc::from("Haus.K.P")].ago, seconds(100));
    let left = Commanded {
        point: POINT,
        value: ON,
        before: Vec::new(),
        release: crate::model::Release::Slot(13),
        taken_over: None,
        since: Timestamp::UNIX_EPOCH,
        yielded: None,
    };
    let protection = world.guards.list[0].protection.clone();
    // The steady clock begins anew.
    world.snapshot.now.steady = seconds(3);
    world.guards = Guards::new(std::slice::from_ref(&protection));
    world.guards.recall(&saved, seconds(150), &[left]);
    world.decisions.clear();
    world.set(OFF);
    assert_eq!(world.cycle(), Some(ON), "it stands there, and goes on");
    assert_eq!(world.after(49), Some(ON));
    assert_eq!(world.after(1), Some(OFF));
    // A clean stop let go of it; it had rested for 20 s before.
    world.after(20);
    let saved = world.guards.saved().map(|(name, it)| (name.clone(), it)).collect();
    world.guards = Guards::new(&[protection]);
    world.guards.recall(&saved, seconds(500), &[]);
    world.decisions.clear();
    world.reads(OFF);
    world.set(ON);
    assert_eq!(world.cycle(), None);
    assert_eq!(world.after(80), Some(ON));
}

#[test]
fn a_step_passes_small_changes_over_but_no_end() {
    let mut world = World::setpoint(|it| it.step = guard(0.5));
    let asked =
        [(50.0, 50.0), (50.3, 50.0), (50.5, 50.5), (50.1, 50.5), (89.7, 89.7), (90.0, 90.0)];
    for (wanted, commanded) in asked {
        world.set(wanted);
        assert_eq!(world.after(10), Some(commanded), "{wanted}");
    }
    world.ask(&[(Level::Normal, Demand::Set(90.0)), (Level::Manual, Demand::Set(89.9))]);
    assert_eq!(world.after(10), Some(89.9), "a person means what he says");
    world.ask(&[(Level::Normal, Demand::Set(89.8))]);
    assert_eq!((world.after(10), world.hold()), (Some(89.9), Some(Hold::Step(0.5))));
    world.ask(&[]);
    assert_eq!(world.after(10), None);
}

#[test]
fn a_ramp_begins_where_the_point_stands() {
    // 6 K a minute
    let mut world = World::setpoint(|it| it.ramp = guard(0.1));
    world.set(40.0);
    assert_eq!((world.cycle(), world.hold()), (None, Some(Hold::AwaitsReading)));
    world.reads(30.0);
    assert_eq!(world.after(5), Some(30.0));
    assert_eq!(world.after(10), Some(31.0));
    assert_eq!(world.after(50), Some(36.0));
    world.set(35.0);
    assert_eq!(world.after(10), Some(35.0));
    // From rest it sets out in the cycle in which it learns of it.
    world.set(34.0);
    assert_eq!(world.after(600), Some(35.0));
    assert_eq!(world.after(5), Some(34.5));
    let close = |at: f64| move |value: Option<f64>| (value.unwrap() - at).abs() < 1e-9;
    assert!(close(34.0)(world.after(5)));
    assert_eq!((world.hold(), world.guards.due()), (None, None));
    world.ask(&[(Level::Normal, Demand::Set(34.0)), (Level::Safety, Demand::Set(60.0))]);
    assert_eq!(world.after(10), Some(60.0));
}

#[test]
fn a_ramp_keeps_nothing_beneath_a_floor_or_what_safety_keeps() {
    let command =
        Command { floor: Some(25.0), limits: Some((5.0, 90.0)), tolerance: 0.0, ..command() };
    let mut world = World::of(celsius(), command, |it| it.ramp = guard(0.1));
    world.reads(10.0);
    world.set(40.0);
    assert_eq!(world.cycle(), Some(25.0));
    assert_eq!(world.after(10), Some(26.0));
    world.ask(&[(Level::Normal, Demand::Set(40.0)), (Level::Safety, Demand::AtLeast(35.0))]);
    assert_eq!(world.after(10), Some(35.0));
    assert_eq!(world.after(10), Some(36.0));
}

#[test]
fn changes_are_counted_within_the_hour() {
    let mut world = World::setpoint(|it| it.changes = guard(2));
    for (wanted, commanded) in [(20.0, 20.0), (21.0, 21.0), (22.0, 21.0)] {
        world.set(wanted);
        assert_eq!(world.after(60), Some(commanded));
    }
    assert_eq!(world.hold(), Some(Hold::Changes(2)));
    assert_eq!(world.after(3600 - 121), Some(21.0));
    assert_eq!(world.after(1), Some(22.0));
    world.set(23.0);
    world.after(1);
    world.ask(&[]);
    assert_eq!(world.after(1), None, "a release waits for no change");
}

/// One cycle of a random story: seconds that pass, what it reads, what is
/// asked, and whether safety asks it.
type Cycle = (u64, Option<f64>, Option<f64>, bool);

/// What a switch has stood at, and since when: of each cycle of the past what
/// it read while it was let go, and what was commanded.
fn stood(past: &[(u64, Option<f64>, Option<f64>)]) -> Vec<(u64, f64)> {
    let mut stood = Vec::new();
    let mut commanded = None;
    for (at, read, then) in past {
        if commanded.is_none() {
            stood.extend(read.map(|read| (*at, read)));
        }
        stood.extend(then.map(|then| (*at, then)));
        commanded = *then;
    }
    stood.dedup_by_key(|(_, value)| *value);
    stood
}

/// What RULES command of a switch, from all that has been.
fn switched(
    past: &[(u64, Option<f64>, Option<f64>)],
    (at, read, wanted, safety): Cycle,
    (on, off, most): (u64, u64, usize),
) -> Option<f64> {
    let last = past.last().and_then(|last| last.2);
    let mut past = past.to_vec();
    past.push((at, read, None));
    let stood = stood(&past);
    let begun = past[0].0;
    // A first reading may have stood for ever; a first command begins.
    let unread = past.iter().take_while(|(_, read, then)| read.is_none() && then.is_none()).count();
    let first_commanded = past.get(unread).is_some_and(|(_, read, _)| read.is_none());
    let since = match stood[..] {
        [] => begun,
        [(then, _)] => {
            if first_commanded {
                then
            } else {
                begun
            }
        }
        [.., (then, _)] => then,
    };
    let stays = |value: f64| at - since < if value == ON { on } else { off };
    let stands = stood.last().map(|it| it.1);
    let Some(wanted) = wanted else { return last.filter(|value| stays(*value)) };
    let other = if wanted == ON { OFF } else { ON };
    if stands == Some(wanted) {
        return Some(wanted);
    }
    let stops = safety && wanted == OFF;
    let changes = stood.iter().skip(1).filter(|(then, _)| at - then < 3600).count();
    if (stays(other) && !stops) || (changes >= most && !safety) { last } else { Some(wanted) }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn a_switch_does_what_a_slow_reading_says(
        on in 1_u64..400,
        off in 1_u64..400,
        most in 1_usize..4,
        story in proptest::collection::vec((
            select(vec![1_u64, 10, 60, 300, 1800]),
            proptest::option::of(select(vec![OFF, ON])),
            proptest::option::of(select(vec![OFF, ON])),
            prop::bool::weighted(0.2),
        ), 1..60),
        same in proptest::collection::vec(prop::bool::weighted(0.5), 60),
    ) {
        let mut world = World::switch(|it| {
            it.on_at_least = guard(seconds(on));
            it.off_at_least = guard(seconds(off));
            it.changes = guard(u32::try_from(most).unwrap());
        });
        let mut past = Vec::new();
        let (mut at, mut asks) = (1000, (None, false));
        for (index, (time, read, wanted, safety)) in story.into_iter().enumerate() {
            world.pass(time);
            at += time;
            if let Some(value) = read {
                world.reads(value);
            } else {
                world.snapshot.readings[0].quality = Quality::Stale;
            }
            if !same[index] {
                asks = (wanted, safety);
                let level = if safety { Level::Safety } else { Level::High };
                let asked: Vec<_> = wanted.map(|it| (level, Demand::Set(it))).into_iter().collect();
                world.ask(&asked);
            }
            let expected = switched(&past, (at, read, asks.0, asks.1), (on, off, most));
            prop_assert_eq!(world.cycle(), expected, "at {}", at);
            past.push((at, read, expected));
        }
    }

    #[test]
    fn a_ramp_goes_as_fast_as_it_may_and_no_faster(
        pace in select(vec![0.01, 0.1, 0.7]),
        story in proptest::collection::vec((1_u64..300, proptest::option::of(11_i32..89)), 1..80),
    ) {
        let mut world = World::setpoint(|it| it.ramp = guard(pace));
        world.reads(50.0);
        world.set(50.0);
        world.cycle();
        let (mut stands, mut aim) = (50.0_f64, 50.0_f64);
        for (time, wanted) in story {
            let rested = stands == aim;
            if let Some(wanted) = wanted {
                aim = f64::from(wanted);
                world.set(aim);
            }
            if !rested {
                let way = pace * time as f64;
                stands += (aim - stands).clamp(-way, way);
                if (stands - aim).abs() < 1e-4 {
                    stands = aim;
                }
            }
            let value = world.after(time).unwrap();
            prop_assert!((value - stands).abs() < 1e-3, "{} {}", value, stands);
            stands = value;
        }
    }

    #[test]
    fn steps_and_ramps_together_take_no_small_step_and_get_there(
        step in select(vec![0.5, 2.0, 5.0]),
        pace in select(vec![0.01, 0.1, 0.7]),
        story in proptest::collection::vec((1_u64..300, proptest::option::of(110_i32..890)), 1..60),
    ) {
        let mut world = World::setpoint(|it| {
            it.ramp = guard(pace);
            it.step = guard(step);
        });
        world.reads(50.0);
        world.set(50.0);
        world.cycle();
        let (mut stands, mut moved, mut wanted) = (50.0_f64, 0_u64, 50.0);
        let mut at = 0;
        for (time, new) in story {
            if let Some(new) = new {
                wanted = f64::from(new) / 10.0;
                world.set(wanted);
            }
            at += time;
            let value = world.after(time).unwrap();
            if value != stands {
                let (by, may) = ((value - stands).abs(), pace * (at - moved) as f64);
                prop_assert!(by <= may * 1.001, "{} in {} s", by, at - moved);
                let arrived = (value - wanted).abs() < step;
                prop_assert!(by >= step * 0.999 || arrived, "{}", by);
                (stands, moved) = (value, at);
            }
        }
        for _ in 0..10_000 {
            world.after(1);
        }
        prop_assert!((world.target().unwrap() - wanted).abs() < step);
    }
}
