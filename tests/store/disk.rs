//! A disk that fills up, and one that loses power (`loop_disk`).

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hauswart::store::{Backlog, Batch, Store as _, StoreError, open};

use crate::loop_disk::{Disk, fill};
use crate::{STAMP, child, open_whole, rounds};

#[test]
fn every_acknowledged_batch_survives_a_power_cut() {
    let Some(mut disk) = Disk::make(64) else { return };
    let mut last = 0;
    for round in 0..rounds(5, 60) {
        let mut writer = child::Writer::start(&disk.data(), last + 1);
        writer.wait_for(u64::from(1 + round * 11 % 30));
        disk.cut_power();
        let acknowledged = writer.kill();
        disk.unmount().unwrap();
        disk.mount().unwrap();
        let opened = open_whole(&disk.data());
        last = child::check(&*opened.store, acknowledged);
    }
    println!("{last} batches");
}

/// sled hangs when it is asked or closed after a failed write.
#[test]
fn a_disk_that_dies_fails_the_write_and_holds_up_nothing() {
    let Some(mut disk) = Disk::make(64) else { return };
    let mut writer = child::Writer::start(&disk.data(), 1);
    writer.wait_for(10);
    disk.cut_power();
    let (acknowledged, said) = writer.failed();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    assert!(said.iter().any(|line| line.starts_with("failed: the store failed")), "{said:?}");
    assert!(said.contains(&"closed"), "{said:?}");
    disk.unmount().unwrap();
    disk.mount().unwrap();
    child::check(&*open_whole(&disk.data()).store, acknowledged);
}

#[test]
fn a_full_disk_is_refused_before_it_hurts_and_all_goes_on_when_there_is_room() {
    let Some(disk) = Disk::make(64) else { return };
    let opened = open_whole(&disk.data());
    let put = |name: &str| {
        let mut batch = Batch::new();
        batch.put(name, "x".repeat(1000));
        opened.store.apply(&batch)
    };
    put("before").unwrap();
    let filler = fill(&disk.path(), 7 << 20);
    let error = put("while full").unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(error.to_string().contains("MiB free in"), "{error}");
    assert!(opened.store.get(b"before").unwrap().is_some(), "reading goes on");
    fs::remove_file(&filler).unwrap();
    put("after").unwrap();
    drop(opened);

    let filler = fill(&disk.path(), 12 << 20);
    let error = open(&disk.data(), STAMP).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    fs::remove_file(&filler).unwrap();
    let store = open_whole(&disk.data()).store;
    let there = |name: &str| store.get(name.as_bytes()).unwrap().is_some();
    assert_eq!([there("before"), there("while full"), there("after")], [true, false, true]);
}

/// What a full disk refused waits, and is there once there is room.
#[test]
fn what_a_full_disk_refused_is_written_when_there_is_room() {
    let Some(disk) = Disk::make(64) else { return };
    let store = Backlog::over(open_whole(&disk.data()).store);
    let change = |put: &[(&str, &str)], remove: &[&str]| {
        let mut batch = Batch::new();
        put.iter().for_each(|(key, value)| batch.put(*key, *value));
        remove.iter().for_each(|key| batch.remove(*key));
        store.apply(&batch)
    };
    change(&[("a/1", "old"), ("a/2", "old"), ("b", "old")], &[]).unwrap();
    let filler = fill(&disk.path(), 7 << 20);
    assert!(matches!(
        change(&[("a/1", "new"), ("a/3", "new")], &["a/2"]),
        Err(StoreError::Full { .. })
    ));
    assert!(matches!(change(&[("a/1", "newest")], &[]), Err(StoreError::Full { .. })));
    assert!(store.is_behind() && store.catch_up().is_err());
    let expected = vec![("a/1".into(), "newest".into()), ("a/3".into(), "new".into())];
    assert_eq!(store.scan(b"a/").unwrap(), expected);
    assert_eq!(store.get(b"a/2").unwrap(), None);
    fs::remove_file(&filler).unwrap();
    store.catch_up().unwrap();
    assert!(!store.is_behind());
    drop(store);
    let store = open_whole(&disk.data()).store;
    assert_eq!(store.scan(b"a/").unwrap(), expected);
    assert_eq!(store.get(b"b").unwrap(), Some(b"old".to_vec()));
}

/// Somebody else fills the disk between our look and sled's write: whatever sled
/// does then, what was acknowledged is there when the store is opened anew.
#[test]
fn even_a_disk_that_fills_unseen_loses_nothing_acknowledged() {
    const WIDTH: usize = 20;
    let (mut acknowledged, mut full, mut failed) = (0, 0, 0);
    for round in 0..rounds(3, 30) {
        let Some(disk) = Disk::make(256) else { return };
        let opened = open_whole(&disk.data());
        let filling = Filling::start(&disk, Duration::from_millis(2 + u64::from(round % 5)));
        let mut kept = Vec::new();
        let mut number = 0;
        for _ in 0..3000 {
            if number == 200 {
                break;
            }
            let mut batch = Batch::new();
            for place in 0..WIDTH {
                batch.put(format!("{number:03}/{place:02}"), vec![number as u8; 15_000]);
            }
            match opened.store.apply(&batch) {
                Ok(()) => {
                    kept.push(number);
                    number += 1;
                }
                Err(StoreError::Full { .. }) => {
                    full += 1;
                    std::thread::sleep(Duration::from_micros(100));
                }
                Err(_) => {
                    failed += 1;
                    assert!(opened.store.apply(&batch).is_err(), "nothing after a failure");
                    break;
                }
            }
        }
        drop(filling);
        drop(opened);
        let store = open_whole(&disk.data()).store;
        for number in 0..=number {
            let entries = store.scan(format!("{number:03}/").as_bytes()).unwrap();
            assert!(entries.iter().all(|(_, value)| *value == vec![number as u8; 15_000]));
            // The batch that failed may be there or not, but whole.
            let whole = entries.len() == WIDTH || entries.is_empty() && !kept.contains(&number);
            assert!(whole, "round {round}, batch {number}: {} entries", entries.len());
        }
        acknowledged += kept.len();
    }
    println!("{acknowledged} acknowledged, {full} refused for a full disk, {failed} failed unseen");
    assert!(acknowledged > 0 && full > 0);
    assert_eq!(failed, 0, "room is reserved before sled writes");
}

/// Somebody who fills a disk and makes room again, all the time.
struct Filling {
    done: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Filling {
    fn start(disk: &Disk, room_for: Duration) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let (path, told) = (disk.path(), done.clone());
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                std::thread::sleep(room_for);
                let filler = fill(&path, 0);
                std::thread::sleep(Duration::from_millis(1));
                fs::remove_file(filler).unwrap();
            }
        });
        Self { done, thread: Some(thread) }
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        let _ = self.thread.take().unwrap().join();
    }
}
