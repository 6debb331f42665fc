//! A disk that is full, and one that turned read-only, under the running
//! daemon: control goes on and an alarm says so; with room again the records
//! are whole again.

use std::fs;

use crate::daemon::{Daemon, Folder, point, text};
use crate::loop_disk::{Disk, fill};
use crate::town::{ALONE, Town, rules};

fn alarmed(status: &serde_json::Value) -> bool {
    let alarms = status["alarms"].as_array().unwrap();
    // One that is over stays listed until somebody has seen it.
    let mut standing = alarms.iter().filter(|alarm| alarm["gone"].is_null());
    standing.any(|alarm| alarm["text"].as_str().unwrap().contains("cannot be recorded"))
}

pub fn holds(status: &serde_json::Value, name: &str, shown: &str) -> bool {
    let command = &point(status, name)["command"];
    command["confirmed"] == true && command["shown"] == shown
}

/// A folder whose data lie on `disk`.
pub fn folder(town: &Town, disk: &Disk, rules: &str) -> Folder {
    let folder = town.folder(rules);
    let data = format!("language = \"en\"\ndata = \"{}\"", disk.data().display());
    folder.write("site.toml", &town.site().replace("language = \"en\"", &data));
    folder
}

/// Control goes on while `harm` is done to the disk.
fn control_goes_on(daemon: &mut Daemon<'_>, folder: &Folder, harm: impl FnOnce()) {
    daemon.wait_for("the command", |status| holds(status, "Schule.HK1.Soll", "19 °C"));
    harm();
    // Rules that command more, and must be recorded for that.
    folder.write("rules/a.rules", &rules(&[Some(18.0), Some(3.0), None, None, Some(17.5)]));
    daemon.wait_for("the alarm", alarmed);
    daemon.wait_for("control all the same", |status| {
        holds(status, "Schule.HK1.Soll", "18 °C") && holds(status, "Schule.HK.Raum_Soll", "17.5 °C")
    });
    // A person is obeyed, and told that it would not survive.
    let said = laid(folder);
    assert!(said.contains("not recorded"), "{said}");
    daemon.wait_for("the person's", |status| holds(status, "Schule.HK2.Soll", "16 °C"));
}

fn laid(folder: &Folder) -> String {
    let order = ["override", "HK2.Soll", "16 °C", "--for", "1 h", "--yes"];
    let output = folder.hauswart(&order);
    assert!(output.status.success(), "{output:?}");
    text(&output.stderr)
}

#[test]
fn on_a_full_disk_control_goes_on_and_with_room_all_is_recorded() {
    let Some(disk) = Disk::make(64) else { return };
    let mut town = Town::start("127.51.0.5");
    let folder = folder(&town, &disk, &rules(&[Some(19.0), None, None, None, None]));
    let mut daemon = folder.run(&[]);
    control_goes_on(&mut daemon, &folder, || drop(fill(&disk.path(), 1 << 20)));
    fs::remove_file(disk.path().join("filler")).unwrap();
    daemon.wait_for("no alarm", |status| !alarmed(status));
    daemon.kill();
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the person's", |status| holds(status, "Schule.HK2.Soll", "16 °C"));
    daemon.wait_for("the rules'", |status| holds(status, "Schule.HK1.Soll", "18 °C"));
    assert!(folder.hauswart(&["override", "--release", "1"]).status.success());
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert_eq!(town.held(), ALONE);
}

#[test]
fn on_a_disk_that_turned_read_only_control_goes_on_and_lets_go() {
    let Some(mut disk) = Disk::make(64) else { return };
    let mut town = Town::start("127.51.0.6");
    let folder = folder(&town, &disk, &rules(&[Some(19.0), None, None, None, None]));
    let mut daemon = folder.run(&[]);
    control_goes_on(&mut daemon, &folder, || disk.fail());
    daemon.terminate();
    assert_eq!(town.held(), ALONE, "{}", folder.log());
    // On the mended disk the next one lets go of what the records still name.
    disk.unmount().unwrap();
    disk.mount().unwrap();
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the rules'", |status| holds(status, "Schule.HK1.Soll", "18 °C"));
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert_eq!(town.held(), ALONE);
}
