//! Meters read back from the history: by quarter hours, by readings, and where
//! those are kept no more, against what was truly used.

use std::path::Path;

use hauswart::history::{Meaning, Retention, Sample, Series, Span};
use hauswart::model::Quality;
use hauswart::model::diagnostic::Source;
use hauswart::report::{Account, By, Consumption, period};
use hauswart::site::{self, Site};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::rig::{Rig, at, good};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const KWH: f64 = 3.6e6;

fn site() -> Site {
    let text = r#"
format = 1
[site]
name = "Test"
[[building]]
name = "Schule"
[[connection]]
name = "line"
type = "modbus-tcp"
address = "127.0.0.1"
[[device]]
name = "Zaehler"
connection = "line"
unit = 1
[device.point.Stand]
register = "input 0"
type = "u32"
unit = "kWh"
rolls_over = "10000 kWh"
formerly = ["Alt"]
[device.point.Leistung]
register = "input 2"
type = "u32"
unit = "W"
[[meter]]
name = "Strom"
point = "Zaehler.Stand"
carrier = "electricity"
load = "60 kW"
[[meter.replaced]]
at = "2026-03-29 12:00"
end = "8000 kWh"
start = "100 kWh"
[[meter]]
name = "Leistung"
power = "Zaehler.Leistung"
carrier = "electricity"
"#;
    let source = Source { file: "site.toml".into(), text: text.into() };
    let loaded = site::load(&source, Path::new("/anlage"), &[]);
    loaded.site.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

/// A counter and a power, a reading of each a minute.
struct Plant {
    rig: Rig,
    now_ms: i64,
    /// kWh
    dial: f64,
    used: f64,
    open: Vec<(u32, Sample)>,
    places: [u32; 2],
}

impl Plant {
    fn new(data: &Path, begin: &str, dial: f64) -> Self {
        let mut rig = Rig::new(data, 0);
        let series = |name: &str, unit: &str| Series {
            name: format!("Schule.Zaehler.{name}").into(),
            meaning: Meaning::Unit(unit.into()),
        };
        rig.series = vec![series("Stand", "J"), series("Leistung", "W"), series("Alt", "J")];
        Self { rig, now_ms: at(begin), dial, used: 0.0, open: Vec::new(), places: [0, 1] }
    }

    /// A minute at so many kW.
    fn pass(&mut self, kw: f64, heard: bool, astray: f64) {
        let [counter, power] = self.places;
        if heard {
            let stand = good(self.now_ms, (self.dial + astray) * KWH);
            self.open.push((counter, stand));
            self.open.push((power, good(self.now_ms, kw * 1000.0)));
        } else {
            let gap = Sample::gap(self.now_ms, Quality::Stale);
            self.open.extend([(counter, gap), (power, gap)]);
        }
        self.now_ms += MINUTE;
        self.used += kw / 60.0;
        self.dial += kw / 60.0;
        if self.dial >= 10_000.0 {
            self.dial -= 10_000.0;
        }
        if self.now_ms % HOUR == 0 {
            let samples = std::mem::take(&mut self.open);
            self.rig.append(&samples, self.now_ms);
            self.rig.seal(self.now_ms, true);
        }
    }

    /// Whole days become quarter hours; `expire`: and nothing else.
    fn merge(&mut self, expire: bool) {
        self.rig.merge(self.now_ms);
        if expire {
            let retention = Retention { raw_days: Some(0), rollup_days: None, event_days: None };
            self.rig.archive.expire(self.now_ms, &retention).unwrap();
        }
    }

    fn account<'a>(&self, site: &'a Site, meter: usize, span: Span) -> Account<'a> {
        let mut shelf = self.rig.shelf();
        let account = Account::read(site, &site.meters[meter], &mut shelf, &[], span);
        assert!(shelf.faults.is_empty(), "{:?}", shelf.faults);
        account
    }
}

fn kwh(used: &Consumption) -> f64 {
    used.amount.unwrap() / KWH
}

fn codes(account: &Account<'_>, span: Span) -> Vec<&'static str> {
    account.findings(span).iter().map(|it| it.what.code()).collect()
}

#[test]
fn days_of_23_and_25_hours_are_counted_as_long_as_they_are() {
    for (begin, from, until, hours) in [
        (
            "2026-10-23T22:00:00Z",
            "2026-10-23T22:00:00Z",
            "2026-10-26T23:00:00Z",
            [24.0, 25.0, 24.0],
        ),
        (
            "2026-03-20T23:00:00Z",
            "2026-03-20T23:00:00Z",
            "2026-03-23T23:00:00Z",
            [24.0, 24.0, 24.0],
        ),
        (
            "2027-03-26T23:00:00Z",
            "2027-03-26T23:00:00Z",
            "2027-03-29T22:00:00Z",
            [24.0, 23.0, 24.0],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut plant = Plant::new(folder.path(), begin, 500.0);
        let span = Span { from_ms: at(from), until_ms: at(until) };
        while plant.now_ms <= span.until_ms + HOUR {
            plant.pass(6.0, true, 0.0);
        }
        plant.merge(false);
        let site = site();
        let account = plant.account(&site, 0, span);
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let days = period::parts(span, By::Day, &zone);
        for (day, hours) in days.iter().zip(hours) {
            let used = account.over(*day);
            // A minute's use lies at an end of the day.
            assert!((kwh(&used) - 6.0 * hours).abs() < 0.1 + 1e-9, "{} of {hours} h", kwh(&used));
            assert!(used.is_covered() && used.is_whole() && !used.is_estimated());
        }
        assert_eq!(days.len(), 3);
        assert_eq!(codes(&account, span), Vec::<&str>::new());
        let derived = plant.account(&site, 1, span).over(span);
        assert!((kwh(&derived) - 6.0 * hours.iter().sum::<f64>()).abs() < 1e-6);
        assert!(derived.is_covered());
    }
}

#[test]
fn a_replaced_and_silent_meter_under_a_former_name_is_whole_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut plant = Plant::new(folder.path(), "2026-03-25T00:00:00Z", 7_880.0);
    plant.places = [2, 1];
    while plant.now_ms < at("2026-03-26T10:00:00Z") {
        plant.pass(3.0, true, 0.0);
    }
    plant.places = [0, 1];
    // The device is unplugged until the fitter has come.
    while plant.dial < 8_000.0 {
        plant.pass(3.0, false, 0.0);
    }
    plant.dial = 100.0;
    while plant.now_ms < at("2026-04-03T00:00:00Z") {
        let heard = plant.now_ms > at("2026-04-01T10:07:00Z");
        plant.pass(3.0, heard, 0.0);
    }
    let last = 3.0 / 60.0;
    let span = Span { from_ms: at("2026-03-25T00:00:00Z"), until_ms: plant.now_ms };
    for expire in [false, true] {
        plant.merge(expire);
        let site = site();
        let account = plant.account(&site, 0, span);
        let used = account.over(span);
        assert!(
            (kwh(&used) - (plant.used - last)).abs() < 0.06,
            "{} of {}",
            kwh(&used),
            plant.used
        );
        assert_eq!(codes(&account, span), ["replaced", "gap"], "{:?}", account.findings);
        assert!(used.is_whole() && !used.is_covered() && !used.is_estimated());
        let march = Span { until_ms: at("2026-03-31T22:00:00Z"), ..span };
        assert!(account.over(march).is_estimated());
        // What nobody measured is not there.
        let derived = plant.account(&site, 1, span).over(span);
        assert!(!derived.is_whole() && kwh(&derived) < plant.used - 100.0);
        assert!((derived.coverage * plant.used - kwh(&derived)).abs() < 0.2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::rounds(4, 200), ..ProptestConfig::default() })]
    #[test]
    fn quarter_hours_and_readings_tell_the_same(
        first in 0.0..9_999.0_f64,
        events in prop::collection::vec((10..900_i64, 0.0..50.0_f64, 0..8_u8), 4..14),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut plant = Plant::new(folder.path(), "2026-06-01T00:00:00Z", first);
        let begin_ms = plant.now_ms;
        // What ran before the first and behind the last reading, nobody knows.
        let mut heard_at = 0.0;
        let mut first_at = None;
        for (minutes, kw, kind) in &events {
            for minute in 0..*minutes {
                // Of the kinds: 6 silent, 7 astray for a minute; else it runs.
                let heard = *kind != 6;
                let astray = if *kind == 7 && minute == 5 { 5_000.0 } else { 0.0 };
                if heard && astray == 0.0 {
                    heard_at = plant.used;
                    first_at.get_or_insert(heard_at);
                }
                plant.pass(*kw, heard, astray);
            }
            heard_at = plant.used;
            first_at.get_or_insert(heard_at);
            plant.pass(1.0, true, 0.0);
        }
        let truth = |until: f64| until - first_at.unwrap();
        while plant.now_ms % (24 * HOUR) != 0 {
            heard_at = plant.used;
            plant.pass(1.0, true, 0.0);
        }
        let site = site();
        let span = Span { from_ms: begin_ms, until_ms: plant.now_ms };
        let before = plant.account(&site, 0, span);
        plant.merge(false);
        let merged = plant.account(&site, 0, span);
        prop_assert_eq!(codes(&before, span), codes(&merged, span));
        plant.merge(true);
        let rolled = plant.account(&site, 0, span);
        for account in [&before, &merged, &rolled] {
            let used = account.over(span);
            prop_assert!(
                (kwh(&used) - truth(heard_at)).abs() < 1e-6,
                "{} of {}: {:?}", kwh(&used), truth(heard_at), account.findings,
            );
        }
        // Quarter by quarter, as long as the readings are kept.
        for quarter in period::parts(span, By::QuarterHour, &TimeZone::UTC) {
            let [one, other] = [&before, &merged].map(|account| account.over(quarter));
            let close = |one: f64, other: f64| (one - other).abs() < 1e-3;
            prop_assert!(
                close(one.amount.unwrap_or(0.0) / KWH, other.amount.unwrap_or(0.0) / KWH)
                    && close(one.coverage, other.coverage),
                "{one:?} and {other:?}"
            );
        }
    }
}
