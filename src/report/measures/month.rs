//! A month of quarter hours of all points that are looked at, side by side: what
//! cannot be said of one point alone (a flow by the outdoor temperature, a room while
//! it is occupied) is said here, before the next month is read. 16 bytes and a few a
//! quarter hour and point.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Asked;
use crate::history::rollup::QUARTER_MS;
use crate::history::{Rollup, Span};
use crate::report::degree_days::HEATING_LIMIT_C;
use crate::report::outdoor::Days;

/// Of less than this many seconds of a quarter hour its mean says too little.
const KNOWN_S: u16 = 450;
/// Hours of a quarter hour.
pub const QUARTER_H: f64 = 0.25;

/// A quarter hour of the building.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slot {
    pub at_ms: i64,
    /// Local.
    pub date: Date,
    pub hour: i8,
    pub occupied: Option<bool>,
    /// Mean of its day outdoors, °C.
    pub day_c: Option<f64>,
    /// Whether its day and the one before were not below the heating limit: what is
    /// heated then is heated for nothing.
    pub warm: Option<bool>,
}

/// A quarter hour of a point, in single precision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    mean: f32,
    min: f32,
    max: f32,
    /// NaN: unknown at its end.
    last: f32,
    pub count: u16,
    pub known_s: u16,
}

impl Cell {
    pub const UNKNOWN: Self =
        Self { mean: f32::NAN, min: f32::NAN, max: f32::NAN, last: f32::NAN, count: 0, known_s: 0 };

    #[cfg(test)]
    pub fn of(mean: f64, min: f64, max: f64, last: f64, count: u16, known_s: u16) -> Self {
        let [mean, min, max, last] = [mean, min, max, last].map(|value| value as f32);
        Self { mean, min, max, last, count, known_s }
    }

    fn of_row(row: &Rollup) -> Self {
        let (Some(mean), Some(min), Some(max)) = (row.mean, row.min, row.max) else {
            return Self::UNKNOWN;
        };
        Self {
            mean: mean as f32,
            min: min as f32,
            max: max as f32,
            last: row.last.map_or(f32::NAN, |last| last as f32),
            count: u16::try_from(row.count).unwrap_or(u16::MAX),
            known_s: u16::try_from(row.known_s).unwrap_or(0).min(900),
        }
    }

    /// Its mean, where half of it is known.
    pub fn mean(&self) -> Option<f64> {
        (self.known_s >= KNOWN_S).then_some(f64::from(self.mean))
    }

    /// Its mean, however little is known.
    pub fn any(&self) -> Option<f64> {
        (self.known_s > 0).then_some(f64::from(self.mean))
    }

    /// NaN: unknown.
    pub fn min(&self) -> f64 {
        f64::from(self.min)
    }

    pub fn max(&self) -> f64 {
        f64::from(self.max)
    }

    pub fn last(&self) -> Option<f64> {
        (!self.last.is_nan()).then_some(f64::from(self.last))
    }

    pub fn known_h(&self) -> f64 {
        f64::from(self.known_s) / 3600.0
    }
}

/// See the module.
#[derive(Debug)]
pub struct Month {
    pub from_ms: i64,
    pub until_ms: i64,
    pub slots: Vec<Slot>,
    /// By point; empty: none of its quarter hours is known.
    cells: Vec<Vec<Cell>>,
}

impl Month {
    /// The part of `month` that is asked for, of so many points.
    pub fn new(asked: &Asked<'_>, month: Span, points: usize) -> Self {
        let Span { from_ms, until_ms } = month;
        let grid = |at_ms: i64| at_ms.div_euclid(QUARTER_MS) * QUARTER_MS;
        let first_ms = grid(from_ms.max(asked.span.from_ms));
        let end_ms = until_ms.min(asked.span.until_ms);
        let many = (end_ms - first_ms + QUARTER_MS - 1).div_euclid(QUARTER_MS).max(0);
        let zone = &asked.site.time_zone;
        let mut day = Day::default();
        let slots = (0..many).map(|place| {
            let at = Timestamp::from_millisecond(first_ms + place * QUARTER_MS);
            day.slot(asked, zone, at.unwrap_or_default())
        });
        Self { from_ms, until_ms, slots: slots.collect(), cells: vec![Vec::new(); points] }
    }

    /// Takes in a quarter hour of a point; those outside of the month are left out.
    pub fn put(&mut self, point: usize, row: &Rollup) {
        let Some(first) = self.slots.first() else { return };
        let Ok(place) = usize::try_from((row.at_ms - first.at_ms).div_euclid(QUARTER_MS)) else {
            return;
        };
        let cells = &mut self.cells[point];
        if cells.is_empty() {
            cells.resize(self.slots.len(), Cell::UNKNOWN);
        }
        // Under another name it may have been known as well; what knows more counts.
        let new = Cell::of_row(row);
        if let Some(cell) = cells.get_mut(place).filter(|cell| cell.known_s <= new.known_s) {
            *cell = new;
        }
    }

    /// What is known of a point in the quarter hour at `place`.
    pub fn cell(&self, point: usize, place: usize) -> Cell {
        self.cells[point].get(place).copied().unwrap_or(Cell::UNKNOWN)
    }

    /// Its mean, where half of it is known.
    pub fn mean(&self, point: Option<usize>, place: usize) -> Option<f64> {
        self.cell(point?, place).mean()
    }

    /// Its quarter hours in order of time.
    pub fn of(&self, point: usize) -> impl Iterator<Item = (&Slot, Cell)> {
        self.slots.iter().enumerate().map(move |(place, slot)| (slot, self.cell(point, place)))
    }
}

/// Whether a day and the one before were not below the heating limit.
pub fn is_warm(outdoor: &Days, date: Date) -> Option<bool> {
    let warm = |date: Date| outdoor.mean(date).map(|mean| mean >= HEATING_LIMIT_C);
    match (warm(date), date.checked_sub(1.day()).ok().and_then(warm)) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// The local day of the quarter hour before: most have the same.
#[derive(Default)]
struct Day {
    date: Option<Date>,
    day_c: Option<f64>,
    warm: Option<bool>,
}

impl Day {
    fn slot(&mut self, asked: &Asked<'_>, zone: &TimeZone, at: Timestamp) -> Slot {
        let local: DateTime = zone.to_datetime(at);
        let date = local.date();
        if self.date != Some(date) {
            self.date = Some(date);
            self.day_c = asked.outdoor.mean(date);
            self.warm = is_warm(asked.outdoor, date);
        }
        Slot {
            at_ms: at.as_millisecond(),
            date,
            hour: local.hour(),
            occupied: (asked.occupied)(at),
            day_c: self.day_c,
            warm: self.warm,
        }
    }
}
