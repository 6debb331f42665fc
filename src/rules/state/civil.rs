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

/// How a schedule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleNow {
    pub on: bool,
    /// Its next change, looked for a week ahead.
    pub until: Option<Timestamp>,
    /// An operator says so.
    pub by_hand: bool,
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

    /// The schedule called `Building.Schedule` at `at`, with what lies over it;
    /// `None` if there is no such schedule, or it is unknown.
    #[must_use]
    pub fn schedule(&self, program: &Program, name: &str, at: Timestamp) -> Option<ScheduleNow> {
        const AHEAD: SignedDuration = SignedDuration::from_hours(8 * 24);
        let index = program.schedules.iter().position(|schedule| *schedule.name == *name)?;
        let (schedule, zone) = (&program.schedules[index].schedule, &program.zone);
        let layers = self.layers.get(index).filter(|_| !self.doubtful)?;
        let horizon = at.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
        Some(ScheduleNow {
            on: layers.state(schedule, at, zone).0,
            until: layers.next_change(schedule, at, horizon, zone),
            by_hand: layers.top(at).is_some(),
        })
    }
}
