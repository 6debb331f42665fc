//! Measures of the simulated building: as it was found, without rules, it must show
//! what is physically wrong with it, and nothing else; with the shipped rules nothing.

use std::path::Path;

use hauswart::engine::simulation::{self, Order};
use hauswart::history::{Name, Query, Rollup, Shelf, Span};
use hauswart::model::diagnostic::Source;
use hauswart::report::account::{Account, names};
use hauswart::report::measures::{self, Asked, Found};
use hauswart::report::outdoor::Days;
use hauswart::rules::{self, Program};
use hauswart::site::{self, Site};
use jiff::Timestamp;
use jiff::civil::Weekday;

/// A rule file without a rule: everything runs as found.
const AS_FOUND: &str = "language 1\nbuilding Rathaus\nschedule Nutzung\n  Mo-Fr 07:00-17:30\n";

fn read(name: &str) -> Source {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/demo").join(name);
    Source { file: name.into(), text: std::fs::read_to_string(path).unwrap().into() }
}

fn site() -> Site {
    site::load(&read("site.toml"), Path::new("/nowhere"), &[]).site.unwrap()
}

fn program(site: &Site, rules: Source) -> Program {
    rules::compile(&[rules], site).program.unwrap()
}

/// Late winter to midsummer; in long rounds a year.
fn time() -> (Timestamp, Timestamp) {
    let long = std::env::var_os("HAUSWART_LONG").is_some();
    let (from, until) = if long {
        ("2024-12-31T23:00:00Z", "2025-12-31T23:00:00Z")
    } else {
        ("2025-02-28T23:00:00Z", "2025-07-15T22:00:00Z")
    };
    (from.parse().unwrap(), until.parse().unwrap())
}

/// What is found in the building under these rules.
fn found(rules: Source) -> Found {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    let (from, until) = time();
    let program = program(&site, rules);
    let ruled_from = from;
    let order = Order { site: &site, program, texts: None, from, ruled_from, until, seed: 1 };
    simulation::record(order, folder.path(), |_| true).unwrap();
    let mut shelf = Shelf::open(folder.path()).unwrap();
    let span = Span { from_ms: from.as_millisecond(), until_ms: until.as_millisecond() };
    let outdoor = outdoor(&site, &mut shelf, span);
    let accounts: Vec<Account<'_>> = site
        .meters
        .iter()
        .map(|meter| Account::read(&site, meter, &mut shelf, &[], span))
        .collect();
    let zone = site.time_zone.clone();
    let occupied = move |at: Timestamp| {
        let local = zone.to_datetime(at);
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        let until = match local.weekday() {
            Weekday::Saturday | Weekday::Sunday => return Some(false),
            Weekday::Friday => 13 * 60,
            _ => 17 * 60 + 30,
        };
        Some((7 * 60..until).contains(&minute))
    };
    let asked = Asked {
        site: &site,
        building: 0,
        span,
        outdoor: &outdoor,
        accounts: &accounts,
        occupied: &occupied,
    };
    let found = measures::find(asked, &mut shelf);
    assert!(shelf.faults.is_empty(), "{:?}", shelf.faults);
    found
}

fn outdoor(site: &Site, shelf: &mut Shelf, span: Span) -> Days {
    let point = site.points.find("Rathaus.Kessel.Aussen").unwrap();
    let names = names(site, point);
    let mut quarters: Vec<Rollup> = Vec::new();
    let query = Query { points: Some(&names), span, columns: None };
    let take = |_: &Name, rows: &[Rollup]| {
        quarters.extend_from_slice(rows);
        Ok::<_, ()>(())
    };
    shelf.read(&query, take).unwrap();
    Days::of_sensor("Kessel.Aussen", &quarters, 0.0, &site.time_zone)
}

fn codes(found: &Found) -> Vec<&'static str> {
    found.measures.iter().map(|measure| measure.what.code()).collect()
}

#[test]
fn a_building_as_it_was_found_shows_what_is_wrong_with_it() {
    let found = found(Source { file: "leer.rules".into(), text: AS_FOUND.into() });
    let mut codes = codes(&found);
    codes.sort_unstable();
    assert_eq!(codes, ["night-load", "no-setback", "summer-heating"], "{:#?}", found.measures);
}

#[test]
fn a_building_under_the_shipped_rules_is_not_accused() {
    let found = found(read("rathaus.rules"));
    assert_eq!(codes(&found), [""; 0], "{:#?}", found.measures);
}
