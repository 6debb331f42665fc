//! A meter's account: what it used, from whatever it has: a counter or a power in
//! the history, or readings by hand. Read once for a long time, it answers for any
//! period within.

use std::collections::BTreeSet;

use super::consumption::{Consumption, Manner, Step, over};
use super::conversion::{Converted, energy};
use super::counter::{Counter, GAP_TOLD_MS, Judged, judge};
use super::finding::{Finding, What};
use super::recorded::{self, Recorded, Wanted};
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
        let mut one = Self::read_all(site, &[meter], shelf, |_| readings.to_vec(), span);
        one.pop().unwrap_or(Self { meter, steps: Vec::new(), findings: Vec::new() })
    }

    /// Of several meters, in their order, in one pass over the files.
    pub fn read_all(
        site: &Site,
        meters: &[&'a Meter],
        shelf: &mut Shelf,
        readings: impl Fn(&Meter) -> Vec<Sample>,
        span: Span,
    ) -> Vec<Self> {
        let wanted = |meter: &&'a Meter| match meter.source {
            MeterSource::Counter(point) => {
                Some(Wanted::Counter(names(site, point), Counter::of(meter)))
            }
            MeterSource::Power(point) => Some(Wanted::Power(names(site, point))),
            MeterSource::Dial => None,
        };
        let wanted: Vec<Wanted<'_>> = meters.iter().filter_map(wanted).collect();
        let mut recorded = recorded::read(shelf, &wanted, span).into_iter();
        let account = |meter: &&'a Meter| {
            let counter = Counter::of(meter);
            let recorded = if meter.source == MeterSource::Dial { None } else { recorded.next() };
            let Judged { steps, findings } = match recorded {
                Some(Recorded::Counter(samples, holds_ms)) => judge(&samples, holds_ms, &counter),
                Some(Recorded::Power(steps)) => {
                    Judged { findings: negative(&steps).into_iter().collect(), steps }
                }
                None => of_dial(&readings(meter), &counter),
            };
            Self { meter, steps, findings }
        };
        meters.iter().map(account).collect()
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
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::model::Quality;
    use crate::model::diagnostic::Source;
    use crate::site;

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

    fn dial() -> Site {
        let text = r#"
format = 1
[site]
name = "Test"
[[building]]
name = "Schule"
[[meter]]
name = "Gas"
unit = "m³"
carrier = "natural-gas"
load = "25 m³/h"
rolls_over = "10000 m³"
[[meter.conversion]]
from = "2026-01-01"
state_number = 0.95
calorific_value = "10 kWh/m³"
[[meter.conversion]]
from = "2026-03-01"
state_number = 0.95
calorific_value = "12 kWh/m³"
"#;
        let source = Source { file: "site.toml".into(), text: text.into() };
        site::load(&source, Path::new("/anlage"), &[]).site.unwrap()
    }

    proptest! {
        /// Whoever reads a dial, and whenever: all of it is in the parts, once, and what
        /// no reading tells apart is marked.
        #[test]
        fn a_dial_is_counted_between_its_readings(
            first in 0.0..9_999.0_f64,
            readings in prop::collection::vec((1..2_000_i64, 0.0..1.0_f64), 1..20),
            cuts in prop::collection::vec(0..20_000_i64, 0..8),
        ) {
            let site = dial();
            let meter = &site.meters[0];
            let good = |hour: i64, value: f64| Sample {
                at_ms: hour * HOUR,
                value: Some(value % 10_000.0),
                quality: Quality::Good,
            };
            let mut samples = vec![good(0, first)];
            let (mut hour, mut used) = (0, 0.0);
            for (hours, share) in &readings {
                hour += hours;
                used += share * 25.0 * (*hours.min(&300)) as f64;
                samples.push(good(hour, first + used));
            }
            let account = Account::of_readings(meter, &samples);
            let mut edges: Vec<i64> = cuts.into_iter().filter(|cut| *cut < hour).collect();
            edges.extend([0, hour]);
            edges.sort_unstable();
            edges.dedup();
            let mut sum = 0.0;
            for pair in edges.windows(2) {
                let span = Span { from_ms: pair[0] * HOUR, until_ms: pair[1] * HOUR };
                let part = account.over(span);
                prop_assert!(part.is_whole() && part.is_covered(), "{part:?}");
                let read = |hour: i64| samples.iter().any(|it| it.at_ms == hour * HOUR);
                if read(pair[0]) && read(pair[1]) {
                    prop_assert!(!part.is_estimated(), "{part:?}");
                }
                sum += part.amount.unwrap();
            }
            prop_assert!((sum - used).abs() < 1e-6 * used.max(1.0), "{sum} of {used}: {:?}", account.findings);
            let beyond = Span { from_ms: hour * HOUR, until_ms: (hour + 5) * HOUR };
            prop_assert_eq!(account.over(beyond).amount.unwrap_or(0.0), 0.0);
            prop_assert!(!account.over(beyond).is_whole());
        }
    }

    #[test]
    fn a_dial_read_across_a_new_calorific_value_is_split_at_its_day() {
        let site = dial();
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let good = |text: &str, value: f64| Sample {
            at_ms: at(text),
            value: Some(value),
            quality: Quality::Good,
        };
        let readings = [good("2026-02-23T23:00:00Z", 100.0), good("2026-03-05T23:00:00Z", 200.0)];
        let account = Account::of_readings(&site.meters[0], &readings);
        let span = Span { from_ms: readings[0].at_ms, until_ms: readings[1].at_ms };
        let converted = account.energy(span).unwrap();
        let kwh = converted.amount.unwrap() / 3.6e6;
        // Five of the ten days before the first of March.
        assert!((kwh - (50.0 * 9.5 + 50.0 * 11.4)).abs() < 1e-6, "{kwh}");
        assert!(converted.estimated > 0.0, "the energy depends on when it was used");
    }
}
