//! A sliding window over the last D of a value: what it saw, in a bounded
//! number of buckets, and what comes of it. Only lengths of time are kept, so
//! that it can be stored; a value counts by how long it stood, in steady time.
//!
//! ```text
//!        from = now − D                                    now
//!   ┌─────┬──▼──┬─────┬─────┬ ─ ─ ─ ┬─────┬─────┬──────────┐
//!   │ old │ bucket of D/120 │       │     │     │ the run: │
//!   └─────┴─────┴─────┴─────┴ ─ ─ ─ ┴─────┴─────┴──────────┘
//!                                                one value, not in buckets yet
//! ```
//! The run goes into the buckets when its value ends: so whatever happens
//! between two looks at a value that stands still, the result is the same.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a window makes of the values that it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gauge {
    Mean,
    Min,
    Max,
    /// The present value less the oldest one.
    Change,
    /// The change by the time between the two, a second.
    Rate,
    /// How often a condition became true.
    Starts,
}

/// A value, and after how much time alone it may be another.
pub(super) type Timed = (f64, Option<Duration>);

const BUCKETS: u32 = 120;

/// How much of a window must be known.
pub(super) const FILLED: f64 = 0.75;

/// What was seen in one bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u64, f64, f64)", into = "(u64, f64, f64)")]
struct Bucket {
    /// Nanoseconds of known value.
    known: u64,
    /// The integral over seconds (`mean`), the extreme, the first value
    /// (`change`, `rate`), or the number of starts.
    value: f64,
    /// Seconds into the bucket of the first value.
    at: f64,
}

impl From<(u64, f64, f64)> for Bucket {
    fn from((known, value, at): (u64, f64, f64)) -> Self {
        Self { known, value, at }
    }
}

impl From<Bucket> for (u64, f64, f64) {
    fn from(bucket: Bucket) -> Self {
        (bucket.known, bucket.value, bucket.at)
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    gauge: Gauge,
    length: Duration,
    /// How long it has been there, with the time that the program was down.
    lived: Duration,
    /// The present value, `None` if unknown, and for how long it has stood.
    run: Option<f64>,
    held: Duration,
    /// `starts`: whether it was on when that was last known.
    on: Option<bool>,
    /// The number of the first bucket, counted from the window's beginning.
    first: u64,
    buckets: VecDeque<Bucket>,
}

/// What the buckets that lie in the window come to.
#[derive(Default)]
struct Seen {
    known_s: f64,
    integral: f64,
    starts: f64,
    low: Option<f64>,
    high: Option<f64>,
    /// The oldest value, and how long ago it was.
    oldest: Option<(f64, f64)>,
    /// Until the oldest of them lies outside.
    expires: Option<Duration>,
}

fn nanos(time: Duration) -> u128 {
    time.as_nanos()
}

fn seconds(nanos: u128) -> f64 {
    nanos as f64 / 1e9
}

fn from_nanos(nanos: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

impl Window {
    pub const fn gauge(&self) -> Gauge {
        self.gauge
    }

    /// One that has seen nothing yet.
    pub(super) fn new(gauge: Gauge, length: Duration) -> Self {
        Self {
            gauge,
            length,
            lived: Duration::ZERO,
            run: None,
            held: Duration::ZERO,
            on: None,
            first: 0,
            buckets: VecDeque::new(),
        }
    }

    /// Whether another one measures the same.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.gauge, self.length) == (other.gauge, other.length)
    }

    /// Whether it has not been there for its whole length yet, `idle` after
    /// the last look.
    pub(super) fn is_filling(&self, idle: Duration) -> bool {
        self.lived.saturating_add(idle) < self.length
    }

    /// Time passed, and the value stood still.
    pub(super) fn pass(&mut self, time: Duration) {
        self.lived = self.lived.saturating_add(time);
        self.held = self.held.saturating_add(time);
    }

    /// Time passed of which nothing is known.
    pub(super) fn rest(&mut self, time: Duration) {
        if !time.is_zero() {
            self.turn(None);
            self.pass(time);
        }
    }

    /// The value is `value` now and was `run` for `elapsed`; what is no number
    /// is unknown.
    pub(super) fn look(&mut self, value: f64, elapsed: Duration) -> Timed {
        self.pass(elapsed);
        self.turn(value.is_finite().then_some(value));
        self.read()
    }

    /// Another value begins.
    fn turn(&mut self, value: Option<f64>) {
        if value != self.run {
            self.fold();
            self.run = value;
            self.held = Duration::ZERO;
        }
        let Some(value) = value.filter(|_| self.gauge == Gauge::Starts) else { return };
        let on = value == 1.0;
        if on && self.on == Some(false) {
            let number = nanos(self.lived) / self.width();
            self.bucket(number).value += 1.0;
        }
        self.on = Some(on);
    }

    /// Of one bucket, in nanoseconds.
    fn width(&self) -> u128 {
        nanos(self.length / BUCKETS).max(1)
    }

    fn bucket(&mut self, number: u128) -> &mut Bucket {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        let most = u64::from(BUCKETS) + 2;
        let end = self.first.saturating_add(self.buckets.len() as u64);
        if self.buckets.is_empty() || number >= end.saturating_add(most) {
            self.buckets.clear();
            self.first = number;
        }
        while self.first.saturating_add(self.buckets.len() as u64) <= number {
            self.buckets.push_back(Bucket::default());
        }
        while self.buckets.len() as u64 > most {
            self.buckets.pop_front();
            self.first += 1;
        }
        let index = usize::try_from(number.saturating_sub(self.first)).unwrap_or(0);
        &mut self.buckets[index]
    }

    /// Puts the run into the buckets.
    fn fold(&mut self) {
        let Some(value) = self.run else { return };
        let (width, gauge) = (self.width(), self.gauge);
        let end = nanos(self.lived);
        let reach = nanos(self.length) + width;
        let mut from = (end - nanos(self.held).min(end)).max(end.saturating_sub(reach));
        while from < end {
            let number = from / width;
            let to = end.min((number + 1) * width);
            let bucket = self.bucket(number);
            let fresh = bucket.known == 0;
            match gauge {
                Gauge::Mean => bucket.value += value * seconds(to - from),
                Gauge::Min if !fresh => bucket.value = bucket.value.min(value),
                Gauge::Max if !fresh => bucket.value = bucket.value.max(value),
                Gauge::Min | Gauge::Max => bucket.value = value,
                Gauge::Change | Gauge::Rate if fresh => {
                    bucket.value = value;
                    bucket.at = seconds(from - number * width);
                }
                Gauge::Change | Gauge::Rate | Gauge::Starts => {}
            }
            bucket.known += u64::try_from(to - from).unwrap_or(u64::MAX - bucket.known);
            from = to;
        }
    }

    /// What it comes to now.
    fn read(&self) -> Timed {
        let length_s = self.length.as_secs_f64();
        if let Some(value) = self.run.filter(|_| self.held >= self.length) {
            let value = match self.gauge {
                Gauge::Mean | Gauge::Min | Gauge::Max => value,
                Gauge::Change | Gauge::Rate | Gauge::Starts => 0.0,
            };
            return (value, None);
        }
        let mut seen = self.seen();
        if let Some(value) = self.run {
            seen.run(value, self.held.as_secs_f64());
        }
        // Register scales leave errors in the last bits.
        let lacking = FILLED * length_s * (1.0 - 1e-9) - seen.known_s;
        if lacking > 0.0 {
            // The sooner it can be known.
            let left = Duration::try_from_secs_f64(lacking).ok().filter(|_| self.run.is_some());
            return (f64::NAN, left);
        }
        let value = self.value(&seen);
        (value, self.next_look(&seen, value))
    }

    fn value(&self, seen: &Seen) -> f64 {
        let since = |change: fn(f64, f64) -> f64| match (self.run, seen.oldest) {
            (Some(now), Some((before, ago))) => change(now - before, ago),
            _ => f64::NAN,
        };
        let value = match self.gauge {
            Gauge::Mean => seen.integral / seen.known_s,
            Gauge::Min => seen.low.unwrap_or(f64::NAN),
            Gauge::Max => seen.high.unwrap_or(f64::NAN),
            Gauge::Change => since(|change, _| change),
            Gauge::Rate => since(|change, ago_s| change / ago_s),
            Gauge::Starts => seen.starts,
        };
        if value.is_finite() { value } else { f64::NAN }
    }

    /// After how much time alone the value may be another.
    fn next_look(&self, seen: &Seen, value: f64) -> Option<Duration> {
        let soon = Some(Duration::ZERO);
        let expires = seen.expires.unwrap_or(Duration::MAX);
        let step = Some(expires.min(self.length.saturating_sub(self.held)));
        match self.gauge {
            Gauge::Mean => soon,
            // It stays unknown until the value is known again.
            Gauge::Change | Gauge::Rate if self.run.is_none() => None,
            Gauge::Rate if value != 0.0 => soon,
            // With nothing new, less and less of it is known.
            _ if self.run.is_none() => soon,
            Gauge::Starts if value == 0.0 => None,
            Gauge::Min | Gauge::Max | Gauge::Change | Gauge::Rate | Gauge::Starts => step,
        }
    }

    /// The buckets that lie in the window, the oldest one in part.
    fn seen(&self) -> Seen {
        let width = self.width();
        let (now, length) = (nanos(self.lived), nanos(self.length));
        let from = now.saturating_sub(length);
        let mut seen = Seen::default();
        for (number, bucket) in (u128::from(self.first)..).zip(&self.buckets) {
            let (start, end) = (number * width, (number + 1) * width);
            if end <= from {
                continue;
            }
            seen.expires.get_or_insert_with(|| from_nanos((end + length).saturating_sub(now)));
            if self.gauge == Gauge::Starts {
                seen.starts += bucket.value;
            }
            if bucket.known == 0 {
                continue;
            }
            let inside = if start < from { seconds(end - from) / seconds(width) } else { 1.0 };
            seen.known_s += inside * seconds(u128::from(bucket.known));
            match self.gauge {
                Gauge::Mean => seen.integral += inside * bucket.value,
                Gauge::Min => seen.lower(bucket.value),
                Gauge::Max => seen.higher(bucket.value),
                Gauge::Change | Gauge::Rate => {
                    let ago = seconds(now.saturating_sub(start)) - bucket.at;
                    seen.oldest.get_or_insert((bucket.value, ago.min(seconds(length))));
                }
                Gauge::Starts => {}
            }
        }
        seen
    }
}

impl Seen {
    fn lower(&mut self, value: f64) {
        self.low = Some(self.low.map_or(value, |low| low.min(value)));
    }

    fn higher(&mut self, value: f64) {
        self.high = Some(self.high.map_or(value, |high| high.max(value)));
    }

    /// With the run, which lies within the window.
    fn run(&mut self, value: f64, held_s: f64) {
        self.known_s += held_s;
        self.integral += value * held_s;
        self.lower(value);
        self.higher(value);
        self.oldest.get_or_insert((value, held_s));
    }
}

#[cfg(test)]
mod tests;
