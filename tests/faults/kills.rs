//! `kill -9` at any moment: while it starts, commands, takes orders or lets go.
//! The next daemon lets go of what nobody claims any more, holds what somebody
//! does, and has forgotten nothing that was acknowledged.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::daemon::{Daemon, Folder, text};
use crate::rounds;
use crate::town::{ALONE, POINTS, Town, another, rules, written};

/// Overrides that were acknowledged and not taken back: by id, point and value.
type Overrides = BTreeMap<u64, (usize, f64)>;

#[test]
fn after_a_kill_nothing_is_left_commanded_and_nothing_acknowledged_is_lost() {
    let mut chance = Chance::new();
    let mut town = Town::start("127.51.0.2");
    let folder = town.folder(&rules(&[None; 5]));
    let mut overrides = Overrides::new();
    for round in 0..rounds(10, 50) {
        // One that does not come far, then one that gets orders and dies.
        let claims = claims(&mut chance);
        folder.write("rules/a.rules", &(rules(&claims) + &alarm(round)));
        die(folder.start(), &mut chance, Duration::from_secs(3));
        let mut daemon = folder.run(&[]);
        let known = daemon.wait_for("all known", |status| alarmed(status, round).is_some());
        assert_eq!(recorded(&known), overrides, "round {round}: overrides\n{}", folder.log());
        settles(&mut town, &wanted(&claims, &overrides), &folder, round);
        order(&folder, &mut overrides, &mut chance);
        let number = alarmed(&known, round).unwrap()["number"].clone();
        see(&folder, &number);
        die(daemon, &mut chance, Duration::from_secs(2));
        // The next one knows of both.
        let mut daemon = folder.run(&[]);
        let known = daemon.wait_for("the alarm", |status| alarmed(status, round).is_some());
        let alarm = alarmed(&known, round).unwrap();
        assert_eq!((&alarm["number"], &alarm["acknowledged"]["why"]), (&number, &"seen".into()));
        assert_eq!(recorded(&known), overrides, "round {round}: overrides\n{}", folder.log());
        die(daemon, &mut chance, Duration::from_secs(1));
    }
    // The last one ends in peace.
    let daemon = folder.run(&[]);
    assert_eq!(daemon.terminate().code(), Some(0), "{}", folder.log());
    assert_eq!(town.held(), ALONE);
    assert!(town.bacnet.slots().iter().all(serde_json::Value::is_null));
}

/// A rule whose alarm stands.
fn alarm(round: u32) -> String {
    format!("rule \"Probe\"\n  when HK1.Raum > 10 °C   alarm fault \"Probe {round}!\"\n")
}

fn alarmed(status: &serde_json::Value, round: u32) -> Option<&serde_json::Value> {
    let words = format!("Probe {round}!");
    let mut alarms = status["alarms"].as_array().unwrap().iter();
    alarms.find(|alarm| alarm["text"].as_str().unwrap().contains(&words))
}

/// A person has seen an alarm.
fn see(folder: &Folder, number: &serde_json::Value) {
    let output = folder.hauswart(&["acknowledge", &number.to_string(), "--why", "seen", "--yes"]);
    assert!(output.status.success(), "{}{}", text(&output.stderr), folder.log());
}

/// Each point with a rule for it, or without.
fn claims(chance: &mut Chance) -> [Option<f64>; 5] {
    std::array::from_fn(|point| (!chance.once_in(2)).then(|| another(point, chance)))
}

fn wanted(claims: &[Option<f64>; 5], overrides: &Overrides) -> [f64; 5] {
    std::array::from_fn(|point| {
        let by_hand = overrides.values().find(|(other, _)| *other == point);
        by_hand.map(|(_, value)| *value).or(claims[point]).unwrap_or(ALONE[point])
    })
}

/// Kills it at any moment, a few of them while it lets go.
fn die(daemon: Daemon<'_>, chance: &mut Chance, longest: Duration) {
    std::thread::sleep(chance.moment(longest));
    if chance.once_in(4) {
        daemon.signal("TERM");
        std::thread::sleep(chance.moment(Duration::from_millis(300)));
    }
    daemon.kill();
}

/// A person lays an override or takes one back.
fn order(folder: &Folder, overrides: &mut Overrides, chance: &mut Chance) {
    if overrides.len() >= 3
        && let Some(id) = overrides.keys().next().copied()
    {
        let output = folder.hauswart(&["override", "--release", &id.to_string(), "--yes"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        overrides.remove(&id);
    }
    let point = chance.below(5) as usize;
    let value = another(point, chance);
    let (name, value_text) = (format!("Schule.{}", POINTS[point]), written(point, value));
    let order = ["override", &name, &value_text, "--for", "5 h", "--why", "Probe", "--yes"];
    let output = folder.hauswart(&[&order[..], &["--format", "json"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // A later one on the same point takes the place of the earlier.
    overrides.retain(|_, (other, _)| *other != point);
    overrides.insert(said["id"].as_u64().unwrap(), (point, value));
}

fn recorded(status: &serde_json::Value) -> Overrides {
    let listed = status["overrides"].as_array().unwrap().iter();
    let read = |entry: &serde_json::Value| {
        let name = entry["point"].as_str().unwrap();
        let point = POINTS.iter().position(|point| name == format!("Schule.{point}")).unwrap();
        let shown = entry["shown"].as_str().unwrap().split(' ').next().unwrap();
        (entry["id"].as_u64().unwrap(), (point, shown.parse().unwrap()))
    };
    listed.map(read).collect()
}

/// Waits until the devices hold what is wanted.
fn settles(town: &mut Town, wanted: &[f64; 5], folder: &Folder, round: u32) {
    let give_up = Instant::now() + Duration::from_secs(45);
    loop {
        let held = town.held();
        if held.iter().zip(wanted).all(|(held, wanted)| (held - wanted).abs() < 0.01) {
            return;
        }
        assert!(
            Instant::now() < give_up,
            "round {round}: {held:?} instead of {wanted:?}\n{}",
            folder.log()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}
