//! `until acknowledged`: what waits, for whom, and when it ends.

use std::time::Duration;

use hauswart::cycle::trial;

use crate::town::{self, Bench};

const NOTHING: [&str; 0] = [];

const BURNER: &str = "
value Stau = Kessel.Speicher > 95 °C until acknowledged
rule \"Kesselstörung\"
  when HK1.Pumpe for 10 s until acknowledged
    alarm urgent \"Kessel gestört\"
rule \"Stau\"
  when Stau
    alarm \"Wärmestau\"
";
const FAULT: [&str; 1] = ["urgent: Kessel gestört"];

impl Bench {
    fn acknowledge(&mut self, name: &str) -> usize {
        self.state.acknowledge(&self.program, &format!("Rathaus.{name}"), "meier")
    }

    fn awaiting(&self) -> Vec<&str> {
        self.state.awaiting(&self.program)
    }
}

/// The fault has come, and gone.
fn waiting() -> Bench {
    let mut bench = Bench::read(BURNER, "2026-03-02T12:00:00");
    bench.give("HK1.Pumpe", "on");
    assert_eq!(bench.says(), NOTHING);
    assert_eq!(bench.acknowledge("Kesselstörung"), 0, "nothing waits yet");
    bench.pass(10);
    assert_eq!(bench.says(), FAULT);
    assert_eq!(bench.awaiting(), ["Rathaus.Kesselstörung"]);
    bench.give("HK1.Pumpe", "off");
    bench.pass(3 * 24 * 3600);
    assert_eq!(bench.says(), FAULT);
    bench
}

#[test]
fn it_lasts_until_a_person_says_so() {
    let mut bench = waiting();
    assert_eq!(bench.acknowledge("Stau"), 0);
    assert_eq!(bench.says(), FAULT);
    assert_eq!(bench.acknowledge("Kesselstörung"), 1);
    assert_eq!(bench.says(), NOTHING);
    assert_eq!(bench.awaiting(), NOTHING);
    assert_eq!(bench.acknowledge("Kesselstörung"), 0);
    // The next one waits again.
    bench.give("HK1.Pumpe", "on");
    bench.cycle();
    bench.pass(10);
    bench.cycle();
    bench.give("HK1.Pumpe", "off");
    assert_eq!(bench.says(), FAULT);
}

#[test]
fn acknowledged_while_its_cause_is_there_it_ends_with_that() {
    let mut bench = waiting();
    bench.give("HK1.Pumpe", "on");
    bench.cycle();
    bench.pass(10);
    bench.cycle();
    assert_eq!(bench.acknowledge("Kesselstörung"), 1);
    assert_eq!(bench.awaiting(), NOTHING);
    assert_eq!(bench.says(), FAULT, "the cause is there");
    bench.give("HK1.Pumpe", "bad");
    assert_eq!(bench.says(), FAULT, "nobody knows: kept for the grace");
    bench.give("HK1.Pumpe", "off");
    assert_eq!(bench.says(), NOTHING);
}

#[test]
fn what_waits_does_so_whether_its_cause_is_known_or_not() {
    let mut bench = waiting();
    bench.give("HK1.Pumpe", "bad");
    bench.pass(3600);
    assert_eq!(bench.says(), FAULT);
    assert_eq!(bench.awaiting(), ["Rathaus.Kesselstörung"]);
}

#[test]
fn a_value_is_acknowledged_by_its_name_and_by_a_rule_that_names_it() {
    let rules = BURNER.replace("rule \"Stau\"", "rule \"Heiß\"");
    for name in ["Stau", "Heiß"] {
        let mut bench = Bench::read(&rules, "2026-03-02T12:00:00");
        bench.give("Kessel.Speicher", "96 °C");
        assert_eq!(bench.says(), ["fault: Wärmestau"]);
        bench.give("Kessel.Speicher", "60 °C");
        assert_eq!(bench.says(), ["fault: Wärmestau"]);
        assert_eq!(bench.awaiting(), ["Rathaus.Heiß"]);
        assert_eq!(bench.acknowledge(name), 1);
        assert_eq!(bench.says(), NOTHING);
    }
    // A rule and a value may be called alike.
    let bench = Bench::read(BURNER, "2026-03-02T12:00:00");
    let names: Vec<&str> = bench.program.acknowledgeable().into_iter().collect();
    assert_eq!(names, ["Rathaus.Kesselstörung", "Rathaus.Stau"]);
}

#[test]
fn a_word_outlives_restarts_and_other_rules() {
    let mut bench = waiting();
    bench.restart(3600);
    assert_eq!(bench.says(), FAULT);
    bench.reload(&format!("{BURNER}rule \"Mehr\" when HK2.Pumpe alarm \"x\"\n"));
    assert_eq!(bench.says(), FAULT);
    bench.give("HK1.Pumpe", "on");
    bench.cycle();
    bench.pass(10);
    bench.cycle();
    assert_eq!(bench.acknowledge("Kesselstörung"), 1);
    bench.restart(60);
    bench.give("HK1.Pumpe", "on");
    assert_eq!(bench.says(), FAULT);
    bench.give("HK1.Pumpe", "off");
    assert_eq!(bench.says(), NOTHING, "the word still counts");
    assert_eq!(bench.acknowledge("Kesselstörung"), 0);
}

#[test]
fn a_test_says_it_too() {
    let body = format!(
        "{BURNER}
test \"Störung\"
  start 02.03.2026 12:00
  given HK1.Pumpe is off, Kessel.Speicher = 60 °C
  at 12:01  given HK1.Pumpe is on
  at 12:02  given HK1.Pumpe is off    expect alarm \"Kessel gestört\"
  at 18:00  acknowledge \"Stau\"      expect alarm \"Kessel gestört\" because \"Kesselstörung\"
  at 18:01  acknowledge \"Kesselstörung\", \"Stau\"
            expect no alarm
  at 18:02  given Kessel.Speicher = 96 °C
  at 18:03  given Kessel.Speicher = 90 °C   expect alarm \"Wärmestau\"
  at 18:04  acknowledge \"Stau\"      expect no alarm
"
    );
    let bench = Bench::new(&body, "2026-03-02T12:00:00");
    for pace in [trial::Pace::WhenDue, trial::Pace::All] {
        let case = &bench.program.tests()[0];
        let day = Duration::from_secs(3600);
        let trial = trial::run_after(day, pace, case, &bench.program, &bench.site);
        assert!(trial.passed(), "{trial:#?}");
    }
    assert!(!town::compiles(&body.replace("acknowledge \"Stau\"", "acknowledge \"Stu\"")));
}
