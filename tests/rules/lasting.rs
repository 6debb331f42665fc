//! What rules remember outlives a restart and a change of the rules: no timer
//! lost where its clause is written as before, nothing twice, nothing skipped.

use std::collections::HashMap;
use std::time::Duration;

use hauswart::control::{Commanded, Guards, Switching};
use hauswart::cycle::{Outcome, Rules};
use hauswart::model::layers::Layer;
use hauswart::model::{Demand, PointId, Release};
use hauswart::rules::{
    AlarmCause, Civil, Decided, Memory, MemoryId, Program, RaisedAlarm, RuleId, ScheduleNow,
    Standing, State, compile,
};
use proptest::prelude::*;

use crate::incremental::{Run, apply, rules, steps};
use crate::town::{self, Bench, source};

const NOTHING: [&str; 0] = [];

/// Through the store and back, as a restart does that took `down`.
fn restarted(program: &Program, state: &State, down: Duration) -> State {
    let memories: Vec<(MemoryId, Memory)> =
        state.saved(program).map(|(id, memory)| (id.clone(), memory)).collect();
    let text = serde_json::to_string(&memories).unwrap();
    let memories: Vec<(MemoryId, Memory)> = serde_json::from_str(&text).unwrap();
    let decisions = state.last_decisions(program).map(|(rule, decided)| {
        let text = serde_json::to_string(&decided).unwrap();
        (rule.clone(), serde_json::from_str(&text).unwrap())
    });
    let decisions: HashMap<RuleId, Decided> = decisions.collect();
    let mut state = program.restored(memories, down);
    state.recall(program, &decisions, down);
    state
}

impl Bench {
    /// Down for so long; the steady clock begins anew.
    pub fn restart(&mut self, down: u64) {
        self.state = restarted(&self.program, &self.state, Duration::from_secs(down));
        self.snapshot.now.wall += Duration::from_secs(down);
        let before = std::mem::replace(&mut self.snapshot.now.steady, Duration::from_secs(7));
        for reading in &mut self.snapshot.readings {
            reading.at.steady = reading.at.steady.saturating_sub(before) + Duration::from_secs(7);
        }
        self.verdict = Default::default();
    }

    /// Other rules, between two cycles.
    pub fn reload(&mut self, body: &str) {
        let new = program(&self.site, body);
        self.state = new.succeeding(&self.program, &self.state);
        self.program = new;
    }
}

fn program(site: &hauswart::site::Site, body: &str) -> Program {
    let text = format!("language 1\nbuilding Rathaus\n{body}");
    let compiled = compile(&[source("test.rules", &text)], site);
    compiled.program.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

const WARM: &str = "
rule \"Zu warm\"
  when Kessel.Aussen > 16 °C for 1 h
    set Kessel.RK1_Betriebsart to standby
";
const STANDBY: [&str; 1] = ["Kessel.RK1_Betriebsart normal = standby"];

/// Warm for 40 of 60 minutes.
fn warm_for_a_while() -> Bench {
    let mut bench = Bench::read(WARM, "2026-03-02T12:00:00");
    bench.give("Kessel.Aussen", "20 °C");
    bench.cycle();
    bench.pass(40 * 60);
    bench.cycle();
    bench
}

#[test]
fn down_time_freezes_for() {
    let mut bench = warm_for_a_while();
    bench.restart(5 * 3600);
    assert_eq!(bench.says(), NOTHING);
    bench.pass(20 * 60 - 1);
    assert_eq!(bench.says(), NOTHING);
    bench.pass(1);
    assert_eq!(bench.says(), STANDBY);
}

#[test]
fn a_change_of_the_rules_loses_no_moment_of_an_unchanged_clause() {
    let mut bench = warm_for_a_while();
    bench.pass(15 * 60);
    // Other places, spaces, comments, and a rule more before it.
    let spaced = WARM.replace("for 1 h", "# für\n  for   1 h").replace("standby", "standby # aus");
    bench.reload(&format!("# neu\nrule \"Mehr\"\n  alarm notice \"da\"\n{spaced}"));
    assert_eq!(bench.says(), ["notice: da"]);
    bench.pass(5 * 60);
    assert_eq!(bench.says(), [STANDBY[0], "notice: da"]);
}

#[test]
fn a_changed_clause_begins_anew() {
    let mut bench = warm_for_a_while();
    bench.reload(&WARM.replace("16 °C", "15 °C"));
    bench.cycle();
    bench.pass(20 * 60);
    assert_eq!(bench.says(), NOTHING);
    bench.pass(40 * 60);
    assert_eq!(bench.says(), STANDBY);
}

const GRACE: &str = "
rule \"Stufe\"
  when HK1.Raum < 18 °C  set HK1.Raum_Soll to 22 °C
  else                   set HK1.Raum_Soll to HK2.Raum + 1 K
  on fault               set HK1.Raum_Soll to 19 °C
";

/// Decided 21 °C, and has been unknown for three minutes of ten.
fn unknown_for_a_while() -> Bench {
    let mut bench = Bench::read(GRACE, "2026-03-02T12:00:00");
    bench.give("HK1.Raum", "20 °C");
    bench.give("HK2.Raum", "20 °C");
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 21 °C"]);
    bench.give("HK1.Raum", "bad");
    bench.give("HK2.Raum", "bad");
    bench.cycle();
    bench.pass(180);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 21 °C"]);
    bench
}

#[test]
fn a_decision_is_kept_over_a_restart_for_what_is_left_of_the_grace() {
    let mut bench = unknown_for_a_while();
    bench.restart(240);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 21 °C"]);
    bench.pass(179);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 21 °C"]);
    bench.pass(1);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 19 °C"]);
    // What was on fault before is so at once.
    bench.restart(5);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 19 °C"]);
}

#[test]
fn a_decision_older_than_the_grace_is_not_kept() {
    let mut bench = Bench::read(GRACE, "2026-03-02T12:00:00");
    bench.give("HK1.Raum", "17 °C");
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 22 °C"]);
    bench.restart(600);
    bench.give("HK1.Raum", "bad");
    assert_eq!(bench.says(), NOTHING);
    assert_eq!(bench.verdict.rules[0].standing, Standing::Kept(None));
    bench.pass(600);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 19 °C"]);
}

#[test]
fn a_decision_is_kept_over_a_change_of_other_rules_and_not_of_its_own() {
    let mut bench = unknown_for_a_while();
    bench.reload(&format!("{WARM}{GRACE}"));
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 21 °C"]);
    bench.pass(420);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 19 °C"]);
    let mut bench = unknown_for_a_while();
    bench.reload(&GRACE.replace("22 °C", "23 °C"));
    assert_eq!(bench.says(), NOTHING);
}

#[test]
fn how_the_rules_differ_is_told_by_name() {
    let site = town::site();
    let old = program(&site, &format!("{WARM}{GRACE}"));
    let new = program(
        &site,
        &format!("{}rule \"Neu\"\n  alarm \"x\"\n", WARM.replace("1 h", "2 h # länger")),
    );
    let changes = new.changes_since(&old);
    assert_eq!(changes.new, ["Rathaus.Neu".into()]);
    assert_eq!(changes.changed, ["Rathaus.Zu warm".into()]);
    assert_eq!(changes.gone, ["Rathaus.Stufe".into()]);
    assert_eq!(changes.unchanged, 0);
    assert_eq!(new.changes_since(&new).unchanged, 2);
}

const HALL: &str = "
schedule Halle
  Mo-Fr 08:00-16:00
value Vorheizen = Halle starts within 2 h until Halle
rule \"Halle\"
  when Halle or Vorheizen  set HK1.Raum_Soll to 20 °C
  else                     set HK1.Raum_Soll to 15 °C
rule \"Spülen\"
  when Halle ended within 30 min  set RLT1.Stufe to stage2
  on fault                        set RLT1.Stufe to off
";

fn layer(from: &str, until: &str, on: bool) -> (String, Layer) {
    let (from, until) = (town::local(from), town::local(until));
    ("Rathaus.Halle".to_owned(), Layer { id: 1, from, until, on })
}

#[test]
fn preheating_and_airing_follow_an_overridden_schedule() {
    // A Sunday.
    let mut bench = Bench::read(HALL, "2026-03-01T15:59:00");
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 15 °C"]);
    let laid = vec![layer("2026-03-01T18:00", "2026-03-01T22:00", true)];
    bench.state.tell(&bench.program, &Civil { laid: laid.clone(), ..Civil::default() });
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 15 °C"]);
    bench.pass(60);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"]);
    bench.pass(6 * 3600 - 1);
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"]);
    bench.pass(1);
    let aired = ["HK1.Raum_Soll normal = 15 °C", "RLT1.Stufe normal = stage2"];
    assert_eq!(bench.says(), aired);
    let on = |bench: &Bench| {
        bench.state.schedule(&bench.program, "Rathaus.Halle", town::local("2026-03-01T20:00"))
    };
    assert_eq!(
        on(&bench),
        Some(ScheduleNow { on: true, until: Some(town::local("2026-03-01T22:00")), by_hand: true })
    );
    // Taken back: it never was.
    bench.state.tell(&bench.program, &Civil::default());
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 15 °C"]);
    assert_eq!(
        on(&bench),
        Some(ScheduleNow {
            on: false,
            until: Some(town::local("2026-03-02T08:00")),
            by_hand: false
        })
    );
}

#[test]
fn a_doubtful_clock_makes_schedules_unknown() {
    let mut bench = Bench::read(HALL, "2026-03-02T12:00:00");
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"]);
    let doubtful = Civil { doubtful: true, ..Civil::default() };
    bench.state.tell(&bench.program, &doubtful);
    // The decision is kept for the grace.
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"]);
    assert_eq!(bench.verdict.rules[0].standing, Standing::Kept(Some(0)));
    bench.pass(600);
    let said = bench.says();
    assert_eq!(said[0], "RLT1.Stufe normal = off");
    assert!(said[1].contains("cannot decide"), "{said:?}");
    bench.state.tell(&bench.program, &Civil::default());
    assert_eq!(bench.says(), ["HK1.Raum_Soll normal = 20 °C"]);
}

const DAY: &str = "
schedule Nacht
  daily 02:15-02:45, 23:00-01:30
rule \"Nacht\"
  when Nacht               set HK1.Raum_Soll to 17 °C
  else when Nacht starts within 20 min
                           set HK1.Raum_Soll to 18 °C
rule \"Lang genug\"
  when Nacht for 25 min    set RLT1.Stufe to stage1
rule \"Nachlauf\"
  when Nacht extended 10 min
                           set HK2.Raum_Soll to 19 °C
";

/// What is claimed in each minute from `start` to `end`, while `between` does
/// something every 37 minutes.
fn minutes(start: &str, end: &str, mut between: impl FnMut(&mut Bench)) -> Vec<Vec<String>> {
    let mut bench = Bench::read(DAY, start);
    let mut all = Vec::new();
    while bench.snapshot.now.wall < town::local(end) {
        all.push(bench.says());
        if all.len() % 37 == 0 {
            between(&mut bench);
        }
        bench.pass(60);
    }
    all
}

#[test]
fn on_days_of_23_and_25_hours_restarts_and_reloads_change_nothing() {
    // In spring both ends of 02:15-02:45 are the end of the gap: no time.
    for (start, end, hours, starts) in [
        ("2026-03-29T00:00", "2026-03-30T00:00", 23, 1),
        ("2026-10-25T00:00", "2026-10-26T00:00", 25, 2),
        ("2026-10-26T00:00", "2026-10-27T00:00", 24, 2),
    ] {
        let plain = minutes(start, end, |_| {});
        assert_eq!(plain.len(), hours * 60);
        let night = |said: &Vec<String>| said.contains(&"HK1.Raum_Soll normal = 17 °C".to_owned());
        let begins = plain.windows(2).filter(|pair| !night(&pair[0]) && night(&pair[1])).count();
        assert_eq!(begins, starts, "{start}");
        let differs =
            |others: Vec<Vec<String>>| plain.iter().zip(&others).position(|(a, b)| a != b);
        let restarting = minutes(start, end, |bench| {
            bench.restart(0);
            bench.says();
        });
        assert_eq!(differs(restarting), None, "the first minute that is another, {start}");
        assert_eq!(differs(minutes(start, end, |bench| bench.reload(DAY))), None, "{start}");
    }
}

/// What can be compared between two programs: the alarms without those of
/// `Neu`, which only one has.
fn alarms(run: &Run) -> Vec<&RaisedAlarm> {
    run.outcome
        .verdict
        .alarms
        .iter()
        .filter(|alarm| alarm.rule.to_string() != "Rathaus.Neu")
        .collect()
}

fn claims(run: &Run) -> Vec<(PointId, String, Demand)> {
    let claims = run.outcome.verdict.claims();
    claims.map(|claim| (claim.point, claim.origin.to_string(), claim.demand)).collect()
}

fn saved(run: &Run) -> (Vec<Memory>, HashMap<RuleId, Decided>) {
    let (state, program) = (&run.rules.state, &run.rules.program);
    let decisions = state.last_decisions(program).map(|(id, it)| (id.clone(), it));
    let decisions = decisions.filter(|(id, _)| &*id.rule != "Rathaus.Neu").collect();
    (state.saved(program).map(|(_, memory)| memory).collect(), decisions)
}

/// What is remembered of protected points after a restart that left all
/// commanded, `down` later.
fn reminded(program: &Program, guards: &Guards, outcome: &Outcome, down: Duration) -> Guards {
    let saved = guards.saved().map(|(name, it)| (name.clone(), it)).collect();
    let left: Vec<Commanded> = outcome
        .decisions
        .iter()
        .filter_map(|decision| {
            Some(Commanded {
                point: decision.point,
                value: decision.target?,
                before: Vec::new(),
                release: Release::Slot(13),
                taken_over: None,
                since: jiff::Timestamp::UNIX_EPOCH,
                yielded: None,
            })
        })
        .collect();
    let mut guards = Guards::new(program.protections());
    guards.recall(&saved, down, &left);
    guards
}

fn target(run: &Run, point: PointId) -> Option<f64> {
    run.outcome.decisions.on(point)?.target
}

/// Of the damper; the changes of quantities are counted by their ramps.
fn switchings(run: &Run) -> Vec<Switching> {
    let all = run.rules.guards.saved();
    all.filter(|(name, _)| name.ends_with("Klappe")).map(|(_, it)| it).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: if town::long() { 3_000 } else { 100 },
        ..ProptestConfig::default()
    })]

    /// Every few cycles other files with the same rules in them, and one more
    /// or less: nobody can tell.
    #[test]
    fn a_reload_of_unchanged_rules_changes_nothing(
        rules in rules(),
        steps in steps(),
        every in 1_usize..7,
        all_read in any::<bool>(),
    ) {
        prop_assume!(town::compiles(&rules));
        let made = if all_read { Bench::read } else { Bench::new };
        let mut bench = made(&rules, "2026-03-28T23:30");
        let more = format!("rule \"Neu\"\n  alarm notice \"neu\"\n# anders\n{rules}");
        let more = program(&bench.site, &more.replace(" set ", "  set   "));
        let run = || Run { rules: Rules::new(bench.program.clone()), outcome: Outcome::default() };
        let (mut reloaded, mut plain) = (run(), run());
        for (number, step) in steps.iter().enumerate() {
            step.iter().for_each(|step| apply(step, &mut bench));
            bench.pass(1);
            reloaded.hear(step);
            plain.hear(step);
            if number % every == 0 {
                let new = if number % (2 * every) == 0 { &more } else { &bench.program };
                let decisions = &reloaded.outcome.decisions;
                reloaded.rules = reloaded.rules.succeeded_by(new.clone(), decisions);
                reloaded.outcome = Outcome::default();
            }
            reloaded.cycle(&bench, &[]);
            plain.cycle(&bench, &[]);
            prop_assert_eq!(claims(&reloaded), claims(&plain));
            let text = |alarm: &&RaisedAlarm| alarm.text(hauswart::model::Language::En, &bench.site.points);
            let texts = |run: &Run| alarms(run).iter().map(text).collect::<Vec<_>>();
            prop_assert_eq!(texts(&reloaded), texts(&plain));
            prop_assert_eq!(saved(&reloaded), saved(&plain));
            for decision in plain.outcome.decisions.iter() {
                let theirs = reloaded.outcome.decisions.on(decision.point);
                prop_assert_eq!(theirs.and_then(|it| it.target), decision.target);
            }
        }
    }

    /// Every few cycles a kill and a restart that takes no time on the steady
    /// clock, and some on the wall: the same as if the program had slept.
    #[test]
    fn a_restart_is_a_sleep(
        rules in rules(),
        steps in steps(),
        every in 1_usize..7,
        asleep in 0_u64..4000,
    ) {
        prop_assume!(town::compiles(&rules));
        let mut bench = Bench::read(&rules, "2026-03-28T23:30");
        let damper = bench.id("Lueftung.Klappe");
        let run = || Run { rules: Rules::new(bench.program.clone()), outcome: Outcome::default() };
        let (mut restarting, mut plain) = (run(), run());
        for (number, step) in steps.iter().enumerate() {
            step.iter().for_each(|step| apply(step, &mut bench));
            bench.pass(1);
            restarting.hear(step);
            plain.hear(step);
            if number % every == every - 1 {
                // The last cycle before, and the first one after.
                restarting.cycle(&bench, &[]);
                plain.cycle(&bench, &[]);
                bench.snapshot.now.wall += Duration::from_secs(asleep);
                let Rules { program, state, guards } = &restarting.rules;
                let guards = reminded(program, guards, &restarting.outcome, Duration::ZERO);
                restarting.rules.state = restarted(program, state, Duration::ZERO);
                restarting.rules.guards = guards;
                restarting.outcome = Outcome::default();
            }
            restarting.cycle(&bench, &[]);
            plain.cycle(&bench, &[]);
            prop_assert_eq!(claims(&restarting), claims(&plain));
            prop_assert_eq!(saved(&restarting), saved(&plain));
            // How long a substitute has stood in is counted anew.
            let lasting = |run: &Run| -> Vec<RaisedAlarm> {
                let all = run.outcome.verdict.alarms.iter();
                let counted = |it: &&RaisedAlarm| !matches!(it.cause, AlarmCause::Substituted { .. });
                all.filter(counted).cloned().collect()
            };
            prop_assert_eq!(lasting(&restarting), lasting(&plain));
            // A ramp begins anew where it stands; what is switched goes on.
            prop_assert_eq!(target(&restarting, damper), target(&plain, damper));
            prop_assert_eq!(switchings(&restarting), switchings(&plain));
        }
    }
}
