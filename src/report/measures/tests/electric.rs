//! Electricity at night, starts, and the figures of operation and comfort.

use super::super::{Air, What};
use super::*;
use crate::history::Rollup;

#[test]
fn nights_that_use_as_much_as_days() {
    let mut bench = Bench::new(date(2026, 1, 1), 31, |_| 0.0);
    bench.meter("Strom", |at| Some(if opened(at) { 10_000.0 } else { 5_000.0 }));
    let found = bench.find();
    assert_eq!(codes(&found), ["night-load"]);
    let What::NightLoad { rest_w, occupied_w, .. } = found.measures[0].what else { panic!() };
    assert_eq!((rest_w, occupied_w), (5_000.0, 10_000.0));
    // 3 kW above the target in 70 % of the hours.
    let saving = found.measures[0].saving.unwrap().a_year;
    assert!((saving - 3.0 * 0.71 * 8766.0).abs() < 500.0, "{saving}");

    bench.meter("Strom", |at| Some(if opened(at) { 10_000.0 } else { 2_500.0 }));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.meter("Strom", |at| {
        Some(if opened(at) { 10_000.0 } else { 5_000.0 }).filter(|_| at.day() < 20)
    });
    assert_eq!(codes(&bench.find()), [""; 0], "too little is known");
}

#[test]
fn a_building_that_feeds_in_is_not_judged_by_what_it_draws() {
    let mut bench = Bench::new(date(2026, 1, 1), 31, |_| 0.0);
    bench.meter("Strom", |at| Some(if opened(at) { 10_000.0 } else { 5_000.0 }));
    bench.meter("Einspeisung", |_| Some(0.0));
    assert_eq!(codes(&bench.find()), ["night-load"], "nothing is fed in");
    bench.meter("Einspeisung", |at| Some(if opened(at) { 3_000.0 } else { 0.0 }));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.meter("Einspeisung", |_| None);
    assert_eq!(codes(&bench.find()), [""; 0], "unknown");
    bench.occupied = |_| None;
    bench.meter("Einspeisung", |_| Some(0.0));
    assert_eq!(codes(&bench.find()), [""; 0], "nobody knows when it is occupied");
}

/// On for `mean` of the quarter hour, with so many samples, off at its end.
fn burst(mean: f64, count: i64) -> Option<Rollup> {
    Some(Rollup { mean: Some(mean), max: Some(1.0), count, ..steady(0.0)? })
}

#[test]
fn a_burner_that_starts_all_the_time() {
    let mut bench = Bench::new(date(2026, 1, 1), 20, |_| 0.0);
    bench.point("RLT.Brenner", |_| burst(0.4, 4));
    let found = bench.find();
    assert_eq!(codes(&found), ["short-cycling"]);
    let operation = found.operation.iter().find(|it| it.point == "Schule.RLT.Brenner").unwrap();
    let quarters = 20 * 96;
    // Four samples, off at both ends: on, off, on, off. Certain is one of the starts;
    // in the first quarter hour nobody knows what was before.
    assert_eq!((operation.starts, operation.certain_starts), (2 * (quarters - 1), quarters - 1));
    assert!(operation.at_least);
    assert!((operation.hours - 0.4 * 480.0).abs() < 1e-3);
    assert_eq!((operation.known_h, operation.coverage()), (480.0, 1.0));

    // Each run 12 min and more; and a week's service with many starts.
    bench.point("RLT.Brenner", |_| burst(0.85, 2));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("RLT.Brenner", |at| if at.day() < 2 { burst(0.4, 4) } else { steady(0.0) });
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("RLT.Brenner", |at| burst(0.4, 4).filter(|_| at.day() < 8));
    assert_eq!(codes(&bench.find()), [""; 0], "a third is known");
}

#[test]
fn starts_across_gaps_and_of_each_reading_are_certain_or_not_counted() {
    let mut bench = Bench::new(date(2026, 1, 1), 1, |_| 0.0);
    let operation = |bench: &Bench| bench.find().operation.pop().unwrap();
    // On from 6 to 8 and from 12 to 13; nothing is heard from 10 to 11.
    bench.point("RLT.Brenner", |at| match at.hour() {
        6 | 7 | 12 => steady(1.0),
        10 => None,
        _ => steady(0.0),
    });
    let seen = operation(&bench);
    assert_eq!((seen.hours, seen.starts, seen.known_h, seen.at_least), (3.0, 2, 23.0, false));
    assert_eq!(seen.unoccupied_h, 1.0, "from 6 to 7");
    // Each minute's reading: how often it changed is not told by how many there are.
    bench.point("RLT.Brenner", |at| if at.hour() == 6 { burst(0.5, 15) } else { steady(0.0) });
    let seen = operation(&bench);
    assert_eq!((seen.starts, seen.at_least), (4, true));
}

#[test]
fn a_days_comfort_of_which_an_hour_is_missing() {
    let mut bench = Bench::new(date(2026, 1, 5), 1, |_| 0.0);
    bench.point("HK1.Raum", |at| match at.hour() {
        7 => steady(18.5),
        8 => None,
        12 => steady(26.5),
        _ => steady(21.0),
    });
    bench.point("RLT.CO2", |at| steady(if at.hour() == 9 { 2100.0 } else { 900.0 }));
    let found = bench.find();
    let of = |air: Air| found.comfort.iter().filter(move |it| it.air == air);
    let room = of(Air::Temperature).next().unwrap();
    assert_eq!((room.hours, room.occupied_h), ([1.0, 7.0, 1.0], 10.0));
    assert_eq!((room.coverage(), room.range), (Some(0.9), Some((18.5, 26.5))));
    assert_eq!(of(Air::Co2).next().unwrap().hours, [9.0, 0.0, 1.0]);
    let unheard = of(Air::Temperature).nth(1).unwrap();
    assert_eq!((unheard.known_h(), unheard.coverage()), (0.0, Some(0.0)));

    bench.occupied = |at| (at.hour() < 12).then_some(opened(at));
    let found = bench.find();
    let room = &found.comfort[0];
    assert_eq!((room.known_h(), room.occupied_h, room.unclear_h), (4.0, 5.0, 12.0));
    bench.occupied = |_| Some(false);
    assert_eq!(bench.find().comfort[0].coverage(), None);
}

#[test]
fn the_days_of_clock_changes_have_23_and_25_hours() {
    for (day, hours) in [(date(2026, 3, 29), 23.0), (date(2026, 10, 25), 25.0)] {
        let mut bench = Bench::new(day, 1, |_| 10.0);
        bench.occupied = |_| Some(true);
        bench.point("HK1.Raum", |_| steady(21.0)).point("HK1.Pumpe", |_| steady(1.0));
        let found = bench.find();
        assert_eq!(found.comfort[0].hours, [0.0, hours, 0.0]);
        assert_eq!(found.operation[0].hours, hours);
    }
}
