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
