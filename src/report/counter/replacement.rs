//! Where a declared replacement shows in the readings: at its time, or within a
//! day of it, for fitters' sheets are not written by the second. The readings of
//! the sheet count up to the old meter's last and from the new one's first.

use std::collections::BTreeMap;

use super::{Base, Counter, Heard, Judge};
use crate::report::consumption::Manner;
use crate::report::finding::What;
use crate::site::Replacement;

/// So far from the declared time it is looked for.
const NEAR_MS: i64 = 86_400_000;

/// The factor at the first reading, and behind which place each replacement lies.
pub(super) fn places<'a>(
    heard: &[Heard],
    counter: &Counter<'a>,
) -> (f64, BTreeMap<usize, Vec<&'a Replacement>>) {
    let mut factor = counter.factor;
    let mut first_factor = factor;
    let mut places: BTreeMap<usize, Vec<&Replacement>> = BTreeMap::new();
    for replacement in counter.replaced {
        let at_ms = replacement.at.as_millisecond();
        let behind = heard.partition_point(|it| it.at_ms < at_ms);
        let next = replacement.factor.unwrap_or(factor);
        let free = |place: &usize| !places.contains_key(place);
        let fits = |place: &usize| {
            free(place)
                && fits(heard[place - 1], heard[*place], replacement, (factor, next), counter)
        };
        let first = heard.partition_point(|it| it.at_ms < at_ms - NEAR_MS).max(1);
        let last = heard.partition_point(|it| it.at_ms <= at_ms + NEAR_MS);
        let within = (1..heard.len()).contains(&behind);
        let own = Some(behind).filter(|place| within && fits(place));
        let near = || {
            let last = (last + 1).min(heard.len());
            (first..last).filter(fits).min_by_key(|place| {
                let (from, to) = (heard[place - 1].at_ms, heard[*place].at_ms);
                (from - at_ms).max(at_ms - to).max(0)
            })
        };
        let place = own.or_else(near).or(within.then_some(behind));
        match place {
            Some(place) => places.entry(place).or_default().push(replacement),
            // Before the first reading: that one is of the new meter already.
            None if behind == 0 => first_factor = next,
            None => {}
        }
        factor = next;
    }
    (first_factor, places)
}

/// Whether the old meter can have gone on to its end and the new one have come
/// from its start between two readings.
fn fits(
    before: Heard,
    behind: Heard,
    replacement: &Replacement,
    (old, new): (f64, f64),
    counter: &Counter<'_>,
) -> bool {
    let ms = behind.at_ms - before.at_ms;
    let can = |rise: f64, factor: f64| {
        let wavers = (replacement.end.abs() * super::FLOAT_STEPS).max(1e-9);
        rise >= -wavers && rise * factor <= counter.most_in(ms, factor)
    };
    can(replacement.end - before.value, old) && can(behind.value - replacement.start, new)
}

impl Judge<'_> {
    /// Counts over replacements (several, where nobody heard the ones between).
    pub(super) fn replace(&mut self, base: Base, place: usize, replacements: &[&Replacement]) {
        let now = self.heard[place];
        let silent = now.gap_ms;
        let manner = if silent.is_some() { Manner::Bridged } else { Manner::Heard };
        let mut from_ms = base.at_ms;
        if let Some(gap_ms) = silent {
            self.push(from_ms, gap_ms, Some(0.0), Manner::Heard);
            from_ms = gap_ms;
        }
        let began_ms = from_ms;
        let (mut value, mut whole) = (base.value, Some(0.0));
        let mut parts = Vec::new();
        for replacement in replacements {
            let declared_ms = replacement.at.as_millisecond();
            let at_ms = declared_ms.clamp(from_ms, now.at_ms);
            let used = self.rise(value, replacement.end, at_ms - base.at_ms);
            parts.push((from_ms, at_ms, used));
            whole = whole.zip(used).map(|(whole, used)| whole + used);
            let moved = moved(declared_ms, base.at_ms, now.at_ms);
            let what = What::Replaced { end: replacement.end, start: replacement.start, moved };
            self.found(base.at_ms, now.at_ms, what);
            self.factor = replacement.factor.unwrap_or(self.factor);
            (from_ms, value) = (at_ms, replacement.start);
        }
        let used = self.rise(value, now.value, now.at_ms - base.at_ms);
        parts.push((from_ms, now.at_ms, used));
        whole = whole.zip(used).map(|(whole, used)| whole + used);
        if whole.is_none() {
            for _ in replacements {
                self.judged.findings.pop();
            }
            let [(from, to), (end, start)] = [
                (base.value, now.value),
                replacements.last().map_or((0.0, 0.0), |it| (it.end, it.start)),
            ];
            self.found(base.at_ms, now.at_ms, What::DoesNotFit { from, end, start, to });
            return self.push(began_ms, now.at_ms, None, Manner::AtLeast);
        }
        for (from_ms, until_ms, used) in parts {
            self.push(from_ms, until_ms, used, manner);
        }
        if let Some(gap_ms) = silent {
            self.gap(gap_ms, now.at_ms, whole);
        }
    }

    /// What was used from one reading to another, if that can be.
    fn rise(&self, from: f64, to: f64, ms: i64) -> Option<f64> {
        let rise = (to - from) * self.factor;
        let wavers = (from.abs() * super::FLOAT_STEPS).max(1e-9) * self.factor;
        let can = rise >= -wavers && rise <= self.counter.most_in(ms, self.factor);
        can.then_some(rise.max(0.0))
    }
}

/// How far behind its declared time it was found; `None`: where it should be.
fn moved(declared_ms: i64, from_ms: i64, until_ms: i64) -> Option<i64> {
    if declared_ms > until_ms {
        return Some(until_ms - declared_ms);
    }
    (declared_ms < from_ms).then(|| from_ms - declared_ms)
}
