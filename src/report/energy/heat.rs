//! A building's heat: what was supplied for it, what of that is hot water, and what it
//! would have been in a usual year.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::report::period;
use crate::report::weather::{self, HeatedBy, HotWater, Uncorrected};
use crate::site::{Carrier, Direction, Meter, Serves, Site};

use super::climate::Climate;
use super::period::Period;
use super::used::{Counted, Group, LEAST_COUNTED, Used};

/// Fewer summer days tell no need of hot water.
const LEAST_SUMMER_DAYS: usize = 20;
/// Above this daily mean nothing is heated (heating limit of G20/15).
const HEATING_LIMIT_C: f64 = 15.0;

/// How it is known what of the heat is hot water.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HotWaterBy {
    /// The meters have none of it.
    None,
    /// A heat meter of its own.
    Meter,
    /// A water meter, by HeizkostenV §9.
    Volume,
    /// What is used on summer days: an estimate.
    Summer,
    Unknown,
}

/// Of a building in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    pub used: Used,
    pub hot_water: HotWater,
    pub by: HotWaterBy,
    /// kWh in a usual year.
    pub corrected: Result<f64, Uncorrected>,
}

/// The groups that heat a building: fuels and district heat; where there are none, heat
/// that comes as such. A heat meter behind a boiler is none of them, for the fuel is.
#[must_use]
pub fn supply(site: &Site, groups: &[Group]) -> Vec<usize> {
    let heats = |group: &Group| {
        let mut meters = group.meters.iter().map(|(meter, _)| &site.meters[*meter]);
        group.direction == Direction::Import && meters.any(heats)
    };
    let of = |wanted: fn(Carrier) -> bool| -> Vec<usize> {
        let groups = groups.iter().enumerate();
        groups.filter(|(_, it)| wanted(it.carrier) && heats(it)).map(|(place, _)| place).collect()
    };
    let bought = of(|carrier| carrier.is_fuel() || carrier == Carrier::DistrictHeat);
    if bought.is_empty() { of(|carrier| carrier == Carrier::Heat) } else { bought }
}

/// Whether a meter counts what heats: that of a kitchen does not.
#[must_use]
pub fn heats(meter: &Meter) -> bool {
    let heats = |serves: &Serves| {
        matches!(serves, Serves::All | Serves::Heating | Serves::HotWater | Serves::Ventilation)
    };
    meter.serves.iter().any(heats)
}

/// Heat meters of other buildings that are fed by the boiler here: their heat is in the
/// fuel, and counts there.
#[must_use]
pub fn passed_on(groups: &[Group], supply: &[usize]) -> Vec<usize> {
    let made = groups.iter().enumerate().filter(|(place, group)| {
        group.carrier == Carrier::Heat
            && group.direction == Direction::Import
            && !supply.contains(place)
            && supply.iter().any(|it| groups[*it].carrier.is_fuel())
    });
    let meters = made.flat_map(|(_, group)| &group.meters);
    meters.filter(|(_, sign)| *sign < 0.0).map(|(meter, _)| *meter).collect()
}

/// What the meters of a building say of its hot water.
#[derive(Debug)]
pub struct HotWaterMeters<'a, 'b> {
    pub site: &'a Site,
    pub building: usize,
    /// All meters of the building.
    pub counted: &'b [Counted<'a>],
    /// Those that heat it, with their signs.
    pub supply: &'b [(&'b Counted<'a>, f64)],
}

impl HotWaterMeters<'_, '_> {
    fn only(meter: &Meter) -> bool {
        meter.serves == [Serves::HotWater]
    }

    /// Whether all say that there is none in the heat.
    fn none(&self) -> bool {
        let without = |meter: &Meter| match meter.hot_water_included {
            Some(included) => !included,
            None => !meter.serves.iter().any(|it| matches!(it, Serves::All | Serves::HotWater)),
        };
        self.supply.iter().all(|(counted, _)| without(counted.meter()))
    }

    /// kWh of a period, and how it is known. `heat`: of a day, for the estimate.
    #[must_use]
    pub fn of(&self, period: Period, climate: &Climate) -> (HotWater, HotWaterBy) {
        let span = period.span(&self.site.time_zone);
        let own =
            |it: &&Counted<'_>| it.meter().building == self.building && Self::only(it.meter());
        let heat = |it: &&Counted<'_>| {
            own(it) && matches!(it.meter().carrier, Carrier::Heat | Carrier::DistrictHeat)
        };
        if self.none() {
            return (HotWater::None, HotWaterBy::None);
        }
        let metered: Vec<Used> =
            self.counted.iter().filter(heat).map(|counted| counted.used(span)).collect();
        if !metered.is_empty() {
            let sum = Used::sum(metered.into_iter().map(|used| (used, 1.0)));
            if let Some(kwh) = sum.amount.filter(|_| sum.stands()) {
                return (HotWater::Kwh(kwh), HotWaterBy::Meter);
            }
        }
        let water = |it: &&Counted<'_>| own(it) && it.meter().carrier == Carrier::Water;
        let volumes = self.counted.iter().filter(water).map(|counted| (counted.used(span), 1.0));
        let volume = Used::sum(volumes);
        let temperature = self.site.buildings[self.building].hot_water_c;
        if let (Some(m3), Some(hot_c), true) = (volume.amount, temperature, volume.stands()) {
            return (
                HotWater::Kwh(weather::hot_water(m3, hot_c, self.heated_by())),
                HotWaterBy::Volume,
            );
        }
        match self.summer(period, climate) {
            Some(kwh) => (HotWater::Kwh(kwh), HotWaterBy::Summer),
            None => (HotWater::Unknown, HotWaterBy::Unknown),
        }
    }

    fn heated_by(&self) -> HeatedBy {
        let any = |wanted: fn(Carrier) -> bool| {
            self.supply.iter().any(|(counted, _)| wanted(counted.meter().carrier))
        };
        if any(|carrier| matches!(carrier, Carrier::DistrictHeat | Carrier::Heat)) {
            HeatedBy::Supplied
        } else if any(|carrier| carrier == Carrier::NaturalGas) {
            HeatedBy::GasBilledGross
        } else {
            HeatedBy::Boiler
        }
    }

    /// What was used on the warm days of the period's summer, for all its days.
    fn summer(&self, period: Period, climate: &Climate) -> Option<f64> {
        let zone = &self.site.time_zone;
        let days: Vec<Date> =
            period.first.series(1.day()).take_while(|it| *it <= period.last).collect();
        let warm = |day: &&Date| match climate.means.mean(**day) {
            Some(mean_c) => (6..=8).contains(&day.month()) && mean_c >= HEATING_LIMIT_C,
            // Without temperatures the holidays' months must do.
            None => climate.means.station.is_empty() && (7..=8).contains(&day.month()),
        };
        let used = days.iter().filter(warm).filter_map(|day| self.of_day(*day, zone));
        let used: Vec<f64> = used.collect();
        if used.len() < LEAST_SUMMER_DAYS {
            return None;
        }
        Some(used.iter().sum::<f64>() / used.len() as f64 * days.len() as f64)
    }

    /// kWh; `None`: not all of the day is known.
    fn of_day(&self, day: Date, zone: &TimeZone) -> Option<f64> {
        let span = period::day(day, zone);
        let parts = self.supply.iter().map(|(counted, sign)| (counted.used(span), *sign));
        let used = Used::sum(parts);
        used.amount.filter(|_| !used.marks.incomplete && !used.marks.estimated)
    }
}

/// Corrects what was used.
#[must_use]
pub fn heat(
    used: Used,
    hot_water: (HotWater, HotWaterBy),
    period: Period,
    climate: &Climate,
) -> Heat {
    let corrected = match (climate.basis(period), used.amount) {
        (Err(why), _) => Err(why),
        (Ok(_), None) => Err(Uncorrected::HeatIncomplete { share: 0.0 }),
        (Ok(_), Some(_)) if used.counted < LEAST_COUNTED => {
            Err(Uncorrected::HeatIncomplete { share: used.counted })
        }
        (Ok(basis), Some(kwh)) => weather::corrected(kwh, hot_water.0, period.days(), basis),
    };
    Heat { used, hot_water: hot_water.0, by: hot_water.1, corrected }
}
