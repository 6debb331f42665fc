//! The checked rules in a flat form: expression nodes in arrays, each after
//! what it reads, so that one pass computes them all. Made by the checker
//! only; evaluated by `eval`.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::model::{Kind, Level, Origin, PointId, Protection, Schedule};

pub(super) use super::ast::How;
use super::ast::Turn;
use super::outline::Outline;
use super::test_case::TestCase;
use super::wiring::Wiring;
use crate::model::AlarmClass;

/// Index of a node; smaller than that of every node that reads it.
pub(super) type NodeId = u32;

/// One step of the computation. Unknown is NaN; conditions are 0 and 1; states
/// are indices. `memory` is an index into [`State::memories`].
///
/// [`State::memories`]: super::State
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// The bits of an f64.
    Const(u64),
    Point(PointId),
    /// Whether it has no usable value.
    Unknown(NodeId),
    /// Whether the hand switch stands in one of these states.
    ByHand(PointId, u32),
    Add(NodeId, NodeId),
    Subtract(NodeId, NodeId),
    Multiply(NodeId, NodeId),
    Divide(NodeId, NodeId),
    Negate(NodeId),
    Absolute(NodeId),
    Least(NodeId, NodeId),
    Greatest(NodeId, NodeId),
    /// a < b
    Less(NodeId, NodeId),
    /// a ≤ b
    AtMost(NodeId, NodeId),
    Equal(NodeId, NodeId),
    Not(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    /// The second where the first is unknown.
    Fallback(NodeId, NodeId),
    Curve(u32, NodeId),
    /// Air in °C, its relative humidity in %: the dew point in °C.
    DewPoint(NodeId, NodeId),
    /// Of the same: water in g/kg.
    Humidity(NodeId, NodeId),
    /// Over `count` of the program's members from `first` on; `least` of them
    /// must be known.
    Aggregate {
        how: How,
        first: u32,
        count: u32,
        least: u32,
    },
    Schedule(u32),
    Turn(u32, Turn, NodeId),
    For {
        condition: NodeId,
        time: NodeId,
        memory: u32,
    },
    Extended {
        condition: NodeId,
        time: NodeId,
        memory: u32,
    },
    Until {
        start: NodeId,
        stop: NodeId,
        memory: u32,
    },
    /// `A until acknowledged`
    Acknowledge {
        start: NodeId,
        memory: u32,
    },
    /// `substituted`: while it is true, the input is left out.
    Window {
        input: NodeId,
        substituted: NodeId,
        memory: u32,
    },
    /// `pulse`: what tells where periods begin, if not the clock, and whether
    /// only its going on does.
    Demand {
        input: NodeId,
        substituted: NodeId,
        pulse: Option<(NodeId, bool)>,
        memory: u32,
    },
    /// `before`: seconds that it had run before counting began.
    Hours {
        condition: NodeId,
        before: u64,
        memory: u32,
    },
}

impl Node {
    /// The point that it reads itself.
    pub const fn point(self) -> Option<PointId> {
        match self {
            Self::Point(point) | Self::ByHand(point, _) => Some(point),
            _ => None,
        }
    }

    /// The timer or latch that it owns.
    pub const fn memory(self) -> Option<u32> {
        match self {
            Self::For { memory, .. }
            | Self::Extended { memory, .. }
            | Self::Until { memory, .. }
            | Self::Acknowledge { memory, .. }
            | Self::Window { memory, .. }
            | Self::Demand { memory, .. }
            | Self::Hours { memory, .. } => Some(memory),
            _ => None,
        }
    }

    /// Whether it follows the wall clock.
    pub const fn is_civil(self) -> bool {
        matches!(self, Self::Schedule(_) | Self::Turn(..))
    }

    /// Every node that it reads. `members`: the program's.
    pub fn each_input(self, members: &[NodeId], with: &mut dyn FnMut(NodeId)) {
        match self {
            Self::Aggregate { first, count, .. } => {
                members[first as usize..][..count as usize].iter().copied().for_each(with);
            }
            Self::Const(_) | Self::Point(_) | Self::ByHand(..) | Self::Schedule(_) => {}
            Self::Unknown(a)
            | Self::Negate(a)
            | Self::Absolute(a)
            | Self::Not(a)
            | Self::Hours { condition: a, .. }
            | Self::Acknowledge { start: a, .. }
            | Self::Curve(_, a)
            | Self::Turn(_, _, a) => with(a),
            Self::Demand { input, substituted, pulse, .. } => {
                with(input);
                with(substituted);
                pulse.into_iter().for_each(|(pulse, _)| with(pulse));
            }
            Self::Add(a, b)
            | Self::Window { input: a, substituted: b, .. }
            | Self::Subtract(a, b)
            | Self::Multiply(a, b)
            | Self::Divide(a, b)
            | Self::Least(a, b)
            | Self::Greatest(a, b)
            | Self::Less(a, b)
            | Self::AtMost(a, b)
            | Self::Equal(a, b)
            | Self::And(a, b)
            | Self::Or(a, b)
            | Self::Fallback(a, b)
            | Self::DewPoint(a, b)
            | Self::Humidity(a, b)
            | Self::For { condition: a, time: b, .. }
            | Self::Extended { condition: a, time: b, .. }
            | Self::Until { start: a, stop: b, .. } => {
                with(a);
                with(b);
            }
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub id: RuleId,
    pub origin: Arc<Origin>,
    pub level: Level,
    /// How long the last decision is kept.
    pub grace: Duration,
    /// How long after a start inputs may stay unread before that counts.
    pub wait: Duration,
    pub parts: Range<u32>,
    /// Commands of `on fault`.
    pub on_fault: Option<Range<u32>>,
    /// All points that it depends on.
    pub inputs: Range<u32>,
    /// The memories of the windows that it depends on.
    pub windows: Arc<[u32]>,
    /// Some part of it runs or pauses for a time.
    pub runs: bool,
    /// It is computed and compared, and commands nothing.
    pub shadow: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Part {
    /// `None`: always.
    pub condition: Option<NodeId>,
    pub commands: Range<u32>,
    pub run: Option<Run>,
}

/// How long a part stays active, and how long it rests: nodes of times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub least: Option<NodeId>,
    pub most: Option<NodeId>,
    pub pause: Option<NodeId>,
    pub memory: u32,
}

impl Run {
    pub fn times(self) -> impl Iterator<Item = NodeId> {
        [self.least, self.most, self.pause].into_iter().flatten()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Command {
    pub action: Action,
    pub origin: Arc<Origin>,
}

#[derive(Debug, Clone)]
pub(super) enum Action {
    Set(PointId, NodeId),
    AtLeast(PointId, NodeId),
    AtMost(PointId, NodeId),
    Alarm(AlarmClass, Arc<str>),
}

impl Action {
    /// The point that it commands.
    pub const fn target(&self) -> Option<PointId> {
        match self {
            Self::Set(point, _) | Self::AtLeast(point, _) | Self::AtMost(point, _) => Some(*point),
            Self::Alarm(..) => None,
        }
    }

    /// The node whose value it commands.
    pub const fn value(&self) -> Option<NodeId> {
        match self {
            Self::Set(_, value) | Self::AtLeast(_, value) | Self::AtMost(_, value) => Some(*value),
            Self::Alarm(..) => None,
        }
    }
}

/// A constant that stands in where `preferred` is unknown.
#[derive(Debug, Clone)]
pub(super) struct Substitute {
    pub preferred: NodeId,
    pub origin: Arc<Origin>,
    pub inputs: Range<u32>,
}

#[derive(Debug, Clone)]
pub(super) struct Value {
    pub name: Arc<str>,
    pub kind: Arc<Kind>,
    pub node: NodeId,
    /// All points that it depends on.
    pub inputs: Range<u32>,
}

#[derive(Debug, Clone)]
pub(super) struct NamedSchedule {
    pub name: Arc<str>,
    pub schedule: Schedule,
}

/// Piecewise linear, held flat outside its ends; x ascends.
#[derive(Debug, Clone, Default)]
pub(super) struct Curve {
    pub nodes: Vec<(f64, f64)>,
}

impl Curve {
    /// The value at `x`; NaN where x is.
    pub fn at(&self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        let above = self.nodes.partition_point(|node| node.0 <= x);
        match (above.checked_sub(1).map(|below| self.nodes[below]), self.nodes.get(above)) {
            (Some((x0, y0)), Some(&(x1, y1))) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
            (Some((_, y)), None) => y,
            (None, Some(&(_, y))) => y,
            (None, None) => f64::NAN,
        }
    }
}

/// Whose timer or latch one is: it comes back after a restart or a reload
/// where this is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MemoryId {
    /// Building and name of the rule or value.
    pub owner: Arc<str>,
    /// The clause as written, without needless space.
    pub text: Arc<str>,
    /// Counted from 0 among clauses of the owner that are written alike.
    pub nth: u16,
}

/// Which rule one is: its last decision comes back where this is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RuleId {
    /// Building and name.
    pub rule: Arc<str>,
    /// Fingerprint of its text.
    pub written: u64,
}

/// Rules that passed the check.
#[derive(Debug, Clone)]
pub struct Program {
    pub(super) nodes: Vec<Node>,
    pub(super) rules: Vec<Rule>,
    pub(super) parts: Vec<Part>,
    pub(super) commands: Vec<Command>,
    pub(super) inputs: Vec<PointId>,
    pub(super) hand_states: Vec<Vec<f64>>,
    pub(super) curves: Vec<Curve>,
    /// Of all aggregates.
    pub(super) members: Vec<NodeId>,
    pub(super) schedules: Vec<NamedSchedule>,
    pub(super) values: Vec<Value>,
    pub(super) substitutes: Vec<Substitute>,
    /// Owner of each memory, and what it is before anything has happened.
    pub(super) memories: Vec<(MemoryId, super::state::Memory)>,
    pub(super) reads: Vec<PointId>,
    pub(super) targets: Vec<PointId>,
    /// In order of points.
    pub(super) protections: Vec<Protection>,
    pub(super) tests: Vec<TestCase>,
    pub(super) zone: TimeZone,
    /// The site's grace.
    pub(super) grace: Duration,
    /// The longest time that the rules name.
    pub(super) longest: Duration,
    pub(super) wiring: Wiring,
    pub(super) outline: Outline,
}

impl Program {
    /// A program without rules.
    pub(super) fn empty(zone: TimeZone, grace: Duration) -> Self {
        Self {
            nodes: Vec::new(),
            rules: Vec::new(),
            parts: Vec::new(),
            commands: Vec::new(),
            inputs: Vec::new(),
            hand_states: Vec::new(),
            curves: Vec::new(),
            members: Vec::new(),
            schedules: Vec::new(),
            values: Vec::new(),
            substitutes: Vec::new(),
            memories: Vec::new(),
            reads: Vec::new(),
            targets: Vec::new(),
            protections: Vec::new(),
            tests: Vec::new(),
            zone,
            grace,
            longest: Duration::ZERO,
            wiring: Wiring::default(),
            outline: Outline::default(),
        }
    }

    /// Gives back the room for what will not come: it stays for years.
    pub(super) fn shrink_to_fit(&mut self) {
        self.nodes.shrink_to_fit();
        self.rules.shrink_to_fit();
        self.parts.shrink_to_fit();
        self.commands.shrink_to_fit();
        self.inputs.shrink_to_fit();
        self.memories.shrink_to_fit();
        self.outline.shrink_to_fit();
    }

    /// The commands of a rule's part, counted from 0.
    pub(super) fn commands_in(&self, rule: &Rule, part: u16) -> Range<u32> {
        let part = self.parts.get(rule.parts.start as usize + usize::from(part));
        part.map_or(0..0, |part| part.commands.clone())
    }

    /// Every node whose value a rule looks at.
    pub(super) fn each_node_of(&self, rule: &Rule, with: &mut dyn FnMut(NodeId)) {
        let slice = |range: &Range<u32>| range.start as usize..range.end as usize;
        let parts = &self.parts[slice(&rule.parts)];
        parts.iter().filter_map(|part| part.condition).for_each(&mut *with);
        parts.iter().filter_map(|part| part.run).flat_map(Run::times).for_each(&mut *with);
        let commands = parts.iter().map(|part| &part.commands).chain(&rule.on_fault);
        for command in commands.flat_map(|commands| &self.commands[slice(commands)]) {
            if let Some(value) = command.action.value() {
                with(value);
            }
        }
    }

    /// The timers of a rule's parts.
    pub(super) fn runs_of(&self, rule: &Rule) -> impl Iterator<Item = Run> {
        let parts = &self.parts[rule.parts.start as usize..rule.parts.end as usize];
        parts.iter().filter_map(|part| part.run)
    }

    /// The points that some rule or value reads, in order.
    #[must_use]
    pub fn reads(&self) -> &[PointId] {
        &self.reads
    }

    /// The points that some rule may command, in order.
    #[must_use]
    pub fn commands(&self) -> &[PointId] {
        &self.targets
    }

    /// The protected points, in order.
    #[must_use]
    pub fn protections(&self) -> &[Protection] {
        &self.protections
    }

    /// The `test` entries, in the order of the files.
    #[must_use]
    pub fn tests(&self) -> &[TestCase] {
        &self.tests
    }

    /// Each timer and latch, and what it is before anything has happened.
    pub fn memories(&self) -> impl Iterator<Item = (&MemoryId, &super::state::Memory)> {
        self.memories.iter().map(|(id, fresh)| (id, fresh))
    }

    /// Each rule, in the order of the files.
    pub fn rule_ids(&self) -> impl Iterator<Item = &RuleId> {
        self.rules.iter().map(|rule| &rule.id)
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Names of all schedules, with their building.
    pub fn schedules(&self) -> impl Iterator<Item = &str> {
        self.schedules.iter().map(|schedule| &*schedule.name)
    }

    /// The schedule called `Building.Schedule`.
    #[must_use]
    pub fn schedule(&self, name: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|named| &*named.name == name).map(|named| &named.schedule)
    }

    /// Whether the schedule called `Building.Schedule` is on at `at`; `None`
    /// if there is no such schedule.
    #[must_use]
    pub fn schedule_on(&self, name: &str, at: Timestamp) -> Option<bool> {
        self.schedule(name).map(|schedule| schedule.is_on(at, &self.zone))
    }

    /// When the schedule called `Building.Schedule` changes next; `None` if
    /// there is no such schedule or it does not change within 400 days.
    #[must_use]
    pub fn schedule_changes(&self, name: &str, at: Timestamp) -> Option<Timestamp> {
        self.schedule(name)?.next_change(at, &self.zone)
    }
}
