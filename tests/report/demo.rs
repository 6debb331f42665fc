//! The demo's site says what its simulated weather is in a usual year.

use std::path::Path;

use hauswart::plant::weather::Weather;
use hauswart::report::degree_days::DegreeDays;
use hauswart::site;
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};

/// As of `hauswart demo`.
const SEED: u64 = 1;

#[test]
fn the_usual_year_of_the_demo_is_that_of_its_weather() {
    let site = site::read(Path::new("rules/demo/site.toml")).unwrap().site.unwrap();
    let norm = site.report.weather.norm.unwrap();
    let sensor = site.report.weather.sensor.unwrap();
    assert_eq!(norm.station, site.points.get(sensor.point).name, "or nothing is corrected");
    let weather = Weather::new(SEED);
    let mean = |midnight: jiff::Timestamp| {
        let hours = (0..24).map(|hour| midnight + SignedDuration::from_hours(hour));
        hours.map(|at| weather.at(at).outdoor_c).sum::<f64>() / 24.0
    };
    let days = date(2010, 1, 1).series(Span::new().days(1));
    let days = days.take_while(|day| *day < date(2030, 1, 1));
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let means: Vec<Option<f64>> =
        days.map(|day| Some(mean(zone.to_timestamp(day.at(0, 0, 0, 0)).unwrap()))).collect();
    let a_year = DegreeDays::of(&means).g20_15 / 20.0;
    assert!((a_year / norm.degree_days - 1.0).abs() < 0.01, "{a_year} K·d a year");
}
