//! Out of service: let go of, not commanded whatever is asked, and commanded
//! again by itself.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::bench::*;
use crate::control::event::Event;
use crate::control::writer::Writer;
use crate::control::writer::channel::Stage;
use crate::model::{Language, OutOfService};

/// Closed from a minute on, for ten minutes.
fn bench() -> Bench {
    let mut bench = Bench::new();
    let after = |seconds| bench.now.wall + SignedDuration::from_secs(seconds);
    let closed = OutOfService {
        begins: after(60),
        ends: after(660),
        until: date(2026, 3, 31),
        by: "K. Meier".into(),
        why: "entleert".into(),
    };
    for point in [SLOT, RESTORE] {
        let command = bench.points.get_mut(point).command.as_mut().unwrap();
        command.out_of_service = Some(Arc::new(closed.clone()));
        command.floor = Some(30.0);
    }
    bench.writer = Writer::new(&bench.points);
    bench
}

const ALL: [(crate::model::PointId, f64); 3] = [(SLOT, 31.0), (RESTORE, 31.0), (VALUE, 31.0)];

#[test]
fn what_is_out_of_service_is_let_go_of_and_taken_up_again_at_its_end() {
    let mut bench = bench();
    bench.cycle(&ALL, Fate::Fine);
    assert_eq!(bench.plant.values[RESTORE.index()], 31.0);
    bench.told();
    let mut stood = Vec::new();
    for _ in 0..80 {
        bench.cycle(&ALL, Fate::Fine);
        stood.push((bench.plant.slot, bench.plant.values[RESTORE.index()]));
        assert_eq!(bench.stage(VALUE), Stage::Confirmed, "its neighbour goes on");
    }
    assert_eq!(stood.iter().filter(|stood| **stood == (None, 21.0)).count(), 60);
    assert_eq!(stood.last(), Some(&(Some(31.0), 31.0)));
    let told = bench.told();
    let words: Vec<String> = told
        .iter()
        .filter(|event| event.point() == SLOT)
        .map(|event| event.words(Language::De, &bench.points, &TimeZone::UTC))
        .collect();
    assert_eq!(
        words,
        [
            "Haus.Kessel.slot: außer Betrieb bis 31.03.2026: freigegeben, wird nicht gestellt",
            "Haus.Kessel.slot: freigegeben",
            "Haus.Kessel.slot: wieder in Betrieb",
            "Haus.Kessel.slot: 31 °C wird geschrieben",
            "Haus.Kessel.slot: steht auf 31 °C",
        ]
    );
}

#[test]
fn what_a_former_run_left_in_it_is_let_go_of_at_once() {
    let mut bench = bench();
    bench.cycle(&ALL, Fate::Fine);
    bench.pass(s(60));
    bench.writer = Writer::new(&bench.points);
    for left in bench.journal.clone().into_values() {
        assert_eq!(bench.writer.adopt(left), []);
    }
    bench.writer.claims_to_come(true);
    bench.cycle(&[], Fate::Fine);
    assert_eq!((bench.plant.slot, bench.plant.values[RESTORE.index()]), (None, 21.0));
    assert_eq!(bench.plant.values[VALUE.index()], 31.0, "this one may be claimed yet");
    let closed = |event: &&Event| matches!(event, Event::OutOfService { .. });
    assert_eq!(bench.told().iter().filter(closed).count(), 2);
}

/// A PC whose battery is empty starts in 1970: whether a closure has begun it
/// cannot know, only that this one is not over.
#[test]
fn while_the_clock_is_lost_what_may_be_drained_is_left_alone() {
    let mut bench = bench();
    bench.writer.time_is_at_least(Some(bench.now.wall));
    bench.cycle(&ALL, Fate::Fine);
    assert_eq!((bench.plant.slot, bench.plant.values[RESTORE.index()]), (None, 21.0));
    assert_eq!(bench.stage(VALUE), Stage::Confirmed);
    bench.writer.time_is_at_least(None);
    bench.cycle(&ALL, Fate::Fine);
    assert_eq!((bench.plant.slot, bench.plant.values[RESTORE.index()]), (Some(31.0), 31.0));
}
