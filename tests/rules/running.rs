//! `run at least`, `run at most`, `pause at least`: against other parts, other
//! levels, failing inputs, restarts and changes of the rules.

use crate::town::{self, Bench};

const NOTHING: [&str; 0] = [];

const FAN: &str = "
rule \"Lüftung\"
  when HK1.Pumpe
    set HK1.Raum_Soll to 23 °C
  else when RLT1.CO2 > 1000 ppm
    set HK1.Raum_Soll to 22 °C
    run at least 10 min
  else when HK2.Pumpe
    set HK1.Raum_Soll to 21 °C
  on fault
    set HK1.Raum_Soll to 18 °C
";

fn set(degrees: u32) -> Vec<String> {
    vec![format!("HK1.Raum_Soll normal = {degrees} °C")]
}

/// The fan started a minute ago for want of air, which is good again.
fn fan(rules: &str) -> Bench {
    let mut bench = Bench::read(rules, "2026-03-02T12:00:00");
    bench.give("RLT1.CO2", "1200 ppm");
    assert_eq!(bench.says(), set(22));
    bench.pass(60);
    bench.give("RLT1.CO2", "600 ppm");
    assert_eq!(bench.says(), set(22));
    bench
}

#[test]
fn run_at_least_holds_against_release() {
    let mut bench = fan(FAN);
    bench.pass(9 * 60 - 1);
    assert_eq!(bench.says(), set(22));
    bench.pass(1);
    assert_eq!(bench.says(), NOTHING);
}

#[test]
fn run_at_least_holds_against_a_later_part_and_not_against_an_earlier_one() {
    let mut bench = fan(FAN);
    bench.give("HK2.Pumpe", "on");
    assert_eq!(bench.says(), set(22));
    bench.give("HK1.Pumpe", "on");
    assert_eq!(bench.says(), set(23));
    // It has ended; nothing holds it any more.
    bench.give("HK1.Pumpe", "off");
    assert_eq!(bench.says(), set(21));
}

#[test]
fn a_run_needs_no_input_until_its_time_is_over() {
    let mut bench = fan(FAN);
    bench.give("RLT1.CO2", "bad");
    bench.pass(9 * 60 - 1);
    assert_eq!(bench.says(), set(22));
    // From here on the rule is unknown: the grace, then on fault.
    bench.pass(1);
    assert_eq!(bench.says(), set(22));
    bench.pass(600);
    assert_eq!(bench.says(), set(18));
    // That ended it: no run is left over.
    bench.give("RLT1.CO2", "600 ppm");
    assert_eq!(bench.says(), NOTHING);
}

#[test]
fn safety_passes_a_run() {
    let rules = format!(
        "{FAN}rule \"Rauch\"\n level safety\n when HK2.Pumpe set HK1.Raum_Soll to 15 °C\n on fault set HK1.Raum_Soll to 15 °C\n"
    );
    let mut bench = fan(&rules.replace("else when HK2.Pumpe", "else when Lueftung.Klappe"));
    bench.give("HK2.Pumpe", "on");
    let safety = "HK1.Raum_Soll safety = 15 °C".to_owned();
    assert_eq!(bench.says(), [set(22), vec![safety]].concat(), "levels arbitrate");
}

#[test]
fn the_first_true_condition_again_begins_no_new_run() {
    let mut bench = fan(FAN);
    bench.pass(300);
    bench.give("RLT1.CO2", "1200 ppm");
    bench.cycle();
    bench.pass(60);
    bench.give("RLT1.CO2", "600 ppm");
    bench.pass(180);
    assert_eq!(bench.says(), NOTHING, "10 min since it began");
}

const FILL: &str = "
rule \"Laden\"
  when Kessel.Speicher < 50 °C
    set HK1.Raum_Soll to 22 °C
    run at most 30 min
  else
    set HK1.Raum_Soll to 17 °C
";

#[test]
fn run_at_most_ends_until_the_condition_has_been_false() {
    let mut bench = Bench::read(FILL, "2026-03-02T12:00:00");
    bench.give("Kessel.Speicher", "40 °C");
    assert_eq!(bench.says(), set(22));
    bench.pass(1799);
    assert_eq!(bench.says(), set(22));
    bench.pass(1);
    assert_eq!(bench.says(), set(17));
    bench.pass(24 * 3600);
    assert_eq!(bench.says(), set(17));
    bench.give("Kessel.Speicher", "bad");
    assert_eq!(bench.says(), set(17), "false or not, it may not run");
    bench.give("Kessel.Speicher", "55 °C");
    assert_eq!(bench.says(), set(17));
    bench.give("Kessel.Speicher", "40 °C");
    assert_eq!(bench.says(), set(22));
}

#[test]
fn run_at_most_ends_what_is_only_kept() {
    let rules =
        FILL.replace("when Kessel", "when HK1.Pumpe set HK1.Raum_Soll to 23 °C else when Kessel");
    let mut bench = Bench::read(&rules, "2026-03-02T12:00:00");
    bench.give("Kessel.Speicher", "40 °C");
    assert_eq!(bench.says(), set(22));
    bench.pass(1795);
    bench.give("HK1.Pumpe", "bad");
    assert_eq!(bench.says(), set(22), "kept within the grace");
    bench.pass(5);
    assert_eq!(bench.says(), NOTHING);
}

#[test]
fn else_may_run_on_for_a_while() {
    let rules = "
schedule Nutzung
  Mo-Fr 07:00-17:00
rule \"Nachlauf\"
  when Nutzung  set HK1.Raum_Soll to 22 °C
  else          set HK1.Raum_Soll to 19 °C  run at most 30 min
";
    let mut bench = Bench::read(rules, "2026-03-02T16:59:59");
    assert_eq!(bench.says(), set(22));
    bench.pass(1);
    assert_eq!(bench.says(), set(19));
    bench.pass(1800);
    assert_eq!(bench.says(), NOTHING);
    bench.pass(14 * 3600);
    assert_eq!(bench.says(), set(22), "the next day");
    bench.pass(10 * 3600);
    assert_eq!(bench.says(), set(19));
}

const BURNER: &str = "
rule \"Brenner\"
  when HK1.Pumpe
    set HK1.Raum_Soll to 22 °C
    pause at least 5 min
";

/// The burner ended just now.
fn burner() -> Bench {
    let mut bench = Bench::read(BURNER, "2026-03-02T12:00:00");
    bench.give("HK1.Pumpe", "on");
    assert_eq!(bench.says(), set(22), "before the first run there is no pause");
    bench.pass(60);
    bench.give("HK1.Pumpe", "off");
    assert_eq!(bench.says(), NOTHING);
    bench.give("HK1.Pumpe", "on");
    bench
}

#[test]
fn pause_at_least_bars_the_next_run() {
    let mut bench = burner();
    bench.pass(299);
    assert_eq!(bench.says(), NOTHING);
    bench.pass(1);
    assert_eq!(bench.says(), set(22));
}

#[test]
fn steps_of_the_wall_clock_and_days_of_23_and_25_hours_change_no_run() {
    for start in ["2026-03-29T01:55:00", "2026-10-25T02:55:00"] {
        let mut bench = Bench::read(FAN, start);
        bench.give("RLT1.CO2", "1200 ppm");
        bench.cycle();
        bench.give("RLT1.CO2", "600 ppm");
        bench.pass(599);
        assert_eq!(bench.says(), set(22), "{start}");
        bench.pass(1);
        assert_eq!(bench.says(), NOTHING, "{start}");
    }
    let mut bench = fan(FAN);
    bench.snapshot.now.wall = town::local("2026-03-02T15:00:00");
    assert_eq!(bench.says(), set(22));
    bench.snapshot.now.wall = town::local("2026-03-01T15:00:00");
    bench.pass(539);
    assert_eq!(bench.says(), set(22));
    bench.pass(1);
    assert_eq!(bench.says(), NOTHING);
}

#[test]
fn down_time_has_passed_for_a_run() {
    let mut bench = fan(FAN);
    bench.restart(240);
    assert_eq!(bench.says(), set(22), "5 of 10 min");
    bench.pass(299);
    assert_eq!(bench.says(), set(22));
    bench.pass(1);
    assert_eq!(bench.says(), NOTHING);
    let mut bench = fan(FAN);
    bench.restart(3600);
    assert_eq!(bench.says(), NOTHING);
}

#[test]
fn down_time_has_passed_for_a_pause_and_for_a_longest_run() {
    let mut bench = burner();
    bench.cycle();
    bench.restart(299);
    assert_eq!(bench.says(), NOTHING);
    bench.pass(1);
    assert_eq!(bench.says(), set(22));
    let mut bench = Bench::read(FILL, "2026-03-02T12:00:00");
    bench.give("Kessel.Speicher", "40 °C");
    assert_eq!(bench.says(), set(22));
    bench.restart(1800);
    assert_eq!(bench.says(), set(17));
    bench.restart(3 * 24 * 3600);
    assert_eq!(bench.says(), set(17), "still spent");
}

#[test]
fn a_change_of_the_rules_leaves_an_unchanged_run_alone() {
    let mut bench = fan(FAN);
    // What it commands is another thing.
    bench.reload(&FAN.replace("to 22 °C", "to 20 °C"));
    assert_eq!(bench.says(), set(20));
    bench.pass(539);
    assert_eq!(bench.says(), set(20));
    bench.pass(1);
    assert_eq!(bench.says(), NOTHING);
}

#[test]
fn a_changed_run_begins_anew() {
    let mut bench = fan(FAN);
    bench.reload(&FAN.replace("10 min", "20 min"));
    assert_eq!(bench.says(), NOTHING);
    let mut bench = burner();
    bench.cycle();
    bench.reload(&BURNER.replace("5 min", "6 min"));
    assert_eq!(bench.says(), set(22));
}

#[test]
fn a_run_of_another_part_is_not_taken_for_this_one() {
    let two = "
rule \"R\"
  when HK1.Pumpe        set HK1.Raum_Soll to 22 °C  run at least 10 min
  else when HK2.Pumpe   set HK1.Raum_Soll to 21 °C  run at least 10 min
";
    let mut bench = Bench::read(two, "2026-03-02T12:00:00");
    bench.give("HK1.Pumpe", "on");
    assert_eq!(bench.says(), set(22));
    bench.give("HK1.Pumpe", "off");
    bench.pass(60);
    bench.reload(
        "rule \"R\"\n when HK1.Pumpe set HK1.Raum_Soll to 22 °C\n else when HK2.Pumpe set HK1.Raum_Soll to 21 °C run at least 10 min\n",
    );
    assert_eq!(bench.says(), NOTHING);
}

#[test]
fn times_may_be_values() {
    let rules = "
value Lauf = (HK1.Vorlauf - 20 °C) * 1 min/K
rule \"R\"
  when HK1.Pumpe set HK1.Raum_Soll to 22 °C run at least Lauf pause at least (2 * 2 min)
";
    let mut bench = Bench::read(rules, "2026-03-02T12:00:00");
    bench.give("HK1.Vorlauf", "30 °C");
    bench.give("HK1.Pumpe", "on");
    assert_eq!(bench.says(), set(22));
    bench.give("HK1.Pumpe", "off");
    bench.pass(300);
    assert_eq!(bench.says(), set(22));
    bench.give("HK1.Vorlauf", "24 °C");
    assert_eq!(bench.says(), NOTHING, "4 min are over");
    bench.give("HK1.Pumpe", "on");
    bench.pass(239);
    assert_eq!(bench.says(), NOTHING);
    bench.pass(1);
    assert_eq!(bench.says(), set(22));
}
