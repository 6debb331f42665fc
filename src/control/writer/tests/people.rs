//! People at the device win; what a device does by itself is not taken for
//! them.

use jiff::{SignedDuration, Timestamp};

use super::bench::*;
use crate::control::action::Action;
use crate::control::arbitrate::Decision;
use crate::control::event::Event;
use crate::control::writer::Writer;
use crate::model::{Claim, Demand, Level, Origin, PointId, Quality, Reading};

/// Our 20 stand in the point and have been read again.
fn settled(point: PointId) -> Bench {
    let mut bench = Bench::new();
    bench.cycle(&[(point, 20.0)], Fate::Fine);
    bench.cycle(&[(point, 20.0)], Fate::Fine);
    bench.told();
    bench
}

fn set_by_hand(bench: &mut Bench, point: PointId, value: f64) {
    bench.plant.put(point, value);
    bench.read();
}

fn hours(hours: i64, bench: &Bench) -> Timestamp {
    bench.now.wall + SignedDuration::from_hours(hours)
}

/// Cycles with our 20 for so many minutes; the actions that they brought.
fn minutes(bench: &mut Bench, point: PointId, minutes: u32) -> usize {
    (0..minutes * 6).map(|_| bench.cycle(&[(point, 20.0)], Fate::Fine).len()).sum()
}

#[test]
fn what_somebody_sets_at_the_device_is_left_for_four_hours_and_told() {
    let mut bench = settled(RESTORE);
    set_by_hand(&mut bench, RESTORE, 23.0);
    let until = hours(4, &bench);
    assert_eq!(minutes(&mut bench, RESTORE, 239), 0);
    let yielded = Event::Yielded { point: RESTORE, ours: 20.0, found: 23.0, until };
    assert_eq!(bench.told(), [yielded]);
    assert_eq!(bench.plant.values[RESTORE.index()], 23.0);
    assert_eq!(bench.writer.standing(RESTORE).unwrap().yielded.unwrap().value, 23.0);
    assert!(minutes(&mut bench, RESTORE, 2) > 0);
    assert_eq!(bench.told()[0], Event::TakesAgain { point: RESTORE });
    assert_eq!(bench.plant.values[RESTORE.index()], 20.0);
    assert_eq!(bench.writer.standing(RESTORE).unwrap().yielded, None);
}

#[test]
fn a_schedule_of_its_rules_says_how_long() {
    let mut bench = settled(VALUE);
    set_by_hand(&mut bench, VALUE, 23.0);
    let bell = hours(7, &bench);
    let wanted = [decision(VALUE, Some(20.0))];
    let step = bench.writer.step(&wanted, &bench.snapshot, &|_| Some(bell));
    let yielded = Event::Yielded { point: VALUE, ours: 20.0, found: 23.0, until: bell };
    assert_eq!(step.events, [yielded]);
    assert_eq!(minutes(&mut bench, VALUE, 7 * 60 - 1), 0);
    assert!(minutes(&mut bench, VALUE, 3) > 0);
}

#[test]
fn other_values_of_ours_wait_too_and_nobody_undoes_what_was_set() {
    let mut bench = settled(RESTORE);
    set_by_hand(&mut bench, RESTORE, 23.0);
    assert_eq!(bench.cycle(&[(RESTORE, 20.0)], Fate::Fine), []);
    assert_eq!(bench.cycle(&[(RESTORE, 17.0)], Fate::Fine), []);
    // Nobody claims it any more: what the person set stays.
    assert_eq!(bench.cycle(&[], Fate::Fine), []);
    assert!(bench.told().contains(&Event::NotOurs { point: RESTORE, ours: 20.0, held: 23.0 }));
    assert_eq!(bench.plant.values[RESTORE.index()], 23.0);
    assert!(bench.journal.is_empty());
}

#[test]
fn it_outlives_the_process() {
    let mut bench = settled(RESTORE);
    set_by_hand(&mut bench, RESTORE, 23.0);
    minutes(&mut bench, RESTORE, 60);
    bench.writer.stop();
    assert_eq!(bench.step(&[(RESTORE, 20.0)]), []);
    assert!(bench.writer.idle());
    bench.writer = Writer::new(&bench.points);
    for left in bench.journal.clone().into_values() {
        assert_eq!(bench.writer.adopt(left), []);
    }
    assert_eq!(minutes(&mut bench, RESTORE, 170), 0);
    assert!(minutes(&mut bench, RESTORE, 12) > 0);
    bench.cycle(&[], Fate::Fine);
    assert_eq!(bench.plant.values[RESTORE.index()], 21.0, "what stood there first");
}

#[test]
fn what_is_found_after_an_interruption_was_set_by_nobody() {
    let mut bench = settled(VALUE);
    bench.writer.interrupted(VALUE, bench.snapshot.now.steady);
    // What was read last is still ours: it is from before.
    assert_eq!(bench.step(&[(VALUE, 20.0)]), []);
    set_by_hand(&mut bench, VALUE, 15.0);
    assert!(minutes(&mut bench, VALUE, 2) > 0);
    assert_eq!(bench.plant.values[VALUE.index()], 20.0);
    // Nor after readings that failed, or grew stale.
    minutes(&mut bench, VALUE, 1);
    bench.snapshot.readings[VALUE.index()].quality = Quality::Stale;
    bench.step(&[(VALUE, 20.0)]);
    set_by_hand(&mut bench, VALUE, 15.0);
    assert!(minutes(&mut bench, VALUE, 2) > 0);
    assert!(!bench.told().iter().any(|event| matches!(event, Event::Yielded { .. })));
}

#[test]
fn a_device_that_rounds_or_ramps_is_no_person() {
    let mut bench = Bench::new();
    bench.cycle(&[(VALUE, 20.04)], Fate::Fine);
    set_by_hand(&mut bench, VALUE, 20.0);
    assert_eq!(minutes_of(&mut bench, 20.04, 5), 0);
    // It echoes the new value when it is written, then creeps there.
    bench.cycle(&[(VALUE, 40.0)], Fate::Fine);
    for present in [22.0, 27.0, 32.0, 37.0, 40.0] {
        set_by_hand(&mut bench, VALUE, present);
        assert_eq!(bench.cycle(&[(VALUE, 40.0)], Fate::Fine), [], "at {present}");
    }
    assert!(!bench.told().iter().any(|event| matches!(event, Event::Yielded { .. })));
}

fn minutes_of(bench: &mut Bench, value: f64, minutes: u32) -> usize {
    (0..minutes * 6).map(|_| bench.cycle(&[(VALUE, value)], Fate::Fine).len()).sum()
}

#[test]
fn while_the_switch_stands_by_hand_nothing_is_written_and_it_is_told_daily() {
    let mut bench = Bench::new();
    bench.points.get_mut(VALUE).by_hand = Some((COIL, vec![1.0]));
    bench.writer = Writer::new(&bench.points);
    bench.plant.values[COIL.index()] = 0.0;
    bench.read();
    minutes(&mut bench, VALUE, 1);
    bench.told();
    bench.plant.values[COIL.index()] = 1.0;
    bench.read();
    assert_eq!(bench.cycle(&[(VALUE, 30.0)], Fate::Fine), []);
    for _ in 0..49 {
        bench.pass(s(3600));
        bench.read();
        assert_eq!(bench.step(&[(VALUE, 30.0)]), []);
    }
    let by_hand = Event::ByHand { point: VALUE };
    assert_eq!(bench.told(), [by_hand.clone(), by_hand.clone(), by_hand]);
    assert!(bench.writer.standing(VALUE).unwrap().by_hand);
    bench.plant.values[COIL.index()] = 0.0;
    bench.read();
    assert_eq!(bench.cycle(&[(VALUE, 30.0)], Fate::Fine).len(), 1);
}

fn by(level: Level, origin: Origin) -> Decision {
    let demand = Demand::Set(19.0);
    let claim = Claim { point: RESTORE, level, demand, origin: origin.into() };
    Decision { winner: Some(claim), ..decision(RESTORE, Some(19.0)) }
}

#[test]
fn a_later_override_ends_it_and_safety_is_told_to_wait() {
    let mut bench = settled(RESTORE);
    set_by_hand(&mut bench, RESTORE, 23.0);
    bench.cycle(&[(RESTORE, 20.0)], Fate::Fine);
    bench.told();
    let rule = Origin::Rule { rule: "Frost".into(), file: "a".into(), line: 1 };
    for _ in 0..3 {
        let decisions = [by(Level::Safety, rule.clone())];
        let step = bench.writer.step(&decisions, &bench.snapshot, &|_| None);
        assert_eq!(step.actions, []);
        bench.hear(step.events);
    }
    let waits = Event::SafetyWaits { point: RESTORE, target: 19.0, found: 23.0 };
    assert!(waits.is_alarm());
    assert_eq!(bench.told(), [waits]);
    let operator = Origin::Operator { user: "meier".into(), why: "Elternabend".into() };
    let decisions = [by(Level::Manual, operator)];
    let step = bench.writer.step(&decisions, &bench.snapshot, &|_| None);
    assert!(matches!(&step.actions[..], [Action::Write(command)] if command.value == 19.0));
}

#[test]
fn an_override_that_stood_before_ends_nothing_after_a_restart() {
    let mut bench = settled(RESTORE);
    set_by_hand(&mut bench, RESTORE, 23.0);
    let operator = Origin::Operator { user: "meier".into(), why: "Elternabend".into() };
    let decisions = [by(Level::Manual, operator)];
    let step = |bench: &mut Bench| {
        let step = bench.writer.step(&decisions, &bench.snapshot, &|_| None);
        bench.hear(step.events);
        step.actions
    };
    assert_eq!(step(&mut bench), []);
    bench.writer = Writer::new(&bench.points);
    for left in bench.journal.clone().into_values() {
        assert_eq!(bench.writer.adopt(left), []);
    }
    assert_eq!((step(&mut bench), step(&mut bench)), (vec![], vec![]));
    assert!(!bench.told().contains(&Event::TakesAgain { point: RESTORE }));
}

#[test]
fn a_higher_slot_is_somebody_elses_way_to_say_it() {
    let mut bench = settled(SLOT);
    bench.snapshot.readings[SLOT.index()] =
        Reading { value: 25.0, quality: Quality::Good, at: bench.now };
    bench.step(&[(SLOT, 20.0)]);
    assert_eq!(bench.writer.standing(SLOT).unwrap().yielded, None);
}
