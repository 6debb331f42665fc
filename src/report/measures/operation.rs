//! Operating hours and starts of pumps, fans, burners and the like, by quarter hours.
//! Of those kept on change the starts of a switch are counted; of others, and around
//! gaps, at least so many are certain: one where a quarter hour knows both states.

use super::followed::{Followed, Runs, Seen};
use super::month::{Cell, Month, QUARTER_H};
use crate::model::{Keep, Role};

/// More samples than these in a quarter hour are those of somebody who keeps each
/// reading: they do not tell how often it changed.
const MOST_CHANGES: u16 = 12;

/// A machine in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// `building.device.point`
    pub point: String,
    pub role: Role,
    /// It ran so long, of the hours that are known.
    pub hours: f64,
    /// Of these, while nobody was there; of the hours of which that is known.
    pub unoccupied_h: f64,
    pub known_h: f64,
    /// Hours of the period.
    pub all_h: f64,
    pub starts: u32,
    /// There may have been more.
    pub at_least: bool,
    /// Of the starts those that are certain, however it was kept.
    pub certain_starts: u32,
}

impl Operation {
    /// Share of the period in which it is known whether it ran, 0–1.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        if self.all_h > 0.0 { self.known_h / self.all_h } else { 0.0 }
    }

    /// Hours that it ran for each start, at most.
    #[must_use]
    pub fn run_h(&self) -> Option<f64> {
        (self.certain_starts > 0).then(|| self.hours / f64::from(self.certain_starts))
    }
}

/// One that is being looked at.
#[derive(Debug)]
pub struct Unit {
    point: usize,
    runs: Runs,
    keep: Keep,
    /// Whether it ran at the end of the quarter hour before.
    ran: Option<bool>,
    told: Operation,
}

/// Those of a building that tell whether they run.
pub fn units(followed: &Followed) -> Vec<Unit> {
    let unit = |(point, seen): (usize, &Seen)| {
        let told = Operation {
            point: seen.name.clone(),
            role: seen.role,
            hours: 0.0,
            unoccupied_h: 0.0,
            known_h: 0.0,
            all_h: 0.0,
            starts: 0,
            at_least: false,
            certain_starts: 0,
        };
        Some(Unit { point, runs: seen.runs?, keep: seen.keep, ran: None, told })
    };
    followed.iter().filter(|(_, seen)| is_machine(seen.role)).filter_map(unit).collect()
}

const fn is_machine(role: Role) -> bool {
    matches!(
        role,
        Role::Pump
            | Role::Fan
            | Role::FanStage
            | Role::Boiler
            | Role::Burner
            | Role::HeatPump
            | Role::Compressor
    )
}

impl Unit {
    pub fn take(&mut self, month: &Month) {
        for (slot, cell) in month.of(self.point) {
            self.told.all_h += QUARTER_H;
            let Some(share) = self.runs.share(&cell) else {
                self.ran = None;
                continue;
            };
            let hours = share * cell.known_h();
            self.told.hours += hours;
            self.told.known_h += cell.known_h();
            if slot.occupied == Some(false) {
                self.told.unoccupied_h += hours;
            }
            self.count(&cell);
            self.ran = cell.last().map(|last| self.runs.at(last));
        }
    }

    fn count(&mut self, cell: &Cell) {
        let (ran, was_off) = self.runs.seen(cell);
        let runs = cell.last().map(|last| self.runs.at(last));
        let certain = match self.ran {
            Some(false) => ran,
            _ => was_off && runs == Some(true) && ran,
        };
        self.told.certain_starts += u32::from(certain);
        let changed = ran && was_off || self.ran.is_some_and(|before| before != ran);
        let counted = match (self.ran, runs) {
            _ if !changed => Some(0),
            (Some(before), Some(after)) => self.starts(before, after, cell),
            _ => None,
        };
        match counted {
            Some(starts) => self.told.starts += starts,
            None => {
                self.told.starts += u32::from(certain);
                self.told.at_least = true;
            }
        }
    }

    /// How often a switch that is kept on change went on: of its samples at most one
    /// is no change (the hour's first, or the heartbeat), which shows in whether
    /// they are even.
    fn starts(&self, before: bool, after: bool, cell: &Cell) -> Option<u32> {
        let tells = matches!(self.runs, Runs::Switch { .. })
            && self.keep == Keep::OnChange
            && cell.known_s == 900
            && cell.count <= MOST_CHANGES;
        let odd = u16::from(before != after);
        let changes = cell.count - u16::from(cell.count % 2 != odd).min(cell.count);
        tells.then(|| u32::from(if before { changes / 2 } else { changes.div_ceil(2) }))
    }

    pub fn told(self) -> Operation {
        self.told
    }
}
