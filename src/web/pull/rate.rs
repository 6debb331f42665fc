//! How much each token may ask: so many requests a minute, all at once or one by
//! one. And how often the journal hears of what was refused.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// What each token has left.
#[derive(Debug)]
pub struct Rates {
    /// Requests a minute.
    rate: f64,
    left: HashMap<String, (f64, Instant)>,
}

impl Rates {
    pub fn new(rate: u32) -> Self {
        Self { rate: f64::from(rate), left: HashMap::new() }
    }

    /// Takes one request of a token that exists.
    ///
    /// # Errors
    /// Whole seconds until there is another one, at least 1.
    pub fn take(&mut self, name: &str, now: Instant) -> Result<(), u64> {
        let (left, since) = self.left.get(name).copied().unwrap_or((self.rate, now));
        let minutes = now.saturating_duration_since(since).as_secs_f64() / 60.0;
        let left = (left + minutes * self.rate).min(self.rate);
        let taken = if left >= 1.0 { left - 1.0 } else { left };
        self.left.insert(name.to_owned(), (taken, now));
        if left >= 1.0 {
            return Ok(());
        }
        Err(((1.0 - left) * 60.0 / self.rate).ceil().max(1.0) as u64)
    }
}

/// Between two words on refusals.
const QUIET: Duration = Duration::from_secs(60);

/// Speaks once a minute, and counts what it passed over.
#[derive(Debug, Default)]
pub struct Hush {
    spoke: Option<Instant>,
    passed_over: u64,
}

impl Hush {
    /// Whether to speak; if so, how many were passed over since the last time.
    pub fn speaks(&mut self, now: Instant) -> Option<u64> {
        if self.spoke.is_some_and(|spoke| now.saturating_duration_since(spoke) < QUIET) {
            self.passed_over += 1;
            return None;
        }
        self.spoke = Some(now);
        Some(std::mem::take(&mut self.passed_over))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_has_its_minute_and_no_more() {
        let mut rates = Rates::new(30);
        let begin = Instant::now();
        let mut granted = 0;
        while rates.take("a", begin).is_ok() {
            granted += 1;
        }
        assert_eq!(granted, 30);
        assert_eq!(rates.take("a", begin), Err(2));
        assert_eq!(rates.take("b", begin), Ok(()));
        assert_eq!(rates.take("a", begin + Duration::from_secs(1)), Err(1));
        assert_eq!(rates.take("a", begin + Duration::from_secs(2)), Ok(()));
        assert_eq!(rates.take("a", begin + Duration::from_secs(2)), Err(2));
        // A day's rest is worth a minute.
        let later = begin + Duration::from_secs(86_400);
        assert_eq!((0..100).filter(|_| rates.take("a", later).is_ok()).count(), 30);
        let mut slow = Rates::new(1);
        assert_eq!((slow.take("a", begin), slow.take("a", begin)), (Ok(()), Err(60)));
    }

    #[test]
    fn a_scanner_is_told_of_once_a_minute() {
        let mut hush = Hush::default();
        let begin = Instant::now();
        assert_eq!(hush.speaks(begin), Some(0));
        for second in 0..60 {
            assert_eq!(hush.speaks(begin + Duration::from_secs(second)), None);
        }
        assert_eq!(hush.speaks(begin + QUIET), Some(60));
        assert_eq!(hush.speaks(begin + QUIET * 3), Some(0));
    }
}
