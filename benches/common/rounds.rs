//! Figures that are comparable on a busy machine: contenders take turns in
//! short rounds, each round gives a ratio, and the median of the rounds counts.

#![allow(dead_code, reason = "each bench uses its own part")]

use std::time::{Duration, Instant};

const ROUNDS: usize = 201;
pub const SPAN: Duration = Duration::from_millis(20);
/// Requests between two looks at the time.
const BATCH: u32 = 16;

/// One that asks as often as it can.
pub struct Contender<'a, Question> {
    pub name: &'static str,
    /// So many times its rate ours is to reach.
    pub goal: f64,
    /// Asks for one round; requests a second.
    pub rate: Box<dyn FnMut(Question) -> f64 + 'a>,
}

/// Lets contenders take turns with the same question, each of which gets
/// `values`, and prints the medians; the first is ours.
pub fn compare<Question: Copy>(
    title: &str,
    question: Question,
    values: u16,
    contenders: &mut [Contender<'_, Question>],
) {
    let mut turns: Vec<_> =
        contenders.iter_mut().map(|contender| || (contender.rate)(question)).collect();
    let mut turns: Vec<&mut dyn FnMut() -> f64> =
        turns.iter_mut().map(|turn| turn as &mut dyn FnMut() -> f64).collect();
    let rates = take_turns(ROUNDS, &mut turns);
    println!("{title}: medians of {ROUNDS} rounds");
    for (place, (contender, theirs)) in contenders.iter().zip(&rates).enumerate() {
        print_rate(contender.name, median(theirs), values);
        if place > 0 {
            let ratios = rates[0].iter().zip(theirs).map(|(ours, theirs)| ours / theirs);
            let ratio = median(&ratios.collect::<Vec<f64>>());
            let verdict = if ratio >= contender.goal { "reached" } else { "MISSED" };
            println!("{:18}ours is {ratio:.2} of it; goal {} {verdict}", "", contender.goal);
        }
    }
    println!();
}

/// Lets contenders take turns, each round begun by another; the figures of
/// each but for the first round, which opens connections and fills caches.
pub fn take_turns(rounds: usize, turns: &mut [&mut dyn FnMut() -> f64]) -> Vec<Vec<f64>> {
    let count = turns.len();
    let mut figures = vec![Vec::new(); count];
    for round in 0..=rounds {
        for turn in 0..count {
            let place = (round + turn) % count;
            let figure = turns[place]();
            if round > 0 {
                figures[place].push(figure);
            }
        }
    }
    figures
}

fn print_rate(name: &str, rate: f64, values: u16) {
    println!("  {name:14}{rate:9.0} requests/s {:11.0} points/s", rate * f64::from(values));
}

/// The middle one.
pub fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Asks for one round; requests a second.
pub async fn rate(mut ask: impl AsyncFnMut()) -> f64 {
    let start = Instant::now();
    let mut requests = 0;
    while start.elapsed() < SPAN {
        for _ in 0..BATCH {
            ask().await;
        }
        requests += BATCH;
    }
    f64::from(requests) / start.elapsed().as_secs_f64()
}
