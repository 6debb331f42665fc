//! Protections: one a point, of the right kind, in the right unit and within
//! reason; and whether an output that follows a reading has one.

use std::collections::HashSet;
use std::time::Duration;

use super::Checker;
use super::each::Spot;
use super::target::allowed;
use super::term::Term;
use crate::model::unit::duration;
use crate::model::{Guard, Kind, Point, PointId, Protection, Quantity, Role, Unit};
use crate::rules::ast::{Entry, GuardLine, Literal, Name, Place, ProtectEntry};
use crate::rules::fault::ProtectFault;
use crate::rules::program::{How, Node, NodeId};
use crate::rules::state::Memory;
use crate::rules::window::Gauge;

/// Longer than this nothing is held on or off.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// More changes an hour than cycles of 10 s are no bound.
const MOST_CHANGES: f64 = 360.0;
/// A ramp that takes longer from one end to the other is hardly meant: drying
/// a screed takes a week or two.
const SLOWEST: Duration = Duration::from_secs(14 * 86_400);

impl<'a> Checker<'a> {
    pub(super) fn protections(&mut self, spots: &[Spot<'a>]) {
        for spot in spots {
            if let Entry::Protect(entry) = spot.entry {
                self.enter_spot(spot, &entry.point.text);
                self.protection(entry);
            }
        }
        self.program.protections.sort_by_key(|protection| protection.point);
    }

    fn protection(&mut self, entry: &ProtectEntry) {
        let Some((id, point)) = self.target(&entry.point) else { return };
        if self.is_protected(&entry.point, id) {
            return;
        }
        let file = self.here.source.file.clone();
        self.protected
            .insert(id, (self.location(&entry.point.place), file, entry.point.place.clone()));
        if entry.lines.is_empty() && !entry.broken {
            let help = usual_line(point);
            self.report(&entry.point.place, ProtectFault::Empty { help });
        }
        let file = self.here.source.file.clone();
        let mut protection = Protection::of(id, point, file);
        let mut whole = !entry.broken;
        for (line, place) in &entry.lines {
            whole &= self.guard_line(&entry.point, point, line, place, &mut protection).is_some();
        }
        if whole {
            self.program.protections.push(protection);
        }
    }

    /// Whether another entry protects the point; that is reported.
    fn is_protected(&mut self, name: &Name, id: PointId) -> bool {
        let Some((place, file, span)) = self.protected.get(&id).cloned() else { return false };
        let point = name.text.clone();
        let same_line = place == self.location(&name.place);
        let told = same_line && self.report_loop_protect(&name.place, &point);
        if !told {
            self.report_with(&name.place, ProtectFault::Twice { point, place }, (&file, &span));
        }
        true
    }

    fn report_loop_protect(&mut self, place: &Place, point: &str) -> bool {
        self.report_loop(place, |variable| ProtectFault::ByEach {
            point: point.to_owned(),
            variable: variable.to_owned(),
        })
    }

    /// Adds what a line asks; `None` if it was reported.
    fn guard_line(
        &mut self,
        name: &Name,
        point: &Point,
        line: &GuardLine,
        place: &Place,
        protection: &mut Protection,
    ) -> Option<()> {
        let at = self.line(place);
        match line {
            GuardLine::On(time) => {
                let limit = self.stays(name, point, line, time)?;
                protection.on_at_least = Some(Guard { limit, line: at });
            }
            GuardLine::Off(time) => {
                let limit = self.stays(name, point, line, time)?;
                protection.off_at_least = Some(Guard { limit, line: at });
            }
            GuardLine::Change(count) => {
                let limit = self.changes(count)?;
                protection.changes = Some(Guard { limit, line: at });
            }
            GuardLine::Step(by) => {
                let limit = self.step(name, point, line, by)?;
                protection.step = Some(Guard { limit, line: at });
            }
            GuardLine::Ramp { by, per } => {
                let limit = self.ramp(name, point, line, by, per)?;
                protection.ramp = Some(Guard { limit, line: at });
            }
        }
        Some(())
    }

    /// `change at most N per hour`
    fn changes(&mut self, count: &Literal) -> Option<u32> {
        if !(1.0..=MOST_CHANGES).contains(&count.value) || count.value.fract() != 0.0 {
            let help = "change at most 6 per hour".to_owned();
            self.report(&count.place, ProtectFault::Count { help });
            return None;
        }
        self.longest(Some(Duration::from_secs(3600)));
        Some(count.value as u32)
    }

    /// `on at least D`, `off at least D`
    fn stays(
        &mut self,
        name: &Name,
        point: &Point,
        line: &GuardLine,
        time: &Literal,
    ) -> Option<Duration> {
        let point_name = name.text.clone();
        if point.kind.off().is_none() {
            let fault = match &point.kind {
                Kind::Number(unit) => ProtectFault::NotSwitched {
                    point: point_name,
                    unit: unit.symbol.clone(),
                    help: usual_line(point),
                },
                Kind::States(states) => {
                    ProtectFault::NoOff { point: point_name, states: states.clone() }
                }
            };
            self.report(&time.place, fault);
            return None;
        }
        let phrase = line.phrase();
        let length = duration(time.value).filter(|length| *length > Duration::ZERO);
        let Some(length) = length else {
            self.report(&time.place, ProtectFault::Zero { help: format!("{phrase} 5 min") });
            return None;
        };
        if length > LONGEST {
            self.report(&time.place, ProtectFault::TooLong { help: format!("{phrase} 24 h") });
            return None;
        }
        self.longest(Some(length));
        Some(length)
    }

    /// `step at least X`
    fn step(&mut self, name: &Name, point: &Point, line: &GuardLine, by: &Literal) -> Option<f64> {
        self.moves_by(name, point, line, by)?;
        let allowed = allowed(point);
        if by.value > allowed.high - allowed.low {
            let (low, high) = range(point);
            let point = name.text.clone();
            self.report(&by.place, ProtectFault::WiderThanRange { point, low, high });
            return None;
        }
        Some(by.value)
    }

    /// `ramp at most X per D`: how much a second.
    fn ramp(
        &mut self,
        name: &Name,
        point: &Point,
        line: &GuardLine,
        by: &Literal,
        per: &Literal,
    ) -> Option<f64> {
        let unit = self.moves_by(name, point, line, by)?;
        if per.value <= 0.0 {
            let help = format!("ramp at most {} per 1 h", unit.display(by.value));
            self.report(&per.place, ProtectFault::Zero { help });
            return None;
        }
        let pace = by.value / per.value;
        let allowed = allowed(point);
        let whole = (allowed.high - allowed.low) / pace;
        if whole.is_finite() && whole > SLOWEST.as_secs_f64() {
            let (low, high) = range(point);
            let point = name.text.clone();
            let days = (whole / 86_400.0).ceil() as u64;
            self.warn(&by.place, ProtectFault::Slow { point, days, low, high });
        }
        Some(pace)
    }

    /// A difference of the point's, above zero; its unit.
    fn moves_by(
        &mut self,
        name: &Name,
        point: &Point,
        line: &GuardLine,
        by: &Literal,
    ) -> Option<Unit> {
        let Kind::Number(unit) = &point.kind else {
            let help = usual_line(point);
            let fault = ProtectFault::NotAQuantity { point: name.text.clone(), help };
            self.report(&by.place, fault);
            return None;
        };
        let unit = difference(unit);
        let usual = format!("{} {}{}", line.phrase(), usual_step(&unit), behind(line));
        if by.unit.quantity != unit.quantity {
            let bare = by.unit.symbol.is_empty() || by.unit.quantity.absolute;
            let shown = unit.display(unit.canonical(by.unit.shown(by.value)));
            let help =
                if bare { format!("{} {shown}{}", line.phrase(), behind(line)) } else { usual };
            let (point, wanted) = (name.text.clone(), unit.symbol);
            self.report(&by.place, ProtectFault::Unit { point, wanted, help });
            return None;
        }
        if by.value <= 0.0 {
            self.report(&by.place, ProtectFault::Zero { help: usual });
            return None;
        }
        Some(unit)
    }

    /// Whether the point has a line that keeps it from switching to and fro;
    /// or may have, in an entry that was reported.
    pub(super) fn is_calmed(&self, id: PointId) -> bool {
        let protection = self.protection_of(id);
        protection.map_or(self.protected.contains_key(&id), Protection::calms)
    }

    pub(super) fn protection_of(&self, id: PointId) -> Option<&Protection> {
        let all = &self.program.protections;
        let place = all.binary_search_by_key(&id, |protection| protection.point).ok()?;
        Some(&all[place])
    }

    /// Warns of a quantity that is set to what follows a reading, where no
    /// `step` holds it.
    pub(super) fn check_restless(
        &mut self,
        name: &Name,
        id: PointId,
        unit: &Unit,
        place: &Place,
        term: &Term,
    ) {
        let protection = self.protection_of(id);
        let is_protected = self.protected.contains_key(&id);
        // What is wrong with an entry is said already.
        let held = protection.map_or(is_protected, |it| it.step.is_some() || it.changes.is_some());
        if held || term.bounds.constant().is_some() || !self.drifts(term.node) {
            return;
        }
        let step = format!("step at least {}", usual_step(&difference(unit)));
        let point = name.text.clone();
        let help = if is_protected { step } else { format!("protect {point}\n  {step}") };
        self.warn(place, ProtectFault::WritesOften { point, help });
    }

    /// Whether a number changes with every digit of some reading.
    fn drifts(&self, node: NodeId) -> bool {
        let mut open = vec![node];
        let mut seen = HashSet::new();
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            match self.program.nodes[node as usize] {
                Node::Point(point) if self.is_measured(point) => return true,
                Node::Less(..)
                | Node::AtMost(..)
                | Node::Equal(..)
                | Node::Unknown(_)
                | Node::Not(_)
                | Node::And(..)
                | Node::Or(..)
                | Node::Aggregate { how: How::Count | How::Any | How::All, .. } => {}
                Node::Window { memory, .. } if self.counts(memory) => {}
                Node::Demand { .. } | Node::Hours { .. } => return true,
                other => other.each_input(&self.program.members, &mut |input| open.push(input)),
            }
        }
        false
    }

    /// Whether a window counts instead of measuring.
    fn counts(&self, memory: u32) -> bool {
        match &self.program.memories[memory as usize].1 {
            Memory::Window(window) => window.gauge() == Gauge::Starts,
            _ => false,
        }
    }

    /// Whether it is a quantity that a sensor gives: nobody sets it.
    fn is_measured(&self, id: PointId) -> bool {
        let point = self.site().points.get(id);
        let set = matches!(
            point.role,
            Role::RoomSetpoint | Role::FlowSetpoint | Role::SupplySetpoint | Role::HotWaterSetpoint
        );
        matches!(&point.kind, Kind::Number(unit) if !unit.symbol.is_empty())
            && point.command.is_none()
            && !set
    }
}

/// The unit of differences: K where °C is shown.
fn difference(unit: &Unit) -> Unit {
    if unit.quantity.absolute { Quantity::KELVIN.usual_unit() } else { unit.clone() }
}

/// A line that suits the point.
pub(super) fn usual_line(point: &Point) -> String {
    match &point.kind {
        Kind::Number(unit) => format!("step at least {}", usual_step(&difference(unit))),
        Kind::States(_) if point.kind.off().is_some() => "on at least 5 min".to_owned(),
        Kind::States(_) => "change at most 6 per hour".to_owned(),
    }
}

/// A step that a technician would take.
fn usual_step(unit: &Unit) -> String {
    let shown = match unit.symbol.as_str() {
        "K" => 0.5,
        "%" => 2.0,
        "ppm" | "Pa" => 20.0,
        _ => 1.0,
    };
    unit.display(unit.canonical(shown))
}

/// What stands behind the amount.
const fn behind(line: &GuardLine) -> &'static str {
    if matches!(line, GuardLine::Ramp { .. }) { " per 1 h" } else { "" }
}

/// What the point takes, from one end to the other.
fn range(point: &Point) -> (String, String) {
    let allowed = allowed(point);
    (point.kind.display(allowed.low), point.kind.display(allowed.high))
}
