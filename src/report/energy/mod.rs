//! The energy report that a climate office pulls: what was used, what of that is weather,
//! what it emitted, what it cost, what was saved, and how sure that is. Computed building
//! after building (`building`), worded as tables (`compose`) that all forms share.
//!
//! ```text
//! accounts of meters ─▶ used ─┬▶ heat (climate: degree days, usual year)
//!                             ├▶ emission (sets of factors), cost (contracts)
//!                             ├▶ saving (baseline), carpet
//! decisions ─────────▶ held   └▶ compose ─▶ Document ─▶ forms
//! ```
//! Knows no clock: the period is an argument. What is missing lowers a coverage and leaves
//! a mark; nothing is filled in silently.

mod building;
mod carpet;
mod climate;
mod compose;
mod cost;
mod emission;
mod heat;
mod held;
mod occupancy;
mod period;
mod saving;
mod trace;
mod used;

use jiff::Timestamp;
use jiff::civil::DateTime;

pub use building::{Building, Carried, Medium, Metered, Saving};
pub use climate::{Climate, ClimateError};
pub use compose::document;
pub use cost::Costs;
pub use emission::{Emitted, POLLUTANTS, Sets, SetsError};
pub use heat::{Heat, HotWaterBy};
pub use held::Held;
pub use occupancy::Occupancy;
pub use period::{NoPeriod, Period};
pub use saving::{Claim, Saved};
pub use trace::{TraceError, trace};
pub use used::{Group, Used};

use crate::history::{Sample, Shelf, Span};
use crate::model::Language;
use crate::report::document::Document;
use crate::report::readings::Readings;
use crate::site::{Meter, Site};

/// Of an earlier year with less than this share of the time nothing is shown.
const LEAST_OF_YEAR: f64 = 0.05;

/// A site and what is known of it.
pub struct Given<'a> {
    pub site: &'a Site,
    pub shelf: &'a mut Shelf,
    /// Readings by hand, canonical, in order of time.
    pub readings: &'a dyn Fn(&Meter) -> Vec<Sample>,
    /// Whether a building (index into [`Site::buildings`]) is occupied; `None`: unknown.
    pub occupied: &'a dyn Fn(usize, Timestamp) -> Option<bool>,
}

impl std::fmt::Debug for Given<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Given").field("site", &self.site.name).finish_non_exhaustive()
    }
}

/// What the report is to be of.
#[derive(Debug, Clone)]
pub struct Order {
    /// As far as it is over.
    pub period: Period,
    /// So many periods side by side, with those of the years before; at least 1.
    pub years: i16,
    /// Names of buildings; empty: all.
    pub buildings: Vec<String>,
}

/// All figures.
#[derive(Debug)]
pub struct Energy<'a> {
    pub period: Period,
    /// Oldest first; the last is `period`.
    pub compared: Vec<Period>,
    pub sites: Vec<OfSite<'a>>,
    pub buildings: Vec<Building>,
}

/// What holds for all buildings of a site.
#[derive(Debug)]
pub struct OfSite<'a> {
    pub site: &'a Site,
    pub climate: Climate,
    pub sets: Sets,
    /// Of all its points.
    pub held: Vec<Held>,
    /// Files of the history that could not be read.
    pub faults: usize,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Climate(#[from] ClimateError),
    #[error(transparent)]
    Sets(#[from] SetsError),
    /// CO2 of one site and CO2e of another make no sum.
    #[error("sites count by sets of different gases: {one}, {other}")]
    Gases { one: String, other: String },
    #[error("there is no building {name}")]
    NoBuilding { name: String, known: Vec<String> },
}

impl ReportError {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Climate(error) => error.words(language),
            Self::Sets(error) => error.words(language),
            Self::Gases { one, other } => language.pick(
                format!("die Anlagen rechnen nach Faktorensätzen, die nicht dasselbe zählen (CO₂ und CO₂e): {one} und {other}; [report] greenhouse angleichen"),
                format!("the sites count by sets of factors that are not of the same (CO₂ and CO₂e): {one} and {other}; make [report] greenhouse alike"),
            ),
            Self::NoBuilding { name, known } => {
                let known = known.join(", ");
                language.pick(
                    format!("das Gebäude „{name}“ gibt es nicht; es gibt {known}"),
                    format!("there is no building \"{name}\"; there are {known}"),
                )
            }
        }
    }
}

/// What the figures of one building need beside its meters.
struct Asked<'b> {
    period: Period,
    compared: &'b [Period],
    climate: &'b Climate,
    sets: &'b Sets,
}

impl Asked<'_> {
    /// The reference period of a building's savings.
    fn reference(&self, site: &Site, building: usize) -> Option<Period> {
        let days = site.buildings[building].reference.or(site.report.reference)?;
        Some(Period { first: days.0, last: days.1 })
    }

    /// All that is read of a building: the compared periods and its reference period.
    fn whole(&self, site: &Site, building: usize) -> Span {
        whole(site, self.compared, self.reference(site, building))
    }
}

/// From the first to the last of these periods.
fn whole(site: &Site, compared: &[Period], references: impl IntoIterator<Item = Period>) -> Span {
    let all = compared.iter().copied().chain(references).map(|it| it.span(&site.time_zone));
    let none = Span { from_ms: i64::MAX, until_ms: i64::MIN };
    all.fold(none, |all, span| Span {
        from_ms: all.from_ms.min(span.from_ms),
        until_ms: all.until_ms.max(span.until_ms),
    })
}

/// Whether the files that a site names for its reports are there and can be read.
///
/// # Errors
/// What a report would fail for, days or months later.
pub fn usable(site: &Site) -> Result<(), ReportError> {
    Sets::of(site)?;
    Climate::of_files(site)?;
    Ok(())
}

/// Computes a report of these sites. `told` hears how far it is, a share, and of which
/// building.
///
/// # Errors
/// [`ReportError`]: what the site files name cannot be used. What the history lacks is
/// no error.
pub fn collect<'a>(
    given: &mut [Given<'a>],
    order: &Order,
    mut told: impl FnMut(f64, &str),
) -> Result<Energy<'a>, ReportError> {
    let wanted = wanted(given, order)?;
    // Longer ones would be set against themselves.
    let years = if order.period.days() > 366 { 1 } else { order.years.clamp(1, 10) };
    let compared: Vec<Period> = (0..years).rev().map(|years| order.period.before(years)).collect();
    let mut energy =
        Energy { period: order.period, compared, sites: Vec::new(), buildings: Vec::new() };
    let many = wanted.len().max(1) as f64;
    for (place, given) in given.iter_mut().enumerate() {
        let site = given.site;
        let sets = Sets::of(site)?;
        if let Some(first) = energy.sites.first().filter(|it| it.sets.gas() != sets.gas()) {
            let [one, other] = [&first.sets, &sets].map(|sets| sets.greenhouse.name.clone());
            return Err(ReportError::Gases { one, other });
        }
        let references = site.buildings.iter().filter_map(|it| it.reference);
        let references = references.chain(site.report.reference);
        let references = references.map(|(first, last)| Period { first, last });
        let all = whole(site, &energy.compared, references);
        let climate = Climate::read(site, given.shelf, all)?;
        let asked = Asked {
            period: order.period,
            compared: &energy.compared,
            climate: &climate,
            sets: &sets,
        };
        let here = wanted.iter().filter(|(of, _)| *of == place).map(|(_, number)| *number);
        for batch in building::batches(site, here, &asked) {
            let mut tell = |of: usize, done: usize| {
                told(done as f64 / many, &site.buildings[of].title);
            };
            if let Some(first) = batch.first() {
                tell(first.building, energy.buildings.len());
            }
            let accounts = building::accounts(given, &batch);
            for (metering, accounts) in batch.into_iter().zip(accounts) {
                tell(metering.building, energy.buildings.len());
                let building = building::read(given, place, metering, &accounts, &asked);
                energy.buildings.push(building);
            }
        }
        let held = held::held(given.shelf, order.period.span(&site.time_zone));
        given.shelf.close_files();
        let faults = given.shelf.faults.len();
        energy.sites.push(OfSite { site, climate, sets, held, faults });
    }
    energy.forget_empty_years();
    Ok(energy)
}

/// The report of one site, worded: for whoever has but one. `made`: local time, for the
/// foot of its pages.
///
/// # Errors
/// As [`collect`].
pub fn of_site(
    site: &Site,
    shelf: &mut Shelf,
    readings: &Readings,
    occupancy: &Occupancy,
    order: &Order,
    (language, made): (Language, DateTime),
) -> Result<Document, ReportError> {
    let mut given = [Given {
        site,
        shelf,
        readings: &|meter| readings.samples(&meter.name),
        occupied: &|building, at| occupancy.is_occupied(building, at),
    }];
    let energy = collect(&mut given, order, |_, _| {})?;
    Ok(document(&energy, language, Some(made)))
}

/// The buildings asked for, as places of sites and buildings.
fn wanted(given: &[Given<'_>], order: &Order) -> Result<Vec<(usize, usize)>, ReportError> {
    let all: Vec<(usize, usize)> = given
        .iter()
        .enumerate()
        .flat_map(|(place, given)| (0..given.site.buildings.len()).map(move |it| (place, it)))
        .collect();
    if order.buildings.is_empty() {
        return Ok(all);
    }
    let name = |(site, building): (usize, usize)| given[site].site.buildings[building].name.clone();
    let mut wanted = Vec::new();
    for asked in &order.buildings {
        let found: Vec<(usize, usize)> = all
            .iter()
            .copied()
            .filter(|(site, building)| {
                let full = format!("{}.{}", given[*site].site.name, name((*site, *building)));
                name((*site, *building)) == *asked || full == *asked
            })
            .collect();
        if found.is_empty() {
            let known = all.iter().map(|place| name(*place)).collect();
            return Err(ReportError::NoBuilding { name: asked.clone(), known });
        }
        wanted
            .extend(found.into_iter().filter(|place| !wanted.contains(place)).collect::<Vec<_>>());
    }
    wanted.sort_unstable();
    Ok(wanted)
}

impl Energy<'_> {
    /// Earlier years of which (nearly) nothing is known are no columns of dashes.
    fn forget_empty_years(&mut self) {
        while self.compared.len() > 1 && self.is_empty(0) {
            self.compared.remove(0);
            for building in &mut self.buildings {
                building.forget_first();
            }
        }
    }

    fn is_empty(&self, period: usize) -> bool {
        let groups = self.buildings.iter().flat_map(|building| &building.groups);
        groups.map(|carried| &carried.used[period]).all(|used| used.coverage < LEAST_OF_YEAR)
    }
}
