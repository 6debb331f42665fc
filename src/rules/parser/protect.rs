//! `protect POINT` and its lines.

use super::{Parsed, Parser, Skip};
use crate::model::{Quantity, Unit};
use crate::rules::ast::{GuardLine, Literal, ProtectEntry};
use crate::rules::fault::{SyntaxFault, Wanted};
use crate::rules::keyword;
use crate::rules::lexer::TokenKind;
use crate::rules::trace::Role;

impl Parser<'_> {
    pub(super) fn protect(&mut self) -> Option<ProtectEntry> {
        let Ok(point) = self.name(Role::Target) else {
            self.skip_to_entry();
            return None;
        };
        self.trace.called(&point.place);
        let mut entry = ProtectEntry { point, lines: Vec::new(), broken: false };
        while self.entry_goes_on(Wanted::Guard) {
            let (at, start) = (self.at, self.place().start);
            match self.guard_line() {
                Ok(line) => {
                    let place = start..self.end();
                    let phrase = line.phrase();
                    if entry.lines.iter().any(|(other, _)| other.phrase() == phrase) {
                        self.report(place, SyntaxFault::Twice(phrase));
                        entry.broken = true;
                    } else {
                        entry.lines.push((line, place));
                    }
                }
                Err(Skip) => {
                    entry.broken = true;
                    self.skip_to_line(at);
                }
            }
        }
        Some(entry)
    }

    fn guard_line(&mut self) -> Parsed<GuardLine> {
        match self.guard_word()? {
            "on" => {
                self.at_bound("least")?;
                self.duration().map(GuardLine::On)
            }
            "off" => {
                self.at_bound("least")?;
                self.duration().map(GuardLine::Off)
            }
            "change" => {
                self.at_bound("most")?;
                self.changes().map(GuardLine::Change)
            }
            "step" => {
                self.at_bound("least")?;
                self.amount().map(GuardLine::Step)
            }
            _ => {
                self.at_bound("most")?;
                let by = self.amount()?;
                let per = self.per()?;
                Ok(GuardLine::Ramp { by, per })
            }
        }
    }

    /// Tells an editor how a line can begin: whole, as it is typed.
    pub(super) fn ask_guards(&self) {
        for phrase in keyword::GUARD_PHRASES {
            self.at_phrase(phrase);
        }
    }

    /// The word that a line begins with.
    fn guard_word(&mut self) -> Parsed<&'static str> {
        if let Some(word) = keyword::GUARDS.into_iter().find(|word| *word == self.word()) {
            self.advance();
            return Ok(word);
        }
        let found = self.written(self.token()).to_owned();
        let is_word = self.token().kind == TokenKind::Word;
        let near = if is_word { keyword::near(&found, &keyword::GUARDS) } else { None };
        if !is_word || (near.is_none() && keyword::reserved(&found)) {
            self.report(
                self.place(),
                SyntaxFault::Expected { wanted: Wanted::Guard, found, help: None },
            );
            return Err(Skip);
        }
        let fault = SyntaxFault::UnknownKeyword { found, near: near.map(str::to_owned) };
        self.report(self.place(), fault);
        self.advance();
        near.ok_or(Skip)
    }

    /// `at least` or `at most`: each line has but one of them.
    fn at_bound(&mut self, bound: &'static str) -> Parsed<()> {
        let both = if bound == "least" { "at least" } else { "at most" };
        if !self.at_word("at") {
            return self.expected_with(Wanted::Word(both), Some(both.to_owned()));
        }
        self.advance();
        if !self.take_word(bound) {
            return self.expected_with(Wanted::Word(both), Some(both.to_owned()));
        }
        Ok(())
    }

    /// `N per hour`
    fn changes(&mut self) -> Parsed<Literal> {
        let help = || Some("change at most 6 per hour".to_owned());
        if !matches!(self.token().kind, TokenKind::Number { unit: None, .. }) {
            return self.expected_with(Wanted::Changes, help());
        }
        let count = self.literal(Wanted::Changes)?;
        if !self.take_word("per") {
            return self.expected_with(Wanted::Word("per hour"), Some("per hour".to_owned()));
        }
        if !self.take_word("hour") {
            return self.expected_with(Wanted::Word("hour"), Some("per hour".to_owned()));
        }
        Ok(count)
    }

    /// By how much a value moves; the checker knows in which unit.
    fn amount(&mut self) -> Parsed<Literal> {
        let amount = self.literal(Wanted::Number)?;
        if amount.value.is_finite() { Ok(amount) } else { Err(Skip) }
    }

    /// `per D`
    fn per(&mut self) -> Parsed<Literal> {
        if !self.take_word("per") {
            return self.expected_with(Wanted::Word("per"), Some("per 1 h".to_owned()));
        }
        let word = if self.token().first { "" } else { self.word() };
        let unit = if word == "hour" { "h" } else { word };
        let is_time = Unit::parse(unit).is_some_and(|unit| unit.quantity == Quantity::TIME);
        if is_time {
            let help = format!("per 1 {unit}");
            return self.expected_with(Wanted::Duration, Some(help));
        }
        self.duration()
    }
}
