//! The weather of a site: daily means from the DWD's files, and for days that they have
//! not from the site's own sensor; degree days, and what a year is held against.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::history::{Name, Query, Rollup, Shelf, Span};
use crate::model::Language;
use crate::report::account::names;
use crate::report::degree_days::DegreeDays;
use crate::report::outdoor::{Days, DwdError};
use crate::report::weather::{Basis, Uncorrected};
use crate::site::Site;

use super::period::Period;

/// A file of the DWD that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClimateError {
    #[error("cannot read {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path}: {error}")]
    Form { path: PathBuf, error: DwdError },
    /// Two files, two stations.
    #[error("{path} is of station {other}, the file before of {one}")]
    Stations { path: PathBuf, one: String, other: String },
}

impl ClimateError {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Read { path, source } => {
                let (path, why) = (path.display(), crate::model::system_words(source, language));
                language.pick(
                    format!("die Wetterdatei {path} ist nicht zu lesen: {why}"),
                    format!("the weather file {path} cannot be read: {why}"),
                )
            }
            Self::Form { path, error } => format!("{}: {}", path.display(), error.words(language)),
            Self::Stations { path, one, other } => {
                let path = path.display();
                language.pick(
                    format!("{path} ist von Station {other}, die Datei davor von {one}; Gradtage sind nur von einer Station vergleichbar"),
                    format!("{path} is of station {other}, the file before of {one}; degree days compare only within one station"),
                )
            }
        }
    }
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Climate {
    /// Of the station in the files; of the sensor alone where there are none.
    pub days: Days,
    /// The days of `days`, and for those that it lacks what the sensor says: good for
    /// baselines, not for degree days of a station.
    pub means: Days,
    /// Why nothing is held against a usual year, if so.
    norm: Option<crate::site::Norm>,
    factors: Vec<(i16, f64)>,
    /// A sensor of which nobody knows how warm its wall is.
    pub unsure_sensor: Option<String>,
}

impl Climate {
    /// Reads the files, and the sensor's quarter hours in `span`.
    ///
    /// # Errors
    /// A file that cannot be read or is none of daily values: nothing is passed over.
    pub fn read(site: &Site, shelf: &mut Shelf, span: Span) -> Result<Self, ClimateError> {
        let weather = &site.report.weather;
        let mut climate = Self::of_files(site)?;
        let Some(sensor) = &weather.sensor else {
            climate.means = climate.days.clone();
            return Ok(climate);
        };
        let name = site.points.get(sensor.point).name.clone();
        let quarters = quarters(shelf, &names(site, sensor.point), span);
        // A wall that is always as warm spoils no regression, only a comparison.
        let own =
            Days::of_sensor(&name, &quarters, sensor.too_warm_k.unwrap_or(0.0), &site.time_zone);
        let is_sure = sensor.too_warm_k.is_some();
        if !is_sure {
            climate.unsure_sensor = Some(name);
        } else if weather.dwd.is_empty() {
            climate.days = own.clone();
        }
        if !is_sure && !weather.dwd.is_empty() {
            // Two thermometers that nobody compared would make a saving of their own.
            climate.means = climate.days.clone();
            return Ok(climate);
        }
        climate.means = own;
        climate.means.add(climate.days.clone());
        Ok(climate)
    }

    /// What the site file and the files that it names say, without a sensor.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn of_files(site: &Site) -> Result<Self, ClimateError> {
        let weather = &site.report.weather;
        let mut climate = Self {
            norm: weather.norm.clone(),
            factors: weather.climate_factors.clone(),
            ..Self::default()
        };
        for path in &weather.dwd {
            let text = fs::read(path);
            let text = text.map_err(|source| ClimateError::Read { path: path.clone(), source })?;
            let read = Days::of_dwd(&String::from_utf8_lossy(&text));
            let read = read.map_err(|error| ClimateError::Form { path: path.clone(), error })?;
            if !climate.days.station.is_empty() && climate.days.station != read.station {
                let (one, other) = (climate.days.station, read.station);
                return Err(ClimateError::Stations { path: path.clone(), one, other });
            }
            climate.days.station.clone_from(&read.station);
            climate.days.add(read);
        }
        Ok(climate)
    }

    /// Of a period; `None`: there is no station to tell of it.
    #[must_use]
    pub fn degree_days(&self, period: Period) -> Option<DegreeDays> {
        let any = !self.days.station.is_empty();
        any.then(|| self.days.degree_days(period.first, period.last))
    }

    /// The usual year's, K·d, and whose figure it is.
    #[must_use]
    pub const fn norm(&self) -> Option<&crate::site::Norm> {
        self.norm.as_ref()
    }

    /// The DWD's climate factor of a calendar year, where the site names one.
    #[must_use]
    pub fn factor(&self, period: Period) -> Option<f64> {
        let year = period.is_a_calendar_year().then(|| period.first.year())?;
        self.factors.iter().find(|(of, _)| *of == year).map(|(_, factor)| *factor)
    }

    /// By what heat of a period is corrected: the climate factor where the site names
    /// one for the year, else degree days.
    ///
    /// # Errors
    /// Why it is not.
    pub fn basis(&self, period: Period) -> Result<Basis<'_>, Uncorrected> {
        if !period.is_a_year() {
            return Err(match period.days() {
                days if days < crate::report::weather::SHORTEST_DAYS => Uncorrected::Short { days },
                _ => Uncorrected::NotAYear,
            });
        }
        if let Some(factor) = self.factor(period) {
            return Ok(Basis::ClimateFactor(factor));
        }
        let norm = self.norm.as_ref().ok_or(Uncorrected::NoUsualYear)?;
        let actual = self.degree_days(period).ok_or(Uncorrected::NoTemperatures)?;
        if actual.known_days == 0 {
            return Err(Uncorrected::NoTemperatures);
        }
        Ok(Basis::DegreeDays {
            norm: norm.degree_days,
            norm_station: &norm.station,
            actual,
            station: &self.days.station,
        })
    }
}

fn quarters(shelf: &mut Shelf, names: &BTreeSet<Name>, span: Span) -> Vec<Rollup> {
    let mut quarters = Vec::new();
    let query = Query { points: Some(names), span, columns: Some(&["mean", "known_s"]) };
    let _ = shelf.read(&query, |_, rows: &[Rollup]| {
        quarters.extend_from_slice(rows);
        Ok::<_, ()>(())
    });
    quarters.sort_by_key(|row| row.at_ms);
    quarters
}
