//! Changes told by the devices themselves (SubscribeCOV, clause 13.1): asked
//! for again after half their lifetime, after a silence and after a restart.
//! Polls go on beneath, more rarely (`plan`). Lifetimes are real time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, watch};

use super::client::Heard;
use super::device::{Device, Patience};
use super::failure::Failure;
use super::read::{Item, Reading};
use super::transaction::Target;
use crate::field::{News, Sample};
use crate::model::PointId;
use crate::wire::bacnet::{CovNotification, PropertyRef, SubscribeCov, property};

/// How long a device keeps a subscription; it is renewed after half of it.
const LIFETIME: Duration = Duration::from_secs(300);

/// An I-Am means a restart; in a storm of them not each is heeded.
const CALM: Duration = Duration::from_secs(10);

/// A point that its device may report, and whether it does.
pub(super) type Reported = (PointId, Arc<AtomicBool>);

/// The points of a device that ask for COV and can have it.
pub(super) fn reported(device: &Device) -> Vec<Reported> {
    let points = &device.site.devices[device.index].points;
    let offered = points.iter().filter(|point| {
        device.locate(**point).is_some_and(|(_, property, source)| {
            source.cov && property == PropertyRef::new(property::PRESENT_VALUE)
        })
    });
    offered.map(|point| (*point, Arc::default())).collect()
}

/// Keeps the device's points subscribed until `stop` is set.
pub(super) async fn keep_subscribed(
    device: Arc<Device>,
    points: Vec<Reported>,
    mut stop: watch::Receiver<bool>,
) {
    let mut answers = device.answers();
    loop {
        tokio::select! {
            () = until(&mut stop, |stop| *stop) => return,
            () = until(&mut answers, |answers| *answers == Some(true)) => {}
        }
        let Ok(target) = device.target(Patience::Usual).await else {
            tokio::time::sleep(CALM).await;
            continue;
        };
        let inbox = device.client.notifications(process(&device), target.peer.clone());
        let stopped = tokio::select! {
            () = until(&mut stop, |stop| *stop) => true,
            () = serve(&device, &target, &points, inbox, answers.clone()) => false,
        };
        if stopped {
            cancel(&device, &target, &points).await;
        }
        device.client.unsubscribe(process(&device));
        points.iter().for_each(|(_, active)| active.store(false, Ordering::Relaxed));
        if stopped {
            return;
        }
    }
}

/// Waits for a state; for ever if nobody can set it any more.
async fn until<T>(state: &mut watch::Receiver<T>, is_reached: impl FnMut(&T) -> bool) {
    if state.wait_for(is_reached).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The number by which the device's notifications are known.
fn process(device: &Device) -> u32 {
    u32::try_from(device.index).unwrap_or(u32::MAX - 1) + 1
}

/// Subscribes, renews and tells what comes, until the device is silent. Where
/// the device offers no COV at all the next round asks again.
async fn serve(
    device: &Device,
    target: &Target,
    points: &[Reported],
    mut inbox: mpsc::Receiver<CovNotification>,
    mut answers: watch::Receiver<Option<bool>>,
) {
    loop {
        let heard = device.client.listen();
        subscribe(device, target, points).await;
        let again = async {
            tokio::select! {
                () = tokio::time::sleep(LIFETIME / 2) => {}
                () = restarted(target, heard) => {}
            }
        };
        tokio::pin!(again);
        loop {
            tokio::select! {
                told = inbox.recv() => match told {
                    Some(told) => tell(device, points, &told).await,
                    None => return,
                },
                () = until(&mut answers, |answers| *answers != Some(true)) => return,
                () = &mut again => break,
            }
        }
    }
}

/// Ends when the device makes itself known again, after some calm.
async fn restarted(target: &Target, mut heard: broadcast::Receiver<Heard>) {
    tokio::time::sleep(CALM).await;
    heard = heard.resubscribe();
    loop {
        match heard.recv().await {
            Ok(Heard::Device(peer, _)) if peer == target.peer => return,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            _ => {}
        }
    }
}

async fn subscribe(device: &Device, target: &Target, points: &[Reported]) {
    for (point, active) in points {
        let Some((object, ..)) = device.locate(*point) else { continue };
        let seconds = LIFETIME.as_secs() as u32;
        let mut answer = Ok(());
        // Confirmed ones are repeated if they are lost; not all devices can.
        for confirmed in [true, false] {
            let terms = Some((confirmed, seconds));
            let asked = SubscribeCov { process: process(device), object, terms };
            answer = device.client.subscribe_cov(target, asked).await;
            if !matches!(answer, Err(Failure::Refused(_))) {
                break;
            }
        }
        active.store(answer.is_ok(), Ordering::Relaxed);
        if let Err(failure) = answer {
            tracing::debug!(%object, %failure, "no subscription; it is polled");
            if failure.is_silence() {
                return;
            }
        }
    }
}

async fn cancel(device: &Device, target: &Target, points: &[Reported]) {
    let target = Target { tries: 1, ..target.clone() };
    for (point, active) in points {
        let Some((object, ..)) = device.locate(*point) else { continue };
        if active.load(Ordering::Relaxed) {
            let asked = SubscribeCov { process: process(device), object, terms: None };
            if device.client.subscribe_cov(&target, asked).await.is_err() {
                return;
            }
        }
    }
}

/// Tells the engine what a notification says of our points.
async fn tell(device: &Device, points: &[Reported], told: &CovNotification) {
    let at = device.clock.now();
    let find = |wanted| {
        let value = told.values.iter().find(|value| value.property == PropertyRef::new(wanted));
        value.map(|value| value.values.clone())
    };
    let Some(value) = find(property::PRESENT_VALUE) else { return };
    let flags = find(property::STATUS_FLAGS).map(Ok);
    let reading = Reading { value: Ok(value), flags, reliability: None, at };
    let fault = reading.fault() == Some(true);
    let samples: Vec<Sample> = points
        .iter()
        .filter_map(|(point, _)| Item::of(device, *point))
        .filter(|item| item.object == told.object)
        .filter_map(|item| reading.sample(device, item.point, fault))
        .collect();
    if !samples.is_empty() {
        device.tell(News::Samples(samples)).await;
    }
}
