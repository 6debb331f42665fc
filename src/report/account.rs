//! A meter's account: what it used, from whatever it has: a counter or a power in
//! the history, or readings by hand. Read once for a long time, it answers for any
//! period within.

use std::collections::BTreeSet;

use super::consumption::{Consumption, Manner, Step, over};
use super::conversion::{Converted, energy};
use super::counter::{Counter, GAP_TOLD_MS, Judged, judge};
use super::finding::{Finding, What};
use super::recorded;
use crate::history::{Name, Sample, Shelf, Span};
use crate::model::PointId;
use crate::site::{Meter, MeterSource, Site};

/// See the module.
#[derive(Debug, Clone)]
pub struct Account<'a> {
    pub meter: &'a Meter,
    /// In order of time.
    pub steps: Vec<Step>,
    /// In order of time.
    pub findings: Vec<Finding>,
}

/// The names of a point in the history: its own, and those it had before.
#[must_use]
pub fn names(site: &Site, point: PointId) -> BTreeSet<Name> {
    let point = site.points.get(point);
    let names = std::iter::once(&point.name).chain(&point.formerly);
    names.map(|name| Name::from(name.as_str())).collect()
}

/// The point that a meter is read from, if it has one.
#[must_use]
pub const fn point(meter: &Meter) -> Option<PointId> {
    match meter.source {
        MeterSource::Counter(point) | MeterSource::Power(point) => Some(point),
        MeterSource::Dial => None,
    }
}

impl<'a> Account<'a> {
    /// Of a meter in a period. `readings`: those by hand, of a dial, in order of
    /// time, canonical.
    pub fn read(
        site: &Site,
        meter: &'a Meter,
        shelf: &mut Shelf,
        readings: &[Sample],
        span: Span,
    ) -> Self {
        let counter = Counter::of(meter);
        let Judged { steps, findings } = match meter.source {
            MeterSource::Counter(point) => {
                let names = names(site, point);
                let (samples, holds_ms) = recorded::counter(shelf, &names, span, &counter);
                judge(&samples, holds_ms, &counter)
            }
            MeterSource::Power(point) => {
                let steps = recorded::power(shelf, &names(site, point), span);
                Judged { findings: negative(&steps).into_iter().collect(), steps }
            }
            MeterSource::Dial => of_dial(readings, &counter),
        };
        Self { meter, steps, findings }
    }

    /// Of readings by hand, in order of time, canonical.
    #[must_use]
    pub fn of_readings(meter: &'a Meter, readings: &[Sample]) -> Self {
        let Judged { steps, findings } = of_dial(readings, &Counter::of(meter));
        Self { meter, steps, findings }
    }

    /// Whether the amounts come from a power, not from a counter.
    #[must_use]
    pub const fn is_derived(&self) -> bool {
        matches!(self.meter.source, MeterSource::Power(_))
    }

    /// What was used, in the quantity that the meter counts.
    #[must_use]
    pub fn over(&self, span: Span) -> Consumption {
        over(&self.steps, span)
    }

    /// The energy of what was used; `None`: what is counted is no fuel (water), or
    /// is energy already.
    #[must_use]
    pub fn energy(&self, span: Span) -> Option<Converted> {
        let fuel = !self.meter.counts_energy() && self.meter.carrier.is_fuel();
        fuel.then(|| energy(&self.steps, span, &self.meter.conversions))
    }

    /// What was found in a period, and where in it nothing is known; in order of time.
    #[must_use]
    pub fn findings(&self, span: Span) -> Vec<Finding> {
        let within = |finding: &&Finding| {
            finding.span.from_ms < span.until_ms && finding.span.until_ms >= span.from_ms
        };
        let mut findings: Vec<Finding> = self.findings.iter().filter(within).cloned().collect();
        let unknown = unknown(&self.steps, span).into_iter();
        findings.extend(unknown.map(|span| Finding { span, what: What::Gap { amount: None } }));
        findings.sort_by_key(|finding| finding.span);
        findings
    }
}

/// Where no step lies in a period, if for long enough to be worth a word.
fn unknown(steps: &[Step], span: Span) -> Vec<Span> {
    let mut holes = Vec::new();
    let mut known_ms = span.from_ms;
    let first = steps.partition_point(|step| step.until_ms < span.from_ms);
    let inside = steps[first..].iter().take_while(|step| step.from_ms < span.until_ms);
    let steps = inside.map(|step| (step.from_ms, step.until_ms));
    for (from_ms, until_ms) in steps.chain([(span.until_ms, span.until_ms)]) {
        if from_ms - known_ms >= GAP_TOLD_MS {
            holes.push(Span { from_ms: known_ms, until_ms: from_ms });
        }
        known_ms = known_ms.max(until_ms);
    }
    holes
}

/// A power below zero is no use: fed back, or wired the wrong way round.
fn negative(steps: &[Step]) -> Option<Finding> {
    let below = |step: &&Step| step.amount.is_some_and(|amount| amount < 0.0);
    let mut below = steps.iter().filter(below);
    let first = below.next()?;
    let (quarters, until_ms) = below.fold((1, first.until_ms), |(n, _), it| (n + 1, it.until_ms));
    let span = Span { from_ms: first.from_ms, until_ms };
    Some(Finding { span, what: What::Negative { quarters } })
}

/// Between two readings by hand, nobody knows when it was used.
fn of_dial(readings: &[Sample], counter: &Counter<'_>) -> Judged {
    let last_ms = readings.last().map_or(0, |last| last.at_ms);
    let mut judged = judge(readings, last_ms, counter);
    for step in &mut judged.steps {
        if step.manner == Manner::Heard {
            step.manner = Manner::Read;
        }
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn step(from: i64, until: i64, amount: f64) -> Step {
        let (from_ms, until_ms) = (from * HOUR, until * HOUR);
        Step { from_ms, until_ms, amount: Some(amount), manner: Manner::Measured }
    }

    #[test]
    fn where_nothing_is_known_is_said() {
        let steps = [step(2, 4, 1.0), step(4, 5, 1.0), step(9, 10, 1.0)];
        let holes = |from: i64, until: i64| -> Vec<(i64, i64)> {
            let span = Span { from_ms: from * HOUR, until_ms: until * HOUR };
            let holes = unknown(&steps, span).into_iter();
            holes.map(|it| (it.from_ms / HOUR, it.until_ms / HOUR)).collect()
        };
        assert_eq!(holes(0, 12), [(0, 2), (5, 9), (10, 12)]);
        assert_eq!(holes(3, 5), []);
        assert_eq!(holes(6, 7), [(6, 7)]);
        assert_eq!(holes(20, 21), [(20, 21)]);
    }

    #[test]
    fn a_power_below_zero_is_found() {
        assert_eq!(negative(&[step(0, 1, 1.0), step(1, 2, 0.0)]), None);
        let found = negative(&[step(0, 1, -1.0), step(1, 2, 5.0), step(2, 3, -2.0)]).unwrap();
        assert_eq!(found.what, What::Negative { quarters: 2 });
        assert_eq!(found.span, Span { from_ms: 0, until_ms: 3 * HOUR });
    }
}
