//! What a building's energy cost, meter by meter by the contract that holds for it; and
//! the highest quarter hour.

use jiff::tz::TimeZone;

use crate::history::Span;
use crate::report::tariff::{self, Tariff};
use crate::site::{Contract, Direction, Site};

use super::used::{Counted, KWH, topmost};

/// Of a carrier in a period, in euros.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Costs {
    /// Names of the contracts, each once.
    pub contracts: Vec<String>,
    /// `None`: unknown, for a price or an amount is. Part of the period may be missing;
    /// the amount it is for says so.
    pub work: Option<f64>,
    pub base: f64,
    pub demand: Option<f64>,
    /// Some meter has no contract, or none that holds all the time.
    pub unpriced: bool,
}

impl Costs {
    #[must_use]
    pub fn total(&self) -> Option<f64> {
        Some(self.work? + self.base + self.demand?).filter(|_| !self.unpriced)
    }

    fn add(&mut self, contract: &Contract, cost: &tariff::Cost) {
        if !self.contracts.contains(&contract.name) {
            self.contracts.push(contract.name.clone());
        }
        self.work = self.work.zip(cost.work).map(|(sum, work)| sum + work);
        self.base += cost.base;
        self.demand = self.demand.zip(cost.demand).map(|(sum, demand)| sum + demand);
        self.unpriced |= !cost.missing.is_empty();
    }
}

/// The contract of a meter: the one that names it, else one for all of its carrier.
#[must_use]
pub fn contract(site: &Site, meter: usize) -> Option<&Contract> {
    let carrier = site.meters[meter].carrier;
    let mut contracts = site.report.tariffs.iter().filter(|it| it.carrier == carrier);
    let named = contracts.clone().find(|contract| contract.meters.contains(&meter));
    named.or_else(|| contracts.find(|contract| contract.meters.is_empty()))
}

/// Of the meters of a carrier; `None`: none of them has a contract. Base and demand are
/// paid where the supplier's meter is; what is passed on from there to another building
/// costs that one the same work price, and takes it off here.
#[must_use]
pub fn costs(site: &Site, meters: &[(usize, &Counted<'_>, f64)], span: Span) -> Option<Costs> {
    let mut costs = Costs { work: Some(0.0), demand: Some(0.0), ..Costs::default() };
    let mut any = false;
    for (place, counted, sign) in meters {
        let billed = topmost(site, *place);
        let imported = counted.meter().direction == Direction::Import;
        let Some(contract) = contract(site, billed).filter(|_| imported) else {
            costs.unpriced = true;
            continue;
        };
        any = true;
        let tariffs: Vec<Tariff> = tariffs(contract, billed != *place);
        let by_demand = tariffs.iter().any(|tariff| tariff.demand > 0.0);
        let profile = if by_demand { counted.profile() } else { Vec::new() };
        let steps = (counted.steps(), profile.as_slice());
        let cost = tariff::cost(steps, span, &tariffs, counted.unit(), &site.time_zone);
        let work = cost.work.map(|work| work * sign);
        costs.add(contract, &tariff::Cost { work, ..cost });
    }
    any.then_some(costs)
}

fn tariffs(contract: &Contract, work_only: bool) -> Vec<Tariff> {
    let prices = contract.prices.iter().map(|price| Tariff {
        from: price.from,
        begins_ms: price.begins.as_millisecond(),
        work: price.work,
        base: if work_only { 0.0 } else { price.base },
        demand: if work_only { 0.0 } else { price.demand },
    });
    prices.collect()
}

/// The work price of the last day of a period, € a kWh or m³: what a saving is worth.
#[must_use]
pub fn work_price(site: &Site, meters: &[(usize, f64)], span: Span) -> Option<f64> {
    let contract = meters.iter().find_map(|(meter, _)| contract(site, topmost(site, *meter)))?;
    let holds = |price: &&crate::site::Price| price.begins.as_millisecond() < span.until_ms;
    contract.prices.iter().rfind(holds).map(|price| price.work)
}

/// The highest quarter hour of all meters together, in kW; only those count in which
/// all were heard. `None`: none was, or it is no energy.
#[must_use]
pub fn peak(
    meters: &[(usize, &Counted<'_>, f64)],
    span: Span,
    zone: &TimeZone,
) -> Option<(Span, f64)> {
    if let [(_, counted, _)] = meters {
        let peak = tariff::peak(&counted.profile(), span, zone)?;
        return (counted.unit() == KWH).then_some((peak.span, peak.mean / 1000.0));
    }
    let quarters = crate::report::period::parts(span, crate::report::By::QuarterHour, zone);
    let mut sums: Vec<Option<f64>> = vec![Some(0.0); quarters.len()];
    for (_, counted, sign) in meters {
        let series = crate::report::series(&counted.profile(), &quarters);
        for (sum, used) in sums.iter_mut().zip(series) {
            let known = used.is_covered() && !used.is_estimated() && counted.unit() == KWH;
            let amount = used.amount.filter(|_| known);
            *sum = sum.zip(amount).map(|(sum, amount)| sum + amount * sign);
        }
    }
    let known = quarters.into_iter().zip(sums).filter_map(|(span, sum)| Some((span, sum?)));
    let best = known.fold(None, |best: Option<(Span, f64)>, next| match best {
        Some(best) if best.1 >= next.1 => Some(best),
        _ => Some(next),
    });
    best.map(|(span, joules)| (span, joules / (span.length_ms() as f64 / 1000.0) / 1000.0))
}
