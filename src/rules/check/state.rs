//! What `is` asks: for states, whole-number stages, quality, the hand switch.

use super::Checker;
use super::names::Symbol;
use super::term::{Term, Type};
use crate::model::Quantity;
use crate::rules::ast::{Expression, Kind, Literal, Name, Place, What};
use crate::rules::fault::{KindFault, NameFault, RuleFault};
use crate::rules::program::Node;

impl Checker<'_> {
    pub(super) fn is(&mut self, subject: &Expression, not: bool, what: &What) -> Term {
        let term = match what {
            What::ByHand => self.by_hand(subject),
            _ => {
                let term = self.lower(subject, None);
                self.is_term(&subject.place, term, what)
            }
        };
        self.perhaps_not(not, term)
    }

    /// `is not`
    pub(super) fn perhaps_not(&mut self, not: bool, term: Term) -> Term {
        if not && !term.is_broken() {
            let wavers = term.wavers;
            return Term { wavers, ..self.condition_term(Node::Not(term.node), term.fallible) };
        }
        term
    }

    /// What is asked of a term that stands at `place`; not for the hand switch,
    /// which belongs to a point.
    pub(super) fn is_term(&mut self, place: &Place, term: Term, what: &What) -> Term {
        match what {
            What::Good | What::Bad | What::ByHand if term.is_broken() => term,
            What::Bad => self.condition_term(Node::Unknown(term.node), false),
            What::Good | What::ByHand => {
                let bad = self.node(Node::Unknown(term.node));
                self.condition_term(Node::Not(bad), false)
            }
            What::State(state) => self.is_state(term, state),
            What::Number(number) => self.is_number(place, term, number),
        }
    }

    fn is_state(&mut self, term: Term, state: &Name) -> Term {
        match &term.kind {
            Type::Broken => term,
            Type::States(states) => {
                let Some(index) = states.iter().position(|known| *known == state.text) else {
                    self.report_state(state, states);
                    return self.broken();
                };
                let wanted = self.constant(index as f64);
                self.condition_term(Node::Equal(term.node, wanted), term.fallible)
            }
            Type::Condition => match state.text.as_str() {
                "on" => Term { comparison: None, ..term },
                "off" => self.perhaps_not(true, term),
                _ => {
                    self.report_state(state, &["off".to_owned(), "on".to_owned()]);
                    self.broken()
                }
            },
            Type::Number(_) => {
                self.report(&state.place, KindFault::NotAState);
                self.broken()
            }
        }
    }

    /// Whole-number stages: `RLT1.Stufe is 3`
    fn is_number(&mut self, place: &Place, term: Term, number: &Literal) -> Term {
        match &term.kind {
            _ if number.value.is_nan() => self.broken(),
            Type::Broken => term,
            Type::Number(quantity) => {
                let whole = *quantity == Quantity::NONE
                    && number.unit.quantity == Quantity::NONE
                    && number.value.fract() == 0.0;
                if !whole {
                    self.report(&number.place, KindFault::NotAState);
                    return self.broken();
                }
                let bounds = term.bounds;
                if number.value < bounds.low || number.value > bounds.high {
                    let fault = KindFault::NeverChanges {
                        always: false,
                        what: self.written(place).to_owned(),
                        low: term.unit.display(bounds.low),
                        high: term.unit.display(bounds.high),
                    };
                    self.report(&number.place, fault);
                    return self.broken();
                }
                let wanted = self.constant(number.value);
                self.condition_term(Node::Equal(term.node, wanted), term.fallible)
            }
            Type::States(states) => {
                let text = self.written(&number.place).to_owned();
                let states = states.clone();
                self.report_state(&Name { text, place: number.place.clone() }, &states);
                self.broken()
            }
            Type::Condition => {
                let text = self.written(&number.place).to_owned();
                let name = Name { text, place: number.place.clone() };
                self.report_state(&name, &["off".to_owned(), "on".to_owned()]);
                self.broken()
            }
        }
    }

    fn by_hand(&mut self, subject: &Expression) -> Term {
        let symbol = match &subject.kind {
            Kind::Name(name) => self.resolve(name),
            _ => None,
        };
        match symbol {
            Some(symbol @ Symbol::Point(_)) => self.by_hand_of(symbol, &subject.place),
            _ => {
                let term = self.lower(subject, None);
                if !term.is_broken() {
                    let name = self.written(&subject.place).to_owned();
                    self.report(&subject.place, RuleFault::NotAPoint(name));
                }
                self.broken()
            }
        }
    }

    /// Whether what is named at `place` has been taken over by hand.
    pub(super) fn by_hand_of(&mut self, symbol: Symbol, place: &Place) -> Term {
        let name = self.written(place).to_owned();
        let Symbol::Point(point) = symbol else {
            self.report(place, RuleFault::NotAPoint(name));
            return self.broken();
        };
        let Some((switch, states)) = self.site().points.get(point).by_hand.clone() else {
            self.report(place, NameFault::NoHandSwitch(name));
            return self.broken();
        };
        self.here.reads.insert(switch);
        let index = u32::try_from(self.program.hand_states.len()).unwrap_or(u32::MAX);
        self.program.hand_states.push(states);
        self.condition_term(Node::ByHand(switch, index), true)
    }
}
