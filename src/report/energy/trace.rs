//! How a figure came about: its row, what it was computed from, and the readings of the
//! meters behind it, with what was found of them on the way.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::history::{Sample, Span};
use crate::model::diagnostic::did_you_mean;
use crate::model::{Language, Unit};
use crate::report::account::names;
use crate::report::consumption::over;
use crate::report::counter::Counter;
use crate::report::document::{Document, Row, Table, Value};
use crate::report::recorded::{self, Recorded, Wanted};
use crate::report::validity;
use crate::report::{Account, conversion};
use crate::site::{Meter, MeterSource, Site};

use super::used::{Group, KWH};
use super::{Given, Order, Period, ReportError, collect, document, heat};

/// Why a figure cannot be traced.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error("there is no figure {figure}")]
    NoFigure { figure: String, near: Option<String>, tables: Vec<&'static str> },
}

impl TraceError {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Report(error) => error.words(language),
            Self::NoFigure { figure, near: Some(near), .. } => language.pick(
                format!(
                    "die Zahl „{figure}“ gibt es in diesem Bericht nicht. Meinten Sie „{near}“?"
                ),
                format!("there is no figure \"{figure}\" in this report. Did you mean \"{near}\"?"),
            ),
            Self::NoFigure { figure, tables, .. } => {
                let tables = tables.join(", ");
                language.pick(
                    format!("die Zahl „{figure}“ gibt es in diesem Bericht nicht; sie heißt TABELLE/ZEILE wie in --format json, die Tabellen sind {tables}"),
                    format!("there is no figure \"{figure}\" in this report; it is called TABLE/ROW as in --format json, the tables are {tables}"),
                )
            }
        }
    }
}

/// Traces `table/row` or `table/row/column`, line by line.
///
/// # Errors
/// The report's own, or that it has no such figure.
pub fn trace(
    given: &mut [Given<'_>],
    order: &Order,
    figure: &str,
    language: Language,
) -> Result<Vec<String>, TraceError> {
    let energy = collect(given, order, |_, _| {})?;
    let report = document(&energy, language, None);
    let (table, row, column) = find(&report, figure)?;
    let mut lines = told(table, row, column, language);
    let many = energy.sites.len() > 1;
    let of = energy.buildings.iter().find(|building| {
        let site = energy.sites[building.site].site;
        let name = &site.buildings[building.building].name;
        let full = if many { format!("{}.{name}", site.name) } else { name.clone() };
        row.key.split('/').next() == Some(full.as_str())
    });
    let Some(building) = of else { return Ok(lines) };
    let (site, number) = (building.site, building.building);
    let groups: Vec<Group> = building.groups.iter().map(|it| it.group.clone()).collect();
    let period = energy.compared.iter().find(|it| row.key.ends_with(&it.text()));
    let period = period.copied().unwrap_or(energy.period);
    let period = if table.key == "parts" { part(&row.key).unwrap_or(period) } else { period };
    drop(energy);
    let given = &mut given[site];
    for group in behind(given.site, number, &groups, table.key, &row.key) {
        for (meter, sign) in &group.meters {
            lines.push(String::new());
            lines.extend(Leaf { given, meter: *meter, sign: *sign, period, language }.lines());
        }
    }
    Ok(lines)
}

/// `…/2026-01` or `…/2026-01-05`
fn part(key: &str) -> Option<Period> {
    Period::parse(key.rsplit('/').next()?).ok()
}

fn find<'d>(
    report: &'d Document,
    figure: &str,
) -> Result<(&'d Table, &'d Row, Option<usize>), TraceError> {
    let found = figure.split_once('/').and_then(|(table, rest)| {
        let table = report.table(table)?;
        if let Some(row) = table.rows.iter().find(|row| row.key == rest) {
            return Some((table, row, None));
        }
        let (row, column) = rest.rsplit_once('/')?;
        let row = table.rows.iter().find(|it| it.key == row)?;
        let column = table.columns.iter().position(|it| it.key == column)?;
        Some((table, row, Some(column)))
    });
    found.ok_or_else(|| {
        let all: Vec<String> = report
            .tables
            .iter()
            .flat_map(|table| table.rows.iter().map(|row| format!("{}/{}", table.key, row.key)))
            .collect();
        TraceError::NoFigure {
            figure: figure.to_owned(),
            near: did_you_mean(figure, all.iter().map(String::as_str)).map(str::to_owned),
            tables: report.tables.iter().map(|table| table.key).collect(),
        }
    })
}

/// The row as it stands in the report, and how its table is computed.
fn told(table: &Table, row: &Row, column: Option<usize>, language: Language) -> Vec<String> {
    let mut lines = vec![format!("{} · {}", table.title, row.key)];
    for (place, (column_of, cell)) in table.columns.iter().zip(&row.cells).enumerate() {
        if column.is_some_and(|wanted| wanted != place) || cell.value == Value::Nothing {
            continue;
        }
        let value = crate::report::form::shown::value(&cell.value, column_of, language);
        let marks: Vec<&str> = cell
            .marks
            .set()
            .into_iter()
            .map(|(_, letter)| crate::report::document::Marks::legend(letter, language))
            .collect();
        let marks =
            if marks.is_empty() { String::new() } else { format!("  ({})", marks.join("; ")) };
        let unit = if column_of.unit == "%" { "" } else { &column_of.unit };
        lines.push(format!("  {}: {value} {unit}{marks}", column_of.title).trim_end().to_owned());
    }
    lines.extend(table.notes.iter().map(|note| format!("  {note}")));
    lines
}

/// The groups of meters that a row goes back to: those of its carrier, those that heat,
/// or all of the building.
fn behind<'g>(
    site: &Site,
    building: usize,
    groups: &'g [Group],
    table: &str,
    row: &str,
) -> Vec<&'g Group> {
    let by_carrier = matches!(table, "consumption" | "parts" | "emissions" | "costs" | "peaks");
    let medium = row.rsplit('/').next().unwrap_or_default();
    let supply = heat::supply(site, groups);
    groups
        .iter()
        .enumerate()
        .filter(|(place, group)| {
            let word = super::compose::key(group.carrier, group.direction);
            match (table, medium) {
                _ if by_carrier => row.split('/').nth(1) == Some(word.as_str()),
                ("heat", _) | (_, "heat") => supply.contains(place),
                (_, "electricity" | "water") => word == medium,
                ("meters" | "findings", _) => {
                    let of = |(meter, _): &(usize, f64)| {
                        let meter = &site.meters[*meter];
                        meter.building == building
                            && row.split('/').nth(1) == Some(meter.name.as_str())
                    };
                    group.meters.iter().any(of)
                }
                ("rules" | "sources" | "weather", _) => false,
                _ => true,
            }
        })
        .map(|(_, group)| group)
        .collect()
}

/// One meter, down to its readings.
struct Leaf<'g, 'a> {
    given: &'g mut Given<'a>,
    meter: usize,
    sign: f64,
    period: Period,
    language: Language,
}

impl Leaf<'_, '_> {
    fn lines(&mut self) -> Vec<String> {
        let (site, language) = (self.given.site, self.language);
        let meter = &site.meters[self.meter];
        let span = self.period.span(&site.time_zone);
        let readings = (self.given.readings)(meter);
        let account = Account::read(site, meter, self.given.shelf, &readings, span);
        let mut lines = vec![self.heading(meter)];
        let samples = match meter.source {
            MeterSource::Counter(point) => {
                let wanted = [Wanted::Counter(names(site, point), Counter::of(meter))];
                match recorded::read(self.given.shelf, &wanted, span).pop() {
                    Some(Recorded::Counter(samples, _)) => samples,
                    _ => Vec::new(),
                }
            }
            MeterSource::Power(_) => {
                let quarters = account.steps.len();
                lines.push(language.pick(
                    format!("  {quarters} Viertelstunden mit mittlerer Leistung × bekannter Zeit"),
                    format!("  {quarters} quarter hours of mean power × known time"),
                ));
                Vec::new()
            }
            MeterSource::Dial => readings,
        };
        let ends = ends(&samples, span, meter.source == MeterSource::Dial);
        let zone = &site.time_zone;
        let mut events: Vec<(i64, String)> = ends
            .into_iter()
            .map(|(at_ms, value)| {
                let word = language.pick("Stand", "reading");
                (at_ms, format!("  {}  {word} {}", time(at_ms, zone), meter.unit.display(value)))
            })
            .collect();
        for finding in account.findings(span) {
            let from = time(finding.span.from_ms, zone);
            let words = finding.what.words(&meter.unit, language);
            events.push((finding.span.from_ms, format!("  {from}  {words}")));
        }
        events.sort_by_key(|(at_ms, _)| *at_ms);
        lines.extend(events.into_iter().map(|(_, line)| line));
        lines.extend(self.used(meter, &account, span));
        lines
    }

    fn heading(&self, meter: &Meter) -> String {
        let site = self.given.site;
        let point = match meter.source {
            MeterSource::Counter(point) | MeterSource::Power(point) => {
                format!(" ({})", site.points.get(point).name)
            }
            MeterSource::Dial => String::new(),
        };
        let off = if self.sign < 0.0 {
            self.language.pick(
                ", wird abgezogen: versorgt ein anderes Gebäude",
                ", taken off: it supplies another building",
            )
        } else {
            ""
        };
        let word = self.language.pick("Zähler", "Meter");
        let building = &site.buildings[meter.building].name;
        format!("{word} {building}.{}{point}, {}{off}", meter.name, self.period.text())
    }

    fn used(&self, meter: &Meter, account: &Account<'_>, span: Span) -> Vec<String> {
        let language = self.language;
        let used = account.over(span);
        let mut lines = Vec::new();
        if meter.factor != 1.0 {
            let factor = meter.factor;
            lines.push(language.pick(format!("  Faktor {factor}"), format!("  factor {factor}")));
        }
        let amount = used.amount.map_or_else(|| "–".to_owned(), |it| meter.unit.display(it));
        let percent = |share: f64| super::compose::percent(share, language);
        let (coverage, estimated) = (percent(used.coverage), used.estimated);
        lines.push(language.pick(
            format!(
                "  Verbrauch {amount}; gehört {coverage} der Zeit; davon geschätzt {}",
                meter.unit.display(estimated)
            ),
            format!(
                "  used {amount}; heard {coverage} of the time; of it estimated {}",
                meter.unit.display(estimated)
            ),
        ));
        let fuel = meter.carrier.is_fuel() && !meter.counts_energy();
        if !fuel {
            return lines;
        }
        let begins = |it: &crate::site::Conversion| it.begins.as_millisecond();
        let zone = &self.given.site.time_zone;
        let kwh = Unit::parse("kWh").unwrap_or_else(Unit::none);
        for (part, holds) in validity::parts(span, &meter.conversions, begins) {
            let Some(volume) = over(&account.steps, part).amount else { continue };
            let from = time(part.from_ms, zone);
            let volume = meter.unit.display(volume);
            lines.push(match holds {
                Some(holds) => {
                    let calorific = holds.calorific_value / KWH;
                    let energy = conversion::energy(&account.steps, part, &meter.conversions);
                    let energy = energy.amount.map_or_else(|| "–".to_owned(), |it| kwh.display(it));
                    format!(
                        "  {from}  {volume} × {} × {calorific} kWh/m³ = {energy}",
                        holds.state_number
                    )
                }
                None => language.pick(
                    format!("  {from}  {volume}: kein Brennwert, nicht in kWh"),
                    format!("  {from}  {volume}: no calorific value, not in the kWh"),
                ),
            });
        }
        lines
    }
}

fn time(at_ms: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The readings that a period goes by: the last before its beginning (or the first in
/// it) and the last in it; of a dial all, and the first behind.
fn ends(samples: &[Sample], span: Span, all: bool) -> Vec<(i64, f64)> {
    let known: Vec<(i64, f64)> =
        samples.iter().filter_map(|sample| Some((sample.at_ms, sample.value?))).collect();
    let begin = known.partition_point(|(at_ms, _)| *at_ms < span.from_ms);
    let end = known.partition_point(|(at_ms, _)| *at_ms < span.until_ms);
    if all {
        return known[begin.saturating_sub(1)..(end + 1).min(known.len())].to_vec();
    }
    let first = begin.checked_sub(1).unwrap_or(begin);
    let mut ends: Vec<(i64, f64)> = known.get(first).copied().into_iter().collect();
    ends.extend(end.checked_sub(1).filter(|last| *last > first).map(|last| known[last]));
    ends
}
