//! Expressions, tightest first: `* /`, `+ -`, `fallback`, comparison and `is`
//! and `within`, `for`, `extended`, `until`, `not`, `and` | `or`. Each level is
//! one function that calls the next tighter one; those over time stand in `time`.

use super::time::compared;
use super::{MOST_NESTING, Parsed, Parser, Skip};
use crate::model::Unit;
use crate::rules::ast::{
    Expression, Factor, Kind, Literal, Name, Place, Relation, Sign, Turn, What,
};
use crate::rules::fault::{SyntaxFault, Wanted};
use crate::rules::lexer::TokenKind;
use crate::rules::trace::Role;

impl Parser<'_> {
    /// An expression; after an error the parser stands where it stopped.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.deeper(Self::alternatives)
    }

    /// As [`expression`](Self::expression), with a placeholder after an error.
    pub(super) fn expression_or_broken(&mut self) -> Expression {
        let place = self.place();
        self.expression().unwrap_or(Expression { kind: Kind::Broken, place, closed: false })
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth > MOST_NESTING {
            self.report(self.place(), SyntaxFault::TooDeep);
            return Err(Skip);
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    pub(super) fn made(&self, start: usize, kind: Kind) -> Expression {
        Expression { kind, place: start..self.end(), closed: false }
    }

    /// `and`, `or`: one of them, or parentheses.
    fn alternatives(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        let first = self.negation()?;
        let Some(chain) = self.one_of(&["and", "or"]) else { return Ok(first) };
        let mut operands = vec![first];
        let mut mixed: Option<Place> = None;
        while self.one_of(&["and", "or"]).is_some() {
            let end_before = self.end();
            if mixed.is_none() && !self.at_word(chain) {
                mixed = Some(self.place());
            }
            self.advance();
            self.trace.beside(None);
            let operand = self.negation()?;
            self.check_binding(start, end_before, chain, &operand);
            operands.push(operand);
        }
        if let Some(place) = mixed {
            let (first, rest) = self.text[start..self.end()].split_at(place.start - start);
            let help = format!("({}) {rest}", first.trim_end());
            let fix = vec![help.clone()];
            self.report(place, SyntaxFault::AndWithOr { help });
            self.fixed_by(&(start..self.end()), fix);
        }
        let kind = if chain == "and" { Kind::All(operands) } else { Kind::Any(operands) };
        Ok(self.made(start, kind))
    }

    /// `A and B for 5 min` needs parentheses; `A and B until C` gets a warning,
    /// for it reads aloud as something else than it says.
    fn check_binding(&mut self, start: usize, before: usize, chain: &str, operand: &Expression) {
        let mut bare = operand;
        while let (Kind::Not(inner), false) = (&bare.kind, bare.closed) {
            bare = inner;
        }
        if bare.closed {
            return;
        }
        let (inner_end, until) = match &bare.kind {
            Kind::For { condition, .. } | Kind::Extended { condition, .. } => {
                (condition.place.end, false)
            }
            Kind::Until { start, .. } => (start.place.end, true),
            _ => return,
        };
        let rest = self.text[inner_end..operand.place.end].trim_start().to_owned();
        let length = rest.len();
        // A short `until` repeats one comparison; for all of it, spell it out.
        let rest = match &bare.kind {
            Kind::Until { start, .. } if is_short(&rest) => {
                compared(start).map_or(rest.clone(), |left| {
                    rest.replacen("until", &format!("until {}", &self.text[left.place.clone()]), 1)
                })
            }
            _ => rest,
        };
        let all = format!("({}) {rest}", &self.text[start..inner_end]);
        let last = format!(
            "{} {chain} ({})",
            &self.text[start..before],
            &self.text[operand.place.clone()]
        );
        let place = operand.place.end - length..operand.place.end;
        let (whole, fixes) = (start..operand.place.end, vec![all.clone(), last.clone()]);
        let help = format!("{all}\n{last}");
        if until {
            self.warn(place, SyntaxFault::UntilAfterAnd { word: "until", help });
        } else {
            let word = if rest.starts_with("for") { "for" } else { "extended" };
            self.report(place, SyntaxFault::TimeAfterAnd { word, help });
        }
        self.fixed_by(&whole, fixes);
    }

    fn negation(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        if !self.take_word("not") {
            return self.latch();
        }
        let inner = self.deeper(Self::negation)?;
        Ok(self.made(start, Kind::Not(Box::new(inner))))
    }

    pub(super) fn relation(&self) -> Option<Relation> {
        match self.token().kind {
            TokenKind::Sign("<") => Some(Relation::Less),
            TokenKind::Sign("<=") => Some(Relation::AtMost),
            TokenKind::Sign(">") => Some(Relation::Greater),
            TokenKind::Sign(">=") => Some(Relation::AtLeast),
            _ => None,
        }
    }

    pub(super) fn comparison(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        let left = self.fallback()?;
        if let Some(relation) = self.relation() {
            self.advance();
            self.trace.beside(Some(&left.place));
            let right = self.fallback()?;
            self.check_chain(&left, relation, &right)?;
            let (left, right) = (Box::new(left), Box::new(right));
            return Ok(self.made(start, Kind::Compare { relation, left, right }));
        }
        if self.at_sign("=") || self.at_sign("!=") {
            return self.equal_sign(&left);
        }
        if self.at_word("is") {
            return self.is(start, left);
        }
        let turn = match self.one_of(&["starts", "ends", "ended"]) {
            Some("starts") => Turn::Starts,
            Some("ends") => Turn::Ends,
            Some(_) => Turn::Ended,
            None => return Ok(left),
        };
        self.advance();
        self.expect_word("within")?;
        let within = Box::new(self.time_operand()?);
        let Kind::Name(text) = left.kind else {
            let found = self.text[left.place.clone()].to_owned();
            let fault = SyntaxFault::Expected { wanted: Wanted::Name, found, help: None };
            self.report(left.place, fault);
            return Err(Skip);
        };
        let schedule = Name { text, place: left.place };
        Ok(self.made(start, Kind::Turn { schedule, turn, within }))
    }

    /// `18 °C < T < 22 °C`
    fn check_chain(
        &mut self,
        left: &Expression,
        first: Relation,
        middle: &Expression,
    ) -> Parsed<()> {
        let Some(second) = self.relation() else { return Ok(()) };
        let place = self.place();
        self.advance();
        let right = self.fallback()?;
        let text = |expression: &Expression| self.text[expression.place.clone()].to_owned();
        let help = format!(
            "{} {} {} and {} {} {}",
            text(left),
            first.symbol(),
            text(middle),
            text(middle),
            second.symbol(),
            text(&right)
        );
        let (whole, fix) = (left.place.start..right.place.end, vec![help.clone()]);
        self.report(place, SyntaxFault::Chained { help });
        self.fixed_by(&whole, fix);
        Ok(())
    }

    /// `=`, `==`, `!=`: reported; read on as `is` where that can be meant.
    fn equal_sign(&mut self, left: &Expression) -> Parsed<Expression> {
        let place = self.place();
        let not = self.at_sign("!=");
        self.advance();
        let right = self.state_or_value()?;
        let (subject, value) = (&self.text[left.place.clone()], &self.text[right.place.clone()]);
        let help = match &right.kind {
            Kind::Number(literal) if !literal.unit.symbol.is_empty() => {
                format!("{subject} >= {value}")
            }
            _ if not => format!("{subject} is not {value}"),
            _ => format!("{subject} is {value}"),
        };
        let (whole, fix) = (left.place.start..right.place.end, vec![help.clone()]);
        self.report(place.clone(), SyntaxFault::EqualSign { help: Some(help) });
        self.fixed_by(&whole, fix);
        Ok(Expression { kind: Kind::Broken, place, closed: false })
    }

    fn state_or_value(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        if self.token().kind == TokenKind::Word && !self.word().contains('.') {
            let kind = Kind::Name(self.word().to_owned());
            self.trace.name(&self.place(), Role::Reference);
            self.advance();
            return Ok(self.made(start, kind));
        }
        self.fallback()
    }

    fn is(&mut self, start: usize, subject: Expression) -> Parsed<Expression> {
        let (not, what) = self.asked(&subject.place)?;
        Ok(self.made(start, Kind::Is { subject: Box::new(subject), not, what }))
    }

    /// `is [not] day`, asked of what stands at `subject`.
    pub(super) fn asked(&mut self, subject: &Place) -> Parsed<(bool, What)> {
        self.advance();
        self.trace.beside(Some(subject));
        let not = self.take_word("not");
        let place = self.place();
        self.one_of(&["good", "bad"]);
        let by_hand = self.at_phrase("by hand");
        let what = match &self.token().kind {
            TokenKind::Number { .. } => What::Number(self.literal(Wanted::State)?),
            TokenKind::Word if by_hand => {
                self.advance();
                self.advance();
                What::ByHand
            }
            TokenKind::Word => {
                let text = self.word().to_owned();
                self.advance();
                match text.as_str() {
                    "good" => What::Good,
                    "bad" => What::Bad,
                    _ => {
                        self.trace.name(&place, Role::State);
                        self.trace.state_of(&place, subject);
                        What::State(Name { text, place })
                    }
                }
            }
            _ => return self.expected(Wanted::State),
        };
        Ok((not, what))
    }

    pub(super) fn fallback(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        let first = self.sum()?;
        if !self.at_word("fallback") {
            return Ok(first);
        }
        let mut choices = vec![first];
        while self.take_word("fallback") {
            let state = matches!(self.word(), "on" | "off") && self.word_ahead(1) != "fault";
            choices.push(if state { self.state_or_value()? } else { self.sum()? });
        }
        Ok(self.made(start, Kind::Fallback(choices)))
    }

    fn sum(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        let first = self.product()?;
        let mut terms = vec![(Sign::Plus, first)];
        loop {
            let sign = match self.token().kind {
                TokenKind::Sign("+") => Sign::Plus,
                TokenKind::Sign("-") => Sign::Minus,
                _ => break,
            };
            self.advance();
            terms.push((sign, self.product()?));
        }
        if terms.len() == 1 {
            return terms.pop().map(|(_, only)| only).ok_or(Skip);
        }
        Ok(self.made(start, Kind::Sum(terms)))
    }

    fn product(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        let first = self.signed()?;
        let mut factors = vec![(Factor::Times, first)];
        loop {
            let factor = match self.token().kind {
                TokenKind::Sign("*") => Factor::Times,
                TokenKind::Sign("/") => Factor::Per,
                _ => break,
            };
            self.advance();
            factors.push((factor, self.signed()?));
        }
        if factors.len() == 1 {
            return factors.pop().map(|(_, only)| only).ok_or(Skip);
        }
        Ok(self.made(start, Kind::Product(factors)))
    }

    pub(super) fn signed(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        if !self.take_sign("-") {
            return self.primary();
        }
        let inner = self.deeper(Self::signed)?;
        let kind = match inner.kind {
            Kind::Number(literal) if !inner.closed => {
                Kind::Number(Literal { value: -literal.value, ..literal })
            }
            kind => Kind::Negative(Box::new(Expression { kind, ..inner })),
        };
        Ok(self.made(start, kind))
    }

    /// A signed number with its unit.
    pub(super) fn literal(&mut self, wanted: Wanted) -> Parsed<Literal> {
        let start = self.place().start;
        let negative = self.take_sign("-");
        let TokenKind::Number { shown, unit } = &self.token().kind else {
            return self.expected(wanted);
        };
        let unit = unit.clone().unwrap_or_else(Unit::none);
        let shown = if negative { -*shown } else { *shown };
        self.advance();
        Ok(Literal { value: unit.canonical(shown), unit, place: start..self.end() })
    }

    pub(super) fn primary(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        if let Some(how) = self.aggregation() {
            return self.aggregate(how, start);
        }
        match &self.token().kind {
            TokenKind::Number { .. } => {
                let mut literal = self.literal(Wanted::Value)?;
                literal.place = start..self.end();
                Ok(self.made(start, Kind::Number(literal)))
            }
            TokenKind::Sign("(") => {
                self.advance();
                let inner = self.expression()?;
                self.expect_sign(")")?;
                // The place stays the inner one's: help lines quote it.
                let place: Place = start..self.end();
                Ok(Expression { closed: true, place, ..inner })
            }
            TokenKind::Word => self.named(start),
            _ => self.expected(Wanted::Value),
        }
    }
}

/// Whether `until` stands before a bare relation there.
fn is_short(text: &str) -> bool {
    text.strip_prefix("until").is_some_and(|stop| stop.trim_start().starts_with(['<', '>']))
}
