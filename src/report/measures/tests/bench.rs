//! A building whose points are functions of time, its weather and its meters.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};

use super::super::{Asked, Found, Look};
use crate::history::rollup::QUARTER_MS;
use crate::history::{Event, Rollup, Span};
use crate::model::diagnostic::Source;
use crate::report::account::Account;
use crate::report::consumption::{Manner, Step};
use crate::report::outdoor::Days;
use crate::report::period;
use crate::site::{self, Site};

pub const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

const SITE: &str = r#"
format = 1
[site]
name = "Test"
time_zone = "Europe/Berlin"
[[building]]
name = "Schule"
usage = "school"
occupancy = "Nutzung"
[[building]]
name = "Halle"
[[connection]]
name = "netz"
type = "bacnet-ip"
bind = "127.0.0.1:47808"
[[device]]
name = "HK1"
building = "Schule"
connection = "netz"
template = "bacnet-heating-controller"
instance = 1
address = "127.0.0.1:47811"
[[device]]
name = "HK2"
building = "Schule"
connection = "netz"
template = "bacnet-heating-controller"
instance = 2
address = "127.0.0.1:47812"
[[device]]
name = "RLT"
building = "Schule"
connection = "netz"
instance = 3
address = "127.0.0.1:47813"
[device.point.Erhitzer]
role = "valve"
object = "analog-output 1"
unit = "%"
[device.point."Kühler"]
role = "valve"
object = "analog-output 2"
unit = "%"
[device.point.Brenner]
role = "burner"
object = "binary-output 1"
[device.point.CO2]
role = "co2"
object = "analog-input 4"
unit = "ppm"
[device.point.Waerme]
role = "energy"
object = "analog-input 5"
unit = "kWh"
[device.point.Strom]
role = "energy"
object = "analog-input 6"
unit = "kWh"
[[meter]]
name = "Waerme"
building = "Schule"
point = "RLT.Waerme"
carrier = "district-heat"
serves = ["heating"]
[[meter]]
name = "Strom"
building = "Schule"
point = "RLT.Strom"
carrier = "electricity"
[[meter]]
name = "Einspeisung"
building = "Schule"
point = "RLT.Strom"
carrier = "electricity"
direction = "export"
"#;

/// A quarter hour as a function of its local time.
type Course = Box<dyn Fn(DateTime) -> Option<Rollup>>;

/// The mean of an hour.
type Watts = Box<dyn Fn(DateTime) -> Option<f64>>;

pub struct Bench {
    pub site: Site,
    pub span: Span,
    outdoor: Days,
    points: BTreeMap<String, Course>,
    meters: BTreeMap<&'static str, Watts>,
    pub events: Vec<Event>,
    pub occupied: fn(DateTime) -> Option<bool>,
}

/// Mondays to Fridays from 7 to 17.
pub fn opened(at: DateTime) -> bool {
    !matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday) && (7..17).contains(&at.hour())
}

/// One value all the quarter hour.
pub fn steady(value: f64) -> Option<Rollup> {
    Some(Rollup {
        mean: Some(value),
        min: Some(value),
        max: Some(value),
        last: Some(value),
        count: 1,
        known_s: 900,
        ..Rollup::empty(0)
    })
}

/// A room about as warm as this, as its sensor shows it.
pub fn about(at: DateTime, value: f64) -> Option<Rollup> {
    steady(value + 0.1 * f64::from(at.hour() % 2))
}

pub fn date(year: i16, month: i8, day: i8) -> Date {
    jiff::civil::date(year, month, day)
}

/// The codes of what was found.
pub fn codes(found: &Found) -> Vec<&'static str> {
    found.measures.iter().map(|measure| measure.what.code()).collect()
}

impl Bench {
    /// So many local days from the first one on, at `mean_c` outdoors.
    pub fn new(first: Date, days: i32, mean_c: impl Fn(Date) -> f64) -> Self {
        let source = Source { file: "site.toml".into(), text: SITE.into() };
        let loaded = site::load(&source, Path::new("/anlage"), &[]);
        let site = loaded.site.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        let day = |days: i32| first.checked_add(jiff::Span::new().days(days)).unwrap();
        let from_ms = period::day(first, &site.time_zone).from_ms;
        let until_ms = period::day(day(days), &site.time_zone).from_ms;
        let lines = (-1..days).map(|place| {
            let date = day(place);
            format!("1;{};{:.2};eor", date.strftime("%Y%m%d"), mean_c(date))
        });
        let heading = "STATIONS_ID;MESS_DATUM;TMK;eor".to_owned();
        let text: Vec<String> = std::iter::once(heading).chain(lines).collect();
        let outdoor = Days::of_dwd(&text.join("\n")).unwrap();
        Self {
            site,
            span: Span { from_ms, until_ms },
            outdoor,
            points: BTreeMap::new(),
            meters: BTreeMap::new(),
            events: Vec::new(),
            occupied: |at| Some(opened(at)),
        }
    }

    /// What a point of the school was in each quarter hour; again: instead.
    pub fn point(
        &mut self,
        name: &str,
        course: impl Fn(DateTime) -> Option<Rollup> + 'static,
    ) -> &mut Self {
        self.points.insert(format!("Schule.{name}"), Box::new(course));
        self
    }

    /// Mean watts of each hour of a meter.
    pub fn meter(
        &mut self,
        name: &'static str,
        watts: impl Fn(DateTime) -> Option<f64> + 'static,
    ) -> &mut Self {
        self.meters.insert(name, Box::new(watts));
        self
    }

    fn local(&self, at_ms: i64) -> DateTime {
        self.site.time_zone.to_datetime(Timestamp::from_millisecond(at_ms).unwrap())
    }

    pub fn find(&self) -> Found {
        let accounts: Vec<Account<'_>> =
            self.meters.iter().map(|(name, watts)| self.account(name, watts)).collect();
        let occupied = |at: Timestamp| (self.occupied)(self.site.time_zone.to_datetime(at));
        let mut look = Look::new(Asked {
            site: &self.site,
            building: 0,
            span: self.span,
            outdoor: &self.outdoor,
            accounts: &accounts,
            occupied: &occupied,
        });
        // Month after month, in each point after point, as the history hands them out.
        for month in period::parts(self.span, period::By::Month, &jiff::tz::TimeZone::UTC) {
            for (name, course) in &self.points {
                let quarters = (0..).map(|place| month.from_ms + place * QUARTER_MS);
                let quarters = quarters.take_while(|at_ms| *at_ms < month.until_ms);
                let row = |at_ms| Some(Rollup { at_ms, ..course(self.local(at_ms))? });
                let rows: Vec<Rollup> = quarters.filter_map(row).collect();
                look.take(&name.as_str().into(), &rows);
            }
        }
        look.finish(&self.events)
    }

    fn account(&self, name: &str, watts: &dyn Fn(DateTime) -> Option<f64>) -> Account<'_> {
        let meter = self.site.meters.iter().find(|meter| meter.name == name).unwrap();
        let hours = (0..).map(|place| self.span.from_ms + place * HOUR_MS);
        let hours = hours.take_while(|at_ms| *at_ms < self.span.until_ms);
        let step = |from_ms| {
            let amount = watts(self.local(from_ms))? * 3600.0;
            let until_ms = from_ms + HOUR_MS;
            Some(Step { from_ms, until_ms, amount: Some(amount), manner: Manner::Measured })
        };
        Account { meter, steps: hours.filter_map(step).collect(), findings: Vec::new() }
    }
}
