//! What a meter used, for other programs: the shape that `hauswart meter show
//! --format json` and the HTTP API share. Amounts are in the meter's unit; what is
//! not known is `null`, never zero.

use jiff::Timestamp;
use serde::Serialize;

use super::account::Account;
use crate::history::Span;
use crate::model::{Language, Quantity};
use crate::site::{Carrier, Direction, Site};

/// A meter's account of a period.
#[derive(Debug, Serialize)]
pub struct ShownMeter<'a> {
    pub meter: &'a str,
    pub building: &'a str,
    pub carrier: Carrier,
    pub direction: Direction,
    /// Of `amount`, `estimated` and the readings of `findings`.
    pub unit: &'a str,
    /// From a power, not from a counter.
    pub derived: bool,
    #[serde(flatten)]
    pub whole: ShownPart,
    pub findings: Vec<ShownFinding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<ShownPart>>,
}

/// A period, or a part of it.
#[derive(Debug, Serialize)]
pub struct ShownPart {
    pub from: Timestamp,
    pub to: Timestamp,
    /// `null`: nothing is known.
    pub amount: Option<f64>,
    /// Of the amount, what stands in this period by estimate.
    pub estimated: f64,
    /// Shares of the time: heard, and accounted for.
    pub coverage: f64,
    pub counted: f64,
    /// Of fuels counted in m³: kWh of the gross calorific value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub energy_kwh: Option<Option<f64>>,
    /// Parts without calorific value, so that there is no `energy_kwh`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without_conversion: Vec<(Timestamp, Timestamp)>,
}

/// What was wrong with a counter, or that nothing is known.
#[derive(Debug, Serialize)]
pub struct ShownFinding {
    pub finding: &'static str,
    pub from: Timestamp,
    pub to: Timestamp,
    pub reading_before: Option<f64>,
    pub reading_after: Option<f64>,
    pub words: String,
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

impl<'a> ShownMeter<'a> {
    /// Of `span`, and of its parts where there are any.
    #[must_use]
    pub fn of(
        site: &'a Site,
        account: &Account<'a>,
        span: Span,
        parts: Option<&[Span]>,
        language: Language,
    ) -> Self {
        let meter = account.meter;
        let unit = &meter.unit;
        let findings = account.findings(span).into_iter().map(|finding| {
            let readings = finding.what.readings();
            ShownFinding {
                finding: finding.what.code(),
                from: at(finding.span.from_ms),
                to: at(finding.span.until_ms),
                reading_before: readings.map(|(before, _)| unit.shown(before)),
                reading_after: readings.map(|(_, after)| unit.shown(after)),
                words: finding.what.words(unit, language),
            }
        });
        Self {
            meter: &meter.name,
            building: &site.buildings[meter.building].name,
            carrier: meter.carrier,
            direction: meter.direction,
            unit: &unit.symbol,
            derived: account.is_derived(),
            whole: ShownPart::of(account, span),
            findings: findings.collect(),
            parts: parts.map(|parts| parts.iter().map(|it| ShownPart::of(account, *it)).collect()),
        }
    }
}

impl ShownPart {
    /// Of a part of an account's time.
    #[must_use]
    pub fn of(account: &Account<'_>, span: Span) -> Self {
        let unit = &account.meter.unit;
        let used = account.over(span);
        let energy = account.energy(span);
        let missing = energy.as_ref().map(|energy| energy.missing.clone()).unwrap_or_default();
        let kwh = Quantity::ENERGY.usual_unit();
        Self {
            from: at(span.from_ms),
            to: at(span.until_ms),
            amount: used.amount.map(|value| unit.shown(value)),
            estimated: unit.shown(used.estimated),
            coverage: used.coverage,
            counted: used.counted,
            energy_kwh: energy.map(|energy| energy.amount.map(|joules| kwh.shown(joules))),
            without_conversion: missing
                .iter()
                .map(|it| (at(it.from_ms), at(it.until_ms)))
                .collect(),
        }
    }
}
