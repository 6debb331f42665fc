//! What a case expects, and what of it is the same for all protocols.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hauswart::model::diagnostic::{Source, render};
use hauswart::model::unit::parse_quantity;
use hauswart::model::{Kind, Language, PointId, Quality};
use hauswart::site::{self, Site};
use serde::Deserialize;

use crate::line::Line;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// By point: the value as people read it, or the quality.
    pub read: BTreeMap<String, String>,
    #[serde(default)]
    pub write: Vec<Write>,
    #[serde(default)]
    pub refused: Vec<Refused>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    pub point: String,
    pub value: String,
    /// What is read back, where that is not the value written.
    pub held: Option<String>,
    /// Where it lands, in the words of the protocol.
    pub lands: serde_json::Value,
    /// Where the hand-back lands.
    pub back: serde_json::Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    pub point: String,
    pub value: String,
}

pub fn text(template: &str, file: &str) -> String {
    fs::read_to_string(Path::new("tests/devices").join(template).join(file)).unwrap()
}

/// The image as JSON, for the peer.
pub fn image(template: &str) -> serde_json::Value {
    toml::from_str(&text(template, "image.toml")).unwrap()
}

pub fn expected(template: &str) -> Expected {
    toml::from_str(&text(template, "expected.toml")).unwrap()
}

/// A site with one connection and one device of the template.
pub fn site(template: &str, connection: &str, address: &str) -> Site {
    let text = format!(
        "format = 1\n[site]\nname = \"Musterstadt\"\nlanguage = \"en\"\n\
         [[building]]\nname = \"Rathaus\"\n\
         [[connection]]\nname = \"leitung\"\n{connection}\n\
         [[device]]\nname = \"Pruefling\"\nconnection = \"leitung\"\ntemplate = \"{template}\"\n{address}\n"
    );
    let main = Source { file: "site.toml".into(), text: text.into() };
    let loaded = site::load(&main, Path::new("/anlage"), &[]);
    let shown = render(&loaded.diagnostics, &loaded.sources, Language::En, false);
    loaded.site.unwrap_or_else(|| panic!("{shown}"))
}

/// A canonical value from what people write.
pub fn value(site: &Site, point: PointId, text: &str) -> f64 {
    match &site.points.get(point).kind {
        Kind::Number(_) => parse_quantity(text).unwrap().0,
        Kind::States(states) => states.iter().position(|state| state == text).unwrap() as f64,
    }
}

fn quality(quality: Quality) -> String {
    serde_json::to_value(quality).unwrap().as_str().unwrap().to_owned()
}

/// Reads every point of the device and compares; no point may be left out.
pub async fn check_reads(line: &Line, expected: &Expected) {
    let mut found = BTreeMap::new();
    for (id, point) in line.site.points.iter().filter(|(_, point)| point.readable) {
        let shown = match line.read(id).await.value {
            Ok(value) => point.kind.display(value),
            Err(why) => quality(why),
        };
        found.insert(point.name.rsplit('.').next().unwrap().to_owned(), shown);
    }
    assert_eq!(found, expected.read);
}
