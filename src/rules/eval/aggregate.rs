//! Over the members of a group: of the known ones, if there are enough.

use crate::rules::ast::How;

use super::{is_false, is_true, truth};

/// What `how` makes of `members`; unknown if fewer than `least` are known. A
/// member that decides does so alone: one true is enough for `any`, one false
/// against `all`.
pub(super) fn aggregate(how: How, members: impl Iterator<Item = f64>, least: u32) -> f64 {
    let (mut known, mut sum, mut low, mut high) = (0_u32, 0.0, f64::INFINITY, f64::NEG_INFINITY);
    for member in members.filter(|member| !member.is_nan()) {
        known += 1;
        sum += member;
        low = low.min(member);
        high = high.max(member);
    }
    match how {
        How::Any if is_true(high) => return 1.0,
        How::All if is_false(low) => return 0.0,
        _ => {}
    }
    if known < least {
        return f64::NAN;
    }
    let value = match how {
        How::Mean => sum / f64::from(known),
        How::Min => low,
        How::Max => high,
        // Conditions are 0 and 1.
        How::Sum | How::Count => sum,
        How::Any => truth(false),
        How::All => truth(true),
    };
    if value.is_finite() { value } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: f64 = f64::NAN;

    fn of(how: How, members: &[f64], least: u32) -> Option<f64> {
        let value = aggregate(how, members.iter().copied(), least);
        (!value.is_nan()).then_some(value)
    }

    #[test]
    fn one_dead_sensor_does_not_blind_the_rest() {
        let rooms = [800.0, BAD, 1000.0];
        for (how, value) in
            [(How::Mean, 900.0), (How::Min, 800.0), (How::Max, 1000.0), (How::Sum, 1800.0)]
        {
            assert_eq!(of(how, &rooms, 2), Some(value), "{how:?}");
            assert_eq!(of(how, &rooms, 3), None, "{how:?}: not enough");
            assert_eq!(of(how, &[BAD, BAD], 1), None, "{how:?}");
        }
    }

    #[test]
    fn conditions_are_counted_and_logic_is_kleenes() {
        for (members, any, all) in [
            (vec![1.0, 1.0], Some(1.0), Some(1.0)),
            (vec![1.0, 0.0], Some(1.0), Some(0.0)),
            (vec![0.0, 0.0], Some(0.0), Some(0.0)),
            (vec![1.0, BAD], Some(1.0), None),
            (vec![0.0, BAD], None, Some(0.0)),
        ] {
            let least = 2;
            assert_eq!(of(How::Any, &members, least), any, "{members:?}");
            assert_eq!(of(How::All, &members, least), all, "{members:?}");
        }
        // Where fewer are enough, the others are left out.
        assert_eq!(of(How::Any, &[0.0, 0.0, BAD], 2), Some(0.0));
        assert_eq!(of(How::All, &[1.0, BAD, BAD], 2), None);
        assert_eq!(of(How::Count, &[1.0, BAD, 1.0, 0.0], 3), Some(2.0));
        assert_eq!(of(How::Count, &[1.0, BAD], 2), None);
    }
}
