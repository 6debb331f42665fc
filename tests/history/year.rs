//! The simulated year's history: the same again for the same seed, whole, and such
//! as a building has it.

use std::collections::BTreeMap;
use std::path::Path;

use hauswart::engine::recall::recall;
use hauswart::engine::simulation::{self, Order, Recorded};
use hauswart::history::{Event, EventKind, FileKind, Name, Query, Rollup, Sample, Shelf, Span};
use hauswart::model::Quality;
use hauswart::model::diagnostic::Source;
use hauswart::rules::{self, Program};
use hauswart::site::{self, Site};
use jiff::Timestamp;

use super::rounds;

const DAY_MS: i64 = 86_400_000;

pub fn demo() -> (Site, Program) {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/demo").join(name);
        Source { file: name.into(), text: std::fs::read_to_string(path).unwrap().into() }
    };
    let site = site::load(&read("site.toml"), Path::new("/nowhere"), &[]).site.unwrap();
    let program = rules::compile(&[read("rathaus.rules")], &site).program.unwrap();
    (site, program)
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn simulate(folder: &Path, from: &str, days: i64, seed: u64) -> Recorded {
    let (site, program) = demo();
    let from = at(from);
    let until = from + jiff::SignedDuration::from_hours(24 * days);
    let ruled_from = from;
    let order = Order { site: &site, program, texts: Some(7), from, ruled_from, until, seed };
    simulation::record(order, folder, |_| true).unwrap()
}

type Rows = BTreeMap<Name, Vec<Sample>>;

fn samples(folder: &Path) -> (Rows, Vec<(Name, Event)>) {
    let mut shelf = Shelf::open(folder).unwrap();
    let everything = Span { from_ms: 0, until_ms: i64::MAX };
    let query = Query { points: None, span: everything, columns: None };
    let (mut rows, mut events) = (Rows::new(), Vec::new());
    shelf
        .read::<Sample, ()>(&query, |point, some| {
            rows.entry(point.clone()).or_default().extend_from_slice(some);
            Ok(())
        })
        .unwrap();
    shelf
        .read::<Event, ()>(&query, |point, some| {
            events.extend(some.iter().map(|event| (point.clone(), event.clone())));
            Ok(())
        })
        .unwrap();
    shelf.verify(|entry, whole| whole.unwrap_or_else(|error| panic!("{}: {error}", entry.name)));
    assert!(shelf.faults.is_empty(), "{:?}", shelf.faults);
    (rows, events)
}

#[test]
fn the_same_seed_gives_the_same_history_and_another_another() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    // Over the end of a month, so that days are merged.
    for (folder, seed) in folders.iter().zip([1, 1, 2]) {
        let recorded = simulate(folder.path(), "2025-03-30T22:00:00Z", 2, seed);
        assert!(recorded.samples > 10_000 && recorded.events > 10, "{recorded:?}");
    }
    let [one, again, other] = folders.each_ref().map(|folder| samples(folder.path()));
    assert_eq!(one, again);
    assert_ne!(one.0, other.0);
}

#[test]
fn samples_quarter_hours_and_commands_agree() {
    let folder = tempfile::tempdir().unwrap();
    let from = "2025-01-12T23:00:00Z";
    simulate(folder.path(), from, 3, 1);
    let (rows, events) = samples(folder.path());
    let until_ms = at(from).as_millisecond() + 3 * DAY_MS;
    // What is known ends with the simulation, and is known from its beginning.
    for (point, samples) in &rows {
        assert_eq!(samples[0].at_ms, at(from).as_millisecond(), "{point}");
        let end = samples.last().unwrap();
        assert_eq!((end.at_ms, end.value, end.quality), (until_ms, None, Quality::NeverRead));
    }
    let rooms = &rows["Rathaus.HK1.Raum"];
    assert!(rooms.iter().filter_map(|it| it.value).all(|room| (14.0..24.0).contains(&room)));

    // The setpoint that was commanded is what the device holds, a step later.
    let commands = events.iter().filter(|(point, event)| {
        **point == *"Rathaus.HK1.Raum_Soll" && event.kind == EventKind::Command
    });
    let commands: Vec<(i64, Option<f64>)> =
        commands.map(|(_, event)| (event.at_ms, event.value)).collect();
    assert!(commands.len() >= 6, "{commands:?}");
    let held = &rows["Rathaus.HK1.Raum_Soll"];
    for (at_ms, value) in &commands {
        let next = held.iter().rev().find(|sample| sample.at_ms <= at_ms + 60_000).unwrap();
        assert_eq!(next.value, *value, "{at_ms}");
    }
    assert!(
        events
            .iter()
            .any(|(_, event)| event.kind == EventKind::Rules && event.by == format!("{:016x}", 7))
    );

    // A quarter hour is the mean of its samples.
    let mut shelf = Shelf::open(folder.path()).unwrap();
    assert_eq!(shelf.reach(FileKind::Rollup).unwrap().length_ms() % DAY_MS, 0);
    let room = std::collections::BTreeSet::from([Name::from("Rathaus.HK1.Raum")]);
    let quarter_ms = at("2025-01-14T05:15:00Z").as_millisecond();
    let span = Span { from_ms: quarter_ms, until_ms: quarter_ms + 900_000 };
    let query = Query { points: Some(&room), span, columns: None };
    let mut found = Vec::new();
    let read = shelf.read::<Rollup, ()>(&query, |_, some| {
        found.extend_from_slice(some);
        Ok(())
    });
    read.unwrap();
    let [quarter] = &found[..] else { panic!("{found:?}") };
    let minutes = (0..15).map(|minute| quarter_ms + minute * 60_000);
    let value = |at_ms| rooms.iter().rev().find(|it| it.at_ms <= at_ms).unwrap().value.unwrap();
    let mean = minutes.map(value).sum::<f64>() / 15.0;
    assert!((quarter.mean.unwrap() - mean).abs() < 1e-9, "{quarter:?} {mean}");
    assert_eq!(quarter.known_s, 900);
}

/// On the first Saturday of February, 18:00 in the town.
fn the_concert_is_recalled(folder: &Path) {
    let (site, _) = demo();
    let mut shelf = Shelf::open(folder).unwrap();
    let hall = site.points.find("Rathaus.HK2.Raum_Soll").unwrap();
    let then = recall(&mut shelf, &site, hall, at("2025-02-01T17:00:00Z"));
    let command = then.command.unwrap();
    assert_eq!(command.shown.as_deref(), Some("22 °C"));
    assert_eq!((&*command.level, &*command.by), ("manual", "hausmeister"));
    assert_eq!(command.since, at("2025-02-01T15:00:00Z"));
    assert!(command.claims.iter().any(|claim| claim.contains("Raumsollwert Saal")));
    assert_eq!(then.reading.unwrap().shown.as_deref(), Some("22 °C"));
    let [concert] = &then.overrides[..] else { panic!("{:?}", then.overrides) };
    assert_eq!((&*concert.why, concert.until), ("Konzert", Some(at("2025-02-01T21:30:00Z"))));
    assert_eq!(then.rules.unwrap().version, format!("{:016x}", 7));

    let after = recall(&mut shelf, &site, hall, at("2025-02-01T22:00:00Z"));
    assert_eq!(after.command.unwrap().by, "Rathaus.Raumsollwert Saal");
    assert_eq!(after.overrides, []);
    let before = recall(&mut shelf, &site, hall, at("2025-01-20T12:00:00Z"));
    assert!(before.is_empty() && before.rules.is_none());
    assert_eq!(before.reach.unwrap().0, at("2025-01-31T00:00:00Z"));
}

/// Sensors fail, filters get dirty, somebody overrides: a quarter has it all.
#[test]
fn what_goes_wrong_is_recorded_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let days = rounds(20, 365);
    simulate(folder.path(), "2025-01-31T23:00:00Z", days.into(), 1);
    let (rows, events) = samples(folder.path());
    let gaps = rows.values().flatten().filter(|sample| sample.quality == Quality::Faulty);
    let broken = gaps.count();
    let overrides = events.iter().filter(|(_, event)| event.kind == EventKind::Override).count();
    let manual = events.iter().filter(|(_, event)| event.level == "manual").count();
    assert!(overrides >= 2 && manual >= 1, "{overrides} {manual}");
    the_concert_is_recalled(folder.path());
    if days > 300 {
        assert!(broken > 4, "{broken}");
        let filter = "Filter der Lüftung wechseln";
        assert!(events.iter().any(|(_, event)| event.text == filter));
        // A heating season has starts in its summer: circuits rest.
        assert!(events.iter().any(|(point, event)| event.value.is_none()
            && event.kind == EventKind::Command
            && **point == *"Rathaus.Kessel.RK1_Betriebsart"));
    }
}
