//! Stretches of time as one sorted set: what a schedule is made of once its
//! lines have been laid over one another. Questions are answered by halving,
//! so that thousands of bookings cost no more than a few.

use jiff::Timestamp;

/// From, included, to, not included.
pub type Interval = (Timestamp, Timestamp);

/// In order; none empty, and a gap between each two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intervals(Vec<Interval>);

impl Intervals {
    /// The moments that lie in any of `parts`, which may overlap and touch;
    /// empty ones count for nothing.
    #[must_use]
    pub fn union(mut parts: Vec<Interval>) -> Self {
        parts.retain(|(from, to)| from < to);
        parts.sort_unstable();
        parts.dedup_by(|next, last| {
            let joins = next.0 <= last.1;
            if joins {
                last.1 = last.1.max(next.1);
            }
            joins
        });
        Self(parts)
    }

    /// All of them, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Interval] {
        &self.0
    }

    /// Those that have a moment in common with `from` (included) to `to` (not
    /// included), whole.
    #[must_use]
    pub fn within(&self, from: Timestamp, to: Timestamp) -> &[Interval] {
        let first = self.0.partition_point(|interval| interval.1 <= from);
        let rest = &self.0[first..];
        &rest[..rest.partition_point(|interval| interval.0 < to)]
    }

    /// Whether `at` lies in one.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        let next = self.0.partition_point(|interval| interval.1 <= at);
        self.0.get(next).is_some_and(|interval| interval.0 <= at)
    }

    /// The first moment after `at` at which one begins or ends.
    #[must_use]
    pub fn next_edge(&self, at: Timestamp) -> Option<Timestamp> {
        let next = self.0.partition_point(|interval| interval.1 <= at);
        self.0.get(next).map(|&(from, to)| if from > at { from } else { to })
    }

    /// The last moment not after `at` at which one ended.
    #[must_use]
    pub fn last_end(&self, at: Timestamp) -> Option<Timestamp> {
        let next = self.0.partition_point(|interval| interval.1 <= at);
        self.0[..next].last().map(|interval| interval.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn set(parts: &[(i64, i64)]) -> Intervals {
        Intervals::union(parts.iter().map(|&(from, to)| (at(from), at(to))).collect())
    }

    #[test]
    fn parts_that_overlap_or_touch_are_one() {
        let joined = set(&[(50, 60), (10, 20), (20, 30), (15, 18), (40, 40), (25, 35)]);
        assert_eq!(joined, set(&[(10, 35), (50, 60)]));
        assert_eq!(joined.as_slice().len(), 2);
    }

    #[test]
    fn the_first_moment_belongs_to_it_and_the_last_does_not() {
        let set = set(&[(10, 20), (30, 40)]);
        for (second, inside, edge, end) in [
            (5, false, Some(10), None),
            (10, true, Some(20), None),
            (19, true, Some(20), None),
            (20, false, Some(30), Some(20)),
            (30, true, Some(40), Some(20)),
            (40, false, None, Some(40)),
        ] {
            assert_eq!(set.contains(at(second)), inside, "{second}");
            assert_eq!(set.next_edge(at(second)), edge.map(at), "{second}");
            assert_eq!(set.last_end(at(second)), end.map(at), "{second}");
        }
    }

    #[test]
    fn a_window_has_all_that_touch_it() {
        let set = set(&[(10, 20), (30, 40), (50, 60)]);
        assert_eq!(set.within(at(20), at(30)).len(), 0);
        assert_eq!(set.within(at(19), at(31)), &set.as_slice()[..2]);
        assert_eq!(set.within(at(0), at(100)), set.as_slice());
    }
}
