//! How often rules write a register that wears out, and when that is warned of.

use std::time::Duration;

use hauswart::model::Language;
use hauswart::rules::{Bound, Pace, compile};
use hauswart::site::Site;

use crate::town::{self, source};

const POINT: &str = "Rathaus.HK1.Raum_Soll";

/// The town, with a room setpoint that endures 10,000 writes.
fn site() -> Site {
    let mut site = town::site();
    let id = site.points.find(POINT).unwrap();
    site.points.get_mut(id).command.as_mut().unwrap().endures = Some(10_000);
    site
}

/// The pace of that setpoint, and what is warned of.
fn pace_on(site: &Site, rules: &str) -> (Pace, Vec<String>) {
    let compiled = compile(
        [source("a.rules", &format!("language 1\nbuilding Rathaus\n{rules}"))].as_slice(),
        site,
    );
    let program = compiled.program.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let warned = compiled.diagnostics.iter().filter(|it| it.fault.code() == "wears-out");
    let warned = warned.map(|warning| warning.fault.reason(Language::En)).collect();
    let id = site.points.find(POINT).unwrap();
    (program.pace(id, site.points.get(id), town::local("2026-01-01T00:00")), warned)
}

fn pace(rules: &str) -> (Pace, Vec<String>) {
    pace_on(&site(), rules)
}

const DAILY: &str = "schedule Nutzung\n  daily 06:00-22:00\n";
const WEEKDAYS: &str = "schedule Nutzung\n  Mo-Fr 06:00-22:00\n";
const BY_SCHEDULE: &str = "rule \"A\"
  when Nutzung  set HK1.Raum_Soll to 20 °C
  else          set HK1.Raum_Soll to 16 °C
";

#[test]
fn what_hangs_on_schedules_alone_is_counted() {
    let (daily, warned) = pace(&format!("{DAILY}{BY_SCHEDULE}"));
    assert_eq!((daily.a_year, daily.bound, daily.expected), (730.0, Bound::Schedules, true));
    assert_eq!(
        warned,
        ["HK1.Raum_Soll is written up to 730 times a year; its register endures 10000 writes and \
          so lasts 13.6 years instead of 15"]
    );
    let (weekdays, warned) = pace(&format!("{WEEKDAYS}{BY_SCHEDULE}"));
    assert_eq!((weekdays.a_year, warned.len()), (522.0, 0));
    let ahead =
        BY_SCHEDULE.replace("when Nutzung ", "when Nutzung starts within 2 h until Nutzung ");
    let (ahead, _) = pace(&format!("{WEEKDAYS}{ahead}"));
    assert_eq!(ahead.a_year, 1044.0, "the schedule is looked at twice");
    let (always, warned) = pace("rule \"A\"\n  set HK1.Raum_Soll to 20 °C\n");
    assert_eq!((always.a_year, warned.len()), (0.0, 0));
}

#[test]
fn what_follows_a_reading_is_warned_of_and_what_a_reading_switches_is_not() {
    let (follows, warned) = pace("rule \"A\"\n  set HK1.Raum_Soll to max(16 °C, HK1.Raum - 1 K)\n");
    assert!(follows.follows && follows.expected && follows.bound == Bound::Cycle);
    assert_eq!(warned.len(), 1);
    let switched = "rule \"A\"
  when HK1.Raum > 22 °C until < 20 °C  set HK1.Raum_Soll to 18 °C
";
    let (switched, warned) = pace(switched);
    assert!(!switched.expected && switched.a_year > 31_000_000.0);
    assert_eq!(warned.len(), 0, "it could be crossed every second, but is not");
    let (nobody, _) = pace("rule \"A\"\n  set HK2.Raum_Soll to 18 °C\n");
    assert_eq!((nobody.a_year, nobody.bound), (0.0, Bound::Nobody));
    let (shadow, _) = pace("rule \"A\"\n  shadow\n  set HK1.Raum_Soll to 18 °C\n");
    assert_eq!(shadow.bound, Bound::Nobody);
}

#[test]
fn what_spaces_writes_out_bounds_them() {
    let follows = "rule \"A\"\n  set HK1.Raum_Soll to max(16 °C, HK1.Raum - 1 K)\n";
    let changes = format!("protect HK1.Raum_Soll\n  change at most 2 per hour\n{follows}");
    let (pace, warned) = pace(&changes);
    assert_eq!((pace.a_year, pace.bound), (2.0 * 24.0 * 365.0, Bound::Protection));
    assert_eq!(warned.len(), 1);
    let mut slow = site();
    let id = slow.points.find(POINT).unwrap();
    let command = slow.points.get_mut(id).command.as_mut().unwrap();
    command.min_write_interval = Duration::from_secs(14 * 3600);
    let (pace, warned) = pace_on(&slow, &changes);
    assert_eq!(pace.bound, Bound::Interval);
    assert!(pace.a_year < 626.0 && warned.is_empty(), "{pace:?}");
}
