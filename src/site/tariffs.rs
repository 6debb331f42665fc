//! From `[[tariff]]` as written to contracts: each meter has one at most, and each
//! price holds from its day on. Prices' own form is `price`'s matter.

use std::collections::HashMap;

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::fault::{Naming, TariffFault, What};
use super::place::{At, Faults, or};
use super::price::{Per, WantedPrice, price};
use super::raw_report::{RawPrice, RawTariff};
use super::raw_site::RawSite;
use super::reporting::day;
use super::{Carrier, Contract, Direction, Price};

/// Dearer is a slip of the pen: €/kWh, €/m³, € a year, €/kW a year.
const MOST_KWH: f64 = 5.0;
const MOST_M3: f64 = 50.0;
const MOST_YEAR: f64 = 1e7;
const MOST_KW: f64 = 2000.0;

/// Builds all contracts.
pub(super) fn build(raw: &RawSite, zone: &TimeZone, faults: &mut Faults) -> Vec<Contract> {
    let mut billed: HashMap<usize, &str> = HashMap::new();
    let mut for_all: HashMap<Carrier, &str> = HashMap::new();
    let mut contracts = Vec::new();
    for tariff in &raw.tariffs {
        let Some(carrier) = tariff.carrier.as_ref().map(|at| at.value) else { continue };
        let name = tariff.name.value.as_str();
        let meters = match &tariff.meters {
            Some(list) => named(raw, tariff, list, carrier, &mut billed, faults),
            None => {
                if let Some(other) = for_all.insert(carrier, name) {
                    let other = other.to_owned();
                    faults.error(&tariff.name.place, TariffFault::TwoForAll { other });
                }
                check_any(raw, tariff, carrier, faults);
                Vec::new()
            }
        };
        let prices = prices(tariff, carrier, zone, faults);
        contracts.push(Contract { name: name.to_owned(), carrier, meters, prices });
    }
    contracts
}

/// The meters that a tariff names.
fn named<'a>(
    raw: &RawSite,
    tariff: &'a RawTariff,
    list: &At<Vec<At<String>>>,
    carrier: Carrier,
    billed: &mut HashMap<usize, &'a str>,
    faults: &mut Faults,
) -> Vec<usize> {
    if list.value.is_empty() {
        faults.error(&list.place, TariffFault::NoMeter);
    }
    let mut found = Vec::new();
    for at in &list.value {
        let meter = at.value.clone();
        let index = raw.meters.iter().position(|it| it.name.value == meter);
        let Some(index) = index else {
            let known = raw.meters.iter().map(|it| it.name.value.clone()).collect();
            let (who, what, name) = (What::Tariff, What::Meter, tariff.name.value.clone());
            faults.error(&at.place, Naming::Unknown { who, name, what, word: meter, known });
            continue;
        };
        let theirs = &raw.meters[index];
        if theirs.carrier.as_ref().is_some_and(|it| it.value != carrier) {
            faults.error(&at.place, TariffFault::OtherCarrier { meter });
        } else if or(theirs.direction.as_ref(), Direction::Import) == Direction::Export {
            faults.error(&at.place, TariffFault::FeedIn { meter });
        } else if let Some(other) = billed.insert(index, &tariff.name.value) {
            faults.error(&at.place, TariffFault::MeterTwice { meter, other: other.to_owned() });
        }
        found.push(index);
    }
    found
}

/// A tariff for all meters of a carrier should find some.
fn check_any(raw: &RawSite, tariff: &RawTariff, carrier: Carrier, faults: &mut Faults) {
    let any = raw.meters.iter().any(|meter| {
        meter.carrier.as_ref().is_none_or(|it| it.value == carrier)
            && or(meter.direction.as_ref(), Direction::Import) != Direction::Export
    });
    if !any {
        let tariff_name = tariff.name.value.clone();
        faults.warning(&tariff.place, TariffFault::NothingToBill { tariff: tariff_name });
    }
}

/// In order of time; two of one day are an error.
fn prices(
    tariff: &RawTariff,
    carrier: Carrier,
    zone: &TimeZone,
    faults: &mut Faults,
) -> Vec<Price> {
    let mut all: Vec<Price> = Vec::new();
    for raw in &tariff.prices {
        let Some(price) = one(raw, carrier, zone, faults) else { continue };
        if let Some(at) = raw.from.as_ref().filter(|_| all.iter().any(|it| it.from == price.from)) {
            faults.error(&at.place, TariffFault::SameDay { from: price.from.to_string() });
        }
        all.push(price);
    }
    all.sort_by_key(|price| price.from);
    all
}

fn one(raw: &RawPrice, carrier: Carrier, zone: &TimeZone, faults: &mut Faults) -> Option<Price> {
    let from = raw.from.as_ref().and_then(|at| {
        let date = day(at);
        if date.is_none() {
            faults.error(&at.place, TariffFault::NotADate { found: at.value.clone() });
        }
        date
    });
    let (per, most, example) = match carrier {
        Carrier::Water => (Per::CubicMetre, MOST_M3, "\"1.95 €/m³\""),
        _ => (Per::Kwh, MOST_KWH, "\"28.4 ct/kWh\""),
    };
    let fuel = carrier.is_fuel();
    let work = WantedPrice { key: "work", per, most, example, fuel };
    let base = WantedPrice {
        key: "base",
        per: Per::Year,
        most: MOST_YEAR,
        example: "\"180 €/a\"",
        fuel: false,
    };
    let demand = WantedPrice {
        key: "demand",
        per: Per::Kilowatt,
        most: MOST_KW,
        example: "\"95 €/kW\"",
        fuel: false,
    };
    let work = raw.work.as_ref().and_then(|at| price(at, work, faults));
    let mut or_none = |at: &Option<At<String>>, wanted| {
        at.as_ref().map_or(Some(0.0), |at| price(at, wanted, faults))
    };
    let (base, demand) = (or_none(&raw.base, base), or_none(&raw.demand, demand));
    let from = from?;
    let begins = zone.to_timestamp(from.to_datetime(Time::midnight())).ok()?;
    Some(Price { from, begins, work: work?, base: base?, demand: demand? })
}
