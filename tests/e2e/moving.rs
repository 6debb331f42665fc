//! A site is backed up while it runs, and goes on from that on another machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::daemon::{Folder, PROGRAM, point, text};
use super::modbus_peer::ModbusPeer;
use super::sites::{modbus_image, modbus_site};

const RULES: &str = "language 1\nbuilding Schule\n\
    calendar Ferien  file \"ferien.ics\"\n\
    schedule Nutzung\n  Ferien  off\n  daily  06:00-18:00\n\
    rule \"Absenkung\"\n  set HK1.Soll to 19 °C\n\
    rule \"Stufe\"\n  when HK1.Raum < 18 °C until > 20 °C  set HK1.Stufe to 3\n\
    rule \"Kalt\"\n  when Nutzung and HK1.Raum < 19.5 °C  alarm notice \"Klassenraum kalt\"\n";
const HOLIDAYS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\nBEGIN:VEVENT\r\n\
    UID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20260701\r\n\
    DTEND;VALUE=DATE:20270815\r\nSUMMARY:Ferien\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn hauswart(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).args(["--lang", "en"]).output().unwrap()
}

fn told(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

fn export(folder: &Folder, arguments: &[&str]) -> Vec<String> {
    let output = folder.hauswart(&[&["export"], arguments].concat());
    assert!(output.status.success(), "{}", told(&output));
    text(&output.stdout).lines().map(str::to_owned).collect()
}

/// A site whose data lie outside of its folder, after an hour of its time: a file
/// is sealed, a latch set, an alarm stands, a person has overridden something.
fn site(port: u16, elsewhere: &Path) -> Folder {
    let data = format!("data = \"{}\"  # on the large disk", elsewhere.join("data").display());
    let folder = Folder::new(&modbus_site(port, &data), RULES);
    folder.write("rules/ferien.ics", HOLIDAYS);
    fs::create_dir(folder.path().join("devices")).unwrap();
    folder
}

/// A folder that is not there yet, but has the means of one.
fn another_place() -> Folder {
    let folder = Folder::new("", "");
    fs::remove_dir_all(folder.path()).unwrap();
    folder
}

fn restore(backup: &Path, to: &Folder) -> Output {
    hauswart(&["restore", backup.to_str().unwrap(), "--to", to.path().to_str().unwrap()])
}

fn overridden(status: &Value) -> bool {
    let command = &point(status, "Schule.HK2.Soll")["command"];
    command["confirmed"] == true && command["shown"] == "16 °C" && command["level"] == "manual"
}

fn latched(status: &Value) -> bool {
    let command = &point(status, "Schule.HK1.Stufe")["command"];
    command["confirmed"] == true && command["shown"] == "3"
}

fn alarm(status: &Value) -> Option<Value> {
    let alarms = status["alarms"].as_array().unwrap().iter();
    alarms.clone().find(|alarm| alarm["text"].as_str().unwrap().contains("Klassenraum")).cloned()
}

#[test]
fn a_site_goes_on_elsewhere_from_a_backup_made_while_it_ran() {
    let mut peer = ModbusPeer::start(modbus_image());
    let outside = tempfile::tempdir().unwrap();
    let old = site(peer.port, outside.path());
    peer.set(1, "h", 0, 170);
    let mut daemon = old.run(&["--speed", "300", "--start", "2026-01-12 06:50"]);
    let order = ["override", "HK2.Soll", "16 °C", "--for", "20 d", "--yes"];
    assert!(old.hauswart(&order).status.success(), "{}", old.log());
    daemon.wait_for("override, latch and alarm", |status| {
        overridden(status) && latched(status) && alarm(status).is_some()
    });
    peer.set(1, "h", 0, 190);
    let raw = outside.path().join("data/history/raw");
    let status = daemon.wait_for("a sealed hour", |status| {
        point(status, "Schule.HK1.Raum")["value"] == 19.0
            && fs::read_dir(&raw).is_ok_and(|mut files| files.next().is_some())
    });
    let number = alarm(&status).unwrap()["number"].clone();

    let before = export(&old, &[]);
    let made = old.hauswart(&["backup", outside.path().to_str().unwrap(), "--format", "json"]);
    assert_eq!(made.status.code(), Some(0), "{}", told(&made));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let backup = PathBuf::from(made["file"].as_str().unwrap());
    assert!(backup.file_name().unwrap().to_str().unwrap().starts_with("hauswart-Test-2"));
    let again = old.hauswart(&["backup", backup.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2), "a backup overwrites nothing");
    let whole = hauswart(&["verify", backup.to_str().unwrap()]);
    assert_eq!(whole.status.code(), Some(0), "{}", told(&whole));
    // The machine dies.
    daemon.kill();
    assert_eq!(peer.get(1, "h", 10), 190);

    // Any system opens it.
    let opened = tempfile::tempdir().unwrap();
    let script = format!(
        "tar xf {} && cd hauswart-backup && sha256sum --quiet -c SHA256SUMS && \
         grep -c override/ data/store.jsonl",
        backup.display()
    );
    let opened = Command::new("sh").args(["-ec", &script]).current_dir(opened.path()).output();
    let opened = opened.unwrap();
    assert!(opened.status.success(), "{}", told(&opened));

    let new = another_place();
    let restored = restore(&backup, &new);
    assert_eq!(restored.status.code(), Some(0), "{}", told(&restored));
    let said = told(&restored);
    assert!(said.contains("now says data = \"data\" instead of \"/"), "{said}");
    let site = fs::read_to_string(new.site()).unwrap();
    assert!(site.contains("data = \"data\"  # on the large disk"), "{site}");
    let twice = restore(&backup, &new);
    assert!(told(&twice).contains("nothing is overwritten"), "{}", told(&twice));

    let after = export(&new, &[]);
    let lost = before.iter().find(|row| !after.contains(row));
    assert_eq!(lost, None, "{after:#?}");

    // Nobody claims the setpoint of circuit 1 any more.
    let rules = RULES.replace("rule \"Absenkung\"\n  set HK1.Soll to 19 °C\n", "");
    new.write("rules/a.rules", &rules);
    let mut daemon = new.run(&["--speed", "300", "--start", "2026-01-12 10:15"]);
    let status = daemon.wait_for("what it knows and lets go of", |status| {
        overridden(status)
            && latched(status)
            && point(status, "Schule.HK1.Soll")["command"].is_null()
    });
    assert_eq!(alarm(&status).unwrap()["number"], number, "{status:#}");
    assert_eq!(peer.get(1, "h", 10), 210, "as the device had it before");
    assert_eq!(daemon.terminate().code(), Some(0), "{}", new.log());
    let log = new.log();
    assert!(log.contains("are missing (the program was killed"), "{log}");
    assert!(new.hauswart(&["verify"]).status.success());
}

#[test]
fn without_a_daemon_a_backup_is_the_same_and_a_damaged_one_is_refused() {
    let mut peer = ModbusPeer::start(modbus_image());
    let outside = tempfile::tempdir().unwrap();
    let old = site(peer.port, outside.path());
    let mut daemon = old.run(&["--speed", "300", "--start", "2026-01-12 06:50"]);
    let raw = outside.path().join("data/history/raw");
    daemon.wait_for("a sealed hour", |_| {
        fs::read_dir(&raw).is_ok_and(|mut files| files.next().is_some())
    });
    peer.set(1, "h", 0, 190);
    daemon.wait_for("a reading", |it| point(it, "Schule.HK1.Raum")["value"] == 19.0);
    assert_eq!(daemon.terminate().code(), Some(0), "{}", old.log());

    let backup = outside.path().join("sicherung.tar");
    let made = old.hauswart(&["backup", backup.to_str().unwrap()]);
    assert_eq!(made.status.code(), Some(0), "{}", told(&made));
    let new = another_place();
    let far = outside.path().join("far");
    let to = [new.path().to_str().unwrap(), "--data", far.to_str().unwrap()];
    let arguments = [&["restore", backup.to_str().unwrap(), "--to"], &to[..]].concat();
    let restored = hauswart(&arguments);
    assert_eq!(restored.status.code(), Some(0), "{}", told(&restored));
    assert!(far.join("store").exists() && !new.path().join("data").exists());
    for what in [&[][..], &["--events"]] {
        assert_eq!(export(&old, what), export(&new, what));
    }
    assert!(new.path().join("rules/ferien.ics").exists());
    let checked = new.hauswart(&["check"]);
    assert!(checked.status.success(), "{}", told(&checked));

    let bytes = fs::read(&backup).unwrap();
    let harmed = outside.path().join("harmed.tar");
    // In the middle of a file of the history, the last of which lies before the sums.
    let place = bytes.windows(4).rposition(|it| it == b"PAR1").unwrap() - 40;
    let mut turned = bytes.clone();
    turned[place] ^= 1;
    let torn = bytes[..bytes.len() / 2].to_vec();
    let without_sums = bytes[..bytes.len() - 4096].to_vec();
    for (harm, words) in [
        (turned, "is not what was backed up"),
        (torn, "the backup"),
        (without_sums, "the backup"),
        (b"PK\x03\x04 no tar".to_vec(), "the backup"),
    ] {
        fs::write(&harmed, harm).unwrap();
        let found = hauswart(&["verify", harmed.to_str().unwrap()]);
        assert_eq!(found.status.code(), Some(1), "{}", told(&found));
        assert!(told(&found).contains(words), "{}", told(&found));
        let place = another_place();
        let refused = restore(&harmed, &place);
        assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
        assert!(!place.path().exists() && told(&refused).contains("nothing was restored"));
    }

    // What is damaged before is carried as it is, and told.
    let file = fs::read_dir(&raw).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 1;
    fs::write(&file, bytes).unwrap();
    let second = outside.path().join("zweite.tar");
    let made = old.hauswart(&["backup", second.to_str().unwrap()]);
    assert_eq!(made.status.code(), Some(1), "{}", told(&made));
    assert!(told(&made).contains("was damaged already"), "{}", told(&made));
    assert!(hauswart(&["verify", second.to_str().unwrap()]).status.success());
}

/// After a power cut only the daemon sets aside what is broken: it raises the alarm.
#[test]
fn without_a_daemon_a_damaged_store_is_left_to_it() {
    let peer = ModbusPeer::start(modbus_image());
    let outside = tempfile::tempdir().unwrap();
    let old = site(peer.port, outside.path());
    let mut daemon = old.run(&[]);
    daemon.wait_for("a reading", |it| point(it, "Schule.HK1.Raum")["value"].is_number());
    assert_eq!(daemon.terminate().code(), Some(0), "{}", old.log());
    let data = outside.path().join("data");
    let db = fs::read(data.join("store/db")).unwrap();
    fs::write(data.join("store/db"), vec![0; db.len()]).unwrap();

    let backup = outside.path().join("sicherung.tar");
    let made = old.hauswart(&["backup", backup.to_str().unwrap()]);
    assert_eq!(made.status.code(), Some(2), "{}", told(&made));
    assert!(told(&made).contains("is damaged, and was left as it is"), "{}", told(&made));
    assert!(!backup.exists());
    let broken = || {
        let mut entries = fs::read_dir(&data).unwrap().map(|it| it.unwrap().file_name());
        entries.any(|name| name.to_str().unwrap().starts_with("store.broken-"))
    };
    assert!(!broken());

    let mut daemon = old.run(&[]);
    daemon.wait_for("the alarm", |status| {
        let mut alarms = status["alarms"].as_array().unwrap().iter();
        alarms.any(|alarm| alarm["text"].as_str().unwrap().contains("store.broken-"))
    });
    assert!(broken());
    assert_eq!(daemon.terminate().code(), Some(0), "{}", old.log());
    let made = old.hauswart(&["backup", backup.to_str().unwrap()]);
    assert_eq!(made.status.code(), Some(0), "{}", told(&made));
}
