//! Pictures of a report as data: what is drawn, not how.

use jiff::civil::Date;

/// A picture with what it says in words, for those who cannot see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub title: String,
    /// What is to be seen, in a sentence.
    pub caption: String,
    pub chart: Chart,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    Bars(Bars),
    Ranking(Vec<Ranked>, String),
    Scatter(Scatter),
    Carpet(Carpet),
}

/// Groups of bars: months, in each a bar for each year.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// Below each group: `Jan`, `Feb`…
    pub groups: Vec<String>,
    /// The last is this year's, and drawn strongest.
    pub series: Vec<Series>,
    pub unit: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    /// One a group.
    pub bars: Vec<Bar>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// `None`: unknown; nothing is drawn, not a bar of no height.
    pub value: Option<f64>,
    /// Drawn hatched or paler: part of the time is missing.
    pub incomplete: bool,
}

/// A lying bar with its limit and target as strokes.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    pub name: String,
    pub value: f64,
    pub limit: Option<f64>,
    pub target: Option<f64>,
}

/// Dots in a plane: the portfolio picture (electricity against heat indicator, a dot a
/// building, its size the cost, 1 the benchmark on both axes), or daily energy
/// against the outdoor temperature with the baseline as a line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scatter {
    pub x_title: String,
    pub y_title: String,
    pub x_unit: String,
    pub y_unit: String,
    pub dots: Vec<Dot>,
    /// Where the hairs cross.
    pub cross: Option<(f64, f64)>,
    /// In order of x.
    pub line: Vec<(f64, f64)>,
    /// What the groups of dots are, and the line.
    pub groups: Vec<String>,
    pub line_name: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    pub x: f64,
    pub y: f64,
    /// Area, relative to the others, 0–1.
    pub size: f64,
    /// Beside it; empty: none.
    pub name: String,
    /// Place in `groups`.
    pub group: usize,
}

/// A year as a carpet: a column a day, a row an hour (from the top, 0 to 23), dark where
/// much was used. Shows a plant that runs at night.
#[derive(Debug, Clone, PartialEq)]
pub struct Carpet {
    pub first: Date,
    /// One a day: means of the hours by the clock on the wall. The hour that is doubled
    /// in autumn has the mean of both, the one left out in spring is unknown, as is
    /// whatever is `None`.
    pub days: Vec<[Option<f32>; 24]>,
    pub unit: String,
}
