//! Events of a calendar file: what one component says, and what a series with
//! its exceptions comes to (RFC 5545, clauses 3.6.1 and 3.8.5).

use std::collections::{BTreeMap, HashSet};

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::line::Line;
use super::moment::{self, Length, Moment};
use super::recur::Rule;
use super::zone::Zones;
use crate::rules::ast::Place;
use crate::rules::fault::EventFault;

/// How far ahead series without an end are worked out: longer than a program
/// runs without reading its files anew.
const AHEAD_YEARS: i16 = 10;

/// More of one event is a mistake, not a plan.
const MOST: usize = 100_000;

/// One `VEVENT` as written.
#[derive(Debug, Default)]
pub(super) struct Raw<'a> {
    /// Of its first line.
    pub place: Place,
    pub lines: Vec<Line<'a>>,
}

/// One `VEVENT`, understood.
#[derive(Debug)]
pub(super) struct Event {
    pub uid: Option<String>,
    start: Moment,
    length: Length,
    /// Whole days, from midnight to midnight.
    whole_days: bool,
    cancelled: bool,
    rules: Vec<(Rule, Place)>,
    excluded_rules: Vec<Rule>,
    more: Vec<(Moment, Option<Length>)>,
    without: Vec<Moment>,
    /// Of which occurrence of its series it takes the place, and whether also
    /// of those behind it.
    pub replaces: Option<(Moment, bool)>,
}

/// Once that an event takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stretch {
    /// Both ends included.
    Days(Date, Date),
    /// To, not included; the same if it has no length.
    Times(Timestamp, Timestamp),
}

/// What went wrong, and where.
pub(super) type Wrong = (EventFault, Place);

impl Event {
    /// Understands `raw`; what is wrong without making it useless goes to
    /// `wrongs`.
    pub fn read(raw: &Raw<'_>, zones: &mut Zones, wrongs: &mut Vec<Wrong>) -> Option<Self> {
        match Self::understand(raw, zones) {
            Ok((event, odd)) => {
                wrongs.extend(odd);
                Some(event)
            }
            Err(wrong) => {
                wrongs.push(wrong);
                None
            }
        }
    }

    fn understand(raw: &Raw<'_>, zones: &mut Zones) -> Result<(Self, Option<Wrong>), Wrong> {
        let find = |name: &str| raw.lines.iter().find(|line| line.name == name);
        let one = |line: &Line<'_>, zones: &mut Zones| {
            let read = moment::moments(line, zones).map_err(|fault| (fault, line.place.clone()))?;
            let bad = || (EventFault::BadValue(line.value.to_string()), line.place.clone());
            read.into_iter().next().map(|(moment, _)| moment).ok_or_else(bad)
        };
        let replaces = match find("RECURRENCE-ID") {
            Some(line) => {
                let all = line.param("RANGE").is_some_and(|range| range == "THISANDFUTURE");
                Some((one(line, zones)?, all))
            }
            None => None,
        };
        let start = find("DTSTART").ok_or((EventFault::NoStart, raw.place.clone()))?;
        let start_place = start.place.clone();
        let start = one(start, zones)?;
        let end = match find("DTEND") {
            Some(line) => Some(one(line, zones)?),
            None => None,
        };
        let duration = match find("DURATION") {
            Some(line) => {
                let bad = || (EventFault::BadValue(line.value.to_string()), line.place.clone());
                Some(moment::length(&line.value).ok_or_else(bad)?)
            }
            None => None,
        };
        let whole_days = start.whole_day
            && end.as_ref().is_none_or(|end| end.whole_day)
            && duration.is_none_or(
                |length| matches!(length, Length::Exact { time, .. } if time.is_zero()),
            );
        let (length, odd) = length(&start, end.as_ref(), duration, whole_days);
        let mut event = Self {
            uid: find("UID").map(|line| line.value.trim().to_owned()),
            start,
            length,
            whole_days,
            cancelled: find("STATUS").is_some_and(|line| line.is("STATUS", "CANCELLED")),
            rules: Vec::new(),
            excluded_rules: Vec::new(),
            more: Vec::new(),
            without: Vec::new(),
            replaces,
        };
        for line in &raw.lines {
            event.repeat(line, zones).map_err(|fault| (fault, line.place.clone()))?;
        }
        Ok((event, odd.map(|fault| (fault, start_place))))
    }

    /// Takes a line that says when it comes again, or does not.
    fn repeat(&mut self, line: &Line<'_>, zones: &mut Zones) -> Result<(), EventFault> {
        match line.name.as_str() {
            "RRULE" | "EXRULE" => {
                let rule = Rule::read(&line.value).map_err(EventFault::BadRule)?;
                if let Some(until) = &rule.until
                    && moment::moment(until, &self.start.zone, &zones.site).is_none()
                {
                    return Err(EventFault::BadRule(format!("UNTIL={until}")));
                }
                if line.name == "RRULE" {
                    self.rules.push((rule, line.place.clone()));
                } else {
                    self.excluded_rules.push(rule);
                }
            }
            "RDATE" => self.more.extend(moment::moments(line, zones)?),
            "EXDATE" => {
                let moments = moment::moments(line, zones)?;
                self.without.extend(moments.into_iter().map(|(moment, _)| moment));
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether it comes again for ever.
    pub fn is_endless(&self) -> bool {
        self.rules.iter().any(|(rule, _)| rule.is_endless())
    }

    /// Each time that it takes place, with `others` in place of those that
    /// they replace, as far as ten years from `today` or from its own start.
    pub fn expand(
        &self,
        others: &[&Self],
        today: Option<Date>,
        zones: &Zones,
    ) -> Result<Vec<Stretch>, Wrong> {
        if self.cancelled {
            return Ok(Vec::new());
        }
        let own = self.start.civil.date();
        let from = today.map_or(own, |today| today.max(own));
        let horizon = from.saturating_add(AHEAD_YEARS.years()).at(23, 59, 59, 0);
        let excluded = self.excluded(horizon, zones);
        let mut found = BTreeMap::new();
        for (start, length) in self.occurrences(horizon, zones)? {
            let Some(at) = start.instant().filter(|_| !excluded.has(&start)) else { continue };
            found.insert(at, (start, length));
        }
        let mut stretches = Vec::new();
        for (start, length) in found.into_values() {
            if others.iter().any(|other| other.takes_place_of(&start)) {
                continue;
            }
            let (start, length) = Self::moved(others, start, length);
            stretches.extend(self.stretch(&start, length));
        }
        for other in others.iter().filter(|other| !other.cancelled) {
            stretches.extend(other.stretch(&other.start, other.length));
        }
        Ok(stretches)
    }

    fn occurrences(
        &self,
        horizon: DateTime,
        zones: &Zones,
    ) -> Result<Vec<(Moment, Length)>, Wrong> {
        let mut found = vec![(self.start.clone(), self.length)];
        for (rule, place) in &self.rules {
            for civil in self.civil(rule, horizon, zones) {
                found.push((self.start.moved_to(civil), self.length));
            }
            if found.len() >= MOST {
                return Err((EventFault::TooMany, place.clone()));
            }
        }
        let more = self.more.iter().cloned();
        found.extend(more.map(|(start, length)| (start, length.unwrap_or(self.length))));
        Ok(found)
    }

    fn civil(&self, rule: &Rule, horizon: DateTime, zones: &Zones) -> Vec<DateTime> {
        let until = rule.until.as_deref();
        let until = until.and_then(|text| moment::moment(text, &self.start.zone, &zones.site));
        let last = until.as_ref().and_then(Moment::instant);
        rule.occurrences(self.start.civil, horizon, MOST, |civil| match &until {
            Some(until) if until.whole_day || self.start.whole_day => {
                civil.date() <= until.civil.date()
            }
            Some(_) => self.start.moved_to(civil).instant() <= last,
            None => true,
        })
    }

    fn excluded(&self, horizon: DateTime, zones: &Zones) -> Excluded {
        let mut excluded = Excluded::default();
        for moment in &self.without {
            if moment.whole_day || self.start.whole_day {
                excluded.days.insert(moment.civil.date());
            } else {
                excluded.instants.extend(moment.instant());
            }
        }
        for rule in &self.excluded_rules {
            let moments = self.civil(rule, horizon, zones);
            let moments = moments.into_iter().map(|civil| self.start.moved_to(civil));
            excluded.instants.extend(moments.filter_map(|moment| moment.instant()));
        }
        excluded
    }

    /// Whether it stands for the occurrence at `start`.
    fn takes_place_of(&self, start: &Moment) -> bool {
        self.replaces.as_ref().is_some_and(|(replaced, _)| {
            if replaced.whole_day || start.whole_day {
                replaced.civil.date() == start.civil.date()
            } else {
                replaced.instant() == start.instant()
            }
        })
    }

    /// An occurrence behind one that was replaced with all that follow it.
    fn moved(others: &[&Self], start: Moment, length: Length) -> (Moment, Length) {
        let before = others.iter().filter_map(|other| {
            let (replaced, all) = other.replaces.as_ref()?;
            (*all && replaced.civil < start.civil).then_some((replaced, other))
        });
        let Some((replaced, other)) = before.max_by_key(|(replaced, _)| replaced.civil) else {
            return (start, length);
        };
        let by = replaced.civil.duration_until(other.start.civil);
        let civil = start.civil.saturating_add(by);
        (start.moved_to(civil), other.length)
    }

    fn stretch(&self, start: &Moment, length: Length) -> Option<Stretch> {
        let end = length.end(start)?;
        if self.whole_days {
            let last = end.civil.date().yesterday().ok()?;
            return Some(Stretch::Days(start.civil.date(), last.max(start.civil.date())));
        }
        Some(Stretch::Times(start.instant()?, end.instant()?))
    }
}

/// Occurrences that do not take place.
#[derive(Debug, Default)]
struct Excluded {
    instants: HashSet<Timestamp>,
    days: HashSet<Date>,
}

impl Excluded {
    fn has(&self, start: &Moment) -> bool {
        self.days.contains(&start.civil.date())
            || start.instant().is_some_and(|at| self.instants.contains(&at))
    }
}

/// How long an event lasts; without an end a day is one day, and a time has
/// no length.
fn length(
    start: &Moment,
    end: Option<&Moment>,
    duration: Option<Length>,
    whole_days: bool,
) -> (Length, Option<EventFault>) {
    const NONE: Length = Length::Civil(SignedDuration::ZERO);
    let written = match (end, duration) {
        (Some(end), _) => Length::between(start, end),
        (None, duration) => duration,
    };
    match written {
        Some(Length::Exact { days, .. }) if whole_days && days > 0 => {
            (Length::Civil(SignedDuration::from_hours(days.saturating_mul(24))), None)
        }
        Some(length) if !length.is_empty() => (length, None),
        _ if whole_days => (Length::Civil(SignedDuration::from_hours(24)), None),
        Some(_) if end.is_some_and(|end| end.instant() < start.instant()) => {
            (NONE, Some(EventFault::EndsEarly))
        }
        _ => (NONE, Some(EventFault::NoEnd)),
    }
}
