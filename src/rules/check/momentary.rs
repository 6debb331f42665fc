//! Inputs that are true for a moment only, in a condition that does not hold on
//! to them: the moment is over before anything comes of it.

use std::collections::BTreeSet;

use super::Checker;
use crate::model::PointId;
use crate::rules::ast::Expression;
use crate::rules::fault::RuleFault;
use crate::rules::program::{Node, NodeId};
use crate::site::{BacnetSource, PointSource};

impl Checker<'_> {
    /// Warns of a part's condition that goes by such an input.
    pub(super) fn check_momentary(&mut self, condition: &Expression, node: NodeId) {
        let Some(point) = self.momentary_in(node) else { return };
        let text = self.written(&condition.place).to_owned();
        let bare = text.split_whitespace().count() == 1;
        let text = if bare { text } else { format!("({text})") };
        let point = self.site().points.get(point).name.clone();
        self.warn(&condition.place, RuleFault::Momentary { point, condition: text });
    }

    /// The first one that reaches this node with nothing to hold it.
    fn momentary_in(&self, node: NodeId) -> Option<PointId> {
        let mut open = vec![node];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.program.nodes[id as usize] {
                Node::Point(point) if self.is_momentary(point) => return Some(point),
                // They hold on to it, or count it.
                Node::Until { .. }
                | Node::Extended { .. }
                | Node::Acknowledge { .. }
                | Node::Window { .. }
                | Node::Demand { .. }
                | Node::Hours { .. } => {}
                node => node.each_input(&self.program.members, &mut |input| open.push(input)),
            }
        }
        None
    }

    /// Whether its moments can be missed.
    fn is_momentary(&self, point: PointId) -> bool {
        let told = matches!(
            self.site().sources.get(point.index()),
            Some(PointSource::Bacnet(BacnetSource { cov: true, .. }))
        );
        self.site().points.get(point).momentary && !told
    }
}
