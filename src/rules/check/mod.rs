//! Checks all files together and makes the program: names, kinds, units,
//! limits, order of values, who sets what. A place that was reported becomes a
//! broken term, about which nothing more is said.

mod abandoned;
mod aggregate;
mod condition;
mod definition;
mod each;
mod file;
mod given;
mod lower;
mod momentary;
mod names;
mod number;
mod order;
mod protect;
mod reach;
mod rule;
mod run;
mod schedule;
mod state;
mod substituted;
mod target;
mod term;
mod test;
mod wear;
mod window;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use self::each::{Group, Item, Rounds, Spot};
use self::names::{Names, Symbol};
pub(super) use self::names::{full as full_name, nearest};
use self::term::Term;
use super::ast::{File, Name, Place};
use super::fault::NameFault;
use super::program::{Node, NodeId, Program};
use super::texts::Texts;
use super::wiring::Wiring;
use crate::model::diagnostic::{Severity, Source, any_error, did_you_mean};
use crate::model::{Calendar, Diagnostic, Fault, Level, PointId};
use crate::site::{Closing, Closure, NamedSchedule, Site};

/// A value once it has been looked at.
#[derive(Debug, Clone)]
struct CheckedValue {
    term: Term,
    reads: BTreeSet<PointId>,
    /// Nodes over time that it depends on.
    windows: BTreeSet<NodeId>,
    /// Of the program's values.
    index: u32,
}

/// The value, schedule, curve or rule that is being looked at.
#[derive(Debug, Clone)]
struct Here<'a> {
    source: &'a Source,
    building: Option<&'a str>,
    /// In a loop.
    item: Option<Rc<Item<'a>>>,
    /// Building and name.
    owner: Arc<str>,
    /// Timers and latches met so far: how often each text.
    memories: HashMap<String, u16>,
    reads: BTreeSet<PointId>,
    windows: BTreeSet<NodeId>,
}

struct Checker<'a> {
    texts: Texts<'a>,
    names: Names<'a>,
    program: Program,
    diagnostics: &'a mut Vec<Diagnostic>,
    here: Here<'a>,
    /// Where each file's lines end.
    line_ends: HashMap<Arc<str>, Vec<usize>>,
    /// Calendar files that were read, by their paths.
    files: HashMap<Arc<str>, file::CheckedFile>,
    /// Equal steps are computed once.
    interned: HashMap<Node, NodeId>,
    /// Where the members of each aggregate begin.
    member_lists: HashMap<Vec<NodeId>, u32>,
    provenances: substituted::Provenances,
    /// What is computed over time.
    measured: HashMap<window::Measured, NodeId>,
    /// In the order of the files.
    values: Vec<Option<CheckedValue>>,
    calendars: Vec<Arc<Calendar>>,
    curves: Vec<definition::CheckedCurve>,
    /// In the order of the files.
    groups: Vec<Group>,
    /// By full name.
    group_names: HashMap<String, usize>,
    rounds: Rounds,
    /// Where each is, for people and for editors.
    rule_names: HashMap<String, (String, Arc<str>, Place)>,
    /// Which rule sets a point at a level, and where.
    setters: HashMap<(PointId, Level), rule::Setter>,
    /// Where each protection is.
    protected: HashMap<PointId, (String, Arc<str>, Place)>,
    /// Where each point that wears out is commanded first.
    worn: HashMap<PointId, (String, Arc<str>, Place)>,
}

/// Checks `files`, the trees of the rule files; what is wrong goes to
/// `diagnostics`, where what was wrong in reading them stands. The program is
/// whole only if nothing was.
pub(super) fn check(
    texts: Texts<'_>,
    files: &[File],
    site: &Site,
    diagnostics: &mut Vec<Diagnostic>,
) -> Program {
    let whole = !any_error(diagnostics);
    let sources = texts.rules;
    let Some(first) = sources.first() else {
        return Program::empty(site.time_zone.clone(), site.grace);
    };
    let here = Here {
        source: first,
        building: None,
        item: None,
        owner: "".into(),
        memories: HashMap::new(),
        reads: BTreeSet::new(),
        windows: BTreeSet::new(),
    };
    let mut checker = Checker {
        texts,
        names: Names {
            site,
            devices: (0..site.devices.len()).map(|at| (site.device_name(at), at)).collect(),
            definitions: HashMap::new(),
            used: HashSet::new(),
        },
        program: Program::empty(site.time_zone.clone(), site.grace),
        diagnostics,
        here,
        line_ends: sources.iter().map(|source| (source.file.clone(), line_ends(source))).collect(),
        files: HashMap::new(),
        interned: HashMap::new(),
        member_lists: HashMap::new(),
        provenances: HashMap::new(),
        measured: HashMap::new(),
        values: Vec::new(),
        calendars: Vec::new(),
        curves: Vec::new(),
        groups: Vec::new(),
        group_names: HashMap::new(),
        rounds: Rounds::default(),
        rule_names: HashMap::new(),
        setters: HashMap::new(),
        protected: HashMap::new(),
        worn: HashMap::new(),
    };
    checker.buildings(sources, files);
    checker.groups(sources, files);
    let spots = checker.spots(sources, files);
    checker.definitions(&spots);
    checker.check_groups(sources, files);
    checker.ordered_values(&spots);
    checker.protections(&spots);
    checker.rules(&spots);
    checker.check_worn();
    checker.tell_rounds();
    checker.tests(&spots);
    checker.closures();
    // What could not be read may have used it.
    if whole {
        checker.unused();
        checker.schedules_of_site();
    }
    checker.finish()
}

fn line_ends(source: &Source) -> Vec<usize> {
    source.text.match_indices('\n').map(|(at, _)| at).collect()
}

impl<'a> Checker<'a> {
    fn site(&self) -> &'a Site {
        self.names.site
    }

    fn report(&mut self, place: &Place, fault: impl Fault + 'static) {
        self.tell(Diagnostic::error(&self.here.source.file, place.clone(), fault));
    }

    /// As [`report`](Self::report); the fault is also about another place.
    fn report_with(
        &mut self,
        place: &Place,
        fault: impl Fault + 'static,
        (file, other): (&Arc<str>, &Place),
    ) {
        let diagnostic = Diagnostic::error(&self.here.source.file, place.clone(), fault);
        self.tell(diagnostic.related_to(file, other.clone()));
    }

    fn warn(&mut self, place: &Place, fault: impl Fault + 'static) {
        self.tell(Diagnostic::warning(&self.here.source.file, place.clone(), fault));
    }

    /// Whether an error at that place has been reported already.
    fn reported_in(&self, place: &Place) -> bool {
        let file = &self.here.source.file;
        let errors = self.diagnostics.iter().filter(|told| told.severity == Severity::Error);
        let mut own = errors.filter(|told| told.file == *file);
        own.any(|told| place.start <= told.span.start && told.span.end <= place.end)
    }

    /// The text of a place in the file that is being looked at.
    fn written(&self, place: &Place) -> &'a str {
        self.here.source.text.get(place.clone()).unwrap_or("")
    }

    /// Turns to `name` in `source`.
    fn enter(&mut self, source: &'a Source, file: &'a File, name: &str) {
        let building = file.building.as_ref().map(|name| name.text.as_str());
        self.here = Here {
            source,
            building,
            item: None,
            owner: names::full(building, name).into(),
            memories: HashMap::new(),
            reads: BTreeSet::new(),
            windows: BTreeSet::new(),
        };
    }

    /// Turns to the definition `name` at `spot`.
    fn enter_spot(&mut self, spot: &Spot<'a>, name: &str) {
        self.enter(spot.source, spot.file, "");
        self.here.item.clone_from(&spot.item);
        self.here.owner = self.full_name(name).into();
    }

    /// Turns to the rule `name` at `spot`: known by its name with the item,
    /// which stands behind it where the name does not say it.
    fn enter_rule(&mut self, spot: &Spot<'a>, name: &str) {
        self.enter(spot.source, spot.file, name);
        if let Some(item) = &spot.item {
            let mut filled = item.fill(name);
            if filled == name {
                filled = format!("{name} ({})", item.member.shown);
            }
            self.here.owner = names::full(self.here.building, &filled).into();
        }
        self.here.item.clone_from(&spot.item);
    }

    /// The name of something defined here, with its building.
    fn full_name(&self, name: &str) -> String {
        let item = self.here.item.as_ref().and_then(|item| item.stands_for(name));
        item.unwrap_or_else(|| names::full(self.here.building, name))
    }

    fn resolve(&mut self, name: &str) -> Option<Symbol> {
        match self.here.item.as_ref().and_then(|item| item.stands_for(name)) {
            Some(full) => self.names.resolve_used(None, &full),
            None => self.names.resolve_used(self.here.building, name),
        }
    }

    /// As [`resolve`](Self::resolve), without using it.
    fn look_up(&self, name: &str) -> Option<Symbol> {
        match self.here.item.as_ref().and_then(|item| item.stands_for(name)) {
            Some(full) => self.names.resolve(None, &full),
            None => self.names.resolve(self.here.building, name),
        }
    }

    fn report_unknown(&mut self, name: &Name) {
        if self.rounds.may_be_lost(&name.text) {
            return;
        }
        let item = self.here.item.clone();
        let own = item.filter(|item| item.stands_for(&name.text).is_some());
        let fault = match own {
            Some(item) => self.names.unknown_of_item(&item.member.full, item.variable, &name.text),
            None => self.names.unknown(self.here.building, &name.text),
        };
        self.report(&name.place, fault);
    }

    /// The 1-based line of a place in the file that is being looked at.
    fn line(&self, place: &Place) -> u32 {
        let ends = self.line_ends.get(&self.here.source.file).map_or(&[][..], Vec::as_slice);
        let line = ends.partition_point(|end| *end < place.start) + 1;
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    fn buildings(&mut self, sources: &'a [Source], files: &'a [File]) {
        for (source, file) in sources.iter().zip(files) {
            let Some(name) = &file.building else { continue };
            self.enter(source, file, "");
            let known: Vec<&str> =
                self.site().buildings.iter().map(|building| building.name.as_str()).collect();
            if !known.contains(&name.text.as_str()) {
                let near = did_you_mean(&name.text, known.iter().copied())
                    .or_else(|| known.first().copied().filter(|_| known.len() == 1))
                    .map(str::to_owned);
                let name_text = name.text.clone();
                self.report(&name.place, NameFault::UnknownBuilding { name: name_text, near });
            }
        }
    }

    /// The schedules that the site file names must exist. Without any rule
    /// file there is nobody to define them yet.
    fn schedules_of_site(&mut self) {
        if self.names.definitions.is_empty() {
            return;
        }
        let mut faults = Vec::new();
        for (named, full) in self.named_schedules() {
            let fault = match self.names.definitions.get(&full).map(|found| found.symbol) {
                Some(Symbol::Schedule(_) | Symbol::Opaque) => continue,
                Some(_) => NameFault::NotASchedule(named.schedule.clone()),
                None => {
                    let all = self.names.definitions.values();
                    let schedules = all
                        .filter(|found| matches!(found.symbol, Symbol::Schedule(_)))
                        .map(|found| found.name.as_str());
                    let near = did_you_mean(&named.schedule, schedules).map(str::to_owned);
                    NameFault::UnknownName { name: named.schedule.clone(), near }
                }
            };
            faults.push(Diagnostic::error(&named.file, named.span.clone(), fault));
        }
        self.diagnostics.extend(faults);
    }

    /// The schedules that the site file names, with their full names: those of
    /// occupancy by their building, those of who is on call as they stand, or
    /// else the only one that ends so.
    fn named_schedules(&self) -> Vec<(&NamedSchedule, String)> {
        let site = self.site();
        let occupancies = site.buildings.iter().filter_map(|building| {
            let occupancy = building.occupancy.as_ref()?;
            Some((occupancy, names::full(Some(&building.name), &occupancy.schedule)))
        });
        let on_call = site.alarms.recipients.iter().filter_map(|it| it.on_call.as_ref());
        let on_call = on_call.map(|on_call| {
            let suffix = format!(".{}", on_call.schedule);
            let mut ending = self.names.definitions.keys().filter(|full| full.ends_with(&suffix));
            let full = match (ending.next(), ending.next()) {
                (Some(one), None) => one.clone(),
                _ => on_call.schedule.clone(),
            };
            (on_call, full)
        });
        occupancies.chain(on_call).collect()
    }

    /// Warns of what was out of service and is commanded again.
    fn closures(&mut self) {
        let Some(today) = self.texts.today else { return };
        let over = self.site().out_of_service.iter().filter(|it| it.closed.until < today);
        let warnings = over.map(|Closure { name, closed, file, span, .. }| {
            let until = closed.until.strftime("%d.%m.%Y").to_string();
            let fault = Closing::Over { name: name.clone(), until };
            Diagnostic::warning(file, span.clone(), fault)
        });
        self.diagnostics.extend(warnings.collect::<Vec<_>>());
    }

    /// Warns of names that nothing refers to.
    fn unused(&mut self) {
        let named: Vec<String> = self.named_schedules().into_iter().map(|it| it.1).collect();
        let used = |full: &String| self.names.used.contains(full) || named.contains(full);
        // A value of a loop is there once a round, at one place.
        let mut places: HashMap<(&Arc<str>, usize), Option<&names::Definition>> = HashMap::new();
        for (full, definition) in &self.names.definitions {
            let known = used(full) || definition.symbol == Symbol::Opaque;
            let place = places.entry((&definition.file, definition.place.start));
            let unused = place.or_insert(Some(definition));
            if known {
                *unused = None;
            }
        }
        let warnings = places.into_values().flatten().map(|definition| {
            let fault = NameFault::Unused(definition.name.clone());
            Diagnostic::warning(&definition.file, definition.place.clone(), fault)
        });
        let warnings: Vec<Diagnostic> = warnings.collect();
        self.diagnostics.extend(warnings);
    }

    fn finish(self) -> Program {
        let mut program = self.program;
        let points = program.nodes.iter().filter_map(|node| node.point());
        program.reads = points.collect::<BTreeSet<_>>().into_iter().collect();
        program.wiring = Wiring::of(&program);
        program.shrink_to_fit();
        program
    }
}
