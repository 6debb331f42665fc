//! From cubic metres to energy: volume × state number × gross calorific value, by
//! the day from which each holds. A period across such a day is split there.

use super::consumption::{Consumption, Manner, Step, over};
use super::validity;
use crate::history::Span;
use crate::site::Conversion;

/// Energy of a period, of the gross calorific value.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// J; `None`: the volume is unknown, or what it is worth for part of it.
    pub amount: Option<f64>,
    /// Of the amount, as for [`Consumption`].
    pub estimated: f64,
    /// Parts of the period in which something was used and no conversion holds.
    pub missing: Vec<Span>,
}

/// The energy of what was used in `span`; `conversions` in order of time.
#[must_use]
pub fn energy(steps: &[Step], span: Span, conversions: &[Conversion]) -> Converted {
    let mut converted = Converted { amount: None, estimated: 0.0, missing: Vec::new() };
    let begins = |conversion: &Conversion| conversion.begins.as_millisecond();
    for (part, conversion) in validity::parts(span, conversions, begins) {
        let Consumption { amount, estimated, .. } = over(steps, part);
        match (amount, conversion) {
            (None, _) => {}
            (Some(volume), None) if volume != 0.0 => converted.missing.push(part),
            (Some(volume), conversion) => {
                let joules = conversion.map_or(0.0, Conversion::joules);
                *converted.amount.get_or_insert(0.0) += volume * joules;
                converted.estimated += estimated * joules;
            }
        }
    }
    if !converted.missing.is_empty() {
        converted.amount = None;
        converted.estimated = 0.0;
    }
    converted
}

/// The same as steps of energy: each step is split where another conversion begins. Of
/// what none holds for, the amount is unknown; if nothing was used, it is worth nothing.
#[must_use]
pub fn steps(volumes: &[Step], conversions: &[Conversion]) -> Vec<Step> {
    let begins = |conversion: &Conversion| conversion.begins.as_millisecond();
    let mut energies = Vec::with_capacity(volumes.len());
    for step in volumes {
        let whole = Span { from_ms: step.from_ms, until_ms: step.until_ms };
        // Of a heard counter all of it falls at the end, as does a step of no time.
        let at_end = step.manner == Manner::Heard || whole.length_ms() == 0;
        let end = Span { from_ms: step.until_ms, until_ms: step.until_ms + 1 };
        let parts = validity::parts(if at_end { end } else { whole }, conversions, begins);
        for (part, conversion) in parts {
            let length_ms = whole.length_ms().max(1) as f64;
            let share = if at_end { 1.0 } else { part.length_ms() as f64 / length_ms };
            let joules = conversion.map(Conversion::joules);
            let amount = match step.amount.map(|amount| amount * share) {
                Some(0.0) => Some(0.0),
                volume => volume.zip(joules).map(|(volume, joules)| volume * joules),
            };
            let Span { from_ms, until_ms } = if at_end { whole } else { part };
            energies.push(Step { from_ms, until_ms, amount, manner: step.manner });
        }
    }
    energies
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;

    const KWH: f64 = 3.6e6;

    fn from(at_ms: i64, state_number: f64, kwh: f64) -> Conversion {
        Conversion {
            from: date(2026, 1, 1),
            begins: Timestamp::from_millisecond(at_ms).unwrap(),
            state_number,
            calorific_value: kwh * KWH,
        }
    }

    fn volume(from_ms: i64, until_ms: i64, amount: f64, manner: Manner) -> Step {
        Step { from_ms, until_ms, amount: Some(amount), manner }
    }

    #[test]
    fn a_period_is_split_where_another_calorific_value_begins() {
        let steps = [volume(0, 50, 10.0, Manner::Heard), volume(50, 150, 100.0, Manner::Bridged)];
        let conversions = [from(-10, 0.95, 11.0), from(100, 0.9, 12.0)];
        let all = energy(&steps, Span { from_ms: 0, until_ms: 150 }, &conversions);
        let kwh = all.amount.unwrap() / KWH;
        assert!((kwh - (60.0 * 0.95 * 11.0 + 50.0 * 0.9 * 12.0)).abs() < 1e-9, "{kwh}");
        // Where in the gap it was used decides what it is worth.
        assert!(all.estimated > 0.0);
    }

    #[test]
    fn what_no_conversion_holds_for_is_unknown_and_not_zero() {
        let steps = [volume(0, 50, 10.0, Manner::Heard), volume(50, 150, 5.0, Manner::Heard)];
        let span = Span { from_ms: 0, until_ms: 151 };
        let late = energy(&steps, span, &[from(100, 1.0, 10.0)]);
        assert_eq!(late.amount, None);
        assert_eq!(late.missing, [Span { from_ms: 0, until_ms: 100 }]);
        assert_eq!(energy(&steps, span, &[]).missing, [span]);
        // Not used at all, it is worth nothing whatever it is worth.
        let idle = [volume(0, 200, 0.0, Manner::Heard)];
        assert_eq!(energy(&idle, span, &[]).amount, Some(0.0));
        assert_eq!(energy(&[], span, &[from(0, 1.0, 10.0)]).amount, None);
    }

    #[test]
    fn a_conversion_of_the_past_holds_until_the_next() {
        let steps = [volume(0, 50, 10.0, Manner::Heard)];
        let span = Span { from_ms: 0, until_ms: 60 };
        let now =
            energy(&steps, span, &[from(-100, 1.0, 9.0), from(0, 1.0, 10.0), from(60, 1.0, 1.0)]);
        assert_eq!(now.amount, Some(100.0 * KWH));
    }

    #[test]
    fn steps_of_energy_add_up_to_the_same() {
        let steps = [
            volume(0, 50, 10.0, Manner::Heard),
            volume(50, 150, 100.0, Manner::Bridged),
            volume(150, 400, 20.0, Manner::Read),
            volume(400, 500, 0.0, Manner::Heard),
        ];
        let conversions = [from(-10, 0.95, 11.0), from(100, 0.9, 12.0), from(300, 1.0, 10.0)];
        let energies = super::steps(&steps, &conversions);
        for span in [(0, 501), (0, 100), (60, 120), (100, 350), (399, 501)] {
            let span = Span { from_ms: span.0, until_ms: span.1 };
            let one = energy(&steps, span, &conversions).amount.unwrap_or(0.0);
            let other = over(&energies, span).amount.unwrap_or(0.0);
            assert!((one - other).abs() < 1e-3, "{span:?}: {one} {other}");
        }
        let unknown = super::steps(&steps, &conversions[1..]);
        let early = over(&unknown, Span { from_ms: 0, until_ms: 90 });
        assert_eq!((early.amount, early.is_whole()), (None, false));
    }
}
