//! The hours that are not sealed yet, in the store: chunks of samples by hour and
//! number, and the names of the series. A batch is either wholly there or not.
//!
//! ```text
//! history/series/<number>         name and meaning of a series, JSON
//! history/hour/<hour>/<number>    a chunk, see `chunk`; numbers only grow
//! history/event/<hour>/<number>   an event, JSON
//! history/mark                    how far the history reaches, JSON
//! ```

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::chunk::{self, Numbered};
use super::event::Event;
use super::fault::HistoryError;
use super::sample::{Meaning, Name, Sample};
use crate::store::{Batch, Store, StoreError};

const SERIES: &str = "history/series/";
const HOURS: &str = "history/hour/";
const EVENTS: &str = "history/event/";
const MARK: &str = "history/mark";
/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;

/// Full hours since 1970.
#[must_use]
pub const fn hour_of(at_ms: i64) -> i64 {
    at_ms.div_euclid(HOUR_MS)
}

/// How far what is kept reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Everything heard before this is kept, ms.
    pub until_ms: i64,
    /// The recorder came to its end; else it was killed, or the power went.
    pub ended: bool,
    /// The next number of a chunk or event.
    next: u64,
}

/// A series as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    pub name: Name,
    pub meaning: Meaning,
}

impl Series {
    fn nameless() -> Self {
        Self { name: "".into(), meaning: Meaning::Unit(String::new()) }
    }
}

/// See the module.
#[derive(Debug)]
pub struct OpenHours {
    store: Arc<dyn Store>,
    series: Vec<Series>,
    numbers: HashMap<Name, u32>,
    next: u64,
}

impl OpenHours {
    /// Reads names and mark; the mark is `None` in a new store.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn open(store: Arc<dyn Store>) -> Result<(Self, Option<Mark>), HistoryError> {
        let mut series: Vec<Series> = Vec::new();
        for (key, value) in store.scan(SERIES.as_bytes())? {
            let digits = key.strip_prefix(SERIES.as_bytes()).unwrap_or_default();
            let number = std::str::from_utf8(digits).ok();
            let number = number.and_then(|digits| usize::from_str_radix(digits, 16).ok());
            // One that got lost leaves a place without a name.
            series.resize(number.unwrap_or(series.len()).max(series.len()), Series::nameless());
            series.push(parse::<Series>(&key, &value)?);
        }
        let mark: Option<Mark> = match store.get(MARK.as_bytes())? {
            Some(value) => Some(parse(MARK.as_bytes(), &value)?),
            None => None,
        };
        // The latest of a name counts: its meaning may have changed.
        let numbers = (0_u32..).zip(&series).map(|(n, it)| (it.name.clone(), n)).collect();
        let next = mark.map_or(0, |mark| mark.next);
        Ok((Self { store, series, numbers, next }, mark))
    }

    /// The number of a series, a new one if need be; new ones become durable
    /// with the next [`append`](Self::append).
    fn number(&mut self, series: &Series, batch: &mut Batch) -> Result<u32, HistoryError> {
        if let Some(number) = self.numbers.get(&series.name)
            && self.series[*number as usize] == *series
        {
            return Ok(*number);
        }
        let number = u32::try_from(self.series.len()).unwrap_or(u32::MAX);
        let key = format!("{SERIES}{number:08x}");
        batch.put(key.as_str(), json(&key, series)?);
        self.series.push(series.clone());
        self.numbers.insert(series.name.clone(), number);
        Ok(number)
    }

    /// Keeps samples and events, and that all heard before `until_ms` is kept;
    /// durable when it returns. A sample's first number is the place in `all`.
    ///
    /// # Errors
    /// As [`Store::apply`]: nothing is kept then, and it can be tried again.
    pub fn append(
        &mut self,
        all: &[Series],
        samples: &[Numbered],
        events: &[Event],
        until_ms: i64,
        ended: bool,
    ) -> Result<(), HistoryError> {
        let known = self.series.len();
        let mut batch = Batch::new();
        let outcome = self.fill(&mut batch, all, samples, events).and_then(|next| {
            let mark = Mark { until_ms, ended, next };
            batch.put(MARK, json(MARK, &mark)?);
            self.store.apply(&batch)?;
            Ok(next)
        });
        match outcome {
            Ok(next) => {
                self.next = next;
                Ok(())
            }
            Err(error) => {
                self.series.truncate(known);
                let named = (0_u32..).zip(&self.series);
                self.numbers = named.map(|(n, it)| (it.name.clone(), n)).collect();
                Err(error)
            }
        }
    }

    fn fill(
        &mut self,
        batch: &mut Batch,
        all: &[Series],
        samples: &[Numbered],
        events: &[Event],
    ) -> Result<u64, HistoryError> {
        let mut hours: HashMap<i64, Vec<Numbered>> = HashMap::new();
        for (place, sample) in samples {
            let number = self.number(&all[*place as usize], batch)?;
            hours.entry(hour_of(sample.at_ms)).or_default().push((number, *sample));
        }
        let mut next = self.next;
        let mut take_number = || {
            next += 1;
            next - 1
        };
        for (hour, mut samples) in hours {
            for chunk in chunk::pack(&mut samples) {
                batch.put(key(HOURS, hour, take_number()), chunk);
            }
        }
        for event in events {
            let key = key(EVENTS, hour_of(event.at_ms), take_number());
            batch.put(key.as_str(), json(&key, &event.shortened())?);
        }
        Ok(next)
    }

    /// Hours of which samples or events lie here, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn hours(&self) -> Result<BTreeSet<i64>, HistoryError> {
        let mut hours = BTreeSet::new();
        for prefix in [HOURS, EVENTS] {
            for (key, _) in self.store.scan(prefix.as_bytes())? {
                hours.extend(hour_and_number(prefix, &key).map(|(hour, _)| hour));
            }
        }
        Ok(hours)
    }

    /// All that lies here of an hour.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn hour(&self, hour: i64) -> Result<OpenHour, HistoryError> {
        let entries = |prefix: &'static str| {
            let found = self.store.scan(key_of_hour(prefix, hour).as_bytes())?;
            let entries = found.into_iter().filter_map(move |(key, value)| {
                let (_, number) = hour_and_number(prefix, &key)?;
                Some((number, value))
            });
            Ok::<_, StoreError>(entries.collect::<Vec<_>>())
        };
        Ok(OpenHour { hour, chunks: entries(HOURS)?, events: entries(EVENTS)? })
    }

    /// Forgets all that is in `hour`: it is sealed.
    ///
    /// # Errors
    /// As [`Store::apply`].
    pub fn forget(&self, hour: &OpenHour) -> Result<(), HistoryError> {
        let mut batch = Batch::new();
        for (prefix, entries) in [(HOURS, &hour.chunks), (EVENTS, &hour.events)] {
            for (number, _) in entries {
                batch.remove(key(prefix, hour.hour, *number));
            }
        }
        Ok(self.store.apply(&batch)?)
    }

    /// The series, by number.
    #[must_use]
    pub fn series(&self) -> &[Series] {
        &self.series
    }
}

/// What lies in the store of one hour: bytes, unpacked when asked.
#[derive(Debug)]
pub struct OpenHour {
    pub hour: i64,
    chunks: Vec<(u64, Vec<u8>)>,
    events: Vec<(u64, Vec<u8>)>,
}

impl OpenHour {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty() && self.events.is_empty()
    }

    /// Leaves out what has a number up to these: it is sealed.
    #[must_use]
    pub fn after(mut self, samples: Option<u64>, events: Option<u64>) -> Self {
        self.chunks.retain(|(number, _)| samples.is_none_or(|upto| *number > upto));
        self.events.retain(|(number, _)| events.is_none_or(|upto| *number > upto));
        self
    }

    /// The highest numbers here, of chunks and of events.
    #[must_use]
    pub fn last(&self) -> (Option<u64>, Option<u64>) {
        let highest = |entries: &[(u64, Vec<u8>)]| entries.iter().map(|(number, _)| *number).max();
        (highest(&self.chunks), highest(&self.events))
    }

    /// Each sample with the number of its series, in the order they were kept
    /// for each series and time. The number of chunks that could not be read.
    pub fn samples(&self, mut take: impl FnMut(u32, Sample)) -> usize {
        let unpacked = self.chunks.iter().map(|(_, chunk)| chunk::unpack(chunk, &mut take));
        unpacked.filter(Option::is_none).count()
    }

    /// The numbers of all that is here, in order.
    pub(super) fn numbers(&self) -> BTreeSet<u64> {
        self.chunks.iter().chain(&self.events).map(|(number, _)| *number).collect()
    }

    /// As [`samples`](Self::samples), of the chunk with this number.
    pub(super) fn samples_of(&self, number: u64, take: impl FnMut(u32, Sample)) {
        if let Some((_, chunk)) = self.chunks.iter().find(|(known, _)| *known == number) {
            let _ = chunk::unpack(chunk, take);
        }
    }

    /// The event with this number, if it is one and can be read.
    pub(super) fn event(&self, number: u64) -> Option<Event> {
        let (_, value) = self.events.iter().find(|(known, _)| *known == number)?;
        serde_json::from_slice(value).ok()
    }

    /// The events; those that cannot be read are left out.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.iter().filter_map(|(_, value)| serde_json::from_slice(value).ok()).collect()
    }
}

fn key_of_hour(prefix: &str, hour: i64) -> String {
    format!("{prefix}{hour:012}/")
}

fn key(prefix: &str, hour: i64, number: u64) -> String {
    format!("{prefix}{hour:012}/{number:016x}")
}

fn hour_and_number(prefix: &str, key: &[u8]) -> Option<(i64, u64)> {
    let (hour, number) = std::str::from_utf8(key).ok()?.strip_prefix(prefix)?.split_once('/')?;
    Some((hour.parse().ok()?, u64::from_str_radix(number, 16).ok()?))
}

fn json(key: &str, it: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let unreadable = |source| StoreError::Unreadable { key: key.to_owned(), source };
    serde_json::to_vec(it).map_err(unreadable)
}

fn parse<T: serde::de::DeserializeOwned>(key: &[u8], value: &[u8]) -> Result<T, StoreError> {
    let key = || String::from_utf8_lossy(key).into_owned();
    serde_json::from_slice(value).map_err(|source| StoreError::Unreadable { key: key(), source })
}
