//! Times as calendar files write them: days, and times in a zone; lengths.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::line::Line;
use super::zone::Zones;
use crate::rules::fault::EventFault;

/// A day, or a time of a day, in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    /// Midnight if it is a day.
    pub civil: DateTime,
    pub whole_day: bool,
    /// The site's if it is a day or the time has none.
    pub zone: TimeZone,
}

impl Moment {
    /// The same, at another civil time.
    pub fn moved_to(&self, civil: DateTime) -> Self {
        Self { civil, ..self.clone() }
    }

    /// Of a time that the clock shows twice the first one, of one that it
    /// skips as much after the gap (RFC 5545, clause 3.3.5).
    pub fn instant(&self) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(self.civil).compatible().ok()
    }
}

/// How long an event lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// By the clock on the wall: an evening ends at the same time over a
    /// change of clocks, as calendars show it.
    Civil(SignedDuration),
    /// Days by the calendar, then a time that passes.
    Exact { days: i64, time: SignedDuration },
}

impl Length {
    /// From `start` to `end`.
    pub fn between(start: &Moment, end: &Moment) -> Option<Self> {
        if start.zone == end.zone {
            return Some(Self::Civil(start.civil.duration_until(end.civil)));
        }
        let time = start.instant()?.duration_until(end.instant()?);
        Some(Self::Exact { days: 0, time })
    }

    /// Whether nothing fits into it.
    pub fn is_empty(self) -> bool {
        match self {
            Self::Civil(time) => time <= SignedDuration::ZERO,
            Self::Exact { days, time } => {
                days < 0 || time < SignedDuration::ZERO || (days == 0 && time.is_zero())
            }
        }
    }

    /// When what begins at `start` ends.
    pub fn end(self, start: &Moment) -> Option<Moment> {
        match self {
            Self::Civil(time) => {
                start.civil.checked_add(time).ok().map(|civil| start.moved_to(civil))
            }
            Self::Exact { days, time } => {
                let civil = start.civil.checked_add(Span::new().try_days(days).ok()?).ok()?;
                let end = start.moved_to(civil).instant()?.checked_add(time).ok()?;
                Some(start.moved_to(start.zone.to_datetime(end)))
            }
        }
    }
}

/// `20260302`
pub(super) fn date(text: &str) -> Option<Date> {
    let number = |range| text.get(range).and_then(|part: &str| part.parse::<i16>().ok());
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (month, day) = (number(4..6)?, number(6..8)?);
    Date::new(number(0..4)?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// `190000`; a leap second is the one before it.
fn time(text: &str) -> Option<Time> {
    let number = |range| text.get(range).and_then(|part: &str| part.parse::<i8>().ok());
    if !matches!(text.len(), 4 | 6) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let second = if text.len() == 6 { number(4..6)?.min(59) } else { 0 };
    Time::new(number(0..2)?, number(2..4)?, second, 0).ok()
}

/// One value: `20260302`, `20260302T190000`, `20260302T180000Z`.
pub(super) fn moment(text: &str, zone: &TimeZone, site: &TimeZone) -> Option<Moment> {
    let text = text.trim();
    let Some((day, clock)) = text.split_once('T') else {
        let civil = date(text)?.to_datetime(Time::midnight());
        return Some(Moment { civil, whole_day: true, zone: site.clone() });
    };
    let (clock, zone) = match clock.strip_suffix('Z') {
        Some(clock) => (clock, TimeZone::UTC),
        None => (clock, zone.clone()),
    };
    Some(Moment { civil: date(day)?.to_datetime(time(clock)?), whole_day: false, zone })
}

/// All values of a line, with the ends of those that are periods.
pub(super) fn moments(
    line: &Line<'_>,
    zones: &mut Zones,
) -> Result<Vec<(Moment, Option<Length>)>, EventFault> {
    let zone = match line.param("TZID") {
        Some(name) => zones.find(name).ok_or_else(|| EventFault::UnknownZone(name.to_owned()))?,
        None => zones.site.clone(),
    };
    let bad = || EventFault::BadValue(line.value.trim().to_owned());
    let read = |text: &str| moment(text, &zone, &zones.site);
    let one = |text: &str| {
        let Some((start, end)) = text.split_once('/') else { return Some((read(text)?, None)) };
        let start = read(start)?;
        let length = match length(end) {
            Some(length) => length,
            None => Length::between(&start, &read(end)?)?,
        };
        Some((start, Some(length)))
    };
    line.value.split(',').map(|text| one(text).ok_or_else(bad)).collect()
}

/// `PT1H30M`, `P1D`, `P2W`; with a sign only if it is a plus.
pub(super) fn length(text: &str) -> Option<Length> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (mut days, mut time, mut in_time) = (0_i64, 0_i64, false);
    let mut digits = String::new();
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if letter == 'T' && digits.is_empty() {
            in_time = true;
            continue;
        }
        let count: i64 = digits.parse().ok().filter(|count| *count < 1_000_000)?;
        digits.clear();
        match (letter, in_time) {
            ('W', false) => days += 7 * count,
            ('D', false) => days += count,
            ('H', true) => time += 3600 * count,
            ('M', true) => time += 60 * count,
            ('S', true) => time += count,
            _ => return None,
        }
    }
    let time = SignedDuration::from_secs(time);
    (digits.is_empty() && !text.is_empty()).then_some(Length::Exact { days, time })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read() {
        let exact =
            |days, secs| Some(Length::Exact { days, time: SignedDuration::from_secs(secs) });
        for (text, read) in [
            ("PT1H30M", exact(0, 5400)),
            ("P1D", exact(1, 0)),
            ("P2W", exact(14, 0)),
            ("+P1DT5S", exact(1, 5)),
            ("P", None),
            ("PT", exact(0, 0)),
            ("-PT1H", None),
            ("PT1", None),
            ("P1H", None),
            ("PT99999999999999999999H", None),
        ] {
            assert_eq!(length(text), read, "{text}");
        }
    }

    #[test]
    fn times_are_read() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text| {
            let read = moment(text, &berlin, &berlin)?;
            Some((read.instant()?.to_string(), read.whole_day))
        };
        for (text, instant) in [
            ("20260302", Some(("2026-03-01T23:00:00Z", true))),
            ("20260302T190000", Some(("2026-03-02T18:00:00Z", false))),
            ("20260302T190000Z", Some(("2026-03-02T19:00:00Z", false))),
            ("20260302T1900", Some(("2026-03-02T18:00:00Z", false))),
            // Skipped, and shown twice.
            ("20260329T023000", Some(("2026-03-29T01:30:00Z", false))),
            ("20261025T023000", Some(("2026-10-25T00:30:00Z", false))),
            ("20260230T190000", None),
            ("20260302T250000", None),
            ("2026-03-02", None),
            ("+2260302", None),
            ("", None),
        ] {
            let instant = instant.map(|(instant, whole)| (instant.to_owned(), whole));
            assert_eq!(at(text), instant, "{text}");
        }
    }
}
