//! A site of five commanded points before foreign devices: setpoint and stage
//! of two heating controllers on a Modbus line (pymodbus), and a BACnet one
//! (bacpypes3). What each holds is read from outside.

use std::fmt::Write as _;

use serde_json::json;

use crate::bacnet_peer::{BacnetPeer, INSTANCE};
use crate::chance::Chance;
use crate::daemon::Folder;
use crate::modbus_peer::ModbusPeer;

/// The points, as rules and commands name them.
pub const POINTS: [&str; 5] = ["HK1.Soll", "HK1.Stufe", "HK2.Soll", "HK2.Stufe", "HK.Raum_Soll"];

/// What a point holds where nobody of ours commands it: the setpoints 21 °C,
/// the stages 1.
pub const ALONE: [f64; 5] = [21.0, 1.0, 21.0, 1.0, 21.0];

pub struct Town {
    pub modbus: ModbusPeer,
    pub bacnet: BacnetPeer,
}

impl Town {
    /// `ip` must be each test's own.
    pub fn start(ip: &str) -> Self {
        let unit = json!({ "h": { "0": [185], "10": [210, 1] } });
        let modbus = ModbusPeer::start(json!({ "1": unit, "2": unit }));
        Self { modbus, bacnet: BacnetPeer::start(ip) }
    }

    pub fn site(&self) -> String {
        self.site_at(self.modbus.port)
    }

    /// The same with the Modbus line at another port.
    pub fn site_at(&self, port: u16) -> String {
        site(port, &self.bacnet.address)
    }

    /// A folder with this site and rules.
    pub fn folder(&self, rules: &str) -> Folder {
        Folder::new(&self.site(), rules)
    }

    /// The room of the first controller, in tenths of a degree.
    pub fn set_room(&mut self, tenths: i64) {
        self.modbus.set(1, "h", 0, tenths);
    }

    /// What the devices hold.
    pub fn held(&mut self) -> [f64; 5] {
        let mut modbus = |unit, address, scale| scale * self.modbus.get(unit, "h", address) as f64;
        let [soll1, stufe1] = [modbus(1, 10, 0.1), modbus(1, 11, 1.0)];
        let [soll2, stufe2] = [modbus(2, 10, 0.1), modbus(2, 11, 1.0)];
        [soll1, stufe1, soll2, stufe2, self.bacnet.present()]
    }
}

/// A value that the point does not hold by itself: 15–19.5 °C, stage 2 or 3.
pub fn another(point: usize, chance: &mut Chance) -> f64 {
    match ALONE[point] {
        1.0 => 2.0 + chance.below(2) as f64,
        _ => 15.0 + chance.below(10) as f64 / 2.0,
    }
}

/// A value as rules and commands write it.
pub fn written(point: usize, value: f64) -> String {
    if ALONE[point] == 1.0 { format!("{value}") } else { format!("{value} °C") }
}

/// Rules that set these points.
pub fn rules(claims: &[Option<f64>; 5]) -> String {
    let mut text = "language 1\nbuilding Schule\n".to_owned();
    for (place, claim) in claims.iter().enumerate() {
        let Some(value) = claim else { continue };
        let (point, value) = (POINTS[place], written(place, *value));
        writeln!(text, "rule \"{point}\"\n  set {point} to {value}").unwrap();
    }
    text
}

fn site(port: u16, bacnet: &str) -> String {
    format!(
        r#"format = 1
[site]
name = "Stadt"
cycle = "1 s"
grace = "5 s"
language = "en"

[[building]]
name = "Schule"
usage = "school"

[[connection]]
name = "line"
type = "modbus-tcp"
address = "127.0.0.1:{port}"
timeout = "0.5 s"

[[connection]]
name = "bacnet"
type = "bacnet-ip"
bind = "127.0.0.1:0"
timeout = "0.5 s"

[[device]]
name = "HK"
connection = "bacnet"
template = "bacnet-heating-controller"
instance = {INSTANCE}
address = "{bacnet}"
poll = "1 s"
[device.point]
Aussen = {{ absent = true }}
Vorlauf = {{ absent = true }}
Ruecklauf = {{ absent = true }}
Vorlauf_Soll = {{ absent = true }}
Betriebsart = {{ absent = true }}
Ventil = {{ absent = true }}
Pumpe = {{ absent = true }}
{}{}"#,
        controller("HK1", 1),
        controller("HK2", 2)
    )
}

fn controller(name: &str, unit: u8) -> String {
    format!(
        r#"
[[device]]
name = "{name}"
connection = "line"
unit = {unit}
poll = "1 s"
[device.point.Raum]
role = "room-temperature"
register = "holding 0"
type = "i16"
scale = 0.1
unit = "°C"
[device.point.Soll]
role = "room-setpoint"
register = "holding 10"
type = "i16"
scale = 0.1
unit = "°C"
commandable = true
limits = ["5 °C", "30 °C"]
release = "restore"
[device.point.Stufe]
role = "fan-stage"
register = "holding 11"
type = "u16"
unit = ""
commandable = true
limits = ["0", "3"]
release = {{ value = "1" }}
"#
    )
}
