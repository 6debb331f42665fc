//! What outlives the process and a change of the rules: timers and latches
//! whose clause, and last decisions whose rule, is written as before. White
//! space, comments and the place in the file are no part of that.
//!
//! After a restart only lengths of time are known: `for` and `extended` count
//! on from where they were, without the time it was down; for `run at least`,
//! `run at most` and `pause at least` that time has passed. A rule has been
//! unknown for that time: it keeps its last decision for what is left of its
//! grace. One that was known and down for as long begins afresh, so that devices
//! that start slowly after a power cut raise no alarms. Between two cycles
//! nothing is down: all counts on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Decision, Memory, State};
use crate::model::Origin;
use crate::rules::program::{MemoryId, Program, Rule, RuleId};

/// The last decision of a rule, to be stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// The active part, counted from 0; `None`: no part was true.
    pub active: Option<u16>,
    /// How long the rule has been unknown.
    pub unknown_for: Option<Duration>,
    /// What the active part's commands said, canonical.
    pub values: Vec<Option<f64>>,
}

impl Decided {
    /// What it is after cycles that took `time` and decided nothing anew.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.unknown_for = self.unknown_for.map(|unknown| unknown.saturating_add(time));
        self
    }

    /// Whether nothing was ever decided.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        *self == Self::default()
    }
}

impl State {
    /// The timers and latches, to be stored: as of the last evaluation, in the
    /// program's order.
    pub fn saved<'a>(
        &'a self,
        program: &'a Program,
    ) -> impl Iterator<Item = (&'a MemoryId, Memory)> + 'a {
        let now = self.clocks.map_or(Duration::ZERO, |clocks| clocks.now);
        let idle = move |looked: &Option<Duration>| {
            looked.map_or(Duration::ZERO, |looked| now.saturating_sub(looked))
        };
        let memories = self.memories.iter().zip(&self.looked);
        let memories = memories.map(move |(memory, looked)| memory.clone().after(idle(looked)));
        program.memories.iter().map(|(id, _)| id).zip(memories)
    }

    /// The last decisions, likewise.
    pub fn last_decisions<'a>(
        &'a self,
        program: &'a Program,
    ) -> impl Iterator<Item = (&'a RuleId, Decided)> + 'a {
        program.rules.iter().zip(&self.decisions).map(|(rule, decision)| {
            let commands = decision.active.map_or(0..0, |part| program.commands_in(rule, part));
            let values = self.decided[commands.start as usize..commands.end as usize].iter();
            let values = values.map(|value| Some(*value).filter(|value| value.is_finite()));
            let Decision { active, unknown_for, .. } = *decision;
            (&rule.id, Decided { active, unknown_for, values: values.collect() })
        })
    }

    /// Takes up what rested while no clause was about it.
    pub fn take_back(&mut self, program: &Program, rested: Vec<(MemoryId, Memory)>) {
        let rested: HashMap<MemoryId, Memory> = rested.into_iter().collect();
        for (memory, (id, fresh)) in self.memories.iter_mut().zip(&program.memories) {
            if let Some(old) = rested.get(id).filter(|old| old.is_like(fresh)) {
                *memory = old.clone().after_restart(Duration::ZERO);
            }
        }
    }

    /// Takes up last decisions that were saved `down` ago, after a restart.
    pub fn recall(&mut self, program: &Program, saved: &HashMap<RuleId, Decided>, down: Duration) {
        for (index, rule) in program.rules.iter().enumerate() {
            let Some(decided) = saved.get(&rule.id) else { continue };
            let unknown = decided.unknown_for.unwrap_or_default().saturating_add(down);
            let kept = down.is_zero() || unknown < rule.grace;
            if kept || decided.unknown_for.is_some() {
                let decided = Decided { unknown_for: Some(unknown), ..decided.clone() };
                self.put_decision(program, index, &decided);
            }
        }
    }

    fn put_decision(&mut self, program: &Program, index: usize, decided: &Decided) {
        let rule = &program.rules[index];
        let parts = usize::from(decided.active.map_or(0, |part| part + 1));
        let commands = decided.active.filter(|_| parts <= rule.parts.len());
        let commands = commands.map_or(0..0, |part| program.commands_in(rule, part));
        let commands = commands.start as usize..commands.end as usize;
        if commands.len() != decided.values.len() {
            return;
        }
        for (said, value) in self.decided[commands].iter_mut().zip(&decided.values) {
            *said = value.unwrap_or(f64::NAN);
        }
        let decision = &mut self.decisions[index];
        decision.active = decided.active;
        decision.unknown_for = decided.unknown_for;
    }
}

impl Program {
    /// The state after a restart: the timers and latches of `saved` whose
    /// clauses are written as before, the rest fresh. `down`: how long ago that
    /// was.
    #[must_use]
    pub fn restored(
        &self,
        saved: impl IntoIterator<Item = (MemoryId, Memory)>,
        down: Duration,
    ) -> State {
        let saved: HashMap<MemoryId, Memory> = saved.into_iter().collect();
        let mut state = self.state();
        for (memory, (id, fresh)) in state.memories.iter_mut().zip(&self.memories) {
            let old = saved.get(id).filter(|old| old.is_like(fresh));
            if let Some(old) = old {
                *memory = old.clone().after_restart(down);
            }
        }
        state
    }

    /// The state of this program in place of `old` with its state, between two
    /// cycles.
    #[must_use]
    pub fn succeeding(&self, old: &Self, before: &State) -> State {
        let mut state = self.state();
        let places: HashMap<&MemoryId, usize> =
            old.memories.iter().enumerate().map(|(place, (id, _))| (id, place)).collect();
        for (index, (id, fresh)) in self.memories.iter().enumerate() {
            let place = places.get(id).filter(|place| before.memories[**place].is_like(fresh));
            if let Some(place) = place {
                state.memories[index] = before.memories[*place].clone();
                state.looked[index] = before.looked[*place];
            }
        }
        let decided: HashMap<&RuleId, Decided> = before.last_decisions(old).collect();
        for (index, rule) in self.rules.iter().enumerate() {
            if let Some(decided) = decided.get(&rule.id) {
                state.put_decision(self, index, decided);
            }
        }
        let stood: HashMap<_, _> = old.substitute_names().zip(&before.substituted).collect();
        for (name, own) in self.substitute_names().zip(&mut state.substituted) {
            *own = stood.get(&name).copied().copied().flatten();
        }
        state.clocks = before.clocks;
        // No verdict is this state's yet.
        state.evaluations = before.evaluations + 1;
        state
    }

    /// Whose substitutes they are, and which of each.
    fn substitute_names(&self) -> impl Iterator<Item = (&str, usize)> {
        let mut met: HashMap<&str, usize> = HashMap::new();
        self.substitutes.iter().map(move |substitute| {
            let name = match &*substitute.origin {
                Origin::Rule { rule, .. } => rule.as_ref(),
                Origin::Operator { user, .. } => user.as_str(),
            };
            let number = met.entry(name).or_default();
            *number += 1;
            (name, *number)
        })
    }

    /// How the rules differ from those of `old`, by name.
    #[must_use]
    pub fn changes_since(&self, old: &Self) -> RuleChanges {
        let before: HashMap<&Arc<str>, u64> =
            old.rules.iter().map(|rule| (&rule.id.rule, rule.id.written)).collect();
        let mut changes = RuleChanges::default();
        for RuleId { rule, written } in self.rules.iter().map(|rule| &rule.id) {
            match before.get(rule) {
                None => changes.new.push(rule.clone()),
                Some(before) if before != written => changes.changed.push(rule.clone()),
                Some(_) => changes.unchanged += 1,
            }
        }
        let names = |rule: &Rule| rule.id.rule.clone();
        let now: std::collections::HashSet<Arc<str>> = self.rules.iter().map(names).collect();
        changes.gone = old.rules.iter().map(names).filter(|rule| !now.contains(rule)).collect();
        changes
    }
}

/// See [`Program::changes_since`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleChanges {
    pub new: Vec<Arc<str>>,
    /// Written otherwise than before.
    pub changed: Vec<Arc<str>>,
    pub gone: Vec<Arc<str>>,
    pub unchanged: usize,
}

impl Memory {
    /// Whether both are of one kind.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Window(one), Self::Window(other)) => one.is_like(other),
            (Self::Demand(one), Self::Demand(other)) => one.is_like(other),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// As it is found after a restart that took `down`: counting goes on from
    /// where it was, and windows know nothing of the time between.
    pub(in crate::rules) fn after_restart(mut self, down: Duration) -> Self {
        match &mut self {
            Self::For { running, .. } | Self::Hours { running, .. } => *running = false,
            Self::Window(window) => window.rest(down),
            Self::Demand(demand) => demand.rest(down),
            // The time it was down counts: what ran or rested, did so then too.
            Self::Run(_) => self.pass(down),
            Self::Extended { .. } | Self::Latch { .. } | Self::Acknowledge(_) => {}
        }
        self
    }
}
