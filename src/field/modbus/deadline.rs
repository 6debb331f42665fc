//! The time-out around each request, in real time. One timer is moved on with
//! every request instead of a new one being made: that alone cost a twentieth
//! of all requests per second.

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that is used again and again.
#[derive(Debug, Default)]
pub(super) struct Deadline(Option<Pin<Box<Sleep>>>);

impl Deadline {
    /// What `work` gives, or `None` if it takes longer than `long`; it is
    /// dropped then.
    pub(super) async fn within<T>(
        &mut self,
        long: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let end = Instant::now() + long;
        let timer = self.0.get_or_insert_with(|| Box::pin(sleep_until(end)));
        timer.as_mut().reset(end);
        let mut work = pin!(work);
        std::future::poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            // Unconstrained: bytes that never end use up the task's budget, and
            // would put off the end for ever.
            Poll::Pending => pin!(unconstrained(&mut *timer)).poll(context).map(|()| None),
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn each_work_has_its_own_time() {
        let mut deadline = Deadline::default();
        let [short, long] = [5, 50].map(Duration::from_millis);
        for _ in 0..3 {
            assert_eq!(deadline.within(long, async { 1 }).await, Some(1));
            // What is done counts, even where both are over at once.
            assert_eq!(deadline.within(long, sleep(short)).await, Some(()));
            assert_eq!(deadline.within(short, std::future::pending::<()>()).await, None);
            assert_eq!(deadline.within(long, std::future::pending::<()>()).await, None);
            sleep(long * 2).await;
        }
    }

    #[tokio::test]
    async fn work_that_never_rests_is_ended() {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        sender.send(()).unwrap();
        // Always ready: only the task's budget makes it pause.
        let endless = async move {
            while receiver.recv().await.is_some() {
                sender.send(()).unwrap();
            }
        };
        let short = Duration::from_millis(50);
        let work = async move { Deadline::default().within(short, endless).await };
        let ended = tokio::time::timeout(short * 1000, tokio::spawn(work)).await;
        assert_eq!(ended.expect("it goes on for ever").unwrap(), None);
    }
}
