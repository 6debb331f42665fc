//! `group NAME = P, Q, R`, and `for each R in GROUP` with the entry it repeats.

use super::{Parsed, Parser, Skip};
use crate::rules::ast::{EachEntry, Entry, File, GroupEntry, Name};
use crate::rules::fault::{SyntaxFault, Wanted};
use crate::rules::keyword;
use crate::rules::trace::Role;

/// What a loop can repeat.
const REPEATED: [&str; 3] = ["rule", "value", "protect"];

impl Parser<'_> {
    /// `group NAME = P, Q, R`
    pub(super) fn group(&mut self) -> Option<GroupEntry> {
        let name = self.definition()?;
        let mut group = GroupEntry { name, members: Vec::new(), broken: false };
        group.broken = self.members(&mut group.members).is_err();
        self.end_of_entry(group.broken);
        Some(group)
    }

    fn members(&mut self, members: &mut Vec<Name>) -> Parsed<()> {
        self.expect_sign("=")?;
        members.push(self.name(Role::Reference)?);
        while self.take_sign(",") {
            members.push(self.name(Role::Reference)?);
        }
        // `HK1 HK2` on one line, or `HK1 and HK2`.
        if !self.token().first && (self.at_name() || self.at_word("and")) {
            return self.expected_with(Wanted::Word(","), Some(",".to_owned()));
        }
        Ok(())
    }

    /// `for each R in GROUP`, after `for`, and the entry it stands before.
    pub(super) fn each(&mut self, file: &mut File) -> Option<Entry> {
        let head = self.each_head();
        if head.is_err() {
            self.skip_to_entry();
        }
        // Another entry is read by itself, where the file goes on.
        let other = self.at_entry() && !REPEATED.contains(&self.word());
        if other || self.at_end() {
            return match head {
                Ok(_) => self.expected(Wanted::Repeated).ok(),
                Err(Skip) => None,
            };
        }
        let entry = self.entry(file)?;
        match (entry, head) {
            (
                entry @ (Entry::Rule(_) | Entry::Value(_) | Entry::Protect(_)),
                Ok((variable, group)),
            ) => Some(Entry::Each(EachEntry { variable, group, entry: Box::new(entry) })),
            (Entry::Value(value), Err(Skip)) => Some(Entry::Lost(value.name)),
            (Entry::Rule(_) | Entry::Protect(_), Err(Skip)) => None,
            (entry, _) => Some(entry),
        }
    }

    fn each_head(&mut self) -> Parsed<(Name, Name)> {
        if keyword::near(self.word(), &["each"]).is_some() {
            self.expect_word("each")?;
        } else if !self.take_word("each") {
            let help = Some(format!("for each {}", self.word()));
            // What follows reads as if it stood there.
            self.expected_with::<()>(Wanted::Word("each"), help).unwrap_or_default();
        }
        let variable = self.name(Role::Definition)?;
        if variable.text.contains('.') {
            self.report(variable.place, SyntaxFault::DottedVariable(variable.text));
            return Err(Skip);
        }
        self.expect_word("in")?;
        let group = self.name(Role::Reference)?;
        Ok((variable, group))
    }
}
