//! Actions of the writer on their way to the drivers: journalled first, then
//! sent, and their outcome brought back to the loop.

use std::collections::BTreeMap;
use std::future::Future;

use tokio::sync::oneshot;

use super::drivers::Drivers;
use super::run::{Back, Running};
use crate::control::{Action, Done};
use crate::field::{Order, RelinquishOutcome, Request, Sample, WriteOutcome};
use crate::model::{Clock, Commander, PointId};
use crate::site::Site;
use crate::store::records::WornRecord;

impl Running {
    /// Records what is about to be commanded and sends it. Whether or not the
    /// record succeeds, the command goes out: a full disk stops no control.
    pub(super) fn dispatch(&mut self, actions: Vec<Action>) {
        if actions.is_empty() {
            return;
        }
        let recorded = self.journal.command(&self.site, &actions, self.worn_by(&actions));
        let mut sending = Vec::new();
        for action in actions {
            let requests = self.drivers.requests_of(action.target());
            sending.push((action, requests, self.clock.busy()));
        }
        let back = self.back.clone();
        tokio::spawn(async move {
            recorded.await;
            for (action, requests, busy) in sending {
                let back = back.clone();
                tokio::spawn(async move {
                    let point = action.subject();
                    let done = carry_out(&action, &requests).await;
                    let _ = back.send(Back::Done { point, done, busy });
                });
            }
        });
    }

    /// How worn the registers are that these actions write to, themselves
    /// counted.
    fn worn_by(&self, actions: &[Action]) -> Vec<WornRecord> {
        let writing = actions.iter().filter(|action| action.writes());
        let worn = writing.filter_map(|action| {
            let point = action.target();
            let worn = self.writer.as_ref()?.worn(point)?;
            Some(WornRecord { point: self.site.points.get(point).name.clone(), worn })
        });
        worn.collect()
    }
}

pub(super) type Requests = tokio::sync::mpsc::Sender<Request>;

/// Sends one action to its driver and waits for the outcome. The lock-step
/// clock is held by the caller's token.
pub(super) async fn carry_out(action: &Action, requests: &Requests) -> Done {
    match action {
        Action::Write(command) => write(requests, command.point, command.value).await,
        Action::ReleaseWrite { point, value, .. } => write(requests, *point, *value).await,
        Action::Relinquish { point, ours } => {
            let order = |reply| Order::Relinquish { point: *point, ours: *ours, reply };
            match ask(requests, order).await {
                Some(RelinquishOutcome::Released) => Done::Released,
                Some(RelinquishOutcome::NotOurs(held)) => Done::NotOurs(held),
                Some(RelinquishOutcome::Refused(why)) => Done::Refused(why),
                Some(RelinquishOutcome::Failed(why)) => Done::Failed(why),
                None => died(),
            }
        }
        Action::Commander { point, ours } => {
            let order = |reply| Order::Commander { point: *point, ours: *ours, reply };
            Done::Commander(ask(requests, order).await.unwrap_or(Commander::Unknown))
        }
        Action::Base { point } => {
            Done::Base(ask(requests, |reply| Order::Base { point: *point, reply }).await.flatten())
        }
    }
}

pub(super) async fn write(requests: &Requests, point: PointId, value: f64) -> Done {
    match ask(requests, |reply| Order::Write { point, value, reply }).await {
        Some(WriteOutcome::Held(held)) => Done::Held(held),
        Some(WriteOutcome::NotReadBack(why)) => Done::NotReadBack(why),
        Some(WriteOutcome::Refused(why)) => Done::Refused(why),
        Some(WriteOutcome::Failed(why)) => Done::Failed(why),
        None => died(),
    }
}

fn died() -> Done {
    Done::Failed("driver ended".to_owned())
}

async fn ask<T>(requests: &Requests, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Option<T> {
    let (reply, answer) = oneshot::channel();
    let request = Request { order: order(reply), busy: crate::model::Busy::none() };
    requests.send(request).await.ok()?;
    answer.await.ok()
}

/// Reads these points now, each connection by itself and all at once.
pub(super) fn read(
    site: &Site,
    drivers: &Drivers,
    points: &[PointId],
    clock: &dyn Clock,
) -> impl Future<Output = Vec<Sample>> + Send + use<> {
    let mut by_connection: BTreeMap<usize, Vec<PointId>> = BTreeMap::new();
    for point in points {
        let device = site.points.get(*point).device;
        by_connection.entry(site.devices[device].connection).or_default().push(*point);
    }
    let busy = clock.busy();
    let readings: Vec<_> = by_connection
        .into_values()
        .map(|points| {
            let requests = drivers.requests_of(points[0]);
            tokio::spawn(async move {
                ask(&requests, |reply| Order::Read { points, reply }).await.unwrap_or_default()
            })
        })
        .collect();
    async move {
        let mut samples = Vec::new();
        for reading in readings {
            samples.extend(reading.await.unwrap_or_default());
        }
        drop(busy);
        samples
    }
}
