//! How often the rules may write a point at most, for registers that wear out:
//! an honest upper bound, from what the commands hang on. Where that is
//! schedules alone, their changes are counted; where it is readings, only what
//! spaces writes out bounds them.

use std::collections::HashSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::program::{Node, NodeId, Program};
use crate::model::wear::YEAR;
use crate::model::{Point, PointId};

/// Commands follow an input no faster.
const FASTEST: Duration = Duration::from_secs(1);
/// More changes of a schedule in a year than this are not counted on.
const MOST: usize = 200_000;

/// What bounds the writes of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// No rule commands it.
    Nobody,
    /// The changes of schedules.
    Schedules,
    /// `min_write_interval`.
    Interval,
    /// `protect` of switched points.
    Protection,
    /// Nothing but the cycle.
    Cycle,
}

/// The most writes of a point in a year, and why no more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    pub a_year: f64,
    pub bound: Bound,
    /// A command follows a reading digit by digit.
    pub follows: bool,
    /// So often it will be: it hangs on schedules alone, or follows a reading.
    /// Else it could be, and hardly will.
    pub expected: bool,
}

/// What the commands of a point hang on.
#[derive(Debug, Default)]
struct Causes {
    /// Schedules, each with how often its changes are looked at.
    schedules: Vec<u32>,
    timers: usize,
    readings: bool,
}

impl Program {
    /// The most that the rules write `point` in the year from `from` on.
    #[must_use]
    pub fn pace(&self, id: PointId, point: &Point, from: Timestamp) -> Pace {
        let rules = self.rules_commanding(id);
        let rules: Vec<usize> = rules.into_iter().filter(|rule| !self.is_shadow(*rule)).collect();
        let Some(command) = point.command.as_ref().filter(|_| !rules.is_empty()) else {
            return Pace { a_year: 0.0, bound: Bound::Nobody, follows: false, expected: true };
        };
        let (mut open, mut values, mut runs) = (Vec::new(), Vec::new(), 0);
        for rule in rules {
            self.each_node_of(&self.rules[rule], &mut |node| open.push(node));
            runs += self.runs_of(&self.rules[rule]).count();
            let commands = self.commands_of(rule).map(|at| &self.commands[at].action);
            let own = commands.filter(|action| action.target() == Some(id));
            values.extend(own.filter_map(super::program::Action::value));
        }
        let mut causes = self.causes(open);
        causes.timers += runs;
        let (mut a_year, mut bound) = if causes.readings {
            self.of_protection(id)
        } else {
            (self.of_schedules(&causes, from), Bound::Schedules)
        };
        let interval = a_year_of(command.min_write_interval);
        if interval < a_year {
            (a_year, bound) = (interval, Bound::Interval);
        }
        if let Some(every) = command.keep_alive {
            a_year += a_year_of(every);
        }
        let follows = causes.readings && self.follows(values);
        Pace { a_year, bound, follows, expected: follows || !causes.readings }
    }

    fn causes(&self, mut open: Vec<NodeId>) -> Causes {
        let (mut seen, mut causes) = (HashSet::new(), Causes::default());
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let node = self.nodes[id as usize];
            match node {
                Node::Schedule(schedule) | Node::Turn(schedule, ..) => {
                    causes.schedules.push(schedule);
                }
                Node::For { .. } | Node::Extended { .. } => causes.timers += 1,
                Node::Const(_) => {}
                _ => causes.readings |= node.point().is_some() || counts(node),
            }
            node.each_input(&self.members, &mut |input| open.push(input));
        }
        causes
    }

    /// Each schedule as often as it is looked at; a timer may delay each.
    fn of_schedules(&self, causes: &Causes, from: Timestamp) -> f64 {
        let until = from.checked_add(SignedDuration::from_secs(YEAR.as_secs().cast_signed()));
        let until = until.unwrap_or(Timestamp::MAX);
        let changes = causes.schedules.iter().map(|schedule| {
            let schedule = &self.schedules[*schedule as usize].schedule;
            let next = |at: &Timestamp| schedule.next_change(*at, &self.zone);
            let all = std::iter::successors(next(&from), next);
            all.take_while(|at| *at < until).take(MOST).count()
        });
        let changes: usize = changes.sum();
        (changes * (1 + causes.timers)) as f64
    }

    fn of_protection(&self, id: PointId) -> (f64, Bound) {
        let fastest = (a_year_of(FASTEST), Bound::Cycle);
        let guards = &self.protections;
        let Ok(place) = guards.binary_search_by_key(&id, |guard| guard.point) else {
            return fastest;
        };
        let guard = &guards[place];
        let hours = a_year_of(Duration::from_secs(3600));
        let changes = guard.changes.map(|changes| f64::from(changes.limit) * hours);
        let length = |stays: Option<crate::model::Guard<Duration>>| {
            stays.map_or(Duration::ZERO, |stays| stays.limit)
        };
        let round = length(guard.on_at_least) + length(guard.off_at_least);
        let switches = Some(2.0 * a_year_of(round)).filter(|_| !round.is_zero());
        let least = changes.into_iter().chain(switches).fold(f64::INFINITY, f64::min);
        if least < fastest.0 { (least, Bound::Protection) } else { fastest }
    }

    /// Whether one of these values changes with every digit of a reading.
    fn follows(&self, mut open: Vec<NodeId>) -> bool {
        let mut seen = HashSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let node = self.nodes[id as usize];
            match node {
                Node::Point(_) | Node::Window { .. } | Node::Demand { .. } => return true,
                Node::Less(..) | Node::AtMost(..) | Node::Equal(..) | Node::Unknown(_) => {}
                _ => node.each_input(&self.members, &mut |input| open.push(input)),
            }
        }
        false
    }
}

/// Whether a node changes by itself, though no schedule does.
const fn counts(node: Node) -> bool {
    matches!(
        node,
        Node::Window { .. } | Node::Demand { .. } | Node::Hours { .. } | Node::Acknowledge { .. }
    )
}

fn a_year_of(interval: Duration) -> f64 {
    if interval.is_zero() { f64::INFINITY } else { YEAR.as_secs_f64() / interval.as_secs_f64() }
}
