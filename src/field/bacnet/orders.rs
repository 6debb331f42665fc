//! Orders carried out on one device: writes at a priority with their
//! read-back, letting go of a slot, what the device would do without us, and
//! reads asked for. Each ends with an answer; what is not known is said to be
//! not known.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use super::device::{Device, Patience};
use super::failure::{Failure, Refusal};
use super::read::Item;
use super::transaction::Target;
use super::value::{Datatype, NotSent, canonical, encode, is_ours};
use crate::field::{Order, RelinquishOutcome, Request, Sample, WriteOutcome};
use crate::model::{Commander, PointId, Release};
use crate::site::BacnetSource;
use crate::wire::bacnet::{ObjectId, PropertyRef, Value, property};

/// Slots of a priority array (clause 19.2.1).
const SLOTS: u8 = 16;

/// A busy device is asked again after these, in real time.
const PATIENCE: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];

/// Where a command goes.
struct Place<'a> {
    point: PointId,
    object: ObjectId,
    property: PropertyRef,
    source: &'a BacnetSource,
    slot: Option<u8>,
}

/// What one slot of a priority array holds.
enum Slot {
    Empty,
    Holds(f64),
    /// Something that means nothing for this point.
    Alien(String),
}

/// Carries out one order. Who no longer wants the answer has dropped the
/// receiver.
pub(super) async fn carry_out(device: Arc<Device>, request: Request) {
    let _busy = request.busy;
    let mark = device.silences();
    match request.order {
        Order::Write { point, value, reply } => {
            let _one = device.orders.lock().await;
            let _ = reply.send(device.write(point, value, mark).await);
        }
        Order::Relinquish { point, ours, reply } => {
            let _one = device.orders.lock().await;
            let _ = reply.send(device.relinquish(point, ours, mark).await);
        }
        Order::Base { point, reply } => {
            let _one = device.orders.lock().await;
            let _ = reply.send(device.base(point, mark).await);
        }
        Order::Commander { point, ours, reply } => {
            let _one = device.orders.lock().await;
            let _ = reply.send(device.commander(point, ours, mark).await);
        }
        Order::Read { points, reply } => {
            let _ = reply.send(device.read_now(&points).await);
        }
    }
}

impl Device {
    fn place(&self, point: PointId) -> Result<Place<'_>, NotSent> {
        let (object, property, source) = self.locate(point).ok_or(NotSent::ReadOnly)?;
        let command = self.site.points.get(point).command.as_ref().ok_or(NotSent::ReadOnly)?;
        let slot = match command.release {
            Release::Slot(slot @ 1..=SLOTS) => Some(slot),
            _ => None,
        };
        Ok(Place { point, object, property, source, slot })
    }

    /// The device, unless it has been found silent since the order came: then
    /// that was the answer to this order too.
    async fn ordered(&self, mark: u64) -> Result<Target, Failure> {
        if self.silences() != mark {
            return Err(Failure::Silent);
        }
        let target = self.target(Patience::Usual).await;
        if let Err(failure) = &target {
            self.note(Some(failure)).await;
        }
        target
    }

    async fn ask(
        &self,
        target: &Target,
        object: ObjectId,
        property: PropertyRef,
    ) -> Result<Vec<Value>, Failure> {
        let answer = self.client.read_property(target, object, property).await;
        self.note(answer.as_ref().err()).await;
        answer
    }

    async fn put(&self, target: &Target, place: &Place<'_>, value: Value) -> Result<(), Failure> {
        let mut patience = PATIENCE.iter();
        loop {
            let Place { object, property, slot, .. } = *place;
            let values = vec![value.clone()];
            let answer = self.client.write_property(target, object, property, values, slot).await;
            self.note(answer.as_ref().err()).await;
            match (&answer, patience.next()) {
                (Err(Failure::Refused(refusal)), Some(pause)) if refusal.is_busy() => {
                    tokio::time::sleep(*pause).await;
                }
                _ => return answer,
            }
        }
    }

    /// As [`place`](Self::place), unless the site is in read-only mode.
    fn writable(&self, point: PointId) -> Result<Place<'_>, NotSent> {
        if self.site.read_only { Err(NotSent::ReadOnly) } else { self.place(point) }
    }

    async fn write(&self, point: PointId, value: f64, mark: u64) -> WriteOutcome {
        let language = self.language();
        let place = match self.writable(point) {
            Ok(place) => place,
            Err(why) => return WriteOutcome::Refused(why.words(language)),
        };
        let target = match self.ordered(mark).await {
            Ok(target) => target,
            Err(failure) => return WriteOutcome::Failed(failure.words(language)),
        };
        let datatype = match self.datatype(&target, &place).await {
            Ok(Some(datatype)) => datatype,
            Ok(None) => return WriteOutcome::Refused(NotSent::NotANumber.words(language)),
            Err(failure) => return not_taken(&failure, self),
        };
        let sent = match encode(self.site.points.get(point), place.source, datatype, value) {
            Ok(sent) => sent,
            Err(why) => return WriteOutcome::Refused(why.words(language)),
        };
        match self.put(&target, &place, sent).await {
            Ok(()) => self.read_back(&target, &place).await,
            Err(failure) => not_taken(&failure, self),
        }
    }

    /// By the object's type, else by what stands there now.
    async fn datatype(
        &self,
        target: &Target,
        place: &Place<'_>,
    ) -> Result<Option<Datatype>, Failure> {
        if let Some(datatype) = Datatype::of(place.source) {
            return Ok(Some(datatype));
        }
        let values = self.ask(target, place.object, place.property).await?;
        Ok(values.first().and_then(Datatype::like))
    }

    /// What the device holds: the slot's entry, or the value itself where
    /// there is no slot or the array cannot be read.
    async fn read_back(&self, target: &Target, place: &Place<'_>) -> WriteOutcome {
        let language = self.language();
        let unread = |failure: Failure| WriteOutcome::NotReadBack(failure.words(language));
        if let Some(slot) = place.slot {
            match self.slot(target, place, slot).await {
                Ok(Slot::Holds(value)) => return WriteOutcome::Held(value),
                Ok(Slot::Empty) => {
                    let words = language.pick(
                        format!("Platz {slot} ist nach dem Schreiben leer"),
                        format!("slot {slot} is empty after the write"),
                    );
                    return WriteOutcome::NotReadBack(words);
                }
                Ok(Slot::Alien(value)) => return unread(Failure::Wrong(value)),
                Err(failure) if failure.is_silence() => return unread(failure),
                Err(_) => {}
            }
        }
        match self.present(target, place).await {
            Ok(value) => WriteOutcome::Held(value),
            Err(failure) => unread(failure),
        }
    }

    async fn present(&self, target: &Target, place: &Place<'_>) -> Result<f64, Failure> {
        let values = self.ask(target, place.object, place.property).await?;
        self.single(place, &values)
    }

    /// One entry of the priority array.
    async fn slot(&self, target: &Target, place: &Place<'_>, slot: u8) -> Result<Slot, Failure> {
        let entry = PropertyRef::element(property::PRIORITY_ARRAY, slot.into());
        let values = self.ask(target, place.object, entry).await?;
        Ok(match (values.as_slice(), self.single(place, &values)) {
            ([Value::Null], _) => Slot::Empty,
            (_, Ok(value)) => Slot::Holds(value),
            ([alien], Err(_)) => Slot::Alien(alien.to_string()),
            (_, Err(failure)) => return Err(failure),
        })
    }

    fn single(&self, place: &Place<'_>, values: &[Value]) -> Result<f64, Failure> {
        let [value] = values else { return Err(Failure::Wrong("not one value".into())) };
        canonical(self.site.points.get(place.point), place.source, value)
            .map_err(|_| Failure::Wrong(value.to_string()))
    }

    async fn relinquish(&self, point: PointId, ours: f64, mark: u64) -> RelinquishOutcome {
        let language = self.language();
        let place = match self.writable(point) {
            Ok(place) => place,
            Err(why) => return RelinquishOutcome::Refused(why.words(language)),
        };
        let Some(slot) = place.slot else {
            let words = language.pick("der Punkt hat keinen Platz", "the point has no slot");
            return RelinquishOutcome::Refused(words.to_owned());
        };
        match self.let_go(&place, slot, ours, mark).await {
            Ok(outcome) => outcome,
            Err(failure) if failure.is_silence() => {
                RelinquishOutcome::Failed(failure.words(language))
            }
            Err(failure) => RelinquishOutcome::Refused(failure.words(language)),
        }
    }

    async fn let_go(
        &self,
        place: &Place<'_>,
        slot: u8,
        ours: f64,
        mark: u64,
    ) -> Result<RelinquishOutcome, Failure> {
        let known = self.site.points.get(place.point);
        let target = self.ordered(mark).await?;
        match self.slot(&target, place, slot).await {
            Ok(Slot::Empty) => return Ok(RelinquishOutcome::Released),
            Ok(Slot::Holds(held)) if !is_ours(known, place.source, held, ours) => {
                return Ok(RelinquishOutcome::NotOurs(held));
            }
            Ok(Slot::Alien(_)) => return Ok(RelinquishOutcome::NotOurs(f64::NAN)),
            Ok(Slot::Holds(_)) => {}
            // Where the array cannot be read, a present value equal to ours
            // stands for the slot; else whose value it holds is not known.
            Err(refused @ Failure::Refused(_)) => {
                let present = self.present(&target, place).await?;
                if !is_ours(known, place.source, present, ours) {
                    return Err(refused);
                }
            }
            Err(failure) => return Err(failure),
        }
        self.put(&target, place, Value::Null).await?;
        let language = self.language();
        let still = |value: String| {
            RelinquishOutcome::Refused(language.pick(
                format!("Platz {slot} hält weiterhin {value}"),
                format!("slot {slot} still holds {value}"),
            ))
        };
        match self.slot(&target, place, slot).await {
            Ok(Slot::Empty) => Ok(RelinquishOutcome::Released),
            Ok(Slot::Holds(value)) => Ok(still(value.to_string())),
            Ok(Slot::Alien(value)) => Ok(still(value)),
            // An array that cannot be read: the acknowledgement must do.
            Err(Failure::Refused(_)) => Ok(RelinquishOutcome::Released),
            Err(failure) => Err(failure),
        }
    }

    /// The next filled slot below ours, else the relinquish default.
    async fn base(&self, point: PointId, mark: u64) -> Option<f64> {
        let place = self.place(point).ok()?;
        let slot = place.slot?;
        let target = self.ordered(mark).await.ok()?;
        let values = self.slots(&target, &place, slot + 1..=SLOTS).await?;
        let below = values.iter().skip(slot.into()).find(|value| **value != Value::Null);
        if let Some(value) = below {
            return self.single(&place, std::slice::from_ref(value)).ok();
        }
        let default = PropertyRef::new(property::RELINQUISH_DEFAULT);
        let values = self.ask(&target, place.object, default).await.ok()?;
        self.single(&place, &values).ok()
    }

    /// Whether our slot holds `ours`, and who stands above it.
    async fn commander(&self, point: PointId, ours: f64, mark: u64) -> Commander {
        let (Ok(place), Ok(target)) = (self.place(point), self.ordered(mark).await) else {
            return Commander::Unknown;
        };
        let Some(slot) = place.slot else { return Commander::Unknown };
        let Some(values) = self.slots(&target, &place, 1..=slot).await else {
            return Commander::Unknown;
        };
        let single = |value: &Value| self.single(&place, std::slice::from_ref(value));
        let known = self.site.points.get(point);
        let own = values.get(usize::from(slot) - 1).map(single);
        if !own.is_some_and(|own| own.is_ok_and(|own| is_ours(known, place.source, own, ours))) {
            return Commander::NotOurs;
        }
        let mut above = (1..slot).zip(&values).filter(|(_, value)| **value != Value::Null);
        above.next().map_or(Commander::Ours, |(slot, value)| Commander::Above {
            slot,
            value: single(value).unwrap_or(f64::NAN),
        })
    }

    /// The priority array; where the device does not give it whole, these slots
    /// of it one by one, the others empty.
    async fn slots(
        &self,
        target: &Target,
        place: &Place<'_>,
        wanted: RangeInclusive<u8>,
    ) -> Option<Vec<Value>> {
        let array = PropertyRef::new(property::PRIORITY_ARRAY);
        match self.ask(target, place.object, array).await {
            Ok(values) if values.len() == usize::from(SLOTS) => Some(values),
            Err(Failure::Refused(Refusal::Abort(_)) | Failure::Wrong(_)) => {
                let mut values = vec![Value::Null; usize::from(SLOTS)];
                for slot in wanted {
                    let entry = PropertyRef::element(property::PRIORITY_ARRAY, slot.into());
                    let answer = self.ask(target, place.object, entry).await.ok()?;
                    *values.get_mut(usize::from(slot) - 1)? = answer.into_iter().next()?;
                }
                Some(values)
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// Reads points of this device at once.
    async fn read_now(&self, points: &[PointId]) -> Vec<Sample> {
        let items: Vec<_> = points.iter().filter_map(|point| Item::of(self, *point)).collect();
        let target = match self.target(Patience::Short).await {
            Ok(target) => target,
            Err(failure) => {
                self.note(Some(&failure)).await;
                return Vec::new();
            }
        };
        let read = self.read(&target, &items).await;
        let heard = read.readings.iter().any(Option::is_some);
        if heard || read.failure.is_some() {
            self.note(read.failure.as_ref().filter(|_| !heard)).await;
        }
        let samples = items.iter().zip(&read.readings).filter_map(|(item, reading)| {
            let reading = reading.as_ref()?;
            reading.sample(self, item.point, reading.fault() == Some(true))
        });
        samples.collect()
    }
}

/// "The device said no" is kept apart from "the line failed".
fn not_taken(failure: &Failure, device: &Device) -> WriteOutcome {
    let words = failure.words(device.language());
    match failure {
        Failure::Refused(_) | Failure::TooLong => WriteOutcome::Refused(words),
        _ => WriteOutcome::Failed(words),
    }
}
