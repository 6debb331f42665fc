//! The states of an enumeration: their names in order, and the raw codes by
//! which each is read and written.

use std::time::Duration;

use super::fault::{Meaning, Naming, What, Wire};
use super::place::{At, Faults, Place};
use super::quantity::{Amount, convert};
use super::raw_point::{RawPoint, RawStates};
use super::words;
use crate::model::unit::duration;
use crate::model::{Kind, Quantity};

/// Raw codes with their places, for checks against a type's range.
pub(super) type Codes = Vec<At<i64>>;

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct StateList {
    pub names: Vec<String>,
    /// Code and state, for reading.
    pub read: Vec<(i64, usize)>,
    /// State and code, for writing.
    pub write: Vec<(usize, i64)>,
    /// All codes, for checks.
    pub codes: Codes,
}

/// The states of a point: as written, or a switch where the place has only
/// two (`binary`). `first` is the code of the first state where only an order
/// is given.
pub(super) fn list(
    point: &At<String>,
    raw: &RawPoint,
    binary: bool,
    first: i64,
    faults: &mut Faults,
) -> Option<StateList> {
    let mut list = match &raw.states {
        Some(states) => read_states(point, states, first, faults),
        None if binary && raw.unit.is_none() => StateList {
            names: vec!["off".into(), "on".into()],
            read: vec![(0, 0), (1, 1)],
            ..StateList::default()
        },
        None => return None,
    };
    list.write = match &raw.write_states {
        Some(states) => write_states(point, states, &list, faults),
        None => (0..list.names.len())
            .filter_map(|state| Some((state, code_of(&list, state)?)))
            .collect(),
    };
    if let Some(At { value: RawStates::Coded(coded), .. }) = &raw.write_states {
        list.codes.extend(
            coded
                .iter()
                .flat_map(|(name, codes)| codes.iter().map(|&code| At::new(code, &name.place))),
        );
    }
    Some(list)
}

/// The first code by which a state is read.
fn code_of(list: &StateList, state: usize) -> Option<i64> {
    list.read.iter().find(|(_, index)| *index == state).map(|(code, _)| *code)
}

fn read_states(
    point: &At<String>,
    states: &At<RawStates>,
    first: i64,
    faults: &mut Faults,
) -> StateList {
    let coded: Vec<(At<String>, Vec<i64>)> = match &states.value {
        RawStates::Coded(coded) => coded.clone(),
        RawStates::InOrder(names) => {
            (first..).zip(names).map(|(code, name)| (name.clone(), vec![code])).collect()
        }
    };
    let mut list = StateList::default();
    if coded.is_empty() {
        faults.error(&states.place, Meaning::NoStates);
    }
    for (name, codes) in coded {
        if list.names.contains(&name.value) {
            faults.error(&name.place, Meaning::StateTwice { state: name.value.clone() });
            continue;
        }
        if !words::is_name(&name.value) && !is_stage(&name.value) {
            let mended = words::mended_name(&name.value);
            let fault = Naming::BadName { what: What::State, name: name.value.clone(), mended };
            faults.error(&name.place, fault);
        }
        let state = list.names.len();
        for code in codes {
            add_code(&mut list, point, code, state, &name.place, faults);
        }
        list.names.push(name.value);
    }
    list
}

fn add_code(
    list: &mut StateList,
    point: &At<String>,
    code: i64,
    state: usize,
    place: &Place,
    faults: &mut Faults,
) {
    list.codes.push(At::new(code, place));
    if list.read.iter().any(|(known, _)| *known == code) {
        faults.error(place, Wire::CodeTwice { point: point.value.clone(), code });
    } else {
        list.read.push((code, state));
    }
}

/// A stage is called by its whole number.
fn is_stage(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_digit())
}

fn write_states(
    point: &At<String>,
    states: &At<RawStates>,
    list: &StateList,
    faults: &mut Faults,
) -> Vec<(usize, i64)> {
    let mut write = Vec::new();
    let mut add = |name: &At<String>, code: Option<i64>, faults: &mut Faults| {
        let Some(state) = list.names.iter().position(|known| *known == name.value) else {
            faults.error(&name.place, unknown(point, &name.value, &list.names));
            return;
        };
        write.extend(code.or_else(|| code_of(list, state)).map(|code| (state, code)));
    };
    match &states.value {
        RawStates::InOrder(names) => {
            names.iter().for_each(|name| add(name, None, faults));
        }
        RawStates::Coded(coded) => {
            for (name, codes) in coded {
                match codes.as_slice() {
                    [code] => add(name, Some(*code), faults),
                    _ => faults.error(&name.place, Meaning::OneCodeForWriting),
                }
            }
        }
    }
    write
}

/// What a point had run in its states before counting began.
pub(super) fn hours(
    point: &At<String>,
    kind: &Kind,
    raw: &At<Vec<(At<String>, At<Amount>)>>,
    faults: &mut Faults,
) -> Vec<(usize, Duration)> {
    let Kind::States(names) = kind else {
        faults.error(&raw.place, Meaning::OnlyForStates { key: "hours" });
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, amount) in &raw.value {
        let state = names.iter().position(|known| *known == name.value);
        if state.is_none() {
            faults.error(&name.place, unknown(point, &name.value, names));
        }
        let Some(seconds) = convert(amount, Quantity::TIME, "\"12500 h\"", faults) else {
            continue;
        };
        match duration(seconds) {
            Some(ran) => found.extend(state.map(|state| (state, ran))),
            None => faults.error(&amount.place, Meaning::Negative { key: "hours" }),
        }
    }
    found
}

/// „Der Punkt … nennt den Zustand …, den es nicht gibt.“
pub(super) fn unknown(point: &At<String>, word: &str, known: &[String]) -> Naming {
    Naming::Unknown {
        who: What::Point,
        name: point.value.clone(),
        what: What::State,
        word: word.to_owned(),
        known: known.to_vec(),
    }
}
