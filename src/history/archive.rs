//! The sealed part of the history, and the only thing that writes it: hours
//! become files, days and months are merged, old files go. Each step ends with a
//! swap of the catalogue; whatever happens before it, nothing has changed, and
//! what is left behind is tidied up at the next start.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::catalogue::{Catalogue, Entry, remove};
use super::event::Event;
use super::fault::HistoryError;
use super::merge::{Merge, settle};
use super::open_hours::{HOUR_MS, OpenHour, Series};
use super::read::{FORMAT, Facts, OpenFile, Wanted};
use super::rollup::{Rollup, rollups};
use super::row::{FileKind, Row};
use super::sample::{Meaning, Meanings, Name, Sample};
use super::span::{Span, day_of, month_of};
use super::swap::{Failed, NewFile, Swap};
use super::write::Stays;

/// Samples that are unpacked at a time when an hour is sealed.
const AT_A_TIME: usize = 50_000;

/// How long files are kept, by kind; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    pub raw_days: Option<u32>,
    pub rollup_days: Option<u32>,
    pub event_days: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self { raw_days: Some(731), rollup_days: None, event_days: None }
    }
}

impl Retention {
    const fn days(&self, kind: FileKind) -> Option<u32> {
        match kind {
            FileKind::Raw => self.raw_days,
            FileKind::Rollup => self.rollup_days,
            FileKind::Event => self.event_days,
        }
    }
}

/// See the module. One a folder.
#[derive(Debug)]
pub struct Archive {
    pub(super) folder: PathBuf,
    pub(super) catalogue: Catalogue,
    /// Files that turned out to be damaged: never merged again.
    damaged: BTreeSet<String>,
}

impl Archive {
    /// Opens the folder, and makes it if need be; what was found amiss is told.
    ///
    /// # Errors
    /// If the folder cannot be used, or is of a newer program.
    pub fn open(folder: &Path) -> Result<(Self, Vec<HistoryError>), HistoryError> {
        let found = Catalogue::open(folder)?;
        let mut catalogue = found.catalogue;
        catalogue.format = FORMAT;
        catalogue.next = catalogue.next.max(1);
        let archive = Self { folder: folder.to_owned(), catalogue, damaged: BTreeSet::new() };
        Ok((archive, found.faults))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    #[must_use]
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The highest number of samples or events of this hour that is sealed.
    #[must_use]
    pub fn sealed(&self, kind: FileKind, hour: i64) -> Option<u64> {
        let from = hour * HOUR_MS;
        let files = self.catalogue.of(kind, from, from + HOUR_MS);
        files.filter_map(|file| file.facts.upto.get(&hour).copied()).max()
    }

    /// The highest number of all that is sealed.
    #[must_use]
    pub fn last_number(&self) -> Option<u64> {
        self.catalogue.files.iter().flat_map(|file| file.facts.upto.values()).copied().max()
    }

    /// Makes files of an hour that is over, which may be forgotten then. Says how
    /// many frames could not be read.
    ///
    /// # Errors
    /// If that cannot be written; nothing has changed then.
    pub fn seal(&mut self, hour: &OpenHour, series: &[Series]) -> Result<usize, HistoryError> {
        let span = Span { from_ms: hour.hour * HOUR_MS, until_ms: (hour.hour + 1) * HOUR_MS };
        let (samples, events) = hour.last();
        let mut swap = Swap::default();
        let mut unreadable = 0;
        if let Some(upto) = samples {
            let file = self.file::<Sample>(span, Stays::ForNow)?;
            unreadable = self.write_samples(file, hour, series, upto, &mut swap)?;
        }
        if let Some(upto) = events {
            let mut file = self.file::<Event>(span, Stays::ForNow)?;
            push_events(&mut file, hour.events()?)?;
            file.facts.upto.insert(hour.hour, upto);
            swap.add(file.finish(&Meanings::new())?);
        }
        self.swap(swap)?;
        Ok(unreadable)
    }

    fn write_samples(
        &self,
        mut file: NewFile<Sample>,
        hour: &OpenHour,
        series: &[Series],
        upto: u64,
        swap: &mut Swap,
    ) -> Result<usize, HistoryError> {
        let mut counts = vec![0_usize; series.len()];
        let mut unreadable = hour.samples(|number, _| {
            if let Some(count) = counts.get_mut(number as usize) {
                *count += 1;
            }
        })?;
        let nameless = series.iter().zip(&counts).filter(|(it, _)| it.name.is_empty());
        unreadable += usize::from(nameless.map(|(_, count)| count).sum::<usize>() > 0);
        // One point may have had several meanings, so several numbers.
        let mut names: BTreeMap<&Name, (usize, &Meaning)> = BTreeMap::new();
        for (series, count) in series.iter().zip(&counts).filter(|(_, count)| **count > 0) {
            let known = names.entry(&series.name).or_insert((0, &series.meaning));
            *known = (known.0 + count, &series.meaning);
        }
        names.retain(|name, _| !name.is_empty());
        let mut meanings = Meanings::new();
        let mut todo = names.into_iter().peekable();
        while todo.peek().is_some() {
            let mut together: BTreeMap<&Name, Vec<Sample>> = BTreeMap::new();
            let mut room = AT_A_TIME;
            while let Some((name, (count, meaning))) =
                todo.next_if(|(_, (count, _))| room == AT_A_TIME || *count <= room)
            {
                room = room.saturating_sub(count);
                together.insert(name, Vec::with_capacity(count));
                meanings.insert(name.clone(), meaning.clone());
            }
            hour.samples(|number, sample| {
                let name = series.get(number as usize).map(|series| &series.name);
                if let Some(samples) = name.and_then(|name| together.get_mut(name)) {
                    samples.push(sample);
                }
            })?;
            for (name, mut samples) in together {
                settle(&mut samples);
                file.writer.push(name, &samples)?;
            }
        }
        file.facts.upto.insert(hour.hour, upto);
        swap.add(file.finish(&meanings)?);
        Ok(unreadable)
    }

    /// Takes in samples that were not heard but brought: an import, a simulation.
    /// Points in order of names, times in order, all within `span`, which lies
    /// within one day.
    ///
    /// # Errors
    /// If they cannot be written; nothing has changed then.
    pub fn take_in(
        &mut self,
        span: Span,
        runs: &[(Name, Vec<Sample>)],
        meanings: &Meanings,
    ) -> Result<(), HistoryError> {
        let mut file = self.file::<Sample>(span, Stays::ForNow)?;
        for (point, samples) in runs {
            file.writer.push(point, samples)?;
        }
        let mut swap = Swap::default();
        swap.add(file.finish(meanings)?);
        self.swap(swap)
    }

    /// Takes in a whole UTC day that was not heard but simulated: its samples, their
    /// quarter hours, and what happened, as they stay. Points in order of names,
    /// times in order.
    ///
    /// # Errors
    /// If they cannot be written; nothing has changed then.
    pub fn take_in_day(
        &mut self,
        day: Span,
        runs: &[(Name, Vec<Sample>)],
        events: Vec<Event>,
        meanings: &Meanings,
    ) -> Result<(), HistoryError> {
        let nothing = Meaning::Unit(String::new());
        let mut file = self.file::<Sample>(day, Stays::ForYears)?;
        let mut quarters = self.file::<Rollup>(day, Stays::ForNow)?;
        for (point, samples) in runs {
            file.writer.push(point, samples)?;
            let meaning = meanings.get(point).unwrap_or(&nothing);
            quarters.writer.push(point, &rollups(samples, day.until_ms, meaning))?;
        }
        let mut swap = Swap::default();
        swap.add(file.finish(meanings)?);
        swap.add(quarters.finish(meanings)?);
        if !events.is_empty() {
            let mut file = self.file::<Event>(day, Stays::ForNow)?;
            push_events(&mut file, events)?;
            swap.add(file.finish(&Meanings::new())?);
        }
        self.swap(swap)
    }

    /// Merges what is over at `now_ms`: the hours of a day to one file, with its
    /// quarter hours; the days of a month to one, except of the samples. `open`
    /// are hours that are not sealed. Files that turn out to be damaged
    /// are left as they are, and told.
    ///
    /// # Errors
    /// If something cannot be written.
    pub fn merge(
        &mut self,
        now_ms: i64,
        open: &BTreeSet<i64>,
    ) -> Result<Vec<HistoryError>, HistoryError> {
        let mut faults = Vec::new();
        let is_over = |span: Span| {
            span.until_ms <= now_ms && !open.iter().any(|hour| span.has(hour * HOUR_MS))
        };
        for day in self.unmerged(FileKind::Raw, day_of).into_iter().filter(|it| is_over(*it)) {
            self.merge_samples(day, &mut faults)?;
        }
        for day in self.unmerged(FileKind::Event, day_of).into_iter().filter(|it| is_over(*it)) {
            self.merge_rows::<Event>(day, &mut faults)?;
        }
        for month in self.unmerged(FileKind::Event, month_of).into_iter().filter(|it| is_over(*it))
        {
            self.merge_rows::<Event>(month, &mut faults)?;
        }
        for month in self.unmerged(FileKind::Rollup, month_of).into_iter().filter(|it| is_over(*it))
        {
            self.merge_rows::<Rollup>(month, &mut faults)?;
        }
        Ok(faults)
    }

    /// The spans of which there are files that are smaller, or several.
    fn unmerged(&self, kind: FileKind, span: fn(i64) -> Span) -> BTreeSet<Span> {
        let mut seen: BTreeMap<Span, usize> = BTreeMap::new();
        let mut spans = BTreeSet::new();
        for file in self.catalogue.files.iter().filter(|file| file.facts.kind == kind) {
            let whole = span(file.facts.from_ms);
            if self.damaged.contains(&file.name) || file.facts.until_ms > whole.until_ms {
                continue;
            }
            let count = seen.entry(whole).or_insert(0);
            *count += 1;
            if *count > 1 || file.facts.until_ms - file.facts.from_ms < whole.length_ms() {
                spans.insert(whole);
            }
        }
        spans
    }

    /// A file is damaged: it is never merged again.
    pub(super) fn leave_alone(&mut self, file: &Entry) {
        self.damaged.insert(file.name.clone());
    }

    /// What is to be merged to `span`, oldest first.
    pub(super) fn within(&self, kind: FileKind, span: Span) -> Vec<Entry> {
        let files = self.catalogue.of(kind, span.from_ms, span.until_ms);
        let fits = |file: &&Entry| {
            file.facts.from_ms >= span.from_ms
                && file.facts.until_ms <= span.until_ms
                && !self.damaged.contains(&file.name)
        };
        files.filter(fits).cloned().collect()
    }

    fn merge_samples(
        &mut self,
        day: Span,
        faults: &mut Vec<HistoryError>,
    ) -> Result<(), HistoryError> {
        let nothing = Meaning::Unit(String::new());
        self.merging(day, faults, |archive, inputs, swap| {
            let mut raw = archive.catalogue.of(FileKind::Raw, day.from_ms, day.until_ms);
            if raw.any(|file| archive.damaged.contains(&file.name)) {
                *swap = archive.made_anew(day, inputs)?;
                return Ok(());
            }
            let mut file = archive.file::<Sample>(day, Stays::ForYears)?;
            let mut quarters = archive.file::<Rollup>(day, Stays::ForNow)?;
            // The quarter hours of this day that there were are made anew.
            let before = archive.within(FileKind::Rollup, day);
            quarters.facts.replaces = before.iter().map(|file| file.name.clone()).collect();
            let (merge, meanings) = archive.open_all(inputs, &mut file.facts)?;
            merge.each(|point, samples| {
                file.writer.push(point, samples)?;
                let meaning = meanings.get(point).unwrap_or(&nothing);
                quarters.writer.push(point, &rollups(samples, day.until_ms, meaning))
            })?;
            swap.add(file.finish(&meanings)?);
            swap.add(quarters.finish(&meanings)?);
            Ok(())
        })
    }

    fn merge_rows<R: Row>(
        &mut self,
        span: Span,
        faults: &mut Vec<HistoryError>,
    ) -> Result<(), HistoryError> {
        self.merging_of(R::KIND, span, faults, |archive, inputs, swap| {
            let mut file = archive.file::<R>(span, Stays::ForYears)?;
            let (merge, meanings) = archive.open_all(inputs, &mut file.facts)?;
            merge.each(|point, rows| file.writer.push(point, rows))?;
            swap.add(file.finish(&meanings)?);
            Ok(())
        })
    }

    fn merging(
        &mut self,
        day: Span,
        faults: &mut Vec<HistoryError>,
        merge: impl Fn(&Self, &[Entry], &mut Swap) -> Result<(), Failed>,
    ) -> Result<(), HistoryError> {
        self.merging_of(FileKind::Raw, day, faults, merge)
    }

    /// Merges the files of a kind; one that is damaged is left out and it is
    /// begun again.
    fn merging_of(
        &mut self,
        kind: FileKind,
        span: Span,
        faults: &mut Vec<HistoryError>,
        merge: impl Fn(&Self, &[Entry], &mut Swap) -> Result<(), Failed>,
    ) -> Result<(), HistoryError> {
        loop {
            let inputs = self.within(kind, span);
            if inputs.is_empty() {
                return Ok(());
            }
            let mut swap = Swap::default();
            match merge(self, &inputs, &mut swap) {
                Ok(()) => return self.swap(swap),
                Err((Some(place), fault)) => {
                    self.leave_alone(&inputs[place]);
                    faults.push(fault);
                }
                Err((None, fault)) => return Err(fault),
            }
        }
    }

    /// Opens files to be merged; what they say of themselves is added up in
    /// `facts`.
    pub(super) fn open_all<R: Row>(
        &self,
        inputs: &[Entry],
        facts: &mut Facts,
    ) -> Result<(Merge<'static, R>, Meanings), Failed> {
        let mut meanings = Meanings::new();
        let mut runs = Vec::new();
        for (place, input) in inputs.iter().enumerate() {
            let failed = |error| (Some(place), error);
            // What it replaces will be gone: changed bytes must not pass.
            input.verify(&self.folder).map_err(failed)?;
            let open = OpenFile::open(&input.path(&self.folder)).map_err(failed)?;
            meanings.append(&mut open.meanings().map_err(failed)?);
            runs.push(open.runs(&Wanted::default()));
            facts.replaces.insert(input.name.clone());
            for (hour, upto) in &input.facts.upto {
                let known = facts.upto.entry(*hour).or_insert(*upto);
                *known = (*known).max(*upto);
            }
        }
        Ok((Merge::of(runs, Vec::new()), meanings))
    }

    /// Removes files that are wholly older than they are kept. Says how many.
    ///
    /// # Errors
    /// If the catalogue cannot be written; nothing has changed then.
    pub fn expire(&mut self, now_ms: i64, retention: &Retention) -> Result<usize, HistoryError> {
        let is_old = |file: &Entry| {
            retention
                .days(file.facts.kind)
                .is_some_and(|days| file.facts.until_ms + i64::from(days) * 24 * HOUR_MS <= now_ms)
        };
        let (old, kept): (Vec<Entry>, Vec<Entry>) =
            self.catalogue.files.iter().cloned().partition(is_old);
        if old.is_empty() {
            return Ok(0);
        }
        let next = Catalogue { files: kept, ..self.catalogue.clone() };
        next.write(&self.folder)?;
        self.catalogue = next;
        for file in &old {
            let path = file.path(&self.folder);
            remove(&path).map_err(HistoryError::io("could not remove", &path))?;
        }
        Ok(old.len())
    }
}

fn push_events(file: &mut NewFile<Event>, events: Vec<Event>) -> Result<(), HistoryError> {
    let mut by_point: BTreeMap<Name, Vec<Event>> = BTreeMap::new();
    for event in events {
        by_point.entry(event.point.clone()).or_default().push(event);
    }
    for (point, mut events) in by_point {
        settle(&mut events);
        file.writer.push(&point, &events)?;
    }
    Ok(())
}
