//! The services that a device carries out (ANSI/ASHRAE 135-2020): ReadProperty
//! (15.5), ReadPropertyMultiple (15.7), WriteProperty (15.9), SubscribeCOV
//! (13.14), Who-Is (16.10). Requests in, answers out, no sockets. Answers that
//! do not fit are aborted, not segmented, as small controllers do.

use std::time::Duration;

use tokio::time::Instant;

use crate::wire::bacnet::{
    Apdu, CovNotification, CovValue, DecodeError, DeviceError, IAm, ObjectId, PropertyRef,
    ReadProperty, ReadPropertyAck, ReadPropertyMultiple, ReadPropertyMultipleAck, ReadResult,
    Request, Segmentation, SubscribeCov, Value, WriteProperty, abort_reason, confirmed, error_code,
    reject_reason,
};

use super::super::faults::{Conduct, Faults};
use super::super::model::Model;
use super::device::Device;
use super::property::{self, Target, VENDOR_ID, View, id, typed};
use super::subscription::{Notice, Subscriber, Subscriptions};

/// Reject reason parameter-out-of-range (clause 18.9).
const PARAMETER_OUT_OF_RANGE: u8 = 6;
/// Octets of a complex acknowledgement before its data.
const ACK_HEADER: usize = 3;
/// Error class resources, no space to add list element (clause 18).
const NO_SPACE: DeviceError = DeviceError { class: 3, code: 20 };

/// What a request meets: one device, the building behind it, its faults.
#[derive(Debug)]
pub struct Desk<'a> {
    pub device: &'a mut Device,
    pub model: &'a Model,
    pub faults: &'a Faults,
    pub conduct: Conduct,
    /// The clock's moment, for the heartbeat.
    pub steady: Duration,
}

/// Why there is no acknowledgement.
enum Denial {
    Error(DeviceError),
    Reject(u8),
}

impl From<DeviceError> for Denial {
    fn from(error: DeviceError) -> Self {
        Self::Error(error)
    }
}

impl From<DecodeError> for Denial {
    fn from(error: DecodeError) -> Self {
        Self::Reject(match error {
            DecodeError::Short => reject_reason::MISSING_REQUIRED_PARAMETER,
            DecodeError::Range(_) => PARAMETER_OUT_OF_RANGE,
            _ => reject_reason::INVALID_TAG,
        })
    }
}

impl Desk<'_> {
    /// The answer to a confirmed request of `peer`.
    pub fn answer<P: Clone + PartialEq>(
        &mut self,
        request: &Request,
        peer: &P,
        subscriptions: &mut Subscriptions<P>,
    ) -> Apdu {
        let Request { invoke_id, service, .. } = *request;
        let abort = |reason| Apdu::Abort { invoke_id, server: true, reason };
        if self.conduct == Conduct::Busy {
            return abort(abort_reason::OUT_OF_RESOURCES);
        }
        if request.segment.is_some() {
            return abort(abort_reason::SEGMENTATION_NOT_SUPPORTED);
        }
        let outcome = match service {
            confirmed::READ_PROPERTY => self.read(&request.data).map(Some),
            confirmed::READ_PROPERTY_MULTIPLE if self.conduct != Conduct::NoMultiple => {
                self.read_multiple(&request.data).map(Some)
            }
            confirmed::WRITE_PROPERTY => self.write(&request.data).map(|()| None),
            confirmed::SUBSCRIBE_COV => {
                self.subscribe(&request.data, peer, subscriptions).map(|()| None)
            }
            _ => Err(Denial::Reject(reject_reason::UNRECOGNIZED_SERVICE)),
        };
        match outcome {
            Ok(None) => Apdu::SimpleAck { invoke_id, service },
            Ok(Some(data)) => {
                let most = self.device.max_apdu.min(usize::from(request.max_apdu));
                if data.len() + ACK_HEADER > most {
                    return abort(abort_reason::SEGMENTATION_NOT_SUPPORTED);
                }
                Apdu::ComplexAck { invoke_id, service, segment: None, data }
            }
            Err(Denial::Error(error)) => Apdu::Error { invoke_id, service, error },
            Err(Denial::Reject(reason)) => Apdu::Reject { invoke_id, reason },
        }
    }

    fn view(&self) -> View<'_> {
        View { device: self.device, truth: self.model.truth(), faults: self.faults }
    }

    /// The object that a read meets: the faults may refuse or displace it.
    fn target<'a>(&self, view: &View<'a>, object: ObjectId) -> Result<Target<'a>, DeviceError> {
        let target = view.target(object)?;
        let Target::Object(found) = target else { return Ok(target) };
        match self.conduct {
            Conduct::Refusing { first, count } => {
                let block = u32::from(first)..u32::from(first) + u32::from(count);
                if block.contains(&found.instance) {
                    return Err(error_code::UNKNOWN_OBJECT);
                }
                Ok(target)
            }
            Conduct::Shifted => {
                let objects = &view.device.objects;
                let place = objects.iter().position(|other| other.id() == object);
                let next = place.map_or(0, |place| (place + 1) % objects.len());
                Ok(Target::Object(&objects[next]))
            }
            _ => Ok(target),
        }
    }

    fn read(&self, data: &[u8]) -> Result<Vec<u8>, Denial> {
        let ReadProperty { object, property } = ReadProperty::decode(data)?;
        let view = self.view();
        let target = self.target(&view, object)?;
        let mut values = Vec::with_capacity(1);
        view.read(target, property, &mut values)?;
        let object = if object.instance() == ObjectId::ANY_INSTANCE {
            view.object_id(target)
        } else {
            object
        };
        Ok(ReadPropertyAck { object, property, values }.encode())
    }

    fn read_multiple(&self, data: &[u8]) -> Result<Vec<u8>, Denial> {
        let asked = ReadPropertyMultiple::decode(data)?;
        if asked.objects.is_empty() {
            return Err(Denial::Reject(reject_reason::MISSING_REQUIRED_PARAMETER));
        }
        let view = self.view();
        let mut objects = Vec::with_capacity(asked.objects.len());
        for (object, properties) in asked.objects {
            let mut results = Vec::with_capacity(properties.len());
            match self.target(&view, object) {
                Ok(target) => {
                    for property in properties {
                        read_each(&view, target, property, &mut results);
                    }
                }
                Err(error) => results.extend(properties.into_iter().map(|p| (p, Err(error)))),
            }
            objects.push((object, results));
        }
        Ok(ReadPropertyMultipleAck { objects }.encode())
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Denial> {
        let WriteProperty { object, property, values, priority } = WriteProperty::decode(data)?;
        let [value] = values.as_slice() else {
            return Err(Denial::Error(error_code::INVALID_DATA_TYPE));
        };
        if property::write(self.device, object, property, value, priority)? {
            self.device.heartbeat(self.steady);
        }
        Ok(())
    }

    fn subscribe<P: Clone + PartialEq>(
        &self,
        data: &[u8],
        peer: &P,
        subscriptions: &mut Subscriptions<P>,
    ) -> Result<(), Denial> {
        let SubscribeCov { process, object, terms } = SubscribeCov::decode(data)?;
        let Some(place) = self.device.find(object.kind(), object.instance()) else {
            let ours = self.view().target(object).is_ok();
            return Err(Denial::Error(if ours {
                error_code::OPTIONAL_FUNCTIONALITY_NOT_SUPPORTED
            } else {
                error_code::UNKNOWN_OBJECT
            }));
        };
        let subscriber = Subscriber { peer: peer.clone(), process, object: place };
        match terms {
            None => subscriptions.cancel(&subscriber),
            Some((confirmed, lifetime_s)) => {
                if !subscriptions.subscribe(subscriber, confirmed, lifetime_s, Instant::now()) {
                    return Err(Denial::Error(NO_SPACE));
                }
            }
        }
        Ok(())
    }

    /// Notifications that are due, encoded.
    pub fn notices<P: Clone + PartialEq>(
        &self,
        subscriptions: &mut Subscriptions<P>,
    ) -> Vec<(Notice<P>, Vec<u8>)> {
        let view = self.view();
        let due = subscriptions.due(Instant::now(), |place| {
            let object = &self.device.objects[place];
            (view.present(object), object.increment)
        });
        due.into_iter()
            .map(|notice| {
                let object = &self.device.objects[notice.subscriber.object];
                let value = |property, value: Value| CovValue {
                    property: PropertyRef::new(property),
                    values: vec![value],
                    priority: None,
                };
                let bytes = CovNotification {
                    process: notice.subscriber.process,
                    device: ObjectId::device(self.device.instance),
                    object: object.id(),
                    remaining: notice.seconds_left,
                    values: vec![
                        value(id::PRESENT_VALUE, typed(object.kind, notice.present.value)),
                        value(id::STATUS_FLAGS, view.status_flags(object)),
                    ],
                }
                .encode();
                (notice, bytes)
            })
            .collect()
    }

    /// Who this device is.
    pub fn i_am(&self) -> IAm {
        IAm {
            instance: self.device.instance,
            max_apdu: self.device.max_apdu as u32,
            segmentation: Segmentation::None,
            vendor: VENDOR_ID,
        }
    }
}

/// Appends the result of one property, or of each that ALL, REQUIRED and
/// OPTIONAL stand for (15.7.3.1.3).
fn read_each(view: &View, target: Target, property: PropertyRef, results: &mut Vec<ReadResult>) {
    let (all, required) = match property.property {
        id::ALL | id::REQUIRED | id::OPTIONAL => view.properties(target),
        _ => (Vec::new(), 0),
    };
    let asked: &[u32] = match property.property {
        id::ALL => &all,
        id::REQUIRED => &all[..required],
        id::OPTIONAL => &all[required..],
        _ => {
            let mut values = Vec::with_capacity(1);
            let result = view.read(target, property, &mut values);
            results.push((property, result.map(|()| values)));
            return;
        }
    };
    for each in asked.iter().map(|each| PropertyRef::new(*each)) {
        let mut values = Vec::with_capacity(1);
        let result = view.read(target, each, &mut values);
        results.push((each, result.map(|()| values)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::bacnet::object_type;

    /// Answers `request` at device `at`, `conduct` being what it is.
    fn answered(at: usize, conduct: Conduct, request: &Request) -> Apdu {
        let start = "2026-01-14T10:00:00+01:00".parse().unwrap();
        thread_local!(static MODEL: std::cell::OnceCell<Model> = const { std::cell::OnceCell::new() });
        MODEL.with(|model| {
            let mut devices = Device::all();
            let faults = Faults::default();
            let mut desk = Desk {
                device: &mut devices[at],
                model: model.get_or_init(|| Model::new(start, 1)),
                faults: &faults,
                conduct,
                steady: Duration::ZERO,
            };
            desk.answer(request, &(), &mut Subscriptions::default())
        })
    }

    fn everything(kind: u16, instances: std::ops::Range<u32>) -> Request {
        let all = vec![PropertyRef::new(id::ALL)];
        let object = |instance| (ObjectId::new(kind, instance).unwrap(), all.clone());
        let data = ReadPropertyMultiple { objects: instances.map(object).collect() }.encode();
        Request::new(9, confirmed::READ_PROPERTY_MULTIPLE, data)
    }

    #[test]
    fn what_does_not_fit_is_aborted() {
        let mut request = everything(object_type::ANALOG_INPUT, 1..5);
        request.data.extend(everything(object_type::ANALOG_VALUE, 1..3).data);
        let small = answered(0, Conduct::Sound, &request);
        assert_eq!(small, Apdu::Abort { invoke_id: 9, server: true, reason: 4 });
        assert!(matches!(answered(2, Conduct::Sound, &request), Apdu::ComplexAck { .. }));
        let narrow = Request { max_apdu: 206, ..everything(object_type::ANALOG_INPUT, 1..4) };
        assert!(matches!(answered(2, Conduct::Sound, &narrow), Apdu::Abort { .. }));
    }

    #[test]
    fn each_unknown_object_of_a_multiple_read_costs_only_itself() {
        let answer = answered(0, Conduct::Sound, &everything(object_type::ANALOG_INPUT, 4..6));
        let Apdu::ComplexAck { data, .. } = answer else { panic!("{answer:?}") };
        let ack = ReadPropertyMultipleAck::decode(&data).unwrap();
        assert!(ack.objects[0].1.iter().all(|(_, result)| result.is_ok()));
        let error = Err(error_code::UNKNOWN_OBJECT);
        assert_eq!(ack.objects[1].1, [(PropertyRef::new(id::ALL), error)]);
    }

    #[test]
    fn what_makes_no_sense_is_rejected() {
        let reject = |service, data: &[u8]| {
            let request = Request::new(3, service, data.to_vec());
            match answered(0, Conduct::Sound, &request) {
                Apdu::Reject { invoke_id: 3, reason } => reason,
                other => panic!("{other:?}"),
            }
        };
        let write = |priority| {
            WriteProperty {
                object: ObjectId::new(object_type::ANALOG_VALUE, 1).unwrap(),
                property: PropertyRef::new(id::PRESENT_VALUE),
                values: vec![Value::Real(20.0)],
                priority: Some(priority),
            }
            .encode()
        };
        assert_eq!(reject(confirmed::WRITE_PROPERTY, &write(17)), PARAMETER_OUT_OF_RANGE);
        assert_eq!(reject(confirmed::READ_PROPERTY, &[]), 5);
        assert_eq!(reject(confirmed::READ_PROPERTY_MULTIPLE, &[]), 5);
        assert_eq!(reject(confirmed::READ_PROPERTY, &[0x22, 1, 2]), 4);
        assert_eq!(reject(confirmed::WRITE_PROPERTY_MULTIPLE, &[]), 9);
    }

    proptest! {
        #[test]
        fn foreign_bytes_are_always_answered(
            at in 0..3_usize,
            service in 0..30_u8,
            data in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let answer = answered(at, Conduct::Sound, &Request::new(1, service, data));
            prop_assert!(answer.encode().len() <= 1476);
        }
    }
}
