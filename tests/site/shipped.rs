//! What comes with the program: its templates and the demo site.

use std::fs;
use std::path::Path;

use hauswart::model::diagnostic::{Source, render};
use hauswart::model::{Kind, Language, Release};
use hauswart::site::{self, Loaded};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn without_faults(loaded: &Loaded) {
    let shown = render(&loaded.diagnostics, &loaded.sources, Language::En, false);
    assert!(loaded.diagnostics.is_empty(), "{shown}");
}

#[test]
fn every_template_of_the_folder_is_embedded_and_sound() {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("devices")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    let embedded = site::embedded_templates();
    assert_eq!(embedded.len(), files.len(), "a template is not embedded, or one too many is");
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let shown = format!("hauswart:devices/{name}");
        let found = embedded.iter().find(|source| *source.file == *shown).unwrap();
        assert_eq!(*found.text, *fs::read_to_string(&file).unwrap(), "{name}");
    }
    // As a site's own, each is checked whole, with all its variants.
    let empty = "format = 1\n[site]\nname = \"S\"\n[[building]]\nname = \"B\"\n";
    let main = Source { file: "site.toml".into(), text: empty.into() };
    without_faults(&site::load(&main, Path::new("/"), &embedded));
}

#[test]
fn the_demo_site_loads_without_faults() {
    let loaded = site::read(&root().join("rules/demo/site.toml")).unwrap();
    without_faults(&loaded);
    let site = loaded.site.unwrap();
    assert_eq!(site.data, root().join("rules/demo/data"));
    assert_eq!(site.devices.len(), 7);
    assert_eq!(site.sources.len(), site.points.len());
    let point = |name: &str| site.points.get(site.points.find(name).unwrap());
    let mode = point("Rathaus.Kessel.RK1_Betriebsart");
    assert_eq!(mode.kind, Kind::States(["auto", "standby", "day", "night"].map(Into::into).into()));
    let level = site.points.find("Rathaus.Kessel.RK1_Ebene").unwrap();
    let release = &mode.command.as_ref().unwrap().release;
    assert_eq!(*release, Release::Action { point: level, value: 1.0 });
    let switch = site.points.find("Rathaus.Kessel.Schalter_RK1").unwrap();
    assert_eq!(mode.by_hand, Some((switch, vec![2.0, 3.0, 4.0, 5.0])));
    let room = point("Rathaus.HK1.Raum_Soll").command.as_ref().unwrap();
    assert_eq!((room.limits, room.floor), (Some((5.0, 30.0)), Some(6.0)));
    assert_eq!(room.release, Release::Slot(13));
}
