//! `until acknowledged`: what waits for a person, under which names, and the
//! person's word. Where a rule only names a value that waits, the word is for
//! the rule as well as for the value.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Memory, State};
use crate::rules::program::{Node, NodeId, Program};
use crate::rules::wiring::Keeper;

impl Program {
    /// The rules and values that can be acknowledged, by their full names.
    #[must_use]
    pub fn acknowledgeable(&self) -> BTreeSet<&str> {
        let rules = self.rules.iter().map(|rule| &*rule.id.rule);
        let values = self.values.iter().map(|value| &*value.name);
        rules.chain(values).filter(|name| !self.waiting_in(name).is_empty()).collect()
    }

    /// The memories of `until acknowledged` that a rule or value goes by.
    fn waiting_in(&self, name: &str) -> BTreeSet<u32> {
        let mut open: Vec<NodeId> = Vec::new();
        for rule in self.rules.iter().filter(|rule| *rule.id.rule == *name) {
            self.each_node_of(rule, &mut |node| open.push(node));
        }
        let values = self.values.iter().filter(|value| *value.name == *name);
        open.extend(values.map(|value| value.node));
        let mut seen: BTreeSet<NodeId> = BTreeSet::new();
        let mut found = BTreeSet::new();
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            let node = self.nodes[node as usize];
            if let Node::Acknowledge { memory, .. } = node {
                found.insert(memory);
            }
            node.each_input(&self.members, &mut |input| open.push(input));
        }
        found
    }
}

impl State {
    /// The rules that go by something which waits to be acknowledged now, by
    /// their full names.
    #[must_use]
    pub fn awaiting<'a>(&self, program: &'a Program) -> Vec<&'a str> {
        let none = !self.memories.iter().any(waits);
        let rules = program.rules.iter().filter(|_| !none).map(|rule| &*rule.id.rule);
        let waiting = |name: &&str| {
            let memories = program.waiting_in(name);
            memories.iter().any(|memory| waits(&self.memories[*memory as usize]))
        };
        rules.filter(waiting).collect()
    }

    /// `user` acknowledges the rule or value of this full name: what waits in
    /// it, ends with its cause from the next evaluation on. How much did.
    pub fn acknowledge(&mut self, program: &Program, name: &str, user: &str) -> usize {
        let mut count = 0;
        for memory in program.waiting_in(name) {
            if let Memory::Acknowledge(waiting) = &mut self.memories[memory as usize]
                && waiting.on
                && waiting.by.is_none()
            {
                waiting.by = Some(Arc::from(user));
                count += 1;
                if let Keeper::Node(node) = program.wiring.of_memories[memory as usize] {
                    self.marks.set(node);
                }
            }
        }
        count
    }
}

const fn waits(memory: &Memory) -> bool {
    matches!(memory, Memory::Acknowledge(waiting) if waiting.on && waiting.by.is_none())
}
