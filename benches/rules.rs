//! 10,000 rules over 10,000 points: a full cycle, in which every condition,
//! value and rule is computed anew; one in which every point has changed, one
//! in which 1 % have; and the bare conditions of the same rules in Rhai and CEL.
//! Each cycle of ours is a whole one, with decisions and the arbitration of
//! what changed; of the others only the evaluation counts, not the handing over
//! of inputs. Then loading, and what each takes in memory, in a process of its
//! own. What counts is the processor's time: others may be at work on the
//! machine.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends here")]

#[path = "common/district.rs"]
mod district;
#[path = "common/others.rs"]
mod others;
#[path = "common/rounds.rs"]
mod rounds;
#[path = "common/town.rs"]
mod town;

use std::hint::black_box;
use std::time::Duration;

use district::{POINTS, RULES};
use hauswart::control::Base;
use hauswart::cycle::{Outcome, Rules, cycle};
use hauswart::model::{Now, Quality, Reading, Snapshot};
use hauswart::site::Site;
use jiff::Timestamp;
use others::{Cel, Rhai};
use rounds::{median, take_turns};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 101;
/// One point in so many changes where little does.
const FEW: usize = 100;
const MEMORY: &str = "--memory-of";

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != MEMORY);
    if let Some(whose) = arguments.nth(1) {
        return print_memory(&whose);
    }
    compare_cycles();
    compare_loading();
    for whose in ["hauswart", "Rhai", "CEL"] {
        let own = std::env::current_exe().unwrap();
        let done = std::process::Command::new(own).args([MEMORY, whose]).status().unwrap();
        assert!(done.success());
    }
}

/// The rules at work on points that move.
struct District {
    site: Site,
    rules: Rules,
    snapshot: Snapshot,
    outcome: Outcome,
    round: usize,
}

impl District {
    fn new() -> Self {
        let (site, program) = town::load(&district::site_text(), &district::rule_files());
        assert_eq!(site.points.len(), POINTS);
        // A Wednesday at noon.
        let wall = Timestamp::from_second(1_770_807_600).unwrap();
        let now = Now { wall, steady: Duration::from_secs(1000) };
        let snapshot = Snapshot::never(now, site.points.len());
        let rules = Rules::new(program);
        let mut district = Self { site, rules, snapshot, outcome: Outcome::default(), round: 0 };
        district.change(|_| true);
        district.cycle();
        assert_eq!(district.outcome.verdict.rules.len(), RULES);
        district
    }

    /// Ten seconds later, in which the picked points have changed.
    fn change(&mut self, picked: impl Fn(usize) -> bool) {
        self.round += 1;
        self.snapshot.now.wall += Duration::from_secs(10);
        self.snapshot.now.steady += Duration::from_secs(10);
        let at = self.snapshot.now;
        for (index, reading) in self.snapshot.readings.iter_mut().enumerate() {
            let value =
                if picked(index) { district::value(index, self.round) } else { reading.value };
            *reading = Reading { value, quality: Quality::Good, at };
        }
    }

    /// Changes the points that this round picks, then times the cycle.
    fn timed(&mut self, picked: impl Fn(usize, usize) -> bool, all: bool) -> f64 {
        let round = self.round + 1;
        self.change(|point| picked(point, round));
        time(|| {
            if all {
                self.rules.recompute();
            }
            self.cycle();
        })
    }

    fn cycle(&mut self) {
        let base = |_| Base::Unknown;
        let Self { snapshot, rules, site, outcome, .. } = self;
        cycle(snapshot, Some(rules), &site.points, &[], &base, outcome);
    }
}

fn compare_cycles() {
    let mut full = District::new();
    let mut every = District::new();
    let mut few = District::new();
    let rhai = Rhai::new();
    let cel = Cel::new();
    let names =
        ["full cycle", "every point changed", "1 % changed", "Rhai, conditions", "CEL, conditions"];
    let mut turns: [&mut dyn FnMut() -> f64; 5] = [
        &mut || second(|| full.timed(|_, _| true, true)),
        &mut || second(|| every.timed(|_, _| true, false)),
        &mut || second(|| few.timed(|at, round| at % FEW == round % FEW, false)),
        &mut || second(|| time(|| rhai.evaluate())),
        &mut || second(|| time(|| cel.evaluate())),
    ];
    let times = take_turns(ROUNDS, &mut turns);
    println!("{RULES} rules over {POINTS} points: medians of {ROUNDS} rounds");
    for (name, times) in names.iter().zip(&times) {
        println!("  {name:20}{:9.3} ms", median(times) * 1e3);
    }
    let ratio = |slow: usize, fast: usize| {
        median(&times[slow].iter().zip(&times[fast]).map(|(s, f)| s / f).collect::<Vec<_>>())
    };
    tell("a full cycle against Rhai's conditions", ratio(3, 0), Some(5.0));
    tell("a full cycle against CEL's conditions", ratio(4, 0), None);
    tell("1 % changed against a full cycle", ratio(0, 2), Some(20.0));
    println!();
}

/// The second of two: the first brings back into the processor's caches what
/// the others have pushed out of them.
fn second(mut timed: impl FnMut() -> f64) -> f64 {
    timed();
    timed()
}

fn tell(what: &str, ratio: f64, goal: Option<f64>) {
    let verdict = match goal {
        Some(goal) if ratio >= goal => format!("; goal {goal} reached"),
        Some(goal) => format!("; goal {goal} MISSED"),
        None => String::new(),
    };
    println!("  {what} is {ratio:.1} times as fast{verdict}");
}

fn time<T>(work: impl FnOnce() -> T) -> f64 {
    let now = || {
        let used = clock_gettime(ClockId::ThreadCPUTime);
        used.tv_sec as f64 + used.tv_nsec as f64 * 1e-9
    };
    let start = now();
    black_box(work());
    now() - start
}

/// From texts to something that can be evaluated: ours is checked with its
/// site, theirs only parsed.
fn compare_loading() {
    let (site, files) = (district::site_text(), district::rule_files());
    let (site, _) = town::load(&site, &files);
    let mut turns: [&mut dyn FnMut() -> f64; 3] = [
        &mut || time(|| hauswart::rules::compile(&files, &site)),
        &mut || time(Rhai::new),
        &mut || time(Cel::new),
    ];
    let times = take_turns(11, &mut turns);
    println!("loading the rules: medians of 11 rounds");
    for (name, times) in ["hauswart, checked", "Rhai", "CEL"].iter().zip(&times) {
        println!("  {name:20}{:9.1} ms", median(times) * 1e3);
    }
    println!();
}

/// Prints what this process holds more once the rules are loaded and have run.
fn print_memory(whose: &str) {
    let before = resident_kib();
    let kept: Box<dyn std::any::Any> = match whose {
        "hauswart" => Box::new(District::new()),
        "Rhai" => {
            let rhai = Rhai::new();
            rhai.evaluate();
            Box::new(rhai)
        }
        _ => {
            let cel = Cel::new();
            cel.evaluate();
            Box::new(cel)
        }
    };
    let with = if whose == "hauswart" { "site, rules, state and decisions" } else { "conditions" };
    let grown = (resident_kib() - before) as f64 / 1024.0;
    println!("memory of {whose}, {with}: {grown:.1} MiB");
    drop(kept);
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
