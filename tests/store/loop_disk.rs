//! File systems of a test's own, in a file: they can be filled, lose power or
//! turn read-only. They need root and loop devices; without, the tests say so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An ext4 file system in a file, mounted.
pub struct Disk {
    folder: tempfile::TempDir,
    mounted: bool,
}

impl Disk {
    /// `None`, and the reason printed, where this machine cannot do it.
    pub fn make(mebibytes: u64) -> Option<Self> {
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

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub fn mount(&mut self) -> Result<(), String> {
        let (image, path) = (self.image(), self.path());
        run("mount", &["-o", "loop", &image.display().to_string(), &path.display().to_string()])?;
        self.mounted = true;
        Ok(())
    }

    pub fn unmount(&mut self) -> Result<(), String> {
        run("umount", &[&self.path().display().to_string()])?;
        self.mounted = false;
        Ok(())
    }

    /// Nothing can be written to it any more, as after an error of the file
    /// system (mount option `abort` of ext4); mounting it anew mends that.
    pub fn fail(&self) {
        let path = self.path().display().to_string();
        run("mount", &["-o", "remount,abort", &path]).unwrap();
    }

    /// What was not yet on the disk is gone, journal and all.
    pub fn cut_power(&self) {
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

/// Fills the disk but for `keep` bytes.
pub fn fill(disk: &Path, keep: u64) -> PathBuf {
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
