//! What a town's points do: slow temperatures (4 of 10), counters (2), states (2)
//! and noisy powers (2). The same on every run.

use hauswart::history::{Meaning, Name};

pub struct Mix {
    place: usize,
    random: u64,
    value: f64,
    rate: f64,
}

impl Mix {
    pub fn new(place: usize) -> Self {
        let mut mix = Self {
            place,
            random: 0x9E37_79B9_7F4A_7C15 ^ ((place as u64 + 1) * 7919),
            value: 0.0,
            rate: 0.0,
        };
        for _ in 0..9 {
            mix.chance();
        }
        mix.value = match place % 10 {
            0..=3 => (200.0 + mix.chance() * 300.0).round(),
            4 | 5 => (mix.chance() * 1e6).floor(),
            _ => 0.0,
        };
        mix.rate = mix.chance();
        mix
    }

    pub fn name(&self) -> Name {
        let place = self.place;
        format!("Haus{:02}.Gerät{:03}.Punkt{place:04}", place / 100, place / 10).into()
    }

    pub fn meaning(&self) -> Meaning {
        match self.place % 10 {
            0..=3 => Meaning::Unit("°C".into()),
            4 | 5 => Meaning::Unit("J".into()),
            6 | 7 => Meaning::States(vec!["off".into(), "low".into(), "high".into()]),
            _ => Meaning::Unit("W".into()),
        }
    }

    /// 0 to 1; xorshift64.
    fn chance(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn value(&mut self) -> f64 {
        match self.place % 10 {
            // Tenths of a degree, moving one in seven readings.
            0..=3 => {
                if self.chance() < 0.15 {
                    self.value += if self.chance() < 0.5 { 1.0 } else { -1.0 };
                }
                self.value * 0.1
            }
            // Tenths of a kWh.
            4 | 5 => {
                if self.chance() < self.rate * 0.8 {
                    self.value += 1.0 + (self.chance() * 2.0).floor();
                }
                self.value * 3.6e5
            }
            6 | 7 => {
                if self.chance() < 0.003 {
                    self.value = (self.chance() * 3.0).floor();
                }
                self.value
            }
            // Tenths of a kW, noise of 5 %.
            _ => {
                let noise = self.chance() + self.chance() + self.chance() - 1.5;
                (self.rate * 50_000.0 * (1.0 + 0.1 * noise) / 100.0).round() * 100.0
            }
        }
    }
}
