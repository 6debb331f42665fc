//! Why something is as it is, told from the last cycle.

use super::ask::Untold;
use super::run::Running;
use crate::control::Base;
use crate::cycle::explain::{self, Basis, Explanation, Scene, Silent};
use crate::field::DeviceState;
use crate::model::PointId;

impl Running {
    /// Explains the point, value or rule called `name`.
    pub(super) fn explain(&self, name: &str) -> Result<Box<Explanation>, Untold> {
        let snapshot = self.frozen.as_ref().ok_or(Untold::NotYet)?;
        let subject = explain::find(&self.site, &self.outcome, name).map_err(Untold::NotFound)?;
        let writer = self.writer.as_ref();
        let base =
            |point: PointId| writer.map_or(Base::Unknown, |writer| writer.base(point, snapshot));
        let standing = |point: PointId| writer.and_then(|writer| writer.standing(point));
        let silent = |device: usize| {
            let heard = self.live.devices().get(device)?;
            match &heard.state {
                Some(DeviceState::Silent(why)) => {
                    Some(Silent { why: why.clone(), since: heard.since.wall })
                }
                _ => None,
            }
        };
        let scene = Scene {
            site: &self.site,
            rules: self.rules.as_ref(),
            snapshot,
            outcome: &self.outcome,
            since: &self.since,
            overrides: self.overrides.points(),
            base: &base,
            standing: writer.is_some().then_some(&standing),
            silent: &silent,
            basis: if writer.is_some() { Basis::Running } else { Basis::ReadOnly },
        };
        explain::explain(&scene, subject).map(Box::new).ok_or(Untold::NotYet)
    }
}
