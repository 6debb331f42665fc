//! Quarter hours that outlived their samples: a raw file was damaged, or went when it
//! was old. Whoever makes a day's quarter hours anew must not lose them.

use super::archive::Archive;
use super::catalogue::Entry;
use super::fault::HistoryError;
use super::merge::Merge;
use super::read::{OpenFile, Wanted};
use super::rollup::{Rollup, rollups};
use super::row::FileKind;
use super::sample::{Meaning, Meanings, Name, Sample};
use super::span::Span;
use super::swap::Failed;

/// The quarter hours of a day that there were, point after point.
pub(super) struct Standing {
    day: Span,
    merge: Merge<'static, Rollup>,
    /// Hours of the day are not merged: where they tell of a quarter hour, it has not
    /// been made of them yet.
    growing: bool,
}

impl Standing {
    /// Of all files that reach into the day; what their points mean is added. Files
    /// that are damaged or missing have nothing to save.
    pub fn open(
        archive: &Archive,
        day: Span,
        raw: &[Entry],
        meanings: &mut Meanings,
    ) -> Result<Self, Failed> {
        let mut runs = Vec::new();
        for file in archive.catalogue().of(FileKind::Rollup, day.from_ms, day.until_ms) {
            let whole = || {
                file.verify(archive.folder())?;
                let open = OpenFile::open(&file.path(archive.folder()))?;
                Ok((open.meanings()?, open))
            };
            match whole() {
                Ok((known, open)) => {
                    for (point, meaning) in known {
                        meanings.entry(point).or_insert(meaning);
                    }
                    runs.push(open.runs(&Wanted::default()));
                }
                Err(HistoryError::Damaged { .. } | HistoryError::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let mut merge = Merge::of(runs, Vec::new());
        merge.begin()?;
        let whole = |file: &Entry| file.facts.until_ms - file.facts.from_ms == day.length_ms();
        Ok(Self { day, merge, growing: !raw.iter().all(whole) })
    }

    /// The next point before `point`, or the next of all, with what there was of it.
    pub fn before(
        &mut self,
        point: Option<&Name>,
    ) -> Result<Option<(Name, Vec<Rollup>)>, HistoryError> {
        let next = self.merge.point().filter(|next| point.is_none_or(|point| *next < point));
        let Some(next) = next.cloned() else { return Ok(None) };
        Ok(Some((next.clone(), self.rows(&next)?)))
    }

    fn rows(&mut self, point: &Name) -> Result<Vec<Rollup>, HistoryError> {
        let mut rows = Vec::new();
        self.merge.gather(point, &mut rows)?;
        rows.retain(|row| self.day.has(row.at_ms));
        Ok(rows)
    }

    /// The quarter hours of a point of which there were the samples `existing`, and
    /// there are now `laid`: a recorded one that those samples do not give stands,
    /// unless what is brought overwrites it. The points before are done.
    pub fn quarters(
        &mut self,
        point: &Name,
        (existing, laid): (&[Sample], &[Sample]),
        meaning: &Meaning,
        overwrite: bool,
    ) -> Result<Vec<Rollup>, HistoryError> {
        let new = rollups(laid, self.day.until_ms, meaning);
        let mut rows = self.rows(point)?;
        if rows.is_empty() {
            return Ok(new);
        }
        let given = rollups(existing, self.day.until_ms, meaning);
        let at = |all: &[Rollup], at_ms| {
            all.binary_search_by_key(&at_ms, |row| row.at_ms).ok().map(|place| all[place])
        };
        rows.retain(|row| match at(&given, row.at_ms) {
            None => !overwrite || at(&new, row.at_ms).is_none(),
            Some(given) if self.growing || given == *row => false,
            Some(given) => !overwrite || at(&new, row.at_ms) == Some(given),
        });
        let stands: Vec<i64> = rows.iter().map(|row| row.at_ms).collect();
        rows.extend(new.into_iter().filter(|row| stands.binary_search(&row.at_ms).is_err()));
        rows.sort_by_key(|row| row.at_ms);
        Ok(rows)
    }
}
