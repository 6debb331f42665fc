//! Devices behind routers and BBMDs.

use std::time::Duration;

use hauswart::field::bacnet::{Client, Failure, Registration};
use hauswart::field::{DeviceState, News, WriteOutcome};
use hauswart::model::Release;
use hauswart::site::{BacnetAddress, BacnetIp, ForeignDevice};
use serde_json::{Value as Json, json};

use crate::rig::{
    Devices, LONG, Net, OFTEN, add_analog, add_device, at, by_instance, command, site, start,
};

const SECOND: Duration = Duration::from_secs(1);

fn objects(value: f64) -> Json {
    json!([{"type": "analog-value", "instance": 1, "value": value, "commandable": true}])
}

#[tokio::test]
async fn devices_behind_a_router_by_instance_by_network_and_by_the_routers_address() {
    let net = Net::new();
    let mut site = site(net.settings(), SECOND);
    let routed = |mac: u8| Some((5, vec![mac]));
    let by_network = BacnetAddress { instance: None, address: None, routed: routed(13) };
    let by_router = BacnetAddress { routed: routed(14), ..at(net.host(2)) };
    let addresses = [by_instance(12), by_network, by_router, by_instance(1)];
    let points = addresses.map(|address| {
        let device = add_device(&mut site, address);
        add_analog(&mut site, device, OFTEN, 1)
    });
    command(&mut site, points[1], Release::Slot(13));
    let mut devices = Devices::start(&json!([
        {"instance": 1, "address": net.text(2), "routes": [5], "objects": objects(1.0)},
        {"instance": 12, "behind": 5, "mac": 12, "objects": objects(12.0)},
        {"instance": 13, "behind": 5, "mac": 13, "objects": objects(13.0)},
        {"instance": 14, "behind": 5, "mac": 14, "objects": objects(14.0)},
    ]));
    let mut driver = start(site);
    assert_eq!(driver.samples(&points).await, [Ok(12.0), Ok(13.0), Ok(14.0), Ok(1.0)]);
    assert_eq!(driver.write(points[1], 20.0).await, WriteOutcome::Held(20.0));
    assert_eq!(devices.slot(13, "analog-value,1", 13), json!(20.0));
    // A dead one costs its neighbours on the network one time-out at most.
    devices.tell(&json!({"device": 12, "mute": true}));
    let end = tokio::time::Instant::now() + LONG;
    let (mut silent, mut heard) = (false, 0);
    while !silent || heard < 3 {
        assert!(tokio::time::Instant::now() < end, "{silent} {heard}");
        match driver.news().await {
            News::Device { device: 0, .. } => silent = true,
            News::Device { device, state } => panic!("{device} {state:?}"),
            News::Samples(samples) if silent => {
                heard += samples.iter().filter(|sample| sample.point == points[2]).count();
            }
            _ => {}
        }
    }
    driver.end().await;
}

fn foreign(net: Net, bbmd: Net, ttl: Duration) -> BacnetIp {
    let foreign = Some(ForeignDevice { bbmd: bbmd.host(2), ttl });
    BacnetIp { broadcast: None, foreign, ..net.settings() }
}

#[tokio::test]
async fn a_device_of_another_subnet_is_found_through_the_bbmd() {
    let (here, there) = (Net::new(), Net::new());
    let _devices = Devices::start(&json!([
        {"instance": 1, "address": there.text(2), "bbmd": true},
        {"instance": 2, "address": there.text(3), "objects": objects(2.0)},
    ]));
    let mut site = site(foreign(here, there, Duration::from_secs(60)), SECOND);
    let device = add_device(&mut site, by_instance(2));
    let point = add_analog(&mut site, device, OFTEN, 1);
    let mut driver = start(site);
    assert_eq!(driver.sample(point).await, Ok(2.0));
    driver.end().await;
}

async fn registration(client: &Client, wanted: impl Fn(Registration) -> bool) {
    let end = tokio::time::Instant::now() + LONG;
    while !wanted(client.registration()) {
        assert!(tokio::time::Instant::now() < end, "{:?}", client.registration());
        assert_ne!(client.registration(), Registration::Accepted);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Defect 9: a time-out is no success, and a refusal none either.
#[tokio::test]
async fn only_the_bbmds_own_word_is_a_registration() {
    let (here, there) = (Net::new(), Net::new());
    let _devices = Devices::start(&json!([{"instance": 1, "address": there.text(2)}]));
    let settings = foreign(here, there, Duration::from_secs(60));
    let client = Client::open(&settings, SECOND).unwrap();
    // A device that is no BBMD says so.
    registration(&client, |state| matches!(state, Registration::Refused(_))).await;
    assert_eq!(client.find_device(1, 1).await, Err(Failure::NotRegistered));

    let (here, nowhere) = (Net::new(), Net::new());
    let settings = foreign(here, nowhere, Duration::from_secs(60));
    let client = Client::open(&settings, Duration::from_millis(100)).unwrap();
    registration(&client, |state| state == Registration::Silent).await;
}

/// Defect 10: the broadcast address is the site's word, not a guess of /24.
#[tokio::test]
async fn broadcasts_reach_a_network_that_is_no_slash_24() {
    let (net, far) = (Net::new(), Net::new());
    let far = format!("{}/8:{}", far.host(7).ip(), net.port);
    let _devices = Devices::start(&json!([{"instance": 3, "address": far}]));
    let client = Client::open(&net.settings(), SECOND).unwrap();
    let (peer, i_am) = client.find_device(3, 4).await.unwrap();
    assert_eq!((i_am.instance, peer.address.port()), (3, net.port));
}

/// Which of two is meant nobody knows: neither is spoken to, until one is gone.
#[tokio::test]
async fn two_devices_of_one_number_are_told_and_left_alone() {
    let net = Net::new();
    let device = |place, value| {
        Devices::start(&json!([
            {"instance": 9, "address": net.text(place), "objects": objects(value)},
        ]))
    };
    let (_mine, mut other) = (device(2, 2.0), device(3, 3.0));
    let mut site = site(net.settings(), Duration::from_millis(500));
    let index = add_device(&mut site, by_instance(9));
    let point = add_analog(&mut site, index, OFTEN, 1);
    let mut driver = start(site);
    let (told, state) = driver.state().await;
    let DeviceState::Silent(words) = state else { panic!("{state:?}") };
    assert_eq!(told, index);
    assert!(words.contains("two devices are number 9"), "{words}");
    for place in [2, 3] {
        assert!(words.contains(&net.host(place).to_string()), "{words}");
    }
    let seen = other.tell(&json!({"device": 9, "seen": true}));
    assert!(!seen.to_string().contains("ReadProperty"), "{seen}");
    other.0.kill();
    assert_eq!(driver.sample(point).await, Ok(2.0));
    driver.end().await;
}
