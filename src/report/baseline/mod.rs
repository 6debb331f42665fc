//! What a building would have used: a change-point regression of daily energy on the
//! outdoor temperature and on occupancy over a reference period, and the saving after
//! it with its uncertainty (IPMVP option C; ASHRAE guideline 14).
//!
//! ```text
//! kWh │╲                        base, on an occupied day more;
//!     │  ╲               ╱      below the balance point so much for each K,
//!     │    ╲___________╱        above another where it is cooled
//!     └────────────────── °C
//! ```
//! Of these shapes the one is taken that the data carry (BIC). Where they carry none,
//! or not the claim, the answer is why. Held against eemeter's daily model
//! (`tests/report/savings.rs`).

mod solve;
#[cfg(test)]
mod tests;

use crate::model::Language;

use solve::least_squares;

/// Fewer days than these show no year's course.
pub const LEAST_DAYS: usize = 180;
/// Above this share of the mean, days scatter too much (ASHRAE 14 for short intervals).
pub const MOST_SCATTER: f64 = 0.35;
/// Balance points lie between these, in °C, looked for in steps of so many K, first
/// coarse and then fine.
const BALANCE_C: (f64, f64) = (6.0, 24.0);
const COARSE_K: f64 = 2.0;
const STEP_K: f64 = 0.5;
/// 90 % of the normal distribution, both sides.
const T_90: f64 = 1.645;
/// Between the uncertainty of a regression's mean and that of what it tells.
const ASHRAE: f64 = 1.26;

/// A day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// Daily mean of the outdoor temperature, °C.
    pub mean_c: f64,
    pub occupied: bool,
    pub kwh: f64,
}

/// A balance point and what each K beyond it costs a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    pub balance_c: f64,
    /// kWh/K
    pub kwh_per_k: f64,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// kWh on a day that is not occupied, whatever the weather.
    pub base: f64,
    /// kWh more on an occupied one.
    pub occupied: f64,
    pub heating: Option<Slope>,
    pub cooling: Option<Slope>,
    pub fit: Fit,
}

/// How well it fits its reference period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    pub days: usize,
    /// Share of the variation that it explains, 0–1.
    pub r2: f64,
    /// Scatter of days over their mean.
    pub cv_rmse: f64,
    /// How much a day's error is like that of the day before, −1–1.
    pub autocorrelation: f64,
    /// kWh, mean of the days.
    pub mean: f64,
}

/// Why there is no baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoBaseline {
    FewDays {
        days: usize,
    },
    /// Nothing was used.
    Idle,
    Scatter {
        cv_rmse: f64,
    },
}

impl NoBaseline {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::FewDays { days } => (
                format!(
                    "keine Aussage zur Einsparung: {days} Tage Vergleichszeit sind zu wenig (mindestens {LEAST_DAYS})"
                ),
                format!(
                    "no claim of savings: {days} days of reference are too few (at least {LEAST_DAYS})"
                ),
            ),
            Self::Idle => (
                "keine Aussage zur Einsparung: in der Vergleichszeit wurde nichts verbraucht"
                    .to_owned(),
                "no claim of savings: nothing was used in the reference period".to_owned(),
            ),
            Self::Scatter { cv_rmse } => {
                let percent = cv_rmse * 100.0;
                (
                    format!(
                        "keine Aussage zur Einsparung: der Verbrauch hängt zu wenig an Wetter und Nutzung (Streuung {percent:.0} %)"
                    ),
                    format!(
                        "no claim of savings: use depends too little on weather and occupancy (scatter {percent:.0} %)"
                    ),
                )
            }
        };
        language.pick(german, english)
    }
}

/// What was saved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Saving {
    pub days: usize,
    /// kWh by the baseline, and as used.
    pub expected: f64,
    pub actual: f64,
    /// kWh, to both sides: in nine of ten cases the truth lies within.
    pub band: f64,
}

impl Saving {
    /// kWh; below zero more was used.
    #[must_use]
    pub fn saved(&self) -> f64 {
        self.expected - self.actual
    }

    /// Share of what was expected; `None` where nothing was.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.expected > 0.0).then(|| self.saved() / self.expected)
    }

    /// Whether the data carry the claim: the saving (or the excess) is more than its
    /// uncertainty.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.saved().abs() > self.band
    }
}

/// Which of the shapes.
#[derive(Debug, Clone, Copy)]
struct Shape {
    heating_c: Option<f64>,
    cooling_c: Option<f64>,
    by_occupancy: bool,
}

impl Shape {
    fn row(&self, mean_c: f64, occupied: bool) -> Vec<f64> {
        let mut row = vec![1.0];
        if self.by_occupancy {
            row.push(f64::from(u8::from(occupied)));
        }
        row.extend(self.heating_c.map(|balance| (balance - mean_c).max(0.0)));
        row.extend(self.cooling_c.map(|balance| (mean_c - balance).max(0.0)));
        row
    }

    /// Numbers that were fitted, balance points included.
    fn numbers(&self) -> usize {
        let slopes = usize::from(self.heating_c.is_some()) + usize::from(self.cooling_c.is_some());
        1 + usize::from(self.by_occupancy) + 2 * slopes
    }

    /// With what is fitted to `days`; `None`: they do not tell, or a slope has the
    /// wrong sign.
    fn fitted(self, days: &[Day]) -> Option<(f64, Baseline)> {
        let rows: Vec<(Vec<f64>, f64)> =
            days.iter().map(|day| (self.row(day.mean_c, day.occupied), day.kwh)).collect();
        let numbers = least_squares(&rows)?;
        let mut next = numbers.into_iter();
        let base = next.next()?;
        let occupied = if self.by_occupancy { next.next()? } else { 0.0 };
        let mut slope = |balance: Option<f64>| -> Option<Option<Slope>> {
            let Some(balance_c) = balance else { return Some(None) };
            let kwh_per_k = next.next()?;
            (kwh_per_k > 0.0).then_some(Some(Slope { balance_c, kwh_per_k }))
        };
        let (heating, cooling) = (slope(self.heating_c)?, slope(self.cooling_c)?);
        let none = Fit { days: 0, r2: 0.0, cv_rmse: 0.0, autocorrelation: 0.0, mean: 0.0 };
        let mut baseline = Baseline { base, occupied, heating, cooling, fit: none };
        let (squares, fit) = baseline.judged(days, self.numbers());
        baseline.fit = fit;
        let many = days.len() as f64;
        // Of nothing left, the logarithm would go on for ever.
        let least = (1e-9 * fit.mean).powi(2).max(f64::MIN_POSITIVE);
        let bic = many * (squares / many).max(least).ln() + self.numbers() as f64 * many.ln();
        Some((bic, baseline))
    }
}

impl Baseline {
    /// Fits it to the days of a reference period, in order of time.
    ///
    /// # Errors
    /// Why the data carry none.
    pub fn fit(days: &[Day]) -> Result<Self, NoBaseline> {
        if days.len() < LEAST_DAYS {
            return Err(NoBaseline::FewDays { days: days.len() });
        }
        if days.iter().all(|day| day.kwh == 0.0) {
            return Err(NoBaseline::Idle);
        }
        let both = days.iter().any(|day| day.occupied) && days.iter().any(|day| !day.occupied);
        let found = kinds(both).into_iter().filter_map(|kind| best_of(kind, days));
        let best = found.min_by(|(one, _), (other, _)| one.total_cmp(other));
        let Some((_, baseline)) = best else { return Err(NoBaseline::Idle) };
        if baseline.fit.cv_rmse > MOST_SCATTER {
            return Err(NoBaseline::Scatter { cv_rmse: baseline.fit.cv_rmse });
        }
        Ok(baseline)
    }

    /// kWh of a day.
    #[must_use]
    pub fn expected(&self, mean_c: f64, occupied: bool) -> f64 {
        let heating =
            self.heating.map_or(0.0, |it| (it.balance_c - mean_c).max(0.0) * it.kwh_per_k);
        let cooling =
            self.cooling.map_or(0.0, |it| (mean_c - it.balance_c).max(0.0) * it.kwh_per_k);
        let occupied = if occupied { self.occupied } else { 0.0 };
        self.base + occupied + heating + cooling
    }

    /// What was saved in days after the reference period.
    #[must_use]
    pub fn saving(&self, days: &[Day]) -> Saving {
        let expected: f64 =
            days.iter().map(|day| self.expected(day.mean_c, day.occupied).max(0.0)).sum();
        let actual = days.iter().map(|day| day.kwh).sum();
        let reference = self.fit.days as f64;
        // Days that are like their neighbours tell less than as many others.
        let alike = self.fit.autocorrelation.clamp(0.0, 0.98);
        let own = (reference * (1.0 - alike) / (1.0 + alike)).max(1.0);
        let many = days.len().max(1) as f64;
        let share = reference / own * (1.0 + 2.0 / own) / many;
        let band = T_90 * ASHRAE * self.fit.cv_rmse * share.sqrt() * expected;
        Saving { days: days.len(), expected, actual, band }
    }

    /// The sum of the squared errors, and how well it fits.
    fn judged(&self, days: &[Day], numbers: usize) -> (f64, Fit) {
        let many = days.len() as f64;
        let mean = days.iter().map(|day| day.kwh).sum::<f64>() / many;
        let errors: Vec<f64> =
            days.iter().map(|day| day.kwh - self.expected(day.mean_c, day.occupied)).collect();
        let squares: f64 = errors.iter().map(|error| error * error).sum();
        let all: f64 = days.iter().map(|day| (day.kwh - mean).powi(2)).sum();
        let pairs: f64 = errors.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let rmse = (squares / (many - numbers as f64).max(1.0)).sqrt();
        let fit = Fit {
            days: days.len(),
            r2: if all > 0.0 { 1.0 - squares / all } else { 0.0 },
            cv_rmse: if mean > 0.0 { rmse / mean } else { f64::INFINITY },
            autocorrelation: if squares > 0.0 { pairs / squares } else { 0.0 },
            mean,
        };
        (squares, fit)
    }
}

/// The kinds of shapes: heated or not, cooled or not, by occupancy or not.
fn kinds(by_occupancy: bool) -> Vec<(bool, bool, bool)> {
    let occupancy: &[bool] = if by_occupancy { &[false, true] } else { &[false] };
    let mut kinds = Vec::new();
    for by_occupancy in occupancy {
        for (heated, cooled) in [(false, false), (true, false), (false, true), (true, true)] {
            kinds.push((heated, cooled, *by_occupancy));
        }
    }
    kinds
}

/// Balance points from one to another, both included.
fn points(wanted: bool, from: f64, until: f64, step: f64) -> Vec<Option<f64>> {
    if !wanted {
        return vec![None];
    }
    let (from, until) = (from.max(BALANCE_C.0), until.min(BALANCE_C.1));
    let many = ((until - from) / step).round().max(0.0) as usize;
    (0..=many).map(|place| Some(from + place as f64 * step)).collect()
}

/// The best of a kind: looked for coarsely, and then around what was found.
fn best_of(kind: (bool, bool, bool), days: &[Day]) -> Option<(f64, Baseline)> {
    let (heated, cooled, by_occupancy) = kind;
    let (least, most) = BALANCE_C;
    let coarse = (points(heated, least, most, COARSE_K), points(cooled, least, most, COARSE_K));
    let found = best_among(&coarse.0, &coarse.1, by_occupancy, days)?;
    let around = |slope: Option<Slope>| {
        let balance = slope.map_or(least, |slope| slope.balance_c);
        points(slope.is_some(), balance - COARSE_K, balance + COARSE_K, STEP_K)
    };
    let fine = (around(found.1.heating), around(found.1.cooling));
    best_among(&fine.0, &fine.1, by_occupancy, days)
}

fn best_among(
    heating: &[Option<f64>],
    cooling: &[Option<f64>],
    by_occupancy: bool,
    days: &[Day],
) -> Option<(f64, Baseline)> {
    let pairs = heating.iter().flat_map(|heating| cooling.iter().map(move |it| (*heating, *it)));
    // Nobody heats and cools at once.
    let apart = pairs.filter(|(heating, cooling)| match (heating, cooling) {
        (Some(heating), Some(cooling)) => heating <= cooling,
        _ => true,
    });
    let shapes = apart.map(|(heating_c, cooling_c)| Shape { heating_c, cooling_c, by_occupancy });
    shapes
        .filter_map(|shape| shape.fitted(days))
        .min_by(|(one, _), (other, _)| one.total_cmp(other))
}
