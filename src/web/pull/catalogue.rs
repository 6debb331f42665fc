//! What there is to pull: buildings, points, meters, and how far the history
//! reaches. The numbers are those of the site file, in the units that the history
//! is told in.

use axum::extract::State;
use axum::http::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;

use super::OPENAPI;
use super::answer::{Answer, Caller, Form, Refused, form};
use super::tokens::Scope;
use crate::history::{FileKind, Shelf, Span};
use crate::model::{Kind, Language, Point, Role};
use crate::site::{Building, Carrier, Direction, Meter, MeterSource, Serves, Site, Usage};
use crate::web::api::Shared;

#[derive(Serialize)]
struct Catalogue<'a> {
    site: &'a str,
    title: &'a str,
    time_zone: Option<&'a str>,
    language: Language,
    buildings: Vec<ShownBuilding<'a>>,
    points: Vec<ShownPoint<'a>>,
    meters: Vec<ShownMeter<'a>>,
    history: Reach,
}

#[derive(Serialize)]
struct ShownBuilding<'a> {
    name: &'a str,
    title: &'a str,
    usage: Option<Usage>,
    year: Option<i16>,
    /// m²
    area_m2: ShownAreas,
}

#[derive(Serialize)]
struct ShownAreas {
    nuf: Option<f64>,
    ngf: Option<f64>,
    bgf: Option<f64>,
}

#[derive(Serialize)]
struct ShownPoint<'a> {
    name: &'a str,
    building: &'a str,
    device: &'a str,
    role: Role,
    kind: &'static str,
    unit: Option<&'a str>,
    states: Option<&'a [String]>,
    commandable: bool,
}

#[derive(Serialize)]
struct ShownMeter<'a> {
    name: &'a str,
    building: &'a str,
    carrier: Carrier,
    direction: Direction,
    unit: &'a str,
    /// How it is read.
    source: &'static str,
    point: Option<&'a str>,
    parent: Option<&'a str>,
    serves: &'a [Serves],
}

/// What is in files: the hour that runs, and of quarter hours the day, come on top.
#[derive(Serialize)]
struct Reach {
    samples: Option<Stretch>,
    quarter_hours: Option<Stretch>,
}

#[derive(Serialize)]
struct Stretch {
    from: Timestamp,
    to: Timestamp,
}

impl Stretch {
    fn of(span: Span) -> Self {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap_or_default();
        Self { from: at(span.from_ms), to: at(span.until_ms) }
    }
}

pub async fn catalogue(
    State(shared): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Answer, Refused> {
    caller.require(Scope::Read)?;
    form(&headers, &[Form::Json], caller.language)?;
    let site = shared.site;
    let language = caller.language;
    let written = tokio::task::spawn_blocking(move || {
        // It goes on when who asked has gone.
        let _turn = caller.turn;
        let shelf = Shelf::open(&site.data.join("history"));
        let shelf =
            shelf.map_err(|error| Refused::unreadable(&error.words(site.language), language))?;
        Answer::json(&Catalogue::of(&site, &shelf))
    });
    written.await.map_err(|error| Refused::bug(&error.to_string()))?
}

impl<'a> Catalogue<'a> {
    fn of(site: &'a Site, shelf: &Shelf) -> Self {
        let devices = site.devices.iter();
        let points = devices.flat_map(|device| {
            let building = site.buildings[device.building].name.as_str();
            let points = device.points.iter().map(|id| site.points.get(*id));
            points.map(move |point| shown_point(point, building, &device.name))
        });
        let stretch = |kind| shelf.reach(kind).map(Stretch::of);
        Self {
            site: &site.name,
            title: &site.title,
            time_zone: site.time_zone.iana_name(),
            language: site.language,
            buildings: site.buildings.iter().map(shown_building).collect(),
            points: points.collect(),
            meters: site.meters.iter().map(|meter| shown_meter(meter, site)).collect(),
            history: Reach {
                samples: stretch(FileKind::Raw),
                quarter_hours: stretch(FileKind::Rollup),
            },
        }
    }
}

fn shown_building(building: &Building) -> ShownBuilding<'_> {
    let areas = building.areas;
    ShownBuilding {
        name: &building.name,
        title: &building.title,
        usage: building.usage,
        year: building.year,
        area_m2: ShownAreas { nuf: areas.nuf, ngf: areas.ngf, bgf: areas.bgf },
    }
}

fn shown_point<'a>(point: &'a Point, building: &'a str, device: &'a str) -> ShownPoint<'a> {
    let (kind, unit, states) = match &point.kind {
        Kind::Number(unit) => ("number", Some(unit.symbol.as_str()), None),
        Kind::States(states) => ("states", None, Some(states.as_slice())),
    };
    ShownPoint {
        name: &point.name,
        building,
        device,
        role: point.role,
        kind,
        unit,
        states,
        commandable: point.is_commandable(),
    }
}

fn shown_meter<'a>(meter: &'a Meter, site: &'a Site) -> ShownMeter<'a> {
    let (source, point) = match meter.source {
        MeterSource::Counter(point) => ("counter", Some(point)),
        MeterSource::Power(point) => ("power", Some(point)),
        MeterSource::Dial => ("dial", None),
    };
    ShownMeter {
        name: &meter.name,
        building: &site.buildings[meter.building].name,
        carrier: meter.carrier,
        direction: meter.direction,
        unit: &meter.unit.symbol,
        source,
        point: point.map(|point| site.points.get(point).name.as_str()),
        parent: meter.parent.map(|parent| site.meters[parent].name.as_str()),
        serves: &meter.serves,
    }
}

/// The document that describes all this.
pub async fn openapi(caller: Caller, headers: HeaderMap) -> Result<Answer, Refused> {
    caller.require(Scope::Read)?;
    form(&headers, &[Form::Json], caller.language)?;
    Ok(Answer {
        media: "application/json",
        bytes: OPENAPI.as_bytes().to_vec(),
        next: None,
        faults: 0,
    })
}
