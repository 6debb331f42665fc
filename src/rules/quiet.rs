//! How long an evaluation says the same if no reading changes: what allows
//! tests, and the look ahead of an explanation, to leave cycles out.
//!
//! The last cycle before anything changes must not be left out: timers count
//! from it.

use std::time::Duration;

use jiff::Timestamp;

use super::program::Program;
use super::state::State;

/// Until both have passed, or a reading changes, nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// Timers; `None`: none runs.
    pub steady: Option<Duration>,
    /// Schedules.
    pub wall: Timestamp,
}

impl Program {
    /// From the last evaluation of `state` on.
    #[must_use]
    pub fn quiet(&self, state: &State) -> Quiet {
        let wall = state.civil_until;
        let Some(clocks) = state.clocks else {
            return Quiet { steady: Some(Duration::ZERO), wall };
        };
        let timers = state.wakes.first();
        let rules = state.rule_wakes.all().map(|(rule, at)| {
            let rule = rule as usize;
            match state.decisions[rule].unknown_for {
                // Looked at in every cycle, because it counts its time.
                Some(unknown_for) if at <= clocks.now => {
                    let rule = &self.rules[rule];
                    let heard = clocks.started.saturating_add(rule.wait);
                    let kept = clocks.now.saturating_add(rule.grace.saturating_sub(unknown_for));
                    [heard, kept].into_iter().filter(|at| *at > clocks.now).min()
                }
                _ => Some(at),
            }
        });
        let substitutes = state.substituted.iter().flatten().map(|stood| {
            let told = clocks.now.saturating_add(self.grace.saturating_sub(*stood));
            Some(told).filter(|at| *at > clocks.now)
        });
        Quiet { steady: timers.into_iter().chain(rules.chain(substitutes).flatten()).min(), wall }
    }
}
