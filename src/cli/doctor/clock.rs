//! Time: the machine's clock, who sets it, whether it survives a power cut.

use std::path::Path;
use std::process::Command;

use super::finding::Finding;
use crate::clock::Scaled;
use crate::engine::plausible::built;
use crate::site::Site;

pub fn look(site: &Site) -> Vec<Finding> {
    let now = Scaled::system_time();
    let mut findings = Vec::new();
    if now < built() {
        findings.push(Finding::ClockBefore { now, built: built() });
    } else {
        findings.push(match synchronized() {
            Some(true) => Finding::ClockIsSet(now),
            Some(false) => Finding::ClockNotSet(now),
            None => Finding::ClockUnknown(now),
        });
    }
    let rtc =
        Path::new("/sys/class/rtc").read_dir().is_ok_and(|mut clocks| clocks.next().is_some());
    if !rtc {
        findings.push(Finding::NoBattery);
    }
    findings.extend(zone(site));
    findings
}

/// Whether a time server sets the clock, as the kernel knows; `None` where
/// nobody can say.
fn synchronized() -> Option<bool> {
    let asked = Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .output()
        .ok()?;
    match String::from_utf8_lossy(&asked.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Schedules follow the site's zone, whatever the machine's is.
fn zone(site: &Site) -> Option<Finding> {
    let link = std::fs::read_link("/etc/localtime").ok()?;
    let machine = link.to_str()?.split_once("zoneinfo/")?.1.to_owned();
    let own = site.time_zone.iana_name()?.to_owned();
    (machine != own).then_some(Finding::OtherZone { machine, own })
}
