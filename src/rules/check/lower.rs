//! Makes nodes of the program: shared where equal, with an identity where they
//! remember something. Names and literals are looked up here.

use std::sync::Arc;
use std::time::Duration;

use super::Checker;
use super::names::Symbol;
use super::term::{Bounds, Term, Type};
use crate::model::diagnostic::did_you_mean;
use crate::model::unit::duration;
use crate::model::{Kind as PointKind, PointId, Quantity, Unit};
use crate::rules::ast::{Expression, Kind, Literal, Name, Place};
use crate::rules::fault::{GroupFault, KindFault, NameFault};
use crate::rules::outline::{Draft, Named};
use crate::rules::program::{MemoryId, Node, NodeId};
use crate::rules::state::Memory;
use crate::rules::written::plain;

/// States where they are expected: `set P to standby`.
pub(super) type Hint<'h> = Option<&'h Arc<[String]>>;

impl Checker<'_> {
    /// A node that remembers nothing.
    pub(super) fn node(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.interned.get(&node) {
            return *id;
        }
        let id = self.push(node);
        self.interned.insert(node, id);
        id
    }

    fn push(&mut self, node: Node) -> NodeId {
        let id = u32::try_from(self.program.nodes.len())
            .expect("texts of rules are far smaller than 4 GiB");
        self.program.nodes.push(node);
        id
    }

    /// A node with a timer or latch of its own.
    pub(super) fn remembering(
        &mut self,
        place: &Place,
        fresh: Memory,
        node: impl FnOnce(u32) -> Node,
    ) -> NodeId {
        let memory = self.memory(plain(self.written(place)), fresh);
        self.push(node(memory))
    }

    /// A timer or latch of what is being looked at, known by `text`.
    pub(super) fn memory(&mut self, text: String, fresh: Memory) -> u32 {
        let met = self.here.memories.entry(text.clone()).or_default();
        let id = MemoryId { owner: self.here.owner.clone(), nth: *met, text: text.into() };
        *met = met.saturating_add(1);
        self.memory_as(id, fresh)
    }

    fn memory_as(&mut self, id: MemoryId, fresh: Memory) -> u32 {
        let memory = u32::try_from(self.program.memories.len())
            .expect("texts of rules are far smaller than 4 GiB");
        self.program.memories.push((id, fresh));
        memory
    }

    /// A node whose memory is known by `id`.
    pub(super) fn remembering_as(
        &mut self,
        id: MemoryId,
        fresh: Memory,
        node: impl FnOnce(u32) -> Node,
    ) -> NodeId {
        let memory = self.memory_as(id, fresh);
        self.push(node(memory))
    }

    pub(super) fn constant(&mut self, value: f64) -> NodeId {
        // -0 and 0 are one constant.
        let value = if value == 0.0 { 0.0 } else { value };
        self.node(Node::Const(value.to_bits()))
    }

    /// A term about which nothing more is said.
    pub(super) fn broken(&mut self) -> Term {
        Term { kind: Type::Broken, ..self.condition_term(Node::Const(0), false) }
    }

    pub(super) fn condition_term(&mut self, node: Node, fallible: bool) -> Term {
        let node = self.node(node);
        self.term(node, Type::Condition, Bounds::CONDITION, fallible)
    }

    pub(super) fn term(
        &mut self,
        node: NodeId,
        kind: Type,
        bounds: Bounds,
        fallible: bool,
    ) -> Term {
        let unit = match kind {
            Type::Number(quantity) => Arc::new(quantity.usual_unit()),
            _ => Arc::new(Unit::none()),
        };
        Term { node, kind, unit, bounds, fallible, comparison: None, wavers: false }
    }

    /// Any expression. `hint`: the states that a bare name may mean.
    pub(super) fn lower(&mut self, expression: &Expression, hint: Hint<'_>) -> Term {
        let mark = self.program.outline.mark();
        let term = self.term_of(expression, hint);
        let names = match &expression.kind {
            Kind::Name(name) => self.named(name, &term),
            _ => Named::Nothing,
        };
        let draft = Draft {
            text: &self.here.source.text,
            place: expression.place.clone(),
            node: term.node,
            names,
            kind: term.shown_as(),
            condition: term.kind == Type::Condition,
        };
        self.program.outline.put(mark, draft);
        term
    }

    /// What a name turned out to stand for; `term` is what came of it.
    fn named(&self, name: &str, term: &Term) -> Named {
        let index = match self.look_up(name) {
            Some(Symbol::Point(point)) => {
                let reads = self.program.nodes[term.node as usize] == Node::Point(point);
                return if reads { Named::Point(point) } else { Named::Nothing };
            }
            Some(Symbol::Value(value)) => {
                self.values.get(value).and_then(Option::as_ref).map(|checked| checked.index)
            }
            // The schedules are the first of the program's values.
            Some(Symbol::Schedule(schedule)) => u32::try_from(schedule).ok(),
            _ => None,
        };
        index.map_or(Named::Nothing, Named::Value)
    }

    fn term_of(&mut self, expression: &Expression, hint: Hint<'_>) -> Term {
        match &expression.kind {
            Kind::Number(literal) => self.literal(literal),
            Kind::Name(name) => {
                let name = Name { text: name.clone(), place: expression.place.clone() };
                self.name(&name, hint)
            }
            Kind::Negative(inner) => self.negative(inner),
            Kind::Sum(terms) => self.sum(terms),
            Kind::Product(factors) => self.product(factors),
            Kind::Fallback(choices) => self.fallback(choices, hint),
            Kind::Call { function, arguments, over: Some(over) } => {
                self.over(&expression.place, function, arguments, over)
            }
            Kind::Call { function, arguments, over: None } => {
                self.call(&expression.place, function, arguments)
            }
            Kind::Aggregate(aggregate) => self.aggregate(&expression.place, aggregate),
            Kind::Compare { relation, left, right } => {
                self.compare(&expression.place, *relation, left, right)
            }
            Kind::Is { subject, not, what } => self.is(subject, *not, what),
            Kind::Turn { schedule, turn, within } => self.turn(schedule, *turn, within),
            Kind::For { condition, time } => self.for_time(&expression.place, condition, time),
            Kind::Extended { condition, time } => self.extended(&expression.place, condition, time),
            Kind::Until { start, stop } => self.until(&expression.place, start, stop),
            Kind::Not(inner) => self.not(inner),
            Kind::All(operands) => self.chain(operands, Node::And),
            Kind::Any(operands) => self.chain(operands, Node::Or),
            Kind::Broken => self.broken(),
        }
    }

    fn literal(&mut self, literal: &Literal) -> Term {
        if !literal.value.is_finite() {
            return self.broken();
        }
        let node = self.constant(literal.value);
        if literal.unit.quantity == Quantity::TIME {
            self.longest(duration(literal.value));
        }
        let kind = Type::Number(literal.unit.quantity);
        let unit = Arc::new(literal.unit.clone());
        Term { unit, ..self.term(node, kind, Bounds::exactly(literal.value), false) }
    }

    /// A time that the rules name.
    pub(super) fn longest(&mut self, time: Option<Duration>) {
        let longest = self.program.longest;
        self.program.longest = longest.max(time.unwrap_or_default());
    }

    fn name(&mut self, name: &Name, hint: Hint<'_>) -> Term {
        if let Some(states) = hint
            && let Some(index) = states.iter().position(|state| *state == name.text)
        {
            return self.state(states, index);
        }
        let symbol = self.resolve(&name.text);
        self.symbol(name, symbol, hint)
    }

    /// What `name` was found to stand for.
    pub(super) fn symbol(&mut self, name: &Name, symbol: Option<Symbol>, hint: Hint<'_>) -> Term {
        match symbol {
            Some(Symbol::Point(point)) => self.point(point),
            Some(Symbol::Value(value)) => self.value_of(value),
            Some(Symbol::Schedule(schedule)) => {
                let index = u32::try_from(schedule).unwrap_or(u32::MAX);
                self.condition_term(Node::Schedule(index), false)
            }
            Some(Symbol::Opaque) => self.broken(),
            Some(Symbol::Calendar(_)) => {
                self.report(&name.place, NameFault::CalendarNotCondition(name.text.clone()));
                self.broken()
            }
            Some(Symbol::Group(_)) => {
                self.report(&name.place, GroupFault::GroupAsValue(name.text.clone()));
                self.broken()
            }
            Some(Symbol::Curve(_)) => {
                let help = Some(format!("{}(0 °C)", name.text));
                self.report(&name.place, KindFault::NotACondition { help });
                self.broken()
            }
            None if matches!(name.text.as_str(), "on" | "off") && hint.is_none() => {
                let value = f64::from(name.text == "on");
                let term = self.condition_term(Node::Const(value.to_bits()), false);
                Term { bounds: Bounds::exactly(value), ..term }
            }
            None => {
                match hint {
                    Some(states) if !name.text.contains('.') => self.report_state(name, states),
                    _ => self.report_unknown(name),
                }
                self.broken()
            }
        }
    }

    pub(super) fn report_state(&mut self, name: &Name, states: &[String]) {
        let near = did_you_mean(&name.text, states.iter().map(String::as_str))
            .or_else(|| spoken_state(&name.text).filter(|near| states.iter().any(|it| it == near)))
            .map(str::to_owned);
        let (state, states) = (name.text.clone(), states.to_vec());
        self.report(&name.place, KindFault::UnknownState { state, states, near });
    }

    pub(super) fn state(&mut self, states: &Arc<[String]>, index: usize) -> Term {
        let value = index as f64;
        let node = self.constant(value);
        self.term(node, Type::States(states.clone()), Bounds::exactly(value), false)
    }

    fn point(&mut self, id: PointId) -> Term {
        self.here.reads.insert(id);
        let node = self.node(Node::Point(id));
        let point = self.site().points.get(id);
        let bounds = point.range.map_or(Bounds::ANY, |(low, high)| Bounds { low, high });
        match &point.kind {
            PointKind::Number(unit) => {
                let unit = Arc::new(unit.clone());
                let kind = Type::Number(unit.quantity);
                Term { unit, ..self.term(node, kind, bounds, true) }
            }
            PointKind::States(states) => {
                let kind = Type::States(states.as_slice().into());
                self.term(node, kind, Bounds::ANY, true)
            }
        }
    }

    fn value_of(&mut self, index: usize) -> Term {
        match self.values.get(index).and_then(Option::as_ref) {
            Some(value) => {
                self.here.reads.extend(value.reads.iter().copied());
                self.here.windows.extend(value.windows.iter().copied());
                Term { comparison: None, ..value.term.clone() }
            }
            None => self.broken(),
        }
    }

    /// Reports a number without its unit where `quantity` is wanted, with the
    /// text put right.
    pub(super) fn missing_unit(
        &mut self,
        expression: &Expression,
        term: &Term,
        wanted: &Unit,
    ) -> bool {
        let bare =
            matches!(&expression.kind, Kind::Number(literal) if literal.unit.symbol.is_empty());
        let missing = bare && term.kind == Type::Number(Quantity::NONE);
        if missing && !wanted.symbol.is_empty() {
            // From the value, not the text: `20,5` has been reported already.
            let number = Unit::none().display(term.bounds.low);
            let fixed = format!("{number} {}", wanted.symbol);
            self.report(&expression.place, KindFault::MissingUnit { fixed });
        }
        missing && !wanted.symbol.is_empty()
    }
}

/// What people call a switch's states in German, in English and in numbers.
fn spoken_state(word: &str) -> Option<&'static str> {
    const ON: [&str; 9] = ["ein", "an", "1", "true", "wahr", "ja", "yes", "active", "läuft"];
    const OFF: [&str; 7] = ["aus", "0", "false", "falsch", "nein", "no", "inactive"];
    let word = word.to_lowercase();
    let is = |words: &[&str]| words.contains(&word.as_str());
    if is(&ON) { Some("on") } else { is(&OFF).then_some("off") }
}
