//! Heating circuits: which flow, return, room, setpoint, pump and valve belong
//! together. A device with one flow sensor is a circuit; of one with several, points
//! whose names begin alike (`RK1_Vorlauf`, `RK1_Pumpe`) are. What cannot be told to
//! belong to heating, as a pump beside a hot-water tank, is left out.

use std::collections::BTreeMap;

use super::followed::{Followed, Seen};
use crate::model::Role;

/// Places of its points; `None`: it has none such.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circuit {
    pub flow: Option<usize>,
    pub flow_setpoint: Option<usize>,
    pub back: Option<usize>,
    pub room: Option<usize>,
    pub setpoint: Option<usize>,
    pub mode: Option<usize>,
    pub valve: Option<usize>,
    pub pump: Option<usize>,
}

/// Those of a building.
pub fn circuits(followed: &Followed) -> Vec<Circuit> {
    let mut devices: BTreeMap<usize, Vec<(usize, &Seen)>> = BTreeMap::new();
    for (place, seen) in followed.iter() {
        devices.entry(seen.device).or_default().push((place, seen));
    }
    let all = devices.into_values().flat_map(|points| of_device(&points));
    // A heat meter has a flow as well.
    let steered = |it: &Circuit| {
        [it.pump, it.valve, it.mode, it.setpoint, it.flow_setpoint, it.room]
            .iter()
            .any(Option::is_some)
    };
    all.filter(steered).collect()
}

fn of_device(points: &[(usize, &Seen)]) -> Vec<Circuit> {
    let of_role = |role: Role| points.iter().filter(move |(_, seen)| seen.role == role);
    let flows: Vec<&str> = of_role(Role::FlowTemperature)
        .map(|(_, seen)| seen.own.as_str())
        .filter(|own| !hot_water(own))
        .collect();
    let has_tank = of_role(Role::HotWaterTemperature).next().is_some();
    let cools = points.iter().any(|(_, seen)| cooling(&seen.own));
    let rooms = of_role(Role::RoomTemperature).count();
    if cools {
        return Vec::new();
    }
    match flows[..] {
        [] if rooms == 1 && !has_tank => vec![gather(points)],
        [_] if !has_tank => vec![gather(points)],
        _ => {
            let prefixes = flows.iter().filter_map(|own| own.split_once('_')).map(|(it, _)| it);
            prefixes.map(|prefix| gather(&beginning(points, prefix))).collect()
        }
    }
}

fn beginning<'a>(points: &[(usize, &'a Seen)], prefix: &str) -> Vec<(usize, &'a Seen)> {
    let begins = |seen: &Seen| seen.own.split_once('_').is_some_and(|(begin, _)| begin == prefix);
    points.iter().filter(|(_, seen)| begins(seen)).copied().collect()
}

/// Of several of one role the first counts.
fn gather(points: &[(usize, &Seen)]) -> Circuit {
    let mut circuit = Circuit::default();
    for (place, seen) in points.iter().filter(|(_, seen)| !hot_water(&seen.own)) {
        let part = match seen.role {
            Role::FlowTemperature => &mut circuit.flow,
            Role::FlowSetpoint => &mut circuit.flow_setpoint,
            Role::ReturnTemperature => &mut circuit.back,
            Role::RoomTemperature => &mut circuit.room,
            Role::RoomSetpoint => &mut circuit.setpoint,
            Role::Mode => &mut circuit.mode,
            Role::Valve if seen.runs.is_some() => &mut circuit.valve,
            Role::Pump if seen.runs.is_some() => &mut circuit.pump,
            _ => continue,
        };
        part.get_or_insert(*place);
    }
    circuit
}

/// Whether a name says that it is about hot water, which runs in summer too.
fn hot_water(own: &str) -> bool {
    const WORDS: [&str; 7] = ["warmwasser", "zirkulation", "lade", "speicher", "tww", "bww", "dhw"];
    let own = own.to_lowercase();
    WORDS.iter().any(|word| own.contains(word)) || own.split('_').any(|part| part == "ww")
}

/// Whether a valve's name says that it cools.
pub fn cooling(own: &str) -> bool {
    const WORDS: [&str; 6] = ["kühl", "kuehl", "kälte", "kaelte", "cool", "chill"];
    let own = own.to_lowercase();
    WORDS.iter().any(|word| own.contains(word))
}

/// Whether a valve's name says that it heats.
pub fn heating(own: &str) -> bool {
    const WORDS: [&str; 5] = ["heiz", "erhitz", "wärme", "waerme", "heat"];
    let own = own.to_lowercase();
    !cooling(&own) && WORDS.iter().any(|word| own.contains(word))
}

impl Circuit {
    /// Share of a quarter hour in which heat goes through it, as far as pump and valve
    /// tell: where both are known, both must.
    pub fn heats(
        &self,
        followed: &Followed,
        month: &super::month::Month,
        place: usize,
    ) -> Option<f64> {
        let share = |point: Option<usize>| {
            let point = point?;
            followed.get(point).runs?.share(&month.cell(point, place))
        };
        let known = [share(self.pump), share(self.valve)];
        known.into_iter().flatten().reduce(f64::min)
    }

    /// The points of it that show whether it heats.
    pub fn shown_by(&self) -> impl Iterator<Item = usize> + use<> {
        [self.pump, self.valve].into_iter().flatten()
    }
}
