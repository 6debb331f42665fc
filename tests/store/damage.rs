//! Files of the store that were damaged while nobody had them open.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hauswart::model::Language;
use hauswart::store::records::{CommandRecord, ReleaseRecord, list_commands, put_commands};
use hauswart::store::{Lost, open, open_if_whole};

use crate::{STAMP, open_whole};

fn record(name: usize, value: f64) -> CommandRecord {
    CommandRecord {
        point: format!("Haus.Gerät.Punkt {name}"),
        value,
        before: Vec::new(),
        release: ReleaseRecord::Slot(13),
        taken_over: None,
        since: "2026-03-02T03:00:00Z".parse().unwrap(),
        yielded: None,
    }
}

/// A store with a past: commands written, rewritten, opened several times.
/// Returns what it held after each batch; the last is what it holds.
fn filled(data: &Path) -> Vec<Vec<CommandRecord>> {
    let mut now: BTreeMap<String, CommandRecord> = BTreeMap::new();
    let mut states = vec![Vec::new()];
    for pass in 0..4 {
        let opened = open_whole(data);
        let records: Vec<_> = (0..300).map(|name| record(name, f64::from(pass))).collect();
        for some in records.chunks(50) {
            put_commands(&*opened.store, some, &[]).unwrap();
            now.extend(some.iter().map(|record| (record.point.clone(), record.clone())));
            states.push(now.values().cloned().collect());
        }
    }
    states
}

fn snapshots(data: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(data.join("store")).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("snap."))
        .collect()
}

#[test]
fn a_damaged_snapshot_is_set_aside_and_nothing_is_lost() {
    let mut panicked_or_failed = 0;
    for damage in 0..4 {
        let data = tempfile::tempdir().unwrap();
        let records = filled(data.path()).pop().unwrap();
        let snapshots = snapshots(data.path());
        assert!(!snapshots.is_empty());
        for snapshot in &snapshots {
            let mut bytes = fs::read(snapshot).unwrap();
            let middle = bytes.len() / 2;
            match damage {
                0 => bytes.truncate(middle),
                1 => bytes.clear(),
                2 => bytes[middle] ^= 0x55,
                _ => bytes.iter_mut().for_each(|byte| *byte = 0xff),
            }
            fs::write(snapshot, bytes).unwrap();
        }
        let opened = open(data.path(), STAMP).unwrap();
        assert_eq!(list_commands(&*opened.store).unwrap().records, records, "damage {damage}");
        assert!(opened.notes.iter().all(|note| !note.is_everything()), "{:?}", opened.notes);
        if let [Lost::Snapshots { aside, .. }] = &opened.notes[..] {
            panicked_or_failed += 1;
            assert_eq!(fs::read_dir(aside).unwrap().count(), snapshots.len());
        }
        drop(opened);
        assert_eq!(list_commands(&*open_whole(data.path()).store).unwrap().records, records);
    }
    println!("{panicked_or_failed} of 4 damages kept sled from opening");
}

/// Whatever the damage: it opens and goes on working, what it gives is what was
/// written, and what is missing is told. (sled cuts its log at the first damage
/// and opens as if nothing had ever been behind it.)
#[test]
fn a_damaged_db_never_keeps_us_from_starting_and_what_is_lost_is_told() {
    let source = tempfile::tempdir().unwrap();
    let states = filled(source.path());
    let whole = fs::read(source.path().join("store/db")).unwrap();
    let mut outcomes: BTreeMap<&str, u32> = BTreeMap::new();
    for (what, bytes) in damages(&whole) {
        let data = tempfile::tempdir().unwrap();
        copy_folder(source.path(), data.path());
        fs::write(data.path().join("store/db"), bytes).unwrap();
        let opened = open(data.path(), STAMP).unwrap();
        let listed = list_commands(&*opened.store).unwrap();
        assert!(listed.unreadable.is_empty(), "{what}");
        let known = |found: &CommandRecord| states.iter().any(|state| state.contains(found));
        assert!(listed.records.iter().all(known), "{what}");
        let outcome = match &opened.notes[..] {
            [] | [Lost::Snapshots { .. }] => {
                assert_eq!(Some(&listed.records), states.last(), "{what}: less, and not a word");
                "whole"
            }
            [note @ Lost::Part { left, .. }]
            | [Lost::Snapshots { .. }, note @ Lost::Part { left, .. }] => {
                assert_eq!(*left, listed.records.len() as u64);
                assert_ne!(Some(&listed.records), states.last(), "{what}");
                assert!(note.words(Language::De).contains("Geräten"));
                "in part, told"
            }
            [note @ Lost::Everything { aside, .. }] => {
                assert!(aside.join("db").exists() && listed.records.is_empty());
                assert!(note.words(Language::De).contains("store.broken-"));
                "begun anew, told"
            }
            notes => panic!("{what}: {notes:?}"),
        };
        *outcomes.entry(outcome).or_default() += 1;
        put_commands(&*opened.store, &[record(7, 99.0)], &[]).unwrap();
        drop(opened);
        let again = open_whole(data.path());
        assert!(list_commands(&*again.store).unwrap().records.contains(&record(7, 99.0)), "{what}");
    }
    println!("damaged db: {outcomes:?}");
    assert!(outcomes.contains_key("begun anew, told"));
}

/// Whoever raises no alarm leaves it to who does.
#[test]
fn who_wants_it_whole_or_not_at_all_takes_no_word_from_who_opens_it_next() {
    let source = tempfile::tempdir().unwrap();
    filled(source.path());
    let whole = fs::read(source.path().join("store/db")).unwrap();
    let kind = |notes: &[Lost]| notes.iter().map(std::mem::discriminant).collect::<Vec<_>>();
    let mut refused = 0;
    for (what, bytes) in damages(&whole).into_iter().step_by(2) {
        let [alone, after] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for data in [&alone, &after] {
            copy_folder(source.path(), data.path());
            fs::write(data.path().join("store/db"), &bytes).unwrap();
        }
        let told = open(alone.path(), STAMP).unwrap().notes;
        let looked = open_if_whole(after.path()).map(drop);
        assert_eq!(looked.is_ok(), told.is_empty(), "{what}: {looked:?}");
        if let Err(error) = looked {
            refused += 1;
            assert!(error.words(Language::De).contains("beschädigt"), "{what}: {error}");
            let set_aside = |entry: fs::DirEntry| {
                let name = entry.file_name();
                ["store.broken-", "store.snap-"]
                    .iter()
                    .any(|it| name.to_str().unwrap().starts_with(it))
            };
            let mut entries = fs::read_dir(after.path()).unwrap();
            assert!(!entries.any(|entry| set_aside(entry.unwrap())), "{what}");
        }
        let then = open(after.path(), STAMP).unwrap().notes;
        assert_eq!(kind(&then), kind(&told), "{what}: {then:?} instead of {told:?}");
    }
    assert!(refused > 3);
}

fn damages(whole: &[u8]) -> Vec<(String, Vec<u8>)> {
    let noise = (0..whole.len()).map(|place| ((place * 7919) >> 3) as u8).collect();
    let mut damages: Vec<(String, Vec<u8>)> = vec![
        ("empty".into(), Vec::new()),
        ("zeros".into(), vec![0; whole.len()]),
        ("noise".into(), noise),
        ("half".into(), whole[..whole.len() / 2].to_vec()),
        ("head gone".into(), [vec![0; 4096], whole[4096..].to_vec()].concat()),
    ];
    let used = whole.iter().rposition(|byte| *byte != 0).unwrap();
    for part in 0..30 {
        let mut bytes = whole.to_vec();
        let start = used / 30 * part;
        bytes[start..start + 64].iter_mut().for_each(|byte| *byte ^= 0xa5);
        damages.push((format!("a spot at {start} of {used}"), bytes));
    }
    damages
}

/// sled lets go of its lock a little after closing: that is no damage.
#[test]
fn a_lock_that_is_let_go_late_is_waited_for() {
    let data = tempfile::tempdir().unwrap();
    let records = filled(data.path()).pop().unwrap();
    let late = fs::File::open(data.path().join("store/db")).unwrap();
    while late.try_lock().is_err() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let letting_go = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(700));
        drop(late);
    });
    assert_eq!(list_commands(&*open_whole(data.path()).store).unwrap().records, records);
    letting_go.join().unwrap();
}

#[test]
fn a_folder_set_aside_before_is_not_overwritten() {
    let data = tempfile::tempdir().unwrap();
    for time in 1..=2 {
        filled(data.path());
        fs::write(data.path().join("store/db"), vec![0xff; 1 << 20]).unwrap();
        fs::write(data.path().join("store/conf"), "rubbish").unwrap();
        let opened = open(data.path(), STAMP).unwrap();
        assert!(opened.notes.iter().any(Lost::is_everything));
        let aside = fs::read_dir(data.path()).unwrap().filter(|entry| {
            entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("store.broken-")
        });
        assert_eq!(aside.count(), time);
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}
