//! Flow by the outdoor temperature: a line while the building is occupied, and whether
//! it is higher than rooms need.

use super::Asked;
use super::circuit::Circuit;
use super::followed::Followed;
use super::heat::Heat;
use super::measure::{Measure, Saving, Sure, What};
use super::month::Month;
use super::setback::FALL_PER_K;
use crate::report::benchmark::Medium;

/// Quarter hours that carry a line: five days of ten hours.
const LEAST_POINTS: f64 = 200.0;
/// A flow follows the weather if so much of its variation is explained by it, and it
/// rises by so many K for each K of cold; else it is steered otherwise.
const LEAST_R2: f64 = 0.5;
const LEAST_SLOPE: f64 = 0.4;
/// The first quarter hours of occupancy: sun and people have not warmed anything yet.
const MORNING: u32 = 8;
const LEAST_MORNINGS: f64 = 160.0;
/// Rooms above their setpoint by so much, in so much of the mornings, get too much.
const EXCESS_K: f64 = 1.0;
const EXCESS_SHARE: f64 = 0.6;
/// A valve that is nearly shut lets nothing through: the room is warm by other things.
const HEATS_PERCENT: f64 = 20.0;
/// Mild weather, °C, and the return above which condensing boilers hardly condense
/// and district heat is sent back unused.
const MILD_C: std::ops::Range<f64> = 5.0..12.0;
const RETURN_C: f64 = 50.0;
const LEAST_MILD: f64 = 200.0;

/// A regression line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    pub slope: f64,
    pub intercept: f64,
    pub r2: f64,
}

impl Line {
    pub fn at(&self, x: f64) -> f64 {
        self.intercept + self.slope * x
    }
}

/// Sums of a regression.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    many: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Sums {
    fn add(&mut self, x: f64, y: f64) {
        self.many += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    fn line(&self) -> Option<Line> {
        let many = self.many;
        let of = |ab: f64, a: f64, b: f64| ab - a * b / many;
        let (xx, xy, yy) =
            (of(self.xx, self.x, self.x), of(self.xy, self.x, self.y), of(self.yy, self.y, self.y));
        if many < LEAST_POINTS || xx <= f64::EPSILON || yy <= f64::EPSILON {
            return None;
        }
        let slope = xy / xx;
        let intercept = (self.y - slope * self.x) / many;
        Some(Line { slope, intercept, r2: xy * xy / (xx * yy) })
    }
}

/// A circuit that is being looked at.
#[derive(Debug, Default)]
pub struct Curve {
    sums: Sums,
    /// Quarter hours since people came.
    since: u32,
    mornings: f64,
    excess: f64,
    /// Mornings in which it was above [`EXCESS_K`].
    high: f64,
    mild: f64,
    back: f64,
    /// Heated quarter hours, and of them those in which the flow is known.
    heated: f64,
    known: f64,
}

impl Curve {
    pub fn take(
        &mut self,
        circuit: &Circuit,
        outdoor: Option<usize>,
        followed: &Followed,
        month: &Month,
    ) {
        for (place, slot) in month.slots.iter().enumerate() {
            self.since = if slot.occupied == Some(true) { self.since + 1 } else { 0 };
            let heats = circuit.heats(followed, month, place);
            // Where neither pump nor valve tells whether it heats, the day does.
            let cold = slot.day_c.is_some_and(|mean| mean < MILD_C.end);
            let heats = heats.map_or(cold, |share| share > 0.5);
            if slot.occupied != Some(true) || !heats {
                continue;
            }
            self.heated += 1.0;
            let mean = |point: Option<usize>| month.mean(point, place);
            let Some((outdoor, flow)) = mean(outdoor).zip(mean(circuit.flow)) else { continue };
            self.known += 1.0;
            self.sums.add(outdoor, flow);
            if let Some(back) = mean(circuit.back).filter(|_| MILD_C.contains(&outdoor)) {
                self.mild += 1.0;
                self.back += back;
            }
            let open = mean(circuit.valve).is_none_or(|percent| percent > HEATS_PERCENT);
            let excess = mean(circuit.room).zip(mean(circuit.setpoint));
            if let Some((room, setpoint)) = excess.filter(|_| open && self.since <= MORNING) {
                self.mornings += 1.0;
                self.excess += room - setpoint;
                self.high += f64::from(u8::from(room - setpoint >= EXCESS_K));
            }
        }
    }

    /// The flow of the occupied time by the outdoor temperature.
    pub fn line(&self) -> Option<Line> {
        self.sums.line()
    }

    /// How much it rises for each K of cold, where it follows the weather.
    fn slope(&self) -> Option<f64> {
        let line = self.line().filter(|line| line.r2 >= LEAST_R2)?;
        Some(-line.slope).filter(|slope| *slope >= LEAST_SLOPE)
    }

    fn excess_k(&self) -> Option<f64> {
        let mean = self.excess / self.mornings.max(1.0);
        let high = self.high >= EXCESS_SHARE * self.mornings;
        (self.mornings >= LEAST_MORNINGS && high && mean >= EXCESS_K).then_some(mean)
    }

    fn return_c(&self) -> Option<f64> {
        let mean = self.back / self.mild.max(1.0);
        (self.mild >= LEAST_MILD && mean >= RETURN_C).then_some(mean)
    }
}

/// Circuits whose curve is higher than they need.
pub fn find(
    asked: &Asked<'_>,
    followed: &Followed,
    circuits: &[(Circuit, &Curve)],
    heat: &Heat,
) -> Vec<Measure> {
    let rooms = circuits.iter().filter(|(circuit, _)| circuit.room.is_some()).count();
    let own = heat.year_kwh(asked).map(|kwh| kwh / rooms.max(1) as f64);
    let measure = |(circuit, curve): &(Circuit, &Curve)| {
        let slope = curve.slope()?;
        let (what, points, sure, saving) = if let Some(excess_k) = curve.excess_k() {
            let saved = own.map(|kwh| kwh * FALL_PER_K * excess_k);
            let what = What::CurveTooSteep { slope, excess_k };
            (what, [circuit.flow, circuit.room], Sure::Likely, saved)
        } else {
            let return_c = curve.return_c()?;
            let what = What::ReturnTooWarm { slope, return_c };
            (what, [circuit.flow, circuit.back], Sure::Hint, None)
        };
        let points = points.into_iter().flatten();
        Some(Measure {
            what,
            building: asked.building,
            points: points.map(|place| followed.get(place).name.clone()).collect(),
            span: asked.span,
            coverage: curve.known / curve.heated.max(1.0),
            sure,
            saving: saving.map(|a_year| Saving { of: Medium::Heat, a_year }),
        })
    };
    circuits.iter().filter_map(measure).collect()
}
