//! What operators lay over a schedule: on or off between two instants, each
//! with an end. The schedule's lines hold again before and after, and all
//! questions (`starts within`, `ended within`, the next change) are answered
//! for both together.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::schedule::Schedule;

/// On or off while `from <= now < until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// Grows with each one made; of two that overlap the later made counts.
    pub id: u64,
    pub from: Timestamp,
    pub until: Timestamp,
    pub on: bool,
}

/// All that lies over one schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layers(Vec<Layer>);

impl FromIterator<Layer> for Layers {
    fn from_iter<T: IntoIterator<Item = Layer>>(layers: T) -> Self {
        Self(layers.into_iter().filter(|layer| layer.from < layer.until).collect())
    }
}

impl Layers {
    /// Whether the schedule is on at `at`, and a moment after `at` before
    /// which that does not change.
    #[must_use]
    pub fn state(&self, under: &Schedule, at: Timestamp, zone: &TimeZone) -> (bool, Timestamp) {
        let (on, until) = under.state(at, zone);
        let edges = self.0.iter().flat_map(|layer| [layer.from, layer.until]);
        let until = edges.filter(|edge| *edge > at).fold(until, Timestamp::min);
        (self.top(at).map_or(on, |layer| layer.on), until)
    }

    /// The layer that counts at `at`, if one lies there.
    #[must_use]
    pub fn top(&self, at: Timestamp) -> Option<&Layer> {
        let lies = |layer: &&Layer| layer.from <= at && at < layer.until;
        self.0.iter().filter(lies).max_by_key(|layer| layer.id)
    }

    /// The first moment after `at`, and not after `horizon`, at which it turns
    /// on (`to_on`) or off.
    #[must_use]
    pub fn next_turn(
        &self,
        under: &Schedule,
        at: Timestamp,
        horizon: Timestamp,
        to_on: bool,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        if self.0.is_empty() {
            return under.next_turn(at, horizon, to_on, zone);
        }
        self.turns(under, at, horizon, zone).find(|turn| turn.1 == to_on).map(|turn| turn.0)
    }

    /// The last moment after `since`, and not after `at`, at which it turned
    /// off.
    #[must_use]
    pub fn last_end(
        &self,
        under: &Schedule,
        since: Timestamp,
        at: Timestamp,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        if self.0.is_empty() {
            return under.last_end(since, at, zone);
        }
        self.turns(under, since, at, zone).filter(|turn| !turn.1).last().map(|turn| turn.0)
    }

    /// The first moment after `at`, and not after `horizon`, at which it
    /// changes.
    #[must_use]
    pub fn next_change(
        &self,
        under: &Schedule,
        at: Timestamp,
        horizon: Timestamp,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        self.turns(under, at, horizon, zone).next().map(|turn| turn.0)
    }

    /// Each change after `after` and not after `last`, and whether it is on
    /// then.
    fn turns<'a>(
        &'a self,
        under: &'a Schedule,
        after: Timestamp,
        last: Timestamp,
        zone: &'a TimeZone,
    ) -> impl Iterator<Item = (Timestamp, bool)> + 'a {
        let (mut was_on, mut moment) = self.state(under, after, zone);
        std::iter::from_fn(move || {
            while moment <= last && moment < Timestamp::MAX {
                let turn = moment;
                let (on, until) = self.state(under, turn, zone);
                moment = until;
                if std::mem::replace(&mut was_on, on) != on {
                    return Some((turn, on));
                }
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schedule::{DaySpan, Days, ScheduleLine};

    /// Daily from 8:00 to 16:00 UTC.
    fn daily() -> Schedule {
        let times = vec![DaySpan { from: 8 * 60, to: 16 * 60 }];
        let lines = vec![ScheduleLine { days: vec![Days::DAILY], also: false, times }];
        Schedule { lines, ..Schedule::default() }
    }

    /// On 1 March 2026, or a later day.
    fn at(day: i8, hour: i8) -> Timestamp {
        let date = jiff::civil::date(2026, 3, day).at(hour, 0, 0, 0);
        TimeZone::UTC.to_timestamp(date).unwrap()
    }

    fn layers(all: &[(u64, Timestamp, Timestamp, bool)]) -> Layers {
        all.iter().map(|&(id, from, until, on)| Layer { id, from, until, on }).collect()
    }

    #[test]
    fn a_layer_is_a_schedule_s_own_time_while_it_lasts() {
        let evening = layers(&[(1, at(1, 18), at(1, 22), true)]);
        let (under, zone) = (daily(), TimeZone::UTC);
        let on = |hour| evening.state(&under, at(1, hour), &zone).0;
        assert_eq!([7, 8, 16, 18, 21, 22].map(on), [false, true, false, true, true, false]);
        let next = |hour, to_on| evening.next_turn(&under, at(1, hour), at(3, 0), to_on, &zone);
        assert_eq!(next(17, true), Some(at(1, 18)));
        assert_eq!(next(18, false), Some(at(1, 22)));
        assert_eq!(next(22, true), Some(at(2, 8)));
        assert_eq!(evening.last_end(&under, at(1, 0), at(2, 0), &zone), Some(at(1, 22)));
        assert_eq!(evening.last_end(&under, at(1, 0), at(1, 21), &zone), Some(at(1, 16)));
        assert_eq!(evening.next_change(&under, at(1, 16), at(3, 0), &zone), Some(at(1, 18)));
    }

    #[test]
    fn two_that_overlap_or_touch_make_one() {
        let (under, zone) = (daily(), TimeZone::UTC);
        // Off over the morning; the later one, on, over a part of it.
        let both = layers(&[(1, at(1, 6), at(1, 12), false), (2, at(1, 10), at(1, 11), true)]);
        let on = |hour| both.state(&under, at(1, hour), &zone).0;
        assert_eq!([9, 10, 11, 12].map(on), [false, true, false, true]);
        // Joined to the schedule's own time: no turn between.
        let longer = layers(&[(1, at(1, 16), at(1, 18), true)]);
        let end = longer.next_turn(&under, at(1, 9), at(3, 0), false, &zone);
        assert_eq!(end, Some(at(1, 18)));
        assert_eq!(longer.last_end(&under, at(1, 0), at(1, 17), &zone), None);
    }

    #[test]
    fn the_answers_are_those_of_every_single_hour() {
        let (under, zone) = (daily(), TimeZone::UTC);
        let all = layers(&[
            (1, at(1, 15), at(2, 3), true),
            (2, at(2, 1), at(2, 9), false),
            (3, at(3, 9), at(3, 9), true),
            (4, at(2, 20), at(3, 8), true),
        ]);
        let hours: Vec<Timestamp> = (1..5).flat_map(|d| (0..24).map(move |h| at(d, h))).collect();
        let on: Vec<bool> = hours.iter().map(|hour| all.state(&under, *hour, &zone).0).collect();
        for (place, hour) in hours.iter().enumerate() {
            for to_on in [true, false] {
                let seen = (place + 1..hours.len())
                    .find(|later| on[*later] == to_on && on[later - 1] != to_on)
                    .map(|later| hours[later]);
                let found = all.next_turn(&under, *hour, hours[hours.len() - 1], to_on, &zone);
                assert_eq!(found, seen, "{hour} {to_on}");
            }
            let ended = (1..=place).rev().find(|n| !on[*n] && on[n - 1]).map(|n| hours[n]);
            assert_eq!(all.last_end(&under, hours[0], *hour, &zone), ended, "{hour}");
        }
    }
}
