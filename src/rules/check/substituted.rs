//! Where a constant behind `fallback` stands in: a value has a flag beside it
//! that says so, made only where a window needs it, for windows leave out what
//! was not measured. The flag follows the value through whatever is computed
//! from it; where one of two things decides and the other stands in, it counts
//! as standing in.

use std::collections::HashMap;

use super::Checker;
use crate::rules::program::{Node, NodeId};

/// What is known of the value of a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Provenance {
    /// It is the same always.
    fixed: bool,
    /// A condition: its present value comes from a constant that stands in.
    /// `None`: never.
    flag: Option<NodeId>,
}

pub(super) type Provenances = HashMap<NodeId, Provenance>;

impl Checker<'_> {
    /// The node that tells whether the value of `root` stands in; a constant
    /// off where it never does.
    pub(super) fn substituted(&mut self, root: NodeId) -> NodeId {
        // Without recursion: a chain may be as long as a file.
        let mut open = vec![root];
        while let Some(node) = open.last().copied() {
            let mut inputs = Vec::new();
            let members = &self.program.members;
            self.program.nodes[node as usize].each_input(members, &mut |input| inputs.push(input));
            let before = open.len();
            open.extend(inputs.iter().filter(|input| !self.provenances.contains_key(input)));
            if open.len() == before {
                let provenance = self.provenance(node, &inputs);
                self.provenances.insert(node, provenance);
                open.pop();
            }
        }
        let flag = self.provenances.get(&root).and_then(|provenance| provenance.flag);
        flag.unwrap_or_else(|| self.constant(0.0))
    }

    /// That of a node whose inputs' is known.
    fn provenance(&mut self, node: NodeId, inputs: &[NodeId]) -> Provenance {
        let of = |input: &NodeId| self.provenances.get(input);
        let fixed = inputs.iter().all(|input| of(input).is_some_and(|input| input.fixed));
        let flags: Vec<NodeId> =
            inputs.iter().filter_map(|input| of(input).and_then(|input| input.flag)).collect();
        match self.program.nodes[node as usize] {
            Node::Const(_) => Provenance { fixed: true, flag: None },
            Node::Point(_) | Node::ByHand(..) | Node::Schedule(_) => {
                Provenance { fixed: false, flag: None }
            }
            // Whether it is known is known; windows have left out what stood in.
            Node::Unknown(_) | Node::Window { .. } | Node::Demand { .. } | Node::Hours { .. } => {
                Provenance { fixed: false, flag: None }
            }
            Node::Fallback(preferred, other) => {
                let flag = self.fallback_flag(preferred, other);
                Provenance { fixed, flag }
            }
            _ => {
                let flag = flags.into_iter().reduce(|all, one| self.node(Node::Or(all, one)));
                Provenance { fixed: fixed && !inputs.is_empty(), flag }
            }
        }
    }

    fn fallback_flag(&mut self, preferred: NodeId, other: NodeId) -> Option<NodeId> {
        let first = self.provenances.get(&preferred).copied()?;
        let second = self.provenances.get(&other).copied()?;
        let missing = self.node(Node::Unknown(preferred));
        let stands_in = match second {
            _ if first.fixed => None,
            Provenance { fixed: true, .. } => Some(missing),
            Provenance { flag, .. } => flag.map(|flag| self.node(Node::And(missing, flag))),
        };
        let own = first.flag.map(|flag| {
            let there = self.node(Node::Not(missing));
            self.node(Node::And(there, flag))
        });
        match (own, stands_in) {
            (Some(own), Some(other)) => Some(self.node(Node::Or(own, other))),
            (one, other) => one.or(other),
        }
    }
}
