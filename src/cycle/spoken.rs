//! Moments as people say them, on the site's clock.

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
    /// `05:30`, with the day where it is not the day of `from`: `gestern`,
    /// `morgen`, `Di` up to six days ahead, else `Di 03.03.2026`. Seconds where
    /// there are any.
    #[must_use]
    pub fn moment(&self, at: Timestamp, from: Timestamp) -> String {
        let day = self.zone.to_datetime(at).date();
        let here = self.zone.to_datetime(from).date();
        let ahead = day.duration_since(here).as_hours() / 24;
        match ahead {
            -1 => format!("{} {}", self.language.pick("gestern", "yesterday"), self.time(at)),
            0 => self.time(at),
            1 => format!("{} {}", self.language.pick("morgen", "tomorrow"), self.time(at)),
            2..=6 => format!("{} {}", self.weekday(at), self.time(at)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_day_where_that_is_another() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let spoken = Spoken { language: Language::De, zone: &zone };
        let at = |text: &str| -> Timestamp {
            zone.to_timestamp(text.parse::<jiff::civil::DateTime>().unwrap()).unwrap()
        };
        let from = at("2026-03-02T07:00");
        assert_eq!(spoken.moment(at("2026-03-02T17:30"), from), "17:30");
        assert_eq!(spoken.moment(at("2026-03-03T05:30:10"), from), "morgen 05:30:10");
        assert_eq!(spoken.moment(at("2026-03-04T05:30"), from), "Mi 05:30");
        assert_eq!(spoken.moment(at("2026-03-01T23:00"), from), "gestern 23:00");
        assert_eq!(spoken.moment(at("2026-02-27T23:00"), from), "Fr 27.02.2026 23:00");
        assert_eq!(spoken.moment(at("2026-03-09T07:00"), from), "Mo 09.03.2026 07:00");
    }
}
