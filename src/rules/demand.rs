//! `demand(P) over 15 min`: the mean power of the running metering period,
//! projected to its end as if the present power went on. The period comes from
//! the wall clock, counted from midnight UTC (quarter hours are the same in
//! every zone of Europe), or from the point's pulse.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::window::{FILLED, Timed};

/// Nothing is said in this part of a period: a projection of the first moments
/// is noise.
pub(super) const SILENT: f64 = 0.2;

/// A pulse that is later than this many periods has been lost.
const LOST: f64 = 1.2;

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    period: Duration,
    /// How long it has been there.
    lived: Duration,
    /// The period has just begun.
    silent: bool,
    /// Which period it is, by the clock; `None` before the first look, and
    /// where pulses tell.
    number: Option<i64>,
    /// Since the last pulse; `None` before the first one, and by the clock.
    since: Option<Duration>,
    /// The pulse's point when it was last known.
    pulse: Option<f64>,
    /// In this period: for how long power was known, and the energy in J.
    known: Duration,
    energy_j: f64,
    /// The present power, `None` if unknown, and for how long it has stood.
    run: Option<f64>,
    held: Duration,
}

/// Who says where periods begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Beat {
    Clock(Timestamp),
    /// The pulse's point: it begins a period when it changes, a switch when it
    /// goes on (`rising`). NaN is unknown.
    Pulse {
        value: f64,
        rising: bool,
    },
}

impl Demand {
    pub(super) fn new(period: Duration) -> Self {
        Self {
            period,
            lived: Duration::ZERO,
            silent: false,
            number: None,
            since: None,
            pulse: None,
            known: Duration::ZERO,
            energy_j: 0.0,
            run: None,
            held: Duration::ZERO,
        }
    }

    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.period == other.period
    }

    /// Whether it says nothing for want of time alone: `idle` after the last
    /// look it has not seen a whole period yet, or too little of this one.
    pub(super) fn is_filling(&self, idle: Duration) -> bool {
        let whole = self.period.mul_f64(1.0 + SILENT);
        self.silent || self.lived.saturating_add(idle) < whole
    }

    /// Time passed, and the power stood still.
    pub(super) fn pass(&mut self, time: Duration) {
        self.lived = self.lived.saturating_add(time);
        self.held = self.held.saturating_add(time);
        self.since = self.since.map(|since| since.saturating_add(time));
    }

    /// Time passed of which nothing is known.
    pub(super) fn rest(&mut self, time: Duration) {
        if time.is_zero() {
            return;
        }
        self.turn(None);
        // What the pulse did meanwhile nobody knows.
        (self.since, self.pulse) = (None, None);
        self.pass(time);
    }

    /// The power is `power` now and was `run` for `elapsed`; NaN is unknown.
    pub(super) fn look(&mut self, power: f64, beat: Beat, elapsed: Duration) -> Timed {
        self.pass(elapsed);
        let position = self.position(beat);
        self.turn(power.is_finite().then_some(power));
        let silent = self.period.mul_f64(SILENT);
        self.silent = position.is_some_and(|position| position < silent);
        let value = position.and_then(|position| self.project(position)).unwrap_or(f64::NAN);
        // As long as power is known, each moment brings more of it, or a new
        // period.
        let again = self.run.is_some() || self.number.is_some();
        (value, again.then_some(Duration::ZERO))
    }

    /// How far the period is; begins another one where it is time.
    fn position(&mut self, beat: Beat) -> Option<Duration> {
        match beat {
            Beat::Clock(now) => {
                let period = i128::try_from(self.period.as_nanos()).ok().filter(|p| *p > 0)?;
                let nanos = now.as_nanosecond();
                let number = i64::try_from(nanos.div_euclid(period)).ok();
                let within = u64::try_from(nanos.rem_euclid(period)).ok()?;
                let position = Duration::from_nanos(within);
                if self.number != number {
                    self.begin(position);
                    self.number = number;
                }
                Some(position)
            }
            Beat::Pulse { value, rising } => {
                if !value.is_nan() {
                    let before = self.pulse.replace(value);
                    let beats = before.is_some_and(|before| before != value);
                    if beats && (!rising || value == 1.0) {
                        self.begin(Duration::ZERO);
                        self.since = Some(Duration::ZERO);
                    }
                }
                let lost = self.period.mul_f64(LOST);
                self.since.filter(|since| *since <= lost)
            }
        }
    }

    /// A period began `ago`; the run reaches into it.
    fn begin(&mut self, ago: Duration) {
        (self.known, self.energy_j) = (Duration::ZERO, 0.0);
        self.held = self.held.min(ago);
    }

    /// Another power begins.
    fn turn(&mut self, power: Option<f64>) {
        if power == self.run {
            return;
        }
        if let Some(before) = self.run {
            self.known = self.known.saturating_add(self.held);
            self.energy_j += before * self.held.as_secs_f64();
        }
        (self.run, self.held) = (power, Duration::ZERO);
    }

    fn project(&self, position: Duration) -> Option<f64> {
        let power = self.run?;
        if self.silent {
            return None;
        }
        let (period_s, position_s) = (self.period.as_secs_f64(), position.as_secs_f64());
        let known_s = self.known.saturating_add(self.held).as_secs_f64();
        if known_s < FILLED * position_s * (1.0 - 1e-9) {
            return None;
        }
        let mean = (self.energy_j + power * self.held.as_secs_f64()) / known_s;
        let left_s = (period_s - position_s).max(0.0);
        let demand = (mean * position_s + power * left_s) / (position_s + left_s);
        demand.is_finite().then_some(demand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: Duration = Duration::from_secs(900);

    /// Looks every 10 s from `from`, where the last look was, to `to` seconds
    /// past the hour; what came of the last one.
    fn watch(demand: &mut Demand, from: i64, to: i64, power: impl Fn(i64) -> f64) -> Option<f64> {
        let mut last = f64::NAN;
        for at in (from..=to).step_by(10) {
            let now = Timestamp::from_second(1_772_442_000 + at).unwrap();
            let elapsed = Duration::from_secs(if at == from { 0 } else { 10 });
            (last, _) = demand.look(power(at), Beat::Clock(now), elapsed);
        }
        (!last.is_nan()).then_some(last)
    }

    #[test]
    fn the_first_minutes_are_silent_then_the_end_is_projected() {
        let mut demand = Demand::new(QUARTER);
        assert_eq!(watch(&mut demand, 0, 170, |_| 30e3), None);
        assert_eq!(watch(&mut demand, 170, 180, |_| 30e3), Some(30e3));
        // 5 min at 30 kW, then 60 kW to the end: 50 kW.
        let mut demand = Demand::new(QUARTER);
        let power = |at: i64| if at < 300 { 30e3 } else { 60e3 };
        assert_eq!(watch(&mut demand, 0, 300, power), Some(50e3));
        let later = watch(&mut demand, 300, 890, power).unwrap();
        assert!((later - 50e3).abs() < 1e-6, "{later}");
        // The next quarter begins with nothing.
        assert_eq!(watch(&mut demand, 890, 1070, |_| 10e3), None);
        assert_eq!(watch(&mut demand, 1070, 1090, |_| 10e3), Some(10e3));
    }

    #[test]
    fn a_period_that_was_seen_in_part_only_is_unknown() {
        let mut demand = Demand::new(QUARTER);
        assert_eq!(watch(&mut demand, 400, 890, |_| 30e3), None);
        assert_eq!(watch(&mut demand, 890, 1200, |_| 30e3), Some(30e3));
        demand.rest(Duration::from_secs(60));
        assert_eq!(watch(&mut demand, 1260, 1260, |_| 30e3), Some(30e3));
        let dead = |at: i64| if (1300..1500).contains(&at) { f64::NAN } else { 30e3 };
        assert_eq!(watch(&mut demand, 1260, 1560, dead), None);
    }

    #[test]
    fn a_look_that_spans_the_turn_counts_what_lies_behind_it() {
        let mut demand = Demand::new(QUARTER);
        watch(&mut demand, 0, 890, |_| 30e3);
        let now = Timestamp::from_second(1_772_442_000 + 1500).unwrap();
        let (value, _) = demand.look(60e3, Beat::Clock(now), Duration::from_secs(610));
        // 600 s at 30 kW in this quarter, 300 s at 60 kW to come.
        assert_eq!(value, 40e3);
        assert_eq!(demand.known, Duration::from_secs(600));
    }

    #[test]
    fn a_pulse_begins_the_period_and_a_lost_one_makes_it_unknown() {
        let mut demand = Demand::new(QUARTER);
        let mut at = |seconds: u64, pulse: f64| {
            let beat = Beat::Pulse { value: pulse, rising: true };
            let (value, _) = demand.look(30e3, beat, Duration::from_secs(seconds));
            (!value.is_nan()).then_some(value)
        };
        assert_eq!(at(0, 0.0), None);
        assert_eq!(at(600, 0.0), None, "no pulse yet");
        assert_eq!(at(10, 1.0), None);
        assert_eq!(at(200, 0.0), Some(30e3), "the end of a pulse begins nothing");
        assert_eq!(at(700, f64::NAN), Some(30e3));
        assert_eq!(at(170, 0.0), Some(30e3), "late");
        assert_eq!(at(20, 0.0), None, "lost");
        assert_eq!(at(10, 1.0), None);
        assert_eq!(at(180, 1.0), Some(30e3));
    }

    #[test]
    fn any_change_of_a_counter_is_a_pulse() {
        let mut demand = Demand::new(QUARTER);
        let beat = |value| Beat::Pulse { value, rising: false };
        demand.look(30e3, beat(17.0), Duration::ZERO);
        demand.look(30e3, beat(18.0), Duration::from_secs(10));
        let (value, _) = demand.look(30e3, beat(18.0), Duration::from_secs(180));
        assert_eq!(value, 30e3);
    }
}
