//! Groups and loops: what the members of a group are, which entries a loop
//! stands for, what its variable and `{R}` mean in each round; and how the
//! faults of many rounds are told once.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::Checker;
use super::names::{Symbol, full};
use crate::model::diagnostic::Source;
use crate::model::{Diagnostic, Fault, Language, PointId};
use crate::rules::ast::{EachEntry, Entry, File, GroupEntry, Name, Place};
use crate::rules::fault::{GroupFault, ItemsFault};

/// A point or device of a group.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// As the group names it.
    pub shown: Arc<str>,
    /// With its building.
    pub full: Arc<str>,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Point(PointId),
    /// Index into the site's devices.
    Device(usize),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub members: Vec<Member>,
    /// A member is left out: it is reported, and nothing more is said.
    pub broken: bool,
}

/// What a loop's variable stands for in one round.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    pub variable: &'a str,
    pub member: Member,
    /// Which loop, counted over all files.
    each: usize,
}

/// An entry and where it stands; one of a loop stands here once a round.
#[derive(Debug, Clone)]
pub(super) struct Spot<'a> {
    pub source: &'a Source,
    pub file: &'a File,
    pub entry: &'a Entry,
    pub item: Option<Rc<Item<'a>>>,
}

/// What the rounds of all loops had to say.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// How many rounds each loop has.
    counts: Vec<usize>,
    /// Loop, item (`None`: it is about all of them), what.
    told: Vec<(usize, Option<Arc<str>>, Diagnostic)>,
    /// How names end that members may have which are not known.
    lost: Vec<String>,
}

impl Rounds {
    /// Whether `name` may be a value of a loop that could not be made.
    pub fn may_be_lost(&self, name: &str) -> bool {
        self.lost.iter().any(|end| name.ends_with(end))
    }
}

impl Item<'_> {
    /// The full name of what `name` means, if it begins with the variable.
    pub fn stands_for(&self, name: &str) -> Option<String> {
        let rest = name.strip_prefix(self.variable)?;
        (rest.is_empty() || rest.starts_with('.')).then(|| format!("{}{rest}", self.member.full))
    }

    /// Whether a definition called so is another one in each round.
    pub fn names(&self, name: &str) -> bool {
        self.stands_for(name).is_some_and(|full| *full != *self.member.full)
    }

    /// `text` with the item in place of `{R}`.
    pub fn fill(&self, text: &str) -> String {
        text.replace(&format!("{{{}}}", self.variable), &self.member.shown)
    }
}

impl<'a> Checker<'a> {
    /// Looks up the members of all groups; says nothing yet.
    pub(super) fn groups(&mut self, sources: &'a [Source], files: &'a [File]) {
        for (source, file) in sources.iter().zip(files) {
            self.enter(source, file, "");
            for entry in &file.entries {
                let Entry::Group(entry) = entry else { continue };
                let mut group = Group { broken: entry.broken, ..Group::default() };
                for name in &entry.members {
                    let member = self.member(name);
                    match member.filter(|member| self.fits(&group, member)) {
                        Some(member) => group.members.push(member),
                        None => group.broken = true,
                    }
                }
                let name = full(self.here.building, &entry.name.text);
                self.group_names.entry(name).or_insert(self.groups.len());
                self.groups.push(group);
            }
        }
    }

    /// Whether a group takes one more: it is new, and of the first one's kind.
    fn fits(&self, group: &Group, member: &Member) -> bool {
        let first = group.members.first();
        first.is_none_or(|first| self.alike(first.what, member.what))
            && group.members.iter().all(|other| other.what != member.what)
    }

    fn member(&self, name: &Name) -> Option<Member> {
        let shown = name.text.as_str().into();
        if let Some(Symbol::Point(id)) = self.names.resolve(self.here.building, &name.text) {
            let full = self.site().points.get(id).name.as_str().into();
            return Some(Member { shown, full, what: What::Point(id) });
        }
        let device = self.names.device(self.here.building, &name.text)?;
        let full = self.site().device_name(device).into();
        Some(Member { shown, full, what: What::Device(device) })
    }

    /// The group called `name` where the checker stands.
    pub(super) fn group_called(&self, name: &str) -> Option<usize> {
        let near = full(self.here.building, name);
        self.group_names.get(&near).or_else(|| self.group_names.get(name)).copied()
    }

    /// Every entry, those of loops once a round.
    pub(super) fn spots(&mut self, sources: &'a [Source], files: &'a [File]) -> Vec<Spot<'a>> {
        let mut spots = Vec::new();
        for (source, file) in sources.iter().zip(files) {
            self.enter(source, file, "");
            for entry in &file.entries {
                let spot = Spot { source, file, entry, item: None };
                match entry {
                    Entry::Each(each) => self.repeat(&spot, each, &mut spots),
                    _ => spots.push(spot),
                }
            }
        }
        spots
    }

    fn repeat(&mut self, at: &Spot<'a>, entry: &'a EachEntry, spots: &mut Vec<Spot<'a>>) {
        let group = self.group_called(&entry.group.text);
        if let Entry::Value(value) = &*entry.entry
            && group.is_none_or(|group| self.groups[group].broken)
        {
            self.lose(&value.name);
        }
        let Some(group) = group else { return };
        let each = self.rounds.counts.len();
        let members = &self.groups[group].members;
        self.rounds.counts.push(members.len());
        for member in members.clone() {
            let item = Rc::new(Item { variable: &entry.variable.text, member, each });
            spots.push(Spot { entry: &entry.entry, item: Some(item), ..at.clone() });
        }
    }

    /// Remembers that some member may have a value called so.
    pub(super) fn lose(&mut self, name: &Name) {
        if let Some(dot) = name.text.find('.') {
            self.rounds.lost.push(name.text[dot..].to_owned());
        }
    }

    /// Says what is wrong with groups and the heads of loops, once all names
    /// are known.
    pub(super) fn check_groups(&mut self, sources: &'a [Source], files: &'a [File]) {
        for (source, file) in sources.iter().zip(files) {
            self.enter(source, file, "");
            for entry in &file.entries {
                match entry {
                    Entry::Group(group) => self.check_group(group),
                    Entry::Each(each) => self.check_each(each),
                    _ => {}
                }
            }
        }
    }

    fn check_group(&mut self, entry: &GroupEntry) {
        let mut first: Option<(Member, &Name)> = None;
        let mut seen = HashSet::new();
        for name in &entry.members {
            let Some(member) = self.member(name) else {
                self.report_no_member(name);
                continue;
            };
            if !seen.insert(member.full.clone()) {
                self.report(&name.place, GroupFault::MemberTwice(name.text.clone()));
            }
            match &first {
                Some((one, before)) if !self.alike(one.what, member.what) => {
                    let (one, other) = (before.text.clone(), name.text.clone());
                    self.report(&name.place, GroupFault::Mixed { one, other });
                }
                Some(_) => {}
                None => first = Some((member, name)),
            }
        }
    }

    fn report_no_member(&mut self, name: &Name) {
        match self.resolve(&name.text) {
            Some(Symbol::Opaque) => {}
            Some(_) => self.report(&name.place, GroupFault::NotAMember(name.text.clone())),
            None => {
                let fault = self.names.unknown_member(self.here.building, &name.text);
                self.report(&name.place, fault);
            }
        }
    }

    /// Whether both are devices, or points of one kind.
    fn alike(&self, one: What, other: What) -> bool {
        match (one, other) {
            (What::Point(one), What::Point(other)) => {
                use crate::model::Kind::{Number, States};
                let kind = |id| &self.site().points.get(id).kind;
                match (kind(one), kind(other)) {
                    (Number(one), Number(other)) => one.quantity == other.quantity,
                    (States(one), States(other)) => one == other,
                    _ => false,
                }
            }
            (What::Device(_), What::Device(_)) => true,
            _ => false,
        }
    }

    fn check_each(&mut self, entry: &EachEntry) {
        let variable = &entry.variable;
        let building = self.here.building;
        let taken = self.names.resolve(building, &variable.text).is_some()
            || self.names.device(building, &variable.text).is_some();
        if taken {
            self.report(&variable.place, GroupFault::VariableTaken(variable.text.clone()));
        }
        self.group(&entry.group);
        if let Entry::Value(value) = &*entry.entry {
            let name = &value.name;
            let inside = name.text.strip_prefix(variable.text.as_str());
            if inside.is_none_or(|rest| !rest.starts_with('.')) {
                let help = format!("value {}.{}", variable.text, name.text);
                self.report(&name.place, GroupFault::SameForEach { name: name.text.clone(), help });
            }
        }
    }

    /// The group that `name` stands for; what else it is is reported.
    pub(super) fn group(&mut self, name: &Name) -> Option<usize> {
        match self.resolve(&name.text) {
            Some(Symbol::Group(group)) => return Some(group),
            Some(Symbol::Opaque) => {}
            Some(_) => self.report(&name.place, GroupFault::NotAGroup(name.text.clone())),
            None if self.names.device(self.here.building, &name.text).is_some() => {
                self.report(&name.place, GroupFault::NotAGroup(name.text.clone()));
            }
            None => self.report_unknown(name),
        }
        None
    }

    /// `text` as people read it: in a loop with the item in place of `{R}`.
    pub(super) fn filled(&mut self, text: &str, place: &Place) -> Arc<str> {
        let item = self.here.item.clone();
        let variable = item.as_ref().map(|item| item.variable);
        for found in placeholders(text) {
            if variable != Some(found) {
                let help = variable.map(|variable| format!("{{{variable}}}"));
                self.warn(place, GroupFault::Placeholder { found: found.to_owned(), help });
            }
        }
        item.map_or_else(|| text.into(), |item| item.fill(text).into())
    }

    /// Reports, or keeps until all rounds of the loop have been heard.
    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        match &self.here.item {
            None => self.diagnostics.push(diagnostic),
            Some(item) => {
                let shown = Some(item.member.shown.clone());
                self.rounds.told.push((item.each, shown, diagnostic));
            }
        }
    }

    /// Reports what is wrong with a loop as a whole; false outside of loops.
    pub(super) fn report_loop<F: Fault + 'static>(
        &mut self,
        place: &Place,
        fault: impl FnOnce(&str) -> F,
    ) -> bool {
        let Some(item) = &self.here.item else { return false };
        let fault = fault(item.variable);
        let diagnostic = Diagnostic::error(&self.here.source.file, place.clone(), fault);
        self.rounds.told.push((item.each, None, diagnostic));
        true
    }

    /// Tells what the rounds said: once what all of them said, with the items
    /// what only some did.
    pub(super) fn tell_rounds(&mut self) {
        let mut once: Vec<Once> = Vec::new();
        let mut places = HashMap::new();
        for (each, item, diagnostic) in std::mem::take(&mut self.rounds.told) {
            let key = (each, words(&diagnostic));
            let place = *places.entry(key).or_insert_with(|| {
                let diagnostic = diagnostic.clone();
                once.push(Once { each, diagnostic, items: Vec::new(), by_all: false });
                once.len() - 1
            });
            once[place].hear(item, diagnostic);
        }
        for Once { each, diagnostic, items, by_all } in once {
            let by_all = by_all || items.len() == self.rounds.counts[each];
            self.diagnostics.push(if by_all {
                diagnostic
            } else {
                let fault = Arc::new(ItemsFault { fault: diagnostic.fault.clone(), items });
                Diagnostic { fault, ..diagnostic }
            });
        }
    }
}

/// What some rounds of a loop say alike.
struct Once {
    each: usize,
    diagnostic: Diagnostic,
    items: Vec<Arc<str>>,
    by_all: bool,
}

impl Once {
    fn hear(&mut self, item: Option<Arc<str>>, diagnostic: Diagnostic) {
        // The first that knows the way out speaks for all.
        if self.diagnostic.fault.help(Language::De).is_none() {
            self.diagnostic = diagnostic;
        }
        match item {
            None => self.by_all = true,
            Some(item) if !self.items.contains(&item) => self.items.push(item),
            Some(_) => {}
        }
    }
}

/// What makes two diagnostics the same to people.
fn words(diagnostic: &Diagnostic) -> (Place, &'static str, [String; 3]) {
    let fault = &diagnostic.fault;
    let (german, english) = (Language::De, Language::En);
    let said = [fault.reason(german), fault.label(german), fault.reason(english)];
    (diagnostic.span.clone(), fault.code(), said)
}

/// The names that stand in braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split('{').skip(1);
    after.filter_map(|rest| rest.split_once('}')).map(|(inside, _)| inside).filter(|inside| {
        !inside.is_empty() && inside.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}
