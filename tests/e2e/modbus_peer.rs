//! A pymodbus device and the orders it takes on its standard input.

use std::io::{BufRead, Write};

use serde_json::{Value, json};

use super::peers::{Peer, free_tcp_port};

pub struct ModbusPeer {
    peer: Peer,
    /// Of a device on TCP; 0 on a serial line.
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

    /// Serves `image` as RTU on one end of a serial line.
    pub fn serial(path: &str, image: Value) -> Self {
        let peer = Peer::python("modbus_device.py", &["rtu", path, &image.to_string()]);
        Self { peer, port: 0, image }
    }

    /// What a client of another make reads from a holding register.
    pub fn mbpoll(&self, unit: u8, address: u16) -> i64 {
        let mut command = std::process::Command::new("mbpoll");
        command.args(["-m", "tcp", "-0", "-1", "-t", "4"]);
        command.args(["-p", &self.port.to_string(), "-a", &unit.to_string()]);
        command.args(["-r", &address.to_string(), "127.0.0.1"]);
        let output = command.output().expect("mbpoll is missing: run tests/run");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let value = text.lines().find_map(|line| line.strip_prefix(&format!("[{address}]:")));
        value.unwrap_or_else(|| panic!("{text}")).trim().parse().unwrap()
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
