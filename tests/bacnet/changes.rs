//! Changes that devices tell, from peers written here; and the lock-step clock.

use std::sync::Arc;
use std::time::Duration;

use hauswart::clock::LockStep;
use hauswart::field::{DeviceState, News};
use hauswart::model::{Clock, Quality};
use hauswart::site::BacnetSource;
use hauswart::wire::bacnet::{
    Apdu, BitString, CovNotification, CovValue, IAm, ObjectId, PropertyRef, ReadProperty,
    ReadPropertyAck, Request, Segmentation, SubscribeCov, Value, confirmed, property, unconfirmed,
};
use jiff::Timestamp;
use tokio::net::UdpSocket;

use crate::own::{ack, deaf_to_limits, peer, shared, unwrap, wrap};
use crate::rig::{
    Net, OFTEN, RARELY, add_device, add_point, at, number, site, source, start, start_with,
};

const SECOND: Duration = Duration::from_secs(1);

fn told(process: u32, instance: u32, value: f32, fault: bool) -> CovNotification {
    let one = |wanted, value| CovValue {
        property: PropertyRef::new(wanted),
        values: vec![value],
        priority: None,
    };
    let flags = Value::BitString(BitString(vec![false, fault, false, false]));
    CovNotification {
        process,
        device: ObjectId::device(1),
        object: ObjectId::new(2, instance).unwrap(),
        remaining: 60,
        values: vec![
            one(property::PRESENT_VALUE, Value::Real(value)),
            one(property::STATUS_FLAGS, flags),
        ],
    }
}

fn value_of(request: &Request) -> Vec<u8> {
    let asked = ReadProperty::decode(&request.data).unwrap();
    let values = vec![match asked.property.property {
        property::STATUS_FLAGS => Value::BitString(BitString(vec![false; 4])),
        _ => Value::Real(20.0),
    }];
    let given = ReadPropertyAck { object: asked.object, property: asked.property, values };
    ack(request, given.encode())
}

/// Takes subscriptions, refusing confirmed ones, and reads one by one.
fn subscribable(
    seen: Arc<std::sync::Mutex<Vec<SubscribeCov>>>,
) -> impl FnMut(Request) -> Vec<Vec<u8>> + Send + 'static {
    deaf_to_limits(move |request| {
        let (invoke_id, service) = (request.invoke_id, request.service);
        match service {
            confirmed::READ_PROPERTY => vec![value_of(&request)],
            confirmed::SUBSCRIBE_COV => {
                let asked = SubscribeCov::decode(&request.data).unwrap();
                seen.lock().unwrap().push(asked);
                vec![wrap(&match asked.terms {
                    Some((true, _)) => Apdu::Reject { invoke_id, reason: 6 },
                    _ => Apdu::SimpleAck { invoke_id, service },
                })]
            }
            _ => vec![wrap(&Apdu::Reject { invoke_id, reason: 9 })],
        }
    })
}

#[tokio::test]
async fn notifications_count_only_from_the_device_and_of_what_was_subscribed() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, at(net.host(2)));
    let point =
        add_point(&mut site, device, number(), RARELY, BacnetSource { cov: true, ..source(2, 1) });
    let (seen, subscriptions) = shared(Vec::new());
    // The device sends its notifications from the socket that it is asked on.
    let socket = Arc::new(UdpSocket::bind(net.host(2)).await.unwrap());
    let mut serve = subscribable(seen);
    let (answering, acks) = (Arc::clone(&socket), shared(Vec::new()));
    let (log, acks) = acks;
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = answering.recv_from(&mut buffer).await {
            match unwrap(&buffer[..length]) {
                Some(Apdu::Request(request)) => {
                    for datagram in serve(request) {
                        let _ = answering.send_to(&datagram, from).await;
                    }
                }
                Some(answer) => log.lock().unwrap().push(answer),
                None => {}
            }
        }
    });
    let mut driver = start(site);
    assert_eq!(driver.sample(point).await, Ok(20.0));
    let end = tokio::time::Instant::now() + crate::rig::LONG;
    while subscriptions.lock().unwrap().len() < 2 {
        assert!(tokio::time::Instant::now() < end, "no subscription");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let [refused, taken] = subscriptions.lock().unwrap()[..] else { panic!() };
    assert!(refused.terms.unwrap().0 && !taken.terms.unwrap().0, "{taken:?}");

    let us = net.host(1);
    let unconfirmed = |told: CovNotification| {
        wrap(&Apdu::Unconfirmed { service: unconfirmed::COV_NOTIFICATION, data: told.encode() })
    };
    let process = taken.process;
    let stranger = UdpSocket::bind(net.host(3)).await.unwrap();
    let foreign = unconfirmed(told(process, 1, 66.0, false));
    stranger.send_to(&foreign, us).await.unwrap();
    let other_process = unconfirmed(told(process + 7, 1, 66.0, false));
    socket.send_to(&other_process, us).await.unwrap();
    let other_object = unconfirmed(told(process, 2, 66.0, false));
    socket.send_to(&other_object, us).await.unwrap();
    socket.send_to(&unconfirmed(told(process, 1, 23.0, false)), us).await.unwrap();
    assert_eq!(driver.sample(point).await, Ok(23.0));
    socket.send_to(&unconfirmed(told(process, 1, 23.0, true)), us).await.unwrap();
    assert_eq!(driver.sample(point).await, Err(Quality::Faulty));

    // Confirmed ones are acknowledged; those of nobody are refused, so that
    // the device forgets us.
    for (process, id) in [(process, 1), (process + 7, 2)] {
        let data = told(process, 1, 24.0, false).encode();
        let request = Apdu::Request(Request::new(id, confirmed::COV_NOTIFICATION, data));
        socket.send_to(&wrap(&request), us).await.unwrap();
    }
    assert_eq!(driver.sample(point).await, Ok(24.0));
    while acks.lock().unwrap().len() < 2 {
        assert!(tokio::time::Instant::now() < end, "no answer");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let acks = acks.lock().unwrap().clone();
    assert!(matches!(acks[0], Apdu::SimpleAck { invoke_id: 1, service: 1 }), "{acks:?}");
    assert!(matches!(acks[1], Apdu::Error { invoke_id: 2, .. }), "{acks:?}");

    driver.end().await;
    let last = *subscriptions.lock().unwrap().last().unwrap();
    assert_eq!(last.terms, None, "cancelled at the end");
}

/// A device that was away, or says that it has just begun, has forgotten its
/// subscribers.
#[tokio::test]
async fn after_a_silence_and_after_a_restart_it_is_subscribed_again() {
    let net = Net::new();
    let mut site = site(net.settings(), Duration::from_millis(200));
    let device = add_device(&mut site, at(net.host(2)));
    let covered = BacnetSource { cov: true, ..source(2, 1) };
    add_point(&mut site, device, number(), OFTEN, covered);
    let (seen, subscriptions) = shared(Vec::new());
    let (quiet, mute) = shared(false);
    let (hail, sender) = tokio::sync::mpsc::channel::<Vec<u8>>(1);
    let mut serve = subscribable(seen);
    let socket = UdpSocket::bind(net.host(2)).await.unwrap();
    let us = net.host(1);
    tokio::spawn(async move {
        let mut sender = sender;
        let mut buffer = [0; 2048];
        loop {
            tokio::select! {
                Some(datagram) = sender.recv() => {
                    let _ = socket.send_to(&datagram, us).await;
                }
                received = socket.recv_from(&mut buffer) => {
                    let Ok((length, from)) = received else { return };
                    let Some(Apdu::Request(request)) = unwrap(&buffer[..length]) else { continue };
                    if *quiet.lock().unwrap() {
                        continue;
                    }
                    for datagram in serve(request) {
                        let _ = socket.send_to(&datagram, from).await;
                    }
                }
            }
        }
    });
    let mut driver = start(site);
    assert_eq!(driver.state().await.1, DeviceState::Answers);
    let at_least = async |count| {
        let wait = async {
            while subscriptions.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(crate::rig::LONG, wait).await.expect("no subscription");
    };
    at_least(2).await;
    *mute.lock().unwrap() = true;
    assert!(matches!(driver.state().await.1, DeviceState::Silent(_)));
    *mute.lock().unwrap() = false;
    assert_eq!(driver.state().await.1, DeviceState::Answers);
    at_least(4).await;
    // Within ten seconds an I-Am counts as an echo of what is known.
    let i_am =
        IAm { instance: 1, max_apdu: 480, segmentation: Segmentation::None, vendor: 0 }.encode();
    let i_am = wrap(&Apdu::Unconfirmed { service: unconfirmed::I_AM, data: i_am });
    tokio::time::sleep(Duration::from_secs(11)).await;
    for _ in 0..20 {
        hail.send(i_am.clone()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    at_least(6).await;
    assert!(subscriptions.lock().unwrap().len() <= 7, "a storm of I-Ams is not heeded");
    driver.end().await;
}

/// Time stands while a device is asked, runs while nobody is, and COV, whose
/// lifetimes are real, is not used.
#[tokio::test]
async fn on_the_lock_step_clock_each_beat_is_read_at_its_moment() {
    const BEATS: usize = 20;
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let poll = Duration::from_secs(600);
    let subscribed = BacnetSource { cov: true, ..source(2, 1) };
    let mut points = Vec::new();
    for host in [2, 3] {
        let device = add_device(&mut site, at(net.host(host)));
        points.push(add_point(&mut site, device, number(), poll, subscribed.clone()));
    }
    let (seen, subscriptions) = shared(Vec::new());
    peer(net.host(2), subscribable(Arc::clone(&seen))).await;
    peer(net.host(3), subscribable(seen)).await;
    let clock = Arc::new(LockStep::new(Timestamp::UNIX_EPOCH));
    let mut driver = start_with(site, Arc::clone(&clock) as Arc<dyn Clock>);
    let mut moments = vec![Vec::new(); 2];
    while moments.iter().any(|moments| moments.len() < BEATS) {
        // The report's token holds the clock up until it is dropped.
        let report = tokio::time::timeout(crate::rig::LONG, driver.reports.recv()).await;
        let report = report.expect("the clock stands").unwrap();
        if let News::Samples(samples) = &report.news {
            for sample in samples {
                assert_eq!(sample.at.steady, clock.now().steady, "time ran on");
                let place = points.iter().position(|point| *point == sample.point).unwrap();
                moments[place].push(sample.at.steady.as_secs());
            }
        }
    }
    for moments in &moments {
        let first = moments[0];
        for (beat, moment) in moments.iter().take(BEATS).enumerate() {
            assert_eq!(*moment, first + 600 * beat as u64, "{moments:?}");
        }
    }
    assert!(subscriptions.lock().unwrap().is_empty());
    drop(driver.requests);
    // Whatever is still on its way must not block the end.
    while driver.reports.recv().await.is_some() {}
    tokio::time::timeout(crate::rig::LONG, driver.task).await.unwrap().unwrap();
}
