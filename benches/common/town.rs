//! A site and rules of any size, as texts: what a user would have written.

#![allow(dead_code, reason = "each bench uses its own part")]

use std::fmt::Write;

use hauswart::model::diagnostic::{Source, any_error, render};
use hauswart::model::{Language, diagnostic};
use hauswart::rules::{self, Program};
use hauswart::site::{self, Site};

/// How many points one device has; every tenth can be commanded.
pub const POINTS_A_DEVICE: usize = 100;

/// A site of `points` holding registers on one Modbus TCP line.
pub fn site_text(points: usize, port: u16) -> String {
    let line = format!("type = \"modbus-tcp\"\naddress = \"127.0.0.1:{port}\"");
    let mut text = head("");
    connection(&mut text, "line", &line);
    for device in 0..points.div_ceil(POINTS_A_DEVICE) {
        let count = POINTS_A_DEVICE.min(points - device * POINTS_A_DEVICE);
        modbus_device(&mut text, device, device + 1, count);
    }
    text
}

/// The site's own part; `more` are further words of `[site]`.
pub fn head(more: &str) -> String {
    format!(
        "format = 1\n[site]\nname = \"Bench\"\ncycle = \"10 s\"\n{more}\n[[building]]\nname = \"B\"\n"
    )
}

pub fn connection(text: &mut String, name: &str, words: &str) {
    write!(text, "\n[[connection]]\nname = \"{name}\"\n{words}\n").unwrap();
}

/// A unit of the connection `line` with holding registers.
pub fn modbus_device(text: &mut String, device: usize, unit: usize, count: usize) {
    write!(text, "\n[[device]]\nname = \"D{device}\"\nconnection = \"line\"\nunit = {unit}\n")
        .unwrap();
    for point in 0..count {
        let place = format!("register = \"holding {point}\"\ntype = \"i16\"\nscale = 0.1");
        point_words(text, point, &place, "release = \"restore\"\n");
    }
}

/// A controller at `address` on the connection `net` with analog values.
pub fn bacnet_device(text: &mut String, device: usize, address: &str, count: usize) {
    write!(
        text,
        "\n[[device]]\nname = \"D{device}\"\nconnection = \"net\"\naddress = \"{address}\"\n"
    )
    .unwrap();
    for point in 0..count {
        point_words(text, point, &format!("object = \"analog-value {point}\""), "");
    }
}

fn point_words(text: &mut String, point: usize, place: &str, release: &str) {
    write!(text, "[device.point.P{point}]\n{place}\nunit = \"°C\"\n").unwrap();
    if point.is_multiple_of(10) {
        write!(text, "commandable = true\n{release}limits = [\"5 °C\", \"80 °C\"]\n").unwrap();
    }
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

pub fn source(file: &str, text: &str) -> Source {
    Source { file: file.into(), text: text.into() }
}

/// Loads both, as `hauswart check` does.
///
/// # Panics
/// If they have errors: then the bench measures nothing.
pub fn load(site: &str, rules: &[Source]) -> (Site, Program) {
    let loaded = site::load(&source("site.toml", site), std::path::Path::new("/tmp"), &[]);
    let told = |diagnostics: &[diagnostic::Diagnostic], sources: &[Source]| {
        render(&diagnostics[..diagnostics.len().min(3)], sources, Language::En, false)
    };
    assert!(!any_error(&loaded.diagnostics), "{}", told(&loaded.diagnostics, &loaded.sources));
    let site = loaded.site.unwrap();
    let compiled = rules::compile(rules, &site);
    let Some(program) = compiled.program else { panic!("{}", told(&compiled.diagnostics, rules)) };
    (site, program)
}
