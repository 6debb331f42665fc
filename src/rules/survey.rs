//! What is asked about a program now and then, not in every cycle: which rules
//! are about a point, what a value reads.

use std::time::Duration;

use crate::model::PointId;

use super::program::{Action, Command, Program, Rule};

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

    /// The rules that may raise an alarm of these words, or any alarm.
    #[must_use]
    pub fn rules_alarming(&self, words: Option<&str>) -> Vec<usize> {
        self.rules_with(|command| match &command.action {
            Action::Alarm(_, text) => words.is_none_or(|words| **text == *words),
            _ => false,
        })
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
