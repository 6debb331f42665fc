//! The data folder: may the daemon write there, is there room, and does the
//! disk keep what is written.

use std::fs;
use std::path::Path;

use rustix::fs::StatVfsMountFlags;

use super::account::Account;
use super::finding::Finding;
use super::nearest;

/// The store refuses to write below some megabytes; a year of a large site's
/// history takes less than this.
const SCARCE: u64 = 1 << 30;
const TOO_LITTLE: u64 = 64 << 20;

/// File systems by their numbers (linux, include/uapi/linux/magic.h).
const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
const OVER_THE_NETWORK: [u64; 5] = [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x0102_1997];

pub fn look(data: &Path, account: &Account) -> Vec<Finding> {
    let folder = nearest(data);
    let mut findings = Vec::new();
    match fs::metadata(&folder) {
        Ok(metadata) if !account.may_write(&metadata) => {
            findings.push(Finding::MayNotWrite {
                folder: folder.clone(),
                account: account.name.clone(),
            });
        }
        Ok(_) => {}
        Err(error) => findings.push(Finding::Unreadable(folder.clone(), error.kind())),
    }
    if let Ok(disk) = rustix::fs::statvfs(&folder) {
        let free = disk.f_bavail * disk.f_frsize;
        let folder = folder.clone();
        findings.push(match free {
            ..TOO_LITTLE => Finding::DiskFull { folder, free },
            TOO_LITTLE..SCARCE => Finding::DiskScarce { folder, free },
            _ => Finding::DiskHasRoom { folder, free },
        });
        if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
            findings.push(Finding::ReadOnlyDisk(nearest(data)));
        }
    }
    if let Ok(system) = rustix::fs::statfs(&folder) {
        // The type's width differs by platform.
        #[allow(clippy::unnecessary_cast, reason = "the type's width differs by platform")]
        let kind = system.f_type as u64 & 0xffff_ffff;
        if IN_MEMORY.contains(&kind) {
            findings.push(Finding::DiskForgets(folder.clone()));
        }
        if OVER_THE_NETWORK.contains(&kind) {
            findings.push(Finding::DiskIsElsewhere(folder));
        }
    }
    findings
}
