//! Slots: who commands a point whose slot holds our value while it reads
//! another. The device is asked before anything is written: what stands in a
//! higher slot is somebody's word and no fault of ours; only where our own slot
//! is no longer ours is it written again.

use std::time::Duration;

use super::super::Step;
use super::{Channel, Sent};
use crate::control::action::Action;
use crate::control::event::{Event, Why};
use crate::model::Commander;

/// What is known of the slots above ours.
#[derive(Debug, Default)]
pub(super) struct Above {
    /// Who stands there, and with what.
    pub by: Option<(u8, f64)>,
    /// What the point read when the device was asked last.
    asked: Option<f64>,
    /// Our slot is not ours any more, or nobody knows: it is to be written.
    lost: bool,
}

impl Channel {
    /// The point reads `found`, not ours: asks who commands it, at once where
    /// that is news, else ever more rarely.
    pub(super) fn look_above(
        &mut self,
        ours: f64,
        found: f64,
        now: Duration,
        step: &mut Step,
    ) -> Option<Why> {
        let point = self.point;
        if std::mem::take(&mut self.above.lost) {
            if !self.quarrel.told {
                step.events.push(Event::Differs { point, ours, found });
            }
            return Some(Why::Differs);
        }
        let news = self.above.asked.is_none_or(|asked| !self.agrees(asked, found));
        if self.quarrel.contradicted(now, true) || news {
            self.above.asked = Some(found);
            self.sent = Some(Sent::Commander { found });
            step.actions.push(Action::Commander { point, ours });
        }
        None
    }

    /// The device has said who.
    pub(super) fn is_commanded_by(&mut self, who: Commander, found: f64, events: &mut Vec<Event>) {
        let Some(held) = &self.held else { return };
        let (point, ours) = (self.point, held.command.value);
        let by = match who {
            Commander::Above { slot, value } => Some((slot, value)),
            Commander::NotOurs => {
                self.above.lost = true;
                return;
            }
            // A device that does not give its array, or whose point reads
            // another value though nobody is above: once more, then told.
            Commander::Unknown | Commander::Ours => {
                self.above.lost = true;
                if self.quarrel.times <= 1 {
                    return;
                }
                None
            }
        };
        let same = |a: Option<(u8, f64)>, b: Option<(u8, f64)>| {
            a.map(|(slot, value)| (slot, value.to_bits()))
                == b.map(|(slot, value)| (slot, value.to_bits()))
        };
        if !self.quarrel.told || !same(self.above.by, by) {
            self.quarrel.told = true;
            self.above.by = by;
            events.push(Event::Overruled { point, ours, found, above: by });
        }
    }

    /// The point reads ours.
    pub(super) fn follows_again(&mut self, events: &mut Vec<Event>) {
        self.above = Above::default();
        if self.is_slot() && std::mem::take(&mut self.quarrel.told) {
            events.push(Event::NoLongerOverruled { point: self.point });
        }
    }
}
