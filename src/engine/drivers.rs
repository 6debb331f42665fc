//! The drivers' tasks: one a connection, started together, started anew where
//! one has died.

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
}

#[derive(Debug)]
struct Driver {
    requests: mpsc::Sender<Request>,
    task: JoinHandle<()>,
}

impl Drivers {
    /// Starts one for each connection that a device uses.
    pub fn start(site: Arc<Site>, clock: Arc<dyn Clock>, reports: mpsc::Sender<Report>) -> Self {
        let hold_back = Arc::new(AtomicBool::new(false));
        let mut drivers = Self { site, clock, reports, hold_back, running: Vec::new() };
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
        Driver { requests, task: field::spawn(link) }
    }

    /// Starts anew those that have died; gives the connections' names.
    pub fn revive(&mut self) -> Vec<String> {
        let mut revived = Vec::new();
        for connection in 0..self.running.len() {
            if self.running[connection].task.is_finished() {
                self.running[connection] = self.spawn(connection);
                revived.push(self.site.connections[connection].name.clone());
            }
        }
        revived
    }

    /// Where requests about `point` go.
    pub fn requests_of(&self, point: PointId) -> mpsc::Sender<Request> {
        let device = self.site.points.get(point).device;
        self.running[self.site.devices[device].connection].requests.clone()
    }

    /// Ends them: what they are doing is finished, or cut off after a while.
    pub async fn end(self) {
        for driver in self.running {
            drop(driver.requests);
            let abort = driver.task.abort_handle();
            if tokio::time::timeout(Duration::from_secs(2), driver.task).await.is_err() {
                abort.abort();
            }
        }
    }
}
