//! What an import brings, day by day: to the daemon, into the archive itself where
//! none runs, or nowhere, to see what would come of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::cli::{past, runtime, solo};
use crate::history::rollup::QUARTER_MS;
use crate::history::{
    Archive, Brought, Carry, Counts, HOUR_MS, HistoryError, Import, Meaning, Name, OpenHours,
    Query, Sample, Shelf, Span, lay, span,
};
use crate::model::{Language, Quality};
use crate::site::Site;
use crate::store::Store;
use crate::web::client::Client;
use crate::web::past::Imported;

/// Samples that are handed over at once.
const TOGETHER: usize = 200_000;
/// Where the mapping says nothing, a silence is a gap if it is longer than this, and
/// than so many usual intervals.
const USUAL_INTERVALS: i64 = 4;

/// In order of time, of one time the last row; with a gap where nothing is said for
/// longer than a value holds, and at the end: one usual interval after the value.
pub fn cut(mut samples: Vec<Sample>, holds_s: Option<f64>, end_ms: i64) -> Vec<Sample> {
    samples.sort_by_key(|sample| sample.at_ms);
    samples.reverse();
    samples.dedup_by_key(|sample| sample.at_ms);
    samples.reverse();
    let mut steps: Vec<i64> = samples.windows(2).map(|it| it[1].at_ms - it[0].at_ms).collect();
    let middle = steps.len() / 2;
    let step = match steps.is_empty() {
        true => QUARTER_MS,
        false => *steps.select_nth_unstable(middle).1,
    };
    let holds = match holds_s {
        Some(seconds) => (seconds * 1000.0) as i64,
        None => HOUR_MS.max(USUAL_INTERVALS * step),
    };
    let step = step.min(holds);
    let mut cut = Vec::with_capacity(samples.len() + 1);
    for (place, sample) in samples.iter().enumerate() {
        cut.push(*sample);
        let next = samples.get(place + 1).map(|next| next.at_ms);
        if sample.value.is_some() && next.is_none_or(|next| next - sample.at_ms > holds) {
            let at_ms = (sample.at_ms + step).min(end_ms - 1).max(sample.at_ms + 1);
            cut.push(Sample::gap(at_ms, Quality::NeverRead));
        }
    }
    cut
}

/// Who takes the days in.
enum By {
    Daemon(tokio::runtime::Runtime, Client),
    /// The store is held, so that no daemon starts meanwhile.
    Archive {
        archive: Box<Archive>,
        _held: Arc<dyn Store>,
    },
    Nobody(Box<Shelf>),
}

/// See the module.
pub struct Taker<'a> {
    by: By,
    site: &'a Site,
    overwrite: bool,
    language: Language,
    carries: HashMap<Name, Carry>,
    faults: Vec<String>,
}

impl<'a> Taker<'a> {
    pub fn open(
        site: &'a Site,
        dry_run: bool,
        overwrite: bool,
        language: Language,
    ) -> anyhow::Result<Self> {
        let words = |error: HistoryError| anyhow::anyhow!(error.words(language));
        let mut faults = Vec::new();
        let runtime = runtime()?;
        let by = if dry_run {
            By::Nobody(Box::new(past::open(site, &[], language)?))
        } else if let Some(client) = runtime.block_on(Client::connect(&site.data))? {
            By::Daemon(runtime, client)
        } else {
            let held = solo::open_store_if_whole(&site.data, language)?;
            let (archive, found) = Archive::open(&site.data.join("history")).map_err(words)?;
            faults.extend(found.iter().map(|fault| fault.words(language)));
            By::Archive { archive: Box::new(archive), _held: held }
        };
        Ok(Self { by, site, overwrite, language, carries: HashMap::new(), faults })
    }

    /// Until when there may be something new: `today_ms`, or where hours begin that are
    /// not sealed yet.
    pub fn end_ms(&self, today_ms: i64) -> anyhow::Result<i64> {
        if matches!(self.by, By::Daemon(..)) {
            return Ok(today_ms);
        }
        let first = self.open_hours()?.first().map(|hour| hour * HOUR_MS);
        Ok(first.map_or(today_ms, |first| first.min(today_ms)))
    }

    fn open_hours(&self) -> anyhow::Result<BTreeSet<i64>> {
        let opened = OpenHours::open(&self.site.data.join("history"));
        Ok(opened.map_err(|error| anyhow::anyhow!(error.words(self.language)))?.hours.hours())
    }

    /// Hands over day after day; `told` hears what became of each point and day.
    pub fn take(
        &mut self,
        runs: &BTreeMap<Name, Vec<Sample>>,
        mut told: impl FnMut(&Name, Counts, i64),
    ) -> anyhow::Result<()> {
        let days: BTreeSet<i64> =
            runs.values().flatten().map(|sample| span::day_of(sample.at_ms).from_ms).collect();
        for day_ms in days {
            let day = span::day_of(day_ms);
            let mut points = Vec::new();
            let mut together = 0;
            for (point, samples) in runs {
                let from = samples.partition_point(|sample| sample.at_ms < day.from_ms);
                let until = samples.partition_point(|sample| sample.at_ms < day.until_ms);
                if from == until {
                    continue;
                }
                let of_day = samples[from..until].iter();
                points.push(Brought {
                    point: point.clone(),
                    meaning: self.meaning(point),
                    samples: of_day.map(|it| (it.at_ms, it.value, it.quality)).collect(),
                    carry: self.carries.get(point).copied().unwrap_or_default(),
                });
                together += until - from;
                if together >= TOGETHER {
                    self.hand_over(day_ms, std::mem::take(&mut points), &mut told)?;
                    together = 0;
                }
            }
            if !points.is_empty() {
                self.hand_over(day_ms, points, &mut told)?;
            }
        }
        Ok(())
    }

    fn meaning(&self, point: &str) -> Meaning {
        let id = self.site.points.find(point);
        id.map_or(Meaning::Unit(String::new()), |id| Meaning::of(self.site.points.get(id)))
    }

    fn hand_over(
        &mut self,
        day_ms: i64,
        points: Vec<Brought>,
        told: &mut impl FnMut(&Name, Counts, i64),
    ) -> anyhow::Result<()> {
        let language = self.language;
        let names: Vec<Name> = points.iter().map(|point| point.point.clone()).collect();
        let import = Import { day_ms, overwrite: self.overwrite, points };
        let done = match &mut self.by {
            By::Daemon(runtime, client) => {
                let answer = client.post::<Imported>("/api/v1/history/import", &import);
                let Imported { points, faults } = runtime.block_on(answer)?;
                self.faults.extend(faults);
                points
            }
            By::Archive { archive, .. } => {
                let done = import.bring_to(archive);
                let done = done.map_err(|error| anyhow::anyhow!(error.words(language)))?;
                self.faults.extend(done.faults.iter().map(|fault| fault.words(language)));
                done.points
            }
            By::Nobody(shelf) => would(shelf, &import),
        };
        for (name, (counts, carry)) in names.into_iter().zip(done) {
            told(&name, counts, day_ms);
            self.carries.insert(name, carry);
        }
        Ok(())
    }

    /// The days are in; months are merged. What was amiss.
    pub fn finish(mut self, now_ms: i64) -> anyhow::Result<Vec<String>> {
        let language = self.language;
        let words = |error: HistoryError| anyhow::anyhow!(error.words(language));
        let open = self.open_hours()?;
        match &mut self.by {
            // The daemon does so itself.
            By::Daemon(..) => {}
            By::Archive { archive, .. } => {
                let faults = archive.merge(now_ms, &open).map_err(words)?;
                self.faults.extend(faults.iter().map(|fault| fault.words(language)));
            }
            By::Nobody(shelf) => {
                self.faults.extend(shelf.faults.iter().map(|fault| fault.words(language)));
            }
        }
        Ok(self.faults)
    }
}

/// What would become of a day.
fn would(shelf: &mut Shelf, import: &Import) -> Vec<(Counts, Carry)> {
    let points: BTreeSet<Name> = import.points.iter().map(|point| point.point.clone()).collect();
    let day = span::day_of(import.day_ms);
    let span = Span { until_ms: day.until_ms + HOUR_MS, ..day };
    let query = Query { points: Some(&points), span, columns: None };
    let mut there: HashMap<Name, Vec<Sample>> = HashMap::new();
    let _ = shelf.read(&query, |point, rows: &[Sample]| {
        there.entry(point.clone()).or_default().extend_from_slice(rows);
        Ok::<_, ()>(())
    });
    let none = Vec::new();
    let would = |brought: &Brought| {
        let there = there.get(&brought.point).unwrap_or(&none);
        let (today, later) = there.split_at(there.partition_point(|it| it.at_ms < day.until_ms));
        let laid = lay(today, brought, import.overwrite, !later.is_empty());
        (laid.counts, laid.carry)
    };
    import.points.iter().map(would).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Sample {
        Sample { at_ms: minute * 60_000, value: Some(1.0), quality: Quality::Good }
    }

    #[test]
    fn a_value_holds_no_longer_than_the_file_says_something() {
        let rows = vec![at(15), at(0), at(30), at(30), at(200), at(215)];
        let cut = cut(rows, None, i64::MAX / 2);
        let gaps: Vec<i64> =
            cut.iter().filter(|it| it.value.is_none()).map(|it| it.at_ms / 60_000).collect();
        assert_eq!(gaps, [45, 230]);
        assert_eq!(cut.len(), 7, "one of two rows of one time");
        assert!(cut.is_sorted_by(|a, b| a.at_ms < b.at_ms));
        // Recorded on change: a quiet hour is none without a value.
        let cut = super::cut(vec![at(0), at(1), at(500)], Some(86_400.0), i64::MAX / 2);
        assert_eq!(cut.iter().filter(|it| it.value.is_none()).count(), 1);
    }

    #[test]
    fn a_damaged_store_is_left_to_who_raises_the_alarm() {
        let folder = tempfile::tempdir().unwrap();
        let text = "format = 1\n[site]\nname = \"Test\"\n[[building]]\nname = \"Schule\"\n";
        let source =
            crate::model::diagnostic::Source { file: "site.toml".into(), text: text.into() };
        let mut site = crate::site::load(&source, folder.path(), &[]).site.unwrap();
        site.data = folder.path().join("data");
        drop(crate::store::open(&site.data, "stamp").unwrap());
        std::fs::write(site.data.join("store/db"), vec![0; 1 << 20]).unwrap();
        let refused = Taker::open(&site, false, false, Language::En);
        let words = refused.err().unwrap().to_string();
        assert!(words.contains("is damaged, and was left as it is"), "{words}");
        assert!(!crate::store::open(&site.data, "stamp").unwrap().notes.is_empty());
    }
}
