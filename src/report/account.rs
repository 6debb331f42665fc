//! A meter's account: what it used, from whatever it has: a counter or a power in
//! the history, or readings by hand. Read once for a long time, it answers for any
//! period within.

use std::collections::BTreeSet;

use super::consumption::{Consumption, Manner, Step, over};
use super::conversion::{Converted, energy};
use super::counter::{Counter, Judged, judge};
use super::finding::Finding;
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
            MeterSource::Power(point) => Judged {
                steps: recorded::power(shelf, &names(site, point), span),
                findings: Vec::new(),
            },
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

    /// What was found in a period.
    pub fn findings(&self, span: Span) -> impl Iterator<Item = &Finding> {
        let within = move |finding: &&Finding| {
            finding.span.from_ms < span.until_ms && finding.span.until_ms >= span.from_ms
        };
        self.findings.iter().filter(within)
    }
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
