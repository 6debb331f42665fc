//! `test` entries: what is given, how time passes, what is expected, and how a
//! failure is told.

use std::time::Duration;

use hauswart::cycle::spoken::Spoken;
use hauswart::cycle::trial::{self, Found, Pace, Trial};
use hauswart::model::Language;
use hauswart::model::diagnostic;
use hauswart::rules::compile;
use hauswart::site::Site;

use proptest::prelude::*;
use proptest::sample::select;

use crate::incremental;
use crate::town;

fn trials_of(text: &str, site: &Site) -> Vec<Trial> {
    let sources = [town::source("test.rules", text)];
    let compiled = compile(&sources, site);
    let shown = diagnostic::render(&compiled.diagnostics, &sources, Language::En, false);
    let program = compiled.program.unwrap_or_else(|| panic!("{shown}"));
    assert!(!program.tests().is_empty());
    program.tests().iter().map(|case| trial::run(case, &program, site)).collect()
}

pub fn told(trial: &Trial, language: Language) -> String {
    let zone = &town::site().time_zone;
    trial::words::lines(trial, &Spoken { language, zone }).join("\n")
}

/// The tests of these rules of the town hall all pass.
#[track_caller]
fn pass(body: &str) {
    for trial in trials_of(&format!("language 1\nbuilding Rathaus\n{body}"), &town::site()) {
        assert!(trial.passed(), "{}", told(&trial, Language::En));
    }
}

/// What the one failure of the one test of these rules is.
#[track_caller]
fn failure(body: &str) -> Found {
    let trials = trials_of(&format!("language 1\nbuilding Rathaus\n{body}"), &town::site());
    let [trial] = &trials[..] else { panic!("{trials:?}") };
    let [failure] = &trial.failures[..] else { panic!("{}", told(trial, Language::En)) };
    failure.found.clone()
}

/// The example of RULES.md.
const PREHEATED: &str = r#"
schedule Nutzung
  Mo-Do       07:00-17:30
  Fr          07:00-13:00
value Aussen      = Kessel.Aussen fallback RLT1.Aussen fallback 0 °C
value Vorheizzeit = min(12 h, max(0 min, (20 °C - HK1.Raum) * 25 min/K) fallback 4 h)
value Vorheizen   = Nutzung starts within Vorheizzeit until Nutzung
rule "Raumsollwert"
  when Nutzung or Vorheizen   set HK1.Raum_Soll to 20 °C
  else                        set HK1.Raum_Soll to 16 °C
rule "Heizgrenze"
  level high
  when Aussen > 16 °C for 2 h until < 14 °C
    set HK1.Betriebsart to standby
"#;

#[test]
fn monday_morning_is_preheated() {
    pass(&format!(
        r#"{PREHEATED}
test "Montag früh wird vorgeheizt"
  start 02.03.2026 03:00
  given HK1.Raum = 16 °C, Kessel.Aussen = -5 °C
  at 05:00  expect HK1.Raum_Soll = 16 °C, Vorheizen is off, Vorheizzeit = 100 min
  at 05:20  expect HK1.Raum_Soll = 20 °C because "Raumsollwert"
            expect Vorheizen is on, Nutzung is off, Aussen = -5 °C
  at 05:30  given HK1.Raum = 19.9 °C
            expect HK1.Raum_Soll is 20 °C because "Rathaus.Raumsollwert"
  at +2 h   expect Nutzung is on, HK1.Raum_Soll is not 16 °C
            expect HK1.Betriebsart released
  at 03.03.2026 05:00
            expect HK1.Raum_Soll = 16 °C
"#
    ));
}

#[test]
fn what_is_given_at_the_start_has_held_for_ever() {
    pass(&format!(
        r#"{PREHEATED}
rule "Zu lange an"
  when HK1.Pumpe for 30 d   alarm "seit einem Monat an"
rule "Nachlauf"
  when HK2.Pumpe extended 1 h   set Lueftung.Klappe to on
test "Sommer"
  start 06.07.2026 12:00
  given HK1.Raum = 24 °C, Kessel.Aussen = 26 °C, HK1.Pumpe = on, HK2.Pumpe = off
  expect HK1.Betriebsart = standby because "Heizgrenze", alarm "seit einem Monat an"
  expect Lueftung.Klappe released
  at 13:00  given Kessel.Aussen = 15 °C
            expect HK1.Betriebsart = standby
  at 14:00  given Kessel.Aussen = 13 °C, HK2.Pumpe = on
            expect HK1.Betriebsart released, Lueftung.Klappe = on
  at 15:00  given Kessel.Aussen = 17 °C, HK2.Pumpe = off
  at 15:59  expect Lueftung.Klappe = on
  at 16:01  expect Lueftung.Klappe released
  at 16:59  expect HK1.Betriebsart released
  at 17:00  expect HK1.Betriebsart = standby
"#
    ));
}

#[test]
fn a_bad_sensor_counts_after_the_grace_unless_it_was_bad_for_ever() {
    pass(
        r#"
rule "Luft"
  when RLT1.CO2 > 1000 ppm until < 750 ppm   set RLT1.Stufe to stage2
  else                                       set RLT1.Stufe to off
  on fault                                   set RLT1.Stufe to stage1
test "fällt aus"
  start 02.03.2026 12:00
  given RLT1.CO2 = 1200 ppm
  expect RLT1.Stufe = stage2 because "Luft"
  at 12:30  given RLT1.CO2 is bad
            expect RLT1.Stufe = stage2
  at 12:39  expect RLT1.Stufe = stage2
  at 12:41  expect RLT1.Stufe = stage1 because "Luft"
  at 12:50  given RLT1.CO2 = 600 ppm
            expect RLT1.Stufe = off
test "war immer gestört"
  start 02.03.2026 12:00
  given RLT1.CO2 is bad
  expect RLT1.Stufe = stage1
"#,
    );
}

#[test]
fn clock_changes_make_days_of_23_and_of_25_hours() {
    pass(
        r#"
schedule Nacht
  daily  01:00-05:00
rule "Nacht"
  when Nacht   set HK1.Raum_Soll to 16 °C
rule "Lange"
  when Nacht for 3 h   alarm "lang"
test "Frühjahr"
  start 29.03.2026 00:00
  expect HK1.Raum_Soll released
  at 01:00  expect HK1.Raum_Soll = 16 °C
  at +1 h   expect HK1.Raum_Soll = 16 °C
  at 03:30  expect HK1.Raum_Soll = 16 °C
  at 04:59  expect HK1.Raum_Soll = 16 °C, no alarm "lang"
  at 05:00  expect HK1.Raum_Soll released, no alarm
test "Herbst"
  start 25.10.2026 00:00
  at 01:00     expect HK1.Raum_Soll = 16 °C
  at +90 min   expect HK1.Raum_Soll = 16 °C
  at +89 min   expect HK1.Raum_Soll = 16 °C, no alarm "lang"
  at +1 min    expect alarm "lang"
  at 03:01     expect HK1.Raum_Soll = 16 °C
  at 05:00     expect HK1.Raum_Soll released
  at +20 h     expect HK1.Raum_Soll = 16 °C
"#,
    );
}

#[test]
fn what_is_commanded_is_read_back_at_once() {
    pass(
        r#"
schedule Nutzung
  Mo-Fr  07:00-17:00
rule "Stufe"
  when Nutzung   set RLT1.Stufe to stage2
rule "Klappe"
  when RLT1.Stufe is stage2   set Lueftung.Klappe to on
  else                        set Lueftung.Klappe to off
test "die Klappe folgt der Stufe"
  start 02.03.2026 06:00
  given RLT1.Stufe = stage1
  expect Lueftung.Klappe = off
  at 07:00  expect Lueftung.Klappe = on, RLT1.Stufe = stage2
  at 17:00  expect RLT1.Stufe released, Lueftung.Klappe = off
test "die Lüftung antwortet nicht"
  start 02.03.2026 06:00
  given RLT1.Stufe is bad
  at 07:00  expect RLT1.Stufe = stage2, Lueftung.Klappe released
test "ein Mensch stellt am Gerät"
  start 02.03.2026 08:00
  given RLT1.Stufe = stage1
  expect Lueftung.Klappe = on
  at 09:00  given RLT1.Stufe = off   expect Lueftung.Klappe = off
"#,
    );
}

#[test]
fn a_keep_compares_with_what_the_device_does_by_itself() {
    pass(
        r#"
rule "Legionellen"
  level safety
  keep Kessel.WW_Soll at least 60 °C
test "zu kalt eingestellt"
  start 02.03.2026 06:00
  given Kessel.WW_Soll = 50 °C
  expect Kessel.WW_Soll = 60 °C because "Legionellen"
test "warm genug"
  start 02.03.2026 06:00
  given Kessel.WW_Soll = 62 °C
  expect Kessel.WW_Soll released
test "antwortet nicht mehr"
  start 02.03.2026 06:00
  given Kessel.WW_Soll = 62 °C
  at 06:10  given Kessel.WW_Soll is bad
            expect Kessel.WW_Soll = 60 °C because "Legionellen"
  at 06:20  expect Kessel.WW_Soll = 60 °C
  at 06:30  given Kessel.WW_Soll = 60 °C
            expect Kessel.WW_Soll = 60 °C
"#,
    );
}

#[test]
fn a_stop_may_have_to_last_and_may_be_that_something_is_not() {
    pass(
        r#"
value Stickig = RLT1.CO2 > 900 ppm for 5 min until < 750 ppm for 10 min
value Mild    = mean(HK1.Raum) over 10 min > 20 °C until < 18 °C extended 5 min
value Offen   = HK1.Pumpe until not HK2.Pumpe
test "T"
  start 02.03.2026 06:00
  given RLT1.CO2 = 600 ppm, HK1.Pumpe = off, HK2.Pumpe = on, HK1.Raum = 21 °C
  expect Mild is on
  at 07:00  given RLT1.CO2 = 1000 ppm, HK1.Pumpe = on
  at 07:04  expect Stickig is off, Offen is on
  at 07:05  expect Stickig is on
  at 07:06  given RLT1.CO2 = 700 ppm, HK1.Pumpe = off
  at 07:10  given RLT1.CO2 = 800 ppm   expect Stickig is on, Offen is on
  at 07:11  given RLT1.CO2 = 700 ppm, HK2.Pumpe = off
            expect Offen is off
  at 07:20  expect Stickig is on
  at 07:21  expect Stickig is off, Offen is off
"#,
    );
}

#[test]
fn a_schedule_can_be_given_whatever_its_lines_say() {
    pass(
        r#"
schedule Nutzung
  Mo-Fr  07:00-17:00
rule "Raumsollwert"
  when Nutzung or Nutzung starts within 1 h or Nutzung ended within 30 min
    set HK1.Raum_Soll to 20 °C
  else
    set HK1.Raum_Soll to 16 °C
test "so seit jeher"
  start 02.03.2026 03:00
  given Nutzung = on
  expect HK1.Raum_Soll = 20 °C, Nutzung is on
  at 04:00  given Nutzung = off
  at 04:29  expect HK1.Raum_Soll = 20 °C, Nutzung is off
  at 04:30  expect HK1.Raum_Soll = 16 °C
  at 08:00  expect HK1.Raum_Soll = 16 °C, Nutzung is off
  at 09:00  given Nutzung is on   expect HK1.Raum_Soll = 20 °C
  at 22:00  expect HK1.Raum_Soll = 20 °C
test "erst von da an"
  start 02.03.2026 03:00
  expect HK1.Raum_Soll = 16 °C
  at 06:00  expect HK1.Raum_Soll = 20 °C
  at 06:30  given Nutzung = off   expect HK1.Raum_Soll = 16 °C
  at 03.03.2026 12:00             expect HK1.Raum_Soll = 16 °C
test "ein anderer Test weiß davon nichts"
  start 02.03.2026 12:00
  expect Nutzung is on
"#,
    );
}

const PROBED: &str = r#"
rule "Raumsollwert"
  set HK1.Raum_Soll to 20 °C
rule "Probe"
  shadow
  when HK1.Pumpe   set HK1.Raum_Soll to 21 °C
  else             set HK1.Raum_Soll to 17 °C
rule "Noch nirgends"
  shadow
  when HK1.Pumpe   set HK2.Raum_Soll to 19 °C
rule "Grenze"
  level limit
  keep HK1.Raum_Soll at most 20.5 °C
test "Probe"
  start 02.03.2026 10:00
"#;

#[test]
fn what_a_shadow_would_command_can_be_expected() {
    pass(&format!(
        r#"{PROBED}
  given HK1.Pumpe = on
  expect HK1.Raum_Soll = 20.5 °C because "Probe"
  expect HK1.Raum_Soll = 20 °C because "Raumsollwert", HK1.Raum_Soll = 20 °C
  expect HK2.Raum_Soll = 19 °C because "Noch nirgends"
  at 11:00  given HK1.Pumpe = off
            expect HK1.Raum_Soll = 17 °C because "Probe", HK1.Raum_Soll = 20 °C
"#
    ));
    let given = |what: &str| failure(&format!("{PROBED} given HK1.Pumpe = off expect {what}"));
    assert_eq!(given("HK2.Raum_Soll = 19 °C because \"Noch nirgends\""), Found::Released);
    let Found::Commanded { shown, by } = given("HK1.Raum_Soll = 18 °C because \"Probe\"") else {
        panic!("it would command it")
    };
    assert_eq!(shown, "17 °C");
    assert!(format!("{by:?}").contains("Rathaus.Probe"), "{by:?}");
}

#[test]
fn a_shadow_that_lacks_an_input_stops_no_other_test() {
    pass(&format!("{PROBED} expect HK1.Raum_Soll = 20 °C, no alarm"));
    let found = failure(&format!("{PROBED} expect HK1.Raum_Soll = 17 °C because \"Probe\""));
    assert_eq!(found, Found::Unset(vec!["Rathaus.HK1.Pumpe".into()]));
}

#[test]
fn a_rule_that_lacks_an_input_is_told_by_its_name() {
    let rules = r#"
rule "Pumpe"
  when HK1.Raum < 18 °C and HK1.Vorlauf > 30 °C until HK1.Raum > 19 °C
    set Lueftung.Klappe to on
    alarm "kalt"
value Aussen = Kessel.Aussen fallback 0 °C
value Spreizung = HK1.Vorlauf - HK1.Ruecklauf
rule "andere" when HK2.Raum < Aussen until > 20 °C set HK2.Betriebsart to day
rule "noch eine" when Spreizung > 5 K set Lueftung.Stufe to 1
"#;
    let unset = |what: &str| {
        let test = "test \"T\" start 02.03.2026 06:00 given HK1.Vorlauf = 40 °C";
        failure(&format!("{rules}{test} expect {what}"))
    };
    let raum = Found::Unset(vec!["Rathaus.HK1.Raum".into()]);
    assert_eq!(unset("Lueftung.Klappe released"), raum);
    assert_eq!(unset("Lueftung.Klappe = on"), raum);
    assert_eq!(unset("no alarm \"kalt\""), raum);
    assert_eq!(unset("alarm \"kalt\""), raum);
    assert_eq!(unset("no alarm"), raum);
    assert_eq!(unset("Spreizung = 3 K"), Found::Unset(vec!["Rathaus.HK1.Ruecklauf".into()]));
    // A fallback covers it, and what does not matter is not missed.
    pass(&format!(
        "{rules}
test \"T\"
  start 02.03.2026 06:00
  given HK2.Raum = 20 °C, HK1.Vorlauf = 20 °C
  expect HK2.Betriebsart released, Aussen = 0 °C, Spreizung is bad, Aussen is good
test \"U\"
  start 02.03.2026 06:00
  given HK1.Raum is bad, HK1.Vorlauf = 40 °C
  expect Lueftung.Klappe released"
    ));
}

#[test]
fn a_keep_that_lacks_its_base_is_told() {
    let body = r#"
rule "Grenze"
  level limit
  keep Kessel.WW_Soll at most 60 °C
test "T"
  start 02.03.2026 06:00
  expect Kessel.WW_Soll released
"#;
    assert_eq!(failure(body), Found::Unset(vec!["Rathaus.Kessel.WW_Soll".into()]));
}

#[test]
fn what_was_found_instead_is_told() {
    let rules =
        format!("{PREHEATED}rule \"Filter\" when RLT1.Filter is dirty alarm \"Filter wechseln\"\n");
    let found = |given: &str, what: &str| {
        let start =
            "test \"T\" start 02.03.2026 03:00 given HK1.Raum = 20 °C, Kessel.Aussen = 0 °C";
        failure(&format!("{rules}{start}{given} expect {what}"))
    };
    assert_eq!(found("", "HK1.Betriebsart = standby"), Found::Released);
    let Found::Commanded { shown, by: Some(by) } = found("", "HK1.Raum_Soll = 20 °C") else {
        panic!()
    };
    assert_eq!((shown.as_str(), by.to_string().as_str()), ("16 °C", "Rathaus.Raumsollwert"));
    assert!(matches!(
        found("", "HK1.Raum_Soll = 16 °C because \"Heizgrenze\""),
        Found::Commanded { .. }
    ));
    assert!(matches!(found("", "HK1.Raum_Soll released"), Found::Commanded { .. }));
    assert!(matches!(found("", "HK1.Raum_Soll is not 16 °C"), Found::Commanded { .. }));
    assert_eq!(found("", "Nutzung is on"), Found::Named { shown: Some("off".into()) });
    assert_eq!(found("", "Aussen is bad"), Found::Named { shown: Some("0 °C".into()) });
    let clean = ", RLT1.Filter = ok";
    assert_eq!(found(clean, "alarm \"Filter wechseln\""), Found::Alarms(vec![]));
    let dirty = ", RLT1.Filter = dirty";
    assert!(matches!(found(dirty, "no alarm"), Found::Alarms(all) if all.len() == 1));
    assert!(matches!(
        found(dirty, "alarm \"Filter wechseln\" because \"Heizgrenze\""),
        Found::Alarms(all) if all.len() == 1
    ));
}

#[test]
fn a_failure_shows_the_time_line() {
    let body = format!(
        "language 1\nbuilding Rathaus\n{PREHEATED}
test \"zu früh\"
  start 02.03.2026 03:00
  given HK1.Raum = 16 °C, Kessel.Aussen = -5 °C
  at 05:30  expect HK1.Raum_Soll = 16 °C because \"Raumsollwert\"
"
    );
    let trials = trials_of(&body, &town::site());
    let german = told(&trials[0], Language::De);
    for line in [
        "✗ Rathaus.zu früh  test.rules:18",
        "  test.rules:21  Mo 02.03.2026 05:30",
        "    erwartet:  HK1.Raum_Soll = 16 °C, durch „Rathaus.Raumsollwert“",
        "    ist:       20 °C, durch „Rathaus.Raumsollwert“ (test.rules:11)",
        "      Mo 02.03.2026 03:00  Rathaus.HK1.Raum = 16 °C, vorgegeben",
        "                           Rathaus.HK1.Raum_Soll auf 16 °C, durch „Rathaus.Raumsollwert“ (test.rules:12)",
        "      Mo 02.03.2026 05:20  Rathaus.HK1.Raum_Soll auf 20 °C, durch „Rathaus.Raumsollwert“ (test.rules:11)",
        "                           Rathaus.Vorheizen is on",
    ] {
        assert!(german.lines().any(|shown| shown == line), "{line}\n{german}");
    }
    assert!(told(&trials[0], Language::En).contains("expected:"));
}

#[test]
fn all_shipped_rules_pass_their_tests() {
    let site = town::demo_site();
    let own = town::root().join("rules/town"); // they have a site of their own
    for path in town::files("rules", ".rules").iter().filter(|path| !path.starts_with(&own)) {
        let text = std::fs::read_to_string(path).unwrap();
        let sources = [town::source(&path.display().to_string(), &text)];
        let program = compile(&sources, &site).program.unwrap();
        assert!(!program.tests().is_empty(), "{} has no test", path.display());
        for case in program.tests() {
            let trial = trial::run(case, &program, &site);
            assert!(trial.passed(), "{}", told(&trial, Language::En));
        }
    }
}

/// Times between the moments of a random test, some off the beat of 10 s.
const GAPS: [&str; 8] = ["1 s", "9 s", "10 s", "35 s", "1 min", "10 min", "2 h", "1 d"];
const POINTS: [&str; 5] = ["Kessel.Aussen", "HK1.Raum", "HK2.Raum", "HK1.Vorlauf", "RLT1.Abluft"];

/// One `at` of a random test; what it expects is met hardly ever, so that what
/// was found is told.
fn moment() -> impl Strategy<Value = String> {
    let value = prop_oneof![1 => Just("is bad".to_owned()), 5 => (14..26).prop_map(|n| format!("= {n} °C"))];
    let pump = select(&["HK1.Pumpe = on", "HK1.Pumpe = off", "HK1.Pumpe is bad"][..]);
    (select(&GAPS[..]), select(&POINTS[..]), value, proptest::option::of(pump)).prop_map(
        |(gap, point, value, pump)| {
            let pump = pump.map_or(String::new(), |pump| format!(", {pump}"));
            format!(
                "  at +{gap}  given {point} {value}{pump}\n    \
                 expect HK1.Raum_Soll = 29 °C, HK2.Raum_Soll = 29 °C, RLT1.Zuluft_Soll = 27 °C\n    \
                 expect Nutzung is off, Aussen = 77 °C, alarm \"kalt\", no alarm\n"
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: if town::long() { 1_000 } else { 40 },
        ..ProptestConfig::default()
    })]

    #[test]
    fn cycles_in_which_nothing_is_due_may_be_left_out(
        rules in incremental::rules(),
        moments in proptest::collection::vec(moment(), 1..8),
        set in any::<bool>(),
    ) {
        prop_assume!(town::compiles(&rules));
        let all = POINTS.map(|point| format!("{point} = 20 °C, ")).concat();
        let given = if set { format!("given {all}HK1.Pumpe = on, HK2.Pumpe = off") } else { String::new() };
        let test = format!("test \"T\"\n  start 29.03.2026 00:30\n  {given}\n{}", moments.concat());
        let sources = [town::source("test.rules", &format!("language 1\nbuilding Rathaus\n{rules}{test}"))];
        let compiled = compile(&sources, &town::site());
        let shown = diagnostic::render(&compiled.diagnostics, &sources, Language::En, false);
        let program = compiled.program.unwrap_or_else(|| panic!("{shown}"));
        let run = |pace| {
            let run_up = Duration::from_secs(3000);
            trial::run_after(run_up, pace, &program.tests()[0], &program, &town::site())
        };
        prop_assert_eq!(run(Pace::WhenDue), run(Pace::All));
    }
}
