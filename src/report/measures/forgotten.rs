//! Overrides that somebody set and nobody ended for more than a week.

use std::collections::BTreeSet;

use super::Asked;
use super::measure::{Measure, Sure, What};
use crate::history::{Event, EventKind, Name, Span};
use crate::report::account::names as names_of;

/// So far before the period an override may have begun.
pub const BEFORE_MS: i64 = 366 * DAY_MS;
/// A holiday, a trial or a repair takes no longer; above it somebody forgot.
const MOST_MS: i64 = 7 * DAY_MS;
const DAY_MS: i64 = 86_400_000;

/// The names whose events are looked at: points, and the schedule of occupancy.
pub fn names(asked: &Asked<'_>) -> BTreeSet<Name> {
    let building = &asked.site.buildings[asked.building];
    let points = asked.site.points.iter().filter(|(_, point)| point.building == asked.building);
    let mut names: BTreeSet<Name> = points.flat_map(|(id, _)| names_of(asked.site, id)).collect();
    let schedule = building.occupancy.as_ref();
    names.extend(schedule.map(|it| format!("{}.{}", building.name, it.schedule).as_str().into()));
    names
}

/// Whether an event tells of an override.
pub fn concerns(event: &Event) -> bool {
    event.kind == EventKind::Override
}

/// Those that stood for long within the period.
pub fn find(asked: &Asked<'_>, events: &[Event]) -> Vec<Measure> {
    let names = names(asked);
    let mut measures = Vec::new();
    for (place, begun) in events.iter().enumerate() {
        let of_it = |event: &&Event| {
            event.kind == EventKind::Override && event.point == begun.point && event.by == begun.by
        };
        if begun.value.is_none() || !concerns(begun) || !names.contains(&begun.point) {
            continue;
        }
        let from_ms = moment(begun, "from ").unwrap_or(begun.at_ms);
        let ended = events[place + 1..].iter().find(of_it).map(|event| event.at_ms);
        let until_ms = ended.or(moment(begun, "until "));
        let now_ms = asked.span.until_ms;
        let stood = Span { from_ms, until_ms: until_ms.unwrap_or(now_ms).min(now_ms) };
        if stood.length_ms() >= MOST_MS && stood.until_ms > asked.span.from_ms {
            measures.push(measure(asked, begun, stood, until_ms.is_some_and(|it| it < now_ms)));
        }
    }
    measures
}

fn measure(asked: &Asked<'_>, begun: &Event, span: Span, over: bool) -> Measure {
    let value = begun.value.unwrap_or_default();
    let point = asked.site.points.iter().find(|(_, point)| point.name == *begun.point);
    let shown = match point {
        Some((_, point)) => point.kind.display(value),
        None => if value == 0.0 { "off" } else { "on" }.to_owned(),
    };
    Measure {
        what: What::OverrideForgotten {
            shown,
            days: span.length_ms() as f64 / DAY_MS as f64,
            by: begun.by.clone(),
            why: begun.text.clone(),
            over,
        },
        building: asked.building,
        points: vec![begun.point.to_string()],
        span,
        // What is recorded of an override is whole, or it is not there.
        coverage: 1.0,
        sure: Sure::Certain,
        saving: None,
    }
}

/// The moment after a word in what is recorded of an override, ms.
fn moment(event: &Event, word: &str) -> Option<i64> {
    let (_, rest) = event.level.split_once(word)?;
    let at: jiff::Timestamp = rest.split_whitespace().next()?.parse().ok()?;
    Some(at.as_millisecond())
}
