//! The rule language: texts in, a checked program or diagnostics out; and the
//! evaluation of that program on a snapshot. No I/O, no clock of its own.
//!
//! ```text
//! text → lexer → parser → ast → check → program ─┐
//!                                   snapshot ────┴→ eval → verdict
//! ```
//! *Rule, part, command*: RULES.md. *Term*: an expression with its type while
//! it is being checked. *Node*: one step of the flat program.

mod air;
mod ast;
mod check;
mod demand;
mod eval;
mod expect;
mod fault;
mod ical;
mod index;
mod keyword;
mod lexer;
mod marks;
mod outline;
mod pace;
mod parser;
mod program;
mod quiet;
mod replay;
mod state;
mod survey;
mod teller;
mod test_case;
mod texts;
mod told;
mod trace;
mod verdict;
mod wake;
mod window;
mod wiring;
mod written;

pub use crate::model::AlarmClass;
pub use expect::{Expectable, Expected, expected};
pub use fault::{
    AbandonedFault, CalendarFault, EventFault, FileFault, GroupFault, Harm, ItemsFault, KindFault,
    LexicalFault, NameFault, ProtectFault, RuleFault, SyntaxFault, TestFault, WearFault,
};
pub use index::{Definition, Index, Meaning};
pub use pace::{Bound, Pace};
pub use program::{MemoryId, Program, RuleId};
pub use quiet::Quiet;
pub use state::{Acknowledge, Civil, Decided, Memory, RuleChanges, Running, ScheduleNow, State};
pub use teller::Teller;
pub use test_case::{Assertion, Expectation, Given, GivenSchedule, TestCase, TestStep};
pub use texts::{NamedFile, Reference, Texts, Unreadable, calendar_text, references};
pub use told::{
    About, CommandTold, HeadTold, Input, PartTold, RuleTold, RunTold, Says, ScheduleTold, Told,
    ValueTold, Verb,
};
pub use verdict::{AlarmCause, NamedValue, RaisedAlarm, RuleStatus, Standing, Verdict};

use std::time::Duration;

use jiff::tz::TimeZone;

use self::trace::Trace;
use crate::model::Diagnostic;
use crate::model::diagnostic;
use crate::site::Site;

/// What became of a set of rule files.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// `None` if there is any error.
    pub program: Option<Program>,
    /// In the order of the files and of the places in them.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks a site's rule files together, with the calendar files that they
/// name. The order of the rule files decides the order of diagnostics and of
/// [`Verdict::rules`], and nothing else.
#[must_use]
pub fn compile<'a>(texts: impl Into<Texts<'a>>, site: &Site) -> Compiled {
    let texts: Texts<'_> = texts.into();
    let sources = texts.rules;
    let mut diagnostics = Vec::new();
    let files: Vec<ast::File> = sources
        .iter()
        .map(|source| parser::parse(&source.file, &source.text, &mut diagnostics))
        .collect();
    let program = check::check(texts, &files, site, &mut diagnostics);
    diagnostic::sort(&mut diagnostics, sources);
    let program = (!diagnostic::any_error(&diagnostics)).then_some(program);
    Compiled { program, diagnostics }
}

/// What an editor is told of a set of rule files.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// As in [`Compiled`]; without a site, of what can be seen without one.
    pub diagnostics: Vec<Diagnostic>,
    pub index: Index,
}

/// As [`compile`], for editors: broken files are read as far as they go.
#[must_use]
pub fn inspect<'a>(texts: impl Into<Texts<'a>>, site: Option<&Site>) -> Inspected {
    let texts: Texts<'_> = texts.into();
    let sources = texts.rules;
    let mut diagnostics = Vec::new();
    let mut heard = Vec::new();
    let mut files = Vec::new();
    for source in sources {
        let trace = Trace::listening();
        files.push(parser::parse_heard(&source.file, &source.text, &mut diagnostics, &trace));
        heard.push(trace.into_heard());
    }
    let program = match site {
        Some(site) => check::check(texts, &files, site, &mut diagnostics),
        None => Program::empty(TimeZone::UTC, Duration::ZERO),
    };
    diagnostic::sort(&mut diagnostics, sources);
    Inspected { diagnostics, index: Index::new(sources, heard, program) }
}

/// Every keyword: no name begins with one.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    keyword::all()
}

/// The functions that can be called.
pub fn functions() -> impl Iterator<Item = &'static str> {
    keyword::CALLED.iter().chain(&keyword::OVER_GROUPS).copied()
}
