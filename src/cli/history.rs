//! `hauswart history`: what a point was over a stretch of time, as a picture in
//! the terminal, as SVG or PNG, or as numbers for machines.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;
use jiff::Timestamp;

use super::past::{self, Period};
use super::status::when;
use super::trend::{self, Trend};
use super::{SiteFile, files, live_view, say};
use crate::engine::find;
use crate::history::sample::quality_text;
use crate::history::{Name, Sample, Span};
use crate::model::{Kind, Language};
use crate::site::Site;

pub const EXAMPLE: &str = "Example:
  hauswart history HK1.Vorlauf --last 24h
  hauswart history HK1.Raum --from 2026-01-12 --to 2026-01-13 --svg raum.svg
  hauswart history HK1.Raum --last \"7 d\" --format csv > raum.csv

A value holds until the next one; where nothing is known the line breaks off.
CSV and JSON give each sample with its time, the one that holds at the beginning
first. Exit code 0: shown; 1: nothing is recorded of it; 2: no such point.";

/// Rows of the picture.
const ROWS: usize = 12;

#[derive(Debug, clap::Args)]
pub struct History {
    /// A point: `HK1.Raum`, `Rathaus.HK1.Raum`.
    #[arg(value_name = "POINT")]
    point: String,
    #[command(flatten)]
    period: Period,
    #[arg(long, value_enum, default_value_t)]
    format: ShowAs,
    /// Also write the picture to this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// The same as PNG, for programs that take no SVG.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    #[command(flatten)]
    site: SiteFile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum ShowAs {
    #[default]
    Text,
    Json,
    Csv,
}

#[derive(serde::Serialize)]
struct Shown<'a> {
    point: &'a str,
    unit: Option<&'a str>,
    states: Option<&'a [String]>,
    samples: Vec<ShownSample>,
}

#[derive(serde::Serialize)]
struct ShownSample {
    at: Timestamp,
    /// In the unit given; a state by its label.
    value: Option<serde_json::Value>,
    quality: &'static str,
}

impl History {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let id =
            find::point(&site, &self.point).map_err(|not| anyhow::anyhow!(not.words(language)))?;
        let span = self.period.span(&site, None)?;
        let point = site.points.get(id);
        let name = Name::from(point.name.as_str());
        let former = point.formerly.iter().map(|former| Name::from(former.as_str()));
        let names: Vec<Name> = std::iter::once(name.clone()).chain(former).collect();
        let mut shelf = past::open(&site, &names, language)?;
        let mut samples = shelf.samples(&name, span);
        for former in &names[1..] {
            samples.splice(0..0, shelf.samples(former, span));
        }
        let whole = past::told(&shelf.faults, language);
        if samples.is_empty() {
            say::err(&language.pick(
                format!("{name}: in diesem Zeitraum ist nichts aufgezeichnet"),
                format!("{name}: nothing is recorded in this period"),
            ));
            return Ok(ExitCode::from(1));
        }
        let trend = Trend { name: &name, kind: &point.kind, samples: &samples, span };
        if let Some(path) = &self.svg {
            let svg = trend::svg(&trend, &site.time_zone, language);
            std::fs::write(path, svg).with_context(|| path.display().to_string())?;
        }
        if let Some(path) = &self.png {
            let png = trend::png(&trend, &site.time_zone).context("PNG")?;
            std::fs::write(path, png).with_context(|| path.display().to_string())?;
        }
        match self.format {
            ShowAs::Json => {
                let shown = shown(&name, &point.kind, &samples);
                say::out(&serde_json::to_string_pretty(&shown)?);
            }
            ShowAs::Csv => csv(&point.kind, &samples)?,
            ShowAs::Text => text(&trend, &site, language),
        }
        Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

fn value(kind: &Kind, sample: &Sample) -> Option<serde_json::Value> {
    let value = sample.value?;
    Some(match kind {
        Kind::Number(unit) => (value / unit.factor).into(),
        Kind::States(_) => kind.display(value).into(),
    })
}

fn at(sample: &Sample) -> Timestamp {
    Timestamp::from_millisecond(sample.at_ms).unwrap_or_default()
}

fn shown<'a>(point: &'a str, kind: &'a Kind, samples: &[Sample]) -> Shown<'a> {
    let (unit, states) = match kind {
        Kind::Number(unit) => (Some(unit.symbol.as_str()), None),
        Kind::States(states) => (None, Some(states.as_slice())),
    };
    let sample = |sample: &Sample| ShownSample {
        at: at(sample),
        value: value(kind, sample),
        quality: quality_text(sample.quality),
    };
    Shown { point, unit, states, samples: samples.iter().map(sample).collect() }
}

fn csv(kind: &Kind, samples: &[Sample]) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(std::io::stdout().lock());
    csv.write_record(["time", "value", "quality"])?;
    for sample in samples {
        let value = match value(kind, sample) {
            Some(serde_json::Value::String(state)) => state,
            Some(number) => number.to_string(),
            None => String::new(),
        };
        csv.write_record([&at(sample).to_string(), &value, quality_text(sample.quality)])?;
    }
    csv.flush()?;
    Ok(())
}

/// The picture, and below it what can be said in a line.
fn text(trend: &Trend<'_>, site: &Site, language: Language) {
    let (columns, _) = live_view::size();
    let zone = &site.time_zone;
    let moment = |ms: i64| when(Timestamp::from_millisecond(ms).unwrap_or_default(), zone);
    let Span { from_ms, until_ms } = trend.span;
    say::out(&format!("{}  {} – {}", trend.name, moment(from_ms), moment(until_ms)));
    trend::picture(trend, columns.min(120), ROWS, zone).iter().for_each(|line| say::out(line));
    let sums = trend.sums();
    let show = |value: Option<f64>| {
        value.map_or_else(
            || language.pick("unbekannt", "unknown").to_owned(),
            |value| trend.kind.display(value),
        )
    };
    let (min, max, last) = (show(sums.min), show(sums.max), show(sums.last));
    let (count, known) = (trend.samples.len(), sums.known * 100.0);
    let range = match trend.kind {
        Kind::Number(_) => language.pick(
            format!("von {min} bis {max}, im Mittel {}, ", show(sums.mean)),
            format!("from {min} to {max}, mean {}, ", show(sums.mean)),
        ),
        Kind::States(_) => String::new(),
    };
    say::out(&language.pick(
        format!("{range}zuletzt {last}; {count} Werte, {known:.0} % der Zeit bekannt"),
        format!("{range}last {last}; {count} samples, known {known:.0} % of the time"),
    ));
}
