//! Entries of a file: `language`, `building`, `value`, `curve`, and which
//! others there are. Rules and schedules have files of their own.

use super::{Parsed, Parser, Skip};
use crate::rules::ast::{
    CurveEntry, Entry, Expression, File, Kind, Literal, Name, Place, ValueEntry,
};
use crate::rules::fault::{SyntaxFault, Wanted};
use crate::rules::keyword;
use crate::rules::lexer::TokenKind;
use crate::rules::trace::Role;

impl Parser<'_> {
    pub(super) fn file(mut self) -> File {
        let mut file = File::default();
        self.language();
        while self.at_entry() || !self.at_end() {
            if let Some(entry) = self.entry(&mut file) {
                file.entries.push(entry);
            }
        }
        file
    }

    /// `language 1`
    fn language(&mut self) {
        if !self.at_word("language") {
            let place = self.place();
            let start = place.start..place.start;
            self.report(place, SyntaxFault::NoLanguage);
            self.fixed_by(&start, vec!["language 1\n".to_owned()]);
            return;
        }
        self.advance();
        let found = self.written(self.token()).to_owned();
        if found != "1" {
            self.report(self.place(), SyntaxFault::LanguageVersion(found));
        }
        if matches!(self.token().kind, TokenKind::Number { .. }) {
            self.advance();
        }
    }

    pub(super) fn entry(&mut self, file: &mut File) -> Option<Entry> {
        let place = self.place();
        let mut word = self.word().to_owned();
        if !self.at_entry() {
            word = self.near_entry()?;
        }
        let entry = keyword::ENTRIES.into_iter().find(|entry| *entry == word);
        self.trace.entry(entry.unwrap_or("for"), &place);
        self.trace.beside(None);
        self.advance();
        let entry = self.entry_called(file, place, word);
        self.trace.entry_ends(self.end());
        entry
    }

    /// The entry whose keyword stood at `place`.
    fn entry_called(&mut self, file: &mut File, place: Place, word: String) -> Option<Entry> {
        match word.as_str() {
            "language" => {
                self.report(place, SyntaxFault::NotFirst("language"));
                self.skip_to_entry();
                None
            }
            "building" => {
                self.building(file);
                None
            }
            "calendar" => self.calendar().map(Entry::Calendar),
            "schedule" => self.schedule().map(Entry::Schedule),
            "curve" => self.curve().map(Entry::Curve),
            "value" => self.value().map(Entry::Value),
            "rule" => self.rule().map(Entry::Rule),
            "group" => self.group().map(Entry::Group),
            "for" => self.each(file),
            "protect" => self.protect().map(Entry::Protect),
            _ => self.test().map(Entry::Test),
        }
    }

    /// A word that is no entry: reported; the entry it was meant to be, if
    /// that is clear and it stands where one could begin.
    fn near_entry(&mut self) -> Option<String> {
        let place = self.place();
        let found = self.written(self.token()).to_owned();
        let is_word = self.token().kind == TokenKind::Word;
        let near = if is_word { keyword::near(&found, &keyword::ENTRIES) } else { None };
        let clause = is_word && keyword::CLAUSES.contains(&found.as_str());
        let fault = if is_word && !clause {
            SyntaxFault::UnknownKeyword { found, near: near.map(str::to_owned) }
        } else {
            SyntaxFault::Expected { wanted: Wanted::Entry, found, help: None }
        };
        self.report(place, fault);
        if near.is_none() {
            self.skip_to_entry();
        }
        near.map(str::to_owned)
    }

    fn building(&mut self, file: &mut File) {
        let Ok(name) = self.name(Role::Building) else {
            return self.skip_to_entry();
        };
        if file.building.is_some() {
            self.report(name.place, SyntaxFault::Twice("building"));
        } else if !file.entries.is_empty() {
            self.report(name.place, SyntaxFault::NotFirst("building"));
        } else {
            file.building = Some(name);
        }
    }

    /// The name that a definition begins with.
    pub(super) fn definition(&mut self) -> Option<Name> {
        if self.token().kind == TokenKind::Word && !self.at_name() && !self.token().first {
            let word = self.word().to_owned();
            self.report(self.place(), SyntaxFault::KeywordAsName(word));
            self.skip_to_entry();
            return None;
        }
        match self.name(Role::Definition) {
            Ok(name) => {
                self.trace.called(&name.place);
                Some(name)
            }
            Err(Skip) => {
                self.skip_to_entry();
                None
            }
        }
    }

    /// `value NAME = expression`
    fn value(&mut self) -> Option<ValueEntry> {
        let name = self.definition()?;
        let value = if matches!(self.word(), "is" | "to") {
            let found = self.word().to_owned();
            let fault = SyntaxFault::Expected {
                wanted: Wanted::Word("="),
                found,
                help: Some("=".to_owned()),
            };
            self.report(self.place(), fault);
            self.advance();
            self.expression_or_broken()
        } else if let Some(joined) = self.hyphenated(&name) {
            let found = self.text[joined.clone()].to_owned();
            let help = Some(found.replace('-', "_"));
            let fault = SyntaxFault::Expected { wanted: Wanted::Word("="), found, help };
            self.report(joined, fault);
            Expression { kind: Kind::Broken, place: name.place.clone(), closed: false }
        } else if self.expect_sign("=").is_ok() {
            self.expression_or_broken()
        } else {
            Expression { kind: Kind::Broken, place: name.place.clone(), closed: false }
        };
        let broken = matches!(value.kind, Kind::Broken);
        self.end_of_entry(broken);
        Some(ValueEntry { name, value })
    }

    /// `Über-Temp`, where a hyphen stands in what should be one name.
    fn hyphenated(&self, name: &Name) -> Option<Place> {
        let next = self.ahead(1);
        let joined = self.at_sign("-")
            && next.kind == TokenKind::Word
            && self.place().start == name.place.end
            && next.place.start == self.place().end;
        joined.then_some(name.place.start..next.place.end)
    }

    /// Nothing but the next entry may stand here.
    pub(super) fn end_of_entry(&mut self, reported: bool) {
        if self.at_end() || self.at_entry_line() {
            return;
        }
        if !reported && !self.at_entry() {
            let Some(near) = self.stray_word() else {
                self.skip_to_entry();
                return;
            };
            // The next entry, misspelt: `entry` reports it.
            debug_assert!(keyword::ENTRIES.contains(&near));
        }
        if reported {
            self.skip_to_entry();
        }
    }

    /// Something that belongs nowhere: reported, unless it is an entry
    /// misspelt at the start of a line.
    fn stray_word(&mut self) -> Option<&'static str> {
        let word = self.word().to_owned();
        if self.token().first
            && let Some(near) = keyword::near(&word, &keyword::ENTRIES)
        {
            return Some(near);
        }
        const BEHIND_A_VALUE: [&str; 8] =
            ["until", "fallback", "and", "or", "for", "extended", "is", "starts"];
        let near = keyword::near(&word, &BEHIND_A_VALUE);
        let fault = if self.token().kind == TokenKind::Word && !keyword::reserved(&word) {
            SyntaxFault::UnknownKeyword { found: word, near: near.map(str::to_owned) }
        } else {
            let found = self.written(self.token()).to_owned();
            SyntaxFault::Expected { wanted: Wanted::Entry, found, help: None }
        };
        self.report(self.place(), fault);
        None
    }

    /// `curve NAME` and its lines `x -> y`
    fn curve(&mut self) -> Option<CurveEntry> {
        let name = self.definition()?;
        let mut entry = CurveEntry { name, nodes: Vec::new(), broken: false };
        while self.entry_goes_on(Wanted::Number) {
            let start = self.at;
            match self.curve_line() {
                Ok(node) => entry.nodes.push(node),
                Err(Skip) => {
                    entry.broken = true;
                    self.skip_to_line(start);
                }
            }
        }
        Some(entry)
    }

    /// Goes on to the next line after the token number `start`.
    pub(super) fn skip_to_line(&mut self, start: usize) {
        if self.at == start {
            self.advance();
        }
        while !(self.at_end() || self.token().first) {
            self.advance();
        }
    }

    fn curve_line(&mut self) -> Parsed<(Literal, Literal)> {
        let x = self.literal(Wanted::Number)?;
        self.expect_sign("->")?;
        let y = self.literal(Wanted::Number)?;
        Ok((x, y))
    }
}
