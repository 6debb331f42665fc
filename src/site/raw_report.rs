//! What reports need, as written: `[report]`, `[weather]`, `[[tariff]]` with its
//! `[[tariff.price]]`, `[[job]]`, and the `reference` of a building. What the words
//! mean together is the matter of `reporting`, `tariffs` and `jobs`.

use serde::Deserialize;

use super::fault::{ReportFault, Shape, What};
use super::place::{At, Faults, Place};
use super::quantity::Wanted;
use super::raw_site::Names;
use super::section::Section;
use super::{Carrier, JobPeriod};
use crate::model::{Language, Quantity};

#[derive(Debug)]
pub(super) struct RawReport {
    pub greenhouse: Option<At<String>>,
    pub factor_files: Vec<At<String>>,
    pub reference: Option<RawReference>,
}

/// First and last day.
#[derive(Debug)]
pub(super) struct RawReference {
    pub from: Option<At<String>>,
    pub until: Option<At<String>>,
}

#[derive(Debug)]
pub(super) struct RawWeather {
    pub dwd: Vec<At<String>>,
    pub norm: Option<RawNorm>,
    pub sensor: Option<At<String>>,
    /// K
    pub too_warm: Option<At<f64>>,
    pub climate_factors: Vec<(At<String>, At<f64>)>,
}

#[derive(Debug)]
pub(super) struct RawNorm {
    pub station: Option<At<String>>,
    pub degree_days: Option<At<f64>>,
    pub source: Option<At<String>>,
}

#[derive(Debug)]
pub(super) struct RawTariff {
    pub name: At<String>,
    pub place: Place,
    pub carrier: Option<At<Carrier>>,
    pub meters: Option<At<Vec<At<String>>>>,
    pub prices: Vec<RawPrice>,
}

#[derive(Debug)]
pub(super) struct RawPrice {
    pub from: Option<At<String>>,
    pub work: Option<At<String>>,
    pub base: Option<At<String>>,
    pub demand: Option<At<String>>,
}

#[derive(Debug)]
pub(super) struct RawJob {
    pub name: At<String>,
    pub at: Option<At<String>>,
    pub period: Option<At<JobPeriod>>,
    pub buildings: Option<At<Vec<At<String>>>>,
    pub forms: Option<At<Vec<At<Form>>>>,
    pub folder: Option<At<String>>,
    pub mail: Option<Vec<At<String>>>,
    pub language: Option<At<Language>>,
}

/// A form of report, by its file ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    Html,
    Pdf,
    Xlsx,
    Csv,
    Json,
}

impl Form {
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// Reads `[report]`.
pub(super) fn report(mut s: Section<'_>, faults: &mut Faults) -> RawReport {
    let report = RawReport {
        greenhouse: s.text("greenhouse", faults),
        factor_files: s.texts("factor_files", faults).unwrap_or_default(),
        reference: reference(&mut s, faults),
    };
    s.finish(faults);
    report
}

/// Reads `reference = { from, until }`.
pub(super) fn reference(s: &mut Section<'_>, faults: &mut Faults) -> Option<RawReference> {
    let mut table = s.table("reference", faults)?;
    table.require("from", "from = \"2024-01-01\"");
    table.require("until", "until = \"2024-12-31\"");
    let [from, until] = ["from", "until"].map(|key| table.text(key, faults));
    table.finish(faults);
    Some(RawReference { from, until })
}

/// Reads `hot_water` of a building, °C.
pub(super) fn hot_water(s: &mut Section<'_>, faults: &mut Faults) -> Option<At<f64>> {
    const WANTED: Wanted =
        Wanted { quantity: Quantity::CELSIUS, least: 40.0, most: 90.0, example: "\"60 °C\"" };
    s.quantity("hot_water", WANTED, faults)
}

/// Reads `[weather]`.
pub(super) fn weather(mut s: Section<'_>, faults: &mut Faults) -> RawWeather {
    const TOO_WARM: Wanted =
        Wanted { quantity: Quantity::KELVIN, least: -10.0, most: 10.0, example: "\"0.8 K\"" };
    let weather = RawWeather {
        dwd: s.texts("dwd", faults).unwrap_or_default(),
        norm: s.table("norm", faults).map(|table| norm(table, faults)),
        sensor: s.text("sensor", faults),
        too_warm: s.quantity("too_warm", TOO_WARM, faults),
        climate_factors: s
            .table("climate_factors", faults)
            .map(|table| table.numbers("climate_factors", faults))
            .unwrap_or_default(),
    };
    s.finish(faults);
    weather
}

fn norm(mut s: Section<'_>, faults: &mut Faults) -> RawNorm {
    s.require("station", "station = \"10637\"");
    s.require("degree_days", "degree_days = 3393");
    s.require("source", "source = \"DWD 1991–2020\"");
    let norm = RawNorm {
        station: s.number_or_text("station", faults),
        degree_days: s.number("degree_days", faults),
        source: s.text("source", faults),
    };
    s.finish(faults);
    norm
}

/// Reads one `[[tariff]]`.
pub(super) fn tariff(
    s: &mut Section<'_>,
    names: &mut Names<'_>,
    faults: &mut Faults,
) -> Option<RawTariff> {
    let name = title(s, What::Tariff, "name = \"Stadtwerke\"", names, faults);
    s.require("carrier", "carrier = \"electricity\"");
    let mut prices = Vec::new();
    let carrier = s.word("carrier", faults);
    let meters = s.texts("meters", faults);
    for mut table in s.tables("price", faults) {
        table.require("from", "from = \"2025-01-01\"");
        table.require("work", "work = \"28.4 ct/kWh\"");
        let [from, work, base, demand] =
            ["from", "work", "base", "demand"].map(|key| table.text(key, faults));
        prices.push(RawPrice { from, work, base, demand });
        table.finish(faults);
    }
    if prices.is_empty() {
        let section = s.title.clone();
        s.lacks("price", Shape::MissingKey { key: "price", section, example: "[[tariff.price]]" });
    }
    let meters = meters.zip(s.value_place("meters")).map(|(value, place)| At { value, place });
    Some(RawTariff { place: s.place.clone(), carrier, meters, prices, name: name? })
}

/// Reads one `[[job]]`.
pub(super) fn job(
    s: &mut Section<'_>,
    names: &mut Names<'_>,
    faults: &mut Faults,
) -> Option<RawJob> {
    let name = title(s, What::Job, "name = \"Monatsbericht\"", names, faults);
    s.require("at", "at = \"30 6 2 * *\"");
    s.require("period", "period = \"last-month\"");
    s.require("forms", "forms = [\"pdf\", \"xlsx\"]");
    let at = s.text("at", faults);
    let period = s.word("period", faults);
    let buildings = s.texts("buildings", faults);
    let forms = s.word_list("forms", faults);
    let job = RawJob {
        at,
        period,
        buildings: buildings
            .zip(s.value_place("buildings"))
            .map(|(value, place)| At { value, place }),
        forms: forms.zip(s.value_place("forms")).map(|(value, place)| At { value, place }),
        folder: s.text("folder", faults),
        mail: s.texts("mail", faults),
        language: s.word("language", faults),
        name: name?,
    };
    Some(job)
}

/// A name that people give, of any letters; each once.
fn title(
    s: &mut Section<'_>,
    what: What,
    example: &'static str,
    names: &mut Names<'_>,
    faults: &mut Faults,
) -> Option<At<String>> {
    s.require("name", example);
    let name = s.text("name", faults)?.map(|name| name.trim().to_owned());
    if name.value.is_empty() || name.value.chars().any(char::is_control) {
        faults.error(&name.place, ReportFault::Nameless { example });
        return None;
    }
    names.take(what, &name, faults);
    Some(name)
}
