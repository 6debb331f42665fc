//! A command that may stand in the device, and every value of ours that the
//! device may hold because of it.

use std::time::Duration;

use crate::control::action::Commanded;
use crate::control::agree;

/// So many values of ours are remembered that a device may hold.
const MOST_BEFORE: usize = 8;

/// A command that may stand in the device.
#[derive(Debug)]
pub(super) struct Held {
    pub command: Commanded,
    /// What the device holds of ours, by the last read-back.
    pub there: Option<f64>,
    /// When `there` was found to be what is wanted.
    pub confirmed_at: Option<Duration>,
    /// Every write so far was refused: nothing of ours is there.
    pub refused_only: bool,
    pub releasing: bool,
    /// Handed back through another point while a write was under way: that
    /// write confirms nothing.
    pub again: bool,
    /// By a former process; this one has not written it yet.
    left: bool,
}

impl Held {
    /// About to be written for the first time.
    pub const fn new(command: Commanded) -> Self {
        Self {
            command,
            there: None,
            confirmed_at: None,
            refused_only: true,
            releasing: false,
            again: false,
            left: false,
        }
    }

    /// Left by a former process: it may stand there or not.
    pub fn left(command: Commanded) -> Self {
        Self { refused_only: false, left: true, ..Self::new(command) }
    }

    pub const fn is_left(&self) -> bool {
        self.left
    }

    /// A record of a former process for what this one commands already: what
    /// stood there before us is in the record, and the device may still hold
    /// the values of then.
    pub fn adopt(&mut self, left: Commanded) {
        self.refused_only = false;
        self.command.since = left.since;
        self.command.release = left.release;
        self.command.taken_over = left.taken_over.or(self.command.taken_over);
        self.command.before.extend(left.before);
        self.command.before.push(left.value);
    }

    /// Notes that `value` is asked for from now on, and what the device may
    /// hold until then.
    pub fn ask(&mut self, value: f64, tolerance: f64) -> Commanded {
        let confirmed = self.confirmed_at.take().is_some();
        let last = self.command.value;
        self.command.value = value;
        self.left = false;
        let there = self.there.take();
        let unsure = (!confirmed && !self.refused_only).then_some(last);
        for before in there.into_iter().chain(unsure) {
            let known = self.command.before.iter().any(|b| agree(*b, before, tolerance));
            if !known && !agree(before, value, tolerance) {
                self.command.before.push(before);
            }
        }
        if self.command.before.len() > MOST_BEFORE {
            // The first was read back once; of the rest the latest count.
            self.command.before.remove(1);
        }
        self.command.clone()
    }

    /// The device was read back and holds this.
    pub fn found(&mut self, there: f64) {
        self.there = Some(there);
        self.command.before.clear();
    }

    /// The device was read back and holds something else than asked for; true
    /// if the record did not know that value yet.
    pub fn found_elsewhere(&mut self, there: f64, tolerance: f64) -> bool {
        self.there = Some(there);
        let known = matches!(self.command.before[..], [only] if agree(only, there, tolerance));
        self.command.before = vec![there];
        !known
    }

    pub fn may_be_ours(&self, value: f64, tolerance: f64) -> bool {
        let ours = &self.command;
        std::iter::once(ours.value)
            .chain(self.there)
            .chain(ours.before.iter().copied())
            .any(|mine| agree(mine, value, tolerance))
    }
}
