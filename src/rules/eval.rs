//! One evaluation: every node once, in order, whatever the rules' branches, so
//! that no timer depends on them; then each rule's decision.
//!
//! ```text
//! Waiting ──inputs heard of──► known: Active(part) | Idle
//!    │ wait passed              ▲        │ a condition or value unknown
//!    ▼                          │        ▼
//! OnFault | Released ◄──grace passed── Kept (the last decision)
//! ```

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::unit::duration;
use crate::model::{Claim, Demand, PointId, Quality, Snapshot};

use super::ast::Turn;
use super::program::{Action, Node, NodeId, Program, Rule};
use super::state::{Decision, Memory, State};
use super::verdict::{
    AlarmCause, AlarmClass, NamedValue, RaisedAlarm, RuleStatus, Standing, Verdict,
};

impl Program {
    /// What the rules say of `snapshot`. Deterministic; nothing depends on the
    /// order of rules or files.
    ///
    /// # Panics
    /// If `state` is another program's or `snapshot` another site's.
    pub fn evaluate(&self, snapshot: &Snapshot, state: &mut State) -> Verdict {
        let steady = snapshot.now.steady;
        let started = *state.started.get_or_insert(steady);
        let first = started == steady && state.before == Duration::ZERO;
        let elapsed = if first { Duration::ZERO } else { steady.saturating_sub(state.before) };
        state.before = steady;
        let cycle = Cycle { program: self, snapshot, elapsed, up: steady.saturating_sub(started) };
        for (index, node) in self.nodes.iter().enumerate() {
            state.values[index] = cycle.node(*node, state);
        }
        let mut verdict =
            Verdict { claims: Vec::with_capacity(state.claims), ..Verdict::default() };
        verdict.rules.reserve(self.rules.len());
        for (index, rule) in self.rules.iter().enumerate() {
            cycle.rule(index, rule, state, &mut verdict);
        }
        cycle.substitutes(state, &mut verdict);
        verdict.values = cycle.values(state);
        state.claims = verdict.claims.len();
        verdict
    }
}

/// One pass over a program.
struct Cycle<'a> {
    program: &'a Program,
    snapshot: &'a Snapshot,
    /// Steady time since the last evaluation.
    elapsed: Duration,
    /// Steady time since the first one.
    up: Duration,
}

const fn truth(condition: bool) -> f64 {
    if condition { 1.0 } else { 0.0 }
}

fn is_true(value: f64) -> bool {
    value == 1.0
}

fn is_false(value: f64) -> bool {
    value == 0.0
}

/// Results that are no number are unknown: x / 0.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

/// How far apart two values count as equal: register scales such as 0.1 leave
/// errors in the last bits.
fn tolerance(a: f64, b: f64) -> f64 {
    1e-9 * a.abs().max(b.abs())
}

/// Unknown if either is.
fn compare(a: f64, b: f64, holds: impl FnOnce(f64, f64) -> bool) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { truth(holds(a, b)) }
}

impl Cycle<'_> {
    fn node(&self, node: Node, state: &mut State) -> f64 {
        let value = |id: NodeId| state.values[id as usize];
        match node {
            Node::Const(bits) => f64::from_bits(bits),
            Node::Point(point) => self.snapshot.known(point).unwrap_or(f64::NAN),
            Node::Unknown(a) => truth(value(a).is_nan()),
            Node::ByHand(point, states) => self.by_hand(point, states),
            Node::Add(a, b) => finite(value(a) + value(b)),
            Node::Subtract(a, b) => finite(value(a) - value(b)),
            Node::Multiply(a, b) => finite(value(a) * value(b)),
            Node::Divide(a, b) => finite(value(a) / value(b)),
            Node::Negate(a) => -value(a),
            Node::Absolute(a) => value(a).abs(),
            Node::Least(a, b) => select(value(a), value(b), f64::min),
            Node::Greatest(a, b) => select(value(a), value(b), f64::max),
            Node::Less(a, b) => compare(value(a), value(b), |a, b| a < b - tolerance(a, b)),
            Node::AtMost(a, b) => compare(value(a), value(b), |a, b| a <= b + tolerance(a, b)),
            Node::Equal(a, b) => {
                compare(value(a), value(b), |a, b| (a - b).abs() <= tolerance(a, b))
            }
            Node::Not(a) => 1.0 - value(a),
            Node::And(a, b) => both(value(a), value(b)),
            Node::Or(a, b) => 1.0 - both(1.0 - value(a), 1.0 - value(b)),
            Node::Fallback(a, b) => {
                if value(a).is_nan() {
                    value(b)
                } else {
                    value(a)
                }
            }
            Node::Curve(curve, a) => self.program.curves[curve as usize].at(value(a)),
            Node::Schedule(schedule) => self.schedule(schedule, state),
            Node::Turn(schedule, turn, within) => {
                let within = value(within);
                self.turn(schedule, turn, within, state)
            }
            Node::For { condition, time, memory } => {
                let (condition, time) = (value(condition), value(time));
                self.held_for(condition, time, &mut state.memories[memory as usize])
            }
            Node::Extended { condition, time, memory } => {
                let (condition, time) = (value(condition), value(time));
                self.extended(condition, time, &mut state.memories[memory as usize])
            }
            Node::Until { start, stop, memory } => {
                let (start, stop) = (value(start), value(stop));
                until(start, stop, &mut state.memories[memory as usize])
            }
        }
    }

    fn by_hand(&self, point: PointId, states: u32) -> f64 {
        let states = &self.program.hand_states[states as usize];
        self.snapshot.known(point).map_or(f64::NAN, |value| truth(states.contains(&value)))
    }

    /// True once `condition` has been true for `time`; an unknown condition
    /// freezes the count.
    fn held_for(&self, condition: f64, time: f64, memory: &mut Memory) -> f64 {
        let Memory::For { held, running } = memory else { return f64::NAN };
        if condition.is_nan() {
            *running = false;
            return f64::NAN;
        }
        if is_false(condition) {
            (*held, *running) = (Duration::ZERO, false);
            return 0.0;
        }
        if *running {
            *held = held.saturating_add(self.elapsed);
        }
        *running = true;
        if time.is_nan() {
            return f64::NAN;
        }
        // A time below zero has passed already.
        truth(duration(time.max(0.0)).is_some_and(|time| *held >= time))
    }

    /// True until `time` after `condition` was last true.
    fn extended(&self, condition: f64, time: f64, memory: &mut Memory) -> f64 {
        let Memory::Extended { ago } = memory else { return f64::NAN };
        if is_true(condition) {
            *ago = Some(Duration::ZERO);
            return 1.0;
        }
        *ago = ago.map(|ago| ago.saturating_add(self.elapsed));
        if time.is_nan() && ago.is_some() {
            return f64::NAN;
        }
        let within = ago.is_some_and(|ago| duration(time).is_some_and(|time| ago < time));
        if within {
            1.0
        } else if condition.is_nan() {
            f64::NAN
        } else {
            0.0
        }
    }

    fn schedule(&self, index: u32, state: &mut State) -> f64 {
        let now = self.snapshot.now.wall;
        let memo = &mut state.schedules[index as usize];
        if !(memo.from <= now && now < memo.until) {
            let schedule = &self.program.schedules[index as usize].schedule;
            (memo.on, memo.until) = schedule.state(now, &self.program.zone);
            memo.from = now;
        }
        truth(memo.on)
    }

    fn turn(&self, index: u32, turn: Turn, within: f64, state: &mut State) -> f64 {
        /// How far ahead is looked at once.
        const AHEAD: SignedDuration = SignedDuration::from_hours(48);
        let now = self.snapshot.now.wall;
        let Some(within) = duration(within.max(0.0)).filter(|_| !within.is_nan()) else {
            return f64::NAN;
        };
        let schedule = &self.program.schedules[index as usize].schedule;
        let zone = &self.program.zone;
        if turn == Turn::Ended {
            let since = now.checked_sub(within).unwrap_or(Timestamp::MIN);
            return truth(schedule.last_end(since, now, zone).is_some());
        }
        let to_on = turn == Turn::Starts;
        let horizon = now.checked_add(within).unwrap_or(Timestamp::MAX);
        let (from, to, next) = &mut state.schedules[index as usize].turns[usize::from(!to_on)];
        let stale = now < *from || next.map_or(horizon > *to, |next| next <= now);
        if stale {
            let far = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX).max(horizon);
            *next = schedule.next_turn(now, far, to_on, zone);
            (*from, *to) = (now, far);
        }
        truth(next.is_some_and(|next| next <= horizon))
    }

    /// Decides one rule.
    fn rule(&self, index: usize, rule: &Rule, state: &mut State, verdict: &mut Verdict) {
        let decision = state.decisions[index];
        let unknown_for = decision.unknown_for.map_or(Duration::ZERO, |d| d + self.elapsed);
        let unread = |id: &PointId| self.snapshot.reading(*id).quality == Quality::NeverRead;
        let inputs = &self.program.inputs[range(&rule.inputs)];
        let waiting = self.up < rule.wait && inputs.iter().any(unread);
        let chosen = if waiting { None } else { self.choose(rule, state) };
        let (standing, unknown_for) = match chosen {
            _ if waiting => (Standing::Waiting, Some(unknown_for)),
            Some(active) => {
                self.remember(rule, active, state);
                (active.map_or(Standing::Idle, Standing::Active), None)
            }
            None if unknown_for < rule.grace => {
                (Standing::Kept(decision.active), Some(unknown_for))
            }
            None if rule.on_fault.is_some() => (Standing::OnFault, Some(unknown_for)),
            None => (Standing::Released, Some(unknown_for)),
        };
        let active = chosen.unwrap_or(decision.active);
        state.decisions[index] = Decision { active, unknown_for };
        let unknown_inputs = if chosen.is_some() {
            Vec::new()
        } else {
            inputs.iter().filter(|id| self.snapshot.known(**id).is_none()).copied().collect()
        };
        self.command(rule, standing, &unknown_inputs, state, verdict);
        verdict.rules.push(RuleStatus {
            rule: rule.origin.clone(),
            standing,
            unknown_for,
            unknown_inputs,
        });
    }

    /// The active part; the outer `None` where a condition before it, or what
    /// it commands, is unknown.
    fn choose(&self, rule: &Rule, state: &State) -> Option<Option<u16>> {
        for (number, part) in self.program.parts[range(&rule.parts)].iter().enumerate() {
            let holds = part.condition.map_or(1.0, |id| state.values[id as usize]);
            if holds.is_nan() {
                return None;
            }
            if is_true(holds) {
                let commands = &self.program.commands[range(&part.commands)];
                let unknown = commands
                    .iter()
                    .filter_map(|command| command.action.value())
                    .any(|value| state.values[value as usize].is_nan());
                return if unknown { None } else { Some(u16::try_from(number).ok()) };
            }
        }
        Some(None)
    }

    fn remember(&self, rule: &Rule, active: Option<u16>, state: &mut State) {
        let Some(commands) = active.map(|part| self.commands_of(rule, part)) else { return };
        for index in range(&commands) {
            if let Some(value) = self.program.commands[index].action.value() {
                state.decided[index] = state.values[value as usize];
            }
        }
    }

    fn commands_of(&self, rule: &Rule, part: u16) -> std::ops::Range<u32> {
        self.program.parts[range(&rule.parts)][usize::from(part)].commands.clone()
    }

    /// Issues what the rule says where it stands.
    fn command(
        &self,
        rule: &Rule,
        standing: Standing,
        unknown: &[PointId],
        state: &mut State,
        verdict: &mut Verdict,
    ) {
        let commands = match standing {
            Standing::Active(part) | Standing::Kept(Some(part)) => self.commands_of(rule, part),
            Standing::OnFault => rule.on_fault.clone().unwrap_or(0..0),
            Standing::Idle | Standing::Kept(None) | Standing::Waiting | Standing::Released => 0..0,
        };
        let mut lost = standing == Standing::Released;
        for index in range(&commands) {
            let command = &self.program.commands[index];
            if standing == Standing::OnFault
                && let Some(value) = command.action.value()
            {
                state.decided[index] = state.values[value as usize];
            }
            let value = state.decided[index];
            let (point, demand) = match &command.action {
                Action::Set(point, _) => (*point, Demand::Set(value)),
                Action::AtLeast(point, _) => (*point, Demand::AtLeast(value)),
                Action::AtMost(point, _) => (*point, Demand::AtMost(value)),
                Action::Alarm(class, text) => {
                    verdict.alarms.push(RaisedAlarm {
                        class: *class,
                        cause: AlarmCause::Written(text.clone()),
                        rule: command.origin.clone(),
                    });
                    continue;
                }
            };
            if value.is_nan() {
                lost = true;
                continue;
            }
            let origin = command.origin.clone();
            verdict.claims.push(Claim { point, level: rule.level, demand, origin });
        }
        if lost {
            verdict.alarms.push(RaisedAlarm {
                class: AlarmClass::Fault,
                cause: AlarmCause::RuleUnknown { inputs: unknown.to_vec() },
                rule: rule.origin.clone(),
            });
        }
    }

    /// Constants that have stood in for longer than the grace.
    fn substitutes(&self, state: &mut State, verdict: &mut Verdict) {
        for (index, substitute) in self.program.substitutes.iter().enumerate() {
            let missing = state.values[substitute.preferred as usize].is_nan();
            let stood = &mut state.substituted[index];
            *stood = missing.then(|| stood.map_or(Duration::ZERO, |stood| stood + self.elapsed));
            if stood.is_some_and(|stood| stood >= self.program.grace) {
                let inputs = &self.program.inputs[range(&substitute.inputs)];
                let inputs =
                    inputs.iter().filter(|id| self.snapshot.known(**id).is_none()).copied();
                verdict.alarms.push(RaisedAlarm {
                    class: AlarmClass::Notice,
                    cause: AlarmCause::Substituted { inputs: inputs.collect() },
                    rule: substitute.origin.clone(),
                });
            }
        }
    }

    fn values(&self, state: &State) -> Vec<NamedValue> {
        let named = |value: &super::program::Value| {
            let now = state.values[value.node as usize];
            NamedValue {
                name: Arc::clone(&value.name),
                kind: Arc::clone(&value.kind),
                value: (!now.is_nan()).then_some(now),
            }
        };
        self.program.values.iter().map(named).collect()
    }
}

/// Kleene's and.
fn both(a: f64, b: f64) -> f64 {
    if is_false(a) || is_false(b) {
        0.0
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        1.0
    }
}

/// The smaller or larger; unknown if either is.
fn select(a: f64, b: f64, of: impl FnOnce(f64, f64) -> f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { of(a, b) }
}

/// On from `start` until `stop`; `stop` wins; an unknown one leaves it as it
/// is and makes the result unknown.
fn until(start: f64, stop: f64, memory: &mut Memory) -> f64 {
    let Memory::Latch { on } = memory else { return f64::NAN };
    if start.is_nan() || stop.is_nan() {
        return f64::NAN;
    }
    *on = !is_true(stop) && (*on || is_true(start));
    truth(*on)
}

fn range(of: &std::ops::Range<u32>) -> std::ops::Range<usize> {
    of.start as usize..of.end as usize
}
