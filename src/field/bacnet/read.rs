//! Reading many points in few requests: ReadPropertyMultiple in batches that
//! fit, halved where the device cannot manage, and property by property where
//! it does not know the service. What was learnt is remembered per device.
//!
//! ```text
//!   batch ──refused, garbled──▶ two halves ─▶ … ─▶ one point ─▶ ReadProperty
//!     └──unknown service──▶ all points ReadProperty, from now on
//! ```

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Mutex;

use super::client::Property;
use super::device::Device;
use super::failure::{Failure, Refusal};
use super::transaction::{Target, lock};
use super::value;
use crate::field::Sample;
use crate::model::{Now, PointId, Quality};
use crate::wire::bacnet::{ObjectId, PropertyRef, Value, property};

/// One point to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub point: PointId,
    pub object: ObjectId,
    pub property: PropertyRef,
    /// Ask for its status flags too.
    pub flags: bool,
    /// Ask for its reliability too, where that costs no request.
    pub reliability: bool,
}

/// What was heard of one point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub value: Result<Vec<Value>, Failure>,
    /// `None`: not asked.
    pub flags: Option<Property>,
    pub reliability: Option<Property>,
    /// Before the device was asked: the value is at least as new. Were it when
    /// the answer came, an old value could pass for newer than a write or a
    /// notification that came between.
    pub at: Now,
}

/// Octets that a point takes in an answer, by what is asked of it; of a
/// string or the like more, which the device will tell.
const PLAIN: usize = 18;
const WITH_STATUS: usize = 34;

/// The place of `fault` in the status flags (in-alarm, fault, overridden,
/// out-of-service).
const FAULT: usize = 1;

impl Item {
    /// A point with its status, where it is an object's present value.
    pub fn of(device: &Device, point: PointId) -> Option<Self> {
        let (object, property, _) = device.locate(point)?;
        let status = property == PropertyRef::new(property::PRESENT_VALUE);
        Some(Self { point, object, property, flags: status, reliability: status })
    }

    fn properties(&self) -> Vec<PropertyRef> {
        let mut properties = vec![self.property];
        if self.flags {
            properties.push(PropertyRef::new(property::STATUS_FLAGS));
        }
        if self.reliability {
            properties.push(PropertyRef::new(property::RELIABILITY));
        }
        properties
    }

    const fn key(&self) -> (ObjectId, PropertyRef) {
        (self.object, self.property)
    }
}

impl Reading {
    /// Whether the device itself says that the value is not to be trusted;
    /// `None` where it says nothing.
    pub fn fault(&self) -> Option<bool> {
        let flag = match &self.flags {
            Some(Ok(values)) => match values.as_slice() {
                [Value::BitString(flags)] => Some(flags.bit(FAULT)),
                _ => None,
            },
            _ => None,
        };
        let unreliable = match &self.reliability {
            Some(Ok(values)) => match values.as_slice() {
                [Value::Enumerated(reliability)] => Some(*reliability != 0),
                _ => None,
            },
            _ => None,
        };
        match (flag, unreliable) {
            (None, None) => None,
            (flag, unreliable) => Some(flag == Some(true) || unreliable == Some(true)),
        }
    }

    /// What the reading is worth; `None` where the device only asks for
    /// patience, which is no word about the point.
    pub fn sample(&self, device: &Device, point: PointId, fault: bool) -> Option<Sample> {
        let value = match &self.value {
            Err(Failure::Refused(refusal)) if refusal.is_busy() => return None,
            Err(_) => Err(Quality::Faulty),
            Ok(_) if fault => Err(Quality::Faulty),
            Ok(values) => match (values.as_slice(), device.locate(point)) {
                ([single], Some((_, _, source))) => {
                    value::plausible(device.site.points.get(point), source, single)
                }
                _ => Err(Quality::Faulty),
            },
        };
        Some(Sample { point, value, at: self.at })
    }
}

/// Readings as far as they came, and what ended the reading early.
pub(super) struct Readings {
    pub readings: Vec<Option<Reading>>,
    pub failure: Option<Failure>,
}

/// One reading of many items, worked on from two sides.
struct Work<'a> {
    device: &'a Device,
    target: &'a Target,
    items: &'a [Item],
    ranges: Mutex<VecDeque<Range<usize>>>,
    readings: Mutex<Vec<Option<Reading>>>,
}

impl Device {
    /// Reads `items`, two requests at a time.
    pub async fn read(&self, target: &Target, items: &[Item]) -> Readings {
        let work = Work {
            device: self,
            target,
            items,
            ranges: Mutex::new(self.batches(target, items)),
            readings: Mutex::new(vec![None; items.len()]),
        };
        let failure = tokio::try_join!(work.work_off(), work.work_off()).err();
        let readings = lock(&work.readings).split_off(0);
        Readings { readings, failure }
    }

    /// How the items are cut into requests.
    fn batches(&self, target: &Target, items: &[Item]) -> VecDeque<Range<usize>> {
        let room = usize::from(target.max_apdu).saturating_sub(10);
        let habits = lock(&self.habits);
        let most = match habits.multiple {
            Some(false) => 1,
            _ => habits.batch.unwrap_or(usize::MAX),
        };
        let mut batches = VecDeque::new();
        let (mut from, mut octets) = (0, 0);
        for (at, item) in items.iter().enumerate() {
            let size = if item.flags || item.reliability { WITH_STATUS } else { PLAIN };
            let apart = habits.alone.contains(&item.key());
            if at > from && (apart || octets + size > room || at - from >= most) {
                batches.push_back(from..at);
                (from, octets) = (at, 0);
            }
            octets += size;
            if apart {
                // Nothing more may join it.
                octets = room;
            }
        }
        if from < items.len() {
            batches.push_back(from..items.len());
        }
        batches
    }
}

impl Work<'_> {
    /// Takes ranges until none is left or nobody answers any more.
    async fn work_off(&self) -> Result<(), Failure> {
        loop {
            let Some(range) = lock(&self.ranges).pop_front() else { return Ok(()) };
            let items = &self.items[range.clone()];
            if self.one_by_one(items) {
                for (at, item) in range.zip(items) {
                    self.keep(at, self.read_one(item).await?);
                }
                continue;
            }
            match self.read_batch(items).await {
                Ok(readings) => {
                    lock(&self.device.habits).multiple = Some(true);
                    range.zip(readings).for_each(|(at, reading)| self.keep(at, reading));
                }
                Err(failure) if failure.is_silence() => self.maybe_unknown(range, failure).await?,
                Err(failure) => self.narrow(range, &failure),
            }
        }
    }

    fn keep(&self, at: usize, reading: Reading) {
        lock(&self.readings)[at] = Some(reading);
    }

    fn one_by_one(&self, items: &[Item]) -> bool {
        let habits = lock(&self.device.habits);
        let alone = |item: &Item| habits.alone.contains(&item.key());
        habits.multiple == Some(false) || items.len() == 1 && items.iter().all(alone)
    }

    async fn read_batch(&self, items: &[Item]) -> Result<Vec<Reading>, Failure> {
        let at = self.device.clock.now();
        let objects = items.iter().map(|item| (item.object, item.properties())).collect();
        let results = self.device.client.read_property_multiple(self.target, objects).await?;
        let readings = items.iter().zip(results).map(|(item, results)| {
            let mut results = results.into_iter();
            let missing = || Err(Failure::Wrong("a result is missing".into()));
            let value = results.next().map_or_else(missing, |r| r.map_err(Failure::Refused));
            let flags = if item.flags { results.next() } else { None };
            let reliability = if item.reliability { results.next() } else { None };
            Reading { value, flags, reliability, at }
        });
        Ok(readings.collect())
    }

    /// One request, or two with the status flags.
    async fn read_one(&self, item: &Item) -> Result<Reading, Failure> {
        let client = &self.device.client;
        let at = self.device.clock.now();
        let value = match client.read_property(self.target, item.object, item.property).await {
            Err(failure) if failure.is_silence() => return Err(failure),
            value => value,
        };
        let mut flags = None;
        if item.flags && value.is_ok() {
            let property = PropertyRef::new(property::STATUS_FLAGS);
            flags = match client.read_property(self.target, item.object, property).await {
                Ok(values) => Some(Ok(values)),
                Err(Failure::Refused(refusal)) => Some(Err(refusal)),
                Err(failure) if failure.is_silence() => return Err(failure),
                Err(_) => None,
            };
        }
        Ok(Reading { value, flags, reliability: None, at })
    }

    /// Some devices do not even reject a service that they do not know. Ask
    /// for one property before calling the device silent.
    async fn maybe_unknown(&self, range: Range<usize>, failure: Failure) -> Result<(), Failure> {
        if lock(&self.device.habits).multiple.is_some() {
            return Err(failure);
        }
        let item = Item { flags: false, ..self.items[range.start].clone() };
        self.read_one(&item).await?;
        self.singly(range);
        Ok(())
    }

    fn singly(&self, range: Range<usize>) {
        lock(&self.device.habits).multiple = Some(false);
        lock(&self.ranges).extend(range.map(|at| at..at + 1));
    }

    /// A batch gave nothing: try less at a time.
    fn narrow(&self, range: Range<usize>, failure: &Failure) {
        let refusal = match failure {
            Failure::Refused(refusal) => Some(*refusal),
            _ => None,
        };
        if refusal.is_some_and(Refusal::no_such_service) {
            return self.singly(range);
        }
        let half = range.len() / 2;
        let mut habits = lock(&self.device.habits);
        if half == 0 {
            habits.alone.insert(self.items[range.start].key());
            lock(&self.ranges).push_front(range);
            return;
        }
        if refusal.is_some_and(Refusal::too_long) || *failure == Failure::TooLong {
            habits.batch = Some(habits.batch.map_or(half, |batch| batch.min(half)));
        }
        let middle = range.start + half;
        let mut ranges = lock(&self.ranges);
        ranges.push_front(middle..range.end);
        ranges.push_front(range.start..middle);
    }
}
