//! What becomes of a command if this program dies without letting go: whether
//! the device falls back by itself, which states do no harm, and who accepted
//! that a command may stay. The rules' checker asks it before a rule may
//! command what could freeze, overheat or stop hygiene.

use jiff::civil::Date;

use super::fault::{Closing, Stay};
use super::place::{At, Faults};
use super::raw_point::{RawAccepted, RawPoint};
use super::states;
use crate::model::unit::duration;
use crate::model::{Abandoned, Accepted, Kind};

pub(super) fn build(
    name: &At<String>,
    raw: &RawPoint,
    template: Option<&RawPoint>,
    kind: &Kind,
    faults: &mut Faults,
) -> Abandoned {
    if let Some(at) = template.and_then(|template| template.stays.as_ref()) {
        faults.error(&at.place, Stay::InTemplate);
    }
    if let Some(at) = template.and_then(|template| template.out_of_service.as_ref()) {
        faults.error(&at.place, Closing::InTemplate);
    }
    Abandoned {
        falls_back: raw.falls_back.as_ref().and_then(|at| duration(at.value)),
        harmless: raw.harmless.as_ref().map(|states| harmless(name, states, kind, faults)),
        accepted: raw.stays.as_ref().and_then(|at| accepted(&at.value, faults)),
    }
}

fn harmless(
    name: &At<String>,
    listed: &[At<String>],
    kind: &Kind,
    faults: &mut Faults,
) -> Vec<f64> {
    let Kind::States(names) = kind else {
        if let Some(first) = listed.first() {
            faults.error(&first.place, Stay::HarmlessNumber);
        }
        return Vec::new();
    };
    let mut found = Vec::new();
    for state in listed {
        match names.iter().position(|name| *name == state.value) {
            Some(index) => found.push(index as f64),
            None => faults.error(&state.place, states::unknown(name, &state.value, names)),
        }
    }
    found
}

/// A risk is accepted by a person with a name, on a day that exists, for a
/// reason.
fn accepted(raw: &RawAccepted, faults: &mut Faults) -> Option<Accepted> {
    for (key, text) in [("by", &raw.by), ("why", &raw.why)] {
        if text.value.trim().is_empty() {
            faults.error(&text.place, Stay::Empty { key });
        }
    }
    let Ok(on) = raw.on.value.parse::<Date>() else {
        faults.error(&raw.on.place, Stay::NotADate { found: raw.on.value.clone() });
        return None;
    };
    Some(Accepted { by: raw.by.value.clone(), on, why: raw.why.value.clone() })
}
