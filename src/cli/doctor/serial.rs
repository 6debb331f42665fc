//! Serial lines: are they there, may the daemon open them, will they have the
//! same name tomorrow. They are not opened: somebody may be speaking.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use super::account::Account;
use super::finding::Finding;
use crate::site::{Site, Transport};

pub fn look(site: &Site, account: &Account) -> Vec<Finding> {
    let lines = site.connections.iter().filter_map(|connection| match &connection.transport {
        Transport::ModbusRtu(line) => Some(line.path.as_str()),
        _ => None,
    });
    lines.flat_map(|line| look_at(line, account)).collect()
}

fn look_at(line: &str, account: &Account) -> Vec<Finding> {
    let name = line.to_owned();
    let metadata = match fs::metadata(line) {
        Ok(metadata) => metadata,
        Err(_) => return vec![Finding::NoSerialLine(name)],
    };
    if !metadata.file_type().is_char_device() {
        return vec![Finding::NotSerial(name)];
    }
    let mut findings = Vec::new();
    findings.push(if account.may_write(&metadata) {
        Finding::SerialIsThere(name.clone())
    } else {
        Finding::MayNotOpen { line: name.clone(), account: account.name.clone() }
    });
    // Numbered in the order in which they were found: after a restart another
    // may have the name.
    let file = Path::new(line).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if file.starts_with("ttyUSB") || file.starts_with("ttyACM") {
        findings.push(Finding::NameMayChange { lasting: lasting_name(line), line: name });
    }
    findings
}

/// A name that stays with the adapter.
fn lasting_name(line: &str) -> Option<String> {
    let own = fs::canonicalize(line).ok()?;
    let links = Path::new("/dev/serial/by-id").read_dir().ok()?.flatten();
    let mut links = links.map(|link| link.path());
    links.find(|link| fs::canonicalize(link).is_ok_and(|to| to == own))?.to_str().map(str::to_owned)
}
