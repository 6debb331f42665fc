//! How a meter counts, from its words: factor, rolling over, load, replacements,
//! and what a cubic metre is worth from which day on. Readings are those of the
//! counter, before the factor. Called by `meters`.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::fault::MeterFault;
use super::place::{At, Faults, Place};
use super::quantity::{Amount, convert};
use super::raw_meter::{RawConversion, RawMeter, RawReplaced};
use super::{Carrier, Conversion, Replacement};
use crate::model::moment::iso;
use crate::model::unit::parse_quantity;
use crate::model::{Quantity, Unit};

/// Transformers and pulses stay within this.
const FACTORS: std::ops::RangeInclusive<f64> = 1e-6..=1e6;
/// From the warm gas of low pressure to what is compressed.
const STATE_NUMBERS: std::ops::RangeInclusive<f64> = 0.5..=60.0;
/// kWh/m³: from hydrogen to heating oil.
const CALORIFIC: std::ops::RangeInclusive<f64> = 1.0..=15_000.0;
/// kWh/m³: of gas from the grid.
const CALORIFIC_GAS: std::ops::RangeInclusive<f64> = 2.0..=16.0;
const KWH: f64 = 3.6e6;

/// What the words say of counting.
#[derive(Debug)]
pub(super) struct Counting {
    pub factor: f64,
    pub rolls_over: Option<f64>,
    pub load: Option<f64>,
    pub replaced: Vec<Replacement>,
    pub conversions: Vec<Conversion>,
}

/// Reads them for a counter in this unit.
pub(super) fn build(
    raw: &RawMeter,
    carrier: Carrier,
    unit: &Unit,
    zone: &TimeZone,
    faults: &mut Faults,
) -> Counting {
    let energy = unit.quantity == Quantity::ENERGY;
    let (rate, example) = match energy {
        true => (Quantity::POWER, "\"80 kW\""),
        false => (Quantity::FLOW, "\"25 m³/h\""),
    };
    let load = raw.load.as_ref().and_then(|at| positive("load", at, rate, example, faults));
    let example = if energy { "\"1000000 kWh\"" } else { "\"100000 m³\"" };
    let rolls_over = raw.rolls_over.as_ref();
    let rolls_over =
        rolls_over.and_then(|at| positive("rolls_over", at, unit.quantity, example, faults));
    Counting {
        factor: raw.factor.as_ref().and_then(|at| factor(at, faults)).unwrap_or(1.0),
        load,
        rolls_over,
        replaced: replacements(raw, unit, rolls_over, zone, faults),
        conversions: conversions(raw, carrier, unit, zone, faults),
    }
}

fn positive(
    key: &'static str,
    at: &At<Amount>,
    quantity: Quantity,
    example: &str,
    faults: &mut Faults,
) -> Option<f64> {
    let value = convert(at, quantity, example, faults)?;
    if value > 0.0 {
        return Some(value);
    }
    faults.error(&at.place, MeterFault::NotPositive { key });
    None
}

fn factor(at: &At<f64>, faults: &mut Faults) -> Option<f64> {
    if FACTORS.contains(&at.value) {
        return Some(at.value);
    }
    faults.error(&at.place, MeterFault::Factor { found: at.value });
    None
}

/// In order of time; two at one time are an error.
fn replacements(
    raw: &RawMeter,
    unit: &Unit,
    rolls_over: Option<f64>,
    zone: &TimeZone,
    faults: &mut Faults,
) -> Vec<Replacement> {
    let mut all: Vec<(Replacement, &Place)> = Vec::new();
    for one in &raw.replaced {
        let replaced = replacement(one, unit, rolls_over, zone, faults);
        let Some(replaced) = replaced else { continue };
        let place = one.at.as_ref().map_or(&one.place, |at| &at.place);
        if all.iter().any(|(other, _)| other.at == replaced.at) {
            faults.error(place, MeterFault::ReplacedTwice { meter: raw.name.value.clone() });
        }
        all.push((replaced, place));
    }
    all.sort_by_key(|(replaced, _)| replaced.at);
    for pair in all.windows(2) {
        let (before, (after, place)) = (&pair[0].0, &pair[1]);
        if after.end < before.start && rolls_over.is_none() {
            let [end, start] = [after.end, before.start].map(|value| unit.display(value));
            faults.error(place, MeterFault::RunsBackward { end, start });
        }
    }
    all.into_iter().map(|(replaced, _)| replaced).collect()
}

fn replacement(
    raw: &RawReplaced,
    unit: &Unit,
    rolls_over: Option<f64>,
    zone: &TimeZone,
    faults: &mut Faults,
) -> Option<Replacement> {
    let at = raw.at.as_ref().and_then(|at| moment(at, zone, faults));
    let mut reading = |key: &'static str, at: Option<&At<Amount>>| {
        let at = at?;
        let value = convert(at, unit.quantity, &format!("\"48210 {}\"", unit.symbol), faults)?;
        if value < 0.0 || rolls_over.is_some_and(|most| value > most) {
            let shown = unit.display(value);
            let most = rolls_over.map(|most| unit.display(most));
            faults.error(&at.place, MeterFault::NotOnCounter { key, shown, most });
            return None;
        }
        Some(value)
    };
    let (end, start) = (reading("end", raw.end.as_ref()), reading("start", raw.start.as_ref()));
    let factor = raw.factor.as_ref().and_then(|at| factor(at, faults));
    Some(Replacement { at: at?, end: end?, start: start?, factor })
}

/// A local date and time, or one with its offset; a date alone means its noon.
fn moment(at: &At<String>, zone: &TimeZone, faults: &mut Faults) -> Option<Timestamp> {
    let text = at.value.trim();
    let noon = |date: Date| date.to_datetime(Time::constant(12, 0, 0, 0));
    let day = text.parse::<Date>().map(noon).ok().filter(|_| text.len() <= 10);
    let moment = match day {
        Some(noon) => zone.to_timestamp(noon).ok(),
        None => iso(text, zone),
    };
    if moment.is_none() {
        faults.error(&at.place, MeterFault::NotAMoment { found: at.value.clone() });
    }
    moment
}

fn conversions(
    raw: &RawMeter,
    carrier: Carrier,
    unit: &Unit,
    zone: &TimeZone,
    faults: &mut Faults,
) -> Vec<Conversion> {
    if let Some(first) = raw.conversions.first()
        && (unit.quantity == Quantity::ENERGY || carrier == Carrier::Water)
    {
        let energy = unit.quantity == Quantity::ENERGY;
        let meter = raw.name.value.clone();
        faults.error(&first.place, MeterFault::NothingToConvert { meter, energy });
        return Vec::new();
    }
    let mut all: Vec<Conversion> = Vec::new();
    for one in &raw.conversions {
        let Some(conversion) = conversion(one, carrier, zone, faults) else { continue };
        if all.iter().any(|other| other.from == conversion.from) {
            let place = one.from.as_ref().map_or(&one.place, |at| &at.place);
            let from = conversion.from.to_string();
            faults.error(place, MeterFault::ConvertedTwice { from });
        }
        all.push(conversion);
    }
    all.sort_by_key(|conversion| conversion.from);
    all
}

fn conversion(
    raw: &RawConversion,
    carrier: Carrier,
    zone: &TimeZone,
    faults: &mut Faults,
) -> Option<Conversion> {
    let from = raw.from.as_ref().and_then(|at| {
        let date = at.value.parse::<Date>().ok().filter(|_| at.value.len() <= 10);
        if date.is_none() {
            faults.error(&at.place, MeterFault::NotADate { found: at.value.clone() });
        }
        date
    });
    let gas = matches!(carrier, Carrier::NaturalGas | Carrier::Biogas);
    let state_number = match &raw.state_number {
        Some(at) if STATE_NUMBERS.contains(&at.value) => Some(at.value),
        Some(at) => {
            faults.error(&at.place, MeterFault::StateNumber { found: at.value });
            None
        }
        None if gas && !raw.has_state_number => {
            faults.error(&raw.place, MeterFault::NoStateNumber);
            None
        }
        None => Some(1.0),
    };
    let calorific_value =
        raw.calorific_value.as_ref().and_then(|at| calorific_value(at, gas, faults));
    let from = from?;
    let begins = zone.to_timestamp(from.to_datetime(Time::midnight())).ok()?;
    let (state_number, calorific_value) = (state_number?, calorific_value?);
    Some(Conversion { from, begins, state_number, calorific_value })
}

/// J/m³
fn calorific_value(at: &At<Amount>, gas: bool, faults: &mut Faults) -> Option<f64> {
    let wanted = Quantity::ENERGY.per(Quantity::VOLUME);
    let read = match &at.value {
        Amount::Text(text) => parse_quantity(text).ok(),
        Amount::Number(_) => None,
    };
    let joules = read.filter(|(_, unit)| unit.quantity == wanted && unit.symbol.contains('/'));
    let range = if gas { CALORIFIC_GAS } else { CALORIFIC };
    match joules {
        Some((joules, _)) if range.contains(&(joules / KWH)) => Some(joules),
        Some((joules, _)) => {
            let (least, most) = (*range.start(), *range.end());
            let found = joules / KWH;
            faults.error(&at.place, MeterFault::CalorificRange { found, least, most });
            None
        }
        None => {
            let found = match &at.value {
                Amount::Text(text) => text.clone(),
                Amount::Number(number) => number.to_string(),
            };
            faults.error(&at.place, MeterFault::CalorificForm { found });
            None
        }
    }
}
