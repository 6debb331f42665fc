//! Figures that are comparable on a busy machine: contenders take turns in
//! short rounds, each round gives a ratio, and the median of the rounds counts.

use std::io::{BufRead as _, Write as _};
use std::time::{Duration, Instant};

use crate::peers::Peer;

const ROUNDS: usize = 201;
const SPAN: Duration = Duration::from_millis(20);
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
    let count = contenders.len();
    let mut rates = vec![Vec::new(); count];
    // The first round opens connections and fills caches.
    for round in 0..=ROUNDS {
        for turn in 0..count {
            let place = (round + turn) % count;
            let rate = (contenders[place].rate)(question);
            if round > 0 {
                rates[place].push(rate);
            }
        }
    }
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

fn print_rate(name: &str, rate: f64, values: u16) {
    println!("  {name:14}{rate:9.0} requests/s {:11.0} points/s", rate * f64::from(values));
}

fn median(figures: &[f64]) -> f64 {
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

/// The same by a Python peer, which answers `QUESTION SECONDS` by its rate.
pub fn peer_rate(peer: &mut Peer, question: impl std::fmt::Display) -> f64 {
    writeln!(peer.input(), "{question} {}", SPAN.as_secs_f64()).unwrap();
    let mut line = String::new();
    peer.output.read_line(&mut line).unwrap();
    line.trim().parse().unwrap_or_else(|_| panic!("the peer says: {line:?}"))
}
