//! The running system: drivers fill the live table; each cycle freezes it,
//! evaluates the rules, arbitrates, and lets the writer command what differs.
//! One task owns all state; everything else speaks to it by messages.
//!
//! ```text
//!   drivers ──reports──▶ live ──freeze──▶ cycle ──▶ writer ──requests──▶ drivers
//!   handle  ──asks─────▶  │                          │
//!                         └── alarms, picture        └── journal (store)
//! ```

mod acknowledge;
pub mod alarm;
mod alarming;
pub mod ask;
pub mod backtest;
mod closed;
mod describe;
mod dispatch;
mod drill;
mod drivers;
mod explain;
pub mod find;
pub mod forgotten;
mod happenings;
mod heart;
pub mod jobs;
mod journal;
mod life_sign;
mod live;
mod memory;
mod operate;
mod overrides;
pub mod past;
pub mod picture;
mod plan;
pub mod plausible;
pub mod recall;
pub mod reload;
mod run;
mod shadow;
pub mod simulation;
mod telling;
#[cfg(test)]
mod tests;
mod watchdog;

use std::fmt;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cycle::Outcome;
use crate::history;
use crate::model::{Clock, Snapshot};
use crate::rules::Program;
use crate::site::Site;
use crate::store::{Lost, Store};

use ask::Handle;
use jobs::MakeReport;
use reload::RuleFiles;

/// Sees each cycle as it happens, in the engine's task: must be quick.
pub type Watch = Box<dyn FnMut(&Snapshot, &Outcome) + Send>;

/// What an engine runs.
pub struct Setup {
    pub site: Arc<Site>,
    /// `None`: nothing but overrides commands anything.
    pub program: Option<Program>,
    /// Where the program comes from; `None`: nobody can change it.
    pub rule_files: Option<RuleFiles>,
    pub clock: Arc<dyn Clock>,
    /// Where commands outstanding, overrides and what rules remember are kept
    /// over restarts; `None` only where nothing can be lost (demo, reading).
    pub store: Option<Arc<dyn Store>>,
    /// What was lost when the store was opened; told as an alarm.
    pub lost: Vec<Lost>,
    pub watch: Option<Watch>,
    /// How the history is kept, in the data folder beside the store; `None`, or
    /// without a store: not at all.
    pub history: Option<history::Settings>,
    /// Makes the reports of the site's jobs; `None`: no job is done.
    pub make_report: Option<MakeReport>,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("site", &self.site.name).finish_non_exhaustive()
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ending {
    /// Points that could not be let go of: they stay recorded for the next
    /// start.
    pub left_commanded: Vec<String>,
}

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    handle: Handle,
    stop: CancellationToken,
    task: JoinHandle<Ending>,
}

impl Engine {
    /// Starts the drivers and the cycle. Must be called within a tokio
    /// runtime.
    #[must_use]
    pub fn start(setup: Setup) -> Self {
        let (asks, questions) = mpsc::channel(16);
        let stop = CancellationToken::new();
        // Taken before the tasks exist, so that time waits for them.
        let busy = setup.clock.busy();
        let task = tokio::spawn(run::run(setup, questions, stop.clone(), busy));
        Self { handle: Handle { asks }, stop, task }
    }

    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Ends when the engine has; `None` if it died of a bug, and so has let go
    /// of nothing.
    pub async fn ended(&mut self) -> Option<Ending> {
        (&mut self.task).await.ok()
    }

    /// Lets go of everything and ends, within 45 s.
    pub async fn stop(mut self) -> Option<Ending> {
        self.stop.cancel();
        self.ended().await
    }
}
