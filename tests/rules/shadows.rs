//! `shadow`: computed and compared, never commanded.

use hauswart::control::Base;
use hauswart::cycle::shadow::{Would, would};
use hauswart::cycle::{Outcome, Rules, cycle};

use crate::town::{self, Bench};

const RULES: &str = "
rule \"Raum\"
  when HK1.Pumpe   set HK1.Raum_Soll to 20 °C
  else             set HK1.Raum_Soll to 16 °C
rule \"Probe\"
  shadow
  when HK1.Pumpe   set HK1.Raum_Soll to 19 °C
    alarm \"Probe\"
rule \"Deckel\"
  shadow
  level limit
  keep HK1.Raum_Soll at most 18 °C
rule \"Allein\"
  shadow
  set HK2.Raum_Soll to HK2.Raum + 1 K
";

/// What is said of each shadow: rule, would, decided.
fn told(bench: &Bench) -> Vec<(usize, Option<f64>, Option<f64>)> {
    let mut rules = Rules::new(bench.program.clone());
    let mut outcome = Outcome::default();
    let (points, base) = (&bench.site.points, |_| Base::Known(21.0));
    cycle(&bench.snapshot, Some(&mut rules), points, &[], &base, &mut outcome);
    let all = would(&rules, &outcome, points, &[], &base, bench.snapshot.now);
    all.iter().map(|&Would { rule, target, decided, .. }| (rule, target, decided)).collect()
}

#[test]
fn a_shadow_commands_nothing_and_raises_no_alarm() {
    let mut bench = Bench::read(RULES, "2026-03-02T12:00:00");
    bench.give("HK1.Pumpe", "on");
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"]);
    assert_eq!(bench.program.commands(), [bench.id("HK1.Raum_Soll")]);
    // Nor when it is unknown.
    bench.give("HK2.Raum", "bad");
    bench.pass(3600);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"]);
}

#[test]
fn it_is_compared_with_what_is_commanded() {
    let mut bench = Bench::read(RULES, "2026-03-02T12:00:00");
    bench.give("HK2.Raum", "20 °C");
    // The probe asks nothing: in place of the rule, nobody would command it.
    let idle = [(1, None, Some(16.0)), (2, Some(16.0), Some(16.0)), (3, Some(21.0), None)];
    assert_eq!(told(&bench), idle);
    bench.give("HK1.Pumpe", "on");
    let active = [(1, Some(19.0), Some(20.0)), (2, Some(18.0), Some(20.0)), (3, Some(21.0), None)];
    assert_eq!(told(&bench), active);
}

#[test]
fn two_may_set_a_point_at_one_level_if_one_of_them_is_a_shadow() {
    assert!(town::compiles(RULES));
    assert_eq!(
        town::codes(&RULES.replace("rule \"Probe\"\n  shadow", "rule \"Probe\"")),
        ["set-by-two"]
    );
}
