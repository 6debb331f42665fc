//! `mean of CO2 in Räume, at least 2 good` and its kin: what each member of the
//! group has, what is asked of it, what comes of all.

use super::Checker;
use super::each::What;
use super::names::Symbol;
use super::term::{Bounds, Term, Type};
use crate::model::{Kind as PointKind, Quantity};
use crate::rules::ast::{Aggregate, Ask, Expression, Kind, Name, Place, What as Asked};
use crate::rules::fault::{GroupFault, KindFault, Unfit};
use crate::rules::program::{How, Node, NodeId};

impl Checker<'_> {
    pub(super) fn aggregate(&mut self, place: &Place, aggregate: &Aggregate) -> Term {
        let Some(group) = self.group(&aggregate.group) else { return self.broken() };
        let Some(symbols) = self.parts(place, aggregate, group) else { return self.broken() };
        let mut terms = Vec::new();
        for (symbol, name) in symbols {
            let term = self.member_term(place, aggregate, symbol, &name);
            // What is wrong with one is told once.
            if term.is_broken() {
                return term;
            }
            terms.push(term);
        }
        let Some(least) = self.good_ones(aggregate, group, terms.len()) else {
            return self.broken();
        };
        match aggregate.how {
            How::Any | How::All | How::Count => self.counted(aggregate.how, &terms, least),
            _ => self.reduced(place, aggregate.how, &terms, least),
        }
    }

    /// What each member has by the name that is wanted; `None` if something is
    /// missing, which has been reported.
    fn parts(
        &mut self,
        place: &Place,
        aggregate: &Aggregate,
        group: usize,
    ) -> Option<Vec<(Symbol, String)>> {
        let group = self.groups[group].clone();
        let mut found = Vec::new();
        let mut lacking = Vec::new();
        for member in &group.members {
            let full = match &aggregate.part {
                Some(part) => format!("{}.{}", member.full, part.text),
                None if matches!(member.what, What::Device(_)) => {
                    self.report_whole_devices(place, aggregate, &member.full);
                    return None;
                }
                None => member.full.to_string(),
            };
            match self.names.resolve_used(None, &full) {
                Some(symbol) => found.push((symbol, full)),
                None => lacking.push((member.clone(), full)),
            }
        }
        let part = aggregate.part.as_ref();
        if let Some((part, (first, _))) = part.zip(lacking.first())
            && !lacking.iter().any(|(_, full)| self.rounds.may_be_lost(full))
        {
            let near = self.names.near_part(&first.full, &part.text);
            let members = lacking.iter().map(|(member, _)| member.shown.to_string()).collect();
            let fault = GroupFault::Lacks { part: part.text.clone(), members, near };
            self.report(&part.place, fault);
        }
        (lacking.is_empty() && !found.is_empty()).then_some(found)
    }

    fn report_whole_devices(&mut self, place: &Place, aggregate: &Aggregate, first: &str) {
        let (how, group) = (aggregate.how.keyword(), &aggregate.group.text);
        let points = self.names.parts_of(first).into_iter();
        let measured = |part: &&str| {
            let symbol = self.names.resolve(None, &format!("{first}.{part}"));
            let Some(Symbol::Point(point)) = symbol else { return aggregate.how.asks() };
            let number = matches!(self.site().points.get(point).kind, PointKind::Number(_));
            number || aggregate.how.asks()
        };
        let points = points.filter(measured);
        let help: Vec<String> =
            points.take(4).map(|point| format!("{how} of {point} in {group}")).collect();
        self.report(place, GroupFault::WholeDevices { help: help.join("\n") });
    }

    /// One member, with what is asked of it.
    fn member_term(
        &mut self,
        place: &Place,
        aggregate: &Aggregate,
        symbol: Symbol,
        name: &str,
    ) -> Term {
        // As if it were written out for this member.
        let named = aggregate.part.as_ref().unwrap_or(&aggregate.group);
        let subject = Expression {
            kind: Kind::Name(name.to_owned()),
            place: place.start..named.place.end.max(aggregate.group.place.end),
            closed: false,
        };
        let name = Name { text: name.to_owned(), place: named.place.clone() };
        match &aggregate.ask {
            Some(Ask::Is { not, what: Asked::ByHand }) => {
                let term = self.by_hand_of(symbol, &named.place);
                self.perhaps_not(*not, term)
            }
            Some(Ask::Is { not, what }) => {
                let term = self.symbol(&name, Some(symbol), None);
                let term = self.is_term(&subject.place, term, what);
                self.perhaps_not(*not, term)
            }
            Some(Ask::Compare { relation, bound }) => {
                let term = self.symbol(&name, Some(symbol), None);
                self.compare_term(place, *relation, (&subject, term), bound)
            }
            None => {
                let term = self.symbol(&name, Some(symbol), None);
                if aggregate.how.asks() { self.as_condition(&subject, term) } else { term }
            }
        }
    }

    /// How many must be good; `None` if that is more than there are.
    fn good_ones(&mut self, aggregate: &Aggregate, group: usize, members: usize) -> Option<u32> {
        let all = u32::try_from(members).unwrap_or(u32::MAX);
        let Some((least, place)) = &aggregate.good else {
            return Some(match aggregate.how {
                How::Mean | How::Min | How::Max => 1,
                // A sum without one of its parts is none.
                How::Sum | How::Count | How::Any | How::All => all,
            });
        };
        if *least > all && !self.groups[group].broken {
            let group = aggregate.group.text.clone();
            self.report(place, GroupFault::TooManyGood { group, members });
            return None;
        }
        Some(*least)
    }

    /// `any all count`
    fn counted(&mut self, how: How, terms: &[Term], least: u32) -> Term {
        let node = self.aggregate_node(how, terms, least);
        let fallible = may_fail(terms, least);
        let wavers = terms.iter().any(|term| term.wavers);
        let (kind, bounds) = match how {
            How::Count => {
                let all = Bounds { low: 0.0, high: terms.len() as f64 };
                (Type::Number(Quantity::NONE), all)
            }
            _ => (Type::Condition, Bounds::CONDITION),
        };
        Term { wavers, ..self.term(node, kind, bounds, fallible) }
    }

    /// `mean min max sum`
    fn reduced(&mut self, place: &Place, how: How, terms: &[Term], least: u32) -> Term {
        let Some((first, rest)) = terms.split_first() else { return self.broken() };
        let Type::Number(quantity) = first.kind else {
            self.report(place, KindFault::NotANumber);
            return self.broken();
        };
        if let Some(other) = rest.iter().find(|term| term.kind != first.kind) {
            let fault = Unfit::Mixed { left: first.symbol(), right: other.symbol() };
            self.report(place, KindFault::Unfit(fault));
            return self.broken();
        }
        if how == How::Sum && quantity.absolute {
            let mean = self.written(place).replacen("sum", "mean", 1);
            self.report(place, GroupFault::SumOfScales { mean });
            return self.broken();
        }
        let bounds = terms.iter().map(|term| term.bounds);
        let whole = least as usize >= terms.len();
        let bounds = match how {
            // Any of them may be missing.
            How::Sum if !whole => bounds
                .map(|bounds| bounds.either(Bounds::exactly(0.0)))
                .fold(Bounds::exactly(0.0), Bounds::plus),
            How::Sum => bounds.fold(Bounds::exactly(0.0), Bounds::plus),
            _ => bounds.reduce(Bounds::either).unwrap_or(Bounds::ANY),
        };
        let node = self.aggregate_node(how, terms, least);
        let term = self.term(node, first.kind.clone(), bounds, may_fail(terms, least));
        Term { unit: first.unit.clone(), ..term }
    }

    fn aggregate_node(&mut self, how: How, terms: &[Term], least: u32) -> NodeId {
        let members: Vec<NodeId> = terms.iter().map(|term| term.node).collect();
        let first = match self.member_lists.get(&members) {
            Some(first) => *first,
            None => {
                let first = u32::try_from(self.program.members.len()).unwrap_or(u32::MAX);
                self.program.members.extend(&members);
                self.member_lists.insert(members.clone(), first);
                first
            }
        };
        let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
        self.node(Node::Aggregate { how, first, count, least })
    }
}

/// Whether fewer than `least` can be good.
fn may_fail(terms: &[Term], least: u32) -> bool {
    terms.iter().filter(|term| !term.fallible).count() < least as usize
}
