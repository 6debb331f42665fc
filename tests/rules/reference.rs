//! `for`, `extended`, `until`, logic, parts and grace against a slow, obvious
//! reading of RULES: every answer is worked out anew from all that has happened
//! since the start.

use proptest::prelude::*;
use proptest::sample::select;

use crate::town::{self, Bench};

const SWITCHES: [&str; 3] = ["HK1.Pumpe", "HK2.Pumpe", "Lueftung.Klappe"];

/// Seconds since the start, and what each switch says.
type Moment = (u64, [Option<bool>; 3]);

#[derive(Debug, Clone)]
enum Condition {
    Switch(usize),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    For(Box<Condition>, u64),
    Extended(Box<Condition>, u64),
    Until(Box<Condition>, Box<Condition>),
}

impl Condition {
    fn text(&self) -> String {
        match self {
            Self::Switch(index) => SWITCHES[*index].to_owned(),
            Self::Not(a) => format!("(not {})", a.text()),
            Self::And(a, b) => format!("({} and {})", a.text(), b.text()),
            Self::Or(a, b) => format!("({} or {})", a.text(), b.text()),
            Self::For(a, s) => format!("({} for {s} s)", a.text()),
            Self::Extended(a, s) => format!("({} extended {s} s)", a.text()),
            Self::Until(a, b) => format!("({} until {})", a.text(), b.text()),
        }
    }

    /// What it is at the last of these moments; `None`: unknown.
    fn at(&self, past: &[Moment]) -> Option<bool> {
        let now = past[past.len() - 1].0;
        // At the moment number n, counted from 0.
        let was = |condition: &Self, n: usize| condition.at(&past[..=n]);
        match self {
            Self::Switch(index) => past[past.len() - 1].1[*index],
            Self::Not(a) => a.at(past).map(|a| !a),
            Self::And(a, b) => match (a.at(past), b.at(past)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(a, b) => match (a.at(past), b.at(past)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::For(a, seconds) => {
                if !a.at(past)? {
                    return Some(false);
                }
                let mut held = 0;
                for n in (1..past.len()).rev() {
                    if was(a, n - 1) == Some(false) {
                        break;
                    }
                    if was(a, n) == Some(true) && was(a, n - 1) == Some(true) {
                        held += past[n].0 - past[n - 1].0;
                    }
                }
                Some(held >= *seconds)
            }
            Self::Extended(a, seconds) => {
                let last = (0..past.len()).rev().find(|n| was(a, *n) == Some(true));
                match last {
                    Some(n) if n == past.len() - 1 || now - past[n].0 < *seconds => Some(true),
                    _ => a.at(past),
                }
            }
            Self::Until(a, b) => {
                let known = |n: usize| Some((was(a, n)?, was(b, n)?));
                known(past.len() - 1)?;
                let on =
                    (0..past.len()).filter_map(known).fold(false, |on, (a, b)| !b && (on || a));
                Some(on)
            }
        }
    }
}

/// One that contradicts itself nowhere.
fn condition() -> impl Strategy<Value = Condition> {
    let sound = |it: &Condition| town::compiles(&format!("value X = {}\n", it.text()));
    any_condition().prop_filter("it contradicts itself", sound)
}

fn any_condition() -> impl Strategy<Value = Condition> {
    let leaf = (0..SWITCHES.len()).prop_map(Condition::Switch);
    leaf.prop_recursive(3, 8, 2, |inner| {
        let boxed = inner.prop_map(Box::new).boxed();
        let two = (boxed.clone(), boxed.clone());
        prop_oneof![
            boxed.clone().prop_map(Condition::Not),
            two.clone().prop_map(|(a, b)| Condition::And(a, b)),
            two.clone().prop_map(|(a, b)| Condition::Or(a, b)),
            (boxed.clone(), 1_u64..50).prop_map(|(a, s)| Condition::For(a, s)),
            (boxed, 1_u64..50).prop_map(|(a, s)| Condition::Extended(a, s)),
            two.prop_map(|(a, b)| Condition::Until(a, b)),
        ]
    })
}

/// Gaps between cycles, and what the switches say at each.
fn past() -> impl Strategy<Value = Vec<Moment>> {
    let switch = || prop_oneof![3 => Just(Some(true)), 3 => Just(Some(false)), 1 => Just(None)];
    let gap = select(&[1_u64, 10, 10, 10, 25][..]);
    proptest::collection::vec((gap, [switch(), switch(), switch()]), 1..20).prop_map(|steps| {
        let mut at = 0;
        let moment = |(gap, switches)| {
            at += gap;
            (at, switches)
        };
        steps.into_iter().map(moment).collect()
    })
}

/// Brings the bench to a moment.
fn give(bench: &mut Bench, before: u64, moment: &Moment) {
    bench.pass(moment.0 - before);
    for (name, value) in SWITCHES.iter().zip(moment.1) {
        let value = value.map_or("bad", |on| if on { "on" } else { "off" });
        bench.give(name, value);
    }
}

/// What a rule of two parts, `else` and `on fault` says: the degrees that it
/// sets, from all that has happened.
fn ruled(first: &Condition, second: &Condition, grace: u64, past: &[Moment]) -> Option<u32> {
    let decided = |n: usize| -> Option<u32> {
        let past = &past[..=n];
        if first.at(past)? {
            return Some(21);
        }
        Some(if second.at(past)? { 19 } else { 16 })
    };
    let last = past.len() - 1;
    if let Some(set) = decided(last) {
        return Some(set);
    }
    // Unknown: since when, and what held before.
    let known = (0..last).rev().find(|n| decided(*n).is_some());
    let since = past[known.map_or(0, |n| n + 1)].0;
    if past[last].0 - since < grace { known.and_then(decided) } else { Some(18) }
}

/// A part with its times in seconds; without a condition it is `else`.
#[derive(Debug, Clone)]
struct Timed {
    condition: Option<Condition>,
    least: Option<u64>,
    most: Option<u64>,
    pause: Option<u64>,
}

impl Timed {
    fn text(&self, number: usize) -> String {
        let mut text = match &self.condition {
            Some(condition) if number == 0 => format!(" when {}", condition.text()),
            Some(condition) => format!(" else when {}", condition.text()),
            None => " else".to_owned(),
        };
        text += &format!(" set HK1.Raum_Soll to {} °C", 19 + number);
        let clauses = [
            ("run at least", self.least),
            ("run at most", self.most),
            ("pause at least", self.pause),
        ];
        for (word, time) in clauses {
            text += &time.map_or_else(String::new, |time| format!(" {word} {time} s"));
        }
        text + "\n"
    }
}

fn timed(condition: BoxedStrategy<Option<Condition>>) -> impl Strategy<Value = Timed> {
    let time = |from: u64, to: u64| proptest::option::of(from..to);
    (condition, time(1, 40), time(40, 80), time(1, 60)).prop_map(
        |(condition, least, most, pause)| {
            let least = least.filter(|_| condition.is_some());
            Timed { condition, least, most, pause }
        },
    )
}

/// All that has become of a rule with such parts, moment by moment.
struct Story<'a> {
    parts: &'a [Timed],
    grace: u64,
    past: &'a [Moment],
    /// Which part was active at each moment, decided or kept.
    active: Vec<Option<usize>>,
    /// Whether the rule was known then.
    known: Vec<bool>,
    /// Each part's condition then.
    conditions: Vec<Vec<Option<bool>>>,
}

impl Story<'_> {
    /// For how long a part has been active at moment `n`, if it was before it.
    fn ran(&self, part: usize, n: usize) -> Option<u64> {
        let first = (0..n).rev().take_while(|k| self.active[*k] == Some(part)).last()?;
        Some(self.past[n].0 - self.past[first].0)
    }

    /// How long ago it ended, if it ever did.
    fn rested(&self, part: usize, n: usize) -> Option<u64> {
        let last = (0..n).rev().find(|k| self.active[*k] == Some(part))?;
        (last + 1 < n).then(|| self.past[n].0 - self.past[last + 1].0)
    }

    fn too_long(&self, part: usize, n: usize) -> bool {
        let most = self.parts[part].most;
        most.is_some_and(|most| self.ran(part, n).is_some_and(|ran| ran >= most))
    }

    /// Its longest time has ended it, and its condition has not been false since.
    fn spent(&self, part: usize, n: usize) -> bool {
        let unbroken = (0..=n).rev().take_while(|k| self.conditions[*k][part] != Some(false));
        unbroken.into_iter().any(|k| self.too_long(part, k))
    }

    /// Whether a part may be active at moment `n`.
    fn holds(&self, part: usize, n: usize) -> Option<bool> {
        let Timed { least, pause, .. } = self.parts[part];
        let ran = self.ran(part, n);
        let ended_now = n > 0 && self.active[n - 1] != Some(part);
        let rested = self.rested(part, n).filter(|_| ended_now);
        if self.spent(part, n) || self.too_long(part, n) {
            return Some(false);
        }
        if rested.zip(pause).is_some_and(|(rested, pause)| rested < pause) {
            return Some(false);
        }
        if ran.zip(least).is_some_and(|(ran, least)| ran < least) {
            return Some(true);
        }
        self.conditions[n][part]
    }

    /// Lives through moment `n`; the degrees that the rule sets.
    fn live(&mut self, n: usize) -> Option<u32> {
        self.conditions.push(Vec::new());
        let mut decided = None;
        let mut none_before = Some(true);
        for (part, timed) in self.parts.iter().enumerate() {
            let condition = match &timed.condition {
                Some(condition) => condition.at(&self.past[..=n]),
                None => none_before,
            };
            self.conditions[n].push(condition);
            let holds = self.holds(part, n);
            if decided.is_none() && holds != Some(false) {
                decided = Some(holds.map(|_| part));
            }
            none_before = match (none_before, holds) {
                (Some(false), _) | (_, Some(true)) => Some(false),
                (Some(true), Some(false)) => Some(true),
                _ => None,
            };
        }
        let before = n.checked_sub(1).and_then(|before| self.active[before]);
        let (known, active) = match decided {
            None => (true, None),
            Some(Some(part)) => (true, Some(part)),
            Some(None) => (false, before.filter(|part| !self.too_long(*part, n))),
        };
        self.known.push(known);
        let since = (0..=n).rev().take_while(|k| !self.known[*k]).last();
        let failed = since.is_some_and(|since| self.past[n].0 - self.past[since].0 >= self.grace);
        self.active.push(active.filter(|_| !failed));
        if failed { Some(18) } else { active.map(|part| 19 + u32::try_from(part).unwrap()) }
    }
}

/// Whether the checker says that the second part of these two is never reached.
fn never_reached(body: &str) -> bool {
    town::codes(body).contains(&"unreachable")
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        cases: if town::long() { 20_000 } else { 400 },
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn conditions_are_as_their_whole_past_says(condition in condition(), past in past()) {
        let mut bench = Bench::read(&format!("value X = {}\n", condition.text()), "2026-03-02T06:00");
        let mut before = 0;
        for (n, moment) in past.iter().enumerate() {
            give(&mut bench, before, moment);
            before = moment.0;
            let found = bench.cycle().values[0].value.map(|value| value == 1.0);
            prop_assert_eq!(found, condition.at(&past[..=n]), "{} at {:?}", condition.text(), moment);
        }
    }

    #[test]
    fn what_is_called_a_contradiction_is_one(
        (one, other) in (condition(), condition()),
        past in past(),
    ) {
        let (a, b) = (one.text(), other.text());
        let refused = |text: &str| !town::compiles(text);
        let never = |all: &Condition| (0..past.len()).all(|n| all.at(&past[..=n]) != Some(true));
        let (one, other) = (Box::new(one), Box::new(other));
        if refused(&format!("value X = ({a}) until ({b})\n")) {
            prop_assert!(never(&Condition::Until(one.clone(), other.clone())), "{} until {}", a, b);
        }
        if refused(&format!("value X = ({a}) and ({b})\n")) {
            prop_assert!(never(&Condition::And(one, other)), "{} and {}", a, b);
        }
    }

    #[test]
    fn a_rule_is_as_its_whole_past_says(
        (first, second) in (condition(), condition()),
        grace in 1_u64..60,
        past in past(),
    ) {
        let body = format!(
            "rule \"R\"\n grace {grace} s\n when {} set HK1.Raum_Soll to 21 °C\n \
             else when {} set HK1.Raum_Soll to 19 °C\n else set HK1.Raum_Soll to 16 °C\n \
             on fault set HK1.Raum_Soll to 18 °C\n",
            first.text(),
            second.text(),
        );
        if never_reached(&body) {
            // Said of the second part, and true of it.
            for n in 0..past.len() {
                prop_assert_ne!(ruled(&first, &second, grace, &past[..=n]), Some(19), "{}", body);
            }
            return Ok(());
        }
        let mut bench = Bench::read(&body, "2026-03-02T06:00");
        let mut before = 0;
        for (n, moment) in past.iter().enumerate() {
            give(&mut bench, before, moment);
            before = moment.0;
            let said: Vec<String> = bench.says();
            let wanted = ruled(&first, &second, grace, &past[..=n]);
            let wanted: Vec<String> =
                wanted.iter().map(|set| format!("HK1.Raum_Soll normal = {set} °C")).collect();
            prop_assert_eq!(said, wanted, "{} at {:?}", body, moment);
        }
    }

    #[test]
    fn parts_run_and_pause_as_their_whole_past_says(
        first in timed(condition().prop_map(Some).boxed()),
        second in timed(condition().prop_map(Some).boxed()),
        last in timed(Just(None).boxed()),
        grace in 1_u64..60,
        past in past(),
    ) {
        let parts = [first, second, last];
        let texts: Vec<String> = parts.iter().enumerate().map(|(n, part)| part.text(n)).collect();
        let body = format!(
            "rule \"R\"\n grace {grace} s\n{} on fault set HK1.Raum_Soll to 18 °C\n",
            texts.concat()
        );
        let (active, known, conditions) = (Vec::new(), Vec::new(), Vec::new());
        let mut story = Story { parts: &parts, grace, past: &past, active, known, conditions };
        if never_reached(&body) {
            for n in 0..past.len() {
                prop_assert_ne!(story.live(n), Some(20), "{}", body);
            }
            return Ok(());
        }
        let mut bench = Bench::read(&body, "2026-03-02T06:00");
        let mut before = 0;
        for (n, moment) in past.iter().enumerate() {
            give(&mut bench, before, moment);
            before = moment.0;
            let said: Vec<String> = bench.says();
            let wanted = story.live(n);
            let wanted: Vec<String> =
                wanted.iter().map(|set| format!("HK1.Raum_Soll normal = {set} °C")).collect();
            prop_assert_eq!(said, wanted, "{} at {:?}", body, moment);
        }
    }
}
