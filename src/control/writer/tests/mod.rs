//! The writer against a plant of a few points, case by case; then, in
//! [`property`], any sequence of targets, faults, silences and crashes.

mod bench;
mod closed;
mod people;
mod property;
mod sparing;

use bench::*;
use jiff::tz::TimeZone;

use super::channel::Stage;
use super::*;
use crate::control::event::What;
use crate::model::{Language, Quality, Release};

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
        alarms[0].words(Language::De, &bench.points, &TimeZone::UTC),
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
fn a_restarted_device_gets_its_slot_back() {
    let mut bench = Bench::new();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    bench.plant.slot = None;
    bench.read();
    let asked = [Action::Commander { point: SLOT, ours: 20.0 }];
    assert_eq!(bench.cycle(&[(SLOT, 20.0)], Fate::Fine), asked);
    assert_eq!(bench.cycle(&[(SLOT, 20.0)], Fate::Fine).len(), 1);
    assert_eq!(bench.plant.slot, Some(20.0));
    assert!(bench.told().contains(&Event::Differs { point: SLOT, ours: 20.0, found: 19.0 }));
}

#[test]
fn a_higher_slot_is_respected_and_told_by_its_number() {
    let mut bench = Bench::new();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    bench.told();
    bench.plant.above = Some((5, 25.0));
    bench.read();
    let mut actions = Vec::new();
    for _ in 0..360 {
        actions.extend(bench.cycle(&[(SLOT, 20.0)], Fate::Fine));
    }
    let asked = Action::Commander { point: SLOT, ours: 20.0 };
    assert!(actions.len() < 10 && actions.iter().all(|action| *action == asked), "{actions:?}");
    let told = bench.told();
    let above = Some((5, 25.0));
    assert_eq!(told, [Event::Overruled { point: SLOT, ours: 20.0, found: 25.0, above }]);
    assert_eq!(
        told[0].words(Language::En, &bench.points, &TimeZone::UTC),
        "Haus.Kessel.slot: slot 5 holds 25 °C (critical equipment control, such as frost); our \
         20 °C waits"
    );
    let standing = bench.writer.standing(SLOT).unwrap();
    assert!(standing.overruled && standing.above == above);
    // Somebody else, higher still; asked at once, for it reads another value.
    bench.plant.above = Some((1, 5.0));
    bench.read();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    assert!(matches!(bench.told()[..], [Event::Overruled { above: Some((1, 5.0)), .. }]));
    bench.plant.above = None;
    bench.read();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    assert_eq!(bench.told(), [Event::NoLongerOverruled { point: SLOT }]);
    assert_eq!(bench.writer.standing(SLOT).unwrap().above, None);
}

#[test]
fn our_slot_is_written_again_beneath_a_higher_one_that_emptied_it() {
    let mut bench = Bench::new();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    bench.plant.above = Some((8, 25.0));
    bench.plant.slot = None;
    bench.read();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    assert_eq!(bench.plant.slot, Some(20.0));
    bench.told();
    for _ in 0..3 {
        bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    }
    assert!(matches!(bench.told()[..], [Event::Overruled { above: Some((8, 25.0)), .. }]));
}

#[test]
fn where_the_array_cannot_be_read_it_is_written_ever_more_rarely_and_told_without_a_slot() {
    let mut bench = Bench::new();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    bench.told();
    bench.plant.above = Some((8, 25.0));
    bench.read();
    let mut writes = 0;
    for _ in 0..360 {
        for action in bench.step(&[(SLOT, 20.0)]) {
            let fate = if action.writes() { Fate::Fine } else { Fate::Lost };
            writes += usize::from(action.writes());
            let done = bench.plant.carry_out(&action, fate);
            bench.answer(&action, done);
        }
        bench.pass(s(10));
        bench.read();
    }
    assert!((1..10).contains(&writes), "{writes}");
    let told = bench.told();
    assert!(told.iter().all(|event| !event.is_alarm()), "{told:?}");
    let overruled = |event: &&Event| matches!(event, Event::Overruled { above: None, .. });
    assert_eq!(told.iter().filter(overruled).count(), 1, "{told:?}");
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
        told[0].words(Language::En, &bench.points, &TimeZone::UTC),
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
fn what_is_left_waits_for_claims_to_come() {
    let mut bench = Bench::new();
    bench.cycle(&[(SLOT, 20.0), (RESTORE, 20.0)], Fate::Fine);
    bench.writer = Writer::new(&bench.points);
    bench.writer.claims_to_come(true);
    for left in bench.journal.clone().into_values() {
        assert_eq!(bench.writer.adopt(left), []);
    }
    assert_eq!(bench.cycle(&[], Fate::Fine), []);
    assert_eq!(bench.cycle(&[(SLOT, 20.0)], Fate::Fine).len(), 1);
    assert_eq!(bench.journal[&RESTORE].taken_over, Some(21.0));
    bench.writer.claims_to_come(false);
    let release = Action::ReleaseWrite { point: RESTORE, value: 21.0, of: RESTORE };
    assert_eq!(bench.cycle(&[(SLOT, 20.0)], Fate::Fine), [release]);
    assert_eq!(bench.stage(SLOT), Stage::Confirmed);
}

#[test]
fn a_record_adopted_late_still_says_what_stood_there_first() {
    let mut bench = Bench::new();
    bench.cycle(&[(RESTORE, 20.0), (SLOT, 20.0)], Fate::Fine);
    let left = bench.journal.clone();
    bench.writer = Writer::new(&bench.points);
    // Claimed before it is adopted: what it reads is its own value.
    bench.cycle(&[(RESTORE, 18.0)], Fate::Fine);
    assert_eq!(bench.journal[&RESTORE].taken_over, Some(20.0));
    for left in left.into_values() {
        assert_eq!(bench.writer.adopt(left), []);
    }
    bench.cycle(&[], Fate::Fine);
    assert_eq!(bench.plant.values[RESTORE.index()], 21.0);
    assert_eq!(bench.plant.slot, None);
}

#[test]
fn what_cannot_be_let_go_from_here_is_told_by_name() {
    let mut bench = Bench::new();
    bench.cycle(&[(SLOT, 20.0)], Fate::Fine);
    let left = Commanded { release: Release::Slot(12), ..bench.journal[&SLOT].clone() };
    let mut writer = Writer::new(&bench.points);
    let told = writer.adopt(left);
    assert_eq!(told, [Event::CannotRelease { point: SLOT, value: 20.0, slot: Some(12) }]);
    assert!(
        told[0]
            .words(Language::De, &bench.points, &TimeZone::UTC)
            .contains("20 °C in Priorität 12")
    );
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
    let asked = bench.writer.step(&keep, &bench.snapshot, &|_| None).actions;
    assert_eq!(asked, [Action::Base { point: SLOT }]);
    assert_eq!(bench.writer.step(&keep, &bench.snapshot, &|_| None).actions, []);
    bench.answer(&asked[0], Done::Base(Some(19.0)));
    assert_eq!(bench.writer.base(SLOT, &bench.snapshot), Base::Known(19.0));
    bench.pass(s(30));
    assert_eq!(bench.writer.step(&keep, &bench.snapshot, &|_| None).actions, []);
    bench.pass(s(30));
    let again = bench.writer.step(&keep, &bench.snapshot, &|_| None).actions;
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
