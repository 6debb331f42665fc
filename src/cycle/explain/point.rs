//! A point: what is asked of it at each level, what won, what its device made
//! of it, and what it would do without us.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ahead::{Ahead, Next};
use super::{Basis, RuleStands, Scene, Start, TargetTold, rule, target, teller};
use crate::control::writer::{Stage, Wear};
use crate::control::{Base, Decision, Hold, Note, Protected, Yielded};
use crate::cycle::{Outcome, shadow};
use crate::model::{Claim, Demand, Level, Origin, Point, PointId, Release};
use crate::rules::{Input, Standing, Verb};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointTold {
    pub reading: Input,
    /// `None`: the point cannot be commanded, or nobody ever did.
    pub decision: Option<DecisionTold>,
    /// Those of this point that have not ended.
    pub overrides: Vec<OverrideTold>,
    /// The rules that say something of it now, or cannot.
    pub rules: Vec<RuleStands>,
    /// Those that could, and say nothing.
    pub idle: Vec<Idle>,
    /// What shadow rules would make of it.
    #[serde(default)]
    pub shadows: Vec<ShadowTold>,
    /// The rules that read it.
    pub read_by: Vec<Arc<Origin>>,
    /// `None` without a writer, and where the point cannot be commanded.
    pub device: Option<DeviceTold>,
    /// What happens if we let go.
    pub released: Option<Released>,
    /// Nothing commands it, whatever is asked.
    #[serde(default)]
    pub out_of_service: Option<ClosedTold>,
    /// It is a heartbeat, toggled so often.
    #[serde(default)]
    pub heartbeat: Option<Duration>,
    /// When it is commanded otherwise, if no reading changes.
    pub next: Option<Next<TargetTold>>,
}

/// Who took it out of service, until when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedTold {
    /// The last day.
    pub until: Date,
    pub by: String,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionTold {
    /// `None`: nobody asks anything of it.
    pub target: Option<String>,
    pub since: Option<Start>,
    /// All claims, highest level first.
    pub claims: Vec<ClaimTold>,
    pub notes: Vec<Note<String>>,
    /// Where protection makes the target something else than was decided.
    pub protected: Option<ProtectedTold>,
}

/// What protection holds back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProtectedTold {
    /// `None`: to let go.
    pub wanted: Option<String>,
    pub hold: Hold<String>,
    /// From when on it holds no more, where that is known.
    pub until: Option<Timestamp>,
    pub file: Arc<str>,
    pub line: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimTold {
    pub level: Level,
    pub verb: Verb,
    pub shown: String,
    pub by: Arc<Origin>,
    pub effect: Effect,
    /// The target is this claim's number.
    pub decides: bool,
}

/// What becomes of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The `set` that counts.
    Sets,
    /// A `keep` that moved the value.
    Trims,
    /// A higher `set` goes before it.
    Passed,
    /// A `keep` that holds anyway, or claims nothing.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverrideTold {
    pub id: u64,
    pub shown: String,
    pub from: Timestamp,
    pub until: Timestamp,
    pub user: String,
    pub why: String,
    pub active: bool,
}

/// A rule that could command the point and does not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Idle {
    pub rule: Arc<Origin>,
    pub level: Level,
}

/// A rule that is only computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShadowTold {
    pub rule: Arc<Origin>,
    pub level: Level,
    /// What would be commanded if it counted; `None`: nothing.
    pub would: Option<String>,
    /// What is decided instead, before protection holds that back.
    pub decided: Option<String>,
}

/// How the command stands at the device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceTold {
    pub stage: Stage,
    pub written: Option<String>,
    /// Seconds since the last write.
    pub written_ago_s: Option<f64>,
    pub read_back: Option<String>,
    /// When we took the point over.
    pub since: Option<Timestamp>,
    pub taken_over: Option<String>,
    /// Somebody in a higher slot has the point.
    pub overruled: bool,
    /// That slot and its value, where the device says so.
    #[serde(default)]
    pub above: Option<(u8, String)>,
    /// Somebody has set another value at the device.
    pub yielded: Option<YieldedTold>,
    /// The device's own switch stands by hand.
    pub by_hand: bool,
    /// Of a register that wears out.
    #[serde(default)]
    pub wear: Option<WearTold>,
}

/// How often a register was written that wears out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WearTold {
    pub writes: u64,
    pub endures: u32,
    /// `None`: never written.
    pub since: Option<Timestamp>,
    /// A change waits until then to spare it.
    pub waits_until: Option<Timestamp>,
}

/// A value that somebody set at the device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct YieldedTold {
    pub value: String,
    pub since: Timestamp,
    /// Left alone until then.
    pub until: Timestamp,
}

/// What happens if we let go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Released {
    pub how: How,
    /// What the device does then; `None`: not known.
    pub does: Option<String>,
    /// It is being asked.
    pub pending: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// This slot of the priority array is emptied.
    Slot(u8),
    /// What stood there before is written back.
    Restore,
    Value(String),
    Action {
        point: String,
        value: String,
    },
}

pub(super) fn tell(scene: &Scene<'_>, id: PointId) -> PointTold {
    let point = scene.site.points.get(id);
    let decision = scene.outcome.decisions.on(id);
    let (mut rules, mut idle, mut read_by) = (Vec::new(), Vec::new(), Vec::new());
    let mut reading = None;
    if let Some(mut teller) = teller(scene) {
        reading = Some(teller.input(id));
        let program = teller.program();
        read_by = program.rules_reading(id).cloned().collect();
        for index in program.rules_commanding(id) {
            let Some(status) = scene.outcome.verdict.rules.get(index) else { continue };
            let claims = |claim: &Claim| is_of(&claim.origin, &status.rule);
            let says = decision.is_some_and(|decision| decision.claims.iter().any(claims));
            let decided = matches!(status.standing, Standing::Active(_) | Standing::Idle);
            if says || !decided || program.is_shadow(index) {
                rules.extend(rule(scene, index, &mut teller));
            } else if let Some(level) = program.level_of(index) {
                idle.push(Idle { rule: status.rule.clone(), level });
            }
        }
    }
    // Who decides first, then from the highest level down.
    let decides = decision.and_then(|decision| decision.decided_by());
    rules.sort_by_key(|rule: &RuleStands| {
        let decides = decides.is_some_and(|claim| is_of(&claim.origin, &rule.told.rule));
        (!decides, std::cmp::Reverse(rule.told.level))
    });
    let commandable = point.is_commandable();
    let next = Ahead::new(scene).filter(|_| commandable);
    PointTold {
        reading: reading.unwrap_or_else(|| bare(scene, id)),
        decision: decision.map(|decision| decided(scene, point, decision)),
        overrides: overrides(scene, id),
        rules,
        idle,
        shadows: shadows(scene, id),
        read_by,
        device: at_device(scene, id),
        released: released(scene, id),
        out_of_service: closed(scene, point),
        heartbeat: point.command.as_ref().and_then(|command| command.heartbeat),
        next: next.map(|ahead| ahead.next(|outcome: &Outcome| target(scene, id, outcome))),
    }
}

/// What shadow rules would make of a point.
fn shadows(scene: &Scene<'_>, id: PointId) -> Vec<ShadowTold> {
    let Some(rules) = scene.rules else { return Vec::new() };
    let (points, now) = (&scene.site.points, scene.snapshot.now);
    let all = shadow::would(rules, scene.outcome, points, scene.overrides, scene.base, now);
    let told = all.into_iter().filter(|would| would.point == id).filter_map(|would| {
        let rule = scene.outcome.verdict.rules.get(would.rule)?.rule.clone();
        let level = rules.program.level_of(would.rule)?;
        let show = |value: Option<f64>| value.map(|value| points.get(id).kind.display(value));
        let (would, decided) = (show(would.target), show(would.decided));
        Some(ShadowTold { rule, level, would, decided })
    });
    told.collect()
}

/// What a point reads where there are no rules.
fn bare(scene: &Scene<'_>, id: PointId) -> Input {
    let reading = scene.snapshot.reading(id);
    let point = scene.site.points.get(id);
    let known = reading.value.is_finite();
    Input {
        point: point.name.clone(),
        shown: known.then(|| point.kind.display(reading.value)),
        quality: reading.quality,
        age_s: known.then(|| reading.age(scene.snapshot.now).as_secs_f64()),
    }
}

/// Whether a claim, which has a command's line, is of this rule.
fn is_of(claim: &Origin, rule: &Origin) -> bool {
    match (claim, rule) {
        (Origin::Rule { rule: one, .. }, Origin::Rule { rule: other, .. }) => one == other,
        _ => false,
    }
}

fn decided(scene: &Scene<'_>, point: &Point, decision: &Decision) -> DecisionTold {
    let same = |one: &Claim, other: &Claim| {
        one.level == other.level && one.demand == other.demand && one.origin == other.origin
    };
    let winner = decision.winner.as_ref();
    let claims = decision.claims.iter().rev().map(|claim| {
        let (verb, value) = match claim.demand {
            Demand::Set(value) => (Verb::Set, value),
            Demand::AtLeast(value) => (Verb::AtLeast, value),
            Demand::AtMost(value) => (Verb::AtMost, value),
        };
        let wins = winner.is_some_and(|winner| same(winner, claim));
        let trims = decision.trims.iter().any(|trim| same(trim, claim));
        let below = winner.is_some_and(|winner| {
            matches!(winner.demand, Demand::Set(_)) && claim.level < winner.level
        });
        let effect = match verb {
            Verb::Set if wins => Effect::Sets,
            Verb::Set => Effect::Passed,
            _ if trims => Effect::Trims,
            _ if below => Effect::Passed,
            _ => Effect::Nothing,
        };
        ClaimTold {
            level: claim.level,
            verb,
            shown: point.kind.display(value),
            by: claim.origin.clone(),
            effect,
            decides: decision.decided_by().is_some_and(|decides| same(decides, claim)),
        }
    });
    DecisionTold {
        target: decision.target.map(|target| point.kind.display(target)),
        since: scene.since.target(decision.point),
        claims: claims.collect(),
        notes: decision.notes.iter().map(|note| note.shown(&point.kind)).collect(),
        protected: decision.protected.as_ref().map(|it| protected(scene, point, it)),
    }
}

fn protected(scene: &Scene<'_>, point: &Point, protected: &Protected) -> ProtectedTold {
    let now = scene.snapshot.now;
    let left = protected.until.map(|until| until.saturating_sub(now.steady));
    ProtectedTold {
        wanted: protected.wanted.map(|wanted| point.kind.display(wanted)),
        hold: protected.hold.shown(&point.kind),
        until: left.and_then(|left| now.wall.checked_add(left).ok()),
        file: protected.file.clone(),
        line: protected.line,
    }
}

fn overrides(scene: &Scene<'_>, id: PointId) -> Vec<OverrideTold> {
    let now = scene.snapshot.now;
    let of_point = scene.overrides.iter().filter(|over| over.point == id && over.until > now.wall);
    of_point
        .map(|over| OverrideTold {
            id: over.id,
            shown: scene.site.points.get(id).kind.display(over.value),
            from: over.from,
            until: over.until,
            user: over.user.clone(),
            why: over.why.clone(),
            active: over.is_active(now),
        })
        .collect()
}

fn at_device(scene: &Scene<'_>, id: PointId) -> Option<DeviceTold> {
    let standing = (scene.standing?)(id)?;
    let kind = &scene.site.points.get(id).kind;
    let show = |value: f64| kind.display(value);
    let now = scene.snapshot.now.steady;
    let held = standing.stage != Stage::Free;
    let written_at = standing.written_at.filter(|_| held);
    Some(DeviceTold {
        stage: standing.stage,
        written: standing.value.map(show),
        written_ago_s: written_at.map(|at| now.saturating_sub(at).as_secs_f64()),
        read_back: standing.read_back.map(show),
        since: standing.since,
        taken_over: standing.taken_over.map(show),
        overruled: standing.overruled,
        above: standing.above.map(|(slot, value)| (slot, show(value))),
        yielded: standing.yielded.map(|Yielded { value, since, until }| YieldedTold {
            value: show(value),
            since,
            until,
        }),
        by_hand: standing.by_hand,
        wear: standing.wear.map(|Wear { worn, endures, waits_until }| WearTold {
            writes: worn.map_or(0, |worn| worn.writes),
            endures,
            since: worn.map(|worn| worn.since),
            waits_until,
        }),
    })
}

fn closed(scene: &Scene<'_>, point: &Point) -> Option<ClosedTold> {
    let closed = point.command.as_ref()?.out_of_service_at(scene.snapshot.now.wall);
    let closed = closed.filter(|_| scene.basis != Basis::Test)?;
    Some(ClosedTold { until: closed.until, by: closed.by.clone(), why: closed.why.clone() })
}

fn released(scene: &Scene<'_>, id: PointId) -> Option<Released> {
    let point = scene.site.points.get(id);
    let command = point.command.as_ref()?;
    let how = match command.release {
        Release::Slot(slot) => How::Slot(slot),
        Release::Restore => How::Restore,
        Release::Value(value) => How::Value(point.kind.display(value)),
        Release::Action { point, value } => {
            let action = scene.site.points.get(point);
            How::Action { point: action.name.clone(), value: action.kind.display(value) }
        }
    };
    let base = (scene.base)(id);
    let does = if let Base::Known(value) = base { Some(point.kind.display(value)) } else { None };
    Some(Released { how, does, pending: base == Base::Pending })
}
