//! The drivers' tasks: one a connection, started together, started anew where
//! one has died (a bug, but one that must not end the others).

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::field::{self, Link, Report, Request};
use crate::model::{Clock, PointId};
use crate::site::Site;

/// See the module.
#[derive(Debug)]
pub struct Drivers {
    site: Arc<Site>,
    clock: Arc<dyn Clock>,
    reports: mpsc::Sender<Report>,
    pub hold_back: Arc<AtomicBool>,
    running: Vec<Driver>,
    /// Ended on purpose, for a while.
    resting: bool,
}

#[derive(Debug)]
struct Driver {
    requests: mpsc::Sender<Request>,
    task: JoinHandle<()>,
    /// Deaths since it last lived for [`SETTLED`].
    deaths: u32,
    /// When it was started, in steady time.
    since: Duration,
}

/// One that has lived so long is sound again.
const SETTLED: Duration = Duration::from_secs(600);
/// Wait after the first death; doubled with each further one, up to
/// [`SETTLED`].
const FIRST_WAIT: Duration = Duration::from_secs(1);

impl Driver {
    /// Died, and has waited long enough to be started anew.
    fn wants_revival(&self, now: Duration) -> bool {
        let wait = FIRST_WAIT.saturating_mul(1 << self.deaths.min(10)).min(SETTLED);
        self.task.is_finished() && now.saturating_sub(self.since) >= wait
    }
}

/// What [`Drivers::revive`] found, by the connections' names.
#[derive(Debug, Default)]
pub struct Revived {
    pub started_anew: Vec<String>,
    pub sound_again: Vec<String>,
}

impl Drivers {
    /// Starts one for each connection that a device uses.
    pub fn start(site: Arc<Site>, clock: Arc<dyn Clock>, reports: mpsc::Sender<Report>) -> Self {
        let hold_back = Arc::new(AtomicBool::new(false));
        let mut drivers =
            Self { site, clock, reports, hold_back, running: Vec::new(), resting: false };
        for connection in 0..drivers.site.connections.len() {
            let driver = drivers.spawn(connection);
            drivers.running.push(driver);
        }
        drivers
    }

    fn spawn(&self, connection: usize) -> Driver {
        // At most one write a point is outstanding; the rest is for reads.
        let points: usize = self
            .site
            .devices
            .iter()
            .filter(|device| device.connection == connection)
            .map(|device| device.points.len())
            .sum();
        let (requests, received) = mpsc::channel(points * 2 + 16);
        let link = Link {
            site: self.site.clone(),
            connection,
            clock: self.clock.clone(),
            requests: received,
            reports: self.reports.clone(),
            hold_back: self.hold_back.clone(),
        };
        let since = self.clock.now().steady;
        Driver { requests, task: field::spawn(link), deaths: 0, since }
    }

    /// Starts anew those that have died, ever more rarely if they die again.
    pub fn revive(&mut self, now: Duration) -> Revived {
        let mut revived = Revived::default();
        if self.resting {
            return revived;
        }
        for connection in 0..self.running.len() {
            let name = &self.site.connections[connection].name;
            let driver = &mut self.running[connection];
            if driver.wants_revival(now) {
                revived.started_anew.push(name.clone());
                let deaths = driver.deaths + 1;
                self.running[connection] = Driver { deaths, ..self.spawn(connection) };
            } else if driver.deaths > 0
                && !driver.task.is_finished()
                && now.saturating_sub(driver.since) >= SETTLED
            {
                driver.deaths = 0;
                revived.sound_again.push(name.clone());
            }
        }
        revived
    }

    /// Lets all end: what they are doing is finished, connections are closed.
    pub fn rest(&mut self) {
        self.resting = true;
        for driver in &mut self.running {
            driver.requests = mpsc::channel(1).0;
        }
    }

    /// Starts all anew after a rest.
    pub fn wake(&mut self) {
        if !std::mem::take(&mut self.resting) {
            return;
        }
        for connection in 0..self.running.len() {
            self.running[connection].task.abort();
            self.running[connection] = self.spawn(connection);
        }
    }

    /// Where requests about `point` go.
    pub fn requests_of(&self, point: PointId) -> mpsc::Sender<Request> {
        let device = self.site.points.get(point).device;
        self.running[self.site.devices[device].connection].requests.clone()
    }

    /// Ends them, all at once: what they are doing is finished, or cut off
    /// after a while.
    pub async fn end(self) {
        let tasks: Vec<_> = self.running.into_iter().map(|driver| driver.task).collect();
        let give_up = tokio::time::Instant::now() + Duration::from_secs(2);
        for mut task in tasks {
            if tokio::time::timeout_at(give_up, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}
