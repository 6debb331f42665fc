//! The energy report of a town that used what a formula says (`town`): sums, gaps,
//! replaced meters, clock changes, weather, cost, emissions and savings are held against
//! that formula.

use std::path::Path;

use hauswart::history::{Event, EventKind, Sample, Shelf, Span};
use hauswart::model::{Language, Quality};
use hauswart::report::document::{Cell, Document, Value};
use hauswart::report::energy::{self, Claim, Energy, Given, Order, Period};
use hauswart::site::{
    Carrier, Contract, Conversion, Direction, Meter, MeterSource, Norm, OutdoorSensor, Price,
    Replacement, Serves, Site,
};
use jiff::Timestamp;
use jiff::civil::date;

use crate::town::{self, at};

/// kWh of a cubic metre of the town's gas.
const KWH_PER_M3: f64 = 0.95 * 11.2;

fn order(period: &str) -> Order {
    Order { period: Period::parse(period).unwrap(), years: 3, buildings: Vec::new() }
}

/// Computes, and hands on what came out.
fn report<T>(site: &Site, folder: &Path, order: &Order, look: impl FnOnce(&Energy<'_>) -> T) -> T {
    let mut shelf = Shelf::open(folder).unwrap();
    let occupied =
        |_: usize, at: Timestamp| Some((7..18).contains(&site.time_zone.to_datetime(at).hour()));
    let mut given =
        [Given { site, shelf: &mut shelf, readings: &|_| Vec::new(), occupied: &occupied }];
    let energy = energy::collect(&mut given, order, |_, _| {}).unwrap();
    look(&energy)
}

fn document(site: &Site, folder: &Path, order: &Order) -> Document {
    report(site, folder, order, |energy| energy::document(energy, Language::En, None))
}

fn cell<'a>(document: &'a Document, table: &str, row: &str, column: &str) -> &'a Cell {
    let table = document.table(table).unwrap();
    let place = table.columns.iter().position(|it| it.key == column).unwrap();
    let rows: Vec<&str> = table.rows.iter().map(|it| it.key.as_str()).collect();
    let row = table.rows.iter().find(|it| it.key == row);
    &row.unwrap_or_else(|| panic!("no row of {rows:?}")).cells[place]
}

fn number(document: &Document, table: &str, row: &str, column: &str) -> f64 {
    match cell(document, table, row, column).value {
        Value::Number(number) => number,
        ref other => panic!("{table}/{row}/{column} is {other:?}"),
    }
}

fn text(document: &Document, table: &str, row: &str, column: &str) -> String {
    match &cell(document, table, row, column).value {
        Value::Text(text) => text.clone(),
        other => panic!("{table}/{row}/{column} is {other:?}"),
    }
}

fn near(one: f64, other: f64, share: f64) {
    assert!((one - other).abs() <= share * other.abs().max(1e-9), "{one} is not {other}");
}

fn truth(span: Span) -> (f64, f64, f64) {
    town::truth(&town::usual, 0, span)
}

/// The whole local year 2025.
fn year() -> Span {
    town::span("2024-12-31T23:00:00Z", "2025-12-31T23:00:00Z")
}

#[test]
fn a_replaced_meter_and_a_gap_of_two_weeks_are_counted_right_and_both_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = town::site(1, "", folder.path());
    let replaced = at("2025-05-10T08:00:00Z");
    let gap = town::span("2025-09-01T00:00:00Z", "2025-09-15T00:00:00Z");
    // The new counter begins at 5 where the old one stood at what it had counted.
    let before = truth(Span {
        until_ms: replaced,
        ..town::span("2024-12-31T00:00:00Z", "2024-12-31T00:00:00Z")
    });
    let end = 1000.0 + before.0;
    site.meters[0].replaced = vec![Replacement {
        at: Timestamp::from_millisecond(replaced).unwrap(),
        end,
        start: 5.0,
        factor: None,
    }];
    let astray = |name: &str, at_ms: i64, value: f64| {
        let gas = name.ends_with(".Gas");
        if gas && gap.has(at_ms) {
            return None;
        }
        Some(if gas && at_ms >= replaced { value - end + 5.0 } else { value })
    };
    let all = town::span("2024-12-31T00:00:00Z", "2026-01-02T00:00:00Z");
    town::write(folder.path(), 1, all, &town::usual, &astray, &mut town::no_events);
    let report = document(&site, folder.path(), &order("2025"));
    let used = number(&report, "consumption", "Haus00/natural-gas/2025", "amount");
    near(used, truth(year()).0 * KWH_PER_M3, 1e-4);
    let coverage = number(&report, "consumption", "Haus00/natural-gas/2025", "coverage");
    near(coverage, 1.0 - 14.0 / 365.0, 2e-3);
    let marks = cell(&report, "consumption", "Haus00/natural-gas/2025", "amount").marks;
    assert!(marks.counter && !marks.estimated && !marks.incomplete, "{marks:?}");
    // In September the place of what bridges the gap is an estimate only at its ends.
    let september = number(&report, "parts", "Haus00/natural-gas/2025-09", "amount");
    let month = town::span("2025-08-31T22:00:00Z", "2025-09-30T22:00:00Z");
    near(september, truth(month).0 * KWH_PER_M3, 0.02);
    let kinds: Vec<String> = report
        .table("findings")
        .unwrap()
        .rows
        .iter()
        .filter(|row| row.key.starts_with("Haus00/Gas0"))
        .map(|row| text(&report, "findings", &row.key, "finding"))
        .collect();
    assert_eq!(kinds, ["replaced", "gap"]);
    let german = report_in(&site, folder.path(), Language::De);
    let page = format!("{:?}", german.sections.iter().find(|it| it.key == "Haus00").unwrap());
    assert!(page.contains("Zähler getauscht") && page.contains("nicht gehört"), "{page}");
    // Each other meter is whole.
    let other = cell(&report, "consumption", "Haus00/electricity/2025", "amount").marks;
    assert_eq!(other, Default::default());
}

fn report_in(site: &Site, folder: &Path, language: Language) -> Document {
    report(site, folder, &order("2025"), |energy| energy::document(energy, language, None))
}

#[test]
fn months_and_days_add_up_also_where_clocks_change() {
    let folder = tempfile::tempdir().unwrap();
    let site = town::site(2, "", folder.path());
    let all = town::span("2024-12-31T00:00:00Z", "2026-01-02T00:00:00Z");
    town::write(folder.path(), 2, all, &town::usual, &town::all, &mut town::no_events);
    let report = document(&site, folder.path(), &order("2025"));
    for (carrier, factor, place) in
        [("natural-gas", KWH_PER_M3, 0), ("electricity", 1.0, 1), ("water", 1.0, 2)]
    {
        let of = |truth: (f64, f64, f64)| [truth.0, truth.1, truth.2][place] * factor;
        let whole = number(&report, "consumption", &format!("Haus00/{carrier}/2025"), "amount");
        near(whole, of(truth(year())), 1e-6);
        let months: f64 = (1..=12)
            .map(|month| {
                number(&report, "parts", &format!("Haus00/{carrier}/2025-{month:02}"), "amount")
            })
            .sum();
        near(months, whole, 1e-9);
    }
    // October has an hour more, and its last Sunday 25.
    let october = document(&site, folder.path(), &order("2025-10"));
    let month = number(&october, "consumption", "Haus00/electricity/2025-10", "amount");
    near(month, truth(town::span("2025-09-30T22:00:00Z", "2025-10-31T23:00:00Z")).1, 1e-6);
    let days: f64 = (1..=31)
        .map(|day| {
            number(&october, "parts", &format!("Haus00/electricity/2025-10-{day:02}"), "amount")
        })
        .sum();
    near(days, month, 1e-9);
    let long = number(&october, "parts", "Haus00/electricity/2025-10-26", "amount");
    near(long, truth(town::span("2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z")).1, 1e-6);
    // The sum of both buildings; sub-meters and what is fed back count in no sum.
    let total = number(&report, "overview", "total", "electricity");
    let second = town::truth(&town::usual, 1, year()).1;
    near(total, truth(year()).1 + second, 1e-6);
    assert_eq!(number(&report, "consumption", "Haus00/electricity-export/2025", "amount"), 0.0);
    // Read once an hour, it is not four times as high in a quarter of it.
    near(number(&report, "peaks", "Haus00/electricity/2025", "peak"), 8.0, 1e-6);
}

/// Weather, prices and a reference period.
fn equipped(folder: &Path) -> Site {
    let mut site = town::site(1, "", folder);
    let sensor = site.points.find("Haus00.Z0.Aussen").unwrap();
    site.report.weather.sensor = Some(OutdoorSensor { point: sensor, too_warm_k: Some(0.0) });
    site.report.weather.norm = Some(Norm {
        station: "Haus00.Z0.Aussen".into(),
        degree_days: 4000.0,
        source: "invented".into(),
    });
    let price = |year: i16, month: i8, work: f64| {
        let from = date(year, month, 1);
        let begins = site.time_zone.to_timestamp(from.at(0, 0, 0, 0)).unwrap();
        Price { from, begins, work, base: 120.0, demand: 0.0 }
    };
    site.report.tariffs = vec![Contract {
        name: "Gaswerk".into(),
        carrier: Carrier::NaturalGas,
        meters: Vec::new(),
        prices: vec![price(2024, 1, 0.08), price(2025, 7, 0.10)],
    }];
    site.report.reference = Some((date(2024, 1, 1), date(2024, 12, 31)));
    site
}

#[test]
fn weather_cost_emissions_and_savings_are_as_calculated_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let site = equipped(folder.path());
    // From 2025 on a tenth less gas.
    let saving = |building: usize, at_ms: i64| {
        let (gas, power, water) = town::usual(building, at_ms);
        (if at_ms >= year().from_ms { gas * 0.9 } else { gas }, power, water)
    };
    let all = town::span("2023-12-31T00:00:00Z", "2026-01-02T00:00:00Z");
    let mut events = |day: Span| {
        let at_ms = at("2025-03-01T00:00:00Z");
        let event = |at_ms: i64, value: Option<f64>| Event {
            at_ms,
            kind: EventKind::Command,
            point: "Haus00.Z0.Aussen".into(),
            value,
            level: if value.is_some() { "normal".into() } else { String::new() },
            by: if value.is_some() { "Absenkung".into() } else { String::new() },
            text: String::new(),
        };
        let both = [event(at_ms, Some(16.0)), event(at_ms + 10 * 3_600_000, None)];
        both.into_iter().filter(|event| day.has(event.at_ms)).collect()
    };
    town::write(folder.path(), 1, all, &saving, &town::all, &mut events);
    let report = document(&site, folder.path(), &order("2025"));
    assert_eq!(
        report.table("consumption").unwrap().rows.len() % 2,
        0,
        "2023 is no column of dashes"
    );

    let gas = |span: Span| town::truth(&saving, 0, span).0;
    let heat = number(&report, "heat", "Haus00/2025", "heat");
    near(heat, gas(year()) * KWH_PER_M3, 1e-6);
    // Of local days nearly the formula's of UTC days: an hour belongs to the next one.
    let degree_days: f64 = (0..365)
        .map(|day| town::mean_c(at("2025-01-01T00:00:00Z").div_euclid(86_400_000) + day))
        .map(|mean| if mean < 15.0 { 20.0 - mean } else { 0.0 })
        .sum();
    near(number(&report, "weather", "Stadt/2025", "degree_days"), degree_days, 5e-3);
    let told = number(&report, "weather", "Stadt/2025", "degree_days");
    near(number(&report, "heat", "Haus00/2025", "corrected"), heat * 4000.0 / told, 1e-9);

    let half = gas(Span { until_ms: at("2025-06-30T22:00:00Z"), ..year() }) * KWH_PER_M3;
    let cost = half * 0.08 + (heat - half) * 0.10 + 120.0;
    near(number(&report, "costs", "Haus00/natural-gas/2025", "total"), cost, 1e-6);
    // GEG: 240 g for each kWh of the net calorific value, ÷ 1.108.
    let kg = heat / 1.108 * 0.240;
    near(number(&report, "emissions", "Haus00/natural-gas/2025", "greenhouse"), kg, 1e-6);
    near(
        number(&report, "emissions", "Haus00/natural-gas/2025", "nox"),
        heat / 1.108 * 0.068,
        1e-6,
    );

    // A tenth of what would have been used.
    let saved = number(&report, "savings", "Haus00/heat", "saved");
    let expected = heat / 0.9;
    assert!((saved / expected - 0.1).abs() < 0.01, "{saved} of {expected}");
    assert_eq!(text(&report, "savings", "Haus00/heat", "note"), "proven");
    near(number(&report, "savings", "Haus00/heat", "worth"), saved * 0.10, 1e-9);
    let none = text(&report, "savings", "Haus00/electricity", "note");
    assert!(none.starts_with("not proven"), "nothing changed in it: {none}");
    near(number(&report, "rules", "Haus00/Absenkung/normal/Z0.Aussen", "hours"), 10.0, 1e-9);
}

#[test]
fn what_the_data_do_not_carry_is_not_claimed() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = equipped(folder.path());
    // Only from July on.
    let all = town::span("2025-06-30T22:00:00Z", "2026-01-02T00:00:00Z");
    town::write(folder.path(), 1, all, &town::usual, &town::all, &mut town::no_events);
    let report = document(&site, folder.path(), &order("2025"));
    let marks = cell(&report, "consumption", "Haus00/natural-gas/2025", "amount").marks;
    assert!(marks.incomplete);
    assert_eq!(cell(&report, "indicators", "Haus00/heat", "value").value, Value::Unknown);
    assert_eq!(cell(&report, "heat", "Haus00/2025", "corrected").value, Value::Unknown);
    let why = text(&report, "heat", "Haus00/2025", "note");
    assert!(why.contains("known of 50 % of the time"), "{why}");
    let claim = self::report(&site, folder.path(), &order("2025"), |it| {
        it.buildings[0].savings[0].claim.clone()
    });
    assert!(matches!(claim, Claim::NoBaseline(_)), "{claim:?}");
    // Without a price there is no cost, and without a factor no emission.
    site.report.tariffs[0].prices.remove(0);
    site.report.tariffs[0].prices[0].begins = Timestamp::MAX;
    let report = document(&site, folder.path(), &order("2025"));
    assert_eq!(cell(&report, "costs", "Haus00/natural-gas/2025", "total").value, Value::Unknown);
    // Of a year without any data everything is unknown, and no row says zero.
    let nothing = document(&site, folder.path(), &order("2020"));
    assert_eq!(cell(&nothing, "consumption", "Haus00/water/2020", "amount").value, Value::Unknown);
    let lead = format!("{:?}", nothing.sections[0].blocks[0]);
    assert!(lead.contains("No consumption is known of 2020"), "{lead}");
}

#[test]
fn a_figure_is_traced_to_the_readings_of_its_meters() {
    let folder = tempfile::tempdir().unwrap();
    let site = equipped(folder.path());
    let all = town::span("2024-12-31T00:00:00Z", "2025-03-02T00:00:00Z");
    town::write(folder.path(), 1, all, &town::usual, &town::all, &mut town::no_events);
    let mut shelf = Shelf::open(folder.path()).unwrap();
    let mut trace = |figure: &str| {
        let mut given = [Given {
            site: &site,
            shelf: &mut shelf,
            readings: &|_| Vec::new(),
            occupied: &|_, _| None,
        }];
        energy::trace(&mut given, &order("2025-01"), figure, Language::En)
    };
    let lines = trace("consumption/Haus00/natural-gas/2025-01").unwrap().join("\n");
    let month = town::span("2024-12-31T23:00:00Z", "2025-01-31T23:00:00Z");
    let volume = truth(month).0;
    for wanted in
        ["Haus00.Z0.Gas", "reading", "× 0.95 × 11.2 kWh/m³", &format!("used {volume:.1}")[..8]]
    {
        assert!(lines.contains(wanted), "{wanted}:\n{lines}");
    }
    let readings: Vec<f64> = lines
        .lines()
        .filter_map(|line| line.split_once("  reading ")?.1.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(readings.len(), 2, "{lines}");
    near(readings[1] - readings[0], volume, 1e-3);
    // Cost and emissions go back to the same readings.
    for figure in [
        "costs/Haus00/natural-gas/2025-01/total",
        "emissions/Haus00/natural-gas/2025-01",
        "heat/Haus00/2025-01",
    ] {
        assert!(trace(figure).unwrap().join("\n").contains("Haus00.Z0.Gas"), "{figure}");
    }
    let unknown = trace("consumption/Haus00/naturalgas/2025-01").unwrap_err();
    let words = unknown.words(Language::En);
    assert!(words.contains("Did you mean \"consumption/Haus00/natural-gas/2025-01\"?"), "{words}");
    assert!(trace("nichts").unwrap_err().words(Language::De).contains("TABELLE/ZEILE"));
}

/// The place of a meter.
fn meter(site: &Site, name: &str) -> usize {
    site.meters.iter().position(|it| it.name == name).unwrap()
}

#[test]
fn what_is_passed_on_or_made_here_counts_once_and_where_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = town::site(2, "", folder.path());
    // The first building's boiler heats the second, which cooks with its own gas; on the
    // first one's roof 1 kW of sun is used within.
    let [boiler, other, kitchen, sun, main] =
        ["Waerme0", "Waerme1", "Gas1", "Solar0", "Strom0"].map(|name| meter(&site, name));
    site.meters[other].parent = Some(boiler);
    site.meters[kitchen].serves = vec![Serves::Kitchen];
    site.meters[sun].direction = Direction::Generation;
    site.meters[sun].parent = Some(main);
    let all = town::span("2024-12-31T00:00:00Z", "2025-03-02T00:00:00Z");
    let astray = |name: &str, at_ms: i64, value: f64| {
        let made = (at_ms - all.from_ms) as f64 / 3_600_000.0 * 3.6e6;
        Some(if name == "Haus00.Z0.Solar" { value + made } else { value })
    };
    town::write(folder.path(), 2, all, &town::usual, &astray, &mut town::no_events);
    let report = document(&site, folder.path(), &order("2025-01"));
    let month = town::span("2024-12-31T23:00:00Z", "2025-01-31T23:00:00Z");
    let (gas, power, _) = truth(month);
    let passed_on = town::truth(&town::usual, 1, month).0 * 9.5;
    let heat = |building: &str| number(&report, "overview", building, "heat");
    near(heat("Haus00"), gas * KWH_PER_M3 - passed_on, 1e-6);
    near(heat("Haus01"), passed_on, 1e-6);
    near(heat("total"), gas * KWH_PER_M3, 1e-6);
    assert!(cell(&report, "overview", "Haus00", "heat").marks.derived);
    near(number(&report, "overview", "Haus00", "electricity"), power + 31.0 * 24.0, 2e-3);
    near(number(&report, "consumption", "Haus00/electricity/2025-01", "amount"), power, 1e-6);
}

#[test]
fn what_is_billed_once_is_not_billed_again_behind_a_meter_of_another_building() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = town::site(2, "", folder.path());
    // Declared before the one that it lies behind, as a file may have it.
    let [behind, main] = ["Strom0", "Strom1"].map(|name| meter(&site, name));
    site.meters[behind].parent = Some(main);
    let begins = at("2023-12-31T23:00:00Z");
    site.report.tariffs = vec![Contract {
        name: "Netz".into(),
        carrier: Carrier::Electricity,
        meters: vec![main],
        prices: vec![Price {
            from: date(2024, 1, 1),
            begins: Timestamp::from_millisecond(begins).unwrap(),
            work: 0.30,
            base: 3650.0,
            demand: 0.0,
        }],
    }];
    let all = town::span("2024-12-31T00:00:00Z", "2025-02-02T00:00:00Z");
    town::write(folder.path(), 2, all, &town::usual, &town::all, &mut town::no_events);
    let report = document(&site, folder.path(), &order("2025-01"));
    let month = town::span("2024-12-31T23:00:00Z", "2025-01-31T23:00:00Z");
    let (first, second) = (truth(month).1, town::truth(&town::usual, 1, month).1);
    let cost = |building: &str| {
        number(&report, "costs", &format!("{building}/electricity/2025-01"), "total")
    };
    near(cost("Haus00"), first * 0.30, 1e-6);
    near(cost("Haus01"), (second - first) * 0.30 + 310.0, 1e-4);
    let kg = |building: &str| {
        number(&report, "emissions", &format!("{building}/electricity/2025-01"), "greenhouse")
    };
    near(kg("Haus00") + kg("Haus01"), second * 0.56, 1e-6);
}

#[test]
fn a_dial_read_once_a_year_is_an_estimate_in_each_month() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = town::site(1, "", folder.path());
    site.meters[0].source = MeterSource::Dial;
    let first = site.meters[0].conversions[0];
    site.meters[0].conversions = (1..=12)
        .map(|month| {
            let from = date(2025, month, 1);
            let begins = site.time_zone.to_timestamp(from.at(0, 0, 0, 0)).unwrap();
            Conversion { from, begins, ..first }
        })
        .collect();
    let readings = |meter: &Meter| {
        let good = |text: &str, value: f64| Sample {
            at_ms: at(text),
            value: Some(value),
            quality: Quality::Good,
        };
        let ends = [good("2024-12-31T23:00:00Z", 100.0), good("2025-12-31T23:00:00Z", 1100.0)];
        if meter.name == "Gas0" { ends.to_vec() } else { Vec::new() }
    };
    let mut shelf = Shelf::open(folder.path()).unwrap();
    let mut given =
        [Given { site: &site, shelf: &mut shelf, readings: &readings, occupied: &|_, _| None }];
    let energy = energy::collect(&mut given, &order("2025"), |_, _| {}).unwrap();
    let report = energy::document(&energy, Language::En, None);
    near(
        number(&report, "consumption", "Haus00/natural-gas/2025", "amount"),
        1000.0 * KWH_PER_M3,
        1e-9,
    );
    assert!(!cell(&report, "consumption", "Haus00/natural-gas/2025", "amount").marks.estimated);
    let march = cell(&report, "parts", "Haus00/natural-gas/2025-03", "amount");
    assert!(march.marks.estimated && !march.marks.incomplete, "{march:?}");
    let peaks = report.table("peaks").unwrap();
    assert!(
        peaks.rows.iter().all(|row| !row.key.contains("natural-gas")),
        "nobody saw a quarter hour"
    );
}
