//! The picture of the running system that the local socket gives: plain data,
//! the same for the page, the terminal and other programs. Written by the
//! engine, read back by the commands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Level, Quality};
use crate::rules::AlarmClass;

/// Everything at a glance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    pub site: String,
    pub version: String,
    /// The clock's wall time.
    pub now: Timestamp,
    pub started: Timestamp,
    pub read_only: bool,
    pub stopping: bool,
    pub cycles: u64,
    pub rules: usize,
    pub rules_unknown: usize,
    pub devices: Vec<DeviceStatus>,
    pub points: Vec<PointStatus>,
    pub overrides: Vec<OverrideStatus>,
    pub alarms: Vec<AlarmStatus>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceStatus {
    /// `building.device`
    pub name: String,
    pub connection: String,
    /// `None`: not heard of yet.
    pub answers: Option<bool>,
    pub since: Timestamp,
    /// The last failure in words, while it is silent.
    pub why: Option<String>,
    pub points: usize,
    pub points_known: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PointStatus {
    pub name: String,
    /// In the unit it is shown in, or the state's index; `None`: unknown.
    pub value: Option<f64>,
    /// As people read it, `?` where nothing is known.
    pub shown: String,
    pub unit: Option<String>,
    pub quality: Quality,
    /// Seconds since it was read; `None`: never.
    pub age_s: Option<f64>,
    pub command: Option<CommandStatus>,
}

/// What is commanded, by whom, and whether the device holds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommandStatus {
    pub shown: String,
    pub level: Option<Level>,
    /// The rule or the person.
    pub by: Option<String>,
    /// `file:line` of the rule.
    pub place: Option<String>,
    /// The device was read back and holds it.
    pub confirmed: bool,
    /// How it stands, in words.
    pub state: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OverrideStatus {
    pub id: u64,
    pub point: String,
    pub shown: String,
    pub from: Timestamp,
    pub until: Timestamp,
    pub user: String,
    pub why: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlarmStatus {
    pub class: AlarmClass,
    pub since: Timestamp,
    pub text: String,
}
