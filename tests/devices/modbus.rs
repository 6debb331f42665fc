//! The Modbus templates before pymodbus.

use std::io::{BufRead, Write as _};

use hauswart::field::WriteOutcome;
use hauswart::model::{PointId, Release};

use crate::case::{self, Write};
use crate::line::Line;
use crate::peers::{Peer, free_tcp_port};

/// pymodbus with one unit, and a driver on it.
struct Bench {
    peer: Peer,
    line: Line,
}

impl Bench {
    fn start(template: &str) -> Self {
        let port = free_tcp_port();
        let image = serde_json::json!({ "1": case::image(template) });
        let peer =
            Peer::python("modbus_device.py", &["tcp", &port.to_string(), &image.to_string()]);
        let connection =
            format!("type = \"modbus-tcp\"\naddress = \"127.0.0.1:{port}\"\ntimeout = \"5 s\"");
        let line = Line::start(case::site(template, &connection, "unit = 1"));
        Self { peer, line }
    }

    fn tell(&mut self, order: &serde_json::Value) -> serde_json::Value {
        writeln!(self.peer.input(), "{order}").unwrap();
        let mut answer = String::new();
        self.peer.output.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    /// The writes since the last time: function, table, address, what stands
    /// there now.
    fn writes(&mut self) -> Vec<serde_json::Value> {
        let seen = self.tell(&serde_json::json!({"seen": true}));
        let mut writes = Vec::new();
        for request in seen.as_array().unwrap() {
            let [_, function, address, count] = request.as_array().unwrap().as_slice() else {
                panic!("{request}")
            };
            let table = match function.as_u64().unwrap() {
                5 | 15 => "c",
                6 | 16 => "h",
                _ => continue,
            };
            let now = self.tell(&serde_json::json!({"get": [1, table, address, count]}));
            writes.push(serde_json::json!([function, table, address, now]));
        }
        writes
    }

    async fn write(
        &mut self,
        point: PointId,
        value: f64,
    ) -> (WriteOutcome, Vec<serde_json::Value>) {
        self.writes();
        let outcome = self.line.write(point, value).await;
        (outcome, self.writes())
    }

    /// Writes, and hands back as the point's release says.
    async fn check_write(&mut self, write: &Write) {
        let id = self.line.point(&write.point);
        let site = self.line.site.clone();
        let point = site.points.get(id);
        let command = point.command.as_ref().expect("not commandable");
        let before = self.line.read(id).await.value;
        let value = case::value(&site, id, &write.value);
        let (outcome, landed) = self.write(id, value).await;
        assert_eq!(landed.as_slice(), std::slice::from_ref(&write.lands), "{}", write.point);
        let WriteOutcome::Held(held) = outcome else { panic!("{}: {outcome:?}", write.point) };
        let wanted = write.held.as_ref().map_or(value, |held| case::value(&site, id, held));
        assert!((held - wanted).abs() <= command.tolerance, "{}: {held}", write.point);
        let (target, value) = match command.release {
            Release::Action { point, value } => (point, value),
            Release::Value(value) => (id, value),
            Release::Restore => (id, before.unwrap()),
            Release::Slot(_) => panic!("Modbus has no slots"),
        };
        let (outcome, landed) = self.write(target, value).await;
        assert_eq!(
            landed.as_slice(),
            std::slice::from_ref(&write.back),
            "{} handed back",
            write.point
        );
        assert!(matches!(outcome, WriteOutcome::Held(_)), "{}: {outcome:?}", write.point);
    }
}

async fn check(template: &str) {
    let mut bench = Bench::start(template);
    let expected = case::expected(template);
    case::check_reads(&bench.line, &expected).await;
    for write in &expected.write {
        bench.check_write(write).await;
    }
    for refused in &expected.refused {
        let id = bench.line.point(&refused.point);
        let value = case::value(&bench.line.site, id, &refused.value);
        let (outcome, landed) = bench.write(id, value).await;
        assert!(matches!(outcome, WriteOutcome::Refused(_)), "{}: {outcome:?}", refused.point);
        assert!(landed.is_empty(), "{}: {landed:?}", refused.point);
    }
}

#[tokio::test]
async fn samson_trovis_5576() {
    check("samson-trovis-5576").await;
}

#[tokio::test]
async fn systemair_save() {
    check("systemair-save").await;
}

#[tokio::test]
async fn eastron_sdm630() {
    check("eastron-sdm630").await;
}
