//! An indicator above the limit of buildings of its kind.

use super::measure::{Measure, Saving, Sure, What};
use crate::history::Span;
use crate::report::benchmark::{Benchmark, Medium, Standing};

/// Of less than this share of a year its indicator is none.
const LEAST_COVERAGE: f64 = 0.9;
const LEAST_DAYS: f64 = 330.0;
const LITRES: f64 = 1000.0;
const DAY_MS: f64 = 86_400_000.0;

/// The measure of a building whose indicator (kWh/m²a, water l/m²a; heat corrected for
/// the weather) misses its benchmark's limit: what it used above the limit. `area_m2`:
/// the one that the benchmark counts. `None`: it keeps to it, or less than eleven
/// months or nine tenths of the time are known.
#[must_use]
pub fn missed(
    (building, span): (usize, Span),
    medium: Medium,
    (indicator, coverage): (f64, f64),
    benchmark: Benchmark,
    area_m2: f64,
) -> Option<Measure> {
    let days = span.length_ms() as f64 / DAY_MS;
    let tells = coverage >= LEAST_COVERAGE && days >= LEAST_DAYS;
    let above = benchmark.standing(indicator) == Standing::AboveLimit;
    let over = (indicator - benchmark.limit) * area_m2;
    let a_year = if medium == Medium::Water { over / LITRES } else { over };
    (tells && above).then_some(Measure {
        what: What::BenchmarkMissed { medium, indicator, benchmark },
        building,
        points: Vec::new(),
        span,
        coverage,
        sure: Sure::Hint,
        saving: Some(Saving { of: medium, a_year }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_above_the_limit_is_told_and_what_is_little_known_is_not() {
        let heat = Benchmark { limit: 128.0, target: 72.0 };
        let year = Span { from_ms: 0, until_ms: 365 * 86_400_000 };
        let missed = |indicator, coverage, span| {
            missed((0, span), Medium::Heat, (indicator, coverage), heat, 1000.0)
        };
        let found = missed(140.0, 0.95, year).unwrap();
        assert_eq!(found.saving.unwrap().a_year, 12_000.0);
        assert_eq!(found.saving.unwrap().euros_a_year(Some(0.1)), Some(1200.0));
        assert_eq!(found.saving.unwrap().euros_a_year(None), None);
        assert_eq!(missed(128.0, 1.0, year), None);
        assert_eq!(missed(140.0, 0.89, year), None);
        assert_eq!(missed(140.0, 1.0, Span { until_ms: 300 * 86_400_000, ..year }), None);
    }
}
