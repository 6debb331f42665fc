//! What reports need beside the meters: weather, prices, emission factors, the
//! reference period of savings, and when reports are written by themselves.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use super::Carrier;
use crate::model::PointId;

/// The tables `[report]`, `[weather]`, `[[tariff]]` and `[[job]]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reporting {
    /// Which set of greenhouse gas factors counts: one of ours (`geg`, `bafa`), or the
    /// `name` of one in `factor_files`; `None`: `geg`.
    pub greenhouse: Option<String>,
    /// Sets of factors of the site's own, absolute paths; see `src/report/factors`.
    pub factor_files: Vec<PathBuf>,
    /// First and last day of the time that savings are measured against, for buildings
    /// that name no other. `None`: none is claimed.
    pub reference: Option<(Date, Date)>,
    pub weather: Weather,
    pub tariffs: Vec<Contract>,
    pub jobs: Vec<Job>,
}

impl Reporting {
    /// The files that the site file names, absolute.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.factor_files.iter().chain(&self.weather.dwd).map(PathBuf::as_path)
    }
}

/// Where the outdoor temperature is from, and what is usual there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weather {
    /// Daily values of one DWD station (`produkt_klima_tag_….txt`), absolute paths,
    /// older before newer.
    pub dwd: Vec<PathBuf>,
    pub norm: Option<Norm>,
    /// The site's own sensor, for days that the files have not.
    pub sensor: Option<OutdoorSensor>,
    /// Of the DWD, by calendar year, in order; used instead of degree days.
    pub climate_factors: Vec<(i16, f64)>,
}

/// The usual year.
#[derive(Debug, Clone, PartialEq)]
pub struct Norm {
    /// As its file names it: the number of the DWD station, or the sensor's full name.
    pub station: String,
    /// G20/15 of the usual year, K·d.
    pub degree_days: f64,
    /// Whose figure it is, and of which years: `DWD 1991–2020`.
    pub source: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutdoorSensor {
    pub point: PointId,
    /// By how much it reads above the station, K; `None`: unknown, and no degree days
    /// come from it.
    pub too_warm_k: Option<f64>,
}

/// What somebody charges for a carrier.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// As the bill has it.
    pub name: String,
    pub carrier: Carrier,
    /// Indices into [`super::Site::meters`]; empty: all of the carrier that no other
    /// contract names.
    pub meters: Vec<usize>,
    /// In order of time.
    pub prices: Vec<Price>,
}

/// From a day on until the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    pub from: Date,
    /// The midnight at which that day begins.
    pub begins: Timestamp,
    /// € for each kWh (fuels: gross calorific value, as billed), or each m³ of water.
    pub work: f64,
    /// € a year, for each meter.
    pub base: f64,
    /// € a year for each kW of the highest quarter hour; 0: none.
    pub demand: f64,
}

/// A report that is written, and perhaps mailed, by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub name: String,
    /// Five fields as of cron, local time: minute hour day month weekday.
    pub at: String,
    pub period: JobPeriod,
    /// Indices into [`super::Site::buildings`]; empty: all.
    pub buildings: Vec<usize>,
    /// File endings: `html`, `pdf`, `xlsx`, `csv`, `json`.
    pub forms: Vec<String>,
    /// Absolute folder that the files go to.
    pub folder: PathBuf,
    /// Addresses that get them by mail.
    pub mail: Vec<String>,
    pub language: Option<crate::model::Language>,
}

impl Job {
    /// What tells its files from those of jobs for other buildings; `None`: it is for all.
    /// `names`: of a building by its index.
    pub fn whose<'a>(&self, names: impl Fn(usize) -> &'a str) -> Option<String> {
        match self.buildings.as_slice() {
            [] => None,
            [one] => Some(names(*one).to_owned()),
            _ => Some(plain(&self.name)),
        }
    }
}

/// Letters and digits alone, for a file's name.
fn plain(name: &str) -> String {
    let letters = name.chars().map(|it| if it.is_alphanumeric() { it } else { '-' });
    letters.take(60).collect()
}

/// Which period, as of the moment of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobPeriod {
    LastMonth,
    LastYear,
    /// From the first of January to yesterday; on that day the year before.
    ThisYear,
}

impl JobPeriod {
    /// First and last day, both included, as of a day.
    #[must_use]
    pub fn days(self, on: Date) -> (Date, Date) {
        let before = |day: Date| day.yesterday().unwrap_or(day);
        let last = match self {
            Self::LastMonth => before(on.first_of_month()),
            Self::LastYear => before(on.first_of_year()),
            Self::ThisYear => before(on),
        };
        match self {
            Self::LastMonth => (last.first_of_month(), last),
            Self::LastYear | Self::ThisYear => (last.first_of_year(), last),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn periods_as_of_a_day() {
        let of = |period: JobPeriod, on| period.days(on);
        assert_eq!(
            of(JobPeriod::LastMonth, date(2024, 3, 2)),
            (date(2024, 2, 1), date(2024, 2, 29))
        );
        assert_eq!(
            of(JobPeriod::LastMonth, date(2026, 1, 31)),
            (date(2025, 12, 1), date(2025, 12, 31))
        );
        assert_eq!(
            of(JobPeriod::LastYear, date(2026, 11, 27)),
            (date(2025, 1, 1), date(2025, 12, 31))
        );
        assert_eq!(
            of(JobPeriod::ThisYear, date(2026, 11, 27)),
            (date(2026, 1, 1), date(2026, 11, 26))
        );
        assert_eq!(
            of(JobPeriod::ThisYear, date(2026, 1, 1)),
            (date(2025, 1, 1), date(2025, 12, 31))
        );
    }
}
