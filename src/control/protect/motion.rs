//! A protected quantity on its way: what it is bound for, and how far it may
//! be by now.

use crate::model::Protection;

use super::guarded::Moment;

/// Steps that differ by less than this part are equal.
const ROUNDING: f64 = 1e-6;

/// Where a commanded quantity is bound for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Motion {
    /// The last target that was worth a move.
    pub aim: f64,
    /// When it last moved or, from rest, set out.
    pub moved: Moment,
}

/// What is wanted of it, and what may be passed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub value: f64,
    /// However small the change: an end of what the point takes, a person.
    pub any_step: bool,
    /// At once.
    pub no_ramp: bool,
}

impl Wish {
    /// Whether it is so far from `from` that it is worth a move.
    fn is_worth(self, protection: &Protection, from: f64) -> bool {
        let step = protection.step.map_or(0.0, |step| step.limit * (1.0 - ROUNDING));
        self.any_step || (self.value - from).abs() >= step
    }
}

impl Motion {
    pub const fn at_rest(value: f64, now: Moment) -> Self {
        Self { aim: value, moved: now }
    }

    /// The value to command in place of `from`.
    pub fn next(
        &mut self,
        protection: &Protection,
        from: f64,
        wish: Wish,
        grain: f64,
        now: Moment,
    ) -> f64 {
        let rests = self.aim == from;
        // Where it stands it is not sent away from, wherever it was bound for.
        if wish.value == from || wish.is_worth(protection, self.aim) {
            self.aim = wish.value;
        }
        let Some(ramp) = protection.ramp.filter(|_| !wish.no_ramp) else { return self.aim };
        if rests && self.aim != from {
            self.moved = now;
        }
        let way = self.aim - from;
        let may = ramp.limit * seconds(now.saturating_sub(self.moved));
        if way.abs() <= may * (1.0 + ROUNDING) {
            self.aim
        } else if may > 0.0 && may >= grain * (1.0 - ROUNDING) {
            from + may * way.signum()
        } else {
            from
        }
    }

    /// It has to stay at `from` for now: what it was bound for before counts no more,
    /// steps count from where it stands. False: the wish is no step away from there,
    /// nothing needs to be held. With a ramp it stays on its way, or its pace would
    /// begin anew in each cycle.
    pub fn hold(&mut self, protection: &Protection, from: f64, wish: Wish) -> bool {
        let worth = wish.is_worth(protection, from);
        self.aim = if worth && protection.ramp.is_some() { wish.value } else { from };
        worth
    }

    /// When it may move on from `at`, or shortly before.
    pub fn due(&self, protection: &Protection, at: f64, grain: f64) -> Option<Moment> {
        let way = (self.aim - at).abs().min(grain) * (1.0 - 4.0 * ROUNDING);
        self.after(protection, way)
    }

    /// When it will be where it is bound for.
    pub fn arrives(&self, protection: &Protection, at: f64) -> Option<Moment> {
        self.after(protection, (self.aim - at).abs())
    }

    fn after(&self, protection: &Protection, way: f64) -> Option<Moment> {
        let wait = way / protection.ramp?.limit * 1e9;
        Some(self.moved.saturating_add(wait as Moment))
    }
}

fn seconds(nanoseconds: Moment) -> f64 {
    nanoseconds as f64 / 1e9
}
