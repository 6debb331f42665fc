//! Computing only what changed gives what computing everything gives: random
//! rules over random inputs, times and gaps between cycles.

use std::time::Duration;

use hauswart::control::{Base, Override};
use hauswart::cycle::{Outcome, Rules, cycle};
use hauswart::model::{PointId, Quality, Reading};
use proptest::prelude::*;
use proptest::sample::select;

use crate::town::{self, Bench};

const TEMPERATURES: [&str; 5] =
    ["Kessel.Aussen", "HK1.Raum", "HK2.Raum", "HK1.Vorlauf", "RLT1.Abluft"];
/// Where a rule commands, and at which level: two meet on one point.
const TARGETS: [(&str, &str); 4] = [
    ("HK1.Raum_Soll", "normal"),
    ("HK1.Raum_Soll", "high"),
    ("HK2.Raum_Soll", "low"),
    ("RLT1.Zuluft_Soll", "safety"),
];

/// A quantity in °C, at most `depth` deep.
fn quantity(depth: u32) -> BoxedStrategy<String> {
    // No constants: they would make comparisons that never change.
    let leaf = select(&TEMPERATURES[..]).prop_map(str::to_owned);
    leaf.prop_recursive(depth, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), -3..3).prop_map(|(a, k)| format!("({a} + ({k} K))")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("min({a}, {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("max({a}, {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} fallback {b})")),
            (inner.clone(), 17..21).prop_map(|(a, n)| format!("({a} fallback {n} °C)")),
            (window(), inner, 1..60).prop_map(|(w, a, n)| format!("({w}({a}) over {n} min)")),
            select(&["mean", "min", "max"][..])
                .prop_map(|how| format!("({how} of Räume, at least 2 good)")),
        ]
    })
    .boxed()
}

fn window() -> impl Strategy<Value = &'static str> {
    select(&["mean", "min", "max"][..])
}

/// A condition over time, other than timers.
fn measured() -> BoxedStrategy<String> {
    let pump = || select(&["HK1.Pumpe", "HK2.Pumpe"][..]);
    prop_oneof![
        (quantity(1), 1..40).prop_map(|(q, n)| format!("(change({q}) over {n} min > 1 K)")),
        (quantity(1), 1..40).prop_map(|(q, n)| format!("(rate({q}) over {n} min > 6 K/h)")),
        (pump(), 1..40, 1..4).prop_map(|(p, n, k)| format!("(starts({p}) over {n} min > {k})")),
        (pump(), 1..40).prop_map(|(p, n)| format!("(hours({p} is on) > {n} min)")),
        (quantity(0), select(&[5, 15, 60][..])).prop_map(|(q, n)| format!(
            "(demand(({q} - 10 °C) * 1 kW/K) over {n} min > 9 kW until < 8 kW)"
        )),
        select(&["any", "all"][..]).prop_map(|how| format!("({how} of Räume > 20 °C)")),
    ]
    .boxed()
}

/// A condition, with timers of seconds to minutes.
fn condition() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        (quantity(2), 16..24).prop_map(|(q, n)| format!("({q} > {n} °C)")),
        (quantity(2), 18..22).prop_map(|(q, n)| format!("({q} > {n} °C until < {} °C)", n - 1)),
        Just("Nutzung".to_owned()),
        (1..90).prop_map(|n| format!("(Nutzung starts within {n} min)")),
        (1..90).prop_map(|n| format!("(Nutzung ends within {n} min)")),
        (1..90).prop_map(|n| format!("(Nutzung ended within {n} min)")),
        select(&["HK1.Pumpe", "HK2.Pumpe"][..]).prop_map(str::to_owned),
        select(&TEMPERATURES[..]).prop_map(|p| format!("({p} is bad)")),
        measured(),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} and {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            inner.clone().prop_map(|a| format!("(not {a})")),
            (inner.clone(), 1..120).prop_map(|(a, s)| format!("({a} for {s} s)")),
            (inner.clone(), 1..120).prop_map(|(a, s)| format!("({a} extended {s} s)")),
            inner.clone().prop_map(|a| format!("({a} until acknowledged)")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} until {b})")),
        ]
    })
    .boxed()
}

/// How long a part runs and pauses; `Dauer` is unknown with its sensor.
fn runs() -> BoxedStrategy<String> {
    let time = |from: u64, to: u64| prop_oneof![3 => (from..to).prop_map(|s| format!("{s} s")), 1 => Just("Dauer".to_owned())];
    let clause = |word: &'static str, from, to| {
        proptest::option::of(time(from, to))
            .prop_map(move |time| time.map_or_else(String::new, |time| format!("{word} {time} ")))
    };
    (
        clause("run at least", 1, 60),
        clause("run at most", 60, 200),
        clause("pause at least", 1, 120),
    )
        .prop_map(|(least, most, pause)| least + &most + &pause)
        .boxed()
}

/// A rule on one target: one or two parts, perhaps `else`, perhaps `on fault`.
fn rule(number: usize, target: &'static str, level: &'static str) -> BoxedStrategy<String> {
    let command = prop_oneof![
        (16..24).prop_map(move |n| format!("set {target} to {n} °C")),
        quantity(1).prop_map(move |q| format!("set {target} to {q}")),
        (14..20).prop_map(move |n| format!("keep {target} at least {n} °C")),
    ];
    let maybe = |text: &'static str| prop_oneof![Just(String::new()), Just(text.to_owned())];
    (
        // The other rule on that point counts.
        prop_oneof![maybe("grace 40 s"), maybe(if level == "high" { "shadow" } else { "" })],
        proptest::collection::vec((condition(), command, runs()), 1..3),
        prop_oneof![
            maybe("else alarm notice \"sonst\""),
            Just("else alarm notice \"nachher\" run at most 90 s pause at least 20 s".to_owned()),
        ],
    )
        .prop_map(move |(grace, parts, otherwise)| {
            let mut text = format!("rule \"R{number}\"\n  level {level} {grace}\n");
            for (index, (condition, command, runs)) in parts.iter().enumerate() {
                let head = if index == 0 { "when" } else { "else when" };
                text += &format!("  {head} {condition}\n    {command} {runs}\n");
            }
            text += &format!("  {otherwise}\n  on fault set {target} to 17 °C\n");
            text
        })
        .boxed()
}

pub fn rules() -> BoxedStrategy<String> {
    let all: Vec<_> =
        TARGETS.iter().enumerate().map(|(n, (target, level))| rule(n, target, level)).collect();
    (all, switching(), protections()).prop_map(|(rules, switching, protections)| {
        let head = "group Räume = HK1.Raum, HK2.Raum, RLT1.Abluft\nschedule Nutzung\n  Mo-So 06:00-06:30, 07:00-17:00\nvalue Aussen = Kessel.Aussen fallback 5 °C\nvalue Dauer = (HK1.Raum - 15 °C) * 0.2 min/K\n";
        let rules = format!("{}{switching}{protections}", rules.concat());
        format!("{head}{rules}rule \"Ersatz\" when Aussen < 0 °C for 1 min alarm \"kalt\"\n")
    })
    .boxed()
}

/// A rule on a switched output, and a safety rule that stops it.
fn switching() -> impl Strategy<Value = String> {
    let state = || select(&["on", "off"][..]);
    (condition(), state(), proptest::option::of(state()), proptest::option::of(condition())).prop_map(
        |(when, state, otherwise, stop)| {
            let mut text = format!("rule \"Klappe\" grace 20 s when {when} set Lueftung.Klappe to {state}\n");
            if let Some(state) = otherwise {
                text += &format!("  else set Lueftung.Klappe to {state}\n");
            }
            if let Some(stop) = stop {
                text += &format!(
                    "rule \"Halt\" level safety when {stop} set Lueftung.Klappe to off on fault alarm \"x\"\n"
                );
            }
            text
        },
    )
}

/// Protections of what is commanded, with the lines that are drawn.
fn protections() -> impl Strategy<Value = String> {
    let line = |text: BoxedStrategy<String>| proptest::option::of(text);
    let time = |head: &'static str| {
        (1..90).prop_map(move |n| format!("  {head} at least {n} s\n")).boxed()
    };
    let times = (1..4).prop_map(|n| format!("  change at most {n} per hour\n")).boxed();
    let step = (1..4).prop_map(|n| format!("  step at least {n} K\n")).boxed();
    let ramp =
        (1..5, 1..30).prop_map(|(k, n)| format!("  ramp at most {k} K per {n} min\n")).boxed();
    let switched = (line(time("on")), line(time("off")), line(times.clone()));
    let moved = || (line(step.clone()), line(ramp.clone()), line(times.clone()));
    (switched, moved(), moved()).prop_map(|(switched, one, other)| {
        let entry = |point: &str, (a, b, c): (Option<String>, Option<String>, Option<String>)| {
            let lines: String = [a, b, c].into_iter().flatten().collect();
            if lines.is_empty() { lines } else { format!("protect {point}\n{lines}") }
        };
        [
            entry("Lueftung.Klappe", switched),
            entry("HK1.Raum_Soll", one),
            entry("RLT1.Zuluft_Soll", other),
        ]
        .concat()
    })
}

/// What happens before a cycle.
#[derive(Debug, Clone)]
pub enum Step {
    /// Seconds that pass on both clocks.
    Pass(u64),
    /// The wall clock alone steps, by this many minutes.
    SetClock(i64),
    /// A point reads so many degrees, or is bad.
    Give(&'static str, Option<i32>),
    Pump(&'static str, Option<bool>),
    /// Somebody acknowledges what waits in the rule of this number.
    Acknowledge(usize),
}

pub fn steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let value = || prop_oneof![1 => Just(None), 5 => (14..26).prop_map(Some)];
    let one = prop_oneof![
        3 => prop_oneof![Just(1), Just(10), Just(60), Just(1800)].prop_map(Step::Pass),
        4 => (select(&TEMPERATURES[..]), value()).prop_map(|(p, v)| Step::Give(p, v)),
        1 => (select(&["HK1.Raum_Soll", "RLT1.Zuluft_Soll"][..]), value())
            .prop_map(|(p, v)| Step::Give(p, v)),
        2 => (select(&["HK1.Pumpe", "HK2.Pumpe", "Lueftung.Klappe"][..]), proptest::option::of(any::<bool>()))
            .prop_map(|(p, on)| Step::Pump(p, on)),
        1 => (-120_i64..120).prop_map(Step::SetClock),
        1 => (0..TARGETS.len()).prop_map(Step::Acknowledge),
    ];
    proptest::collection::vec(proptest::collection::vec(one, 0..3), 1..60)
}

pub fn apply(step: &Step, bench: &mut Bench) {
    let at = bench.snapshot.now;
    let put = |bench: &mut Bench, point: &str, value: Option<f64>| {
        let id = bench.id(point);
        let quality = if value.is_some() { Quality::Good } else { Quality::Faulty };
        let value = value.unwrap_or(f64::NAN);
        bench.snapshot.readings[id.index()] = Reading { value, quality, at };
    };
    match *step {
        Step::Pass(seconds) => bench.pass(seconds),
        Step::SetClock(minutes) => {
            let by = jiff::SignedDuration::from_mins(minutes);
            bench.snapshot.now.wall = bench.snapshot.now.wall.saturating_add(by).unwrap();
        }
        Step::Acknowledge(_) => {}
        Step::Give(point, value) => put(bench, point, value.map(f64::from)),
        Step::Pump(point, on) => put(bench, point, on.map(|on| f64::from(u8::from(on)))),
    }
}

/// The rules, what they remember and what they came to.
pub struct Run {
    pub rules: Rules,
    pub outcome: Outcome,
}

impl Run {
    /// What somebody says between two cycles.
    pub fn hear(&mut self, steps: &[Step]) {
        for step in steps {
            if let Step::Acknowledge(number) = step {
                let Rules { program, state, .. } = &mut self.rules;
                state.acknowledge(program, &format!("Rathaus.R{number}"), "meier");
            }
        }
    }

    pub fn cycle(&mut self, bench: &Bench, overrides: &[Override]) {
        let base = |point: PointId| Base::Known(15.0 + point.index() as f64 % 3.0);
        let points = &bench.site.points;
        let rules = Some(&mut self.rules);
        cycle(&bench.snapshot, rules, points, overrides, &base, &mut self.outcome);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: if town::long() { 5_000 } else { 250 },
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_changed_is_enough(rules in rules(), steps in steps(), all_read in any::<bool>()) {
        prop_assume!(town::compiles(&rules));
        let made = if all_read { Bench::read } else { Bench::new };
        let mut bench = made(&rules, "2026-03-28T05:30");
        bench.snapshot.now.steady = Duration::from_secs(1000);
        let run = || Run { rules: Rules::new(bench.program.clone()), outcome: Outcome::default() };
        let (mut part, mut whole) = (run(), run());
        let target = bench.id(TARGETS[0].0);
        let overrides = [Override {
            id: 1,
            point: target,
            value: 23.0,
            from: town::local("2026-03-28T05:40"),
            until: town::local("2026-03-28T06:10"),
            user: "Hausmeister".into(),
            why: String::new(),
        }];
        for step in &steps {
            step.iter().for_each(|step| apply(step, &mut bench));
            bench.pass(1);
            part.hear(step);
            whole.hear(step);
            part.cycle(&bench, &overrides);
            whole.rules.recompute();
            whole.outcome.decisions.clear();
            whole.cycle(&bench, &overrides);
            let (ours, theirs) = (&part.outcome.verdict, &whole.outcome.verdict);
            prop_assert_eq!(&ours.rules, &theirs.rules);
            prop_assert_eq!(&ours.values, &theirs.values);
            prop_assert_eq!(&ours.alarms, &theirs.alarms);
            prop_assert!(ours.claims().eq(theirs.claims()), "{:?}\n{:?}", ours, theirs);
            for rule in part.rules.program.shadows() {
                let claims = |run: &Run| -> Vec<_> {
                    let claims = run.outcome.verdict.shadow_claims(&run.rules.program, rule);
                    claims.cloned().collect()
                };
                prop_assert_eq!(claims(&part), claims(&whole));
            }
            for decision in whole.outcome.decisions.iter() {
                prop_assert_eq!(part.outcome.decisions.on(decision.point), Some(decision));
            }
            let saved = |run: &Run| -> Vec<_> {
                run.rules.state.saved(&run.rules.program).map(|(_, memory)| memory).collect()
            };
            prop_assert_eq!(saved(&part), saved(&whole));
            let guarded = |run: &Run| -> Vec<_> {
                run.rules.guards.saved().map(|(_, switching)| switching).collect()
            };
            prop_assert_eq!(guarded(&part), guarded(&whole));
        }
    }
}
