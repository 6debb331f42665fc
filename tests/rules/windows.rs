//! Windows, run hours and demand in rules: what fills them, what is kept out,
//! what they say before they know.

use std::time::Duration;

use hauswart::rules::{Memory, MemoryId};

use crate::town::Bench;

const NOTHING: [&str; 0] = [];

/// A cycle every 10 s for so many minutes; what was said last.
fn minutes(bench: &mut Bench, minutes: u64) -> Vec<String> {
    let mut said = Vec::new();
    for _ in 0..minutes * 6 {
        bench.pass(10);
        said = bench.says();
    }
    said
}

fn value(bench: &mut Bench) -> Option<f64> {
    bench.cycle();
    bench.verdict.values.iter().find(|value| &*value.name == "Rathaus.X").unwrap().value
}

fn near(found: Option<f64>, wanted: f64) -> bool {
    found.is_some_and(|found| (found - wanted).abs() < 1e-6)
}

const LIMIT: &str = "
value Aussen = Kessel.Aussen fallback RLT1.Aussen fallback 0 °C
rule \"Heizgrenze\"
  level high
  when mean(Aussen) over 2 h > 16 °C until < 14 °C
    set Kessel.RK1_Betriebsart to standby
";

#[test]
fn a_window_says_nothing_until_it_is_filled_and_nobody_is_alarmed() {
    let mut bench = Bench::read(LIMIT, "2026-05-02T12:00:00");
    bench.give("Kessel.Aussen", "20 °C");
    // Unknown for longer than the grace; but nothing is broken.
    assert_eq!(minutes(&mut bench, 88), NOTHING);
    assert_eq!(minutes(&mut bench, 3), ["Kessel.RK1_Betriebsart high = standby"]);
    bench.give("Kessel.Aussen", "13 °C");
    assert_eq!(minutes(&mut bench, 90), ["Kessel.RK1_Betriebsart high = standby"]);
    assert_eq!(minutes(&mut bench, 30), NOTHING);
}

#[test]
fn a_dead_sensor_is_alarmed_though_the_window_is_filling() {
    let body = LIMIT.replace("Aussen) over", "Kessel.Aussen) over");
    let mut bench = Bench::read(&body, "2026-05-02T12:00:00");
    bench.give("Kessel.Aussen", "bad");
    let alarm = "fault: rule \"Rathaus.Heizgrenze\" cannot decide for want of inputs (Rathaus.Kessel.Aussen); what it commanded is released";
    assert_eq!(minutes(&mut bench, 15), [alarm]);
}

#[test]
fn a_window_that_stays_empty_is_alarmed_once_its_time_has_passed() {
    let body = LIMIT.replace("Aussen) over", "Kessel.Aussen) over");
    let mut bench = Bench::read(&body, "2026-05-02T12:00:00");
    // Each second reading is lost.
    let mut said = Vec::new();
    for minute in 0..130 {
        for second in 0..6 {
            bench.give("Kessel.Aussen", if second % 2 == 0 { "20 °C" } else { "bad" });
            bench.pass(10);
            said = bench.says();
        }
        bench.give("Kessel.Aussen", "20 °C");
        said = if minute == 129 { bench.says() } else { said };
        let due = minute >= 120;
        assert!(due || said.iter().all(|said| !said.contains("although")), "{minute}: {said:?}");
    }
    let alarm = "fault: rule \"Rathaus.Heizgrenze\" cannot decide although all inputs are there (too few readings in the span of time, or divided by zero); what it commanded is released";
    assert_eq!(said, [alarm]);
}

#[test]
fn an_alarm_on_fault_waits_for_the_window_too() {
    let body = "
        rule \"Warmwasser\"
          grace 1 min
          when max(Kessel.Speicher) over 1 h < 55 °C   alarm urgent \"zu kalt\"
          on fault                                     alarm urgent \"Fühler gestört\"";
    let mut bench = Bench::read(body, "2026-05-02T12:00:00");
    bench.give("Kessel.Speicher", "50 °C");
    assert_eq!(minutes(&mut bench, 40), NOTHING);
    assert_eq!(minutes(&mut bench, 6), ["urgent: zu kalt"]);
    bench.give("Kessel.Speicher", "bad");
    assert_eq!(minutes(&mut bench, 20), ["urgent: Fühler gestört"]);
}

#[test]
fn what_stands_in_is_kept_out() {
    for (expression, wanted) in [
        // 0 °C stands in for half an hour of two: it does not count.
        ("mean(Kessel.Aussen fallback 0 °C) over 2 h", 20.0),
        ("min(Kessel.Aussen fallback (3 K + -3 °C)) over 2 h", 20.0),
        ("mean(max(Kessel.Aussen fallback 0 °C, -20 °C)) over 2 h", 20.0),
        ("mean(Kessel.Aussen fallback Ersatz) over 2 h", 20.0),
        // Another sensor is no constant.
        ("min(Kessel.Aussen fallback RLT1.Aussen fallback 0 °C) over 2 h", 12.0),
    ] {
        let body = format!("value Ersatz = 0 °C\nvalue X = {expression}");
        let mut bench = Bench::read(&body, "2026-05-02T12:00:00");
        bench.give("RLT1.Aussen", "12 °C");
        for (temperature, how_long) in [("20 °C", 60), ("bad", 30), ("20 °C", 60)] {
            bench.give("Kessel.Aussen", temperature);
            minutes(&mut bench, how_long);
        }
        let found = value(&mut bench);
        assert!(near(found, wanted), "{expression}: {found:?}, not {wanted}");
    }
}

#[test]
fn starts_change_and_rate_over_a_while() {
    let mut bench = Bench::read(
        "rule \"Takten\"
           when starts(HK1.Pumpe is on) over 1 h > 5 until < 2   alarm \"taktet\"
         rule \"Fenster\"
           when change(HK1.Raum) over 10 min < -1.5 K for 1 min  alarm notice \"Fenster?\"
         value X = rate(Waerme.Energie) over 30 min",
        "2026-05-02T12:00:00",
    );
    for step in 0..60_u32 {
        bench.give("HK1.Pumpe", if step % 8 < 4 { "on" } else { "off" });
        bench.give("Waerme.Energie", &format!("{} kWh", 1000 + step));
        let said = minutes(&mut bench, 1);
        // 12 starts at 8, 16, 24, 32, 40 and 48 min.
        let clocked = said.iter().any(|said| said == "fault: taktet");
        assert_eq!(clocked, step >= 48, "{step} min");
    }
    assert!(near(value(&mut bench), 60e3), "a kWh a minute: {:?}", value(&mut bench));
    bench.give("HK1.Pumpe", "off");
    bench.give("HK1.Raum", "20 °C");
    assert_eq!(minutes(&mut bench, 12), ["fault: taktet"]);
    bench.give("HK1.Raum", "18 °C");
    assert_eq!(minutes(&mut bench, 2), ["fault: taktet", "notice: Fenster?"]);
    assert_eq!(minutes(&mut bench, 60), NOTHING);
}

#[test]
fn run_hours_go_on_from_what_the_site_file_says() {
    let body = "
        value X = hours(Lueftung.Klappe is on)
        value Y = hours(Lueftung.Klappe)
        rule \"Wartung\"
          when hours(Lueftung.Klappe) >= 100 h   alarm notice \"Filter wechseln\"";
    let mut bench = Bench::read(body, "2026-05-02T12:00:00");
    bench.give("Lueftung.Klappe", "on");
    assert_eq!(value(&mut bench), Some(99.0 * 3600.0));
    assert_eq!(minutes(&mut bench, 30), NOTHING);
    bench.give("Lueftung.Klappe", "bad");
    assert_eq!(minutes(&mut bench, 600), NOTHING, "it stands while nobody knows");
    assert_eq!(value(&mut bench), Some(99.5 * 3600.0 + 10.0), "it ran until it was heard");
    bench.give("Lueftung.Klappe", "on");
    assert_eq!(minutes(&mut bench, 30), ["notice: Filter wechseln"]);
    // One counter, whoever asks; it is the point's, not a rule's.
    let saved: Vec<(MemoryId, Memory)> =
        bench.state.saved(&bench.program).map(|(id, memory)| (id.clone(), memory)).collect();
    assert_eq!(saved.len(), 1);
    assert_eq!((&*saved[0].0.owner, &*saved[0].0.text), ("Rathaus.Lueftung.Klappe", "hours on"));
    let mut other =
        Bench::read("value X = hours(Lueftung.Klappe is not off) + 1 h", "2026-05-03T12:00:00");
    other.state = other.program.restored(saved, Duration::from_secs(86_400));
    assert_eq!(value(&mut other), Some(101.0 * 3600.0));
}

#[test]
fn demand_follows_the_quarter_hours() {
    let mut bench = Bench::read(
        "rule \"Spitze\"
           when demand(Strom.Leistung) over 15 min > 50 kW until < 45 kW
             alarm notice \"Spitze\"",
        "2026-05-02T11:59:50",
    );
    bench.give("Strom.Leistung", "40 kW");
    assert_eq!(minutes(&mut bench, 5), NOTHING);
    bench.give("Strom.Leistung", "60 kW");
    // 5 min at 40 kW and 10 min at 60 kW.
    assert_eq!(minutes(&mut bench, 1), ["notice: Spitze"]);
    bench.give("Strom.Leistung", "10 kW");
    assert_eq!(minutes(&mut bench, 1), NOTHING);
    // A whole quarter at 60 kW; its first three minutes say nothing.
    minutes(&mut bench, 8);
    bench.give("Strom.Leistung", "60 kW");
    assert_eq!(minutes(&mut bench, 2), NOTHING);
    assert_eq!(minutes(&mut bench, 2), ["notice: Spitze"]);
}

#[test]
fn demand_follows_the_pulse_of_a_point_that_has_one() {
    let mut bench =
        Bench::read("value X = demand(Waerme.Leistung) over 15 min", "2026-05-02T12:05:00");
    bench.give("Waerme.Leistung", "30 kW");
    minutes(&mut bench, 12);
    assert_eq!(value(&mut bench), None, "no pulse yet");
    bench.give("Waerme.Messperiode", "on");
    minutes(&mut bench, 2);
    assert_eq!(value(&mut bench), None);
    bench.give("Waerme.Messperiode", "off");
    minutes(&mut bench, 2);
    assert!(near(value(&mut bench), 30e3));
    bench.give("Waerme.Messperiode", "bad");
    minutes(&mut bench, 12);
    assert!(near(value(&mut bench), 30e3));
    minutes(&mut bench, 5);
    assert_eq!(value(&mut bench), None, "the next one is overdue");
}

#[test]
fn a_window_outlives_a_restart_and_knows_nothing_of_the_time_between() {
    let mut bench = Bench::read(LIMIT, "2026-05-02T12:00:00");
    bench.give("Kessel.Aussen", "20 °C");
    let standby = ["Kessel.RK1_Betriebsart high = standby"];
    assert_eq!(minutes(&mut bench, 120), standby);
    let saved: Vec<(MemoryId, Memory)> =
        bench.state.saved(&bench.program).map(|(id, memory)| (id.clone(), memory)).collect();
    let text = serde_json::to_string(&saved).unwrap();
    let back = |down: u64| {
        let saved: Vec<(MemoryId, Memory)> = serde_json::from_str(&text).unwrap();
        let mut bench = Bench::read(LIMIT, "2026-05-02T15:00:00");
        bench.give("Kessel.Aussen", "15 °C");
        bench.state = bench.program.restored(saved, Duration::from_secs(down));
        bench.says()
    };
    assert_eq!(back(20 * 60), standby);
    assert_eq!(back(60 * 60), NOTHING, "half of it is not known");
}

#[test]
fn recorded_readings_fill_a_window_at_the_start() {
    let mut past = Bench::read(LIMIT, "2026-05-02T10:00:00");
    past.give("Kessel.Aussen", "20 °C");
    let mut recorded = Vec::new();
    for _ in 0..120 {
        recorded.push(past.snapshot.clone());
        past.pass(60);
    }
    let mut bench = Bench::read(LIMIT, "2026-05-02T12:00:00");
    bench.give("Kessel.Aussen", "20 °C");
    let filled = bench.program.filled(recorded, bench.snapshot.now.wall);
    bench.state = bench.program.restored(filled, Duration::ZERO);
    assert_eq!(bench.says(), ["Kessel.RK1_Betriebsart high = standby"]);
}
