//! Times as other systems write them, as moments: German and ISO dates, 24:00, names
//! of zones, and the hour that comes twice in autumn.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::fmt::strtime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Span, ToSpan};

use super::map::{Doubled, Map};

/// What is tried where the mapping names no format; a year of two digits first, for
/// it would pass as one of four.
const USUAL: [&str; 6] = [
    "%d.%m.%y %H:%M:%S",
    "%d.%m.%y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y-%m-%d %H:%M",
];
/// Behind a time: how far that clock is from UTC, in hours.
const NAMES: [(&str, i8); 7] =
    [("MESZ", 2), ("CEST", 2), ("MEZ", 1), ("CET", 1), ("UTC", 0), ("GMT", 0), ("Z", 0)];

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoMoment {
    Unreadable,
    /// The spring change leaves it out.
    Skipped,
    /// The autumn change has it twice, and the order of rows does not tell which.
    Doubled,
}

/// Reads the times of one series, row after row.
#[derive(Debug, Clone, Default)]
pub struct Moments {
    last: Option<DateTime>,
    /// Rows are oldest first, or newest first; `None`: not known yet.
    ascending: Option<bool>,
    /// Between the last two rows lay an hour or more.
    far: bool,
    /// Within the doubled hour: whether times have jumped, so the other one is meant.
    jumped: Option<bool>,
}

/// What a text says: a moment, or a local time.
enum Said {
    Moment(Timestamp),
    Local(DateTime, Option<Offset>),
}

/// The formats that are tried.
pub fn tried(map: &Map) -> Vec<String> {
    if map.formats.is_empty() {
        std::iter::once("2026-01-12T05:00:00").chain(USUAL).map(str::to_owned).collect()
    } else {
        map.formats.clone()
    }
}

impl Moments {
    /// Milliseconds since 1970 UTC.
    pub fn read(&mut self, text: &str, map: &Map) -> Result<i64, NoMoment> {
        let (local, offset) = match said(text, map).ok_or(NoMoment::Unreadable)? {
            Said::Moment(moment) => return Ok(moment.as_millisecond()),
            Said::Local(local, offset) => (local, offset),
        };
        let zone = offset.map_or_else(|| map.zone.clone(), TimeZone::fixed);
        let offset = match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                self.follow(local, None);
                offset
            }
            AmbiguousOffset::Gap { .. } => return Err(NoMoment::Skipped),
            AmbiguousOffset::Fold { before, after } => {
                let second = match map.doubled {
                    Doubled::Order => self.second(local)?,
                    Doubled::First => false,
                    Doubled::Second => true,
                };
                if second { after } else { before }
            }
        };
        let moment = offset.to_timestamp(local).map_err(|_| NoMoment::Unreadable)?;
        Ok(moment.as_millisecond())
    }

    /// Whether a time of the doubled hour is that after the change, by the rows before.
    fn second(&mut self, local: DateTime) -> Result<bool, NoMoment> {
        let within = self.jumped.zip(self.last);
        let within = within.filter(|(_, last)| last.date() == local.date());
        let (jumped, last) = within.map_or((None, self.last), |(it, last)| (Some(it), Some(last)));
        if jumped.is_none() {
            self.turn(local);
        }
        let ascending = self.ascending.ok_or(NoMoment::Doubled)?;
        let jumped = match (jumped, last) {
            (Some(jumped), Some(last)) => {
                let jumps = if ascending { local < last } else { local > last };
                // Hourly rows say the same twice; denser ones may be two of one minute.
                let stays = local == last && !jumped;
                if (jumps && jumped) || (stays && !self.far) {
                    return Err(NoMoment::Doubled);
                }
                jumped || jumps || stays
            }
            _ => false,
        };
        self.follow(local, Some(jumped));
        Ok(ascending == jumped)
    }

    /// Learns the order of rows, of which the doubled hour says nothing.
    fn turn(&mut self, local: DateTime) {
        if let Some(last) = self.last.filter(|last| *last != local) {
            self.ascending = Some(last < local);
        }
    }

    fn follow(&mut self, local: DateTime, jumped: Option<bool>) {
        if jumped.is_none() {
            self.turn(local);
        }
        let hour = SignedDuration::from_hours(1);
        self.far = self.last.is_some_and(|last| local.duration_since(last).abs() >= hour);
        self.jumped = jumped;
        self.last = Some(local);
    }
}

fn said(text: &str, map: &Map) -> Option<Said> {
    let mut text = text.trim().to_owned();
    let name = NAMES.iter().find(|(name, _)| {
        let rest = text.strip_suffix(name);
        rest.is_some_and(|rest| rest.ends_with(|it: char| it == ' ' || it.is_ascii_digit()))
    });
    let mut offset = None;
    if let Some((name, hours)) = name {
        offset = Some(Offset::constant(*hours));
        text.truncate(text.len() - name.len());
        text.truncate(text.trim_end().len());
    }
    // The end of a day, as meters write it.
    let mut later = Span::new();
    if let Some(place) = text.find("24:00")
        && text[..place].ends_with([' ', 'T'])
    {
        text.replace_range(place..place + 2, "00");
        later = 1.day();
    }
    let said = match map.formats.is_empty() {
        true => iso(&text).or_else(|| USUAL.iter().find_map(|format| formatted(format, &text))),
        false => map.formats.iter().find_map(|format| formatted(format, &text)),
    }?;
    match said {
        Said::Local(local, None) => Some(Said::Local(local.checked_add(later).ok()?, offset)),
        // A clock with an offset has days of 24 hours.
        Said::Moment(moment) => {
            let later = SignedDuration::from_hours(24 * i64::from(later.get_days()));
            Some(Said::Moment(moment.checked_add(later).ok()?))
        }
        said => Some(said),
    }
}

fn iso(text: &str) -> Option<Said> {
    let moment = text.parse::<Timestamp>().map(Said::Moment);
    moment.or_else(|_| text.parse::<DateTime>().map(|local| Said::Local(local, None))).ok()
}

fn formatted(format: &str, text: &str) -> Option<Said> {
    let parts = strtime::parse(format, text).ok()?;
    if parts.offset().is_some() {
        return parts.to_timestamp().ok().map(Said::Moment);
    }
    let local = parts.to_datetime().or_else(|_| {
        let date = parts.to_date()?;
        Ok::<_, jiff::Error>(date.to_datetime(Time::midnight()))
    });
    local.ok().map(|local| Said::Local(local, None))
}

#[cfg(test)]
mod tests {
    use super::super::map::tests::map;
    use super::*;

    fn read(moments: &mut Moments, text: &str, more: &str) -> Result<String, NoMoment> {
        let at = moments.read(text, &map(more));
        at.map(|ms| Timestamp::from_millisecond(ms).unwrap().to_string())
    }

    #[test]
    fn times_as_they_are_written() {
        for (text, wanted) in [
            ("2026-01-12T05:00:00Z", "2026-01-12T05:00:00Z"),
            ("2026-01-12 05:00:00", "2026-01-12T04:00:00Z"),
            ("2026-07-12 05:00", "2026-07-12T03:00:00Z"),
            ("12.01.2026 05:00", "2026-01-12T04:00:00Z"),
            ("12.01.26 5:00:30", "2026-01-12T04:00:30Z"),
            ("12.01.2026 24:00", "2026-01-12T23:00:00Z"),
            ("2026-01-12T24:00:00+01:00", "2026-01-12T23:00:00Z"),
            ("2026-01-12T24:00:00Z", "2026-01-13T00:00:00Z"),
            ("12.01.2026", "2026-01-11T23:00:00Z"),
            ("25.10.2026 02:30 MESZ", "2026-10-25T00:30:00Z"),
            ("25.10.2026 02:30 MEZ", "2026-10-25T01:30:00Z"),
        ] {
            assert_eq!(read(&mut Moments::default(), text, "").as_deref(), Ok(wanted), "{text}");
        }
        for text in ["", "gestern", "31.02.2026 05:00", "12/01/2026 05:00", "12.01.2026 25:00"] {
            let at = read(&mut Moments::default(), text, "");
            assert_eq!(at, Err(NoMoment::Unreadable), "{text}");
        }
        let skipped = read(&mut Moments::default(), "29.03.2026 02:30", "");
        assert_eq!(skipped, Err(NoMoment::Skipped));
        let winter = read(&mut Moments::default(), "29.03.2026 02:30", "zone = \"+01:00\"");
        assert_eq!(winter.as_deref(), Ok("2026-03-29T01:30:00Z"));
        let zoned = read(
            &mut Moments::default(),
            "12.01.2026 24:00 +0100",
            "format = \"%d.%m.%Y %H:%M %z\"",
        );
        assert_eq!(zoned.as_deref(), Ok("2026-01-12T23:00:00Z"));
        let niagara = "format = \"%d-%b-%y %I:%M:%S %p\"";
        let at = read(&mut Moments::default(), "12-Jul-26 5:00:00 PM CEST", niagara);
        assert_eq!(at.as_deref(), Ok("2026-07-12T15:00:00Z"));
    }

    #[test]
    fn the_hour_that_comes_twice_goes_by_the_order_of_rows() {
        let mut moments = Moments::default();
        let texts = ["01:45", "02:00", "02:30", "02:00", "02:30", "03:00"];
        let at = |moments: &mut Moments, text, more: &str| {
            read(moments, &format!("25.10.2026 {text}"), more).unwrap()
        };
        let times = texts.map(|text| at(&mut moments, text, ""));
        let wanted = ["23:45", "00:00", "00:30", "01:00", "01:30", "02:00"];
        let shown = times.map(|time| time[11..16].to_owned());
        assert_eq!(shown, wanted.map(str::to_owned));
        let second = at(&mut Moments::default(), "02:30", "doubled = \"second\"");
        assert_eq!(&second[11..16], "01:30");
    }

    /// Times of 25 October, as UTC; `?` where it cannot be told.
    fn in_order(texts: &[&str]) -> Vec<String> {
        let mut moments = Moments::default();
        let of = |text: &&str| match read(&mut moments, &format!("25.10.2026 {text}"), "") {
            Ok(at) => at[11..16].to_owned(),
            Err(not) => {
                assert_eq!(not, NoMoment::Doubled);
                "?".to_owned()
            }
        };
        texts.iter().map(of).collect()
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart_newest_first_too() {
        let newest_first = in_order(&["03:00", "02:30", "02:00", "02:30", "02:00", "01:45"]);
        assert_eq!(newest_first, ["02:00", "01:30", "01:00", "00:30", "00:00", "23:45"]);
        let hourly = in_order(&["01:00", "02:00", "02:00", "03:00"]);
        assert_eq!(hourly, ["23:00", "00:00", "01:00", "02:00"]);
        let hourly = in_order(&["03:00", "02:00", "02:00", "01:00"]);
        assert_eq!(hourly, ["02:00", "01:00", "00:00", "23:00"]);
    }

    #[test]
    fn what_the_order_of_rows_does_not_tell_is_refused() {
        assert_eq!(in_order(&["02:30", "03:00"]), ["?", "02:00"], "nothing before it");
        let one_minute = in_order(&["01:45", "02:10", "02:10", "02:30"]);
        assert_eq!(one_minute, ["23:45", "00:10", "?", "00:30"]);
        let thrice = in_order(&["01:45", "02:30", "02:15", "02:10"]);
        assert_eq!(thrice, ["23:45", "00:30", "01:15", "?"]);
    }
}
