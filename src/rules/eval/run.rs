//! `run at least`, `run at most`, `pause at least`: when a part stays active
//! though its condition is no longer true, and when it may not be though it is.
//! Every part is looked at whenever its rule is, active or not.
//!
//! ```text
//!           condition true, neither paused nor spent
//! resting ───────────────────────────────────────────► running
//!    ▲ ◄─ condition false and run at least over,          │
//!    │    an earlier part, unknown beyond the grace ──────┤
//!    └─ spent, until the condition is false ◄─ run at most
//! ```

use std::time::Duration;

use crate::model::unit::duration;
use crate::rules::program::{NodeId, Rule, Run};
use crate::rules::state::{Memory, Running, State};
use crate::rules::verdict::Standing;

use super::node::{both, either};
use super::{Cycle, is_false, is_true, range, truth};

/// What the times come to, in seconds; unknown is NaN.
struct Times {
    least: Option<f64>,
    most: Option<f64>,
    pause: Option<f64>,
}

impl Times {
    fn of(run: Run, state: &State) -> Self {
        let time = |id: Option<NodeId>| id.map(|id| state.values[id as usize]);
        Self { least: time(run.least), most: time(run.most), pause: time(run.pause) }
    }

    /// Whether a part with this condition may be active.
    fn allow(&self, condition: f64, running: &Running) -> f64 {
        let over = |time: Option<f64>, length| time.map(|time| passed(length, time));
        let left = |time, length| over(time, length).map_or(1.0, |over| 1.0 - over);
        if running.spent {
            return 0.0;
        }
        if running.on {
            let held = self.least.map_or(0.0, |least| left(Some(least), running.length));
            return both(either(condition, held), left(self.most, running.length));
        }
        let rested = running.length.and_then(|_| over(self.pause, running.length)).unwrap_or(1.0);
        // No time at all is not begun with.
        both(condition, both(rested, left(self.most, None)))
    }

    /// When time alone changes something next.
    fn next(&self, running: &Running) -> Option<Duration> {
        let left = |time: Option<f64>| {
            let time = time.filter(|time| !time.is_nan()).and_then(duration)?;
            Some(time.saturating_sub(running.length?)).filter(|left| !left.is_zero())
        };
        if running.on {
            return [left(self.least), left(self.most)].into_iter().flatten().min();
        }
        left(self.pause)
    }
}

/// Whether `length` is as long as `time`, which may be unknown; one beyond all
/// clocks never passes.
fn passed(length: Option<Duration>, time: f64) -> f64 {
    if time.is_nan() {
        return f64::NAN;
    }
    let time = duration(time.max(0.0));
    truth(time.is_some_and(|time| length.unwrap_or_default() >= time))
}

/// Whether that time has certainly passed.
fn is_over(time: Option<f64>, running: &Running) -> bool {
    time.is_some_and(|time| is_true(passed(running.length, time)))
}

impl Cycle<'_> {
    /// Whether a part may be active, going by its condition and its times.
    /// Once an evaluation: time passes for it.
    pub(super) fn may_run(&self, run: Run, condition: f64, state: &mut State) -> f64 {
        let times = Times::of(run, state);
        let memory = state.caught_up(run.memory, self.clocks);
        memory.pass(self.clocks.elapsed());
        let Memory::Run(running) = memory else { return f64::NAN };
        if is_false(condition) {
            running.spent = false;
        } else if running.on && is_over(times.most, running) {
            running.spent = true;
        }
        times.allow(condition, running)
    }

    /// Whether `run at most` ends a part that a rule keeps while it is unknown.
    pub(super) fn runs_out(&self, rule: &Rule, part: u16, state: &State) -> bool {
        let part = &self.program.parts[range(&rule.parts)].get(usize::from(part));
        part.and_then(|part| part.run).is_some_and(|run| {
            let most = Times::of(run, state).most;
            matches!(state.held(run.memory), Memory::Run(running) if running.on && is_over(most, running))
        })
    }

    /// Notes which part is active now; says when time alone may change that.
    pub(super) fn run_on(&self, rule: &Rule, standing: Standing, state: &mut State) {
        if !rule.runs || standing == Standing::Waiting {
            return;
        }
        let active = match standing {
            Standing::Active(part) | Standing::Kept(Some(part)) => Some(usize::from(part)),
            _ => None,
        };
        for (number, part) in self.program.parts[range(&rule.parts)].iter().enumerate() {
            let Some(run) = part.run else { continue };
            let times = Times::of(run, state);
            let Memory::Run(running) = state.held_mut(run.memory) else { continue };
            let on = active == Some(number);
            let turned = running.on != on;
            if turned {
                running.on = on;
                running.length = (on || run.pause.is_some()).then_some(Duration::ZERO);
            }
            if !on && is_over(times.pause, running) {
                running.length = None;
            }
            if let Some(left) = times.next(running) {
                state.wakes.at(run.memory, self.clocks.now.saturating_add(left));
            }
            if turned {
                // A part that was unknown only because it ran no longer is.
                state.wakes.at(run.memory, self.clocks.now);
            }
        }
    }
}
