//! Site files and rules that the tests share.

use serde_json::{Value, json};

/// Two heating controllers and a hot-water tank on one Modbus line, polled
/// fast so that tests are short.
pub fn modbus_site(port: u16, more: &str) -> String {
    let line = format!("type = \"modbus-tcp\"\naddress = \"127.0.0.1:{port}\"");
    site_on(&line, more)
}

/// The same on a serial line.
pub fn serial_site(path: &str) -> String {
    site_on(
        &format!("type = \"modbus-rtu\"\naddress = \"{path}\"\nbaud = 19200\nparity = \"none\""),
        "",
    )
}

fn site_on(line: &str, more: &str) -> String {
    format!(
        r#"
format = 1
[site]
name = "Test"
cycle = "1 s"
grace = "5 s"
language = "en"
{more}

[[building]]
name = "Schule"
usage = "school"

[[connection]]
name = "line"
{line}
timeout = "0.3 s"

{}
{}
"#,
        device("HK1", 1),
        device("HK2", 2)
    )
}

/// A controller with points of its own: room temperature, a setpoint that is
/// restored, a stage with a value to go back to, and a pump whose control is
/// handed back by a coil.
fn device(name: &str, unit: u8) -> String {
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
range = ["-20 °C", "60 °C"]

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

/// What both units hold at the start: 18.5 °C, setpoint 21 °C, stage 2.
pub fn modbus_image() -> Value {
    let unit = json!({ "h": { "0": [185], "10": [210, 2] } });
    json!({ "1": unit, "2": unit })
}

/// Both setpoints to 19 °C, the stage by temperature.
pub const RULES: &str = "language 1
building Schule

rule \"Absenkung\"
  set HK1.Soll to 19 °C
rule \"Absenkung 2\"
  set HK2.Soll to 19 °C
rule \"Stufe\"
  when HK1.Raum < 20 °C  set HK1.Stufe to 3
";
