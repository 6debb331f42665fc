//! Rules: parts, commands, levels, what holds on a fault.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::Checker;
use super::abandoned::Commanded;
use super::each::Spot;
use super::term::{Term, Type};
use crate::model::fingerprint::{EMPTY, fingerprint};
use crate::model::unit::duration;
use crate::model::{Kind, Level, Origin, Point, PointId, Quantity, Unit};
use crate::rules::ast::{self, Bound, Entry, Expression, Head, Name, Part, Place, RuleEntry};
use crate::rules::fault::{GroupFault, NameFault, RuleFault};
use crate::rules::program::{self, Action, Command, Node, NodeId, Rule, RuleId};
use crate::rules::written::plain;

/// Who sets a point at a level.
#[derive(Debug, Clone)]
pub(super) struct Setter {
    rule: Arc<str>,
    place: String,
    file: Arc<str>,
    span: Place,
}

/// What is known of a rule's parts so far.
#[derive(Debug, Default)]
struct Seen {
    /// Something in it can become unknown.
    fallible: bool,
    /// Something in it was reported, here or where it is defined.
    broken: bool,
    /// A part that always holds has been met.
    closed: bool,
    /// The conditions of parts that last as long as those hold.
    lasting: Vec<(NodeId, Place)>,
    set: HashSet<PointId>,
    /// A point with states is set.
    switches: bool,
    /// It commands nothing.
    shadow: bool,
    /// Nobody knows at which level it commands.
    levelless: bool,
    /// The first condition that wavers, and how it can be held still.
    wavers: Option<(Place, String)>,
}

impl Seen {
    fn note(&mut self, term: &Term) {
        self.fallible |= term.fallible;
        self.broken |= term.is_broken();
    }
}

impl<'a> Checker<'a> {
    pub(super) fn rules(&mut self, spots: &[Spot<'a>]) {
        for spot in spots {
            if let Entry::Rule(rule) = spot.entry {
                self.enter_rule(spot, &rule.name.text);
                self.rule(rule);
            }
        }
        let rules = (0..self.program.rules.len()).filter(|rule| !self.program.is_shadow(*rule));
        let targets = rules.flat_map(|rule| self.program.targets_of(rule));
        let targets: BTreeSet<PointId> = targets.collect();
        self.program.targets = targets.into_iter().collect();
    }

    fn rule(&mut self, entry: &'a RuleEntry) {
        self.rule_name(&entry.name);
        let written = entry.level.as_ref().map_or(Some(Level::Normal), |(level, _)| *level);
        let level = written.unwrap_or_default();
        let levelless = written.is_none();
        let mut seen = Seen { shadow: entry.shadow, levelless, ..Seen::default() };
        let first = count(self.program.parts.len());
        for part in &entry.parts {
            self.part(part, level, &mut seen);
        }
        let parts = first..count(self.program.parts.len());
        let failing = std::mem::take(&mut self.here.reads);
        self.check_faults(entry, level, &seen, &failing);
        let on_fault = entry.on_fault.as_ref().map(|part| {
            self.check_filled(part);
            self.runs(part); // it has none: said there
            self.commands(part, level, &mut seen)
        });
        if let Some((place, help)) = seen.wavers.filter(|_| seen.switches) {
            self.warn(&place, RuleFault::Chatters { help });
        }
        let empty = entry.parts.is_empty() && entry.on_fault.is_none();
        if empty && !entry.broken {
            self.report(&entry.name.place, RuleFault::EmptyRule);
        }
        let reads: Vec<PointId> = failing.union(&self.here.reads).copied().collect();
        let inputs = self.inputs(&reads);
        let site = self.site();
        let own = entry.grace.as_ref().and_then(|grace| duration(grace.value));
        self.check_grace(entry, own, &reads);
        let (grace, wait) = match (own, level) {
            (Some(grace), _) => (grace, grace.max(site.cycle)),
            (None, Level::Safety) => (Duration::ZERO, site.grace),
            (None, _) => (site.grace, site.grace),
        };
        self.longest(Some(grace.max(wait)));
        let origin = self.origin(&entry.name.place);
        let id = RuleId {
            rule: self.here.owner.clone(),
            written: fingerprint(EMPTY, plain(self.written(&entry.place)).as_bytes()),
        };
        let windows = self.filling_windows();
        let range = parts.start as usize..parts.end as usize;
        let runs = self.program.parts[range].iter().any(|part| part.run.is_some());
        let shadow = entry.shadow;
        let rule =
            Rule { id, origin, level, grace, wait, parts, on_fault, inputs, windows, runs, shadow };
        self.program.rules.push(rule);
    }

    /// The memories of what has to be filled before the rule can decide.
    fn filling_windows(&self) -> Arc<[u32]> {
        let nodes = self.here.windows.iter().map(|node| self.program.nodes[*node as usize]);
        let filling = |node: &Node| matches!(node, Node::Window { .. } | Node::Demand { .. });
        nodes.filter(filling).filter_map(Node::memory).collect()
    }

    fn rule_name(&mut self, name: &Name) {
        let filled = self.filled(&name.text, &name.place);
        let key = self.here.owner.to_string();
        if let Some((place, file, other)) = self.rule_names.get(&key).cloned() {
            let fault = NameFault::Duplicate { name: format!("\"{filled}\""), place };
            self.report_with(&name.place, fault, (&file, &other));
            return;
        }
        let file = self.here.source.file.clone();
        self.rule_names.insert(key, (self.location(&name.place), file, name.place.clone()));
    }

    fn part(&mut self, part: &'a Part, level: Level, seen: &mut Seen) {
        self.check_filled(part);
        if seen.closed {
            self.report(&part.place, RuleFault::Unreachable);
        }
        let (run, times) = self.runs(part);
        times.iter().for_each(|time| seen.note(time));
        let held = run.is_some_and(|run| run.least.is_some());
        let ending = |run: &ast::RunClause| run.kind != ast::RunKind::RunAtLeast;
        let ends = part.broken || part.runs.iter().any(ending);
        let mark = self.program.outline.mark();
        let condition = match &part.head {
            Head::When(condition) => {
                let term = self.condition(condition);
                self.check_constant(condition, &term, ends, seen);
                let usable = !term.is_broken()
                    && (part.broken
                        || self.check_reached(&condition.place, term.node, &seen.lasting));
                if usable && !ends {
                    seen.lasting.push((term.node, condition.place.clone()));
                }
                seen.note(&term);
                if !held && usable {
                    self.check_momentary(condition, term.node);
                }
                if term.wavers && usable && !held && seen.wavers.is_none() {
                    let text = self.written(&condition.place);
                    let plain =
                        matches!(condition.kind, ast::Kind::Compare { .. } | ast::Kind::Name(_));
                    let text = if plain { text.to_owned() } else { format!("({text})") };
                    seen.wavers = Some((condition.place.clone(), format!("{text} for 5 min")));
                }
                Some(term.node)
            }
            Head::Else | Head::Always | Head::OnFault => {
                seen.closed |= matches!(part.head, Head::Always);
                seen.lasting.clear(); // behind else: told by the parser
                None
            }
        };
        let asked = condition.and_then(|_| self.program.outline.last(mark));
        self.program.outline.part(self.program.parts.len(), asked);
        let commands = self.commands(part, level, seen);
        self.program.parts.push(program::Part { condition, commands, run });
    }

    /// `ends`: a part with this condition may come to an end all the same.
    fn check_constant(&mut self, condition: &Expression, term: &Term, ends: bool, seen: &mut Seen) {
        match term.bounds.constant() {
            Some(1.0) if term.kind == Type::Condition => seen.closed |= !ends,
            Some(_) if term.kind == Type::Condition => {
                self.report(&condition.place, RuleFault::NeverTrue);
            }
            _ => {}
        }
    }

    fn check_filled(&mut self, part: &Part) {
        if part.commands.is_empty() && !part.broken {
            self.report(&part.place, RuleFault::EmptyPart);
        }
    }

    /// What a safety rule needs, and what is needless.
    fn check_faults(
        &mut self,
        entry: &RuleEntry,
        level: Level,
        seen: &Seen,
        reads: &BTreeSet<PointId>,
    ) {
        if entry.broken || seen.broken {
            return;
        }
        match &entry.on_fault {
            None if level == Level::Safety && seen.fallible => {
                let input = reads
                    .first()
                    .map_or(String::new(), |id| self.site().points.get(*id).name.clone());
                self.report(&entry.name.place, RuleFault::SafetyWithoutFault { input });
            }
            Some(part) if !seen.fallible => self.warn(&part.place, RuleFault::NeedlessFault),
            _ => {}
        }
    }

    /// A grace shorter than the time between two readings means nothing.
    fn check_grace(&mut self, entry: &RuleEntry, own: Option<Duration>, reads: &[PointId]) {
        let (Some(literal), Some(grace)) = (&entry.grace, own) else { return };
        let points = &self.site().points;
        let slowest = reads.iter().map(|id| points.get(*id)).max_by_key(|point| point.poll);
        if let Some(point) = slowest.filter(|point| point.poll > grace && grace > Duration::ZERO) {
            let seconds = point.poll.as_secs_f64();
            let unit = if seconds < 60.0 { "s" } else { "min" };
            let poll = Unit::parse(unit).map_or(String::new(), |unit| unit.display(seconds));
            let fault = RuleFault::GraceShort { point: point.name.clone(), poll };
            self.warn(&literal.place, fault);
        }
    }

    fn commands(&mut self, part: &'a Part, level: Level, seen: &mut Seen) -> Range<u32> {
        let first = count(self.program.commands.len());
        seen.set.clear();
        let mut checked = Vec::new();
        for command in &part.commands {
            let mark = self.program.outline.mark();
            let action = match &command.action {
                ast::Action::Set { point, value } => self.set(point, value, level, seen),
                ast::Action::Keep { point, bound, value } => {
                    self.keep(point, *bound, value, level, seen)
                }
                ast::Action::Alarm { class, text } => {
                    Some(Action::Alarm(*class, self.filled(&text.text, &text.place)))
                }
            };
            if let Some(action) = action {
                let value = self.program.outline.last(mark);
                let index = self.program.commands.len() + checked.len();
                self.program.outline.command(index, value);
                checked.push(Command { action, origin: self.origin(&command.place) });
            }
        }
        self.program.commands.append(&mut checked);
        first..count(self.program.commands.len())
    }

    fn set(
        &mut self,
        name: &Name,
        value: &Expression,
        level: Level,
        seen: &mut Seen,
    ) -> Option<Action> {
        let target = self.target(name);
        let states = target.and_then(|(_, point)| match &point.kind {
            Kind::States(states) => Some(states.as_slice().into()),
            Kind::Number(_) => None,
        });
        let calmed = target.is_some_and(|(id, _)| self.is_calmed(id));
        seen.switches |= states.is_some() && !calmed;
        if let Some((id, _)) = target {
            self.check_setter(name, id, level, seen);
        }
        if let (Some((_, point)), ast::Kind::Name(word)) = (target, &value.kind)
            && let Kind::Number(unit) = &point.kind
            && !word.contains('.')
            && self.resolve(word).is_none()
        {
            let (point, unit) = (name.text.clone(), unit.symbol.clone());
            self.report(&value.place, RuleFault::TargetIsNumber { point, unit });
            return None;
        }
        let term = self.lower(value, states.as_ref());
        seen.note(&term);
        let (id, point) = target?;
        if term.is_broken() {
            return None;
        }
        // Stages may be plain numbers.
        let stage =
            |unit: &Unit| unit.quantity == Quantity::NONE && term.bounds.constant().is_some();
        seen.switches |= !calmed && matches!(&point.kind, Kind::Number(unit) if stage(unit));
        let fits = match &point.kind {
            Kind::Number(unit) => self.fits_number(name, point, unit, value, &term),
            Kind::States(_) => {
                let states = states.as_ref()?;
                self.fits_states(name, value, &term, states)
                    && self.takes_state(name, id, value, &term, states)
            }
        };
        if fits && !seen.shadow {
            self.check_abandoned(name, point, Commanded::Set, value, &term);
            self.note_worn(name, id);
            if let Kind::Number(unit) = &point.kind {
                self.check_restless(name, id, unit, &value.place, &term);
            }
        }
        fits.then_some(Action::Set(id, term.node))
    }

    fn keep(
        &mut self,
        name: &Name,
        bound: Bound,
        value: &Expression,
        level: Level,
        seen: &mut Seen,
    ) -> Option<Action> {
        let target = self.target(name);
        if let Some((_, Point { kind: Kind::States(states), .. })) = target {
            let state = states.last().cloned().unwrap_or_default();
            let help = format!("set {} to {state}", name.text);
            let fault = RuleFault::KeepState { point: name.text.clone(), help };
            self.report(&name.place, fault);
            return None;
        }
        let term = self.number(value);
        seen.note(&term);
        let (id, point) = target?;
        let Kind::Number(unit) = &point.kind else { return None };
        let fits = !term.is_broken() && self.fits_number(name, point, unit, value, &term);
        if fits && !seen.shadow {
            self.check_abandoned(name, point, Commanded::Keep(bound), value, &term);
            // What safety keeps holds at once, whatever the step.
            if level != Level::Safety {
                self.check_restless(name, id, unit, &value.place, &term);
            }
            self.note_worn(name, id);
        }
        fits.then_some(match bound {
            Bound::AtLeast => Action::AtLeast(id, term.node),
            Bound::AtMost => Action::AtMost(id, term.node),
        })
    }

    fn check_setter(&mut self, name: &Name, id: PointId, level: Level, seen: &mut Seen) {
        if !seen.set.insert(id) {
            let fault = RuleFault::SetTwice { point: name.text.clone() };
            self.report(&name.place, fault);
            return;
        }
        let rule = self.here.owner.clone();
        let place = self.location(&name.place);
        let (file, span) = (self.here.source.file.clone(), name.place.clone());
        // What is only computed sets nothing.
        if seen.shadow || seen.levelless {
            return;
        }
        let setter = self
            .setters
            .entry((id, level))
            .or_insert_with(|| Setter { rule: rule.clone(), place, file, span })
            .clone();
        if setter.rule == rule {
            return;
        }
        let same_line = setter.place == self.location(&name.place);
        let told = same_line
            && self.report_loop(&name.place, |variable| GroupFault::SetByEach {
                point: name.text.clone(),
                variable: variable.to_owned(),
            });
        if !told {
            let fault = RuleFault::SetByTwo {
                point: name.text.clone(),
                level,
                rule: setter.rule.to_string(),
                place: setter.place,
            };
            self.report_with(&name.place, fault, (&setter.file, &setter.span));
        }
    }

    fn origin(&self, place: &Place) -> Arc<Origin> {
        Arc::new(Origin::Rule {
            rule: self.here.owner.clone(),
            file: self.here.source.file.clone(),
            line: self.line(place),
        })
    }

    /// A list of points in the program.
    pub(super) fn inputs(&mut self, points: &[PointId]) -> Range<u32> {
        let first = count(self.program.inputs.len());
        self.program.inputs.extend_from_slice(points);
        first..count(self.program.inputs.len())
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).expect("texts of rules are far smaller than 4 GiB")
}
