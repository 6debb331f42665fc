//! Writing at a priority, reading back, letting go.

use std::time::Duration;

use hauswart::field::{RelinquishOutcome, WriteOutcome};
use hauswart::model::{Commander, Kind, PointId, Release};
use hauswart::site::{BacnetSource, Site};
use serde_json::{Value as Json, json};

use crate::rig::{
    Devices, Net, RARELY, add_analog, add_device, add_point, by_instance, command, site, source,
    start,
};

const SECOND: Duration = Duration::from_secs(1);

/// A device with a setpoint, a mode and a switch, all commanded at slot 13.
fn rig(net: Net) -> (Site, [PointId; 3], Devices) {
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, by_instance(1));
    let setpoint = add_analog(&mut site, device, RARELY, 1);
    let modes = ["standby", "night", "day"].map(String::from).to_vec();
    let states = vec![(1, 0), (2, 1), (3, 2)];
    let mode = BacnetSource { states, ..source(14, 1) };
    let mode = add_point(&mut site, device, Kind::States(modes), RARELY, mode);
    let switch = add_point(&mut site, device, Kind::switch(), RARELY, source(4, 1));
    for point in [setpoint, mode, switch] {
        command(&mut site, point, Release::Slot(13));
    }
    let devices = Devices::start(&json!([{"instance": 1, "address": net.text(2), "objects": [
        {"type": "analog-value", "instance": 1, "value": 18.0, "commandable": true},
        {"type": "multi-state-output", "instance": 1, "value": 1, "commandable": true},
        {"type": "binary-output", "instance": 1, "value": "inactive", "commandable": true},
    ]}]));
    (site, [setpoint, mode, switch], devices)
}

#[tokio::test]
async fn commands_stand_in_their_slot_and_are_let_go_with_null() {
    let (site, [setpoint, mode, switch], mut devices) = rig(Net::new());
    let driver = start(site);
    assert_eq!(driver.write(setpoint, 21.5).await, WriteOutcome::Held(21.5));
    assert_eq!(driver.write(mode, 2.0).await, WriteOutcome::Held(2.0));
    assert_eq!(driver.write(switch, 1.0).await, WriteOutcome::Held(1.0));
    assert_eq!(devices.slot(1, "analog-value,1", 13), json!(21.5));
    assert_eq!(devices.slot(1, "multi-state-output,1", 13), json!(3));
    assert_ne!(devices.slot(1, "binary-output,1", 13), Json::Null);
    let samples = driver.read(&[setpoint, mode, switch]).await;
    let values: Vec<_> = samples.iter().map(|sample| sample.value).collect();
    assert_eq!(values, [Ok(21.5), Ok(2.0), Ok(1.0)]);
    for (point, ours) in [(setpoint, 21.5), (mode, 2.0), (switch, 1.0)] {
        assert_eq!(driver.relinquish(point, ours).await, RelinquishOutcome::Released);
    }
    for object in ["analog-value,1", "multi-state-output,1", "binary-output,1"] {
        assert_eq!(devices.slot(1, object, 13), Json::Null, "{object}");
    }
    // A slot that is empty already is let go.
    assert_eq!(driver.relinquish(setpoint, 21.5).await, RelinquishOutcome::Released);
    driver.end().await;
}

#[tokio::test]
async fn what_somebody_else_wrote_into_our_slot_is_left_alone() {
    let net = Net::new();
    let (site, [setpoint, ..], mut devices) = rig(net);
    let driver = start(site);
    assert_eq!(driver.write(setpoint, 21.5).await, WriteOutcome::Held(21.5));
    // As a second supervisor would.
    let other = Net::new().client(SECOND);
    let target = hauswart::field::bacnet::Target::at(net.host(2));
    use hauswart::wire::bacnet::{ObjectId, PropertyRef, Value, property};
    let object = ObjectId::new(2, 1).unwrap();
    let present = PropertyRef::new(property::PRESENT_VALUE);
    let value = vec![Value::Real(25.0)];
    other.write_property(&target, object, present, value, Some(13)).await.unwrap();
    assert_eq!(driver.relinquish(setpoint, 21.5).await, RelinquishOutcome::NotOurs(25.0));
    assert_eq!(devices.slot(1, "analog-value,1", 13), json!(25.0));
    driver.end().await;
}

#[tokio::test]
async fn the_slot_is_read_back_though_a_higher_one_rules() {
    let (site, [setpoint, ..], mut devices) = rig(Net::new());
    let driver = start(site);
    let set = json!({"device": 1, "set_slot": ["analog-value,1", 8, 15.0]});
    devices.tell(&set);
    assert_eq!(driver.write(setpoint, 21.5).await, WriteOutcome::Held(21.5));
    let samples = driver.read(&[setpoint]).await;
    assert_eq!(samples[0].value, Ok(15.0));
    assert_eq!(driver.relinquish(setpoint, 21.5).await, RelinquishOutcome::Released);
    assert_eq!(devices.slot(1, "analog-value,1", 8), json!(15.0));
    driver.end().await;
}

#[tokio::test]
async fn the_base_is_the_next_lower_slot_or_the_relinquish_default() {
    let (site, [setpoint, mode, _], mut devices) = rig(Net::new());
    let driver = start(site);
    assert_eq!(driver.base(mode).await, Some(0.0));
    assert_eq!(driver.base(setpoint).await, Some(18.0));
    devices.tell(&json!({"device": 1, "set_slot": ["analog-value,1", 15, 19.0]}));
    devices.tell(&json!({"device": 1, "set_slot": ["analog-value,1", 8, 15.0]}));
    assert_eq!(driver.write(setpoint, 21.5).await, WriteOutcome::Held(21.5));
    assert_eq!(driver.base(setpoint).await, Some(19.0));
    driver.end().await;
}

#[tokio::test]
async fn the_highest_slot_above_ours_is_named_with_its_value() {
    let (site, [setpoint, mode, switch], mut devices) = rig(Net::new());
    let driver = start(site);
    assert_eq!(driver.commander(setpoint, 21.5).await, Commander::NotOurs, "still empty");
    driver.write(setpoint, 21.5).await;
    assert_eq!(driver.commander(setpoint, 21.5).await, Commander::Ours);
    assert_eq!(driver.commander(setpoint, 22.0).await, Commander::NotOurs);
    for (slot, value) in [(15, 19.0), (8, 23.0), (5, 16.0)] {
        devices.tell(&json!({"device": 1, "set_slot": ["analog-value,1", slot, value]}));
        let above = match slot {
            15 => Commander::Ours,
            _ => Commander::Above { slot, value },
        };
        assert_eq!(driver.commander(setpoint, 21.5).await, above);
    }
    driver.write(mode, 2.0).await;
    devices.tell(&json!({"device": 1, "set_slot": ["multi-state-output,1", 7, 1]}));
    assert_eq!(driver.commander(mode, 2.0).await, Commander::Above { slot: 7, value: 0.0 });
    devices.0.kill();
    assert_eq!(driver.commander(switch, 1.0).await, Commander::Unknown);
    driver.end().await;
}

#[tokio::test]
async fn a_device_too_small_for_its_array_is_asked_slot_by_slot() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let device = add_device(&mut site, by_instance(1));
    let setpoint = add_analog(&mut site, device, RARELY, 1);
    command(&mut site, setpoint, Release::Slot(13));
    let mut devices = Devices::start(&json!([{"instance": 1, "address": net.text(2),
        "small": true, "objects": [
        {"type": "analog-value", "instance": 1, "value": 18.0, "commandable": true}]}]));
    let driver = start(site);
    driver.write(setpoint, 21.5).await;
    for slot in [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16] {
        let value = 20.0 + f64::from(slot);
        devices.tell(&json!({"device": 1, "set_slot": ["analog-value,1", slot, value]}));
    }
    devices.seen(1);
    let above = Commander::Above { slot: 2, value: 22.0 };
    assert_eq!(driver.commander(setpoint, 21.5).await, above);
    assert!(devices.seen(1).len() > 13, "one by one");
    assert_eq!(driver.base(setpoint).await, Some(34.0));
    driver.end().await;
}

#[tokio::test]
async fn refusals_are_told_in_the_devices_words() {
    let net = Net::new();
    let (mut site, [setpoint, ..], _devices) = rig(net);
    let missing = add_analog(&mut site, 0, RARELY, 99);
    let input = add_point(&mut site, 0, crate::rig::number(), RARELY, source(2, 1));
    command(&mut site, missing, Release::Slot(13));
    command(&mut site, input, Release::Value(0.0));
    let driver = start(site);
    let WriteOutcome::Refused(words) = driver.write(missing, 1.0).await else { panic!() };
    assert!(words.contains("unknown-object"), "{words}");
    let RelinquishOutcome::Refused(words) = driver.relinquish(missing, 1.0).await else { panic!() };
    assert!(words.contains("unknown-object"), "{words}");
    // Without a slot there is nothing to let go; the device takes 16.
    let RelinquishOutcome::Refused(_) = driver.relinquish(input, 1.0).await else { panic!() };
    assert_eq!(driver.base(input).await, None);
    assert_eq!(driver.write(input, 20.0).await, WriteOutcome::Held(20.0));
    let WriteOutcome::Refused(_) = driver.write(setpoint, f64::NAN).await else { panic!() };
    driver.end().await;
}

#[tokio::test]
async fn in_read_only_mode_no_write_leaves() {
    let (mut site, [setpoint, ..], mut devices) = rig(Net::new());
    site.read_only = true;
    let driver = start(site);
    let WriteOutcome::Refused(_) = driver.write(setpoint, 21.5).await else { panic!() };
    let RelinquishOutcome::Refused(_) = driver.relinquish(setpoint, 21.5).await else { panic!() };
    assert_eq!(driver.read(&[setpoint]).await[0].value, Ok(18.0));
    let seen = devices.seen(1);
    assert!(!seen.is_empty() && seen.iter().all(|name| !name.starts_with("Write")), "{seen:?}");
    driver.end().await;
}

#[tokio::test]
async fn orders_to_a_dead_device_fail_together_and_do_not_hold_up_the_end() {
    let (site, [setpoint, mode, switch], mut devices) = rig(Net::new());
    let driver = start(site);
    assert_eq!(driver.write(setpoint, 21.5).await, WriteOutcome::Held(21.5));
    devices.0.kill();
    let outcomes = tokio::join!(
        driver.write(setpoint, 22.0),
        driver.write(mode, 1.0),
        driver.relinquish(switch, 1.0),
    );
    assert!(matches!(outcomes.0, WriteOutcome::Failed(_)), "{outcomes:?}");
    assert!(matches!(outcomes.1, WriteOutcome::Failed(_)), "{outcomes:?}");
    assert!(matches!(outcomes.2, RelinquishOutcome::Failed(_)), "{outcomes:?}");
    driver.end().await;
}
