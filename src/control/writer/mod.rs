//! Brings the plant to what was decided, and lets it go again: one state
//! machine a commanded point (`channel`), at most one outstanding action a
//! point. Pure: it hands out actions and is told how they ended. The engine
//! journals each [`Action::Write`] before it goes out and removes the record
//! when an event [lets go](Event::lets_go). Not made at all in read-only mode.

mod channel;
mod patience;
#[cfg(test)]
mod tests;

use std::time::Duration;

use channel::{Channel, World};
pub use channel::{Stage, Standing, Wear};
use jiff::Timestamp;

use super::action::{Action, Commanded, Done};
use super::arbitrate::{Base, Decision};
use super::event::Event;
use crate::model::wear::Worn;
use crate::model::{Now, PointId, PointTable, Snapshot};

/// What one cycle brings.
#[derive(Debug, Default, PartialEq)]
pub struct Step {
    /// At most one a point; each is answered by one outcome.
    pub actions: Vec<Action>,
    pub events: Vec<Event>,
}

/// All commanded points of a site.
#[derive(Debug)]
pub struct Writer {
    /// By point; `None` for those that cannot be commanded.
    channels: Vec<Option<Box<Channel>>>,
    /// By point: an action on it is outstanding.
    busy: Vec<bool>,
    outstanding: usize,
    claims_to_come: bool,
    at_least: Option<Timestamp>,
    stopping: bool,
}

impl Writer {
    /// A writer that has commanded nothing yet.
    #[must_use]
    pub fn new(points: &PointTable) -> Self {
        let channels =
            points.iter().map(|(id, _)| Channel::new(id, points).map(Box::new)).collect();
        Self {
            channels,
            busy: vec![false; points.len()],
            outstanding: 0,
            claims_to_come: false,
            at_least: None,
            stopping: false,
        }
    }

    /// Takes over what a former process left commanded: best before the first
    /// step, so that what stood there first is known. It is released unless
    /// it is claimed, at once or once claims are no longer
    /// [to come](Self::claims_to_come). What cannot be let go from here any
    /// more (another slot now, nothing to restore) is told and stays out.
    #[must_use]
    pub fn adopt(&mut self, left: Commanded) -> Vec<Event> {
        match self.channels.get_mut(left.point.index()) {
            Some(Some(channel)) => channel.adopt(left).err().into_iter().collect(),
            Some(None) => vec![Event::cannot_release(&left)],
            None => Vec::new(),
        }
    }

    /// The wall clock cannot be right, and all that is known of the time is that
    /// it is later than this; `None`: the clock is right, or made up for.
    pub const fn time_is_at_least(&mut self, at_least: Option<Timestamp>) {
        self.at_least = at_least;
    }

    /// Whether rules still wait for their inputs, so that it is not known yet
    /// what they claim: what a former process left is not released then.
    pub const fn claims_to_come(&mut self, to_come: bool) {
        self.claims_to_come = to_come;
    }

    /// What the device would do if we let go: what the site file says of it
    /// (`released =`), else for slots what it answered lately, elsewhere what
    /// stood there before us or stands there now.
    #[must_use]
    pub fn base(&self, point: PointId, snapshot: &Snapshot) -> Base {
        self.channel(point).map_or(Base::Unknown, |channel| channel.base(snapshot))
    }

    /// The device of `point` was out of hearing until `now` (steady): another
    /// value that is found there afterwards was set by nobody.
    pub fn interrupted(&mut self, point: PointId, now: Duration) {
        if let Some(Some(channel)) = self.channels.get_mut(point.index()) {
            channel.interrupted(now);
        }
    }

    /// Compares decisions (sorted by point, as [`arbitrate`] gives them) with
    /// what was confirmed and read, and hands out what is to be done now.
    /// `schedules`: when a schedule that the rules for a point hang on changes
    /// next; so long a value that somebody set at the device is left alone.
    ///
    /// [`arbitrate`]: super::arbitrate()
    pub fn step(
        &mut self,
        decisions: &[Decision],
        snapshot: &Snapshot,
        schedules: &dyn Fn(PointId) -> Option<Timestamp>,
    ) -> Step {
        let mut step = Step::default();
        let mut decisions = decisions.iter().peekable();
        for channel in self.channels.iter_mut().flatten() {
            while decisions.next_if(|decision| decision.point < channel.point()).is_some() {}
            let decision = decisions.next_if(|decision| decision.point == channel.point());
            if self.busy[channel.point().index()] {
                continue;
            }
            let before = step.actions.len();
            if self.stopping {
                channel.step_while_stopping(snapshot, &self.busy, &mut step);
            } else {
                let at_least = self.at_least;
                let world = World { snapshot, busy: &self.busy, schedules, at_least };
                channel.step(decision, &world, self.claims_to_come, &mut step);
            }
            for action in &step.actions[before..] {
                self.busy[action.subject().index()] = true;
                self.busy[action.target().index()] = true;
                self.outstanding += 1;
            }
        }
        for action in step.actions.iter().filter(|action| action.writes()) {
            if let Some(Some(channel)) = self.channels.get_mut(action.target().index()) {
                channel.spend(snapshot.now.wall);
            }
        }
        step
    }

    /// What the register of `point` has been through; `None` if it does not
    /// wear out, or was never written.
    #[must_use]
    pub fn worn(&self, point: PointId) -> Option<Worn> {
        self.channel(point)?.wear()?.worn
    }

    /// A former process has written to `point` so often.
    pub fn recall_worn(&mut self, point: PointId, worn: Worn) {
        if let Some(Some(channel)) = self.channels.get_mut(point.index()) {
            channel.recall_worn(worn);
        }
    }

    /// From now on everything is released, except what the site file says is
    /// held on stop; failed releases are tried again soon. Step on until
    /// [`idle`](Self::idle) or the deadline.
    pub fn stop(&mut self) {
        self.stopping = true;
        for channel in self.channels.iter_mut().flatten() {
            channel.hurry();
        }
    }

    /// How the action about `point` (its [`Action::subject`]) ended. Ignored
    /// if none was outstanding.
    #[must_use]
    pub fn outcome(&mut self, point: PointId, done: Done, now: Now) -> Vec<Event> {
        let mut events = Vec::new();
        let Some(Some(channel)) = self.channels.get_mut(point.index()) else { return events };
        let Some(target) = channel.target() else { return events };
        self.busy[point.index()] = false;
        self.busy[target.index()] = false;
        self.outstanding -= 1;
        channel.outcome(done, now.steady, self.stopping, &mut events);
        let handed_back = target != point && events.iter().any(Event::lets_go);
        if handed_back {
            self.write_again_after_hand_back(target);
        }
        events
    }

    /// Points that share a hand-back point went back with it: those still
    /// claimed are written again.
    fn write_again_after_hand_back(&mut self, action: PointId) {
        for channel in self.channels.iter_mut().flatten() {
            channel.handed_back_by(action);
        }
    }

    /// How many actions have not been answered yet.
    #[must_use]
    pub const fn outstanding(&self) -> usize {
        self.outstanding
    }

    /// Every command that may stand in a device, in order of points.
    pub fn held(&self) -> impl Iterator<Item = Commanded> + '_ {
        self.channels.iter().flatten().filter_map(|channel| channel.commanded())
    }

    /// What the journal should say of a point.
    #[must_use]
    pub fn record(&self, point: PointId) -> Option<Commanded> {
        self.channel(point).and_then(Channel::commanded)
    }

    /// What a stop has still to let go of: all that is held, except what shall
    /// be held on stop.
    pub fn unreleased(&self) -> impl Iterator<Item = PointId> + '_ {
        let channels = self.channels.iter().flatten();
        channels.filter(|channel| channel.must_be_released()).map(|channel| channel.point())
    }

    /// Nothing is outstanding and nothing is left to be released.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.outstanding == 0 && self.unreleased().next().is_none()
    }

    /// How a point stands with us; `None` if it cannot be commanded.
    #[must_use]
    pub fn standing(&self, point: PointId) -> Option<Standing> {
        self.channel(point).map(Channel::standing)
    }

    fn channel(&self, point: PointId) -> Option<&Channel> {
        self.channels.get(point.index())?.as_deref()
    }
}

/// A device that is asked what it would do without us is asked this often.
const BASE_EVERY: Duration = Duration::from_secs(60);
/// So old an answer counts no more.
const BASE_LASTS: Duration = Duration::from_secs(180);
