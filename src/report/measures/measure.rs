//! A measure: typed, rendered last (`words`). Numbers are as people read them: °C, K,
//! hours, kWh, W.

use crate::history::Span;
use crate::report::benchmark::{Benchmark, Medium};

/// Something that costs and need not.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub what: What,
    /// Index into the site's buildings.
    pub building: usize,
    /// `building.device.point`, those that show it; of a meter its name.
    pub points: Vec<String>,
    /// The first and the last time at which it was seen.
    pub span: Span,
    /// Share of what was to be looked at (days, nights, hours) that is known, 0–1.
    pub coverage: f64,
    pub sure: Sure,
    /// `None`: the data do not carry an estimate.
    pub saving: Option<Saving>,
}

/// What it would save in a year, about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Saving {
    pub of: Medium,
    /// kWh; of water m³.
    pub a_year: f64,
}

/// How sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sure {
    /// To be looked at: there may be a reason for it.
    Hint,
    Likely,
    /// Measured directly.
    Certain,
}

/// What it is, with its evidence.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// On so many warm days circuits ran for so many hours of each, and so much heat
    /// was used beyond hot water; each where it is known.
    SummerHeating { days: u32, hours_a_day: Option<f64>, kwh: Option<f64> },
    /// In so many of so many rests (nights, weekends) nothing was lowered.
    NoSetback { rests: u32, of: u32, circuits: u32 },
    /// The setpoint was lowered by so many K, and the room fell by `fell_k` where it
    /// would have fallen by `would_k` at least without heat.
    SetbackNotReached { rests: u32, of: u32, lowered_k: f64, fell_k: f64, would_k: f64 },
    /// The room was warm again so many hours before anybody came, in the mean.
    SetbackEndsEarly { rests: u32, of: u32, early_h: f64 },
    /// Heating and cooling valve of one device were open at once; `open_h`: hours in
    /// which one of them was.
    HeatingAndCooling { hours: f64, open_h: f64 },
    /// Electric power while nobody is there and while somebody is, W.
    NightLoad { rest_w: f64, occupied_w: f64, kwh: f64 },
    /// The flow falls by `slope` K for each K that it gets warmer; rooms are `excess_k`
    /// above their setpoint when people come.
    CurveTooSteep { slope: f64, excess_k: f64 },
    /// The return is this warm in mild weather, °C.
    ReturnTooWarm { slope: f64, return_c: f64 },
    /// So many starts at least in so many hours of operation.
    ShortCycling { starts: u32, hours: f64 },
    /// It showed one value for so many days, while others like it moved by so much.
    SensorStuck { shown: String, days: f64, others: Option<String> },
    /// An override that has stood for so many days; `ends`: it is over.
    OverrideForgotten { shown: String, days: f64, by: String, why: String, over: bool },
    /// An indicator above the limit, kWh/m²a (water l/m²a).
    BenchmarkMissed { medium: Medium, indicator: f64, benchmark: Benchmark },
}

impl What {
    /// A short name that never changes, for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SummerHeating { .. } => "summer-heating",
            Self::NoSetback { .. } => "no-setback",
            Self::SetbackNotReached { .. } => "setback-not-reached",
            Self::SetbackEndsEarly { .. } => "setback-ends-early",
            Self::HeatingAndCooling { .. } => "heating-and-cooling",
            Self::NightLoad { .. } => "night-load",
            Self::CurveTooSteep { .. } => "curve-too-steep",
            Self::ReturnTooWarm { .. } => "return-too-warm",
            Self::ShortCycling { .. } => "short-cycling",
            Self::SensorStuck { .. } => "sensor-stuck",
            Self::OverrideForgotten { .. } => "override-forgotten",
            Self::BenchmarkMissed { .. } => "benchmark-missed",
        }
    }
}

impl Saving {
    /// In euros a year, given what a kWh (of water a m³) costs; `None`: no price is
    /// known.
    #[must_use]
    pub fn euros_a_year(&self, price: Option<f64>) -> Option<f64> {
        price.map(|price| self.a_year * price)
    }
}

impl Measure {
    /// For putting those worth most first: kWh a year; what nobody can tell comes last,
    /// the surest of it first.
    pub(super) fn worth(&self) -> f64 {
        let unknown = match self.sure {
            Sure::Certain => -1.0,
            Sure::Likely => -2.0,
            Sure::Hint => -3.0,
        };
        // Water costs more by the m³ than heat by the kWh: about as much as 30 of them.
        self.saving.map_or(unknown, |saving| match saving.of {
            Medium::Water => saving.a_year * 30.0,
            Medium::Heat | Medium::Electricity => saving.a_year,
        })
    }
}
