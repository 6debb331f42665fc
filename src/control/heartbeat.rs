//! Heartbeats: values that are toggled while the building is looked after, so
//! that the plant's own program can tell when it no longer is, and lets go of
//! our slots (which have no time-out of their own). Beaten by completed cycles
//! alone; pure. Not journalled: a heartbeat that stands still is what a dead
//! process shall leave behind.
//!
//! ```text
//!          due, and a cycle is complete           taken
//!   still ─────────────────────────────▶ beating ──────▶ still, the other way
//!     ▲                                     │ not taken
//!     └─────────────────────────────────────┘
//! ```

use std::time::Duration;

use super::action::{Action, Done};
use super::event::{Event, What};
use crate::model::{Now, PointId, PointTable, Release, Snapshot};

/// All heartbeats of a site.
#[derive(Debug, Default)]
pub struct Heartbeats {
    list: Vec<Heartbeat>,
}

#[derive(Debug)]
struct Heartbeat {
    point: PointId,
    every: Duration,
    /// It stands in a slot, which is emptied at the end.
    slot: bool,
    /// What the device took last.
    taken: Option<bool>,
    /// What it is asked to take.
    asked: Option<bool>,
    /// Steady time of the next beat.
    due: Duration,
    alarmed: bool,
}

/// How a heartbeat stands, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beating {
    pub every: Duration,
    /// What the device took last; `None`: nothing yet.
    pub taken: Option<bool>,
    /// It does not take it.
    pub alarmed: bool,
}

impl Heartbeats {
    /// Those of a site, all due.
    #[must_use]
    pub fn new(points: &PointTable) -> Self {
        let list = points.iter().filter_map(|(point, definition)| {
            let command = definition.command.as_ref()?;
            Some(Heartbeat {
                point,
                every: command.heartbeat?,
                slot: matches!(command.release, Release::Slot(_)),
                taken: None,
                asked: None,
                due: Duration::ZERO,
                alarmed: false,
            })
        });
        Self { list: list.collect() }
    }

    /// A cycle is complete: what is to be written now. Each is answered by
    /// [`ended`](Self::ended).
    pub fn beat(&mut self, snapshot: &Snapshot) -> Vec<(PointId, f64)> {
        let now = snapshot.now.steady;
        let due = self.list.iter_mut().filter(|it| it.asked.is_none() && it.due <= now);
        let beats = due.map(|beat| {
            // What a former process left must change too.
            let stands = beat.taken.or_else(|| Some(snapshot.known(beat.point)? != 0.0));
            let next = !stands.unwrap_or(false);
            beat.asked = Some(next);
            beat.due = now + beat.every;
            (beat.point, f64::from(next))
        });
        beats.collect()
    }

    /// How writing one ended.
    pub fn ended(&mut self, point: PointId, done: Done, now: Now) -> Option<Event> {
        let beat = self.list.iter_mut().find(|beat| beat.point == point)?;
        let asked = beat.asked.take()?;
        let value = f64::from(asked);
        let what = match done {
            Done::Held(there) if there == value => None,
            Done::Held(there) => Some(What::HeldElsewhere(there)),
            Done::Refused(why) => Some(What::Refused(why)),
            Done::NotReadBack(_) | Done::Released => None,
            // That the device is silent is told elsewhere.
            Done::Failed(_) | Done::NotOurs(_) | Done::Base(_) | Done::Commander(_) => {
                beat.due = beat.due.min(now.steady + RETRY);
                return None;
            }
        };
        let was_alarmed = std::mem::replace(&mut beat.alarmed, what.is_some());
        match what {
            None => {
                beat.taken = Some(asked);
                was_alarmed.then_some(Event::Confirmed { point, value })
            }
            Some(what) => (!was_alarmed).then_some(Event::Unconfirmed { point, value, what }),
        }
    }

    /// No more beats; what empties the slots that they stand in.
    pub fn stop(&mut self) -> Vec<Action> {
        let list = std::mem::take(&mut self.list);
        let slots = list.into_iter().filter(|beat| beat.slot);
        let taken = slots.filter_map(|beat| Some((beat.point, beat.taken?)));
        taken.map(|(point, taken)| Action::Relinquish { point, ours: f64::from(taken) }).collect()
    }

    /// How the heartbeat at `point` stands, if there is one.
    #[must_use]
    pub fn standing(&self, point: PointId) -> Option<Beating> {
        let beat = self.list.iter().find(|beat| beat.point == point)?;
        Some(Beating { every: beat.every, taken: beat.taken, alarmed: beat.alarmed })
    }
}

/// A beat that did not arrive is tried again after this.
const RETRY: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::control::arbitrate::tests::{command, point};
    use crate::model::{Command, Kind, Quality, Reading};

    fn heartbeats() -> Heartbeats {
        let mut points = PointTable::default();
        for (name, release) in [("slot", Release::Slot(13)), ("coil", Release::Restore)] {
            let heartbeat = Some(Duration::from_secs(60));
            let command = Command { release, heartbeat, ..command() };
            points.push(point(name, Kind::switch(), Some(command))).unwrap();
        }
        points.push(point("none", Kind::switch(), Some(command()))).unwrap();
        Heartbeats::new(&points)
    }

    fn at(seconds: u64, reads: Option<f64>) -> Snapshot {
        let wall = Timestamp::from_second(1_800_000_000 + seconds.cast_signed()).unwrap();
        let now = Now { wall, steady: Duration::from_secs(seconds) };
        let mut snapshot = Snapshot::never(now, 3);
        if let Some(value) = reads {
            snapshot.readings.fill(Reading { value, quality: Quality::Good, at: now });
        }
        snapshot
    }

    const SLOT: PointId = PointId(0);
    const COIL: PointId = PointId(1);

    #[test]
    fn each_beat_is_the_other_value_and_no_sooner_than_it_is_due() {
        let mut hearts = heartbeats();
        // Left at 1 by a former process: that must change.
        assert_eq!(hearts.beat(&at(5, Some(1.0))), [(SLOT, 0.0), (COIL, 0.0)]);
        assert_eq!(hearts.beat(&at(70, Some(1.0))), [], "not answered yet");
        for point in [SLOT, COIL] {
            assert_eq!(hearts.ended(point, Done::Held(0.0), at(71, None).now), None);
        }
        assert_eq!(hearts.beat(&at(72, Some(0.0))), [(SLOT, 1.0), (COIL, 1.0)]);
        assert_eq!(hearts.ended(SLOT, Done::NotReadBack(String::new()), at(72, None).now), None);
        let failed = Done::Failed("time-out".into());
        assert_eq!(hearts.ended(COIL, failed, at(72, None).now), None);
        assert_eq!(hearts.beat(&at(80, Some(0.0))), []);
        assert_eq!(hearts.beat(&at(82, Some(0.0))), [(COIL, 1.0)], "again, for it never arrived");
        assert_eq!(hearts.beat(&at(132, Some(0.0))), [(SLOT, 0.0)]);
    }

    #[test]
    fn what_the_device_does_not_take_is_told_once_and_its_end_too() {
        let mut hearts = heartbeats();
        let refused = || Done::Refused("write access denied".into());
        let mut told = Vec::new();
        for round in 0..4 {
            let now = at(round * 60, None);
            for (point, value) in hearts.beat(&now) {
                let done = if round < 2 { refused() } else { Done::Held(value) };
                told.extend(hearts.ended(point, done, now.now).filter(|_| point == SLOT));
            }
        }
        let what = What::Refused("write access denied".into());
        assert_eq!(
            told,
            [
                Event::Unconfirmed { point: SLOT, value: 1.0, what },
                Event::Confirmed { point: SLOT, value: 1.0 }
            ]
        );
    }

    #[test]
    fn at_the_end_slots_are_emptied_and_nothing_beats_any_more() {
        let mut hearts = heartbeats();
        let now = at(0, None);
        for (point, value) in hearts.beat(&now) {
            hearts.ended(point, Done::Held(value), now.now);
        }
        assert_eq!(hearts.stop(), [Action::Relinquish { point: SLOT, ours: 1.0 }]);
        assert_eq!(hearts.beat(&at(600, None)), []);
        assert_eq!(hearts.stop(), []);
    }
}
