//! The history on a disk that is full, and on one that turns read-only, under the
//! running daemon: control goes on, an alarm says so, and with room again what was
//! heard meanwhile is written; after a disk that was mended the loss is a gap.

use std::fs;

use serde_json::Value;

use crate::daemon::{Folder, point, text};
use crate::disks::{folder, holds};
use crate::loop_disk::{Disk, fill};
use crate::town::{ALONE, Town, rules};

/// Whether the alarm that the history is not recorded stands.
fn alarmed(status: &Value) -> bool {
    let alarms = status["alarms"].as_array().unwrap();
    let mut standing = alarms.iter().filter(|alarm| alarm["gone"].is_null());
    standing.any(|alarm| alarm["text"].as_str().unwrap().starts_with("history: "))
}

/// Values of the room's temperature as exported, in order of time; empty: a gap.
fn recorded(folder: &Folder) -> Vec<String> {
    let output = folder.hauswart(&["export", "Schule.HK1.Raum"]);
    assert!(output.status.success(), "{}\n{}", text(&output.stderr), folder.log());
    let csv = text(&output.stdout);
    csv.lines().skip(1).map(|row| row.split(',').nth(2).unwrap().to_owned()).collect()
}

fn reads(status: &Value, value: f64) -> bool {
    point(status, "Schule.HK1.Raum")["value"] == value
}

/// A site that commands, and writes its history every second.
fn site(town: &Town, disk: &Disk) -> Folder {
    let folder = folder(town, disk, &rules(&[Some(19.0), None, None, None, None]));
    let site = fs::read_to_string(folder.site()).unwrap();
    folder.write("site.toml", &(site + "\n[history]\nflush = \"1 s\"\n"));
    folder
}

#[test]
fn what_was_heard_while_the_disk_was_full_is_written_once_there_is_room() {
    let Some(disk) = Disk::make(64) else { return };
    let mut town = Town::start("127.51.0.31");
    let folder = site(&town, &disk);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", |status| holds(status, "Schule.HK1.Soll", "19 °C"));
    let filler = fill(&disk.path(), 1 << 20);
    daemon.wait_for("the alarm", alarmed);
    for tenths in [171, 172, 173] {
        town.set_room(tenths);
        daemon.wait_for("the reading", |status| reads(status, tenths as f64 / 10.0));
    }
    folder.write("rules/a.rules", &rules(&[Some(18.0), None, None, None, None]));
    daemon.wait_for("control all the same", |status| holds(status, "Schule.HK1.Soll", "18 °C"));
    fs::remove_file(filler).unwrap();
    daemon.wait_for("no alarm", |status| !alarmed(status));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    let values = recorded(&folder);
    let end = values.len();
    assert_eq!(values[end - 4..], ["17.1", "17.2", "17.3", ""], "{values:?}");
    assert!(folder.hauswart(&["verify"]).status.success());
    assert_eq!(town.held(), ALONE);
}

#[test]
fn a_disk_that_turns_read_only_stops_no_control_and_the_loss_is_told() {
    let Some(mut disk) = Disk::make(64) else { return };
    let mut town = Town::start("127.51.0.32");
    let folder = site(&town, &disk);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the command", |status| holds(status, "Schule.HK1.Soll", "19 °C"));
    town.set_room(175);
    daemon.wait_for("a reading", |status| reads(status, 17.5));
    // As seen from outside: on the disk.
    while !recorded(&folder).contains(&"17.5".to_owned()) {}
    disk.fail();
    town.set_room(176);
    daemon.wait_for("the alarm", |status| alarmed(status) && reads(status, 17.6));
    folder.write("rules/a.rules", &rules(&[Some(18.0), None, None, None, None]));
    daemon.wait_for("control all the same", |status| holds(status, "Schule.HK1.Soll", "18 °C"));
    // What waits is shown beside the daemon all the same.
    assert_eq!(recorded(&folder).last().map(String::as_str), Some("17.6"));
    daemon.terminate();
    assert_eq!(town.held(), ALONE, "{}", folder.log());

    disk.unmount().unwrap();
    disk.mount().unwrap();
    town.set_room(177);
    let mut daemon = folder.run(&[]);
    daemon.wait_for("a reading", |status| reads(status, 17.7) && !alarmed(status));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    let values = recorded(&folder);
    let place = values.iter().position(|value| value == "17.5").unwrap();
    let behind: Vec<&str> = values[place..].iter().map(String::as_str).collect();
    // Nothing is made up: a gap from where the record breaks off.
    assert_eq!(behind, ["17.5", "", "17.7", ""], "{values:?}");
    assert!(folder.hauswart(&["verify"]).status.success());
}
