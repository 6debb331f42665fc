//! What is where in a site's rule files, for editors: definitions with how far
//! they go, and what each name stands for. Made of what the parser was heard
//! to read, so it holds for broken files too, as far as they could be read.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;

use super::ast::Place;
use super::check::{full_name, nearest};
use super::keyword;
use super::lexer::{self, Token, TokenKind};
use super::program::Program;
use super::trace::{Heard, Role, Seen};
use crate::model::diagnostic::Source;
use crate::model::{Kind, PointId};
use crate::site::Site;

/// Something that a rule file defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The keyword that it begins with: `value`, `schedule`, `rule` …
    pub keyword: &'static str,
    /// As written, without quotes.
    pub name: String,
    /// With its building.
    pub full: String,
    pub file: Arc<str>,
    /// The name; without quotes.
    pub place: Range<usize>,
    pub whole: Range<usize>,
}

/// What a word stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    Point(PointId),
    /// An index into [`Index::definitions`].
    Definition(usize),
    /// A state of what is named.
    State {
        of: String,
        state: String,
    },
    Keyword(&'static str),
    Building(String),
}

/// All names of a set of rule files.
#[derive(Debug, Clone)]
pub struct Index {
    sources: Vec<Source>,
    buildings: Vec<Option<String>>,
    seen: Vec<Vec<Seen>>,
    definitions: Vec<Definition>,
    /// Those that a name can stand for, by full name.
    by_name: HashMap<String, usize>,
    /// As far as it could be made; only its definitions are of use.
    program: Program,
}

impl Index {
    pub(super) fn new(sources: &[Source], heard: Vec<Heard>, program: Program) -> Self {
        let mut index = Self {
            sources: sources.to_vec(),
            buildings: Vec::new(),
            seen: Vec::new(),
            definitions: Vec::new(),
            by_name: HashMap::new(),
            program,
        };
        for (source, heard) in sources.iter().zip(heard) {
            let text = |place: &Place| source.text.get(place.clone()).unwrap_or("").to_owned();
            let building = heard.names.iter().find(|seen| seen.role == Role::Building);
            let building = building.map(|seen| text(&seen.place));
            for entry in heard.entries {
                let Some(place) = entry.name.map(|place| unquoted(&source.text, place)) else {
                    continue;
                };
                let name = text(&place);
                let full = full_name(building.as_deref(), &name);
                let (keyword, whole) = (entry.keyword, entry.whole);
                let file = source.file.clone();
                index.define(Definition { keyword, name, full, file, place, whole });
            }
            index.buildings.push(building);
            index.seen.push(heard.names);
        }
        index
    }

    fn define(&mut self, definition: Definition) {
        let number = self.definitions.len();
        if !matches!(definition.keyword, "rule" | "test" | "protect") {
            // Of two with one name the first is meant.
            self.by_name.entry(definition.full.clone()).or_insert(number);
        }
        self.definitions.push(definition);
    }

    /// In the order of the files.
    #[must_use]
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    fn file(&self, file: &str) -> Option<usize> {
        self.sources.iter().position(|source| *source.file == *file)
    }

    fn written(&self, file: usize, place: &Place) -> &str {
        self.sources[file].text.get(place.clone()).unwrap_or("")
    }

    /// The building that a file is about.
    #[must_use]
    pub fn building(&self, file: &str) -> Option<&str> {
        self.file(file).and_then(|file| self.buildings[file].as_deref())
    }

    /// What `name` stands for in a file of `building`.
    #[must_use]
    pub fn resolve(
        &self,
        site: Option<&Site>,
        building: Option<&str>,
        name: &str,
    ) -> Option<Meaning> {
        nearest(building, name, |full| {
            let definition = self.by_name.get(full).copied().map(Meaning::Definition);
            definition.or_else(|| site?.points.find(full).map(Meaning::Point))
        })
    }

    /// The kind of what a value or schedule gives, once it is known.
    #[must_use]
    pub fn kind(&self, definition: &Definition) -> Option<Arc<Kind>> {
        let mut values = self.program.values.iter();
        values.find(|value| *value.name == *definition.full).map(|value| value.kind.clone())
    }

    /// Whether a schedule is on, and when that changes; `None` if there is no
    /// such schedule.
    #[must_use]
    pub fn schedule(
        &self,
        definition: &Definition,
        at: Timestamp,
    ) -> Option<(bool, Option<Timestamp>)> {
        let on = self.program.schedule_on(&definition.full, at)?;
        Some((on, self.program.schedule_changes(&definition.full, at)))
    }

    /// The states of what a name stands for; none for a number.
    #[must_use]
    pub fn states(&self, site: Option<&Site>, building: Option<&str>, name: &str) -> Vec<String> {
        let of = |kind: &Kind| match kind {
            Kind::States(states) => states.clone(),
            Kind::Number(_) => Vec::new(),
        };
        match self.resolve(site, building, name) {
            Some(Meaning::Point(point)) => {
                site.map_or_else(Vec::new, |site| of(&site.points.get(point).kind))
            }
            Some(Meaning::Definition(index)) => {
                self.kind(&self.definitions[index]).map_or_else(Vec::new, |kind| of(&kind))
            }
            _ => Vec::new(),
        }
    }

    /// The word at a place of a file, and what it stands for.
    #[must_use]
    pub fn at(
        &self,
        site: Option<&Site>,
        file: &str,
        offset: usize,
    ) -> Option<(Range<usize>, Meaning)> {
        let file = self.file(file)?;
        let touches = |place: &Place| place.start <= offset && offset <= place.end;
        if let Some(seen) = self.seen[file].iter().find(|seen| touches(&seen.place))
            && let Some(meaning) = self.meaning(site, file, seen)
        {
            return Some((unquoted(&self.sources[file].text, seen.place.clone()), meaning));
        }
        let token = self.token(file, offset)?;
        let word = self.written(file, &token.place);
        let keyword = self.guard(file, offset, word).or_else(|| keyword::find(word))?;
        Some((token.place, Meaning::Keyword(keyword)))
    }

    /// What `word` begins within a protection: there it means something else
    /// than in an expression.
    fn guard(&self, file: usize, offset: usize, word: &str) -> Option<&'static str> {
        let here = &self.sources[file].file;
        let mut protections =
            self.definitions.iter().filter(|it| it.keyword == "protect" && it.file == *here);
        protections.find(|it| it.whole.start <= offset && offset <= it.whole.end)?;
        keyword::GUARD_PHRASES.into_iter().find(|phrase| phrase.split(' ').next() == Some(word))
    }

    /// The protections of a point, as indices into
    /// [`definitions`](Self::definitions).
    pub fn protections_of(&self, site: &Site, point: PointId) -> impl Iterator<Item = usize> + '_ {
        let name = site.points.get(point).name.clone();
        let all = self.definitions.iter().enumerate();
        let own = move |(_, it): &(usize, &Definition)| {
            it.keyword == "protect" && (it.full == name || it.name == name)
        };
        all.filter(own).map(|(index, _)| index)
    }

    fn token(&self, file: usize, offset: usize) -> Option<Token> {
        let source = &self.sources[file];
        let tokens = lexer::tokens(&source.file, &source.text, &mut Vec::new());
        tokens.into_iter().find(|token| {
            token.kind == TokenKind::Word
                && token.place.start <= offset
                && offset <= token.place.end
        })
    }

    fn meaning(&self, site: Option<&Site>, file: usize, seen: &Seen) -> Option<Meaning> {
        let text = self.written(file, &seen.place);
        let building = self.buildings[file].as_deref();
        if let Some(of) = &seen.of {
            let of = self.written(file, of);
            let state = self.states(site, building, of).into_iter().find(|state| state == text);
            if let Some(state) = state {
                return Some(Meaning::State { of: of.to_owned(), state });
            }
        }
        match seen.role {
            Role::State => None,
            Role::Building => Some(Meaning::Building(text.to_owned())),
            Role::Rule => {
                let name = text.trim_matches('"');
                let full = full_name(building, name);
                let rule = |found: &Definition| found.keyword == "rule" && found.full == full;
                self.definitions.iter().position(rule).map(Meaning::Definition)
            }
            Role::Reference | Role::Target | Role::Definition | Role::Function => {
                self.resolve(site, building, text)
            }
        }
    }

    /// Every place where something is named, its definition with them.
    #[must_use]
    pub fn places(&self, site: Option<&Site>, meaning: &Meaning) -> Vec<(Arc<str>, Range<usize>)> {
        let mut places = Vec::new();
        for (file, source) in self.sources.iter().enumerate() {
            let meant = self.seen[file]
                .iter()
                .filter(|seen| self.meaning(site, file, seen).as_ref() == Some(meaning));
            places.extend(
                meant.map(|seen| (source.file.clone(), unquoted(&source.text, seen.place.clone()))),
            );
        }
        places
    }
}

/// A place without the quotes around it.
fn unquoted(text: &str, place: Place) -> Place {
    let quoted = text.get(place.clone()).unwrap_or("");
    let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.map_or(place.clone(), |inside| place.start + 1..place.start + 1 + inside.len())
}
