//! A clock that a test moves by hand.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::model::clock::{Busy, Clock, Now, Sleep};

/// Stands still until [`advance`](Self::advance) moves it.
#[derive(Debug)]
pub struct Stepped {
    now: Mutex<Now>,
    moved: Arc<watch::Sender<Duration>>,
}

impl Stepped {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        let now = Now { wall: start, steady: Duration::ZERO };
        Self { now: Mutex::new(now), moved: Arc::new(watch::channel(Duration::ZERO).0) }
    }

    /// Moves both clocks on by `by` and wakes who waited for it.
    pub fn advance(&self, by: Duration) {
        let steady = {
            let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
            now.steady += by;
            now.wall = now.wall.checked_add(by).unwrap_or(Timestamp::MAX);
            now.steady
        };
        self.moved.send_replace(steady);
    }

    /// Steps the wall clock alone, as an operator or NTP does.
    pub fn set_wall(&self, wall: Timestamp) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).wall = wall;
    }
}

impl Clock for Stepped {
    fn now(&self) -> Now {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep_until(&self, steady: Duration) -> Sleep {
        let mut moved = self.moved.subscribe();
        Box::pin(async move {
            // The sender lives as long as the clock; without it, never wake.
            if moved.wait_for(|now| *now >= steady).await.is_err() {
                std::future::pending::<()>().await;
            }
            Busy::none()
        })
    }

    fn busy(&self) -> Busy {
        Busy::none()
    }

    fn speed(&self) -> f64 {
        f64::INFINITY
    }
}
