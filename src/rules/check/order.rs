//! Values in the order in which they depend on one another; circular ones are
//! found here. Without recursion: a chain may be as long as a file.

use std::collections::BTreeSet;

use super::each::Spot;
use super::names::Symbol;
use super::{CheckedValue, Checker};
use crate::model::PointId;
use crate::rules::ast::{Ask, Entry, Expression, Kind, Stop, ValueEntry, What};
use crate::rules::fault::NameFault;
use crate::rules::program::Value;

impl<'a> Checker<'a> {
    /// Looks at every value, each after those that it reads.
    pub(super) fn ordered_values(&mut self, spots: &[Spot<'a>]) {
        let values = spots.iter().filter_map(|spot| match spot.entry {
            Entry::Value(value) => Some((spot, value)),
            _ => None,
        });
        let entries: Vec<(&Spot<'a>, &'a ValueEntry)> = values.collect();
        self.values = vec![None; entries.len()];
        let needs: Vec<BTreeSet<usize>> = entries
            .iter()
            .map(|(spot, entry)| {
                self.enter_spot(spot, &entry.name.text);
                self.needs(&entry.value)
            })
            .collect();
        let (order, left) = sorted(&needs);
        for index in order {
            let (spot, entry) = entries[index];
            self.enter_spot(spot, &entry.name.text);
            self.value(index, entry);
        }
        for circle in circles(&needs, &left) {
            let (spot, entry) = entries[circle[0]];
            self.enter_spot(spot, &entry.name.text);
            let names: Vec<&str> = circle
                .iter()
                .chain(circle.first())
                .map(|index| entries[*index].1.name.text.as_str())
                .collect();
            self.report(&entry.name.place, NameFault::Circular(names.join(" → ")));
        }
        // What stands in or behind a circle is looked at with broken terms in
        // its place, so that its other faults show in the same run.
        for index in left {
            let (spot, entry) = entries[index];
            self.enter_spot(spot, &entry.name.text);
            self.lower(&entry.value, None);
        }
    }

    fn value(&mut self, index: usize, entry: &ValueEntry) {
        let mark = self.program.outline.mark();
        let term = self.lower(&entry.value, None);
        let expression = self.program.outline.last(mark);
        let reads = std::mem::take(&mut self.here.reads);
        let windows = std::mem::take(&mut self.here.windows);
        let points: Vec<PointId> = reads.iter().copied().collect();
        let inputs = self.inputs(&points);
        let (name, kind, node) = (self.here.owner.clone(), term.shown_as().into(), term.node);
        let place = self.program.values.len();
        self.program.outline.value(place, expression);
        self.program.values.push(Value { name, kind, node, inputs });
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        self.values[index] = Some(CheckedValue { term, reads, windows, index: place });
    }

    /// The values that an expression names.
    fn needs(&self, expression: &Expression) -> BTreeSet<usize> {
        let mut named = Vec::new();
        collect(expression, &mut named);
        let value = |symbol: Option<Symbol>| match symbol {
            Some(Symbol::Value(value)) => Some(value),
            _ => None,
        };
        let mut values = BTreeSet::new();
        for named in named {
            match named {
                Named::One(name) => values.extend(value(self.look_up(name))),
                Named::Members(part, group) => {
                    let Some(Symbol::Group(group)) = self.look_up(group) else { continue };
                    let members = self.groups[group].members.iter();
                    let names = members.map(|member| format!("{}.{part}", member.full));
                    values.extend(names.filter_map(|name| value(self.names.resolve(None, &name))));
                }
            }
        }
        values
    }
}

/// What an expression names.
enum Named<'e> {
    One(&'e str),
    /// This of each member of a group.
    Members(&'e str, &'e str),
}

/// All names in an expression. Its depth is bounded by the parser.
fn collect<'e>(expression: &'e Expression, names: &mut Vec<Named<'e>>) {
    match &expression.kind {
        Kind::Name(name) => names.push(Named::One(name)),
        Kind::Negative(inner) | Kind::Not(inner) => collect(inner, names),
        Kind::Sum(terms) => terms.iter().for_each(|(_, term)| collect(term, names)),
        Kind::Product(factors) => factors.iter().for_each(|(_, factor)| collect(factor, names)),
        Kind::Fallback(all) | Kind::All(all) | Kind::Any(all) => {
            all.iter().for_each(|one| collect(one, names));
        }
        Kind::Call { arguments, .. } => arguments.iter().for_each(|one| collect(one, names)),
        Kind::Aggregate(aggregate) => {
            if let Some(part) = &aggregate.part {
                names.push(Named::Members(&part.text, &aggregate.group.text));
            }
            if let Some(Ask::Compare { bound, .. }) = &aggregate.ask {
                collect(bound, names);
            }
        }
        Kind::Compare { left, right, .. } => {
            collect(left, names);
            collect(right, names);
        }
        Kind::Is {
            subject,
            what: What::State(_) | What::Number(_) | What::Good | What::Bad | What::ByHand,
            ..
        } => {
            collect(subject, names);
        }
        Kind::Turn { within, .. } => collect(within, names),
        Kind::For { condition, time } | Kind::Extended { condition, time } => {
            collect(condition, names);
            collect(time, names);
        }
        Kind::Until { start, stop } => {
            collect(start, names);
            match stop {
                Stop::Condition(stop) => collect(stop, names),
                Stop::Short { bound, .. } => collect(bound, names),
                Stop::Acknowledged => {}
            }
        }
        Kind::Number(_) | Kind::Broken => {}
    }
}

/// Kahn's order, and those that stand in or behind a circle.
fn sorted(needs: &[BTreeSet<usize>]) -> (Vec<usize>, BTreeSet<usize>) {
    let mut waiting: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    let mut readers = vec![Vec::new(); needs.len()];
    for (reader, needed) in needs.iter().enumerate() {
        for value in needed {
            readers[*value].push(reader);
        }
    }
    let mut order: Vec<usize> = (0..needs.len()).filter(|index| waiting[*index] == 0).collect();
    let mut next = 0;
    while let Some(&done) = order.get(next) {
        next += 1;
        for &reader in &readers[done] {
            waiting[reader] -= 1;
            if waiting[reader] == 0 {
                order.push(reader);
            }
        }
    }
    let left = (0..needs.len()).filter(|index| waiting[*index] > 0).collect();
    (order, left)
}

/// One circle for each place where following the first open need comes back.
fn circles(needs: &[BTreeSet<usize>], left: &BTreeSet<usize>) -> Vec<Vec<usize>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for start in left {
        let mut path = Vec::new();
        let mut at = *start;
        while seen.insert(at) {
            path.push(at);
            match needs[at].iter().find(|need| left.contains(need)) {
                Some(next) => at = *next,
                None => break,
            }
        }
        if let Some(begin) = path.iter().position(|index| *index == at)
            && needs[path[path.len() - 1]].contains(&at)
        {
            let mut circle = path.split_off(begin);
            let first = (0..circle.len()).min_by_key(|index| circle[*index]).unwrap_or(0);
            circle.rotate_left(first);
            found.push(circle);
        }
    }
    found
}
