//! Alarms in the store, under their numbers, and the letters about them that
//! have not gone out yet. What an alarm is about stands there by names, and so
//! does who is told; the words are those of the run that wrote them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::records::{Listed, json, list, parse};
use super::{Batch, Store, StoreError};

const ALARMS: &str = "alarm/";
/// The last number given to an alarm.
const LAST: &str = "counter/alarm";
const LETTERS: &str = "letter/";
/// The last id given to a letter.
const LAST_LETTER: &str = "counter/letter";
/// The local day of the last daily digest.
const DIGEST: &str = "counter/digest";

/// An alarm that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmRecord {
    pub number: u64,
    /// A word for its kind, then names: `["device", "Schule.HK1"]`.
    pub about: Vec<String>,
    /// `urgent`, `fault`, `notice`
    pub class: String,
    pub text: String,
    /// What hauswart does about it.
    pub done: String,
    pub since: Timestamp,
    /// `None`: it stands.
    pub gone: Option<Timestamp>,
    /// Whether its cause was there, last; one that flaps stands regardless.
    pub present: bool,
    pub turned: Timestamp,
    /// Of the last hour.
    #[serde(default)]
    pub comings: Vec<Timestamp>,
    #[serde(default)]
    pub flaps: Option<FlapsRecord>,
    #[serde(default)]
    pub seen: Option<SeenRecord>,
    /// Addresses of those who have been told of this coming.
    #[serde(default)]
    pub told: Vec<String>,
    /// Of those who know of it from before.
    #[serde(default)]
    pub knew: Vec<String>,
}

/// It comes and goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlapsRecord {
    pub times: u64,
    pub since: Timestamp,
}

/// Who has seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRecord {
    pub by: String,
    pub at: Timestamp,
    pub why: String,
}

/// Something that one recipient is to be told. Stored with what it tells,
/// removed once it has gone out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterRecord {
    pub id: u64,
    /// The recipient's address.
    pub to: String,
    pub content: Content,
}

/// What is in a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    News(News),
    Digest {
        day: Date,
        subject: String,
        body: String,
    },
    /// Somebody tries whether letters arrive.
    Trial {
        by: String,
    },
}

/// An alarm came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    pub turn: Turn,
    /// The alarm's.
    pub number: u64,
    /// `urgent`, `fault`, `notice`
    pub class: String,
    pub text: String,
    /// What hauswart does about it.
    pub done: String,
    pub since: Timestamp,
    /// When it went.
    #[serde(default)]
    pub gone: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Turn {
    Came,
    /// It comes and goes, and is told of no more until it is quiet.
    Flaps,
    Went,
}

/// What becomes true together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlarmChanges {
    pub put: Vec<AlarmRecord>,
    /// By number.
    pub forget: Vec<u64>,
    /// The last number given.
    pub last: u64,
    pub letters: Vec<LetterRecord>,
    /// The last id given to a letter.
    pub last_letter: u64,
    /// The day of a digest among the letters, or with which they begin.
    pub digest: Option<Date>,
}

impl AlarmChanges {
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.put.is_empty()
            && self.forget.is_empty()
            && self.letters.is_empty()
            && self.digest.is_none()
    }
}

/// Brings alarms up to date.
///
/// # Errors
/// As [`Store::apply`].
pub fn put(store: &dyn Store, changes: &AlarmChanges) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    for record in &changes.put {
        let key = key(record.number);
        let value = json(&key, record)?;
        batch.put(key, value);
    }
    for number in &changes.forget {
        batch.remove(key(*number));
    }
    for letter in &changes.letters {
        let key = letter_key(letter.id);
        let value = json(&key, letter)?;
        batch.put(key, value);
    }
    for (counter, given) in [(LAST, changes.last), (LAST_LETTER, changes.last_letter)] {
        if count(store, counter)? < given {
            batch.put(counter, json(counter, &given)?);
        }
    }
    if let Some(day) = &changes.digest {
        batch.put(DIGEST, json(DIGEST, day)?);
    }
    store.apply(&batch)
}

/// Forgets letters that have gone out.
///
/// # Errors
/// As [`Store::apply`].
pub fn remove_letters(store: &dyn Store, ids: &[u64]) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    ids.iter().for_each(|id| batch.remove(letter_key(*id)));
    store.apply(&batch)
}

/// Letters that have not gone out, oldest first.
///
/// # Errors
/// If the store cannot be read.
pub fn letters(store: &dyn Store) -> Result<Listed<LetterRecord>, StoreError> {
    list(store, LETTERS)
}

/// The last id given to a letter.
///
/// # Errors
/// If the store cannot be read.
pub fn last_letter(store: &dyn Store) -> Result<u64, StoreError> {
    count(store, LAST_LETTER)
}

/// The local day of the last daily digest; `None`: there was none yet.
///
/// # Errors
/// If the store cannot be read.
pub fn last_digest(store: &dyn Store) -> Result<Option<Date>, StoreError> {
    store.get(DIGEST.as_bytes())?.map(|value| parse(DIGEST, &value)).transpose()
}

fn letter_key(id: u64) -> String {
    format!("{LETTERS}{id:020}")
}

/// All alarms that are held, in order of numbers.
///
/// # Errors
/// If the store cannot be read.
pub fn listed(store: &dyn Store) -> Result<Listed<AlarmRecord>, StoreError> {
    list(store, ALARMS)
}

/// The last number given.
///
/// # Errors
/// If the store cannot be read.
pub fn last(store: &dyn Store) -> Result<u64, StoreError> {
    count(store, LAST)
}

fn count(store: &dyn Store, counter: &str) -> Result<u64, StoreError> {
    let Some(value) = store.get(counter.as_bytes())? else { return Ok(0) };
    parse(counter, &value)
}

/// Leading zeros, so that the order of keys is that of numbers.
fn key(number: u64) -> String {
    format!("{ALARMS}{number:020}")
}
