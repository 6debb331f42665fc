//! Reads a file's tokens into its tree. After an error it reports once, goes
//! on at the next clause or entry, and marks what was left out, so that one
//! file with many mistakes shows them all and none twice. What it asks for at
//! the end of a text is what an editor offers there: see `trace`.

mod aggregate;
mod calendar;
mod call;
mod entry;
mod expression;
mod group;
mod protect;
mod rule;
mod schedule;
mod test;
mod time;

use std::sync::Arc;

pub(super) use self::schedule::near_day;

use crate::model::{Diagnostic, Fault};

use super::ast::{File, Name, Place};
use super::fault::{SyntaxFault, Wanted};
use super::keyword;
use super::lexer::{self, Token, TokenKind};
use super::trace::{Role, Trace};

/// An error was reported; whoever gets this picks up again.
pub struct Skip;

type Parsed<T> = Result<T, Skip>;

pub struct Parser<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    diagnostics: &'a mut Vec<Diagnostic>,
    trace: &'a Trace,
}

/// Parentheses and the like within one another (RULES, "Expressions").
const MOST_NESTING: usize = 40;

/// Reads one file; what is wrong with it goes to `diagnostics`.
pub fn parse(file: &Arc<str>, text: &str, diagnostics: &mut Vec<Diagnostic>) -> File {
    parse_heard(file, text, diagnostics, &Trace::default())
}

/// As [`parse`]; `trace` is told what an editor wants to know.
pub fn parse_heard(
    file: &Arc<str>,
    text: &str,
    diagnostics: &mut Vec<Diagnostic>,
    trace: &Trace,
) -> File {
    let tokens = lexer::tokens(file, text, diagnostics);
    Parser { file, text, tokens, at: 0, depth: 0, diagnostics, trace }.file()
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        &self.tokens[self.at]
    }

    fn ahead(&self, by: usize) -> &Token {
        &self.tokens[(self.at + by).min(self.tokens.len() - 1)]
    }

    fn place(&self) -> Place {
        self.token().place.clone()
    }

    /// The end of the token before this one.
    fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |before| self.tokens[before].place.end)
    }

    fn advance(&mut self) {
        // The last token is the end; it is never passed.
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    /// Whether something within `place` has been reported already.
    fn reported_in(&self, place: &Place) -> bool {
        let own = self.diagnostics.iter().filter(|told| told.file == *self.file);
        own.into_iter().any(|told| place.start <= told.span.start && told.span.end <= place.end)
    }

    fn at_end(&self) -> bool {
        self.token().kind == TokenKind::End
    }

    /// The text of a token.
    fn written(&self, token: &Token) -> &str {
        &self.text[token.place.clone()]
    }

    /// The word here; empty if it is none.
    fn word(&self) -> &str {
        self.word_ahead(0)
    }

    fn word_ahead(&self, by: usize) -> &str {
        let token = self.ahead(by);
        match token.kind {
            TokenKind::Word => self.written(token),
            // `&&` and `||`, reported by the lexer.
            TokenKind::Sign(word @ ("and" | "or")) => word,
            _ => "",
        }
    }

    fn at_word(&self, word: &'static str) -> bool {
        self.one_of(&[word]).is_some()
    }

    /// Which of these words stands here. To ask so, and not by comparing
    /// [`word`](Self::word), is how an editor learns what can be completed.
    fn one_of(&self, words: &[&'static str]) -> Option<&'static str> {
        if self.at_end() {
            self.trace.words(words);
        }
        let here = self.word();
        words.iter().find(|word| **word == here).copied()
    }

    /// Whether these words stand here in a row.
    fn at_phrase(&self, phrase: &'static str) -> bool {
        self.phrase_ahead(0, phrase)
    }

    /// Whether these words stand in a row behind the next `skipped` tokens.
    fn phrase_ahead(&self, skipped: usize, phrase: &'static str) -> bool {
        let mut rest = phrase;
        for (by, word) in (skipped..).zip(phrase.split(' ')) {
            if self.ahead(by).kind == TokenKind::End {
                self.trace.words(&[rest]);
            }
            if self.word_ahead(by) != word {
                return false;
            }
            rest = rest[word.len()..].trim_start();
        }
        true
    }

    fn at_sign(&self, sign: &str) -> bool {
        matches!(self.token().kind, TokenKind::Sign(found) if found == sign)
    }

    /// Whether the token before this one is `sign`.
    fn behind_sign(&self, sign: &str) -> bool {
        let before = self.at.checked_sub(1).map(|before| &self.tokens[before].kind);
        matches!(before, Some(TokenKind::Sign(found)) if *found == sign)
    }

    fn take_word(&mut self, word: &'static str) -> bool {
        let there = self.at_word(word);
        if there {
            self.advance();
        }
        there
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let there = self.at_sign(sign);
        if there {
            self.advance();
        }
        there
    }

    fn report(&mut self, place: Place, fault: impl Fault + 'static) {
        self.diagnostics.push(Diagnostic::error(self.file, place, fault));
    }

    /// Says that each of `texts` puts right what was reported last, in place
    /// of `whole`. Comments within it would be lost.
    fn fixed_by(&mut self, whole: &Place, texts: Vec<String>) {
        let commented = self.text[whole.clone()].contains('#');
        if let Some(last) = self.diagnostics.pop() {
            let texts = if commented { Vec::new() } else { texts };
            self.diagnostics.push(last.fixed_by(whole, texts));
        }
    }

    fn warn(&mut self, place: Place, fault: SyntaxFault) {
        self.diagnostics.push(Diagnostic::warning(self.file, place, fault));
    }

    /// Tells an editor that this can stand here.
    fn wanted(&self, wanted: Wanted, role: Option<Role>) {
        if !self.at_end() {
            return;
        }
        self.trace.wanted(wanted, role);
        if wanted == Wanted::Clause {
            let _ = self.at_clause(); // asks for each of them
        }
        if wanted == Wanted::Guard {
            self.ask_guards();
        }
        if wanted == Wanted::TestClause {
            let _ = self.at_test_clause();
        }
    }

    /// Reports that `wanted` is missing here.
    fn expected<T>(&mut self, wanted: Wanted) -> Parsed<T> {
        self.expected_with(wanted, None)
    }

    fn expected_with<T>(&mut self, wanted: Wanted, help: Option<String>) -> Parsed<T> {
        self.wanted(wanted, None);
        self.trace.close_at(self.at_end());
        let mut place = self.place();
        let mut found = self.written(self.token()).to_owned();
        // What is missing at the end of a line is shown there.
        if self.token().first
            && let Some(before) = self.at.checked_sub(1)
        {
            place = self.tokens[before].place.clone();
            found.clear();
        }
        self.report(place, SyntaxFault::Expected { wanted, found, help });
        Err(Skip)
    }

    fn expect_word(&mut self, word: &'static str) -> Parsed<()> {
        if self.take_word(word) {
            return Ok(());
        }
        if self.token().kind == TokenKind::Word {
            let found = self.word().to_owned();
            if keyword::near(&found, &[word]).is_some() {
                let fault = SyntaxFault::UnknownKeyword { found, near: Some(word.to_owned()) };
                self.report(self.place(), fault);
                self.advance();
                return Ok(());
            }
        }
        self.expected(Wanted::Word(word))
    }

    fn expect_sign(&mut self, sign: &'static str) -> Parsed<()> {
        if self.take_sign(sign) { Ok(()) } else { self.expected(Wanted::Word(sign)) }
    }

    /// Whether the word here can be a name: its first part is no keyword.
    fn at_name(&self) -> bool {
        self.token().kind == TokenKind::Word
            && !keyword::reserved(self.word().split('.').next().unwrap_or(""))
    }

    /// A name, and what it is there for.
    fn name(&mut self, role: Role) -> Parsed<Name> {
        self.wanted(Wanted::Name, Some(role));
        if !self.at_name() {
            return self.expected(Wanted::Name);
        }
        let name = Name { text: self.word().to_owned(), place: self.place() };
        self.trace.name(&name.place, role);
        self.advance();
        Ok(name)
    }

    /// The text between quotes; its place includes them.
    fn quoted(&mut self) -> Parsed<Name> {
        let TokenKind::Text(text) = &self.token().kind else {
            let word = self.token().kind == TokenKind::Word && !self.token().first;
            let help = word.then(|| format!("\"{}\"", self.word()));
            return self.expected_with(Wanted::Text, help);
        };
        let name = Name { text: text.clone(), place: self.place() };
        if name.text.trim().is_empty() && !self.reported_in(&name.place) {
            let found = self.written(self.token()).to_owned();
            let fault = SyntaxFault::Expected { wanted: Wanted::Text, found, help: None };
            self.report(name.place.clone(), fault);
        }
        self.advance();
        Ok(name)
    }

    /// Whether an entry begins here.
    fn at_entry(&self) -> bool {
        self.one_of(&keyword::ENTRIES).is_some() || self.at_loop()
    }

    /// `for each`; or `for R in` and `for all R in`, where `each` was forgotten.
    fn at_loop(&self) -> bool {
        let instead = || keyword::near(self.word_ahead(1), &["each"]).is_some();
        let forgotten = || {
            let within = self.word_ahead(2) == "in" || self.word_ahead(3) == "in" && instead();
            self.token().first && within
        };
        self.at_phrase("for each") || (self.word() == "for" && forgotten())
    }

    /// Whether the entry that is being read goes on; if so, with this.
    fn entry_goes_on(&self, with: Wanted) -> bool {
        self.wanted(with, None);
        !(self.at_entry() || self.at_entry_line() || self.at_end())
    }

    /// Whether a line begins here that opens an entry, or that looks as if it
    /// should: `shedule Saal`.
    fn at_entry_line(&self) -> bool {
        let word = self.word();
        let misspelt = || {
            self.at_name()
                && matches!(self.ahead(1).kind, TokenKind::Word | TokenKind::Text(_))
                && !self.ahead(1).first
                && keyword::near(word, &keyword::ENTRIES).is_some()
        };
        self.token().first && (self.at_entry() || misspelt())
    }

    /// Goes on to where an entry begins a line, or to the end.
    fn skip_to_entry(&mut self) {
        while !(self.at_end() || self.at_entry_line()) {
            self.advance();
        }
    }

    /// Goes on to where a clause or an entry begins.
    fn skip_to_clause(&mut self) {
        while !(self.at_end() || self.at_clause_line() || self.at_entry_line()) {
            self.advance();
        }
    }

    /// Whether a clause begins here, or a line that looks as if it should be
    /// one: two words in a row, `mischen HK1.Raum`.
    fn at_clause_line(&self) -> bool {
        let next = self.ahead(1);
        let wordy = matches!(next.kind, TokenKind::Word | TokenKind::Text(_))
            && !next.first
            && !keyword::reserved(self.word_ahead(1));
        self.at_clause() || (self.token().first && self.at_name() && wordy)
    }

    /// Whether a clause of a rule begins here. `for` and `on` are clauses only
    /// with their second word.
    fn at_clause(&self) -> bool {
        // All of them, so that all are asked for.
        let found = keyword::CLAUSES.iter().filter(|word| match **word {
            "on" => self.at_phrase("on fault"),
            "for" => false,
            word => self.at_word(word),
        });
        found.count() > 0
    }
}
