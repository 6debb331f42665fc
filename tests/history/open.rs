//! The files of the open hours: when they go, what spoils them, what goes on after
//! a failure.

use std::fs;
use std::path::PathBuf;

use hauswart::history::{HOUR_MS, HistoryError, OpenHours};

use crate::rig::{Rig, at, event, good};

const POINTS: usize = 3;

fn begin() -> i64 {
    at("2026-03-01T09:00:00Z")
}

fn files(rig: &Rig) -> Vec<PathBuf> {
    let entries = fs::read_dir(rig.folder().join("open")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A batch of one sample a point, and an event.
fn hear(rig: &mut Rig, at_ms: i64) {
    let samples: Vec<_> = (0..POINTS as u32).map(|it| (it, good(at_ms, f64::from(it)))).collect();
    rig.append_with(&samples, &[event(at_ms, 0)], at_ms + 30_000);
}

#[test]
fn a_file_goes_with_its_last_hour_and_the_last_file_stays() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), POINTS);
    for hour in 0..3 {
        for minute in 0..4 {
            hear(&mut rig, begin() + hour * HOUR_MS + minute * 60_000);
        }
    }
    assert_eq!(files(&rig).len(), 3, "one an hour");
    rig.check();
    // Sealed, but killed before anything was forgotten: it is not sealed twice.
    rig.seal(begin() + 2 * HOUR_MS, false);
    let mut rig = rig.reopen();
    rig.check();
    rig.seal(begin() + 3 * HOUR_MS, true);
    assert_eq!(files(&rig).len(), 1);
    let sealed = rig.archive.catalogue().files.len();
    let mut rig = rig.reopen();
    rig.seal(begin() + 3 * HOUR_MS, true);
    assert_eq!(rig.archive.catalogue().files.len(), sealed);
    // Names are in each file anew.
    hear(&mut rig, begin() + 3 * HOUR_MS);
    rig.reopen().check();
}

#[test]
fn a_last_file_that_a_power_cut_left_empty_does_not_cost_the_mark() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), POINTS);
    hear(&mut rig, begin());
    fs::write(rig.folder().join("open/000000000099.frames"), "").unwrap();
    let mut rig = rig.reopen();
    rig.seal(begin() + HOUR_MS, true);
    let open = OpenHours::open(&rig.folder()).unwrap();
    assert_eq!(open.mark.map(|mark| mark.until_ms), Some(begin() + 30_000));
    // Numbers go on: what comes now is not taken for sealed.
    let mut rig = rig.reopen();
    hear(&mut rig, begin() + 60_000);
    rig.seal(begin() + HOUR_MS, true);
    rig.check();
}

#[test]
fn a_spoilt_batch_is_told_and_hides_no_other() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), POINTS);
    for minute in 0..3 {
        hear(&mut rig, begin() + minute * 60_000);
    }
    let file = files(&rig).remove(0);
    let mut bytes = fs::read(&file).unwrap();
    // In the second batch: the first is longer, for it has the names.
    let at = bytes.len() - bytes.len() / 3;
    bytes[at] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let open = OpenHours::open(&rig.folder()).unwrap();
    assert!(
        matches!(&open.faults[..], [HistoryError::Spoilt { path, batches: 1 }] if *path == file),
        "{:?}",
        open.faults
    );
    let mut minutes = Vec::new();
    let hour = open.hours.hour(begin() / HOUR_MS);
    hour.samples(|_, sample| minutes.push((sample.at_ms - begin()) / 60_000)).unwrap();
    minutes.dedup();
    assert_eq!(minutes, [0, 2]);
    // One that spoils while it is open counts as unreadable.
    let spoilt = [&bytes[..bytes.len() - 1], &[!bytes[bytes.len() - 1]]].concat();
    fs::write(&file, spoilt).unwrap();
    assert_eq!(hour.samples(|_, _| ()).unwrap(), 1);
}

#[test]
fn names_outlive_the_batch_that_is_spoilt_and_numbers_are_not_given_twice() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), POINTS);
    // Of one batch only: its name is in no other.
    rig.series.push(rig.series[0].clone());
    rig.series[POINTS].name = "Haus.Neu".into();
    rig.append(&[(POINTS as u32, good(begin(), 9.0))], begin());
    for minute in 1..4 {
        hear(&mut rig, begin() + minute * 60_000);
    }
    let file = files(&rig).remove(0);
    let frames = fs::read(&file).unwrap();
    let starts: Vec<usize> =
        (0..frames.len()).filter(|at| frames[*at..].starts_with(b"HWF1")).collect();
    // The first two: the other points are named in both of the second and third.
    for spoilt in [starts[0], starts[1]] {
        let mut bytes = frames.clone();
        bytes[spoilt + 30] ^= 1;
        fs::write(&file, &bytes).unwrap();
        let open = OpenHours::open(&rig.folder()).unwrap();
        let named = |name: &str| open.hours.series().iter().any(|it| &*it.name == name);
        assert!((0..POINTS).all(|place| named(&rig.series[place].name)));
        assert_eq!(named("Haus.Neu"), spoilt != starts[0]);
        assert_eq!(open.hours.series().len(), POINTS + 1, "its number stays taken");
    }
}

#[test]
fn what_the_disk_does_not_give_just_now_is_not_sealed_as_lost() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), POINTS);
    hear(&mut rig, begin());
    let file = files(&rig).remove(0);
    let aside = data.path().join("aside");
    fs::rename(&file, &aside).unwrap();
    fs::create_dir(&file).unwrap();
    let hour = rig.hours.hour(begin() / HOUR_MS);
    let series = rig.hours.series().to_vec();
    rig.archive.seal(&hour, &series).unwrap_err();
    fs::remove_dir(&file).unwrap();
    fs::rename(&aside, &file).unwrap();
    rig.seal(begin() + HOUR_MS, true);
    rig.check();
}

#[test]
fn what_could_not_be_appended_is_not_there_and_can_be_tried_again() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), POINTS);
    hear(&mut rig, begin());
    let folder = rig.folder().join("open");
    let aside = data.path().join("aside");
    fs::rename(&folder, &aside).unwrap();
    fs::write(&folder, "in the way").unwrap();
    // A new hour needs a new file, which cannot be made.
    let later = begin() + HOUR_MS;
    let sample = (0, good(later, 7.0));
    let series = rig.series.clone();
    rig.hours.append(&series, &[sample], &[], later, false).unwrap_err();
    fs::remove_file(&folder).unwrap();
    fs::rename(&aside, &folder).unwrap();
    rig.check();
    rig.append(&[sample], later);
    rig.check();
    rig.reopen().check();
}

#[test]
fn numbers_go_on_after_what_is_sealed_though_the_open_files_are_gone() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(data.path(), POINTS);
    for minute in 0..4 {
        hear(&mut rig, begin() + minute * 60_000);
    }
    // A clock that was set back has the same hour again.
    rig.seal(begin() + HOUR_MS, true);
    fs::remove_dir_all(rig.folder().join("open")).unwrap();
    let mut rig = rig.reopen();
    rig.hours.number_after(rig.archive.last_number().unwrap());
    hear(&mut rig, begin() + 30 * 60_000);
    rig.seal(begin() + HOUR_MS, true);
    rig.check();
}
