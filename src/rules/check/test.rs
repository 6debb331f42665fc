//! Test entries: moments on the site's clock, what is expected of whom. What
//! they name counts as used nowhere.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::AmbiguousOffset;
use jiff::{SignedDuration, Span, Timestamp};

use super::Checker;
use super::each::Spot;
use super::names::{Symbol, full};
use crate::model::diagnostic::{Severity, did_you_mean};
use crate::model::unit::duration;
use crate::model::{Diagnostic, Kind, PointId, Unit};
use crate::rules::ast::{self, Entry, Moment, Name, Place, TestEntry, Written};
use crate::rules::fault::{KindFault, NameFault, RuleFault, TestFault, Unfit};
use crate::rules::program::Action;
use crate::rules::test_case::{Assertion, Expectation, TestCase, TestStep};

/// From the start to the last `at`.
const LONGEST: SignedDuration = SignedDuration::from_hours(400 * 24);

impl<'a> Checker<'a> {
    pub(super) fn tests(&mut self, spots: &[Spot<'a>]) {
        let tests: Vec<(&Spot<'a>, &'a TestEntry)> = spots
            .iter()
            .filter_map(|spot| match spot.entry {
                Entry::Test(test) => Some((spot, test)),
                _ => None,
            })
            .collect();
        let whole = self.rules_are_whole(&tests);
        let mut named = HashMap::new();
        for (spot, test) in tests {
            self.enter_spot(spot, &test.name.text);
            let place = self.location(&test.name.place);
            let first = named.entry(self.here.owner.clone()).or_insert(place.clone());
            if *first != place {
                let (name, place) = (format!("\"{}\"", test.name.text), first.clone());
                self.report(&test.name.place, NameFault::Duplicate { name, place });
            }
            self.test(test, whole);
        }
    }

    /// Where rules have mistakes, nobody knows what they would do; mistakes in
    /// tests do not matter for that.
    fn rules_are_whole(&self, tests: &[(&Spot<'_>, &TestEntry)]) -> bool {
        let in_test = |fault: &Diagnostic| {
            tests.iter().any(|(spot, test)| {
                let whole = test.place.start..=test.place.end;
                spot.source.file == fault.file && whole.contains(&fault.span.start)
            })
        };
        let errors = self.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        errors.into_iter().all(in_test)
    }

    fn test(&mut self, entry: &TestEntry, whole: bool) {
        if entry.start.is_none() && !entry.broken {
            self.report(&entry.name.place, TestFault::NoStart);
        }
        if entry.steps.iter().all(|step| step.expects.is_empty()) && !entry.broken {
            self.report(&entry.name.place, TestFault::NoExpectation);
        }
        let start = entry
            .start
            .as_ref()
            .and_then(|(moment, place)| self.moment(moment, Timestamp::UNIX_EPOCH, place));
        let mut before = start;
        let mut steps = Vec::with_capacity(entry.steps.len());
        for step in &entry.steps {
            let at = match &step.at {
                Some((moment, place)) => self.after(moment, place, start, before),
                None => before,
            };
            before = at.or(before);
            let (givens, schedules) = self.givens(&step.givens);
            let expects = step.expects.iter();
            let expects = expects.filter_map(|expect| self.expectation(expect, whole)).collect();
            let acknowledges = step.acknowledges.iter();
            let acknowledges = acknowledges.map(|rule| self.acknowledged(rule, whole)).collect();
            let at = at.unwrap_or_default();
            steps.push(TestStep { at, givens, schedules, acknowledges, expects });
        }
        let (file, line) = (self.here.source.file.clone(), self.line(&entry.name.place));
        self.program.tests.push(TestCase { name: self.here.owner.clone(), file, line, steps });
    }

    /// The moment of an `at`, if it can be told and lies after the one before.
    fn after(
        &mut self,
        moment: &Moment,
        place: &Place,
        start: Option<Timestamp>,
        before: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let (start, before) = (start?, before?);
        let at = self.moment(moment, before, place)?;
        if at <= before {
            let next_day = match moment {
                Moment::Time(minutes) => self
                    .day_of(before)
                    .tomorrow()
                    .ok()
                    .map(|day| format!("at {} {}", date_text(day), clock_text(*minutes))),
                _ => None,
            };
            self.report(place, TestFault::NotAscending { next_day });
            return None;
        }
        if at.duration_since(start) > LONGEST {
            self.report(place, TestFault::TooLong);
            return None;
        }
        Some(at)
    }

    fn day_of(&self, at: Timestamp) -> Date {
        self.site().time_zone.to_datetime(at).date()
    }

    fn moment(&mut self, moment: &Moment, before: Timestamp, place: &Place) -> Option<Timestamp> {
        let (day, minutes) = match moment {
            Moment::Time(minutes) => (self.day_of(before), *minutes),
            Moment::DateTime(day, minutes) => (*day, *minutes),
            Moment::After(literal) => {
                return before.checked_add(duration(literal.value)?).ok();
            }
        };
        let midnight = day.to_datetime(Time::midnight());
        let civil = midnight.checked_add(Span::new().minutes(i64::from(minutes))).ok()?;
        self.instant(civil, minutes, before, place)
    }

    /// A civil time as an instant, if there is exactly one.
    fn instant(
        &mut self,
        civil: DateTime,
        minutes: u16,
        before: Timestamp,
        place: &Place,
    ) -> Option<Timestamp> {
        let zone = &self.site().time_zone;
        let time = clock_text(minutes);
        match zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(civil).ok(),
            AmbiguousOffset::Gap { after, .. } => {
                let change = after.to_timestamp(civil).ok();
                let change = change.and_then(|at| zone.following(at).next());
                let end = change.map_or(civil, |change| zone.to_datetime(change.timestamp()));
                let end = clock_text(minutes_of(end));
                self.report(place, TestFault::SkippedTime { time, end: format!("at {end}") });
                None
            }
            AmbiguousOffset::Fold { before: earlier, after: later } => {
                let from_before = |at: Option<Timestamp>| {
                    let minutes = at.map_or(0, |at| at.duration_since(before).as_mins());
                    format!("+{minutes} min")
                };
                let first = from_before(earlier.to_timestamp(civil).ok());
                let last = from_before(later.to_timestamp(civil).ok());
                self.report(place, TestFault::DoubledTime { time, first, last });
                None
            }
        }
    }

    /// A value of this kind, in the canonical unit or as a state's index.
    pub(super) fn value_written(
        &mut self,
        name: &Name,
        kind: &Kind,
        written: &Written,
    ) -> Option<f64> {
        match (kind, written) {
            (Kind::Number(unit), Written::Number(literal)) => {
                if literal.value.is_nan() || literal.unit.quantity == unit.quantity {
                    return (!literal.value.is_nan()).then_some(literal.value);
                }
                let fault = if literal.unit.symbol.is_empty() {
                    let number = Unit::none().display(literal.value);
                    KindFault::MissingUnit { fixed: format!("{number} {unit}") }
                } else {
                    let (wanted, found) = (unit.symbol.clone(), literal.unit.symbol.clone());
                    KindFault::Unfit(Unfit::Argument { wanted, found })
                };
                self.report(&literal.place, fault);
            }
            (Kind::Number(unit), Written::State(state)) => {
                let (point, unit) = (name.text.clone(), unit.symbol.clone());
                self.report(&state.place, RuleFault::TargetIsNumber { point, unit });
            }
            (Kind::States(states), _) => {
                let text = self.written(written.place()).to_owned();
                if let Some(index) = states.iter().position(|state| *state == text) {
                    return Some(index as f64);
                }
                self.report_state(&Name { text, place: written.place().clone() }, states);
            }
        }
        None
    }

    fn expectation(&mut self, expect: &ast::Expect, whole: bool) -> Option<Expectation> {
        let what = match &expect.what {
            ast::Expected::Value { name, not, value } => {
                // What a shadow would do may be asked where nobody else does.
                let shadow = expect.because.as_ref().is_some_and(|rule| self.is_shadow(rule));
                self.expected_value(name, *not, value, whole && !shadow)
            }
            ast::Expected::Known { name, good } => self.expected_known(name, *good),
            ast::Expected::Released(name) => self.expected_released(name, whole),
            ast::Expected::Alarm(text) => {
                self.check_alarm(text, whole);
                Some(Assertion::Alarm(text.text.as_str().into()))
            }
            ast::Expected::NoAlarm(text) => {
                text.iter().for_each(|text| self.check_alarm(text, whole));
                Some(Assertion::NoAlarm(text.as_ref().map(|text| text.text.as_str().into())))
            }
        };
        let because = expect.because.as_ref().map(|rule| {
            let won = matches!(
                expect.what,
                ast::Expected::Value { not: false, .. } | ast::Expected::Alarm(_)
            );
            let named = matches!(what, Some(Assertion::Named { .. }));
            if !won || named {
                self.report(&rule.place, TestFault::NothingWon);
            }
            self.rule_called(rule, whole)
        });
        Some(Expectation {
            what: what?,
            because,
            line: self.line(&expect.place),
            text: self.written(&expect.place).into(),
        })
    }

    /// The full name of a rule of this building, or of another.
    fn rule_called(&mut self, name: &Name, whole: bool) -> Arc<str> {
        let near = full(self.here.building, &name.text);
        let known = |name: &str| self.rule_names.contains_key(name);
        if known(&near) {
            return near.into();
        }
        if !known(&name.text) && whole {
            let prefix = full(self.here.building, "");
            let mut rules: Vec<&str> = self.rule_names.keys().map(String::as_str).collect();
            rules.sort_unstable();
            let rules = rules.iter().map(|rule| rule.strip_prefix(&prefix).unwrap_or(rule));
            let near = did_you_mean(&name.text, rules).map(str::to_owned);
            let fault = TestFault::NoSuchRule { rule: name.text.clone(), near };
            self.report(&name.place, fault);
        }
        name.text.as_str().into()
    }

    fn is_shadow(&self, name: &Name) -> bool {
        let near = full(self.here.building, &name.text);
        let called = |name: &str| self.program.rule_called(name);
        let rule = called(&near).or_else(|| called(&name.text));
        rule.is_some_and(|rule| self.program.is_shadow(rule))
    }

    /// A rule with something that can be acknowledged.
    fn acknowledged(&mut self, name: &Name, whole: bool) -> Arc<str> {
        let value = full(self.here.building, &name.text);
        let names = self.program.acknowledgeable();
        if names.contains(value.as_str()) {
            return value.into();
        }
        let known = names.contains(name.text.as_str());
        let rule = self.rule_called(name, whole);
        if whole && !known && self.rule_names.contains_key(&*rule) {
            self.report(&name.place, TestFault::NothingToAcknowledge(name.text.clone()));
        }
        rule
    }

    fn check_alarm(&mut self, text: &Name, whole: bool) {
        let alarms = self.program.commands.iter().filter_map(|command| match &command.action {
            Action::Alarm(_, text) => Some(&**text),
            _ => None,
        });
        let alarms: Vec<&str> = alarms.collect();
        if whole && !alarms.contains(&text.text.as_str()) {
            let near = did_you_mean(&text.text, alarms).map(str::to_owned);
            let fault = TestFault::NoSuchAlarm { text: text.text.clone(), near };
            self.report(&text.place, fault);
        }
    }

    fn expected_value(
        &mut self,
        name: &Name,
        not: bool,
        written: &Written,
        whole: bool,
    ) -> Option<Assertion> {
        match self.look_up(&name.text) {
            Some(Symbol::Point(point)) => {
                self.check_commanded(name, point, whole)?;
                let site = self.site();
                let value = self.value_written(name, &site.points.get(point).kind, written)?;
                Some(Assertion::Commanded { point, value, not })
            }
            symbol => {
                let (name_full, kind) = self.expected_name(name, symbol)?;
                let value = self.value_written(name, &kind, written)?;
                Some(Assertion::Named { name: name_full, value, not })
            }
        }
    }

    fn expected_known(&mut self, name: &Name, good: bool) -> Option<Assertion> {
        match self.look_up(&name.text) {
            Some(Symbol::Point(_)) => {
                self.report(&name.place, TestFault::KnownPoint(name.text.clone()));
                None
            }
            symbol => {
                let (name, _) = self.expected_name(name, symbol)?;
                Some(Assertion::Known { name, good })
            }
        }
    }

    fn expected_released(&mut self, name: &Name, whole: bool) -> Option<Assertion> {
        match self.look_up(&name.text) {
            Some(Symbol::Point(point)) => {
                self.check_commanded(name, point, whole)?;
                Some(Assertion::Released(point))
            }
            Some(Symbol::Opaque) => None,
            Some(_) => {
                self.report(&name.place, RuleFault::NotAPoint(name.text.clone()));
                None
            }
            None => {
                self.report_unknown(name);
                None
            }
        }
    }

    /// A value or schedule, with its full name and kind.
    pub(super) fn expected_name(
        &mut self,
        name: &Name,
        symbol: Option<Symbol>,
    ) -> Option<(Arc<str>, Kind)> {
        let near = full(self.here.building, &name.text);
        let known = self.names.definitions.contains_key(&near);
        let full: Arc<str> = if known { near.into() } else { name.text.as_str().into() };
        match symbol {
            Some(Symbol::Schedule(_)) => Some((full, Kind::switch())),
            Some(Symbol::Value(index)) => {
                let value = self.values.get(index)?.as_ref()?;
                (!value.term.is_broken()).then(|| (full, value.term.shown_as()))
            }
            Some(Symbol::Opaque) => None,
            Some(_) => {
                self.report(&name.place, TestFault::NotExpectable(name.text.clone()));
                None
            }
            None => {
                self.report_unknown(name);
                None
            }
        }
    }

    /// Only what rules command can be expected of a point.
    fn check_commanded(&mut self, name: &Name, point: PointId, whole: bool) -> Option<()> {
        if self.site().points.get(point).command.is_none() {
            self.report(&name.place, RuleFault::ReadOnly(name.text.clone()));
            return None;
        }
        if whole && !self.program.targets.contains(&point) {
            self.report(&name.place, TestFault::NobodyCommands(name.text.clone()));
            return None;
        }
        Some(())
    }
}

impl Written {
    pub(super) const fn place(&self) -> &Place {
        match self {
            Self::Number(literal) => &literal.place,
            Self::State(state) => &state.place,
        }
    }
}

fn minutes_of(at: DateTime) -> u16 {
    u16::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).unwrap_or(0)
}

fn clock_text(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn date_text(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}
