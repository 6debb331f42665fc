//! Daily means of the outdoor temperature: from a file of the DWD, or from the site's
//! own sensor once it is known how much too warm its wall is. A day of which too
//! little is known has no mean.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::degree_days::DegreeDays;
use super::period::{self, By};
use crate::history::rollup::QUARTER_MS;
use crate::history::{Rollup, Span};
use crate::model::Language;

/// Of less of a day its mean would be that of the night, or of the afternoon.
const LEAST_SHARE: f64 = 0.9;
/// What the DWD writes where nothing was measured.
const MISSING: f64 = -999.0;
/// Colder or warmer it was nowhere in Germany.
const PLAUSIBLE_C: std::ops::RangeInclusive<f64> = -50.0..=45.0;

/// Daily means in °C, by the day; a day that is missing is unknown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Days {
    /// Where they are from: a station's number, or the sensor's name.
    pub station: String,
    means: BTreeMap<Date, f64>,
}

/// Why a file of the DWD cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words(Language::En))]
pub enum DwdError {
    /// Not the daily values ("produkt_klima_tag_….txt").
    NoColumn {
        column: &'static str,
    },
    Line {
        line: usize,
    },
    /// Of several stations.
    Stations {
        one: String,
        other: String,
    },
}

impl DwdError {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::NoColumn { column } => language.pick(
                format!("keine Tageswerte des DWD: die Spalte {column} fehlt; gebraucht wird produkt_klima_tag_….txt"),
                format!("no daily values of the DWD: the column {column} is missing; produkt_klima_tag_….txt is needed"),
            ),
            Self::Line { line } => language.pick(
                format!("Zeile {line} ist keine Zeile mit Tageswerten"),
                format!("line {line} is none of daily values"),
            ),
            Self::Stations { one, other } => language.pick(
                format!("Werte zweier Stationen: {one} und {other}"),
                format!("values of two stations: {one} and {other}"),
            ),
        }
    }
}

impl Days {
    /// Reads `produkt_klima_tag_….txt` of the DWD's climate data: station, day, and
    /// among others TMK, the daily mean in °C.
    ///
    /// # Errors
    /// [`DwdError`]; nothing is passed over.
    pub fn of_dwd(text: &str) -> Result<Self, DwdError> {
        let mut lines = text.lines().enumerate();
        let heading = lines.next().map_or("", |(_, line)| line);
        let column = |column: &'static str| {
            let place = heading.split(';').position(|it| it.trim() == column);
            place.ok_or(DwdError::NoColumn { column })
        };
        let [station, day, mean] = [column("STATIONS_ID")?, column("MESS_DATUM")?, column("TMK")?];
        let mut days = Self::default();
        for (place, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = DwdError::Line { line: place + 1 };
            let cells: Vec<&str> = line.split(';').map(str::trim).collect();
            let cell = |place: usize| cells.get(place).copied().unwrap_or_default();
            let Ok(date) = Date::strptime("%Y%m%d", cell(day)) else { return Err(wrong) };
            let Ok(value) = cell(mean).parse::<f64>() else { return Err(wrong) };
            match cell(station) {
                "" => return Err(wrong),
                id if days.station.is_empty() => id.clone_into(&mut days.station),
                id if id == days.station => {}
                other => {
                    let (one, other) = (days.station, other.to_owned());
                    return Err(DwdError::Stations { one, other });
                }
            }
            match value {
                MISSING => {}
                value if PLAUSIBLE_C.contains(&value) => drop(days.means.insert(date, value)),
                _ => return Err(wrong),
            }
        }
        Ok(days)
    }

    /// Of the site's own sensor, by its quarter hours in order of time. `too_warm_k`:
    /// by how much it reads above the station nearby; unknown, it is no measure.
    #[must_use]
    pub fn of_sensor(name: &str, quarters: &[Rollup], too_warm_k: f64, zone: &TimeZone) -> Self {
        let mut days = Self { station: name.to_owned(), means: BTreeMap::new() };
        let (Some(first), Some(last)) = (quarters.first(), quarters.last()) else { return days };
        let span = Span { from_ms: first.at_ms, until_ms: last.at_ms + QUARTER_MS };
        for day in period::parts(span, By::Day, zone) {
            let inside = quarters.partition_point(|it| it.at_ms < day.from_ms)
                ..quarters.partition_point(|it| it.at_ms < day.until_ms);
            let known =
                quarters[inside].iter().filter_map(|it| Some((it.mean?, it.known_s as f64)));
            let (sum, seconds) =
                known.fold((0.0, 0.0), |(sum, all), (mean, s)| (sum + mean * s, all + s));
            let date = zone
                .to_datetime(jiff::Timestamp::from_millisecond(day.from_ms).unwrap_or_default());
            let date = date.date();
            let whole = period::day(date, zone).length_ms() as f64 / 1000.0;
            if seconds >= LEAST_SHARE * whole {
                days.means.insert(date, sum / seconds - too_warm_k);
            }
        }
        days
    }

    /// Takes in what others know of the same place, newer files for instance.
    pub fn add(&mut self, other: Self) {
        self.means.extend(other.means);
    }

    /// The mean of a day, °C.
    #[must_use]
    pub fn mean(&self, day: Date) -> Option<f64> {
        self.means.get(&day).copied()
    }

    /// From the first day to the last, both included.
    #[must_use]
    pub fn degree_days(&self, first: Date, last: Date) -> DegreeDays {
        let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
        DegreeDays::of(&days.map(|day| self.mean(day)).collect::<Vec<_>>())
    }

    /// How much warmer these are than others, in K: the mean over the days that both
    /// know. `None`: fewer than a month of them, which says too little.
    #[must_use]
    pub fn warmer_than(&self, other: &Self) -> Option<f64> {
        const LEAST_DAYS: usize = 30;
        let differences: Vec<f64> =
            self.means.iter().filter_map(|(day, mean)| Some(mean - other.mean(*day)?)).collect();
        let many = differences.len();
        (many >= LEAST_DAYS).then(|| differences.iter().sum::<f64>() / many as f64)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const HEADING: &str = "STATIONS_ID;MESS_DATUM;QN_3;  FX;  FM;QN_4; RSK;RSKF; SDK;SHK_TAG;  NM; VPM;  PM; TMK; UPM; TXK; TNK; TGK;eor";

    fn line(day: &str, mean: &str) -> String {
        format!(
            "       1975;{day};   10;   9.3;   3.1;    3;   0.0;   0;   1.2;   0;   6.9;   5.9; 1013.08;{mean};   85.00;    3.9;  -1.2;   -3.0;eor"
        )
    }

    #[test]
    fn a_file_of_the_weather_service() {
        let text = [
            HEADING,
            &line("20140101", "   0.0"),
            &line("20140102", " -999"),
            &line("20140103", "  14.0"),
            "",
        ];
        let days = Days::of_dwd(&text.join("\r\n")).unwrap();
        assert_eq!(days.station, "1975");
        assert_eq!(
            [1, 2, 3].map(|day| days.mean(date(2014, 1, day))),
            [Some(0.0), None, Some(14.0)]
        );
        let sum = days.degree_days(date(2014, 1, 1), date(2014, 1, 4));
        assert_eq!((sum.g20_15, sum.known_days, sum.days), (26.0, 2, 4));
    }

    #[test]
    fn what_is_no_such_file_is_told() {
        let read = |lines: &[&str]| Days::of_dwd(&lines.join("\n")).unwrap_err();
        assert_eq!(read(&[]), DwdError::NoColumn { column: "STATIONS_ID" });
        assert_eq!(read(&["STATIONS_ID;MESS_DATUM;TT_TU"]), DwdError::NoColumn { column: "TMK" });
        assert_eq!(read(&[HEADING, &line("20140132", "1")]), DwdError::Line { line: 2 });
        assert_eq!(
            read(&[HEADING, &line("20140101", "1"), &line("20140102", "99")]),
            DwdError::Line { line: 3 }
        );
        assert_eq!(read(&[HEADING, &line("20140101", "")]), DwdError::Line { line: 2 });
        let other = line("20140102", "1").replace("1975", "1048");
        assert!(matches!(
            read(&[HEADING, &line("20140101", "1"), &other]),
            DwdError::Stations { .. }
        ));
    }

    #[test]
    fn the_own_sensor_by_local_days_of_any_length() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let begin = period::day(date(2026, 3, 28), &zone).from_ms;
        // Three days, the second of 23 hours; in the third five hours are missing.
        let quarters: Vec<Rollup> = (0..71 * 4)
            .map(|place| {
                let known = place < 60 * 4;
                let at_ms = begin + place * QUARTER_MS;
                let mean = if place < 24 * 4 { 10.0 } else { 4.0 };
                Rollup {
                    mean: known.then_some(mean),
                    known_s: if known { 900 } else { 0 },
                    ..Rollup::empty(at_ms)
                }
            })
            .collect();
        let days = Days::of_sensor("Wetter.Temp", &quarters, 1.0, &zone);
        let means = [28, 29, 30].map(|day| days.mean(date(2026, 3, day)));
        assert_eq!(means, [Some(9.0), Some(3.0), None]);
        assert_eq!(Days::of_sensor("x", &[], 0.0, &zone).mean(date(2026, 3, 28)), None);
    }

    #[test]
    fn a_wall_that_is_too_warm_shows_beside_the_station() {
        let days = |above: f64, many: i8| Days {
            station: String::new(),
            means: (1..=many).map(|day| (date(2026, 1, day), f64::from(day) + above)).collect(),
        };
        assert_eq!(days(1.5, 31).warmer_than(&days(0.0, 30)), Some(1.5));
        assert_eq!(days(1.5, 29).warmer_than(&days(0.0, 31)), None);
    }
}
