//! A town whose buildings use what a formula says, so that a report can be held against
//! it: heat below 15 °C, electricity by day, water; a reading an hour.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use hauswart::history::span::{DAY_MS, day_of};
use hauswart::history::{Archive, Event, Meaning, Meanings, Name, Sample, Span};
use hauswart::model::Quality;
use hauswart::model::diagnostic::Source;
use hauswart::site::{self, Site};
use jiff::Timestamp;

/// What a formula of use is of.
pub const QUARTER: i64 = 900_000;
/// Counters are read as each hour ends.
pub const HOUR: i64 = 4 * QUARTER;
const KWH: f64 = 3.6e6;

/// Uses of buildings that benchmarks exist for.
const USAGES: [&str; 4] = ["school", "administration", "sports-hall", "fire-station"];

/// The site file of so many buildings with ten meters each, and what `more` adds.
pub fn text(buildings: usize, more: &str) -> String {
    let mut text = String::from(
        "format = 1\n[site]\nname = \"Stadt\"\ntitle = \"Stadt Beispiel\"\ntime_zone = \"Europe/Berlin\"\n\
         [[connection]]\nname = \"netz\"\ntype = \"modbus-tcp\"\naddress = \"127.0.0.1\"\n",
    );
    for number in 0..buildings {
        let (name, usage) = (name(number), USAGES[number % USAGES.len()]);
        let area = 1000 + 100 * (number % 7);
        let _ = write!(
            text,
            "[[building]]\nname = \"{name}\"\ntitle = \"Haus Nummer {number}\"\nusage = \"{usage}\"\narea = {{ bgf = \"{area} m²\" }}\n\
             [[device]]\nname = \"Z{number}\"\nbuilding = \"{name}\"\nconnection = \"netz\"\nunit = {}\n",
            number + 1
        );
        for (register, (point, unit)) in POINTS.iter().enumerate() {
            let register = register * 4;
            let _ = write!(
                text,
                "[device.point.{point}]\nregister = \"input {register}\"\ntype = \"f64\"\nunit = \"{unit}\"\n"
            );
        }
        for (meter, carrier, parent, extra) in METERS {
            let _ = write!(
                text,
                "[[meter]]\nname = \"{meter}{number}\"\nbuilding = \"{name}\"\npoint = \"Z{number}.{meter}\"\ncarrier = \"{carrier}\"\n{extra}"
            );
            if !parent.is_empty() {
                let _ = writeln!(text, "parent = \"{parent}{number}\"");
            }
            if carrier == "natural-gas" {
                text.push_str("[[meter.conversion]]\nfrom = \"2020-01-01\"\nstate_number = 0.95\ncalorific_value = \"11.2 kWh/m³\"\n");
            }
        }
    }
    text + more
}

const POINTS: [(&str, &str); 11] = [
    ("Gas", "m³"),
    ("Strom", "kWh"),
    ("Wasser", "m³"),
    ("Licht", "kWh"),
    ("Lueftung", "kWh"),
    ("Pumpen", "kWh"),
    ("Kueche", "kWh"),
    ("Server", "kWh"),
    ("Waerme", "kWh"),
    ("Solar", "kWh"),
    ("Aussen", "°C"),
];

const METERS: [(&str, &str, &str, &str); 10] = [
    ("Gas", "natural-gas", "", "serves = [\"heating\"]\nload = \"200 m³/h\"\n"),
    ("Strom", "electricity", "", "load = \"200 kW\"\n"),
    ("Wasser", "water", "", "load = \"50 m³/h\"\n"),
    ("Licht", "electricity", "Strom", "load = \"200 kW\"\n"),
    ("Lueftung", "electricity", "Strom", "load = \"200 kW\"\n"),
    ("Pumpen", "electricity", "Strom", "load = \"200 kW\"\n"),
    ("Kueche", "electricity", "Strom", "load = \"200 kW\"\n"),
    ("Server", "electricity", "Strom", "load = \"200 kW\"\n"),
    ("Waerme", "heat", "", "load = \"2000 kW\"\n"),
    ("Solar", "electricity", "", "direction = \"export\"\nload = \"200 kW\"\n"),
];

pub fn name(building: usize) -> String {
    format!("Haus{building:02}")
}

pub fn site(buildings: usize, more: &str, folder: &Path) -> Site {
    let source = Source { file: "site.toml".into(), text: text(buildings, more).into() };
    let loaded = site::load(&source, folder, &[]);
    loaded.site.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

/// Mean of a UTC day, °C: coldest in January, and no day like another.
pub fn mean_c(day: i64) -> f64 {
    let year = 2.0 * std::f64::consts::PI * (day as f64 - 20.0) / 365.25;
    10.0 - 10.0 * year.cos() + 2.5 * (day as f64 * 1.7).sin()
}

/// What a building uses in a quarter hour: m³ of gas, kWh of electricity, m³ of water.
pub type Use = dyn Fn(usize, i64) -> (f64, f64, f64);

/// The usual: heat by the weather, electricity by day.
pub fn usual(building: usize, at_ms: i64) -> (f64, f64, f64) {
    let (day, quarter) = (at_ms.div_euclid(DAY_MS), at_ms.rem_euclid(DAY_MS) / QUARTER);
    let size = 1.0 + building as f64 / 20.0;
    let gas = size * (0.4 * (15.0 - mean_c(day)).max(0.0) + 0.05) / 4.0;
    let light = if (28..72).contains(&quarter) { 8.0 } else { 1.5 };
    (gas, size * light / 4.0, size * 0.02)
}

/// Writes what the counters of a town told, day after day. `astray`: changes what a
/// point told (name, time, value); `None`: it was not heard.
pub fn write(
    folder: &Path,
    buildings: usize,
    span: Span,
    used: &Use,
    astray: &dyn Fn(&str, i64, f64) -> Option<f64>,
    events: &mut dyn FnMut(Span) -> Vec<Event>,
) {
    let (mut archive, faults) = Archive::open(folder).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
    let mut dials: BTreeMap<Name, f64> = BTreeMap::new();
    let mut at_ms = span.from_ms;
    while at_ms < span.until_ms {
        let day = Span { from_ms: at_ms, until_ms: day_of(at_ms).until_ms.min(span.until_ms) };
        let (mut runs, mut meanings) = (BTreeMap::<Name, Vec<Sample>>::new(), Meanings::new());
        for building in 0..buildings {
            let mut time_ms = day.from_ms;
            while time_ms < day.until_ms {
                let hour = Span { from_ms: time_ms, until_ms: time_ms + HOUR };
                let (gas, power, water) = truth(used, building, hour);
                let parts = [
                    ("Gas", gas, 1.0),
                    ("Strom", power, KWH),
                    ("Wasser", water, 1.0),
                    ("Licht", power * 0.3, KWH),
                    ("Lueftung", power * 0.25, KWH),
                    ("Pumpen", power * 0.15, KWH),
                    ("Kueche", power * 0.1, KWH),
                    ("Server", power * 0.2, KWH),
                    ("Waerme", gas * 9.5, KWH),
                    ("Solar", 0.0, KWH),
                ];
                for (point, amount, unit) in parts {
                    let name: Name = format!("{}.Z{building}.{point}", name(building)).into();
                    let dial = dials.entry(name.clone()).or_insert(1000.0 * unit);
                    *dial += amount * unit;
                    let sample = tell(&name, time_ms + HOUR - 1000, *dial, astray);
                    runs.entry(name).or_default().push(sample);
                }
                let name: Name = format!("{}.Z{building}.Aussen", name(building)).into();
                let mean = mean_c(time_ms.div_euclid(DAY_MS));
                runs.entry(name.clone()).or_default().push(tell(&name, time_ms, mean, astray));
                time_ms += HOUR;
            }
        }
        for name in runs.keys() {
            let unit = match name.rsplit('.').next().unwrap() {
                "Gas" | "Wasser" => "m³",
                "Aussen" => "°C",
                _ => "J",
            };
            meanings.insert(name.clone(), Meaning::Unit(unit.to_owned()));
        }
        let runs: Vec<(Name, Vec<Sample>)> = runs.into_iter().collect();
        archive.take_in_day(day, &runs, events(day), &meanings).unwrap();
        at_ms = day.until_ms;
    }
    archive.merge(span.until_ms, &Default::default()).unwrap();
}

fn tell(
    name: &Name,
    at_ms: i64,
    value: f64,
    astray: &dyn Fn(&str, i64, f64) -> Option<f64>,
) -> Sample {
    match astray(name, at_ms, value) {
        Some(value) => Sample { at_ms, value: Some(value), quality: Quality::Good },
        None => Sample::gap(at_ms, Quality::Stale),
    }
}

pub fn all(_: &str, _: i64, value: f64) -> Option<f64> {
    Some(value)
}

pub fn no_events(_: Span) -> Vec<Event> {
    Vec::new()
}

/// Milliseconds of a moment.
pub fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

/// From one moment to another.
pub fn span(from: &str, until: &str) -> Span {
    Span { from_ms: at(from), until_ms: at(until) }
}

/// What was truly used in a span: gas in m³, kWh, m³ of water.
pub fn truth(used: &Use, building: usize, span: Span) -> (f64, f64, f64) {
    let quarters = (span.from_ms..span.until_ms).step_by(QUARTER as usize);
    quarters.fold((0.0, 0.0, 0.0), |sum, at_ms| {
        let (gas, power, water) = used(building, at_ms);
        (sum.0 + gas, sum.1 + power, sum.2 + water)
    })
}
