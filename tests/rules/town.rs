//! The town hall of the examples, as the site file and the templates describe
//! it, made by hand; and short ways to compile and to evaluate.

use std::sync::Arc;
use std::time::Duration;

use hauswart::model::diagnostic::{self, Source};
use hauswart::model::{
    Abandoned, Command, Kind, Language, Now, Point, PointId, PointTable, Quality, Reading, Release,
    Role, Snapshot, Unit,
};
use hauswart::rules::{Compiled, NamedFile, Program, State, Texts, Unreadable, Verdict};
use hauswart::rules::{calendar_text, compile, references};
use hauswart::site::{Areas, Building, Device, DeviceAddress, ModbusLimits, Site};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

/// Device, point, unit or states, limits if it can be commanded.
type Row = (&'static str, &'static str, &'static str, Option<(f64, f64)>);

const MODES: &str = "standby day night";
const AUTO_MODES: &str = "auto standby day night";

const POINTS: [Row; 47] = [
    ("Kessel", "Aussen", "°C", None),
    ("Kessel", "RK1_Vorlauf", "°C", None),
    ("Kessel", "RK2_Vorlauf", "°C", None),
    ("Kessel", "RK1_Ruecklauf", "°C", None),
    ("Kessel", "RK2_Ruecklauf", "°C", None),
    ("Kessel", "Speicher", "°C", None),
    ("Kessel", "RK1_Betriebsart", MODES, Some((0.0, 2.0))),
    ("Kessel", "RK2_Betriebsart", MODES, Some((0.0, 2.0))),
    ("Kessel", "WW_Betriebsart", MODES, Some((0.0, 2.0))),
    ("Kessel", "WW_Soll", "°C", Some((20.0, 70.0))),
    ("HK1", "Raum", "°C", None),
    ("HK1", "Raum_Soll", "°C", Some((5.0, 30.0))),
    ("HK1", "Betriebsart", AUTO_MODES, Some((0.0, 3.0))),
    ("HK1", "Vorlauf", "°C", None),
    ("HK1", "Ruecklauf", "°C", None),
    ("HK1", "Ventil", "%", None),
    ("HK1", "Pumpe", "off on", None),
    ("HK2", "Raum", "°C", None),
    ("HK2", "Raum_Soll", "°C", Some((5.0, 30.0))),
    ("HK2", "Betriebsart", AUTO_MODES, Some((0.0, 3.0))),
    ("HK2", "Vorlauf", "°C", None),
    ("HK2", "Ruecklauf", "°C", None),
    ("HK2", "Ventil", "%", None),
    ("HK2", "Pumpe", "off on", None),
    ("RLT1", "Aussen", "°C", None),
    ("RLT1", "Zuluft", "°C", None),
    ("RLT1", "Abluft", "°C", None),
    ("RLT1", "CO2", "ppm", None),
    ("RLT1", "Zuluft_Soll", "°C", Some((14.0, 28.0))),
    ("RLT1", "Stufe", "off stage1 stage2 stage3", Some((0.0, 3.0))),
    ("RLT1", "Filter", "ok dirty", None),
    ("Strom", "Leistung", "kW", None),
    ("Strom", "Bezug", "kWh", None),
    ("Waerme", "Energie", "kWh", None),
    ("Waerme", "Leistung", "kW", None),
    ("Waerme", "Messperiode", "off on", None),
    ("Gas", "Volumen", "m³", None),
    // For whole-number stages and for switches that can be commanded.
    ("Lueftung", "Stufe", "", Some((0.0, 3.0))),
    ("Lueftung", "Klappe", "off on", Some((0.0, 1.0))),
    // What must not stay as it is if this program dies.
    ("Altbau", "Brenner", "off on", Some((0.0, 1.0))),
    ("Altbau", "Kessel", "off on", Some((0.0, 1.0))),
    ("Altbau", "Vorlauf_Soll", "°C", Some((5.0, 90.0))),
    ("Altbau", "Raum_Soll", "°C", Some((2.0, 30.0))),
    ("Altbau", "WW_Soll", "°C", Some((20.0, 90.0))),
    ("Altbau", "Ventil", "%", Some((0.0, 100.0))),
    ("Altbau", "Betriebsart", "aus absenk tag", Some((0.0, 2.0))),
    // A push button.
    ("Saal", "Taster", "off on", None),
];

/// Roles of the old building's points; the others have none.
fn role(device: &str, name: &str) -> Role {
    match (device, name) {
        ("Altbau", "Brenner") => Role::Burner,
        ("Altbau", "Kessel") => Role::Boiler,
        ("Altbau", "Vorlauf_Soll") => Role::FlowSetpoint,
        ("Altbau", "Raum_Soll") => Role::RoomSetpoint,
        ("Altbau", "WW_Soll") => Role::HotWaterSetpoint,
        ("Altbau", "Ventil") => Role::Valve,
        ("Altbau", "Betriebsart") => Role::Mode,
        _ => Role::Other,
    }
}

fn kind(text: &str) -> Kind {
    match Unit::parse(text) {
        Some(unit) => Kind::Number(unit),
        None => Kind::States(text.split(' ').map(str::to_owned).collect()),
    }
}

fn range(unit: &str) -> Option<(f64, f64)> {
    match unit {
        "°C" => Some((-50.0, 150.0)),
        "ppm" => Some((0.0, 5000.0)),
        "%" => Some((0.0, 100.0)),
        _ => None,
    }
}

fn device(name: &str) -> Device {
    Device {
        name: name.to_owned(),
        building: 0,
        connection: 0,
        template: None,
        address: DeviceAddress::Modbus { unit: 1 },
        points: Vec::new(),
        watchdog_fed_by_reads: false,
        modbus: ModbusLimits::default(),
    }
}

fn point(row: &Row, device: usize) -> Point {
    let (device_name, name, unit, limits) = row;
    Point {
        name: format!("Rathaus.{device_name}.{name}"),
        building: 0,
        device,
        kind: kind(unit),
        role: role(device_name, name),
        range: range(unit),
        poll: Duration::from_secs(30),
        command: limits.map(|limits| {
            Box::new(Command {
                release: Release::Slot(13),
                released: None,
                hold_on_stop: false,
                limits: Some(limits),
                floor: None,
                ceiling: None,
                min_write_interval: Duration::ZERO,
                keep_alive: None,
                endures: None,
                heartbeat: None,
                tolerance: 0.05,
                abandoned: Abandoned {
                    // The old boiler has a watchdog of its own.
                    falls_back: (*name == "Kessel").then_some(Duration::from_secs(60)),
                    ..Abandoned::default()
                },
                out_of_service: None,
            })
        }),
        readable: true,
        by_hand: None,
        hours: Vec::new(),
        momentary: *name == "Taster",
        keep: Default::default(),
        pulse: None,
        rolls_over: None,
        formerly: Vec::new(),
    }
}

pub fn site() -> Site {
    let mut devices: Vec<Device> = Vec::new();
    let mut points = PointTable::default();
    for row in &POINTS {
        if devices.last().is_none_or(|last| last.name != row.0) {
            devices.push(device(row.0));
        }
        let id = points.push(point(row, devices.len() - 1)).unwrap();
        devices.last_mut().unwrap().points.push(id);
    }
    // The heating controller's own switch, for `is by hand`.
    let switch = points.find("Rathaus.HK1.Betriebsart").unwrap();
    let room = points.find("Rathaus.HK1.Raum_Soll").unwrap();
    points.get_mut(room).by_hand = Some((switch, vec![2.0, 3.0]));
    // The damper had run before, and the heat meter tells its periods.
    let damper = points.find("Rathaus.Lueftung.Klappe").unwrap();
    points.get_mut(damper).hours = vec![(1, Duration::from_secs(99 * 3600))];
    let heat = points.find("Rathaus.Waerme.Leistung").unwrap();
    points.get_mut(heat).pulse = points.find("Rathaus.Waerme.Messperiode");
    Site {
        name: "Musterstadt".to_owned(),
        title: "Musterstadt".to_owned(),
        time_zone: TimeZone::get("Europe/Berlin").unwrap(),
        postcode: None,
        language: Language::De,
        cycle: Duration::from_secs(10),
        grace: Duration::from_secs(600),
        read_only: false,
        data: "/nowhere".into(),
        rules: "/nowhere".into(),
        reload: Default::default(),
        buildings: vec![Building {
            name: "Rathaus".to_owned(),
            title: "Rathaus".to_owned(),
            usage: None,
            areas: Areas::default(),
            year: None,
            occupancy: None,
            hot_water_c: None,
            reference: None,
        }],
        connections: Vec::new(),
        devices,
        points,
        sources: Vec::new(),
        meters: Vec::new(),
        out_of_service: Vec::new(),
        history: Default::default(),
        report: Default::default(),
        web: None,
        alarms: Default::default(),
    }
}

/// The site that the demo ships, from its site file; each rule file is looked
/// at alone, so that the building's occupancy may be another's.
pub fn demo_site() -> Site {
    let loaded = hauswart::site::read(&root().join("rules/demo/site.toml")).unwrap();
    let mut site = loaded.site.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    site.buildings[0].occupancy = None;
    site
}

pub fn source(file: &str, text: &str) -> Source {
    Source { file: file.into(), text: text.into() }
}

/// What becomes of `rules` on 2 March 2026, with the calendar files of
/// `tests/rules/calendars` beside them.
pub fn compiled(rules: &[Source], site: &Site) -> (Compiled, Vec<Source>) {
    let files: Vec<NamedFile> = references(rules)
        .into_iter()
        .map(|reference| {
            let bytes = std::fs::read(root().join("tests/rules/calendars").join(&reference.named));
            let text = bytes.map_or(Err(Unreadable::Missing), calendar_text);
            NamedFile { path: reference.named.as_str().into(), text, reference }
        })
        .collect();
    let texts = Texts { rules, files: &files, today: Some(date(2026, 3, 2)) };
    let named = files.iter().filter_map(NamedFile::source);
    (compile(texts, site), rules.iter().cloned().chain(named).collect())
}

/// The diagnostics of `text`, in one language, as a terminal shows them.
pub fn diagnosed(file: &str, text: &str, site: &Site, language: Language) -> String {
    let (compiled, sources) = compiled(&[source(file, text)], site);
    diagnostic::render(&compiled.diagnostics, &sources, language, false)
}

/// Whether rules of the town hall have no errors; random ones may have.
pub fn compiles(body: &str) -> bool {
    let text = format!("language 1\nbuilding Rathaus\n{body}");
    compile(&[source("test.rules", &text)], &site()).program.is_some()
}

/// The codes of all diagnostics of a text in the town hall.
pub fn codes(body: &str) -> Vec<&'static str> {
    let text = format!("language 1\nbuilding Rathaus\n{body}");
    let (compiled, _) = compiled(&[source("test.rules", &text)], &site());
    compiled.diagnostics.iter().map(|diagnostic| diagnostic.fault.code()).collect()
}

/// A building on a desk: its rules, what they remember, its points, the time.
pub struct Bench {
    pub site: Site,
    pub program: Program,
    pub state: State,
    pub verdict: Verdict,
    pub snapshot: Snapshot,
}

impl Bench {
    /// Rules of the town hall at `start`, local time; nothing has been read.
    pub fn new(body: &str, start: &str) -> Self {
        Self::from_text(&format!("language 1\nbuilding Rathaus\n{body}"), start)
    }

    pub fn from_text(text: &str, start: &str) -> Self {
        let site = site();
        let sources = [source("test.rules", text)];
        let (Compiled { program, diagnostics }, sources) = compiled(&sources, &site);
        let shown = diagnostic::render(&diagnostics, &sources, Language::En, false);
        let program = program.unwrap_or_else(|| panic!("{shown}"));
        let now = Now { wall: local(start), steady: Duration::from_secs(1000) };
        let snapshot = Snapshot::never(now, site.points.len());
        let verdict = Verdict::default();
        Self { state: program.state(), verdict, site, program, snapshot }
    }

    /// As [`new`](Self::new), with every point read: 0 or the first state.
    pub fn read(body: &str, start: &str) -> Self {
        let mut bench = Self::new(body, start);
        let at = bench.snapshot.now;
        for reading in &mut bench.snapshot.readings {
            *reading = Reading { value: 0.0, quality: Quality::Good, at };
        }
        bench
    }

    pub fn id(&self, point: &str) -> PointId {
        self.site.points.find(&format!("Rathaus.{point}")).unwrap_or_else(|| panic!("{point}"))
    }

    /// `20 °C`, `standby`, or `bad`.
    pub fn give(&mut self, point: &str, value: &str) {
        let id = self.id(point);
        let at = self.snapshot.now;
        let reading = &mut self.snapshot.readings[id.index()];
        if value == "bad" {
            reading.quality = Quality::Faulty;
            return;
        }
        let value = match &self.site.points.get(id).kind {
            Kind::Number(_) => hauswart::model::unit::parse_quantity(value).unwrap().0,
            Kind::States(states) => states.iter().position(|state| state == value).unwrap() as f64,
        };
        *reading = Reading { value, quality: Quality::Good, at };
    }

    pub fn pass(&mut self, seconds: u64) {
        let by = Duration::from_secs(seconds);
        self.snapshot.now.wall += by;
        self.snapshot.now.steady += by;
    }

    pub fn cycle(&mut self) -> Verdict {
        self.program.evaluate(&self.snapshot, &mut self.state, &mut self.verdict);
        self.verdict.clone()
    }

    /// One cycle: every claim as `point level demand value`, alarms as their
    /// text, in order.
    pub fn says(&mut self) -> Vec<String> {
        let verdict = self.cycle();
        let mut said: Vec<String> = verdict
            .claims()
            .map(|claim| {
                let point = self.site.points.get(claim.point);
                let name = point.name.trim_start_matches("Rathaus.");
                let (word, value) = match claim.demand {
                    hauswart::model::Demand::Set(value) => ("=", value),
                    hauswart::model::Demand::AtLeast(value) => (">=", value),
                    hauswart::model::Demand::AtMost(value) => ("<=", value),
                };
                format!("{name} {} {word} {}", claim.level, point.kind.display(value))
            })
            .collect();
        let alarms = verdict.alarms.iter();
        said.extend(alarms.map(|alarm| {
            format!("{}: {}", alarm.class.keyword(), alarm.text(Language::En, &self.site.points))
        }));
        said
    }
}

/// `2026-03-02T06:00` in the town hall's zone.
pub fn local(text: &str) -> Timestamp {
    let zone: TimeZone = TimeZone::get("Europe/Berlin").unwrap();
    let at: jiff::civil::DateTime = text.parse().unwrap();
    zone.to_timestamp(at).unwrap()
}

/// Whether the long rounds are asked for (`tests/run --long`).
pub fn long() -> bool {
    std::env::var_os("HAUSWART_LONG").is_some()
}

/// The folder of the repository.
pub fn root() -> std::path::PathBuf {
    std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` whose name ends in `ending`, in order.
pub fn files(folder: &str, ending: &str) -> Vec<std::path::PathBuf> {
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

pub fn file_name(path: &std::path::Path) -> Arc<str> {
    path.file_name().unwrap().to_str().unwrap().into()
}
