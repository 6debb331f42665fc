//! What was used in a period, from steps between readings; how much of the time
//! was heard, and how much of the amount has its place in time only by estimate.
//! Amounts are canonical (J or m³), times ms since 1970 UTC.

use crate::history::Span;

/// How the amount of a step is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// The counter was heard all along: the amount falls at the step's end.
    Heard,
    /// A power was measured all along: the amount is spread over the step.
    Measured,
    /// Between two readings by hand: known as a whole, spread evenly.
    Read,
    /// Nobody heard the counter meanwhile: known as a whole, spread evenly.
    Bridged,
    /// Part of it is lost: it was at least this much.
    AtLeast,
}

/// What was used between two moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub from_ms: i64,
    pub until_ms: i64,
    /// `None`: unknown.
    pub amount: Option<f64>,
    pub manner: Manner,
}

/// What was used in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Consumption {
    pub span: Span,
    /// Canonical, of the time that is `counted`; `None`: nothing is known.
    pub amount: Option<f64>,
    /// Of the amount: what belongs to readings on both sides of an end of the
    /// period and was shared out evenly.
    pub estimated: f64,
    /// Share of the time in which the counter was heard, 0–1.
    pub coverage: f64,
    /// Share of the time whose use is in the amount, 0–1: gaps that two readings
    /// bridge are, what no reading encloses is not.
    pub counted: f64,
}

/// From here on a share of time is all of it.
const WHOLE: f64 = 1.0 - 1e-9;

impl Consumption {
    /// Nothing is known of this period.
    #[must_use]
    pub const fn unknown(span: Span) -> Self {
        Self { span, amount: None, estimated: 0.0, coverage: 0.0, counted: 0.0 }
    }

    /// Whether the amount is that of the whole period.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.amount.is_some() && self.counted >= WHOLE
    }

    /// Whether part of the amount stands here by estimate.
    #[must_use]
    pub fn is_estimated(&self) -> bool {
        self.estimated.abs() > 1e-9 * self.amount.unwrap_or(0.0).abs().max(1e-9)
    }

    /// Whether the counter was heard all the time.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.coverage >= WHOLE
    }
}

/// What was used in `span`. Steps in order of time, not overlapping.
#[must_use]
pub fn over(steps: &[Step], span: Span) -> Consumption {
    let first = steps.partition_point(|step| step.until_ms < span.from_ms);
    let mut sum = Sum::default();
    for step in &steps[first..] {
        if step.from_ms >= span.until_ms {
            break;
        }
        sum.add(step, span);
    }
    sum.of(span)
}

/// What was used in each of these periods, which are in order of time.
#[must_use]
pub fn series(steps: &[Step], spans: &[Span]) -> Vec<Consumption> {
    let mut first = 0;
    let mut one = |span: &Span| {
        let next = steps[first..].iter().position(|step| step.until_ms >= span.from_ms);
        first = next.map_or(steps.len(), |next| first + next);
        let mut sum = Sum::default();
        let inside = steps[first..].iter().take_while(|step| step.from_ms < span.until_ms);
        inside.for_each(|step| sum.add(step, *span));
        sum.of(*span)
    };
    spans.iter().map(&mut one).collect()
}

/// A quarter hour, and how long before it a counter may have been read last.
const QUARTER_MS: i64 = 900_000;
const STANDS_MS: i64 = 3 * QUARTER_MS;

/// The same steps with what a counter tells late in the time that it is of: a rise behind
/// steps of nothing is spread over them where it is one tick of a coarse counter, or the
/// counter stood for less than an hour (it is read no more often). A true start from
/// rest loses no more than its first tick by that.
#[must_use]
pub fn profile(steps: &[Step]) -> Vec<Step> {
    let rises = steps.iter().filter(|it| it.manner == Manner::Heard).filter_map(|it| it.amount);
    let tick = rises.filter(|rise| *rise > 0.0).fold(f64::INFINITY, f64::min);
    let mut spread: Vec<Step> = Vec::with_capacity(steps.len());
    // From when on the counter has stood still, as the last steps of `spread` say.
    let mut still: Option<(usize, i64)> = None;
    for step in steps {
        let heard = step.manner == Manner::Heard;
        let from = still.filter(|_| spread.last().is_some_and(|it| it.until_ms == step.from_ms));
        let (place, from_ms) = from.unwrap_or((spread.len(), step.from_ms));
        let late_ms = step.until_ms - QUARTER_MS - from_ms;
        match step.amount {
            Some(0.0) if heard => {
                still = Some((place, from_ms));
                spread.push(*step);
            }
            Some(rise) if heard && (rise <= 1.5 * tick || late_ms <= STANDS_MS) => {
                spread.truncate(place);
                spread.push(Step { from_ms, manner: Manner::Measured, ..*step });
                still = None;
            }
            _ => {
                spread.push(*step);
                still = None;
            }
        }
    }
    spread
}

#[derive(Default)]
struct Sum {
    amount: Option<f64>,
    estimated: f64,
    heard_ms: i64,
    counted_ms: i64,
}

impl Sum {
    fn add(&mut self, step: &Step, span: Span) {
        let length = step.until_ms - step.from_ms;
        let inside = step.until_ms.min(span.until_ms) - step.from_ms.max(span.from_ms);
        let inside = inside.max(0);
        let Some(amount) = step.amount else { return };
        let share = match step.manner {
            Manner::Heard if span.has(step.until_ms) => 1.0,
            Manner::Heard => 0.0,
            // A step of no time belongs where it is.
            _ if length == 0 => f64::from(u8::from(span.has(step.until_ms))),
            _ => inside as f64 / length as f64,
        };
        if share > 0.0 || inside > 0 {
            *self.amount.get_or_insert(0.0) += amount * share;
        }
        let cut = share > 0.0 && share < 1.0;
        if cut && matches!(step.manner, Manner::Bridged | Manner::Read | Manner::AtLeast) {
            self.estimated += amount * share;
        }
        if matches!(step.manner, Manner::Heard | Manner::Measured | Manner::Read) {
            self.heard_ms += inside;
        }
        if step.manner != Manner::AtLeast {
            self.counted_ms += inside;
        }
    }

    fn of(self, span: Span) -> Consumption {
        let length = span.length_ms().max(1) as f64;
        Consumption {
            span,
            amount: self.amount,
            estimated: self.estimated,
            coverage: self.heard_ms as f64 / length,
            counted: self.counted_ms as f64 / length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn step(from_ms: i64, until_ms: i64, amount: f64, manner: Manner) -> Step {
        Step { from_ms, until_ms, amount: Some(amount), manner }
    }

    const fn span(from_ms: i64, until_ms: i64) -> Span {
        Span { from_ms, until_ms }
    }

    #[test]
    fn what_was_heard_falls_where_it_was_heard_and_a_gap_is_shared_out() {
        let steps = [
            step(0, 100, 10.0, Manner::Heard),
            step(100, 200, 20.0, Manner::Bridged),
            step(200, 300, 5.0, Manner::Heard),
        ];
        let first = over(&steps, span(0, 150));
        assert_eq!((first.amount, first.estimated), (Some(20.0), 10.0));
        assert!(first.is_estimated() && first.is_whole() && !first.is_covered());
        assert!((first.coverage - 100.0 / 150.0).abs() < 1e-12);
        let whole = over(&steps, span(0, 301));
        assert_eq!((whole.amount, whole.estimated), (Some(35.0), 0.0));
        // The end of a period is the next one's.
        assert_eq!(over(&steps, span(0, 100)).amount, Some(0.0));
        assert_eq!(over(&steps, span(250, 300)).amount, Some(0.0));
    }

    #[test]
    fn nothing_known_is_not_zero() {
        let steps = [
            step(0, 100, 10.0, Manner::Heard),
            Step { from_ms: 100, until_ms: 200, amount: None, manner: Manner::AtLeast },
            step(200, 300, 1.0, Manner::AtLeast),
        ];
        assert_eq!(over(&steps, span(400, 500)), Consumption::unknown(span(400, 500)));
        assert_eq!(over(&steps, span(110, 190)).amount, None);
        let all = over(&steps, span(0, 300));
        assert_eq!((all.amount, all.is_whole()), (Some(11.0), false));
        assert!((all.counted - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_series_adds_up_to_the_sum() {
        let steps = [
            step(0, 70, 7.0, Manner::Read),
            step(70, 130, 60.0, Manner::Bridged),
            step(130, 170, 3.0, Manner::Measured),
        ];
        let spans: Vec<Span> = (0..17).map(|at| span(at * 10, at * 10 + 10)).collect();
        let each: Vec<Consumption> = spans.iter().map(|span| over(&steps, *span)).collect();
        assert_eq!(series(&steps, &spans), each);
        let parts: f64 = each.iter().filter_map(|it| it.amount).sum();
        assert!((parts - 70.0).abs() < 1e-9);
    }

    #[test]
    fn ticks_of_a_coarse_counter_are_spread_over_their_time() {
        const QUARTER: i64 = 900_000;
        let heard = |amounts: &[f64]| -> Vec<Step> {
            (0..)
                .zip(amounts)
                .map(|(at, amount)| {
                    step(at * QUARTER - 1, (at + 1) * QUARTER - 1, *amount, Manner::Heard)
                })
                .collect()
        };
        let most = |steps: &[Step]| {
            let spans: Vec<Span> =
                (0..40).map(|at| span(at * QUARTER, (at + 1) * QUARTER)).collect();
            let used = series(&profile(steps), &spans);
            let sum: f64 = used.iter().filter_map(|it| it.amount).sum();
            let most = used.iter().filter_map(|it| it.amount).fold(0.0, f64::max);
            ((sum * 1e3).round() / 1e3, (most * 1e3).round() / 1e3)
        };
        // A tick in ten quarter hours; read once an hour; a true start of several ticks.
        let coarse: Vec<f64> = (1..=40).map(|at| if at % 10 == 0 { 1.0 } else { 0.0 }).collect();
        assert_eq!(most(&heard(&coarse)), (4.0, 0.1));
        let hourly: Vec<f64> =
            (1..=40).map(|at| if at % 4 == 0 { f64::from(at) } else { 0.0 }).collect();
        assert_eq!(most(&heard(&hourly)), (220.0, 10.0));
        let start = [[0.0; 10].as_slice(), &[5.0, 1.0, 5.0]].concat();
        assert_eq!(most(&heard(&start)).1, 5.0);
        // What is no counter stays as it is.
        let measured = [
            step(0, 900_000, 0.0, Manner::Measured),
            step(900_000, 1_800_000, 2.0, Manner::Measured),
        ];
        assert_eq!(profile(&measured), measured);
    }
}
