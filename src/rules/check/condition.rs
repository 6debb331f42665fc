//! Conditions: comparison, `and or not`, `for`, `extended`, `until`, turns of
//! schedules; and what can be seen to be a mistake in them.

use super::Checker;
use super::names::Symbol;
use super::term::{Bounds, Comparison, Term, Type};
use crate::model::Quantity;
use crate::rules::ast::{Expression, Kind, Name, Place, Relation, Stop, Turn};
use crate::rules::fault::{KindFault, NameFault, RuleFault, Unfit};
use crate::rules::program::{Node, NodeId};
use crate::rules::state::{Acknowledge, Memory};

impl Checker<'_> {
    /// An expression that must be a condition.
    pub(super) fn condition(&mut self, expression: &Expression) -> Term {
        let term = self.lower(expression, None);
        self.as_condition(expression, term)
    }

    /// The bare name of a switch means `is on`.
    pub(super) fn as_condition(&mut self, expression: &Expression, term: Term) -> Term {
        let text = || self.written(&expression.place).to_owned();
        match &term.kind {
            Type::Condition | Type::Broken => term,
            Type::States(states) => {
                let Some(index) = states.iter().position(|state| state == "on") else {
                    let fault = KindFault::NoOnState { name: text(), states: states.to_vec() };
                    self.report(&expression.place, fault);
                    return self.broken();
                };
                let on = self.constant(index as f64);
                let term = self.condition_term(Node::Equal(term.node, on), term.fallible);
                self.program.outline.last_asks(&expression.place, term.node);
                term
            }
            Type::Number(quantity) => {
                let unit = &term.unit.symbol;
                let help = match (*quantity == Quantity::NONE, &expression.kind) {
                    (_, Kind::Number(_)) => None,
                    (true, Kind::Aggregate(_)) => Some(format!("{} >= 1", text())),
                    (true, _) => Some(format!("{} is 1", text())),
                    (false, _) if quantity.absolute => Some(format!("{} > 20 {unit}", text())),
                    (false, _) => Some(format!("{} > 0 {unit}", text())),
                };
                self.report(&expression.place, KindFault::NotACondition { help });
                self.broken()
            }
        }
    }

    pub(super) fn compare(
        &mut self,
        place: &Place,
        relation: Relation,
        left: &Expression,
        right: &Expression,
    ) -> Term {
        let subject = self.lower(left, None);
        self.compare_term(place, relation, (left, subject), right)
    }

    /// As [`compare`](Self::compare), with the left side looked at already.
    pub(super) fn compare_term(
        &mut self,
        place: &Place,
        relation: Relation,
        (left, subject): (&Expression, Term),
        right: &Expression,
    ) -> Term {
        if let Type::States(states) = &subject.kind {
            let help =
                states.first().map(|state| format!("{} is {state}", self.written(&left.place)));
            self.report(place, KindFault::StateCompared { help });
            return self.broken();
        }
        let bound = self.number(right);
        if subject.kind == Type::Condition {
            self.report(&left.place, KindFault::NotANumber);
            return self.broken();
        }
        self.compared(place, relation, (left, &subject), (right, &bound))
    }

    /// `subject relation bound`, both looked at already.
    fn compared(
        &mut self,
        place: &Place,
        relation: Relation,
        (left, subject): (&Expression, &Term),
        (right, bound): (&Expression, &Term),
    ) -> Term {
        let (Type::Number(a), Type::Number(b)) = (&subject.kind, &bound.kind) else {
            return self.broken();
        };
        if a != b {
            let missing = self.missing_unit(right, bound, &subject.unit)
                || self.missing_unit(left, subject, &bound.unit);
            if !missing {
                let fault = Unfit::Compared { left: subject.symbol(), right: bound.symbol() };
                self.report(place, KindFault::Unfit(fault));
            }
            return self.broken();
        }
        if let Some(always) = subject.bounds.verdict(relation, bound.bounds) {
            self.report_never(place, always, (left, subject), (right, bound));
            return self.broken();
        }
        let node = match relation {
            Relation::Less => Node::Less(subject.node, bound.node),
            Relation::AtMost => Node::AtMost(subject.node, bound.node),
            Relation::Greater => Node::Less(bound.node, subject.node),
            Relation::AtLeast => Node::AtMost(bound.node, subject.node),
        };
        let comparison =
            bound.bounds.constant().map(|bound| Comparison { relation, left: subject.node, bound });
        let term = self.condition_term(node, subject.fallible || bound.fallible);
        let wavers = term.fallible;
        Term { comparison, wavers, ..term }
    }

    fn report_never(
        &mut self,
        place: &Place,
        always: bool,
        (left, subject): (&Expression, &Term),
        (right, bound): (&Expression, &Term),
    ) {
        let constant = subject.bounds.constant().is_some();
        let (expression, term) = if constant { (right, bound) } else { (left, subject) };
        let shown = |value: f64| match value {
            f64::INFINITY => "∞".to_owned(),
            f64::NEG_INFINITY => "-∞".to_owned(),
            value => term.unit.display(value),
        };
        let fault = KindFault::NeverChanges {
            always,
            what: self.written(&expression.place).to_owned(),
            low: shown(term.bounds.low),
            high: shown(term.bounds.high),
        };
        self.report(place, fault);
    }

    pub(super) fn not(&mut self, inner: &Expression) -> Term {
        let term = self.condition(inner);
        if term.is_broken() {
            return term;
        }
        let opposite = term.bounds.constant().map(|value| 1.0 - value);
        let node = match opposite {
            Some(value) => Node::Const(value.to_bits()),
            None => Node::Not(term.node),
        };
        let bounds = opposite.map_or(Bounds::CONDITION, Bounds::exactly);
        let wavers = term.wavers;
        Term { bounds, wavers, ..self.condition_term(node, term.fallible) }
    }

    /// `and`, `or`
    pub(super) fn chain(
        &mut self,
        operands: &[Expression],
        node: impl Fn(NodeId, NodeId) -> Node,
    ) -> Term {
        let terms: Vec<Term> = operands.iter().map(|operand| self.condition(operand)).collect();
        if terms.iter().any(Term::is_broken) {
            return self.broken();
        }
        if matches!(node(0, 0), Node::And(..)) && self.contradict(operands, &terms) {
            return self.broken();
        }
        let fallible = terms.iter().any(|term| term.fallible);
        let all = terms.iter().map(|term| term.node).reduce(|all, one| self.node(node(all, one)));
        match all {
            Some(all) => {
                let wavers = terms.iter().any(|term| term.wavers);
                Term { wavers, ..self.term(all, Type::Condition, Bounds::CONDITION, fallible) }
            }
            None => self.broken(),
        }
    }

    /// Reports operands of `and` that are never true together.
    fn contradict(&mut self, operands: &[Expression], terms: &[Term]) -> bool {
        // Of a chain longer than people write, nothing is said.
        let pairs = (1..terms.len().min(12)).flat_map(|n| (0..n).map(move |before| (before, n)));
        let apart = |(a, b): &(usize, usize)| !self.go_together(terms[*a].node, terms[*b].node);
        let Some((one, other)) = pairs.into_iter().find(apart) else { return false };
        let place = operands[one].place.start..operands[other].place.end;
        if !self.reported_in(&place) {
            let text = |operand: &Expression| self.written(&operand.place).to_owned();
            let help = format!("{} or {}", text(&operands[one]), text(&operands[other]));
            self.report(&place, RuleFault::Contradiction { help });
        }
        true
    }

    pub(super) fn turn(&mut self, schedule: &Name, turn: Turn, within: &Expression) -> Term {
        let within = self.time(within);
        match self.resolve(&schedule.text) {
            Some(Symbol::Schedule(index)) if !within.is_broken() => {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                self.condition_term(Node::Turn(index, turn, within.node), within.fallible)
            }
            Some(Symbol::Schedule(_) | Symbol::Opaque) => self.broken(),
            Some(_) => {
                self.report(&schedule.place, NameFault::NotASchedule(schedule.text.clone()));
                self.broken()
            }
            None => {
                self.report_unknown(schedule);
                self.broken()
            }
        }
    }

    pub(super) fn for_time(
        &mut self,
        place: &Place,
        condition: &Expression,
        time: &Expression,
    ) -> Term {
        let term = self.condition(condition);
        let time = self.time(time);
        if term.is_broken() || time.is_broken() {
            return self.broken();
        }
        let fresh = Memory::For { held: std::time::Duration::ZERO, running: false };
        let (condition, wait) = (term.node, time.node);
        let node =
            self.remembering(place, fresh, |memory| Node::For { condition, time: wait, memory });
        self.timed(node, &term, &time)
    }

    pub(super) fn extended(
        &mut self,
        place: &Place,
        condition: &Expression,
        time: &Expression,
    ) -> Term {
        let term = self.condition(condition);
        let time = self.time(time);
        if term.is_broken() || time.is_broken() {
            return self.broken();
        }
        let (condition, tail) = (term.node, time.node);
        let fresh = Memory::Extended { ago: None, on: false };
        let node = self.remembering(place, fresh, |memory| Node::Extended {
            condition,
            time: tail,
            memory,
        });
        self.timed(node, &term, &time)
    }

    /// The comparison stays known: `x > 3 for 5 min until < 2` starts there.
    fn timed(&mut self, node: NodeId, condition: &Term, time: &Term) -> Term {
        let fallible = condition.fallible || time.fallible;
        let term = self.term(node, Type::Condition, Bounds::CONDITION, fallible);
        Term { comparison: condition.comparison, ..term }
    }

    pub(super) fn until(&mut self, place: &Place, start: &Expression, stop: &Stop) -> Term {
        let begins = self.condition(start);
        let (ends, ends_place) = match stop {
            Stop::Acknowledged => return self.until_acknowledged(place, &begins),
            Stop::Condition(stop) => (self.condition(stop), stop.place.clone()),
            Stop::Short { relation, bound, place } => {
                let limit = self.number(bound);
                // What is wrong with its left side has been reported.
                let left = compared_side(start).filter(|_| !begins.is_broken());
                let Some(left) = left else { return self.broken() };
                let subject = self.lower(left, None);
                let ends = self.compared(place, *relation, (left, &subject), (bound, &limit));
                (ends, place.clone())
            }
        };
        if begins.is_broken() || ends.is_broken() {
            return self.broken();
        }
        if let (Some(one), Some(other)) = (begins.comparison, ends.comparison)
            && one.left == other.left
            && one.overlaps(other)
        {
            let help = self.apart(start, one, other);
            self.report(&ends_place, KindFault::Overlap { help });
            return self.broken();
        }
        if self.brings(begins.node, ends.node) {
            self.report(&ends_place, KindFault::Overlap { help: None });
            return self.broken();
        }
        let (starts, stops) = (begins.node, ends.node);
        let fresh = Memory::Latch { on: false };
        let node = self.remembering(place, fresh, |memory| Node::Until {
            start: starts,
            stop: stops,
            memory,
        });
        let fallible = begins.fallible || ends.fallible;
        self.term(node, Type::Condition, Bounds::CONDITION, fallible)
    }

    fn until_acknowledged(&mut self, place: &Place, begins: &Term) -> Term {
        if begins.is_broken() {
            return self.broken();
        }
        let start = begins.node;
        let fresh = Memory::Acknowledge(Acknowledge::default());
        let node = self.remembering(place, fresh, |memory| Node::Acknowledge { start, memory });
        self.term(node, Type::Condition, Bounds::CONDITION, begins.fallible)
    }

    /// Start and stop the other way round, where that mends an overlap.
    fn apart(&self, start: &Expression, one: Comparison, other: Comparison) -> Option<String> {
        let Kind::Compare { left, right, .. } = &start.kind else { return None };
        if one.relation.upward() == other.relation.upward() || one.bound == other.bound {
            return None;
        }
        let unit = match &right.kind {
            Kind::Number(literal) => literal.unit.clone(),
            _ => return None,
        };
        Some(format!(
            "{} {} {} until {} {}",
            self.written(&left.place),
            one.relation.symbol(),
            unit.display(other.bound),
            other.relation.symbol(),
            unit.display(one.bound),
        ))
    }
}

/// The left side of the one comparison in `expression`.
fn compared_side(expression: &Expression) -> Option<&Expression> {
    match &expression.kind {
        Kind::Compare { left, .. } => Some(left),
        Kind::For { condition, .. } | Kind::Extended { condition, .. } => compared_side(condition),
        _ => None,
    }
}
