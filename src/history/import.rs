//! Values from elsewhere, straight into sealed files of the past: each day becomes
//! one file, swapped in by one step. What was recorded stands unless told otherwise:
//! a brought sample counts only where the recorder did not run. Brought twice, a day
//! is as brought once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::archive::Archive;
use super::catalogue::Entry;
use super::fault::{HistoryError, Unfit};
use super::open_hours::HOUR_MS;
use super::read::{OpenFile, Wanted};
use super::rollup::Rollup;
use super::row::FileKind;
use super::sample::{Meaning, Meanings, Name, Sample};
use super::span::{Span, day_of};
use super::standing::Standing;
use super::swap::{Failed, NewFile, Swap};
use super::write::Stays;
use crate::model::Quality;

/// Ms since 1970 UTC, canonical value, quality.
pub type Given = (i64, Option<f64>, Quality);

/// Samples of one point and one UTC day, in order of time. One without a value and
/// of quality `NeverRead` is a silence: nothing more is said from then on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Brought {
    pub point: Name,
    pub meaning: Meaning,
    pub samples: Vec<Given>,
    pub carry: Carry,
}

/// What holds of a point where a day begins, from the day before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Carry {
    /// The last sample that was there already.
    known: Option<Given>,
    /// A brought value still holds.
    ours: bool,
}

/// A UTC day, or some points of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Import {
    /// Its beginning, ms since 1970.
    pub day_ms: i64,
    /// What was recorded gives way.
    pub overwrite: bool,
    /// In order of names.
    pub points: Vec<Brought>,
}

impl Import {
    /// Takes it in.
    ///
    /// # Errors
    /// As [`Archive::bring`].
    pub fn bring_to(&self, archive: &mut Archive) -> Result<DayBrought, HistoryError> {
        archive.bring(day_of(self.day_ms), &self.points, self.overwrite)
    }
}

/// What became of brought samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub new: u64,
    /// They were there already.
    pub same: u64,
    /// Something else was recorded at that time.
    pub left_out: u64,
    /// What was recorded and gave way.
    pub replaced: u64,
}

impl Counts {
    pub fn add(&mut self, other: Self) {
        self.new += other.new;
        self.same += other.same;
        self.left_out += other.left_out;
        self.replaced += other.replaced;
    }
}

/// What a point has after a day was brought.
#[derive(Debug, Clone, Default)]
pub struct Laid {
    pub samples: Vec<Sample>,
    pub counts: Counts,
    /// False: the day stays as it was.
    pub changed: bool,
    pub carry: Carry,
}

fn sample((at_ms, value, quality): Given) -> Sample {
    Sample { at_ms, value, quality }
}

const fn given(sample: &Sample) -> Given {
    (sample.at_ms, sample.value, sample.quality)
}

fn is_silence(sample: &Sample) -> bool {
    sample.value.is_none() && sample.quality == Quality::NeverRead
}

/// Lays brought samples beside those that are there, all of one point and day;
/// `goes_on`: something is there soon after this day, too. A value that was there
/// counts up to the next one that was: behind the last, nobody recorded.
#[must_use]
pub fn lay(existing: &[Sample], brought: &Brought, overwrite: bool, goes_on: bool) -> Laid {
    let mut layer = Layer {
        laid: Laid::default(),
        known: brought.carry.known.map(sample),
        ours: brought.carry.ours,
        overwrite,
    };
    let mut there = existing.iter().peekable();
    for new in brought.samples.iter().copied().map(sample) {
        while let Some(old) = there.next_if(|old| old.at_ms < new.at_ms) {
            layer.old(old);
        }
        let old = there.next_if(|old| old.at_ms == new.at_ms);
        let goes_on = goes_on || old.is_some() || there.peek().is_some();
        layer.brought(&new, old, goes_on);
    }
    there.for_each(|old| layer.old(old));
    layer.laid.carry = Carry { known: layer.known.as_ref().map(given), ours: layer.ours };
    layer.laid
}

struct Layer {
    laid: Laid,
    /// The last that was there already.
    known: Option<Sample>,
    /// A brought value holds.
    ours: bool,
    overwrite: bool,
}

impl Layer {
    fn put(&mut self, sample: Sample, changed: bool) {
        self.laid.samples.push(sample);
        self.laid.changed |= changed;
    }

    /// One that was there, at a time of which nothing was brought.
    fn old(&mut self, old: &Sample) {
        self.known = Some(*old);
        if self.ours && (self.overwrite || is_silence(old)) {
            self.laid.changed = true;
            self.laid.counts.replaced += u64::from(!is_silence(old));
            return;
        }
        self.ours = false;
        self.put(*old, false);
    }

    /// A brought one, what was there at the same time, and whether there is something
    /// at it or later.
    fn brought(&mut self, new: &Sample, old: Option<&Sample>, goes_on: bool) {
        self.known = old.copied().or(self.known);
        let recorded = self.known.filter(|known| goes_on && !is_silence(known));
        if old.is_some_and(|old| old.says_same(new)) {
            self.laid.counts.same += u64::from(!is_silence(new));
            self.ours = self.overwrite && new.value.is_some();
            return self.put(*new, false);
        }
        if is_silence(new) {
            let held = std::mem::take(&mut self.ours);
            match (recorded, old) {
                // Where the brought value ends, what was recorded goes on.
                (Some(known), _) if held => {
                    let changed = old.is_none_or(|old| !old.says_same(&known));
                    self.put(Sample { at_ms: new.at_ms, ..known }, changed);
                }
                (_, Some(old)) => self.put(*old, false),
                (None, None) if held => self.put(*new, true),
                _ => {}
            }
            return;
        }
        if recorded.is_some() && !self.overwrite {
            self.laid.counts.left_out += 1;
            self.ours = false;
            return old.into_iter().for_each(|old| self.put(*old, false));
        }
        self.laid.counts.new += 1;
        self.laid.counts.replaced += u64::from(old.is_some_and(|old| !is_silence(old)));
        self.ours = true;
        self.put(*new, true);
    }
}

/// What became of a day.
#[derive(Debug, Default)]
pub struct DayBrought {
    /// By place in what was brought.
    pub points: Vec<(Counts, Carry)>,
    /// Files that turned out to be damaged; they are left as they are.
    pub faults: Vec<HistoryError>,
}

impl Archive {
    /// Takes in what was brought of one UTC day, points in order of names: the day's
    /// samples and quarter hours are made anew if anything changes. Quarter hours whose
    /// samples can no longer be read stay as they were recorded.
    ///
    /// # Errors
    /// If it is [`Unfit`] or cannot be written; nothing has changed then.
    pub fn bring(
        &mut self,
        day: Span,
        brought: &[Brought],
        overwrite: bool,
    ) -> Result<DayBrought, HistoryError> {
        require_fit(day, brought)?;
        let mut done = DayBrought::default();
        loop {
            let inputs = self.within(FileKind::Raw, day);
            match self.laid(day, &inputs, Some(brought), overwrite) {
                Ok((swap, points)) => {
                    if let Some(swap) = swap {
                        self.swap(swap)?;
                    }
                    done.points = points;
                    return Ok(done);
                }
                Err((Some(place), fault)) => {
                    self.leave_alone(&inputs[place]);
                    done.faults.push(fault);
                }
                Err((None, fault)) => return Err(fault),
            }
        }
    }

    /// Points of which there is something in the hour after a day.
    fn going_on(&self, day: Span, brought: &[Brought]) -> BTreeSet<Name> {
        let points: BTreeSet<Name> = brought.iter().map(|it| it.point.clone()).collect();
        let (from_ms, until_ms) = (day.until_ms, day.until_ms + HOUR_MS);
        let mut found = BTreeSet::new();
        for file in self.catalogue().of(FileKind::Raw, from_ms, until_ms) {
            // One that is damaged is told when its own day's turn comes.
            let Ok(open) = OpenFile::open(&file.path(self.folder())) else { continue };
            let wanted = Wanted { points: Some(&points), columns: Some(&[]) };
            let mut runs = open.runs::<Sample>(&wanted);
            while let Ok(Some(run)) = runs.next_run() {
                if run.rows.iter().any(|row| (from_ms..until_ms).contains(&row.at_ms)) {
                    found.insert(run.point);
                }
            }
        }
        found
    }

    /// A day made anew of the files of it that are whole, where one is not: the
    /// quarter hours that were made of that one stand.
    pub(super) fn made_anew(&self, day: Span, inputs: &[Entry]) -> Result<Swap, Failed> {
        let (swap, _) = self.laid(day, inputs, None, false)?;
        Ok(swap.unwrap_or_default())
    }

    /// `brought`: `None` makes the files anew though nothing is brought.
    fn laid(
        &self,
        span: Span,
        inputs: &[Entry],
        brought: Option<&[Brought]>,
        overwrite: bool,
    ) -> Result<Finished, Failed> {
        let (anew, brought) = (brought.is_none(), brought.unwrap_or_default());
        let mut file = self.file::<Sample>(span, Stays::ForYears)?;
        let mut quarters = self.file::<Rollup>(span, Stays::ForNow)?;
        let before = self.within(FileKind::Rollup, span);
        quarters.facts.replaces = before.iter().map(|file| file.name.clone()).collect();
        let (merge, mut meanings) = self.open_all(inputs, &mut file.facts)?;
        let standing = Standing::open(self, span, inputs, &mut meanings)?;
        for point in brought {
            meanings.entry(point.point.clone()).or_insert_with(|| point.meaning.clone());
        }
        let points = Vec::with_capacity(brought.len());
        let going_on = self.going_on(span, brought);
        let mut day =
            Day { file, quarters, standing, meanings, overwrite, going_on, changed: anew, points };
        let mut new = brought.iter().peekable();
        merge.each(|point, existing| {
            while let Some(new) = new.next_if(|new| new.point < *point) {
                day.take(new, &[])?;
            }
            match new.next_if(|new| new.point == *point) {
                Some(new) => day.take(new, existing),
                None => day.put(point, existing, existing),
            }
        })?;
        new.try_for_each(|new| day.take(new, &[]))?;
        Ok(day.finish()?)
    }
}

/// # Errors
/// If points or times are not in order, or lie outside of the day.
fn require_fit(day: Span, brought: &[Brought]) -> Result<(), HistoryError> {
    let unfit = |unfit| Err(HistoryError::Unfit(unfit));
    if let Some(pair) = brought.windows(2).find(|pair| pair[0].point >= pair[1].point) {
        return unfit(Unfit::Order(pair[1].point.clone()));
    }
    for Brought { point, samples, .. } in brought {
        let mut before = None;
        for (at_ms, ..) in samples {
            if !day.has(*at_ms) || before >= Some(*at_ms) {
                return unfit(Unfit::Time(point.clone(), *at_ms));
            }
            before = Some(*at_ms);
        }
    }
    Ok(())
}

/// Files, if anything has changed, and what became of each point.
type Finished = (Option<Swap>, Vec<(Counts, Carry)>);

/// A day's files in the making.
struct Day {
    file: NewFile<Sample>,
    quarters: NewFile<Rollup>,
    standing: Standing,
    meanings: Meanings,
    overwrite: bool,
    going_on: BTreeSet<Name>,
    changed: bool,
    points: Vec<(Counts, Carry)>,
}

impl Day {
    fn put(
        &mut self,
        point: &Name,
        existing: &[Sample],
        laid: &[Sample],
    ) -> Result<(), HistoryError> {
        self.keep(Some(point))?;
        let nothing = Meaning::Unit(String::new());
        let meaning = self.meanings.get(point).unwrap_or(&nothing);
        let both = (existing, laid);
        let quarters = self.standing.quarters(point, both, meaning, self.overwrite)?;
        self.file.writer.push(point, laid)?;
        self.quarters.writer.push(point, &quarters)
    }

    /// The quarter hours of points without samples, up to this one or all.
    fn keep(&mut self, before: Option<&Name>) -> Result<(), HistoryError> {
        while let Some((point, rows)) = self.standing.before(before)? {
            self.quarters.writer.push(&point, &rows)?;
        }
        Ok(())
    }

    fn take(&mut self, new: &Brought, existing: &[Sample]) -> Result<(), HistoryError> {
        let laid = lay(existing, new, self.overwrite, self.going_on.contains(&new.point));
        self.changed |= laid.changed;
        self.points.push((laid.counts, laid.carry));
        self.put(&new.point, existing, &laid.samples)
    }

    /// `None` in place of files where nothing has changed.
    fn finish(mut self) -> Result<Finished, HistoryError> {
        if !self.changed {
            return Ok((None, self.points));
        }
        self.keep(None)?;
        let mut swap = Swap::default();
        swap.add(self.file.finish(&self.meanings)?);
        swap.add(self.quarters.finish(&self.meanings)?);
        Ok((Some(swap), self.points))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Quality = Quality::Good;

    fn at(minute: i64, value: f64) -> Sample {
        Sample { at_ms: minute * 60_000, value: Some(value), quality: GOOD }
    }

    fn silence(minute: i64) -> Sample {
        Sample::gap(minute * 60_000, Quality::NeverRead)
    }

    fn laid(there: &[Sample], new: &[Sample], overwrite: bool) -> Laid {
        let brought = Brought {
            point: "Haus.A.B".into(),
            meaning: Meaning::Unit("°C".into()),
            samples: new.iter().map(given).collect(),
            carry: Carry::default(),
        };
        lay(there, &brought, overwrite, false)
    }

    #[test]
    fn what_is_out_of_order_or_of_another_day_is_unfit() {
        let of = |point: &str, minutes: &[i64]| Brought {
            point: point.into(),
            meaning: Meaning::Unit("°C".into()),
            samples: minutes.iter().map(|minute| given(&at(*minute, 1.0))).collect(),
            carry: Carry::default(),
        };
        let why = |brought: &[Brought]| match require_fit(day_of(0), brought) {
            Ok(()) => None,
            Err(HistoryError::Unfit(unfit)) => Some(unfit),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(why(&[of("A", &[0, 1439]), of("B", &[])]), None);
        for names in [["B", "A"], ["A", "A"]] {
            let twice = names.map(|name| of(name, &[]));
            assert_eq!(why(&twice), Some(Unfit::Order("A".into())));
        }
        for (minutes, wrong) in [([5, 5], 5), ([5, 4], 4), ([0, 1440], 1440), ([-1, 3], -1)] {
            assert_eq!(why(&[of("A", &minutes)]), Some(Unfit::Time("A".into(), wrong * 60_000)));
        }
    }

    #[test]
    fn what_was_recorded_stands_and_the_time_without_a_recorder_is_filled() {
        let there = [at(20, 1.0), at(30, 2.0), silence(40), at(90, 3.0), at(99, 4.0)];
        let new = [at(10, 9.0), at(25, 9.0), at(35, 9.0), at(45, 9.0), at(95, 9.0), silence(110)];
        let first = laid(&there, &new, false);
        let wanted = [
            at(10, 9.0),
            at(20, 1.0),
            at(30, 2.0),
            silence(40),
            at(45, 9.0),
            at(90, 3.0),
            at(99, 4.0),
        ];
        assert_eq!(first.samples, wanted);
        assert_eq!((first.counts.new, first.counts.left_out, first.counts.replaced), (2, 3, 0));
        let second = laid(&first.samples, &new, false);
        assert_eq!(second.samples, wanted);
        assert!(!second.changed && second.counts.new == 0 && second.counts.same == 2);
    }

    #[test]
    fn a_silence_at_the_end_gives_way_to_what_is_brought_later() {
        let first = laid(&[], &[at(0, 1.0), at(15, 2.0), silence(30)], false);
        assert_eq!(first.samples, [at(0, 1.0), at(15, 2.0), silence(30)]);
        let later = laid(&first.samples, &[at(30, 3.0), at(45, 4.0), silence(60)], false);
        let wanted = [at(0, 1.0), at(15, 2.0), at(30, 3.0), at(45, 4.0), silence(60)];
        assert_eq!(later.samples, wanted);
        // One that lies somewhere in between does not cut through what holds.
        let around = laid(&[silence(37)], &[at(30, 3.0), at(45, 4.0), silence(60)], false);
        assert_eq!(around.samples, [at(30, 3.0), at(45, 4.0), silence(60)]);
    }

    #[test]
    fn behind_the_last_of_a_break_off_everything_is_taken() {
        let there = [at(0, 1.0), at(15, 2.0)];
        let new = [at(0, 1.0), at(15, 2.0), at(30, 3.0), silence(45)];
        assert_eq!(laid(&there, &new, false).samples, new);
        assert_eq!(
            laid(&there, &new, false).counts,
            Counts { new: 1, same: 2, ..Counts::default() }
        );
    }

    #[test]
    fn told_to_what_is_brought_replaces_and_what_was_recorded_goes_on_behind_it() {
        let there = [at(0, 1.0), at(10, 2.0), at(20, 3.0), at(50, 4.0)];
        let new = [at(5, 9.0), at(15, 8.0), silence(25)];
        let first = laid(&there, &new, true);
        let wanted = [at(0, 1.0), at(5, 9.0), at(15, 8.0), at(25, 3.0), at(50, 4.0)];
        assert_eq!(first.samples, wanted);
        assert_eq!((first.counts.new, first.counts.replaced), (2, 2));
        let again = laid(&first.samples, &new, true);
        assert_eq!(again.samples, wanted);
        assert!(!again.changed, "{again:?}");
    }
}
