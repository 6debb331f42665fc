//! Quarter hours: what a report of a year reads instead of every sample. A value
//! holds until the next sample; only the time in which it was known counts.
//!
//! - `mean`: over the known time; `min`, `max`: of the values that held in it;
//!   `last`: the value that holds at its end. Empty: nothing was known.
//! - `energy`: of a power (W), its integral over the known time in J; of an energy
//!   counter (J), by how much it went up, gaps included: what ran during a gap is
//!   in the quarter hour in which the counter was heard again. A counter that went
//!   down says nothing in that quarter hour.
//! - `count`: samples in it, gaps not counted; `known_s`: seconds of the 900 in
//!   which the value was known.

use super::sample::{Meaning, Sample};

/// Milliseconds of a quarter hour.
pub const QUARTER_MS: i64 = 900_000;

/// One quarter hour of one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rollup {
    /// Its beginning, ms since 1970 UTC.
    pub at_ms: i64,
    pub mean: Option<f64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub last: Option<f64>,
    /// J
    pub energy: Option<f64>,
    pub count: i64,
    /// Rounded to whole seconds.
    pub known_s: i64,
}

impl Rollup {
    /// Of which nothing is known.
    #[must_use]
    pub const fn empty(at_ms: i64) -> Self {
        Self {
            at_ms,
            mean: None,
            min: None,
            max: None,
            last: None,
            energy: None,
            count: 0,
            known_s: 0,
        }
    }
}

/// A quarter hour in the making.
#[derive(Debug)]
struct Quarter {
    rollup: Rollup,
    known_ms: i64,
    /// Value × milliseconds.
    integral: f64,
    /// By how much a counter went up; `None`: it was not heard.
    risen: Option<f64>,
    fell: bool,
}

impl Quarter {
    const fn new(at_ms: i64) -> Self {
        Self { rollup: Rollup::empty(at_ms), known_ms: 0, integral: 0.0, risen: None, fell: false }
    }

    /// `value` holds for so long; of no time at all it is seen still.
    fn holds(&mut self, value: f64, ms: i64) {
        let rollup = &mut self.rollup;
        rollup.min = Some(rollup.min.map_or(value, |min| min.min(value)));
        rollup.max = Some(rollup.max.map_or(value, |max| max.max(value)));
        self.known_ms += ms;
        self.integral += value * ms as f64;
    }

    fn finish(mut self, last: Option<f64>, meaning: &Meaning) -> Option<Rollup> {
        if self.rollup.min.is_none() && self.rollup.count == 0 {
            return None;
        }
        let known = self.known_ms > 0;
        self.rollup.mean = known.then(|| self.integral / self.known_ms as f64);
        self.rollup.last = last;
        self.rollup.known_s = (self.known_ms + 500) / 1000;
        self.rollup.energy = match meaning {
            Meaning::Unit(unit) if unit == "W" => known.then_some(self.integral / 1000.0),
            Meaning::Unit(unit) if unit == "J" => self.risen.filter(|_| !self.fell),
            _ => None,
        };
        Some(self.rollup)
    }
}

/// The quarter hours of one point from its samples, in order of time. What holds
/// after the last of them does so until `until_ms`. Quarter hours of which nothing
/// is known are left out.
#[must_use]
pub fn rollups(samples: &[Sample], until_ms: i64, meaning: &Meaning) -> Vec<Rollup> {
    let mut all = Vec::new();
    let Some(first) = samples.first() else { return all };
    let begin = |at_ms: i64| at_ms.div_euclid(QUARTER_MS) * QUARTER_MS;
    let mut quarter = Quarter::new(begin(first.at_ms));
    let mut counter: Option<f64> = None;
    for (place, sample) in samples.iter().enumerate() {
        while sample.at_ms >= quarter.rollup.at_ms + QUARTER_MS {
            // Only gaps lie between: a value that held was carried on below.
            let next = begin(sample.at_ms);
            all.extend(std::mem::replace(&mut quarter, Quarter::new(next)).finish(None, meaning));
        }
        let end = samples.get(place + 1).map_or(until_ms, |next| next.at_ms).max(sample.at_ms);
        let Some(value) = sample.value else { continue };
        quarter.rollup.count += 1;
        let rise = counter.map_or(0.0, |before| value - before);
        quarter.fell |= rise < 0.0;
        *quarter.risen.get_or_insert(0.0) += rise;
        counter = Some(value);
        let mut from = sample.at_ms;
        loop {
            let edge = quarter.rollup.at_ms + QUARTER_MS;
            if end < edge {
                quarter.holds(value, end - from);
                break;
            }
            quarter.holds(value, edge - from);
            let next = Quarter::new(edge);
            all.extend(std::mem::replace(&mut quarter, next).finish(Some(value), meaning));
            from = edge;
            if end == edge {
                break;
            }
            quarter.risen = Some(0.0);
        }
    }
    let last = samples.last().and_then(|last| last.value);
    all.extend(quarter.finish(last, meaning));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Quality;

    fn good(at_s: i64, value: f64) -> Sample {
        Sample { at_ms: at_s * 1000, value: Some(value), quality: Quality::Good }
    }

    #[test]
    fn a_power_is_integrated_over_the_time_in_which_it_is_known() {
        let watts = Meaning::Unit("W".into());
        let samples = [
            good(0, 100.0),
            good(300, 400.0),
            Sample::gap(600_000, Quality::Stale),
            good(1000, 50.0),
        ];
        let all = rollups(&samples, 1_800_000, &watts);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].mean, Some(250.0));
        assert_eq!(all[0].energy, Some(150_000.0));
        assert_eq!((all[0].known_s, all[0].count, all[0].last), (600, 2, None));
        assert_eq!((all[0].min, all[0].max), (Some(100.0), Some(400.0)));
        assert_eq!((all[1].known_s, all[1].energy), (800, Some(40_000.0)));
        assert_eq!(all[1].last, Some(50.0));
    }

    #[test]
    fn what_holds_is_carried_through_quarter_hours_without_samples() {
        let all = rollups(&[good(60, 20.0)], 3_600_000, &Meaning::Unit("°C".into()));
        let seen: Vec<_> = all.iter().map(|it| (it.at_ms / 1000, it.count, it.known_s)).collect();
        assert_eq!(seen, [(0, 1, 840), (900, 0, 900), (1800, 0, 900), (2700, 0, 900)]);
        assert!(all.iter().all(|it| it.mean == Some(20.0) && it.energy.is_none()));
    }

    #[test]
    fn a_counter_loses_nothing_over_a_gap_and_never_counts_a_fall() {
        let joules = Meaning::Unit("J".into());
        let samples = [
            good(0, 1000.0),
            good(100, 1500.0),
            Sample::gap(200_000, Quality::Stale),
            good(2000, 4000.0),
            good(2800, 10.0),
        ];
        let all = rollups(&samples, 3_600_000, &joules);
        let energies: Vec<_> = all.iter().map(|it| (it.at_ms / 1000, it.energy)).collect();
        assert_eq!(energies, [(0, Some(500.0)), (1800, Some(2500.0)), (2700, None)]);
    }
}
