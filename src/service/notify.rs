//! What systemd is told (sd_notify(3)): that the building is being looked
//! after, that it still is, and that we are letting go. Without systemd it
//! says nothing.
//!
//! The watchdog is fed by completed cycles and by nothing else: a process that
//! only looks alive is killed and started again, and the next start lets go of
//! what it left.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// So many cycles may fail to come before systemd acts.
const CYCLES: u32 = 3;

/// Speaks to systemd; owned by the engine's cycle.
#[derive(Debug)]
pub struct Notifier {
    /// Between two signs of life; `None`: no watchdog is set.
    every: Option<Duration>,
    fed: Option<Instant>,
}

impl Notifier {
    /// `cycle`: real time between two cycles. A watchdog too impatient for it
    /// is asked for more patience.
    #[must_use]
    pub fn new(cycle: Duration) -> Self {
        let patience = sd_notify::watchdog_enabled();
        let needed = cycle.saturating_mul(CYCLES);
        if patience.is_some_and(|patience| patience < needed) {
            let needed = u32::try_from(needed.as_micros()).unwrap_or(u32::MAX);
            tell(&[NotifyState::WatchdogUsec(needed)]);
        }
        let patience = patience.map(|patience| patience.max(needed));
        Self { every: patience.map(|patience| patience / 4), fed: None }
    }

    /// A cycle was completed; the first one says that we are ready. `status`
    /// is for `systemctl status`.
    pub fn cycle_completed(&mut self, status: impl FnOnce() -> String) {
        let first = self.fed.is_none();
        let due =
            first || self.fed.zip(self.every).is_some_and(|(fed, every)| fed.elapsed() >= every);
        if !due {
            return;
        }
        self.fed = Some(Instant::now());
        let status = status();
        let told = [NotifyState::Ready, NotifyState::Watchdog, NotifyState::Status(&status)];
        tell(if first { &told } else { &told[1..] });
    }
}

/// We have been asked to end and are letting go.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd cannot be told how we are");
    }
}
