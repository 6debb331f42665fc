//! The demo's rules against the simulated building, without sockets: a week
//! each in winter, spring and summer. They save energy, and nobody is colder.

use std::time::Duration;

use hauswart::model::{Demand, Kind, Now, Quality, Reading, Snapshot};
use hauswart::plant::commands::{Commands, Mode};
use hauswart::plant::{Model, Truth};
use hauswart::rules::{Program, Verdict, compile};
use hauswart::site::Site;
use jiff::Timestamp;

use crate::town;

const STEP: Duration = Duration::from_secs(60);
const WEEK: u64 = 7 * 24 * 60;

/// What a week cost.
#[derive(Debug, Clone, Copy)]
struct Week {
    gas_m3: f64,
    electricity_kwh: f64,
    /// Below 20 °C while people are there or may be, K h, both zones.
    lack_kh: f64,
    /// Hall above 1000 ppm while people are there, ppm h.
    stale_ppm_h: f64,
    coldest_tank_c: f64,
}

fn read(site: &Site, truth: &Truth, steps: u64) -> Snapshot {
    let now = Now { wall: truth.moment, steady: STEP * u32::try_from(steps).unwrap() };
    let mut snapshot = Snapshot::never(now, site.points.len());
    let values = [
        ("Kessel.Aussen", truth.outdoor_c),
        ("Kessel.Speicher", truth.hot_water.tank_c),
        ("RLT1.Aussen", truth.outdoor_c),
        ("RLT1.Abluft", truth.air.extract_c),
        ("RLT1.CO2", truth.zones[1].co2_ppm),
        ("RLT1.Filter", f64::from(u8::from(truth.air.filter_dirty))),
        ("HK1.Raum", truth.zones[0].room_c),
        ("HK2.Raum", truth.zones[1].room_c),
    ];
    for (name, value) in values {
        let id = site.points.find(&format!("Rathaus.{name}")).unwrap();
        snapshot.readings[id.index()] = Reading { value, quality: Quality::Good, at: now };
    }
    snapshot
}

fn mode(state: &str) -> Mode {
    match state {
        "standby" => Mode::Standby,
        "day" => Mode::Day,
        "night" => Mode::Night,
        _ => Mode::Auto,
    }
}

/// What the rules ask for, lowest level first; what they let go is as found.
fn command(site: &Site, verdict: &Verdict) -> Commands {
    let mut commands = Commands::default();
    let mut claims: Vec<_> = verdict.claims().collect();
    claims.sort_by_key(|claim| claim.level);
    for claim in claims {
        let point = site.points.get(claim.point);
        let Demand::Set(value) = claim.demand else { continue };
        let shown = point.kind.display(value);
        match point.name.trim_start_matches("Rathaus.") {
            "HK1.Raum_Soll" => commands.zones[0].setpoint_c = value,
            "HK2.Raum_Soll" => commands.zones[1].setpoint_c = value,
            "HK1.Betriebsart" => commands.zones[0].mode = mode(&shown),
            "HK2.Betriebsart" => commands.zones[1].mode = mode(&shown),
            "Kessel.RK1_Betriebsart" => commands.circuits[0].mode = mode(&shown),
            "Kessel.RK2_Betriebsart" => commands.circuits[1].mode = mode(&shown),
            "Kessel.WW_Betriebsart" => commands.hot_water.mode = mode(&shown),
            "Kessel.WW_Soll" => commands.hot_water.setpoint_c = value,
            "RLT1.Zuluft_Soll" => commands.air.setpoint_c = value,
            "RLT1.Stufe" => {
                let Kind::States(states) = &point.kind else { panic!("{point:?}") };
                let stage = states.iter().position(|state| *state == shown).unwrap();
                commands.air.stage = u8::try_from(stage).unwrap();
            }
            other => panic!("{other} is commanded, and this test does not know it"),
        }
    }
    commands
}

fn week(start: &str, seed: u64, demo: &Program, ruled: bool) -> Week {
    let site = town::demo_site();
    let start: Timestamp = start.parse().unwrap();
    let mut model = Model::new(start, seed);
    let mut state = demo.state();
    let mut verdict = Verdict::default();
    let mut week = Week {
        gas_m3: 0.0,
        electricity_kwh: 0.0,
        lack_kh: 0.0,
        stale_ppm_h: 0.0,
        coldest_tank_c: f64::INFINITY,
    };
    // The first week settles the building.
    for step in 0..2 * WEEK {
        if ruled {
            let snapshot = read(&site, model.truth(), step);
            demo.evaluate(&snapshot, &mut state, &mut verdict);
            model.commands = command(&site, &verdict);
        }
        let before = *model.truth();
        model.step(STEP);
        if step < WEEK {
            continue;
        }
        let truth = model.truth();
        week.gas_m3 += truth.meters.gas_m3 - before.meters.gas_m3;
        week.electricity_kwh += truth.meters.electricity_kwh - before.meters.electricity_kwh;
        let open = demo.schedule_on("Rathaus.Nutzung", truth.moment) == Some(true);
        for zone in truth.zones.iter().filter(|zone| open || zone.persons > 0.0) {
            week.lack_kh += (20.0 - zone.room_c).max(0.0) / 60.0;
        }
        if truth.zones[1].persons > 0.0 {
            week.stale_ppm_h += (truth.zones[1].co2_ppm - 1000.0).max(0.0) / 60.0;
        }
        week.coldest_tank_c = week.coldest_tank_c.min(truth.hot_water.tank_c);
    }
    week
}

fn demo_program() -> Program {
    let path = town::root().join("rules/demo/rathaus.rules");
    let text = std::fs::read_to_string(&path).unwrap();
    let compiled = compile(&[town::source("rathaus.rules", &text)], &town::demo_site());
    compiled.program.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

#[test]
fn the_demo_saves_energy_and_nobody_is_colder() {
    let program = demo_program();
    for start in
        ["2026-01-12T00:00:00+01:00", "2026-04-13T00:00:00+02:00", "2026-07-13T00:00:00+02:00"]
    {
        let seed = 1;
        let with = week(start, seed, &program, true);
        let without = week(start, seed, &program, false);
        let both = format!("{start}\n with rules {with:?}\n without {without:?}");
        assert!(with.gas_m3 < 0.95 * without.gas_m3, "{both}");
        assert!(with.electricity_kwh < 0.9 * without.electricity_kwh, "{both}");
        assert!(with.lack_kh <= without.lack_kh, "{both}");
        assert!(with.stale_ppm_h <= without.stale_ppm_h, "{both}");
        assert!(with.coldest_tank_c > 49.5, "{both}");
        println!("{both}");
    }
}
