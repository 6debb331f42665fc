//! Round numbers beside an axis: steps of 1, 2 or 5 times a power of ten. Knows nothing
//! of pictures; the history's and the reports' have them from here.

/// The round numbers from `low` to `high`, both included if round: half of `parts` to
/// `parts` steps. Empty where there is nothing between, or no number.
#[must_use]
pub fn ticks(low: f64, high: f64, parts: u32) -> Vec<f64> {
    let Some(step) = step(high - low, parts) else { return Vec::new() };
    // What binary fractions take away is given back.
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    // Far from zero steps are no longer told apart.
    if first.abs().max(last.abs()) > 1e15 {
        return Vec::new();
    }
    (first as i64..=last as i64).map(|tick| tick as f64 * step).collect()
}

/// The smallest round step that fits at most `parts` times into so long a stretch.
#[must_use]
pub fn step(length: f64, parts: u32) -> Option<f64> {
    let rough = length / f64::from(parts.max(1));
    if !rough.is_finite() || rough <= 0.0 {
        return None;
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|of| of * power).into_iter().find(|it| *it >= rough);
    Some(step.unwrap_or(10.0 * power)).filter(|step| step.is_normal())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn steps_are_round() {
        assert_eq!(ticks(0.0, 95.0, 6), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(ticks(0.0, 1.0, 5), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(ticks(16.55, 21.5, 6), [17.0, 18.0, 19.0, 20.0, 21.0]);
        assert_eq!(step(12_000.0, 4), Some(5000.0));
        assert!(ticks(1.0, 1.0, 5).is_empty() && ticks(0.0, f64::NAN, 5).is_empty());
    }

    proptest! {
        #[test]
        fn never_many_and_never_outside(low in any::<f64>(), high in any::<f64>(), parts in 1..9_u32) {
            let ticks = ticks(low, high, parts);
            prop_assert!(ticks.len() <= parts as usize + 1);
            let slack = (high - low).abs() * 1e-6;
            prop_assert!(ticks.iter().all(|it| *it >= low - slack && *it <= high + slack));
        }
    }
}
