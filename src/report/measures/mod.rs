//! Measures: what a building does that costs energy and need not, as its data show:
//! each with evidence in numbers, the share of the time behind it, and what it is
//! worth where the data carry that. And from the same pass the comfort of its rooms
//! and the operation of its pumps, fans and burners.
//!
//! ```text
//! quarter hours ─▶ Month ─▶ comfort, operation            Comfort, Operation
//! (a month)          │ ───▶ summer setback curve           ┐
//!                    └────▶ coils stuck                    ├▶ Measure ─▶ words
//! accounts ──────────────▶ heat ─▶ summer, night load      │
//! events ────────────────▶ forgotten                       ┘
//! ```
//! Nobody is accused by a gap: each kind says how much must be known before it
//! speaks; below that it is silent, and its silence means nothing. Of a year no more
//! than a month is held in memory.

mod benchmark;
mod circuit;
mod coils;
mod comfort;
mod curve;
mod cycling;
mod followed;
mod forgotten;
mod heat;
mod measure;
mod month;
mod night_load;
mod operation;
mod rest;
mod setback;
mod stuck;
mod summer;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::account::Account;
use super::outdoor::Days;
use crate::history::span::month_of;
use crate::history::{Event, Name, Query, Rollup, Shelf, Span};
use crate::model::Role;
use crate::site::Site;

pub use benchmark::missed;
pub use comfort::{Air, Comfort};
pub use measure::{Measure, Saving, Sure, What};
pub use operation::Operation;
pub use words::estimated;

use circuit::Circuit;
use followed::Followed;
use heat::Heat;
use month::Month;

/// What is looked at, and what others know of it.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "it holds a closure")]
pub struct Asked<'a> {
    pub site: &'a Site,
    /// Index into [`Site::buildings`].
    pub building: usize,
    pub span: Span,
    /// Daily means of the outdoor temperature.
    pub outdoor: &'a Days,
    /// Of the building's meters, over the span.
    pub accounts: &'a [Account<'a>],
    /// Whether it is occupied at a moment; `None`: nobody knows.
    pub occupied: &'a dyn Fn(Timestamp) -> Option<bool>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Those worth most first.
    pub measures: Vec<Measure>,
    /// In order of the site's points.
    pub comfort: Vec<Comfort>,
    pub operation: Vec<Operation>,
}

/// Looks at a building's history. Files that fail are told by the shelf; what they
/// held is unknown.
#[must_use]
pub fn find(asked: Asked<'_>, shelf: &mut Shelf) -> Found {
    const COLUMNS: [&str; 6] = ["mean", "min", "max", "last", "count", "known_s"];
    let mut look = Look::new(asked);
    let names = look.names();
    let query = Query { points: Some(&names), span: asked.span, columns: Some(&COLUMNS) };
    let _ = shelf.read(&query, |name, rows: &[Rollup]| {
        look.take(name, rows);
        Ok::<_, ()>(())
    });
    let names = forgotten::names(&asked);
    let span = Span { from_ms: asked.span.from_ms - forgotten::BEFORE_MS, ..asked.span };
    let query = Query { points: Some(&names), span, columns: None };
    let mut events = Vec::new();
    let _ = shelf.read(&query, |_, rows: &[Event]| {
        events.extend(rows.iter().filter(|event| forgotten::concerns(event)).cloned());
        Ok::<_, ()>(())
    });
    look.finish(&events)
}

/// A building's quarter hours are taken in here, month after month.
#[allow(missing_debug_implementations, reason = "it holds a closure")]
pub struct Look<'a> {
    asked: Asked<'a>,
    followed: Followed,
    /// The one that is being taken in.
    month: Month,
    comfort: Vec<comfort::Room>,
    operation: Vec<operation::Unit>,
    circuits: Vec<Part>,
    coils: Vec<coils::Coils>,
    sensors: Vec<stuck::Sensor>,
    /// The place of the outdoor sensor.
    outdoor: Option<usize>,
}

/// A heating circuit, as it is being looked at.
#[derive(Debug, Default)]
struct Part {
    circuit: Circuit,
    warm: summer::Warm,
    setback: rest::Setback,
    curve: curve::Curve,
}

impl<'a> Look<'a> {
    #[must_use]
    pub fn new(asked: Asked<'a>) -> Self {
        let followed = Followed::of(asked.site, asked.building);
        let outdoor = followed.of_role(Role::OutdoorTemperature).map(|(place, _)| place).next();
        Self {
            comfort: comfort::rooms(&followed, asked.site.buildings[asked.building].usage),
            operation: operation::units(&followed),
            circuits: circuit::circuits(&followed)
                .into_iter()
                .map(|circuit| Part { circuit, ..Part::default() })
                .collect(),
            coils: coils::coils(&followed),
            sensors: stuck::sensors(&followed),
            outdoor,
            month: Month::new(&asked, month_of(asked.span.from_ms), followed.len()),
            followed,
            asked,
        }
    }

    /// The points that are looked at, by all names they had.
    #[must_use]
    pub fn names(&self) -> BTreeSet<Name> {
        self.followed.names()
    }

    /// Quarter hours of a point, in order of time; not before those of a month that
    /// was taken in before. Of other points nothing is taken.
    pub fn take(&mut self, name: &Name, rows: &[Rollup]) {
        let Some(place) = self.followed.find(name) else { return };
        let span = self.asked.span;
        for row in rows.iter().filter(|row| span.has(row.at_ms)) {
            while row.at_ms >= self.month.until_ms {
                self.close();
            }
            self.month.put(place, row);
        }
    }

    /// The month is whole: what it says is taken over, and the next one begins.
    fn close(&mut self) {
        let month = &self.month;
        self.comfort.iter_mut().for_each(|room| room.take(month));
        self.operation.iter_mut().for_each(|unit| unit.take(month));
        self.coils.iter_mut().for_each(|coils| coils.take(&self.followed, month));
        self.sensors.iter_mut().for_each(|sensor| sensor.take(month));
        for part in &mut self.circuits {
            let circuit = &part.circuit;
            part.warm.take(circuit, &self.followed, month);
            part.setback.take(circuit, self.outdoor, &self.followed, month);
            part.curve.take(circuit, self.outdoor, &self.followed, month);
        }
        self.month = Month::new(&self.asked, month_of(month.until_ms), self.followed.len());
    }

    /// `events`: those of overrides, in order of time for each point.
    #[must_use]
    pub fn finish(mut self, events: &[Event]) -> Found {
        while self.month.from_ms < self.asked.span.until_ms {
            self.close();
        }
        let operation = self.operation.into_iter().map(operation::Unit::told).collect::<Vec<_>>();
        let (asked, followed) = (&self.asked, &self.followed);
        let heat = Heat::of(asked);
        let mut measures = of_circuits(asked, followed, &self.circuits, &heat);
        measures.extend(coils::find(asked, followed, &self.coils));
        measures.extend(night_load::find(asked));
        measures.extend(cycling::find(asked, &operation));
        measures.extend(stuck::find(asked, followed, self.sensors));
        measures.extend(forgotten::find(asked, events));
        measures.sort_by(|one, other| other.worth().total_cmp(&one.worth()));
        let comfort = self.comfort.into_iter().map(comfort::Room::told).collect();
        Found { measures, comfort, operation }
    }
}

fn of_circuits(
    asked: &Asked<'_>,
    followed: &Followed,
    parts: &[Part],
    heat: &Heat,
) -> Vec<Measure> {
    let warm: Vec<_> = parts.iter().map(|part| (part.circuit, &part.warm)).collect();
    let curves: Vec<_> = parts.iter().map(|part| (part.circuit, &part.curve)).collect();
    let looked = parts.iter().map(|part| setback::Looked {
        circuit: &part.circuit,
        setback: &part.setback,
        line: part.curve.line(),
    });
    let looked: Vec<_> = looked.collect();
    let mut measures: Vec<Measure> =
        summer::find(asked, followed, &warm, heat).into_iter().collect();
    measures.extend(setback::find(asked, followed, &looked, heat));
    measures.extend(curve::find(asked, followed, &curves, heat));
    measures
}
