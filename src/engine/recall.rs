//! What the history knows of a moment: what a point was, what it was commanded to,
//! by which rule or person and why, which rule set ran, what was overridden and
//! which alarms stood. Reads files, and what is not sealed yet; asks no engine and
//! evaluates nothing, so that it tells what was, whatever the rules say today.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::happenings::moment;
use crate::history::span::month_of;
use crate::history::{Event, EventKind, FileKind, HEARTBEAT, Name, Query, Sample, Shelf, Span};
use crate::model::{Kind, Point, PointId, Quality};
use crate::site::Site;

/// Overrides and alarms are looked for so far back; commands and rule sets as far
/// as there is something.
const STANDING_MS: i64 = 400 * 24 * 3_600_000;

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recalled {
    /// Full name.
    pub point: String,
    pub at: Timestamp,
    /// From when to when there is a record at all; `None`: there is none.
    pub reach: Option<(Timestamp, Timestamp)>,
    /// `None`: nothing was recorded of it then.
    pub reading: Option<ReadingThen>,
    /// `None`: nobody had commanded it yet, as far as is recorded.
    pub command: Option<CommandThen>,
    /// `None`: unknown.
    pub rules: Option<RulesThen>,
    /// All that counted then, of whatever point or schedule.
    pub overrides: Vec<OverrideThen>,
    /// All that stood then, oldest first.
    pub alarms: Vec<AlarmThen>,
}

/// What was read last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadingThen {
    /// As people read it; `None`: unknown, see `quality`.
    pub shown: Option<String>,
    /// Canonical.
    pub value: Option<f64>,
    pub quality: Quality,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// The next reading should have come long before the moment asked about.
    pub outdated: bool,
}

/// What was asked of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandThen {
    /// From when on it had been this value by the same.
    pub since: Timestamp,
    /// As people read it; `None`: let go.
    pub shown: Option<String>,
    /// Canonical.
    pub value: Option<f64>,
    pub level: String,
    /// The rule or the person; empty where nobody.
    pub by: String,
    /// Every claim with level, rule and place in its file, lowest first.
    pub claims: Vec<String>,
}

/// Which rules ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesThen {
    /// Fingerprint of the rule files; empty: none ran.
    pub version: String,
    /// Of the program.
    pub program: String,
    pub since: Timestamp,
}

/// An override that counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverrideThen {
    /// Point or schedule, by its full name.
    pub of: String,
    pub shown: String,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
    pub by: String,
    pub why: String,
}

/// An alarm that stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmThen {
    pub class: String,
    pub text: String,
    pub since: Timestamp,
}

impl Recalled {
    /// Whether anything at all is recorded of the point then.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.reading.is_none() && self.command.is_none()
    }
}

/// The names under which something of the point is recorded.
#[must_use]
pub fn names(point: &Point) -> BTreeSet<Name> {
    std::iter::once(&point.name).chain(&point.formerly).map(|it| it.as_str().into()).collect()
}

/// What is recorded of `point` at `at`. Of other points the shelf needs the events
/// alone that stand (see [`Asked::standing`](crate::history::Asked)).
#[must_use]
pub fn recall(shelf: &mut Shelf, site: &Site, point: PointId, at: Timestamp) -> Recalled {
    let known = site.points.get(point);
    let at_ms = at.as_millisecond();
    let mut looked = Looked { names: names(known), at_ms, ..Looked::default() };
    looked.back(shelf);
    let samples = looked.names.iter().flat_map(|name| {
        let moment = Span { from_ms: at_ms, until_ms: at_ms + 1 };
        shelf.samples(name, moment).last().copied()
    });
    let last = samples.max_by_key(|sample| sample.at_ms);
    let reach = shelf.reach(FileKind::Raw);
    Recalled {
        point: known.name.clone(),
        at,
        reach: reach.map(|reach| (time(reach.from_ms), time(reach.until_ms))),
        reading: last.map(|last| reading(known, last, at_ms)),
        command: looked.command.map(|event| command(known, looked.since_ms, &event)),
        rules: looked.rules.map(|event| RulesThen {
            version: event.by,
            program: event.text,
            since: time(event.at_ms),
        }),
        overrides: looked.overrides.iter().filter_map(|it| overridden(it, site, at)).collect(),
        alarms: looked.alarms.iter().rev().filter_map(alarm).collect(),
    }
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

/// The events that say what held, latest first.
#[derive(Default)]
struct Looked {
    /// Of the point, former ones too.
    names: BTreeSet<Name>,
    at_ms: i64,
    command: Option<Event>,
    /// Since when it had been that value, by the same.
    since_ms: i64,
    /// Before then it was another.
    other_before: bool,
    rules: Option<Event>,
    /// The last word on each.
    overrides: Vec<Event>,
    alarms: Vec<Event>,
}

impl Looked {
    /// Goes back month by month until all is known.
    fn back(&mut self, shelf: &mut Shelf) {
        let Some(reach) = shelf.reach(FileKind::Event) else { return };
        let mut until_ms = (self.at_ms + 1).min(reach.until_ms);
        let own: BTreeSet<Name> = self.names.iter().cloned().chain(["".into()]).collect();
        while until_ms > reach.from_ms {
            let standing = self.at_ms - until_ms < STANDING_MS;
            if !standing && self.command.is_some() && self.rules.is_some() {
                return;
            }
            let from_ms = month_of(until_ms - 1).from_ms.max(reach.from_ms);
            let query = Query {
                points: (!standing).then_some(&own),
                span: Span { from_ms, until_ms },
                columns: None,
            };
            let mut events = Vec::new();
            let _ = shelf.read(&query, |point, some: &[Event]| {
                let some = some.iter().filter(|it| self.concerns(point, it.kind));
                events.extend(some.map(|it| Event { point: point.clone(), ..it.clone() }));
                Ok::<_, ()>(())
            });
            // Stable: of one moment the last word counts.
            events.sort_by_key(|event| event.at_ms);
            events.into_iter().rev().for_each(|event| self.take(event));
            until_ms = from_ms;
        }
    }

    /// Whether [`Self::take`] takes such a one: a month has many of other points.
    fn concerns(&self, point: &Name, kind: EventKind) -> bool {
        match kind {
            EventKind::Command => self.names.contains(point),
            EventKind::Override | EventKind::Alarm | EventKind::Rules => true,
            EventKind::History => false,
        }
    }

    fn take(&mut self, event: Event) {
        let same = |other: &Event| match event.kind {
            EventKind::Alarm => other.by == event.by,
            // Its end is recorded without the `from` that it was planned with.
            _ => {
                (&other.point, &other.by, &other.text) == (&event.point, &event.by, &event.text)
                    && moment(other, "until ") == moment(&event, "until ")
            }
        };
        match event.kind {
            EventKind::Command => self.commanded(event),
            EventKind::Rules => drop(self.rules.get_or_insert(event)),
            EventKind::Override if !self.overrides.iter().any(same) => self.overrides.push(event),
            EventKind::Alarm if !self.alarms.iter().any(same) => self.alarms.push(event),
            _ => {}
        }
    }

    /// Other claims beside it begin no other command.
    fn commanded(&mut self, event: Event) {
        let Some(command) = &self.command else {
            self.since_ms = event.at_ms;
            self.command = Some(event);
            return;
        };
        let what = |it: &Event| (it.value, it.by.clone(), it.level.clone());
        self.other_before |= what(command) != what(&event);
        if !self.other_before {
            self.since_ms = event.at_ms;
        }
    }
}

fn reading(point: &Point, last: Sample, at_ms: i64) -> ReadingThen {
    let lasts = HEARTBEAT + point.poll * 4;
    let age_ms = u128::try_from(at_ms - last.at_ms).unwrap_or(0);
    ReadingThen {
        shown: last.value.map(|value| point.kind.display(value)),
        value: last.value,
        quality: last.quality,
        recorded: time(last.at_ms),
        outdated: last.value.is_some() && age_ms > lasts.as_millis(),
    }
}

fn command(point: &Point, since_ms: i64, event: &Event) -> CommandThen {
    CommandThen {
        since: time(since_ms),
        shown: event.value.map(|value| point.kind.display(value)),
        value: event.value,
        level: event.level.clone(),
        by: event.by.clone(),
        claims: event.text.split("; ").filter(|it| !it.is_empty()).map(str::to_owned).collect(),
    }
}

/// `None`: it had ended.
fn overridden(event: &Event, site: &Site, at: Timestamp) -> Option<OverrideThen> {
    let value = event.value?;
    let until = moment(event, "until ");
    let since = moment(event, "from ").unwrap_or_else(|| time(event.at_ms));
    if until.is_some_and(|until| until <= at) || since > at {
        return None;
    }
    let kind = site.points.find(&event.point).map(|id| &site.points.get(id).kind);
    let switch = Kind::switch();
    Some(OverrideThen {
        of: event.point.to_string(),
        shown: kind.unwrap_or(&switch).display(value),
        since,
        until,
        by: event.by.clone(),
        why: event.text.clone(),
    })
}

/// `None`: it was over.
fn alarm(event: &Event) -> Option<AlarmThen> {
    (event.value != Some(0.0)).then(|| AlarmThen {
        class: event.level.clone(),
        text: event.text.clone(),
        since: time(event.at_ms),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: &str, value: Option<f64>, level: &str) -> Event {
        Event {
            at_ms: at.parse::<Timestamp>().unwrap().as_millisecond(),
            kind: EventKind::Override,
            point: "Haus.Nutzung".into(),
            value,
            level: level.to_owned(),
            by: "rat".to_owned(),
            text: "Sitzung".to_owned(),
        }
    }

    #[test]
    fn a_planned_override_that_was_ended_is_told_no_more() {
        let planned = "from 2025-01-10T17:00:00Z until 2025-01-10T20:00:00Z";
        let begun = event("2025-01-10T08:00:00Z", Some(1.0), planned);
        let ended = event("2025-01-10T18:00:00Z", None, "until 2025-01-10T20:00:00Z");
        let other = event("2025-01-10T09:00:00Z", Some(0.0), "until 2025-01-11T09:00:00Z");
        let mut looked = Looked::default();
        // Latest first, as they are read.
        [ended, other.clone(), begun.clone()].into_iter().for_each(|event| looked.take(event));
        let standing: Vec<&Event> =
            looked.overrides.iter().filter(|event| event.value.is_some()).collect();
        assert_eq!(standing, [&other]);
        let mut looked = Looked::default();
        looked.take(begun.clone());
        assert_eq!(looked.overrides, [begun], "before it was ended");
    }

    #[test]
    fn of_other_points_only_what_stands_is_kept() {
        let looked = Looked { names: BTreeSet::from(["Haus.A".into()]), ..Looked::default() };
        for (point, kind, kept) in [
            ("Haus.A", EventKind::Command, true),
            ("Haus.B", EventKind::Command, false),
            ("Haus.B", EventKind::Override, true),
            ("Haus.B", EventKind::Alarm, true),
            ("", EventKind::Rules, true),
            ("", EventKind::History, false),
        ] {
            assert_eq!(looked.concerns(&point.into(), kind), kept, "{point} {kind:?}");
        }
    }
}
