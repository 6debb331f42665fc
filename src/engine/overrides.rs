//! Operators' overrides: placed with an end, kept over restarts, gone when
//! their time is over. They are claims at level manual like any other.

use std::future::Future;
use std::time::Duration;

use super::ask::{OverrideOrder, Refusal};
use super::journal::{Journal, Kept};
use super::run::Running;
use crate::control::Override;
use crate::model::point::state_index;
use crate::model::{Kind, Now, PointId};
use crate::site::Site;

/// Nobody overrides for longer; a standing wish belongs into a rule.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);
/// Bytes of a reason: a sentence, not a file.
const LONGEST_WHY: usize = 1000;

/// All overrides that have not ended.
#[derive(Debug, Default)]
pub struct Overrides {
    all: Vec<Override>,
    next: u64,
}

impl Overrides {
    /// Those that a former run recorded and that have not ended; points that
    /// the site no longer has are left out.
    pub fn restored(site: &Site, kept: &Kept, journal: &Journal, now: Now) -> Self {
        let (mut all, mut gone) = kept.overrides(site);
        gone.extend(all.iter().filter(|over| over.until <= now.wall).map(|over| over.id));
        all.retain(|over| over.until > now.wall);
        for id in gone {
            tracing::info!("override {id} ended while nothing ran, or its point is gone");
            journal.remove_override(id);
        }
        Self { all, next: kept.next_override() }
    }

    #[must_use]
    pub fn all(&self) -> &[Override] {
        &self.all
    }
}

/// `5 °C … 30 °C`, or the one end that there is.
fn limits(kind: &Kind, low: f64, high: f64) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, false) => format!("≥ {}", kind.display(low)),
        (false, true) => format!("≤ {}", kind.display(high)),
        _ => format!("{} … {}", kind.display(low), kind.display(high)),
    }
}

impl Running {
    /// Places an override, or says why not.
    pub(super) fn place_override(
        &mut self,
        order: OverrideOrder,
    ) -> Result<(u64, impl Future<Output = ()> + Send + use<>), Refusal> {
        self.may_override(order.point, order.value)?;
        if order.lasts > LONGEST {
            return Err(Refusal::TooLong);
        }
        if order.why.len() > LONGEST_WHY {
            return Err(Refusal::WhyTooLong);
        }
        let now = self.clock.now();
        let over = Override {
            id: self.overrides.next,
            point: order.point,
            value: order.value,
            from: now.wall,
            until: now.wall.checked_add(order.lasts).map_err(|_| Refusal::TooLong)?,
            user: order.user,
            why: order.why,
        };
        self.overrides.next += 1;
        let point = self.site.points.get(over.point);
        tracing::info!(
            point = %point.name, user = %over.user, until = %over.until,
            "override {}: {}", over.id, point.kind.display(over.value)
        );
        let recorded = self.journal.put_override(&self.site, &over);
        // A later one of the same point replaces an earlier one.
        let replaced: Vec<u64> = self
            .overrides
            .all
            .iter()
            .filter(|old| old.point == over.point)
            .map(|old| old.id)
            .collect();
        for id in replaced {
            self.forget(id);
        }
        let id = over.id;
        self.overrides.all.push(over);
        self.soon();
        Ok((id, recorded))
    }

    fn may_override(&self, id: PointId, value: f64) -> Result<(), Refusal> {
        if self.stopping {
            return Err(Refusal::Stopping);
        }
        if self.writer.is_none() {
            return Err(Refusal::ReadOnly);
        }
        let point = self.site.points.get(id);
        let Some(command) = &point.command else {
            return Err(Refusal::NotCommandable(point.name.clone()));
        };
        if matches!(point.kind, Kind::States(_))
            && state_index(value).is_none_or(|state| !self.site.takes_state(id, state))
        {
            let (point, value) = (point.name.clone(), point.kind.display(value));
            return Err(Refusal::NotSettable { point, value });
        }
        let low = [command.limits.map(|limits| limits.0), command.floor];
        let high = [command.limits.map(|limits| limits.1), command.ceiling];
        let low = low.into_iter().flatten().fold(f64::NEG_INFINITY, f64::max);
        let high = high.into_iter().flatten().fold(f64::INFINITY, f64::min);
        if value < low || value > high {
            return Err(Refusal::OutOfLimits {
                point: point.name.clone(),
                value: point.kind.display(value),
                limits: limits(&point.kind, low, high),
            });
        }
        Ok(())
    }

    /// Ends an override before its time.
    pub(super) fn end_override(&mut self, id: u64) -> Result<(), Refusal> {
        if !self.overrides.all.iter().any(|over| over.id == id) {
            return Err(Refusal::NoSuchOverride(id));
        }
        self.forget(id);
        self.soon();
        Ok(())
    }

    /// Forgets those whose time is over.
    pub(super) fn expire_overrides(&mut self, now: Now) {
        let over: Vec<u64> = self
            .overrides
            .all
            .iter()
            .filter(|over| over.until <= now.wall)
            .map(|over| over.id)
            .collect();
        for id in over {
            tracing::info!("override {id} has ended");
            self.forget(id);
        }
    }

    fn forget(&mut self, id: u64) {
        self.overrides.all.retain(|over| over.id != id);
        self.journal.remove_override(id);
    }
}
