//! BACnet/IP to one device: requests and points a second by our client,
//! against bacpypes3 as a client, from one server; one request on the way at a
//! time on both sides.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends here")]

#[path = "common/peer_rate.rs"]
mod peer_rate;
#[path = "../tests/peers/mod.rs"]
mod peers;
#[path = "common/plant.rs"]
mod plant;
#[path = "common/rounds.rs"]
mod rounds;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use hauswart::field::bacnet::{Client, Target};
use hauswart::site::BacnetIp;
use hauswart::wire::bacnet::{ObjectId, PropertyRef, Value, property};
use peer_rate::peer_rate;
use peers::{Peer, free_udp_port};
use plant::RunningPlant;
use rounds::{Contender, compare, rate};

const TIMEOUT: Duration = Duration::from_secs(2);

/// All objects of the air handler: type, instance, and how bacpypes3 names it.
const OBJECTS: [(u16, u32, &str); 10] = [
    (0, 1, "analog-input,1"),
    (0, 2, "analog-input,2"),
    (0, 3, "analog-input,3"),
    (0, 4, "analog-input,4"),
    (1, 1, "analog-output,1"),
    (2, 1, "analog-value,1"),
    (19, 1, "multi-state-value,1"),
    (3, 1, "binary-input,1"),
    (3, 2, "binary-input,2"),
    (5, 1, "binary-value,1"),
];

fn main() {
    if plant::is_the_plant() {
        return;
    }
    let server = RunningPlant::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bind = SocketAddrV4::new(Ipv4Addr::LOCALHOST, free_udp_port());
    let settings = BacnetIp { bind, broadcast: None, foreign: None, instance: None };
    let client = runtime.block_on(async { Client::open(&settings, TIMEOUT).unwrap() });
    let target = Target::at(server.bacnet);
    let ours = Contender {
        name: "hauswart",
        goal: 1.0,
        rate: Box::new(|count: u16| {
            runtime.block_on(rate(async || ask(&client, &target, count).await))
        }),
    };

    let (port, address) = (free_udp_port().to_string(), server.bacnet.to_string());
    let mut arguments = vec![port.as_str(), &address];
    arguments.extend(OBJECTS.map(|(_, _, name)| name));
    let mut peer = Peer::python("bacnet_rate.py", &arguments);
    let bacpypes3 = Contender {
        name: "bacpypes3",
        goal: 10.0,
        rate: Box::new(|count: u16| peer_rate(&mut peer, count)),
    };

    let mut contenders = [ours, bacpypes3];
    compare("ReadProperty", 1, 1, &mut contenders);
    let count = OBJECTS.len() as u16;
    compare(&format!("ReadPropertyMultiple, {count} objects"), count, count, &mut contenders);
}

/// Reads the present values of the first `count` objects.
async fn ask(client: &Client, target: &Target, count: u16) {
    let present_value = PropertyRef::new(property::PRESENT_VALUE);
    let object = |(kind, instance, _)| ObjectId::new(kind, instance).unwrap();
    if count == 1 {
        let values = client.read_property(target, object(OBJECTS[0]), present_value).await.unwrap();
        assert!(matches!(values[..], [Value::Real(_)]));
        return;
    }
    let objects = OBJECTS[..usize::from(count)].iter();
    let asked = objects.map(|named| (object(*named), vec![present_value])).collect();
    let answer = client.read_property_multiple(target, asked).await.unwrap();
    assert!(answer.iter().flatten().all(|value| value.as_ref().is_ok_and(|v| v.len() == 1)));
}
