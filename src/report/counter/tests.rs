//! Scenes by hand, and random lives of counters against an oracle that knows
//! what was truly used.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::report::consumption::over;

const MINUTE: i64 = 60_000;
const KWH: f64 = 3.6e6;
/// 60 kW: a kWh a minute.
const LOAD: f64 = 60_000.0;
const EVER: Span = Span { from_ms: i64::MIN / 4, until_ms: i64::MAX / 4 };

fn counter(replaced: &[Replacement]) -> Counter<'_> {
    Counter {
        factor: 1.0,
        rolls_over: Some(10_000.0 * KWH),
        step: None,
        load: Some(LOAD),
        counts_energy: true,
        resets: true,
        replaced,
    }
}

/// A reading each minute, in kWh; `None`: not heard.
fn minutes(readings: &[Option<f64>]) -> Vec<Sample> {
    let sample = |(at, reading): (i64, &Option<f64>)| match reading {
        Some(kwh) => Sample { at_ms: at * MINUTE, value: Some(kwh * KWH), quality: Quality::Good },
        None => Sample::gap(at * MINUTE, Quality::Stale),
    };
    (0..).zip(readings).map(sample).collect()
}

fn kwh(judged: &Judged) -> Option<f64> {
    over(&judged.steps, EVER).amount.map(|joules| (joules / KWH * 1e6).round() / 1e6)
}

fn codes(judged: &Judged) -> Vec<&'static str> {
    judged.findings.iter().map(|it| it.what.code()).collect()
}

fn judged(readings: &[Option<f64>], counter: &Counter<'_>) -> Judged {
    let samples = minutes(readings);
    judge(&samples, readings.len() as i64 * MINUTE, counter)
}

fn heard(readings: &[f64]) -> Vec<Option<f64>> {
    readings.iter().copied().map(Some).collect()
}

#[test]
fn a_counter_that_goes_up_is_counted_and_nothing_is_found() {
    let seen = judged(&heard(&[10.0, 10.5, 10.5, 11.25]), &counter(&[]));
    assert_eq!((kwh(&seen), codes(&seen)), (Some(1.25), vec![]));
    assert!(over(&seen.steps, Span { from_ms: 0, until_ms: 4 * MINUTE }).is_covered());
}

#[test]
fn nothing_heard_is_nothing_known() {
    assert_eq!(judged(&[None, None], &counter(&[])), Judged::default());
    let substitute = [Sample { at_ms: 0, value: Some(5.0), quality: Quality::Substituted }];
    assert_eq!(judge(&substitute, MINUTE, &counter(&[])), Judged::default());
}

#[test]
fn behind_its_last_digit_it_goes_on_from_zero() {
    let seen = judged(&heard(&[9_999.0, 9_999.75, 0.5, 1.0]), &counter(&[]));
    assert_eq!((kwh(&seen), codes(&seen)), (Some(2.0), vec!["rolled-over"]));
}

#[test]
fn what_nobody_says_of_its_last_digit_is_no_rolling_over() {
    let counter = Counter { rolls_over: None, ..counter(&[]) };
    let seen = judged(&heard(&[9_999.0, 9_999.75, 0.5, 1.0]), &counter);
    assert_eq!(codes(&seen), ["reset"]);
    assert_eq!(kwh(&seen), Some(0.75 + 0.5 + 0.5));
    let all = over(&seen.steps, Span { from_ms: 0, until_ms: 4 * MINUTE });
    assert!(!all.is_whole(), "what ran before the reset is missing");
}

#[test]
fn a_reset_counts_from_zero_and_says_that_something_is_missing() {
    let seen = judged(&heard(&[500.0, 500.5, 0.25, 0.75]), &counter(&[]));
    assert_eq!((kwh(&seen), codes(&seen)), (Some(1.25), vec!["reset"]));
}

#[test]
fn readings_that_go_astray_and_come_back_are_left_out() {
    for astray in [0.0, 4_000.0, 9_999.0, -1.0] {
        let seen = judged(&heard(&[500.0, 500.5, astray, astray, 501.0, 501.5]), &counter(&[]));
        assert_eq!((kwh(&seen), codes(&seen)), (Some(1.5), vec!["glitch"]), "{astray}");
        let all = over(&seen.steps, Span { from_ms: 0, until_ms: 6 * MINUTE });
        assert!(all.is_whole() && !all.is_covered());
    }
}

#[test]
fn what_happens_soon_after_a_glitch_is_told_apart_from_it() {
    let seen = judged(&heard(&[500.0, 500.5, 4_000.0, 501.0, 0.25, 0.5]), &counter(&[]));
    assert_eq!((kwh(&seen), codes(&seen)), (Some(1.5), vec!["glitch", "reset"]));
}

#[test]
fn a_jump_that_stays_is_not_counted() {
    let seen = judged(&heard(&[500.0, 500.5, 4_000.0, 4_000.5]), &counter(&[]));
    assert_eq!((kwh(&seen), codes(&seen)), (Some(1.0), vec!["jump"]));
    assert!(!over(&seen.steps, Span { from_ms: 0, until_ms: 4 * MINUTE }).is_whole());
}

#[test]
fn a_fall_to_another_reading_is_not_counted() {
    let seen = judged(&heard(&[5_000.0, 5_000.5, 300.0, 300.5]), &counter(&[]));
    assert_eq!((kwh(&seen), codes(&seen)), (Some(1.0), vec!["fell"]));
}

#[test]
fn a_gap_is_bridged_by_the_readings_around_it() {
    let mut readings = heard(&[10.0, 10.5]);
    readings.push(None);
    readings.extend((0..99).map(|_| None));
    readings.extend(heard(&[40.0, 40.5]));
    let seen = judged(&readings, &counter(&[]));
    assert_eq!((kwh(&seen), codes(&seen)), (Some(30.5), vec!["gap"]));
    let half = Span { from_ms: 52 * MINUTE, until_ms: 102 * MINUTE };
    let second = over(&seen.steps, half);
    assert!(second.is_estimated() && second.coverage == 0.0 && second.is_whole());
    assert_eq!((second.amount.unwrap() / KWH).round(), 15.0, "half of 29.5");
}

#[test]
fn a_meter_that_sends_once_a_day_brings_its_use_at_once() {
    let hours = |values: &[f64]| -> Vec<Sample> {
        let all = (0..).zip(values);
        all.map(|(at, kwh)| Sample {
            at_ms: at * 15 * MINUTE,
            value: Some(kwh * KWH),
            quality: Quality::Good,
        })
        .collect()
    };
    let mut readings = vec![100.0; 96];
    readings.extend(vec![900.0; 96]);
    let seen = judge(&hours(&readings), 192 * 15 * MINUTE, &counter(&[]));
    assert_eq!((kwh(&seen), codes(&seen)), (Some(800.0), vec![]));
}

fn replacement(minute: i64, end: f64, start: f64, factor: Option<f64>) -> Replacement {
    let at = Timestamp::from_millisecond(minute * MINUTE).unwrap();
    Replacement { at, end: end * KWH, start: start * KWH, factor }
}

#[test]
fn a_replacement_counts_by_the_fitters_readings_wherever_near_it_happened() {
    let readings = heard(&[5_000.0, 5_000.5, 300.5, 301.0, 301.5]);
    for minute in [1, 2, 4, 600] {
        let replaced = [replacement(minute, 5_000.75, 300.25, Some(2.0))];
        let seen = judged(&readings, &counter(&replaced));
        assert_eq!(codes(&seen), ["replaced"], "{minute}");
        assert_eq!(kwh(&seen), Some(0.5 + 0.25 + 0.5 + 2.0));
        let What::Replaced { moved, .. } = seen.findings[0].what else { panic!() };
        assert_eq!(moved.is_some(), minute > 2, "{minute}: {moved:?}");
    }
}

#[test]
fn a_replacement_that_does_not_fit_is_told_and_not_counted() {
    let replaced = [replacement(2, 4_000.0, 0.0, None)];
    let seen = judged(&heard(&[5_000.0, 5_000.5, 300.5, 301.0]), &counter(&replaced));
    assert_eq!((kwh(&seen), codes(&seen)), (Some(1.0), vec!["replacement-does-not-fit"]));
}

#[test]
fn two_replacements_in_one_gap_are_counted_one_after_the_other() {
    let mut readings = heard(&[5_000.0]);
    readings.extend((0..300).map(|_| None));
    readings.extend(heard(&[20.0, 20.5]));
    let replaced = [replacement(50, 5_010.0, 100.0, None), replacement(200, 130.0, 0.0, None)];
    let seen = judged(&readings, &counter(&replaced));
    assert_eq!(codes(&seen), ["replaced", "replaced", "gap"]);
    assert_eq!(kwh(&seen), Some(10.0 + 30.0 + 20.0 + 0.5));
}

#[test]
fn a_replacement_before_the_first_reading_sets_the_factor() {
    let replaced = [replacement(-5_000, 10.0, 0.0, Some(40.0))];
    let seen = judged(&heard(&[3.0, 3.25]), &counter(&replaced));
    assert_eq!((kwh(&seen), codes(&seen)), (Some(10.0), vec![]));
}

/// What happens in the life of a counter, every so many minutes.
#[derive(Debug, Clone)]
enum Event {
    /// So many minutes, each with this share of the load.
    Runs(u16, f64),
    Silent(u16, f64),
    Reset,
    /// The new meter's first reading, kWh; and its factor.
    Replaced(u16, u8),
    /// Readings astray, kWh above or below.
    Astray(u8, f64),
}

fn event() -> impl Strategy<Value = Event> {
    let share = 0.05..0.95_f64;
    prop_oneof![
        6 => (30..600_u16, share.clone()).prop_map(|(many, share)| Event::Runs(many, share)),
        2 => (1..3_000_u16, share).prop_map(|(many, share)| Event::Silent(many, share)),
        1 => Just(Event::Reset),
        1 => (0..9_000_u16, 1..4_u8).prop_map(|(start, factor)| Event::Replaced(start, factor)),
        2 => (1..5_u8, prop_oneof![-9_000.0..-100.0, 100.0..9_000.0_f64])
            .prop_map(|(many, by)| Event::Astray(many, by)),
    ]
}

/// Knows what was truly used: the slow oracle.
struct Life {
    minute: i64,
    /// kWh on the dial.
    dial: f64,
    factor: f64,
    used: f64,
    /// Lost at resets: between the last reading and zero.
    lost: f64,
    since_reading: f64,
    samples: Vec<Sample>,
    replaced: Vec<Replacement>,
    expected: Vec<&'static str>,
}

const DIGITS: f64 = 10_000.0;

impl Life {
    fn pass(&mut self, share: f64) {
        self.minute += 1;
        // The load is what is used, not what the dial shows.
        let used = share * LOAD * 60.0 / KWH;
        self.used += used;
        self.since_reading += used;
        self.dial += used / self.factor;
        if self.dial >= DIGITS {
            self.dial -= DIGITS;
            self.expected.push("rolled-over");
        }
    }

    fn read(&mut self) {
        self.say(Some(self.dial));
        self.since_reading = 0.0;
    }

    fn say(&mut self, kwh: Option<f64>) {
        let at_ms = self.minute * MINUTE;
        let quality = if kwh.is_some() { Quality::Good } else { Quality::Stale };
        self.samples.push(Sample { at_ms, value: kwh.map(|kwh| kwh * KWH), quality });
    }

    fn live(&mut self, event: &Event) {
        match event {
            Event::Runs(many, share) => {
                for _ in 0..*many {
                    self.pass(*share);
                    self.read();
                }
            }
            Event::Silent(many, share) => {
                self.pass(*share);
                self.say(None);
                let began = self.minute;
                for _ in 0..*many {
                    self.pass(*share);
                }
                self.read();
                if self.minute - began >= 60 {
                    self.expected.push("gap");
                }
            }
            Event::Reset => {
                self.pass(0.5);
                self.lost += self.since_reading;
                self.since_reading = 0.0;
                // Near its end, it cannot be told from rolling over.
                self.dial = 0.0;
                self.pass(0.5);
                self.expected.push("reset");
                self.read();
            }
            Event::Replaced(start, factor) => {
                self.pass(0.5);
                let at = Timestamp::from_millisecond(self.minute * MINUTE).unwrap();
                let (start, factor) = (f64::from(*start), f64::from(*factor));
                let end = self.dial * KWH;
                let next = Some(factor);
                self.replaced.push(Replacement { at, end, start: start * KWH, factor: next });
                (self.dial, self.factor) = (start, factor);
                self.expected.push("replaced");
                self.pass(0.5);
                self.read();
            }
            Event::Astray(many, by) => {
                for _ in 0..*many {
                    self.pass(0.3);
                    self.say(Some(self.dial + by));
                }
                self.pass(0.3);
                self.read();
                self.expected.push("glitch");
            }
        }
    }
}

/// Where nobody could tell: near the counter's ends events look like one another.
fn is_clear(life: &Life, event: &Event) -> bool {
    let dial = life.dial;
    match event {
        Event::Reset => (200.0..0.45 * DIGITS).contains(&dial),
        Event::Astray(_, by) => (200.0..DIGITS - 200.0).contains(&dial) && dial + by < DIGITS,
        Event::Replaced(start, _) => {
            (200.0..DIGITS - 200.0).contains(&dial)
                && (f64::from(*start) - dial).abs() > 200.0
                && f64::from(*start) < DIGITS - 200.0
        }
        Event::Runs(..) | Event::Silent(..) => true,
    }
}

proptest! {
    #[test]
    fn whatever_happens_to_it_a_counter_counts_what_was_used(
        first in 0.0..9_990.0_f64,
        events in prop::collection::vec(event(), 1..14),
    ) {
        let mut life = Life {
            minute: 0,
            dial: first,
            factor: 1.0,
            used: 0.0,
            lost: 0.0,
            since_reading: 0.0,
            samples: Vec::new(),
            replaced: Vec::new(),
            expected: Vec::new(),
        };
        life.read();
        let began = life.used;
        for event in &events {
            if is_clear(&life, event) {
                life.live(event);
                // Two at once nobody could tell apart.
                life.live(&Event::Runs(30, 0.4));
            }
        }
        let until_ms = (life.minute + 1) * MINUTE;
        let seen = judge(&life.samples, until_ms, &counter(&life.replaced));
        let truth = life.used - began - life.lost;
        let counted = kwh(&seen).unwrap();
        prop_assert!((counted - truth).abs() < 1e-4, "{counted} of {truth}: {:?}", seen.findings);
        let mut found = codes(&seen);
        let mut expected = life.expected;
        found.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(found, expected);
        // Without holes, and in order.
        for pair in seen.steps.windows(2) {
            prop_assert_eq!(pair[0].until_ms, pair[1].from_ms);
        }
        let all = Span { from_ms: 0, until_ms };
        let whole = over(&seen.steps, all);
        prop_assert!((0.0..=1.0 + 1e-12).contains(&whole.coverage) && whole.coverage <= whole.counted);
        // Any parts add up to the whole.
        let parts: Vec<Span> = (0..=(life.minute / 97)).map(|part| Span {
            from_ms: part * 97 * MINUTE,
            until_ms: ((part + 1) * 97 * MINUTE).min(until_ms),
        }).collect();
        let sum: f64 = parts.iter().filter_map(|part| over(&seen.steps, *part).amount).sum();
        prop_assert!((sum - whole.amount.unwrap()).abs() < 1e-3 * KWH);
    }
}
