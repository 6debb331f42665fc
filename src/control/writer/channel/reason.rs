//! Why a value goes out: it is new, its last try was not confirmed, the device
//! wants to hear it again, or it holds another one.

use std::time::Duration;

use super::super::Step;
use super::super::patience::MANY;
use super::Channel;
use crate::control::event::{Event, What, Why};
use crate::model::{Quality, Release, Snapshot};

impl Channel {
    /// Why `value` is written now, if it is.
    pub(super) fn reason_to_write(
        &mut self,
        value: f64,
        snapshot: &Snapshot,
        step: &mut Step,
    ) -> Option<Why> {
        let now = snapshot.now.steady;
        let read_at = self.read_at(snapshot);
        let Some(held) = &self.held else {
            self.awaits_reading =
                self.command.release == Release::Restore && self.stands(snapshot).is_none();
            return (!self.awaits_reading).then_some(Why::New);
        };
        let differs = !self.agrees(value, held.command.value);
        match held.confirmed_at {
            Some(_) if differs => Some(Why::New),
            None if differs => {
                let last = self.written_at.unwrap_or_default();
                self.patience.is_due_for_another(now, read_at, last).then_some(Why::New)
            }
            None if self.patience.tries == 0 => Some(Why::New),
            None => self.patience.is_due(now, read_at).then_some(Why::Retry),
            Some(at) => {
                let written = self.written_at.unwrap_or_default();
                let refresh = self.command.keep_alive.is_some_and(|every| now >= written + every);
                let compared = self.compare(at, snapshot, step);
                compared.or_else(|| refresh.then_some(Why::KeepAlive))
            }
        }
    }

    /// Compares what was read after the confirmation with what was confirmed.
    fn compare(&mut self, at: Duration, snapshot: &Snapshot, step: &mut Step) -> Option<Why> {
        let now = snapshot.now.steady;
        let reading = snapshot.reading(self.point);
        let held = self.held.as_ref()?;
        if !self.readable || reading.quality != Quality::Good || reading.at.steady <= at {
            return None;
        }
        let (point, ours, found) = (self.point, held.command.value, reading.value);
        let slot = self.is_slot();
        if self.is_ours(held, found) {
            self.follows_again(&mut step.events);
            if self.quarrel.agreed(now) && self.alarmed {
                self.alarmed = false;
                step.events.push(Event::Confirmed { point, value: ours });
            }
            return None;
        }
        if slot {
            return self.look_above(ours, found, now, step);
        }
        if self.yielding.is_on_its_way((found - ours).abs(), reading.at.steady) {
            return None;
        }
        if !self.quarrel.told && self.quarrel.times >= MANY {
            self.quarrel.told = true;
            self.alarmed = true;
            let what = What::DoesNotStay(found);
            step.events.push(Event::Unconfirmed { point, value: ours, what });
        }
        if !self.quarrel.contradicted(now, false) {
            return None;
        }
        if !self.quarrel.told {
            step.events.push(Event::Differs { point, ours, found });
        }
        Some(Why::Differs)
    }
}
