//! What begins with a word: names, functions with their windows, curves.

use super::{Parsed, Parser};
use crate::rules::ast::{Expression, Kind, Name};
use crate::rules::fault::Wanted;
use crate::rules::keyword;
use crate::rules::lexer::TokenKind;
use crate::rules::trace::Role;

impl Parser<'_> {
    /// A name, a state that is spelt like a keyword, or a call.
    pub(super) fn named(&mut self, start: usize) -> Parsed<Expression> {
        let word = self.word().to_owned();
        let place = self.place();
        let calls = self.ahead(1).kind == TokenKind::Sign("(");
        let called = keyword::CALLED.contains(&word.as_str());
        if calls && (called || word == "starts" || !keyword::reserved(&word)) {
            return self.call(start);
        }
        // `mean Aussen over 24 h`
        if called {
            self.advance();
            let help = format!("{word}({})", self.written(self.token()));
            return self.expected_with(Wanted::Word("("), Some(help));
        }
        let state = matches!(word.as_str(), "on" | "off") && self.word_ahead(1) != "fault";
        if keyword::reserved(word.split('.').next().unwrap_or("")) && !state {
            // `sum(a, b)`
            if calls && keyword::OVER_GROUPS.contains(&word.as_str()) {
                self.advance();
                let help = Some(format!("{word} of … in …"));
                return self.expected_with(Wanted::Word("of"), help);
            }
            return self.expected(Wanted::Value);
        }
        self.trace.name(&place, Role::Reference);
        self.advance();
        Ok(self.made(start, Kind::Name(word)))
    }

    /// `min(a, b)`, `mean(x) over 24 h`
    fn call(&mut self, start: usize) -> Parsed<Expression> {
        let function = Name { text: self.word().to_owned(), place: self.place() };
        self.trace.name(&function.place, Role::Function);
        self.advance();
        let arguments = self.arguments()?;
        let over = if self.take_word("over") { Some(self.duration()?) } else { None };
        Ok(self.made(start, Kind::Call { function, arguments, over }))
    }

    fn arguments(&mut self) -> Parsed<Vec<Expression>> {
        self.expect_sign("(")?;
        let mut arguments = vec![self.expression()?];
        while self.take_sign(",") {
            arguments.push(self.expression()?);
        }
        self.expect_sign(")")?;
        Ok(arguments)
    }
}
