//! Cables that are pulled and processes that are stopped: what was known turns
//! unknown, the rest goes on, all comes back by itself, and nothing that is
//! found afterwards is taken for a person's doing.

use std::time::Duration;

use crate::cable::Cable;
use crate::daemon::{Daemon, answers, point};
use crate::town::{Town, rules};

/// Setpoints of both lines, and a stage.
const CLAIMS: [Option<f64>; 5] = [Some(19.0), Some(3.0), Some(18.0), None, Some(17.5)];

fn confirmed(status: &serde_json::Value) -> bool {
    ["HK1.Soll", "HK1.Stufe", "HK2.Soll", "HK.Raum_Soll"]
        .iter()
        .all(|name| point(status, &format!("Schule.{name}"))["command"]["confirmed"] == true)
}

fn held(town: &mut Town) -> [f64; 5] {
    town.held().map(|value| (value * 10.0).round() / 10.0)
}

fn cycles(daemon: &Daemon<'_>) -> u64 {
    daemon.status().unwrap()["cycles"].as_u64().unwrap()
}

#[test]
fn a_pulled_cable_is_found_out_and_comes_back_when_it_is_plugged_in() {
    let mut town = Town::start("127.51.0.3");
    let cable = Cable::to(town.modbus.port);
    let folder = town.folder(&rules(&CLAIMS));
    folder.write("site.toml", &town.site_at(cable.port));
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the commands", confirmed);
    for _ in 0..2 {
        cable.pull();
        daemon.wait_for("silence", |status| {
            answers(status, "Schule.HK1") == Some(false)
                && answers(status, "Schule.HK2") == Some(false)
                && point(status, "Schule.HK1.Raum")["value"].is_null()
        });
        // The other line is still read.
        let value = 18.0 + cycles(&daemon) as f64 % 10.0 / 10.0;
        town.bacnet.set("analog-input,4", value);
        daemon.wait_for("the other line", |status| {
            let room = point(status, "Schule.HK.Raum")["value"].as_f64();
            room.is_some_and(|room| (room - value).abs() < 0.01)
        });
        // Meanwhile the devices lost their power, and came back with their own.
        for unit in [1, 2] {
            town.modbus.set(unit, "h", 10, 210);
        }
        cable.plug_in();
        daemon.wait_for("answers", |status| answers(status, "Schule.HK1") == Some(true));
        let give_up = std::time::Instant::now() + Duration::from_secs(60);
        while held(&mut town) != [19.0, 3.0, 18.0, 1.0, 17.5] {
            assert!(std::time::Instant::now() < give_up, "{:?}\n{}", town.held(), folder.log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert!(!folder.log().contains("by hand"), "{}", folder.log());
    assert_eq!(held(&mut town), [21.0, 1.0, 21.0, 1.0, 21.0]);
}

/// As a debugger, a full swap or a paused virtual machine does.
#[test]
fn a_stopped_daemon_goes_on_where_it_was() {
    let mut town = Town::start("127.51.0.4");
    let folder = town.folder(&rules(&CLAIMS));
    let mut daemon = folder.run(&[]);
    daemon.wait_for("the commands", confirmed);
    for seconds in [2, 8] {
        let before = cycles(&daemon);
        daemon.signal("STOP");
        std::thread::sleep(Duration::from_secs(seconds));
        daemon.signal("CONT");
        daemon.wait_for("more cycles", |status| {
            status["cycles"].as_u64() > Some(before + 3) && confirmed(status)
        });
        assert_eq!(held(&mut town), [19.0, 3.0, 18.0, 1.0, 17.5], "{}", folder.log());
    }
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    let log = folder.log();
    assert!(!log.contains("by hand") && !log.contains("ERROR"), "{log}");
    assert_eq!(held(&mut town), [21.0, 1.0, 21.0, 1.0, 21.0]);
}
