//! The way back: letting go of one point, reading that back, and trying again
//! where it fails.

use std::time::Duration;

use super::super::Step;
use super::super::patience::{MANY, Patience, Quarrel};
use super::above::Above;
use super::yielding::Yielding;
use super::{Channel, Sent};
use crate::control::action::{Action, Done};
use crate::control::agree;
use crate::control::event::{Event, What};
use crate::model::{PointId, Release, Snapshot};

impl Channel {
    /// Held, and not to be held on stop.
    pub fn must_be_released(&self) -> bool {
        let stays = self.command.hold_on_stop || self.is_theirs();
        self.held.as_ref().is_some_and(|held| held.releasing || !stays)
    }

    /// What stands in the device was set by somebody there: there is nothing of
    /// ours to let go of, unless another point hands control back.
    fn is_theirs(&self) -> bool {
        let itself = matches!(self.command.release, Release::Restore | Release::Value(_));
        itself && self.yielding.to.is_some()
    }

    /// Lets go of what is held, if anything is and it is due.
    pub(super) fn let_go(
        &mut self,
        snapshot: &Snapshot,
        stopping: bool,
        busy: &[bool],
        step: &mut Step,
    ) {
        let now = snapshot.now.steady;
        let Some(held) = &self.held else { return };
        if let Some(to) = self.yielding.to.filter(|_| self.is_theirs()) {
            let (ours, held) = (held.command.value, to.value);
            let event = Event::NotOurs { point: self.point, ours, held };
            return self.gone(now, event, &mut step.events);
        }
        if held.refused_only && !self.is_slot() {
            self.gone(now, Event::Released { point: self.point }, &mut step.events);
            return;
        }
        if !held.releasing {
            self.turn(true);
        }
        let too_soon = !stopping && self.too_soon(now);
        if too_soon || !self.patience.is_due(now, self.read_at(snapshot)) {
            return;
        }
        let Some(action) = self.release_action() else { return };
        if busy.get(action.target().index()).copied().unwrap_or(false) {
            return;
        }
        self.patience.trying(self.read_at(snapshot));
        self.sent = Some(match action {
            Action::ReleaseWrite { point, value, .. } => Sent::ReleaseWrite { at: point, value },
            Action::Relinquish { ours, .. } => Sent::Relinquish { ours },
            Action::Write(_) | Action::Base { .. } | Action::Commander { .. } => return,
        });
        self.written_at = Some(now);
        if let Some(held) = &mut self.held {
            held.confirmed_at = None;
        }
        step.actions.push(action);
    }

    /// `None` only for a restore without a value, which is never taken over.
    fn release_action(&self) -> Option<Action> {
        let held = self.held.as_ref()?;
        let (point, of) = (self.point, self.point);
        Some(match held.command.release {
            Release::Slot(_) => {
                Action::Relinquish { point, ours: held.there.unwrap_or(held.command.value) }
            }
            Release::Restore => Action::ReleaseWrite { point, value: held.command.taken_over?, of },
            Release::Value(value) => Action::ReleaseWrite { point, value, of },
            Release::Action { point, value } => Action::ReleaseWrite { point, value, of },
        })
    }

    /// The hand-back point of this channel was written for another one.
    pub fn handed_back_by(&mut self, action: PointId) {
        let same = matches!(self.command.release, Release::Action { point, .. } if point == action);
        if let Some(held) = &mut self.held
            && same
            && !held.releasing
        {
            held.confirmed_at = None;
            held.again = matches!(self.sent, Some(Sent::Write { .. }));
        }
    }

    pub(super) fn release_ended(
        &mut self,
        sent: Sent,
        done: Done,
        now: Duration,
        stopping: bool,
        events: &mut Vec<Event>,
    ) {
        let point = self.point;
        let Some(held) = &mut self.held else { return };
        let ours = held.command.value;
        let by_action = matches!(sent, Sent::ReleaseWrite { at, .. } if at != point);
        let what = match (sent, done) {
            (_, Done::Released) => return self.gone(now, Event::Released { point }, events),
            (Sent::Relinquish { ours: tried }, Done::NotOurs(there)) => {
                if !agree(there, tried, self.command.tolerance)
                    && held.may_be_ours(there, self.command.tolerance)
                {
                    // An earlier value of ours: the last write never arrived.
                    held.there = Some(there);
                    self.patience.hurry();
                    return;
                }
                return self.gone(now, Event::NotOurs { point, ours, held: there }, events);
            }
            (Sent::ReleaseWrite { value, .. }, Done::Held(there)) => {
                if agree(there, value, self.release_tolerance) {
                    return self.gone(now, Event::Released { point }, events);
                }
                let foreign = !by_action && !held.may_be_ours(there, self.command.tolerance);
                if foreign && self.patience.tries + 1 >= MANY {
                    // The device goes its own way again: that is let go.
                    return self.gone(now, Event::NotOurs { point, ours, held: there }, events);
                }
                if by_action { What::NotHandedBack } else { What::HeldElsewhere(there) }
            }
            (Sent::ReleaseWrite { .. }, Done::NotReadBack(_)) if !self.release_readable => {
                return self.gone(now, Event::Released { point }, events);
            }
            (_, Done::NotReadBack(reason)) => What::NotReadBack(reason),
            (_, Done::Refused(reason)) => What::Refused(reason),
            (_, Done::Failed(reason)) => What::Failed(reason),
            (_, Done::Held(_) | Done::NotOurs(_) | Done::Base(_) | Done::Commander(_)) => {
                What::Failed(String::new())
            }
        };
        self.not_released(what, now, stopping, events);
    }

    fn not_released(&mut self, what: What, now: Duration, stopping: bool, events: &mut Vec<Event>) {
        match what {
            _ if stopping => self.patience.hurried(now),
            What::Refused(_) => self.patience.refused(now),
            What::Failed(_) => self.patience.failed(now, self.readable),
            _ => self.patience.not_as_wanted(now),
        }
        let at_once = matches!(what, What::Refused(_));
        if !self.alarmed && (at_once || self.patience.tries >= MANY) {
            self.alarmed = true;
            events.push(Event::NotReleased { point: self.point, what });
        }
    }

    fn gone(&mut self, now: Duration, event: Event, events: &mut Vec<Event>) {
        if let (Some(held), Some(sparing)) = (self.held.take(), &mut self.sparing) {
            sparing.let_go(held.command.value);
        }
        self.yielding = Yielding::default();
        self.let_go_at = Some(now);
        self.patience = Patience::fresh();
        self.quarrel = Quarrel::default();
        self.above = Above::default();
        self.alarmed = false;
        events.push(event);
    }
}
