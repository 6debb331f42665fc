//! Any mix of samples, sealed, merged, cut off and opened anew at any moment, reads
//! as a slow model has it.

use std::collections::BTreeSet;

use hauswart::history::{FileKind, HOUR_MS, Query, Rollup, Sample, Span};
use hauswart::model::Quality;
use jiff::ToSpan;
use proptest::prelude::*;

use crate::rig::{Rig, at, event, filled, good};

#[derive(Debug, Clone)]
enum Op {
    /// Samples of a point: place, minutes after the present, values.
    Hear {
        place: u32,
        late_min: i64,
        values: Vec<Option<i32>>,
    },
    Happen,
    /// Time goes on by so many minutes.
    Wait(i64),
    Seal {
        forget: bool,
    },
    Merge,
    Reopen,
}

fn op() -> impl Strategy<Value = Op> {
    let value = proptest::option::weighted(0.9, -500..5000_i32);
    let hear = (0..6_u32, prop_oneof![9 => Just(0_i64), 1 => 1..4000_i64]);
    prop_oneof![
        8 => (hear, prop::collection::vec(value, 1..60))
            .prop_map(|((place, late_min), values)| Op::Hear { place, late_min, values }),
        2 => Just(Op::Happen),
        4 => (1..400_i64).prop_map(Op::Wait),
        2 => (1000..3000_i64).prop_map(Op::Wait),
        3 => any::<bool>().prop_map(|forget| Op::Seal { forget }),
        2 => Just(Op::Merge),
        1 => Just(Op::Reopen),
    ]
}

fn play(ops: Vec<Op>) {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), 6);
    // Near the turn of a year, and of days.
    let mut now = at("2026-12-30T21:17:00Z");
    for op in ops {
        match op {
            Op::Hear { place, late_min, values } => {
                let mut at_ms = now - late_min * 60_000;
                let sample = |value: Option<i32>| {
                    at_ms += 10_000;
                    match value {
                        Some(value) => good(at_ms, f64::from(value) * 0.1),
                        None => Sample::gap(at_ms, Quality::Stale),
                    }
                };
                let samples: Vec<_> =
                    values.into_iter().map(sample).map(|it| (place, it)).collect();
                rig.append(&samples, now);
            }
            Op::Happen => {
                let event = event(now, rig.events);
                rig.append_with(&[], &[event], now);
            }
            Op::Wait(minutes) => now += minutes * 60_000,
            Op::Seal { forget } => rig.seal(now, forget),
            Op::Merge => rig.merge(now),
            Op::Reopen => rig = rig.reopen(),
        }
    }
    rig.check();
    // And once all is sealed and merged.
    now += 100 * 24 * HOUR_MS;
    rig.seal(now, true);
    rig.merge(now);
    rig.check();
    let raw = rig.archive.catalogue().files.iter().filter(|it| it.facts.kind == FileKind::Raw);
    let days: BTreeSet<i64> = raw.clone().map(|file| file.facts.from_ms).collect();
    assert_eq!(days.len(), raw.count(), "one file a day");
    let rig = rig.reopen();
    rig.check();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_mix_reads_as_a_slow_model_has_it(ops in prop::collection::vec(op(), 1..60)) {
        play(ops);
    }
}

/// Local days of 23 and 25 hours have as many quarter hours as they have, and all
/// of their samples.
#[test]
fn days_on_which_the_clock_changes_are_whole() {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    for (date, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)] {
        let data = tempfile::tempdir().unwrap();
        let mut rig = Rig::new(data.path(), 2);
        let day: jiff::civil::Date = date.parse().unwrap();
        let midnight = |day: jiff::civil::Date| {
            let midnight = zone.to_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
            midnight.unwrap().as_millisecond()
        };
        let span = Span { from_ms: midnight(day), until_ms: midnight(day + 1.day()) };
        let begin = span.from_ms - 5 * HOUR_MS;
        for minute in 0..(5 + hours + 30) * 60 {
            let at_ms = begin + minute * 60_000;
            rig.append(&[(1, good(at_ms, 1000.0))], at_ms);
            if minute % 60 == 0 {
                rig.seal(at_ms, true);
            }
        }
        let now = span.until_ms + 30 * HOUR_MS;
        rig.seal(now, true);
        rig.merge(now);
        let mut shelf = rig.shelf();
        let name = rig.series[1].name.clone();
        let samples = shelf.samples(&name, span);
        assert_eq!(samples.len() as i64, hours * 60 + 1, "and the one that holds at midnight");
        let points = BTreeSet::from([name]);
        let query = Query { points: Some(&points), span, columns: Some(&["energy"]) };
        let (mut quarters, mut energy) = (0, 0.0);
        let read = shelf.read(&query, |_, rows: &[Rollup]| {
            quarters += rows.len() as i64;
            energy += rows.iter().filter_map(|row| row.energy).sum::<f64>();
            assert!(rows.iter().all(|row| row.mean.is_none()), "only what was asked for");
            Ok::<_, ()>(())
        });
        read.unwrap();
        assert_eq!(quarters, hours * 4);
        assert_eq!(energy, 1000.0 * 3600.0 * hours as f64);
    }
}

#[test]
fn one_point_is_found_among_many_without_reading_them_all() {
    let data = tempfile::tempdir().unwrap();
    let rig = filled(data.path(), 40, 60);
    rig.check();
    let mut shelf = rig.shelf();
    let span = Span { from_ms: at("2026-03-01T10:00:30Z"), until_ms: at("2026-03-02T01:00:00Z") };
    for series in &rig.series {
        let found = shelf.samples(&series.name, span);
        let first = rig.model.range(..(series.name.clone(), span.from_ms)).next_back().unwrap();
        let from = first.0.1;
        let wanted: Vec<_> = rig
            .model
            .range((series.name.clone(), from)..(series.name.clone(), span.until_ms))
            .map(|((_, at_ms), what)| (*at_ms, *what))
            .collect();
        let found: Vec<_> =
            found.iter().map(|it| (it.at_ms, (it.value.map(f64::to_bits), it.quality))).collect();
        assert_eq!(found, wanted, "{}", series.name);
    }
    assert!(shelf.faults.is_empty());
    let meanings = shelf.meanings(FileKind::Raw, span);
    assert!(rig.series.iter().all(|it| meanings.get(&it.name) == Some(&it.meaning)));
}

/// Late samples of a month whose quarter hours are merged: these follow.
#[test]
fn quarter_hours_follow_what_comes_late() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), 2);
    let day = at("2026-01-15T00:00:00Z");
    rig.append(&[(1, good(day, 100.0)), (1, good(day + HOUR_MS, 100.0))], day);
    let later = at("2026-03-03T00:00:00Z");
    rig.seal(later, true);
    rig.merge(later);
    rig.append(&[(1, good(day + HOUR_MS / 2, 300.0))], later);
    rig.seal(later + HOUR_MS, true);
    rig.merge(later + HOUR_MS);
    rig.check();
    let mut seen = Vec::new();
    let span = Span { from_ms: day, until_ms: day + 2 * HOUR_MS };
    let query = Query { points: None, span, columns: None };
    let read = rig.shelf().read(&query, |_, rows: &[Rollup]| {
        seen.extend(rows.iter().filter_map(|row| row.mean));
        Ok::<_, ()>(())
    });
    read.unwrap();
    assert_eq!(seen, [100.0, 100.0, 300.0, 300.0, 100.0, 100.0, 100.0, 100.0]);
    let rollups =
        rig.archive.catalogue().files.iter().filter(|it| it.facts.kind == FileKind::Rollup);
    assert_eq!(rollups.count(), 1, "one file a month");
}
