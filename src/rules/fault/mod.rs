//! The faults that rule files can have, as typed data with their German and
//! English words. Raised by the lexer ([`LexicalFault`]), the parser
//! ([`SyntaxFault`]) and the checker (the others); nobody else.

mod abandoned;
mod event;
mod group;
mod kind;
mod lexical;
mod name;
mod protect;
mod rule;
mod syntax;
mod test;
mod wear;
mod window;

pub use abandoned::{AbandonedFault, Harm};
pub use event::{CalendarFault, EventFault, FileFault};
pub use group::{GroupFault, ItemsFault};
pub use kind::{KindFault, Unfit};
pub use lexical::LexicalFault;
pub use name::NameFault;
pub use protect::ProtectFault;
pub use rule::{RuleFault, Timeless};
pub use syntax::{SyntaxFault, Wanted};
pub use test::TestFault;
pub use wear::WearFault;
pub use window::WindowFault;

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
