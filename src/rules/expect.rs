//! What may stand at a place of a rule file, for completion: the text is cut
//! off there and read; what the parser asks for at the end is the answer, so
//! whatever the language learns is completed too.

use std::ops::Range;
use std::sync::Arc;

use super::ast::Place;
use super::fault::Wanted;
use super::keyword;
use super::lexer::{self, Token, TokenKind};
use super::parser;
use super::trace::{Asked, Role, Trace};

/// What may stand at a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Bytes of what has been typed of it: it is to be replaced.
    pub typed: Range<usize>,
    /// Keywords, some of two or three words: `on fault`.
    pub words: Vec<&'static str>,
    pub kinds: Vec<Expectable>,
    /// The name that it is set to or compared with, as written.
    pub beside: Option<String>,
}

/// What may stand at a place, apart from keywords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectable {
    /// Anything that has a name.
    Name,
    /// A point that can be commanded.
    Target,
    Building,
    /// A function of the language or a curve.
    Function,
    /// A state of the name beside it.
    State,
    /// Behind a number.
    Unit,
    /// Weekdays, and calendars.
    Days,
    /// One of the 16 Länder, by name or code.
    Land,
    /// In quotes.
    RuleName,
}

/// What may stand at `offset` of a file; nothing in comments and texts.
#[must_use]
pub fn expected(text: &str, offset: usize) -> Expected {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let file: Arc<str> = "".into();
    let mut ignored = Vec::new();
    let tokens = lexer::tokens(&file, &text[..offset], &mut ignored);
    let typed = typed(&text[..offset], &tokens);
    let mut expected = Expected { typed: typed.clone(), ..Expected::default() };
    let before = &text[..typed.start];
    if typed.end < offset || in_comment(before) {
        return Expected { typed: offset..offset, ..expected };
    }
    let trace = Trace::listening();
    parser::parse_heard(&file, before, &mut ignored, &trace);
    let asked = trace.into_heard().asked;
    expected.beside = asked.beside.clone().and_then(|place| text.get(place)).map(str::to_owned);
    expected.words = words(&asked, begins_line(before));
    expected.kinds = kinds(&asked);
    if text[typed].starts_with('"') {
        expected.words.clear();
        expected.kinds.retain(|kind| *kind == Expectable::RuleName);
    }
    if bare_number(before) {
        expected.kinds.push(Expectable::Unit);
    }
    expected
}

/// The beginning of a word, name, unit or text that ends where `text` does. It
/// ends before that where nothing can be completed.
fn typed(text: &str, tokens: &[Token]) -> Place {
    // A text that is still open.
    if let [.., last, _] = tokens
        && let TokenKind::Text(inside) = &last.kind
        && last.place.end == text.len()
        && text[last.place.clone()] == format!("\"{inside}")
    {
        return last.place.clone();
    }
    let part = |letter: char| letter.is_alphanumeric() || "_.°%³²".contains(letter);
    let start = text.trim_end_matches(part).len();
    let word = &text[start..];
    // `20k`: the number is whole.
    let number = word.starts_with(|letter: char| letter.is_ascii_digit());
    let unit = word.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    if number { text.len() - unit.len()..text.len() } else { start..text.len() }
}

fn in_comment(text: &str) -> bool {
    let line = text.rsplit('\n').next().unwrap_or("");
    let mut quoted = false;
    line.chars().any(|letter| {
        quoted ^= letter == '"';
        letter == '#' && !quoted
    })
}

fn begins_line(text: &str) -> bool {
    text.rsplit('\n').next().is_some_and(|line| line.trim().is_empty())
}

/// Whether a number without its unit stands at the end.
fn bare_number(text: &str) -> bool {
    let mut ignored = Vec::new();
    let line = text.rsplit('\n').next().unwrap_or("");
    let tokens = lexer::tokens(&"".into(), line, &mut ignored);
    matches!(&tokens[..], [.., Token { kind: TokenKind::Number { unit: None, .. }, .. }, _])
}

fn words(asked: &Asked, begins_line: bool) -> Vec<&'static str> {
    let entry = |word: &str| keyword::ENTRIES.contains(&word) || word == "for each";
    asked
        .words
        .iter()
        .copied()
        .filter(|word| begins_line || !entry(word))
        .filter(|word| word.chars().all(|letter| letter.is_alphabetic() || letter == ' '))
        .collect()
}

fn kinds(asked: &Asked) -> Vec<Expectable> {
    let mut kinds = Vec::new();
    for (wanted, role) in &asked.wanted {
        match (wanted, role) {
            (Wanted::Name, Some(Role::Target)) => kinds.push(Expectable::Target),
            (Wanted::Name, Some(Role::Building)) => kinds.push(Expectable::Building),
            (Wanted::Name, Some(Role::Definition)) => {}
            (Wanted::Name, Some(_)) => kinds.push(Expectable::Name),
            (Wanted::Duration, Some(_)) => kinds.extend([Expectable::Name, Expectable::Function]),
            (Wanted::Value, _) => {
                kinds.extend([Expectable::Name, Expectable::Function, Expectable::State]);
            }
            (Wanted::State, _) => kinds.push(Expectable::State),
            (Wanted::Days, _) => kinds.push(Expectable::Days),
            (Wanted::Land, _) => kinds.push(Expectable::Land),
            (Wanted::Text, Some(Role::Rule)) => kinds.push(Expectable::RuleName),
            _ => {}
        }
    }
    kinds.dedup();
    kinds
}
