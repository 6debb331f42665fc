//! Holidays and recurring events against independent programs: the Python
//! packages holidays, dateutil and recurring-ical-events.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use hauswart::model::Intervals;
use hauswart::model::holiday::LAENDER;
use hauswart::rules::{NamedFile, Program, Reference, Texts, compile};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::peers;
use crate::town::{self, local, root};

/// What a script of `tests/peers` answers.
fn asked(script: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(peers::interpreter())
        .arg(root().join("tests/peers").join(script))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{script}");
    String::from_utf8(output.stdout).unwrap()
}

/// Known differences: none. The package's category `public` leaves out the
/// Assumption in Bavaria, Augsburg's own day and Corpus Christi in parts of
/// Saxony and Thuringia, as the table does.
#[test]
fn public_holidays_are_those_of_the_package() {
    let answered = asked("holidays_de.py", &["2017", "2040"], b"");
    let theirs: BTreeSet<String> = answered.lines().map(str::to_owned).collect();
    let mut ours = BTreeSet::new();
    let mut day = date(2017, 1, 1);
    while day.year() <= 2040 {
        let holding = LAENDER.iter().filter(|(land, _, _)| land.is_holiday(day));
        ours.extend(holding.map(|(_, code, _)| format!("{code} {day}")));
        day = day.tomorrow().unwrap();
    }
    assert!(ours.len() > 16 * 9 * 24);
    let differ: Vec<_> = ours.symmetric_difference(&theirs).collect();
    assert!(differ.is_empty(), "{differ:?}");
}

/// A schedule for each text, which it has as its only bookings.
fn booked(texts: &[String], today: Date) -> Program {
    let mut rules = "language 1\nbuilding Rathaus\n".to_owned();
    let mut files = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        rules += &format!(
            "schedule S{index} also file \"{index}.ics\"\nrule \"{index}\" when S{index} alarm \"x\"\n"
        );
        files.push(NamedFile {
            reference: Reference { from: "test.rules".into(), named: format!("{index}.ics") },
            path: format!("{index}.ics").into(),
            text: Ok(text.as_str().into()),
        });
    }
    let rules = [town::source("test.rules", &rules)];
    let texts = Texts { rules: &rules, files: &files, today: Some(today) };
    let compiled = compile(texts, &town::site());
    let told: Vec<_> = compiled.diagnostics.iter().map(|one| &one.fault).collect();
    compiled.program.unwrap_or_else(|| panic!("{told:?}"))
}

fn bookings(program: &Program, index: usize) -> &Intervals {
    &program.schedule(&format!("Rathaus.S{index}")).unwrap().bookings[0]
}

#[test]
fn exports_of_common_programs_are_read_as_others_read_them() {
    for name in ["outlook.ics", "google.ics", "ferien.ics"] {
        let text = std::fs::read(root().join("tests/rules/calendars").join(name)).unwrap();
        let answered = asked("events.py", &["2026-01-01", "2028-01-01", "Europe/Berlin"], &text);
        let moment = |text: &str| Timestamp::from_second(text.parse().unwrap()).unwrap();
        let theirs = answered.lines().map(|line| line.split_once(' ').unwrap());
        let theirs = theirs.map(|(from, to)| (moment(from), moment(to))).collect();
        let theirs = Intervals::union(theirs);
        let program = booked(&[String::from_utf8(text).unwrap()], date(2026, 3, 2));
        let (first, last) = (local("2026-01-01T00:00:00"), local("2028-01-01T00:00:00"));
        let ours = bookings(&program, 0).within(first, last);
        assert!(ours.len() > 3, "{name}");
        assert_eq!(ours, theirs.as_slice(), "{name}");
    }
}

/// A series: its start as civil time, its zone, its rule without `UNTIL`, and
/// when it ends.
#[derive(Debug, Clone)]
struct Series {
    start: String,
    zone: &'static str,
    rule: String,
    until: Option<Timestamp>,
}

impl Series {
    fn text(&self) -> String {
        let until = |at: Timestamp| format!(";UNTIL={}", at.strftime("%Y%m%dT%H%M%SZ"));
        format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID={}:{}\nDURATION:PT1S\nRRULE:{}{}\n\
             END:VEVENT\nEND:VCALENDAR\n",
            self.zone,
            self.start,
            self.rule,
            self.until.map_or_else(String::new, until)
        )
    }

    fn json(&self) -> serde_json::Value {
        let until = self.until.map(Timestamp::as_second);
        serde_json::json!({
            "start": self.start, "zone": self.zone, "rule": self.rule, "until": until,
        })
    }
}

/// A list of a few of these, joined by commas.
fn some_of(choices: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::btree_set(prop::sample::select(choices), 1..4)
        .prop_map(|chosen| chosen.into_iter().collect::<Vec<_>>().join(","))
}

/// The parts that RFC 5545 allows beside a frequency. Left out, because
/// dateutil reads them in its own way: weeks without days, and plain weekdays
/// mixed with counted ones.
fn any_parts(frequency: &'static str) -> impl Strategy<Value = String> {
    const WEEKDAYS: &[&str] = &["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    const COUNTED: &[&str] = &["1MO", "2TU", "-1SU", "3FR", "-2WE", "5SA", "-5TH"];
    const MONTH_DAYS: &[&str] = &["1", "15", "29", "30", "31", "-1", "-2", "-31"];
    let part = |name: &'static str, values: &'static [&'static str]| {
        some_of(values).prop_map(move |values| format!(";{name}={values}"))
    };
    let none = || Just(String::new()).boxed();
    let maybe = |often: u32, strategy: BoxedStrategy<String>| {
        prop_oneof![10 - often => none(), often => strategy].boxed()
    };
    let counts = matches!(frequency, "MONTHLY" | "YEARLY");
    let weekdays = if counts { COUNTED } else { WEEKDAYS };
    let days = prop_oneof![
        2 => none(),
        2 => part("BYDAY", WEEKDAYS).boxed(),
        2 => part("BYDAY", weekdays).boxed(),
        u32::from(frequency != "WEEKLY") => part("BYMONTHDAY", MONTH_DAYS).boxed(),
        u32::from(counts) => (part("BYMONTHDAY", MONTH_DAYS), part("BYDAY", WEEKDAYS))
            .prop_map(|(one, other)| one + &other).boxed(),
        u32::from(frequency == "YEARLY") => part("BYYEARDAY", &["1", "60", "200", "366", "-1", "-100"]).boxed(),
        u32::from(frequency == "YEARLY") => (part("BYWEEKNO", &["1", "20", "52", "53", "-1"]), part("BYDAY", WEEKDAYS))
            .prop_map(|(one, other)| one + &other).boxed(),
    ];
    let times = (
        maybe(3, part("BYHOUR", &["2", "7", "19", "23"]).boxed()),
        maybe(2, part("BYMINUTE", &["0", "15", "59"]).boxed()),
    );
    (
        maybe(3, part("BYMONTH", &["1", "2", "3", "6", "10", "12"]).boxed()),
        days,
        times,
        maybe(2, part("BYSETPOS", &["1", "2", "3", "-1", "-2"]).boxed()),
        maybe(
            2,
            prop::sample::select(&[";WKST=SU", ";WKST=WE"][..]).prop_map(str::to_owned).boxed(),
        ),
    )
        .prop_map(|(months, days, (hours, minutes), positions, week)| {
            // A position needs something to choose from.
            let positions = if days.is_empty() { String::new() } else { positions };
            months + &days + &hours + &minutes + &positions + &week
        })
}

fn any_series() -> impl Strategy<Value = Series> {
    let frequency = prop::sample::select(&["YEARLY", "MONTHLY", "WEEKLY", "DAILY"][..]);
    let end = prop_oneof![
        (1_u32..40).prop_map(|count| (format!(";COUNT={count}"), None)),
        (0_i64..900).prop_map(|days| (String::new(), Some(days))),
        Just((String::new(), None)),
    ];
    let start = (0_i64..800, 0_i64..96);
    let zone = prop::sample::select(&["Europe/Berlin", "UTC", "America/New_York"][..]);
    (
        frequency.prop_flat_map(|frequency| (Just(frequency), any_parts(frequency))),
        1..4,
        end,
        start,
        zone,
    )
        .prop_map(|((frequency, parts), interval, (count, until), (day, quarter), zone)| {
            let first = date(2025, 1, 1).at(0, 0, 0, 0);
            let start = first.saturating_add(day.days().minutes(quarter * 15));
            let until = until.map(|days: i64| {
                let end = start.saturating_add(days.days());
                jiff::tz::TimeZone::UTC.to_timestamp(end).unwrap()
            });
            Series {
                start: start.strftime("%Y%m%dT%H%M%S").to_string(),
                zone,
                rule: format!("FREQ={frequency};INTERVAL={interval}{count}{parts}"),
                until,
            }
        })
}

#[test]
fn series_fall_on_the_days_that_dateutil_gives() {
    let mut runner = TestRunner::deterministic();
    let any = any_series();
    let series: Vec<Series> =
        (0..500).map(|_| any.new_tree(&mut runner).unwrap().current()).collect();
    let (first, last) = (local("2025-01-01T00:00:00"), local("2032-01-01T00:00:00"));
    let bounds = [first, last].map(|at| at.as_second().to_string());
    let input = serde_json::Value::from(series.iter().map(Series::json).collect::<Vec<_>>());
    let bounds = [bounds[0].as_str(), bounds[1].as_str()];
    let answered = asked("recurrences.py", &bounds, input.to_string().as_bytes());
    let theirs: Vec<Vec<i64>> = serde_json::from_str(&answered).unwrap();
    let texts: Vec<String> = series.iter().map(Series::text).collect();
    let program = booked(&texts, date(2025, 1, 1));
    for (index, (series, theirs)) in series.iter().zip(&theirs).enumerate() {
        let ours = bookings(&program, index).within(first, last);
        let ours: Vec<i64> = ours.iter().map(|(from, _)| from.as_second()).collect();
        let differ = ours.iter().zip(theirs).position(|(one, other)| one != other);
        let at = differ.unwrap_or(ours.len().min(theirs.len()));
        let shown = |list: &[i64]| list.get(at).map(|at| Timestamp::from_second(*at).unwrap());
        assert_eq!(ours, *theirs, "{series:?}: {:?}, not {:?}", shown(&ours), shown(theirs));
    }
    assert!(theirs.iter().filter(|list| list.len() > 3).count() > 250);
}
