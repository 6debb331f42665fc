//! The faults that rule files can have, as typed data with their German and
//! English words: how something is written ([`SyntaxFault`]) and what it means
//! ([`MeaningFault`]). Only raised by the lexer, parser and checker.

mod meaning;
mod syntax;

pub use meaning::{MeaningFault, Unfit};
pub use syntax::{SyntaxFault, Wanted};

use crate::model::Language;

/// „so“ in German, "so" in English.
fn quoted(language: Language, text: &str) -> String {
    language.pick(format!("„{text}“"), format!("\"{text}\""))
}

/// The usual help line for a near miss: the word itself, so that it can be
/// typed in as it stands.
fn meant(language: Language, near: Option<&str>) -> Option<String> {
    let near = near?;
    Some(language.pick(format!("meinten Sie {near} ?"), format!("did you mean {near} ?")))
}
