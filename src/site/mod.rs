//! The validated site: what `site.toml` and the device templates say, once
//! every fault in them has been told. Other rooms read these types; only
//! [`load()`] makes them.
//!
//! ```text
//! text ─ syntax ▶ section ▶ raw_site, template, raw_point   form: keys, types, units
//!                     └────▶ validate ▶ connections, devices, points, command, meters,
//!                                       alarms, reporting, tariffs, jobs, web
//! ```

mod abandoned;
mod addresses;
mod alarms;
mod bacnet;
mod command;
mod connections;
mod counting;
mod devices;
mod fault;
mod folders;
mod jobs;
mod load;
mod meters;
mod modbus;
mod out_of_service;
mod place;
mod points;
mod price;
mod quantity;
mod raw_alarms;
mod raw_meter;
mod raw_point;
mod raw_report;
mod raw_site;
mod report;
mod reporting;
mod section;
mod states;
mod syntax;
mod tariffs;
mod template;
mod validate;
mod web;
mod words;

pub use alarms::{Alarms, Destination, Encryption, LifeSign, MailServer, Recipient, Secret, shown};
pub use fault::{
    Address, Closing, JobFault, Listening, Meaning, MeterFault, Naming, Post, ReportFault, Shape,
    TariffFault, Type, What, Wire,
};
pub use folders::{Folders, SiteFolder};
pub use load::{Loaded, ReadError, load, read};
pub use report::{Contract, Job, JobPeriod, Norm, OutdoorSensor, Price, Reporting, Weather};
pub use template::embedded_templates;
pub use web::{Tls, WebApi};
pub use words::{is_keyword, is_name};

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::model::{Language, OutOfService, PointId, PointTable, Quantity, Unit};
use crate::wire::modbus::{DataType, Order, Table};

/// Where a site's devices (`building.device`) and points are declared: the
/// file, and bytes of its text. A point that its template brings is declared
/// there.
pub type Places = HashMap<String, (Arc<str>, Range<usize>)>;

/// A site, whole and free of errors.
#[derive(Debug, Clone)]
pub struct Site {
    pub name: String,
    pub title: String,
    pub time_zone: TimeZone,
    /// Chooses the weather station and the climate factor.
    pub postcode: Option<String>,
    pub language: Language,
    /// How often the rules are evaluated.
    pub cycle: Duration,
    /// How long a rule keeps its last decision while it is unknown.
    pub grace: Duration,
    /// No writer is started at all.
    pub read_only: bool,
    /// Absolute: the store, history, the socket and the lock.
    pub data: PathBuf,
    /// Absolute: the folder of `*.rules`.
    pub rules: PathBuf,
    /// When changed rule files go live.
    pub reload: Reload,
    pub buildings: Vec<Building>,
    pub connections: Vec<Connection>,
    pub devices: Vec<Device>,
    pub points: PointTable,
    /// Where each point lies on the wire, by [`PointId`].
    pub sources: Vec<PointSource>,
    pub meters: Vec<Meter>,
    pub alarms: Alarms,
    /// How the history is kept.
    pub history: Recording,
    /// What reports need beside the meters.
    pub report: Reporting,
    /// Where other programs pull figures; `None`: nowhere.
    pub web: Option<WebApi>,
    /// Devices and points that nothing commands for a while.
    pub out_of_service: Vec<Closure>,
}

/// A device or point that is out of service for a while, and where the site
/// file says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// `building.device` or `building.device.point`
    pub name: String,
    /// Index into [`Site::devices`] where it is a whole device.
    pub device: Option<usize>,
    pub closed: Arc<OutOfService>,
    pub file: Arc<str>,
    /// Bytes of that file's text.
    pub span: Range<usize>,
}

impl Site {
    /// Whether a point can be commanded to this state: some are only read
    /// (`write_states`). Numbers have limits instead.
    #[must_use]
    pub fn takes_state(&self, point: PointId, state: usize) -> bool {
        match &self.sources[point.index()] {
            PointSource::Modbus(source) => source.write.as_ref().is_some_and(|write| {
                write.states.is_empty() || write.states.iter().any(|(known, _)| *known == state)
            }),
            PointSource::Bacnet(source) => {
                source.states.is_empty() || source.states.iter().any(|(_, known)| *known == state)
            }
        }
    }
}

/// How the history is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recording {
    /// Readings of at most this long are lost when the power goes.
    pub flush: Duration,
    /// How long samples are kept, at least; `None`: for ever. As the others.
    pub samples: Option<Duration>,
    pub quarter_hours: Option<Duration>,
    pub events: Option<Duration>,
}

impl Default for Recording {
    fn default() -> Self {
        let two_years = Duration::from_secs(731 * 86_400);
        Self {
            flush: Duration::from_secs(30),
            samples: Some(two_years),
            quarter_hours: None,
            events: None,
        }
    }
}

/// When the daemon takes up rule files that have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Reload {
    /// Once they are quiet and free of errors.
    #[default]
    #[serde(rename = "automatic")]
    Automatic,
    /// When somebody says so; until then the change is told.
    #[serde(rename = "by hand")]
    ByHand,
}

/// A building, with what reports need of it.
#[derive(Debug, Clone)]
pub struct Building {
    pub name: String,
    pub title: String,
    pub usage: Option<Usage>,
    pub areas: Areas,
    pub year: Option<i16>,
    /// The schedule of the rule files that says when it is occupied.
    pub occupancy: Option<NamedSchedule>,
    /// First and last day of the time that its savings are measured against; `None`:
    /// the site's.
    pub reference: Option<(Date, Date)>,
    /// How hot its hot water is, °C, where a water meter counts it and no heat meter.
    pub hot_water_c: Option<f64>,
}

/// A schedule that the site file names, and where, for the checker of the
/// rules that define it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSchedule {
    pub schedule: String,
    pub file: Arc<str>,
    /// Bytes of that file's text.
    pub span: Range<usize>,
}

/// Areas in m², each with its own meaning (ENERGY: they differ by 10–15 %).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Areas {
    /// Net usable (Nutzungsfläche).
    pub nuf: Option<f64>,
    /// Net floor (Nettogrundfläche).
    pub ngf: Option<f64>,
    /// Gross floor, heated (Bruttogrundfläche).
    pub bgf: Option<f64>,
}

/// Usage classes that benchmarks exist for (VDI 3807).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Usage {
    Administration,
    School,
    Kindergarten,
    SportsHall,
    SwimmingPool,
    Depot,
    FireStation,
    VolunteerFireHouse,
    CommunityHall,
    Library,
    Museum,
    Housing,
    Other,
}

/// A line to devices; one task serves each.
#[derive(Debug, Clone)]
pub struct Connection {
    pub name: String,
    pub transport: Transport,
    /// How long an answer may take. Real time, whatever the clock.
    pub timeout: Duration,
}

#[derive(Debug, Clone)]
pub enum Transport {
    ModbusTcp { host: String, port: u16 },
    ModbusRtu(SerialLine),
    ModbusRtuOverTcp { host: String, port: u16 },
    BacnetIp(BacnetIp),
}

#[derive(Debug, Clone)]
pub struct SerialLine {
    pub path: String,
    pub baud: u32,
    pub parity: Parity,
    pub stop_bits: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parity {
    None,
    Even,
    Odd,
}

/// A BACnet/IP network as seen from this machine.
#[derive(Debug, Clone)]
pub struct BacnetIp {
    /// The address to bind; port 47808 is usual.
    pub bind: SocketAddrV4,
    /// Where Who-Is goes; `None`: no broadcasts are sent.
    pub broadcast: Option<Ipv4Addr>,
    /// Register as a foreign device at this BBMD.
    pub foreign: Option<ForeignDevice>,
    /// Our own device instance in I-Am; `None`: we stay silent.
    pub instance: Option<u32>,
}

#[derive(Debug, Clone)]
pub struct ForeignDevice {
    pub bbmd: SocketAddrV4,
    /// Renewed after half of it.
    pub ttl: Duration,
}

/// A device on a connection.
#[derive(Debug, Clone)]
pub struct Device {
    pub name: String,
    /// Index into [`Site::buildings`].
    pub building: usize,
    /// Index into [`Site::connections`].
    pub connection: usize,
    pub template: Option<String>,
    pub address: DeviceAddress,
    /// In order of ids.
    pub points: Vec<PointId>,
    /// Its watchdog is fed by reads: it is not polled once no cycle has
    /// completed for 60 s (DEVICES, Samson TROVIS).
    pub watchdog_fed_by_reads: bool,
    pub modbus: ModbusLimits,
}

#[derive(Debug, Clone, PartialEq)]
pub enum DeviceAddress {
    Modbus { unit: u8 },
    Bacnet(BacnetAddress),
}

/// How a BACnet device is found: by its instance (Who-Is), by its address, or
/// both; an address alone is enough for devices that never answer Who-Is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacnetAddress {
    pub instance: Option<u32>,
    /// The device, or the router before it.
    pub address: Option<SocketAddr>,
    /// Network number and address on it, for a device behind a router.
    pub routed: Option<(u16, Vec<u8>)>,
}

/// What a Modbus device bears in one request.
#[derive(Debug, Clone, PartialEq)]
pub struct ModbusLimits {
    /// Largest block of registers, 1–125.
    pub max_registers: u16,
    /// Largest block of coils or inputs, 1–2000.
    pub max_bits: u16,
    /// Largest run of unused registers that may be read across to save a
    /// request.
    pub max_gap: u16,
    /// No block may contain these addresses unless a point lies there: table,
    /// first and last address, both included.
    pub holes: Vec<(Table, u16, u16)>,
    /// Silence between two requests. Real time; on a line the longest of its
    /// devices holds for all, for all of them hear all requests.
    pub pause: Duration,
}

impl Default for ModbusLimits {
    fn default() -> Self {
        Self {
            max_registers: 125,
            max_bits: 2000,
            max_gap: 8,
            holes: Vec::new(),
            pause: Duration::ZERO,
        }
    }
}

/// Where a point lies on the wire.
#[derive(Debug, Clone, PartialEq)]
pub enum PointSource {
    Modbus(ModbusSource),
    Bacnet(BacnetSource),
}

/// canonical = (raw × scale + offset) × unit factor; states map raw codes.
#[derive(Debug, Clone, PartialEq)]
pub struct ModbusSource {
    /// `None` for a point that can only be written.
    pub read: Option<(Table, u16)>,
    pub write: Option<ModbusWrite>,
    pub data: DataType,
    pub order: Order,
    /// canonical = raw × scale + offset, the unit's factor already in both.
    pub scale: f64,
    pub offset: f64,
    /// Raw bit patterns that mean "no value" (0x7FFF, 0xFFFF…): faulty.
    pub invalid: Vec<u64>,
    /// Raw code of each state on reading, by state index; several codes may
    /// mean one state. Empty for numbers.
    pub states: Vec<(i64, usize)>,
    /// A single bit of a register (0 = lowest); read only.
    pub bit: Option<u8>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ModbusWrite {
    pub table: Table,
    pub address: u16,
    /// Write with function 15/16 even for one coil or register.
    pub multiple: bool,
    /// Raw code of each state on writing, by state index; may differ from the
    /// codes on reading. Empty for numbers.
    pub states: Vec<(usize, i64)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BacnetSource {
    /// Object type and instance, by number; vendor types pass through.
    pub object: (u16, u32),
    /// Property by number; 85 is present-value.
    pub property: u32,
    pub array_index: Option<u32>,
    /// Subscribe to changes where the device offers it.
    pub cov: bool,
    /// canonical = raw × scale + offset.
    pub scale: f64,
    pub offset: f64,
    /// Raw value of each state, by state index: multi-state objects count
    /// from 1, binaries are 0 and 1. Empty for numbers.
    pub states: Vec<(i64, usize)>,
}

/// A meter, for reports.
#[derive(Debug, Clone)]
pub struct Meter {
    pub name: String,
    /// Index into [`Site::buildings`].
    pub building: usize,
    pub source: MeterSource,
    /// What people read it in: kWh or m³ where nothing else is said.
    pub unit: Unit,
    pub carrier: Carrier,
    pub serves: Vec<Serves>,
    /// Index into [`Site::meters`].
    pub parent: Option<usize>,
    pub direction: Direction,
    /// Whether the heat includes hot water, which weather does not change.
    pub hot_water_included: Option<bool>,
    /// What is used while the counter goes up by one: of current transformers or
    /// pulses; until a replacement says otherwise.
    pub factor: f64,
    /// The reading after which the counter begins again at zero, canonical.
    pub rolls_over: Option<f64>,
    /// The smallest step of the counter, canonical, where the register tells.
    pub step: Option<f64>,
    /// The most that it can count, `factor` included: connected load in W or
    /// greatest flow in m³/s.
    pub load: Option<f64>,
    /// In order of time.
    pub replaced: Vec<Replacement>,
    /// How volume becomes energy, in order of time.
    pub conversions: Vec<Conversion>,
    /// Its word in sets of emission factors, where its carrier alone does not tell: of
    /// what district heat is made, `district-heat-chp-gas`; `electricity-near-building`.
    pub made_of: Option<String>,
}

impl Meter {
    /// Whether it counts energy: else a volume.
    #[must_use]
    pub fn counts_energy(&self) -> bool {
        self.unit.quantity == Quantity::ENERGY
    }
}

/// Where a meter's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeterSource {
    /// A counter.
    Counter(PointId),
    /// A power: its energy is derived.
    Power(PointId),
    /// A dial that somebody reads.
    Dial,
}

/// Another meter in its place: readings canonical, as the counters show them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replacement {
    pub at: Timestamp,
    /// What the old one showed last.
    pub end: f64,
    /// What the new one showed first.
    pub start: f64,
    /// From then on; `None`: as before.
    pub factor: Option<f64>,
}

/// How much energy is in a cubic metre, from a day on. Of the gross calorific
/// value, as gas is billed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conversion {
    pub from: Date,
    /// The midnight at which that day begins.
    pub begins: Timestamp,
    /// From the volume that the meter counts to the normal one; 1 for what is no gas.
    pub state_number: f64,
    /// J/m³, of the normal volume.
    pub calorific_value: f64,
}

impl Conversion {
    /// J for each m³ that the meter counts.
    #[must_use]
    pub fn joules(&self) -> f64 {
        self.state_number * self.calorific_value
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    Electricity,
    NaturalGas,
    Biogas,
    Lpg,
    Oil,
    Wood,
    Pellets,
    DistrictHeat,
    Heat,
    Cold,
    Water,
}

impl Carrier {
    /// Whether it is burnt here, and so has a calorific value.
    #[must_use]
    pub const fn is_fuel(self) -> bool {
        match self {
            Self::NaturalGas
            | Self::Biogas
            | Self::Lpg
            | Self::Oil
            | Self::Wood
            | Self::Pellets => true,
            Self::Electricity | Self::DistrictHeat | Self::Heat | Self::Cold | Self::Water => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Serves {
    All,
    Heating,
    HotWater,
    Ventilation,
    Cooling,
    Lighting,
    Kitchen,
    Pumps,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Used in the building.
    #[default]
    Import,
    /// Fed back, as from photovoltaics.
    Export,
    /// Made here.
    Generation,
}

impl Site {
    /// `building.device`, as people know it.
    ///
    /// # Panics
    /// If `device` is another site's.
    #[must_use]
    pub fn device_name(&self, device: usize) -> String {
        let device = &self.devices[device];
        format!("{}.{}", self.buildings[device.building].name, device.name)
    }
}
