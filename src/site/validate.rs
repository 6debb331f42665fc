//! From the raw site to the validated one: follows every reference between
//! its tables. What is missing because of a fault already told is not told
//! again. Called by `load` with the templates at hand.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;

use super::devices::{self, Found, Layers, Line};
use super::fault::{Address, Meaning, Naming, Shape, What};
use super::place::{At, Faults, Place, or};
use super::points::Around;
use super::quantity::bound;
use super::raw_site::{RawBuilding, RawDevice, RawHistory, RawSite, SiteTable};
use super::template::{Protocol, Template};
use super::{
    Alarms, Building, NamedSchedule, Places, Recording, Reporting, Site, alarms, connections, jobs,
    meters, out_of_service, reporting, tariffs, web,
};
use crate::model::diagnostic::{Source, line_column};
use crate::model::unit::duration;
use crate::model::{PointTable, Quantity};

/// The templates by name, the site's own before the embedded ones.
pub(super) type Templates = HashMap<String, Option<Template>>;

/// Builds the site and tells all faults; the result means nothing if any was
/// told. With it, where devices and points are declared.
pub(super) fn validate(
    raw: &RawSite,
    source: &Source,
    base: &Path,
    templates: &Templates,
    faults: &mut Faults,
) -> (Site, Places) {
    if raw.buildings.is_empty() {
        let place = Place { file: source.file.clone(), span: 0..0 };
        let example = "[[building]]\nname = \"Rathaus\"";
        faults.error(&place, Naming::NoneAtAll { what: What::Building, example });
    }
    let lines: Vec<_> =
        raw.connections.iter().map(|raw| (raw, connections::build(raw, faults))).collect();
    connections::check_ports(&lines, faults);
    let mut found = Found::default();
    let mut names = HashMap::new();
    let mut devices = Vec::new();
    for (index, device) in raw.devices.iter().enumerate() {
        let building =
            building_of(raw, What::Device, &device.name, device.building.as_ref(), faults)
                .filter(|building| !taken(&mut names, *building, device, source, faults));
        let layers = layers_of(device, templates, faults);
        let line = line_of(raw, device, faults).filter(|line| {
            layers.as_ref().is_none_or(|(template, _)| !is_other(device, *template, *line, faults))
        });
        let built = building.zip(line).zip(layers).and_then(|((building, line), (_, layers))| {
            let building = (building, raw.buildings[building].name.value.as_str());
            devices::build(device, &layers, line, building, index, &mut found, faults)
        });
        if built.is_none() {
            found.unclear.insert(device.name.value.clone());
        }
        devices.push((device, built));
    }
    found.points.shrink_to_fit();
    found.sources.shrink_to_fit();
    devices::check_addresses(&devices, faults);
    check_formerly(raw, &found, faults);
    let table = site(&raw.site, base, faults);
    let zone = &table.time_zone;
    let meters = meters::build(raw, &found, zone, faults);
    let alarms = raw.alarms.as_ref();
    let alarms = alarms.map(|raw| alarms::build(raw, base, table.cycle, faults));
    let alarms = alarms.unwrap_or_default();
    let buildings: Vec<Building> = raw.buildings.iter().map(|raw| building(raw, faults)).collect();
    let report = report(raw, &table, base, &buildings, &found.points, faults);
    let closures = out_of_service::close(&devices, raw, &mut found.points, zone, faults);
    let site = Site {
        buildings,
        connections: lines.into_iter().filter_map(|(_, built)| built).collect(),
        devices: devices.into_iter().filter_map(|(_, built)| built).collect(),
        points: found.points,
        sources: found.sources,
        meters,
        out_of_service: closures,
        alarms,
        history: raw.history.as_ref().map(recording).unwrap_or_default(),
        report,
        web: raw.web.as_ref().and_then(|raw| web::build(raw, base, faults)),
        ..table
    };
    check_grace(&raw.site, &site, faults);
    check_heartbeats(&site, &found.declared, faults);
    let declared = found.devices.into_iter().chain(found.declared);
    (site, declared.map(|(name, place)| (name, (place.file, place.span))).collect())
}

/// A rule would give up before the point that it waits for is read again.
fn check_grace(raw: &SiteTable, site: &Site, faults: &mut Faults) {
    let Some(at) = raw.grace.as_ref().filter(|at| at.value > 0.0) else { return };
    let slowest = site.points.iter().max_by_key(|(_, point)| point.poll);
    if let Some((_, point)) = slowest.filter(|(_, point)| point.poll > site.grace) {
        let time = |duration: Duration| bound(Quantity::TIME, duration.as_secs_f64());
        let (poll, grace) = (time(point.poll), time(site.grace));
        let point = point.name.clone();
        faults.warning(&at.place, Meaning::GraceBelowPoll { point, poll, grace });
    }
}

/// A heartbeat comes with a cycle or not at all.
fn check_heartbeats(site: &Site, declared: &HashMap<String, Place>, faults: &mut Faults) {
    for (_, point) in site.points.iter() {
        let every = point.command.as_ref().and_then(|command| command.heartbeat);
        let Some(every) = every.filter(|every| *every < site.cycle) else { continue };
        let time = |duration: Duration| bound(Quantity::TIME, duration.as_secs_f64());
        let (every, cycle) = (time(every), time(site.cycle));
        if let Some(place) = declared.get(&point.name) {
            faults.warning(place, Meaning::HeartbeatBelowCycle { every, cycle });
        }
    }
}

/// The table `[site]`, with the defaults.
fn site(raw: &SiteTable, base: &Path, faults: &mut Faults) -> Site {
    let zone = raw.time_zone.as_ref();
    let time_zone = TimeZone::get(zone.map_or("Europe/Berlin", |at| &at.value));
    if let (Err(_), Some(at)) = (&time_zone, zone) {
        faults.error(&at.place, Shape::UnknownTimeZone { name: at.value.clone() });
    }
    if let Some(at) = &raw.postcode {
        let text = at.value.clone();
        if text.len() != 5 || !text.chars().all(|digit| digit.is_ascii_digit()) {
            faults.error(&at.place, Shape::Postcode { text });
        }
    }
    let name = raw.name.as_ref().map(|at| at.value.clone()).unwrap_or_default();
    let seconds = |at: &Option<At<f64>>, usual: u64| {
        at.as_ref().and_then(|at| duration(at.value)).unwrap_or(Duration::from_secs(usual))
    };
    Site {
        title: raw.title.as_ref().map_or_else(|| name.clone(), |at| at.value.clone()),
        name,
        time_zone: time_zone.unwrap_or(TimeZone::UTC),
        postcode: raw.postcode.as_ref().map(|at| at.value.clone()),
        language: or(raw.language.as_ref(), Default::default()),
        cycle: seconds(&raw.cycle, 10),
        grace: seconds(&raw.grace, 600),
        read_only: or(raw.read_only.as_ref(), false),
        data: folder(base, raw.data.as_ref(), "data"),
        rules: folder(base, raw.rules.as_ref(), "rules"),
        reload: or(raw.reload.as_ref(), Default::default()),
        buildings: Vec::new(),
        connections: Vec::new(),
        devices: Vec::new(),
        points: Default::default(),
        sources: Vec::new(),
        meters: Vec::new(),
        out_of_service: Vec::new(),
        alarms: Alarms::default(),
        history: Recording::default(),
        report: Default::default(),
        web: None,
    }
}

/// The table `[history]`, with the defaults.
fn recording(raw: &RawHistory) -> Recording {
    let usual = Recording::default();
    let time = |at: &Option<At<f64>>| at.as_ref().and_then(|at| duration(at.value));
    Recording {
        flush: time(&raw.flush).unwrap_or(usual.flush),
        samples: time(&raw.samples).or(usual.samples),
        quarter_hours: time(&raw.quarter_hours),
        events: time(&raw.events),
    }
}

/// A folder, relative to the site file's.
pub(super) fn folder(base: &Path, at: Option<&At<String>>, usual: &str) -> PathBuf {
    base.join(at.map_or(usual, |at| &at.value))
}

/// All that reports need beside the meters.
fn report(
    raw: &RawSite,
    table: &Site,
    base: &Path,
    buildings: &[Building],
    points: &PointTable,
    faults: &mut Faults,
) -> Reporting {
    let report = raw.report.as_ref().map(|raw| reporting::build(raw, base, faults));
    let weather = raw.weather.as_ref();
    let weather = weather.map(|raw| reporting::weather(raw, base, buildings, points, faults));
    Reporting {
        weather: weather.unwrap_or_default(),
        tariffs: tariffs::build(raw, &table.time_zone, faults),
        jobs: jobs::build(raw, base, &table.data, table.language, faults),
        ..report.unwrap_or_default()
    }
}

fn building(raw: &RawBuilding, faults: &mut Faults) -> Building {
    Building {
        name: raw.name.value.clone(),
        title: raw.title.as_ref().unwrap_or(&raw.name).value.clone(),
        usage: raw.usage.as_ref().map(|at| at.value),
        areas: raw.areas,
        year: raw.year.as_ref().and_then(|at| i16::try_from(at.value).ok()),
        occupancy: raw.occupancy.as_ref().map(|at| NamedSchedule {
            schedule: at.value.clone(),
            file: at.place.file.clone(),
            span: at.place.span.clone(),
        }),
        reference: raw.reference.as_ref().and_then(|raw| reporting::reference(raw, faults)),
        hot_water_c: raw.hot_water.as_ref().map(|at| at.value),
    }
}

/// The building that a device or meter names; where there is only one, it need
/// not be named.
pub(super) fn building_of(
    raw: &RawSite,
    who: What,
    name: &At<String>,
    at: Option<&At<String>>,
    faults: &mut Faults,
) -> Option<usize> {
    let known = || raw.buildings.iter().map(|building| building.name.value.clone()).collect();
    let Some(at) = at else {
        return match raw.buildings.len() {
            0 => None,
            1 => Some(0),
            _ => {
                let fault = Naming::WhichBuilding { name: name.value.clone(), known: known() };
                faults.error(&name.place, fault);
                None
            }
        };
    };
    let index = raw.buildings.iter().position(|building| building.name.value == at.value);
    if index.is_none() && !raw.buildings.is_empty() {
        let (name, word) = (name.value.clone(), at.value.clone());
        let what = What::Building;
        faults.error(&at.place, Naming::Unknown { who, name, what, word, known: known() });
    }
    index
}

/// Says that a device's name is taken in its building, if it is.
fn taken<'a>(
    names: &mut HashMap<(usize, &'a str), usize>,
    building: usize,
    device: &'a RawDevice,
    source: &Source,
    faults: &mut Faults,
) -> bool {
    let at = &device.name;
    if let Some(start) = names.get(&(building, at.value.as_str())) {
        let (line, _) = line_column(&source.text, *start);
        let fault = Naming::Taken { what: What::Device, name: at.value.clone(), line };
        faults.error(&at.place, fault);
        return true;
    }
    names.insert((building, &at.value), at.place.span.start);
    false
}

fn line_of<'a>(raw: &'a RawSite, device: &RawDevice, faults: &mut Faults) -> Option<Line<'a>> {
    let at = device.connection.as_ref()?;
    let index = raw.connections.iter().position(|line| line.name.value == at.value);
    let Some(index) = index else {
        let fault = Naming::Unknown {
            who: What::Device,
            name: device.name.value.clone(),
            what: What::Connection,
            word: at.value.clone(),
            known: raw.connections.iter().map(|line| line.name.value.clone()).collect(),
        };
        faults.error(&at.place, fault);
        return None;
    };
    let line = &raw.connections[index];
    Some(Line {
        index,
        name: &line.name.value,
        kind: line.kind.as_ref()?.value,
        broadcasts: line.broadcast.is_some() || line.foreign.is_some(),
    })
}

/// What a device consists of, with its template; `None` if the template or its
/// variant is not there, so that nobody knows.
fn layers_of<'a>(
    device: &RawDevice,
    templates: &'a Templates,
    faults: &mut Faults,
) -> Option<(Option<&'a Template>, Layers)> {
    let template = match &device.template {
        None => None,
        Some(at) => match templates.get(&at.value) {
            Some(template) => Some(template.as_ref()?),
            None => {
                let mut known: Vec<String> = templates.keys().cloned().collect();
                known.sort();
                let (name, word) = (device.name.value.clone(), at.value.clone());
                let (who, what) = (What::Device, What::Template);
                faults.error(&at.place, Naming::Unknown { who, name, what, word, known });
                return None;
            }
        },
    };
    Some((template, devices::layers(device, template, faults)?))
}

/// Says that a template speaks another protocol than the line, if it does.
fn is_other(
    device: &RawDevice,
    template: Option<&Template>,
    line: Line<'_>,
    faults: &mut Faults,
) -> bool {
    let (Some(template), Some(at)) = (template, &device.template) else { return false };
    let other = template.protocol.filter(|protocol| *protocol != line.kind.protocol());
    if let Some(protocol) = other {
        let fault = Address::TemplateOfOther {
            template: template.name.clone(),
            protocol: if protocol == Protocol::Modbus { "Modbus" } else { "BACnet" },
            connection: line.name.to_owned(),
        };
        faults.error(&at.place, fault);
    }
    other.is_some()
}

/// An earlier name that another point has now would give it that one's past.
fn check_formerly(raw: &RawSite, found: &Found, faults: &mut Faults) {
    for device in &raw.devices {
        for (_, point) in &device.points {
            for at in point.formerly.iter().flatten() {
                let own = found.declared.keys().any(|name| {
                    *name == at.value
                        || (!at.value.contains('.')
                            && name.ends_with(&format!(".{}.{}", device.name.value, at.value)))
                });
                if own {
                    let name = at.value.clone();
                    faults.error(&at.place, Naming::FormerlyPresent { name });
                }
            }
        }
    }
}

/// Checks a template by itself, with each of its variants.
pub(super) fn check_template(template: &Template, faults: &mut Faults) {
    let Some(protocol) = template.protocol else { return };
    let variants = template.variants.iter().map(|(name, _)| Some(name.value.as_str()));
    for variant in std::iter::once(None).chain(variants) {
        let points = template.points_of(variant);
        let around = Around {
            protocol,
            prefix: String::new(),
            building: 0,
            device: 0,
            poll: Duration::from_secs(10),
            template: &points,
        };
        let built = devices::build_points(&points, &around, faults);
        devices::add(built, &points, &mut Found::default(), faults);
        if protocol == Protocol::Modbus {
            super::modbus::limits(&template.limits_of(variant), faults);
        }
    }
}
