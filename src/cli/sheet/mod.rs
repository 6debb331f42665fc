//! `hauswart emergency-sheet`: a sheet of A4 for the folder beside each plant:
//! what we command there, the switch at the device, how to clear our commands
//! with foreign tools, and what the plant does without us. Made from the site
//! file alone; nothing is asked of any device.

mod html;
mod text;
mod tools;

use std::process::ExitCode;

use serde::Serialize;

use super::{SiteFile, files, say};
use crate::model::unit::spoken_length;
use crate::model::{Command, Language, Point, PointId, Release};
use crate::site::{Site, Transport};

use tools::Line;

pub const EXAMPLE: &str = "Example:
  hauswart emergency-sheet --format html > notfallblatt.html
  hauswart emergency-sheet --device Rathaus.HK1

Print it, one sheet a device, and put it into the folder at the plant. Print it
anew when the site file has changed.
Exit code 0: done; 1: nothing is commanded there; 2: could not read.";

#[derive(Debug, clap::Args)]
pub struct EmergencySheet {
    /// Of this device only: `HK1`, or the full name `Rathaus.HK1`.
    #[arg(long)]
    device: Option<String>,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: SheetFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum SheetFormat {
    #[default]
    Text,
    /// For a browser and its printer.
    Html,
    /// For machines.
    Json,
}

impl EmergencySheet {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let mut sheets = sheets(&site, language);
        if let Some(wanted) = &self.device {
            sheets.plants.retain(|plant| {
                let short = plant.device.rsplit('.').next();
                plant.device == *wanted || short == Some(wanted)
            });
        }
        if sheets.plants.is_empty() {
            say::err(language.pick(
                "hauswart: hier wird nichts gestellt, also ist auch nichts zurückzunehmen",
                "hauswart: nothing is commanded here, so there is nothing to take back",
            ));
            return Ok(ExitCode::from(1));
        }
        match self.format {
            SheetFormat::Text => say::out(text::render(&sheets, language).trim_end()),
            SheetFormat::Html => say::out(&html::render(&sheets, language)),
            SheetFormat::Json => say::out(&serde_json::to_string_pretty(&sheets)?),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// All sheets of a site.
#[derive(Debug, Serialize)]
struct Sheets {
    site: String,
    /// The day on which they were made.
    made: String,
    version: &'static str,
    plants: Vec<Plant>,
}

/// One commanded device.
#[derive(Debug, Serialize)]
struct Plant {
    building: String,
    /// `building.device`
    device: String,
    /// Where it is on the wire, in words.
    place: String,
    /// The device's own switches, and where they stand by hand.
    switches: Vec<String>,
    /// What has to be typed once, before the lines of the points.
    before: Vec<Line>,
    points: Vec<Commanded>,
    /// What of this sheet needs a word of warning.
    notes: Vec<String>,
}

/// One point that hauswart commands.
#[derive(Debug, Serialize)]
struct Commanded {
    point: String,
    /// How it is let go, in words.
    how: String,
    /// The lines to type.
    lines: Vec<Line>,
    /// What the plant does without us.
    without: String,
}

fn sheets(site: &Site, language: Language) -> Sheets {
    let devices = (0..site.devices.len()).filter_map(|device| plant(site, device, language));
    Sheets {
        site: site.title.clone(),
        made: files::today(site).strftime("%d.%m.%Y").to_string(),
        version: env!("CARGO_PKG_VERSION"),
        plants: devices.collect(),
    }
}

/// The sheet of one device; `None` if nothing is commanded there.
fn plant(site: &Site, index: usize, language: Language) -> Option<Plant> {
    let device = &site.devices[index];
    let commanded: Vec<(PointId, &Point, &Command)> = device
        .points
        .iter()
        .map(|id| (*id, site.points.get(*id)))
        .filter_map(|(id, point)| Some((id, point, point.command.as_deref()?)))
        .collect();
    let set: Vec<_> = commanded.iter().filter(|(.., it)| it.heartbeat.is_none()).collect();
    if set.is_empty() {
        return None;
    }
    let points = set.iter().map(|(id, point, command)| Commanded {
        point: short(point).to_owned(),
        how: how(site, point, command, language),
        lines: tools::lines(site, *id, language),
        without: without(point, command, language),
    });
    Some(Plant {
        building: site.buildings[device.building].title.clone(),
        device: site.device_name(index),
        place: place(site, index, language),
        switches: switches(site, &commanded),
        before: tools::before(site, index, language),
        points: points.collect(),
        notes: notes(&commanded, language),
    })
}

/// A point's name on the sheet of its device.
fn short(point: &Point) -> &str {
    point.name.rsplit('.').next().unwrap_or(&point.name)
}

fn place(site: &Site, index: usize, language: Language) -> String {
    let device = &site.devices[index];
    let connection = &site.connections[device.connection];
    let at = tools::address(site, index);
    let unit = |unit: &str| language.pick(format!("Gerät {unit}"), format!("unit {unit}"));
    match &connection.transport {
        Transport::ModbusTcp { host, port } => {
            format!("Modbus TCP, {host}:{port}, {}", unit(&at))
        }
        Transport::ModbusRtuOverTcp { host, port } => {
            format!("Modbus RTU over TCP, {host}:{port}, {}", unit(&at))
        }
        Transport::ModbusRtu(line) => format!("Modbus RTU, {}, {}", line.path, unit(&at)),
        Transport::BacnetIp(_) => format!("BACnet, {at}"),
    }
}

/// The switches of all commanded points, each once.
fn switches(site: &Site, commanded: &[(PointId, &Point, &Command)]) -> Vec<String> {
    let mut switches: Vec<String> = Vec::new();
    for (_, point, _) in commanded {
        let Some((switch, states)) = &point.by_hand else { continue };
        let switch = site.points.get(*switch);
        let states: Vec<String> = states.iter().map(|state| switch.kind.display(*state)).collect();
        let told = format!("{}: {}", short(switch), states.join(", "));
        if !switches.contains(&told) {
            switches.push(told);
        }
    }
    switches
}

/// How a command is let go.
fn how(site: &Site, point: &Point, command: &Command, language: Language) -> String {
    match command.release {
        Release::Slot(slot) => language.pick(
            format!("Priorität {slot} leeren (NULL)"),
            format!("empty priority slot {slot} (NULL)"),
        ),
        Release::Restore => language
            .pick(
                "den Wert von Hand zurückstellen, der hier üblich ist",
                "set back by hand to what is usual here",
            )
            .to_owned(),
        Release::Value(value) => {
            let value = point.kind.display(value);
            language.pick(format!("auf {value} stellen"), format!("set to {value}"))
        }
        Release::Action { point, value } => {
            let action = site.points.get(point);
            let (name, value) = (short(action), action.kind.display(value));
            language.pick(format!("{name} auf {value} stellen"), format!("set {name} to {value}"))
        }
    }
}

/// What the plant does if we are gone.
fn without(point: &Point, command: &Command, language: Language) -> String {
    let does = command.released.map(|value| point.kind.display(value));
    let then = does.map_or_else(String::new, |does| {
        language.pick(format!(", dann gilt {does}"), format!(", then {does} holds"))
    });
    match (command.abandoned.falls_back, &command.abandoned.accepted) {
        (Some(after), _) => {
            let after = spoken_length(after);
            language.pick(
                format!("fällt nach {after} von selbst zurück{then}"),
                format!("falls back by itself after {after}{then}"),
            )
        }
        (None, Some(accepted)) => language.pick(
            format!("bleibt stehen ({}: {})", accepted.by, accepted.why),
            format!("stays ({}: {})", accepted.by, accepted.why),
        ),
        (None, None) => language.pick(
            format!("bleibt stehen, bis ihn jemand löscht{then}"),
            format!("stays until somebody clears it{then}"),
        ),
    }
}

/// What nobody watches over while we are gone.
fn notes(commanded: &[(PointId, &Point, &Command)], language: Language) -> Vec<String> {
    let mut notes = Vec::new();
    for (_, point, command) in commanded {
        let name = short(point);
        let show = |value: f64| point.kind.display(value);
        if let Some(floor) = command.floor.map(show) {
            notes.push(language.pick(
                format!("{name} nie unter {floor}: darüber wacht sonst Hauswart"),
                format!("{name} never below {floor}: hauswart watches over that otherwise"),
            ));
        }
        if let Some(ceiling) = command.ceiling.map(show) {
            notes.push(language.pick(
                format!("{name} nie über {ceiling}: darüber wacht sonst Hauswart"),
                format!("{name} never above {ceiling}: hauswart watches over that otherwise"),
            ));
        }
        if let Some(every) = command.heartbeat.map(spoken_length) {
            notes.push(language.pick(
                format!("{name} ist das Lebenszeichen: es wechselt alle {every}; steht es still, ist Hauswart weg"),
                format!("{name} is the heartbeat: it toggles every {every}; where it stands still, hauswart is gone"),
            ));
        }
    }
    notes
}
