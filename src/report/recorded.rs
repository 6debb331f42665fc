//! What the history holds of a counter or a power, as reports want it: quarter
//! hours where nothing happened, for they are quick to read and kept for ever;
//! reading by reading on days on which something did, as long as those are kept.

use std::collections::{BTreeMap, BTreeSet};

use super::consumption::{Manner, Step};
use super::counter::{Counter, FLOAT_STEPS};
use crate::history::rollup::{QUARTER_MS, rollups};
use crate::history::span::{DAY_MS, day_of};
use crate::history::{FileKind, HEARTBEAT, Meaning, Name, Query, Rollup, Sample, Shelf, Span};
use crate::model::Quality;

/// So far around a period its neighbours are looked at: a reading before and
/// behind a gap at its ends.
const AROUND_MS: i64 = 62 * DAY_MS;
/// A value holds so long behind its last sample, if no gap says otherwise: a live
/// point is heard each heartbeat.
const HOLDS_MS: i64 = HEARTBEAT.as_millis() as i64 + 5 * 60_000;
const QUARTERS: usize = (DAY_MS / QUARTER_MS) as usize;

/// The samples of a counter around a period, and until when the last one holds.
/// `names`: the point's name, and those it had before.
pub fn counter(
    shelf: &mut Shelf,
    names: &BTreeSet<Name>,
    span: Span,
    counter: &Counter<'_>,
) -> (Vec<Sample>, i64) {
    let wide = Span { from_ms: span.from_ms - AROUND_MS, until_ms: span.until_ms + AROUND_MS };
    let days = days(shelf, names, wide);
    let rolled_ms = rolled_until(shelf).clamp(wide.from_ms, wide.until_ms);
    let near = Span { from_ms: span.from_ms - DAY_MS, until_ms: span.until_ms + DAY_MS };
    let mut busy: Vec<Span> = Vec::new();
    let mut calm: BTreeMap<i64, Vec<Sample>> = BTreeMap::new();
    let mut before = None;
    let first_ms = days.keys().next().copied().unwrap_or(rolled_ms);
    let mut day = day_of(first_ms.min(rolled_ms));
    while day.from_ms < rolled_ms {
        let quarters = days.get(&day.from_ms).map_or(&[][..], Vec::as_slice);
        if !is_calm(before, quarters, counter) {
            let overlaps = day.from_ms < near.until_ms && near.from_ms < day.until_ms;
            if overlaps {
                match busy.last_mut() {
                    Some(last) if last.until_ms == day.from_ms => last.until_ms = day.until_ms,
                    _ => busy.push(day),
                }
            }
        }
        calm.insert(day.from_ms, of_quarters(before, quarters, day));
        before = calm[&day.from_ms].last().and_then(|last| last.value);
        day = day_of(day.until_ms);
    }
    for span in busy {
        let mut exact: BTreeMap<i64, Vec<Sample>> = BTreeMap::new();
        for sample in raw(shelf, names, span) {
            exact.entry(day_of(sample.at_ms).from_ms).or_default().push(sample);
        }
        // Where they are kept no more, the quarter hours must do.
        calm.append(&mut exact);
    }
    let mut samples: Vec<Sample> = calm.into_values().flatten().collect();
    samples.extend(raw(shelf, names, Span { from_ms: rolled_ms, until_ms: wide.until_ms }));
    let holds_ms = samples.last().map_or(0, |last| last.at_ms + HOLDS_MS);
    (samples, holds_ms)
}

/// The energy of a power in a period, J, by its quarter hours: of the time in which
/// it was known, and of no other.
pub fn power(shelf: &mut Shelf, names: &BTreeSet<Name>, span: Span) -> Vec<Step> {
    let wide = Span { from_ms: day_of(span.from_ms).from_ms, until_ms: span.until_ms };
    let mut quarters: Vec<Rollup> = days(shelf, names, wide).into_values().flatten().collect();
    let rolled_ms = rolled_until(shelf).max(wide.from_ms);
    if rolled_ms < wide.until_ms {
        let samples = raw(shelf, names, Span { from_ms: rolled_ms, until_ms: wide.until_ms });
        let holds_ms = samples.last().map_or(0, |last| last.at_ms + HOLDS_MS);
        let watts = Meaning::Unit("W".to_owned());
        quarters.extend(rollups(&samples, holds_ms.min(wide.until_ms), &watts));
    }
    let step = |quarter: &Rollup| {
        let mean = quarter.mean.filter(|_| quarter.known_s > 0)?;
        Some(Step {
            from_ms: quarter.at_ms,
            until_ms: quarter.at_ms + quarter.known_s * 1000,
            amount: Some(mean * quarter.known_s as f64),
            manner: Manner::Measured,
        })
    };
    quarters.iter().filter_map(step).collect()
}

/// Up to here there are quarter hours.
fn rolled_until(shelf: &Shelf) -> i64 {
    let files = shelf.catalogue().files.iter();
    let rolled = files.filter(|file| file.facts.kind == FileKind::Rollup);
    rolled.map(|file| file.facts.until_ms).max().unwrap_or(i64::MIN)
}

/// Quarter hours by the beginning of their day.
fn days(shelf: &mut Shelf, names: &BTreeSet<Name>, span: Span) -> BTreeMap<i64, Vec<Rollup>> {
    const COLUMNS: [&str; 5] = ["mean", "min", "max", "last", "known_s"];
    let mut days: BTreeMap<i64, Vec<Rollup>> = BTreeMap::new();
    let query = Query { points: Some(names), span, columns: Some(&COLUMNS) };
    let _ = shelf.read(&query, |_, rows: &[Rollup]| {
        for row in rows {
            days.entry(day_of(row.at_ms).from_ms).or_default().push(*row);
        }
        Ok::<_, ()>(())
    });
    // Of several names each may have a part.
    days.values_mut().for_each(|day| day.sort_by_key(|row| row.at_ms));
    days
}

fn raw(shelf: &mut Shelf, names: &BTreeSet<Name>, span: Span) -> Vec<Sample> {
    let mut samples = Vec::new();
    let query = Query { points: Some(names), span, columns: None };
    let _ = shelf.read(&query, |_, rows: &[Sample]| {
        samples.extend_from_slice(rows);
        Ok::<_, ()>(())
    });
    samples.sort_by_key(|sample| sample.at_ms);
    samples
}

/// Whether the counter was heard all day and only went up, as its load allows.
fn is_calm(before: Option<f64>, quarters: &[Rollup], counter: &Counter<'_>) -> bool {
    let Some(mut before) = before else { return false };
    quarters.len() == QUARTERS
        && quarters.iter().all(|quarter| {
            let Rollup { min: Some(min), max: Some(max), last: Some(last), known_s, .. } = *quarter
            else {
                return false;
            };
            let wavers = (before.abs() * FLOAT_STEPS).max(1e-9);
            let up = min >= before - wavers && max <= last + wavers;
            let can = (last - before) * counter.factor <= counter.most_in(0, counter.factor);
            before = last;
            known_s == QUARTER_MS / 1000 && up && can
        })
}

/// What a day's quarter hours tell of its readings: the last of each, and where
/// it was not heard, a gap as long.
fn of_quarters(mut before: Option<f64>, quarters: &[Rollup], day: Span) -> Vec<Sample> {
    let mut samples = Vec::with_capacity(quarters.len() + 2);
    let mut at_ms = day.from_ms;
    for quarter in quarters {
        if quarter.at_ms > at_ms {
            samples.push(Sample::gap(at_ms, Quality::NeverRead));
            before = None;
        }
        of_quarter(before, quarter, &mut samples);
        at_ms = quarter.at_ms + QUARTER_MS;
        before = quarter.last;
    }
    if at_ms < day.until_ms {
        samples.push(Sample::gap(at_ms, Quality::NeverRead));
    }
    samples
}

fn of_quarter(before: Option<f64>, quarter: &Rollup, samples: &mut Vec<Sample>) {
    let good =
        |at_ms: i64, value: f64| Sample { at_ms, value: Some(value), quality: Quality::Good };
    let (begin_ms, end_ms) = (quarter.at_ms, quarter.at_ms + QUARTER_MS);
    let known_ms = (quarter.known_s * 1000).min(QUARTER_MS - 2);
    let (Some(min), Some(max)) = (quarter.min, quarter.max) else {
        return samples.push(Sample::gap(begin_ms, Quality::NeverRead));
    };
    let Some(last) = quarter.last else {
        samples.push(good(begin_ms, max));
        return samples.push(Sample::gap(begin_ms + known_ms.max(1), Quality::NeverRead));
    };
    if quarter.known_s < QUARTER_MS / 1000 {
        if before.is_some() {
            samples.push(Sample::gap(begin_ms, Quality::NeverRead));
        }
        samples.push(good(end_ms - 2 - known_ms.min(QUARTER_MS - 4), min));
    } else if before.is_none() {
        samples.push(good(begin_ms, min));
    }
    // What went astray or fell within it shows in its ends alone.
    if max > last {
        samples.push(good(end_ms - 1 - QUARTER_MS / 2, max));
    } else if before.is_some_and(|before| min < before) {
        samples.push(good(end_ms - 1 - QUARTER_MS / 2, min));
    }
    samples.push(good(end_ms - 1, last));
}
