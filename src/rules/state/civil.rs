//! What rules are told of civil time beside the moment itself: what operators
//! laid over schedules, and whether the wall clock can be right at all. Both
//! come from outside, as data; neither is remembered with the timers.

use jiff::{SignedDuration, Timestamp};

use super::{ScheduleMemo, State};
use crate::model::layers::Layer;
use crate::rules::ast::Turn;
use crate::rules::program::Program;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Civil {
    /// The wall clock cannot be right: every schedule is unknown.
    pub doubtful: bool,
    /// By the schedule's name with its building; one that the rules do not
    /// have lies over nothing.
    pub laid: Vec<(String, Layer)>,
}

impl State {
    /// From the next evaluation on, schedules are as `civil` says.
    pub fn tell(&mut self, program: &Program, civil: &Civil) {
        self.doubtful = civil.doubtful;
        for (schedule, layers) in program.schedules.iter().zip(&mut self.layers) {
            let over = civil.laid.iter().filter(|(name, _)| *name == *schedule.name);
            *layers = over.map(|(_, layer)| *layer).collect();
        }
        self.schedules.fill(ScheduleMemo::NONE);
        self.civil_until = Timestamp::MIN;
    }

    /// When a schedule of the program starts or ends next, or ended last; as
    /// far as 400 days off. `None` also where it is unknown.
    pub(in crate::rules) fn turn(
        &self,
        program: &Program,
        index: usize,
        turn: Turn,
        at: Timestamp,
    ) -> Option<Timestamp> {
        const FAR: SignedDuration = SignedDuration::from_hours(400 * 24);
        let (schedule, zone) = (&program.schedules.get(index)?.schedule, &program.zone);
        let layers = self.layers.get(index).filter(|_| !self.doubtful)?;
        let horizon = at.checked_add(FAR).unwrap_or(Timestamp::MAX);
        match turn {
            Turn::Starts => layers.next_turn(schedule, at, horizon, true, zone),
            Turn::Ends => layers.next_turn(schedule, at, horizon, false, zone),
            Turn::Ended => {
                let since = at.checked_sub(FAR).unwrap_or(Timestamp::MIN);
                layers.last_end(schedule, since, at, zone)
            }
        }
    }

    /// Whether the schedule called `Building.Schedule` is on at `at`, with what
    /// lies over it, and when it changes next, looked for a week ahead; `None`
    /// if there is no such schedule, or it is unknown.
    #[must_use]
    pub fn schedule(
        &self,
        program: &Program,
        name: &str,
        at: Timestamp,
    ) -> Option<(bool, Option<Timestamp>)> {
        let index = program.schedules.iter().position(|schedule| *schedule.name == *name)?;
        let (schedule, zone) = (&program.schedules[index].schedule, &program.zone);
        let layers = &self.layers[index];
        let horizon = at.checked_add(SignedDuration::from_hours(8 * 24)).unwrap_or(Timestamp::MAX);
        let next = || layers.next_change(schedule, at, horizon, zone);
        (!self.doubtful).then(|| (layers.state(schedule, at, zone).0, next()))
    }
}
