//! A point: one value of one device, what it means, and whether and how it may
//! be commanded. Where it lies on the wire is the site's matter.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::unit::{Quantity, Unit};

/// A point's place in the site's [`PointTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PointId(pub u32);

impl PointId {
    /// The index into tables of points.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What kind of value a point has.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A quantity, shown in this unit, kept in the canonical one.
    Number(Unit),
    /// One of these states, by index. A switch is `["off", "on"]`.
    States(Vec<String>),
}

impl Kind {
    /// The states of a switch.
    #[must_use]
    pub fn switch() -> Self {
        Self::States(vec!["off".into(), "on".into()])
    }

    /// The quantity of a number; `None` for states.
    #[must_use]
    pub const fn quantity(&self) -> Option<Quantity> {
        match self {
            Self::Number(unit) => Some(unit.quantity),
            Self::States(_) => None,
        }
    }

    /// `value` as people read it: `20.5 °C`, `standby`, `?` for a state that
    /// does not exist or a value that is no number.
    #[must_use]
    pub fn display(&self, value: f64) -> String {
        match self {
            Self::Number(unit) => unit.display(value),
            Self::States(states) => state_index(value)
                .and_then(|index| states.get(index))
                .map_or_else(|| "?".to_owned(), Clone::clone),
        }
    }
}

/// The index that a state's value stands for; `None` for anything but a small
/// whole number.
#[must_use]
pub fn state_index(value: f64) -> Option<usize> {
    ((0.0..65_536.0).contains(&value) && value.fract() == 0.0).then_some(value as usize)
}

/// What a point is for: the closed list that reports, checks and pages use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    RoomTemperature,
    RoomSetpoint,
    RoomHumidity,
    Co2,
    OutdoorTemperature,
    OutdoorHumidity,
    FlowTemperature,
    FlowSetpoint,
    ReturnTemperature,
    SupplyTemperature,
    SupplySetpoint,
    ExtractTemperature,
    HotWaterTemperature,
    HotWaterSetpoint,
    Mode,
    Valve,
    Damper,
    Pump,
    Fan,
    FanStage,
    Boiler,
    Burner,
    HeatPump,
    Compressor,
    Window,
    Presence,
    Pressure,
    Flow,
    Power,
    Energy,
    Volume,
    Voltage,
    Current,
    Frequency,
    OperatingHours,
    Starts,
    FilterAlarm,
    Alarm,
    Status,
    HandSwitch,
    ControlLevel,
    Heartbeat,
    Other,
}

/// How a commanded point is let go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Release {
    /// BACnet: NULL into this slot of the priority array (1–16), if it still
    /// holds our value.
    Slot(u8),
    /// Write back what stood there when the point was taken over.
    Restore,
    /// Write this value (canonical).
    Value(f64),
    /// Write this value to another point of the device: the coil, for
    /// instance, that hands control back.
    Action { point: PointId, value: f64 },
}

/// What a point needs in order to be commanded.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    pub release: Release,
    /// What the device would do by itself once it is let go, canonical, where
    /// the site file says so (`released =`): what a `keep` with no `set` below
    /// it compares with. `None`: the value journalled on taking over; BACnet
    /// reads the next lower slot.
    pub released: Option<f64>,
    /// Hold the last command at a clean stop instead of releasing it.
    pub hold_on_stop: bool,
    /// What the device accepts, canonical, both ends included.
    pub limits: Option<(f64, f64)>,
    /// Declared in the site file; stands above all levels.
    pub floor: Option<f64>,
    /// Declared in the site file; stands above all levels.
    pub ceiling: Option<f64>,
    /// No two writes closer than this (registers that wear out).
    pub min_write_interval: Duration,
    /// Write again this long after the last write, though nothing changed.
    pub keep_alive: Option<Duration>,
    /// So many writes the register's memory endures; `None`: it does not wear.
    pub endures: Option<u32>,
    /// A heartbeat: toggled this often by completed cycles, commanded by nobody.
    pub heartbeat: Option<Duration>,
    /// What counts as equal on reading back, in canonical units: half a step
    /// of the register, or more where the site says so.
    pub tolerance: f64,
    pub abandoned: Abandoned,
    /// Nothing commands it for a while: the system is drained or not in use.
    pub out_of_service: Option<Arc<OutOfService>>,
}

/// From when until when nothing is commanded, floors included, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfService {
    pub begins: Timestamp,
    /// The midnight after the last day.
    pub ends: Timestamp,
    /// The last day.
    pub until: Date,
    pub by: String,
    pub why: String,
}

impl OutOfService {
    /// Whether it holds at this moment of the wall clock.
    #[must_use]
    pub fn is_in_force(&self, wall: Timestamp) -> bool {
        self.begins <= wall && wall < self.ends
    }
}

impl Command {
    /// Why nothing commands it at this moment, if so.
    #[must_use]
    pub fn out_of_service_at(&self, wall: Timestamp) -> Option<&OutOfService> {
        self.out_of_service.as_deref().filter(|closed| closed.is_in_force(wall))
    }
}

/// What becomes of a command if this program is gone without letting go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Abandoned {
    /// The device goes back to its own control this long after it last heard
    /// of us; `None`: the command stays.
    pub falls_back: Option<Duration>,
    /// States that do no harm if they stay; `None`: not said.
    pub harmless: Option<Vec<f64>>,
    /// Someone has accepted that the command may stay.
    pub accepted: Option<Accepted>,
}

/// Who accepted a risk, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub by: String,
    pub on: Date,
    pub why: String,
}

/// Which readings of a point the history keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Keep {
    /// Those that say something new, and one every quarter hour.
    #[default]
    #[serde(rename = "on change")]
    OnChange,
    /// Every one.
    #[serde(rename = "each reading")]
    Each,
    /// None: a register that only counts up the seconds, for instance.
    #[serde(rename = "none")]
    None,
}

/// One value of one device.
#[derive(Debug, Clone)]
pub struct Point {
    /// `building.device.point`; the site's name stands before it only where
    /// several sites meet.
    pub name: String,
    /// Index into the site's buildings.
    pub building: usize,
    /// Index into the site's devices.
    pub device: usize,
    pub kind: Kind,
    pub role: Role,
    /// Plausible values, canonical, both ends included; a reading outside is
    /// out of range and so unknown.
    pub range: Option<(f64, f64)>,
    /// How often it is read.
    pub poll: Duration,
    /// `None`: read only. Boxed: most points are.
    pub command: Option<Box<Command>>,
    /// False for a point that can only be written.
    pub readable: bool,
    /// The device's own switch that says "by hand": a point and the states of
    /// it that mean so.
    pub by_hand: Option<(PointId, Vec<f64>)>,
    /// What it had run in a state (by index) before counting began, where the
    /// site file says so: `hours(P is on)` goes on from there.
    pub hours: Vec<(usize, Duration)>,
    /// Which of its readings the history keeps.
    pub keep: Keep,
    /// A push button or a pulse: true for a moment only.
    pub momentary: bool,
    /// The point of the device that tells where metering periods begin.
    pub pulse: Option<PointId>,
    /// Of a counter: the value after which it begins again at zero, canonical.
    pub rolls_over: Option<f64>,
    /// Earlier names, whose history and commands are this point's.
    pub formerly: Vec<String>,
}

impl Point {
    /// Whether rules and people can command it: a heartbeat they cannot.
    #[must_use]
    pub fn is_commandable(&self) -> bool {
        self.command.as_ref().is_some_and(|command| command.heartbeat.is_none())
    }
}

/// All points of a site, by id and by name.
#[derive(Debug, Clone, Default)]
pub struct PointTable {
    points: Vec<Point>,
    by_name: HashMap<String, PointId>,
}

impl PointTable {
    /// Adds a point; `None` if its name is taken.
    pub fn push(&mut self, point: Point) -> Option<PointId> {
        let id = PointId(u32::try_from(self.points.len()).ok()?);
        if self.by_name.contains_key(&point.name) {
            return None;
        }
        self.by_name.insert(point.name.clone(), id);
        self.points.push(point);
        Some(id)
    }

    /// Gives back the room for points that will not come.
    pub fn shrink_to_fit(&mut self) {
        self.points.shrink_to_fit();
        self.by_name.shrink_to_fit();
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The point with this id.
    ///
    /// # Panics
    /// If the id is another table's.
    #[must_use]
    pub fn get(&self, id: PointId) -> &Point {
        &self.points[id.index()]
    }

    /// For building the table: ids are fixed once given.
    pub fn get_mut(&mut self, id: PointId) -> &mut Point {
        &mut self.points[id.index()]
    }

    /// By full name `building.device.point`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<PointId> {
        self.by_name.get(name).copied()
    }

    /// All points in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (PointId, &Point)> {
        (0..).map(PointId).zip(&self.points)
    }
}
