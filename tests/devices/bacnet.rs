//! The BACnet templates before bacpypes3.

use std::io::{BufRead, Write as _};
use std::sync::atomic::{AtomicU32, Ordering};

use hauswart::field::{RelinquishOutcome, WriteOutcome};
use hauswart::model::Release;
use serde_json::{Value, json};

use crate::case::{self, Write};
use crate::line::Line;
use crate::peers::{Peer, free_udp_port};

/// bacpypes3 with one device, and a driver on it.
struct Bench {
    peer: Peer,
    line: Line,
}

/// An object of the image as the peer wants it: outputs and values take
/// commands.
fn object((name, value): (&String, &Value)) -> Value {
    let (kind, instance) = name.split_once(',').unwrap();
    let value = match value.as_i64().filter(|_| kind.starts_with("binary")) {
        Some(0) => json!("inactive"),
        Some(_) => json!("active"),
        None => value.clone(),
    };
    json!({
        "type": kind,
        "instance": instance.parse::<u32>().unwrap(),
        "value": value,
        "commandable": !kind.ends_with("input"),
    })
}

impl Bench {
    fn start(template: &str) -> Self {
        // A network of loopback hosts of its own for each test.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let place = std::process::id().wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed) << 8);
        let host =
            |number: u32| format!("127.{}.{}.{number}", 120 + place % 100, place / 100 % 250);
        let port = free_udp_port();
        let image = case::image(template);
        let objects: Vec<Value> = image.as_object().unwrap().iter().map(object).collect();
        let devices = json!([{
            "instance": 1001,
            "address": format!("{}/8:{port}", host(2)),
            "objects": objects,
        }]);
        let peer = Peer::python("bacnet_device.py", &[&devices.to_string()]);
        let connection =
            format!("type = \"bacnet-ip\"\nbind = \"{}:{port}\"\ntimeout = \"5 s\"", host(1));
        let address = format!("instance = 1001\naddress = \"{}:{port}\"", host(2));
        let line = Line::start(case::site(template, &connection, &address));
        Self { peer, line }
    }

    fn tell(&mut self, order: &Value) -> Value {
        writeln!(self.peer.input(), "{order}").unwrap();
        let mut answer = String::new();
        self.peer.output.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    /// All slots of the object that `wanted` speaks of are as it says: its own
    /// holds the value, the others are empty.
    fn check_slots(&mut self, wanted: &Value) {
        let [object, slot, value] = wanted.as_array().unwrap().as_slice() else {
            panic!("{wanted}")
        };
        let slots = self.tell(&json!({"device": 1001, "slots": object}));
        for (index, held) in slots.as_array().unwrap().iter().enumerate() {
            if slot.as_u64() == Some(index as u64 + 1) && value != "null" {
                assert_eq!(held.as_f64(), value.as_f64(), "{wanted}: {slots}");
            } else {
                assert!(held.is_null(), "{wanted}: {slots}");
            }
        }
    }

    /// Writes, and hands back as the point's release says.
    async fn check_write(&mut self, write: &Write) {
        let point = self.line.point(&write.point);
        let site = self.line.site.clone();
        let command = site.points.get(point).command.as_ref().expect("not commandable");
        assert!(matches!(command.release, Release::Slot(_)), "{}", write.point);
        let before = self.line.read(point).await.value;
        let value = case::value(&site, point, &write.value);
        assert_eq!(self.line.write(point, value).await, WriteOutcome::Held(value));
        self.check_slots(&write.lands);
        assert_eq!(self.line.read(point).await.value, Ok(value), "{}", write.point);
        let released = self.line.relinquish(point, value).await;
        assert_eq!(released, RelinquishOutcome::Released, "{}", write.point);
        self.check_slots(&write.back);
        assert_eq!(self.line.read(point).await.value, before, "{} let go", write.point);
    }
}

async fn check(template: &str) {
    let mut bench = Bench::start(template);
    let expected = case::expected(template);
    case::check_reads(&bench.line, &expected).await;
    for write in &expected.write {
        bench.check_write(write).await;
    }
}

#[tokio::test]
async fn heating_controller() {
    check("bacnet-heating-controller").await;
}

#[tokio::test]
async fn air_handler() {
    check("bacnet-air-handler").await;
}
