//! Device templates: a file each, embedded from `devices/` or written by the
//! site's people, whose own win. Reads them with all faults; judges nothing
//! that only a device on a connection can tell. `devices/README.md` is the
//! schema in prose.

use std::collections::HashMap;

use super::fault::{Naming, What};
use super::place::{At, Faults, Place};
use super::quantity::Wanted;
use super::raw_point::{self, POLL, RawPoint};
use super::section::Section;
use super::{syntax, words};
use crate::model::diagnostic::Source;

macro_rules! embedded {
    ($name:literal) => {
        ($name, include_str!(concat!("../../devices/", $name, ".toml")))
    };
}

/// Every file of `devices/`, in the order of names.
const EMBEDDED: [(&str, &str); 5] = [
    embedded!("bacnet-air-handler"),
    embedded!("bacnet-heating-controller"),
    embedded!("eastron-sdm630"),
    embedded!("samson-trovis-5576"),
    embedded!("systemair-save"),
];

/// The templates that come with the program, as sources for diagnostics.
#[must_use]
pub fn embedded_templates() -> Vec<Source> {
    EMBEDDED
        .iter()
        .map(|(name, text)| Source {
            file: format!("hauswart:devices/{name}.toml").into(),
            text: (*text).into(),
        })
        .collect()
}

/// A device speaks one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Protocol {
    Modbus,
    Bacnet,
}

/// What a Modbus device bears, as written.
#[derive(Debug, Clone, Default)]
pub(super) struct RawLimits {
    pub place: Option<Place>,
    pub max_registers: Option<At<i64>>,
    pub max_bits: Option<At<i64>>,
    pub max_gap: Option<At<i64>>,
    pub pause: Option<At<f64>>,
    pub holes: Option<Vec<At<String>>>,
}

impl RawLimits {
    pub fn over(self, below: &Self) -> Self {
        Self {
            place: self.place.or_else(|| below.place.clone()),
            max_registers: self.max_registers.or_else(|| below.max_registers.clone()),
            max_bits: self.max_bits.or_else(|| below.max_bits.clone()),
            max_gap: self.max_gap.or_else(|| below.max_gap.clone()),
            pause: self.pause.or_else(|| below.pause.clone()),
            holes: self.holes.or_else(|| below.holes.clone()),
        }
    }
}

pub(super) type NamedPoints = Vec<(At<String>, RawPoint)>;

#[derive(Debug, Clone)]
pub(super) struct Template {
    pub name: String,
    pub protocol: Option<Protocol>,
    pub poll: Option<At<f64>>,
    pub watchdog_fed_by_reads: bool,
    pub limits: RawLimits,
    pub points: NamedPoints,
    pub variants: Vec<(At<String>, Variant)>,
}

/// A firmware that differs.
#[derive(Debug, Clone)]
pub(super) struct Variant {
    pub limits: RawLimits,
    pub points: NamedPoints,
}

impl Template {
    /// The points with a variant laid over them, in the order of the file.
    pub fn points_of(&self, variant: Option<&str>) -> NamedPoints {
        match variant.and_then(|name| self.variant(name)) {
            Some(variant) => overlay(&self.points, &variant.points),
            None => self.points.clone(),
        }
    }

    pub fn limits_of(&self, variant: Option<&str>) -> RawLimits {
        match variant.and_then(|name| self.variant(name)) {
            Some(variant) => variant.limits.clone().over(&self.limits),
            None => self.limits.clone(),
        }
    }

    pub fn variant(&self, name: &str) -> Option<&Variant> {
        self.variants.iter().find(|(known, _)| known.value == name).map(|(_, variant)| variant)
    }
}

/// Points of the upper layer over those below; new ones at the end.
pub(super) fn overlay(below: &NamedPoints, above: &NamedPoints) -> NamedPoints {
    let mut points = below.clone();
    let places: HashMap<&str, usize> =
        below.iter().enumerate().map(|(at, (name, _))| (name.value.as_str(), at)).collect();
    for (name, layer) in above {
        match places.get(name.value.as_str()) {
            Some(&at) => points[at].1 = layer.clone().over(&points[at].1),
            None => points.push((name.clone(), layer.clone())),
        }
    }
    points
}

/// Reads one template; its name is the file's.
pub(super) fn read(source: &Source, faults: &mut Faults) -> Option<Template> {
    let document = syntax::parse(source, faults)?;
    let place = Place { file: source.file.clone(), span: 0..first_line(&source.text) };
    let mut section = Section::new(document.get_ref(), place, "");
    syntax::format(&mut section, faults)?;
    section.require("protocol", "protocol = \"modbus\"");
    section.require("title", "title = \"Samson TROVIS 5576\"");
    section.require("source", "source = \"EB 5576, Modbus register list\"");
    section.require("tested", "tested = \"simulated only\"");
    for key in ["title", "source", "tested"] {
        section.text(key, faults);
    }
    let template = Template {
        name: name(source),
        protocol: section.word("protocol", faults).map(|word: At<Protocol>| word.value),
        poll: section.quantity("poll", POLL, faults),
        watchdog_fed_by_reads: section
            .flag("watchdog_fed_by_reads", faults)
            .is_some_and(|flag| flag.value),
        limits: limits(&mut section, faults),
        points: points(&mut section, faults),
        variants: variants(&mut section, faults),
    };
    section.finish(faults);
    Some(template)
}

fn variants(section: &mut Section<'_>, faults: &mut Faults) -> Vec<(At<String>, Variant)> {
    let mut variants = Vec::new();
    for (name, mut section) in section.named("variant", faults) {
        section.text("title", faults);
        let variant =
            Variant { limits: limits(&mut section, faults), points: points(&mut section, faults) };
        section.finish(faults);
        variants.push((name, variant));
    }
    variants
}

/// The tables `[point.NAME]` or `[device.point.NAME]`.
pub(super) fn points(section: &mut Section<'_>, faults: &mut Faults) -> NamedPoints {
    let mut points = Vec::new();
    for (name, section) in section.named("point", faults) {
        let point = raw_point::read(section, faults);
        if words::is_name(&name.value) {
            points.push((name, point));
        } else {
            let mended = words::mended_name(&name.value);
            let fault = Naming::BadName { what: What::Point, name: name.value, mended };
            faults.error(&name.place, fault);
        }
    }
    points
}

/// The table `[modbus]`: what the device bears in one request (Modbus
/// Application Protocol V1.1b3, 6.1 and 6.3: 2000 bits, 125 registers).
pub(super) fn limits(section: &mut Section<'_>, faults: &mut Faults) -> RawLimits {
    let Some(mut table) = section.table("modbus", faults) else { return RawLimits::default() };
    const PAUSE: Wanted = Wanted::time(0.0, 10.0, "\"0.05 s\"");
    let limits = RawLimits {
        place: Some(table.place.clone()),
        max_registers: table.integer("max_registers", 1, 125, faults),
        max_bits: table.integer("max_bits", 1, 2000, faults),
        max_gap: table.integer("max_gap", 0, 124, faults),
        pause: table.quantity("pause", PAUSE, faults),
        holes: table.texts("holes", faults),
    };
    table.finish(faults);
    limits
}

fn first_line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// A template's name: the file's, without folder and ending.
pub(super) fn name(source: &Source) -> String {
    let file = &source.file;
    let name = file.rsplit(['/', '\\', ':']).next().unwrap_or(file);
    name.strip_suffix(".toml").unwrap_or(name).to_owned()
}
