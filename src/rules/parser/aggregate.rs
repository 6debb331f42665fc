//! `mean of CO2 in Räume, at least 2 good`, `any of Fenster in Räume is open`.

use super::{Parsed, Parser};
use crate::rules::ast::{Aggregate, Ask, Expression, How, Kind, Place};
use crate::rules::fault::{SyntaxFault, Wanted};
use crate::rules::lexer::TokenKind;
use crate::rules::trace::Role;

impl Parser<'_> {
    /// Whether an aggregate begins here, and which.
    pub(super) fn aggregation(&self) -> Option<How> {
        const BEGIN: [&str; 7] =
            ["mean of", "min of", "max of", "sum of", "count of", "any of", "all of"];
        let here = BEGIN.iter().position(|begin| self.at_phrase(begin));
        here.map(|at| How::ALL[at])
    }

    pub(super) fn aggregate(&mut self, how: How, start: usize) -> Parsed<Expression> {
        self.advance();
        self.advance();
        let first = self.name(Role::Reference)?;
        let (part, group) = if self.take_word("in") {
            (Some(first), self.name(Role::Reference)?)
        } else {
            (None, first)
        };
        let subject = part.as_ref().unwrap_or(&group).place.clone();
        let mut good = self.good_ones()?;
        let ask = if how.asks() { self.ask(&subject)? } else { None };
        if good.is_none() {
            good = self.good_ones()?;
        }
        let counted = how == How::Count && matches!(ask, Some(Ask::Compare { .. }));
        if counted && self.relation().is_some() {
            let help = format!("({}) {}", &self.text[start..self.end()], self.written_here());
            self.report(self.place(), SyntaxFault::Chained { help: format!("{help} …") });
        }
        let aggregate = Aggregate { how, part, group, ask, good };
        Ok(self.made(start, Kind::Aggregate(Box::new(aggregate))))
    }

    fn written_here(&self) -> &str {
        self.written(self.token())
    }

    /// What is asked of each member.
    fn ask(&mut self, subject: &Place) -> Parsed<Option<Ask>> {
        if let Some(relation) = self.relation() {
            self.trace.beside(Some(subject));
            self.advance();
            let bound = self.fallback()?;
            return Ok(Some(Ask::Compare { relation, bound }));
        }
        if self.at_word("is") || self.word() == "are" {
            if self.word() == "are" {
                let found = self.word().to_owned();
                let fault = SyntaxFault::UnknownKeyword { found, near: Some("is".to_owned()) };
                self.report(self.place(), fault);
            }
            let (not, what) = self.asked(subject)?;
            return Ok(Some(Ask::Is { not, what }));
        }
        Ok(None)
    }

    /// `, at least 2 good`
    fn good_ones(&mut self) -> Parsed<Option<(u32, Place)>> {
        let start = self.place().start;
        let clause = || self.phrase_ahead(1, "at least") || self.word_ahead(1) == "at";
        if self.at_sign(",") && clause() {
            self.advance();
        } else if self.at_word("at") && self.word_ahead(3) == "good" {
            self.expected_with::<()>(Wanted::Word(","), Some(",".to_owned())).unwrap_or_default();
        } else {
            return Ok(None);
        }
        self.expect_word("at")?;
        self.expect_word("least")?;
        let count = match &self.token().kind {
            TokenKind::Number { shown, unit: None } if *shown >= 1.0 && shown.fract() == 0.0 => {
                *shown
            }
            _ => return self.expected_with(Wanted::Count, Some("at least 2 good".to_owned())),
        };
        self.advance();
        self.expect_word("good")?;
        // Groups are far smaller.
        Ok(Some((count.min(1e9) as u32, start..self.end())))
    }
}
