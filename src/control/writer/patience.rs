//! When a failed action is tried again, and how often a value is defended that
//! somebody else keeps changing. Times are the clock's steady time.

use std::time::Duration;

/// The first wait after a failure.
pub(super) const FIRST: Duration = Duration::from_secs(10);
/// The longest wait after failures; also how rarely a refusal is tried again.
pub(super) const RAREST: Duration = Duration::from_secs(300);
/// While stopping: waits between tries to let go.
const HURRIED: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));
/// A slot that is overruled is checked this rarely in the end.
const OVERRULED: Duration = Duration::from_secs(3600);
/// So long without contradiction ends a quarrel.
const CALM: Duration = Duration::from_secs(600);
/// So many failures raise an alarm.
pub(super) const MANY: u32 = 3;

fn doubling(first: Duration, cap: Duration, times: u32) -> Duration {
    let factor = 1_u32.checked_shl(times.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(cap)
}

/// When an action that failed is due again.
#[derive(Debug, Clone, Copy)]
enum Due {
    At(Duration),
    /// As soon as the device answers again; since when it does not.
    Answer(Duration),
}

/// Failures in a row of one kind of action on one point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub tries: u32,
    due: Due,
    /// The last failure of the line, and whether the device had answered reads
    /// between it and the try before.
    failed_at: Option<Duration>,
    answering: bool,
}

impl Patience {
    pub const fn fresh() -> Self {
        Self { tries: 0, due: Due::At(Duration::ZERO), failed_at: None, answering: false }
    }

    /// Whether a try is due; `read_at` is when the point was last read.
    pub fn is_due(&self, now: Duration, read_at: Option<Duration>) -> bool {
        match self.due {
            Due::At(due) => now >= due,
            Due::Answer(since) => {
                let answers = read_at.is_some_and(|read| read > since) && now >= since + FIRST;
                answers || now >= since + RAREST
            }
        }
    }

    /// Whether another value than the one that failed may be tried.
    pub fn is_due_for_another(
        &self,
        now: Duration,
        read_at: Option<Duration>,
        last: Duration,
    ) -> bool {
        let at = matches!(self.due, Due::At(_));
        self.is_due(now, read_at) || at && now >= last + FIRST
    }

    /// A try goes out.
    pub fn trying(&mut self, read_at: Option<Duration>) {
        self.answering = self.failed_at.is_some_and(|failed| read_at.is_some_and(|r| r > failed));
    }

    /// The device took it, but not as wanted.
    pub fn not_as_wanted(&mut self, now: Duration) {
        self.tries += 1;
        self.due = Due::At(now + doubling(FIRST, RAREST, self.tries));
    }

    /// The device said no.
    pub fn refused(&mut self, now: Duration) {
        self.tries += 1;
        self.due = Due::At(now + RAREST);
    }

    /// The line failed. A device that is silent is tried when it answers
    /// again; one that answers reads (or that cannot be read) after a backoff.
    pub fn failed(&mut self, now: Duration, readable: bool) {
        self.tries += 1;
        self.failed_at = Some(now);
        self.due = if readable && !self.answering {
            Due::Answer(now)
        } else {
            Due::At(now + doubling(FIRST, RAREST, self.tries))
        };
    }

    /// Any failure while stopping.
    pub fn hurried(&mut self, now: Duration) {
        self.tries += 1;
        self.due = Due::At(now + doubling(HURRIED.0, HURRIED.1, self.tries));
    }

    /// At once.
    pub fn hurry(&mut self) {
        self.due = Due::At(Duration::ZERO);
    }
}

/// How often a confirmed value was found changed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Quarrel {
    pub times: u32,
    /// It has been told that somebody else has the point.
    pub told: bool,
    last: Duration,
    next: Duration,
}

impl Quarrel {
    /// The point is read with another value. Whether to write ours again now:
    /// at once the first time, then ever more rarely.
    pub fn contradicted(&mut self, now: Duration, slot: bool) -> bool {
        self.last = now;
        if now < self.next {
            return false;
        }
        self.times += 1;
        let cap = if slot { OVERRULED } else { RAREST };
        self.next = now + doubling(FIRST, cap, self.times);
        true
    }

    /// The point is read with our value. True once it has been so for long
    /// enough to forget.
    pub fn agreed(&mut self, now: Duration) -> bool {
        let calm = self.times > 0 && now >= self.last + CALM;
        if calm {
            *self = Self::default();
        }
        calm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn waits_double_from_ten_seconds_to_five_minutes() {
        let mut patience = Patience::fresh();
        let mut waits = Vec::new();
        let mut now = s(1000);
        for _ in 0..7 {
            patience.not_as_wanted(now);
            let mut wait = 0;
            while !patience.is_due(now + s(wait), None) {
                wait += 1;
            }
            waits.push(wait);
            now += s(wait);
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn a_silent_device_is_tried_when_it_answers_and_rarely_before() {
        let mut patience = Patience::fresh();
        patience.trying(Some(s(99)));
        patience.failed(s(100), true);
        assert!(!patience.is_due(s(399), Some(s(99))));
        assert!(patience.is_due(s(400), Some(s(99))));
        assert!(patience.is_due(s(130), Some(s(120))));
        assert!(!patience.is_due(s(105), Some(s(104))), "not sooner than the first wait");
        // It answers reads and fails writes: backoff.
        patience.trying(Some(s(120)));
        patience.failed(s(131), true);
        assert!(!patience.is_due(s(150), Some(s(149))));
        assert!(patience.is_due(s(151), Some(s(149))));
    }

    #[test]
    fn a_quarrel_is_fought_ever_more_rarely_and_forgotten_in_peace() {
        let mut quarrel = Quarrel::default();
        let writes = (0..3600).filter(|at| quarrel.contradicted(s(*at), false)).count();
        assert!((15..20).contains(&writes), "{writes}");
        assert!(!quarrel.agreed(s(3700)));
        assert!(quarrel.agreed(s(4300)));
        assert!(quarrel.contradicted(s(4301), false));
    }
}
