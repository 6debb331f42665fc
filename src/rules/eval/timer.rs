//! `for`, `extended` and `until`: what a timer or latch makes of its inputs.
//! Each is looked at only when an input changes or its time comes; the cycles
//! between are made up for by [`Memory::after`] beforehand.

use std::time::Duration;

use crate::model::unit::duration;
use crate::rules::state::{Acknowledge, Memory};
use crate::rules::window::Timed;

use super::{is_false, is_true, truth};

/// True once `condition` has been true for `time`; an unknown condition
/// freezes the count. `elapsed`: since the evaluation before.
pub(super) fn held_for(
    condition: f64,
    time: f64,
    elapsed: Duration,
    held: &mut Duration,
    running: &mut bool,
) -> Timed {
    if condition.is_nan() {
        *running = false;
        return (f64::NAN, None);
    }
    if is_false(condition) {
        (*held, *running) = (Duration::ZERO, false);
        return (0.0, None);
    }
    if *running {
        *held = held.saturating_add(elapsed);
    }
    *running = true;
    if time.is_nan() {
        return (f64::NAN, None);
    }
    // A time below zero has passed already; one beyond all clocks never does.
    match duration(time.max(0.0)) {
        Some(time) if *held >= time => (1.0, None),
        Some(time) => (0.0, Some(time - *held)),
        None => (0.0, None),
    }
}

/// True until `time` after `condition` was last true.
pub(super) fn extended(
    condition: f64,
    time: f64,
    elapsed: Duration,
    ago: &mut Option<Duration>,
    on: &mut bool,
) -> Timed {
    *on = is_true(condition);
    if *on {
        *ago = Some(Duration::ZERO);
        return (1.0, None);
    }
    *ago = ago.map(|ago| ago.saturating_add(elapsed));
    let other = if condition.is_nan() { f64::NAN } else { 0.0 };
    match *ago {
        Some(_) if time.is_nan() => (f64::NAN, None),
        Some(ago) => match duration(time) {
            Some(time) if ago < time => (1.0, Some(time - ago)),
            _ => (other, None),
        },
        None => (other, None),
    }
}

/// On from `start` until `stop`; `stop` wins; an unknown one leaves it as it
/// is and makes the result unknown.
pub(super) fn until(start: f64, stop: f64, on: &mut bool) -> f64 {
    if start.is_nan() || stop.is_nan() {
        return f64::NAN;
    }
    *on = !is_true(stop) && (*on || is_true(start));
    truth(*on)
}

/// On from `start` until a person acknowledges it, and as long as `start` is
/// true. What waits for that person does so whether `start` is known or not.
pub(super) fn acknowledge(memory: &mut Memory, start: f64) -> f64 {
    let Memory::Acknowledge(waiting) = memory else { return f64::NAN };
    if is_true(start) {
        waiting.on = true;
    } else if waiting.by.is_some() {
        if start.is_nan() {
            return f64::NAN;
        }
        *waiting = Acknowledge::default();
    } else if !waiting.on && start.is_nan() {
        return f64::NAN;
    }
    truth(waiting.on)
}

/// One look at a timer or latch whose inputs are these.
pub(super) fn look(memory: &mut Memory, first: f64, second: f64, elapsed: Duration) -> Timed {
    match memory {
        Memory::For { held, running } => held_for(first, second, elapsed, held, running),
        Memory::Extended { ago, on } => extended(first, second, elapsed, ago, on),
        Memory::Latch { on } => (until(first, second, on), None),
        Memory::Window(_)
        | Memory::Demand(_)
        | Memory::Hours { .. }
        | Memory::Acknowledge(_)
        | Memory::Run(_) => (f64::NAN, None),
    }
}
