//! A pymodbus device and the orders it takes on its standard input.

use std::io::{BufRead, Write};

use serde_json::{Value, json};

use super::peers::{Peer, free_tcp_port};

pub struct ModbusPeer {
    peer: Peer,
    pub port: u16,
    image: Value,
}

impl ModbusPeer {
    /// Serves `image` (see `tests/peers/modbus_device.py`) over Modbus TCP.
    pub fn start(image: Value) -> Self {
        Self::on(free_tcp_port(), image)
    }

    fn on(port: u16, image: Value) -> Self {
        let peer =
            Peer::python("modbus_device.py", &["tcp", &port.to_string(), &image.to_string()]);
        Self { peer, port, image }
    }

    /// Kills it and starts it anew on the same port.
    pub fn restart(&mut self) {
        self.peer.kill();
        *self = Self::on(self.port, self.image.clone());
    }

    pub fn kill(&mut self) {
        self.peer.kill();
    }

    fn order(&mut self, order: &Value) -> Value {
        writeln!(self.peer.input(), "{order}").unwrap();
        let mut line = String::new();
        self.peer.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// What a table of a unit holds: `h`olding, `i`nput, `c`oils.
    pub fn get(&mut self, unit: u8, table: &str, address: u16) -> i64 {
        self.order(&json!({ "get": [unit, table, address, 1] }))[0].as_i64().unwrap()
    }

    pub fn set(&mut self, unit: u8, table: &str, address: u16, value: i64) {
        self.order(&json!({ "set": [unit, table, address, [value]] }));
    }

    pub fn mute(&mut self, unit: u8, mute: bool) {
        self.order(&json!({ "mute": [unit, mute] }));
    }

    pub fn delay(&mut self, unit: u8, seconds: f64) {
        self.order(&json!({ "delay": [unit, seconds] }));
    }

    /// Refuses a function on these addresses for good.
    pub fn refuse(&mut self, unit: u8, function: u8, first: u16, last: u16, code: u8) {
        self.order(&json!({ "refuse": [unit, function, first, last, code, -1] }));
    }

    /// The functions of all requests since last asked.
    pub fn functions_seen(&mut self) -> Vec<u64> {
        let seen = self.order(&json!({ "seen": true }));
        seen.as_array().unwrap().iter().filter_map(|request| request[1].as_u64()).collect()
    }
}
