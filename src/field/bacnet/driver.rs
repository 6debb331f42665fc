//! The task of one BACnet/IP network: opens its sockets, starts a polling task
//! for each device, spread in time, and gives each order to its device. Ends
//! when no more orders can come and the last is done.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use super::client::Client;
use super::cov::{keep_subscribed, reported};
use super::device::Device;
use super::orders::carry_out;
use super::plan::Plan;
use super::poll::poll;
use crate::field::{
    DeviceState, Link, News, Order, RelinquishOutcome, Report, Request, Sample, WriteOutcome,
};
use crate::model::{Busy, Commander, PointId, system_words};
use crate::site::{BacnetIp, Transport};

/// Sockets that cannot be opened are tried again after this, in real time: at
/// boot the network may come later than we do.
const REOPEN: Duration = Duration::from_secs(5);

/// Cancelling subscriptions at the end may take this long.
const FAREWELL: Duration = Duration::from_secs(5);

/// Works until `requests` is closed. `busy` holds up the clock until all
/// devices wait for their first beat.
pub(super) async fn work(mut link: Link, busy: Busy) {
    let connection = &link.site.connections[link.connection];
    let Transport::BacnetIp(settings) = connection.transport.clone() else { return };
    let timeout = connection.timeout;
    let Some((client, busy)) = open(&mut link, &settings, timeout, busy).await else { return };
    let (stop, stopped) = watch::channel(false);
    let mut polls = JoinSet::new();
    let mut subscriptions = JoinSet::new();
    let mut devices = HashMap::new();
    let own: Vec<usize> = own_devices(&link).collect();
    let mut place = 0;
    for index in &own {
        let (site, clock) = (Arc::clone(&link.site), Arc::clone(&link.clock));
        let device =
            Arc::new(Device::new(*index, site, clock, client.clone(), link.reports.clone()));
        // COV lifetimes are real time: at infinite speed they mean nothing.
        let points = if link.clock.speed().is_finite() { reported(&device) } else { Vec::new() };
        if let Some(plan) = Plan::new(&device, &points, &mut place, own.len()) {
            let hold_back = Arc::clone(&link.hold_back);
            polls.spawn(poll(Arc::clone(&device), plan, hold_back, link.clock.busy()));
        }
        if !points.is_empty() {
            subscriptions.spawn(keep_subscribed(Arc::clone(&device), points, stopped.clone()));
        }
        devices.insert(*index, device);
    }
    drop(busy);
    serve(&mut link, &devices, &mut polls).await;
    polls.shutdown().await;
    stop.send_replace(true);
    let farewell = async { while subscriptions.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(FAREWELL.min(timeout * 2), farewell).await;
}

/// The connection's devices.
fn own_devices(link: &Link) -> impl Iterator<Item = usize> {
    let devices = link.site.devices.iter().enumerate();
    let own = link.connection;
    devices.filter(move |(_, device)| device.connection == own).map(|(index, _)| index)
}

/// Opens the sockets, however long it takes; `None` if the engine gave up.
async fn open(
    link: &mut Link,
    settings: &BacnetIp,
    timeout: Duration,
    mut busy: Busy,
) -> Option<(Client, Busy)> {
    let mut told = false;
    loop {
        let error = match Client::open(settings, timeout) {
            Ok(client) => return Some((client, busy)),
            Err(error) => error,
        };
        let language = link.site.language;
        let (address, why) = (error.address, system_words(&error.source, language));
        let words = language.pick(
            format!("Anschluss {address} lässt sich nicht öffnen: {why}"),
            format!("{address} cannot be opened: {why}"),
        );
        if !told {
            tracing::warn!("{words}");
            let own: Vec<usize> = own_devices(link).collect();
            for device in own {
                let state = DeviceState::Silent(words.clone());
                let news = News::Device { device, state };
                let _ = link.reports.send(Report { news, busy: link.clock.busy() }).await;
            }
            told = true;
        }
        drop(std::mem::take(&mut busy));
        let again = tokio::time::sleep(REOPEN);
        tokio::pin!(again);
        loop {
            tokio::select! {
                () = &mut again => break,
                request = link.requests.recv() => fail(request?, &words),
            }
        }
        busy = link.clock.busy();
    }
}

/// Gives orders to their devices until no more can come; then waits for the
/// last of them.
async fn serve(link: &mut Link, devices: &HashMap<usize, Arc<Device>>, polls: &mut JoinSet<()>) {
    let mut orders = JoinSet::new();
    loop {
        tokio::select! {
            request = link.requests.recv() => match request {
                Some(request) => dispatch(link, devices, request, &mut orders),
                None => break,
            },
            Some(done) = orders.join_next() => report_panic(done),
            // Polls have no end of their own.
            Some(done) = polls.join_next() => report_panic(done),
        }
    }
    while let Some(done) = orders.join_next().await {
        report_panic(done);
    }
}

fn report_panic(done: Result<(), tokio::task::JoinError>) {
    if let Err(error) = done {
        tracing::error!(%error, "a task of the BACnet driver failed");
    }
}

fn dispatch(
    link: &Link,
    devices: &HashMap<usize, Arc<Device>>,
    request: Request,
    orders: &mut JoinSet<()>,
) {
    let device = |point: PointId| devices.get(&link.site.points.get(point).device);
    let point = match &request.order {
        Order::Write { point, .. }
        | Order::Relinquish { point, .. }
        | Order::Base { point, .. }
        | Order::Commander { point, .. } => *point,
        Order::Read { .. } => return read(link, devices, request, orders),
    };
    match device(point) {
        Some(device) => {
            orders.spawn(carry_out(Arc::clone(device), request));
        }
        None => fail(request, "the point is not on this connection"),
    }
}

/// Points of several devices are read by each at the same time.
fn read(
    link: &Link,
    devices: &HashMap<usize, Arc<Device>>,
    request: Request,
    orders: &mut JoinSet<()>,
) {
    let Order::Read { points, reply } = request.order else { return };
    let mut shares: HashMap<usize, Vec<PointId>> = HashMap::new();
    for point in points {
        shares.entry(link.site.points.get(point).device).or_default().push(point);
    }
    let mut answers: Vec<oneshot::Receiver<Vec<Sample>>> = Vec::new();
    for (index, points) in shares {
        let Some(device) = devices.get(&index) else { continue };
        let (reply, answer) = oneshot::channel();
        let request = Request { order: Order::Read { points, reply }, busy: link.clock.busy() };
        orders.spawn(carry_out(Arc::clone(device), request));
        answers.push(answer);
    }
    let busy = request.busy;
    orders.spawn(async move {
        let mut samples = Vec::new();
        for answer in answers {
            samples.extend(answer.await.unwrap_or_default());
        }
        let _ = reply.send(samples);
        drop(busy);
    });
}

/// Answers an order that cannot be carried out.
fn fail(request: Request, words: &str) {
    match request.order {
        Order::Write { reply, .. } => {
            let _ = reply.send(WriteOutcome::Failed(words.to_owned()));
        }
        Order::Relinquish { reply, .. } => {
            let _ = reply.send(RelinquishOutcome::Failed(words.to_owned()));
        }
        Order::Base { reply, .. } => {
            let _ = reply.send(None);
        }
        Order::Commander { reply, .. } => {
            let _ = reply.send(Commander::Unknown);
        }
        Order::Read { reply, .. } => {
            let _ = reply.send(Vec::new());
        }
    }
}
