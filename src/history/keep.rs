//! Which readings are kept. By default those that change, and in between one
//! every quarter hour, so that "unchanged" and "not heard" stay apart. Each hour
//! begins with what holds then, so that every file can be read alone. What goes
//! stale, and what nobody heard while the program was away, becomes a gap.

use std::time::Duration;

use jiff::Timestamp;

use super::open_hours::{HOUR_MS, hour_of};
use super::sample::Sample;
use crate::model::{Keep, Quality, Snapshot};

/// Between two samples of a value that does not change at most.
pub const HEARTBEAT: Duration = Duration::from_secs(15 * 60);

/// How a point is kept.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    pub keep: Keep,
    /// Older than this, a reading says nothing any more.
    pub fresh_for: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Point {
    keep: Keep,
    fresh_for_ms: i64,
    /// The last that was kept.
    last: Option<Sample>,
    /// When it was last heard, ms.
    heard_ms: i64,
}

/// See the module. Points go by their place.
#[derive(Debug)]
pub struct Keeper {
    points: Vec<Point>,
    /// The last hour that was begun.
    hour: Option<i64>,
    kept: Vec<(u32, Sample)>,
}

impl Keeper {
    pub fn new(manners: impl IntoIterator<Item = Manner>) -> Self {
        let point = |manner: Manner| Point {
            keep: manner.keep,
            fresh_for_ms: i64::try_from(manner.fresh_for.as_millis()).unwrap_or(i64::MAX),
            last: None,
            heard_ms: i64::MIN,
        };
        Self { points: manners.into_iter().map(point).collect(), hour: None, kept: Vec::new() }
    }

    /// A reading of the point at `place` has come in.
    pub fn heard(&mut self, place: usize, mut sample: Sample) {
        self.begin_hour(hour_of(sample.at_ms));
        let Some(point) = self.points.get_mut(place) else { return };
        if point.keep == Keep::None {
            return;
        }
        let heard_ms = std::mem::replace(&mut point.heard_ms, sample.at_ms);
        if let Some(last) = point.last {
            let since = sample.at_ms - last.at_ms;
            let beats = since >= i64::try_from(HEARTBEAT.as_millis()).unwrap_or(i64::MAX);
            // A clock that went back starts a new account of the same time.
            let back = sample.at_ms < heard_ms;
            if point.keep == Keep::OnChange && last.says_same(&sample) && !beats && !back {
                return;
            }
        }
        // Whole seconds compress to nothing; where two readings fall into one,
        // the later keeps its own time.
        let second = sample.at_ms.div_euclid(1000) * 1000;
        if point.last.is_none_or(|last| last.at_ms < second || last.at_ms > sample.at_ms) {
            sample.at_ms = second;
        }
        point.last = Some(sample);
        self.push(place, sample);
    }

    /// A cycle looks at all points: what has gone stale since becomes a gap.
    pub fn look(&mut self, snapshot: &Snapshot) {
        let now_ms = snapshot.now.wall.as_millisecond();
        self.begin_hour(hour_of(now_ms));
        for (place, reading) in snapshot.readings.iter().enumerate() {
            let Some(point) = self.points.get_mut(place) else { continue };
            let knows = point.last.is_some_and(|last| last.value.is_some());
            if reading.quality == Quality::Stale && knows {
                let gap = Sample::gap(now_ms, Quality::Stale);
                point.last = Some(gap);
                self.push(place, gap);
            }
        }
    }

    /// Nothing is heard from now on: what is known ends.
    pub fn end(&mut self, now: Timestamp) {
        let now_ms = now.as_millisecond();
        for place in 0..self.points.len() {
            let point = &mut self.points[place];
            if point.last.is_some_and(|last| last.value.is_some()) {
                let gap = Sample::gap(now_ms, Quality::NeverRead);
                point.last = Some(gap);
                self.push(place, gap);
            }
        }
    }

    /// What was kept since the last time, with the places of the points.
    pub fn take(&mut self) -> Vec<(u32, Sample)> {
        std::mem::take(&mut self.kept)
    }

    fn push(&mut self, place: usize, sample: Sample) {
        self.kept.push((u32::try_from(place).unwrap_or(u32::MAX), sample));
    }

    /// A new hour begins with what holds at its beginning.
    fn begin_hour(&mut self, hour: i64) {
        let before = *self.hour.get_or_insert(hour);
        if hour <= before {
            // Back by more than the hour before: the clock was set.
            if hour < before - 1 {
                self.hour = Some(hour);
            }
            return;
        }
        self.hour = Some(hour);
        let begin_ms = hour * HOUR_MS;
        for place in 0..self.points.len() {
            let point = &mut self.points[place];
            let Some(last) = point.last.filter(|last| last.value.is_some()) else { continue };
            let fresh = begin_ms - point.heard_ms <= point.fresh_for_ms;
            if fresh && last.at_ms < begin_ms {
                let holds = Sample { at_ms: begin_ms, ..last };
                // The heartbeat goes on from the last reading.
                point.last = Some(holds);
                self.push(place, holds);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Now, Reading};

    fn keeper(keep: Keep) -> Keeper {
        Keeper::new([Manner { keep, fresh_for: Duration::from_secs(30) }])
    }

    fn good(at_s: i64, value: f64) -> Sample {
        Sample { at_ms: at_s * 1000, value: Some(value), quality: Quality::Good }
    }

    fn times(keeper: &mut Keeper) -> Vec<(i64, Option<f64>)> {
        keeper.take().into_iter().map(|(_, it)| (it.at_ms, it.value)).collect()
    }

    #[test]
    fn on_change_keeps_what_is_new_and_a_sign_of_life() {
        let mut keeper = keeper(Keep::OnChange);
        for at in (0..2000).step_by(10) {
            keeper.heard(0, good(at, if at < 1000 { 20.0 } else { 21.0 }));
        }
        let expected = [(0, 20.0), (900_000, 20.0), (1_000_000, 21.0), (1_900_000, 21.0)];
        assert_eq!(times(&mut keeper), expected.map(|(at, value)| (at, Some(value))));
    }

    #[test]
    fn each_hour_begins_with_what_holds_but_not_with_what_is_old() {
        let mut keeper = keeper(Keep::OnChange);
        keeper.heard(0, good(3590, 20.0));
        keeper.heard(0, good(3605, 20.0));
        assert_eq!(times(&mut keeper), [(3_590_000, Some(20.0)), (3_600_000, Some(20.0))]);
        keeper.heard(0, good(7300, 20.0));
        assert_eq!(times(&mut keeper), [(7_300_000, Some(20.0))], "unknown from 3635 on");
    }

    #[test]
    fn what_is_not_heard_becomes_a_gap_once() {
        let mut keeper = keeper(Keep::OnChange);
        let at = |s: i64| Now {
            wall: Timestamp::from_second(s).unwrap(),
            steady: Duration::from_secs(s.unsigned_abs()),
        };
        keeper.heard(0, good(10, 20.0));
        let stale = Reading { value: 20.0, quality: Quality::Stale, at: at(10) };
        for now in [50, 60] {
            keeper.look(&Snapshot { now: at(now), readings: vec![stale] });
        }
        keeper.heard(0, good(70, 20.0));
        let expected = [(10_000, Some(20.0)), (50_000, None), (70_000, Some(20.0))];
        assert_eq!(times(&mut keeper), expected);
        keeper.end(at(80).wall);
        keeper.end(at(90).wall);
        assert_eq!(times(&mut keeper), [(80_000, None)]);
    }

    #[test]
    fn two_readings_of_one_second_stay_two_and_each_is_kept_where_asked() {
        let mut keeper = keeper(Keep::Each);
        for at_ms in [10_200, 10_700, 11_300, 11_300] {
            keeper.heard(0, Sample { at_ms, value: Some(1.0), quality: Quality::Good });
        }
        let kept: Vec<i64> = times(&mut keeper).into_iter().map(|(at, _)| at).collect();
        assert_eq!(kept, [10_000, 10_700, 11_000, 11_300]);
    }

    #[test]
    fn a_clock_set_back_is_followed() {
        let mut keeper = keeper(Keep::OnChange);
        for at in [100_000, 20_000, 20_010, 20_020] {
            keeper.heard(0, good(at, 5.0));
        }
        let kept: Vec<i64> = times(&mut keeper).into_iter().map(|(at, _)| at / 1000).collect();
        assert_eq!(kept, [100_000, 20_000]);
    }
}
