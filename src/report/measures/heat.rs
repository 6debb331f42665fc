//! What a building used for heating by the day, and of it what is not hot water: what
//! measures of heat are worth.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Asked;
use crate::report::account::Account;
use crate::report::period::{self, By};
use crate::site::{Carrier, Direction, MeterSource, Serves};

/// J
const KWH: f64 = 3.6e6;
/// Of less than this share of a year its use is not that of a year.
const LEAST_SHARE: f64 = 0.9;
const LEAST_DAYS: usize = 330;
/// From this daily mean on nothing is heated but water, where controllers do as they
/// should.
const SUMMER_C: f64 = 18.0;
const LEAST_SUMMER_DAYS: usize = 10;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Heat {
    /// kWh of days that are known as a whole.
    pub days: BTreeMap<Date, f64>,
    /// Whether hot water is in it.
    pub hot_water: bool,
    /// The names of the meters.
    pub meters: Vec<String>,
    all_days: usize,
}

impl Heat {
    /// Of what is bought: fuels and district heat; where none of it is metered, of
    /// heat. A day of which one of the meters is unknown is unknown.
    pub fn of(asked: &Asked<'_>) -> Self {
        let bought = |it: &&Account<'_>| {
            heats(it) && (it.meter.carrier.is_fuel() || it.meter.carrier == Carrier::DistrictHeat)
        };
        let mut accounts: Vec<&Account<'_>> = asked.accounts.iter().filter(bought).collect();
        if accounts.is_empty() {
            let heat = |it: &&Account<'_>| heats(it) && it.meter.carrier == Carrier::Heat;
            accounts = asked.accounts.iter().filter(heat).collect();
        }
        let spans = period::parts(asked.span, By::Day, &asked.site.time_zone);
        let mut heat = Self { all_days: spans.len(), ..Self::default() };
        for span in spans {
            let at = jiff::Timestamp::from_millisecond(span.from_ms).unwrap_or_default();
            let date = asked.site.time_zone.to_datetime(at).date();
            let kwh: Option<f64> = accounts.iter().map(|it| of_day(it, span)).sum();
            if let Some(kwh) = kwh.filter(|_| !accounts.is_empty()) {
                heat.days.insert(date, kwh);
            }
        }
        heat.hot_water = accounts.iter().any(|it| with_hot_water(it));
        heat.meters = accounts.iter().map(|it| it.meter.name.clone()).collect();
        heat
    }

    /// kWh a year that go into heating; `None`: less than eleven months are known, or
    /// what hot water takes of it is not.
    pub fn year_kwh(&self, asked: &Asked<'_>) -> Option<f64> {
        let many = self.days.len();
        let known = many >= LEAST_DAYS && many as f64 >= LEAST_SHARE * self.all_days as f64;
        let hot_water = self.hot_water_kwh(asked)?;
        let heating = self.days.values().map(|kwh| (kwh - hot_water).max(0.0)).sum::<f64>();
        known.then(|| heating / many as f64 * 365.25)
    }

    /// Of a day: the median of days on which nobody heats; 0 where it is not in it.
    fn hot_water_kwh(&self, asked: &Asked<'_>) -> Option<f64> {
        if !self.hot_water {
            return Some(0.0);
        }
        let summer = |day: &Date| asked.outdoor.mean(*day).is_some_and(|mean| mean >= SUMMER_C);
        self.median(summer, LEAST_SUMMER_DAYS)
    }

    /// kWh of the median of some days; `None`: fewer than `least` are known.
    pub fn median(&self, wanted: impl Fn(&Date) -> bool, least: usize) -> Option<f64> {
        let days = self.days.iter().filter(|(day, _)| wanted(day));
        let mut kwh: Vec<f64> = days.map(|(_, kwh)| *kwh).collect();
        kwh.sort_by(f64::total_cmp);
        kwh.get(kwh.len() / 2).copied().filter(|_| kwh.len() >= least)
    }
}

/// Whether a meter stands for the heating of its building: not behind another of it,
/// and not read by hand, which tells of no day.
fn heats(account: &Account<'_>) -> bool {
    let meter = account.meter;
    let heating = meter.serves.iter().any(|it| matches!(it, Serves::All | Serves::Heating));
    heating
        && meter.parent.is_none()
        && meter.direction == Direction::Import
        && meter.source != MeterSource::Dial
}

fn with_hot_water(account: &Account<'_>) -> bool {
    let named = account.meter.serves.iter().any(|it| matches!(it, Serves::All | Serves::HotWater));
    account.meter.hot_water_included.unwrap_or(named)
}

fn of_day(account: &Account<'_>, span: crate::history::Span) -> Option<f64> {
    let used = account.over(span);
    if !used.is_whole() || used.is_estimated() {
        return None;
    }
    let joules = match account.energy(span) {
        Some(converted) => converted.amount,
        None => used.amount.filter(|_| account.meter.counts_energy()),
    };
    joules.map(|joules| joules / KWH)
}
