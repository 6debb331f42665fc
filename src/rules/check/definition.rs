//! Definitions: who is called what; curves.

use super::Checker;
use super::each::Spot;
use super::names::{Definition, Symbol};
use super::term::Bounds;
use crate::model::Unit;
use crate::rules::ast::{CurveEntry, Entry, Literal, Name, Place};
use crate::rules::fault::{KindFault, NameFault};
use crate::rules::program::Curve;

/// What calls of a curve need to know.
#[derive(Debug, Clone)]
pub(super) struct CheckedCurve {
    /// Of x and y; `None` if it is broken.
    pub units: Option<(Unit, Unit)>,
    /// Of y.
    pub bounds: Bounds,
}

impl<'a> Checker<'a> {
    /// Gives every name its meaning; then calendars, schedules, which name
    /// them, and curves.
    pub(super) fn definitions(&mut self, spots: &[Spot<'a>]) {
        let mut values = 0;
        let mut groups = 0;
        let mut calendars = Vec::new();
        let mut schedules = Vec::new();
        let mut curves = Vec::new();
        for spot in spots {
            self.enter_spot(spot, "");
            let (source, file) = (spot.source, spot.file);
            let (name, symbol) = match spot.entry {
                Entry::Value(value) => {
                    values += 1;
                    // One that would be called the same in each round is
                    // reported with its loop.
                    let own = self.here.item.as_ref().map(|item| item.names(&value.name.text));
                    let known = own != Some(false);
                    let symbol = if known { Symbol::Value(values - 1) } else { Symbol::Opaque };
                    (&value.name, symbol)
                }
                Entry::Calendar(calendar) => {
                    calendars.push((source, file, calendar));
                    (&calendar.name, Symbol::Calendar(calendars.len() - 1))
                }
                Entry::Schedule(schedule) => {
                    schedules.push((source, file, schedule));
                    (&schedule.name, Symbol::Schedule(schedules.len() - 1))
                }
                Entry::Curve(curve) => {
                    curves.push((source, file, curve));
                    (&curve.name, Symbol::Curve(curves.len() - 1))
                }
                Entry::Group(group) => {
                    groups += 1;
                    (&group.name, Symbol::Group(groups - 1))
                }
                Entry::Lost(name) => {
                    self.lose(name);
                    continue;
                }
                Entry::Rule(_) | Entry::Each(_) | Entry::Test(_) | Entry::Protect(_) => continue,
            };
            self.define(name, symbol);
        }
        for (source, file, calendar) in calendars {
            self.enter(source, file, &calendar.name.text);
            self.calendar(calendar);
        }
        for (source, file, schedule) in schedules {
            self.enter(source, file, &schedule.name.text);
            self.schedule(schedule);
        }
        for (source, file, curve) in curves {
            self.enter(source, file, &curve.name.text);
            self.curve(curve);
        }
    }

    fn define(&mut self, name: &Name, symbol: Symbol) {
        let key = self.full_name(&name.text);
        if let Some(first) = self.names.definitions.get(&key) {
            if first.symbol == Symbol::Opaque && first.place == name.place {
                return;
            }
            let (file, other) = (first.file.clone(), first.place.clone());
            let place = first.location.clone();
            let fault = NameFault::Duplicate { name: name.text.clone(), place };
            self.report_with(&name.place, fault, (&file, &other));
            return;
        }
        if self.site().points.find(&key).is_some() {
            self.report(&name.place, NameFault::NameOfPoint(name.text.clone()));
            return;
        }
        let definition = Definition {
            symbol,
            location: self.location(&name.place),
            file: self.here.source.file.clone(),
            place: name.place.clone(),
            name: name.text.clone(),
        };
        self.names.definitions.insert(key, definition);
    }

    /// `file:line`
    pub(super) fn location(&self, place: &Place) -> String {
        format!("{}:{}", self.here.source.file, self.line(place))
    }

    fn curve(&mut self, entry: &CurveEntry) {
        let mut curve = Curve::default();
        let mut bounds = Bounds { low: f64::INFINITY, high: f64::NEG_INFINITY };
        let known = |(x, y): &&(Literal, Literal)| !(x.value.is_nan() || y.value.is_nan());
        let first = entry.nodes.iter().find(known);
        let units = first.map(|(x, y)| (x.unit.clone(), y.unit.clone()));
        let mut sound = !entry.broken;
        for (x, y) in &entry.nodes {
            if let Some((x_unit, y_unit)) = &units {
                sound &= self.same_unit(x, x_unit) & self.same_unit(y, y_unit);
            }
            if sound && curve.nodes.last().is_some_and(|(before, _)| x.value <= *before) {
                self.report(&x.place, NameFault::CurveOrder);
                sound = false;
            }
            curve.nodes.push((x.value, y.value));
            bounds = bounds.either(Bounds::exactly(y.value));
        }
        if entry.nodes.is_empty() && !entry.broken {
            self.report(&entry.name.place, NameFault::EmptyDefinition);
        }
        self.program.curves.push(curve);
        self.curves.push(CheckedCurve { units: units.filter(|_| sound), bounds });
    }

    fn same_unit(&mut self, literal: &Literal, wanted: &Unit) -> bool {
        let same = literal.unit.quantity == wanted.quantity && !literal.value.is_nan();
        if !same && !literal.value.is_nan() {
            if literal.unit.symbol.is_empty() {
                let fixed = format!("{} {}", Unit::none().display(literal.value), wanted.symbol);
                self.report(&literal.place, KindFault::MissingUnit { fixed });
            } else {
                let wanted = wanted.symbol.clone();
                self.report(&literal.place, NameFault::CurveUnits { wanted });
            }
        }
        same
    }
}
