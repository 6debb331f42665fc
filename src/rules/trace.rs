//! What an editor wants to know of a reading: which names stand where, how far
//! each entry goes, and what the parser would have taken at the end of a text
//! that was cut off. The parser tells it as it goes, so that nothing has to be
//! said twice; `index` and `expect` use it. Nothing is kept unless somebody
//! listens.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::ast::Place;
use super::fault::Wanted;

/// What a name is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It stands for something that is defined elsewhere.
    Reference,
    /// A point that is commanded.
    Target,
    /// It is defined here.
    Definition,
    Building,
    Function,
    /// A state of what `of` names.
    State,
    /// The name of a rule, with its quotes.
    Rule,
}

/// A name that the parser met.
#[derive(Debug, Clone)]
pub struct Seen {
    pub place: Place,
    pub role: Role,
    /// The name whose state this is, or may be: `Mode` in `set Mode to day`.
    pub of: Option<Place>,
}

/// An entry of a file.
#[derive(Debug, Clone)]
pub struct Span {
    pub keyword: &'static str,
    pub whole: Place,
    /// What it is called; with its quotes where it has them.
    pub name: Option<Place>,
}

/// What may stand at the end of the text.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub words: BTreeSet<&'static str>,
    pub wanted: Vec<(Wanted, Option<Role>)>,
    /// The name that what stands here is set to or compared with.
    pub beside: Option<Place>,
}

#[derive(Debug, Default)]
pub struct Heard {
    pub entries: Vec<Span>,
    pub names: Vec<Seen>,
    pub asked: Asked,
}

/// The ear in the parser.
#[derive(Debug, Default)]
pub struct Trace {
    listens: bool,
    /// Nothing more is asked: an error was met at the end of the text.
    closed: Cell<bool>,
    heard: RefCell<Heard>,
}

impl Trace {
    /// One that keeps what it is told.
    pub fn listening() -> Self {
        Self { listens: true, ..Self::default() }
    }

    pub fn into_heard(self) -> Heard {
        self.heard.into_inner()
    }

    /// A name was read.
    pub fn name(&self, place: &Place, role: Role) {
        if self.listens {
            let seen = Seen { place: place.clone(), role, of: None };
            self.heard.borrow_mut().names.push(seen);
        }
    }

    /// If the name at `place` is a state, it is one of what `of` names.
    pub fn state_of(&self, place: &Place, of: &Place) {
        if self.listens {
            let mut heard = self.heard.borrow_mut();
            if let Some(seen) = heard.names.iter_mut().rfind(|seen| seen.place == *place) {
                seen.of = Some(of.clone());
            }
        }
    }

    /// An entry begins.
    pub fn entry(&self, keyword: &'static str, place: &Place) {
        if self.listens {
            let span = Span { keyword, whole: place.clone(), name: None };
            self.heard.borrow_mut().entries.push(span);
        }
    }

    /// The entry that began last is called so.
    pub fn called(&self, name: &Place) {
        if self.listens
            && let Some(entry) = self.heard.borrow_mut().entries.last_mut()
        {
            entry.name = Some(name.clone());
        }
    }

    /// The entry that began last goes as far as this.
    pub fn entry_ends(&self, end: usize) {
        if self.listens
            && let Some(entry) = self.heard.borrow_mut().entries.last_mut()
        {
            entry.whole.end = end.max(entry.whole.end);
        }
    }

    /// What comes next is measured by the name at this place; or by none.
    pub fn beside(&self, name: Option<&Place>) {
        if self.listens && !self.closed.get() {
            self.heard.borrow_mut().asked.beside = name.cloned();
        }
    }

    fn open(&self) -> bool {
        self.listens && !self.closed.get()
    }

    /// At the end of the text one of these words would have been taken.
    pub fn words(&self, words: &[&'static str]) {
        if self.open() {
            self.heard.borrow_mut().asked.words.extend(words);
        }
    }

    /// At the end of the text this would have been taken.
    pub fn wanted(&self, wanted: Wanted, role: Option<Role>) {
        if self.open() {
            self.heard.borrow_mut().asked.wanted.push((wanted, role));
        }
    }

    /// An error was met, perhaps at the end of the text: what is asked there
    /// from now on is asked in vain.
    pub fn close_at(&self, end: bool) {
        self.closed.set(self.closed.get() || end);
    }
}
