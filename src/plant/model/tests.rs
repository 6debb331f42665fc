use super::super::commands::Mode;
use super::super::design::{WATER_J_KG_K, air};
use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const WEEK_MIN: usize = 7 * 24 * 60;

fn january() -> Timestamp {
    "2026-01-12T00:00:00+01:00".parse().unwrap()
}

/// Offices' night: not occupied within the next three hours.
fn set_back(model: &mut Model) {
    let ahead = |h: i64| {
        let moment = model.moment + jiff::SignedDuration::from_hours(h);
        model.timetable.at(moment)
    };
    let near: Vec<_> = (0..=3).map(ahead).collect();
    for i in 0..2 {
        let mode = if near.iter().any(|p| p.occupied(i)) { Mode::Day } else { Mode::Night };
        model.commands.circuits[i].mode = mode;
        model.commands.zones[i].mode = mode;
    }
    model.commands.air.stage = if near[0].occupied(1) { 2 } else { 0 };
}

fn week(seed: u64, rules: bool) -> Model {
    week_and_lack(seed, rules).0
}

/// The building after a week, and what was missing from 20 °C while it was
/// occupied, K h by zone.
fn week_and_lack(seed: u64, rules: bool) -> (Model, [f64; 2]) {
    let mut model = Model::new(january(), seed);
    let mut lack = [0.0; 2];
    for _ in 0..WEEK_MIN {
        if rules {
            set_back(&mut model);
        }
        model.step(MINUTE);
        for (zone, lack) in model.truth.zones.iter().zip(&mut lack) {
            if zone.persons > 0.0 {
                *lack += (20.0 - zone.room_c).max(0.0) / 60.0;
            }
        }
    }
    (model, lack)
}

#[test]
fn energy_in_is_stored_or_lost() {
    for (seed, rules) in [(1, false), (2, true), (3, true)] {
        let mut model = Model::new(january(), seed);
        let stored_before = model.stored_j();
        let before = model.ledger;
        for _ in 0..WEEK_MIN {
            if rules {
                set_back(&mut model);
            }
            model.step(MINUTE);
        }
        let input = model.ledger.input() - before.input();
        let lost = model.ledger.lost() - before.lost();
        let gap = input - lost - (model.stored_j() - stored_before);
        assert!(input > 1e9);
        assert!(gap.abs() < 1e-6 * input, "seed {seed}: {gap} J of {input} J are missing");
        let parts =
            model.ledger.circuits.iter().sum::<f64>() + model.ledger.coil + model.ledger.hot_water;
        assert!((parts - model.ledger.delivered).abs() < 1e-6 * parts);
    }
}

/// A second way to the same number: with the losses held constant the room
/// settles where a hand calculation of the static balance puts it.
#[test]
fn settles_where_the_static_balance_says() {
    let sky = Sky { outdoor_c: 0.0, sun_w_m2: 0.0, cloud: 8.0 };
    let nobody = NamedSchedule { persons: [0.0; 2], equipment_w: [0.0; 2], draw_off_kg_s: 0.0 };
    let mut model = Model::new(january(), 1);
    model.commands.air.stage = 0;
    for _ in 0..40 * 24 * 240 {
        model.substep(&sky, &nobody, SUBSTEP_S);
    }
    let before = model.ledger;
    for _ in 0..24 * 240 {
        model.substep(&sky, &nobody, SUBSTEP_S);
    }
    for (i, zone) in ZONES.iter().enumerate() {
        let opaque = 1.0 / (1.0 / zone.opaque_w_k + 1.0 / zone.air_mass_w_k);
        let infiltration = zone.infiltration_per_h * zone.volume_m3 / 3.0;
        let room = model.truth.zones[i].room_c;
        let other = model.truth.zones[1 - i].room_c;
        let expected = (zone.window_w_k + infiltration + opaque) * room
            + design::BETWEEN_ZONES_W_K * (room - other);
        let measured = (model.ledger.circuits[i] - before.circuits[i]) / 86_400.0;
        assert!((measured / expected - 1.0).abs() < 0.01, "zone {i}: {measured} W, {expected} W");
    }
}

#[test]
fn left_alone_it_holds_21_degrees_day_and_night() {
    for seed in 0..4 {
        let mut model = Model::new(january(), seed);
        for minute in 0..WEEK_MIN {
            model.step(MINUTE);
            let truth = model.truth();
            for zone in &truth.zones {
                assert!((19.3..24.0).contains(&zone.room_c), "seed {seed} {minute}: {truth:?}");
            }
            assert!((52.0..66.0).contains(&truth.hot_water.tank_c), "{truth:?}");
            assert!((40.0..88.0).contains(&truth.boiler.flow_c), "{truth:?}");
            assert!((18.0..26.0).contains(&truth.air.supply_c), "{truth:?}");
            assert!((400.0..1500.0).contains(&truth.zones[1].co2_ppm), "{truth:?}");
            assert!(truth.boiler.return_c <= truth.boiler.flow_c + 1e-9, "{truth:?}");
        }
    }
}

/// The room and the zone valve settle; they do not hunt.
#[test]
fn nothing_hunts() {
    let sky = Sky { outdoor_c: -3.0, sun_w_m2: 0.0, cloud: 8.0 };
    let nobody = NamedSchedule { persons: [0.0; 2], equipment_w: [2e3, 1e3], draw_off_kg_s: 0.0 };
    let mut model = Model::new(january(), 1);
    for _ in 0..20 * 24 * 240 {
        model.substep(&sky, &nobody, SUBSTEP_S);
    }
    // A disturbance that the loops must damp.
    model.stores.air_c = [18.0, 19.0];
    for _ in 0..48 * 240 {
        model.substep(&sky, &nobody, SUBSTEP_S);
    }
    let mut room = [(f64::MAX, f64::MIN); 2];
    let mut valve = [(f64::MAX, f64::MIN); 2];
    for _ in 0..6 * 240 {
        model.substep(&sky, &nobody, SUBSTEP_S);
        for i in 0..2 {
            let zone = model.truth.zones[i];
            room[i] = (room[i].0.min(zone.room_c), room[i].1.max(zone.room_c));
            valve[i] = (valve[i].0.min(zone.valve), valve[i].1.max(zone.valve));
        }
    }
    for i in 0..2 {
        assert!(room[i].1 - room[i].0 < 0.1, "zone {i} room {room:?}");
        assert!(valve[i].1 - valve[i].0 < 0.05, "zone {i} valve {valve:?}");
    }
}

#[test]
fn setback_saves_and_rooms_come_back() {
    let found = week(5, false);
    let (kept, lack) = week_and_lack(5, true);
    assert!(lack.iter().all(|lack| *lack < 5.0), "{lack:?} K h below 20 °C");
    let (gas_found, gas_kept) = (found.ledger.gas, kept.ledger.gas);
    let (el_found, el_kept) = (found.ledger.electricity, kept.ledger.electricity);
    assert!(
        gas_kept < 0.9 * gas_found,
        "gas {:.0} of {:.0} kWh",
        gas_kept / 3.6e6,
        gas_found / 3.6e6
    );
    assert!(el_kept < 0.95 * el_found);
    // A plausible building: 100–250 kWh/m² of gas a year means this in a week.
    let specific = gas_found / 3.6e6 / 1400.0;
    assert!((3.0..9.0).contains(&specific), "{specific} kWh/m² in a January week");
}

#[test]
fn offices_cool_and_warm_faster_than_the_hall() {
    let mut model = Model::new(january(), 3);
    for zone in &mut model.commands.zones {
        zone.mode = Mode::Standby;
    }
    model.commands.air.stage = 0;
    let warm = model.truth.zones;
    model.step(Duration::from_hours(8));
    let cold = model.truth.zones;
    let fell = [0, 1].map(|i| warm[i].room_c - cold[i].room_c);
    assert!(fell[0] > 1.3 * fell[1], "{fell:?}");
    assert!((1.5..8.0).contains(&fell[0]), "{fell:?}");
    for zone in &mut model.commands.zones {
        zone.mode = Mode::Day;
    }
    model.step(Duration::from_hours(4));
    let again = model.truth.zones;
    assert!(again[0].room_c > cold[0].room_c + 2.0, "{cold:?} {again:?}");
}

#[test]
fn stand_by_in_hard_frost_freezes_nothing() {
    let sky = Sky { outdoor_c: -15.0, sun_w_m2: 0.0, cloud: 8.0 };
    let nobody = NamedSchedule { persons: [0.0; 2], equipment_w: [0.0; 2], draw_off_kg_s: 0.0 };
    let mut model = Model::new(january(), 1);
    for i in 0..2 {
        model.commands.circuits[i].mode = Mode::Standby;
        model.commands.zones[i].mode = Mode::Standby;
    }
    model.commands.hot_water.mode = Mode::Standby;
    model.commands.air.stage = 0;
    for _ in 0..14 * 24 * 240 {
        model.substep(&sky, &nobody, SUBSTEP_S);
        assert!(model.truth.zones.iter().all(|zone| zone.room_c > 4.0), "{:?}", model.truth);
        assert!(model.truth.hot_water.tank_c > 4.0);
    }
}

#[test]
fn without_air_a_full_hall_gets_stuffy() {
    let mut stuffy = week(2, false);
    let tuesday: Timestamp = "2026-01-20T19:00:00+01:00".parse().unwrap();
    stuffy.step(Duration::try_from(tuesday - stuffy.moment).unwrap());
    let mut aired = stuffy.clone();
    stuffy.commands.air.stage = 0;
    aired.commands.air.stage = 3;
    for model in [&mut stuffy, &mut aired] {
        model.step(Duration::from_hours(3));
    }
    assert!(stuffy.truth.zones[1].co2_ppm > 1400.0, "{:?}", stuffy.truth.zones);
    assert!(aired.truth.zones[1].co2_ppm < 1000.0, "{:?}", aired.truth.zones);
    assert!(aired.truth.meters.electricity_w > stuffy.truth.meters.electricity_w + 4000.0);
}

#[test]
fn summer_heats_no_room() {
    let mut model = Model::new("2026-07-06T00:00:00+02:00".parse().unwrap(), 1);
    for _ in 0..WEEK_MIN {
        model.step(MINUTE);
        assert!(
            model.truth().zones.iter().all(|z| (15.0..34.0).contains(&z.room_c)),
            "{:?}",
            model.truth()
        );
    }
    let ledger = model.ledger;
    assert!(ledger.circuits[0] < 0.25 * ledger.delivered, "{ledger:?}");
    assert!(ledger.hot_water > 0.0);
}

/// Explicit steps are stable where the step is well below the shortest time
/// constant of any node.
#[test]
fn substeps_are_short_enough() {
    let mut fastest = f64::MAX;
    let mut circuits_w_k = 0.0;
    for zone in &ZONES {
        let radiator = 1.3 * zone.emitter_w / 50.0;
        let water = zone.flow_kg_s * WATER_J_KG_K;
        circuits_w_k += water;
        let air = zone.air_mass_w_k + zone.window_w_k + radiator + 2e3;
        fastest = fastest.min(zone.emitter_j_k / (radiator + water)).min(zone.air_j_k / air);
    }
    let burner = boiler::POWER_W / 8.0;
    let drawn = circuits_w_k + tank::COIL_W_K + air::COIL_W_K + boiler::LOSS_W_K;
    fastest = fastest.min(boiler::CAPACITY_J_K / (drawn + burner));

    assert!(fastest > 3.0 * SUBSTEP_S, "{fastest} s");
}

#[test]
fn the_same_seed_gives_the_same_week() {
    assert_eq!(week(9, true).truth, week(9, true).truth);
    assert_ne!(week(9, false).truth, week(8, false).truth);
}
