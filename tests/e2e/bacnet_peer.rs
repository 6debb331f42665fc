//! A bacpypes3 heating controller, and bacpypes3 again as a foreign client
//! that looks at it from outside.

use std::io::{BufRead, Write};
use std::net::UdpSocket;

use serde_json::{Value, json};

use super::peers::{Peer, free_udp_port};

/// The instance of its device object.
pub const INSTANCE: u32 = 4001;

pub struct BacnetPeer {
    peer: Peer,
    /// `127.x.y.z:port`
    pub address: String,
    config: Value,
}

impl BacnetPeer {
    /// A controller with the objects of the template
    /// `bacnet-heating-controller` that the tests use: room 18.5 °C, setpoint
    /// by itself 21 °C. `ip` must be each test's own.
    pub fn start(ip: &str) -> Self {
        Self::start_with(ip, &json!({}))
    }

    /// One whose own program clears slot 13 once the heartbeat has stood still
    /// for so many seconds.
    pub fn start_watching(ip: &str, seconds: u32) -> Self {
        let program = json!({ "heartbeat": "binary-value,1", "seconds": seconds, "slot": 13 });
        Self::start_with(ip, &json!({ "watches": program }))
    }

    fn start_with(ip: &str, more: &Value) -> Self {
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        drop(socket);
        let mut config = json!([{
            "instance": INSTANCE,
            "address": format!("{ip}/8:{port}"),
            "objects": [
                { "type": "analog-input", "instance": 4, "value": 18.5 },
                { "type": "analog-value", "instance": 1, "value": 21.0, "commandable": true,
                  "relinquishDefault": 21.0 },
                { "type": "binary-value", "instance": 1, "value": "inactive",
                  "commandable": true, "relinquishDefault": "inactive" },
            ]
        }]);
        let more = more.as_object().unwrap().clone();
        config[0].as_object_mut().unwrap().extend(more);
        let peer = Peer::python("bacnet_device.py", &[&config.to_string()]);
        Self { peer, address: format!("{ip}:{port}"), config }
    }

    /// Kills it and starts it anew: its priority arrays are empty again.
    pub fn restart(&mut self) {
        self.peer.kill();
        self.peer = Peer::python("bacnet_device.py", &[&self.config.to_string()]);
    }

    /// The setpoint that counts in it.
    pub fn present(&mut self) -> f64 {
        let present = self.order(json!({ "get": ["analog-value,1", "presentValue"] }));
        present.as_f64().unwrap_or_else(|| panic!("{present}"))
    }

    fn order(&mut self, mut order: Value) -> Value {
        order["device"] = INSTANCE.into();
        writeln!(self.peer.input(), "{order}").unwrap();
        let mut line = String::new();
        self.peer.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub fn mute(&mut self, mute: bool) {
        self.order(json!({ "mute": mute }));
    }

    pub fn set(&mut self, object: &str, value: f64) {
        self.order(json!({ "set": [object, "presentValue", value] }));
    }

    /// The setpoint's priority array, as a client of another make reads it.
    pub fn slots(&self) -> Vec<Value> {
        let read = self.foreign(&format!("read {} analog-value,1 priorityArray", self.address));
        read.as_array().unwrap_or_else(|| panic!("{read}")).clone()
    }

    /// The heartbeat's priority array.
    pub fn heartbeat_slots(&self) -> Vec<Value> {
        let read = self.foreign(&format!("read {} binary-value,1 priorityArray", self.address));
        read.as_array().unwrap_or_else(|| panic!("{read}")).clone()
    }

    /// Writes the setpoint as a person at the controller does.
    pub fn write(&self, value: &str, priority: u8) {
        let address = &self.address;
        self.foreign(&format!("write {address} analog-value,1 presentValue {value} {priority}"));
    }

    fn foreign(&self, order: &str) -> Value {
        let port = free_udp_port().to_string();
        let mut client = Peer::python("bacnet_client.py", &[&port]);
        writeln!(client.input(), "{order}").unwrap();
        let mut line = String::new();
        client.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}
