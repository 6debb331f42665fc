//! Definitions: who is called what, schedules, curves.

use super::Checker;
use super::names::{Definition, Symbol, full};
use super::term::Bounds;
use crate::model::diagnostic::Source;
use crate::model::schedule::{Days, Schedule, ScheduleLine};
use crate::model::{Kind, Unit};
use crate::rules::ast::{CurveEntry, DaysEntry, Entry, File, Literal, Name, Place, ScheduleEntry};
use crate::rules::fault::{KindFault, NameFault, SyntaxFault};
use crate::rules::program::{Curve, NamedSchedule, Node, Value};

/// What calls of a curve need to know.
#[derive(Debug, Clone)]
pub(super) struct CheckedCurve {
    /// Of x and y; `None` if it is broken.
    pub units: Option<(Unit, Unit)>,
    /// Of y.
    pub bounds: Bounds,
}

impl<'a> Checker<'a> {
    /// Gives every name its meaning; then schedules and curves, which need no
    /// other name.
    pub(super) fn definitions(&mut self, sources: &'a [Source], files: &'a [File]) {
        let mut values = 0;
        let mut schedules = Vec::new();
        let mut curves = Vec::new();
        for (source, file) in sources.iter().zip(files) {
            self.enter(source, file, "");
            for entry in &file.entries {
                let (name, symbol) = match entry {
                    Entry::Value(value) => {
                        values += 1;
                        (&value.name, Symbol::Value(values - 1))
                    }
                    Entry::Schedule(schedule) => {
                        schedules.push((source, file, schedule));
                        (&schedule.name, Symbol::Schedule(schedules.len() - 1))
                    }
                    Entry::Curve(curve) => {
                        curves.push((source, file, curve));
                        (&curve.name, Symbol::Curve(curves.len() - 1))
                    }
                    Entry::Opaque(name) => (name, Symbol::Opaque),
                    Entry::Rule(_) => continue,
                };
                self.define(name, symbol);
            }
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
        let key = full(self.here.building, &name.text);
        if let Some(first) = self.names.definitions.get(&key) {
            let place = first.location.clone();
            let fault = NameFault::Duplicate { name: name.text.clone(), place };
            self.report(&name.place, fault);
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

    fn schedule(&mut self, entry: &ScheduleEntry) {
        let mut schedule = Schedule::default();
        for line in &entry.lines {
            let days: Vec<Days> = line.days.iter().filter_map(|days| self.days(days)).collect();
            let (also, times) = (line.also, line.times.clone());
            schedule.lines.push(ScheduleLine { days, also, times });
        }
        if entry.lines.is_empty() && !entry.broken {
            self.report(&entry.name.place, NameFault::EmptyDefinition);
        }
        let whole_weeks = |days: &[DaysEntry]| {
            days.iter().try_fold(0_u8, |mask, days| match days {
                DaysEntry::Known(Days::Weekdays(more)) => Some(mask | more),
                _ => None,
            })
        };
        // From the last line up: what later lines without `also` decide.
        let mut decided = 0;
        for line in entry.lines.iter().rev().filter(|line| !line.also) {
            let Some(mask) = whole_weeks(&line.days) else { continue };
            if mask & !decided == 0 {
                self.report(&line.place, NameFault::LineNever);
            }
            decided |= mask;
        }
        self.program.schedules.push(NamedSchedule { name: self.here.owner.clone(), schedule });
        let index = u32::try_from(self.program.schedules.len() - 1).unwrap_or(u32::MAX);
        let node = self.node(Node::Schedule(index));
        self.program.values.push(Value {
            name: self.here.owner.clone(),
            kind: Kind::switch().into(),
            node,
        });
    }

    fn days(&mut self, days: &DaysEntry) -> Option<Days> {
        match days {
            DaysEntry::Known(days) => Some(*days),
            DaysEntry::Named(name) => {
                if self.resolve(&name.text) != Some(Symbol::Opaque) {
                    let fault = SyntaxFault::UnknownDay { found: name.text.clone(), near: None };
                    self.report(&name.place, fault);
                }
                None
            }
        }
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
