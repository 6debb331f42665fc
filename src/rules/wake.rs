//! When something has to be looked at again though nothing that it reads has
//! changed: timers run out, windows slide.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// One moment, in steady time, for each of a fixed number of sleepers.
#[derive(Debug, Clone, Default)]
pub(super) struct Wakes {
    queue: BinaryHeap<Reverse<(Duration, u32)>>,
    /// The earliest entry of each that stands in the queue; later ones there
    /// are forgotten.
    next: Vec<Option<Duration>>,
}

impl Wakes {
    pub fn of(sleepers: usize) -> Self {
        Self { queue: BinaryHeap::new(), next: vec![None; sleepers] }
    }

    /// Wakes it at `at`, or before: an earlier wake that stands already is
    /// kept, for a look too early does no harm.
    pub fn at(&mut self, sleeper: u32, at: Duration) {
        let next = &mut self.next[sleeper as usize];
        if next.is_none_or(|standing| at < standing) {
            *next = Some(at);
            self.queue.push(Reverse((at, sleeper)));
        }
    }

    /// The earliest wake of all.
    pub fn first(&self) -> Option<Duration> {
        self.next.iter().flatten().min().copied()
    }

    /// Every sleeper that will be woken, and when.
    pub fn all(&self) -> impl Iterator<Item = (u32, Duration)> + '_ {
        (0..).zip(&self.next).filter_map(|(sleeper, at)| Some((sleeper, (*at)?)))
    }

    /// The next of those whose time has come.
    pub fn due(&mut self, now: Duration) -> Option<u32> {
        while let Some(Reverse((at, sleeper))) = self.queue.peek().copied() {
            if at > now {
                return None;
            }
            self.queue.pop();
            let next = &mut self.next[sleeper as usize];
            if *next == Some(at) {
                *next = None;
                return Some(sleeper);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_wish_of_each_counts_once() {
        let s = Duration::from_secs;
        let mut wakes = Wakes::of(3);
        wakes.at(0, s(30));
        wakes.at(0, s(10));
        wakes.at(0, s(20)); // woken at 10 s, it will say again what it wants
        wakes.at(2, s(15));
        assert_eq!(wakes.due(s(9)), None);
        assert_eq!(wakes.due(s(40)), Some(0));
        assert_eq!(wakes.due(s(40)), Some(2));
        assert_eq!(wakes.due(s(40)), None);
        wakes.at(0, s(50));
        assert_eq!(wakes.due(s(50)), Some(0));
    }
}
