//! Registers that wear out: each write is counted, and where they run ahead of
//! what the register bears ([`Allowance`]), small changes wait and are merged
//! first; then all waits that may, and an alarm says so. What never waits: level
//! `safety`, a person's override, the site's floor, the return from setback,
//! and letting go, which does not come through here.

use jiff::Timestamp;
use smallvec::{SmallVec, smallvec};

use super::super::patience::MANY;
use super::{Channel, Held};
use crate::control::arbitrate::Decision;
use crate::control::event::Event;
use crate::control::note::Note;
use crate::model::wear::{Allowance, Left, Worn};
use crate::model::{Command, Kind, Level, Point, PointId};

/// A change below this part of what the point takes is small.
const SMALL: f64 = 1.0 / 20.0;
/// The same in steps of the register, where its limits are not known.
const SMALL_STEPS: f64 = 20.0;
/// The alarm ends once so many writes are allowed again: as many as a day of
/// setback takes.
const RECOVERED: f64 = 3.0;

/// How a register that wears out stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wear {
    /// `None`: nothing was ever written.
    pub worn: Option<Worn>,
    pub endures: u32,
    /// A change waits until then to spare it.
    pub waits_until: Option<Timestamp>,
}

/// What is known of one such register.
#[derive(Debug)]
pub(super) struct Sparing {
    allowance: Allowance,
    wear: Wear,
    /// Changes below this are small; `None`: none is.
    small: Option<f64>,
    /// A rise is a return from setback.
    warms: bool,
    /// The states of a setback.
    setbacks: Vec<f64>,
    /// What stood there before the last fall, until it rises again; after a
    /// restart nobody knows, and any rise may be the way back.
    fallen_from: Option<f64>,
    /// The writes that it had had when the alarm was raised.
    alarmed_at: Option<u64>,
}

impl Sparing {
    /// `None` if the register does not wear out.
    pub fn of(point: &Point, command: &Command) -> Option<Self> {
        let endures = command.endures?;
        let (small, warms, setbacks) = match &point.kind {
            Kind::Number(unit) => {
                let width = command.limits.or(point.range).map(|(low, high)| high - low);
                let steps = 2.0 * command.tolerance * SMALL_STEPS;
                (Some(width.map_or(steps, |width| width * SMALL)), unit.quantity.absolute, vec![])
            }
            Kind::States(states) => {
                let states = states.iter().enumerate().filter(|(_, state)| is_setback(state));
                (None, false, states.map(|(index, _)| index as f64).collect())
            }
        };
        let wear = Wear { worn: None, endures, waits_until: None };
        let allowance = Allowance::of(endures);
        Some(Self { allowance, wear, small, warms, setbacks, fallen_from: None, alarmed_at: None })
    }

    pub const fn wear(&self) -> Wear {
        self.wear
    }

    /// A former process has written so often.
    pub const fn recall(&mut self, worn: Worn) {
        self.wear.worn = Some(worn);
        self.fallen_from = Some(f64::NEG_INFINITY);
    }

    /// One write is about to go out.
    pub fn spend(&mut self, now: Timestamp) {
        let worn = self.wear.worn.unwrap_or(Worn::none(now));
        self.wear.worn = Some(worn.and_one(now));
        self.wear.waits_until = None;
    }

    /// `from`: all that the device may hold now.
    fn is_small(&self, from: &[f64], to: f64) -> bool {
        let Some(small) = self.small else { return false };
        !from.is_empty() && from.iter().all(|from| (to - from).abs() < small)
    }

    /// Whether rooms or water are to become warm again, whichever of `from` the
    /// device holds; if nobody knows what that is, it may be as low as can be.
    fn is_return(&self, from: &[f64], to: f64) -> bool {
        let back = self.fallen_from.is_some_and(|before| self.warms && to >= before);
        let wakes = !self.setbacks.is_empty() && !self.setback(to);
        let unknown = from.is_empty() && (back || wakes);
        unknown
            || from.iter().any(|from| {
                let rises = self.small.is_some_and(|small| self.warms && to - from >= small);
                rises || (back && to > *from) || (wakes && self.setback(*from))
            })
    }

    fn setback(&self, state: f64) -> bool {
        self.setbacks.contains(&state)
    }

    /// A change from `from` to `to` goes out.
    fn moves(&mut self, from: Option<f64>, to: f64) {
        match from {
            Some(from) if to < from => self.fallen_from = Some(from),
            Some(from) if to == from => {}
            _ => self.fallen_from = None,
        }
    }

    /// Ours is gone: whatever the device does by itself may be less.
    pub fn let_go(&mut self, ours: f64) {
        self.fallen_from = Some(self.fallen_from.map_or(ours, |before| before.min(ours)));
    }

    /// Until when the change to `to` waits, if it does.
    fn waits(&self, from: &[f64], to: f64, now: Timestamp) -> Option<Timestamp> {
        let worn = self.wear.worn?;
        match self.allowance.judged(&worn, now) {
            Left::Nothing => Some(self.allowance.next(&worn, now)),
            Left::Little if self.is_small(from, to) => {
                Some(self.allowance.next_small(&worn)).filter(|next| *next > now)
            }
            Left::Little | Left::Plenty => None,
        }
    }

    /// The alarm that everything waits.
    fn alarm(&mut self, point: PointId, now: Timestamp, events: &mut Vec<Event>) {
        let (Some(worn), Some(until)) = (self.wear.worn, self.wear.waits_until) else { return };
        let endures = self.wear.endures;
        let is_over = |writes: u64| writes >= u64::from(endures);
        let told = self.alarmed_at.is_some_and(|at| is_over(at) == is_over(worn.writes));
        if !told && self.allowance.judged(&worn, now) == Left::Nothing {
            self.alarmed_at = Some(worn.writes);
            events.push(Event::Spared { point, writes: worn.writes, endures, until });
        }
    }
}

/// Words for a mode that heats less; whoever leaves it wants it warm. Taken for
/// one rather than not: that costs a write, the other a cold house.
pub(in crate::control::writer) fn is_setback(state: &str) -> bool {
    const WORDS: [&str; 9] =
        ["off", "aus", "stop", "closed", "zu", "low", "eco", "away", "unbelegt"];
    const STEMS: [&str; 17] = [
        "standby",
        "stand-by",
        "frost",
        "night",
        "nacht",
        "reduc",
        "reduz",
        "absenk",
        "abgesenkt",
        "setback",
        "abwesen",
        "holiday",
        "ferien",
        "urlaub",
        "vacation",
        "econom",
        "unoccupied",
    ];
    let state = state.to_lowercase();
    STEMS.iter().any(|stem| state.contains(stem))
        || state.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.contains(&word))
}

/// What waits for nothing, whatever its register has been through.
pub(super) fn is_urgent(decision: &Decision) -> bool {
    let level = decision.decided_by().map(|claim| claim.level);
    let floor = |note: &Note| matches!(note, Note::RaisedToFloor { .. });
    matches!(level, Some(Level::Safety | Level::Manual)) || decision.notes.iter().any(floor)
}

/// All that the device may hold, what we asked for last first.
fn may_hold(held: Option<&Held>, standing: Option<f64>) -> SmallVec<[f64; 4]> {
    match held {
        None => standing.into_iter().collect(),
        Some(held) if held.confirmed_at.is_some() => smallvec![held.command.value],
        Some(held) => {
            let ours = std::iter::once(held.command.value).chain(held.there);
            let all = ours.chain(held.command.before.iter().copied());
            all.chain(held.command.taken_over).collect()
        }
    }
}

impl Channel {
    /// A new cycle: what waited is judged anew, and an alarm may be over.
    pub(super) fn look_at_wear(&mut self, now: Timestamp, events: &mut Vec<Event>) {
        let Some(sparing) = &mut self.sparing else { return };
        sparing.wear.waits_until = None;
        sparing.wear.worn = sparing.wear.worn.map(|worn| worn.by(now));
        let left = |worn: Worn| sparing.allowance.left(&worn, now);
        let recovered = sparing.wear.worn.is_none_or(|worn| left(worn) >= RECOVERED);
        if recovered && sparing.alarmed_at.take().is_some() {
            events.push(Event::NoLongerSpared { point: self.point });
        }
    }

    /// Whether a new value, or another try, waits to spare the register.
    pub(super) fn spares(
        &mut self,
        value: f64,
        decision: &Decision,
        standing: Option<f64>,
        now: Timestamp,
        events: &mut Vec<Event>,
    ) -> bool {
        let Some(sparing) = &mut self.sparing else { return false };
        let from = may_hold(self.held.as_ref(), standing);
        // A device that makes something else of it wears out by more tries too.
        let bends = self.held.as_ref().is_some_and(|held| held.there.is_some());
        let stubborn = bends && self.patience.tries >= MANY;
        let free = is_urgent(decision) || (sparing.is_return(&from, value) && !stubborn);
        sparing.wear.waits_until = sparing.waits(&from, value, now).filter(|_| !free);
        sparing.alarm(self.point, now, events);
        if sparing.wear.waits_until.is_none() {
            sparing.moves(from.first().copied(), value);
        }
        sparing.wear.waits_until.is_some()
    }

    /// Whether a value that stands is written again, now that there is a reason:
    /// no small change, for it is none. `found`: the device reads that instead;
    /// where it has fallen into a setback by itself, ours is the way back, unless
    /// it does so again and again.
    pub(super) fn may_repeat(
        &self,
        decision: &Decision,
        found: Option<f64>,
        now: Timestamp,
    ) -> bool {
        let Some(sparing) = &self.sparing else { return true };
        let value = self.held.as_ref().map_or(0.0, |held| held.command.value);
        let is_return = found.is_some_and(|found| sparing.is_return(&[found], value));
        is_urgent(decision)
            || (is_return && !self.quarrel.told)
            || sparing.waits(&[], value, now).is_none()
    }

    /// Whether the device does not hold `value` yet, as far as we know.
    pub(super) fn is_pending(&self, value: f64) -> bool {
        let held = |held: &Held| held.confirmed_at.is_some();
        !self.held.as_ref().is_some_and(|it| held(it) && self.agrees(value, it.command.value))
    }
}
