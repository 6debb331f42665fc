//! Synthetic weather of the German Rhineland: a pure function of seed and
//! moment, so that two runs, and a run asked twice, see the same sky.
//!
//! Outdoor temperature = yearly course + daily course + fronts. Monthly means
//! follow the DWD normals 1991–2020 of Köln/Bonn (January 2.9 °C, July 19 °C).
//! Sun: declination after Cooper (1969), clear sky after Haurwitz (1945), cloud
//! after Kasten and Czeplak (1980). Called by the model once a step.

use std::f64::consts::{PI, TAU};

use jiff::Timestamp;

const LATITUDE_RAD: f64 = 50.9 * PI / 180.0;
const LONGITUDE_DEG: f64 = 7.0;
const DAY_S: f64 = 86_400.0;
const YEAR_DAYS: f64 = 365.2425;
/// Mean, amplitude and warmest day of the yearly course.
const YEAR_MEAN_C: f64 = 10.7;
const YEAR_AMPLITUDE_K: f64 = 8.0;
const WARMEST_DAY: f64 = 200.0;
/// Knots of the fronts' noise: passing lows and, finer, their showers.
const FRONT_S: f64 = 60.0 * 3600.0;
const SHOWER_S: f64 = 17.0 * 3600.0;
const CLOUD_S: f64 = 11.0 * 3600.0;
/// Eighths of cloud that a usual warm spell takes away at midsummer: so hot days come.
const CLEARING: f64 = 3.0;

/// The sky at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sky {
    pub outdoor_c: f64,
    /// Global radiation on the horizontal, W/m².
    pub sun_w_m2: f64,
    /// Cloud cover in eighths, 0–8.
    pub cloud: f64,
}

/// Weather of one seed.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    seed: u64,
}

impl Weather {
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The sky at `moment`.
    #[must_use]
    pub fn at(&self, moment: Timestamp) -> Sky {
        let unix_s = moment.as_millisecond() as f64 / 1000.0;
        let day_of_year = (unix_s / DAY_S).rem_euclid(YEAR_DAYS);
        let solar_hour = (unix_s / 3600.0 + LONGITUDE_DEG / 15.0).rem_euclid(24.0);
        let season = (TAU * (day_of_year - WARMEST_DAY) / YEAR_DAYS).cos();
        let front = self.noise(1, unix_s, FRONT_S);
        // A summer's warm spells have clear skies.
        let clear = CLEARING * front * season.max(0.0);
        let cloud = (6.1 + 2.6 * self.noise(3, unix_s, CLOUD_S) - clear).clamp(0.0, 8.0);

        let swing = (1.4 + 3.0 * (season + 1.0) / 2.0) * (1.6 - 0.9 * cloud / 8.0);
        let course = (TAU * (solar_hour - 14.5) / 24.0).cos();
        let fronts = 4.0 * front + 1.1 * self.noise(2, unix_s, SHOWER_S);
        let outdoor_c = YEAR_MEAN_C + YEAR_AMPLITUDE_K * season + swing * course + fronts;

        let clear_w_m2 = clear_sky_w_m2(day_of_year, solar_hour);
        let sun_w_m2 = clear_w_m2 * (1.0 - 0.75 * (cloud / 8.0).powf(3.4));
        Sky { outdoor_c, sun_w_m2, cloud }
    }

    /// Smooth noise of mean 0 and a deviation near 0.8, with one independent
    /// value every `period_s` and a smooth step between them.
    fn noise(&self, channel: u64, unix_s: f64, period_s: f64) -> f64 {
        let place = unix_s / period_s;
        let knot = place.floor();
        let t = place - knot;
        let smooth = t * t * (3.0 - 2.0 * t);
        let left = self.knot(channel, knot as i64);
        let right = self.knot(channel, knot as i64 + 1);
        left + (right - left) * smooth
    }

    /// Nearly normal, deviation 1: the sum of four even 16-bit parts.
    fn knot(&self, channel: u64, index: i64) -> f64 {
        let bits = scatter(self.seed ^ scatter(channel) ^ (index as u64).rotate_left(17));
        let sum: f64 = (0..4).map(|part| ((bits >> (16 * part)) & 0xffff) as f64 / 65_535.0).sum();
        (sum - 2.0) * 3f64.sqrt()
    }
}

/// Global radiation under a clear sky, after Haurwitz.
fn clear_sky_w_m2(day_of_year: f64, solar_hour: f64) -> f64 {
    let declination = (23.45 * (TAU * (284.0 + day_of_year) / 365.0).sin()).to_radians();
    let hour_angle = TAU * (solar_hour - 12.0) / 24.0;
    let height = LATITUDE_RAD.sin() * declination.sin()
        + LATITUDE_RAD.cos() * declination.cos() * hour_angle.cos();
    if height <= 0.01 { 0.0 } else { 1098.0 * height * (-0.057 / height).exp() }
}

/// A number that looks random, from one that does not (SplitMix64, Steele and
/// others 2014).
pub fn scatter(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, count: i64) -> impl Iterator<Item = Timestamp> {
        let from: Timestamp = from.parse().unwrap();
        (0..count).map(move |h| from + jiff::SignedDuration::from_hours(h))
    }

    fn mean(values: impl Iterator<Item = f64>) -> f64 {
        let all: Vec<f64> = values.collect();
        all.iter().sum::<f64>() / all.len() as f64
    }

    #[test]
    fn monthly_means_are_the_rhinelands() {
        let month = |from: &str| {
            mean((0..20).flat_map(|seed| {
                hours(from, 31 * 24).map(move |at| Weather::new(seed).at(at).outdoor_c)
            }))
        };
        let january = month("2026-01-01T00:00:00Z");
        let july = month("2026-07-01T00:00:00Z");
        assert!((1.5..4.5).contains(&january), "January {january}");
        assert!((17.5..20.5).contains(&july), "July {july}");
    }

    /// Heating limit 15 °C, room 20 °C (VDI 2067, VDI 4710): the Rhineland has 3000
    /// to 3400 of them, the Eifel's edge up to 3700.
    #[test]
    fn degree_days_frost_days_and_hot_days_are_those_of_the_region() {
        for seed in 1..6 {
            let weather = Weather::new(seed);
            let mut days = Vec::new();
            let all: Vec<f64> =
                hours("2025-01-01T00:00:00Z", 8760).map(|at| weather.at(at).outdoor_c).collect();
            for day in all.chunks(24) {
                days.push(day.iter().sum::<f64>() / 24.0);
            }
            let degree_days: f64 =
                days.iter().filter(|mean| **mean < 15.0).map(|mean| 20.0 - mean).sum();
            let frost = all.chunks(24).filter(|day| day.iter().any(|c| *c < 0.0)).count();
            let hot = all.chunks(24).filter(|day| day.iter().any(|c| *c >= 30.0)).count();
            assert!((2800.0..3800.0).contains(&degree_days), "seed {seed}: {degree_days} K d");
            assert!((30..110).contains(&frost), "seed {seed}: {frost} days of frost");
            assert!((1..40).contains(&hot), "seed {seed}: {hot} hot days");
        }
    }

    #[test]
    fn a_years_sun_is_about_a_thousand_kilowatt_hours() {
        let weather = Weather::new(7);
        let sum: f64 =
            hours("2026-01-01T00:00:00Z", 8760).map(|at| weather.at(at).sun_w_m2).sum::<f64>()
                / 1000.0;
        assert!((850.0..1250.0).contains(&sum), "{sum} kWh/m²");
        assert_eq!(weather.at("2026-06-21T23:30:00Z".parse().unwrap()).sun_w_m2, 0.0);
    }

    #[test]
    fn bounded_smooth_and_the_same_again() {
        for seed in 0..5 {
            let weather = Weather::new(seed);
            let mut before: Option<f64> = None;
            for at in hours("2026-01-01T00:00:00Z", 8760) {
                let sky = weather.at(at);
                assert_eq!(sky, weather.at(at));
                assert!((-22.0..42.0).contains(&sky.outdoor_c), "{sky:?}");
                if let Some(before) = before {
                    assert!((sky.outdoor_c - before).abs() < 3.0, "{at}: {before} {sky:?}");
                }
                before = Some(sky.outdoor_c);
            }
        }
        let one = Weather::new(1).at("2026-01-10T12:00:00Z".parse().unwrap());
        assert_ne!(one, Weather::new(2).at("2026-01-10T12:00:00Z".parse().unwrap()));
    }
}
