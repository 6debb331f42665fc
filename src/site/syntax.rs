//! From text to a parsed table: TOML's own faults in words that a technician
//! understands, and the format line. Faults that leave the structure whole (a
//! value without quotes, a key twice) do not keep the rest from being checked.

use toml::Spanned;
use toml::de::{DeTable, Error};

use super::fault::{Shape, is_truth};
use super::place::{Faults, Place};
use super::section::Section;
use crate::model::diagnostic::Source;

/// Parses a file; `None` if its structure is broken, so that what follows
/// would only be guessed at.
pub(super) fn parse<'a>(source: &'a Source, faults: &mut Faults) -> Option<Spanned<DeTable<'a>>> {
    let (document, errors) = DeTable::parse_recoverable(&source.text);
    let mut whole = true;
    let mut lines = Vec::new();
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        let line = line_of(&source.text, span.start);
        // The parser may stumble again over the rest of a line.
        if lines.contains(&line) {
            continue;
        }
        lines.push(line);
        let start = source.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end =
            source.text[span.start..].find('\n').map_or(source.text.len(), |at| span.start + at);
        let (fault, span, harmless) = told(error, span, &source.text);
        whole &= harmless;
        if !matches!(fault, Shape::UnquotedKey { .. }) {
            faults.broken_line(Place { file: source.file.clone(), span: start..end });
        }
        faults.error(&Place { file: source.file.clone(), span }, fault);
    }
    whole.then_some(document)
}

/// The parser's error as a fault, its place, and whether the structure of the
/// file is whole all the same.
fn told(
    error: &Error,
    span: std::ops::Range<usize>,
    text: &str,
) -> (Shape, std::ops::Range<usize>, bool) {
    let message = error.message();
    let at = text.get(span.clone()).unwrap_or("");
    let quoted = message.starts_with("string values must be quoted");
    if is_truth(at) && (quoted || message.starts_with("invalid boolean")) {
        return (Shape::Truth { text: at.to_owned() }, span, true);
    }
    if quoted {
        return (Shape::Unquoted { text: at.to_owned() }, span, true);
    }
    if message.starts_with("duplicate key") {
        let key = at.to_owned();
        let before = text.get(..span.start).unwrap_or("");
        if before.ends_with('[') && LISTS.contains(&at) {
            return (Shape::SingleBrackets { key }, span, false);
        }
        return (Shape::DuplicateKey { key }, span, true);
    }
    if message.starts_with("invalid unquoted key") {
        let key = whole_key(text, &span);
        let name = text.get(key.clone()).unwrap_or("").to_owned();
        return (Shape::UnquotedKey { key: name }, key, true);
    }
    if text.get(span.start..).is_some_and(|rest| rest.starts_with(',')) {
        let number = digits_around(text, span.start);
        if number.len() > 1 {
            return (Shape::BareComma, number, true);
        }
    }
    (Shape::Syntax { message: message.to_owned() }, visible(span, text), false)
}

/// Tables of which there are several.
const LISTS: [&str; 6] = ["building", "connection", "device", "meter", "tariff", "job"];

/// A span with something to underline: an empty one takes the letter before it
/// where the line ends, else the one behind it.
fn visible(span: std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    if !span.is_empty() {
        return span;
    }
    let (before, behind) = text.split_at(span.start.min(text.len()));
    let last = before.chars().next_back().filter(|letter| *letter != '\n');
    match (behind.chars().next().filter(|letter| !letter.is_control()), last) {
        (Some(next), _) => span.start..span.start + next.len_utf8(),
        (None, Some(last)) => span.start - last.len_utf8()..span.start,
        (None, None) => span,
    }
}

/// The letters, digits, `-` and `_` around a place.
fn whole_key(text: &str, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let part = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    let before = text.get(..span.start).unwrap_or("");
    let start = before.trim_end_matches(part).len();
    let rest = text.get(start..).unwrap_or("");
    let length = rest.find(|letter| !part(letter)).unwrap_or(rest.len());
    start..start + length.max(span.end.saturating_sub(start))
}

/// The digits and signs of a number around a comma.
fn digits_around(text: &str, comma: usize) -> std::ops::Range<usize> {
    let digit = |letter: char| letter.is_ascii_digit();
    let start = text.get(..comma).unwrap_or("").trim_end_matches(digit).len();
    let rest = text.get(comma + 1..).unwrap_or("");
    let length = rest.find(|letter| !digit(letter)).unwrap_or(rest.len());
    if start == comma || length == 0 { comma..comma + 1 } else { start..comma + 1 + length }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

/// Holds that the file is written in a format that this program knows; `None`
/// if it is not, and nothing further should be said about it.
pub(super) fn format(section: &mut Section<'_>, faults: &mut Faults) -> Option<()> {
    if !section.has("format") {
        section.lacks("format", Shape::MissingFormat);
        return Some(());
    }
    let format = section.integer("format", i64::MIN, i64::MAX, faults)?;
    let fault = match format.value {
        1 => return Some(()),
        found @ 2.. => Shape::NewerFormat { found },
        found => Shape::UnknownFormat { found },
    };
    faults.error(&format.place, fault);
    None
}
