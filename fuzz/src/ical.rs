//! Calendar files: days and bookings of one. What comes of it stays bounded,
//! however often an event recurs (libFuzzer's limits of time and memory), and
//! every fault has its place in the file.

use hauswart::model::diagnostic::Source;
use hauswart::rules::{NamedFile, compile};
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::town;

const RULES: &str = "language 1
building Rathaus
calendar Ferien file \"k.ics\"
schedule Nutzung
  daily 07:00-17:00
  Ferien off
  also file \"k.ics\"
rule \"Raum\"
  when Nutzung set HK1.Raum_Soll to 20 °C
";

pub fn run(bytes: &[u8]) -> bool {
    let rules = [town::source("a.rules", RULES)];
    let files = town::calendars(&rules, bytes);
    let compiled = compile(town::texts(&rules, &files), town::site());
    let named = files.iter().filter_map(NamedFile::source);
    let sources: Vec<Source> = rules.iter().cloned().chain(named).collect();
    town::tell(&compiled.diagnostics, &sources);
    let Some(program) = compiled.program else { return files[0].text.is_ok() };
    let zone = TimeZone::get("Europe/Berlin").expect("it is bundled");
    for day in [date(1970, 1, 1), date(2026, 3, 2), date(2026, 10, 25), date(2099, 12, 31)] {
        let at = zone.to_timestamp(day.at(3, 0, 0, 0)).expect("it is in range");
        let _ = program.schedule_on("Rathaus.Nutzung", at);
        let next = program.schedule_changes("Rathaus.Nutzung", at);
        assert!(next.is_none_or(|next| next > at), "{next:?} after {at}");
    }
    true
}
