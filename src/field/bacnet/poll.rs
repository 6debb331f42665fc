//! The polling task of one device. It holds the clock up while it asks, never
//! while it waits; its neighbours have tasks of their own, so that a dead
//! device delays nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::device::{Device, Patience};
use super::plan::{Plan, faulty};
use super::transaction::lock;
use crate::field::News;
use crate::model::Busy;

/// Polls for ever. `hold_back`: see [`Link`](crate::field::Link).
pub(super) async fn poll(
    device: Arc<Device>,
    mut plan: Plan,
    hold_back: Arc<AtomicBool>,
    mut busy: Busy,
) {
    let fed_by_reads = device.site.devices[device.index].watchdog_fed_by_reads;
    loop {
        // The sleep is entered before the token is let go.
        let sleep = device.clock.sleep_until(plan.due());
        drop(busy);
        busy = sleep.await;
        if fed_by_reads && hold_back.load(Ordering::Relaxed) {
            plan.skip(device.clock.now().steady);
        } else {
            turn(&device, &mut plan).await;
        }
    }
}

/// One poll.
async fn turn(device: &Device, plan: &mut Plan) {
    let target = match device.target(Patience::Usual).await {
        Ok(target) => target,
        Err(failure) => {
            device.note(Some(&failure)).await;
            // A refusal to be found is an answer too, but no way in.
            return plan.silent(device.clock.now().steady);
        }
    };
    let singly = lock(&device.habits).multiple == Some(false);
    let start = device.clock.now();
    let turn = plan.turn(start.steady, singly);
    let read = device.read(&target, &turn.items).await;
    let heard = read.readings.iter().any(Option::is_some);
    let failure = read.failure.filter(|_| !heard);
    if heard || failure.is_some() {
        device.note(failure.as_ref()).await;
    }
    let end = device.clock.now().steady;
    if failure.is_some() {
        return plan.silent(end);
    }
    let mut samples = plan.heard(device, &turn, &read.readings);
    samples.extend(faulty(&turn.refused, start));
    plan.passed(start.steady, end);
    if !samples.is_empty() {
        device.tell(News::Samples(samples)).await;
    }
    if heard {
        device.learn_limits().await;
    }
}
