//! From the readings of a counter to what was used between them. A counter only
//! goes up; whatever else it seems to do is told apart here and found fault with:
//!
//! ```text
//! goes up, as the load allows ─────────────────────────▶ counted
//! a replacement declared near it, which fits ──────────▶ counted by its readings
//! down, from near its last digit to near zero ─────────▶ rolled over: counted on
//! up or down, and soon back where it would have been ──▶ glitch: left out
//! down to what can have run since zero ────────────────▶ reset: counted from zero
//! down to anything else, up by more than possible ─────▶ not counted, unknown
//! ```

mod replacement;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::consumption::{Manner, Step};
use super::finding::{Finding, What};
use crate::history::{Sample, Span};
use crate::model::Quality;
use crate::site::{Meter, MeterSource, Replacement};

/// So much a building can hardly draw: W, and m³/s. A meter that says nothing of
/// its load is held against these, and so only wild jumps are found.
const LOAD_W: f64 = 10e6;
const LOAD_M3_S: f64 = 500.0 / 3600.0;
/// A reading may be this old: what ran meanwhile may come at once.
const LATE_MS: i64 = 15 * 60_000;
/// Meters that send once a day bring a day's use at once.
const IDLE_MS: i64 = 86_400_000;
/// What comes back within this went astray.
const ASTRAY_MS: i64 = 2 * 3_600_000;
/// A shorter silence is not worth a word.
pub(super) const GAP_TOLD_MS: i64 = 3_600_000;
/// Two steps of a 32-bit floating-point number, as a share of the reading.
pub(super) const FLOAT_STEPS: f64 = 2.4e-7;

/// How a counter counts: readings canonical, as it shows them.
#[derive(Debug, Clone)]
pub struct Counter<'a> {
    /// What is used while it goes up by one.
    pub factor: f64,
    /// The reading after which it begins again at zero.
    pub rolls_over: Option<f64>,
    pub step: Option<f64>,
    /// The most that can be used, per second; `None`: nobody says.
    pub load: Option<f64>,
    pub counts_energy: bool,
    /// Whether it may begin again at zero, as electronics do and a dial does not.
    pub resets: bool,
    /// In order of time.
    pub replaced: &'a [Replacement],
}

impl<'a> Counter<'a> {
    #[must_use]
    pub fn of(meter: &'a Meter) -> Self {
        Self {
            factor: meter.factor,
            rolls_over: meter.rolls_over,
            step: meter.step,
            load: meter.load,
            counts_energy: meter.counts_energy(),
            resets: meter.source != MeterSource::Dial,
            replaced: &meter.replaced,
        }
    }

    fn most_per_s(&self) -> f64 {
        self.load.unwrap_or(if self.counts_energy { LOAD_W } else { LOAD_M3_S })
    }

    /// The most that can be used in so many ms, as readings tell it.
    pub(super) fn most_in(&self, ms: i64, factor: f64) -> f64 {
        let step = self.step.unwrap_or(0.0) * factor;
        let late = (self.most_per_s() * LATE_MS as f64 / 1000.0).max(step);
        self.most_per_s() * ms as f64 / 1000.0 + late
    }
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// In order of time, from the first reading on, without holes.
    pub steps: Vec<Step>,
    /// In order of time.
    pub findings: Vec<Finding>,
}

/// A known reading.
#[derive(Debug, Clone, Copy)]
struct Heard {
    at_ms: i64,
    value: f64,
    /// Since when nothing was known before it, if so.
    gap_ms: Option<i64>,
}

/// The last good reading.
#[derive(Debug, Clone, Copy)]
struct Base {
    at_ms: i64,
    value: f64,
    /// When it last went up.
    rose_ms: i64,
    /// Its place in the list.
    place: usize,
}

impl Base {
    const fn at(heard: Heard, place: usize) -> Self {
        Self { at_ms: heard.at_ms, value: heard.value, rose_ms: heard.at_ms, place }
    }
}

/// What a reading can be, after another.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sight {
    Plain(f64),
    /// Only if all of it came late.
    Late(f64),
    Rolled(f64),
    Odd,
}

/// What a counter counted, from its samples in order of time. Its last value holds
/// until `until_ms`.
#[must_use]
pub fn judge(samples: &[Sample], until_ms: i64, counter: &Counter<'_>) -> Judged {
    let (heard, gap_ms) = heard(samples);
    let Some(first) = heard.first().copied() else { return Judged::default() };
    let (factor, replaced) = replacement::places(&heard, counter);
    let judged = Judged { steps: Vec::with_capacity(heard.len()), findings: Vec::new() };
    let mut judge = Judge { counter, heard, factor, fastest: 0.0, judged };
    let mut base = Base::at(first, 0);
    while base.place + 1 < judge.heard.len() {
        base = judge.next(base, &replaced);
    }
    let end_ms = gap_ms.unwrap_or(until_ms);
    judge.push(base.at_ms, end_ms, Some(0.0), Manner::Heard);
    judge.judged
}

/// The known readings, and since when nothing is known at the end. A substitute
/// is somebody's guess, not what the counter showed.
fn heard(samples: &[Sample]) -> (Vec<Heard>, Option<i64>) {
    let mut heard = Vec::with_capacity(samples.len());
    let mut gap_ms = None;
    for sample in samples {
        match sample.value.filter(|_| sample.quality != Quality::Substituted) {
            Some(value) => {
                let at_ms = sample.at_ms;
                heard.push(Heard { at_ms, value, gap_ms: gap_ms.take() });
            }
            None => gap_ms = gap_ms.or(Some(sample.at_ms)),
        }
    }
    (heard, gap_ms)
}

struct Judge<'a> {
    counter: &'a Counter<'a>,
    heard: Vec<Heard>,
    factor: f64,
    /// The most per second that was plainly counted so far.
    fastest: f64,
    judged: Judged,
}

impl Judge<'_> {
    /// Judges the reading behind `base`; what is good then.
    fn next(&mut self, base: Base, replaced: &BTreeMap<usize, Vec<&Replacement>>) -> Base {
        let place = base.place + 1;
        let now = self.heard[place];
        if let Some(replacements) = replaced.get(&place) {
            self.replace(base, place, replacements);
            return Base::at(now, place);
        }
        let sight = self.sight(base, now);
        if !matches!(sight, Sight::Plain(_)) {
            let end = replaced.range(place..).next().map_or(self.heard.len(), |(end, _)| *end);
            if let Some(back) = self.comes_back(base, place, end, sight) {
                return self.glitch(base, place, back);
            }
        }
        match sight {
            Sight::Plain(rise) | Sight::Late(rise) => {
                self.count(base, place, rise);
                let rose_ms = if now.value > base.value { now.at_ms } else { base.rose_ms };
                // Where it only wavers, it is not counted again on its way up.
                return Base { at_ms: now.at_ms, value: now.value.max(base.value), rose_ms, place };
            }
            Sight::Rolled(rise) => {
                self.count(base, place, rise);
                let (from, to) = (base.value, now.value);
                self.found(base.at_ms, now.at_ms, What::RolledOver { from, to });
            }
            Sight::Odd => self.breaks(base, place),
        }
        Base::at(now, place)
    }

    /// What a reading is after `base`; rises with the factor.
    fn sight(&self, base: Base, now: Heard) -> Sight {
        let counter = self.counter;
        let most = counter.most_in(now.at_ms - base.at_ms, self.factor);
        let rise = (now.value - base.value) * self.factor;
        if rise >= 0.0 {
            let idle = (now.at_ms - base.rose_ms).min(IDLE_MS.max(now.at_ms - base.at_ms));
            return match rise {
                rise if rise <= most => Sight::Plain(rise),
                rise if rise <= counter.most_in(idle, self.factor) => Sight::Late(rise),
                _ => Sight::Odd,
            };
        }
        if base.value - now.value <= (base.value.abs() * FLOAT_STEPS).max(1e-9) {
            return Sight::Plain(0.0);
        }
        let Some(end) = counter.rolls_over else { return Sight::Odd };
        let rise = (now.value + end - base.value) * self.factor;
        // Where a reset explains it as well, it must have been near its end.
        let near = match counter.load {
            Some(_) if !counter.resets || now.value * self.factor > most => true,
            Some(_) => base.value >= 0.5 * end,
            None => base.value >= 0.9 * end && now.value <= 0.1 * end,
        };
        if near && (0.0..=most).contains(&rise) { Sight::Rolled(rise) } else { Sight::Odd }
    }

    /// The place of the reading, before `end`, at which it is back where it would
    /// have been: not by its own pace but at one go, and to stay. What has another
    /// explanation already must be back soon, and in plain sight.
    fn comes_back(&self, base: Base, place: usize, end: usize, sight: Sight) -> Option<usize> {
        let astray = self.heard[place];
        let last_ms = astray.at_ms + if sight == Sight::Odd { ASTRAY_MS } else { LATE_MS };
        let fits = |now: Heard| match (self.sight(base, now), sight) {
            (Sight::Plain(_), Sight::Late(_)) => now.value < astray.value,
            (Sight::Plain(_), _) | (Sight::Rolled(_), Sight::Odd) => true,
            _ => false,
        };
        let at_one_go = |back: usize| {
            let (before, now) = (self.heard[back - 1], self.heard[back]);
            let leap = (now.value - before.value).abs();
            leap >= 0.5 * (before.value - base.value).abs()
                || self.sight(Base::at(before, back - 1), now) == Sight::Odd
        };
        // What soon goes on where the readings astray left off was astray itself.
        let stays = |back: usize| {
            let (before, now) = (self.heard[back - 1], self.heard[back]);
            let next = self.heard[back + 1..end].iter();
            let goes_on = |next: &Heard| {
                self.sight(Base::at(now, back), *next) == Sight::Odd
                    && matches!(self.sight(Base::at(before, back - 1), *next), Sight::Plain(_))
            };
            !next.take_while(|next| next.at_ms <= now.at_ms + LATE_MS).any(goes_on)
        };
        (place + 1..end)
            .take_while(|back| self.heard[*back].at_ms <= last_ms)
            .find(|back| fits(self.heard[*back]) && at_one_go(*back) && stays(*back))
    }

    /// What went astray is left out; between the good readings nothing was heard.
    fn glitch(&mut self, base: Base, place: usize, back: usize) -> Base {
        let (astray, now) = (self.heard[place], self.heard[back]);
        let (Sight::Plain(rise) | Sight::Rolled(rise)) = self.sight(base, now) else {
            return Base::at(now, back);
        };
        let silent = astray.gap_ms.unwrap_or(astray.at_ms);
        self.push(base.at_ms, silent, Some(0.0), Manner::Heard);
        self.push(silent, now.at_ms, Some(rise), Manner::Bridged);
        let readings = back - place;
        let (from, astray, to) = (base.value, astray.value, now.value);
        self.found(base.at_ms, now.at_ms, What::Glitch { from, astray, readings, to });
        Base::at(now, back)
    }

    /// It goes on from elsewhere.
    fn breaks(&mut self, base: Base, place: usize) {
        let now = self.heard[place];
        let (from, to) = (base.value, now.value);
        let counted = to * self.factor;
        let what = if to > from {
            let most = self.counter.most_in(now.at_ms - base.at_ms, self.factor) / self.factor;
            What::Jump { from, to, most: from + most }
        } else if self.counter.resets
            && (0.0..=self.since_zero(now.at_ms - base.at_ms)).contains(&counted)
        {
            What::Reset { from, to, counted }
        } else {
            What::Fell { from, to }
        };
        let amount = matches!(what, What::Reset { .. }).then_some(counted);
        let silent = now.gap_ms.unwrap_or(base.at_ms);
        self.push(base.at_ms, silent, Some(0.0), Manner::Heard);
        self.push(silent, now.at_ms, amount, Manner::AtLeast);
        self.found(base.at_ms, now.at_ms, what);
    }

    /// The most that can have run in so many ms since zero: by the load, and where
    /// nobody says, by twice the pace seen so far.
    fn since_zero(&self, ms: i64) -> f64 {
        let most = self.counter.most_in(ms, self.factor);
        match self.counter.load {
            Some(_) => most,
            None => most.min(2.0 * self.fastest * ms.max(LATE_MS) as f64 / 1000.0),
        }
    }

    fn count(&mut self, base: Base, place: usize, rise: f64) {
        let now = self.heard[place];
        let Some(gap_ms) = now.gap_ms else {
            let pace = rise / ((now.at_ms - base.at_ms).max(LATE_MS) as f64 / 1000.0);
            self.fastest = self.fastest.max(pace);
            return self.push(base.at_ms, now.at_ms, Some(rise), Manner::Heard);
        };
        self.push(base.at_ms, gap_ms, Some(0.0), Manner::Heard);
        self.push(gap_ms, now.at_ms, Some(rise), Manner::Bridged);
        self.gap(gap_ms, now.at_ms, Some(rise));
    }

    /// A gap's amount is said as the counter would show it.
    fn gap(&mut self, from_ms: i64, until_ms: i64, amount: Option<f64>) {
        if until_ms - from_ms >= GAP_TOLD_MS {
            self.found(from_ms, until_ms, What::Gap { amount });
        }
    }

    fn push(&mut self, from_ms: i64, until_ms: i64, amount: Option<f64>, manner: Manner) {
        let nothing = from_ms >= until_ms && amount == Some(0.0);
        if !nothing {
            self.judged.steps.push(Step { from_ms, until_ms, amount, manner });
        }
    }

    fn found(&mut self, from_ms: i64, until_ms: i64, what: What) {
        self.judged.findings.push(Finding { span: Span { from_ms, until_ms }, what });
    }
}
