//! Heating and cooling valve of one device open at once. Names tell which is which
//! (`Kühlventil`, `Erhitzer`); a valve whose name says neither is not judged.

use super::Asked;
use super::circuit::{cooling, heating};
use super::followed::{Followed, OPEN_PERCENT, Runs};
use super::measure::{Measure, Sure, What};
use super::month::{Cell, Month, QUARTER_H};
use crate::model::Role;

/// Fewer hours pass while valves travel.
const LEAST_HOURS: f64 = 20.0;
/// Of the hours in which one is open.
const LEAST_SHARE: f64 = 0.05;

/// A pair that is being looked at.
#[derive(Debug)]
pub struct Coils {
    heats: usize,
    cools: usize,
    /// Hours in which both are known, one is open, and both are.
    known_h: f64,
    open_h: f64,
    both_h: f64,
    all_h: f64,
}

/// Those of a building.
pub fn coils(followed: &Followed) -> Vec<Coils> {
    let mut pairs = Vec::new();
    for (heats, one) in followed.of_role(Role::Valve).filter(|(_, seen)| heating(&seen.own)) {
        let cools = followed.of_role(Role::Valve);
        let cools = cools.filter(|(_, other)| other.device == one.device && cooling(&other.own));
        let pair =
            |(cools, _)| Coils { heats, cools, known_h: 0.0, open_h: 0.0, both_h: 0.0, all_h: 0.0 };
        pairs.extend(cools.map(pair));
    }
    pairs
}

impl Coils {
    pub fn take(&mut self, followed: &Followed, month: &Month) {
        // Open for the whole quarter hour: in turns within one is no fault.
        let open = |point: usize, cell: &Cell| {
            cell.mean()?;
            let runs = followed.get(point).runs?;
            Some(match runs {
                Runs::Percent => cell.min() > OPEN_PERCENT,
                _ => runs.seen(cell) == (true, false),
            })
        };
        for place in 0..month.slots.len() {
            self.all_h += QUARTER_H;
            let heats = open(self.heats, &month.cell(self.heats, place));
            let cools = open(self.cools, &month.cell(self.cools, place));
            let Some((heats, cools)) = heats.zip(cools) else { continue };
            self.known_h += QUARTER_H;
            self.open_h += f64::from(u8::from(heats || cools)) * QUARTER_H;
            self.both_h += f64::from(u8::from(heats && cools)) * QUARTER_H;
        }
    }
}

/// Those that work against each other.
pub fn find(asked: &Asked<'_>, followed: &Followed, coils: &[Coils]) -> Vec<Measure> {
    let against = |it: &&Coils| it.both_h >= LEAST_HOURS && it.both_h >= LEAST_SHARE * it.open_h;
    let measure = |it: &Coils| Measure {
        what: What::HeatingAndCooling { hours: it.both_h, open_h: it.open_h },
        building: asked.building,
        points: [it.heats, it.cools].map(|place| followed.get(place).name.clone()).to_vec(),
        span: asked.span,
        coverage: it.known_h / it.all_h.max(QUARTER_H),
        sure: Sure::Certain,
        saving: None,
    };
    coils.iter().filter(against).map(measure).collect()
}
