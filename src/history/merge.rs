//! Several files read as one: run after run of one point, from all of them, in
//! order of time. Of two rows of one point and time the one of the later source
//! counts. Holds one point's rows and one batch of each source at a time.

use std::collections::VecDeque;

use super::fault::HistoryError;
use super::read::{Run, Runs};
use super::row::Row;
use super::sample::Name;

/// Where rows come from; points in order of names.
enum From<'a, R: Row> {
    File(Box<Runs<'a, R>>),
    Memory(VecDeque<Run<R>>),
}

struct Source<'a, R: Row> {
    from: From<'a, R>,
    /// Read, but not yet taken.
    next: Option<Run<R>>,
}

impl<R: Row> Source<'_, R> {
    fn advance(&mut self) -> Result<(), HistoryError> {
        self.next = match &mut self.from {
            From::File(runs) => runs.next_run()?,
            From::Memory(runs) => runs.pop_front(),
        };
        Ok(())
    }
}

/// See the module.
pub struct Merge<'a, R: Row> {
    sources: Vec<Source<'a, R>>,
    /// The source that failed.
    pub failed: Option<usize>,
}

impl<'a, R: Row> Merge<'a, R> {
    /// Of files, the latest last; what is in `memory` is later still.
    ///
    /// # Errors
    /// If a file is damaged at its beginning; see [`failed`](Self::failed).
    pub fn of(files: Vec<Runs<'a, R>>, memory: Vec<Run<R>>) -> Self {
        let files = files.into_iter().map(|runs| From::File(Box::new(runs)));
        let all = files.chain([From::Memory(memory.into())]);
        Self { sources: all.map(|from| Source { from, next: None }).collect(), failed: None }
    }

    fn advance(&mut self, place: usize) -> Result<(), HistoryError> {
        self.sources[place].advance().inspect_err(|_| self.failed = Some(place))
    }

    /// Hands all rows of point after point to `take`.
    ///
    /// # Errors
    /// Of `take`, or if a source is damaged: `failed` says which.
    pub fn each(
        mut self,
        mut take: impl FnMut(&Name, &[R]) -> Result<(), HistoryError>,
    ) -> Result<(), (Option<usize>, HistoryError)> {
        self.begin().map_err(|error| (self.failed, error))?;
        let mut rows = Vec::new();
        while let Some(point) = self.point().cloned() {
            rows.clear();
            self.gather(&point, &mut rows).map_err(|error| (self.failed, error))?;
            take(&point, &rows).map_err(|error| (None, error))?;
        }
        Ok(())
    }

    /// Before the first point is looked at or gathered.
    ///
    /// # Errors
    /// If a source is damaged.
    pub(super) fn begin(&mut self) -> Result<(), HistoryError> {
        (0..self.sources.len()).try_for_each(|place| self.advance(place))
    }

    /// The next point; `None` behind the last.
    pub(super) fn point(&self) -> Option<&Name> {
        self.sources.iter().filter_map(|it| it.next.as_ref()).map(|run| &run.point).min()
    }

    /// Adds all rows of the next point, in order of time.
    ///
    /// # Errors
    /// If a source is damaged.
    pub(super) fn gather(&mut self, point: &Name, rows: &mut Vec<R>) -> Result<(), HistoryError> {
        for place in 0..self.sources.len() {
            while let Some(run) = self.sources[place].next.take_if(|run| run.point == *point) {
                rows.extend(run.rows);
                self.advance(place)?;
            }
        }
        settle(rows);
        Ok(())
    }
}

/// Puts rows of one point in order of time; of those of one time the last counts,
/// unless they stand beside each other.
pub(super) fn settle<R: Row>(rows: &mut Vec<R>) {
    if !rows.is_sorted_by(|a, b| a.at_ms() < b.at_ms()) {
        // Stable: what came later stays behind.
        rows.sort_by_key(Row::at_ms);
        let mut kept: Vec<R> = Vec::with_capacity(rows.len());
        for row in rows.drain(..) {
            let same = |before: &R| before.at_ms() == row.at_ms() && !before.stands_beside(&row);
            let moment = kept.iter().rev().take_while(|it| it.at_ms() == row.at_ms()).count();
            let start = kept.len() - moment;
            match kept[start..].iter().position(same) {
                Some(place) => kept[start + place] = row,
                None => kept.push(row),
            }
        }
        *rows = kept;
    }
}
