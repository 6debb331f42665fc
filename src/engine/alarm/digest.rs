//! The daily digest: when it is due, and what it says. Once a local day, also
//! over restarts and on the days of a clock change.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::words::class_words;
use crate::engine::picture::{AlarmStatus, OverrideStatus};
use crate::model::Language;
use crate::site::Site;

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
        ];
        let mut body = String::new();
        for ((german, english), entries) in sections {
            if !entries.is_empty() {
                let heading = language.pick(german, english);
                let list: String = entries.iter().map(|entry| format!("- {entry}\n")).collect();
                body.push_str(&format!("{heading}\n{list}\n"));
            }
        }
        if body.is_empty() {
            body = language.pick("Alles in Ordnung.\n", "All is well.\n").to_owned();
        }
        body
    }

    fn standing(&self) -> impl Iterator<Item = &AlarmStatus> {
        self.alarms.iter().filter(|alarm| alarm.gone.is_none())
    }
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
    use super::*;

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
}
