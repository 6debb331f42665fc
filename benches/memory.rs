//! What the daemon itself takes with 10,000 points: the program's own process,
//! polling 50 Modbus units and 50 BACnet controllers over sockets, with 1,000
//! rules that set 1,000 of the points as the values wander.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends here")]

#[path = "common/devices.rs"]
mod devices;
#[path = "../tests/peers/mod.rs"]
mod peers;
#[path = "common/town.rs"]
mod town;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use town::POINTS_A_DEVICE;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hauswart");
/// Of either kind.
const DEVICES: u16 = 50;
const POINTS: usize = 2 * DEVICES as usize * POINTS_A_DEVICE;
const RULES: usize = POINTS / 10;
/// Each point is then read some ten times more, and each rule evaluated.
const SETTLE: Duration = Duration::from_secs(100);
const GOAL_KIB: u64 = 40 * 1024;

fn main() {
    let (modbus, bacnet) = devices::serve(u32::from(DEVICES));
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site.toml");
    fs::create_dir(folder.path().join("rules")).unwrap();
    fs::write(&site, site_text(modbus, bacnet)).unwrap();
    fs::write(folder.path().join("rules/b.rules"), town::rules_text(RULES)).unwrap();

    let log = fs::File::create(folder.path().join("log")).unwrap();
    let program = Command::new(PROGRAM).arg("run").arg(&site).stderr(log).spawn().unwrap();
    let daemon = Daemon(program);
    let started = Instant::now();
    while !daemon.knows_all(&site) {
        let log = || fs::read_to_string(folder.path().join("log")).unwrap();
        assert!(started.elapsed() < Duration::from_secs(120), "not all is read:\n{}", log());
        std::thread::sleep(Duration::from_millis(500));
    }
    println!("{POINTS} points read {:.1} s after the start", started.elapsed().as_secs_f64());
    daemon.print("all read");
    std::thread::sleep(SETTLE);
    let settled = daemon.print(&format!("{} s later", SETTLE.as_secs()));
    let verdict = if settled < GOAL_KIB { "reached" } else { "MISSED" };
    println!("goal: below {} MiB {verdict}", GOAL_KIB / 1024);
}

fn site_text(modbus: u16, bacnet: u16) -> String {
    let mut text = town::head("");
    let line = format!("type = \"modbus-tcp\"\naddress = \"127.0.0.1:{modbus}\"");
    town::connection(&mut text, "line", &line);
    let own = format!("type = \"bacnet-ip\"\nbind = \"127.2.0.1:{}\"", peers::free_udp_port());
    town::connection(&mut text, "net", &own);
    for device in 0..usize::from(DEVICES) {
        town::modbus_device(&mut text, device, device + 1, POINTS_A_DEVICE);
    }
    for number in 0..u32::from(DEVICES) {
        let address = std::net::Ipv4Addr::from(u32::from(devices::FIRST) + number);
        let device = usize::from(DEVICES) + number as usize;
        town::bacnet_device(&mut text, device, &format!("{address}:{bacnet}"), POINTS_A_DEVICE);
    }
    text
}

/// The program; killed with the bench.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Daemon {
    /// Whether every point has been read and some rules' commands stand.
    fn knows_all(&self, site: &Path) -> bool {
        let mut status = Command::new(PROGRAM);
        let status = status.args(["status", "--format", "json", "--site"]).arg(site);
        let output = status.stderr(Stdio::null()).output().unwrap();
        let Ok(status) = serde_json::from_slice::<Value>(&output.stdout) else { return false };
        let points = status["points"].as_array().unwrap();
        let good = points.iter().filter(|point| point["quality"] == "good").count();
        good == POINTS && points.iter().any(|point| point["command"]["confirmed"] == true)
    }

    /// Resident memory now and at most, in KiB; prints and gives the present.
    fn print(&self, when: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
        };
        let (now, most) = (field("VmRSS:"), field("VmHWM:"));
        let mib = |kib: u64| kib as f64 / 1024.0;
        println!("  {when:12} {:6.1} MiB resident, {:6.1} at most", mib(now), mib(most));
        now
    }
}
