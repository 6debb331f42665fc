//! Arbitration against a slow, literal reading of RULES ("Levels"), and the
//! cases that people ask about.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::control::protect::Guards;
use crate::model::{Language, Now, Release, Role, Snapshot, Unit};

pub fn point(name: &str, kind: Kind, command: Option<Command>) -> Point {
    Point {
        name: name.to_owned(),
        building: 0,
        device: 0,
        kind,
        role: Role::Other,
        range: None,
        poll: Duration::from_secs(10),
        command: command.map(Box::new),
        readable: true,
        by_hand: None,
        hours: Vec::new(),
        keep: Default::default(),
        momentary: false,
        pulse: None,
        rolls_over: None,
        formerly: Vec::new(),
    }
}

pub fn command() -> Command {
    Command {
        release: Release::Slot(13),
        released: None,
        hold_on_stop: false,
        limits: None,
        floor: None,
        ceiling: None,
        min_write_interval: Duration::ZERO,
        keep_alive: None,
        endures: None,
        heartbeat: None,
        tolerance: 0.05,
        abandoned: Default::default(),
        out_of_service: None,
    }
}

pub fn celsius() -> Kind {
    Kind::Number(Unit::parse("°C").unwrap())
}

/// One commandable temperature, with the site's and the device's bounds.
fn one(floor: Option<f64>, ceiling: Option<f64>, limits: Option<(f64, f64)>) -> PointTable {
    let mut points = PointTable::default();
    let command = Command { floor, ceiling, limits, ..command() };
    points.push(point("Haus.HK1.Soll", celsius(), Some(command))).unwrap();
    points
}

fn rule(name: &str) -> Arc<Origin> {
    Arc::new(Origin::Rule { rule: name.into(), file: "a.rules".into(), line: 1 })
}

/// `count` commandable temperatures without bounds.
pub fn one_of(count: usize) -> PointTable {
    let mut points = PointTable::default();
    for index in 0..count {
        points.push(point(&format!("Haus.HK{index}.Soll"), celsius(), Some(command()))).unwrap();
    }
    points
}

pub fn claim(level: Level, demand: Demand, name: &str) -> Claim {
    Claim { point: PointId(0), level, demand, origin: rule(name) }
}

fn now() -> Now {
    Now { wall: Timestamp::from_second(1_000_000).unwrap(), steady: Duration::from_secs(100) }
}

/// Decides every point that is claimed or overridden.
fn decide_all(
    points: &PointTable,
    claims: &[Claim],
    overrides: &[Override],
    bases: &dyn Fn(PointId) -> Base,
) -> Decisions {
    let mut decisions = Decisions::default();
    let mut changed: Vec<PointId> = claims.iter().map(|claim| claim.point).collect();
    changed.sort_unstable();
    changed.dedup();
    let on = |point| claims.iter().filter(move |claim| claim.point == point);
    let snapshot = Snapshot::never(now(), points.len());
    let unprotected = (&snapshot, &mut Guards::default());
    decisions.update(points, &changed, on, overrides, bases, unprotected);
    decisions
}

fn decide_one(points: &PointTable, claims: &[Claim], base: Base) -> Decision {
    let decisions = decide_all(points, claims, &[], &|_| base);
    assert_eq!(decisions.len(), 1);
    decisions[0].clone()
}

use Demand::{AtLeast, AtMost, Set};

#[test]
fn a_higher_set_replaces_and_its_level_trims() {
    let points = one(None, None, None);
    let claims = [
        claim(Level::Low, AtLeast(30.0), "unten"),
        claim(Level::Normal, Set(62.0), "Speicherladung"),
        claim(Level::Safety, AtLeast(60.0), "Legionellenschutz"),
        claim(Level::Safety, AtMost(70.0), "Verbrühschutz"),
    ];
    let decision = decide_one(&points, &claims, Base::Unknown);
    assert_eq!(decision.target, Some(62.0));
    assert_eq!(decision.winner, Some(claims[1].clone()));
    assert!(decision.trims.is_empty() && decision.notes.is_empty(), "{decision:?}");
    assert!(!decision.uses_base);

    let mut low = claims.clone();
    low[1].demand = Set(45.0);
    let decision = decide_one(&points, &low, Base::Unknown);
    assert_eq!(decision.target, Some(60.0));
    assert_eq!(decision.winner.as_ref(), Some(&low[1]));
    assert_eq!(decision.decided_by(), Some(&low[2]));
}

#[test]
fn the_tightest_trim_of_a_level_wins_and_at_most_wins_over_at_least() {
    let points = one(None, None, None);
    let claims = [
        claim(Level::Normal, Set(10.0), "s"),
        claim(Level::Normal, AtLeast(18.0), "a"),
        claim(Level::Normal, AtLeast(19.0), "b"),
    ];
    assert_eq!(decide_one(&points, &claims, Base::Unknown).target, Some(19.0));
    let claims = [
        claim(Level::Normal, Set(10.0), "s"),
        claim(Level::High, AtLeast(30.0), "a"),
        claim(Level::High, AtMost(20.0), "b"),
    ];
    let decision = decide_one(&points, &claims, Base::Unknown);
    assert_eq!(decision.target, Some(20.0));
    assert_eq!(decision.decided_by(), Some(&claims[2]));
    let [note @ Note::KeepsContradict { .. }] = &decision.notes[..] else {
        panic!("{decision:?}");
    };
    assert!(note.is_alarm());
    assert_eq!(
        note.words(Language::De, &celsius()),
        "Ebene high: mindestens 30 °C widerspricht höchstens 20 °C; es gilt höchstens"
    );
}

#[test]
fn a_keep_alone_compares_with_what_the_device_would_do() {
    let points = one(None, None, None);
    let keep = [claim(Level::Normal, AtLeast(18.0), "Frost")];
    let held = decide_one(&points, &keep, Base::Known(20.0));
    assert_eq!((held.target, held.winner), (None, None));
    assert!(held.uses_base);
    let broken = decide_one(&points, &keep, Base::Known(15.0));
    assert_eq!(broken.target, Some(18.0));
    assert_eq!(broken.winner.as_ref(), Some(&keep[0]));
    let unknown = decide_one(&points, &keep, Base::Unknown);
    assert_eq!(unknown.target, None);
    assert!(matches!(unknown.notes[..], [Note::BaseUnknown { level: Level::Normal, .. }]));
    let pending = decide_one(&points, &keep, Base::Pending);
    assert_eq!((pending.target, pending.notes.len()), (None, 0));
}

#[test]
fn safety_writes_its_bound_where_the_base_is_unknown() {
    let points = one(None, None, None);
    let low = claim(Level::Safety, AtLeast(60.0), "Legionellen");
    let high = claim(Level::Safety, AtMost(70.0), "Verbrühen");
    let target = |claims: &[Claim]| decide_one(&points, claims, Base::Unknown).target;
    assert_eq!(target(std::slice::from_ref(&low)), Some(60.0));
    assert_eq!(target(std::slice::from_ref(&high)), Some(70.0));
    assert_eq!(target(&[low.clone(), high.clone()]), Some(60.0));
    let pending = decide_one(&points, &[low, high], Base::Pending);
    assert_eq!(pending.target, None);
}

#[test]
fn floors_and_ceilings_stand_above_all_levels_and_limits_come_last() {
    let points = one(Some(16.0), Some(24.0), Some((10.0, 23.0)));
    let decided = |value| {
        let claims = [claim(Level::Safety, Set(value), "s")];
        let decision = decide_one(&points, &claims, Base::Unknown);
        (decision.target.unwrap(), decision.notes)
    };
    assert_eq!(decided(20.0), (20.0, vec![]));
    assert_eq!(decided(5.0), (16.0, vec![Note::RaisedToFloor { asked: 5.0, floor: 16.0 }]));
    let (value, notes) = decided(40.0);
    assert_eq!(value, 23.0);
    assert_eq!(
        notes,
        [
            Note::LoweredToCeiling { asked: 40.0, ceiling: 24.0 },
            Note::Limited { asked: 24.0, limit: 23.0 }
        ]
    );
    assert!(notes.iter().all(|note| !note.is_alarm()));
    // Nobody claims: the point is left alone, floor or no floor.
    let keep = [claim(Level::Low, AtMost(30.0), "k")];
    assert_eq!(decide_one(&points, &keep, Base::Known(3.0)).target, None);
}

#[test]
fn states_are_set_but_not_trimmed_and_nonsense_is_no_claim() {
    let mut points = PointTable::default();
    let modes = Kind::States(vec!["standby".into(), "day".into(), "night".into()]);
    points.push(point("a", modes.clone(), Some(command()))).unwrap();
    let claims = [
        claim(Level::Normal, Set(1.0), "s"),
        claim(Level::High, AtLeast(2.0), "trim"),
        claim(Level::High, Set(7.0), "no such state"),
        claim(Level::Safety, Set(f64::NAN), "no number"),
    ];
    let decision = decide_one(&points, &claims, Base::Unknown);
    assert_eq!(decision.target, Some(1.0));
    assert_eq!(decision.claims.len(), 4);
    assert_eq!(decision.notes.len(), 3, "{decision:?}");
    let points = one(None, None, None);
    let infinite = [claim(Level::Normal, Set(f64::INFINITY), "s")];
    assert_eq!(decide_one(&points, &infinite, Base::Known(1.0)).target, None);
}

#[test]
fn a_point_that_cannot_be_commanded_is_never_targeted() {
    let mut points = PointTable::default();
    points.push(point("a", celsius(), None)).unwrap();
    let decision = decide_one(&points, &[claim(Level::Safety, Set(1.0), "s")], Base::Unknown);
    assert_eq!((decision.target, &decision.notes[..]), (None, &[Note::ReadOnly][..]));
    let stranger = Claim { point: PointId(9), ..claim(Level::Low, Set(1.0), "s") };
    assert!(decide_all(&points, &[stranger], &[], &|_| Base::Unknown).is_empty());
}

fn over(id: u64, value: f64, from: i64, until: i64) -> Override {
    let at = |second: i64| now().wall + jiff::SignedDuration::from_secs(second);
    Override {
        id,
        point: PointId(0),
        value,
        from: at(from),
        until: at(until),
        user: "meier".into(),
        why: "Elternabend".into(),
    }
}

#[test]
fn an_override_counts_from_its_start_to_before_its_end_and_below_safety() {
    let points = one(None, None, None);
    let rules =
        [claim(Level::Limit, Set(16.0), "Absenkung"), claim(Level::Safety, AtMost(22.0), "Grenze")];
    let target = |overrides: &[Override]| {
        decide_all(&points, &rules, overrides, &|_| Base::Unknown)[0].target
    };
    assert_eq!(target(&[over(1, 21.0, 0, 1)]), Some(21.0));
    assert_eq!(target(&[over(1, 21.0, -5, 0)]), Some(16.0), "over at its end");
    assert_eq!(target(&[over(1, 21.0, 1, 5)]), Some(16.0), "not begun");
    assert_eq!(target(&[over(1, 25.0, 0, 1)]), Some(22.0), "safety trims");
    assert_eq!(target(&[over(7, 19.0, 0, 9), over(3, 21.0, 0, 9)]), Some(19.0), "the later made");
    let winner = decide_all(&points, &rules, &[over(1, 21.0, 0, 1)], &|_| Base::Unknown)[0]
        .winner
        .clone()
        .unwrap();
    assert_eq!(winner.level, Level::Manual);
    assert_eq!(winner.origin.to_string(), "meier");
}

/// RULES, read aloud and written down without any cleverness.
fn reference(
    claims: &[Claim],
    base: Base,
    floor: f64,
    ceiling: f64,
    limits: (f64, f64),
) -> Option<f64> {
    let mut value: Option<f64> = None;
    let any_set = claims.iter().any(|claim| matches!(claim.demand, Set(_)));
    for level in Level::ALL {
        let here: Vec<&Claim> = claims.iter().filter(|claim| claim.level == level).collect();
        if let Some(set) =
            here.iter().find_map(|c| if let Set(v) = c.demand { Some(v) } else { None })
        {
            value = Some(set);
        }
        let mut low = f64::NEG_INFINITY;
        let mut high = f64::INFINITY;
        for claim in &here {
            match claim.demand {
                AtLeast(bound) => low = low.max(bound),
                AtMost(bound) => high = high.min(bound),
                Set(_) => {}
            }
        }
        if low == f64::NEG_INFINITY && high == f64::INFINITY {
            continue;
        }
        let trimmed = |from: f64| from.max(low).min(high);
        value = match (value, base) {
            (Some(value), _) => Some(trimmed(value)),
            // A set above will replace it whatever comes out here.
            (None, _) if any_set => None,
            (None, Base::Known(base)) if trimmed(base) != base => Some(trimmed(base)),
            (None, Base::Unknown) if level == Level::Safety => {
                Some(if low.is_finite() { low.min(high) } else { high })
            }
            (None, _) => None,
        };
    }
    value.map(|value| value.max(floor).min(ceiling).max(limits.0).min(limits.1))
}

fn any_level() -> impl Strategy<Value = Level> {
    prop::sample::select(Level::ALL.to_vec())
}

fn any_claims() -> impl Strategy<Value = Vec<Claim>> {
    let demand = (0..3_u8, -5..15_i32).prop_map(|(form, value)| match form {
        0 => Set(f64::from(value)),
        1 => AtLeast(f64::from(value)),
        _ => AtMost(f64::from(value)),
    });
    prop::collection::vec((0..4_u32, any_level(), demand, 0..50_u32), 0..24).prop_map(|all| {
        let mut claims: Vec<Claim> = Vec::new();
        for (point, level, demand, name) in all {
            let point = PointId(point);
            let set_before = claims.iter().any(|claim| {
                claim.point == point && claim.level == level && matches!(claim.demand, Set(_))
            });
            // The checker forbids two sets at one level.
            if !(set_before && matches!(demand, Set(_))) {
                claims.push(Claim { point, level, demand, origin: rule(&name.to_string()) });
            }
        }
        claims
    })
}

fn any_base() -> impl Strategy<Value = Base> {
    prop_oneof![
        3 => (-5..15_i32).prop_map(|value| Base::Known(f64::from(value))),
        1 => Just(Base::Unknown),
        1 => Just(Base::Pending),
    ]
}

proptest! {
    #[test]
    fn it_does_what_the_rules_say_whatever_the_order(
        claims in any_claims(),
        bases in prop::collection::vec(any_base(), 4),
        shuffle in any::<u64>(),
    ) {
        let (floor, ceiling, limits) = (-3.0, 12.0, (-2.0, 13.0));
        let mut points = PointTable::default();
        for name in ["a", "b", "c", "d"] {
            let command = Command {
                floor: Some(floor), ceiling: Some(ceiling), limits: Some(limits), ..command()
            };
            points.push(point(name, celsius(), Some(command))).unwrap();
        }
        let base = |id: PointId| bases[id.index()];
        let decisions = decide_all(&points, &claims, &[], &base);
        prop_assert!(decisions.is_sorted_by(|a, b| a.point < b.point));
        for id in (0..4).map(PointId) {
            let own: Vec<Claim> = claims.iter().filter(|c| c.point == id).cloned().collect();
            let decision = decisions.iter().find(|decision| decision.point == id);
            prop_assert_eq!(decision.is_some(), !own.is_empty());
            let Some(decision) = decision else { continue };
            prop_assert_eq!(decision.target, reference(&own, base(id), floor, ceiling, limits));
            prop_assert_eq!(decision.target.is_some(), decision.winner.is_some());
            prop_assert_eq!(decision.claims.len(), own.len());
        }
        let mut shuffled = claims.clone();
        let mut seed = shuffle;
        for place in (1..shuffled.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(place, (seed >> 33) as usize % (place + 1));
        }
        prop_assert_eq!(decisions, decide_all(&points, &shuffled, &[], &base));
    }

    #[test]
    fn even_what_the_checker_forbids_does_not_depend_on_the_order(
        values in prop::collection::vec(-5..5_i32, 2..5),
    ) {
        let points = one(None, None, None);
        let mut claims: Vec<Claim> = values
            .iter()
            .enumerate()
            .map(|(place, v)| claim(Level::Normal, Set(f64::from(*v)), &(place % 2).to_string()))
            .collect();
        let first = decide_one(&points, &claims, Base::Unknown);
        let told = matches!(first.notes[..], [Note::SetTwice { .. }]);
        prop_assert!(told);
        claims.reverse();
        prop_assert_eq!(first, decide_one(&points, &claims, Base::Unknown));
    }
}
