//! `hauswart import`: trend data of another system, from CSV files by a mapping file,
//! into sealed files of the past, day by day; beside the daemon, which takes the days
//! in, or without it. What was recorded stands unless told otherwise.

mod days;
mod fault;
mod map;
mod moment;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use jiff::Timestamp;

use self::days::{Taker, cut};
use self::fault::Wrong;
use self::map::Map;
use self::table::Table;
use super::progress::Progress;
use super::table::{Align, Table as Shown};
use super::{Format, SiteFile, files, say};
use crate::clock::Scaled;
use crate::history::{Counts, Name, Sample, Span, span};
use crate::model::diagnostic::{self, Source};
use crate::model::{Clock, Diagnostic, Language};
use crate::site::Site;

pub const EXAMPLE: &str = "Example:
  hauswart import desigo-2025.csv --map desigo.toml --dry-run
  hauswart import desigo-2025.csv --map desigo.toml

The mapping file says how the CSV file is laid out and which series is which point; the
README describes it. Nothing is imported of a file in which something cannot be read.
Recorded values stay as they are, unless --overwrite; importing twice is as importing
once; after a break-off simply again. The running day is left out.
Exit code 0: imported; 1: faults in the files (named), nothing was imported, or a file
of the history is damaged (named); 2: could not be read or written.";

/// Faults that are shown; the others are counted.
const SHOWN: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Import {
    /// CSV files.
    #[arg(value_name = "FILE.CSV", required = true)]
    files: Vec<PathBuf>,
    /// The mapping file.
    #[arg(long, value_name = "MAP.TOML")]
    map: PathBuf,
    /// Say what would come of it, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// What was recorded at these times gives way.
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What came, or would come, of a point.
#[derive(Debug, Default, serde::Serialize)]
struct OfPoint {
    point: String,
    from: Timestamp,
    until: Timestamp,
    #[serde(flatten)]
    counts: Counts,
    gaps: u64,
    /// In the point's unit.
    lowest: Option<String>,
    highest: Option<String>,
}

#[derive(Debug, Default, serde::Serialize)]
struct Outcome {
    dry_run: bool,
    rows: u64,
    points: Vec<OfPoint>,
    out_of_range: u64,
    /// Of the running day or later: left out.
    too_new: u64,
    /// Before quarter hours alone are kept; `None`: none is that old.
    only_quarter_hours_before: Option<Timestamp>,
    faults: Vec<String>,
}

impl Import {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let text = std::fs::read_to_string(&self.map);
        let text = text.with_context(|| self.map.display().to_string())?;
        let source = map::source(&self.map, &text);
        let map = match map::read(&source, &site) {
            Ok(map) if !map.series.is_empty() => map,
            Ok(_) => {
                let fault = Diagnostic::error(&source.file, 0..0, Wrong::NoSeries);
                return Ok(refused(&[fault], &[source], language));
            }
            Err(faults) => return Ok(refused(&faults, &[source], language)),
        };
        let mut table = Table::default();
        for path in &self.files {
            let sources = [read(path, &map, language)?, source.clone()];
            let mut progress = Progress::new(sources[0].text.len() as u64);
            table::read(&sources[0], &map, &site, &mut table, |at| {
                progress.at(at, || path.display().to_string());
            });
            drop(progress);
            if diagnostic::any_error(&table.faults) {
                return Ok(refused(&table.faults, &sources, language));
            }
            files::tell(&std::mem::take(&mut table.faults), &sources, language);
        }
        let outcome = self.bring(table, &map, &site, language)?;
        tell(&outcome, self.format, &site, language)?;
        Ok(if outcome.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn bring(
        &self,
        table: Table,
        map: &Map,
        site: &Site,
        language: Language,
    ) -> anyhow::Result<Outcome> {
        let now = Scaled::real().now().wall;
        let mut taker = Taker::open(site, self.dry_run, self.overwrite, language)?;
        let today_ms = taker.end_ms(span::day_of(now.as_millisecond()).from_ms)?;
        let mut outcome = Outcome {
            dry_run: self.dry_run,
            rows: table.rows,
            out_of_range: table.out_of_range,
            ..Outcome::default()
        };
        let mut points: BTreeMap<Name, OfPoint> = BTreeMap::new();
        let mut runs: BTreeMap<Name, Vec<Sample>> = BTreeMap::new();
        for (id, mut samples) in table.samples {
            let before = samples.len();
            samples.retain(|sample| sample.at_ms < today_ms);
            outcome.too_new += (before - samples.len()) as u64;
            let samples = cut(samples, map.holds_s, today_ms);
            let point = site.points.get(id);
            if let Some(of) = of_point(&samples, &point.kind) {
                let name = Name::from(point.name.as_str());
                points.insert(name.clone(), OfPoint { point: point.name.clone(), ..of });
                runs.insert(name, samples);
            }
        }
        let oldest = points.values().map(|point| point.from).min();
        let kept = site.history.samples.and_then(|time| now.checked_sub(time).ok());
        outcome.only_quarter_hours_before = kept.filter(|kept| oldest.is_some_and(|it| it < *kept));
        let span =
            points.values().fold(Span { from_ms: today_ms, until_ms: 0 }, |span, point| Span {
                from_ms: span.from_ms.min(point.from.as_millisecond()),
                until_ms: span.until_ms.max(point.until.as_millisecond()),
            });
        let mut progress = Progress::new(span.length_ms().max(1).unsigned_abs());
        taker.take(&runs, |name, counts, at_ms| {
            if let Some(point) = points.get_mut(name) {
                point.counts.add(counts);
            }
            progress.at((at_ms - span.from_ms).unsigned_abs(), || shown_day(at_ms));
        })?;
        drop(progress);
        outcome.faults = taker.finish(now.as_millisecond())?;
        outcome.points = points.into_values().collect();
        Ok(outcome)
    }
}

fn shown_day(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap_or_default().strftime("%Y-%m-%d").to_string()
}

/// Tells the faults; nothing is imported.
fn refused(faults: &[Diagnostic], sources: &[Source], language: Language) -> ExitCode {
    files::tell(&faults[..faults.len().min(SHOWN)], sources, language);
    let more = faults.len().saturating_sub(SHOWN);
    if more > 0 {
        say::err(&language.pick(format!("und {more} weitere"), format!("and {more} more")));
    }
    say::err(language.pick("hauswart: nichts ist eingespielt", "hauswart: nothing was imported"));
    ExitCode::from(1)
}

fn read(path: &Path, map: &Map, language: Language) -> anyhow::Result<Source> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let text = map::decode(bytes, map.encoding).with_context(|| {
        let path = path.display();
        language.pick(
            format!("{path} ist nicht in UTF-8: encoding = \"windows-1252\" in der Zuordnung?"),
            format!("{path} is not in UTF-8: encoding = \"windows-1252\" in the mapping?"),
        )
    })?;
    Ok(map::source(path, &text))
}

fn of_point(samples: &[Sample], kind: &crate::model::Kind) -> Option<OfPoint> {
    let at = |ms| Timestamp::from_millisecond(ms).unwrap_or_default();
    let (first, last) = (samples.first()?, samples.last()?);
    let values = || samples.iter().filter_map(|sample| sample.value);
    let show = |value: f64| value.is_finite().then(|| kind.display(value));
    Some(OfPoint {
        from: at(first.at_ms),
        until: at(last.at_ms),
        gaps: samples.iter().filter(|sample| sample.value.is_none()).count() as u64,
        lowest: show(values().fold(f64::INFINITY, f64::min)),
        highest: show(values().fold(f64::NEG_INFINITY, f64::max)),
        ..OfPoint::default()
    })
}

fn tell(outcome: &Outcome, format: Format, site: &Site, language: Language) -> anyhow::Result<()> {
    if format == Format::Json {
        say::out(&serde_json::to_string_pretty(outcome)?);
        return Ok(());
    }
    outcome.faults.iter().for_each(|fault| say::err(&format!("hauswart: {fault}")));
    let when =
        |at: Timestamp| site.time_zone.to_datetime(at).strftime("%d.%m.%Y %H:%M").to_string();
    let headings = language.pick(
        ["Punkt", "von", "bis", "neu", "schon da", "bleibt weg", "ersetzt", "Lücken", "Werte"],
        ["point", "from", "until", "new", "there", "left out", "replaced", "gaps", "values"],
    );
    let columns = headings.iter().enumerate().map(|(place, heading)| {
        (*heading, if (3..8).contains(&place) { Align::Right } else { Align::Left })
    });
    let mut rows = Shown::new(&columns.collect::<Vec<_>>());
    for point in &outcome.points {
        let Counts { new, same, left_out, replaced } = point.counts;
        let range = match (&point.lowest, &point.highest) {
            (Some(low), Some(high)) => format!("{low} … {high}"),
            _ => String::new(),
        };
        let counts = [new, same, left_out, replaced, point.gaps].map(|count| count.to_string());
        let mut row = vec![point.point.clone(), when(point.from), when(point.until)];
        row.extend(counts);
        row.push(range);
        rows.row(row);
    }
    rows.lines().iter().for_each(|line| say::out(line));
    if outcome.out_of_range > 0 {
        let many = outcome.out_of_range;
        say::out(&language.pick(
            format!("{many} Werte liegen außerhalb des Bereichs ihres Punkts: unbekannt"),
            format!("{many} values are outside of their point's range: unknown"),
        ));
    }
    if outcome.too_new > 0 {
        let many = outcome.too_new;
        say::out(&language.pick(
            format!("{many} Werte sind von heute oder später und bleiben weg"),
            format!("{many} values are of today or later and are left out"),
        ));
    }
    if let Some(before) = outcome.only_quarter_hours_before {
        let before = when(before);
        say::out(&language.pick(
            format!(
                "vor {before} bleiben nur Viertelstunden: [history] samples in der Anlagendatei"
            ),
            format!("before {before} quarter hours alone stay: [history] samples in the site file"),
        ));
    }
    if outcome.dry_run {
        say::out(
            language.pick("nur angesehen, nichts geändert", "only looked at, nothing changed"),
        );
    }
    Ok(())
}
