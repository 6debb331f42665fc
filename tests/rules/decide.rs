//! What rules do: parts, levels, latches, timers, faults, the start.

use std::time::Duration;

use crate::town::Bench;

const SETPOINT: &str = "
schedule Nutzung
  Mo-Fr 07:00-17:00
rule \"Raum\"
  when Nutzung   set HK1.Raum_Soll to 20 °C
  else           set HK1.Raum_Soll to 16 °C
";

const NOTHING: [&str; 0] = [];

#[test]
fn the_first_true_part_decides() {
    // A Monday.
    let mut bench = Bench::read(SETPOINT, "2026-03-02T06:59:50");
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 16 °C"]);
    bench.pass(10);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"]);
    bench.pass(10 * 3600);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 16 °C"]);
}

const LATCH: &str = "
rule \"Heizgrenze\"
  level high
  when Kessel.Aussen > 16 °C until < 14 °C
    set Kessel.RK1_Betriebsart to standby
";

#[test]
fn until_holds_between_start_and_stop() {
    let mut bench = Bench::read(LATCH, "2026-03-02T12:00:00");
    let standby = ["Kessel.RK1_Betriebsart high = standby"];
    for (outdoor, on) in [
        ("15 °C", false),
        ("16 °C", false),
        ("16.1 °C", true),
        ("14.1 °C", true),
        ("14 °C", true),
        ("13.9 °C", false),
        ("15 °C", false),
    ] {
        bench.give("Kessel.Aussen", outdoor);
        bench.pass(10);
        assert_eq!(bench.says(), if on { &standby[..] } else { &[] }, "{outdoor}");
    }
}

#[test]
fn an_unknown_input_keeps_the_decision_for_the_grace_then_lets_go_with_an_alarm() {
    let mut bench = Bench::read(LATCH, "2026-03-02T12:00:00");
    bench.give("Kessel.Aussen", "17 °C");
    let standby = ["Kessel.RK1_Betriebsart high = standby"];
    assert_eq!(bench.says(), standby);
    bench.give("Kessel.Aussen", "bad");
    bench.pass(10);
    assert_eq!(bench.says(), standby);
    bench.pass(590);
    assert_eq!(bench.says(), standby, "590 s unknown");
    bench.pass(10);
    let released = "fault: rule \"Rathaus.Heizgrenze\" cannot decide for want of inputs (Rathaus.Kessel.Aussen); what it commanded is released";
    assert_eq!(bench.says(), [released]);
    // The latch stands where it stood: 15 °C is between start and stop.
    bench.give("Kessel.Aussen", "15 °C");
    bench.pass(10);
    assert_eq!(bench.says(), standby);
}

#[test]
fn on_fault_decides_after_the_grace() {
    let mut bench = Bench::read(
        "rule \"CO2\"
           grace 2 min
           when RLT1.CO2 > 1000 ppm   set RLT1.Stufe to stage3
           else                       set RLT1.Stufe to stage1
           on fault                   set RLT1.Stufe to stage2",
        "2026-03-02T12:00:00",
    );
    assert_eq!(bench.says(), ["RLT1.Stufe normal = stage1"]);
    bench.give("RLT1.CO2", "bad");
    bench.pass(10);
    assert_eq!(bench.says(), ["RLT1.Stufe normal = stage1"]);
    bench.pass(120);
    assert_eq!(bench.says(), ["RLT1.Stufe normal = stage2"]);
    bench.give("RLT1.CO2", "1200 ppm");
    bench.pass(10);
    assert_eq!(bench.says(), ["RLT1.Stufe normal = stage3"]);
}

#[test]
fn safety_has_no_grace() {
    let mut bench = Bench::read(
        "rule \"Warm\"
           level safety
           when Kessel.Speicher > 68 °C   set Kessel.WW_Betriebsart to standby
           on fault                       set Kessel.WW_Betriebsart to standby",
        "2026-03-02T12:00:00",
    );
    assert_eq!(bench.says(), NOTHING);
    bench.give("Kessel.Speicher", "bad");
    bench.pass(10);
    assert_eq!(bench.says(), ["Kessel.WW_Betriebsart safety = standby"]);
}

#[test]
fn nothing_is_claimed_before_the_inputs_have_been_heard_of() {
    let body = "
        rule \"Warm\"
           level safety
           when Kessel.Speicher > 68 °C   set Kessel.WW_Betriebsart to standby
           on fault                       set Kessel.WW_Betriebsart to standby
        value Aussen = Kessel.Aussen fallback RLT1.Aussen fallback 0 °C
        rule \"Kalt\"
           when Aussen < 5 °C   set HK1.Betriebsart to day";
    let mut bench = Bench::new(body, "2026-03-02T12:00:00");
    assert_eq!(bench.says(), NOTHING);
    // A substitute does not stand in for what may come in the next second.
    bench.pass(300);
    assert_eq!(bench.says(), NOTHING);
    // Declared bad: that is heard of.
    bench.give("Kessel.Speicher", "bad");
    bench.give("RLT1.Aussen", "3 °C");
    bench.give("Kessel.Aussen", "bad");
    bench.pass(10);
    assert_eq!(
        bench.says(),
        ["Kessel.WW_Betriebsart safety = standby", "HK1.Betriebsart normal = day"]
    );
}

#[test]
fn what_is_never_read_counts_as_unknown_once_the_grace_has_passed() {
    let mut bench = Bench::new(
        "rule \"Kalt\"
           when Kessel.Aussen < 5 °C   set HK1.Betriebsart to day
           on fault                    set HK1.Betriebsart to auto",
        "2026-03-02T12:00:00",
    );
    assert_eq!(bench.says(), NOTHING);
    bench.pass(590);
    assert_eq!(bench.says(), NOTHING);
    bench.pass(10);
    assert_eq!(bench.says(), ["HK1.Betriebsart normal = auto"]);
}

#[test]
fn for_counts_steady_time_and_an_unknown_freezes_it() {
    let mut bench = Bench::read(
        "rule \"Kalt\"
           when Kessel.Speicher < 50 °C for 60 s   alarm urgent \"kalt\"",
        "2026-03-02T12:00:00",
    );
    bench.give("Kessel.Speicher", "45 °C");
    assert_eq!(bench.says(), NOTHING);
    bench.pass(40);
    assert_eq!(bench.says(), NOTHING);
    // 300 s of silence do not count.
    bench.give("Kessel.Speicher", "bad");
    bench.pass(150);
    assert_eq!(bench.says(), NOTHING);
    bench.pass(150);
    assert_eq!(bench.says(), NOTHING);
    bench.give("Kessel.Speicher", "45 °C");
    bench.pass(10);
    assert_eq!(bench.says(), NOTHING);
    // A clock that is set on an hour changes nothing.
    bench.snapshot.now.wall += Duration::from_secs(3600);
    bench.pass(10);
    assert_eq!(bench.says(), NOTHING, "40 s and 10 s");
    bench.pass(10);
    assert_eq!(bench.says(), ["urgent: kalt"]);
    bench.give("Kessel.Speicher", "55 °C");
    bench.pass(10);
    assert_eq!(bench.says(), NOTHING);
    bench.give("Kessel.Speicher", "45 °C");
    bench.pass(10);
    assert_eq!(bench.says(), NOTHING, "it begins anew");
}

#[test]
fn extended_holds_on_after_it_was_last_true() {
    let mut bench = Bench::read(
        "rule \"Nachlauf\"
           when HK1.Pumpe extended 5 min   set HK2.Betriebsart to day",
        "2026-03-02T12:00:00",
    );
    let on = ["HK2.Betriebsart normal = day"];
    assert_eq!(bench.says(), NOTHING);
    bench.give("HK1.Pumpe", "on");
    bench.pass(10);
    assert_eq!(bench.says(), on);
    bench.give("HK1.Pumpe", "off");
    bench.pass(290);
    assert_eq!(bench.says(), on);
    bench.give("HK1.Pumpe", "bad");
    bench.pass(9);
    assert_eq!(bench.says(), on, "true whatever the pump does");
    bench.give("HK1.Pumpe", "off");
    bench.pass(1);
    assert_eq!(bench.says(), NOTHING);
}

#[test]
fn every_condition_is_computed_in_every_cycle() {
    // The second part's timer runs while the first part decides.
    let mut bench = Bench::read(
        "rule \"Zwei\"
           when HK1.Pumpe                 set HK1.Betriebsart to day
           else when HK2.Pumpe for 1 min  set HK1.Betriebsart to night",
        "2026-03-02T12:00:00",
    );
    bench.give("HK1.Pumpe", "on");
    bench.give("HK2.Pumpe", "on");
    for _ in 0..6 {
        assert_eq!(bench.says(), ["HK1.Betriebsart normal = day"]);
        bench.pass(10);
    }
    bench.give("HK1.Pumpe", "off");
    assert_eq!(bench.says(), ["HK1.Betriebsart normal = night"]);
}

#[test]
fn logic_is_three_valued() {
    let cases = [
        ("HK1.Pumpe and HK2.Pumpe", "off", Some(false)),
        ("HK1.Pumpe and HK2.Pumpe", "on", None),
        ("HK1.Pumpe or HK2.Pumpe", "on", Some(true)),
        ("HK1.Pumpe or HK2.Pumpe", "off", None),
        ("not HK2.Pumpe", "on", None),
        ("HK2.Pumpe fallback HK1.Pumpe", "on", Some(true)),
        ("HK2.Pumpe fallback off", "on", Some(false)),
        ("HK2.Pumpe is bad", "on", Some(true)),
        ("HK2.Pumpe is good", "on", Some(false)),
        ("HK2.Pumpe is not bad", "on", Some(false)),
        ("HK1.Raum_Soll is by hand", "on", Some(true)),
    ];
    for (condition, other, expected) in cases {
        let mut bench = Bench::read(&format!("value X = {condition}"), "2026-03-02T12:00:00");
        bench.give("HK1.Pumpe", other);
        bench.give("HK2.Pumpe", "bad");
        bench.give("HK1.Betriebsart", "day");
        let verdict = bench.cycle();
        let expected = expected.map(|on| f64::from(u8::from(on)));
        assert_eq!(verdict.values[0].value, expected, "{condition}, {other}");
    }
}

#[test]
fn a_division_by_zero_is_unknown() {
    let mut bench =
        Bench::read("value X = Strom.Leistung / Waerme.Leistung", "2026-03-02T12:00:00");
    bench.give("Strom.Leistung", "3 kW");
    assert_eq!(bench.cycle().values[0].value, None);
    bench.give("Waerme.Leistung", "2 kW");
    assert_eq!(bench.cycle().values[0].value, Some(1.5));
}

#[test]
fn a_constant_that_stands_in_is_alarmed_after_the_grace() {
    let mut bench = Bench::read(
        "value Aussen = Kessel.Aussen fallback 0 °C
         rule \"Kalt\"
           when Aussen < 5 °C   set HK1.Betriebsart to day",
        "2026-03-02T12:00:00",
    );
    bench.give("Kessel.Aussen", "bad");
    let day = "HK1.Betriebsart normal = day";
    assert_eq!(bench.says(), [day]);
    bench.pass(600);
    assert_eq!(
        bench.says(),
        [day, "notice: Rathaus.Aussen works with a substitute (Rathaus.Kessel.Aussen)"]
    );
    bench.give("Kessel.Aussen", "1 °C");
    bench.pass(10);
    assert_eq!(bench.says(), [day]);
}

#[test]
fn an_unknown_value_keeps_the_last_one() {
    let mut bench = Bench::read(
        "curve Heizkurve
           -12 °C -> 28 °C
            20 °C -> 20 °C
         rule \"Zuluft\"
           set RLT1.Zuluft_Soll to Heizkurve(Kessel.Aussen)",
        "2026-03-02T12:00:00",
    );
    for (outdoor, supply) in [("-20 °C", "28"), ("4 °C", "24"), ("30 °C", "20"), ("bad", "20")] {
        bench.give("Kessel.Aussen", outdoor);
        bench.pass(10);
        assert_eq!(bench.says(), [format!("RLT1.Zuluft_Soll normal = {supply} °C")]);
    }
}

#[test]
fn a_saved_state_goes_on_where_the_clause_is_unchanged() {
    let mut bench = Bench::read(LATCH, "2026-03-02T12:00:00");
    bench.give("Kessel.Aussen", "17 °C");
    bench.cycle();
    let saved: Vec<_> =
        bench.state.saved(&bench.program).map(|(id, memory)| (id.clone(), memory)).collect();
    let text = serde_json::to_string(&saved).unwrap();
    let saved: Vec<_> = serde_json::from_str(&text).unwrap();
    let between = |bench: &mut Bench| {
        bench.give("Kessel.Aussen", "15 °C");
        bench.says()
    };
    let mut same = Bench::read(LATCH, "2026-03-02T13:00:00");
    same.state = same.program.restored(Vec::clone(&saved), Duration::from_secs(3600));
    assert_eq!(between(&mut same), ["Kessel.RK1_Betriebsart high = standby"]);
    let mut changed = Bench::read(&LATCH.replace("14 °C", "13 °C"), "2026-03-02T13:00:00");
    changed.state = changed.program.restored(saved, Duration::from_secs(3600));
    assert_eq!(between(&mut changed), NOTHING);
}

#[test]
fn a_rule_is_known_by_its_building_and_its_line() {
    let mut bench = Bench::read(LATCH, "2026-03-02T12:00:00");
    bench.give("Kessel.Aussen", "17 °C");
    let verdict = bench.cycle();
    let expected = hauswart::model::Origin::Rule {
        rule: "Rathaus.Heizgrenze".into(),
        file: "test.rules".into(),
        line: 7,
    };
    assert_eq!(*verdict.claims().next().unwrap().origin, expected);
    assert_eq!(bench.program.reads(), [bench.id("Kessel.Aussen")]);
    assert_eq!(bench.program.commands(), [bench.id("Kessel.RK1_Betriebsart")]);
}

#[test]
fn a_room_is_preheated_as_early_as_it_needs() {
    let mut bench = Bench::read(
        "schedule Nutzung
           Mo-Fr 07:00-17:00
         value Vorheizzeit = min(12 h, max(0 min, (20 °C - HK1.Raum) * 25 min/K) fallback 4 h)
         value Vorheizen   = Nutzung starts within Vorheizzeit until Nutzung
         rule \"Raum\"
           when Nutzung or Vorheizen   set HK1.Raum_Soll to 20 °C
           else                        set HK1.Raum_Soll to 16 °C",
        "2026-03-02T05:00:00",
    );
    // 4 K · 25 min/K = 100 min before 07:00.
    bench.give("HK1.Raum", "16 °C");
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 16 °C"]);
    bench.pass(1190);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 16 °C"]);
    bench.pass(10);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"], "05:20");
    // It warms up: the start is not taken back.
    bench.give("HK1.Raum", "19.9 °C");
    bench.pass(10);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"]);
}
