//! Axes of pictures: which stretch of numbers is shown, where a number lies on it, and
//! the round numbers beside it.

use super::{Anchor, Drawing, GRID, SIZE, SOFT};
use crate::model::Language;
use crate::model::ticks::step;
use crate::report::form::font::REGULAR;
use crate::report::form::shown;

/// A stretch of numbers on a stretch of paper.
#[derive(Debug, Clone)]
pub struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    ticks: Vec<f64>,
    decimals: u8,
}

impl Axis {
    /// For these numbers, widened to round ones. From zero, unless all are far from it.
    /// `None` where there is no number.
    pub fn over(values: impl Iterator<Item = f64>, parts: u32) -> Option<Self> {
        let (mut low, mut high) = values
            .filter(|it| it.is_finite() && it.abs() < 1e12)
            .fold((f64::MAX, f64::MIN), |(low, high), it| (low.min(it), high.max(it)));
        if low > high {
            return None;
        }
        if low > 0.0 && low < 0.6 * high {
            low = 0.0;
        } else if high < 0.0 && high > 0.6 * low {
            high = 0.0;
        }
        if high - low <= 1e-9 * high.abs().max(low.abs()) {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if high <= low {
            high = low + 1.0;
        }
        let step = step(high - low, parts)?;
        let decimals = (-(step.log10() + 1e-9).floor()).clamp(0.0, 9.0) as u8;
        // A little past the last is not worth another step.
        let (low, high) = (
            if low % step == 0.0 { low } else { (low / step).floor() * step },
            (high / step - 0.02).ceil() * step,
        );
        let (first, last) = ((low / step).round(), (high / step).round());
        let ticks = (first as i64..=last as i64).map(|tick| tick as f64 * step).collect();
        Some(Self { low, high, from: 0.0, to: 1.0, ticks, decimals })
    }

    /// Zero is on it.
    pub fn from_zero(values: impl Iterator<Item = f64>, parts: u32) -> Option<Self> {
        let mut values = values.filter(|it| it.is_finite()).peekable();
        values.peek()?;
        Self::over(values.chain([0.0]), parts)
    }

    /// Where the lower and the upper end lie.
    pub const fn placed(mut self, from: f64, to: f64) -> Self {
        (self.from, self.to) = (from, to);
        self
    }

    /// Where a number lies; at the end if it is beyond.
    pub fn at(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }

    pub fn shown(&self, value: f64, language: Language) -> String {
        shown::number(value, self.decimals, language)
    }

    /// With a decimal more than the numbers beside the axis, if those are few.
    pub fn shown_finely(&self, value: f64, language: Language) -> String {
        let decimals = if self.high.abs() < 20.0 { self.decimals + 1 } else { self.decimals };
        shown::number(value, decimals, language)
    }

    /// How much room the numbers beside it take.
    pub fn margin(&self, language: Language) -> f64 {
        let widths = self.ticks.iter().map(|it| REGULAR.width(&self.shown(*it, language), SIZE));
        widths.fold(0.0, f64::max) + 6.0
    }

    /// Lines across, with the numbers at their left.
    pub fn across(&self, drawing: &mut Drawing, left: f64, right: f64, language: Language) {
        for tick in &self.ticks {
            let y = self.at(*tick);
            let (colour, width) = if *tick == 0.0 { (SOFT, 0.8) } else { (GRID, 0.6) };
            drawing.line((left, y), (right, y), colour, width);
            let text = self.shown(*tick, language);
            drawing.text(left - 5.0, y + 2.7, Anchor::End, SOFT, text);
        }
    }

    /// Lines down, with the numbers below.
    pub fn down(&self, drawing: &mut Drawing, top: f64, bottom: f64, language: Language) {
        for tick in &self.ticks {
            let x = self.at(*tick);
            let (colour, width) = if *tick == 0.0 { (SOFT, 0.8) } else { (GRID, 0.6) };
            drawing.line((x, top), (x, bottom), colour, width);
            let text = self.shown(*tick, language);
            drawing.text(x, bottom + 9.5, Anchor::Middle, SOFT, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_begins_at_zero_unless_all_is_far_from_it() {
        let ends = |values: &[f64]| {
            let axis = Axis::over(values.iter().copied(), 5)?;
            Some((axis.low, axis.high))
        };
        assert_eq!(ends(&[3.0, 97.0]), Some((0.0, 100.0)));
        assert_eq!(ends(&[-7.0, 22.0]), Some((-10.0, 30.0)));
        assert_eq!(ends(&[95.0, 99.0]), Some((95.0, 99.0)));
        assert_eq!(ends(&[0.0, 0.0]), Some((0.0, 1.0)));
        assert_eq!(ends(&[f64::NAN]), None);
        assert_eq!(ends(&[]), None);
    }

    #[test]
    fn what_is_beyond_stays_at_the_edge() {
        let axis = Axis::from_zero([40.0, 100.0].into_iter(), 5).unwrap().placed(200.0, 100.0);
        assert_eq!((axis.at(0.0), axis.at(50.0), axis.at(1e9)), (200.0, 150.0, 100.0));
        assert_eq!(axis.shown(20.0, Language::De), "20");
        // No two numbers beside it look the same.
        for most in [0.7, 1.3, 3.4, 4.6, 17.0, 230.0] {
            let axis = Axis::from_zero([most].into_iter(), 5).unwrap();
            let shown: Vec<String> =
                axis.ticks.iter().map(|it| axis.shown(*it, Language::De)).collect();
            assert!(shown.windows(2).all(|pair| pair[0] != pair[1]), "{most}: {shown:?}");
        }
    }
}
