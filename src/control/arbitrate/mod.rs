//! Many claims, one decision a point (RULES: "Levels"). From the bottom up each
//! level's `set` replaces the value and its `keep`s trim it; so only the highest
//! `set` and what trims it from there on matter, or, where nobody sets, the
//! `keep`s against what the device would do by itself. Floors and ceilings of
//! the site file bound whatever comes out, the device's limits come last.
//! Deterministic whatever the order of claims.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::Timestamp;
use smallvec::SmallVec;

use super::note::Note;
use super::protect::Protected;
use crate::model::point::state_index;
use crate::model::{Claim, Command, Demand, Kind, Level, Now, Origin, Point, PointId, PointTable};

mod standing;
#[cfg(test)]
pub(in crate::control) mod tests;

pub use standing::Decisions;

/// What a device would do if we let go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Base {
    /// Canonical value.
    Known(f64),
    /// It cannot be learnt: `safety` writes its bound, others claim nothing.
    Unknown,
    /// Asked for, or not read yet since the start: nobody claims on it yet.
    Pending,
}

/// An operator's override: a `set` at [`Level::Manual`] while
/// `from <= now < until` on the wall clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// Grows with each one made; of two that overlap the later made counts.
    pub id: u64,
    pub point: PointId,
    /// Canonical value.
    pub value: f64,
    pub from: Timestamp,
    pub until: Timestamp,
    pub user: String,
    pub why: String,
}

impl Override {
    /// Whether it counts at this moment.
    #[must_use]
    pub fn is_active(&self, now: Now) -> bool {
        self.from <= now.wall && now.wall < self.until
    }
}

/// What a point that somebody claims shall do, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub point: PointId,
    /// What shall be commanded, canonical; `None`: nothing, let it go.
    pub target: Option<f64>,
    /// Where protection makes that something else than was decided.
    pub protected: Option<Protected>,
    /// The highest `set`; where nobody sets, the `keep` that moved the value
    /// last.
    pub winner: Option<Claim>,
    /// Every `keep` that moved the value, in the order in which they did.
    pub trims: Vec<Claim>,
    /// All claims, lowest level first.
    pub claims: Vec<Claim>,
    pub notes: Vec<Note>,
    /// It hangs on what the device would do by itself.
    pub uses_base: bool,
}

impl Decision {
    /// The claim whose number the target is, before the site's and the
    /// device's bounds: the last trim, else the `set`.
    #[must_use]
    pub fn decided_by(&self) -> Option<&Claim> {
        self.trims.last().or(self.winner.as_ref())
    }
}

/// Decides one point from the claims on it and the overrides that count now;
/// those on other points are ignored.
#[must_use]
pub fn arbitrate<'a>(
    points: &PointTable,
    id: PointId,
    claims: impl IntoIterator<Item = &'a Claim>,
    overrides: &[Override],
    bases: &dyn Fn(PointId) -> Base,
    now: Now,
) -> Decision {
    let mut decision = Decision::open(id);
    decision.renew(points, claims, overrides, bases, now);
    decision
}

/// The claims that operators' overrides come to, the one that counts first.
fn by_hand(overrides: &[Override], point: PointId, now: Now) -> Vec<Claim> {
    if overrides.is_empty() {
        return Vec::new();
    }
    let active = overrides.iter().filter(|over| over.point == point && over.is_active(now));
    let mut active: Vec<&Override> = active.collect();
    active.sort_unstable_by_key(|over| Reverse(over.id));
    let claim = |over: &Override| Claim {
        point,
        level: Level::Manual,
        demand: Demand::Set(over.value),
        origin: Arc::new(Origin::Operator { user: over.user.clone(), why: over.why.clone() }),
    };
    active.into_iter().map(claim).collect()
}

/// By level; within a level sets come first, and nothing is left to the order
/// of arrival.
fn by_place(a: &Claim, b: &Claim) -> std::cmp::Ordering {
    let place = |claim: &Claim| (claim.level, form(claim.demand));
    place(a).cmp(&place(b)).then_with(|| {
        let (own, other) = (number(a.demand), number(b.demand));
        sort_key(&a.origin).cmp(&sort_key(&b.origin)).then_with(|| own.total_cmp(&other))
    })
}

const fn form(demand: Demand) -> u8 {
    match demand {
        Demand::Set(_) => 0,
        Demand::AtLeast(_) => 1,
        Demand::AtMost(_) => 2,
    }
}

const fn number(demand: Demand) -> f64 {
    match demand {
        Demand::Set(value) | Demand::AtLeast(value) | Demand::AtMost(value) => value,
    }
}

fn sort_key(origin: &Origin) -> (u8, &str, &str, u32) {
    match origin {
        Origin::Rule { rule, file, line } => (0, rule, file, *line),
        Origin::Operator { user, why } => (1, user, why, 0),
    }
}

impl Decision {
    /// Of a point that nobody has asked anything of.
    const fn open(point: PointId) -> Self {
        Self {
            point,
            target: None,
            protected: None,
            winner: None,
            trims: Vec::new(),
            claims: Vec::new(),
            notes: Vec::new(),
            uses_base: false,
        }
    }

    /// Decides the point anew; see [`arbitrate`].
    fn renew<'a>(
        &mut self,
        points: &PointTable,
        claims: impl IntoIterator<Item = &'a Claim>,
        overrides: &[Override],
        bases: &dyn Fn(PointId) -> Base,
        now: Now,
    ) {
        let id = self.point;
        let by_hand = by_hand(overrides, id, now);
        let mut asked: SmallVec<[&Claim; 8]> = SmallVec::new();
        for claim in claims.into_iter().filter(|claim| claim.point == id) {
            asked.push(claim);
        }
        asked.sort_unstable_by(|a, b| by_place(a, b));
        if !by_hand.is_empty() {
            let first = asked.partition_point(|claim| claim.level < Level::Manual);
            asked.insert_many(first, &by_hand);
        }
        self.ask(&asked);
        self.target = None;
        self.protected = None;
        self.trims.clear();
        self.notes.clear();
        self.uses_base = false;
        self.decide(points.get(id), bases);
    }

    /// Takes the claims over. Mostly the same ask for other numbers, so that
    /// nothing has to be copied.
    fn ask(&mut self, asked: &[&Claim]) {
        self.claims.truncate(asked.len());
        let (standing, new) = asked.split_at(self.claims.len());
        self.claims.iter_mut().zip(standing).for_each(|(claim, asked)| renew(claim, asked));
        self.claims.extend(new.iter().map(|claim| (*claim).clone()));
    }

    /// Decides by the claims, which are sorted by [`by_place`].
    fn decide(&mut self, point: &Point, bases: &dyn Fn(PointId) -> Base) {
        let Some(command) = &point.command else {
            self.winner = None;
            self.notes.push(Note::ReadOnly);
            return;
        };
        let claims = std::mem::take(&mut self.claims);
        let usable = Usable::of(&point.kind, &claims, &mut self.notes);
        let id = self.point;
        weigh(&usable, &|| bases(id), self);
        self.claims = claims;
        if let Some(asked) = self.target {
            self.target = Some(bound(asked, command, &mut self.notes));
        }
    }
}

fn renew(claim: &mut Claim, asked: &Claim) {
    if claim.level == asked.level && Arc::ptr_eq(&claim.origin, &asked.origin) {
        claim.demand = asked.demand;
    } else {
        claim.clone_from(asked);
    }
}

/// The highest `set`, then the trims from its level on; without one, all trims
/// against the base.
fn weigh(usable: &Usable<'_>, base: &dyn Fn() -> Base, decision: &mut Decision) {
    let mut lowest = Level::Low;
    let mut from = Base::Unknown;
    if let Some(set) = usable.highest_set {
        lowest = set.level;
        decision.target = Some(number(set.demand));
        match &mut decision.winner {
            Some(winner) => renew(winner, set),
            none => *none = Some(set.clone()),
        }
        note_second_set(usable, set, &mut decision.notes);
    } else if usable.keeps {
        decision.uses_base = true;
        from = match base() {
            Base::Known(value) if !value.is_finite() => Base::Unknown,
            base => base,
        };
    }
    if usable.keeps {
        for level in Level::ALL.into_iter().filter(|level| *level >= lowest) {
            trim(usable, level, from, decision);
        }
    }
    if usable.highest_set.is_none() {
        decision.winner = decision.trims.last().cloned();
    }
}

/// The claims of one point that make sense for it.
struct Usable<'a> {
    kind: &'a Kind,
    /// Sorted; those that make no sense among them.
    all: &'a [Claim],
    highest_set: Option<&'a Claim>,
    keeps: bool,
}

impl<'a> Usable<'a> {
    /// Sorts out what cannot be meant, with a note.
    fn of(kind: &'a Kind, all: &'a [Claim], notes: &mut Vec<Note>) -> Self {
        let mut usable = Self { kind, all, highest_set: None, keeps: false };
        for claim in all {
            let highest = usable.highest_set;
            if let Some(note) = nonsense(kind, claim) {
                notes.push(note);
            } else if !matches!(claim.demand, Demand::Set(_)) {
                usable.keeps = true;
            } else if highest.is_none_or(|highest| claim.level > highest.level) {
                usable.highest_set = Some(claim);
            }
        }
        usable
    }

    fn claims(&self) -> impl Iterator<Item = &'a Claim> {
        let kind = self.kind;
        self.all.iter().filter(move |claim| nonsense(kind, claim).is_none())
    }
}

/// Why a claim cannot be meant, if so.
fn nonsense(kind: &Kind, claim: &Claim) -> Option<Note> {
    let value = number(claim.demand);
    match kind {
        Kind::Number(_) if value.is_finite() => None,
        Kind::States(states) => match claim.demand {
            Demand::Set(_) if state_index(value).is_some_and(|index| index < states.len()) => None,
            Demand::Set(_) => Some(Note::NoSuchValue { origin: claim.origin.clone() }),
            _ => Some(Note::StateKept { origin: claim.origin.clone() }),
        },
        Kind::Number(_) => Some(Note::NoSuchValue { origin: claim.origin.clone() }),
    }
}

/// Two rules that set one point at one level are an error when the files are
/// checked; should it happen all the same, it is told.
fn note_second_set(usable: &Usable<'_>, set: &Claim, notes: &mut Vec<Note>) {
    let second = usable.claims().find(|claim| {
        claim.level == set.level
            && matches!(claim.demand, Demand::Set(_))
            && !std::ptr::eq(*claim, set)
            && set.level != Level::Manual
    });
    if let Some(second) = second {
        notes.push(Note::SetTwice {
            level: set.level,
            counts: set.origin.clone(),
            ignored: second.origin.clone(),
        });
    }
}

/// The tightest `keep`s of one level.
struct Keeps<'a> {
    at_least: Option<&'a Claim>,
    at_most: Option<&'a Claim>,
}

impl<'a> Keeps<'a> {
    fn of(usable: &Usable<'a>, level: Level) -> Self {
        let mut keeps = Self { at_least: None, at_most: None };
        for claim in usable.claims().filter(|claim| claim.level == level) {
            let (low, high) = keeps.bounds();
            match claim.demand {
                Demand::AtLeast(bound) if bound > low => keeps.at_least = Some(claim),
                Demand::AtMost(bound) if bound < high => keeps.at_most = Some(claim),
                _ => {}
            }
        }
        keeps
    }

    /// A value within both bounds, as near to `from` as they allow; where they
    /// contradict each other, `at most`.
    fn hold(&self, from: f64) -> f64 {
        let (low, high) = self.bounds();
        from.max(low).min(high)
    }

    /// With nothing to start from: the bound that holds both.
    fn bound(&self) -> f64 {
        let (low, high) = self.bounds();
        if low.is_finite() { low.min(high) } else { high }
    }

    fn bounds(&self) -> (f64, f64) {
        let low = self.at_least.map_or(f64::NEG_INFINITY, |claim| number(claim.demand));
        let high = self.at_most.map_or(f64::INFINITY, |claim| number(claim.demand));
        (low, high)
    }
}

/// Applies one level's `keep`s to the target, or to the base where nothing has
/// been asked below.
fn trim(usable: &Usable<'_>, level: Level, base: Base, decision: &mut Decision) {
    let keeps = Keeps::of(usable, level);
    let Some(first) = keeps.at_least.or(keeps.at_most) else { return };
    let (low, high) = keeps.bounds();
    if low > high {
        decision.notes.push(Note::KeepsContradict { level, at_least: low, at_most: high });
    }
    let moved_to = match (decision.target, base) {
        (Some(from), _) | (None, Base::Known(from)) => {
            Some(keeps.hold(from)).filter(|value| *value != from)
        }
        (None, Base::Unknown) if level == Level::Safety => Some(keeps.bound()),
        (None, Base::Unknown) => {
            decision.notes.push(Note::BaseUnknown { level, origin: first.origin.clone() });
            None
        }
        (None, Base::Pending) => None,
    };
    if let Some(value) = moved_to {
        let by = keeps.at_most.filter(|_| value == high).or(keeps.at_least);
        decision.trims.extend(by.cloned());
        decision.target = Some(value);
    }
}

/// Floors and ceilings of the site file, above all levels; last what the device
/// accepts. They bound what we command; a point that nobody claims is left
/// alone.
pub(super) fn bound(asked: f64, command: &Command, notes: &mut Vec<Note>) -> f64 {
    let mut value = asked;
    if let Some(floor) = command.floor
        && value < floor
    {
        notes.push(Note::RaisedToFloor { asked: value, floor });
        value = floor;
    }
    if let Some(ceiling) = command.ceiling
        && value > ceiling
    {
        notes.push(Note::LoweredToCeiling { asked: value, ceiling });
        value = ceiling;
    }
    if let Some((low, high)) = command.limits {
        // Not `clamp`: that panics on limits the wrong way round.
        let limit = value.max(low).min(high);
        if limit != value {
            notes.push(Note::Limited { asked: value, limit });
            value = limit;
        }
    }
    value
}
