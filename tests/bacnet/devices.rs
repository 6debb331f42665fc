//! Reading: bacpypes3 devices of all kinds, faults they tell, and devices that
//! know little.

use std::sync::atomic::Ordering;
use std::time::Duration;

use hauswart::field::DeviceState;
use hauswart::field::bacnet::{TRIES, Target};
use hauswart::model::{Kind, Quality};
use hauswart::site::BacnetSource;
use hauswart::wire::bacnet::{ObjectId, PropertyRef, Value, object_type, property};
use serde_json::{Value as Json, json};

use crate::rig::{
    Devices, LONG, Net, OFTEN, RARELY, add_analog, add_device, add_point, at, by_instance, number,
    site, source, start,
};

const SECOND: Duration = Duration::from_secs(1);

fn analog(instance: u32, value: f64) -> Json {
    json!({"type": "analog-value", "instance": instance, "value": value})
}

#[tokio::test]
async fn values_of_all_kinds_from_a_device_found_by_who_is() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, by_instance(1));
    let mut points = Vec::new();
    for (kind, instance) in [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 99)] {
        points.push(add_point(&mut site, device, number(), RARELY, source(kind, instance)));
    }
    site.points.get_mut(points[4]).range = Some((-40.0, 60.0));
    points.push(add_point(&mut site, device, Kind::switch(), RARELY, source(3, 1)));
    let modes = ["standby", "night", "day"].map(String::from).to_vec();
    for instance in [1, 2] {
        let states = vec![(1, 0), (2, 1), (3, 2)];
        let source = BacnetSource { states, ..source(19, instance) };
        points.push(add_point(&mut site, device, Kind::States(modes.clone()), RARELY, source));
    }
    let scaled = BacnetSource { scale: 0.1, offset: 1.0, ..source(0, 1) };
    points.push(add_point(&mut site, device, number(), RARELY, scaled));
    let units = BacnetSource { property: property::UNITS, ..source(0, 1) };
    points.push(add_point(&mut site, device, number(), RARELY, units));
    let _devices = Devices::start(&json!([{"instance": 1, "address": net.text(2), "objects": [
        {"type": "analog-input", "instance": 1, "value": 21.5},
        {"type": "analog-input", "instance": 2, "value": 21.5, "reliability": "no-sensor"},
        {"type": "analog-input", "instance": 3, "value": 21.5, "outOfService": true},
        {"type": "analog-input", "instance": 4, "value": f64::NAN.to_string()},
        {"type": "analog-input", "instance": 5, "value": 85.0},
        {"type": "binary-input", "instance": 1, "value": "active"},
        {"type": "multi-state-value", "instance": 1, "value": 3},
        {"type": "multi-state-value", "instance": 2, "value": 4},
    ]}]));
    let mut driver = start(site);
    let values = driver.samples(&points).await;
    let faulty = Err(Quality::Faulty);
    let expected = [
        Ok(21.5),
        faulty,   // its fault flag
        Ok(21.5), // out of service alone is the operator's wish
        faulty,   // NaN
        Err(Quality::OutOfRange),
        faulty, // no such object
        Ok(1.0),
        Ok(2.0),
        Err(Quality::OutOfRange), // a state that the site does not know
        Ok(3.15),
        Ok(62.0), // degrees Celsius, read without status
    ];
    for (place, (value, expected)) in values.iter().zip(expected).enumerate() {
        match (value, expected) {
            (Ok(value), Ok(expected)) => assert!((value - expected).abs() < 1e-6, "{place}"),
            (value, expected) => assert_eq!(*value, expected, "{place}"),
        }
    }
    driver.end().await;
}

#[tokio::test]
async fn a_device_at_its_address_needs_no_broadcast_and_one_of_another_number_is_a_stranger() {
    let net = Net::new();
    let settings = hauswart::site::BacnetIp { broadcast: None, ..net.settings() };
    let mut site = site(settings, SECOND);
    let right = add_device(&mut site, at(net.host(2)));
    site.devices[right].address =
        hauswart::site::DeviceAddress::Bacnet(hauswart::site::BacnetAddress {
            instance: Some(7),
            ..at(net.host(2))
        });
    let wrong = add_device(&mut site, at(net.host(3)));
    site.devices[wrong].address =
        hauswart::site::DeviceAddress::Bacnet(hauswart::site::BacnetAddress {
            instance: Some(9),
            ..at(net.host(3))
        });
    let point = add_analog(&mut site, right, OFTEN, 1);
    add_analog(&mut site, wrong, OFTEN, 1);
    let _devices = Devices::start(&json!([
        {"instance": 7, "address": net.text(2), "objects": [analog(1, 21.0)]},
        {"instance": 8, "address": net.text(3), "objects": [analog(1, 99.0)]},
    ]));
    let mut driver = start(site);
    let mut states = [driver.state().await, driver.state().await];
    states.sort_by_key(|(device, _)| *device);
    assert_eq!(states[0], (right, DeviceState::Answers));
    let DeviceState::Silent(words) = &states[1].1 else { panic!("{states:?}") };
    assert!(words.contains("another device than 9"), "{words}");
    assert_eq!(driver.sample(point).await, Ok(21.0));
    driver.end().await;
}

#[tokio::test]
async fn many_points_in_few_requests() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, by_instance(1));
    let points: Vec<_> =
        (0..100).map(|number| add_analog(&mut site, device, RARELY, number)).collect();
    let objects: Vec<_> = (0..100).map(|number| analog(number, f64::from(number))).collect();
    let mut devices =
        Devices::start(&json!([{"instance": 1, "address": net.text(2), "objects": objects}]));
    let mut driver = start(site);
    let values = driver.samples(&points).await;
    assert_eq!(values, (0..100).map(|number| Ok(f64::from(number))).collect::<Vec<_>>());
    let seen = devices.seen(1);
    let requests = seen.iter().filter(|name| name.starts_with("Read")).count();
    assert!(requests <= 4, "{seen:?}");
    driver.end().await;
}

#[tokio::test]
async fn a_device_without_read_property_multiple_is_read_singly_and_remembered() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, by_instance(1));
    let points: Vec<_> =
        (1..=5).map(|number| add_analog(&mut site, device, OFTEN, number)).collect();
    let objects: Vec<_> = (1..=5).map(|number| analog(number, f64::from(number))).collect();
    let mut devices = Devices::start(&json!([{"instance": 1, "address": net.text(2),
        "without": ["ReadPropertyMultiple"], "objects": objects}]));
    let mut driver = start(site);
    for _ in 0..3 {
        let values = driver.samples(&points).await;
        assert_eq!(values, (1..=5).map(|number| Ok(f64::from(number))).collect::<Vec<_>>());
    }
    let seen = devices.seen(1);
    let multiple = seen.iter().filter(|name| *name == "ReadPropertyMultiple").count();
    assert_eq!(multiple, 1, "{seen:?}");
    driver.end().await;
}

/// Some do not even reject a service that they do not know.
#[tokio::test]
async fn a_device_that_ignores_read_property_multiple_is_not_taken_for_dead() {
    let net = Net::new();
    let mut site = site(net.settings(), Duration::from_millis(500));
    let device = add_device(&mut site, by_instance(1));
    let points = [1, 2].map(|number| add_analog(&mut site, device, OFTEN, number));
    let mut devices = Devices::start(&json!([{"instance": 1, "address": net.text(2),
        "ignores": ["ReadPropertyMultiple"], "objects": [analog(1, 1.0), analog(2, 2.0)]}]));
    let mut driver = start(site);
    assert_eq!(driver.state().await, (device, DeviceState::Answers));
    assert_eq!(driver.samples(&points).await, [Ok(1.0), Ok(2.0)]);
    devices.seen(1);
    assert_eq!(driver.samples(&points).await, [Ok(1.0), Ok(2.0)]);
    assert!(!devices.seen(1).contains(&"ReadPropertyMultiple".to_owned()));
    devices.tell(&json!({"device": 1, "mute": true}));
    assert!(matches!(driver.state().await, (_, DeviceState::Silent(_))));
    devices.tell(&json!({"device": 1, "mute": false}));
    assert_eq!(driver.state().await, (device, DeviceState::Answers));
    assert_eq!(driver.samples(&points).await, [Ok(1.0), Ok(2.0)]);
    driver.end().await;
}

#[tokio::test]
async fn small_devices_without_segments_get_small_requests() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, by_instance(1));
    let points: Vec<_> =
        (0..20).map(|number| add_analog(&mut site, device, OFTEN, number)).collect();
    let objects: Vec<_> = (0..20).map(|number| analog(number, f64::from(number))).collect();
    let _devices = Devices::start(&json!([{"instance": 1, "address": net.text(2),
        "max_apdu": 128, "segmentation": "no-segmentation", "objects": objects}]));
    let mut driver = start(site);
    for _ in 0..2 {
        let values = driver.samples(&points).await;
        assert_eq!(values, (0..20).map(|number| Ok(f64::from(number))).collect::<Vec<_>>());
    }
    driver.end().await;
}

/// Defect 7: an answer above one max-APDU, from a device that waits for the
/// acknowledgement of segment 0.
#[tokio::test]
async fn a_segmented_answer_and_a_segmented_request() {
    let net = Net::new();
    let objects: Vec<_> = (0..200).map(|number| analog(number, 0.0)).collect();
    let _devices = Devices::start(&json!([{"instance": 1, "address": net.text(2),
        "max_apdu": 128, "objects": objects}]));
    let client = net.client(SECOND);
    let target = Target { max_apdu: 128, segments: true, ..Target::at(net.host(2)) };
    let list = client
        .read_property(&target, ObjectId::device(1), PropertyRef::new(property::OBJECT_LIST))
        .await
        .unwrap();
    let analog = ObjectId::new(object_type::ANALOG_VALUE, 199).unwrap();
    assert!(list.contains(&Value::ObjectId(analog)), "{} objects", list.len());

    let text = "Büro ".repeat(200);
    let description = PropertyRef::new(property::DESCRIPTION);
    let value = Value::CharacterString(text);
    client.write_property(&target, analog, description, vec![value.clone()], None).await.unwrap();
    assert_eq!(client.read_property(&target, analog, description).await, Ok(vec![value]));
}

#[tokio::test]
async fn a_dead_device_delays_nobody_and_comes_back_by_itself() {
    let net = Net::new();
    let mut site = site(net.settings(), Duration::from_millis(300));
    let dead = add_device(&mut site, by_instance(1));
    let alive = add_device(&mut site, by_instance(2));
    let lost = add_analog(&mut site, dead, OFTEN, 1);
    let kept = add_analog(&mut site, alive, OFTEN, 1);
    let config = json!([{"instance": 1, "address": net.text(2), "objects": [analog(1, 1.0)]}]);
    let mut first = Devices::start(&config);
    let _second = Devices::start(
        &json!([{"instance": 2, "address": net.text(3), "objects": [analog(1, 2.0)]}]),
    );
    let mut driver = start(site);
    assert_eq!(driver.samples(&[lost, kept]).await, [Ok(1.0), Ok(2.0)]);
    first.0.kill();
    let mut meanwhile = 0;
    loop {
        match driver.news().await {
            hauswart::field::News::Samples(samples) => {
                meanwhile += samples.iter().filter(|sample| sample.point == kept).count();
            }
            hauswart::field::News::Device { device, state: DeviceState::Silent(_) } => {
                assert_eq!(device, dead);
                break;
            }
            _ => {}
        }
    }
    // Four time-outs of 300 ms, a beat each 200 ms.
    assert!(meanwhile >= 3, "{meanwhile}");
    assert!(u64::from(TRIES) * 300 >= 1200);
    let _first = Devices::start(&config);
    assert_eq!(driver.sample(lost).await, Ok(1.0));
    driver.end().await;
}

#[tokio::test]
async fn a_device_that_reports_its_changes_need_not_be_polled_for_them() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, by_instance(1));
    let subscribed = BacnetSource { cov: true, ..source(2, 1) };
    let point = add_point(&mut site, device, number(), RARELY, subscribed);
    let config = json!([{"instance": 1, "address": net.text(2), "objects": [analog(1, 20.0)]}]);
    let mut devices = Devices::start(&config);
    let mut driver = start(site);
    assert_eq!(driver.sample(point).await, Ok(20.0));
    wait_for_subscription(&mut devices, &json!(1)).await;
    devices.tell(&json!({"device": 1, "set": ["analog-value,1", "presentValue", 23.0]}));
    driver.becomes(point, Ok(23.0)).await;
    devices.tell(&json!({"device": 1, "set": ["analog-value,1", "statusFlags", [0, 1, 0, 0]]}));
    driver.becomes(point, Err(Quality::Faulty)).await;
    driver.end().await;
    wait_for_subscription(&mut devices, &json!(0)).await;
}

async fn wait_for_subscription(devices: &mut Devices, count: &Json) {
    let end = tokio::time::Instant::now() + LONG;
    while devices.tell(&json!({"device": 1, "subscriptions": true})) != *count {
        assert!(tokio::time::Instant::now() < end, "never {count} subscriptions");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_device_without_cov_is_polled() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, by_instance(1));
    let subscribed = BacnetSource { cov: true, ..source(2, 1) };
    let point = add_point(&mut site, device, number(), OFTEN, subscribed);
    let mut devices = Devices::start(&json!([{"instance": 1, "address": net.text(2),
        "without": ["SubscribeCOV"], "objects": [analog(1, 20.0)]}]));
    let mut driver = start(site);
    assert_eq!(driver.sample(point).await, Ok(20.0));
    devices.tell(&json!({"device": 1, "set": ["analog-value,1", "presentValue", 23.0]}));
    driver.becomes(point, Ok(23.0)).await;
    driver.end().await;
}

#[tokio::test]
async fn a_device_whose_watchdog_is_fed_by_reads_is_left_alone_while_held_back() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, by_instance(1));
    site.devices[device].watchdog_fed_by_reads = true;
    let point = add_analog(&mut site, device, OFTEN, 1);
    let mut devices = Devices::start(&json!([{"instance": 1, "address": net.text(2),
        "objects": [analog(1, 20.0)]}]));
    let mut driver = start(site);
    driver.becomes(point, Ok(20.0)).await;
    driver.hold_back.store(true, Ordering::Relaxed);
    // What was on the way may still come.
    tokio::time::sleep(SECOND).await;
    devices.seen(1);
    tokio::time::sleep(SECOND).await;
    assert_eq!(devices.seen(1), [""; 0]);
    driver.hold_back.store(false, Ordering::Relaxed);
    devices.tell(&json!({"device": 1, "set": ["analog-value,1", "presentValue", 21.0]}));
    driver.becomes(point, Ok(21.0)).await;
    driver.end().await;
}
