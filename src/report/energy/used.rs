//! What a building used of a carrier, from all its meters of it: those that no other of
//! the same building stands before, less what is passed on to another building. A sum of
//! which a part is unknown is of the rest, and says so.

use crate::history::Span;
use crate::report::consumption::{Consumption, over, profile, series};
use crate::report::document::Marks;
use crate::report::{Account, Step, What, conversion};
use crate::site::{Carrier, Direction, Meter, Site};

/// J in a kWh.
pub const KWH: f64 = 3.6e6;

/// Of a carrier in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Used {
    /// kWh, of fuels by the gross calorific value; of water m³. `None`: unknown.
    pub amount: Option<f64>,
    /// m³ as counted, of fuels that are.
    pub volume: Option<f64>,
    /// Of the amount: what stands in this period by estimate.
    pub estimated: f64,
    /// Share of the time in which it was heard, 0–1; of several meters the mean.
    pub coverage: f64,
    /// Share of the time that is accounted for, 0–1; of several meters the least, for
    /// one that is silent makes the sum too small, however many there are.
    pub counted: f64,
    pub marks: Marks,
}

impl Used {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        amount: None,
        volume: None,
        estimated: 0.0,
        coverage: 0.0,
        counted: 0.0,
        marks: Marks { estimated: false, incomplete: true, derived: false, counter: false },
    };

    /// The sum of several, with a sign each; nothing of nothing is unknown.
    pub fn sum(parts: impl IntoIterator<Item = (Self, f64)>) -> Self {
        let mut sum = Self { marks: Marks::default(), counted: 1.0, ..Self::UNKNOWN };
        let mut many = 0.0;
        for (part, sign) in parts {
            many += 1.0;
            sum.amount = add(sum.amount, part.amount.map(|amount| amount * sign));
            sum.volume = add(sum.volume, part.volume.map(|volume| volume * sign));
            sum.estimated += part.estimated;
            sum.coverage += part.coverage;
            sum.counted = sum.counted.min(part.counted);
            sum.marks = sum.marks.and(part.marks);
            sum.marks.incomplete |= part.amount.is_none();
        }
        if many == 0.0 {
            return Self::UNKNOWN;
        }
        sum.coverage /= many;
        sum
    }

    /// Whether so much of the time is accounted for that it stands for the period.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.amount.is_some() && self.counted >= LEAST_COUNTED
    }
}

/// Of less of a period no indicator is made.
pub const LEAST_COUNTED: f64 = 0.95;

fn add(sum: Option<f64>, part: Option<f64>) -> Option<f64> {
    match (sum, part) {
        (Some(sum), Some(part)) => Some(sum + part),
        (sum, part) => sum.or(part),
    }
}

/// A meter's account in the unit of reports: J, or m³ of water.
#[derive(Debug)]
pub struct Counted<'a> {
    pub account: &'a Account<'a>,
    /// Of energy, where volume is counted and energy meant.
    energy: Option<Vec<Step>>,
}

impl<'a> Counted<'a> {
    #[must_use]
    pub fn new(account: &'a Account<'a>) -> Self {
        let meter = account.meter;
        let fuel = meter.carrier.is_fuel() && !meter.counts_energy();
        let energy = fuel.then(|| conversion::steps(&account.steps, &meter.conversions));
        Self { account, energy }
    }

    #[must_use]
    pub const fn meter(&self) -> &'a Meter {
        self.account.meter
    }

    /// As [`steps`](Self::steps), with the ticks of a coarse counter spread over the time
    /// that they are of: for peaks and pictures.
    #[must_use]
    pub fn profile(&self) -> Vec<Step> {
        profile(self.steps())
    }

    /// J, or m³ of water.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        self.energy.as_deref().unwrap_or(&self.account.steps)
    }

    /// Canonical units in one of reports.
    #[must_use]
    pub fn unit(&self) -> f64 {
        if self.meter().carrier == Carrier::Water { 1.0 } else { KWH }
    }

    #[must_use]
    pub fn used(&self, span: Span) -> Used {
        let volume = self.energy.is_some().then(|| over(&self.account.steps, span));
        self.as_used(&over(self.steps(), span), volume.as_ref())
    }

    /// In each of these periods, in order of time.
    #[must_use]
    pub fn series(&self, spans: &[Span]) -> Vec<Used> {
        let all = series(self.steps(), spans);
        if self.energy.is_none() {
            return all.iter().map(|it| self.as_used(it, None)).collect();
        }
        let volumes = series(&self.account.steps, spans);
        all.iter().zip(&volumes).map(|(it, volume)| self.as_used(it, Some(volume))).collect()
    }

    /// `volume`: as counted, of fuels that are: what of it is an estimate is one of the
    /// energy too, also where a new calorific value cuts it.
    fn as_used(&self, consumption: &Consumption, volume: Option<&Consumption>) -> Used {
        let unit = self.unit();
        let share = volume.and_then(|it| Some(it.estimated / it.amount.filter(|it| *it != 0.0)?));
        let of_volume = share.zip(consumption.amount).map_or(0.0, |(share, amount)| share * amount);
        let estimated = if of_volume.abs() > consumption.estimated.abs() {
            of_volume
        } else {
            consumption.estimated
        };
        let span = consumption.span;
        let odd = |finding: &crate::report::Finding| {
            let inside =
                finding.span.from_ms < span.until_ms && finding.span.until_ms >= span.from_ms;
            inside && !matches!(finding.what, What::Gap { .. } | What::RolledOver { .. })
        };
        Used {
            amount: consumption.amount.map(|amount| amount / unit),
            volume: volume.and_then(|it| it.amount),
            estimated: estimated / unit,
            coverage: consumption.coverage,
            counted: consumption.counted,
            marks: Marks {
                estimated: consumption.is_estimated()
                    || volume.is_some_and(Consumption::is_estimated),
                incomplete: !consumption.is_whole(),
                derived: self.account.is_derived(),
                counter: self.account.findings.iter().any(odd),
            },
        }
    }
}

/// The meter that a meter lies behind at last, over buildings: who is billed for it, and
/// what it is made of.
#[must_use]
pub fn topmost(site: &Site, meter: usize) -> usize {
    let mut top = meter;
    while let Some(parent) = site.meters[top].parent {
        top = parent;
    }
    top
}

/// The meters whose sum, with their signs, a building used of a carrier.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub carrier: Carrier,
    pub direction: Direction,
    /// Indices into [`Site::meters`], and 1 or −1.
    pub meters: Vec<(usize, f64)>,
}

impl Group {
    /// Those of a building, in the order of carriers.
    #[must_use]
    pub fn of(site: &Site, building: usize) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        let mut add = |carrier: Carrier, direction: Direction, meter: usize, sign: f64| {
            let same = |it: &&mut Self| it.carrier == carrier && it.direction == direction;
            match groups.iter_mut().find(same) {
                Some(group) => group.meters.push((meter, sign)),
                None => groups.push(Self { carrier, direction, meters: vec![(meter, sign)] }),
            }
        };
        for (place, meter) in site.meters.iter().enumerate() {
            let parent = meter.parent.map(|parent| &site.meters[parent]);
            // What is made or fed back behind a meter is no part of what that counts.
            let behind_own = parent.filter(|parent| {
                parent.building == building && parent.direction == meter.direction
            });
            match (meter.building == building, behind_own) {
                (true, None) => add(meter.carrier, meter.direction, place, 1.0),
                (false, Some(parent)) => add(parent.carrier, parent.direction, place, -1.0),
                _ => {}
            }
        }
        // What has only something taken off has no meter of its own.
        groups.retain(|group| group.meters.iter().any(|(_, sign)| *sign > 0.0));
        for group in &mut groups {
            group.meters.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        }
        groups.sort_by_key(|group| (order(group.carrier), group.direction as u8));
        groups
    }
}

/// Heat first, water last.
const fn order(carrier: Carrier) -> u8 {
    match carrier {
        Carrier::DistrictHeat => 0,
        Carrier::NaturalGas => 1,
        Carrier::Biogas => 2,
        Carrier::Lpg => 3,
        Carrier::Oil => 4,
        Carrier::Wood => 5,
        Carrier::Pellets => 6,
        Carrier::Heat => 7,
        Carrier::Cold => 8,
        Carrier::Electricity => 9,
        Carrier::Water => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(amount: f64) -> Used {
        Used {
            amount: Some(amount),
            coverage: 1.0,
            counted: 1.0,
            marks: Marks::default(),
            ..Used::UNKNOWN
        }
    }

    #[test]
    fn a_sum_of_which_a_part_is_unknown_is_of_the_rest_and_says_so() {
        let sum = Used::sum([(known(10.0), 1.0), (known(4.0), -1.0)]);
        assert_eq!((sum.amount, sum.marks.incomplete, sum.stands()), (Some(6.0), false, true));
        let part = Used::sum([(known(10.0), 1.0), (Used::UNKNOWN, 1.0)]);
        assert_eq!((part.amount, part.marks.incomplete), (Some(10.0), true));
        assert_eq!((part.coverage, part.counted, part.stands()), (0.5, 0.0, false));
        assert_eq!(Used::sum([]), Used::UNKNOWN);
        assert_eq!(Used::sum([(Used::UNKNOWN, 1.0)]).amount, None);
    }
}
