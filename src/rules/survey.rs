//! What is asked about a program now and then, not in every cycle: which rules
//! are about a point, what a value reads.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{Level, Origin, PointId};

use super::ast::Turn;
use super::outline::{ClauseId, Named};
use super::program::{Action, Command, Node, Program, Rule};
use super::state::State;

impl Program {
    /// The rules that may command `point`, as indices into
    /// [`Verdict::rules`](super::Verdict::rules).
    #[must_use]
    pub fn rules_commanding(&self, point: PointId) -> Vec<usize> {
        self.rules_with(|command| match command.action {
            Action::Set(target, _) | Action::AtLeast(target, _) | Action::AtMost(target, _) => {
                target == point
            }
            Action::Alarm(..) => false,
        })
    }

    /// The rule of this building and name, as an index into
    /// [`Verdict::rules`](super::Verdict::rules).
    #[must_use]
    pub fn rule_called(&self, name: &str) -> Option<usize> {
        self.rules.iter().position(|rule| *rule.id.rule == *name)
    }

    /// Whether this rule is computed and compared, and commands nothing.
    #[must_use]
    pub fn is_shadow(&self, rule: usize) -> bool {
        self.rules.get(rule).is_some_and(|rule| rule.shadow)
    }

    /// Those that are, as indices into [`Verdict::rules`](super::Verdict::rules).
    pub fn shadows(&self) -> impl Iterator<Item = usize> {
        (0..self.rules.len()).filter(|rule| self.is_shadow(*rule))
    }

    /// The commands of a rule, as indices into the program's.
    pub(super) fn commands_of(&self, rule: usize) -> impl Iterator<Item = usize> {
        let rule = self.rules.get(rule);
        let parts = rule.map_or(0..0, |rule| rule.parts.clone());
        let parts = self.parts[parts.start as usize..parts.end as usize].iter();
        let on_fault = rule.and_then(|rule| rule.on_fault.clone());
        let all = parts.map(|part| part.commands.clone()).chain(on_fault);
        all.flatten().map(|command| command as usize)
    }

    /// The points that a rule may command, or would if it is a shadow.
    #[must_use]
    pub fn targets_of(&self, rule: usize) -> BTreeSet<PointId> {
        self.commands_of(rule).filter_map(|at| self.commands[at].action.target()).collect()
    }

    /// Whether a rule may `set` this point: two shadows of one level would
    /// stand in for each other there.
    #[must_use]
    pub fn may_set(&self, rule: usize, point: PointId) -> bool {
        let mut commands = self.commands_of(rule).map(|at| &self.commands[at].action);
        commands.any(|action| matches!(action, Action::Set(target, _) if *target == point))
    }

    /// The rules that may raise an alarm of these words, or any alarm.
    #[must_use]
    pub fn rules_alarming(&self, words: Option<&str>) -> Vec<usize> {
        self.rules_with(|command| match &command.action {
            Action::Alarm(_, text) => words.is_none_or(|words| **text == *words),
            _ => false,
        })
    }

    /// The rules that read `point`, in whatever way.
    pub fn rules_reading(&self, point: PointId) -> impl Iterator<Item = &Arc<Origin>> {
        let reads = move |rule: &&Rule| {
            self.inputs[rule.inputs.start as usize..rule.inputs.end as usize].contains(&point)
        };
        self.rules.iter().filter(reads).map(|rule| &rule.origin)
    }

    /// The rules in which the value or schedule of this full name stands, be it
    /// within another value.
    pub fn rules_naming(&self, name: &str) -> impl Iterator<Item = &Arc<Origin>> {
        let value = self.values.iter().position(|value| &*value.name == name);
        let named = value.and_then(|value| u32::try_from(value).ok());
        let asks = move |(index, _): &(usize, &Rule)| {
            named.is_some_and(|named| {
                let parts = self.rules[*index].parts.clone();
                let commands = |part: u32| self.parts[part as usize].commands.clone();
                let on_fault = self.rules[*index].on_fault.clone().into_iter().flatten();
                let mut commands = parts.clone().flat_map(commands).chain(on_fault);
                parts.filter_map(|part| self.outline.of_part(part)).any(|it| self.names(it, named))
                    || commands.any(|command| {
                        self.outline.of_command(command).is_some_and(|it| self.names(it, named))
                    })
            })
        };
        self.rules.iter().enumerate().filter(asks).map(|(_, rule)| &rule.origin)
    }

    /// Whether an expression names a value, or one that does.
    fn names(&self, clause: ClauseId, value: u32) -> bool {
        let mut open = vec![clause];
        let mut seen = HashSet::new();
        while let Some(clause) = open.pop() {
            match self.outline.clause(clause).names {
                Named::Value(named) if named == value => return true,
                Named::Value(named) if seen.insert(named) => {
                    open.extend(self.outline.of_value(named));
                }
                _ => open.extend(self.outline.below(clause)),
            }
            let node = self.nodes[self.outline.clause(clause).node as usize];
            if let Node::Schedule(schedule) | Node::Turn(schedule, ..) = node
                && schedule == value
            {
                return true;
            }
        }
        false
    }

    /// When a schedule that the rules commanding `point` hang on changes next,
    /// with what operators laid over it; `None` if they hang on none, or it
    /// does not change within 400 days or is unknown.
    #[must_use]
    pub fn schedule_change(
        &self,
        state: &State,
        point: PointId,
        at: Timestamp,
    ) -> Option<Timestamp> {
        let mut open = Vec::new();
        for rule in self.rules_commanding(point) {
            self.each_node_of(&self.rules[rule], &mut |node| open.push(node));
        }
        let mut seen = HashSet::new();
        let mut schedules = HashSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let node = self.nodes[id as usize];
            if let Node::Schedule(schedule) | Node::Turn(schedule, ..) = node {
                schedules.insert(schedule as usize);
            }
            node.each_input(&self.members, &mut |input| open.push(input));
        }
        let turn = |schedule, turn| state.turn(self, schedule, turn, at);
        let changes =
            schedules.into_iter().flat_map(|it| [turn(it, Turn::Starts), turn(it, Turn::Ends)]);
        changes.flatten().min()
    }

    /// The level of a rule.
    #[must_use]
    pub fn level_of(&self, rule: usize) -> Option<Level> {
        self.rules.get(rule).map(|rule| rule.level)
    }

    fn rules_with(&self, is_it: impl Fn(&Command) -> bool) -> Vec<usize> {
        let any = |commands: &std::ops::Range<u32>| {
            self.commands[commands.start as usize..commands.end as usize].iter().any(&is_it)
        };
        let holds = |rule: &Rule| {
            let parts = &self.parts[rule.parts.start as usize..rule.parts.end as usize];
            parts.iter().any(|part| any(&part.commands)) || rule.on_fault.as_ref().is_some_and(any)
        };
        let rules = self.rules.iter().enumerate();
        rules.filter(|(_, rule)| holds(rule)).map(|(index, _)| index).collect()
    }

    /// The points that the value of this full name reads, in order.
    #[must_use]
    pub fn inputs_of_value(&self, name: &str) -> &[PointId] {
        self.values.iter().find(|value| &*value.name == name).map_or(&[], |value| {
            &self.inputs[value.inputs.start as usize..value.inputs.end as usize]
        })
    }

    /// The longest time that the rules name: `for`, windows, graces.
    #[must_use]
    pub const fn longest(&self) -> Duration {
        self.longest
    }
}
