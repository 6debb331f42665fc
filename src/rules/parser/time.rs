//! Conditions over time: `A for D`, `A extended D`, `A until B`.

use super::{MOST_NESTING, Parsed, Parser, Skip};
use crate::rules::ast::{Expression, Kind, Place, Relation, Stop};
use crate::rules::fault::{SyntaxFault, Wanted};
use crate::rules::keyword;
use crate::rules::lexer::TokenKind;

impl Parser<'_> {
    /// `A until B`, `A until < v`
    pub(super) fn latch(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        let mut left = self.timed()?;
        let mut links = 0;
        while self.at_word("until") {
            let place = self.place();
            self.advance();
            self.link(&mut links)?;
            let stop = if self.acknowledged() {
                Stop::Acknowledged
            } else if let Some(relation) = self.relation() {
                if !repeatable(&left) {
                    self.report(place, SyntaxFault::ShortUntil);
                    return Err(Skip);
                }
                self.short_stop(place.start, relation, &left)?
            } else if self.at_word("not") {
                let start = self.place().start;
                self.advance();
                let inner = Box::new(self.timed()?);
                Stop::Condition(Box::new(self.made(start, Kind::Not(inner))))
            } else {
                Stop::Condition(Box::new(self.timed()?))
            };
            left = self.made(start, Kind::Until { start: Box::new(left), stop });
        }
        Ok(left)
    }

    /// `< v`, perhaps `for D`: the comparison in `left` with another bound.
    fn short_stop(&mut self, until: usize, relation: Relation, left: &Expression) -> Parsed<Stop> {
        let start = self.place().start;
        self.advance();
        let bound = Box::new(self.fallback()?);
        let compared = compared(left).filter(|_| self.at_time());
        let Some(subject) = compared.cloned().map(Box::new) else {
            return Ok(Stop::Short { relation, bound, place: until..self.end() });
        };
        let kind = Kind::Compare { relation, left: subject, right: bound };
        let stop = self.made(start, kind);
        Ok(Stop::Condition(Box::new(self.timed_on(start, stop)?)))
    }

    /// `acknowledged`; one that is misspelt is reported.
    fn acknowledged(&mut self) -> bool {
        if self.take_word("acknowledged") {
            return true;
        }
        let found = self.word().to_owned();
        let near = keyword::near(&found, &["acknowledged"]).filter(|_| !self.token().first);
        let Some(near) = near.filter(|_| found.starts_with("ack") || found == "quittiert") else {
            return false;
        };
        let fault = SyntaxFault::UnknownKeyword { found, near: Some(near.to_owned()) };
        self.report(self.place(), fault);
        self.advance();
        true
    }

    /// Counts links of a chain such as `A for 1 h for 2 h` as nesting.
    fn link(&mut self, links: &mut usize) -> Parsed<()> {
        *links += 1;
        if self.depth + *links > MOST_NESTING {
            self.report(self.place(), SyntaxFault::TooDeep);
            return Err(Skip);
        }
        Ok(())
    }

    /// `A for D`, `A extended D`
    fn timed(&mut self) -> Parsed<Expression> {
        let start = self.place().start;
        let left = self.comparison()?;
        self.timed_on(start, left)
    }

    fn at_time(&self) -> bool {
        self.one_of(&["for", "extended"]).is_some() && !self.at_loop()
    }

    fn timed_on(&mut self, start: usize, mut left: Expression) -> Parsed<Expression> {
        let mut links = 0;
        loop {
            if self.at_word("for") && !self.at_loop() {
                self.advance();
                self.link(&mut links)?;
                let time = Box::new(self.time_operand()?);
                left = self.made(start, Kind::For { condition: Box::new(left), time });
            } else if self.take_word("extended") {
                self.link(&mut links)?;
                let time = Box::new(self.time_operand()?);
                left = self.made(start, Kind::Extended { condition: Box::new(left), time });
            } else {
                return Ok(left);
            }
        }
    }

    /// A literal, a name or a parenthesis.
    pub(super) fn time_operand(&mut self) -> Parsed<Expression> {
        let time = self.primary()?;
        let begins = matches!(self.token().kind, TokenKind::Sign("+" | "-" | "*" | "/"));
        if begins && !self.token().first && !time.closed {
            let rest = self.sum_from(&time)?;
            let help = Some(format!("({})", &self.text[rest.clone()]));
            let found = self.text[rest.clone()].to_owned();
            let fault = SyntaxFault::Expected { wanted: Wanted::TimeOperand, found, help };
            self.report(rest, fault);
        }
        Ok(time)
    }

    /// Reads on where arithmetic goes on behind `first`; the place of all.
    fn sum_from(&mut self, first: &Expression) -> Parsed<Place> {
        while matches!(self.token().kind, TokenKind::Sign("+" | "-" | "*" | "/")) {
            self.advance();
            self.signed()?;
        }
        Ok(first.place.start..self.end())
    }
}

/// The left side of the comparison that a short `until` repeats.
pub(super) fn compared(expression: &Expression) -> Option<&Expression> {
    match &expression.kind {
        Kind::Compare { left, .. } => Some(left),
        Kind::For { condition, .. } | Kind::Extended { condition, .. } => compared(condition),
        _ => None,
    }
}

/// Whether a short `until` can repeat it: one comparison, perhaps with `for`.
fn repeatable(expression: &Expression) -> bool {
    match &expression.kind {
        Kind::Compare { .. } | Kind::Broken => true,
        Kind::For { condition, .. } | Kind::Extended { condition, .. } => repeatable(condition),
        _ => false,
    }
}
