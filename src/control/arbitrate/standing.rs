//! The decisions that stand, kept from cycle to cycle: only points whose
//! claims changed, that a person overrides, that hang on what the device would
//! do by itself, or whose protection is due are decided anew.

use std::collections::BTreeSet;
use std::ops::Deref;

use super::{Base, Decision, Override};
use crate::control::protect::Guards;
use crate::model::{Claim, PointId, PointTable, Snapshot};

/// One decision for each point that was ever claimed or overridden since the
/// start, sorted by point; where nobody claims any more, without a target.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decisions {
    list: Vec<Decision>,
    /// Decided anew in every cycle: overridden, or hanging on a base.
    open: BTreeSet<PointId>,
}

impl Deref for Decisions {
    type Target = [Decision];

    fn deref(&self) -> &[Decision] {
        &self.list
    }
}

impl Decisions {
    /// The decision on `point`, if it has one.
    #[must_use]
    pub fn on(&self, point: PointId) -> Option<&Decision> {
        self.find(point).ok().map(|index| &self.list[index])
    }

    fn find(&self, point: PointId) -> Result<usize, usize> {
        self.list.binary_search_by_key(&point, |decision| decision.point)
    }

    /// Forgets all: the claims are another rule set's from now on.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Decides anew where need be, and lets `guards` protect what that is
    /// about. `changed`: the points whose claims are others than before;
    /// `claims_on` gives those on a point.
    pub fn update<'a, C: Iterator<Item = &'a Claim>>(
        &mut self,
        points: &PointTable,
        changed: &[PointId],
        claims_on: impl Fn(PointId) -> C,
        overrides: &[Override],
        bases: &dyn Fn(PointId) -> Base,
        (snapshot, guards): (&Snapshot, &mut Guards),
    ) {
        let now = snapshot.now;
        let mut open = std::mem::take(&mut self.open);
        open.extend(overrides.iter().filter(|over| over.is_active(now)).map(|over| over.point));
        open.extend(guards.look(snapshot));
        let overridden =
            |point| overrides.iter().any(|over| over.point == point && over.is_active(now));
        let known = |point: &PointId| point.index() < points.len();
        let both = changed.iter().filter(|point| !open.contains(point));
        let mut fresh = Vec::new();
        let mut next = 0;
        for point in both.chain(&open).copied().filter(known) {
            let found = self.find_near(point, next);
            next = found.map_or(next, |index| index + 1);
            let decision = match found {
                Ok(index) => &mut self.list[index],
                Err(_) => {
                    let place = fresh.len();
                    fresh.push(Decision::open(point));
                    &mut fresh[place]
                }
            };
            decision.renew(points, claims_on(point), overrides, bases, now);
            guards.protect(decision, points, snapshot);
            if decision.uses_base || overridden(point) {
                self.open.insert(point);
            }
        }
        if !fresh.is_empty() {
            self.list.append(&mut fresh);
            self.list.sort_by_key(|decision| decision.point);
        }
    }

    /// As [`find`](Self::find), quick where it stands at `guess`.
    fn find_near(&self, point: PointId, guess: usize) -> Result<usize, usize> {
        if self.list.get(guess).is_some_and(|decision| decision.point == point) {
            return Ok(guess);
        }
        self.find(point)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{claim, one_of};
    use super::*;
    use crate::model::{Demand, Level, Now};

    fn update(decisions: &mut Decisions, claims: &[Claim], changed: &[u32], base: f64) {
        let points = one_of(3);
        let now = Now { wall: jiff::Timestamp::UNIX_EPOCH, steady: std::time::Duration::ZERO };
        let snapshot = Snapshot::never(now, points.len());
        let changed: Vec<PointId> = changed.iter().copied().map(PointId).collect();
        let on = |point| claims.iter().filter(move |claim| claim.point == point);
        decisions.update(
            &points,
            &changed,
            on,
            &[],
            &|_| Base::Known(base),
            (&snapshot, &mut Guards::default()),
        );
    }

    #[test]
    fn only_what_changed_or_hangs_on_a_base_is_decided_anew() {
        let mut decisions = Decisions::default();
        let mut claims = vec![
            claim(Level::Normal, Demand::Set(20.0), "a"),
            claim(Level::Safety, Demand::AtLeast(5.0), "b"),
        ];
        claims[1].point = PointId(2);
        update(&mut decisions, &claims, &[0, 2], 3.0);
        let targets = |decisions: &Decisions| -> Vec<_> {
            decisions.iter().map(|it| (it.point.index(), it.target)).collect()
        };
        assert_eq!(targets(&decisions), [(0, Some(20.0)), (2, Some(5.0))]);
        // The device would hold the bound by itself now.
        update(&mut decisions, &claims, &[], 7.0);
        assert_eq!(targets(&decisions), [(0, Some(20.0)), (2, None)]);
        claims.remove(0);
        update(&mut decisions, &claims, &[0], 7.0);
        assert_eq!(targets(&decisions), [(0, None), (2, None)]);
        assert_eq!(decisions.on(PointId(1)), None);
    }
}
