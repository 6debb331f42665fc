//! What a rule commands must do no harm if this program dies without letting
//! go: the device falls back by itself, or the value is harmless, or somebody
//! has accepted it in the site file.

use super::Checker;
use super::target::allowed;
use super::term::{Bounds, Term};
use crate::model::{Kind, Point, Role};
use crate::rules::ast::{Bound, Expression, Name};
use crate::rules::fault::{AbandonedFault, Harm};

/// A room whose setpoint stays below this may freeze at its coldest corner.
const ROOM_LEAST_C: f64 = 5.0;
/// A heating circuit whose flow stays below this does not heat.
const FLOW_LEAST_C: f64 = 15.0;
/// Legionella grow below this (DVGW W 551 asks for 60 °C in large systems and
/// never less than 50 °C in small ones).
const TANK_LEAST_C: f64 = 50.0;
/// Above this, hot water scalds within a second.
const TANK_MOST_C: f64 = 70.0;
/// A heating valve that stays more closed than this lets nothing through.
const VALVE_LEAST: f64 = 1.0;

/// Which of a rule's commands is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commanded {
    Set,
    Keep(Bound),
}

impl Checker<'_> {
    /// Reports a command that could do harm if it stayed.
    pub(super) fn check_abandoned(
        &mut self,
        name: &Name,
        point: &Point,
        commanded: Commanded,
        value: &Expression,
        term: &Term,
    ) {
        let Some(command) = &point.command else { return };
        let abandoned = &command.abandoned;
        if abandoned.falls_back.is_some() || abandoned.accepted.is_some() {
            return;
        }
        let harm = match &point.kind {
            Kind::Number(_) => harmful_number(point, commanded, term),
            Kind::States(states) => harmful_state(point, states, term),
        };
        if let Some((harm, worst)) = harm {
            let (point, value_shown) = (name.text.clone(), point.kind.display(worst));
            let fault = AbandonedFault { point, value: value_shown, harm };
            self.report(&value.place, fault);
        }
    }
}

/// The harm of the worst value that the command can have, and that value.
fn harmful_number(point: &Point, commanded: Commanded, term: &Term) -> Option<(Harm, f64)> {
    let allowed = allowed(point);
    let Bounds { low, high } = term.bounds;
    let (low, high) = (low.max(allowed.low), high.min(allowed.high));
    let low = Some(low).filter(|_| commanded != Commanded::Keep(Bound::AtLeast));
    let high = Some(high).filter(|_| commanded != Commanded::Keep(Bound::AtMost));
    let below = |least: f64, harm| low.filter(|low| *low < least).map(|low| (harm, low));
    match point.role {
        Role::RoomSetpoint => below(ROOM_LEAST_C, Harm::Freeze),
        Role::FlowSetpoint => below(FLOW_LEAST_C, Harm::Freeze),
        Role::Valve => below(VALVE_LEAST, Harm::Freeze),
        Role::HotWaterSetpoint => {
            let above = || high.filter(|high| *high > TANK_MOST_C).map(|high| (Harm::Scald, high));
            below(TANK_LEAST_C, Harm::Hygiene).or_else(above)
        }
        _ => None,
    }
}

/// A heat source, pump or valve that stays off; a mode that does not heat.
fn harmful_state(point: &Point, states: &[String], term: &Term) -> Option<(Harm, f64)> {
    let heats = matches!(
        point.role,
        Role::Boiler
            | Role::Burner
            | Role::HeatPump
            | Role::Compressor
            | Role::Pump
            | Role::Valve
            | Role::Mode
    );
    if !heats {
        return None;
    }
    let harmless = point.command.as_ref()?.abandoned.harmless.as_deref();
    let harmful = |index: &f64| match harmless {
        Some(harmless) => !harmless.contains(index),
        None => says_off(states.get(*index as usize).map_or("", String::as_str)),
    };
    let all = (0..states.len()).map(|index| index as f64);
    let possible = |index: &f64| term.bounds.low <= *index && *index <= term.bounds.high;
    all.filter(possible).find(harmful).map(|index| (Harm::Freeze, index))
}

/// Where nobody says which states are harmless, the words for "does not heat"
/// are taken at their word.
fn says_off(state: &str) -> bool {
    ["off", "aus", "stop", "standby", "closed", "zu"].contains(&state.to_lowercase().as_str())
}
