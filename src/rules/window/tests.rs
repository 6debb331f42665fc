//! Windows against an exact reference that keeps everything, and by hand.

use proptest::prelude::*;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn known((value, _): Timed) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

/// A look every 10 s at what `value` says of the seconds since the start;
/// what came of the last one.
fn watch(window: &mut Window, from: u64, to: u64, value: impl Fn(u64) -> f64) -> Option<f64> {
    let mut last = None;
    for at in (from..=to).step_by(10) {
        let elapsed = if at == from { Duration::ZERO } else { s(10) };
        last = known(window.look(value(at), elapsed));
    }
    last
}

#[test]
fn a_mean_is_weighted_by_time_and_unknown_until_mostly_filled() {
    let mut window = Window::new(Gauge::Mean, HOUR);
    assert_eq!(watch(&mut window, 0, 2690, |_| 10.0), None, "44 min 50 s");
    assert!(window.is_filling(Duration::ZERO));
    assert_eq!(known(window.look(10.0, s(10))), Some(10.0), "45 min");
    // 45 min of 10 °C, 15 min of 18 °C.
    let mean = watch(&mut window, 2700, 3600, |_| 18.0).unwrap();
    assert!((mean - 12.0).abs() < 1e-9, "{mean}");
    assert!(!window.is_filling(Duration::ZERO));
    // Another 45 min of 18 °C, and 10 °C is out.
    let mean = watch(&mut window, 3600, 6300, |_| 18.0).unwrap();
    assert!((mean - 18.0).abs() < 1e-9, "{mean}");
}

#[test]
fn a_value_that_stands_still_is_not_looked_at_again() {
    let mut window = Window::new(Gauge::Mean, HOUR);
    assert_eq!(window.look(10.0, s(0)).1, Some(Duration::from_secs_f64(2700.0 * (1.0 - 1e-9))));
    window.pass(s(3000));
    let (mean, left) = window.look(10.0, s(10));
    assert!((mean - 10.0).abs() < 1e-12);
    assert_eq!(left, Some(Duration::ZERO), "it is still filling");
    window.pass(s(580));
    assert_eq!(window.look(10.0, s(10)), (10.0, None));
}

#[test]
fn unknown_time_is_left_out_and_too_much_of_it_is_unknown() {
    let mut window = Window::new(Gauge::Mean, HOUR);
    watch(&mut window, 0, 3600, |_| 10.0);
    // 10 min unknown: the rest speaks for them.
    let mean = watch(&mut window, 3600, 4200, |_| f64::NAN).unwrap();
    assert!((mean - 10.0).abs() < 1e-9, "{mean}");
    assert_eq!(watch(&mut window, 4200, 4510, |_| f64::NAN), None, "15 min and more");
}

#[test]
fn extremes_go_when_they_are_too_old() {
    let mut low = Window::new(Gauge::Min, HOUR);
    let mut high = Window::new(Gauge::Max, HOUR);
    let value = |at: u64| if (600..660).contains(&at) { 30.0 } else { 20.0 };
    for window in [&mut low, &mut high] {
        watch(window, 0, 4200, value);
    }
    assert_eq!(known(low.look(20.0, s(0))), Some(20.0));
    assert_eq!(known(high.look(20.0, s(0))), Some(30.0));
    assert_eq!(known(high.look(20.0, s(30))), Some(30.0), "until 11:00, 30 s more at most");
    assert_eq!(known(high.look(20.0, s(60))), Some(20.0));
}

#[test]
fn change_and_rate_are_between_now_and_the_oldest() {
    // 1 K every 10 min.
    let value = |at: u64| 20.0 + (at / 600) as f64;
    for (gauge, wanted) in [(Gauge::Change, 6.0), (Gauge::Rate, 6.0 / 3600.0)] {
        let mut window = Window::new(gauge, HOUR);
        let found = watch(&mut window, 0, 7200, value).unwrap();
        assert!((found / wanted - 1.0).abs() < 1e-9, "{gauge:?}: {found}");
        assert_eq!(known(window.look(f64::NAN, s(10))), None, "{gauge:?} of an unknown value");
        assert!(known(window.look(26.0, s(10))).is_some());
    }
    let mut meter = Window::new(Gauge::Rate, s(900));
    // 10 kWh an hour is 10 kW, already when it is three quarters full.
    let power = watch(&mut meter, 0, 700, |at| 3.6e6 * 10.0 * at as f64 / 3600.0).unwrap();
    assert!((power / 10e3 - 1.0).abs() < 0.02, "{power}");
}

#[test]
fn starts_are_counted_also_across_a_gap() {
    let mut window = Window::new(Gauge::Starts, HOUR);
    let on = |at: u64| f64::from(u8::from(at % 600 < 300));
    // On at 0 is no start: nobody saw it off.
    assert_eq!(watch(&mut window, 0, 3590, on), Some(5.0));
    assert_eq!(known(window.look(f64::NAN, s(10))), Some(5.0));
    assert_eq!(known(window.look(1.0, s(10))), Some(6.0), "off before, on after");
    assert_eq!(known(window.look(0.0, s(630))), Some(5.0), "the one at 10 min is out");
}

#[test]
fn down_time_is_unknown_and_a_start_during_it_counts() {
    let mut window = Window::new(Gauge::Mean, HOUR);
    watch(&mut window, 0, 3600, |_| 10.0);
    let text = serde_json::to_string(&window).unwrap();
    let mut back: Window = serde_json::from_str(&text).unwrap();
    assert_eq!(back, window);
    back.rest(s(600));
    assert_eq!(known(back.look(99.0, s(0))).map(f64::round), Some(10.0));
    back.rest(s(1200));
    assert_eq!(known(back.look(99.0, s(0))), None);
    let mut starts = Window::new(Gauge::Starts, HOUR);
    watch(&mut starts, 0, 3600, |_| 0.0);
    starts.rest(s(300));
    assert_eq!(known(starts.look(1.0, s(0))), Some(1.0));
}

#[test]
fn it_stays_small_enough_for_the_store() {
    for gauge in [Gauge::Mean, Gauge::Rate, Gauge::Min] {
        let mut window = Window::new(gauge, 30 * 24 * HOUR);
        for step in 0..50_000_u32 {
            window.look(f64::from(step % 977) * 1.000_001_7 / 3.0, s(97));
        }
        assert!(window.buckets.len() <= 123);
        let size = serde_json::to_vec(&window).unwrap().len();
        assert!(size < 8000, "{gauge:?}: {size} bytes");
    }
    // A gap as long as the ages.
    let mut window = Window::new(Gauge::Mean, s(60));
    window.look(1.0, s(0));
    window.rest(s(400_000_000));
    window.look(2.0, s(0));
    window.look(3.0, s(60));
    assert_eq!(known(window.look(3.0, s(60))), Some(3.0));
}

/// A value from a moment on; `None` is unknown.
type Step = (u64, Option<f64>);

/// Everything that was ever seen, in ms.
struct Exact {
    steps: Vec<Step>,
    length: u64,
}

impl Exact {
    /// The pieces that lie in the window that reaches back to `from`: value,
    /// begin and end.
    fn pieces(&self, from: u64, now: u64) -> Vec<(f64, u64, u64)> {
        let ends = self.steps.iter().skip(1).map(|step| step.0).chain([now]);
        let pieces = self.steps.iter().zip(ends);
        let inside = pieces.filter_map(|((begin, value), end)| {
            let (begin, end) = ((*begin).max(from), end.min(now));
            ((begin < end) || (begin == end && end == now)).then_some(((*value)?, begin, end))
        });
        inside.collect()
    }

    fn known_ms(&self, now: u64) -> u64 {
        let from = now.saturating_sub(self.length);
        self.pieces(from, now).iter().map(|(_, begin, end)| end - begin).sum()
    }

    fn present(&self) -> Option<f64> {
        self.steps.last().and_then(|step| step.1)
    }

    /// What may come of it: the least and the most that is right, given that
    /// the window's old edge is known to a bucket's width.
    fn allowed(&self, gauge: Gauge, now: u64) -> Option<(f64, f64)> {
        let width = self.length / u64::from(BUCKETS) + 1;
        let from = now.saturating_sub(self.length);
        let edge = from.saturating_sub(width);
        let (near, far) = (self.pieces(from, now), self.pieces(edge, now));
        let values = |pieces: &[(f64, u64, u64)]| {
            let low = pieces.iter().map(|piece| piece.0).fold(f64::INFINITY, f64::min);
            let high = pieces.iter().map(|piece| piece.0).fold(f64::NEG_INFINITY, f64::max);
            (low, high)
        };
        let ((near_low, near_high), (low, high)) = (values(&near), values(&far));
        match gauge {
            Gauge::Mean => {
                let known: f64 = near.iter().map(|(_, b, e)| (e - b) as f64).sum();
                let sum: f64 = near.iter().map(|(v, b, e)| v * (e - b) as f64).sum();
                let off = 2.0 * (high - low) * width as f64 / known + 1e-9;
                Some((sum / known - off, sum / known + off))
            }
            Gauge::Min => Some((low, near_low)),
            Gauge::Max => Some((near_high, high)),
            Gauge::Change => {
                // The oldest value is one of those around the edge, or, where
                // the edge is unknown, the first one after it.
                let edge = self.pieces(edge, (from + width).min(now));
                let firsts = far.first().into_iter().chain(near.first());
                let olds = edge.iter().chain(firsts).map(|piece| piece.0);
                let now = self.present()?;
                let changes: Vec<f64> = olds.map(|old| now - old).collect();
                let low = changes.iter().copied().fold(f64::INFINITY, f64::min);
                Some((low, changes.iter().copied().fold(f64::NEG_INFINITY, f64::max)))
            }
            Gauge::Rate | Gauge::Starts => None,
        }
    }

    fn starts(&self, from: u64) -> f64 {
        let known = self.steps.iter().filter_map(|(at, value)| Some((*at, (*value)?)));
        let known: Vec<(u64, f64)> = known.collect();
        let starts =
            known.windows(2).filter(|two| two[0].1 != 1.0 && two[1].1 == 1.0 && (two[1].0 >= from));
        starts.count() as f64
    }
}

fn any_step() -> impl Strategy<Value = (u64, Option<f64>)> {
    let after = prop_oneof![4 => 1_u64..20_000, 1 => 20_000_u64..2_000_000];
    let value = prop_oneof![
        1 => Just(None),
        2 => Just(Some(0.0)),
        2 => Just(Some(1.0)),
        4 => (-200_i32..400).prop_map(|tenths| Some(f64::from(tenths) / 10.0)),
    ];
    (after, value)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_window_is_as_the_reference_has_it(
        steps in prop::collection::vec(any_step(), 1..150),
        minutes in 1_u64..40,
        gauge in prop::sample::select(
            vec![Gauge::Mean, Gauge::Min, Gauge::Max, Gauge::Change, Gauge::Starts]
        ),
    ) {
        let length = minutes * 60_000;
        let mut exact = Exact { steps: vec![], length };
        let mut window = Window::new(gauge, Duration::from_millis(length));
        // Looked at only at its changes, and when it wants to be.
        let mut lazy = window.clone();
        let (mut now, mut wake, mut last) = (0, None, f64::NAN);
        for (after, value) in steps {
            let elapsed = if exact.steps.is_empty() { 0 } else { after };
            now += elapsed;
            let same = exact.steps.last().is_some_and(|step| step.1 == value);
            if !same {
                exact.steps.push((now, value));
            }
            let given = value.unwrap_or(f64::NAN);
            let (found, _) = window.look(given, Duration::from_millis(elapsed));
            let due = wake.is_some_and(|wake| wake <= Duration::from_millis(now));
            if !same || due {
                let left;
                (last, left) = lazy.look(given, Duration::from_millis(elapsed));
                wake = left.map(|left| Duration::from_millis(now) + left);
            } else {
                lazy.pass(Duration::from_millis(elapsed));
            }
            prop_assert!(found == last || found.is_nan() && last.is_nan(), "{found}, lazily {last}");
            let known_ms = exact.known_ms(now) as f64;
            let (enough, width) = (FILLED * length as f64, length as f64 / 120.0);
            if found.is_nan() {
                let present = exact.present().is_some() || gauge != Gauge::Change;
                prop_assert!(!present || known_ms <= enough + width, "{known_ms} of {length} known");
            } else {
                prop_assert!(known_ms >= enough - width, "{known_ms} of {length} known");
                let from = now.saturating_sub(length);
                let (low, high) = match gauge {
                    Gauge::Starts => {
                        let edge = from.saturating_sub(length / 120 + 1);
                        (exact.starts(from + 1), exact.starts(edge))
                    }
                    _ => exact.allowed(gauge, now).unwrap(),
                };
                prop_assert!(
                    low - 1e-9 <= found && found <= high + 1e-9,
                    "{gauge:?}: {found} is not between {low} and {high}"
                );
            }
        }
    }
}
