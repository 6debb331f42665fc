//! Files that are missing, torn or changed; a catalogue that is gone; readers
//! beside a merge.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use hauswart::history::{
    Archive, Catalogue, Event, FileKind, HOUR_MS, HistoryError, Query, Retention, Rollup, Sample,
    Shelf,
};

use crate::rig::{EVER, Rig, at, filled, good};

fn files(rig: &Rig, kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(rig.folder().join(kind)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The catalogue is made anew from the files alone, and is as it was.
#[test]
fn a_catalogue_that_is_gone_or_torn_is_made_anew() {
    let data = tempfile::tempdir().unwrap();
    let rig = filled(data.path(), 6, 60);
    let before = rig.archive.catalogue().files.clone();
    let path = rig.folder().join("catalogue.json");
    fs::remove_file(&path).unwrap();
    let rig = rig.reopen();
    assert_eq!(rig.archive.catalogue().files, before);
    rig.check();
    let text = fs::read(&path).unwrap();
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    let (archive, faults) = Archive::open(&rig.folder()).unwrap();
    assert_eq!(archive.catalogue().files, before);
    assert!(matches!(faults[..], [HistoryError::Damaged { .. }]), "{faults:?}");
}

/// What a killed process left: a file in the making, a merged day whose hours
/// were not removed, a day that the catalogue does not know yet.
#[test]
fn what_a_kill_left_half_done_is_tidied_up() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), 3);
    let day = at("2026-03-01T00:00:00Z");
    for hour in 0..24 {
        let at_ms = day + hour * HOUR_MS;
        rig.append(&[(0, good(at_ms, 1.0)), (2, good(at_ms + 1000, 2.0))], at_ms);
        rig.seal(at_ms, true);
    }
    rig.seal(day + 24 * HOUR_MS, true);
    let aside = tempfile::tempdir().unwrap();
    for file in files(&rig, "raw") {
        fs::copy(&file, aside.path().join(file.file_name().unwrap())).unwrap();
    }
    let catalogue = fs::read(rig.folder().join("catalogue.json")).unwrap();
    rig.merge(day + 24 * HOUR_MS);
    assert_eq!(files(&rig, "raw").len(), 1);
    for hour in fs::read_dir(aside.path()).unwrap() {
        let hour = hour.unwrap();
        fs::copy(hour.path(), rig.folder().join("raw").join(hour.file_name())).unwrap();
    }
    fs::write(rig.folder().join("catalogue.json"), catalogue).unwrap();
    fs::write(rig.folder().join("new/raw.half.parquet"), "half").unwrap();
    let rig = rig.reopen();
    rig.check();
    assert_eq!(files(&rig, "raw").len(), 1, "the day alone");
    assert_eq!(files(&rig, "new").len(), 0);
}

#[test]
fn a_torn_a_changed_and_a_missing_file_are_told_and_the_others_read() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), 3);
    let day = at("2026-03-01T00:00:00Z");
    for hour in 0..4 {
        let samples: Vec<_> =
            (0..3600).map(|s| (0, good(day + hour * HOUR_MS + s * 1000, s as f64))).collect();
        rig.append(&samples, day);
    }
    rig.seal(day + 4 * HOUR_MS, true);
    let hours = files(&rig, "raw");
    let whole = |rig: &Rig| {
        let shelf = Shelf::open(&rig.folder()).unwrap();
        let mut whole = 0;
        let mut faults = Vec::new();
        shelf.verify(|_, outcome| match outcome {
            Ok(()) => whole += 1,
            Err(fault) => faults.push(fault),
        });
        (whole, faults)
    };
    assert_eq!(whole(&rig).0, 4);

    let bytes = fs::read(&hours[0]).unwrap();
    fs::write(&hours[0], &bytes[..bytes.len() / 2]).unwrap();
    let mut bytes = fs::read(&hours[1]).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle..middle + 40].fill(0x55);
    fs::write(&hours[1], bytes).unwrap();
    fs::remove_file(&hours[2]).unwrap();
    let (sound, faults) = whole(&rig);
    assert_eq!((sound, faults.len()), (1, 3), "{faults:?}");

    let mut shelf = Shelf::open(&rig.folder()).unwrap();
    let mut seen = 0;
    let query = Query { points: None, span: EVER, columns: None };
    let read = shelf.read(&query, |_, rows: &[Sample]| {
        seen += rows.iter().filter(|row| row.at_ms >= day + 3 * HOUR_MS).count();
        Ok::<_, ()>(())
    });
    read.unwrap();
    assert_eq!(seen, 3600, "what is whole is read");
    assert!(shelf.faults.len() >= 2, "{:?}", shelf.faults);

    // Merging leaves the damaged ones as they are.
    let faults = rig.archive.merge(day + 48 * HOUR_MS, &Default::default()).unwrap();
    assert!(!faults.is_empty());
    assert!(hours[0].exists() && hours[1].exists());
    let (_, faults) = Archive::open(&rig.folder()).unwrap();
    assert!(faults.iter().any(|it| matches!(it, HistoryError::Missing { .. })), "{faults:?}");
}

/// Files of several kinds may have the same name: what is wrong with one is not said of
/// another, and none is read in place of another.
#[test]
fn damaged_samples_take_no_quarter_hours_along() {
    let data = tempfile::tempdir().unwrap();
    let rig = filled(data.path(), 6, 60);
    let names = |kind| -> Vec<_> {
        files(&rig, kind).iter().map(|path| path.file_name().unwrap().to_owned()).collect()
    };
    let rollups = names("rollup");
    let days = files(&rig, "raw");
    assert!(names("raw").iter().any(|name| rollups.contains(name)), "or this shows nothing");
    for day in &days {
        fs::write(day, "half").unwrap();
    }
    let mut shelf = Shelf::open(&rig.folder()).unwrap();
    let rows = |shelf: &mut Shelf| {
        let query = Query { points: None, span: EVER, columns: None };
        let (mut samples, mut quarters) = (0, 0);
        let _ = shelf.read(&query, |_, rows: &[Sample]| {
            samples += rows.len();
            Ok::<_, ()>(())
        });
        let _ = shelf.read(&query, |_, rows: &[Rollup]| {
            quarters += rows.len();
            Ok::<_, ()>(())
        });
        let _ = shelf.read(&query, |_, _: &[Event]| Ok::<_, ()>(()));
        (samples, quarters)
    };
    let (samples, quarters) = rows(&mut shelf);
    assert_eq!(samples, 0);
    assert!(quarters > 0);
    assert_eq!(rows(&mut shelf), (0, quarters), "also when read again");
    assert_eq!(shelf.faults.len(), days.len(), "{:?}", shelf.faults);
}

#[test]
fn a_newer_history_is_refused_and_left_alone() {
    let data = tempfile::tempdir().unwrap();
    let rig = filled(data.path(), 2, 600);
    let path = rig.folder().join("catalogue.json");
    let text = fs::read_to_string(&path).unwrap().replacen("\"format\":1", "\"format\":2", 1);
    fs::write(&path, &text).unwrap();
    let refused = Archive::open(&rig.folder()).unwrap_err();
    assert!(matches!(refused, HistoryError::Newer { found: 2, .. }), "{refused}");
    assert!(Shelf::open(&rig.folder()).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn samples_go_when_they_are_old_and_quarter_hours_stay() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = filled(data.path(), 2, 600);
    let keep = Retention { raw_days: Some(1), ..Retention::default() };
    let removed = rig.archive.expire(at("2026-03-03T00:00:00Z"), &keep).unwrap();
    assert_eq!(removed, 1);
    let catalogue = Catalogue::read(&rig.folder()).unwrap();
    let first = |kind| {
        let files = catalogue.files.iter().filter(|it| it.facts.kind == kind);
        files.map(|it| it.facts.from_ms).min().unwrap()
    };
    assert_eq!(first(FileKind::Raw), at("2026-03-02T00:00:00Z"));
    assert_eq!(first(FileKind::Rollup), at("2026-03-01T00:00:00Z"));
    assert_eq!(rig.archive.expire(at("2036-03-03T00:00:00Z"), &Retention::default()).unwrap(), 3);
}

/// Readers beside a writer that seals and merges all the time never miss
/// anything, and see nothing twice.
#[test]
fn a_reader_never_sees_half_a_swap() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), 4);
    let day = at("2026-03-01T00:00:00Z");
    let before = day - HOUR_MS;
    rig.append(&[(0, good(before, 1.0)), (3, good(before + 1, 2.0))], before);
    rig.seal(day, true);
    let folder = rig.folder();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let (mut rounds, mut most) = (0, 0);
            while !done.load(Ordering::Relaxed) {
                let mut shelf = Shelf::open(&folder).unwrap();
                let mut seen = 0;
                let query = Query { points: None, span: EVER, columns: None };
                let read = shelf.read(&query, |_, rows: &[Sample]| {
                    seen += rows.len();
                    Ok::<_, ()>(())
                });
                read.unwrap();
                assert!(shelf.faults.is_empty(), "{:?}", shelf.faults);
                assert!(seen >= most && seen >= 2, "{seen} after {most}");
                most = seen;
                rounds += 1;
            }
            (rounds, most)
        });
        for hour in 0..24 * 3 {
            let from = day + hour * HOUR_MS;
            let samples: Vec<_> = (0..4).map(|place| (place, good(from, 1.0))).collect();
            rig.append(&samples, from);
            rig.seal(from + HOUR_MS, true);
            rig.merge(from + HOUR_MS);
        }
        done.store(true, Ordering::Relaxed);
        let (rounds, most) = reading.join().unwrap();
        println!("{rounds} readings beside 72 seals");
        assert!(rounds > 5 && most > 2);
    });
    rig.check();
}
