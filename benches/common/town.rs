//! A site and rules of any size, as texts: what a user would have written.

use std::fmt::Write;

use hauswart::model::diagnostic::{Source, any_error, render};
use hauswart::model::{Language, diagnostic};
use hauswart::rules::{self, Program};
use hauswart::site::{self, Site};

/// How many points one device has; every tenth can be commanded.
const POINTS_A_DEVICE: usize = 100;

/// A site of `points` holding registers on one Modbus TCP line.
pub fn site_text(points: usize, port: u16) -> String {
    let mut text = format!(
        "format = 1\n[site]\nname = \"Bench\"\ncycle = \"10 s\"\n\n[[building]]\nname = \"B\"\n\n\
         [[connection]]\nname = \"line\"\ntype = \"modbus-tcp\"\naddress = \"127.0.0.1:{port}\"\n"
    );
    for device in 0..points.div_ceil(POINTS_A_DEVICE) {
        let unit = device + 1;
        write!(text, "\n[[device]]\nname = \"D{device}\"\nconnection = \"line\"\nunit = {unit}\n")
            .unwrap();
        for point in 0..POINTS_A_DEVICE.min(points - device * POINTS_A_DEVICE) {
            write!(
                text,
                "[device.point.P{point}]\nregister = \"holding {point}\"\ntype = \"i16\"\n\
                 scale = 0.1\nunit = \"°C\"\n"
            )
            .unwrap();
            if point % 10 == 0 {
                text.push_str(
                    "commandable = true\nrelease = \"restore\"\nlimits = [\"5 °C\", \"80 °C\"]\n",
                );
            }
        }
    }
    text
}

/// `count` rules of several kinds, each on a commandable point of its own.
pub fn rules_text(count: usize) -> String {
    let mut text =
        String::from("language 1\nbuilding B\n\nschedule Nutzung\n  Mo-Fr 07:00-17:30\n\n");
    let per_device = POINTS_A_DEVICE / 10;
    for rule in 0..count {
        let (device, target) = (rule / per_device, rule % per_device * 10);
        let (a, b) = (target + 1, target + 2);
        write!(
            text,
            "rule \"R{rule}\"\n  when D{device}.P{a} > 21 °C until < 19 °C\n    set D{device}.P{target} to 16 °C\n  \
             else when Nutzung and D{device}.P{b} - D{device}.P{a} > 2 K\n    set D{device}.P{target} to 21 °C\n  \
             else when D{device}.P{b} < 5 °C for 10 min\n    set D{device}.P{target} to 18 °C\n"
        )
        .unwrap();
    }
    text
}

/// Loads both, as `hauswart check` does.
///
/// # Panics
/// If they have errors: then the bench measures nothing.
pub fn load(site: &str, rules: &str) -> (Site, Program) {
    let source = |file: &str, text: &str| Source { file: file.into(), text: text.into() };
    let loaded = site::load(&source("site.toml", site), std::path::Path::new("/tmp"), &[]);
    let told = |diagnostics: &[diagnostic::Diagnostic], sources: &[Source]| {
        render(&diagnostics[..diagnostics.len().min(3)], sources, Language::En, false)
    };
    assert!(!any_error(&loaded.diagnostics), "{}", told(&loaded.diagnostics, &loaded.sources));
    let site = loaded.site.unwrap();
    let sources = [source("b.rules", rules)];
    let compiled = rules::compile(&sources, &site);
    let Some(program) = compiled.program else {
        panic!("{}", told(&compiled.diagnostics, &sources))
    };
    (site, program)
}
