//! Each rule's decision, and what it says because of it.
//!
//! ```text
//! Waiting ──inputs heard of──► known: Active(part) | Idle
//!    │ wait passed              ▲        │ a condition or value unknown
//!    ▼                          │        ▼
//! OnFault | Released ◄──grace passed── Kept (the last decision)
//! ```

use std::ops::Range;
use std::time::Duration;

use crate::model::{AlarmClass, Claim, Demand, PointId};
use crate::rules::program::{Action, Part, Rule};
use crate::rules::state::State;
use crate::rules::verdict::{AlarmCause, RaisedAlarm, Standing, Verdict};

use super::node::either;
use super::{Cycle, is_true, longer, range};

impl Cycle<'_> {
    /// Decides the marked rules.
    pub(super) fn rules(&self, state: &mut State, verdict: &mut Verdict) {
        let mut next = 0;
        while let Some(index) = state.rule_marks.take_from(next) {
            next = index;
            self.rule(index, state, verdict);
        }
    }

    fn rule(&self, index: u32, state: &mut State, verdict: &mut Verdict) {
        let number = index as usize;
        let rule = &self.program.rules[number];
        let decision = &state.decisions[number];
        let before = decision.active;
        let unknown_for = longer(decision.unknown_for, self.clocks.elapsed());
        let inputs = &self.program.inputs[range(&rule.inputs)];
        let waiting =
            self.clocks.up() < rule.wait && inputs.iter().any(|point| self.is_unread(*point));
        let chosen = self.choose(rule, state).filter(|_| !waiting);
        let before = before.filter(|part| !self.runs_out(rule, *part, state));
        let (standing, unknown_for) = match chosen {
            _ if waiting => (Standing::Waiting, Some(unknown_for)),
            Some(active) => {
                self.remember(rule, active, state);
                (active.map_or(Standing::Idle, Standing::Active), None)
            }
            None if unknown_for < rule.grace => (Standing::Kept(before), Some(unknown_for)),
            None if rule.on_fault.is_some() => (Standing::OnFault, Some(unknown_for)),
            None => (Standing::Released, Some(unknown_for)),
        };
        let status = &mut verdict.rules[number];
        status.standing = standing;
        status.unknown_for = unknown_for;
        status.unknown_inputs.clear();
        if chosen.is_none() {
            let unknown = inputs.iter().filter(|point| self.snapshot.known(**point).is_none());
            status.unknown_inputs.extend(unknown);
            // How long it has been unknown counts, and each input.
            state.rule_wakes.at(index, self.clocks.now);
        }
        let decision = &mut state.decisions[number];
        decision.active = chosen.unwrap_or(before);
        decision.unknown_for = unknown_for;
        self.run_on(rule, standing, state);
        self.say(index, rule, standing, state, verdict);
    }

    /// The active part; the outer `None` where a condition before it, or what
    /// it commands, is unknown.
    fn choose(&self, rule: &Rule, state: &mut State) -> Option<Option<u16>> {
        let mut chosen = None;
        // Whether some part so far is to be active.
        let mut any = 0.0;
        for (number, part) in self.program.parts[range(&rule.parts)].iter().enumerate() {
            // What `else` asks: that none before it is.
            let condition = part.condition.map_or(1.0 - any, |id| state.values[id as usize]);
            let holds = part.run.map_or(condition, |run| self.may_run(run, condition, state));
            if chosen.is_none() && (holds.is_nan() || is_true(holds)) {
                let known = is_true(holds) && self.knows(part, state);
                chosen = Some(if known { Some(u16::try_from(number).ok()) } else { None });
                if !rule.runs {
                    break;
                }
            }
            any = either(any, holds);
        }
        chosen.unwrap_or(Some(None))
    }

    /// Whether all that a part commands is known.
    fn knows(&self, part: &Part, state: &State) -> bool {
        let commands = &self.program.commands[range(&part.commands)];
        let mut values = commands.iter().filter_map(|command| command.action.value());
        !values.any(|value| state.values[value as usize].is_nan())
    }

    fn remember(&self, rule: &Rule, active: Option<u16>, state: &mut State) {
        let Some(commands) = active.map(|part| self.commands_of(rule, part)) else { return };
        for index in range(&commands) {
            if let Some(value) = self.program.commands[index].action.value() {
                state.decided[index] = state.values[value as usize];
            }
        }
    }

    fn commands_of(&self, rule: &Rule, part: u16) -> Range<u32> {
        self.program.parts[range(&rule.parts)][usize::from(part)].commands.clone()
    }

    /// Says what the rule commands where it stands, and takes back what it
    /// says no more.
    fn say(
        &self,
        index: u32,
        rule: &Rule,
        standing: Standing,
        state: &mut State,
        verdict: &mut Verdict,
    ) {
        let commands = match standing {
            Standing::Active(part) | Standing::Kept(Some(part)) => self.commands_of(rule, part),
            Standing::OnFault => rule.on_fault.clone().unwrap_or(0..0),
            Standing::Idle | Standing::Kept(None) | Standing::Waiting | Standing::Released => 0..0,
        };
        let said = std::mem::replace(&mut state.decisions[index as usize].said, commands.clone());
        if said != commands {
            range(&said).for_each(|command| verdict.withdraw(command));
        }
        let mut alarms = Vec::new();
        let mut lost = standing == Standing::Released;
        let filling = self.is_filling(index, rule, state, verdict);
        for command in range(&commands) {
            let action = &self.program.commands[command].action;
            if let Action::Alarm(class, text) = action {
                if filling && standing == Standing::OnFault {
                    continue;
                }
                let cause = AlarmCause::Written(text.clone());
                let rule = self.program.commands[command].origin.clone();
                alarms.push(RaisedAlarm { class: *class, cause, rule });
                continue;
            }
            if standing == Standing::OnFault
                && let Some(value) = action.value()
            {
                state.decided[command] = state.values[value as usize];
            }
            lost |= !self.claim(command, rule, state.decided[command], verdict);
        }
        if lost && !filling {
            alarms.push(RaisedAlarm {
                class: AlarmClass::Fault,
                cause: AlarmCause::RuleUnknown {
                    inputs: verdict.rules[index as usize].unknown_inputs.clone(),
                },
                rule: rule.origin.clone(),
            });
        }
        if rule.shadow {
            alarms.clear();
        }
        let alarming = &mut state.decisions[index as usize].alarming;
        if std::mem::replace(alarming, !alarms.is_empty()) || *alarming {
            verdict.alarms.set(index, alarms);
        }
    }

    /// Whether a rule is unknown because its windows are not filled yet and for
    /// no other reason: nothing is broken then.
    fn is_filling(&self, index: u32, rule: &Rule, state: &State, verdict: &Verdict) -> bool {
        let status = &verdict.rules[index as usize];
        let windows = &rule.windows;
        status.unknown_for.is_some()
            && status.unknown_inputs.is_empty()
            && windows.iter().any(|window| state.is_filling(*window, self.clocks))
    }

    /// Claims `value` for a command's point; false if it is unknown.
    fn claim(&self, command: usize, rule: &Rule, value: f64, verdict: &mut Verdict) -> bool {
        let (point, demand): (PointId, Demand) = match self.program.commands[command].action {
            Action::Set(point, _) => (point, Demand::Set(value)),
            Action::AtLeast(point, _) => (point, Demand::AtLeast(value)),
            Action::AtMost(point, _) => (point, Demand::AtMost(value)),
            Action::Alarm(..) => return true,
        };
        if value.is_nan() {
            verdict.withdraw(command);
            return false;
        }
        let origin = &self.program.commands[command].origin;
        let made = || Claim { point, level: rule.level, demand, origin: origin.clone() };
        if rule.shadow {
            verdict.shadow(command, made());
        } else {
            verdict.claim(command, demand, made);
        }
        true
    }

    /// Counts how long constants have stood in.
    pub(super) fn substitutes(&self, state: &mut State, verdict: &mut Verdict) {
        let mut next = 0;
        while let Some(index) = state.substitute_marks.take_from(next) {
            next = index;
            let substitute = &self.program.substitutes[index as usize];
            let missing = state.values[substitute.preferred as usize].is_nan();
            let stood: &mut Option<Duration> = &mut state.substituted[index as usize];
            *stood = missing.then(|| longer(*stood, self.clocks.elapsed()));
            let mut alarms = Vec::new();
            if stood.is_some_and(|stood| stood >= self.program.grace) {
                let inputs = &self.program.inputs[range(&substitute.inputs)];
                let unknown = inputs.iter().filter(|id| self.snapshot.known(**id).is_none());
                alarms.push(RaisedAlarm {
                    class: AlarmClass::Notice,
                    cause: AlarmCause::Substituted { inputs: unknown.copied().collect() },
                    rule: substitute.origin.clone(),
                });
            }
            if missing {
                state.standing_in.push(index);
            }
            verdict.alarms.set(self.after_rules(index), alarms);
        }
        // They are looked at again in every cycle until the value is back.
        for index in std::mem::take(&mut state.standing_in) {
            state.substitute_marks.set(index);
        }
    }

    /// Alarms of substitutes stand behind those of the rules.
    fn after_rules(&self, substitute: u32) -> u32 {
        u32::try_from(self.program.rules.len()).unwrap_or(u32::MAX).saturating_add(substitute)
    }
}
