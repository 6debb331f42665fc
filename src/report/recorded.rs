//! What the history holds of a counter or a power, as reports want it: quarter
//! hours where nothing happened, for they are quick to read and kept for ever;
//! reading by reading on days on which something did, as long as those are kept.

use std::collections::{BTreeMap, BTreeSet};

use super::consumption::{Manner, Step};
use super::counter::{Counter, FLOAT_STEPS};
use crate::history::rollup::{QUARTER_MS, rollups};
use crate::history::span::{DAY_MS, day_of, month_of};
use crate::history::{FileKind, HEARTBEAT, Meaning, Name, Query, Rollup, Sample, Shelf, Span};
use crate::model::Quality;

/// So far around a period its neighbours are looked at: a reading before and
/// behind a gap at its ends.
pub const AROUND_MS: i64 = 62 * DAY_MS;
/// A value holds so long behind its last sample, if no gap says otherwise: a live
/// point is heard each heartbeat.
const HOLDS_MS: i64 = HEARTBEAT.as_millis() as i64 + 5 * 60_000;
const QUARTERS: usize = (DAY_MS / QUARTER_MS) as usize;

/// What is to be read: a point's name, with those it had before.
#[derive(Debug)]
pub enum Wanted<'a> {
    Counter(BTreeSet<Name>, Counter<'a>),
    Power(BTreeSet<Name>),
}

/// What there was.
#[derive(Debug)]
pub enum Recorded {
    /// The samples of a counter around the period, and until when the last one holds.
    Counter(Vec<Sample>, i64),
    /// The energy of a power in the period, J, by its quarter hours: of the time in
    /// which it was known, and of no other.
    Power(Vec<Step>),
}

impl Wanted<'_> {
    const fn names(&self) -> &BTreeSet<Name> {
        let (Self::Counter(names, _) | Self::Power(names)) = self;
        names
    }
}

/// Reads all that is wanted in one pass over the files.
pub fn read(shelf: &mut Shelf, wanted: &[Wanted<'_>], span: Span) -> Vec<Recorded> {
    let wide = Span { from_ms: span.from_ms - AROUND_MS, until_ms: span.until_ms + AROUND_MS };
    let rolled_ms = rolled_until(shelf).clamp(wide.from_ms, wide.until_ms);
    let mut foldings: Vec<Folding<'_>> =
        wanted.iter().map(|wanted| Folding::new(wanted, span, rolled_ms)).collect();
    let owners = Owners::of(wanted);
    roll(shelf, &owners, wide, &mut foldings);
    for day in busy_days(&foldings) {
        let busy = |place: usize| foldings[place].busy.contains(&day.from_ms);
        let names = owners.names(busy);
        for (place, samples) in raw(shelf, &owners, &names, day) {
            let folding = &mut foldings[place];
            // Where they are kept no more, the quarter hours must do.
            if folding.busy.contains(&day.from_ms) && !samples.is_empty() {
                folding.calm.insert(day.from_ms, samples);
            }
        }
    }
    let tail = Span { from_ms: rolled_ms, until_ms: wide.until_ms };
    let mut tails = raw(shelf, &owners, &owners.names(|_| true), tail);
    let whole = foldings.into_iter().enumerate();
    whole
        .map(|(place, folding)| folding.whole(tails.remove(&place).unwrap_or_default(), tail, span))
        .collect()
}

/// Whose a name is.
struct Owners<'a> {
    places: BTreeMap<&'a Name, Vec<usize>>,
}

impl<'a> Owners<'a> {
    fn of(wanted: &'a [Wanted<'_>]) -> Self {
        let mut places: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
        for (place, wanted) in wanted.iter().enumerate() {
            for name in wanted.names() {
                places.entry(name).or_default().push(place);
            }
        }
        Self { places }
    }

    fn names(&self, of: impl Fn(usize) -> bool) -> BTreeSet<Name> {
        let theirs = self.places.iter().filter(|(_, places)| places.iter().any(|it| of(*it)));
        theirs.map(|(name, _)| (*name).clone()).collect()
    }

    fn places(&self, name: &Name) -> &[usize] {
        self.places.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What is made of the quarter hours of one point while they are read.
struct Folding<'a> {
    counter: Option<&'a Counter<'a>>,
    /// Days that are looked at closely if something happened on them.
    near: Span,
    rolled_ms: i64,
    /// Of the month that is being read, if there are several names; else it is folded as
    /// it comes.
    month: Vec<Rollup>,
    several: bool,
    /// The next day to be folded; `None`: nothing was there yet.
    next_ms: Option<i64>,
    before: Option<f64>,
    busy: BTreeSet<i64>,
    calm: BTreeMap<i64, Vec<Sample>>,
    steps: Vec<Step>,
}

impl<'a> Folding<'a> {
    fn new(wanted: &'a Wanted<'a>, span: Span, rolled_ms: i64) -> Self {
        let near = Span { from_ms: span.from_ms - DAY_MS, until_ms: span.until_ms + DAY_MS };
        let counter = match wanted {
            Wanted::Counter(_, counter) => Some(counter),
            Wanted::Power(_) => None,
        };
        Self {
            counter,
            near,
            rolled_ms,
            month: Vec::new(),
            several: wanted.names().len() > 1,
            next_ms: None,
            before: None,
            busy: BTreeSet::new(),
            calm: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    /// Takes what one name has in a month.
    fn take(&mut self, rows: &[Rollup], month: Span) {
        if self.several {
            self.month.extend_from_slice(rows);
        } else {
            self.fold(rows, month.until_ms.min(self.rolled_ms));
        }
    }

    /// There is nothing more before `until_ms`.
    fn close(&mut self, until_ms: i64) {
        // Of several names each may have a part.
        let mut month = std::mem::take(&mut self.month);
        month.sort_by_key(|row| row.at_ms);
        self.fold(&month, until_ms);
    }

    /// Folds what there is of a month, and the days without anything before `until_ms`.
    fn fold(&mut self, month: &[Rollup], until_ms: i64) {
        let Some(counter) = self.counter else {
            self.steps.extend(month.iter().filter_map(step));
            return;
        };
        if self.next_ms.is_none() {
            self.next_ms = month.first().map(|first| day_of(first.at_ms).from_ms);
        }
        let Some(next_ms) = self.next_ms else { return };
        let mut day = day_of(next_ms);
        let mut rest = month;
        while day.from_ms < until_ms {
            let (quarters, later) =
                rest.split_at(rest.partition_point(|it| it.at_ms < day.until_ms));
            rest = later;
            let overlaps = day.from_ms < self.near.until_ms && self.near.from_ms < day.until_ms;
            if overlaps && !is_calm(self.before, quarters, counter) {
                self.busy.insert(day.from_ms);
            }
            let samples = of_quarters(self.before, quarters, day);
            self.before = samples.last().and_then(|last| last.value);
            self.calm.insert(day.from_ms, samples);
            day = day_of(day.until_ms);
        }
        self.next_ms = Some(day.from_ms);
    }

    /// With what no quarter hour has yet.
    fn whole(self, tail: Vec<Sample>, tail_span: Span, span: Span) -> Recorded {
        let end = |samples: &[Sample]| samples.last().map_or(0, |last| last.at_ms + HOLDS_MS);
        if self.counter.is_some() {
            let many: usize = self.calm.values().map(Vec::len).sum();
            let mut samples = Vec::with_capacity(many + tail.len());
            samples.extend(self.calm.into_values().flatten().chain(tail));
            let holds_ms = end(&samples);
            return Recorded::Counter(samples, holds_ms);
        }
        let mut steps = self.steps;
        let watts = Meaning::Unit("W".to_owned());
        let late = rollups(&tail, end(&tail).min(tail_span.until_ms), &watts);
        steps.extend(late.iter().filter_map(step));
        let first_ms = day_of(span.from_ms).from_ms;
        steps.retain(|step| step.from_ms >= first_ms && step.from_ms < span.until_ms);
        Recorded::Power(steps)
    }
}

fn step(quarter: &Rollup) -> Option<Step> {
    let mean = quarter.mean.filter(|_| quarter.known_s > 0)?;
    Some(Step {
        from_ms: quarter.at_ms,
        until_ms: quarter.at_ms + quarter.known_s * 1000,
        amount: Some(mean * quarter.known_s as f64),
        manner: Manner::Measured,
    })
}

/// Reads the quarter hours of all, and folds them month after month.
fn roll(shelf: &mut Shelf, owners: &Owners<'_>, span: Span, foldings: &mut [Folding<'_>]) {
    const COLUMNS: [&str; 5] = ["mean", "min", "max", "last", "known_s"];
    let names = owners.names(|_| true);
    let query = Query { points: Some(&names), span, columns: Some(&COLUMNS) };
    let mut month: Option<Span> = None;
    let _ = shelf.read(&query, |name, rows: &[Rollup]| {
        let Some(first) = rows.first() else { return Ok::<_, ()>(()) };
        let here = month.filter(|month| month.has(first.at_ms)).unwrap_or_else(|| {
            let next = month_of(first.at_ms);
            foldings.iter_mut().for_each(|folding| folding.close(next.from_ms));
            next
        });
        month = Some(here);
        for place in owners.places(name) {
            foldings[*place].take(rows, here);
        }
        Ok(())
    });
    for folding in foldings {
        folding.close(folding.rolled_ms);
    }
}

/// Days on which something happened at one of them, in order.
fn busy_days(foldings: &[Folding<'_>]) -> Vec<Span> {
    let days: BTreeSet<i64> = foldings.iter().flat_map(|folding| &folding.busy).copied().collect();
    days.into_iter().map(day_of).collect()
}

/// Up to here there are quarter hours.
fn rolled_until(shelf: &Shelf) -> i64 {
    let files = shelf.catalogue().files.iter();
    let rolled = files.filter(|file| file.facts.kind == FileKind::Rollup);
    rolled.map(|file| file.facts.until_ms).max().unwrap_or(i64::MIN)
}

/// The samples of these names, in order of time, by whose they are.
fn raw(
    shelf: &mut Shelf,
    owners: &Owners<'_>,
    names: &BTreeSet<Name>,
    span: Span,
) -> BTreeMap<usize, Vec<Sample>> {
    let mut samples: BTreeMap<usize, Vec<Sample>> = BTreeMap::new();
    let query = Query { points: Some(names), span, columns: None };
    let _ = shelf.read(&query, |name, rows: &[Sample]| {
        for place in owners.places(name) {
            samples.entry(*place).or_default().extend_from_slice(rows);
        }
        Ok::<_, ()>(())
    });
    samples.values_mut().for_each(|samples| samples.sort_by_key(|sample| sample.at_ms));
    samples
}

/// Whether the counter was heard all day and only went up, as its load allows.
fn is_calm(before: Option<f64>, quarters: &[Rollup], counter: &Counter<'_>) -> bool {
    let Some(mut before) = before else { return false };
    quarters.len() == QUARTERS
        && quarters.iter().all(|quarter| {
            let Rollup { min: Some(min), max: Some(max), last: Some(last), known_s, .. } = *quarter
            else {
                return false;
            };
            let wavers = (before.abs() * FLOAT_STEPS).max(1e-9);
            let up = min >= before - wavers && max <= last + wavers;
            let can = (last - before) * counter.factor <= counter.most_in(0, counter.factor);
            before = last;
            known_s == QUARTER_MS / 1000 && up && can
        })
}

/// What a day's quarter hours tell of its readings: the last of each, and where
/// it was not heard, a gap as long.
fn of_quarters(mut before: Option<f64>, quarters: &[Rollup], day: Span) -> Vec<Sample> {
    let mut samples = Vec::with_capacity(quarters.len() + 2);
    let mut at_ms = day.from_ms;
    for quarter in quarters {
        if quarter.at_ms > at_ms {
            samples.push(Sample::gap(at_ms, Quality::NeverRead));
            before = None;
        }
        of_quarter(before, quarter, &mut samples);
        at_ms = quarter.at_ms + QUARTER_MS;
        before = quarter.last;
    }
    if at_ms < day.until_ms {
        samples.push(Sample::gap(at_ms, Quality::NeverRead));
    }
    samples
}

fn of_quarter(before: Option<f64>, quarter: &Rollup, samples: &mut Vec<Sample>) {
    let good =
        |at_ms: i64, value: f64| Sample { at_ms, value: Some(value), quality: Quality::Good };
    let (begin_ms, end_ms) = (quarter.at_ms, quarter.at_ms + QUARTER_MS);
    let known_ms = (quarter.known_s * 1000).min(QUARTER_MS - 2);
    let (Some(min), Some(max)) = (quarter.min, quarter.max) else {
        return samples.push(Sample::gap(begin_ms, Quality::NeverRead));
    };
    let Some(last) = quarter.last else {
        samples.push(good(begin_ms, max));
        return samples.push(Sample::gap(begin_ms + known_ms.max(1), Quality::NeverRead));
    };
    if quarter.known_s < QUARTER_MS / 1000 {
        if before.is_some() {
            samples.push(Sample::gap(begin_ms, Quality::NeverRead));
        }
        samples.push(good(end_ms - 2 - known_ms.min(QUARTER_MS - 4), min));
    } else if before.is_none() {
        samples.push(good(begin_ms, min));
    }
    // What went astray or fell within it shows in its ends alone.
    if max > last {
        samples.push(good(end_ms - 1 - QUARTER_MS / 2, max));
    } else if before.is_some_and(|before| min < before) {
        samples.push(good(end_ms - 1 - QUARTER_MS / 2, min));
    }
    samples.push(good(end_ms - 1, last));
}
