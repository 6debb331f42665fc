//! A meter as written: `[[meter]]`, its replacements (`[[meter.replaced]]`) and
//! what a cubic metre of its gas is worth (`[[meter.conversion]]`). What the
//! words mean together is `meters`' and `counting`'s matter.

use super::fault::What;
use super::place::{At, Faults, Place};
use super::quantity::Amount;
use super::raw_site::{Names, name};
use super::section::Section;
use super::{Carrier, Direction, Serves};
use crate::model::Unit;

#[derive(Debug)]
pub(super) struct RawMeter {
    pub name: At<String>,
    pub building: Option<At<String>>,
    pub point: Option<At<String>>,
    pub power: Option<At<String>>,
    pub unit: Option<At<Unit>>,
    pub carrier: Option<At<Carrier>>,
    pub serves: Option<Vec<At<Serves>>>,
    pub parent: Option<At<String>>,
    pub direction: Option<At<Direction>>,
    pub hot_water_included: Option<At<bool>>,
    pub factor: Option<At<f64>>,
    pub rolls_over: Option<At<Amount>>,
    pub load: Option<At<Amount>>,
    pub replaced: Vec<RawReplaced>,
    pub conversions: Vec<RawConversion>,
    pub made_of: Option<At<String>>,
}

#[derive(Debug)]
pub(super) struct RawReplaced {
    pub place: Place,
    pub at: Option<At<String>>,
    pub end: Option<At<Amount>>,
    pub start: Option<At<Amount>>,
    pub factor: Option<At<f64>>,
}

#[derive(Debug)]
pub(super) struct RawConversion {
    pub place: Place,
    pub from: Option<At<String>>,
    pub has_state_number: bool,
    pub state_number: Option<At<f64>>,
    pub calorific_value: Option<At<Amount>>,
}

/// Reads one `[[meter]]`.
pub(super) fn read(
    s: &mut Section<'_>,
    names: &mut Names<'_>,
    faults: &mut Faults,
) -> Option<RawMeter> {
    let name = name(s, What::Meter, "name = \"Strom\"", faults);
    if let Some(name) = &name {
        names.take(What::Meter, name, faults);
    }
    if !s.has("power") && !s.has("unit") {
        s.require("point", "point = \"Strom.Bezug\"");
    }
    s.require("carrier", "carrier = \"electricity\"");
    let meter = RawMeter {
        building: s.text("building", faults),
        point: s.text("point", faults),
        power: s.text("power", faults),
        unit: s.unit("unit", faults),
        carrier: s.word("carrier", faults),
        serves: s.word_list("serves", faults),
        parent: s.text("parent", faults),
        direction: s.word("direction", faults),
        hot_water_included: s.flag("hot_water_included", faults),
        factor: s.number("factor", faults),
        rolls_over: s.amount("rolls_over", faults),
        load: s.amount("load", faults),
        replaced: each(s, "replaced", faults, replaced),
        conversions: each(s, "conversion", faults, conversion),
        made_of: s.text("made_of", faults),
        name: name?,
    };
    Some(meter)
}

fn each<T>(
    s: &mut Section<'_>,
    key: &'static str,
    faults: &mut Faults,
    read: fn(&mut Section<'_>, &mut Faults) -> T,
) -> Vec<T> {
    let tables = s.tables(key, faults);
    let one = |mut table: Section<'_>| {
        let read = read(&mut table, faults);
        table.finish(faults);
        read
    };
    tables.into_iter().map(one).collect()
}

fn replaced(s: &mut Section<'_>, faults: &mut Faults) -> RawReplaced {
    s.require("at", "at = \"2026-03-12 10:00\"");
    s.require("end", "end = \"48210 m³\"");
    s.require("start", "start = \"0 m³\"");
    RawReplaced {
        place: s.place.clone(),
        at: s.text("at", faults),
        end: s.amount("end", faults),
        start: s.amount("start", faults),
        factor: s.number("factor", faults),
    }
}

fn conversion(s: &mut Section<'_>, faults: &mut Faults) -> RawConversion {
    s.require("from", "from = \"2026-01-01\"");
    s.require("calorific_value", "calorific_value = \"11.2 kWh/m³\"");
    RawConversion {
        place: s.place.clone(),
        from: s.text("from", faults),
        has_state_number: s.has("state_number"),
        state_number: s.number("state_number", faults),
        calorific_value: s.amount("calorific_value", faults),
    }
}
