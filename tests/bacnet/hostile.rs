//! Peers that mean harm, or know no better: foreign, late, garbled and endless
//! answers. None of them may become a value, a panic or a hang.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hauswart::field::bacnet::{Failure, Refusal, Target};
use hauswart::field::{RelinquishOutcome, WriteOutcome};
use hauswart::model::{Quality, Release};
use hauswart::wire::bacnet::{
    Apdu, DeviceError, ObjectId, PropertyRef, ReadProperty, ReadPropertyAck, ReadPropertyMultiple,
    ReadPropertyMultipleAck, Request, Segment, Value, WriteProperty, abort_reason, confirmed,
    error_code, property, reject_reason,
};

use crate::own::{Answers, ack, deaf_to_limits, peer, raw_peer, wrap};
use crate::rig::{Net, OFTEN, RARELY, add_analog, add_device, at, command, site, start};

const SHORT: Duration = Duration::from_millis(150);
const SECOND: Duration = Duration::from_secs(1);

fn analog(instance: u32) -> ObjectId {
    ObjectId::new(2, instance).unwrap()
}

const PRESENT: PropertyRef = PropertyRef::new(property::PRESENT_VALUE);

/// The right answer to a ReadProperty, with this value.
fn answer(request: &Request, value: Value) -> Vec<u8> {
    let asked = ReadProperty::decode(&request.data).unwrap();
    let values = vec![value];
    let given = ReadPropertyAck { object: asked.object, property: asked.property, values };
    ack(request, given.encode())
}

fn once(target: Target) -> Target {
    Target { tries: 1, ..target }
}

#[tokio::test]
async fn answers_to_something_else_are_not_taken() {
    let net = Net::new();
    let mut turn = 0;
    peer(net.host(2), move |request| {
        let asked = ReadProperty::decode(&request.data).unwrap();
        let other = |object, property, invoke_id| {
            let values = vec![Value::Real(666.0)];
            let data = ReadPropertyAck { object, property, values }.encode();
            ack(&Request { invoke_id, ..request.clone() }, data)
        };
        let id = request.invoke_id;
        turn += 1;
        vec![match turn {
            1 => other(asked.object, asked.property, id.wrapping_add(1)),
            2 => other(asked.object, asked.property, id.wrapping_sub(1)),
            3 => other(analog(2), asked.property, id),
            4 => other(asked.object, PropertyRef::new(104), id),
            5 => other(asked.object, PropertyRef::element(85, 1), id),
            6 => ack(&Request { service: 14, ..request.clone() }, vec![]),
            7 => wrap(&Apdu::SimpleAck { invoke_id: id, service: 12 }),
            8 => wrap(&Apdu::SimpleAck { invoke_id: id, service: 15 }),
            _ => answer(&request, Value::Real(21.0)),
        }]
    })
    .await;
    let client = net.client(SHORT);
    let target = once(Target::at(net.host(2)));
    for turn in 1..=8 {
        let read = client.read_property(&target, analog(1), PRESENT).await;
        assert!(matches!(read, Err(Failure::Silent | Failure::Wrong(_))), "{turn}: {read:?}");
    }
    let read = client.read_property(&target, analog(1), PRESENT).await;
    assert_eq!(read, Ok(vec![Value::Real(21.0)]));
}

#[tokio::test]
async fn the_right_answer_from_another_address_is_not_taken() {
    let net = Net::new();
    let stranger = Arc::new(tokio::net::UdpSocket::bind(net.host(3)).await.unwrap());
    let us = net.host(1);
    peer(net.host(2), move |request| {
        let stranger = Arc::clone(&stranger);
        let forged = answer(&request, Value::Real(666.0));
        tokio::spawn(async move { stranger.send_to(&forged, us).await });
        Vec::new()
    })
    .await;
    let client = net.client(SHORT);
    let target = once(Target::at(net.host(2)));
    let read = client.read_property(&target, analog(1), PRESENT).await;
    assert_eq!(read, Err(Failure::Silent));
}

#[tokio::test]
async fn late_answers_do_not_answer_the_next_question() {
    let net = Net::new();
    let mut held: Option<Vec<u8>> = None;
    let mut number = 0.0;
    peer(net.host(2), move |request| {
        // Each answer comes with the next question.
        number += 1.0;
        held.replace(answer(&request, Value::Real(number))).into_iter().collect()
    })
    .await;
    let client = net.client(SHORT);
    let target = once(Target::at(net.host(2)));
    for _ in 0..4 {
        let read = client.read_property(&target, analog(1), PRESENT).await;
        assert_eq!(read, Err(Failure::Silent));
    }
    // With retries the late answer is one to the same question.
    let target = Target { tries: 4, ..target };
    assert!(client.read_property(&target, analog(1), PRESENT).await.is_ok());
}

/// Three thousand mutated answers: no panic, no hang, and nothing taken but
/// what still names the question.
#[tokio::test]
async fn mutated_answers_never_become_a_wrong_value() {
    const PEERS: u8 = 30;
    const ROUNDS: usize = 100;
    let net = Net::new();
    let client = net.client(Duration::from_millis(60));
    let taken = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for number in 0..PEERS {
        let host = net.host(10 + number);
        let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ u64::from(number));
        let (given, last) = crate::own::shared((Vec::new(), Vec::new()));
        peer(host, move |request| {
            let whole = answer(&request, Value::Real(21.0));
            let mutated = random.mutate(&whole);
            *given.lock().unwrap() = (whole, mutated.clone());
            vec![mutated]
        })
        .await;
        let (client, taken) = (client.clone(), Arc::clone(&taken));
        tasks.push(tokio::spawn(async move {
            let target = once(Target::at(host));
            for _ in 0..ROUNDS {
                let read = client.read_property(&target, analog(1), PRESENT).await;
                let (whole, mutated) = last.lock().unwrap().clone();
                if let Ok(values) = read {
                    assert!(still_names_it(&whole, &mutated), "{mutated:02X?} gave {values:?}");
                    taken.fetch_add(1, Ordering::Relaxed);
                }
            }
        }));
    }
    for task in tasks {
        tokio::time::timeout(crate::rig::LONG, task).await.expect("a hang").expect("a panic");
    }
    // Some mutations touch only the value itself: the test would see values.
    assert!(taken.load(Ordering::Relaxed) > 50, "{taken:?}");
    // And the client has survived it all.
    let host = net.host(2);
    peer(host, |request| vec![answer(&request, Value::Real(21.0))]).await;
    let read = client.read_property(&Target::at(host), analog(1), PRESENT).await;
    assert_eq!(read, Ok(vec![Value::Real(21.0)]));
}

/// The octets before the value are what they were, but for network priority
/// and reserved bits that mean nothing.
fn still_names_it(whole: &[u8], mutated: &[u8]) -> bool {
    const VALUE: usize = 17;
    let significant = |bytes: &[u8]| {
        let mut head = bytes.get(..VALUE)?.to_vec();
        head[2] = 0; // the link's length is checked against the datagram's
        head[3] = 0;
        head[5] &= 0xA8; // expecting reply, priority, reserved
        head[6] &= 0xF8; // "more follows" means nothing alone; reserved
        Some(head)
    };
    significant(whole) == significant(mutated) && significant(whole).is_some()
}

/// xorshift: the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn mutate(&mut self, whole: &[u8]) -> Vec<u8> {
        let mut bytes = whole.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len().max(1));
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, self.below(256) as u8),
                2 if !bytes.is_empty() => drop(bytes.remove(at)),
                3 => bytes.extend_from_slice(&whole[at.min(whole.len())..]),
                _ if !bytes.is_empty() => bytes[at] = self.below(256) as u8,
                _ => {}
            }
        }
        if self.below(2) == 0 && bytes.len() >= 4 {
            // A link layer that agrees lets the harm through to the next one.
            let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
            bytes[2..4].copy_from_slice(&length);
        }
        bytes
    }
}

/// Defects 4 and 5: one schedule and one Latin-1 name do not cost the values
/// that stand beside them.
#[tokio::test]
async fn odd_values_do_not_cost_their_neighbours() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, at(net.host(2)));
    let points: Vec<_> =
        (1..=4).map(|number| add_analog(&mut site, device, RARELY, number)).collect();
    peer(
        net.host(2),
        deaf_to_limits(|request| {
            let asked = ReadPropertyMultiple::decode(&request.data).unwrap();
            let give = |(object, properties): (ObjectId, Vec<PropertyRef>)| {
                let results = properties.into_iter().map(|property| {
                    let value = match (object.instance(), property.property) {
                        // A weekly schedule, a name in ISO 8859-1, a long integer.
                        (1, 85) => {
                            Value::Raw(vec![0x0E, 0xB4, 8, 0, 0, 0, 0x44, 0x41, 0xA8, 0, 0, 0x0F])
                        }
                        (2, 85) => Value::Raw(vec![0x75, 5, 5, 0x42, 0xFC, 0x72, 0x6F]),
                        (3, 85) => Value::Raw(vec![0x0C, 0, 0, 0, 5]),
                        (_, 85) => Value::Real(21.0),
                        _ => return (property, Err(error_code::UNKNOWN_PROPERTY)),
                    };
                    (property, Ok(vec![value]))
                });
                (object, results.collect())
            };
            let objects = asked.objects.into_iter().map(give).collect();
            vec![ack(&request, ReadPropertyMultipleAck { objects }.encode())]
        }),
    )
    .await;
    let mut driver = start(site);
    let faulty = Err(Quality::Faulty);
    assert_eq!(driver.samples(&points).await, [faulty, faulty, faulty, Ok(21.0)]);
    driver.end().await;
}

/// An answer that cannot be taken apart at all is narrowed down until only the
/// bad point is lost.
#[tokio::test]
async fn one_undecodable_answer_costs_only_its_own_point() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, at(net.host(2)));
    let points: Vec<_> =
        (1..=4).map(|number| add_analog(&mut site, device, OFTEN, number)).collect();
    let (count, requests) = crate::own::shared(0);
    peer(
        net.host(2),
        deaf_to_limits(move |request| {
            *count.lock().unwrap() += 1;
            let value = |object: ObjectId| match object.instance() {
                3 => Value::Raw(vec![0x0E, 0x21, 5]), // a bracket that never closes
                number => Value::Real(number as f32),
            };
            if request.service == confirmed::READ_PROPERTY {
                let asked = ReadProperty::decode(&request.data).unwrap();
                return vec![answer(&request, value(asked.object))];
            }
            let asked = ReadPropertyMultiple::decode(&request.data).unwrap();
            let give = |(object, properties): (ObjectId, Vec<PropertyRef>)| {
                let results = properties.into_iter().map(|property| match property.property {
                    85 => (property, Ok(vec![value(object)])),
                    _ => (property, Err(error_code::UNKNOWN_PROPERTY)),
                });
                (object, results.collect())
            };
            let objects = asked.objects.into_iter().map(give).collect();
            vec![ack(&request, ReadPropertyMultipleAck { objects }.encode())]
        }),
    )
    .await;
    let mut driver = start(site);
    let expected = [Ok(1.0), Ok(2.0), Err(Quality::Faulty), Ok(4.0)];
    for _ in 0..2 {
        assert_eq!(driver.samples(&points).await, expected);
    }
    // The bad one is remembered: it no longer costs its neighbours a round.
    *requests.lock().unwrap() = 0;
    assert_eq!(driver.samples(&points).await, expected);
    assert!(*requests.lock().unwrap() <= 3, "{requests:?}");
    driver.end().await;
}

/// The device aborts what is too long for it; that is remembered.
#[tokio::test]
async fn an_abort_halves_the_batch_and_is_remembered() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, at(net.host(2)));
    let points: Vec<_> =
        (0..12).map(|number| add_analog(&mut site, device, OFTEN, number)).collect();
    let (count, aborts) = crate::own::shared(0);
    peer(
        net.host(2),
        deaf_to_limits(move |request| {
            let asked = ReadPropertyMultiple::decode(&request.data).unwrap();
            if asked.objects.len() > 3 {
                *count.lock().unwrap() += 1;
                let reason = abort_reason::SEGMENTATION_NOT_SUPPORTED;
                let invoke_id = request.invoke_id;
                return vec![wrap(&Apdu::Abort { invoke_id, server: true, reason })];
            }
            let give = |(object, properties): (ObjectId, Vec<PropertyRef>)| {
                let results = properties.into_iter().map(|property| match property.property {
                    85 => (property, Ok(vec![Value::Real(object.instance() as f32)])),
                    _ => (property, Err(error_code::UNKNOWN_PROPERTY)),
                });
                (object, results.collect())
            };
            let objects = asked.objects.into_iter().map(give).collect();
            vec![ack(&request, ReadPropertyMultipleAck { objects }.encode())]
        }),
    )
    .await;
    let mut driver = start(site);
    let expected: Vec<_> = (0..12).map(|number| Ok(f64::from(number))).collect();
    assert_eq!(driver.samples(&points).await, expected);
    let after_first = *aborts.lock().unwrap();
    assert!((1..=3).contains(&after_first), "{after_first}");
    for _ in 0..3 {
        assert_eq!(driver.samples(&points).await, expected);
    }
    assert_eq!(*aborts.lock().unwrap(), after_first);
    driver.end().await;
}

/// Defects 1 and 6: what leaves is the property, index and priority that were
/// meant; what comes back is the device's no in full width, wrapped or not,
/// and never looks like a time-out.
#[tokio::test]
async fn writes_go_where_they_should_and_refusals_keep_their_width() {
    let net = Net::new();
    let (seen, written) = crate::own::shared(Vec::new());
    peer(net.host(2), move |request| {
        let asked = WriteProperty::decode(&request.data).unwrap();
        let value = asked.values[0].clone();
        seen.lock().unwrap().push(asked);
        let id = request.invoke_id;
        vec![match value {
            Value::Unsigned(1) => {
                let error = DeviceError { class: 2, code: 0x1234 };
                wrap(&Apdu::Error { invoke_id: id, service: 15, error })
            }
            Value::Unsigned(2) => {
                let mut wrapped = wrap(&Apdu::SimpleAck { invoke_id: id, service: 15 });
                wrapped.truncate(6);
                wrapped.extend([0x50, id, 15, 0x0E, 0x91, 2, 0x91, 40, 0x0F]);
                wrapped[3] = u8::try_from(wrapped.len()).unwrap();
                wrapped
            }
            Value::Unsigned(3) => {
                wrap(&Apdu::Reject { invoke_id: id, reason: reject_reason::INVALID_TAG })
            }
            _ => wrap(&Apdu::SimpleAck { invoke_id: id, service: 15 }),
        }]
    })
    .await;
    let client = net.client(SECOND);
    let target = Target::at(net.host(2));
    let property = PropertyRef::element(0x1_0055, 300);
    let write = async |value| {
        client.write_property(&target, analog(1), property, vec![value], Some(13)).await
    };
    assert_eq!(write(Value::Real(1.0)).await, Ok(()));
    let refused = |refusal| Err(Failure::Refused(refusal));
    let wide = DeviceError { class: 2, code: 0x1234 };
    assert_eq!(write(Value::Unsigned(1)).await, refused(Refusal::Error(wide)));
    let denied = Refusal::Error(error_code::WRITE_ACCESS_DENIED);
    assert_eq!(write(Value::Unsigned(2)).await, refused(denied));
    assert_eq!(write(Value::Unsigned(3)).await, refused(Refusal::Reject(4)));
    let written = written.lock().unwrap();
    assert_eq!(written.len(), 4, "nothing was sent twice");
    assert_eq!((written[0].property, written[0].priority), (property, Some(13)));
    assert_eq!(written[0].values, [Value::Real(1.0)]);
}

/// A peer that answers in segments of one octet each, a window at a time, and
/// sends nothing more until segment 0 has been acknowledged.
fn in_segments(values: Vec<u8>) -> impl FnMut(Apdu) -> Answers + Send + 'static {
    const WINDOW: usize = 16;
    let mut open: Option<(u8, Vec<u8>)> = None;
    let part = |invoke_id, data: &[u8], at: usize| {
        let sequence = (at % 256) as u8;
        let more_follows = at + 1 < data.len();
        let segment = Some(Segment { sequence, window: WINDOW as u8, more_follows });
        let data = vec![data[at]];
        wrap(&Apdu::ComplexAck { invoke_id, service: 12, segment, data })
    };
    let mut sent = 0;
    move |apdu| match apdu {
        Apdu::Request(request) => {
            let asked = ReadProperty::decode(&request.data).unwrap();
            let values = vec![Value::OctetString(values.clone())];
            let given = ReadPropertyAck { object: asked.object, property: asked.property, values };
            let data = given.encode();
            let first = part(request.invoke_id, &data, 0);
            open = Some((request.invoke_id, data));
            sent = 1;
            vec![first]
        }
        Apdu::SegmentAck { server: false, sequence, window, .. } => {
            let Some((invoke_id, data)) = &open else { return Vec::new() };
            // Where the acknowledged one stands in the whole.
            let back = (sent - 1) as u8;
            let next = sent - usize::from(back.wrapping_sub(sequence));
            let end = (next + usize::from(window)).min(data.len());
            sent = end;
            (next..end).map(|at| part(*invoke_id, data, at)).collect()
        }
        _ => Vec::new(),
    }
}

/// Defect 7: beyond sequence number 255, and two devices at a time with the
/// same invoke ids, whose segments must not mix.
#[tokio::test]
async fn long_segmented_answers_of_two_devices_at_a_time() {
    let net = Net::new();
    let (one, two) = (vec![1; 700], vec![2; 700]);
    raw_peer(net.host(2), in_segments(one.clone())).await;
    raw_peer(net.host(3), in_segments(two.clone())).await;
    let client = net.client(SECOND);
    let (first, second) = (Target::at(net.host(2)), Target::at(net.host(3)));
    for _ in 0..3 {
        let (a, b) = tokio::join!(
            client.read_property(&first, analog(1), PRESENT),
            client.read_property(&second, analog(1), PRESENT),
        );
        assert_eq!(a, Ok(vec![Value::OctetString(one.clone())]));
        assert_eq!(b, Ok(vec![Value::OctetString(two.clone())]));
    }
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let net = Net::new();
    let (abort, aborted) = crate::own::shared(false);
    raw_peer(net.host(2), move |apdu| {
        let (invoke_id, sequence) = match apdu {
            Apdu::Request(request) => (request.invoke_id, 0),
            Apdu::SegmentAck { invoke_id, sequence, .. } => (invoke_id, sequence.wrapping_add(1)),
            Apdu::Abort { server: false, .. } => {
                *abort.lock().unwrap() = true;
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        let segment = Some(Segment { sequence, window: 1, more_follows: true });
        let data = vec![0; 1400];
        vec![wrap(&Apdu::ComplexAck { invoke_id, service: 12, segment, data })]
    })
    .await;
    let client = net.client(SECOND);
    let read = client.read_property(&Target::at(net.host(2)), analog(1), PRESENT).await;
    assert!(matches!(read, Err(Failure::Wrong(_))), "{read:?}");
    tokio::time::sleep(SHORT).await;
    assert!(*aborted.lock().unwrap());
}

/// A device that says the same again and again holds nobody up for ever.
#[tokio::test]
async fn a_device_that_repeats_itself_is_given_up() {
    let net = Net::new();
    let socket = tokio::net::UdpSocket::bind(net.host(2)).await.unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        let mut begun = None;
        loop {
            let received = tokio::time::timeout(SHORT / 10, socket.recv_from(&mut buffer)).await;
            if let Ok(Ok((length, from))) = received
                && let Some(Apdu::Request(request)) = crate::own::unwrap(&buffer[..length])
            {
                let segment = Some(Segment { sequence: 0, window: 4, more_follows: true });
                let (invoke_id, service) = (request.invoke_id, request.service);
                let data = vec![0; 10];
                let first = wrap(&Apdu::ComplexAck { invoke_id, service, segment, data });
                begun = Some((first, from));
            }
            if let Some((first, from)) = &begun {
                let _ = socket.send_to(first, from).await;
            }
        }
    });
    let client = net.client(SHORT);
    let target = Target::at(net.host(2));
    let read = client.read_property(&target, analog(1), PRESENT);
    let read = tokio::time::timeout(crate::rig::LONG, read).await.expect("a hang");
    assert_eq!(read, Err(Failure::Silent));

    // The same with a long request, none of whose segments is taken.
    let host = net.host(3);
    raw_peer(host, |apdu| match apdu {
        Apdu::Request(Request { invoke_id, .. }) => vec![wrap(&Apdu::SegmentAck {
            invoke_id,
            negative: true,
            server: true,
            sequence: 255,
            window: 4,
        })],
        _ => Vec::new(),
    })
    .await;
    let target = Target { max_apdu: 50, segments: true, ..Target::at(host) };
    let long = vec![Value::OctetString(vec![7; 500])];
    let write = client.write_property(&target, analog(1), PRESENT, long.clone(), None);
    let write = tokio::time::timeout(crate::rig::LONG, write).await.expect("a hang");
    assert_eq!(write, Err(Failure::Silent));
    let target = Target { segments: false, ..target };
    let write = client.write_property(&target, analog(1), PRESENT, long, None).await;
    assert_eq!(write, Err(Failure::TooLong));
}

/// A device whose priority array cannot be read.
#[tokio::test]
async fn without_a_readable_array_the_present_value_stands_for_the_slot() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, at(net.host(2)));
    let point = add_analog(&mut site, device, RARELY, 1);
    command(&mut site, point, Release::Slot(13));
    let (held, value) = crate::own::shared(18.0_f32);
    let (log, nulls) = crate::own::shared(0);
    peer(
        net.host(2),
        deaf_to_limits(move |request| {
            let (invoke_id, service) = (request.invoke_id, request.service);
            let refuse = |error| vec![wrap(&Apdu::Error { invoke_id, service, error })];
            match service {
                confirmed::WRITE_PROPERTY => {
                    match WriteProperty::decode(&request.data).unwrap().values[0] {
                        Value::Real(value) => *held.lock().unwrap() = value,
                        _ => *log.lock().unwrap() += 1,
                    }
                    vec![wrap(&Apdu::SimpleAck { invoke_id, service })]
                }
                confirmed::READ_PROPERTY => {
                    match ReadProperty::decode(&request.data).unwrap().property.property {
                        property::PRESENT_VALUE => {
                            vec![answer(&request, Value::Real(*held.lock().unwrap()))]
                        }
                        _ => refuse(error_code::UNKNOWN_PROPERTY),
                    }
                }
                _ => vec![wrap(&Apdu::Reject { invoke_id, reason: 9 })],
            }
        }),
    )
    .await;
    let driver = start(site);
    assert_eq!(driver.write(point, 21.5).await, WriteOutcome::Held(21.5));
    assert_eq!(driver.base(point).await, None);
    *value.lock().unwrap() = 15.0;
    // Somebody above us rules: what our slot holds is not known.
    let outcome = driver.relinquish(point, 21.5).await;
    assert!(matches!(outcome, RelinquishOutcome::Refused(_)), "{outcome:?}");
    assert_eq!(*nulls.lock().unwrap(), 0);
    *value.lock().unwrap() = 21.5;
    assert_eq!(driver.relinquish(point, 21.5).await, RelinquishOutcome::Released);
    assert_eq!(*nulls.lock().unwrap(), 1);
    driver.end().await;
}

/// A device that takes the write and forgets it, and one that says it is busy.
#[tokio::test]
async fn what_is_not_held_is_not_confirmed_and_a_busy_device_is_asked_again() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, at(net.host(2)));
    let point = add_analog(&mut site, device, RARELY, 1);
    command(&mut site, point, Release::Slot(13));
    let mut busy = 2;
    peer(
        net.host(2),
        deaf_to_limits(move |request| {
            let (invoke_id, service) = (request.invoke_id, request.service);
            match service {
                confirmed::WRITE_PROPERTY if busy > 0 => {
                    busy -= 1;
                    let error = error_code::DEVICE_BUSY;
                    vec![wrap(&Apdu::Error { invoke_id, service, error })]
                }
                confirmed::WRITE_PROPERTY => vec![wrap(&Apdu::SimpleAck { invoke_id, service })],
                confirmed::READ_PROPERTY => vec![answer(&request, Value::Null)],
                _ => vec![wrap(&Apdu::Reject { invoke_id, reason: 9 })],
            }
        }),
    )
    .await;
    let driver = start(site);
    let outcome = driver.write(point, 21.5).await;
    let WriteOutcome::NotReadBack(words) = outcome else { panic!("{outcome:?}") };
    assert!(words.contains("slot 13 is empty"), "{words}");
    driver.end().await;
}

/// Status flags alone make a value faulty, also where they cost a request.
#[tokio::test]
async fn the_fault_flag_is_heeded_without_read_property_multiple() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, at(net.host(2)));
    let good = add_analog(&mut site, device, OFTEN, 1);
    let bad = add_analog(&mut site, device, OFTEN, 2);
    peer(
        net.host(2),
        deaf_to_limits(move |request| {
            if request.service != confirmed::READ_PROPERTY {
                let invoke_id = request.invoke_id;
                return vec![wrap(&Apdu::Reject { invoke_id, reason: 9 })];
            }
            let asked = ReadProperty::decode(&request.data).unwrap();
            let fault = asked.object.instance() == 2;
            let flags = hauswart::wire::bacnet::BitString(vec![false, fault, false, true]);
            vec![match asked.property.property {
                property::STATUS_FLAGS => answer(&request, Value::BitString(flags)),
                _ => answer(&request, Value::Real(21.0)),
            }]
        }),
    )
    .await;
    let mut driver = start(site);
    for _ in 0..6 {
        assert_eq!(driver.samples(&[good, bad]).await, [Ok(21.0), Err(Quality::Faulty)]);
    }
    driver.end().await;
}

/// We serve nothing: whoever asks is told so and does not wait.
#[tokio::test]
async fn requests_to_us_are_rejected_and_who_is_is_answered() {
    let net = Net::new();
    let settings = hauswart::site::BacnetIp { instance: Some(4711), ..net.settings() };
    let _client = hauswart::field::bacnet::Client::open(&settings, SECOND).unwrap();
    let other = Net::new().client(SECOND);
    let us = Target::at(net.host(1));
    let read = other.read_property(&us, analog(1), PRESENT).await;
    assert_eq!(read, Err(Failure::Refused(Refusal::Reject(9))));
    let unknown = other.request(&us, 99, Vec::new()).await;
    assert_eq!(unknown, Err(Failure::Refused(Refusal::Reject(9))));
    let mut heard = Net::new().settings();
    heard.bind = std::net::SocketAddrV4::new(*heard.bind.ip(), net.port);
    let asker = hauswart::field::bacnet::Client::open(&heard, SECOND).unwrap();
    let (peer, i_am) = asker.find_device(4711, 4).await.unwrap();
    assert_eq!((peer.address, i_am.instance), (net.host(1), 4711));
    assert!(asker.find_device(4712, 1).await.is_err());
}
