//! The picture of the running system that the local socket gives: plain data,
//! the same for the page, the terminal and other programs. Written by the
//! engine, read back by the commands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Level, Quality};
use crate::rules::AlarmClass;
use crate::store::drills::DrillRecord;

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
    pub schedules: Vec<ScheduleStatus>,
    pub overrides: Vec<OverrideStatus>,
    /// Those that somebody forgot to make into a rule.
    #[serde(default)]
    pub forgotten: Vec<ForgottenStatus>,
    /// What the site file says is out of service, now, later or until lately.
    #[serde(default)]
    pub out_of_service: Vec<ClosureStatus>,
    /// Full names of the rules that wait to be acknowledged.
    #[serde(default)]
    pub awaiting: Vec<String>,
    /// A drill: nothing is read or commanded until then.
    #[serde(default)]
    pub drill_until: Option<Timestamp>,
    /// Those that stand, and urgent ones that nobody has acknowledged.
    pub alarms: Vec<AlarmStatus>,
    /// The HTTP API over TCP, where the site file has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web: Option<WebStatus>,
    /// Reports that are written by themselves, as the site file has them.
    #[serde(default)]
    pub jobs: Vec<JobStatus>,
}

/// The HTTP API over TCP.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WebStatus {
    /// Address and port.
    pub listen: String,
    pub tls: bool,
    /// Why it does not listen, in the site's language; `None`: it does.
    pub why_not: Option<String>,
}

/// A report that is written by itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobStatus {
    pub name: String,
    /// The next of its times; `None`: there is none, or nobody makes reports here.
    pub next: Option<Timestamp>,
    /// The time of it that was taken up last.
    pub last: Option<Timestamp>,
    pub state: JobState,
    /// Those written the last time.
    pub files: Vec<String>,
    /// Why it failed; in the site's language.
    pub why: Option<String>,
    /// How often that time has failed.
    pub failures: u32,
    /// Since when it runs; `None`: it does not.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// How it stands with the time that was taken up last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// None has been taken up.
    New,
    Running,
    Done,
    /// It is tried again.
    Failed,
}

/// The drill that runs, and those that were, oldest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DrillsStatus {
    pub now: Timestamp,
    /// When control goes on; `None`: no drill runs.
    pub until: Option<Timestamp>,
    pub past: Vec<DrillRecord>,
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
    /// Of a register that wears out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wear: Option<WearStatus>,
}

/// How often a register was written that wears out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WearStatus {
    pub writes: u64,
    /// So many it endures.
    pub endures: u32,
    /// Since when they are counted; `None`: none yet.
    pub since: Option<Timestamp>,
    /// How long it lasts in all at the pace so far; `None` within the first day.
    pub lasts_years: Option<f64>,
    /// A change waits until then to spare it.
    pub waits_until: Option<Timestamp>,
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
pub struct ScheduleStatus {
    /// With its building.
    pub name: String,
    /// `None`: unknown, for the clock cannot be right.
    pub on: Option<bool>,
    /// Its next change, looked for a week ahead.
    pub changes: Option<Timestamp>,
    /// An operator says so.
    pub by_hand: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overridden {
    Point,
    Schedule,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OverrideStatus {
    pub id: u64,
    pub kind: Overridden,
    /// The full name of the point or schedule.
    pub point: String,
    pub shown: String,
    pub from: Timestamp,
    pub until: Timestamp,
    /// Whether it has begun.
    pub active: bool,
    pub user: String,
    pub why: String,
}

/// Overrides that belong in a schedule or rule by now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ForgottenStatus {
    /// The full name of the point or schedule.
    pub point: String,
    pub shown: String,
    pub how: ForgottenHow,
    /// The sentence for people.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForgottenHow {
    /// Extended again and again.
    Extended,
    /// At the same hour of several weeks.
    Weekly,
}

/// A device or point that nothing commands for a while.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClosureStatus {
    /// `building.device` or `building.device.point`
    pub name: String,
    pub begins: Timestamp,
    pub ends: Timestamp,
    pub by: String,
    pub why: String,
}

/// An alarm that stands, or has gone and was not acknowledged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlarmStatus {
    /// By which `hauswart acknowledge` calls it.
    pub number: u64,
    pub class: AlarmClass,
    /// When it came.
    pub since: Timestamp,
    /// When it went; `None`: it stands.
    pub gone: Option<Timestamp>,
    /// It comes and goes, and is held as one.
    pub flaps: Option<FlapsStatus>,
    pub acknowledged: Option<SeenStatus>,
    pub text: String,
    /// What hauswart does about it meanwhile.
    pub done: String,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct FlapsStatus {
    pub times: u64,
    pub since: Timestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeenStatus {
    pub by: String,
    pub at: Timestamp,
    pub why: String,
}

/// What became of changed rule files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReloadOutcome {
    /// The old rules go on.
    #[default]
    Refused,
    Unchanged,
    /// A dry run; or only a person takes them up.
    WouldTake,
    Taken,
}

/// What other rules change, or why they are not taken up.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ReloadReport {
    pub outcome: ReloadOutcome,
    /// Why they are refused.
    pub why: Option<String>,
    /// Those that are commanded otherwise from now on.
    pub points: Vec<PointChange>,
    pub rules_new: Vec<String>,
    pub rules_changed: Vec<String>,
    pub rules_gone: Vec<String>,
    pub rules_unchanged: usize,
    /// Errors and warnings, as `check` gives them.
    pub diagnostics: serde_json::Value,
    /// The same as text.
    pub told: String,
    /// Files that have changed and count from the next start on only.
    pub restart: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PointChange {
    pub point: String,
    /// `None`: not commanded.
    pub before: Option<String>,
    pub after: Option<String>,
    /// Who decides it then, else who did.
    pub rule: Option<String>,
    /// `file:line` of the rule.
    pub place: Option<String>,
}
