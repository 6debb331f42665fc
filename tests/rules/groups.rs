//! Groups and loops: what a loop stands for, and by what name.

use hauswart::model::Language;
use hauswart::rules::compile;

use crate::town::{Bench, codes, diagnosed, site, source};

const NOTHING: [&str; 0] = [];

const LOOP: &str = "
group Kreise = HK1, HK2
for each K in Kreise
value K.Abweichung = K.Raum_Soll - K.Raum
for each K in Kreise
rule \"{K} zu kalt\"
  when K.Abweichung > 2 K for 10 s
    set K.Betriebsart to day
    alarm \"{K} ist zu kalt\"
value Schlimmste = max(HK1.Abweichung, Rathaus.HK2.Abweichung)
rule \"Meldung\"
  when Schlimmste > 5 K   alarm urgent \"weit weg\"
";

#[test]
fn a_loop_over_devices_stands_for_a_rule_each() {
    let mut bench = Bench::read(LOOP, "2026-03-02T12:00:00");
    bench.give("HK1.Raum_Soll", "20 °C");
    bench.give("HK1.Raum", "17 °C");
    bench.give("HK2.Raum_Soll", "20 °C");
    bench.give("HK2.Raum", "19 °C");
    assert_eq!(bench.says(), NOTHING);
    bench.pass(10);
    let cold = ["HK1.Betriebsart normal = day", "fault: HK1 ist zu kalt"];
    assert_eq!(bench.says(), cold);
    // Each round has a timer of its own.
    bench.give("HK1.Raum", "19 °C");
    bench.give("HK2.Raum", "10 °C");
    bench.pass(10);
    assert_eq!(bench.says(), ["urgent: weit weg"]);
    bench.pass(10);
    assert_eq!(
        bench.says(),
        ["HK2.Betriebsart normal = day", "fault: HK2 ist zu kalt", "urgent: weit weg"]
    );
}

#[test]
fn a_round_is_known_by_its_item() {
    let body = "
        group Fühler = HK1.Raum, HK2.Raum
        for each F in Fühler
        rule \"kalt\"
          when F < 5 °C for 1 min   alarm urgent \"Frost an {F}\"";
    let mut bench = Bench::read(body, "2026-03-02T12:00:00");
    let verdict = bench.cycle();
    let rules: Vec<String> = verdict.rules.iter().map(|rule| rule.rule.to_string()).collect();
    assert_eq!(rules, ["Rathaus.kalt (HK1.Raum)", "Rathaus.kalt (HK2.Raum)"]);
    let owners: Vec<_> =
        bench.state.saved(&bench.program).map(|(id, _)| id.owner.to_string()).collect();
    assert_eq!(owners, rules);
    bench.give("HK2.Raum", "9 °C");
    bench.pass(60);
    assert_eq!(bench.says(), ["urgent: Frost an HK1.Raum"]);
}

#[test]
fn a_group_of_another_building_is_looped_over_by_its_full_name() {
    let site = site();
    let groups = source("a.rules", "language 1\nbuilding Rathaus\ngroup Kreise = HK1, HK2");
    let rules = source(
        "b.rules",
        "language 1\nfor each K in Rathaus.Kreise\nrule \"{K}\"\n  when K.Raum < 18 °C for 1 min   set K.Betriebsart to day",
    );
    let compiled = compile(&[rules, groups], &site);
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    assert_eq!(compiled.program.unwrap().len(), 2);
}

#[test]
fn what_all_rounds_have_in_common_is_told_once() {
    let body = "group Alle = HK1, HK2, RLT1\nfor each R in Alle\nrule \"{R}\"\n  when R.Raun > 20 °C   alarm \"x\"";
    assert_eq!(codes(body), ["unknown-name"]);
    let text = format!("language 1\nbuilding Rathaus\n{}", body.replace("Raun", "Raum"));
    let shown = diagnosed("a.rules", &text, &site(), Language::De);
    let told = "Fehler[unknown-name]: R.Raum gibt es nicht
 --> a.rules:6:8
  |
6 |   when R.Raum > 20 °C   alarm \"x\"
  |        ^^^^^^ bei RLT1";
    assert_eq!(shown.trim_end(), told);
}

#[test]
fn a_value_of_a_loop_is_unused_once() {
    let body = "group Kreise = HK1, HK2\nfor each K in Kreise\nvalue K.Raum2 = K.Raum + 1 K";
    assert_eq!(codes(body), ["unused"]);
    let one = format!("{body}\nrule \"R\" when HK2.Raum2 > 20 °C for 1 h alarm \"x\"");
    assert_eq!(codes(&one), NOTHING);
}

#[test]
fn endless_loops_are_answered() {
    let nested = "for each R in G\n".repeat(20_000);
    assert!(!codes(&format!("group G = HK1\n{nested}rule \"{{R}}\" alarm \"x\"")).is_empty());
}

/// The present value of `value X = …`; unknown is `None`.
fn value(bench: &mut Bench) -> Option<f64> {
    bench.pass(10);
    bench.cycle();
    bench.verdict.values.iter().find(|value| &*value.name == "Rathaus.X").unwrap().value
}

#[test]
fn one_dead_sensor_does_not_blind_a_rule() {
    let body = "
        group Kreise = HK1, HK2
        value X = mean of Raum in Kreise
        rule \"Kalt\"
          when all of Raum in Kreise < 5 °C for 10 s
            alarm \"kalt\"
          else when min of Raum in Kreise, at least 2 good < 10 °C for 10 s
            alarm \"kühl\"";
    let mut bench = Bench::read(body, "2026-03-02T12:00:00");
    bench.give("HK1.Raum", "18 °C");
    bench.give("HK2.Raum", "20 °C");
    assert_eq!(value(&mut bench), Some(19.0));
    bench.give("HK1.Raum", "bad");
    assert_eq!(value(&mut bench), Some(20.0));
    bench.give("HK2.Raum", "bad");
    assert_eq!(value(&mut bench), None);
}

#[test]
fn what_is_computed_over_groups() {
    // HK1.Raum, HK2.Raum, what is asked, what comes of it.
    for (one, other, what, expected) in [
        ("18 °C", "21 °C", "min of Räume", Some(18.0)),
        ("18 °C", "21 °C", "max of Räume", Some(21.0)),
        ("18 °C", "bad", "max of Räume", Some(18.0)),
        ("18 °C", "bad", "max of Räume, at least 2 good", None),
        ("18 °C", "21 °C", "sum of Wärmer in Räume", Some(7.0)),
        ("18 °C", "bad", "sum of Wärmer in Räume", None),
        ("18 °C", "bad", "sum of Wärmer in Räume, at least 1 good", Some(2.0)),
        ("18 °C", "21 °C", "count of Räume > 20 °C", Some(1.0)),
        ("18 °C", "bad", "count of Räume > 17 °C", None),
        ("18 °C", "bad", "count of Räume > 17 °C, at least 1 good", Some(1.0)),
        ("18 °C", "bad", "count of Räume is bad", Some(1.0)),
        ("18 °C", "21 °C", "any of Räume > 20 °C", Some(1.0)),
        ("21 °C", "bad", "any of Räume > 20 °C", Some(1.0)),
        ("18 °C", "bad", "any of Räume > 20 °C", None),
        ("18 °C", "bad", "any of Räume > 20 °C, at least 1 good", Some(0.0)),
        ("18 °C", "bad", "all of Räume > 20 °C", Some(0.0)),
        ("21 °C", "bad", "all of Räume > 20 °C", None),
        ("21 °C", "22 °C", "all of Raum in Kreise > 20 °C", Some(1.0)),
        ("18 °C", "21 °C", "any of Pumpe in Kreise", Some(1.0)),
        ("18 °C", "21 °C", "all of Pumpe in Kreise is on", Some(0.0)),
        ("18 °C", "21 °C", "count of Betriebsart in Kreise is not auto", Some(1.0)),
        ("18 °C", "21 °C", "any of Raum_Soll in Handkreis is by hand", Some(0.0)),
        ("18 °C", "21 °C", "(count of Räume > 17 °C) * 2", Some(4.0)),
        ("18 °C", "21 °C", "max(mean of Räume, 20 °C)", Some(20.0)),
    ] {
        let body = format!(
            "value X = {what}
             group Kreise = HK1, HK2
             group Handkreis = HK1
             group Räume = HK1.Raum, HK2.Raum
             for each R in Räume
             value R.Wärmer = R - 16 °C"
        );
        let mut bench = Bench::read(&body, "2026-03-02T12:00:00");
        bench.give("HK1.Raum", one);
        bench.give("HK2.Raum", other);
        bench.give("HK1.Pumpe", "on");
        bench.give("HK2.Betriebsart", "day");
        assert_eq!(value(&mut bench), expected, "{what}: {one}, {other}");
    }
}

#[test]
fn moist_air_has_a_dew_point_and_holds_water() {
    for (what, expected) in [
        ("dewpoint(HK1.Raum, HK1.Ventil)", Some(9.26)),
        ("humidity(HK1.Raum, HK1.Ventil)", Some(7.25)),
        ("HK1.Raum - dewpoint(HK1.Raum, 50 %)", Some(10.74)),
        ("dewpoint(HK2.Raum, 50 %)", None),
        ("dewpoint(HK1.Raum, HK2.Ventil)", None),
    ] {
        let mut bench = Bench::read(&format!("value X = {what}"), "2026-03-02T12:00:00");
        bench.give("HK1.Raum", "20 °C");
        bench.give("HK1.Ventil", "50 %");
        bench.give("HK2.Raum", "bad");
        let found = value(&mut bench);
        let close = match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 0.01,
            (found, expected) => found == expected,
        };
        assert!(close, "{what}: {found:?}, not {expected:?}");
    }
}
