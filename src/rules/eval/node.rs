//! The value of one node. Unknown is NaN and stays so through arithmetic;
//! logic is Kleene's.

use jiff::{SignedDuration, Timestamp};

use crate::model::PointId;
use crate::model::unit::duration;
use crate::rules::air;
use crate::rules::ast::Turn;
use crate::rules::program::{Node, NodeId};
use crate::rules::state::State;

use super::aggregate::aggregate;
use super::{Cycle, is_false, timer, truth};

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

/// Kleene's and.
pub(super) fn both(a: f64, b: f64) -> f64 {
    if is_false(a) || is_false(b) {
        0.0
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        1.0
    }
}

/// Kleene's or.
pub(super) fn either(a: f64, b: f64) -> f64 {
    1.0 - both(1.0 - a, 1.0 - b)
}

/// The smaller or larger; unknown if either is.
fn select(a: f64, b: f64, of: impl FnOnce(f64, f64) -> f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { of(a, b) }
}

impl Cycle<'_> {
    /// Computes it from what it reads; says when time alone may change it.
    pub(super) fn node(&self, id: NodeId, state: &mut State) -> f64 {
        let value = |id: NodeId| state.values[id as usize];
        match self.program.nodes[id as usize] {
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
            Node::Or(a, b) => either(value(a), value(b)),
            Node::Fallback(a, b) => {
                if value(a).is_nan() {
                    value(b)
                } else {
                    value(a)
                }
            }
            Node::Curve(curve, a) => self.program.curves[curve as usize].at(value(a)),
            Node::DewPoint(air, relative) => air::dew_point(value(air), value(relative)),
            Node::Humidity(air, relative) => air::humidity(value(air), value(relative)),
            Node::Aggregate { how, first, count, least } => {
                let members = &self.program.members[first as usize..][..count as usize];
                aggregate(how, members.iter().map(|member| value(*member)), least)
            }
            Node::Schedule(schedule) => self.schedule(schedule, state),
            Node::Turn(schedule, turn, within) => {
                let within = value(within);
                self.turn(schedule, turn, within, state)
            }
            Node::For { condition: a, time: b, memory }
            | Node::Extended { condition: a, time: b, memory }
            | Node::Until { start: a, stop: b, memory } => {
                let (a, b) = (value(a), value(b));
                self.remember_in(memory, state, |memory, elapsed| {
                    timer::look(memory, a, b, elapsed)
                })
            }
            Node::Acknowledge { start, memory } => {
                let start = value(start);
                self.remember_in(memory, state, |memory, _| {
                    (timer::acknowledge(memory, start), None)
                })
            }
            node @ (Node::Window { .. } | Node::Demand { .. } | Node::Hours { .. }) => {
                self.over_time(node, state)
            }
        }
    }

    fn by_hand(&self, point: PointId, states: u32) -> f64 {
        let states = &self.program.hand_states[states as usize];
        self.snapshot.known(point).map_or(f64::NAN, |value| truth(states.contains(&value)))
    }

    fn schedule(&self, index: u32, state: &mut State) -> f64 {
        if state.doubtful {
            return f64::NAN;
        }
        let now = self.snapshot.now.wall;
        let memo = &mut state.schedules[index as usize];
        if !(memo.from <= now && now < memo.until) {
            let schedule = &self.program.schedules[index as usize].schedule;
            let layers = &state.layers[index as usize];
            (memo.on, memo.until) = layers.state(schedule, now, &self.program.zone);
            memo.from = now;
        }
        state.civil_until = state.civil_until.min(memo.until);
        truth(memo.on)
    }

    fn turn(&self, index: u32, turn: Turn, within: f64, state: &mut State) -> f64 {
        /// How far ahead is looked at once.
        const AHEAD: SignedDuration = SignedDuration::from_hours(48);
        let now = self.snapshot.now.wall;
        let known = !(within.is_nan() || state.doubtful);
        let Some(within) = duration(within.max(0.0)).filter(|_| known) else {
            return f64::NAN;
        };
        let layers = &state.layers[index as usize];
        let schedule = &self.program.schedules[index as usize].schedule;
        let zone = &self.program.zone;
        if turn == Turn::Ended {
            let since = now.checked_sub(within).unwrap_or(Timestamp::MIN);
            let ended = layers.last_end(schedule, since, now, zone);
            let passes = ended.and_then(|end| end.checked_add(within).ok());
            let next = passes.unwrap_or_else(|| layers.state(schedule, now, zone).1);
            state.civil_until = state.civil_until.min(next);
            return truth(ended.is_some());
        }
        let to_on = turn == Turn::Starts;
        let horizon = now.checked_add(within).unwrap_or(Timestamp::MAX);
        let (from, to, next) = &mut state.schedules[index as usize].turns[usize::from(!to_on)];
        let stale = now < *from || next.map_or(horizon > *to, |next| next <= now);
        if stale {
            let far = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX).max(horizon);
            *next = layers.next_turn(schedule, now, far, to_on, zone);
            (*from, *to) = (now, far);
        }
        let holds = next.is_some_and(|next| next <= horizon);
        // The turn itself, or the moment from which it, or all that was looked
        // at, lies within.
        let reached = if holds {
            *next
        } else {
            next.or(Some(*to)).and_then(|at| at.checked_sub(within).ok())
        };
        state.civil_until = state.civil_until.min(reached.unwrap_or(Timestamp::MIN));
        truth(holds)
    }
}
