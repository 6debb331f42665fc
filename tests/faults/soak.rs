//! The soak: a month of the town hall's winter with a misfortune an hour, and
//! an account at the end: nothing left commanded, nobody frozen or scalded,
//! memory and handles as after the first days.

use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use hauswart::model::{Clock as _, Release};
use hauswart::plant::INSTANCES;
use hauswart::site::{DeviceAddress, PointSource};
use hauswart::wire::modbus::Table;

use crate::chance::Chance;
use crate::peers::{Peer, free_udp_port};
use crate::rounds;
use crate::storm::{STEP, Storm};
use crate::town_hall::TownHall;

const STEPS_A_DAY: u32 = 144;
/// Everything has been made once by then.
const SETTLED_DAYS: usize = 3;

/// A day's account.
#[derive(Debug, Clone, Copy)]
struct Day {
    resident_kib: u64,
    handles: usize,
    cycles: u64,
    commanded: usize,
    alarms: usize,
    coldest_room_c: f64,
    tank_c: (f64, f64),
}

#[test]
fn a_month_of_misfortunes_leaves_nothing_behind() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(soak(rounds(1, 30)));
}

async fn soak(days: u32) {
    let mut chance = Chance::new();
    let data = tempfile::tempdir().unwrap();
    let mut hall = TownHall::build("2026-01-12T00:00:00+01:00", data.path()).await;
    let mut storm = Storm::default();
    let mut account = Vec::new();
    let begun = Instant::now();
    hall.start();
    for day in 0..days {
        let mut today = Day::new();
        for step in 0..STEPS_A_DAY {
            let moment = STEP * (day * STEPS_A_DAY + step + 1);
            hall.run_until(moment).await;
            assert!(hall.clock.now().steady < moment + STEP, "time has run off");
            today.look(&hall);
            storm.blow(&mut hall, &mut chance).await;
        }
        today.close(&hall).await;
        today.print(day + 1);
        account.push(today);
    }
    // Everything heals; whatever was put off comes to its end.
    hall.plant.faults().clear();
    for hour in 1..=12 {
        hall.run_until(STEP * days * STEPS_A_DAY + HOUR * hour).await;
    }
    let status = hall.handle().status().await.unwrap();
    println!("\n{:?}\n{:.0} s", storm.counts, begun.elapsed().as_secs_f64());
    println!("alarms after 12 h of peace: {:#?}", status.alarms);
    let ending = hall.stop().await;
    assert_eq!(ending.left_commanded, Vec::<String>::new());
    assert_eq!(hall.outstanding(), Vec::<String>::new(), "recorded as commanded");
    assert_eq!(still_there(&hall), Vec::<String>::new(), "read from outside");
    judge(&account);
    hall.plant.stop().await;
}

const HOUR: Duration = Duration::from_secs(3600);

impl Day {
    fn new() -> Self {
        Self {
            resident_kib: 0,
            handles: 0,
            cycles: 0,
            commanded: 0,
            alarms: 0,
            coldest_room_c: f64::INFINITY,
            tank_c: (f64::INFINITY, f64::NEG_INFINITY),
        }
    }

    /// What is the case in the building.
    fn look(&mut self, hall: &TownHall) {
        let truth = hall.plant.truth();
        for zone in truth.zones {
            self.coldest_room_c = self.coldest_room_c.min(zone.room_c);
        }
        let tank = truth.hot_water.tank_c;
        self.tank_c = (self.tank_c.0.min(tank), self.tank_c.1.max(tank));
    }

    async fn close(&mut self, hall: &TownHall) {
        let handle = hall.handle();
        let status = hall.in_time("the status", handle.status()).await.unwrap();
        let commanded = |point: &&hauswart::engine::picture::PointStatus| point.command.is_some();
        self.commanded = status.points.iter().filter(commanded).count();
        self.alarms = status.alarms.len();
        self.cycles = status.cycles;
        self.handles = std::fs::read_dir("/proc/self/fd").unwrap().count();
        let text = std::fs::read_to_string("/proc/self/status").unwrap();
        let resident = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        self.resident_kib = resident.trim().trim_end_matches(" kB").parse().unwrap();
    }

    fn print(&self, day: u32) {
        println!(
            "day {day:>2}: {:>6} KiB, {:>3} handles, {:>6} cycles, {:>2} commanded, {:>2} alarms, \
             coldest room {:>4.1} °C, tank {:.1}–{:.1} °C",
            self.resident_kib,
            self.handles,
            self.cycles,
            self.commanded,
            self.alarms,
            self.coldest_room_c,
            self.tank_c.0,
            self.tank_c.1
        );
    }
}

/// Memory and handles flat, nobody frozen or scalded.
fn judge(account: &[Day]) {
    for day in account {
        assert!(day.coldest_room_c > 12.0, "{day:?}");
        assert!(day.tank_c.0 > 45.0 && day.tank_c.1 < 75.0, "{day:?}");
    }
    let Some(settled) = account.get(SETTLED_DAYS - 1) else { return };
    for day in &account[SETTLED_DAYS..] {
        let most = settled.resident_kib + settled.resident_kib / 10 + 4096;
        assert!(day.resident_kib <= most, "{day:?} after {settled:?}");
        assert!(day.handles <= settled.handles + 8, "{day:?} after {settled:?}");
    }
}

/// What of ours foreign clients still find in the devices.
fn still_there(hall: &TownHall) -> Vec<String> {
    let mut client = Peer::python("bacnet_client.py", &[&free_udp_port().to_string()]);
    let mut found = Vec::new();
    for (_, point) in hall.site.points.iter() {
        let Some(command) = &point.command else { continue };
        let ours = match command.release {
            Release::Slot(slot) => slot_filled(hall, &mut client, point.device, &point.name, slot),
            Release::Action { point: level, value } => !holds(hall, level, value),
            // Setpoints of the boiler controller: the plant's own by then.
            Release::Restore | Release::Value(_) => false,
        };
        if ours {
            found.push(point.name.clone());
        }
    }
    found
}

fn slot_filled(hall: &TownHall, client: &mut Peer, device: usize, name: &str, slot: u8) -> bool {
    let id = hall.site.points.find(name).unwrap();
    let PointSource::Bacnet(source) = &hall.site.sources[id.index()] else { panic!("{name}") };
    let DeviceAddress::Bacnet(served) = &hall.site.devices[device].address else { panic!() };
    let place = INSTANCES.iter().position(|other| served.instance == Some(*other)).unwrap();
    let address = hall.plant.bacnet_addresses()[place];
    let (kind, number) = source.object;
    let kind = match kind {
        2 => "analog-value",
        5 => "binary-value",
        19 => "multi-state-value",
        _ => panic!("{name}: object type {kind}"),
    };
    let order = format!("read {address} {kind},{number} priorityArray");
    writeln!(client.input(), "{order}").unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut client.output, &mut line).unwrap();
    let slots: serde_json::Value = serde_json::from_str(&line).unwrap();
    let slots = slots.as_array().unwrap_or_else(|| panic!("{order}: {slots}"));
    !slots[usize::from(slot) - 1].is_null()
}

/// Whether a level coil holds the state `value`, read by mbpoll.
fn holds(hall: &TownHall, level: hauswart::model::PointId, value: f64) -> bool {
    let point = hall.site.points.get(level);
    let PointSource::Modbus(source) = &hall.site.sources[level.index()] else { panic!() };
    let Some((Table::Coil, address)) = source.read else { panic!("{}", point.name) };
    let port = hall.plant.modbus_address().port().to_string();
    let DeviceAddress::Modbus { unit } = hall.site.devices[point.device].address else { panic!() };
    let unit = unit.to_string();
    let mut command = Command::new("mbpoll");
    command.args(["-m", "tcp", "-0", "-1", "-t", "0", "-p", &port, "-a", &unit]);
    command.args(["-r", &address.to_string(), "127.0.0.1"]);
    let output = command.output().expect("mbpoll is missing: run tests/run");
    let text = String::from_utf8_lossy(&output.stdout);
    let bit = text.lines().find_map(|line| line.strip_prefix(&format!("[{address}]:")));
    let bit: i64 = bit.unwrap_or_else(|| panic!("{text}")).trim().parse().unwrap();
    source.states.iter().any(|(code, state)| *code == bit && *state as f64 == value)
}
