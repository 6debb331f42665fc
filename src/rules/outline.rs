//! What the expressions of a program look like: the text of each and of its
//! parts, with the nodes that compute them. Written down by the checker as it
//! goes, read when somebody asks why; evaluation never looks at it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::model::{Kind, PointId};

use super::program::NodeId;

/// Index of a clause; larger than those of its parts.
pub(super) type ClauseId = u32;

/// An expression as somebody wrote it.
#[derive(Debug, Clone)]
pub(super) struct Clause {
    /// Of the whole file.
    text: Arc<str>,
    start: u32,
    end: u32,
    /// So many clauses before it are its parts, and theirs.
    below: u32,
    pub node: NodeId,
    pub names: Named,
    pub kind: Arc<Kind>,
    /// A condition: the kind is a switch, but it is no point or value.
    pub condition: bool,
}

/// What a bare name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// It is no bare name.
    Nothing,
    Point(PointId),
    /// Index into the program's values, which the schedules are among.
    Value(u32),
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline {
    clauses: Vec<Clause>,
    /// Kinds that were met, by how they are shown.
    kinds: HashMap<String, Arc<Kind>>,
    /// The whole expression, by part, command and value of the program.
    parts: HashMap<u32, ClauseId>,
    commands: HashMap<u32, ClauseId>,
    values: HashMap<u32, ClauseId>,
}

/// An expression as it is put down.
pub(super) struct Draft<'a> {
    pub text: &'a Arc<str>,
    pub place: Range<usize>,
    pub node: NodeId,
    pub names: Named,
    pub kind: Kind,
    pub condition: bool,
}

impl Outline {
    /// Where the clauses of an expression will begin.
    pub fn mark(&self) -> usize {
        self.clauses.len()
    }

    pub fn shrink_to_fit(&mut self) {
        self.clauses.shrink_to_fit();
        self.parts.shrink_to_fit();
        self.commands.shrink_to_fit();
        self.values.shrink_to_fit();
    }

    /// Puts down an expression whose parts were put down since `mark`.
    pub fn put(&mut self, mark: usize, draft: Draft<'_>) {
        let short = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let shown = match &draft.kind {
            Kind::Number(unit) => format!("1 {unit}"),
            Kind::States(states) => states.join(" "),
        };
        let kind = self.kinds.entry(shown).or_insert_with(|| draft.kind.into()).clone();
        self.clauses.push(Clause {
            text: draft.text.clone(),
            start: short(draft.place.start),
            end: short(draft.place.end),
            below: short(self.clauses.len() - mark),
            node: draft.node,
            names: draft.names,
            kind,
            condition: draft.condition,
        });
    }

    /// The expression at `place`, if it was put down last, is asked as a
    /// condition: `P` for `P is on`.
    pub fn last_asks(&mut self, place: &Range<usize>, node: NodeId) {
        if let Some(last) = self.clauses.last_mut()
            && (last.start as usize..last.end as usize) == *place
        {
            (last.node, last.condition) = (node, true);
        }
    }

    /// The expression put down last, if any was since `mark`.
    pub fn last(&self, mark: usize) -> Option<ClauseId> {
        let last = self.clauses.len().checked_sub(1).filter(|last| *last >= mark)?;
        u32::try_from(last).ok()
    }

    pub fn part(&mut self, part: usize, condition: Option<ClauseId>) {
        let part = u32::try_from(part).unwrap_or(u32::MAX);
        self.parts.extend(condition.map(|condition| (part, condition)));
    }

    pub fn command(&mut self, command: usize, value: Option<ClauseId>) {
        let command = u32::try_from(command).unwrap_or(u32::MAX);
        self.commands.extend(value.map(|value| (command, value)));
    }

    pub fn value(&mut self, value: usize, expression: Option<ClauseId>) {
        let value = u32::try_from(value).unwrap_or(u32::MAX);
        self.values.extend(expression.map(|expression| (value, expression)));
    }

    pub fn of_part(&self, part: u32) -> Option<ClauseId> {
        self.parts.get(&part).copied()
    }

    pub fn of_command(&self, command: u32) -> Option<ClauseId> {
        self.commands.get(&command).copied()
    }

    pub fn of_value(&self, value: u32) -> Option<ClauseId> {
        self.values.get(&value).copied()
    }

    pub fn clause(&self, id: ClauseId) -> &Clause {
        &self.clauses[id as usize]
    }

    /// The parts of an expression, in the order in which they stand.
    pub fn below(&self, id: ClauseId) -> Vec<ClauseId> {
        let first = id - self.clause(id).below;
        let mut found = Vec::new();
        let mut next = id;
        while next > first {
            let child = next - 1;
            found.push(child);
            next = child - self.clause(child).below;
        }
        found.reverse();
        found
    }
}

impl Clause {
    /// As written, without comments and needless space.
    pub fn text(&self) -> String {
        self.text_from(self.start)
    }

    /// What stands behind `part` in it.
    pub fn text_behind(&self, part: &Self) -> String {
        self.text_from(part.end)
    }

    fn text_from(&self, start: u32) -> String {
        let text = self.text.get(start as usize..self.end as usize).unwrap_or("");
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or(""));
        let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_in_order_below_their_whole() {
        let text: Arc<str> = "a and # why\n  (b or c)".into();
        let mut outline = Outline::default();
        let put = |outline: &mut Outline, mark, what: &str| {
            let start = text.find(what).unwrap();
            let place = start..start + what.len();
            let (names, kind) = (Named::Nothing, Kind::switch());
            let draft = Draft { text: &text, place, node: 0, names, kind, condition: true };
            outline.put(mark, draft);
        };
        put(&mut outline, 0, "a");
        put(&mut outline, 1, "b");
        put(&mut outline, 2, "c");
        put(&mut outline, 1, "b or c");
        put(&mut outline, 0, "a and # why\n  (b or c)");
        assert_eq!(outline.last(0), Some(4));
        assert_eq!(outline.below(4), [0, 3]);
        assert_eq!(outline.below(3), [1, 2]);
        assert_eq!(outline.clause(4).text(), "a and (b or c)");
        assert_eq!(outline.clause(4).text_behind(outline.clause(0)), "and (b or c)");
    }
}
