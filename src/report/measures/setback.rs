//! Nights and weekends: whether anything is lowered while nobody is there, whether
//! that reaches the room, and when it is warm again.
//!
//! ```text
//!  occupied │        rest         │ occupied
//!  ─────────┐           ┌─────────┤  setpoint
//!           └───────────┘╱‾‾early‾│  room
//! ```
//! Counted are rests (`rest`) of cold days of which most is known.

use super::Asked;
use super::circuit::Circuit;
use super::curve::Line;
use super::followed::Followed;
use super::heat::Heat;
use super::measure::{Measure, Saving, Sure, What};
use super::month::QUARTER_H;
use super::rest::{Rest, Setback};
use crate::history::Span;
use crate::report::benchmark::Medium;
use crate::site::Usage;

/// Of heating for each kelvin that a room is cooler (municipal practice: about 6 %).
pub const FALL_PER_K: f64 = 0.06;
/// By so much rooms are cooler in the mean of their rests where a setback is newly set
/// up: half of the usual 4 K, for a building cools slowly.
pub const LOWERED_K: f64 = 2.0;

/// Rests from which on something is told, and the share of them that must show it.
const LEAST_RESTS: usize = 20;
const SHARE: f64 = 0.8;
const LEAST_SETBACKS: usize = 10;
const SETBACK_SHARE: f64 = 0.6;
/// Warm so long before anybody comes is far too early.
const EARLY_H: f64 = 4.0;

/// A circuit with what was seen of it, and its flow by the outdoor temperature.
pub struct Looked<'a> {
    pub circuit: &'a Circuit,
    pub setback: &'a Setback,
    pub line: Option<Line>,
}

/// What is lowered in none of its rests, of all circuits; and of each room what does
/// not reach it, and what comes too early.
pub fn find(
    asked: &Asked<'_>,
    followed: &Followed,
    looked: &[Looked<'_>],
    heat: &Heat,
) -> Vec<Measure> {
    let rooms = looked.iter().filter(|it| it.circuit.room.is_some()).count();
    let heating = heat.year_kwh(asked);
    let mut measures = Vec::new();
    measures.extend(never_lowered(asked, followed, looked, heating));
    for it in looked {
        let Some(room) = it.circuit.room else { continue };
        let share = 1.0 / rooms.max(1) as f64;
        let own = heating.map(|kwh| kwh * share);
        let points = [Some(room), it.circuit.setpoint].into_iter().flatten();
        let points = points.map(|place| followed.get(place).name.clone()).collect::<Vec<_>>();
        let found = [not_reached(it.setback, own), too_early(it.setback, own)];
        measures.extend(found.into_iter().flatten().map(|measure| Measure {
            building: asked.building,
            points: points.clone(),
            ..measure
        }));
    }
    measures
}

fn never_lowered(
    asked: &Asked<'_>,
    followed: &Followed,
    looked: &[Looked<'_>],
    heating: Option<f64>,
) -> Option<Measure> {
    // A pool's hall must not cool down: its walls would get wet.
    if asked.site.buildings[asked.building].usage == Some(Usage::SwimmingPool) {
        return None;
    }
    let judged = looked.iter().map(|it| {
        let known = it.setback.rests.iter().filter_map(|rest| {
            Some((rest, it.setback.rests.len(), rest.lowered(it.line.as_ref())?))
        });
        (it, known.collect::<Vec<_>>())
    });
    let judged: Vec<_> = judged.filter(|(_, rests)| rests.len() >= LEAST_RESTS).collect();
    let never = |rests: &[(&Rest, usize, bool)]| {
        let not = rests.iter().filter(|(_, _, lowered)| !lowered).count();
        not as f64 >= SHARE * rests.len() as f64
    };
    let bad: Vec<_> = judged.iter().filter(|(_, rests)| never(rests)).collect();
    let (worst, rests) = bad.iter().max_by_key(|(_, rests)| rests.len())?;
    let not: Vec<&Rest> = rests.iter().filter(|it| !it.2).map(|it| it.0).collect();
    let points = bad
        .iter()
        .filter_map(|(it, _)| it.circuit.setpoint.or(it.circuit.flow_setpoint).or(it.circuit.flow));
    let rest_share = worst.setback.rest_h / worst.setback.cold_h.max(QUARTER_H);
    let part = bad.len() as f64 / judged.len() as f64;
    let saved = heating.map(|kwh| kwh * part * FALL_PER_K * LOWERED_K * rest_share);
    Some(Measure {
        what: What::NoSetback {
            rests: count(not.len()),
            of: count(rests.len()),
            circuits: count(bad.len()),
        },
        building: asked.building,
        points: points.map(|place| followed.get(place).name.clone()).collect(),
        span: span_of(&not),
        coverage: rests.len() as f64 / rests.first().map_or(1, |it| it.1) as f64,
        sure: Sure::Likely,
        saving: saved.map(|a_year| Saving { of: Medium::Heat, a_year }),
    })
}

fn not_reached(setback: &Setback, heating: Option<f64>) -> Option<Measure> {
    let falls = setback.rests.iter().filter_map(|rest| {
        let (fell, would) = rest.fall()?;
        Some((rest, [rest.lowered_k()?, fell, would]))
    });
    let falls: Vec<(&Rest, [f64; 3])> = falls.collect();
    let held: Vec<_> = falls.iter().filter(|(_, [_, fell, would])| *fell < would / 2.0).collect();
    let tells =
        falls.len() >= LEAST_SETBACKS && held.len() as f64 >= SETBACK_SHARE * falls.len() as f64;
    let rests: Vec<&Rest> = held.iter().map(|it| it.0).collect();
    let [lowered_k, fell_k, would_k] = [0, 1, 2].map(|number: usize| {
        held.iter().map(|it| it.1[number]).sum::<f64>() / held.len().max(1) as f64
    });
    let rest_share = setback.rest_h / setback.cold_h.max(QUARTER_H);
    let saved = heating.map(|kwh| kwh * FALL_PER_K * (would_k - fell_k).max(0.0) * rest_share);
    tells.then(|| Measure {
        what: What::SetbackNotReached {
            rests: count(held.len()),
            of: count(falls.len()),
            lowered_k,
            fell_k,
            would_k,
        },
        saving: saved.map(|a_year| Saving { of: Medium::Heat, a_year }),
        ..of_rests(setback, &rests, falls.len())
    })
}

fn too_early(setback: &Setback, heating: Option<f64>) -> Option<Measure> {
    let known = setback.rests.iter().filter_map(|rest| Some((rest, rest.early_h()?)));
    let known: Vec<(&Rest, f64)> = known.collect();
    let early: Vec<_> = known.iter().filter(|(_, hours)| *hours >= EARLY_H).collect();
    let tells =
        known.len() >= LEAST_SETBACKS && early.len() as f64 >= SETBACK_SHARE * known.len() as f64;
    let rests: Vec<&Rest> = early.iter().map(|it| it.0).collect();
    let early_h = early.iter().map(|it| it.1).sum::<f64>() / early.len().max(1) as f64;
    // So long it stood at the setpoint by day rather than halfway down.
    let lowered = rests.iter().filter_map(|rest| rest.lowered_k());
    let lowered_k = lowered.sum::<f64>() / rests.len().max(1) as f64 / 2.0;
    let hours: f64 = early.iter().map(|it| it.1).sum();
    let saved =
        heating.map(|kwh| kwh * FALL_PER_K * lowered_k * hours / setback.cold_h.max(QUARTER_H));
    tells.then(|| Measure {
        what: What::SetbackEndsEarly { rests: count(early.len()), of: count(known.len()), early_h },
        saving: saved.map(|a_year| Saving { of: Medium::Heat, a_year }),
        ..of_rests(setback, &rests, known.len())
    })
}

/// Building and points are the caller's.
fn of_rests(setback: &Setback, rests: &[&Rest], known: usize) -> Measure {
    Measure {
        what: What::NoSetback { rests: 0, of: 0, circuits: 0 },
        building: 0,
        points: Vec::new(),
        span: span_of(rests),
        coverage: known as f64 / setback.rests.len().max(1) as f64,
        sure: Sure::Likely,
        saving: None,
    }
}

fn span_of(rests: &[&Rest]) -> Span {
    Span {
        from_ms: rests.first().map_or(0, |rest| rest.from_ms),
        until_ms: rests.last().map_or(0, |rest| rest.until_ms()),
    }
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}
