//! `rule "name"` and its clauses: level, grace, parts and their commands.

use super::{Parsed, Parser, Skip};
use crate::model::AlarmClass;
use crate::model::diagnostic::did_you_mean;
use crate::model::{Level, Quantity};
use crate::rules::ast::{
    Action, Bound, Command, Expression, Head, Kind, Literal, Name, Part, Place, RuleEntry,
    RunClause, RunKind,
};
use crate::rules::fault::{SyntaxFault, Wanted};
use crate::rules::keyword;
use crate::rules::lexer::TokenKind;
use crate::rules::trace::Role;

/// Those that a rule may have.
const LEVELS: [&str; 5] = ["low", "normal", "high", "limit", "safety"];

const CLASSES: [&str; 3] = ["urgent", "fault", "notice"];

impl Parser<'_> {
    pub(super) fn rule(&mut self) -> Option<RuleEntry> {
        let Ok(name) = self.rule_name() else {
            self.skip_to_entry();
            return None;
        };
        self.trace.name(&name.place, Role::Rule);
        self.trace.called(&name.place);
        let mut rule = RuleEntry {
            place: name.place.clone(),
            name,
            level: None,
            grace: None,
            shadow: false,
            parts: Vec::new(),
            on_fault: None,
            broken: false,
        };
        while self.entry_goes_on(Wanted::Clause) {
            if self.clause(&mut rule).is_err() {
                rule.broken = true;
                if let Some(part) = current_part(&mut rule) {
                    part.broken = true;
                }
                self.skip_to_clause();
            }
        }
        // A name without an end has taken what stood behind it.
        rule.broken |= rule.parts.is_empty() && self.reported_in(&rule.name.place);
        rule.place.end = self.end();
        Some(rule)
    }

    /// The name in quotes; without them, the rest of the line is taken.
    pub(super) fn rule_name(&mut self) -> Parsed<Name> {
        if self.token().kind != TokenKind::Word || self.token().first {
            return self.quoted();
        }
        let start = self.place();
        while !(self.at_end() || self.token().first) {
            self.advance();
        }
        let place = start.start..self.end();
        let text = self.text[place.clone()].to_owned();
        let found = self.text[start].to_owned();
        let help = Some(format!("\"{text}\""));
        let fault = SyntaxFault::Expected { wanted: Wanted::Text, found, help };
        self.report(place.clone(), fault);
        Ok(Name { text, place })
    }

    fn clause(&mut self, rule: &mut RuleEntry) -> Parsed<()> {
        let place = self.place();
        self.trace.beside(None);
        if keyword::is_needless(self.word()) {
            let found = self.word().to_owned();
            self.report(place, SyntaxFault::Needless(found));
            self.advance();
            return Ok(());
        }
        let word = if self.at_clause() { self.word().to_owned() } else { self.near_clause()? };
        self.advance();
        match word.as_str() {
            "level" => self.level(rule, place),
            "grace" => self.grace(rule, &place),
            "shadow" => {
                if std::mem::replace(&mut rule.shadow, true) {
                    self.report(place, SyntaxFault::Twice("shadow"));
                }
                Ok(())
            }
            "when" => self.when(rule, place),
            "else" | "else when" => self.otherwise(rule, place, word == "else when"),
            "on" => self.on_fault(rule, place),
            "set" | "keep" | "alarm" => {
                let action = match word.as_str() {
                    "set" => self.set()?,
                    "keep" => self.keep()?,
                    _ => self.alarm()?,
                };
                add(rule, Command { action, place });
                Ok(())
            }
            "run" | "pause" => self.run_clause(rule, place, word == "pause"),
            _ => self.expected(Wanted::Clause),
        }
    }

    /// A word that is no clause: reported; the clause it was meant to be, if
    /// that is clear.
    fn near_clause(&mut self) -> Parsed<String> {
        let found = self.written(self.token()).to_owned();
        if self.token().kind != TokenKind::Word || keyword::reserved(&found) {
            let help = match found.as_str() {
                "until" => Some("until X < 14 °C".to_owned()),
                "at" => Some(format!("keep … at {}", self.word_ahead(1))),
                _ => None,
            };
            return self.expected_with(Wanted::Clause, help);
        }
        let clauses: Vec<&'static str> =
            keyword::CLAUSES.into_iter().filter(|word| *word != "for").collect();
        let inner = ["until", "fallback", "and", "or", "for", "extended", "to"];
        let near = keyword::near(&found, &clauses);
        let shown = near.or_else(|| keyword::near(&found, &inner));
        let shown = shown.or_else(|| keyword::near(&found, &keyword::ENTRIES));
        if shown.is_none() && matches!(self.ahead(1).kind, TokenKind::Sign("=")) {
            let help = Some(format!("set {found} to {}", self.written(self.ahead(2))));
            let fault = SyntaxFault::Expected { wanted: Wanted::Clause, found, help };
            self.report(self.place(), fault);
            return Err(Skip);
        }
        let fault = SyntaxFault::UnknownKeyword { found, near: shown.map(str::to_owned) };
        self.report(self.place(), fault);
        match near {
            Some(near) => Ok(near.to_owned()),
            None => {
                self.advance();
                Err(Skip)
            }
        }
    }

    fn level(&mut self, rule: &mut RuleEntry, place: Place) -> Parsed<()> {
        self.one_of(&LEVELS);
        let found = self.word().to_owned();
        let at = self.place();
        if self.token().kind != TokenKind::Word {
            return self.expected(Wanted::Word("low normal high limit safety"));
        }
        self.advance();
        let known = Level::ALL.into_iter().find(|level| level.keyword() == found);
        if rule.level.is_some() {
            self.report(place, SyntaxFault::Twice("level"));
            return Ok(());
        }
        let level = match known {
            Some(Level::Manual) => {
                self.report(at.clone(), SyntaxFault::ManualLevel);
                None
            }
            None => {
                let near = did_you_mean(&found, Level::ALL.map(Level::keyword)).map(str::to_owned);
                self.report(at.clone(), SyntaxFault::UnknownLevel { found, near });
                None
            }
            level => level,
        };
        rule.broken |= level.is_none();
        rule.level = Some((level, at));
        Ok(())
    }

    fn grace(&mut self, rule: &mut RuleEntry, place: &Place) -> Parsed<()> {
        let time = self.duration()?;
        if rule.grace.is_some() {
            self.report(place.clone(), SyntaxFault::Twice("grace"));
        }
        rule.grace = Some(time);
        Ok(())
    }

    /// A literal time.
    pub(super) fn duration(&mut self) -> Parsed<Literal> {
        let literal = self.literal(Wanted::Duration)?;
        if literal.value.is_nan() {
            return Err(Skip);
        }
        if literal.unit.quantity != Quantity::TIME || literal.value < 0.0 {
            let found = self.text[literal.place.clone()].to_owned();
            let help = literal.unit.symbol.is_empty().then(|| format!("{found} min"));
            let fault = SyntaxFault::Expected { wanted: Wanted::Duration, found, help };
            self.report(literal.place, fault);
            return Err(Skip);
        }
        Ok(literal)
    }

    fn when(&mut self, rule: &mut RuleEntry, place: Place) -> Parsed<()> {
        let twice = rule.parts.iter().any(|part| matches!(part.head, Head::When(_)));
        if twice {
            self.report(place.clone(), SyntaxFault::WhenTwice);
        }
        let parsed = self.condition(rule, place);
        if let Some(part) = rule.parts.last_mut().filter(|_| twice) {
            part.broken = true;
        }
        parsed
    }

    fn otherwise(&mut self, rule: &mut RuleEntry, place: Place, when: bool) -> Parsed<()> {
        if rule.parts.iter().any(|part| matches!(part.head, Head::Else)) {
            self.report(place.clone(), SyntaxFault::AfterElse);
            rule.broken = true;
        }
        if when || self.take_word("when") {
            return self.condition(rule, place);
        }
        rule.parts.push(part(Head::Else, place));
        Ok(())
    }

    fn condition(&mut self, rule: &mut RuleEntry, place: Place) -> Parsed<()> {
        let condition = self.expression_or_broken();
        let broken = matches!(condition.kind, Kind::Broken);
        rule.parts.push(part(Head::When(condition), place));
        if broken { Err(Skip) } else { Ok(()) }
    }

    fn on_fault(&mut self, rule: &mut RuleEntry, place: Place) -> Parsed<()> {
        self.expect_word("fault")?;
        let place = place.start..self.end();
        if rule.on_fault.is_some() {
            self.report(place.clone(), SyntaxFault::Twice("on fault"));
        }
        rule.on_fault = Some(Box::new(part(Head::OnFault, place)));
        Ok(())
    }

    /// `set P to v`
    fn set(&mut self) -> Parsed<Action> {
        let point = self.name(Role::Target)?;
        self.trace.beside(Some(&point.place));
        if self.at_sign("=") {
            let place = self.place();
            self.report(place, SyntaxFault::EqualSign { help: Some("to".to_owned()) });
            self.advance();
        } else if !self.at_word("to") && !self.token().first && self.at_name() {
            let found = self.word().to_owned();
            if keyword::near(&found, &["to"]).is_some() {
                self.expect_word("to")?;
            } else {
                let help = Some(format!("to {found}"));
                return self.expected_with(Wanted::Word("to"), help);
            }
        } else if !self.at_word("to") && !self.token().first && !self.at_end() {
            let help = Some(format!("to {}", self.written(self.token())));
            return self.expected_with(Wanted::Word("to"), help);
        } else {
            self.expect_word("to")?;
        }
        let value = self.state_or_expression()?;
        self.trace.state_of(&value.place, &point.place);
        Ok(Action::Set { point, value })
    }

    /// `keep P at least v`
    fn keep(&mut self) -> Parsed<Action> {
        let point = self.name(Role::Target)?;
        self.trace.beside(Some(&point.place));
        let bound = self.bound()?;
        let value = self.expression()?;
        Ok(Action::Keep { point, bound, value })
    }

    /// `at least`, `at most`
    fn bound(&mut self) -> Parsed<Bound> {
        if !self.at_word("at") {
            return self
                .expected_with(Wanted::Word("at least / at most"), Some("at least".to_owned()));
        }
        self.advance();
        if self.take_word("least") {
            Ok(Bound::AtLeast)
        } else if self.take_word("most") {
            Ok(Bound::AtMost)
        } else {
            let near = keyword::near(self.word(), &["least", "most"]).unwrap_or("least");
            self.expected_with(Wanted::Word("least / most"), Some(format!("at {near}")))
        }
    }

    /// `run at least D`, `run at most D`, `pause at least D`
    fn run_clause(&mut self, rule: &mut RuleEntry, place: Place, pause: bool) -> Parsed<()> {
        let at = self.place();
        let kind = match (pause, self.bound()?) {
            (false, Bound::AtLeast) => RunKind::RunAtLeast,
            (false, Bound::AtMost) => RunKind::RunAtMost,
            (true, Bound::AtLeast) => RunKind::PauseAtLeast,
            (true, Bound::AtMost) => {
                let (wanted, help) = (Wanted::Word("at least"), Some("pause at least".to_owned()));
                let fault = SyntaxFault::Expected { wanted, found: "at most".to_owned(), help };
                self.report(at.start..self.end(), fault);
                return Err(Skip);
            }
        };
        self.wanted(Wanted::Duration, Some(Role::Reference));
        let begins = matches!(self.token().kind, TokenKind::Number { .. } | TokenKind::Sign("("));
        if !begins && !self.at_name() && keyword::CALLED.iter().all(|word| *word != self.word()) {
            return self.expected(Wanted::Duration);
        }
        let time = self.time_operand()?;
        let place = place.start..self.end();
        let Some(part) = current_part(rule) else {
            self.report(place, SyntaxFault::ClauseBeforePart(kind.keyword()));
            return Err(Skip);
        };
        if part.runs.iter().any(|other| other.kind == kind) {
            self.report(place, SyntaxFault::Twice(kind.keyword()));
        } else {
            part.runs.push(RunClause { kind, time, place });
        }
        Ok(())
    }

    /// `alarm [urgent|fault|notice] "text"`
    fn alarm(&mut self) -> Parsed<Action> {
        self.one_of(&CLASSES);
        let class = match self.word() {
            "urgent" => AlarmClass::Urgent,
            "notice" => AlarmClass::Notice,
            "fault" | "" => AlarmClass::Fault,
            found => {
                let found = found.to_owned();
                let near = did_you_mean(&found, ["urgent", "fault", "notice"]).map(str::to_owned);
                let help = near.or_else(|| Some("urgent".to_owned()));
                let fault = SyntaxFault::Expected {
                    wanted: Wanted::Word("urgent, fault, notice"),
                    found,
                    help,
                };
                self.report(self.place(), fault);
                AlarmClass::Fault
            }
        };
        if self.token().kind == TokenKind::Word {
            self.advance();
        }
        let text = self.quoted()?;
        Ok(Action::Alarm { class, text })
    }

    /// A state, which may be spelt like a keyword, or an expression.
    fn state_or_expression(&mut self) -> Parsed<Expression> {
        let word = self.word();
        let calls = matches!(self.ahead(1).kind, TokenKind::Sign("("));
        if !word.is_empty()
            && !calls
            && keyword::reserved(word)
            && !self.at_clause()
            && word != "not"
        {
            let expression = Expression {
                kind: Kind::Name(word.to_owned()),
                place: self.place(),
                closed: false,
            };
            self.trace.name(&expression.place, Role::Reference);
            self.advance();
            return Ok(expression);
        }
        self.expression()
    }
}

fn part(head: Head, place: Place) -> Part {
    Part { head, place, commands: Vec::new(), runs: Vec::new(), broken: false }
}

/// The part that commands are being added to: `on fault` once it has begun
/// and no other has since.
fn current_part(rule: &mut RuleEntry) -> Option<&mut Part> {
    let last = rule.parts.last_mut();
    match (last, rule.on_fault.as_deref_mut()) {
        (Some(last), Some(fault)) if fault.place.start > last.place.start => Some(fault),
        (None, Some(fault)) => Some(fault),
        (last, _) => last,
    }
}

fn add(rule: &mut RuleEntry, command: Command) {
    if current_part(rule).is_none() {
        rule.parts.push(part(Head::Always, command.place.clone()));
    }
    if let Some(part) = current_part(rule) {
        part.commands.push(command);
    }
}
