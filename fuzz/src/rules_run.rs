//! Rules at work: computing only what changed gives what computing everything
//! gives, over any inputs, gaps, clock steps, reloads and restarts. An input
//! is two rule files and the run's bytes, apart by NUL; where the first is
//! empty, bytes choose the rules, too.

use std::time::Duration;

use hauswart::control::{Base, Override};
use hauswart::cycle::explain::{Basis, Scene, Subject, explain, words};
use hauswart::cycle::since::Since;
use hauswart::cycle::spoken::Spoken;
use hauswart::cycle::{Outcome, Rules, cycle, trial};
use hauswart::model::layers::Layer;
use hauswart::model::{Kind, Language, Now, PointId, Quality, Reading, Snapshot};
use hauswart::rules::{Civil, Program, compile};
use jiff::{SignedDuration, Timestamp};

use crate::dice::Dice;
use crate::{grammar, parts, town};

/// The night before the clocks change.
const START: i64 = 1_774_726_200;
const CYCLES: usize = 60;

pub fn run(bytes: &[u8]) -> bool {
    let [first, second, rest] = {
        let mut parts = parts(bytes, 3);
        [0; 3].map(|_| parts.next().unwrap_or_default())
    };
    let mut dice = Dice::new(rest);
    let texts = match first {
        [] => {
            let mut chosen = dice.half();
            [0; 2].map(|_| grammar::program(&mut chosen))
        }
        _ => [first, second].map(|text| town::text(text).to_string()),
    };
    let Some(program) = compiled(&texts[0]) else { return false };
    for case in program.tests().iter().take(1) {
        let _ = trial::run(case, &program, town::site());
    }
    let others = [Some(program.clone()), compiled(&texts[1])];
    let others: Vec<Program> = others.into_iter().flatten().collect();
    let mut desk = Desk::new(program);
    for _ in 0..CYCLES {
        for _ in 0..dice.roll(4) {
            desk.happen(&mut dice, &others);
        }
        desk.cycle();
        if dice.is_empty() {
            break;
        }
    }
    true
}

fn compiled(text: &str) -> Option<Program> {
    let rules = [town::source("a.rules", text)];
    let files = town::calendars(&rules, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
    compile(town::texts(&rules, &files), town::site()).program
}

/// The same rules twice: computed as the daemon does, and from the ground up
/// in each cycle.
struct Desk {
    part: Run,
    whole: Run,
    snapshot: Snapshot,
    /// What the rules read and command: what is worth changing.
    points: Vec<PointId>,
    overrides: Vec<Override>,
    civil: Civil,
}

struct Run {
    rules: Rules,
    outcome: Outcome,
    since: Since,
}

impl Run {
    fn new(program: Program) -> Self {
        Self { rules: Rules::new(program), outcome: Outcome::default(), since: Since::default() }
    }

    fn cycle(&mut self, snapshot: &Snapshot, overrides: &[Override]) {
        let points = &town::site().points;
        cycle(snapshot, Some(&mut self.rules), points, overrides, &base, &mut self.outcome);
        self.since.note(&self.outcome, snapshot.now.wall);
    }

    fn saved(&self) -> String {
        let state = &self.rules.state;
        let memories: Vec<_> = state.saved(&self.rules.program).collect();
        let decisions: Vec<_> = state.last_decisions(&self.rules.program).collect();
        let switchings: Vec<_> = self.rules.guards.saved().collect();
        format!("{memories:?} {decisions:?} {switchings:?}")
    }

    fn restart(&mut self, down: Duration) {
        let Rules { program, state, guards } = &self.rules;
        let saved: Vec<_> = state.saved(program).map(|(id, kept)| (id.clone(), kept)).collect();
        let decided = state.last_decisions(program);
        let decided = decided.map(|(id, last)| (id.clone(), last)).collect();
        let switchings = guards.saved().map(|(point, kept)| (point.clone(), kept)).collect();
        let mut state = program.restored(saved, down);
        state.recall(program, &decided, down);
        let mut rules = Rules::restored(program.clone(), state);
        rules.guards.recall(&switchings, down, &[]);
        *self = Self { rules, outcome: Outcome::default(), since: Since::default() };
    }
}

fn base(point: PointId) -> Base {
    match point.index() % 4 {
        0 => Base::Unknown,
        n => Base::Known(15.0 + n as f64),
    }
}

impl Desk {
    fn new(program: Program) -> Self {
        let site = town::site();
        let wall = Timestamp::from_second(START).expect("it is in range");
        let now = Now { wall, steady: Duration::from_secs(1000) };
        let mut points: Vec<PointId> = program.reads().to_vec();
        points.extend(program.commands());
        if points.is_empty() {
            points.extend(site.points.iter().map(|(id, _)| id).take(1));
        }
        Self {
            part: Run::new(program.clone()),
            whole: Run::new(program),
            snapshot: Snapshot::never(now, site.points.len()),
            points,
            overrides: Vec::new(),
            civil: Civil::default(),
        }
    }

    /// Something that comes from outside, before a cycle.
    fn happen(&mut self, dice: &mut Dice<'_>, others: &[Program]) {
        match dice.roll(16) {
            0..=8 => self.give(dice),
            9 | 10 => {
                let seconds = [9, 59, 600, 1800, 43_200, 86_400 * 9];
                self.pass(Duration::from_secs(dice.pick(&seconds)));
            }
            11 => {
                let minutes = dice.pick(&[-1440, -61, -1, 1, 61, 1440]) * i64::from(dice.byte());
                let by = SignedDuration::from_mins(minutes);
                let now = &mut self.snapshot.now;
                now.wall = now.wall.checked_add(by).unwrap_or(now.wall);
            }
            12 => {
                let other = dice.pick(&others.iter().collect::<Vec<_>>());
                for run in [&mut self.part, &mut self.whole] {
                    run.rules = run.rules.succeeded_by(other.clone(), &run.outcome.decisions);
                    run.since.forget_rules();
                }
                self.tell();
            }
            13 => {
                let down = Duration::from_secs(u64::from(dice.byte()) * 20);
                self.part.restart(down);
                self.whole.restart(down);
                self.tell();
            }
            14 => self.order(dice),
            _ => self.explain(dice),
        }
    }

    fn give(&mut self, dice: &mut Dice<'_>) {
        let point = dice.pick(&self.points);
        let of = town::site().points.get(point);
        let byte = dice.byte();
        let value = match &of.kind {
            Kind::States(states) => f64::from(byte) % states.len() as f64,
            Kind::Number(_) => {
                let (lowest, highest) = of.range.unwrap_or((-20.0, 60.0));
                lowest + (highest - lowest) * f64::from(byte) / 255.0
            }
        };
        let quality = dice.pick(&[
            Quality::Good,
            Quality::Good,
            Quality::Good,
            Quality::Stale,
            Quality::Faulty,
            Quality::OutOfRange,
        ]);
        let at = self.snapshot.now;
        self.snapshot.readings[point.index()] = Reading { value, quality, at };
    }

    fn pass(&mut self, time: Duration) {
        let Now { wall, steady } = &mut self.snapshot.now;
        *steady += time;
        *wall = wall.checked_add(time).unwrap_or(*wall);
    }

    /// An operator's word: on a point, on a schedule, or none any more.
    fn order(&mut self, dice: &mut Dice<'_>) {
        let from = self.snapshot.now.wall;
        let minutes = SignedDuration::from_mins(i64::from(dice.byte()));
        let until = from.checked_add(minutes).unwrap_or(from);
        let id = u64::from(dice.byte());
        match id % 3 {
            0 => {
                let point = dice.pick(&self.points);
                let (user, why) = ("Hausmeister".to_owned(), String::new());
                let value = id as f64 / 8.0;
                self.overrides.push(Override { id, point, value, from, until, user, why });
            }
            1 => {
                let layer = Layer { id, from, until, on: id & 8 != 0 };
                self.civil.laid.push(("Rathaus.Nutzung".to_owned(), layer));
            }
            _ => {
                self.overrides.clear();
                self.civil.laid.clear();
                self.civil.doubtful = id & 8 != 0;
            }
        }
        self.tell();
    }

    fn tell(&mut self) {
        for run in [&mut self.part, &mut self.whole] {
            run.rules.state.tell(&run.rules.program, &self.civil);
        }
    }

    fn cycle(&mut self) {
        self.pass(Duration::from_secs(1));
        self.part.cycle(&self.snapshot, &self.overrides);
        self.whole.rules.recompute();
        self.whole.outcome.decisions.clear();
        self.whole.cycle(&self.snapshot, &self.overrides);
        let (ours, theirs) = (&self.part.outcome.verdict, &self.whole.outcome.verdict);
        assert_eq!(ours.rules, theirs.rules);
        assert_eq!(ours.values, theirs.values);
        assert_eq!(ours.alarms, theirs.alarms);
        assert!(ours.claims().eq(theirs.claims()), "{ours:?}\n{theirs:?}");
        for decision in self.whole.outcome.decisions.iter() {
            let ours = self.part.outcome.decisions.on(decision.point);
            assert_eq!(ours, Some(decision));
            assert!(decision.target.is_none_or(f64::is_finite), "{decision:?}");
        }
        assert_eq!(self.part.saved(), self.whole.saved());
    }

    /// Why things are as they are; words are found whatever it is.
    fn explain(&self, dice: &mut Dice<'_>) {
        let site = town::site();
        let point = dice.pick(&self.points);
        let scene = Scene {
            site,
            rules: Some(&self.part.rules),
            snapshot: &self.snapshot,
            outcome: &self.part.outcome,
            since: &self.part.since,
            overrides: &self.overrides,
            base: &base,
            standing: None,
            silent: &|_| None,
            basis: Basis::Running,
        };
        let subject = match dice.roll(3) {
            0 => Subject::Point(point),
            1 => Subject::Value(dice.roll(4)),
            _ => Subject::Rule(dice.roll(8)),
        };
        let Some(told) = explain(&scene, subject) else { return };
        for language in [Language::De, Language::En] {
            let spoken = Spoken { language, zone: &site.time_zone };
            assert!(!words::lines(&told, &spoken).is_empty());
        }
    }
}
