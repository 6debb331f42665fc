//! Whether the wall clock can be right. A clock of a PC whose battery is empty
//! starts years ago; until it has been set, schedules are unknown and time goes
//! on from where it was last. Only the system's own clock is doubted.
//!
//! ```text
//!            before the build date, or back by more than a day
//!   Right ──────────────────────────────────────────────────► Doubtful
//!     ▲                                                           │
//!     └──────── within a day of what it should be, or accepted ◄──┘
//! ```

use jiff::{SignedDuration, Timestamp};

use crate::model::Now;

/// A step back up to this is somebody setting the clock.
const BACK: SignedDuration = SignedDuration::from_hours(24);

/// See the module.
#[derive(Debug)]
pub struct Plausible {
    /// Simulated time is what it is.
    is_system: bool,
    /// The last moment at which it was right.
    right: Option<Now>,
    doubtful: bool,
}

impl Plausible {
    /// `is_system`: the clock is the system's own. `last`: when a former run
    /// last wrote something.
    pub fn new(is_system: bool, last: Option<Timestamp>, now: Now) -> Self {
        let right = last.map(|wall| Now { wall, steady: now.steady });
        let mut clock = Self { is_system, right, doubtful: false };
        clock.look(now);
        clock
    }

    /// Looks at the clock; true if it is doubtful.
    pub fn look(&mut self, now: Now) -> bool {
        let back = self.expected(now).map(|expected| now.wall.duration_until(expected));
        let sound = now.wall >= built() && back.is_none_or(|back| back <= BACK);
        self.doubtful = self.is_system && !sound;
        if sound {
            self.right = Some(now);
        }
        self.doubtful
    }

    /// Somebody says that it is right as it is now. One before the build date
    /// stays doubtful.
    pub fn accept(&mut self, now: Now) {
        self.right = None;
        self.look(now);
    }

    pub const fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    /// The time to work with: while the clock is doubtful, that which has
    /// passed since it was last right.
    pub fn corrected(&self, now: Now) -> Now {
        match self.expected(now) {
            Some(wall) if self.doubtful => Now { wall, ..now },
            _ => now,
        }
    }

    /// All that is known of the time, where nothing makes up for the clock.
    pub fn at_least(&self, now: Now) -> Option<Timestamp> {
        (self.doubtful && self.expected(now).is_none()).then(built)
    }

    fn expected(&self, now: Now) -> Option<Timestamp> {
        let right = self.right?;
        let passed = now.steady.saturating_sub(right.steady);
        right.wall.checked_add(passed).ok()
    }
}

/// When this program was built (`build.rs`).
pub fn built() -> Timestamp {
    let seconds = env!("HAUSWART_BUILT").parse().unwrap_or_default();
    Timestamp::from_second(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// So many hours after the build on the wall, and after the start.
    fn at(wall: i64, steady: u64) -> Now {
        let wall = built() + SignedDuration::from_hours(wall);
        Now { wall, steady: Duration::from_secs(steady * 3600) }
    }

    #[test]
    fn before_the_build_date_it_is_doubtful_until_it_is_set() {
        let mut clock = Plausible::new(true, None, at(-1, 0));
        assert!(clock.is_doubtful());
        assert_eq!(clock.corrected(at(-1, 0)), at(-1, 0));
        assert!(!clock.look(at(5, 1)));
        assert_eq!(clock.corrected(at(5, 1)), at(5, 1));
    }

    #[test]
    fn a_jump_back_of_more_than_a_day_is_doubtful_and_time_goes_on() {
        let mut clock = Plausible::new(true, None, at(100, 0));
        // Set back for the winter, or by somebody.
        assert!(!clock.look(at(77, 1)));
        assert!(clock.look(at(50, 2)));
        assert_eq!(clock.corrected(at(50, 2)), at(78, 2));
        assert!(clock.look(at(53, 5)));
        assert_eq!(clock.corrected(at(53, 5)), at(81, 5));
        // Set right.
        assert!(!clock.look(at(80, 6)));
        // A jump forward is none.
        assert!(!clock.look(at(9000, 7)));
    }

    #[test]
    fn a_restart_remembers_when_it_was_and_a_person_may_know_better() {
        let last = at(100, 0).wall;
        let mut clock = Plausible::new(true, Some(last), at(10, 0));
        assert!(clock.is_doubtful());
        clock.accept(at(10, 0));
        assert!(!clock.is_doubtful() && !clock.look(at(11, 1)));
        clock.accept(at(-5, 2));
        assert!(clock.is_doubtful());
        assert!(!Plausible::new(true, Some(last), at(2000, 0)).is_doubtful());
    }

    #[test]
    fn simulated_time_is_what_it_is() {
        let mut clock = Plausible::new(false, Some(at(100, 0).wall), at(-1000, 0));
        assert!(!clock.is_doubtful() && !clock.look(at(-9000, 1)));
        assert_eq!(clock.corrected(at(-9000, 1)), at(-9000, 1));
    }
}
