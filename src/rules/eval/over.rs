//! What is computed over time: windows, `demand`, `hours`.

use std::time::Duration;

use crate::rules::demand::Beat;
use crate::rules::program::Node;
use crate::rules::state::{Memory, State};
use crate::rules::window::Timed;

use super::{Cycle, is_true};

impl Cycle<'_> {
    /// A node with a memory that is no timer or latch.
    pub(super) fn over_time(&self, node: Node, state: &mut State) -> f64 {
        let value = |node: u32| state.values[node as usize];
        // Windows leave out what stands in.
        let measured = |input: u32, substituted: u32| {
            if is_true(value(substituted)) { f64::NAN } else { value(input) }
        };
        match node {
            Node::Window { input, substituted, memory } => {
                let input = measured(input, substituted);
                self.remember_in(memory, state, |memory, elapsed| match memory {
                    Memory::Window(window) => window.look(input, elapsed),
                    _ => (f64::NAN, None),
                })
            }
            Node::Demand { input, substituted, pulse, memory } => {
                let power = measured(input, substituted);
                let beat = pulse.map_or(Beat::Clock(self.snapshot.now.wall), |(pulse, rising)| {
                    Beat::Pulse { value: value(pulse), rising }
                });
                self.remember_in(memory, state, |memory, elapsed| match memory {
                    Memory::Demand(demand) => demand.look(power, beat, elapsed),
                    _ => (f64::NAN, None),
                })
            }
            Node::Hours { condition, before, memory } => {
                let condition = value(condition);
                self.remember_in(memory, state, |memory, elapsed| match memory {
                    Memory::Hours { counted, running } => {
                        hours(condition, before, elapsed, counted, running)
                    }
                    _ => (f64::NAN, None),
                })
            }
            _ => f64::NAN,
        }
    }

    /// One look at a memory; says when to look again.
    pub(super) fn remember_in(
        &self,
        index: u32,
        state: &mut State,
        look: impl FnOnce(&mut Memory, Duration) -> Timed,
    ) -> f64 {
        let clocks = self.clocks;
        let (value, left) = look(state.caught_up(index, clocks), clocks.elapsed());
        if let Some(left) = left {
            state.wakes.at(index, clocks.now.saturating_add(left));
        }
        value
    }
}

/// For how many seconds `condition` has been true, with what it was `before`;
/// known also while the condition is not, for what has been counted stays.
fn hours(
    condition: f64,
    before: u64,
    elapsed: Duration,
    counted: &mut Duration,
    running: &mut bool,
) -> Timed {
    if *running {
        *counted = counted.saturating_add(elapsed);
    }
    *running = is_true(condition);
    let ran = Duration::from_secs(before).saturating_add(*counted);
    (ran.as_secs_f64(), running.then_some(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_go_on_while_it_runs_and_stand_while_nobody_knows() {
        let s = Duration::from_secs;
        let (mut counted, mut running) = (Duration::ZERO, false);
        let mut at = |condition: f64, seconds: u64| {
            hours(condition, 3600, s(seconds), &mut counted, &mut running)
        };
        assert_eq!(at(0.0, 0), (3600.0, None));
        assert_eq!(at(1.0, 10), (3600.0, Some(Duration::ZERO)));
        assert_eq!(at(1.0, 10), (3610.0, Some(Duration::ZERO)));
        assert_eq!(at(f64::NAN, 10), (3620.0, None), "it ran until now");
        assert_eq!(at(1.0, 500), (3620.0, Some(Duration::ZERO)));
        assert_eq!(at(0.0, 5), (3625.0, None));
    }
}
