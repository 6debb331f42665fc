//! `test "name"` and its clauses: start, given, at, acknowledge, expect.

use super::{Parsed, Parser, Skip};
use crate::rules::ast::{Expect, Expected, Given, Moment, Name, TestEntry, TestStep, Written};
use crate::rules::fault::{SyntaxFault, Wanted};
use crate::rules::keyword;
use crate::rules::lexer::TokenKind;
use crate::rules::trace::Role;

impl Parser<'_> {
    pub(super) fn test(&mut self) -> Option<TestEntry> {
        let start = self.end();
        let Ok(name) = self.rule_name() else {
            self.skip_to_entry();
            return None;
        };
        let steps = vec![TestStep::default()];
        let mut test = TestEntry { name, start: None, steps, place: start..start, broken: false };
        while self.entry_goes_on(Wanted::TestClause) {
            if self.test_clause(&mut test).is_err() {
                test.broken = true;
                while !(self.at_end() || self.at_test_clause() || self.at_entry_line()) {
                    self.advance();
                }
            }
        }
        test.place.end = self.place().start;
        Some(test)
    }

    pub(super) fn at_test_clause(&self) -> bool {
        self.one_of(&keyword::TEST_CLAUSES).is_some()
    }

    fn test_clause(&mut self, test: &mut TestEntry) -> Parsed<()> {
        self.trace.beside(None);
        let place = self.place();
        let word = if self.at_test_clause() { self.word().to_owned() } else { self.near_test()? };
        self.advance();
        match word.as_str() {
            "start" => {
                if test.start.is_some() {
                    self.report(place.clone(), SyntaxFault::Twice("start"));
                }
                let moment = self.start_moment()?;
                test.start = Some((moment, place.start..self.end()));
            }
            "at" => {
                // The step exists even if its time cannot be read: what stands
                // behind it is no part of the step before.
                test.steps.push(TestStep::default());
                let moment = self.at_moment()?;
                if self.reported_in(&(place.start..self.end())) {
                    return Err(Skip); // no such time: nothing about its order
                }
                if let Some(step) = test.steps.last_mut() {
                    step.at = Some((moment, place.start..self.end()));
                }
            }
            "given" => loop {
                let given = self.given()?;
                test.steps.last_mut().ok_or(Skip)?.givens.push(given);
                if !self.take_sign(",") {
                    break;
                }
            },
            "acknowledge" => loop {
                let rule = self.rule_quoted()?;
                test.steps.last_mut().ok_or(Skip)?.acknowledges.push(rule);
                if !self.take_sign(",") {
                    break;
                }
            },
            _ => loop {
                let expect = self.expect()?;
                test.steps.last_mut().ok_or(Skip)?.expects.push(expect);
                if !self.take_sign(",") {
                    break;
                }
            },
        }
        Ok(())
    }

    /// A word that is no clause of a test: reported; the clause it was meant to
    /// be, if that is clear.
    fn near_test(&mut self) -> Parsed<String> {
        let found = self.written(self.token()).to_owned();
        if self.token().kind != TokenKind::Word || keyword::reserved(&found) {
            let parsed = self.expected(Wanted::TestClause);
            self.advance();
            return parsed;
        }
        let near = keyword::near(&found, &keyword::TEST_CLAUSES);
        let fault = SyntaxFault::UnknownKeyword { found, near: near.map(str::to_owned) };
        self.report(self.place(), fault);
        if near.is_none() {
            self.advance();
        }
        near.map(str::to_owned).ok_or(Skip)
    }

    /// `02.03.2026 03:00`
    fn start_moment(&mut self) -> Parsed<Moment> {
        let TokenKind::Date(date) = self.token().kind else {
            let help = Some("start 02.03.2026 03:00".to_owned());
            return self.expected_with(Wanted::DateTime, help);
        };
        self.advance();
        Ok(Moment::DateTime(date, self.time(Wanted::Time)?))
    }

    /// `05:00`, `02.03.2026 05:00`, `+2 h`
    fn at_moment(&mut self) -> Parsed<Moment> {
        if self.take_sign("+") {
            return Ok(Moment::After(self.duration()?));
        }
        if matches!(self.token().kind, TokenKind::Date(_)) {
            return self.start_moment();
        }
        Ok(Moment::Time(self.time(Wanted::Moment)?))
    }

    /// `P = v`, `P is bad`
    fn given(&mut self) -> Parsed<Given> {
        let name = self.name(Role::Reference)?;
        let asks = self.equals(&name)?;
        if asks && self.take_word("bad") {
            return Ok(Given { name, value: None });
        }
        if asks {
            self.refuse_quality(&name)?;
        }
        let value = Some(self.written_value(&name)?);
        Ok(Given { name, value })
    }

    /// What a reading is like but `bad`: said by what the point reads.
    fn refuse_quality(&mut self, name: &Name) -> Parsed<()> {
        let place = self.place();
        let (by_hand, found) = (self.at_phrase("by hand"), self.word().to_owned());
        let help = match found.as_str() {
            "stale" | "faulty" | "unknown" => Some(format!("{} is bad", name.text)),
            "good" => None,
            _ if by_hand => None,
            _ => return Ok(()),
        };
        self.advance();
        if by_hand {
            self.advance();
        }
        let place = place.start..self.end();
        let found = self.text[place.clone()].to_owned();
        self.report(place, SyntaxFault::Expected { wanted: Wanted::TestValue, found, help });
        Err(Skip)
    }

    /// `=` or `is`, which mean the same here; true for `is`.
    fn equals(&mut self, name: &Name) -> Parsed<bool> {
        let asks = self.take_word("is");
        if !asks && !self.take_sign("=") {
            return self.expected_with(Wanted::Word("= / is"), Some("=".to_owned()));
        }
        self.trace.beside(Some(&name.place));
        Ok(asks)
    }

    /// What is expected, and why.
    fn expect(&mut self) -> Parsed<Expect> {
        let start = self.place().start;
        let what = self.expected_what()?;
        let place = start..self.end();
        let because = if self.take_word("because") { Some(self.rule_quoted()?) } else { None };
        Ok(Expect { what, because, place })
    }

    /// The name of a rule, in quotes.
    fn rule_quoted(&mut self) -> Parsed<Name> {
        self.wanted(Wanted::Text, Some(Role::Rule));
        let rule = self.quoted()?;
        self.trace.name(&rule.place, Role::Rule);
        Ok(rule)
    }

    fn expected_what(&mut self) -> Parsed<Expected> {
        if self.take_word("alarm") {
            return Ok(Expected::Alarm(self.quoted()?));
        }
        if self.at_phrase("no alarm") {
            self.advance();
            self.advance();
            let quoted = matches!(self.token().kind, TokenKind::Text(_)) && !self.token().first;
            return Ok(Expected::NoAlarm(if quoted { Some(self.quoted()?) } else { None }));
        }
        let name = self.name(Role::Reference)?;
        if self.take_word("released") {
            return Ok(Expected::Released(name));
        }
        let asks = self.equals(&name)?;
        let not = asks && self.take_word("not");
        if asks && self.at_phrase("by hand") {
            self.refuse_quality(&name)?;
        }
        if asks && let Some(word) = self.one_of(&["good", "bad"]) {
            self.advance();
            return Ok(Expected::Known { name, good: (word == "good") != not });
        }
        let value = self.written_value(&name)?;
        Ok(Expected::Value { name, not, value })
    }

    /// A quantity or a state of `of`, which may be spelt like a keyword.
    fn written_value(&mut self, of: &Name) -> Parsed<Written> {
        self.wanted(Wanted::State, None);
        let word = self.word();
        let clause = keyword::TEST_CLAUSES.contains(&word) || keyword::ENTRIES.contains(&word);
        if self.token().kind != TokenKind::Word || (clause && self.token().first) {
            return Ok(Written::Number(self.literal(Wanted::TestValue)?));
        }
        let state = Name { text: self.word().to_owned(), place: self.place() };
        self.trace.name(&state.place, Role::State);
        self.trace.state_of(&state.place, &of.place);
        self.advance();
        Ok(Written::State(state))
    }
}
