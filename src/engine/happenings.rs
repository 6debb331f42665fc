//! What changes from cycle to cycle, as events for the history: decisions with
//! level, rule and reason, overrides, the rule set. Compares with what was said
//! last; knows no disk. Called by the loop and by the simulation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use crate::control::Decision;
use crate::history::{Event, EventKind};
use crate::model::{Claim, Demand, Now, Origin, PointId};
use crate::site::Site;
use crate::store::records::{OverrideRecord, TargetRecord};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Happenings {
    /// What was last said of each point that is commanded.
    decided: HashMap<PointId, Said>,
    overrides: BTreeMap<u64, OverrideRecord>,
    /// Of the rule files that run.
    rules: Option<u64>,
}

/// What was said of a point, and of which decision: most are as in the cycle
/// before, and need no words.
#[derive(Debug)]
struct Said {
    target: Option<f64>,
    by: Option<Claim>,
    claims: Vec<Claim>,
    event: Event,
}

impl Said {
    fn is_of(&self, decision: &Decision) -> bool {
        self.target == decision.target
            && self.by.as_ref() == decision.decided_by()
            && self.claims == decision.claims
    }
}

impl Happenings {
    /// What a cycle decided, if it is something new.
    pub fn decisions<'a>(
        &mut self,
        decisions: impl Iterator<Item = &'a Decision>,
        site: &Site,
        now: Now,
        mut happened: impl FnMut(Event),
    ) {
        let mut seen = BTreeSet::new();
        for decision in decisions {
            seen.insert(decision.point);
            let before = self.decided.get(&decision.point);
            // Nobody asks anything of it, and nobody did.
            let idle = before.is_none() && decision.target.is_none() && decision.claims.is_empty();
            if idle || before.is_some_and(|before| before.is_of(decision)) {
                continue;
            }
            let event = decided(decision, site, now);
            if before.is_none_or(|before| !says_same(&before.event, &event)) {
                happened(event.clone());
            }
            let Decision { target, claims, .. } = decision;
            let (by, claims) = (decision.decided_by().cloned(), claims.clone());
            self.decided.insert(decision.point, Said { target: *target, by, claims, event });
        }
        // Nobody claims anything of these any more.
        self.decided.retain(|point, said| {
            let stays = seen.contains(point);
            if !stays && said.event.value.is_some() {
                happened(nothing_asked(&said.event, now));
            }
            stays
        });
    }

    pub fn overrides(
        &mut self,
        records: Vec<OverrideRecord>,
        now: Now,
        mut happened: impl FnMut(Event),
    ) {
        let records: BTreeMap<u64, OverrideRecord> =
            records.into_iter().map(|record| (record.id, record)).collect();
        for record in records.values().filter(|it| !self.overrides.contains_key(&it.id)) {
            happened(overridden(record, Some(record.value), now));
        }
        for record in self.overrides.values().filter(|it| !records.contains_key(&it.id)) {
            happened(overridden(record, None, now));
        }
        self.overrides = records;
    }

    /// `texts`: the fingerprint of the rule files that run.
    pub fn rules(&mut self, texts: Option<u64>, now: Now, happened: impl FnOnce(Event)) {
        if texts == self.rules {
            return;
        }
        self.rules = texts;
        let version = texts.map_or_else(String::new, |texts| format!("{texts:016x}"));
        happened(Event {
            at_ms: now.wall.as_millisecond(),
            kind: EventKind::Rules,
            point: "".into(),
            value: None,
            level: String::new(),
            by: version,
            text: format!("hauswart {}", env!("CARGO_PKG_VERSION")),
        });
    }
}

fn says_same(before: &Event, after: &Event) -> bool {
    Event { at_ms: before.at_ms, ..after.clone() } == *before
}

fn decided(decision: &Decision, site: &Site, now: Now) -> Event {
    let claim = decision.decided_by();
    let claims: Vec<String> = decision.claims.iter().map(|claim| claimed(claim, site)).collect();
    Event {
        at_ms: now.wall.as_millisecond(),
        kind: EventKind::Command,
        point: site.points.get(decision.point).name.as_str().into(),
        value: decision.target,
        level: claim.map(|claim| claim.level.to_string()).unwrap_or_default(),
        by: claim.map(|claim| claim.origin.to_string()).unwrap_or_default(),
        text: claims.join("; "),
    }
}

/// `normal: set 20.5 °C, Heizen (haus.rules:12)`
fn claimed(claim: &Claim, site: &Site) -> String {
    let show = |value| site.points.get(claim.point).kind.display(value);
    let demand = match claim.demand {
        Demand::Set(value) => format!("set {}", show(value)),
        Demand::AtLeast(value) => format!("at least {}", show(value)),
        Demand::AtMost(value) => format!("at most {}", show(value)),
    };
    let origin = match &*claim.origin {
        Origin::Rule { rule, file, line } => format!("{rule} ({file}:{line})"),
        Origin::Operator { user, why } => format!("{user} ({why})"),
    };
    format!("{}: {demand}, {origin}", claim.level)
}

fn nothing_asked(before: &Event, now: Now) -> Event {
    Event {
        at_ms: now.wall.as_millisecond(),
        value: None,
        level: String::new(),
        by: String::new(),
        text: String::new(),
        ..before.clone()
    }
}

fn overridden(record: &OverrideRecord, value: Option<f64>, now: Now) -> Event {
    let (TargetRecord::Point(name) | TargetRecord::Schedule(name)) = &record.target;
    let until: Timestamp = record.until;
    Event {
        at_ms: now.wall.as_millisecond(),
        kind: EventKind::Override,
        point: name.as_str().into(),
        value,
        level: if record.from > now.wall {
            format!("from {} until {until}", record.from)
        } else {
            format!("until {until}")
        },
        by: record.user.clone(),
        text: record.why.clone(),
    }
}

/// The moment after a word (`from `, `until `) in what is recorded of an override.
pub(super) fn moment(event: &Event, word: &str) -> Option<Timestamp> {
    let (_, rest) = event.level.split_once(word)?;
    rest.split_whitespace().next()?.parse().ok()
}
