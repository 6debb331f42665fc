//! People at the device win: a value that somebody set there is left alone for
//! a while instead of being written over, and so is a point whose own switch
//! stands by hand.
//!
//! A person is told from a device by this: our value was confirmed, was read
//! again later, and then, without the device having been out of hearing in
//! between, another one was. What happens before our value was ever read again
//! is the device's own doing (it rounds, ramps or refuses in its way); what is
//! found after an interruption is what its restart left.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::held::Held;
use super::{Channel, World};
use crate::control::action::Yielded;
use crate::control::arbitrate::Decision;
use crate::control::event::Event;
use crate::model::{Level, Now, Origin, Quality, Snapshot};

/// Left alone for so long where no schedule says how long.
const HOLD: SignedDuration = SignedDuration::from_hours(4);
/// A switch that stands by hand is told again after so long.
const TELL_AGAIN: Duration = Duration::from_secs(24 * 3600);

/// Whether somebody at the device has the point, and what is known of that.
#[derive(Debug, Default)]
pub(super) struct Yielding {
    pub to: Option<Yielded>,
    /// Our value was read again after its confirmation, and the device was
    /// heard of ever since.
    settled: bool,
    /// When the device was last found out of hearing: readings from before say
    /// nothing of what it holds now.
    interrupted_at: Option<Duration>,
    /// How far off the last reading was, when it was made, and whether that
    /// looked as if the device were on its way.
    off: Option<(f64, Duration, bool)>,
    /// The operator's override that stood when we yielded; a later one ends it.
    over: Option<Origin>,
    /// A former process yielded: the override that stands at the first look
    /// stood then.
    restored: bool,
    /// It has been told that `safety` would command otherwise.
    told_safety: bool,
    /// When the switch by hand was told last.
    told_by_hand: Option<Duration>,
}

impl Yielding {
    /// A former process had yielded.
    pub fn restored(to: Yielded) -> Self {
        Self { to: Some(to), restored: true, ..Self::default() }
    }

    /// Our value was read.
    const fn agreed(&mut self) {
        self.settled = true;
        self.off = None;
    }

    /// A new value of ours went out, or nothing is known: what is read next
    /// says nothing about people.
    pub const fn unsettled(&mut self) {
        self.settled = false;
        self.off = None;
    }

    /// The device was out of hearing until now.
    pub const fn interrupted(&mut self, now: Duration) {
        self.unsettled();
        self.interrupted_at = Some(now);
    }

    /// The device's own switch stands by hand while something of ours is there.
    pub const fn is_by_hand(&self) -> bool {
        self.told_by_hand.is_some()
    }

    /// Another value was read at `at`, so far off: whether the device may be on
    /// its way to ours, as one is that ramps: at the first reading, and where it
    /// has come nearer since the last.
    pub fn is_on_its_way(&mut self, off: f64, at: Duration) -> bool {
        let on_its_way = match self.off {
            Some((_, before, said)) if before == at => return said,
            Some((before, ..)) => off < before,
            None => true,
        };
        self.off = Some((off, at, on_its_way));
        on_its_way
    }
}

impl Channel {
    /// Looks whether somebody has set another value since ours was read; if so,
    /// it is left alone until a schedule of the point's rules changes, or for
    /// four hours.
    pub(super) fn yields(
        &mut self,
        decision: &Decision,
        world: &World<'_>,
        events: &mut Vec<Event>,
    ) -> bool {
        let reading = world.snapshot.reading(self.point);
        if reading.quality != Quality::Good {
            self.yielding.unsettled();
            return false;
        }
        let Some(held) = &self.held else { return false };
        let heard_after = |moment: Duration| reading.at.steady > moment;
        let fresh = held.confirmed_at.is_some_and(heard_after)
            && self.yielding.interrupted_at.is_none_or(heard_after);
        if !self.readable || !fresh || self.is_slot() {
            return false;
        }
        if self.is_ours(held, reading.value) {
            self.yielding.agreed();
            return false;
        }
        if !self.yielding.settled {
            return false;
        }
        let until = (world.schedules)(self.point);
        self.yield_to(reading.value, decision, until, world.snapshot.now, events);
        true
    }

    /// Whether the device holds what we wrote, or what it made of it.
    pub(super) fn is_ours(&self, held: &Held, value: f64) -> bool {
        let there = held.there.is_some_and(|there| self.agrees(value, there));
        there || self.agrees(value, held.command.value)
    }

    fn yield_to(
        &mut self,
        value: f64,
        decision: &Decision,
        until: Option<Timestamp>,
        now: Now,
        events: &mut Vec<Event>,
    ) {
        let until = until.or_else(|| now.wall.checked_add(HOLD).ok()).unwrap_or(now.wall);
        let over = operator(decision).cloned();
        let to = Yielded { value, since: now.wall, until };
        self.yielding = Yielding { to: Some(to), over, ..Yielding::default() };
        if let Some(held) = &mut self.held {
            held.command.yielded = Some(to);
            let ours = held.command.value;
            events.push(Event::Yielded { point: self.point, ours, found: value, until });
        }
    }

    /// Whether somebody at the device has the point now: then nothing is
    /// written to it.
    pub(super) fn is_anothers(
        &mut self,
        decision: Option<&Decision>,
        snapshot: &Snapshot,
        events: &mut Vec<Event>,
    ) -> bool {
        if self.is_by_hand(snapshot) {
            self.tell_by_hand(snapshot, events);
            return true;
        }
        self.yielding.told_by_hand = None;
        let Some(to) = &self.yielding.to else { return false };
        let overridden = decision.and_then(operator);
        if std::mem::take(&mut self.yielding.restored) {
            self.yielding.over = overridden.cloned();
        }
        let anew = overridden.is_some() && overridden != self.yielding.over.as_ref();
        if anew || snapshot.now.wall >= to.until {
            self.take_again(events);
            return false;
        }
        let safety = decision.and_then(Decision::decided_by);
        let safety = safety.filter(|claim| claim.level == Level::Safety);
        let told = std::mem::replace(&mut self.yielding.told_safety, safety.is_some());
        if let (Some(target), Some(_), false) = (decision.and_then(|it| it.target), safety, told) {
            let found = to.value;
            events.push(Event::SafetyWaits { point: self.point, target, found });
        }
        true
    }

    /// The time for which a person's value counts is over.
    fn take_again(&mut self, events: &mut Vec<Event>) {
        self.yielding = Yielding::default();
        if let Some(held) = &mut self.held {
            held.command.yielded = None;
            held.confirmed_at = None;
        }
        events.push(Event::TakesAgain { point: self.point });
    }

    /// Whether the device's own switch stands by hand. An unknown one does not.
    pub(super) fn is_by_hand(&self, snapshot: &Snapshot) -> bool {
        let Some((switch, by_hand)) = &self.by_hand else { return false };
        snapshot.known(*switch).is_some_and(|stands| by_hand.contains(&stands))
    }

    fn tell_by_hand(&mut self, snapshot: &Snapshot, events: &mut Vec<Event>) {
        let now = snapshot.now.steady;
        let told = &mut self.yielding.told_by_hand;
        if self.held.is_some() && told.is_none_or(|told| now >= told + TELL_AGAIN) {
            *told = Some(now);
            events.push(Event::ByHand { point: self.point });
        }
    }
}

/// The operator's override that decides, if one does.
fn operator(decision: &Decision) -> Option<&Origin> {
    let origin = &*decision.winner.as_ref()?.origin;
    matches!(origin, Origin::Operator { .. }).then_some(origin)
}
