//! What rules remember, on its way to the store and back. Two kinds of change
//! are told apart: something happened (a latch turned, a timer began or was
//! set back, another part is active), or time passed and a timer goes on.
//!
//! What happened is written before the commands of the same cycle go out, so
//! that whatever stands in a device, its reason is on the disk; where nothing
//! is commanded, within [`HAPPENED_WITHIN`]. Lengths of time are brought up to
//! date every [`LENGTHS_EVERY`] and when the daemon ends.
//!
//! After `kill -9` or a power cut the rules go on as if the program had slept
//! since that last writing: a `for` or a part's run counts up to 5 min less
//! than it was, running hours lack up to 5 min, and what happened in the last
//! 10 s without commanding anything did not happen. So it waits or holds longer,
//! or takes a break of some seconds for none; nothing fires twice. A window
//! lacks its last 5 min, or takes what it saw for as much younger. A day of a
//! building is some 300 writings and one more a cycle that commands something.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::control::{Commanded, Switching};
use crate::cycle::Rules;
use crate::model::Now;
use crate::model::fingerprint::{EMPTY, fingerprint};
use crate::rules::{Decided, Memory, MemoryId, Program, RuleId};
use crate::store::memory::{self, Change, Remembered};

const HAPPENED_WITHIN: Duration = Duration::from_secs(10);
const LENGTHS_EVERY: Duration = Duration::from_secs(300);

/// What of it is brought to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Happened,
    Lengths,
}

/// Something that may go on by time alone.
trait Lasting: Clone + PartialEq + Serialize + DeserializeOwned {
    fn after(&self, time: Duration) -> Self;

    /// Whether it changes with every value, so that it counts as a length.
    fn gathers(&self) -> bool {
        false
    }

    /// Whether it is kept though nothing in the rules is about it now.
    fn rests(&self) -> bool {
        false
    }
}

impl Lasting for Memory {
    fn after(&self, time: Duration) -> Self {
        self.clone().after(time)
    }

    fn gathers(&self) -> bool {
        self.gathers()
    }

    fn rests(&self) -> bool {
        matches!(self, Self::Hours { .. })
    }
}

impl Lasting for Switching {
    fn after(&self, time: Duration) -> Self {
        self.clone().after(time)
    }
}

impl Lasting for Decided {
    fn after(&self, time: Duration) -> Self {
        self.clone().after(time)
    }
}

/// What the store has of one entry.
#[derive(Debug, Clone, Default)]
enum Stored<T> {
    #[default]
    Nothing,
    /// As of this steady time.
    This(T, Duration),
    /// A write failed: something, or nothing.
    Unclear,
}

/// Entries of one kind, in the program's order.
#[derive(Debug)]
struct Shelf<T> {
    entries: Vec<(String, Stored<T>)>,
}

impl<T: Lasting> Shelf<T> {
    /// With what is in the store of these keys, which is taken from `stored`.
    fn of(keys: impl Iterator<Item = String>, stored: &mut HashMap<String, Stored<T>>) -> Self {
        let entries = keys.map(|key| {
            let stored = stored.remove(&key).unwrap_or_default();
            (key, stored)
        });
        Self { entries: entries.collect() }
    }

    fn into_stored(self) -> HashMap<String, Stored<T>> {
        self.entries.into_iter().collect()
    }

    /// What there is to write. `present`: each entry as it is, and whether it
    /// is as if nothing had ever happened.
    fn changes(
        &mut self,
        present: impl Iterator<Item = (T, bool)>,
        steady: Duration,
        depth: Depth,
        changes: &mut Vec<Change>,
    ) {
        for ((key, stored), (present, is_fresh)) in self.entries.iter_mut().zip(present) {
            let goes_on = match stored {
                Stored::Nothing if is_fresh => continue,
                _ if depth == Depth::Happened && present.gathers() => continue,
                Stored::This(old, at) if !is_fresh => {
                    let expected = old.after(steady.saturating_sub(*at));
                    expected == present && (depth == Depth::Happened || *old == present)
                }
                _ => false,
            };
            if goes_on {
                continue;
            }
            let value = (!is_fresh).then(|| serde_json::to_vec(&present)).transpose();
            let Ok(value) = value.inspect_err(|error| tracing::error!(%key, %error)) else {
                continue;
            };
            *stored = value.as_ref().map_or(Stored::Nothing, |_| Stored::This(present, steady));
            changes.push((key.clone(), value));
        }
    }

    fn doubt(&mut self) {
        self.entries.iter_mut().for_each(|(_, stored)| *stored = Stored::Unclear);
    }
}

/// See the module.
#[derive(Debug)]
pub struct Keeper {
    memories: Shelf<Memory>,
    decisions: Shelf<Decided>,
    /// Of protected points.
    switchings: Shelf<Switching>,
    /// To be removed: of clauses that are no more.
    stale: Vec<String>,
    /// Run hours that no rule is about at present: counted on once one is.
    resting: HashMap<String, Memory>,
    /// Steady time of the last writing, and of the last whole one.
    happened: Duration,
    /// `None`: not yet since the start.
    lengths: Option<Duration>,
}

impl Keeper {
    /// The rules of `program` with what a former run remembered, `down` ago, and
    /// what it `left` commanded.
    pub fn start(
        remembered: Remembered,
        program: Program,
        left: &[Commanded],
        down: Duration,
        now: Now,
    ) -> (Self, Rules) {
        let mut memories = HashMap::new();
        let mut decisions = HashMap::new();
        let mut switchings = HashMap::new();
        let mut shelf = Self::empty(&program, now);
        let mut entries = remembered.entries;
        for ((id, _), (key, stored)) in program.memories().zip(&mut shelf.memories.entries) {
            *stored = read(&mut entries, key, now);
            if let Stored::This(memory, _) = stored {
                memories.insert(id.clone(), memory.clone());
            }
        }
        for (id, (key, stored)) in program.rule_ids().zip(&mut shelf.decisions.entries) {
            *stored = read(&mut entries, key, now);
            if let Stored::This(decided, _) = stored {
                decisions.insert(id.clone(), decided.clone());
            }
        }
        for (guard, (key, stored)) in
            program.protections().iter().zip(&mut shelf.switchings.entries)
        {
            *stored = read(&mut entries, key, now);
            if let Stored::This(switching, _) = stored {
                switchings.insert(guard.name.clone(), switching.clone());
            }
        }
        for (key, value) in entries {
            match serde_json::from_slice::<Memory>(&value) {
                Ok(memory) if memory.rests() => drop(shelf.resting.insert(key, memory)),
                _ => shelf.stale.push(key),
            }
        }
        let mut state = program.restored(memories, down);
        state.recall(&program, &decisions, down);
        let mut rules = Rules::restored(program, state);
        rules.guards.recall(&switchings, down, left);
        (shelf, rules)
    }

    fn empty(program: &Program, now: Now) -> Self {
        let mut nothing = (HashMap::new(), HashMap::new(), HashMap::new());
        Self {
            memories: Shelf::of(program.memories().map(|(id, _)| memory_key(id)), &mut nothing.0),
            decisions: Shelf::of(program.rule_ids().map(rule_key), &mut nothing.1),
            switchings: Shelf::of(guard_keys(program), &mut nothing.2),
            stale: Vec::new(),
            resting: HashMap::new(),
            happened: now.steady,
            lengths: None,
        }
    }

    /// Another program takes the place of the one before.
    pub fn succeeded_by(&mut self, program: &Program, now: Now) {
        let before = std::mem::replace(self, Self::empty(program, now));
        let mut memories = before.memories.into_stored();
        let mut decisions = before.decisions.into_stored();
        let mut switchings = before.switchings.into_stored();
        self.memories = Shelf::of(program.memories().map(|(id, _)| memory_key(id)), &mut memories);
        self.decisions = Shelf::of(program.rule_ids().map(rule_key), &mut decisions);
        self.switchings = Shelf::of(guard_keys(program), &mut switchings);
        (self.stale, self.resting) = (before.stale, before.resting);
        for (key, stored) in memories {
            match stored {
                Stored::This(memory, _) if memory.rests() => {
                    self.resting.insert(key, memory);
                }
                Stored::Nothing => {}
                Stored::This(..) | Stored::Unclear => self.stale.push(key),
            }
        }
        self.stale.extend(written(decisions));
        self.stale.extend(written(switchings));
        for (key, stored) in &mut self.memories.entries {
            if let Some(memory) = self.resting.remove(key) {
                *stored = Stored::This(memory, now.steady);
            }
        }
        // What is stale goes at the next cycle.
        self.happened = now.steady.saturating_sub(HAPPENED_WITHIN);
        self.lengths = before.lengths;
    }

    /// Run hours that `program` counts and that rested until now.
    pub fn rested(&self, program: &Program) -> Vec<(MemoryId, Memory)> {
        let ids = program.memories().map(|(id, _)| id);
        let rested = ids.filter_map(|id| {
            let memory = self.resting.get(&memory_key(id))?;
            Some((id.clone(), memory.clone()))
        });
        rested.collect()
    }

    /// What there is to write after a cycle at `now`; `None`: it is not time
    /// yet. `commanding`: commands are about to go out.
    pub fn changes(&mut self, rules: &Rules, now: Now, commanding: bool) -> Option<Vec<Change>> {
        let since = |last: Duration| now.steady.saturating_sub(last);
        if self.lengths.is_none_or(|last| since(last) >= LENGTHS_EVERY) {
            return Some(self.all(rules, now));
        }
        if !commanding && since(self.happened) < HAPPENED_WITHIN {
            return None;
        }
        let changes = self.take(rules, now, Depth::Happened);
        self.happened = now.steady;
        (!changes.is_empty()).then_some(changes)
    }

    /// Everything that is not in the store as it is.
    pub fn all(&mut self, rules: &Rules, now: Now) -> Vec<Change> {
        (self.happened, self.lengths) = (now.steady, Some(now.steady));
        self.take(rules, now, Depth::Lengths)
    }

    fn take(&mut self, rules: &Rules, now: Now, depth: Depth) -> Vec<Change> {
        let Rules { program, state, guards } = rules;
        let mut changes: Vec<Change> = self.stale.drain(..).map(|key| (key, None)).collect();
        let fresh = program.memories().map(|(_, fresh)| fresh);
        let memories = state.saved(program).zip(fresh);
        let memories = memories.map(|((_, memory), fresh)| {
            let is_fresh = memory == *fresh;
            (memory, is_fresh)
        });
        self.memories.changes(memories, now.steady, depth, &mut changes);
        let decisions = state.last_decisions(program).map(|(_, decided)| {
            let is_fresh = decided.is_fresh();
            (decided, is_fresh)
        });
        self.decisions.changes(decisions, now.steady, depth, &mut changes);
        let switchings = guards.saved().map(|(_, switching)| {
            let is_fresh = switching.is_fresh();
            (switching, is_fresh)
        });
        self.switchings.changes(switchings, now.steady, depth, &mut changes);
        changes
    }

    /// A write failed: from now on nothing is known of the store.
    pub fn doubt(&mut self) {
        self.memories.doubt();
        self.decisions.doubt();
        self.switchings.doubt();
    }
}

fn memory_key(id: &MemoryId) -> String {
    let written = fingerprint(fingerprint(EMPTY, id.text.as_bytes()), &id.nth.to_le_bytes());
    memory::key(&id.owner, written)
}

fn rule_key(id: &RuleId) -> String {
    // Told apart from a clause of the same text.
    memory::key(&id.rule, fingerprint(id.written, b"rule"))
}

fn guard_keys(program: &Program) -> impl Iterator<Item = String> + '_ {
    let own = fingerprint(EMPTY, b"protect");
    program.protections().iter().map(move |guard| memory::key(&guard.name, own))
}

/// The keys under which something may be written.
fn written<T>(entries: HashMap<String, Stored<T>>) -> impl Iterator<Item = String> {
    let written = entries.into_iter().filter(|(_, it)| !matches!(it, Stored::Nothing));
    written.map(|(key, _)| key)
}

/// Takes out an entry; one that cannot be read is overwritten.
fn read<T: Lasting>(entries: &mut HashMap<String, Vec<u8>>, key: &str, now: Now) -> Stored<T> {
    let Some(value) = entries.remove(key) else { return Stored::Nothing };
    match serde_json::from_slice(&value) {
        Ok(entry) => Stored::This(entry, now.steady),
        Err(error) => {
            tracing::warn!(key, %error, "what a rule remembered cannot be read");
            Stored::Unclear
        }
    }
}

#[cfg(test)]
mod tests;
