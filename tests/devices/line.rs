//! A driver on a site's only connection, and the orders that tests give it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use hauswart::clock::Scaled;
use hauswart::field::{
    self, Link, Order, RelinquishOutcome, Report, Request, Sample, WriteOutcome,
};
use hauswart::model::{Clock, PointId};
use hauswart::site::Site;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Longer than anything takes on a busy machine.
const LONG: Duration = Duration::from_secs(60);

pub struct Line {
    pub site: Arc<Site>,
    requests: mpsc::Sender<Request>,
    clock: Arc<dyn Clock>,
}

impl Line {
    pub fn start(site: Site) -> Self {
        let site = Arc::new(site);
        let clock: Arc<dyn Clock> = Arc::new(Scaled::real());
        let (requests, orders) = mpsc::channel(16);
        let (reporter, mut reports) = mpsc::channel::<Report>(1024);
        let _ends_with_the_line = field::spawn(Link {
            site: site.clone(),
            connection: 0,
            clock: clock.clone(),
            requests: orders,
            reports: reporter,
            hold_back: Arc::new(AtomicBool::new(false)),
        });
        tokio::spawn(async move { while reports.recv().await.is_some() {} });
        Self { site, requests, clock }
    }

    pub fn point(&self, name: &str) -> PointId {
        let full = format!("Rathaus.Pruefling.{name}");
        self.site.points.find(&full).unwrap_or_else(|| panic!("no point {full}"))
    }

    async fn ask<T>(&self, order: Order, answer: oneshot::Receiver<T>) -> T {
        self.requests.send(Request { order, busy: self.clock.busy() }).await.unwrap();
        timeout(LONG, answer).await.expect("no answer").expect("the driver ended")
    }

    pub async fn read(&self, point: PointId) -> Sample {
        let (reply, answer) = oneshot::channel();
        let samples = self.ask(Order::Read { points: vec![point], reply }, answer).await;
        *samples.iter().find(|sample| sample.point == point).expect("the device was silent")
    }

    pub async fn write(&self, point: PointId, value: f64) -> WriteOutcome {
        let (reply, answer) = oneshot::channel();
        self.ask(Order::Write { point, value, reply }, answer).await
    }

    pub async fn relinquish(&self, point: PointId, ours: f64) -> RelinquishOutcome {
        let (reply, answer) = oneshot::channel();
        self.ask(Order::Relinquish { point, ours, reply }, answer).await
    }
}
