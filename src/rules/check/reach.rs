//! What conditions say of one another: parts that are never reached, because a
//! part before them holds whenever they would (`when CO2 > 800 ppm … else when
//! CO2 > 1200 ppm …`), and conditions that contradict themselves. What can be
//! seen from them alone; where it cannot, nothing is said.

use super::Checker;
use crate::rules::ast::Place;
use crate::rules::fault::RuleFault;
use crate::rules::program::{Node, NodeId};

/// Conditions within one another; deeper ones are not compared.
const MOST_DEPTH: u8 = 12;

impl Checker<'_> {
    /// Whether a part is ever reached; if one of `before` holds whenever its
    /// own condition at `place` does, that is reported.
    pub(super) fn check_reached(
        &mut self,
        place: &Place,
        condition: NodeId,
        before: &[(NodeId, Place)],
    ) -> bool {
        let nodes = &self.program.nodes;
        let covering = before.iter().find(|(earlier, _)| implies(nodes, condition, *earlier, 0));
        let Some((_, other)) = covering.cloned() else { return true };
        let file = self.here.source.file.clone();
        let fault = RuleFault::Covered { line: self.line(&other) };
        self.report_with(place, fault, (&file, &other));
        false
    }

    /// Whether both can be true at once, as far as can be seen.
    pub(super) fn go_together(&self, one: NodeId, other: NodeId) -> bool {
        !excludes(&self.program.nodes, one, other, 0)
    }

    /// Whether `then` is true whenever `first` is.
    pub(super) fn brings(&self, first: NodeId, then: NodeId) -> bool {
        implies(&self.program.nodes, first, then, 0)
    }
}

/// Whether `b` is true whenever `a` is.
fn implies(nodes: &[Node], a: NodeId, b: NodeId, depth: u8) -> bool {
    let deeper = |a, b| implies(nodes, a, b, depth + 1);
    let node = |id: NodeId| nodes[id as usize];
    if a == b {
        return true;
    }
    if depth >= MOST_DEPTH {
        return false;
    }
    match (node(a), node(b)) {
        (Node::Or(one, other), _) => deeper(one, b) && deeper(other, b),
        (_, Node::And(one, other)) => deeper(a, one) && deeper(a, other),
        (Node::Not(one), Node::Not(other)) => deeper(other, one),
        (
            Node::For { condition: one, time: t1, .. },
            Node::For { condition: other, time: t2, .. },
        ) => {
            constant(nodes, t1) >= constant(nodes, t2)
                && constant(nodes, t2).is_some()
                && deeper(one, other)
        }
        (Node::Until { start: s1, stop: e1, .. }, Node::Until { start: s2, stop: e2, .. }) => {
            deeper(s1, s2) && deeper(e2, e1)
        }
        (_, Node::Until { start, stop, .. }) if deeper(a, start) => {
            excludes(nodes, a, stop, depth + 1)
        }
        (_, Node::Extended { condition, .. }) => deeper(a, condition),
        (_, Node::Or(one, other)) => deeper(a, one) || deeper(a, other),
        (Node::And(one, other), _) => deeper(one, b) || deeper(other, b),
        (Node::For { condition, .. }, _) => deeper(condition, b),
        // True as long as it is not stopped.
        (Node::Until { stop, .. }, _) => match (limit(nodes, stop), limit(nodes, b)) {
            (Some(stop), Some(limit)) => stop.opposite().within(limit),
            _ => false,
        },
        _ => match (limit(nodes, a), limit(nodes, b)) {
            (Some(one), Some(other)) => one.within(other),
            _ => false,
        },
    }
}

/// Whether `b` is false whenever `a` is true.
fn excludes(nodes: &[Node], a: NodeId, b: NodeId, depth: u8) -> bool {
    if depth >= MOST_DEPTH {
        return false;
    }
    let deeper = |a, b| excludes(nodes, a, b, depth + 1);
    match (nodes[a as usize], nodes[b as usize]) {
        (Node::And(one, other), _) => deeper(one, b) || deeper(other, b),
        (_, Node::And(one, other)) => deeper(a, one) || deeper(a, other),
        (Node::Or(one, other), _) => deeper(one, b) && deeper(other, b),
        (_, Node::Or(one, other)) => deeper(a, one) && deeper(a, other),
        (_, Node::Not(other)) => implies(nodes, a, other, depth + 1),
        (Node::Not(one), _) => implies(nodes, b, one, depth + 1),
        (Node::For { condition, .. }, _) => deeper(condition, b),
        (_, Node::For { condition, .. }) => deeper(a, condition),
        (Node::Equal(of, one), Node::Equal(same, other)) if of == same => {
            let (one, other) = (constant(nodes, one), constant(nodes, other));
            one.zip(other).is_some_and(|(one, other)| one != other)
        }
        _ => match (limit(nodes, a), limit(nodes, b)) {
            (Some(one), Some(other)) => one.within(other.opposite()),
            _ => false,
        },
    }
}

fn constant(nodes: &[Node], id: NodeId) -> Option<f64> {
    match nodes[id as usize] {
        Node::Const(bits) => Some(f64::from_bits(bits)),
        _ => None,
    }
}

/// `of` lies above or below `bound`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Limit {
    of: NodeId,
    above: bool,
    bound: f64,
    /// The bound itself belongs to it.
    closed: bool,
}

/// What a comparison with a constant says.
fn limit(nodes: &[Node], id: NodeId) -> Option<Limit> {
    let (small, large, closed) = match nodes[id as usize] {
        Node::Less(small, large) => (small, large, false),
        Node::AtMost(small, large) => (small, large, true),
        _ => return None,
    };
    match (constant(nodes, small), constant(nodes, large)) {
        (Some(bound), None) => Some(Limit { of: large, above: true, bound, closed }),
        (None, Some(bound)) => Some(Limit { of: small, above: false, bound, closed }),
        _ => None,
    }
}

impl Limit {
    /// Whether all that it allows is allowed by `other`.
    fn within(self, other: Self) -> bool {
        let further = if self.above { self.bound > other.bound } else { self.bound < other.bound };
        let equal = self.bound == other.bound && (other.closed || !self.closed);
        self.of == other.of && self.above == other.above && (further || equal)
    }

    fn opposite(self) -> Self {
        Self { above: !self.above, closed: !self.closed, ..self }
    }
}
