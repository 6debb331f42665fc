//! Moments and lengths of time as people say them, on the site's clock.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::Language;

/// Where and in which language is spoken.
#[derive(Debug, Clone, Copy)]
pub struct Spoken<'a> {
    pub language: Language,
    pub zone: &'a TimeZone,
}

impl Spoken<'_> {
    /// `05:30`, with the day where it is not the day of `from`: `Di 05:30` up
    /// to six days ahead, else `Di 03.03.2026 05:30`. Seconds where there are
    /// any.
    #[must_use]
    pub fn moment(&self, at: Timestamp, from: Timestamp) -> String {
        let day = self.zone.to_datetime(at).date();
        let here = self.zone.to_datetime(from).date();
        let ahead = day.duration_since(here).as_hours() / 24;
        match ahead {
            0 => self.time(at),
            1..=6 => format!("{} {}", self.weekday(at), self.time(at)),
            _ => self.date_time(at),
        }
    }

    /// `Di 03.03.2026 05:30`
    #[must_use]
    pub fn date_time(&self, at: Timestamp) -> String {
        let civil = self.zone.to_datetime(at);
        format!(
            "{} {:02}.{:02}.{:04} {}",
            self.weekday(at),
            civil.day(),
            civil.month(),
            civil.year(),
            self.time(at)
        )
    }

    fn time(&self, at: Timestamp) -> String {
        let civil = self.zone.to_datetime(at);
        if civil.second() == 0 {
            return format!("{:02}:{:02}", civil.hour(), civil.minute());
        }
        format!("{:02}:{:02}:{:02}", civil.hour(), civil.minute(), civil.second())
    }

    fn weekday(&self, at: Timestamp) -> &'static str {
        let day = self.zone.to_datetime(at).date().weekday().to_monday_zero_offset();
        let days = self.language.pick(
            ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
            ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        );
        days.get(usize::try_from(day).unwrap_or(0)).copied().unwrap_or("")
    }
}

/// `12 s`, `4 min 30 s`, `2 h 58 min`, `3 d 4 h`: the two largest units.
#[must_use]
pub fn length(of: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let mut left = of.as_secs();
    let first = UNITS.iter().position(|(seconds, _)| left >= *seconds).unwrap_or(UNITS.len() - 1);
    let mut words = Vec::with_capacity(2);
    for (seconds, unit) in &UNITS[first..UNITS.len().min(first + 2)] {
        let count = left / seconds;
        left %= seconds;
        if count > 0 || words.is_empty() {
            words.push(format!("{count} {unit}"));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_two_units_at_most() {
        let said = |seconds| length(Duration::from_secs(seconds));
        assert_eq!(said(0), "0 s");
        assert_eq!(said(270), "4 min 30 s");
        assert_eq!(said(3600), "1 h");
        assert_eq!(said(10_680), "2 h 58 min");
        assert_eq!(said(273_700), "3 d 4 h");
    }

    #[test]
    fn a_moment_has_its_day_where_that_is_another() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let spoken = Spoken { language: Language::De, zone: &zone };
        let at = |text: &str| -> Timestamp {
            zone.to_timestamp(text.parse::<jiff::civil::DateTime>().unwrap()).unwrap()
        };
        let from = at("2026-03-02T07:00");
        assert_eq!(spoken.moment(at("2026-03-02T17:30"), from), "17:30");
        assert_eq!(spoken.moment(at("2026-03-03T05:30:10"), from), "Di 05:30:10");
        assert_eq!(spoken.moment(at("2026-03-01T23:00"), from), "So 01.03.2026 23:00");
        assert_eq!(spoken.moment(at("2026-03-09T07:00"), from), "Mo 09.03.2026 07:00");
    }
}
