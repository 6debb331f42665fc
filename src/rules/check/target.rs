//! What is commanded: whether a point can be, and takes this value.

use std::sync::Arc;

use super::Checker;
use super::names::Symbol;
use super::term::{Bounds, Term, Type};
use crate::model::point::state_index;
use crate::model::{Point, PointId, Unit};
use crate::rules::ast::{Expression, Name};
use crate::rules::fault::{KindFault, RuleFault, Unfit};
use crate::site::{ModbusSource, PointSource};

impl<'a> Checker<'a> {
    /// The point that a command names, if it can be commanded.
    pub(super) fn target(&mut self, name: &Name) -> Option<(PointId, &'a Point)> {
        match self.resolve(&name.text) {
            Some(Symbol::Point(id)) => {
                let point = self.site().points.get(id);
                let Some(command) = &point.command else {
                    self.report(&name.place, RuleFault::ReadOnly(name.text.clone()));
                    return None;
                };
                if command.heartbeat.is_some() {
                    self.report(&name.place, RuleFault::Heartbeat(name.text.clone()));
                    return None;
                }
                Some((id, point))
            }
            Some(Symbol::Opaque) => None,
            Some(_) => {
                self.report(&name.place, RuleFault::NotAPoint(name.text.clone()));
                None
            }
            None => {
                self.report_unknown(name);
                None
            }
        }
    }

    pub(super) fn fits_number(
        &mut self,
        name: &Name,
        point: &Point,
        unit: &Unit,
        value: &Expression,
        term: &Term,
    ) -> bool {
        let Type::Number(quantity) = &term.kind else {
            let fault =
                RuleFault::TargetIsNumber { point: name.text.clone(), unit: unit.symbol.clone() };
            self.report(&value.place, fault);
            return false;
        };
        if *quantity != unit.quantity {
            if !self.missing_unit(value, term, unit) {
                let fault = Unfit::Set {
                    point: name.text.clone(),
                    wanted: unit.symbol.clone(),
                    found: term.symbol(),
                };
                self.report(&value.place, KindFault::Unfit(fault));
            }
            return false;
        }
        let allowed = allowed(point);
        let outside = term.bounds.high < allowed.low || term.bounds.low > allowed.high;
        if outside {
            let shown = |value: f64| {
                if value.is_finite() { unit.display(value) } else { "∞".to_owned() }
            };
            let fault = RuleFault::OutOfLimits {
                point: name.text.clone(),
                low: shown(allowed.low),
                high: shown(allowed.high),
            };
            self.report(&value.place, fault);
        }
        !outside
    }

    pub(super) fn fits_states(
        &mut self,
        name: &Name,
        value: &Expression,
        term: &Term,
        states: &Arc<[String]>,
    ) -> bool {
        match &term.kind {
            Type::States(theirs) if theirs == states => return true,
            // A condition is 0 or 1: off or on.
            Type::Condition if **states == ["off".to_owned(), "on".to_owned()] => return true,
            Type::Number(_) => {
                let (point, states) = (name.text.clone(), states.to_vec());
                self.report(&value.place, RuleFault::TargetIsState { point, states });
            }
            _ => self.report(&value.place, KindFault::StatesDiffer),
        }
        false
    }

    /// A device may report states that it cannot be set to.
    pub(super) fn takes_state(
        &mut self,
        name: &Name,
        id: PointId,
        value: &Expression,
        term: &Term,
        states: &[String],
    ) -> bool {
        let written = match self.site().sources.get(id.index()) {
            Some(PointSource::Modbus(ModbusSource { write: Some(write), .. })) => &write.states,
            _ => return true,
        };
        let Some(index) = term.bounds.constant().and_then(state_index) else { return true };
        let taken = written.is_empty() || written.iter().any(|(state, _)| *state == index);
        if !taken {
            let fault = RuleFault::StateNotTaken {
                point: name.text.clone(),
                state: states.get(index).cloned().unwrap_or_default(),
                states: written
                    .iter()
                    .filter_map(|(state, _)| states.get(*state).cloned())
                    .collect(),
            };
            self.report(&value.place, fault);
        }
        taken
    }
}

/// What a point takes: the device's limits, and what the site file declares.
pub(super) fn allowed(point: &Point) -> Bounds {
    let Some(command) = &point.command else { return Bounds::ANY };
    let (low, high) = command.limits.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    Bounds {
        low: command.floor.map_or(low, |floor| low.max(floor)),
        high: command.ceiling.map_or(high, |ceiling| high.min(ceiling)),
    }
}
