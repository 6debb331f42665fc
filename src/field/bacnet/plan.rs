//! When which points of a device are read: groups of one interval, and what is
//! remembered of single points (refused, without status, reported by COV).
//! Decides only; `poll` asks and tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::device::Device;
use super::read::{Item, Reading};
use crate::field::Sample;
use crate::field::pace::Pace;
use crate::model::{Now, PointId, Quality};

/// A point that was refused is asked for again after this long.
const REFUSED_FOR: Duration = Duration::from_secs(600);

/// Where each status costs a request of its own it is asked for this seldom.
const BEATS_PER_STATUS: u32 = 4;

/// A point that reports its changes itself is still read every second beat: a
/// reading is stale after three.
const BEATS_PER_NET: u32 = 2;

/// A point, and what is remembered of it.
#[derive(Debug)]
struct Polled {
    item: Item,
    refused_until: Option<Duration>,
    /// What its status said last.
    fault: bool,
    /// Set while the device reports its changes.
    by_cov: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Group {
    pace: Pace,
    beat: u32,
    points: Vec<Polled>,
}

/// The polls of one device.
#[derive(Debug)]
pub(super) struct Plan {
    groups: Vec<Group>,
    /// While it is silent, it is tried only at this pace.
    silence: Pace,
}

/// What one poll is to ask for; indices of groups and points with it.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub items: Vec<Item>,
    places: Vec<(usize, usize)>,
    /// Known to be refused: faulty without being asked.
    pub refused: Vec<PointId>,
}

impl Plan {
    /// `None` if nothing of the device is read. `reported`: the points that
    /// COV may report. `place` counts groups over all devices of the
    /// connection, so that their starts are spread.
    pub fn new(
        device: &Device,
        reported: &[(PointId, Arc<AtomicBool>)],
        place: &mut usize,
        count: usize,
    ) -> Option<Self> {
        let now = device.clock.now().steady;
        let mut groups: Vec<Group> = Vec::new();
        for point in &device.site.devices[device.index].points {
            let known = device.site.points.get(*point);
            let Some(item) = Item::of(device, *point).filter(|_| known.readable) else { continue };
            let by_cov = reported.iter().find(|(of, _)| of == point);
            let by_cov = by_cov.map(|(_, active)| Arc::clone(active)).unwrap_or_default();
            let polled = Polled { item, refused_until: None, fault: false, by_cov };
            match groups.iter_mut().find(|group| group.pace.interval() == known.poll) {
                Some(group) => group.points.push(polled),
                None => {
                    let pace = Pace::staggered(known.poll, now, *place, count);
                    groups.push(Group { pace, beat: 0, points: vec![polled] });
                }
            }
        }
        *place += 1;
        let fastest = groups.iter().map(|group| group.pace.interval()).min()?;
        Some(Self { groups, silence: Pace::staggered(fastest, now, 0, 1) })
    }

    /// When the device is asked next.
    pub fn due(&self) -> Duration {
        if self.silence.is_silent() {
            return self.silence.due();
        }
        self.groups.iter().map(|group| group.pace.due()).min().unwrap_or(Duration::MAX)
    }

    /// What is to be asked now. `singly`: the device reads one by one.
    pub fn turn(&self, now: Duration, singly: bool) -> Turn {
        let mut turn = Turn::default();
        for (at, group) in self.groups.iter().enumerate() {
            if !group.pace.is_due(now) {
                continue;
            }
            for (place, polled) in group.points.iter().enumerate() {
                if polled.refused_until.is_some_and(|until| until > now) {
                    turn.refused.push(polled.item.point);
                    continue;
                }
                if polled.by_cov.load(Ordering::Relaxed) && group.beat % BEATS_PER_NET != 0 {
                    continue;
                }
                let mut item = polled.item.clone();
                item.flags &= !singly || group.beat % BEATS_PER_STATUS == 0;
                turn.items.push(item);
                turn.places.push((at, place));
            }
        }
        turn
    }

    /// Takes what was heard; the samples that it makes.
    pub fn heard(
        &mut self,
        device: &Device,
        turn: &Turn,
        readings: &[Option<Reading>],
    ) -> Vec<Sample> {
        let mut samples = Vec::with_capacity(turn.items.len());
        for ((at, place), reading) in turn.places.iter().zip(readings) {
            let Some(reading) = reading else { continue };
            let polled = &mut self.groups[*at].points[*place];
            polled.remember(reading);
            samples.extend(reading.sample(device, polled.item.point, polled.fault));
        }
        samples
    }

    /// The turn from `start` to `now` is over. A group that came due while it
    /// lasted was not asked, and still is.
    pub fn passed(&mut self, start: Duration, now: Duration) {
        if self.silence.is_silent() {
            self.silence.answered(now);
        }
        for group in self.groups.iter_mut().filter(|group| group.pace.is_due(start)) {
            group.pace.answered(now);
            group.beat = group.beat.wrapping_add(1);
        }
    }

    /// The device does not answer: ever more rarely.
    pub fn silent(&mut self, now: Duration) {
        self.silence.silent(now);
    }

    /// Lets this beat go by unasked.
    pub fn skip(&mut self, now: Duration) {
        if self.silence.is_silent() {
            self.silence.skip(now);
        }
        for group in self.groups.iter_mut().filter(|group| group.pace.is_due(now)) {
            group.pace.skip(now);
        }
    }
}

impl Polled {
    fn remember(&mut self, reading: &Reading) {
        use super::failure::Failure::Refused;
        self.refused_until = match &reading.value {
            Err(Refused(refusal)) if refusal.is_lasting() => Some(reading.at.steady + REFUSED_FOR),
            _ => None,
        };
        // An object without status is not asked for it again.
        if matches!(&reading.flags, Some(Err(refusal)) if refusal.is_lasting()) {
            self.item.flags = false;
        }
        if matches!(&reading.reliability, Some(Err(refusal)) if refusal.is_lasting()) {
            self.item.reliability = false;
        }
        if reading.value.is_ok() {
            // What was not asked this time stays as it was.
            self.fault = reading.fault().unwrap_or(self.fault && self.item.flags);
        }
    }
}

/// Samples of points that are known to be refused.
pub(super) fn faulty(points: &[PointId], at: Now) -> impl Iterator<Item = Sample> {
    points.iter().map(move |point| Sample { point: *point, value: Err(Quality::Faulty), at })
}
