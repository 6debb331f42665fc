//! The PC's clock, by libfaketime: a PC without battery starts in 1970, time
//! servers and people set it. Schedules follow the wall clock, timers the steady
//! one, and nothing fires twice.

use std::path::{Path, PathBuf};

use crate::daemon::{Folder, point};
use crate::town::Town;

/// The setpoint by a schedule, a stage without one, and a timer.
const RULES: &str = "language 1
building Schule
schedule Nutzung
  Mo-So  08:00-18:00
rule \"Raum\"
  when Nutzung  set HK1.Soll to 22 °C
  else          set HK1.Soll to 16 °C
rule \"Stufe\"
  set HK1.Stufe to 3
rule \"Lange warm\"
  when HK1.Raum > 10 °C for 2 h  set HK2.Soll to 15 °C
";

/// The process's wall clock, which can be set while it runs; its steady clock
/// is the machine's.
struct FakeClock {
    library: &'static Path,
    file: PathBuf,
}

impl FakeClock {
    fn at(folder: &Folder, time: &str) -> Self {
        let places = [
            "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
            "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
        ];
        let library = places.map(Path::new).into_iter().find(|path| path.exists());
        let library = library.expect("libfaketime is missing: run tests/run");
        let clock = Self { library, file: folder.path().join("clock") };
        clock.set(time);
        clock
    }

    /// To a local time.
    fn set(&self, time: &str) {
        let half = self.file.with_extension("half");
        std::fs::write(&half, format!("@{time}\n")).unwrap();
        std::fs::rename(half, &self.file).unwrap();
    }

    fn environment(&self) -> [(&str, &str); 6] {
        [
            ("LD_PRELOAD", self.library.to_str().unwrap()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
            ("TZ", "Europe/Berlin"),
        ]
    }
}

fn holds(status: &serde_json::Value, name: &str, shown: &str) -> bool {
    let command = &point(status, name)["command"];
    command["confirmed"] == true && command["shown"] == shown
}

fn doubted(status: &serde_json::Value) -> bool {
    let alarms = status["alarms"].as_array().unwrap();
    alarms.iter().any(|alarm| alarm["text"].as_str().unwrap().contains("schedules are unknown"))
}

#[test]
fn a_pc_that_starts_in_1970_waits_with_its_schedules_until_its_clock_is_set() {
    let town = Town::start("127.51.0.7");
    let folder = town.folder(RULES);
    let clock = FakeClock::at(&folder, "1970-01-01 09:00:00");
    let mut daemon = folder.run_with(&clock.environment());
    daemon.wait_for("doubt", doubted);
    let status =
        daemon.wait_for("what needs no clock", |status| holds(status, "Schule.HK1.Stufe", "3"));
    assert!(point(&status, "Schule.HK1.Soll")["command"].is_null(), "{status:#}");
    assert_eq!(status["schedules"][0]["on"], serde_json::Value::Null);
    clock.set("2027-01-13 09:00:00");
    daemon.wait_for("the schedule", |status| {
        !doubted(status) && holds(status, "Schule.HK1.Soll", "22 °C")
    });
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}

#[test]
fn steps_of_the_clock_move_schedules_and_no_timer() {
    let town = Town::start("127.51.0.8");
    let folder = town.folder(RULES);
    let clock = FakeClock::at(&folder, "2027-01-13 17:30:00");
    let mut daemon = folder.run_with(&clock.environment());
    daemon.wait_for("the day", |status| holds(status, "Schule.HK1.Soll", "22 °C"));
    // Three hours on: evening at once, but the room has not been warm for two.
    clock.set("2027-01-13 20:30:00");
    daemon.wait_for("the evening", |status| holds(status, "Schule.HK1.Soll", "16 °C"));
    clock.set("2027-01-13 17:30:00");
    let status =
        daemon.wait_for("the day again", |status| holds(status, "Schule.HK1.Soll", "22 °C"));
    assert!(point(&status, "Schule.HK2.Soll")["command"].is_null(), "{status:#}");
    // Two days back cannot be; a restart does not make it right.
    clock.set("2027-01-11 20:30:00");
    daemon.wait_for("doubt", |status| doubted(status) && status["schedules"][0]["on"].is_null());
    daemon.kill();
    let mut daemon = folder.run_with(&clock.environment());
    daemon.wait_for("doubt still", doubted);
    let output = folder.hauswart(&["reload"]);
    assert!(output.status.success(), "{output:?}");
    daemon.wait_for("taken for right", |status| {
        !doubted(status) && holds(status, "Schule.HK1.Soll", "16 °C")
    });
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
}
