//! Quarter hours of days that have none in a file yet: they are made when a UTC day
//! is over, and until then out of its samples, as they will be.

use std::collections::BTreeSet;

use super::rollup::{QUARTER_MS, Rollup, rollups};
use super::row::FileKind;
use super::sample::{Meaning, Name, Sample};
use super::shelf::{Query, Shelf};
use super::span::{Span, day_of};

impl Shelf {
    /// The time of which there are samples, but no quarter hours yet; up to the last
    /// quarter hour that is over as far as samples reach.
    #[must_use]
    pub fn unrolled(&self) -> Option<Span> {
        let raw = self.reach(FileKind::Raw)?;
        let rolled = self.reach(FileKind::Rollup).map_or(raw.from_ms, |reach| reach.until_ms);
        let from_ms = day_of(rolled.max(raw.from_ms)).from_ms;
        let until_ms = raw.until_ms.div_euclid(QUARTER_MS) * QUARTER_MS;
        (from_ms < until_ms).then_some(Span { from_ms, until_ms })
    }

    /// Hands on what would be made of the samples in `span`, which begins with a UTC
    /// day: each begins with what holds. In the order of [`read`](Self::read).
    ///
    /// # Errors
    /// Of `take` alone; files that fail are told in `faults`.
    pub fn roll<E>(
        &mut self,
        points: Option<&BTreeSet<Name>>,
        span: Span,
        mut take: impl FnMut(&Name, &[Rollup]) -> Result<(), E>,
    ) -> Result<(), E> {
        let meanings = self.meanings(FileKind::Raw, span);
        let nothing = Meaning::Unit(String::new());
        let query = Query { points, span, columns: None };
        self.read(&query, |point, samples: &[Sample]| {
            let until_ms = samples
                .first()
                .map_or(span.until_ms, |first| day_of(first.at_ms).until_ms.min(span.until_ms));
            take(point, &rollups(samples, until_ms, meanings.get(point).unwrap_or(&nothing)))
        })
    }
}
