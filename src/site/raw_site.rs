//! The site file as written: every table with its words and their places, no
//! reference followed yet. Collects the faults of form and of names.

use std::collections::HashMap;

use super::fault::{Naming, What};
use super::out_of_service::{self, RawClosed};
use super::place::{At, Faults, Place};
use super::quantity::Wanted;
use super::raw_alarms::{self, RawAlarms};
use super::raw_meter::{self, RawMeter};
use super::raw_point::POLL;
use super::raw_report::{self, RawJob, RawReference, RawReport, RawTariff, RawWeather};
use super::section::Section;
use super::template::{self, NamedPoints, RawLimits};
use super::web::{self, RawWeb};
use super::words;
use super::{Parity, Reload, Usage};
use crate::model::diagnostic::{Source, line_column};
use crate::model::{Language, Quantity};

#[derive(Debug)]
pub(super) struct RawSite {
    pub site: SiteTable,
    pub buildings: Vec<RawBuilding>,
    pub connections: Vec<RawConnection>,
    pub devices: Vec<RawDevice>,
    pub meters: Vec<RawMeter>,
    pub alarms: Option<RawAlarms>,
    pub history: Option<RawHistory>,
    pub report: Option<RawReport>,
    pub weather: Option<RawWeather>,
    pub tariffs: Vec<RawTariff>,
    pub jobs: Vec<RawJob>,
    pub web: Option<RawWeb>,
}

#[derive(Debug, Default)]
pub(super) struct SiteTable {
    pub name: Option<At<String>>,
    pub title: Option<At<String>>,
    pub time_zone: Option<At<String>>,
    pub postcode: Option<At<String>>,
    pub language: Option<At<Language>>,
    pub cycle: Option<At<f64>>,
    pub grace: Option<At<f64>>,
    pub read_only: Option<At<bool>>,
    pub data: Option<At<String>>,
    pub rules: Option<At<String>>,
    pub reload: Option<At<Reload>>,
}

/// The table `[history]`: times in seconds.
#[derive(Debug, Default)]
pub(super) struct RawHistory {
    pub flush: Option<At<f64>>,
    pub samples: Option<At<f64>>,
    pub quarter_hours: Option<At<f64>>,
    pub events: Option<At<f64>>,
}

#[derive(Debug)]
pub(super) struct RawBuilding {
    pub name: At<String>,
    pub title: Option<At<String>>,
    pub usage: Option<At<Usage>>,
    pub areas: super::Areas,
    pub year: Option<At<i64>>,
    pub occupancy: Option<At<String>>,
    pub reference: Option<RawReference>,
    /// °C
    pub hot_water: Option<At<f64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ConnectionType {
    ModbusTcp,
    ModbusRtu,
    ModbusRtuOverTcp,
    BacnetIp,
}

#[derive(Debug)]
pub(super) struct RawConnection {
    pub name: At<String>,
    pub place: Place,
    pub kind: Option<At<ConnectionType>>,
    /// Whether the word is there at all, well-formed or not.
    pub has_address: bool,
    pub address: Option<At<String>>,
    pub timeout: Option<At<f64>>,
    pub baud: Option<At<i64>>,
    pub parity: Option<At<Parity>>,
    pub stop_bits: Option<At<i64>>,
    pub bind: Option<At<String>>,
    pub broadcast: Option<At<String>>,
    pub instance: Option<At<i64>>,
    pub foreign: Option<RawForeign>,
}

#[derive(Debug)]
pub(super) struct RawForeign {
    pub place: Place,
    pub bbmd: Option<At<String>>,
    pub ttl: Option<At<f64>>,
}

#[derive(Debug)]
pub(super) struct RawDevice {
    pub name: At<String>,
    pub place: Place,
    pub building: Option<At<String>>,
    pub connection: Option<At<String>>,
    pub template: Option<At<String>>,
    pub variant: Option<At<String>>,
    /// Whether the word is there at all, well-formed or not.
    pub has_unit: bool,
    pub unit: Option<At<i64>>,
    pub instance: Option<At<i64>>,
    pub address: Option<At<String>>,
    pub network: Option<At<i64>>,
    pub mac: Option<At<String>>,
    pub poll: Option<At<f64>>,
    pub out_of_service: Option<At<RawClosed>>,
    pub limits: RawLimits,
    pub points: NamedPoints,
}

/// Reads the whole document.
pub(super) fn read(mut section: Section<'_>, source: &Source, faults: &mut Faults) -> RawSite {
    section.require("site", "[site]");
    let site = section.table("site", faults).map(|table| site_table(table, faults));
    let mut names = Names { source, starts: HashMap::new() };
    let mut raw = RawSite {
        site: site.unwrap_or_default(),
        buildings: each(&mut section, "building", faults, |s, f| building(s, &mut names, f)),
        connections: Vec::new(),
        devices: Vec::new(),
        meters: Vec::new(),
        alarms: None,
        history: None,
        report: None,
        weather: None,
        tariffs: Vec::new(),
        jobs: Vec::new(),
        web: None,
    };
    names.starts.clear();
    raw.connections = each(&mut section, "connection", faults, |s, f| connection(s, &mut names, f));
    raw.devices = each(&mut section, "device", faults, device);
    names.starts.clear();
    raw.meters = each(&mut section, "meter", faults, |s, f| raw_meter::read(s, &mut names, f));
    raw.alarms = section.table("alarms", faults).map(|table| raw_alarms::read(table, faults));
    raw.history = section.table("history", faults).map(|table| history(table, faults));
    raw.report = section.table("report", faults).map(|table| raw_report::report(table, faults));
    raw.weather = section.table("weather", faults).map(|table| raw_report::weather(table, faults));
    names.starts.clear();
    raw.tariffs = each(&mut section, "tariff", faults, |s, f| raw_report::tariff(s, &mut names, f));
    names.starts.clear();
    raw.jobs = each(&mut section, "job", faults, |s, f| raw_report::job(s, &mut names, f));
    raw.web = section.table("web", faults).map(|table| web::read(table, faults));
    section.finish(faults);
    raw
}

fn history(mut s: Section<'_>, faults: &mut Faults) -> RawHistory {
    const FLUSH: Wanted = Wanted::time(1.0, 600.0, "\"30 s\"");
    const KEPT: Wanted = Wanted::time(7.0 * 86_400.0, 36_600.0 * 86_400.0, "\"731 d\"");
    let history = RawHistory {
        flush: s.quantity("flush", FLUSH, faults),
        samples: s.quantity("samples", KEPT, faults),
        quarter_hours: s.quantity("quarter_hours", KEPT, faults),
        events: s.quantity("events", KEPT, faults),
    };
    s.finish(faults);
    history
}

fn each<T>(
    section: &mut Section<'_>,
    key: &'static str,
    faults: &mut Faults,
    mut read: impl FnMut(&mut Section<'_>, &mut Faults) -> Option<T>,
) -> Vec<T> {
    let mut found = Vec::new();
    for mut table in section.tables(key, faults) {
        found.extend(read(&mut table, faults));
        table.finish(faults);
    }
    found
}

/// Names given so far, and where.
pub(super) struct Names<'a> {
    source: &'a Source,
    starts: HashMap<String, usize>,
}

impl Names<'_> {
    /// Says that a name is taken, if it is.
    pub fn take(&mut self, what: What, name: &At<String>, faults: &mut Faults) {
        if let Some(start) = self.starts.get(&name.value) {
            let (line, _) = line_column(&self.source.text, *start);
            let fault = Naming::Taken { what, name: name.value.clone(), line };
            faults.error(&name.place, fault);
        } else {
            self.starts.insert(name.value.clone(), name.place.span.start);
        }
    }
}

/// The `name` of a table; malformed ones are told and kept, so that what
/// refers to them is not called unknown as well.
pub(super) fn name(
    section: &mut Section<'_>,
    what: What,
    example: &'static str,
    faults: &mut Faults,
) -> Option<At<String>> {
    section.require("name", example);
    let name = section.text("name", faults)?;
    if !words::is_name(&name.value) {
        let mended = words::mended_name(&name.value);
        let fault = Naming::BadName { what, name: name.value.clone(), mended };
        faults.error(&name.place, fault);
    } else if matches!(what, What::Building | What::Device) && words::is_keyword(&name.value) {
        faults.error(&name.place, Naming::Keyword { what, name: name.value.clone() });
    }
    Some(name)
}

fn site_table(mut section: Section<'_>, faults: &mut Faults) -> SiteTable {
    const CYCLE: Wanted = Wanted::time(1.0, 3600.0, "\"10 s\"");
    const GRACE: Wanted = Wanted::time(0.0, 86_400.0, "\"10 min\"");
    let s = &mut section;
    let table = SiteTable {
        name: name(s, What::Site, "name = \"Musterstadt\"", faults),
        title: s.text("title", faults),
        time_zone: s.text("time_zone", faults),
        postcode: s.text("postcode", faults),
        language: s.word("language", faults),
        cycle: s.quantity("cycle", CYCLE, faults),
        grace: s.quantity("grace", GRACE, faults),
        read_only: s.flag("read_only", faults),
        data: s.text("data", faults),
        rules: s.text("rules", faults),
        reload: s.word("reload", faults),
    };
    // Where the templates are was asked before there were any: `load`.
    s.text("devices", faults);
    section.finish(faults);
    table
}

fn building(
    s: &mut Section<'_>,
    names: &mut Names<'_>,
    faults: &mut Faults,
) -> Option<RawBuilding> {
    let name = name(s, What::Building, "name = \"Rathaus\"", faults);
    if let Some(name) = &name {
        names.take(What::Building, name, faults);
    }
    let mut areas = super::Areas::default();
    if let Some(mut table) = s.table("area", faults) {
        let wanted =
            Wanted { quantity: Quantity::AREA, least: 1.0, most: 1e7, example: "\"2100 m²\"" };
        let mut area = |key| table.quantity(key, wanted, faults).map(|area| area.value);
        areas = super::Areas { nuf: area("nuf"), ngf: area("ngf"), bgf: area("bgf") };
        table.finish(faults);
    }
    let building = RawBuilding {
        title: s.text("title", faults),
        usage: s.word("usage", faults),
        areas,
        year: s.integer("year", 800, 2200, faults),
        occupancy: s.text("occupancy", faults),
        reference: raw_report::reference(s, faults),
        hot_water: raw_report::hot_water(s, faults),
        name: name?,
    };
    Some(building)
}

fn connection(
    s: &mut Section<'_>,
    names: &mut Names<'_>,
    faults: &mut Faults,
) -> Option<RawConnection> {
    const TIMEOUT: Wanted = Wanted::time(0.01, 60.0, "\"1 s\"");
    const TTL: Wanted = Wanted::time(10.0, 65_535.0, "\"300 s\"");
    let name = name(s, What::Connection, "name = \"heizung\"", faults);
    if let Some(name) = &name {
        names.take(What::Connection, name, faults);
    }
    s.require("type", "type = \"modbus-tcp\"");
    let kind = s.word("type", faults);
    let foreign = s.table("foreign", faults).map(|mut table| {
        table.require("bbmd", "foreign = { bbmd = \"10.0.0.1:47808\" }");
        let foreign = RawForeign {
            place: table.place.clone(),
            bbmd: table.text("bbmd", faults),
            ttl: table.quantity("ttl", TTL, faults),
        };
        table.finish(faults);
        foreign
    });
    let connection = RawConnection {
        place: s.place.clone(),
        kind,
        has_address: s.has("address"),
        address: s.text("address", faults),
        timeout: s.quantity("timeout", TIMEOUT, faults),
        baud: s.integer("baud", 300, 1_000_000, faults),
        parity: s.word("parity", faults),
        stop_bits: s.integer("stop_bits", 1, 2, faults),
        bind: s.text("bind", faults),
        broadcast: s.text("broadcast", faults),
        instance: s.integer("instance", 0, MAX_INSTANCE, faults),
        foreign,
        name: name?,
    };
    Some(connection)
}

/// 22 bits; the last one is the wildcard (ASHRAE 135, clause 12.11.1).
const MAX_INSTANCE: i64 = 4_194_302;

fn device(s: &mut Section<'_>, faults: &mut Faults) -> Option<RawDevice> {
    let name = name(s, What::Device, "name = \"Kessel\"", faults);
    s.require("connection", "connection = \"heizung\"");
    let device = RawDevice {
        place: s.place.clone(),
        building: s.text("building", faults),
        connection: s.text("connection", faults),
        template: s.text("template", faults),
        variant: s.text("variant", faults),
        has_unit: s.has("unit"),
        unit: s.integer("unit", 0, 255, faults),
        instance: s.integer("instance", 0, MAX_INSTANCE, faults),
        address: s.text("address", faults),
        network: s.integer("network", 1, 65_534, faults),
        mac: s.number_or_text("mac", faults),
        poll: s.quantity("poll", POLL, faults),
        out_of_service: out_of_service::read(s, faults),
        limits: template::limits(s, faults),
        points: template::points(s, faults),
        name: name?,
    };
    Some(device)
}
