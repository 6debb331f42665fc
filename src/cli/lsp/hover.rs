//! What is told of the word under the pointer: points with their place in the
//! plant, values with their expression, schedules with what they do next,
//! keywords with a sentence and an example. In Markdown.

use std::ops::Range;

use jiff::Timestamp;

use super::project::Project;
use super::words;
use crate::model::{Kind, Language, Point, PointId};
use crate::rules::{Definition, Meaning};
use crate::site::Site;

/// A text for people, the bytes that it is about, and the point whose present
/// value is to be told with it.
pub struct Told {
    pub place: Range<usize>,
    pub text: String,
    pub point: Option<PointId>,
}

/// What is told of a place of a file.
pub fn told(
    project: &Project,
    file: &str,
    offset: usize,
    language: Language,
    now: Timestamp,
) -> Option<Told> {
    let site = project.site();
    let (place, meaning) = project.index.at(site, file, offset)?;
    let mut pointed = None;
    let text = match meaning {
        Meaning::Point(id) => {
            pointed = Some(id);
            let mut told = point(site?, id, language);
            for index in project.index.protections_of(site?, id) {
                let protection = &project.index.definitions()[index];
                told.push_str(&format!("\n\n{}", definition(project, protection, language, now)));
            }
            told
        }
        Meaning::Definition(index) => {
            definition(project, &project.index.definitions()[index], language, now)
        }
        Meaning::State { of, state } => {
            let states = project.index.states(site, project.index.building(file), &of);
            let of_what = language.pick("Zustand von", "state of");
            format!("**{state}**: {of_what} {of}\n\n{}", states.join(", "))
        }
        Meaning::Keyword(keyword) => {
            format!("**{keyword}**\n\n{}", words::about(keyword, language)?)
        }
        Meaning::Building(name) => {
            let known = site?.buildings.iter().find(|building| building.name == name)?;
            format!("**{name}**\n\n{}", known.title)
        }
    };
    Some(Told { place, text, point: pointed })
}

fn point(site: &Site, id: PointId, language: Language) -> String {
    let point = site.points.get(id);
    let device = &site.devices[point.device];
    let building = &site.buildings[point.building];
    let mut lines = vec![format!("**{}**", point.name)];
    let mut kind = words::kind(&point.kind);
    if kind.is_empty() {
        language.pick("Zahl", "number").clone_into(&mut kind);
    }
    if let Some(span) = span(&point.kind, point.range) {
        kind.push_str(&format!(", {span}"));
    }
    lines.push(format!("{kind} · {}", words::role(point.role)));
    lines.push(commanded(site, point, language));
    let template = device.template.as_deref().map(|name| format!(" ({name})"));
    lines.push(language.pick(
        format!("Gerät {}{}, {}", device.name, template.as_deref().unwrap_or(""), building.title),
        format!("device {}{}, {}", device.name, template.as_deref().unwrap_or(""), building.title),
    ));
    lines.join("\n\n")
}

/// `5 °C … 30 °C`
fn span(kind: &Kind, range: Option<(f64, f64)>) -> Option<String> {
    let (low, high) = range?;
    Some(format!("{} … {}", kind.display(low), kind.display(high)))
}

fn commanded(site: &Site, point: &Point, language: Language) -> String {
    let Some(command) = &point.command else {
        return language.pick("nur lesbar", "read only").to_owned();
    };
    let mut text = language.pick("stellbar", "can be set").to_owned();
    let limits = command.limits.filter(|_| matches!(point.kind, Kind::Number(_)));
    if let Some(span) = span(&point.kind, limits) {
        text.push_str(&format!(": {span}"));
    }
    for (bound, german, english) in
        [(command.floor, "nie unter", "never below"), (command.ceiling, "nie über", "never above")]
    {
        if let Some(bound) = bound {
            let shown = point.kind.display(bound);
            text.push_str(&format!(", {} {shown}", language.pick(german, english)));
        }
    }
    if site.read_only {
        let note = language.pick("die Anlage ist im Nur-Lesen-Betrieb", "the site is read-only");
        text.push_str(&format!(" ({note})"));
    }
    text
}

fn definition(project: &Project, found: &Definition, language: Language, now: Timestamp) -> String {
    let text = project.text(&found.file).and_then(|text| text.get(found.whole.clone()));
    let mut told = format!("```hauswart\n{}\n```", text.unwrap_or(&found.name).trim_end());
    if found.keyword == "value"
        && let Some(kind) = project.index.kind(found)
    {
        told.push_str(&format!("\n\n{}", words::kind(&kind)));
    }
    if let Some((on, change)) = project.index.schedule(found, now) {
        let state = if on { language.pick("ein", "on") } else { language.pick("aus", "off") };
        told.push_str(&format!("\n\n{}: **{state}**", language.pick("jetzt", "now")));
        if let (Some(change), Some(site)) = (change, project.site()) {
            let at = site.time_zone.to_datetime(change);
            let until = language.pick("bis", "until");
            told.push_str(&format!(" {until} {}", at.strftime("%d.%m.%Y %H:%M")));
        }
    }
    told
}
