//! Time as an argument. Everything that needs the time asks a [`Clock`];
//! the clocks themselves live in `crate::clock`. Protocol time-outs do not
//! come through here: they stay real whatever the speed.

use std::any::Any;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;

/// One moment on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Civil time, UTC: schedules and stamps. May step.
    pub wall: Timestamp,
    /// Time since this clock was made, never stepping back: ages, `for`,
    /// windows, protection.
    pub steady: Duration,
}

/// A token that says "work is outstanding". The lock-step clock moves time
/// only when none is alive; the other clocks hand out empty ones. It travels
/// with requests and reports so that nothing in flight is overtaken by time.
#[derive(Debug, Default)]
pub struct Busy(Option<Box<dyn Any + Send>>);

impl Busy {
    /// A token that holds nothing up.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// A token that keeps `guard` alive until it is dropped.
    #[must_use]
    pub fn holding(guard: impl Any + Send) -> Self {
        Self(Some(Box::new(guard)))
    }

    /// Whether a clock waits for this token.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.0.is_some()
    }
}

/// A future that ends at a moment of the clock, with a token that keeps a
/// lock-step clock from moving on before the sleeper has done its work.
pub type Sleep = Pin<Box<dyn Future<Output = Busy> + Send>>;

/// The one source of time. Four exist: real, scaled, stepped, lock-step.
pub trait Clock: Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> Now;

    /// Ends once `steady` has been reached; at once if it has passed.
    fn sleep_until(&self, steady: Duration) -> Sleep;

    /// A token for work that begins outside a sleep.
    fn busy(&self) -> Busy;

    /// Whether its wall is the operating system's, which may be wrong.
    fn is_system(&self) -> bool {
        false
    }

    /// How many seconds of this clock pass in one real second; 1 for the real
    /// clock. Stepped and lock-step clocks answer infinity: no real time-out
    /// can be told in their seconds.
    fn speed(&self) -> f64;
}
