//! Time that moves only when nothing is outstanding: the fast demo.
//!
//! ```text
//!   work outstanding ──last token dropped──▶ idle ──▶ jump to the earliest
//!         ▲                                           sleeper's moment
//!         └───────── each sleeper woken holds a token ◀──┘
//! ```

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use jiff::Timestamp;

use crate::model::clock::{Busy, Clock, Now, Sleep};

/// See the module.
#[derive(Debug, Clone)]
pub struct LockStep(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    start: Timestamp,
    steady: Duration,
    /// Tokens alive.
    busy: usize,
    next_sleeper: u64,
    sleepers: BTreeMap<(Duration, u64), Option<Waker>>,
}

impl LockStep {
    /// A clock that stands at `start`. Hold a [`Clock::busy`] token while
    /// tasks are being started, or time runs off before they wait.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(State {
            start,
            steady: Duration::ZERO,
            busy: 0,
            next_sleeper: 0,
            sleepers: BTreeMap::new(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn token(&self) -> Busy {
        Busy::holding(Token(self.clone()))
    }
}

impl State {
    /// Where nothing is outstanding, moves on to the earliest sleeper and
    /// counts it as busy before anyone can see the new time.
    fn move_on(&mut self) {
        if self.busy > 0 {
            return;
        }
        let Some((&(moment, _), _)) = self.sleepers.first_key_value() else { return };
        self.steady = self.steady.max(moment);
        let later = self.sleepers.split_off(&(self.steady + Duration::from_nanos(1), 0));
        for waker in std::mem::replace(&mut self.sleepers, later).into_values() {
            self.busy += 1;
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

#[derive(Debug)]
struct Token(LockStep);

impl Drop for Token {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.busy -= 1;
        state.move_on();
    }
}

struct Sleeper {
    clock: LockStep,
    key: (Duration, u64),
    yielded: bool,
    done: bool,
}

impl Future for Sleeper {
    type Output = Busy;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Busy> {
        let key = self.key;
        let mut state = self.clock.state();
        if let Some(waker) = state.sleepers.get_mut(&key) {
            *waker = Some(context.waker().clone());
            drop(state);
            self.yielded = true;
            return Poll::Pending;
        }
        drop(state);
        if !self.yielded {
            // A sleeper alone on the clock would otherwise never let go of its
            // thread, for its next moment is always there at once.
            self.yielded = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.done = true;
        // The token was counted when the sleeper was woken.
        Poll::Ready(self.clock.token())
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let mut state = self.clock.state();
        if state.sleepers.remove(&self.key).is_none() {
            // Woken, but nobody took the token.
            state.busy -= 1;
        }
        state.move_on();
    }
}

impl Clock for LockStep {
    fn now(&self) -> Now {
        let state = self.state();
        let wall = state.start.checked_add(state.steady).unwrap_or(Timestamp::MAX);
        Now { wall, steady: state.steady }
    }

    fn sleep_until(&self, steady: Duration) -> Sleep {
        let mut state = self.state();
        let key = (steady.max(state.steady), state.next_sleeper);
        state.next_sleeper += 1;
        state.sleepers.insert(key, None);
        state.move_on();
        drop(state);
        Box::pin(Sleeper { clock: self.clone(), key, yielded: false, done: false })
    }

    fn busy(&self) -> Busy {
        self.state().busy += 1;
        self.token()
    }

    fn speed(&self) -> f64 {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_waits_for_work_and_then_jumps() {
        let clock = LockStep::new(Timestamp::UNIX_EPOCH);
        let start = clock.busy();
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = [3_u64, 2]
            .into_iter()
            .map(|period| {
                let (clock, order) = (clock.clone(), order.clone());
                tokio::spawn(async move {
                    for round in 1..=2 {
                        let moment = Duration::from_secs(period * round);
                        let _busy = clock.sleep_until(moment).await;
                        tokio::task::yield_now().await;
                        assert_eq!(clock.now().steady, moment);
                        order.lock().unwrap().push(moment.as_secs());
                    }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(clock.now().steady, Duration::ZERO);
        drop(start);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [2, 3, 4, 6]);
    }

    #[tokio::test]
    async fn a_sleeper_alone_lets_others_work() {
        let clock = LockStep::new(Timestamp::UNIX_EPOCH);
        let alone = tokio::spawn(async move {
            for second in 0.. {
                drop(clock.sleep_until(Duration::from_secs(second)).await);
            }
        });
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        alone.abort();
    }

    #[tokio::test]
    async fn a_sleep_given_up_holds_nothing_up() {
        let clock = LockStep::new(Timestamp::UNIX_EPOCH);
        drop(clock.sleep_until(Duration::from_secs(1)));
        let busy = clock.sleep_until(Duration::from_secs(5)).await;
        assert_eq!(clock.now().steady, Duration::from_secs(5));
        drop(busy);
    }
}
