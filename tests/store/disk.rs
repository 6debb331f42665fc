//! A disk that fills up, and one that loses power: file systems of the test's
//! own, in a file. They need root and loop devices; without, the tests say so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hauswart::store::{Batch, StoreError, open};

use crate::{STAMP, child, open_whole, rounds};

/// An ext4 file system in a file, mounted.
struct Disk {
    folder: tempfile::TempDir,
    mounted: bool,
}

impl Disk {
    /// `None`, and the reason printed, where this machine cannot do it.
    fn make(mebibytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Self { folder, mounted: false };
        fs::create_dir(disk.path()).unwrap();
        fs::File::create(disk.image()).unwrap().set_len(mebibytes << 20).unwrap();
        // `-m 0`: root has no reserve here that others would not have.
        let made = run("mkfs.ext4", &["-q", "-F", "-m", "0", &disk.image().display().to_string()]);
        match made.and_then(|()| disk.mount()) {
            Ok(()) => Some(disk),
            Err(reason) => {
                println!("skipped: no file system in a file here ({reason})");
                None
            }
        }
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    fn mount(&mut self) -> Result<(), String> {
        let (image, path) = (self.image(), self.path());
        run("mount", &["-o", "loop", &image.display().to_string(), &path.display().to_string()])?;
        self.mounted = true;
        Ok(())
    }

    fn unmount(&mut self) -> Result<(), String> {
        run("umount", &[&self.path().display().to_string()])?;
        self.mounted = false;
        Ok(())
    }

    /// What was not yet on the disk is gone, journal and all.
    fn cut_power(&self) {
        // FS_IOC_GOINGDOWN (_IOR('X', 125, u32)), EXT4_GOING_FLAGS_NOLOGFLUSH = 2;
        // linux, fs/ext4/ext4.h.
        let script = "import fcntl, os, struct, sys\n\
                      fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";
        run("python3", &["-c", script, &self.path().display().to_string()]).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted && self.unmount().is_err() {
            let _ = run("umount", &["--lazy", &self.path().display().to_string()]);
        }
    }
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    // mkfs stands in /sbin, which is not in everybody's path.
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new(program)
        .args(arguments)
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(format!("{program}: {words}")) }
}

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

/// Fills the disk but for `keep` bytes.
fn fill(disk: &Path, keep: u64) -> PathBuf {
    let filler = disk.join("filler");
    let free = || {
        let disk = rustix::fs::statvfs(disk).unwrap();
        disk.f_bavail * disk.f_frsize
    };
    let size = free().saturating_sub(keep);
    let file = fs::File::create(&filler).unwrap();
    // Others may take the room meanwhile.
    let _ = rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, size);
    filler
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
