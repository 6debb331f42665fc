//! Whatever happens: one action a point, no idle write, a journal that knows all
//! that is held, and everything let go at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::bench::*;
use crate::control::action::{Action, Commanded, Done};
use crate::control::agree;
use crate::control::event::{Event, Why};
use crate::control::writer::Writer;
use crate::model::{PointId, Snapshot};

/// One move of the property below.
#[derive(Debug, Clone)]
struct Move {
    /// A new target for one point, or none.
    target: (usize, Option<u8>),
    pass: u64,
    read: bool,
    /// How each point's next answer goes.
    fates: Vec<Fate>,
    /// Whether answers come in this move or are still on their way.
    answer: Vec<bool>,
    /// The process dies, before or after its last actions went out.
    crash: Option<bool>,
}

fn any_move() -> impl Strategy<Value = Move> {
    let fate = prop_oneof![
        4 => Just(Fate::Fine),
        1 => Just(Fate::Lost),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::Refused),
        1 => Just(Fate::Coerced),
        1 => Just(Fate::NotReadBack),
    ];
    (
        (0..COMMANDED.len(), prop::option::weighted(0.7, 0..4_u8)),
        0..90_u64,
        prop::bool::weighted(0.8),
        prop::collection::vec(fate, COUNT),
        prop::collection::vec(prop::bool::weighted(0.8), COUNT),
        prop_oneof![20 => Just(None), 1 => any::<bool>().prop_map(Some)],
    )
        .prop_map(|(target, pass, read, fates, answer, crash)| Move {
            target,
            pass,
            read,
            fates,
            answer,
            crash,
        })
}

/// What the property remembers of one point, by itself.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    confirmed: Option<f64>,
    written_at: Option<Duration>,
}

fn check_reason(bench: &Bench, seen: &Seen, command: &Commanded) -> Result<(), TestCaseError> {
    let point = command.point;
    let why = bench.told.iter().rev().find_map(|event| match event {
        Event::Commanded { point: p, why, .. } if *p == point => Some(*why),
        _ => None,
    });
    let same = seen.confirmed.is_some_and(|confirmed| agree(confirmed, command.value, 0.05));
    let limits = bench.points.get(point).command.clone().unwrap();
    match why.unwrap() {
        Why::New | Why::Retry => prop_assert!(!same, "confirmed, and written again: {command:?}"),
        Why::KeepAlive => {
            prop_assert!(bench.now.steady >= seen.written_at.unwrap() + limits.keep_alive.unwrap());
        }
        Why::Differs => {
            let read = bench.snapshot.known(point).unwrap();
            prop_assert!(!agree(read, command.value, 0.05));
        }
    }
    if let Some(written) = seen.written_at {
        prop_assert!(bench.now.steady >= written + limits.min_write_interval);
    }
    Ok(())
}

/// The bench, and all that the property keeps beside it.
#[derive(Debug)]
struct World {
    bench: Bench,
    targets: BTreeMap<PointId, f64>,
    seen: [Seen; COUNT],
    underway: Vec<Action>,
}

impl World {
    fn cycle(&mut self) -> Result<(), TestCaseError> {
        let wanted: Vec<(PointId, f64)> = self.targets.iter().map(|(p, v)| (*p, *v)).collect();
        for action in self.bench.step(&wanted) {
            let clash = |other: &Action| {
                other.target() == action.target() || other.subject() == action.subject()
            };
            let underway = &self.underway;
            prop_assert!(!underway.iter().any(clash), "{action:?} beside {underway:?}");
            let seen = &mut self.seen[action.subject().index()];
            if let Action::Write(command) = &action {
                check_reason(&self.bench, seen, command)?;
            }
            *seen = Seen { confirmed: None, written_at: Some(self.bench.now.steady) };
            self.underway.push(action);
        }
        prop_assert_eq!(self.bench.writer.outstanding(), self.underway.len());
        Ok(())
    }

    fn crash(&mut self, gone_out: bool) -> Result<(), TestCaseError> {
        let bench = &mut self.bench;
        for action in self.underway.drain(..).filter(|_| gone_out) {
            bench.plant.carry_out(&action, Fate::AnswerLost);
        }
        bench.writer = Writer::new(&bench.points);
        for left in bench.journal.clone().into_values() {
            prop_assert_eq!(bench.writer.adopt(left), []);
        }
        bench.snapshot = Snapshot::never(bench.now, COUNT);
        self.seen = [Seen::default(); COUNT];
        Ok(())
    }

    fn answers(&mut self, fates: &[Fate], answer: &[bool]) {
        let underway = std::mem::take(&mut self.underway);
        let (now, later) =
            underway.into_iter().partition(|action: &Action| answer[action.subject().index()]);
        self.underway = later;
        let now: Vec<Action> = now;
        for action in now {
            let point = action.subject();
            let done = self.bench.plant.carry_out(&action, fates[point.index()]);
            if let Action::Write(command) = &action {
                let held = match &done {
                    Done::Held(held) => agree(*held, command.value, 0.05),
                    Done::NotReadBack(_) => point == BLIND,
                    _ => false,
                };
                self.seen[point.index()].confirmed = held.then_some(command.value);
            }
            self.bench.answer(&action, done);
        }
    }

    fn journal_is_true(&self) -> Result<(), TestCaseError> {
        let held: Vec<PointId> = self.bench.writer.held().map(|held| held.point).collect();
        let journalled: Vec<PointId> = self.bench.journal.keys().copied().collect();
        prop_assert_eq!(held, journalled, "the journal knows all that is held, nothing else");
        Ok(())
    }

    /// The devices answer now.
    fn stop(&mut self) {
        self.bench.writer.stop();
        for _ in 0..60 {
            self.answers(&[Fate::Fine; COUNT], &[true; COUNT]);
            self.underway = self.bench.step(&[]);
            self.bench.pass(s(1));
        }
    }

    fn all_is_let_go(&self) -> Result<(), TestCaseError> {
        let Bench { writer, plant, journal, .. } = &self.bench;
        prop_assert!(writer.idle(), "{:?}", writer.unreleased().collect::<Vec<_>>());
        prop_assert_eq!(plant.slot, None);
        prop_assert_eq!(plant.values[RESTORE.index()], 21.0);
        prop_assert_eq!(plant.values[COIL.index()], 1.0);
        let released = |point: PointId, was, to| [was, to].contains(&plant.present(point));
        prop_assert!(released(VALUE, 22.0, 15.0) && released(BLIND, 24.0, 10.0));
        let stays = plant.present(STAYS);
        prop_assert!(stays == 25.0 || journal.contains_key(&STAYS), "{}", stays);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_one_action_a_point_no_idle_write_and_all_let_go_at_the_end(
        moves in prop::collection::vec(any_move(), 1..60),
    ) {
        let mut world = World {
            bench: Bench::new(),
            targets: BTreeMap::new(),
            seen: [Seen::default(); COUNT],
            underway: Vec::new(),
        };
        for Move { target: (place, target), pass, read, fates, answer, crash } in moves {
            match target {
                Some(step) => world.targets.insert(COMMANDED[place], 30.0 + f64::from(step)),
                None => world.targets.remove(&COMMANDED[place]),
            };
            world.cycle()?;
            if let Some(gone_out) = crash {
                world.crash(gone_out)?;
            }
            world.answers(&fates, &answer);
            world.bench.pass(s(pass));
            if read {
                world.bench.read();
            }
            world.journal_is_true()?;
        }
        world.stop();
        world.all_is_let_go()?;
    }
}
