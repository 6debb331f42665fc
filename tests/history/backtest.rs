//! Backtests: the rules that ran show no difference, changed ones exactly theirs;
//! days whose sums are known by hand, long and short ones too; gaps.

use std::collections::BTreeMap;
use std::path::Path;

use hauswart::engine::backtest::{self, Order, PointReport, Report};
use hauswart::engine::simulation;
use hauswart::history::{Archive, Event, EventKind, Meaning, Meanings, Name, Sample, Shelf, Span};
use hauswart::model::Quality;
use hauswart::model::diagnostic::Source;
use hauswart::rules::{self, Program};
use hauswart::site::Site;
use jiff::Timestamp;

use super::rounds;
use super::year::{at, demo};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const ALWAYS: Span = Span { from_ms: 0, until_ms: i64::MAX };

fn program(site: &Site, text: &str) -> Program {
    let source = Source { file: "test.rules".into(), text: text.into() };
    let mut site = site.clone();
    site.buildings[0].occupancy = None;
    let compiled = rules::compile(&[source], &site);
    compiled.program.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

fn test(folder: &Path, site: &Site, program: Program, span: Span) -> Report {
    let mut shelf = Shelf::open(folder).unwrap();
    let mut last = Timestamp::MIN;
    let report = backtest::run(Order { site, program, span }, &mut shelf, |at| {
        assert!(at > last, "progress goes back");
        last = at;
    });
    assert!(shelf.faults.is_empty(), "{:?}", shelf.faults);
    report.unwrap()
}

fn of<'a>(report: &'a Report, point: &str) -> &'a PointReport {
    report.points.iter().find(|it| it.point == point).unwrap()
}

/// The simulated building looks once a minute.
fn minutely() -> (Site, Program) {
    let (mut site, program) = demo();
    site.cycle = simulation::STEP;
    (site, program)
}

fn simulate(folder: &Path, from: &str, days: u32) {
    let (site, program) = minutely();
    let (from, seed) = (at(from), 1);
    let until = from + jiff::SignedDuration::from_hours(24 * i64::from(days));
    let ruled_from = from;
    let order =
        simulation::Order { site: &site, program, texts: None, from, ruled_from, until, seed };
    simulation::record(order, folder, |_| true).unwrap();
}

#[test]
fn the_rules_that_ran_show_no_difference_and_changed_ones_exactly_theirs() {
    // A quarter's sensor fails in it, somebody overrides, clocks go forward.
    for (from, days) in [("2025-01-31T23:00:00Z", rounds(12, 365)), ("2025-03-28T23:00:00Z", 4)] {
        let folder = tempfile::tempdir().unwrap();
        simulate(folder.path(), from, days);
        let (site, program) = minutely();
        let same = test(folder.path(), &site, program.clone(), ALWAYS);
        assert!(same.is_same(), "{same:#?}");
        assert_eq!((same.from, same.unrecorded), (at(from), 0));
        let hours = same.until.duration_since(same.from).as_hours();
        assert_eq!(hours, 24 * i64::from(days));
        for point in &same.points {
            assert_eq!((&point.would, point.differs), (&point.was, 0), "{}", point.point);
        }
        assert!(same.never_recorded.is_empty() && same.left_alone.is_empty(), "{same:?}");

        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/demo/rathaus.rules");
        let text = std::fs::read_to_string(path).unwrap();
        let colder = text.replace("set HK1.Raum_Soll to 16 °C", "set HK1.Raum_Soll to 15 °C");
        assert_ne!(text, colder);
        let changed = test(folder.path(), &site, super::backtest::program(&site, &colder), ALWAYS);
        for point in &changed.points {
            let (would, was) = (&point.would.at, &point.was.at);
            if point.point == "Rathaus.HK1.Raum_Soll" {
                assert_eq!(would.get("15 °C"), was.get("16 °C"));
                assert_eq!(point.differs, was["16 °C"]);
                let longest = &point.stretches[0];
                assert_eq!(longest.would.as_deref(), Some("15 °C"));
                assert_eq!(longest.was.as_deref(), Some("16 °C"));
                assert_eq!(longest.was_by.as_deref(), Some("Rathaus.Raumsollwert Büros"));
                assert!(longest.would_by.as_ref().unwrap().to_string().contains("Büros"));
            } else {
                assert_eq!(point.differences, 0, "{}", point.point);
            }
        }

        // A part of the time, with what went before it.
        let from_ms = at(from).as_millisecond() + 36 * HOUR_MS + 17 * MINUTE_MS;
        let span = Span { from_ms, until_ms: from_ms + 24 * HOUR_MS };
        let part = test(folder.path(), &site, program, span);
        assert!(part.is_same(), "{part:#?}");
        let sum = |point: &PointReport| point.would.at.values().sum::<i64>() + point.would.free;
        assert!(part.points.iter().all(|point| sum(point) == 24 * HOUR_MS), "{part:#?}");
    }
}

type Runs = BTreeMap<Name, Vec<Sample>>;

/// Writes samples, and commands of the air handler's stage, as days of a history.
fn record(folder: &Path, samples: &[(&str, i64, Option<f64>)], commands: &[(i64, Option<f64>)]) {
    let (mut archive, _) = Archive::open(folder).unwrap();
    let mut days: BTreeMap<i64, (Runs, Vec<Event>)> = BTreeMap::new();
    for (point, at_ms, value) in samples {
        let quality = if value.is_some() { Quality::Good } else { Quality::Faulty };
        let (runs, _) = days.entry(at_ms.div_euclid(24 * HOUR_MS)).or_default();
        let sample = Sample { at_ms: *at_ms, value: *value, quality };
        runs.entry(Name::from(*point)).or_default().push(sample);
    }
    for (at_ms, value) in commands {
        let event = Event {
            at_ms: *at_ms,
            kind: EventKind::Command,
            point: "Rathaus.RLT1.Stufe".into(),
            value: *value,
            level: "normal".to_owned(),
            by: "Rathaus.Damals".to_owned(),
            text: String::new(),
        };
        days.entry(at_ms.div_euclid(24 * HOUR_MS)).or_default().1.push(event);
    }
    let meanings: Meanings =
        samples.iter().map(|it| (Name::from(it.0), Meaning::Unit(String::new()))).collect();
    for (day, (runs, events)) in days {
        let span = Span { from_ms: day * 24 * HOUR_MS, until_ms: (day + 1) * 24 * HOUR_MS };
        let runs: Vec<(Name, Vec<Sample>)> = runs.into_iter().collect();
        archive.take_in_day(span, &runs, events, &meanings).unwrap();
    }
}

/// Every ten minutes of a local day what `value` says of the minute.
fn day(
    point: &'static str,
    from: Timestamp,
    until: Timestamp,
    value: impl Fn(i64) -> Option<Option<f64>>,
) -> Vec<(&'static str, i64, Option<f64>)> {
    let (from_ms, until_ms) = (from.as_millisecond(), until.as_millisecond());
    let moments =
        (0..).map(|n| n * 10).take_while(|minute| from_ms + minute * MINUTE_MS < until_ms);
    moments
        .filter_map(|minute| Some((point, from_ms + minute * MINUTE_MS, value(minute)?)))
        .collect()
}

const AIR: &str = "language 1\nbuilding Rathaus\nrule \"Luft\"\n  \
    when RLT1.CO2 > 900 ppm until < 800 ppm  set RLT1.Stufe to stage3\n  \
    else                                     set RLT1.Stufe to off\n  \
    on fault                                 set RLT1.Stufe to stage2\n";

#[test]
fn a_day_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let (site, _) = demo();
    let (from, until) = (at("2025-01-14T00:00:00Z"), at("2025-01-15T00:00:00Z"));
    // 06:00–08:00 bad air; 10:00–12:00 the sensor is broken; nothing was recorded
    // after 13:50 until 18:00.
    let co2 = |minute: i64| match minute {
        360..480 => Some(Some(1000.0)),
        600..720 => Some(None),
        840..1080 => None,
        _ => Some(Some(500.0)),
    };
    let samples = day("Rathaus.RLT1.CO2", from, until, co2);
    let hour = |hour: i64| from.as_millisecond() + hour * HOUR_MS;
    let commands = [(hour(0), Some(0.0)), (hour(6), Some(3.0)), (hour(8), Some(0.0))];
    record(folder.path(), &samples, &commands);
    let span = Span { from_ms: from.as_millisecond(), until_ms: until.as_millisecond() };
    let report = test(folder.path(), &site, program(&site, AIR), span);

    let poll = site.points.get(site.points.find("Rathaus.RLT1.CO2").unwrap()).poll;
    let lasts_ms = 15 * MINUTE_MS + 4 * i64::try_from(poll.as_millis()).unwrap();
    let unrecorded = 4 * HOUR_MS + 10 * MINUTE_MS - lasts_ms;
    // The broken sensor is all there is: of its time nothing is known either.
    assert_eq!(report.unrecorded, unrecorded + 2 * HOUR_MS);
    let air = of(&report, "Rathaus.RLT1.Stufe");
    let off = 24 * HOUR_MS - report.unrecorded - 2 * HOUR_MS;
    let expected = BTreeMap::from([("off".to_owned(), off), ("stage3".to_owned(), 2 * HOUR_MS)]);
    assert_eq!(air.would.at, expected);
    assert_eq!((air.would.starts, air.would.on), (Some(1), Some(2 * HOUR_MS)));
    assert_eq!((air.differs, air.differences), (0, 0), "{air:?}");

    // With another point that was heard all the time, the fault counts.
    let room = day("Rathaus.HK1.Raum", from, until, |_| Some(Some(20.0)));
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), &[room, samples].concat(), &commands);
    let with_room = format!("{AIR}rule \"Raum\"\n  when HK1.Raum < 5 °C  alarm \"kalt\"\n");
    let report = test(folder.path(), &site, program(&site, &with_room), span);
    assert_eq!(report.unrecorded, 0);
    let air = of(&report, "Rathaus.RLT1.Stufe");
    // The grace of ten minutes first; then what `on fault` says.
    let faulty = 2 * HOUR_MS - 10 * MINUTE_MS + unrecorded - 10 * MINUTE_MS;
    assert_eq!(air.would.at["stage2"], faulty);
    assert_eq!(air.unknown, 2 * HOUR_MS + unrecorded);
    assert_eq!((air.would.starts, air.would.changes), (Some(3), 6));
    assert_eq!((air.differs, air.differences, air.brief), (faulty, 2, 0));
    assert_eq!(
        air.stretches[0].from.as_millisecond(),
        hour(14) - 10 * MINUTE_MS + lasts_ms + 10 * MINUTE_MS
    );
    assert_eq!(air.stretches[1].until.as_millisecond(), hour(12));
    assert_eq!(air.stretches[1].was_by.as_deref(), Some("Rathaus.Damals"));
}

#[test]
fn days_of_23_and_of_25_hours() {
    let text = "language 1\nbuilding Rathaus\nschedule Tag\n  daily 06:00-18:00\n\
        rule \"Raum\"\n  when Tag and HK1.Raum < 50 °C  set RLT1.Stufe to stage1\n  \
        else  set RLT1.Stufe to off\n";
    let (site, _) = demo();
    for (date, hours) in [("2025-03-30", 23), ("2025-10-26", 25), ("2025-06-01", 24)] {
        let midnight =
            |date: jiff::civil::Date| site.time_zone.to_timestamp(date.at(0, 0, 0, 0)).unwrap();
        let date: jiff::civil::Date = date.parse().unwrap();
        let (from, until) = (midnight(date), midnight(date.tomorrow().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        record(folder.path(), &day("Rathaus.HK1.Raum", from, until, |_| Some(Some(20.0))), &[]);
        let span = Span { from_ms: from.as_millisecond(), until_ms: until.as_millisecond() };
        let report = test(folder.path(), &site, program(&site, text), span);
        let air = of(&report, "Rathaus.RLT1.Stufe");
        assert_eq!(air.would.at["stage1"], 12 * HOUR_MS, "{date}");
        assert_eq!(air.would.at["off"], (hours - 12) * HOUR_MS, "{date}");
        assert_eq!((air.was.free, air.differs), (hours * HOUR_MS, hours * HOUR_MS), "{date}");
    }
}

#[test]
fn what_these_rules_do_not_command_is_named_and_nothing_is_told_of_no_record() {
    let folder = tempfile::tempdir().unwrap();
    simulate(folder.path(), "2025-02-02T23:00:00Z", 1);
    let (site, _) = minutely();
    let report = test(folder.path(), &site, program(&site, AIR), ALWAYS);
    assert_eq!(report.points.len(), 1);
    let left = ["HK1.Raum_Soll", "HK2.Raum_Soll", "Kessel.WW_Soll", "RLT1.Zuluft_Soll"];
    assert_eq!(report.left_alone, left.map(|name| format!("Rathaus.{name}")));
    let mut shelf = Shelf::open(folder.path()).unwrap();
    let order =
        Order { site: &site, program: program(&site, AIR), span: Span { from_ms: 0, until_ms: 1 } };
    assert_eq!(backtest::run(order, &mut shelf, |_| ()), None);
}
