//! COV subscriptions of one device (ANSI/ASHRAE 135-2020, 13.1 and 13.14):
//! kept until their lifetime ends, told when the value moves by its increment
//! or the status flags change. Lifetimes are real time: they are the
//! protocol's, not the building's.

use std::time::Duration;

use tokio::time::Instant;

use super::object::Present;

/// Most subscriptions that a device keeps.
const MOST: usize = 64;
/// How often an unacknowledged notification is sent again.
const RETRIES: u8 = 3;
const RETRY_AFTER: Duration = Duration::from_secs(3);

/// What identifies a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber<P> {
    pub peer: P,
    pub process: u32,
    /// Place of the object in its device.
    pub object: usize,
}

#[derive(Debug)]
struct Subscription<P> {
    subscriber: Subscriber<P>,
    confirmed: bool,
    /// `None` lasts for ever.
    until: Option<Instant>,
    told: Option<Present>,
}

/// A notification that is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice<P> {
    pub subscriber: Subscriber<P>,
    pub confirmed: bool,
    pub present: Present,
    pub seconds_left: u32,
}

/// A confirmed notification that waits for its acknowledgement.
#[derive(Debug)]
struct Outstanding<P> {
    peer: P,
    invoke: u8,
    bytes: Vec<u8>,
    again: Instant,
    tries: u8,
}

/// All subscriptions of one device; `P` says where a subscriber is.
#[derive(Debug)]
pub struct Subscriptions<P> {
    all: Vec<Subscription<P>>,
    outstanding: Vec<Outstanding<P>>,
    invoke: u8,
}

impl<P> Default for Subscriptions<P> {
    fn default() -> Self {
        Self { all: Vec::new(), outstanding: Vec::new(), invoke: 0 }
    }
}

impl<P: Clone + PartialEq> Subscriptions<P> {
    /// Subscribes or renews; the first notification is due at once. False
    /// where there is no room.
    pub fn subscribe(
        &mut self,
        subscriber: Subscriber<P>,
        confirmed: bool,
        lifetime_s: u32,
        now: Instant,
    ) -> bool {
        self.cancel(&subscriber);
        if self.all.len() >= MOST {
            return false;
        }
        let lifetime = Duration::from_secs(u64::from(lifetime_s));
        let until = (lifetime_s > 0).then(|| now + lifetime);
        self.all.push(Subscription { subscriber, confirmed, until, told: None });
        true
    }

    /// Cancels; a subscription that is not there is no error (13.14.1.3).
    pub fn cancel(&mut self, subscriber: &Subscriber<P>) {
        self.all.retain(|other| other.subscriber != *subscriber);
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.outstanding.is_empty()
    }

    /// Ends what has outlived itself and collects what is due. `present` gives
    /// an object's value and its increment.
    pub fn due(
        &mut self,
        now: Instant,
        present: impl Fn(usize) -> (Present, f64),
    ) -> Vec<Notice<P>> {
        self.all.retain(|one| one.until.is_none_or(|until| until > now));
        let mut notices = Vec::new();
        for one in &mut self.all {
            let (value, increment) = present(one.subscriber.object);
            if !moved(one.told, value, increment) {
                continue;
            }
            one.told = Some(value);
            let left = one.until.map_or(0, |until| (until - now).as_secs().max(1) as u32);
            notices.push(Notice {
                subscriber: one.subscriber.clone(),
                confirmed: one.confirmed,
                present: value,
                seconds_left: left,
            });
        }
        notices
    }

    /// The invoke id of the next confirmed notification.
    pub fn next_invoke(&mut self) -> u8 {
        self.invoke = self.invoke.wrapping_add(1);
        self.invoke
    }

    /// Keeps a confirmed notification until it is acknowledged.
    pub fn sent(&mut self, peer: P, invoke: u8, bytes: Vec<u8>, now: Instant) {
        let again = now + RETRY_AFTER;
        self.outstanding.push(Outstanding { peer, invoke, bytes, again, tries: RETRIES });
    }

    /// Acknowledged or refused: either way it has arrived.
    pub fn answered(&mut self, peer: &P, invoke: u8) {
        self.outstanding.retain(|one| one.invoke != invoke || one.peer != *peer);
    }

    /// Notifications to send again.
    pub fn retries(&mut self, now: Instant) -> Vec<(P, Vec<u8>)> {
        self.outstanding.retain(|one| one.tries > 0 || one.again > now);
        let mut again = Vec::new();
        for one in self.outstanding.iter_mut().filter(|one| one.again <= now) {
            one.tries -= 1;
            one.again = now + RETRY_AFTER;
            again.push((one.peer.clone(), one.bytes.clone()));
        }
        again
    }
}

fn moved(told: Option<Present>, now: Present, increment: f64) -> bool {
    let Some(told) = told else { return true };
    let by = (now.value - told.value).abs();
    told.open_loop != now.open_loop || if increment > 0.0 { by >= increment } else { by > 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn present(value: f64) -> Present {
        Present { value, open_loop: false }
    }

    fn subscriber(process: u32) -> Subscriber<u8> {
        Subscriber { peer: 1, process, object: 0 }
    }

    #[test]
    fn tells_at_once_then_on_change_until_the_end() {
        let mut all = Subscriptions::default();
        let start = Instant::now();
        assert!(all.subscribe(subscriber(1), false, 60, start));
        let mut due = |at: u64, value| {
            let now = start + Duration::from_secs(at);
            all.due(now, |_| (present(value), 0.5)).len()
        };
        assert_eq!(due(0, 20.0), 1);
        assert_eq!(due(1, 20.4), 0);
        assert_eq!(due(2, 20.5), 1);
        assert_eq!(due(59, 21.5), 1);
        assert_eq!(due(60, 25.0), 0);
        assert!(all.is_empty());
    }

    #[test]
    fn renewing_keeps_one_and_cancelling_none() {
        let mut all = Subscriptions::default();
        let now = Instant::now();
        for _ in 0..3 {
            assert!(all.subscribe(subscriber(1), true, 0, now));
        }
        assert_eq!(all.due(now, |_| (present(1.0), 0.0)).len(), 1);
        all.cancel(&subscriber(2));
        all.cancel(&subscriber(1));
        assert!(all.is_empty());
        for process in 0..MOST as u32 {
            assert!(all.subscribe(subscriber(process), false, 0, now));
        }
        assert!(!all.subscribe(subscriber(1000), false, 0, now));
    }

    #[test]
    fn unacknowledged_is_sent_again_three_times() {
        let mut all = Subscriptions::default();
        let start = Instant::now();
        all.sent(1, 7, vec![1], start);
        all.sent(2, 7, vec![2], start);
        all.answered(&2, 7);
        let count = (0..30)
            .map(|second| all.retries(start + Duration::from_secs(second)).len())
            .sum::<usize>();
        assert_eq!(count, 3);
        assert!(all.is_empty());
    }
}
