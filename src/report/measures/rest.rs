//! Rests of a heating circuit, being taken in: stretches of at least eight hours with
//! nobody there. What was lower in each than while somebody was there, by how much its
//! room fell, and how early it was warm again; where too little is known, nothing.

use super::circuit::Circuit;
use super::curve::Line;
use super::followed::{Followed, OPEN_PERCENT};
use super::month::{Month, QUARTER_H, Slot};
use crate::history::rollup::QUARTER_MS;

/// A shorter one is not worth a setback.
const LEAST_H: f64 = 8.0;
/// On warmer days heating says little, °C of the day's mean.
const COLD_C: f64 = 10.0;
/// Of a rest's quarter hours those that must be known, and those that must be lower
/// for it to count as lowered.
const KNOWN_SHARE: f64 = 0.8;
const LOWERED_SHARE: f64 = 0.25;
/// What is lowered by less is as by day: setpoint and flow, K.
const SETPOINT_K: f64 = 1.0;
const FLOW_K: f64 = 3.0;
/// A room that fell by so much was not heated as by day.
const ROOM_K: f64 = 1.5;
/// A setback that is worth the name, K.
const SETBACK_K: f64 = 2.0;
/// Even a passive house without any heat cools with this time constant, hours: with
/// less than half of what it would fall by then, something heats.
const SLOWEST_H: f64 = 300.0;
/// A fall that sensors can tell, K.
const TELLS_K: f64 = 0.6;
/// Warm is a room within so many K of its setpoint.
const WARM_K: f64 = 0.5;

/// A sum and how many it is of.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    many: u32,
}

impl Mean {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.sum += value;
            self.many += 1;
        }
    }

    fn get(&self) -> Option<f64> {
        (self.many > 0).then(|| self.sum / f64::from(self.many))
    }
}

/// How often something was lower, of the quarter hours in which that is known.
#[derive(Debug, Clone, Copy, Default)]
struct Lower {
    lower: u32,
    known: u32,
}

impl Lower {
    fn add(&mut self, lower: Option<bool>) {
        self.lower += u32::from(lower == Some(true));
        self.known += u32::from(lower.is_some());
    }

    /// `None`: too little of the rest is known.
    fn get(&self, quarters: u32) -> Option<bool> {
        let known = f64::from(self.known) >= KNOWN_SHARE * f64::from(quarters);
        known.then(|| f64::from(self.lower) >= LOWERED_SHARE * f64::from(self.known))
    }
}

/// What a circuit was at while somebody was there.
#[derive(Debug, Clone, Copy, Default)]
struct Occupied {
    setpoint: Mean,
    flow: Mean,
    mode: Option<f64>,
}

/// A rest in the making, and when it is over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rest {
    pub from_ms: i64,
    quarters: u32,
    day_c: Mean,
    /// What it was at before.
    by_day: Occupied,
    setpoint: Lower,
    mode: Lower,
    pump: Lower,
    valve: Lower,
    flow: Mean,
    flow_outdoor: Mean,
    lowered: Mean,
    lowered_h: f64,
    room_begin: Option<f64>,
    /// The lowest of all, and of the time in which the setpoint was lowered.
    room_low: Option<f64>,
    room_least: Option<f64>,
    room: Mean,
    /// For so many hours up to its end the setpoint is back, and the room warm.
    back_h: f64,
    warm_h: f64,
}

/// A circuit that is being looked at.
#[derive(Debug, Default)]
pub struct Setback {
    pub rests: Vec<Rest>,
    rest: Option<Rest>,
    occupied: Occupied,
    was_occupied: bool,
    /// Hours of cold days, and of them those of rests.
    pub cold_h: f64,
    pub rest_h: f64,
}

impl Setback {
    /// `outdoor`: the place of the outdoor sensor.
    pub fn take(
        &mut self,
        circuit: &Circuit,
        outdoor: Option<usize>,
        followed: &Followed,
        month: &Month,
    ) {
        for (place, slot) in month.slots.iter().enumerate() {
            if slot.day_c.is_some_and(|mean| mean < COLD_C) && slot.occupied.is_some() {
                self.cold_h += QUARTER_H;
                self.rest_h += f64::from(u8::from(slot.occupied == Some(false))) * QUARTER_H;
            }
            match slot.occupied {
                Some(true) => self.occupied(circuit, month, place),
                Some(false) => {
                    let begun = self.was_occupied.then(|| Rest {
                        from_ms: slot.at_ms,
                        by_day: self.occupied,
                        ..Rest::default()
                    });
                    self.rest = self.rest.take().or(begun);
                    if let Some(rest) = &mut self.rest {
                        rest.take(circuit, outdoor, followed, month, (place, slot));
                    }
                }
                // Nobody knows when it began, or when it ended.
                None => self.rest = None,
            }
            self.was_occupied = slot.occupied == Some(true);
        }
    }

    fn occupied(&mut self, circuit: &Circuit, month: &Month, place: usize) {
        if let Some(rest) = self.rest.take() {
            self.rests.extend(Some(rest).filter(Rest::counts));
        }
        if !self.was_occupied {
            self.occupied = Occupied::default();
        }
        self.occupied.setpoint.add(month.mean(circuit.setpoint, place));
        self.occupied.flow.add(month.mean(circuit.flow, place));
        self.occupied.mode = month.mean(circuit.mode, place).or(self.occupied.mode);
    }
}

impl Rest {
    fn take(
        &mut self,
        circuit: &Circuit,
        outdoor: Option<usize>,
        followed: &Followed,
        month: &Month,
        (place, slot): (usize, &Slot),
    ) {
        let mean = |point: Option<usize>| month.mean(point, place);
        self.quarters += 1;
        self.day_c.add(slot.day_c);
        let by_day = self.by_day.setpoint.get();
        let lower = mean(circuit.setpoint).zip(by_day).map(|(is, was)| was - is);
        self.setpoint.add(lower.map(|lower| lower >= SETPOINT_K));
        let other = mean(circuit.mode).zip(self.by_day.mode).map(|(is, was)| (is - was).abs());
        self.mode.add(other.map(|other| other > 0.01));
        let off = |point: usize| {
            let share = followed.get(point).runs?.share(&month.cell(point, place))?;
            Some(share < 0.5)
        };
        self.pump.add(circuit.pump.and_then(off));
        let shut = |valve: usize| Some(month.cell(valve, place).mean()? <= OPEN_PERCENT);
        self.valve.add(circuit.valve.and_then(shut));
        self.flow.add(mean(circuit.flow));
        self.flow_outdoor.add(mean(outdoor).filter(|_| mean(circuit.flow).is_some()));
        self.take_room(mean(circuit.room), lower, by_day);
    }

    fn take_room(&mut self, room: Option<f64>, lower: Option<f64>, by_day: Option<f64>) {
        let lowered = lower.filter(|lower| *lower >= SETPOINT_K);
        self.lowered.add(lowered);
        self.room.add(room);
        if let Some(room) = room {
            self.room_begin.get_or_insert(room);
            self.room_low = Some(self.room_low.map_or(room, |low| low.min(room)));
            if lowered.is_some() {
                self.room_least = Some(self.room_least.map_or(room, |least| least.min(room)));
            }
        }
        if lowered.is_some() {
            self.lowered_h += QUARTER_H;
        }
        let is_back = lower.is_some() && lowered.is_none();
        self.back_h = if is_back { self.back_h + QUARTER_H } else { 0.0 };
        let is_warm = room.zip(by_day).is_some_and(|(room, by_day)| room >= by_day - WARM_K);
        self.warm_h = if is_warm && is_back { self.warm_h + QUARTER_H } else { 0.0 };
    }

    fn hours(&self) -> f64 {
        f64::from(self.quarters) * QUARTER_H
    }

    pub fn until_ms(&self) -> i64 {
        self.from_ms + i64::from(self.quarters) * QUARTER_MS
    }

    /// Whether it is long enough, and cold enough.
    fn counts(&self) -> bool {
        self.hours() >= LEAST_H && self.day_c.get().is_some_and(|mean| mean < COLD_C)
    }

    /// Whether anything was lowered; `None`: what would show it is not known. `line`:
    /// the flow of the occupied time by the outdoor temperature.
    pub fn lowered(&self, line: Option<&Line>) -> Option<bool> {
        let known = |lower: &Lower| lower.get(self.quarters);
        let setpoint = known(&self.setpoint);
        let flow = self.flow_lowered(line);
        // Of these one must be known: a room alone may be slow to cool.
        setpoint.or(flow)?;
        let room = self.room_begin.zip(self.room_low).map(|(begin, low)| begin - low >= ROOM_K);
        let all = [setpoint, flow, known(&self.mode), known(&self.pump), known(&self.valve), room];
        Some(all.contains(&Some(true)))
    }

    /// Whether the flow was lower than by day at the same weather; without the weather
    /// only a flow that is lower tells, for nights are colder.
    fn flow_lowered(&self, line: Option<&Line>) -> Option<bool> {
        let enough = |mean: &Mean| f64::from(mean.many) >= KNOWN_SHARE * f64::from(self.quarters);
        let flow = self.flow.get().filter(|_| enough(&self.flow))?;
        if let Some(line) = line.filter(|_| enough(&self.flow_outdoor)) {
            return Some(flow <= line.at(self.flow_outdoor.get()?) - FLOW_K);
        }
        let lower = flow <= self.by_day.flow.get()? - FLOW_K;
        lower.then_some(true)
    }

    /// Of a lowered setpoint: by how much the room fell, and by how much at least it
    /// would without heat. `None`: too warm or too short to tell, or not known.
    pub fn fall(&self) -> Option<(f64, f64)> {
        let lowered = self.lowered.get().filter(|lowered| *lowered >= SETBACK_K)?;
        let (begin, least) = self.room_begin.zip(self.room_least)?;
        let enough = self.lowered_h >= LEAST_H
            && f64::from(self.room.many) >= KNOWN_SHARE * f64::from(self.quarters);
        let would = (begin - self.day_c.get()?) * -(-self.lowered_h / SLOWEST_H).exp_m1();
        // Down at its setpoint it is held there, as it should be.
        let would = would.min(lowered);
        (enough && would >= TELLS_K).then_some((begin - least, would))
    }

    /// Hours that the room was warm before anybody came; `None`: nothing was lowered,
    /// or it is not known.
    pub fn early_h(&self) -> Option<f64> {
        let enough = f64::from(self.room.many) >= KNOWN_SHARE * f64::from(self.quarters);
        let was_lowered = self.lowered.get()? >= SETBACK_K && self.lowered_h > 0.0;
        (enough && was_lowered && self.back_h > 0.0).then_some(self.warm_h)
    }

    /// By how much its setpoint was lowered in the mean, K.
    pub fn lowered_k(&self) -> Option<f64> {
        self.lowered.get()
    }
}
