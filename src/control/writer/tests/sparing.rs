//! Registers that wear out: what waits, what never does, and what is counted.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::bench::*;
use crate::control::action::{Action, Done};
use crate::control::arbitrate::Decision;
use crate::control::event::Event;
use crate::control::note::Note;
use crate::control::writer::Writer;
use crate::control::writer::channel::Wear;
use crate::model::wear::{Allowance, Worn};
use crate::model::{
    Claim, Command, Demand, Kind, Language, Level, Now, Origin, PointId, PointTable, Quality,
    Reading, Release, Snapshot,
};

const SETPOINT: PointId = PointId(0);
const MODE: PointId = PointId(1);
const STANDBY: f64 = 1.0;
const DAY: f64 = 2.0;

/// A setpoint and a mode whose registers endure so many writes.
fn points(endures: u32) -> PointTable {
    let mut points = PointTable::default();
    let endures = Some(endures);
    let limits = Some((20.0, 90.0));
    let setpoint = Command { endures, limits, ..command(Release::Restore) };
    points.push(point("Soll", true, Some(setpoint))).unwrap();
    let mode = Command { endures, tolerance: 0.0, ..command(Release::Restore) };
    let mut mode = point("Betriebsart", true, Some(mode));
    mode.kind = Kind::States(["auto", "standby", "day"].map(String::from).to_vec());
    points.push(mode).unwrap();
    points
}

/// A writer before devices that do all that is asked of them.
struct Register {
    points: PointTable,
    writer: Writer,
    now: Now,
    values: [f64; 2],
    told: Vec<Event>,
    /// The next answers do not come.
    fails: bool,
    /// It takes 10 less than it is asked.
    bends: bool,
}

impl Register {
    fn new(endures: u32) -> Self {
        let points = points(endures);
        Self {
            writer: Writer::new(&points),
            points,
            now: Now { wall: Timestamp::from_second(1_800_000_000).unwrap(), steady: s(1000) },
            values: [60.0, 0.0],
            told: Vec::new(),
            fails: false,
            bends: false,
        }
    }

    fn worn_by(mut self, writes: u64) -> Self {
        let worn = Worn { writes, since: self.now.wall, last: self.now.wall };
        self.writer.recall_worn(SETPOINT, worn);
        self.writer.recall_worn(MODE, worn);
        self
    }

    fn pass(&mut self, seconds: u64) {
        self.now.steady += s(seconds);
        self.now.wall += SignedDuration::from_secs(seconds.cast_signed());
    }

    /// A cycle; whether anything was written.
    fn decide(&mut self, decisions: &[Decision]) -> bool {
        let readings =
            self.values.map(|value| Reading { value, quality: Quality::Good, at: self.now });
        let snapshot = Snapshot { now: self.now, readings: readings.to_vec() };
        let step = self.writer.step(decisions, &snapshot, &|_| None);
        self.told.extend(step.events);
        for action in &step.actions {
            let (Action::Write(Commanded { point, value, .. })
            | Action::ReleaseWrite { point, value, .. }) = action
            else {
                panic!("{action:?}")
            };
            let taken = if self.bends { value - 10.0 } else { *value };
            let done = if self.fails { Done::Failed("time-out".into()) } else { Done::Held(taken) };
            if !self.fails {
                self.values[point.index()] = taken;
            }
            let events = self.writer.outcome(action.subject(), done, self.now);
            self.told.extend(events);
        }
        self.pass(10);
        !step.actions.is_empty()
    }

    fn set(&mut self, value: f64) -> bool {
        self.decide(&[asked(SETPOINT, value, Level::Normal)])
    }

    fn mode(&mut self, state: f64) -> bool {
        self.decide(&[asked(MODE, state, Level::Normal)])
    }

    fn wear(&self, point: PointId) -> Wear {
        self.writer.standing(point).unwrap().wear.unwrap()
    }

    fn alarms(&self) -> usize {
        self.told.iter().filter(|event| matches!(event, Event::Spared { .. })).count()
    }
}

use crate::control::action::Commanded;

fn asked(point: PointId, value: f64, level: Level) -> Decision {
    let origin = Origin::Rule { rule: "Haus.A".into(), file: "a.rules".into(), line: 1 };
    let claim = Claim { point, level, demand: Demand::Set(value), origin: origin.into() };
    Decision { winner: Some(claim), uses_base: false, ..decision(point, Some(value)) }
}

#[test]
fn small_steps_wait_and_are_merged_while_little_is_left() {
    // 200 at once, of which half are gone.
    let mut register = Register::new(10_000).worn_by(101);
    assert!(register.set(50.0), "the first is no step");
    assert!(!register.set(50.5), "a step of half a kelvin");
    let until = register.wear(SETPOINT).waits_until.unwrap();
    assert!(!register.set(52.0), "still small beside what stands there");
    assert!(register.set(54.0), "together they are no longer small");
    assert_eq!(register.wear(SETPOINT).waits_until, None);
    assert!(!register.set(54.5));
    register.pass(13 * 3600);
    assert!(!register.set(54.5), "a pace of 13 h and 8 min");
    register.pass(3600);
    assert!(register.set(54.5), "a small step too goes out at last");
    assert!(until < register.now.wall);
    assert_eq!(register.wear(SETPOINT).worn.unwrap().writes, 104);
    assert_eq!(register.alarms(), 0);
}

#[test]
fn all_that_may_wait_does_once_nothing_is_left_and_an_alarm_says_so() {
    let mut register = Register::new(10_000).worn_by(199);
    assert!(register.set(50.0));
    for cycle in 0..10 {
        assert!(!register.set(30.0), "cycle {cycle}");
    }
    assert_eq!(register.alarms(), 1, "{:?}", register.told);
    let alarm = register.told.iter().find(|event| event.is_alarm()).unwrap();
    let words = alarm.words(Language::En, &register.points, &jiff::tz::TimeZone::UTC);
    assert!(words.contains("200 of 10000 writes"), "{words}");
    let until = register.wear(SETPOINT).waits_until.unwrap();
    register.now.wall = until;
    assert!(register.set(30.0));
    assert!(!register.set(50.0 - 16.6), "a rise, but a small one");
    register.now.wall += SignedDuration::from_hours(24 * 3);
    assert!(register.set(55.0));
    assert!(register.told.iter().any(|event| matches!(event, Event::NoLongerSpared { .. })));
}

#[test]
fn safety_a_person_the_floor_and_the_return_from_setback_never_wait() {
    let exhausted = || {
        let mut register = Register::new(10_000).worn_by(199);
        assert!(register.set(50.0));
        register
    };
    assert!(exhausted().set(60.0), "a return from setback");
    assert!(exhausted().decide(&[asked(SETPOINT, 50.5, Level::Safety)]));
    assert!(exhausted().decide(&[asked(SETPOINT, 45.0, Level::Manual)]));
    let floor = Note::RaisedToFloor { asked: 40.0, floor: 51.0 };
    let raised = Decision { notes: vec![floor], ..asked(SETPOINT, 51.0, Level::Normal) };
    assert!(exhausted().decide(&[raised]));
    let mut register = exhausted();
    assert!(register.decide(&[]), "letting go");
    assert_eq!(register.values[0], 60.0);
    assert_eq!(register.wear(SETPOINT).worn.unwrap().writes, 201, "but it counts");

    let mut register = Register::new(10_000).worn_by(199);
    assert!(register.mode(STANDBY));
    assert!(register.mode(DAY), "out of a setback");
    assert!(!register.mode(STANDBY), "into one");
}

#[test]
fn back_to_what_stood_before_is_a_return_however_small_and_also_when_it_failed_once() {
    let mut register = Register::new(10_000).worn_by(198);
    assert!(register.decide(&[asked(SETPOINT, 57.0, Level::Manual)]));
    assert!(register.decide(&[asked(SETPOINT, 55.5, Level::Manual)]), "by a person");
    assert!(!register.set(56.5), "nothing is left");
    assert!(register.set(57.0), "but back it goes");
    assert!(!register.set(60.0), "further is no way back");

    let mut register = Register::new(10_000).worn_by(198);
    assert!(register.set(50.0));
    register.fails = true;
    assert!(register.set(60.0), "tried");
    register.fails = false;
    register.pass(300);
    assert!(register.set(60.0), "and tried again, though two more are spent than allowed");
    assert_eq!(register.values[0], 60.0);
}

#[test]
fn a_small_return_is_one_after_a_restart_and_after_letting_go_too() {
    let mut register = Register::new(10_000).worn_by(198);
    assert!(register.decide(&[asked(SETPOINT, 58.0, Level::Manual)]), "a setback of 2 K");
    let (worn, left) = (register.writer.worn(SETPOINT), register.writer.record(SETPOINT));
    register.writer = Writer::new(&register.points);
    register.writer.recall_worn(SETPOINT, worn.unwrap());
    assert_eq!(register.writer.adopt(left.unwrap()), []);
    assert!(!register.set(57.0), "further down waits");
    assert!(register.set(60.0), "what stood before, nobody knows: up it goes");
    assert!(!register.set(61.0), "once");

    let mut register = Register::new(10_000).worn_by(198);
    register.values[0] = 58.0;
    assert!(register.set(60.0));
    assert!(register.decide(&[]), "at night the device does as it likes");
    assert_eq!(register.values[0], 58.0);
    assert!(register.set(60.0), "in the morning it is ours again");
}

#[test]
fn what_falls_into_a_setback_by_itself_is_brought_back_but_not_for_ever() {
    let mut register = Register::new(10_000).worn_by(198);
    assert!(register.set(75.0));
    assert!(!register.set(75.0));
    let asks = |register: &mut Register, low: f64| {
        register.values[0] = low;
        register.writer.interrupted(SETPOINT, register.now.steady);
        register.pass(1);
        (0..40).any(|_| register.set(75.0))
    };
    assert!(asks(&mut register, 20.0), "it has started anew, at frost protection");
    assert_eq!(register.values[0], 75.0);
    assert!(!asks(&mut register, 74.0), "a little less waits");
    let again = (0..20).filter(|_| asks(&mut register, 20.0)).count();
    assert!(again <= 3, "{again}");
}

#[test]
fn a_clock_that_was_years_ahead_once_holds_nothing_back_for_years() {
    for (writes, value) in [(101, 59.5), (200, 30.0)] {
        let mut register = Register::new(10_000);
        assert!(register.set(60.0));
        let ahead = register.now.wall + SignedDuration::from_hours(20 * 8766);
        register.writer.recall_worn(SETPOINT, Worn { writes, since: ahead, last: ahead });
        assert!(!register.set(value), "{writes} writes");
        register.pass(2 * 86_400);
        assert!(register.set(value), "{writes} writes");
    }
}

#[test]
fn words_of_setbacks_are_known_as_people_write_them() {
    use super::super::channel::sparing::is_setback;
    for word in ["Standby", "Nachtbetrieb", "Frostschutz", "off", "Heizung aus", "Eco_1", "Urlaub"]
    {
        assert!(is_setback(word), "{word}");
    }
    for word in ["day", "Tag", "auto", "Komfort", "Haus", "zuheizen", "office"] {
        assert!(!is_setback(word), "{word}");
    }
}

#[test]
fn a_device_that_bends_a_return_is_not_worn_out_by_trying() {
    let mut register = Register::new(10_000).worn_by(198);
    assert!(register.set(30.0));
    register.bends = true;
    let tries = (0..600).filter(|_| register.set(60.0)).count();
    assert_eq!(tries, 3);
    let safety = |_: &i32| register.decide(&[asked(SETPOINT, 60.0, Level::Safety)]);
    assert!((0..600).filter(safety).count() > 10, "safety tries on");
}

#[test]
fn a_worn_out_register_is_told_once_more() {
    let mut register = Register::new(100).worn_by(98);
    assert!(!register.set(30.0));
    assert!(register.decide(&[asked(SETPOINT, 45.0, Level::Manual)]));
    assert!(register.decide(&[asked(SETPOINT, 46.0, Level::Manual)]));
    assert!(!register.set(30.0));
    assert!(!register.set(31.0));
    assert_eq!(register.alarms(), 2, "{:?}", register.told);
}

/// One cycle of the property: what is asked of the setpoint, and how long after.
#[derive(Debug, Clone)]
struct Move {
    value: u8,
    level: Level,
    floor: bool,
    release: bool,
    pass: u64,
    crash: bool,
}

fn any_move() -> impl Strategy<Value = Move> {
    let level = prop_oneof![
        8 => Just(Level::Normal),
        1 => Just(Level::Safety),
        1 => Just(Level::Manual),
    ];
    let pass = prop_oneof![4 => 0..100_u64, 1 => 0..40_000_u64];
    (
        20..90_u8,
        level,
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.1),
        pass,
        prop::bool::weighted(0.05),
    )
        .prop_map(|(value, level, floor, release, pass, crash)| Move {
            value,
            level,
            floor,
            release,
            pass,
            crash,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    #[test]
    fn never_more_writes_than_allowed_and_the_exempt_ones_and_those_never_wait(
        moves in prop::collection::vec(any_move(), 1..300),
        endures in 100..400_u32,
    ) {
        let mut register = Register::new(endures);
        let begin = register.now.wall;
        let allowance = Allowance::of(endures);
        let (mut exempt, mut counted, mut falls, mut returns) = (0, 0, 0, 0);
        let mut fallen_k = 0.0;
        let mut fallen_from: Option<f64> = None;
        let mut unsure = 0;
        let mut crashed = false;
        for Move { value, level, floor, release, pass, crash } in moves {
            let stands = register.writer.standing(SETPOINT).unwrap().value;
            let value = f64::from(value);
            let at = register.now.wall;
            let notes = if floor { vec![Note::RaisedToFloor { asked: 0.0, floor: value }] } else { Vec::new() };
            let decision = Decision { notes, ..asked(SETPOINT, value, level) };
            let before = register.values[0];
            let written = if release {
                register.decide(&[])
            } else {
                register.decide(&[decision])
            };
            let from = stands.unwrap_or(before);
            // After a crash nobody knows whether the command ever arrived.
            let mut from_all = vec![from];
            from_all.extend(crashed.then_some(60.0));
            let rises = from_all.iter().any(|from| value > *from);
            let back = fallen_from.is_some_and(|before| value >= before && rises);
            let returns_now = back || from_all.iter().any(|from| from + 3.5 <= value);
            let urgent = floor || level != Level::Normal;
            let free = release || urgent || returns_now;
            if written && !release {
                falls += u64::from(value < from);
                returns += u64::from(returns_now && !urgent);
                if value != from {
                    fallen_from = Some(from).filter(|from| value < *from);
                }
                crashed = false;
            }
            if let Some(stands) = stands.filter(|_| release) {
                fallen_from = Some(fallen_from.map_or(stands, |before| before.min(stands)));
                unsure += 1;
            }
            exempt += u64::from(written && free);
            counted += u64::from(written);
            if !release && free && stands.is_none_or(|stands| stands != value) {
                prop_assert!(written, "an exempt change waited");
            }
            if release && stands.is_some() {
                prop_assert!(written, "a release waited");
            }
            // What is no fall costs no return: they cannot go on by themselves.
            fallen_k += (before - register.values[0]).max(0.0);
            let most = falls + unsure + ((70.0 + fallen_k) / 3.5) as u64;
            prop_assert!(returns <= most, "{returns} returns from {falls} setbacks");
            let worn = register.writer.worn(SETPOINT);
            prop_assert_eq!(worn.map_or(0, |worn| worn.writes), counted);
            // By itself: a fiftieth at once, the rest evenly over fifteen years.
            let years = begin.duration_until(at).as_secs_f64() / (15.0 * 365.0 * 86_400.0);
            let at_once = (f64::from(endures) / 50.0).max(2.0);
            let allowed = at_once + (f64::from(endures) - at_once) * years;
            prop_assert!((counted - exempt) as f64 <= allowed, "{counted} - {exempt} > {allowed}");
            if crash && let Some(worn) = worn {
                let left = register.writer.record(SETPOINT);
                (crashed, fallen_from) = (true, Some(f64::NEG_INFINITY));
                unsure += 1;
                register.writer = Writer::new(&register.points);
                register.writer.recall_worn(SETPOINT, worn);
                if let Some(left) = left {
                    let _ = register.writer.adopt(left);
                }
                prop_assert_eq!(allowance.left(&worn, at), allowance.left(&register.writer.worn(SETPOINT).unwrap(), at));
            }
            register.pass(pass);
        }
    }
}
