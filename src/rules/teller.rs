//! Tells how rules and values stand after an evaluation, with the parts of
//! their expressions, what is read and the timers in them.

use std::collections::HashSet;
use std::ops::Range;

use crate::model::unit::{duration, spoken_length};
use crate::model::{Kind, Origin, PointId, Quality, Quantity, Snapshot};
use crate::site::Site;

use super::outline::{Clause, ClauseId, Named};
use super::program::{Action, Node, NodeId, Program, Run};
use super::state::{Memory, ScheduleNow, State};
use super::told::{
    About, CommandTold, HeadTold, Input, PartTold, RuleTold, RunTold, Says, ScheduleTold, Told,
    ValueTold, Verb,
};
use super::verdict::Verdict;

/// Tells about one evaluation; each named value is told in its parts once.
#[derive(Debug)]
pub struct Teller<'a> {
    program: &'a Program,
    state: &'a State,
    verdict: &'a Verdict,
    /// What that evaluation worked on.
    snapshot: &'a Snapshot,
    site: &'a Site,
    told: HashSet<u32>,
}

impl<'a> Teller<'a> {
    #[must_use]
    pub fn new(
        program: &'a Program,
        state: &'a State,
        verdict: &'a Verdict,
        snapshot: &'a Snapshot,
        site: &'a Site,
    ) -> Self {
        Self { program, state, verdict, snapshot, site, told: HashSet::new() }
    }

    /// The rule of this index into [`Verdict::rules`]; `None` before the first
    /// evaluation.
    pub fn rule(&mut self, index: usize) -> Option<RuleTold> {
        let rule = self.program.rules.get(index)?;
        let status = self.verdict.rules.get(index)?;
        let parts = rule.parts.clone().enumerate();
        let parts = parts.map(|(number, part)| self.part(number, part)).collect();
        let on_fault = rule.on_fault.clone().map(|commands| self.commands(commands));
        Some(RuleTold {
            rule: rule.origin.clone(),
            level: rule.level,
            shadow: rule.shadow,
            standing: status.standing,
            unknown_for_s: status.unknown_for.map(|time| time.as_secs_f64()),
            grace_s: rule.grace.as_secs_f64(),
            parts,
            on_fault,
            inputs: self.inputs(&rule.inputs),
        })
    }

    /// The value or schedule of this index into [`Verdict::values`].
    pub fn value(&mut self, index: usize) -> Option<ValueTold> {
        let value = self.program.values.get(index)?;
        let now = self.now(value.node);
        let shown = (!now.is_nan()).then(|| shown(&value.kind, now));
        let id = u32::try_from(index).ok()?;
        self.told.insert(id);
        let schedule = (index < self.program.schedules.len()).then(|| {
            let now = self.schedule(&value.name);
            let by_hand = now.is_some_and(|now| now.by_hand);
            ScheduleTold { until: now.and_then(|now| now.until), by_hand }
        });
        let expression = self.program.outline.of_value(id);
        Some(ValueTold {
            name: value.name.clone(),
            shown,
            schedule,
            expression: expression.map(|expression| self.expression(expression)),
            inputs: self.inputs(&value.inputs),
        })
    }

    #[must_use]
    pub const fn program(&self) -> &'a Program {
        self.program
    }

    fn inputs(&self, range: &Range<u32>) -> Vec<Input> {
        let points = &self.program.inputs[range.start as usize..range.end as usize];
        points.iter().map(|point| self.input(*point)).collect()
    }

    /// What a point reads.
    #[must_use]
    pub fn input(&self, point: PointId) -> Input {
        let reading = self.snapshot.reading(point);
        let point = self.site.points.get(point);
        let read = reading.quality != Quality::NeverRead;
        let shown = (read && reading.value.is_finite()).then(|| point.kind.display(reading.value));
        Input {
            point: point.name.clone(),
            shown,
            quality: reading.quality,
            age_s: read.then(|| reading.age(self.snapshot.now).as_secs_f64()),
        }
    }

    fn part(&mut self, number: usize, index: u32) -> PartTold {
        let part = &self.program.parts[index as usize];
        let condition = self.program.outline.of_part(index);
        let condition = condition.map(|condition| self.expression(condition));
        let head = match (number, &condition) {
            (0, Some(_)) => HeadTold::When,
            (_, Some(_)) => HeadTold::ElseWhen,
            (0, None) => HeadTold::Always,
            (_, None) => HeadTold::Else,
        };
        let run = part.run.and_then(|run| self.run(run));
        PartTold { head, condition, run, commands: self.commands(part.commands.clone()) }
    }

    /// What is left of a part's times; `None`: nothing that matters now.
    fn run(&self, run: Run) -> Option<RunTold> {
        let Memory::Run(running) = self.state.memory(run.memory)? else { return None };
        let left = |time: Option<NodeId>| {
            let time = duration(self.now(time?).max(0.0))?;
            let left = time.saturating_sub(running.length?);
            (!left.is_zero()).then_some(left.as_secs_f64())
        };
        let on = running.on;
        let told = RunTold {
            least_s: left(run.least.filter(|_| on)),
            most_s: left(run.most.filter(|_| on)),
            pause_s: left(run.pause.filter(|_| !on)),
            spent: running.spent,
        };
        (told != RunTold::default()).then_some(told)
    }

    fn commands(&mut self, commands: Range<u32>) -> Vec<CommandTold> {
        commands.map(|index| self.command(index)).collect()
    }

    fn command(&mut self, index: u32) -> CommandTold {
        let command = &self.program.commands[index as usize];
        let line = match &*command.origin {
            Origin::Rule { line, .. } => *line,
            Origin::Operator { .. } => 0,
        };
        let (verb, point, node) = match &command.action {
            Action::Set(point, node) => (Verb::Set, *point, *node),
            Action::AtLeast(point, node) => (Verb::AtLeast, *point, *node),
            Action::AtMost(point, node) => (Verb::AtMost, *point, *node),
            Action::Alarm(class, text) => {
                let (verb, text) = (Verb::Alarm(*class), text.to_string());
                return CommandTold {
                    verb,
                    point: String::new(),
                    text,
                    value: None,
                    parts: Vec::new(),
                    line,
                };
            }
        };
        let point = self.site.points.get(point);
        let now = self.now(node);
        let clause = self.program.outline.of_command(index);
        CommandTold {
            verb,
            point: point.name.clone(),
            text: clause.map_or_else(String::new, |id| self.program.outline.clause(id).text()),
            value: (!now.is_nan()).then(|| point.kind.display(now)),
            parts: clause.map_or_else(Vec::new, |clause| self.leaves(clause)),
            line,
        }
    }

    fn now(&self, node: NodeId) -> f64 {
        self.state.values.get(node as usize).copied().unwrap_or(f64::NAN)
    }

    fn expression(&mut self, id: ClauseId) -> Told {
        let program = self.program;
        let clause = program.outline.clause(id);
        let (about, parts) = match clause.names {
            Named::Point(point) => (Some(About::Reading(self.input(point))), Vec::new()),
            Named::Value(value) => self.named(value),
            Named::Nothing => self.composed(id, clause),
        };
        Told { text: clause.text(), says: self.says(clause), about, parts }
    }

    fn says(&self, clause: &Clause) -> Says {
        let now = self.now(clause.node);
        if clause.condition {
            return Says::Holds((!now.is_nan()).then_some(now == 1.0));
        }
        Says::Is((!now.is_nan()).then(|| shown(&clause.kind, now)))
    }

    fn named(&mut self, index: u32) -> (Option<About>, Vec<Told>) {
        let value = &self.program.values[index as usize];
        let name = value.name.clone();
        if (index as usize) < self.program.schedules.len() {
            let now = self.schedule(&name);
            let (on, until) = (now.map(|now| now.on), now.and_then(|now| now.until));
            let by_hand = now.is_some_and(|now| now.by_hand);
            return (Some(About::Schedule { name, on, until, by_hand }), Vec::new());
        }
        let first = self.told.insert(index);
        let expression = self.program.outline.of_value(index).filter(|_| first);
        let parts = expression.map(|expression| self.expression(expression));
        (Some(About::Value { name }), parts.into_iter().collect())
    }

    fn schedule(&self, name: &str) -> Option<ScheduleNow> {
        self.state.schedule(self.program, name, self.snapshot.now.wall)
    }

    /// What an expression that is no bare name is made of.
    fn composed(&mut self, id: ClauseId, clause: &Clause) -> (Option<About>, Vec<Told>) {
        let below = self.program.outline.below(id);
        // `A is on` is A.
        if let [only] = below[..]
            && self.program.outline.clause(only).node == clause.node
        {
            return (None, vec![self.expression(only)]);
        }
        match self.program.nodes[clause.node as usize] {
            Node::For { time, memory, .. } => (self.timer(memory, time), self.timed(&below)),
            Node::Extended { time, memory, .. } => (self.timer(memory, time), self.timed(&below)),
            Node::Until { stop, memory, .. } => {
                (self.timer(memory, stop), self.latched(clause, &below, stop))
            }
            Node::Acknowledge { memory, .. } => (self.waiting(memory), self.timed(&below)),
            Node::Turn(schedule, turn, _) => {
                let now = self.snapshot.now.wall;
                let at = self.state.turn(self.program, schedule as usize, turn, now);
                (Some(About::Turn { at }), self.all_leaves(&below))
            }
            Node::Window { memory, .. } | Node::Demand { memory, .. } => {
                let filling = self.now(clause.node).is_nan() && self.state.fills(memory);
                (Some(About::Window { filling }), self.all_leaves(&below))
            }
            Node::Aggregate { first, count, least, .. } => self.members(first, count, least),
            Node::ByHand(switch, _) => (Some(About::Reading(self.input(switch))), Vec::new()),
            Node::And(..) | Node::Or(..) | Node::Not(_) if clause.condition => {
                let conditions = |id: &&ClauseId| self.program.outline.clause(**id).condition;
                let parts: Vec<ClauseId> = below.iter().filter(conditions).copied().collect();
                if parts.is_empty() {
                    return (None, self.all_leaves(&below));
                }
                (None, parts.into_iter().map(|part| self.expression(part)).collect())
            }
            _ if clause.condition => {
                let sides = below.iter().flat_map(|side| self.side(*side));
                (None, once_each(sides.collect()))
            }
            _ => (None, self.all_leaves(&below)),
        }
    }

    /// One side of a comparison: a computed quantity with what it comes to.
    fn side(&mut self, id: ClauseId) -> Vec<Told> {
        let leaves = self.leaves(id);
        let clause = self.program.outline.clause(id);
        let itself = leaves.first().is_none_or(|leaf| leaf.text == clause.text());
        if itself {
            return leaves;
        }
        vec![Told { text: clause.text(), says: self.says(clause), about: None, parts: leaves }]
    }

    /// Each member of a group, and how many are known.
    fn members(&self, first: u32, count: u32, least: u32) -> (Option<About>, Vec<Told>) {
        let members = &self.program.members[first as usize..][..count as usize];
        let told: Vec<Told> = members.iter().filter_map(|node| self.member(*node)).collect();
        let known = members.iter().filter(|node| !self.now(**node).is_nan()).count();
        (Some(About::Members { known, all: members.len(), least }), told)
    }

    /// A member by the point that it reads.
    fn member(&self, node: NodeId) -> Option<Told> {
        let mut open = vec![node];
        while let Some(next) = open.pop() {
            let part = self.program.nodes[next as usize];
            if let Some(point) = part.point() {
                let input = self.input(point);
                let now = self.now(node);
                let says = if next == node {
                    Says::Is(input.shown.clone().filter(|_| input.is_known()))
                } else {
                    Says::Holds((!now.is_nan()).then_some(now == 1.0))
                };
                let (text, about) = (input.point.clone(), Some(About::Reading(input)));
                return Some(Told { text, says, about, parts: Vec::new() });
            }
            part.each_input(&self.program.members, &mut |input| open.push(input));
        }
        None
    }

    /// The condition of a timer, and its time where that is no literal.
    fn timed(&mut self, below: &[ClauseId]) -> Vec<Told> {
        let Some((condition, rest)) = below.split_first() else { return Vec::new() };
        let mut parts = vec![self.expression(*condition)];
        parts.extend(self.all_leaves(rest));
        parts
    }

    /// Start and stop of a latch.
    fn latched(&mut self, clause: &Clause, below: &[ClauseId], stop: NodeId) -> Vec<Told> {
        let program = self.program;
        let Some((start, rest)) = below.split_first() else { return Vec::new() };
        let begins = program.outline.clause(*start);
        let ends = rest.iter().find(|id| program.outline.clause(**id).node == stop);
        let first = self.expression(*start);
        let now = self.now(stop);
        let says = Says::Holds((!now.is_nan()).then_some(now == 1.0));
        let text = clause.text_behind(begins).trim_start_matches(')').trim_start().to_owned();
        let inner = ends.map(|ends| self.expression(*ends));
        let (about, parts) = inner.map_or((None, Vec::new()), |inner| (inner.about, inner.parts));
        vec![first, Told { text, says, about, parts }]
    }

    fn timer(&self, memory: u32, time: NodeId) -> Option<About> {
        let of_s = duration(self.now(time)).map(|time| time.as_secs_f64());
        Some(match self.state.memory(memory)? {
            Memory::For { held, .. } => About::For { held_s: held.as_secs_f64(), of_s },
            Memory::Extended { ago, .. } => {
                About::Extended { ago_s: ago.map(|ago| ago.as_secs_f64()), of_s }
            }
            Memory::Latch { on } => About::Latch { on },
            Memory::Window(_)
            | Memory::Demand(_)
            | Memory::Hours { .. }
            | Memory::Acknowledge(_)
            | Memory::Run(_) => return None,
        })
    }

    fn waiting(&self, memory: u32) -> Option<About> {
        let Memory::Acknowledge(waiting) = self.state.memory(memory)? else { return None };
        Some(About::Acknowledge { on: waiting.on, by: waiting.by })
    }

    fn all_leaves(&mut self, ids: &[ClauseId]) -> Vec<Told> {
        once_each(ids.iter().flat_map(|id| self.leaves(*id)).collect())
    }

    /// The names and conditions that a quantity is computed from.
    fn leaves(&mut self, id: ClauseId) -> Vec<Told> {
        let clause = self.program.outline.clause(id);
        let node = self.program.nodes[clause.node as usize];
        let whole = matches!(
            node,
            Node::Window { .. } | Node::Demand { .. } | Node::Hours { .. } | Node::Aggregate { .. }
        );
        if clause.names != Named::Nothing || clause.condition || whole {
            return vec![self.expression(id)];
        }
        let below = self.program.outline.below(id);
        self.all_leaves(&below)
    }
}

/// Without those whose text stands before them already.
fn once_each(all: Vec<Told>) -> Vec<Told> {
    let mut found: Vec<Told> = Vec::with_capacity(all.len());
    for told in all {
        if !found.iter().any(|other| other.text == told.text) {
            found.push(told);
        }
    }
    found
}

/// As people say it: lengths of time as `1 h 40 min`.
fn shown(kind: &Kind, value: f64) -> String {
    match kind {
        Kind::Number(unit) if unit.quantity == Quantity::TIME && value >= 1.0 => {
            duration(value).map_or_else(|| unit.display(value), spoken_length)
        }
        kind => kind.display(value),
    }
}
