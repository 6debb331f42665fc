//! What a set of rules is made from: the rule files, the texts of the files
//! that they name, and the day. Who reads files does so between
//! [`references`] and [`compile`](super::compile); nothing here does.

use std::sync::Arc;

use jiff::civil::Date;

use super::lexer::{self, TokenKind};
use crate::model::diagnostic::Source;

/// Everything that [`compile`](super::compile) looks at, beside the site.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    pub rules: &'a [Source],
    /// One for each of [`references`]; one that is left out is missing.
    pub files: &'a [NamedFile],
    /// The present day: calendars that end soon are told. `None`: not told.
    pub today: Option<Date>,
}

impl<'a> From<&'a [Source]> for Texts<'a> {
    fn from(rules: &'a [Source]) -> Self {
        Self { rules, files: &[], today: None }
    }
}

impl<'a> From<&'a Vec<Source>> for Texts<'a> {
    fn from(rules: &'a Vec<Source>) -> Self {
        rules.as_slice().into()
    }
}

impl<'a, const N: usize> From<&'a [Source; N]> for Texts<'a> {
    fn from(rules: &'a [Source; N]) -> Self {
        rules.as_slice().into()
    }
}

/// A file that a rule file names: `file "ferien.ics"`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The rule file.
    pub from: Arc<str>,
    /// As written.
    pub named: String,
}

/// Such a file, and what became of reading it.
#[derive(Debug, Clone)]
pub struct NamedFile {
    pub reference: Reference,
    /// Where it was looked for, as people are told.
    pub path: Arc<str>,
    pub text: Result<Arc<str>, Unreadable>,
}

impl NamedFile {
    /// What diagnostics within it are shown with.
    #[must_use]
    pub fn source(&self) -> Option<Source> {
        let text = self.text.as_ref().ok()?.clone();
        Some(Source { file: self.path.clone(), text })
    }
}

/// Why a file has no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    Missing,
    /// It is saved in another encoding.
    NotUtf8,
    /// What the system says.
    Other(String),
}

/// The files that `rules` name, each once.
#[must_use]
pub fn references(rules: &[Source]) -> Vec<Reference> {
    let mut found = Vec::new();
    for source in rules.iter().filter(|source| source.text.contains("file")) {
        let tokens = lexer::tokens(&source.file, &source.text, &mut Vec::new());
        for pair in tokens.windows(2) {
            let [word, text] = pair else { continue };
            if let TokenKind::Text(named) = &text.kind
                && word.kind == TokenKind::Word
                && &source.text[word.place.clone()] == "file"
            {
                found.push(Reference { from: source.file.clone(), named: named.clone() });
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The text of a calendar file. Its lines are folded by bytes, so that a
/// letter can be cut in two: then they are unfolded first.
///
/// # Errors
/// If it is not in UTF-8.
pub fn calendar_text(bytes: Vec<u8>) -> Result<Arc<str>, Unreadable> {
    let unfolded = |bytes: &[u8]| {
        let mut joined = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((first, behind)) = rest.split_first() {
            let fold = [&b"\r\n "[..], b"\r\n\t", b"\n ", b"\n\t"];
            match fold.iter().find_map(|fold| rest.strip_prefix(*fold)) {
                Some(behind) => rest = behind,
                None => {
                    joined.push(*first);
                    rest = behind;
                }
            }
        }
        joined
    };
    String::from_utf8(bytes)
        .or_else(|failed| String::from_utf8(unfolded(failed.as_bytes())))
        .map(Arc::from)
        .map_err(|_| Unreadable::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_files_are_found_once_and_not_in_comments() {
        let text = "calendar F file \"ferien.ics\"\n# file \"x.ics\"\nschedule S\n also file \"Räume/saal.ics\"\n\
                    schedule T also file \"ferien.ics\" rule \"file\" alarm \"y\"";
        let source = Source { file: "a.rules".into(), text: text.into() };
        let named =
            |found: Vec<Reference>| found.into_iter().map(|one| one.named).collect::<Vec<_>>();
        assert_eq!(named(references(&[source.clone(), source])), ["Räume/saal.ics", "ferien.ics"]);
    }

    #[test]
    fn a_letter_that_a_fold_cuts_in_two_is_put_together() {
        let read = |bytes: &[u8]| calendar_text(bytes.to_vec());
        assert_eq!(read(b"SUMMARY:\xc3\r\n \xbcbung").as_deref(), Ok("SUMMARY:übung"));
        assert_eq!(read("Ü\r\n b".as_bytes()).as_deref(), Ok("Ü\r\n b"));
        assert_eq!(read(b"SUMMARY:\xfcbung"), Err(Unreadable::NotUtf8));
    }
}
