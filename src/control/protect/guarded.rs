//! One protected point.
//!
//! ```text
//!          may be taken over                     decided otherwise
//!   free ─────────────────────▶ commanded ◀──────────────────────┐
//!    ▲  ╲ held: stays free         │  ╲ held: as it is            │
//!    │                             ├───────────────────────────────┘
//!    └───── let go, once it has been on or off long enough
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use super::motion::{Motion, Wish};
use super::{HOUR, Hold, Protected, Switching};
use crate::control::arbitrate::{self, Decision};
use crate::model::{Claim, Command, Demand, Level, Point, Protection, Quality, Reading};

/// Nanoseconds of steady time; before zero: earlier than the clock.
pub(super) type Moment = i64;

fn moment(steady: Duration) -> Moment {
    Moment::try_from(steady.as_nanos()).unwrap_or(Moment::MAX)
}

fn steady(moment: Moment) -> Duration {
    Duration::from_nanos(u64::try_from(moment).unwrap_or_default())
}

#[derive(Debug, Clone)]
pub(super) struct Guarded {
    pub protection: Protection,
    /// Remembered, until the first look.
    past: Option<Switching>,
    /// The state or stage that it stands in, or stood in last.
    last: Option<f64>,
    /// When it was switched on or off; while `last` is not known, when it was
    /// first looked at.
    switched: Moment,
    /// Those of the last hour.
    changes: VecDeque<Moment>,
    commanded: Option<f64>,
    motion: Option<Motion>,
    /// It waits for a reading to begin from.
    awaits: bool,
    /// When it has to be decided anew.
    next: Option<Moment>,
}

/// What protection makes of a decision.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    value: Option<f64>,
    hold: Option<(Hold, u32)>,
    until: Option<Moment>,
}

impl Guarded {
    pub fn new(protection: Protection) -> Self {
        Self {
            protection,
            past: Some(Switching::default()),
            last: None,
            switched: 0,
            changes: VecDeque::new(),
            commanded: None,
            motion: None,
            awaits: false,
            next: None,
        }
    }

    pub fn recall(&mut self, switching: Switching) {
        self.past = Some(switching);
    }

    /// Something of ours stands in it already.
    pub fn take_over(&mut self, value: f64) {
        self.commanded = Some(value);
    }

    /// As the same point stood under other rules.
    pub fn go_on_from(&mut self, before: &Self) {
        let protection = self.protection.clone();
        *self = Self { protection, ..before.clone() };
    }

    /// Steady time at which it has to be decided anew.
    pub fn due(&self) -> Option<Duration> {
        self.next.map(steady)
    }

    pub fn saved(&self, now: Duration) -> Switching {
        if let Some(past) = &self.past {
            return past.clone();
        }
        let now = moment(now);
        let ago = |then: Moment| steady(now.saturating_sub(then));
        let within = |then: &&Moment| ago(**then) < HOUR;
        Switching {
            last: self.last,
            ago: ago(self.switched),
            changes: self.changes.iter().filter(within).map(|then| ago(*then)).collect(),
        }
    }

    /// Takes note of what it reads; true if it has to be decided anew.
    pub fn look(&mut self, at: Duration, reading: &Reading, everything: bool) -> bool {
        let now = moment(at);
        if let Some(past) = self.past.take() {
            let then = |ago: Duration| now.saturating_sub(moment(ago));
            self.last = past.last;
            self.switched = then(past.ago);
            self.changes = past.changes.iter().map(|ago| then(*ago)).collect();
            if let Some(value) = self.commanded {
                self.motion = Some(Motion::at_rest(value, now));
                self.stands(value, now);
            }
        }
        let mut news = false;
        if self.commanded.is_none()
            && self.protection.states
            && reading.quality == Quality::Good
            && self.last != Some(reading.value)
        {
            self.stands(reading.value, now);
            news = self.next.is_some();
        }
        let begins = self.awaits && is_heard(reading);
        let due = self.next.is_some_and(|next| next <= now);
        due || begins
            || news
            || (everything && (self.commanded.is_some() || self.next.is_some() || self.awaits))
    }

    /// It stands in a state from now on.
    fn stands(&mut self, value: f64, now: Moment) {
        if !self.protection.states || self.last == Some(value) {
            return;
        }
        let on = |value: f64| self.protection.off.map(|off| value != off);
        if let Some(last) = self.last {
            if on(last) != on(value) {
                self.switched = now;
            }
            self.changed(now);
        }
        self.last = Some(value);
    }

    /// Counts a change.
    fn changed(&mut self, now: Moment) {
        self.changes.retain(|then| steady(now.saturating_sub(*then)) < HOUR);
        if self.protection.changes.is_some() {
            self.changes.push_back(now);
        }
    }

    pub fn protect(
        &mut self,
        decision: &mut Decision,
        point: &Point,
        reading: &Reading,
        at: Duration,
    ) {
        let now = moment(at);
        let wanted = decision.target;
        let Outcome { value, hold, mut until } = self.come_to(decision, point, reading, now);
        self.command(value, now);
        self.next = until;
        if let (Some((Hold::Ramp(_), _)), Some(at), Some(motion)) = (hold, value, self.motion) {
            let grain = self.grain(point.command.as_deref());
            self.next = motion.due(&self.protection, at, grain);
            until = motion.arrives(&self.protection, at);
        }
        decision.target = value;
        decision.protected = hold.map(|(hold, line)| Protected {
            wanted,
            hold,
            until: until.map(steady),
            file: self.protection.file.clone(),
            line,
        });
    }

    /// From now on this is commanded.
    fn command(&mut self, value: Option<f64>, now: Moment) {
        let Some(new) = value else {
            (self.commanded, self.motion) = (None, None);
            return;
        };
        if self.commanded == Some(new) {
            return;
        }
        match &mut self.motion {
            Some(motion) => motion.moved = now,
            None => self.motion = Some(Motion::at_rest(new, now)),
        }
        if self.protection.states {
            if self.last.is_none() {
                // What it was before is not known: perhaps the other.
                self.switched = now;
            }
            self.stands(new, now);
        } else {
            self.changed(now);
        }
        self.commanded = Some(new);
    }

    fn come_to(
        &mut self,
        decision: &Decision,
        point: &Point,
        reading: &Reading,
        now: Moment,
    ) -> Outcome {
        self.awaits = false;
        let Some(wanted) = decision.target else { return self.let_go(now) };
        let level = decision.decided_by().map(|claim| claim.level);
        let safety = level == Some(Level::Safety);
        let command = point.command.as_deref();
        let wish = Wish {
            value: wanted,
            any_step: safety || level == Some(Level::Manual) || is_end(wanted, command),
            no_ramp: safety,
        };
        let grain = self.grain(command);
        let reading = (reading, point.readable);
        let Some(mut value) = self.moved(wish, reading, grain, now) else {
            self.awaits = true;
            let line = self.protection.ramp.map_or(0, |ramp| ramp.line);
            let hold = Some((Hold::AwaitsReading, line));
            return Outcome { value: None, hold, until: None };
        };
        let mut held = self
            .may_not_switch(value, safety, now)
            .or_else(|| self.may_not_change(value, safety, now));
        if let Some(hold) = &held {
            let Some(as_it_is) = hold.value else { return Outcome { value: None, ..*hold } };
            value = as_it_is;
            let motion = self.motion.as_mut();
            if motion.is_some_and(|motion| !motion.hold(&self.protection, as_it_is, wish)) {
                held = None;
            }
        }
        let value = bounded(value, &decision.claims, point);
        if value == wanted {
            return Outcome { value: Some(value), hold: None, until: None };
        }
        match held {
            Some(held) => Outcome { value: Some(value), ..held },
            None => self.on_its_way(value),
        }
    }

    /// The least by which a ramp moves.
    fn grain(&self, command: Option<&Command>) -> f64 {
        let step = self.protection.step.map(|step| step.limit);
        step.or(command.map(|command| command.tolerance)).unwrap_or(0.0)
    }

    /// Nothing is asked of it any more.
    fn let_go(&self, now: Moment) -> Outcome {
        let stays = self.commanded.and_then(|value| {
            let on = value != self.protection.off?;
            let (hold, line, until) = self.stays(on)?;
            (now < until).then_some((Some((hold, line)), until))
        });
        match stays {
            Some((hold, until)) => Outcome { value: self.commanded, hold, until: Some(until) },
            None => Outcome { value: None, hold: None, until: None },
        }
    }

    /// How long a point that is on, or off, stays so.
    fn stays(&self, on: bool) -> Option<(Hold, u32, Moment)> {
        let guard = self.protection.stays(on)?;
        let hold = if on { Hold::OnAtLeast } else { Hold::OffAtLeast };
        let until = self.switched.saturating_add(moment(guard.limit));
        Some((hold(guard.limit), guard.line, until))
    }

    /// As far as step and ramp let it come by now; `None`: it is not known yet
    /// from where.
    fn moved(
        &mut self,
        wish: Wish,
        (reading, readable): (&Reading, bool),
        grain: f64,
        now: Moment,
    ) -> Option<f64> {
        if self.protection.ramp.is_none() && self.protection.step.is_none() {
            return Some(wish.value);
        }
        if let (Some(from), Some(motion)) = (self.commanded, &mut self.motion) {
            return Some(motion.next(&self.protection, from, wish, grain, now));
        }
        if self.protection.ramp.is_none() || wish.no_ramp {
            return Some(wish.value);
        }
        // A device that is not heard would not hear us either.
        if readable && !is_heard(reading) {
            return None;
        }
        let from = if reading.quality == Quality::Good { reading.value } else { wish.value };
        self.motion = Some(Motion { aim: wish.value, moved: now });
        Some(from)
    }

    /// Why it may not be switched to `value` yet, and what holds until then.
    fn may_not_switch(&self, value: f64, safety: bool, now: Moment) -> Option<Outcome> {
        let off = self.protection.off?;
        let on = value != off;
        // A state that is not known may just have begun.
        let stands = self.commanded.or(self.last).map_or(!on, |stands| stands != off);
        if stands == on || (stands && safety) {
            return None;
        }
        let (hold, line, until) = self.stays(stands)?;
        let hold = Some((hold, line));
        (now < until).then_some(Outcome { value: self.commanded, hold, until: Some(until) })
    }

    /// Why it may not be changed once more, and what holds until then.
    fn may_not_change(&self, value: f64, safety: bool, now: Moment) -> Option<Outcome> {
        let guard = self.protection.changes.filter(|_| !safety)?;
        let stands = self.commanded.or(self.last);
        if stands == Some(value) {
            return None;
        }
        let most = guard.limit as usize;
        let first = self.changes.len().checked_sub(most)?;
        let until = self.changes.get(first)?.saturating_add(moment(HOUR));
        let hold = Some((Hold::Changes(guard.limit), guard.line));
        (now < until).then_some(Outcome { value: self.commanded, hold, until: Some(until) })
    }

    /// Commanded is `value` for now, though another one was decided.
    fn on_its_way(&self, value: f64) -> Outcome {
        let bound_for = self.motion.map_or(value, |motion| motion.aim);
        let ramp = self.protection.ramp.filter(|_| bound_for != value);
        let ramp = ramp.map(|ramp| (Hold::Ramp(ramp.limit * 3600.0), ramp.line));
        let step = self.protection.step.map(|step| (Hold::Step(step.limit), step.line));
        Outcome { value: Some(value), hold: ramp.or(step), until: None }
    }
}

/// Whether its device answers, be it with nonsense.
const fn is_heard(reading: &Reading) -> bool {
    !matches!(reading.quality, Quality::NeverRead | Quality::Stale)
}

/// Within what level safety keeps, and what the site and the device allow.
fn bounded(value: f64, claims: &[Claim], point: &Point) -> f64 {
    let Some(command) = &point.command else { return value };
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for claim in claims.iter().filter(|claim| claim.level == Level::Safety) {
        match claim.demand {
            Demand::AtLeast(bound) if bound.is_finite() => low = low.max(bound),
            Demand::AtMost(bound) if bound.is_finite() => high = high.min(bound),
            _ => {}
        }
    }
    arbitrate::bound(value.max(low).min(high), command, &mut Vec::new())
}

/// Whether it is an end of what the point takes.
fn is_end(value: f64, command: Option<&Command>) -> bool {
    let Some(command) = command else { return false };
    let limits = command.limits.into_iter().flat_map(|(low, high)| [low, high]);
    limits.chain(command.floor).chain(command.ceiling).any(|end| end == value)
}
