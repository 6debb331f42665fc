//! Rows of the history as JSON and CSV. Values are in the unit of their point, those
//! of states are the state's number with its label beside it; what is not known is
//! `null`, or an empty cell, and never zero.

use jiff::Timestamp;
use serde::Serialize;

use super::answer::{Answer, Form, Refused};
use crate::history::rollup::QUARTER_MS;
use crate::history::sample::quality_text;
use crate::history::{FileKind, Rollup, Sample, Span};
use crate::model::point::state_index;
use crate::model::{Kind, Point, Quantity, Unit};

/// One row of one point.
#[derive(Debug, Clone, Copy)]
pub enum Row {
    Sample(Sample),
    Quarter(Rollup),
}

/// What the rows of a point mean.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Series<'a> {
    pub point: &'a str,
    unit: Option<&'a str>,
    states: Option<&'a [String]>,
    #[serde(skip)]
    kind: &'a Kind,
}

impl<'a> Series<'a> {
    pub fn of(point: &'a Point) -> Self {
        let (unit, states) = match &point.kind {
            Kind::Number(unit) => (Some(unit.symbol.as_str()), None),
            Kind::States(states) => (None, Some(states.as_slice())),
        };
        Self { point: &point.name, unit, states, kind: &point.kind }
    }

    fn shown(&self, canonical: f64) -> f64 {
        match self.kind {
            Kind::Number(unit) => unit.shown(canonical),
            Kind::States(_) => canonical,
        }
    }

    fn state(&self, value: Option<f64>) -> Option<&'a str> {
        let states = self.states?;
        states.get(state_index(value?)?).map(String::as_str)
    }
}

/// What is said of a page besides its rows.
#[derive(Debug)]
pub struct Head {
    pub span: Span,
    /// From when until when there is something of any point.
    pub recorded: Option<Span>,
    /// Names of files that are missing or damaged.
    pub faults: Vec<String>,
}

#[derive(Serialize)]
struct Stretch {
    from: Timestamp,
    to: Timestamp,
}

impl Stretch {
    fn of(span: Span) -> Self {
        Self { from: at(span.from_ms), to: at(span.until_ms) }
    }
}

#[derive(Serialize)]
struct Written<'a, R> {
    #[serde(flatten)]
    asked: Stretch,
    recorded: Option<Stretch>,
    series: &'a [Series<'a>],
    rows: Vec<R>,
    faults: Vec<String>,
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct ShownSample<'a> {
    point: &'a str,
    at: Timestamp,
    value: Option<f64>,
    state: Option<&'a str>,
    quality: &'static str,
}

#[derive(Serialize)]
struct ShownQuarter<'a> {
    point: &'a str,
    at: Timestamp,
    mean: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    last: Option<f64>,
    /// Of a power, or by how much a counter of energy went up.
    energy_kwh: Option<f64>,
    /// Samples in it.
    count: i64,
    /// Share of it in which the value was known.
    coverage: f64,
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

fn shown_sample<'a>(series: &Series<'a>, sample: &Sample) -> ShownSample<'a> {
    ShownSample {
        point: series.point,
        at: at(sample.at_ms),
        value: sample.value.map(|value| series.shown(value)),
        state: series.state(sample.value),
        quality: quality_text(sample.quality),
    }
}

fn shown_quarter<'a>(series: &Series<'a>, quarter: &Rollup, kwh: &Unit) -> ShownQuarter<'a> {
    let shown = |value: Option<f64>| value.map(|value| series.shown(value));
    ShownQuarter {
        point: series.point,
        at: at(quarter.at_ms),
        mean: shown(quarter.mean),
        min: shown(quarter.min),
        max: shown(quarter.max),
        last: shown(quarter.last),
        energy_kwh: quarter.energy.map(|joules| kwh.shown(joules)),
        count: quarter.count,
        coverage: quarter.known_s as f64 * 1000.0 / QUARTER_MS as f64,
    }
}

/// Writes a page; `rows` come with the place of their point in `series`.
pub fn write(
    form: Form,
    kind: FileKind,
    series: &[Series<'_>],
    rows: Vec<(usize, Row)>,
    head: Head,
    next: Option<String>,
) -> Result<Answer, Refused> {
    let kwh = Quantity::ENERGY.usual_unit();
    let faults = head.faults.len();
    let mut answer = match (form, kind) {
        (Form::Csv, FileKind::Rollup) => csv(&QUARTER_HEADINGS, series, &rows, &kwh)?,
        (Form::Csv, _) => csv(&SAMPLE_HEADINGS, series, &rows, &kwh)?,
        (Form::Json, FileKind::Rollup) => {
            let rows = rows.iter().filter_map(|(place, row)| match row {
                Row::Quarter(quarter) => Some(shown_quarter(series.get(*place)?, quarter, &kwh)),
                Row::Sample(_) => None,
            });
            json(series, rows.collect(), head, next.as_deref())?
        }
        (Form::Json, _) => {
            let rows = rows.iter().filter_map(|(place, row)| match row {
                Row::Sample(sample) => Some(shown_sample(series.get(*place)?, sample)),
                Row::Quarter(_) => None,
            });
            json(series, rows.collect(), head, next.as_deref())?
        }
    };
    answer.next = next;
    answer.faults = faults;
    Ok(answer)
}

fn json<R: Serialize>(
    series: &[Series<'_>],
    rows: Vec<R>,
    head: Head,
    next: Option<&str>,
) -> Result<Answer, Refused> {
    Answer::json(&Written {
        asked: Stretch::of(head.span),
        recorded: head.recorded.map(Stretch::of),
        series,
        rows,
        faults: head.faults,
        next,
    })
}

const SAMPLE_HEADINGS: [&str; 6] = ["time", "point", "value", "unit", "state", "quality"];
const QUARTER_HEADINGS: [&str; 10] =
    ["time", "point", "unit", "mean", "min", "max", "last", "energy_kwh", "count", "coverage"];

fn csv(
    headings: &[&str],
    series: &[Series<'_>],
    rows: &[(usize, Row)],
    kwh: &Unit,
) -> Result<Answer, Refused> {
    let mut file = csv::Writer::from_writer(Vec::new());
    let wrong = |error: csv::Error| Refused::bug(&error.to_string());
    file.write_record(headings).map_err(wrong)?;
    for (place, row) in rows {
        let Some(series) = series.get(*place) else { continue };
        file.write_record(cells(series, row, kwh)).map_err(wrong)?;
    }
    let bytes = file.into_inner().map_err(|error| Refused::bug(&error.to_string()))?;
    Ok(Answer::csv(bytes))
}

fn cells(series: &Series<'_>, row: &Row, kwh: &Unit) -> Vec<String> {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let unit = series.unit.unwrap_or_default().to_owned();
    match row {
        Row::Sample(sample) => {
            let ShownSample { point, at, value, state, quality } = shown_sample(series, sample);
            let state = state.unwrap_or_default().to_owned();
            vec![at.to_string(), point.to_owned(), number(value), unit, state, quality.to_owned()]
        }
        Row::Quarter(quarter) => {
            let shown = shown_quarter(series, quarter, kwh);
            let mut cells = vec![shown.at.to_string(), shown.point.to_owned(), unit];
            cells.extend(
                [shown.mean, shown.min, shown.max, shown.last, shown.energy_kwh].map(number),
            );
            cells.extend([shown.count.to_string(), shown.coverage.to_string()]);
            cells
        }
    }
}
