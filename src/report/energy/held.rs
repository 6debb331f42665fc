//! Which rule or person held which point for how long: from the decisions in the
//! history, and only as long as the point was heard, for a daemon that stands still
//! holds nothing and records nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::rollup::QUARTER_MS;
use crate::history::{Event, EventKind, FileKind, Name, Query, Rollup, Shelf, Span};

/// Decisions that stand at the beginning are looked for so far back.
const STANDING_MS: i64 = 400 * 24 * 3_600_000;

/// A rule, or a person, and a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    pub by: String,
    /// As in rule files: `normal`, `comfort`, `manual`…
    pub level: String,
    /// Full name.
    pub point: String,
    pub hours: f64,
    /// So often it took the point over.
    pub times: u32,
}

/// A stretch of time in which one decision stood.
#[derive(Debug)]
struct Stretch {
    from_ms: i64,
    until_ms: i64,
    by: String,
    level: String,
    /// ms of it in which the point was heard, by its quarter hours.
    heard_ms: i64,
}

/// What was held in a period, of all points of the history; longest first.
#[must_use]
pub fn held(shelf: &mut Shelf, span: Span) -> Vec<Held> {
    let mut stretches = decisions(shelf, span);
    let rolled_ms = shelf.reach(FileKind::Rollup).map_or(i64::MIN, |reach| reach.until_ms);
    hear(shelf, span, &mut stretches);
    let mut sums: BTreeMap<(String, String, String), (i64, u32)> = BTreeMap::new();
    for (point, stretches) in stretches {
        for stretch in stretches {
            let begins = span.has(stretch.from_ms);
            // What has no quarter hours yet is not known to have been silent.
            let late_ms = stretch.until_ms.min(span.until_ms)
                - stretch.from_ms.max(span.from_ms).max(rolled_ms);
            let sum = sums.entry((stretch.by, stretch.level, point.to_string())).or_default();
            sum.0 += stretch.heard_ms + late_ms.max(0);
            sum.1 += u32::from(begins);
        }
    }
    let held = sums.into_iter().map(|((by, level, point), (ms, times))| Held {
        by,
        level,
        point,
        hours: ms as f64 / 3_600_000.0,
        times,
    });
    let mut held: Vec<Held> = held.filter(|it| it.hours > 0.0).collect();
    held.sort_by(|one, other| other.hours.total_cmp(&one.hours));
    held
}

/// What stood when, as decided.
fn decisions(shelf: &mut Shelf, span: Span) -> BTreeMap<Name, Vec<Stretch>> {
    let mut stretches: BTreeMap<Name, Vec<Stretch>> = BTreeMap::new();
    let from_ms = span.from_ms.saturating_sub(STANDING_MS);
    let query = Query { points: None, span: Span { from_ms, ..span }, columns: None };
    let _ = shelf.read(&query, |point, rows: &[Event]| {
        for event in rows.iter().filter(|it| it.kind == EventKind::Command) {
            let known = stretches.entry(point.clone()).or_default();
            if let Some(last) = known.last_mut() {
                last.until_ms = last.until_ms.min(event.at_ms);
                if last.until_ms <= span.from_ms {
                    known.pop();
                }
            }
            if event.value.is_some() && !event.by.is_empty() {
                known.push(Stretch {
                    from_ms: event.at_ms,
                    until_ms: span.until_ms,
                    by: event.by.clone(),
                    level: event.level.clone(),
                    heard_ms: 0,
                });
            }
        }
        Ok::<_, ()>(())
    });
    stretches.retain(|_, stretches| !stretches.is_empty());
    stretches
}

/// Counts of each stretch what was heard of its point.
fn hear(shelf: &mut Shelf, span: Span, stretches: &mut BTreeMap<Name, Vec<Stretch>>) {
    let names: BTreeSet<Name> = stretches.keys().cloned().collect();
    let query = Query { points: Some(&names), span, columns: Some(&["known_s"]) };
    let _ = shelf.read(&query, |point, rows: &[Rollup]| {
        let Some(stretches) = stretches.get_mut(point) else { return Ok::<_, ()>(()) };
        let Some(first) = rows.first() else { return Ok(()) };
        let begin = stretches.partition_point(|it| it.until_ms <= first.at_ms);
        let last_ms = rows.last().map_or(0, |row| row.at_ms + QUARTER_MS);
        for stretch in stretches[begin..].iter_mut().take_while(|it| it.from_ms < last_ms) {
            let (from_ms, until_ms) = (stretch.from_ms.max(span.from_ms), stretch.until_ms);
            let place = rows.partition_point(|row| row.at_ms + QUARTER_MS <= from_ms);
            let rows = rows[place..].iter().take_while(|row| row.at_ms < until_ms);
            let heard: f64 = rows
                .map(|row| {
                    let inside = until_ms.min(row.at_ms + QUARTER_MS) - from_ms.max(row.at_ms);
                    inside as f64 * (row.known_s as f64 * 1000.0 / QUARTER_MS as f64)
                })
                .sum();
            stretch.heard_ms += heard as i64;
        }
        Ok(())
    });
}
