//! The daily digest: when it is due, and what it says. Once a local day, also
//! over restarts and on the days of a clock change.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::words::class_words;
use crate::engine::picture::{AlarmStatus, ForgottenStatus, OverrideStatus};
use crate::model::Language;
use crate::site::Site;

/// Entries of a section, letters of an entry, bytes of the whole: it is read on
/// a phone, and the store takes 16 KB.
const ENTRIES: usize = 15;
const LETTERS: usize = 200;
const BYTES: usize = 10_000;

/// What becomes of the digest now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    No,
    /// It begins with the next one: there was none before, or the last one
    /// bears a day that is not to come soon.
    Begin(Date),
    Send(Date),
}

/// Whether that of a day is due, `last` being the day of the last one. A day on
/// which nothing ran gets none; today's comes late rather than never.
#[must_use]
pub fn due(time: Time, last: Option<Date>, now: Timestamp, zone: &TimeZone) -> Due {
    let today = now.to_zoned_datetime(zone.clone()).date();
    let begun =
        |day: &Date| zone.to_timestamp(day.to_datetime(time)).is_ok_and(|moment| moment <= now);
    let yesterday = today.checked_sub(1.day()).unwrap_or(today);
    let day = [today, yesterday].into_iter().find(begun).unwrap_or(yesterday);
    match last {
        Some(last) if last < day => Due::Send(day),
        // A clock that was set back by a day sends nothing twice.
        Some(last) if last <= day.checked_add(1.day()).unwrap_or(day) => Due::No,
        _ => Due::Begin(day),
    }
}

/// What it tells of.
#[derive(Debug)]
pub struct Picture<'a> {
    pub day: Date,
    pub now: Timestamp,
    /// All that are held.
    pub alarms: &'a [AlarmStatus],
    /// Rules that wait to be acknowledged.
    pub awaiting: &'a [String],
    pub overrides: &'a [OverrideStatus],
    pub forgotten: &'a [ForgottenStatus],
}

impl Picture<'_> {
    /// The subject.
    #[must_use]
    pub fn subject(&self, site: &Site) -> String {
        let (title, day) = (&site.title, self.day.strftime("%d.%m.%Y"));
        let many = self.standing().count();
        let (german, english) = match many {
            0 => ("keine Alarme".to_owned(), "no alarms".to_owned()),
            1 => ("1 Alarm".to_owned(), "1 alarm".to_owned()),
            _ => (format!("{many} Alarme"), format!("{many} alarms")),
        };
        site.language.pick(
            format!("{title}: Tagesbericht {day} – {german}"),
            format!("{title}: daily digest {day} – {english}"),
        )
    }

    /// The text; what there is nothing to say of is left out.
    #[must_use]
    pub fn body(&self, site: &Site) -> String {
        let language = site.language;
        let show = |alarm: &AlarmStatus| entry(alarm, site);
        let forgotten = |alarm: &&AlarmStatus| {
            let day = self.now.checked_sub(24.hours()).unwrap_or(self.now);
            alarm.acknowledged.is_none() && alarm.since < day
        };
        let went = self.alarms.iter().filter(|alarm| alarm.gone.is_some());
        let overrides = self.overrides.iter().map(|over| by_hand(over, site));
        let forgotten_overrides = self.forgotten.iter().map(|over| over.text.clone());
        let sections = [
            (("Es steht:", "Standing:"), self.standing().map(show).collect::<Vec<_>>()),
            (("Seit gestern behoben:", "Cleared since yesterday:"), went.map(show).collect()),
            (
                (
                    "Seit mehr als einem Tag von niemandem quittiert:",
                    "Acknowledged by nobody for more than a day:",
                ),
                self.alarms.iter().filter(forgotten).map(show).collect(),
            ),
            (
                ("Regeln warten auf Quittierung:", "Rules wait to be acknowledged:"),
                self.awaiting.to_vec(),
            ),
            (("Von Hand gestellt:", "Overridden by hand:"), overrides.collect()),
            (
                ("Vergessene Übersteuerungen:", "Forgotten overrides:"),
                forgotten_overrides.collect(),
            ),
        ];
        let sections = sections.into_iter().filter(|(_, entries)| !entries.is_empty());
        let body: String = sections
            .map(|((german, english), entries)| {
                section(language.pick(german, english), &entries, language)
            })
            .collect();
        if body.is_empty() {
            return language.pick("Alles in Ordnung.\n", "All is well.\n").to_owned();
        }
        let end = body.char_indices().map(|it| it.0).take_while(|at| *at <= BYTES).last();
        if body.len() > BYTES { format!("{}…\n", &body[..end.unwrap_or(0)]) } else { body }
    }

    fn standing(&self) -> impl Iterator<Item = &AlarmStatus> {
        self.alarms.iter().filter(|alarm| alarm.gone.is_none())
    }
}

fn section(heading: &str, entries: &[String], language: Language) -> String {
    let shown = entries.iter().take(ENTRIES).map(|entry| {
        let cut: String = entry.chars().take(LETTERS).collect();
        let more = if cut.len() < entry.len() { "…" } else { "" };
        format!("- {cut}{more}\n")
    });
    let shown: String = shown.collect();
    let more = match entries.len().saturating_sub(ENTRIES) {
        0 => String::new(),
        more => language.pick(format!("- und {more} weitere\n"), format!("- and {more} more\n")),
    };
    format!("{heading}\n{shown}{more}\n")
}

fn entry(alarm: &AlarmStatus, site: &Site) -> String {
    let language = site.language;
    let class = class_words(alarm.class, language);
    let (since, number, text) = (moment(alarm.since, site), alarm.number, &alarm.text);
    let until = alarm.gone.map_or_else(String::new, |gone| {
        let gone = moment(gone, site);
        language.pick(format!(" bis {gone}"), format!(" until {gone}"))
    });
    let seen = seen(alarm, language);
    language.pick(
        format!("{class} {since}{until}: {text} (Alarm {number}{seen})"),
        format!("{class} {since}{until}: {text} (alarm {number}{seen})"),
    )
}

fn seen(alarm: &AlarmStatus, language: Language) -> String {
    alarm.acknowledged.as_ref().map_or_else(String::new, |seen| {
        let why = if seen.why.is_empty() { String::new() } else { format!(": {}", seen.why) };
        let by = &seen.by;
        language.pick(format!(", quittiert von {by}{why}"), format!(", acknowledged by {by}{why}"))
    })
}

fn by_hand(over: &OverrideStatus, site: &Site) -> String {
    let (point, shown, user) = (&over.point, &over.shown, &over.user);
    let until = moment(over.until, site);
    site.language.pick(
        format!("{point} auf {shown} bis {until} ({user})"),
        format!("{point} to {shown} until {until} ({user})"),
    )
}

fn moment(at: Timestamp, site: &Site) -> String {
    at.to_zoned_datetime(site.time_zone.clone()).strftime("%d.%m. %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::engine::picture::SeenStatus;
    use crate::model::AlarmClass;
    use crate::model::diagnostic::Source;
    use crate::site;
    use crate::store::LARGEST_VALUE;

    /// The days sent, asked every ten minutes from `from` for so many hours.
    fn sent(time: &str, from: &str, hours: i64) -> Vec<String> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let time: Time = time.parse().unwrap();
        let from: Timestamp = from.parse().unwrap();
        let mut last = None;
        let mut sent = Vec::new();
        for step in 0..hours * 6 {
            let now = from + (step * 10).minutes();
            match due(time, last, now, &zone) {
                Due::No => {}
                Due::Begin(day) => last = Some(day),
                Due::Send(day) => {
                    last = Some(day);
                    sent.push(
                        now.to_zoned_datetime(zone.clone()).strftime("%d. %H:%M").to_string(),
                    );
                }
            }
        }
        sent
    }

    #[test]
    fn one_a_day_also_where_the_hour_is_missing_or_comes_twice() {
        // Spring: 02:30 is not there on 29 March 2026; autumn: twice on 25 October.
        assert_eq!(
            sent("02:30", "2026-03-27T12:00:00Z", 72),
            ["28. 02:30", "29. 03:30", "30. 02:30"]
        );
        assert_eq!(
            sent("02:30", "2026-10-23T12:00:00Z", 72),
            ["24. 02:30", "25. 02:30", "26. 02:30"]
        );
        assert_eq!(sent("00:00", "2026-10-24T12:00:00Z", 36), ["25. 00:00", "26. 00:00"]);
    }

    #[test]
    fn what_was_missed_comes_once_and_a_clock_set_back_sends_nothing_twice() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let time: Time = "07:00".parse().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let day = |text: &str| text.parse::<Date>().unwrap();
        let due = |last: &str, now: &str| due(time, Some(day(last)), at(now), &zone);
        assert_eq!(due("2026-01-10", "2026-01-14T08:00:00Z"), Due::Send(day("2026-01-14")));
        assert_eq!(due("2026-01-10", "2026-01-14T05:00:00Z"), Due::Send(day("2026-01-13")));
        assert_eq!(due("2026-01-14", "2026-01-14T08:00:00Z"), Due::No);
        assert_eq!(due("2026-01-14", "2026-01-13T08:00:00Z"), Due::No);
        assert_eq!(due("2031-01-14", "2026-01-14T08:00:00Z"), Due::Begin(day("2026-01-14")));
    }

    fn site() -> Site {
        let text = "format = 1\n[site]\nname = \"Sued\"\n[[building]]\nname = \"B\"\n";
        let source = Source { file: "site.toml".into(), text: text.into() };
        site::load(&source, Path::new("/"), &[]).site.unwrap()
    }

    fn alarm(number: u64, since: &str, gone: Option<&str>, seen: bool) -> AlarmStatus {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let by = || SeenStatus { by: "anna".into(), at: at(since), why: "Monteur".into() };
        AlarmStatus {
            number,
            class: AlarmClass::Fault,
            since: at(since),
            gone: gone.map(at),
            flaps: None,
            acknowledged: seen.then(by),
            text: format!("Störung {number}"),
            done: String::new(),
        }
    }

    #[test]
    fn it_says_what_stands_what_went_and_what_nobody_has_seen() {
        let now = "2026-01-14T06:00:00Z".parse().unwrap();
        let alarms = [
            alarm(1, "2026-01-12T05:00:00Z", None, false),
            alarm(2, "2026-01-12T05:00:00Z", None, true),
            alarm(3, "2026-01-13T22:00:00Z", Some("2026-01-13T22:10:00Z"), true),
        ];
        let day = "2026-01-14".parse().unwrap();
        let awaiting = ["B.Brenner".to_owned()];
        let picture = |alarms| Picture {
            day,
            now,
            alarms,
            awaiting: &awaiting,
            overrides: &[],
            forgotten: &[],
        };
        let site = site();
        assert_eq!(picture(&alarms).subject(&site), "Sued: Tagesbericht 14.01.2026 – 2 Alarme");
        let expected = "Es steht:
- Störung 12.01. 06:00: Störung 1 (Alarm 1)
- Störung 12.01. 06:00: Störung 2 (Alarm 2, quittiert von anna: Monteur)

Seit gestern behoben:
- Störung 13.01. 23:00 bis 13.01. 23:10: Störung 3 (Alarm 3, quittiert von anna: Monteur)

Seit mehr als einem Tag von niemandem quittiert:
- Störung 12.01. 06:00: Störung 1 (Alarm 1)

Regeln warten auf Quittierung:
- B.Brenner

";
        assert_eq!(picture(&alarms).body(&site), expected);
        let calm = Picture { awaiting: &[], ..picture(&[]) };
        assert_eq!(calm.body(&site), "Alles in Ordnung.\n");
        assert_eq!(calm.subject(&site), "Sued: Tagesbericht 14.01.2026 – keine Alarme");
    }

    #[test]
    fn a_bad_day_fits_into_the_store() {
        let long = |number| AlarmStatus {
            text: "Ü".repeat(900),
            ..alarm(number, "2026-01-12T05:00:00Z", None, false)
        };
        let alarms: Vec<AlarmStatus> = (0..400).map(long).collect();
        let picture = Picture {
            day: "2026-01-14".parse().unwrap(),
            now: "2026-01-14T06:00:00Z".parse().unwrap(),
            alarms: &alarms,
            awaiting: &[],
            overrides: &[],
            forgotten: &[],
        };
        let body = picture.body(&site());
        assert!(body.len() < LARGEST_VALUE * 3 / 4, "{} bytes", body.len());
        assert!(body.contains("- und 385 weitere\n"), "{body}");
    }
}
