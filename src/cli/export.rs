//! `hauswart export`: a part of the history as one CSV or Parquet file, with
//! progress. Values are in the canonical unit, as in the files themselves.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use jiff::Timestamp;

use super::new_file::NewFile;
use super::past::{self, Period};
use super::progress::Progress;
use super::{SiteFile, files, say};
use crate::history::sample::quality_text;
use crate::history::{
    Copy, Event, FileKind, Meaning, Meanings, Name, Query, Readable, Rollup, Sample, Shelf, Span,
};
use crate::model::Language;
use crate::model::point::state_index;

pub const EXAMPLE: &str = "Example:
  hauswart export --from 2026-01-01 --to 2026-02-01 --out january.csv
  hauswart export HK1 --last \"7 d\" --format parquet --out hk1.parquet
  hauswart export --quarter-hours --from 2026-01-01 --out year.csv

Without names all points, without a period all there is; beside a running daemon, too,
the hour that runs included, and with --quarter-hours those of today. The files of the
history can be read as they lie, too: <data>/history/raw/*.parquet.
Exit code 0: all of it; 1: a file of the history is missing or damaged (told);
2: could not be read or written.";

#[derive(Debug, clap::Args)]
pub struct Export {
    /// Points or devices; all unless given.
    #[arg(value_name = "DEVICE-OR-POINT")]
    names: Vec<String>,
    #[command(flatten)]
    period: Period,
    #[arg(long, value_enum, default_value_t)]
    format: FileFormat,
    /// The file to write; standard output unless given (CSV only).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Quarter hours instead of samples.
    #[arg(long, conflicts_with = "events")]
    quarter_hours: bool,
    /// What happened instead of samples: commands, overrides, alarms, rule sets.
    #[arg(long)]
    events: bool,
    #[command(flatten)]
    site: SiteFile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum FileFormat {
    #[default]
    Csv,
    Parquet,
}

impl Export {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let points = past::names(&site, &self.names, language)?;
        let names: Vec<Name> = points.iter().cloned().collect();
        let mut shelf = past::open(&site, &names, language)?;
        let kind = match (self.quarter_hours, self.events) {
            (true, _) => FileKind::Rollup,
            (_, true) => FileKind::Event,
            _ => FileKind::Raw,
        };
        let unrolled = (kind == FileKind::Rollup).then(|| shelf.unrolled()).flatten();
        let reach = match (shelf.reach(kind), unrolled) {
            (Some(files), Some(rest)) => Some(Span { until_ms: rest.until_ms, ..files }),
            (files, rest) => files.or(rest),
        };
        let Some(reach) = reach else {
            say::err(language.pick("noch ist nichts aufgezeichnet", "nothing is recorded yet"));
            return Ok(ExitCode::SUCCESS);
        };
        let asked = self.period.span(&site, Some(reach))?;
        let span = Span {
            from_ms: asked.from_ms.max(reach.from_ms),
            until_ms: asked.until_ms.min(reach.until_ms),
        };
        let points = (!points.is_empty()).then_some(&points);
        let mut export = Exporting { shelf: &mut shelf, points, span, unrolled, language };
        let rows = match kind {
            FileKind::Raw => export.write::<Sample>(self.format, self.out.as_deref()),
            FileKind::Rollup => export.write::<Rollup>(self.format, self.out.as_deref()),
            FileKind::Event => export.write::<Event>(self.format, self.out.as_deref()),
        }?;
        if let Some(out) = &self.out {
            let out = out.display();
            say::err(
                &language.pick(format!("{rows} Zeilen in {out}"), format!("{rows} rows in {out}")),
            );
        }
        let whole = past::told(&shelf.faults, language);
        Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

struct Exporting<'a> {
    shelf: &'a mut Shelf,
    points: Option<&'a BTreeSet<Name>>,
    span: Span,
    /// Of what quarter hours were made in no file yet.
    unrolled: Option<Span>,
    language: Language,
}

impl Exporting<'_> {
    fn write<R: Line>(&mut self, format: FileFormat, out: Option<&Path>) -> anyhow::Result<u64> {
        let mut meanings = self.shelf.meanings(R::KIND, self.span);
        if let Some(unrolled) = self.unrolled {
            meanings.append(&mut self.shelf.meanings(FileKind::Raw, unrolled));
        }
        match (format, out) {
            (FileFormat::Csv, None) => self.csv::<R>(io::stdout().lock(), &meanings),
            (FileFormat::Csv, Some(path)) => {
                let mut new = NewFile::begin(path)?;
                let rows = self.csv::<R>(BufWriter::new(&mut new.file), &meanings)?;
                new.finish()?;
                Ok(rows)
            }
            (FileFormat::Parquet, Some(path)) => self.parquet::<R>(path, &meanings),
            (FileFormat::Parquet, None) => anyhow::bail!(self.language.pick(
                "Parquet braucht eine Datei: --out DATEI",
                "Parquet needs a file: --out FILE",
            )),
        }
    }

    fn csv<R: Line>(&mut self, out: impl Write, meanings: &Meanings) -> anyhow::Result<u64> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["time", "point"].iter().chain(R::HEADINGS))?;
        let nothing = Meaning::Unit(String::new());
        let rows = self.each::<R>(|point, rows| {
            let meaning = meanings.get(point).unwrap_or(&nothing);
            for row in rows {
                let at = Timestamp::from_millisecond(row.at_ms())?.to_string();
                let cells = [at, point.to_string()].into_iter().chain(row.cells(meaning));
                csv.write_record(cells)?;
            }
            Ok(())
        })?;
        csv.flush()?;
        Ok(rows)
    }

    fn parquet<R: Line>(&mut self, path: &Path, meanings: &Meanings) -> anyhow::Result<u64> {
        let language = self.language;
        let words = |error: crate::history::HistoryError| anyhow::anyhow!(error.words(language));
        let mut copy = Copy::<R>::begin(path).map_err(words)?;
        let rows = self.each::<R>(|point, rows| copy.push(point, rows).map_err(words))?;
        copy.finish(self.span, meanings).map_err(words)?;
        Ok(rows)
    }

    /// All rows, in order; how many. Tells how far it is.
    fn each<R: Line>(
        &mut self,
        mut take: impl FnMut(&Name, &[R]) -> anyhow::Result<()>,
    ) -> anyhow::Result<u64> {
        let mut rows = 0;
        let span = self.span;
        let mut progress = Progress::new(span.length_ms().unsigned_abs());
        let query = Query { points: self.points, span: self.span, columns: None };
        let mut take = |point: &Name, some: &[R]| {
            rows += some.len() as u64;
            let at_ms = some.first().map_or(span.from_ms, |row| row.at_ms());
            progress.at((at_ms - span.from_ms).unsigned_abs(), || {
                let day = Timestamp::from_millisecond(at_ms).unwrap_or_default();
                format!("{} · {rows}", day.strftime("%Y-%m-%d"))
            });
            take(point, some)
        };
        self.shelf.read(&query, &mut take)?;
        if let Some(unrolled) = self.unrolled {
            R::of_samples(self.shelf, self.points, unrolled, &mut |point, some| {
                let some: Vec<R> = some.iter().filter(|it| span.has(it.at_ms())).cloned().collect();
                if some.is_empty() { Ok(()) } else { take(point, &some) }
            })?;
        }
        Ok(rows)
    }
}

/// A row of a CSV file, behind time and point.
trait Line: Readable {
    const HEADINGS: &'static [&'static str];

    fn cells(&self, meaning: &Meaning) -> Vec<String>;

    /// Hands on what would be made of the samples of whole days.
    fn of_samples(
        _: &mut Shelf,
        _: Option<&BTreeSet<Name>>,
        _: Span,
        _: &mut Take<'_, Self>,
    ) -> anyhow::Result<()> {
        Ok(())
    }
}

type Take<'a, R> = dyn FnMut(&Name, &[R]) -> anyhow::Result<()> + 'a;

fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn unit(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Unit(unit) => unit.clone(),
        Meaning::States(_) => String::new(),
    }
}

impl Line for Sample {
    const HEADINGS: &'static [&'static str] = &["value", "unit", "state", "quality"];

    fn cells(&self, meaning: &Meaning) -> Vec<String> {
        let state = match (meaning, self.value.and_then(state_index)) {
            (Meaning::States(states), Some(index)) => states.get(index).cloned(),
            _ => None,
        };
        let quality = quality_text(self.quality).to_owned();
        vec![number(self.value), unit(meaning), state.unwrap_or_default(), quality]
    }
}

impl Line for Rollup {
    const HEADINGS: &'static [&'static str] =
        &["unit", "mean", "min", "max", "last", "energy", "count", "known_s"];

    fn cells(&self, meaning: &Meaning) -> Vec<String> {
        let Self { mean, min, max, last, energy, count, known_s, .. } = self;
        let mut cells = vec![unit(meaning)];
        cells.extend([mean, min, max, last, energy].map(|value| number(*value)));
        cells.extend([count.to_string(), known_s.to_string()]);
        cells
    }

    fn of_samples(
        shelf: &mut Shelf,
        points: Option<&BTreeSet<Name>>,
        span: Span,
        take: &mut Take<'_, Self>,
    ) -> anyhow::Result<()> {
        shelf.roll(points, span, take)
    }
}

impl Line for Event {
    const HEADINGS: &'static [&'static str] = &["kind", "value", "level", "by", "text"];

    fn cells(&self, _: &Meaning) -> Vec<String> {
        let kind = self.kind.text().to_owned();
        vec![kind, number(self.value), self.level.clone(), self.by.clone(), self.text.clone()]
    }
}
