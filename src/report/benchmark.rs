//! Indicators per m² and year against limit and target, and the ranking: which
//! building has most to save. A building whose area or use is unknown has no place
//! in it, and is not the best.

use serde::Deserialize;

use super::factors;
use crate::site::{Areas, Usage};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Medium {
    /// kWh/m²a
    Heat,
    /// kWh/m²a
    Electricity,
    /// l/m²a
    Water,
}

/// Which area a benchmark counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AreaOf {
    Nuf,
    Ngf,
    Bgf,
}

/// Above the limit something is wrong; the target is what a good building reaches.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(from = "(f64, f64)")]
pub struct Benchmark {
    pub limit: f64,
    pub target: f64,
}

impl From<(f64, f64)> for Benchmark {
    fn from((limit, target): (f64, f64)) -> Self {
        Self { limit, target }
    }
}

/// A set of benchmarks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmarks {
    pub name: String,
    pub edition: String,
    pub year: i16,
    pub area: AreaOf,
    pub source: String,
    usage: Vec<OfUsage>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfUsage {
    of: Usage,
    heat: Benchmark,
    electricity: Benchmark,
    water: Benchmark,
}

/// How an indicator stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    Good,
    Middling,
    AboveLimit,
}

impl Benchmark {
    /// At the target it is good, at the limit not above it.
    #[must_use]
    pub fn standing(&self, indicator: f64) -> Standing {
        match indicator {
            it if it <= self.target => Standing::Good,
            it if it <= self.limit => Standing::Middling,
            _ => Standing::AboveLimit,
        }
    }
}

impl Benchmarks {
    /// VDI 3807.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn shipped() -> Self {
        let text = include_str!("factors/benchmarks.toml");
        factors::parse("benchmarks.toml", text).expect("the shipped benchmarks")
    }

    /// Of a kind of building; `None`: there is none for it.
    #[must_use]
    pub fn of(&self, usage: Usage, medium: Medium) -> Option<Benchmark> {
        let of = self.usage.iter().find(|it| it.of == usage)?;
        Some(match medium {
            Medium::Heat => of.heat,
            Medium::Electricity => of.electricity,
            Medium::Water => of.water,
        })
    }

    /// The area that counts here, m².
    #[must_use]
    pub fn area(&self, areas: &Areas) -> Option<f64> {
        match self.area {
            AreaOf::Nuf => areas.nuf,
            AreaOf::Ngf => areas.ngf,
            AreaOf::Bgf => areas.bgf,
        }
    }
}

/// Per m² and year, of what was used in so many days; `None` without area or time.
#[must_use]
pub fn indicator(used: f64, days: f64, area_m2: f64) -> Option<f64> {
    const YEAR_DAYS: f64 = 365.2425;
    (area_m2 > 0.0 && days > 0.0).then(|| used / area_m2 * YEAR_DAYS / days)
}

/// A building in the ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Its place in the list that was ranked.
    pub building: usize,
    /// What it used above its target in a year, in the unit of what is compared; 0:
    /// it is good.
    pub to_save: f64,
    pub standing: Standing,
}

/// Who has most to save comes first. `buildings`: indicator, area and benchmark, each
/// where it is known; those of which something is missing are left out.
#[must_use]
pub fn ranking(buildings: &[(Option<f64>, Option<f64>, Option<Benchmark>)]) -> Vec<Ranked> {
    let known = buildings.iter().enumerate().filter_map(|(building, known)| {
        let (Some(indicator), Some(area), Some(benchmark)) = *known else { return None };
        let to_save = ((indicator - benchmark.target) * area).max(0.0);
        Some(Ranked { building, to_save, standing: benchmark.standing(indicator) })
    });
    let mut ranked: Vec<Ranked> = known.collect();
    ranked.sort_by(|one, other| other.to_save.total_cmp(&one.to_save));
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_benchmarks_of_a_school() {
        let vdi = Benchmarks::shipped();
        let heat = vdi.of(Usage::School, Medium::Heat).unwrap();
        assert_eq!((heat.limit, heat.target), (154.0, 90.0));
        let at = |indicator| heat.standing(indicator);
        assert_eq!(
            [at(90.0), at(90.1), at(154.0), at(154.1)],
            [Standing::Good, Standing::Middling, Standing::Middling, Standing::AboveLimit]
        );
        assert_eq!(vdi.of(Usage::Museum, Medium::Heat), None);
        let water = vdi.of(Usage::FireStation, Medium::Water).unwrap();
        assert_eq!((water.limit, water.target), (634.0, 337.0));
        let areas = Areas { nuf: Some(900.0), ngf: None, bgf: Some(1100.0) };
        assert_eq!(vdi.area(&areas), Some(1100.0));
    }

    #[test]
    fn an_indicator_is_of_a_year_whatever_the_period() {
        let half = indicator(50_000.0, 182.621_25, 1_000.0).unwrap();
        assert!((half - 100.0).abs() < 1e-9);
        assert_eq!(indicator(1.0, 365.0, 0.0), None);
        assert_eq!(indicator(1.0, 0.0, 1.0), None);
    }

    #[test]
    fn who_has_most_to_save_comes_first_and_the_unknown_is_not_the_best() {
        let benchmark = Some(Benchmark { limit: 150.0, target: 90.0 });
        let buildings = [
            (Some(200.0), Some(100.0), benchmark),
            (Some(100.0), Some(5_000.0), benchmark),
            (None, Some(5_000.0), benchmark),
            (Some(80.0), Some(9_000.0), benchmark),
            (Some(300.0), Some(5_000.0), None),
        ];
        let ranked = ranking(&buildings);
        let order: Vec<usize> = ranked.iter().map(|it| it.building).collect();
        assert_eq!(order, [1, 0, 3]);
        assert_eq!((ranked[0].to_save, ranked[2].to_save), (50_000.0, 0.0));
        assert_eq!(ranked[1].standing, Standing::AboveLimit);
    }
}
