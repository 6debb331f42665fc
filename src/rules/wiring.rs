//! Who has to be looked at again when something changes: made once from a
//! checked program, read by the evaluation.

use super::program::{NodeId, Program};

/// Lists of lists, in one piece.
#[derive(Debug, Clone)]
pub(super) struct Lists<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { starts: Vec::new(), items: Vec::new() }
    }
}

impl<T: Copy> Lists<T> {
    /// `pairs` of list and item, for `lists` lists; the order of items is
    /// kept.
    fn of(lists: usize, mut pairs: Vec<(u32, T)>) -> Self {
        pairs.sort_by_key(|(list, _)| *list);
        let mut starts = Vec::with_capacity(lists + 1);
        for list in 0..=lists {
            starts.push(size(pairs.partition_point(|pair| (pair.0 as usize) < list)));
        }
        Self { starts, items: pairs.into_iter().map(|(_, item)| item).collect() }
    }

    /// Empty where there is no such list.
    pub fn get(&self, list: usize) -> &[T] {
        match self.starts.get(list..list.saturating_add(2)) {
            Some([start, end]) => &self.items[*start as usize..*end as usize],
            _ => &[],
        }
    }
}

/// What reads a node without being one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watcher {
    Rule(u32),
    Value(u32),
    Substitute(u32),
}

/// Whose timer it is, to be looked at when its time comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeper {
    Node(NodeId),
    /// The timer of a rule's part.
    Rule(u32),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Wiring {
    /// The nodes that read a point, by its place in `Program::reads`.
    pub of_points: Lists<NodeId>,
    /// The nodes that read a node.
    pub readers: Lists<NodeId>,
    pub watchers: Lists<Watcher>,
    /// By memory.
    pub of_memories: Vec<Keeper>,
    /// Schedules and their turns: they follow the wall clock.
    pub civil: Vec<NodeId>,
    /// The commands on a point, by the point.
    pub of_targets: Lists<u32>,
}

fn size(length: usize) -> u32 {
    u32::try_from(length).expect("texts of rules are far smaller than 4 GiB")
}

impl Wiring {
    /// Of a program whose nodes, rules, reads and targets are whole.
    pub fn of(program: &Program) -> Self {
        let mut of_points = Vec::new();
        let mut readers = Vec::new();
        let mut of_memories = vec![Keeper::Node(0); program.memories.len()];
        let mut civil = Vec::new();
        for (index, rule) in (0..).zip(&program.rules) {
            for run in program.runs_of(rule) {
                of_memories[run.memory as usize] = Keeper::Rule(index);
            }
        }
        for (id, node) in (0..).zip(&program.nodes) {
            if let Some(point) = node.point()
                && let Ok(place) = program.reads.binary_search(&point)
            {
                of_points.push((size(place), id));
            }
            node.each_input(&program.members, &mut |input| readers.push((input, id)));
            if let Some(memory) = node.memory() {
                of_memories[memory as usize] = Keeper::Node(id);
            }
            if node.is_civil() {
                civil.push(id);
            }
        }
        Self {
            of_points: Lists::of(program.reads.len(), of_points),
            readers: Lists::of(program.nodes.len(), readers),
            watchers: Lists::of(program.nodes.len(), watchers(program)),
            of_memories,
            civil,
            of_targets: targets(program),
        }
    }
}

fn watchers(program: &Program) -> Vec<(NodeId, Watcher)> {
    let mut found = Vec::new();
    for (index, rule) in (0..).zip(&program.rules) {
        program.each_node_of(rule, &mut |node| found.push((node, Watcher::Rule(index))));
    }
    for (index, value) in (0..).zip(&program.values) {
        found.push((value.node, Watcher::Value(index)));
    }
    for (index, substitute) in (0..).zip(&program.substitutes) {
        found.push((substitute.preferred, Watcher::Substitute(index)));
    }
    found.sort_by_key(|(node, _)| *node);
    found.dedup();
    found
}

fn targets(program: &Program) -> Lists<u32> {
    let commands = (0..).zip(&program.commands);
    let targets = commands.filter_map(|(index, command)| Some((command.action.target()?.0, index)));
    let targets: Vec<(u32, u32)> = targets.collect();
    let points = targets.iter().map(|(point, _)| *point as usize + 1).max().unwrap_or_default();
    Lists::of(points, targets)
}
