//! All figures of one building. The meters of a few buildings are read in one pass over
//! the files, and let go of again before the next ones: a town has many buildings.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::history::rollup::QUARTER_MS;
use crate::history::{Shelf, Span};
use crate::report::measures::{self, Found};
use crate::report::recorded::AROUND_MS;
use crate::report::{Account, By, Finding, period};
use crate::site::{Carrier, Direction, Meter, Site};

use super::carpet::carpet;
use super::cost::{self, Costs};
use super::emission::{Emitted, Sets};
use super::heat::{self, Heat, HotWaterMeters};
use super::period::Period;
use super::saving::{self, Claim, Daily};
use super::used::{Counted, Group, Used, topmost};
use super::{Asked, Given};

/// Of shorter periods no carpet is drawn.
const CARPET_DAYS: u32 = 28;
/// Longer ones are cut into months, shorter ones into days.
const LONGEST_BY_DAY: u32 = 62;
/// So many quarter hours of meters are read in one pass, if they are of more than one
/// building; each becomes a sample of 32 bytes, and a step.
const AT_A_TIME: i64 = 2_000_000;

/// See the module. Lists "of each period" have one entry for each of the compared
/// periods, the report's own last.
#[derive(Debug)]
pub struct Building {
    /// Place among the sites of the report, and in [`Site::buildings`].
    pub site: usize,
    pub building: usize,
    pub groups: Vec<Carried>,
    /// Places in `groups` of what heats it.
    pub supply: Vec<usize>,
    /// Of each period; `None`: nothing that heats it is metered.
    pub heat: Vec<Option<Heat>>,
    pub savings: Vec<Saving>,
    pub carpets: Vec<(Medium, Vec<[Option<f32>; 24]>)>,
    pub meters: Vec<Metered>,
    /// What its data show that costs and need not, its comfort, its machines.
    pub found: Found,
}

/// What savings and carpets are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    Heat,
    Electricity,
}

/// What was used of a carrier.
#[derive(Debug)]
pub struct Carried {
    pub group: Group,
    /// Of each period.
    pub used: Vec<Used>,
    /// Of each period, in months or days.
    pub parts: Vec<Vec<Used>>,
    /// Of each period; `None`: no meter has a contract.
    pub costs: Vec<Option<Costs>>,
    /// Of each period: the highest quarter hour and its kW.
    pub peaks: Vec<Option<(Span, f64)>>,
    /// Of each period; `None`: it does not emit.
    pub emitted: Vec<Option<Emitted>>,
    /// € for each kWh or m³ at the end of the period.
    pub price: Option<f64>,
}

/// One meter in the report's own period.
#[derive(Debug)]
pub struct Metered {
    /// Index into [`Site::meters`].
    pub meter: usize,
    pub used: Used,
    pub findings: Vec<Finding>,
    /// Where something was used and nobody knows what a cubic metre was worth.
    pub unconverted: Vec<Span>,
}

/// What was saved of one energy.
#[derive(Debug)]
pub struct Saving {
    pub medium: Medium,
    pub claim: Claim,
    /// Of the saving, in kg CO2 or CO2e and g of pollutants; `None`: nothing is claimed.
    pub avoided: Option<Emitted>,
    /// €, at the work price.
    pub worth: Option<f64>,
}

/// How a period is cut.
#[must_use]
pub fn parts_by(period: Period) -> By {
    if period.days() > LONGEST_BY_DAY { By::Month } else { By::Day }
}

/// A building whose meters are to be read.
pub(super) struct Metering<'a> {
    /// Index into [`Site::buildings`].
    pub building: usize,
    groups: Vec<Group>,
    /// Its own, and those behind them in other buildings.
    meters: Vec<&'a Meter>,
    span: Span,
}

impl<'a> Metering<'a> {
    fn of(site: &'a Site, building: usize, asked: &Asked<'_>) -> Self {
        let groups = Group::of(site, building);
        let own = site.meters.iter().filter(|meter| meter.building == building);
        let mut meters: Vec<&Meter> = own.collect();
        let behind = groups.iter().flat_map(|group| &group.meters);
        let behind = behind.map(|(place, _)| &site.meters[*place]);
        meters.extend(behind.filter(|meter| meter.building != building));
        Self { building, groups, meters, span: asked.whole(site, building) }
    }

    /// With what is looked at around the period.
    fn quarters(&self) -> i64 {
        (self.span.length_ms() + 2 * AROUND_MS) / QUARTER_MS * self.meters.len() as i64
    }
}

/// Buildings in their order, as many together as are read in one pass.
pub(super) fn batches<'a>(
    site: &'a Site,
    buildings: impl Iterator<Item = usize>,
    asked: &Asked<'_>,
) -> Vec<Vec<Metering<'a>>> {
    let mut batches: Vec<Vec<Metering<'a>>> = Vec::new();
    for metering in buildings.map(|building| Metering::of(site, building, asked)) {
        let fits = |batch: &&mut Vec<Metering<'_>>| {
            let quarters: i64 = batch.iter().map(Metering::quarters).sum();
            batch.iter().all(|it| it.span == metering.span)
                && quarters + metering.quarters() <= AT_A_TIME
        };
        match batches.last_mut().filter(fits) {
            Some(batch) => batch.push(metering),
            None => batches.push(vec![metering]),
        }
    }
    batches
}

/// The accounts of the meters of each building of a batch.
pub(super) fn accounts<'a>(given: &mut Given<'a>, batch: &[Metering<'a>]) -> Vec<Vec<Account<'a>>> {
    let Some(span) = batch.first().map(|first| first.span) else { return Vec::new() };
    let meters: Vec<&Meter> = batch.iter().flat_map(|it| &it.meters).copied().collect();
    let readings = |meter: &Meter| (given.readings)(meter);
    let shelf: &mut Shelf = given.shelf;
    let mut accounts = Account::read_all(given.site, &meters, shelf, readings, span).into_iter();
    batch.iter().map(|it| accounts.by_ref().take(it.meters.len()).collect()).collect()
}

/// All that is to be known of it, from the accounts of its meters.
pub(super) fn read<'a>(
    given: &mut Given<'a>,
    place: usize,
    metering: Metering<'a>,
    accounts: &[Account<'a>],
    asked: &Asked<'_>,
) -> Building {
    let site = given.site;
    let Metering { building, groups, .. } = metering;
    let counted: Vec<Counted<'_>> = accounts.iter().map(Counted::new).collect();
    let of = |group: &Group| -> Vec<(usize, &Counted<'_>, f64)> {
        let meters = group.meters.iter();
        meters
            .filter_map(|(meter, sign)| Some((*meter, find(&counted, site, *meter)?, *sign)))
            .collect()
    };
    let carried: Vec<Carried> =
        groups.iter().map(|group| carried(site, group, &of(group), asked)).collect();
    let supply = heat::supply(site, &groups);
    let heats = |(meter, ..): &(usize, &Counted<'_>, f64)| heat::heats(&site.meters[*meter]);
    let mut heated: Vec<(usize, &Counted<'_>, f64)> =
        supply.iter().flat_map(|place| of(&groups[*place])).filter(heats).collect();
    heated.extend(
        heat::passed_on(&groups, &supply)
            .iter()
            .filter_map(|meter| Some((*meter, find(&counted, site, *meter)?, -1.0))),
    );
    let signed: Vec<(&Counted<'_>, f64)> =
        heated.iter().map(|(_, it, sign)| (*it, *sign)).collect();
    let hot_water = HotWaterMeters { site, building, counted: &counted, supply: &signed };
    let heat = asked.compared.iter().map(|period| {
        let span = period.span(&site.time_zone);
        let mut used = Used::sum(heated.iter().map(|(_, it, sign)| (it.used(span), *sign)));
        // What goes to others as heat is more in fuel: by how much, no meter tells.
        used.marks.derived |= heated.iter().any(|(.., sign)| *sign < 0.0);
        let any = !supply.is_empty();
        any.then(|| heat::heat(used, hot_water.of(*period, asked.climate), *period, asked.climate))
    });
    let heat = heat.collect();
    let electricity: Vec<usize> = electricity(&groups).collect();
    let powered: Vec<(usize, &Counted<'_>, f64)> =
        electricity.iter().flat_map(|place| of(&groups[*place])).collect();
    let mut savings = Vec::new();
    let mut carpets = Vec::new();
    for (medium, places, meters) in
        [(Medium::Heat, &supply, &heated), (Medium::Electricity, &electricity, &powered)]
    {
        if meters.is_empty() {
            continue;
        }
        let saving = Claimed { medium, building, meters, given, asked };
        savings.push(saving.claim(places.iter().map(|place| &carried[*place])));
        if asked.period.days() >= CARPET_DAYS {
            carpets.extend(carpet(meters, asked.period, &site.time_zone).map(|it| (medium, it)));
        }
    }
    let meters = metered(site, building, &counted, asked);
    let found = measures::find(
        measures::Asked {
            site,
            building,
            span: asked.period.span(&site.time_zone),
            outdoor: &asked.climate.means,
            accounts,
            occupied: &|at| (given.occupied)(building, at),
        },
        given.shelf,
    );
    Building {
        found,
        site: place,
        building,
        groups: carried,
        supply,
        heat,
        savings,
        carpets,
        meters,
    }
}

fn electricity(groups: &[Group]) -> impl Iterator<Item = usize> {
    let is = |group: &Group| {
        group.carrier == Carrier::Electricity && group.direction == Direction::Import
    };
    groups.iter().enumerate().filter(move |(_, group)| is(group)).map(|(place, _)| place)
}

fn find<'b, 'a>(counted: &'b [Counted<'a>], site: &Site, meter: usize) -> Option<&'b Counted<'a>> {
    counted.iter().find(|it| std::ptr::eq(it.meter(), &site.meters[meter]))
}

fn carried(
    site: &Site,
    group: &Group,
    meters: &[(usize, &Counted<'_>, f64)],
    asked: &Asked<'_>,
) -> Carried {
    let zone = &site.time_zone;
    let mut carried = Carried {
        group: group.clone(),
        used: Vec::new(),
        parts: Vec::new(),
        costs: Vec::new(),
        peaks: Vec::new(),
        emitted: Vec::new(),
        price: cost::work_price(site, &group.meters, asked.period.span(zone)),
    };
    let imported = group.direction == Direction::Import;
    for period in asked.compared {
        let span = period.span(zone);
        carried.used.push(Used::sum(meters.iter().map(|(_, it, sign)| (it.used(span), *sign))));
        let parts = period::parts(span, parts_by(*period), zone);
        let mut series: Vec<_> =
            meters.iter().map(|(_, it, _)| it.series(&parts).into_iter()).collect();
        let sum_of = |_: &Span| {
            let each = series.iter_mut().zip(meters);
            Used::sum(
                each.map(|(used, (_, _, sign))| (used.next().unwrap_or(Used::UNKNOWN), *sign)),
            )
        };
        carried.parts.push(parts.iter().map(sum_of).collect());
        carried.costs.push(if imported { cost::costs(site, meters, span) } else { None });
        let peak = imported.then(|| cost::peak(meters, span, zone)).flatten();
        carried.peaks.push(peak);
        let emitted =
            imported.then(|| emitted(site, meters, span, period.first.year(), asked.sets));
        carried.emitted.push(emitted.flatten());
    }
    carried
}

fn emitted(
    site: &Site,
    meters: &[(usize, &Counted<'_>, f64)],
    span: Span,
    year: i16,
    sets: &Sets,
) -> Option<Emitted> {
    let mut sum: Option<Emitted> = None;
    // The first has the sign of the group: what is taken off comes behind.
    for (place, counted, sign) in meters {
        let top = &site.meters[topmost(site, *place)];
        let one = sets.emitted(top, &counted.used(span), year)?;
        sum = Some(match sum {
            None => one,
            Some(sum) => sum.plus(one, *sign),
        });
    }
    sum
}

fn metered(
    site: &Site,
    building: usize,
    counted: &[Counted<'_>],
    asked: &Asked<'_>,
) -> Vec<Metered> {
    let span = asked.period.span(&site.time_zone);
    let own = counted.iter().filter(|it| it.meter().building == building);
    let of = |counted: &Counted<'_>| Metered {
        meter: site.meters.iter().position(|it| std::ptr::eq(it, counted.meter())).unwrap_or(0),
        used: counted.used(span),
        findings: counted.account.findings(span),
        unconverted: counted.account.energy(span).map(|it| it.missing).unwrap_or_default(),
    };
    own.map(of).collect()
}

/// What is needed for a claim of savings.
struct Claimed<'a, 'b> {
    medium: Medium,
    building: usize,
    meters: &'b [(usize, &'b Counted<'a>, f64)],
    given: &'b Given<'a>,
    asked: &'b Asked<'b>,
}

impl Claimed<'_, '_> {
    fn claim<'c>(&self, carried: impl Iterator<Item = &'c Carried>) -> Saving {
        let asked = self.asked;
        let reference = asked.reference(self.given.site, self.building);
        let mut daily = Daily::new();
        for period in reference.into_iter().chain([asked.period]) {
            self.days(period, &mut daily);
        }
        let occupied = |day: Date| self.occupied(day);
        let claim = saving::claim(&daily, reference, asked.period, asked.climate, &occupied);
        let saved = match &claim {
            Claim::Saved(saved) if saved.saving.is_certain() => Some(saved.saving.saved()),
            _ => None,
        };
        // The carrier that most of it was of.
        let largest = carried.max_by(|one, other| {
            let used = |it: &&Carried| it.used.last().and_then(|it| it.amount).unwrap_or(0.0);
            used(one).total_cmp(&used(other))
        });
        let avoided = saved.zip(largest).and_then(|(kwh, carried)| {
            let (meter, _) = carried.group.meters.first()?;
            let site = self.given.site;
            let used = Used { amount: Some(kwh), ..Used::UNKNOWN };
            asked.sets.emitted(
                &site.meters[topmost(site, *meter)],
                &used,
                asked.period.first.year(),
            )
        });
        let price = largest.and_then(|carried| carried.price);
        let worth = saved.zip(price).map(|(kwh, price)| kwh * price);
        Saving { medium: self.medium, claim, avoided, worth }
    }

    /// kWh of the days that are wholly known.
    fn days(&self, period: Period, daily: &mut Daily) {
        let zone = &self.given.site.time_zone;
        let dates: Vec<Date> =
            period.first.series(1.day()).take_while(|it| *it <= period.last).collect();
        let spans: Vec<Span> = dates.iter().map(|date| period::day(*date, zone)).collect();
        let mut series: Vec<_> =
            self.meters.iter().map(|(_, it, _)| it.series(&spans).into_iter()).collect();
        for date in dates {
            let each = series.iter_mut().zip(self.meters);
            let used = Used::sum(
                each.map(|(used, (_, _, sign))| (used.next().unwrap_or(Used::UNKNOWN), *sign)),
            );
            let whole = !used.marks.incomplete && !used.marks.estimated;
            if let Some(kwh) = used.amount.filter(|_| whole) {
                daily.insert(date, kwh);
            }
        }
    }

    /// Whether anybody is there on a day, at any full hour.
    fn occupied(&self, day: Date) -> Option<bool> {
        let zone = &self.given.site.time_zone;
        let mut any = None;
        for hour in 0..24 {
            let at: Option<Timestamp> = zone.to_timestamp(day.at(hour, 30, 0, 0)).ok();
            match at.and_then(|at| (self.given.occupied)(self.building, at)) {
                Some(true) => return Some(true),
                Some(false) => any = Some(false),
                None => {}
            }
        }
        any
    }
}

impl Building {
    /// The oldest period is no longer one of the report's.
    pub(super) fn forget_first(&mut self) {
        self.heat.remove(0);
        for carried in &mut self.groups {
            carried.used.remove(0);
            carried.parts.remove(0);
            carried.costs.remove(0);
            carried.peaks.remove(0);
            carried.emitted.remove(0);
        }
    }
}
