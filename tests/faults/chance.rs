//! Chance that can be had again: `HAUSWART_SEED` takes up a round that failed.

use std::time::Duration;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Chance(u64);

impl Chance {
    /// Says its seed, which the test prints where it fails.
    pub fn new() -> Self {
        let given = std::env::var("HAUSWART_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or(20_261_126);
        println!("HAUSWART_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// Up to this long, short ones as often as long ones.
    pub fn moment(&mut self, longest: Duration) -> Duration {
        let part = self.below(1000) as f64 / 1000.0;
        longest.mul_f64(part * part)
    }
}
