//! What is computed over time: windows, `demand`, `hours`; each with a memory
//! of its own, equal ones of one owner with one between them.

use std::sync::Arc;
use std::time::Duration;

use super::Checker;
use super::names::Symbol;
use super::term::{Bounds, Term, Type};
use crate::model::unit::duration;
use crate::model::{Kind as PointKind, PointId, Quantity, Unit};
use crate::rules::ast::{Expression, Kind, Literal, Name, Place, What};
use crate::rules::demand::Demand;
use crate::rules::fault::{KindFault, NameFault, Unfit, WindowFault};
use crate::rules::program::{MemoryId, Node, NodeId};
use crate::rules::state::Memory;
use crate::rules::window::{FILLED, Gauge, Window};

/// What a node over time is told by from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Measured {
    Window(Arc<str>, Gauge, Duration, NodeId, NodeId),
    Demand(Arc<str>, Duration, NodeId, NodeId),
    /// Of a point in some of its states: all rules have it in common.
    PointHours(PointId, Vec<usize>),
    Hours(Arc<str>, NodeId),
}

/// The window that a function has, if it has one.
fn gauge(function: &str) -> Option<Gauge> {
    Some(match function {
        "mean" => Gauge::Mean,
        "min" => Gauge::Min,
        "max" => Gauge::Max,
        "change" => Gauge::Change,
        "rate" => Gauge::Rate,
        "starts" => Gauge::Starts,
        _ => return None,
    })
}

impl Checker<'_> {
    /// `function(…) over D`
    pub(super) fn over(
        &mut self,
        place: &Place,
        function: &Name,
        arguments: &[Expression],
        over: &Literal,
    ) -> Term {
        let name = function.text.as_str();
        let gauge = gauge(name);
        if gauge.is_none() && name != "demand" {
            self.report(&function.place, WindowFault::HasNone { function: name.to_owned() });
            return self.broken();
        }
        let [argument] = arguments else {
            let fault = NameFault::Arguments { function: name.to_owned(), wanted: 1 };
            self.report(&function.place, fault);
            return self.broken();
        };
        let length = duration(over.value).filter(|length| *length > Duration::ZERO);
        self.longest(length);
        let Some(length) = length else {
            self.report(&over.place, WindowFault::Zero);
            return self.broken();
        };
        match gauge {
            Some(Gauge::Starts) => {
                let term = self.condition(argument);
                self.window(place, Gauge::Starts, length, &term)
            }
            Some(gauge) => {
                let term = self.number(argument);
                self.window(place, gauge, length, &term)
            }
            None => self.demand(place, argument, length, over),
        }
    }

    /// A function that needs a window stands without one.
    pub(super) fn without_window(&mut self, function: &Name, arguments: &[Expression]) -> Term {
        let texts: Vec<&str> =
            arguments.iter().map(|argument| self.written(&argument.place)).collect();
        let name = function.text.clone();
        let fault = match &texts[..] {
            [] | [_] => {
                let over = if name == "demand" { "15 min" } else { "24 h" };
                let help = format!("{name}({}) over {over}", texts.join(", "));
                WindowFault::Missing { function: name, help }
            }
            _ => {
                let help = format!("group G = {}\n{name} of G", texts.join(", "));
                WindowFault::OfSeveral { function: name, help }
            }
        };
        self.report(&function.place, fault);
        self.broken()
    }

    fn window(&mut self, place: &Place, gauge: Gauge, length: Duration, term: &Term) -> Term {
        if term.is_broken() {
            return self.broken();
        }
        let (kind, unit, bounds) = measure(gauge, length, term);
        let substituted = self.substituted(term.node);
        let owner = self.here.owner.clone();
        let key = Measured::Window(owner, gauge, length, term.node, substituted);
        let input = term.node;
        let node = self.measured(key, |checker| {
            let fresh = Memory::Window(Box::new(Window::new(gauge, length)));
            let node = |memory| Node::Window { input, substituted, memory };
            checker.remembering(place, fresh, node)
        });
        // Until it is filled it is unknown.
        Term { unit, ..self.term(node, kind, bounds, true) }
    }

    fn demand(
        &mut self,
        place: &Place,
        argument: &Expression,
        length: Duration,
        over: &Literal,
    ) -> Term {
        let term = self.number(argument);
        let Type::Number(quantity) = term.kind else { return term };
        if quantity != Quantity::POWER {
            if quantity == Quantity::ENERGY {
                let rate = format!(
                    "rate({}) over {}",
                    self.written(&argument.place),
                    self.written(&over.place)
                );
                self.report(&argument.place, WindowFault::DemandOfEnergy { rate });
            } else {
                let fault = Unfit::Argument { wanted: "kW".to_owned(), found: term.symbol() };
                self.report(&argument.place, KindFault::Unfit(fault));
            }
            return self.broken();
        }
        let day = Duration::from_secs(86_400);
        let seconds = length.as_secs();
        if length.subsec_nanos() != 0 || seconds < 60 || !day.as_secs().is_multiple_of(seconds) {
            self.report(&over.place, WindowFault::Period);
            return self.broken();
        }
        let pulse = self.pulse(argument);
        let substituted = self.substituted(term.node);
        let (input, owner) = (term.node, self.here.owner.clone());
        let key = Measured::Demand(owner, length, input, substituted);
        let node = self.measured(key, |checker| {
            let fresh = Memory::Demand(Box::new(Demand::new(length)));
            checker.remembering(place, fresh, |memory| Node::Demand {
                input,
                substituted,
                pulse,
                memory,
            })
        });
        Term { unit: term.unit, ..self.term(node, term.kind, term.bounds, true) }
    }

    /// What tells where the metering periods of a point begin, and whether
    /// only its going on does.
    fn pulse(&mut self, argument: &Expression) -> Option<(NodeId, bool)> {
        let Kind::Name(name) = &argument.kind else { return None };
        let Some(Symbol::Point(point)) = self.resolve(name) else { return None };
        let pulse = self.site().points.get(point).pulse?;
        self.here.reads.insert(pulse);
        let node = self.node(Node::Point(pulse));
        let switch = self.site().points.get(pulse).kind == PointKind::switch();
        Some((node, switch))
    }

    /// `hours(P is on)`
    pub(super) fn hours(
        &mut self,
        place: &Place,
        function: &Name,
        arguments: &[Expression],
    ) -> Term {
        let [argument] = arguments else {
            let fault = NameFault::Arguments { function: function.text.clone(), wanted: 1 };
            self.report(&function.place, fault);
            return self.broken();
        };
        let term = self.condition(argument);
        if term.is_broken() {
            return term;
        }
        let condition = term.node;
        let fresh = Memory::Hours { counted: Duration::ZERO, running: false };
        let node = match self.point_states(argument) {
            Some((point, states)) => {
                let key = Measured::PointHours(point, states.clone());
                self.measured(key, |checker| checker.point_hours(point, &states, condition, fresh))
            }
            None => {
                let key = Measured::Hours(self.here.owner.clone(), condition);
                self.measured(key, |checker| {
                    let node = |memory| Node::Hours { condition, before: 0, memory };
                    checker.remembering(place, fresh, node)
                })
            }
        };
        let unit = Unit::parse("h").unwrap_or_else(|| Quantity::TIME.usual_unit());
        let bounds = Bounds { low: 0.0, high: f64::INFINITY };
        let kind = Type::Number(Quantity::TIME);
        Term { unit: unit.into(), ..self.term(node, kind, bounds, false) }
    }

    /// The run hours of a point in some of its states, counted on from what
    /// the site file says.
    fn point_hours(
        &mut self,
        point: PointId,
        states: &[usize],
        condition: NodeId,
        fresh: Memory,
    ) -> NodeId {
        let point = self.site().points.get(point);
        let PointKind::States(names) = &point.kind else { return condition };
        let before = point.hours.iter().filter(|(state, _)| states.contains(state));
        let before: Duration = before.map(|(_, ran)| *ran).sum();
        let names: Vec<&str> = states.iter().map(|state| names[*state].as_str()).collect();
        let id = MemoryId {
            owner: point.name.as_str().into(),
            text: format!("hours {}", names.join(" ")).into(),
            nth: 0,
        };
        let before = before.as_secs();
        self.remembering_as(id, fresh, |memory| Node::Hours { condition, before, memory })
    }

    /// The point and its states that a condition is about, if it is about
    /// nothing else.
    fn point_states(&mut self, expression: &Expression) -> Option<(PointId, Vec<usize>)> {
        let (subject, not, state) = match &expression.kind {
            Kind::Name(name) => (name, false, "on"),
            Kind::Is { subject, not, what: What::State(state) } => match &subject.kind {
                Kind::Name(name) => (name, *not, state.text.as_str()),
                _ => return None,
            },
            _ => return None,
        };
        let Some(Symbol::Point(point)) = self.resolve(subject) else { return None };
        let PointKind::States(names) = &self.site().points.get(point).kind else { return None };
        let chosen = |name: &String| (name == state) != not;
        let states = (0..names.len()).filter(|index| chosen(&names[*index]));
        Some((point, states.collect()))
    }

    /// The node of `key`; made where there is none yet.
    fn measured(&mut self, key: Measured, make: impl FnOnce(&mut Self) -> NodeId) -> NodeId {
        let node = match self.measured.get(&key) {
            Some(node) => *node,
            None => {
                let node = make(self);
                self.measured.insert(key, node);
                node
            }
        };
        self.here.windows.insert(node);
        node
    }
}

/// Kind, unit and bounds of what a window makes of a term.
fn measure(gauge: Gauge, length: Duration, term: &Term) -> (Type, Arc<Unit>, Bounds) {
    let quantity = match term.kind {
        Type::Number(quantity) => quantity,
        _ => Quantity::NONE,
    };
    let change = quantity.per(Quantity::NONE);
    let changes = term.bounds.minus(term.bounds);
    let unit = |quantity: Quantity| {
        if term.unit.quantity == quantity {
            term.unit.clone()
        } else {
            quantity.usual_unit().into()
        }
    };
    match gauge {
        Gauge::Mean | Gauge::Min | Gauge::Max => {
            (term.kind.clone(), term.unit.clone(), term.bounds)
        }
        Gauge::Change => (Type::Number(change), unit(change), changes),
        Gauge::Rate => {
            let rate = change.per(Quantity::TIME);
            // The oldest value is at least so old.
            let least = Bounds::exactly(FILLED * (1.0 - 1e-9) * length.as_secs_f64());
            let hourly = Unit::parse(&format!("{}/h", unit(change)));
            let usual = rate.usual_unit();
            // kW for kWh/h, but K/h and not K/s.
            let composed = usual.symbol.ends_with("/s");
            let shown = if composed { hourly.unwrap_or(usual) } else { usual };
            (Type::Number(rate), shown.into(), changes.per(least))
        }
        Gauge::Starts => {
            let any = Bounds { low: 0.0, high: f64::INFINITY };
            (Type::Number(Quantity::NONE), Arc::new(Unit::none()), any)
        }
    }
}
