//! The real clock, and the real clock run faster (`--speed 600`).

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::model::clock::{Busy, Clock, Now, Sleep};

/// Time that passes `speed` times as fast as real time. At speed 1 the wall
/// follows the operating system's clock, its steps included.
#[derive(Debug)]
pub struct Scaled {
    origin: Instant,
    /// The wall time at `origin`; `None` follows the operating system.
    start: Option<Timestamp>,
    speed: f64,
}

impl Scaled {
    /// The real clock.
    #[must_use]
    pub fn real() -> Self {
        Self { origin: Instant::now(), start: None, speed: 1.0 }
    }

    /// A clock that stands at `start` now and runs `speed` times as fast.
    ///
    /// # Panics
    /// If `speed` is not a positive finite number.
    #[must_use]
    pub fn new(speed: f64, start: Timestamp) -> Self {
        assert!(speed > 0.0 && speed.is_finite(), "a clock's speed is positive");
        Self { origin: Instant::now(), start: Some(start), speed }
    }

    /// The present moment of the operating system, for tying a scaled clock
    /// to a foreign simulator's.
    #[must_use]
    pub fn system_time() -> Timestamp {
        Timestamp::now()
    }
}

impl Clock for Scaled {
    fn now(&self) -> Now {
        let steady = self.origin.elapsed().mul_f64(self.speed);
        let wall = match self.start {
            None => Timestamp::now(),
            Some(start) => start.checked_add(steady).unwrap_or(Timestamp::MAX),
        };
        Now { wall, steady }
    }

    fn sleep_until(&self, steady: Duration) -> Sleep {
        let real = steady.saturating_sub(self.now().steady).div_f64(self.speed);
        Box::pin(async move {
            tokio::time::sleep(real).await;
            Busy::none()
        })
    }

    fn busy(&self) -> Busy {
        Busy::none()
    }

    fn is_system(&self) -> bool {
        self.start.is_none()
    }

    fn speed(&self) -> f64 {
        self.speed
    }
}
