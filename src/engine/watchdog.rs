//! Holds back polling of devices whose own watchdog is fed by reads, once the
//! rules have not been evaluated for a minute: a hung engine must not keep its
//! commands alive by polling (EB 5576, bus monitoring).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::model::Clock;

/// Longest time without a completed cycle.
const LONGEST: Duration = Duration::from_secs(60);

/// When the last cycle was completed, in steady milliseconds.
#[derive(Debug, Clone, Default)]
pub struct LastCycle(Arc<AtomicU64>);

impl LastCycle {
    /// A cycle was completed at `steady`.
    pub fn completed(&self, steady: Duration) {
        let millis = u64::try_from(steady.as_millis()).unwrap_or(u64::MAX);
        self.0.store(millis, Ordering::Relaxed);
    }

    /// When that was; `None`: none has been yet.
    pub fn last(&self) -> Option<Duration> {
        let millis = self.0.load(Ordering::Relaxed);
        (millis > 0).then(|| Duration::from_millis(millis))
    }

    fn is_overdue(&self, now: Duration, longest: Duration) -> bool {
        now.saturating_sub(Duration::from_millis(self.0.load(Ordering::Relaxed))) > longest
    }
}

/// Watches until `stop`. `cycle` is the site's own: three of them may pass
/// before a slow one counts as hung.
pub async fn watch(
    last: LastCycle,
    cycle: Duration,
    hold_back: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    // On a fast clock a hiccup of the machine is no hang either.
    let hiccup = Duration::try_from_secs_f64(5.0 * clock.speed()).unwrap_or_default();
    let longest = LONGEST.max(cycle * 3).max(hiccup);
    let mut next = clock.now().steady;
    loop {
        next += Duration::from_secs(10);
        tokio::select! {
            () = stop.cancelled() => return,
            busy = clock.sleep_until(next) => {
                let overdue = last.is_overdue(clock.now().steady, longest);
                if hold_back.swap(overdue, Ordering::Relaxed) != overdue && overdue {
                    tracing::error!("no cycle for {} s: devices with a watchdog are not polled", longest.as_secs());
                }
                drop(busy);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_overdue_after_a_minute() {
        let last = LastCycle::default();
        last.completed(Duration::from_secs(100));
        assert!(!last.is_overdue(Duration::from_secs(160), LONGEST));
        assert!(last.is_overdue(Duration::from_secs(161), LONGEST));
    }
}
