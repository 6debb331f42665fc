//! The live table: the last that was heard of every point and device. Only
//! the engine's loop writes to it; a cycle works on a frozen copy.

use std::sync::Arc;
use std::time::Duration;

use crate::field::{DeviceState, Sample};
use crate::model::{Now, PointId, Quality, Reading, Snapshot};
use crate::site::Site;

/// See the module.
#[derive(Debug)]
pub struct Live {
    readings: Vec<Reading>,
    /// How old a reading may become, by point (HOUSE, "Clock").
    fresh_for: Vec<Duration>,
    devices: Vec<Heard>,
}

/// What is known of a device as such.
#[derive(Debug, Clone)]
pub struct Heard {
    /// `None`: nothing heard or missed yet.
    pub state: Option<DeviceState>,
    pub since: Now,
}

impl Live {
    /// A table in which nothing has been read. `speed` is the clock's: a
    /// reading is stale after 3 poll intervals, or 3 time-outs × speed if
    /// that is longer.
    #[must_use]
    pub fn new(site: &Arc<Site>, speed: f64, now: Now) -> Self {
        let fresh_for = site
            .points
            .iter()
            .map(|(_, point)| {
                let polls = point.poll.saturating_mul(3);
                let connection = site.devices[point.device].connection;
                let timeouts = site.connections[connection].timeout.as_secs_f64() * 3.0 * speed;
                Duration::try_from_secs_f64(timeouts).map_or(polls, |timeouts| polls.max(timeouts))
            })
            .collect();
        Self {
            readings: vec![Reading::never(now); site.points.len()],
            fresh_for,
            devices: vec![Heard { state: None, since: now }; site.devices.len()],
        }
    }

    /// Takes in what a driver heard; true if `is_input` says of a point whose
    /// known value changed that something depends on it.
    pub fn take(&mut self, samples: &[Sample], is_input: impl Fn(PointId) -> bool) -> bool {
        let mut changed = false;
        for sample in samples {
            let reading = &mut self.readings[sample.point.index()];
            if sample.at.steady < reading.at.steady && reading.quality != Quality::NeverRead {
                continue; // overtaken by a later one
            }
            let before = reading.known();
            *reading = match sample.value {
                Ok(value) => Reading { value, quality: Quality::Good, at: sample.at },
                // The last value stays for display; the quality makes it unknown.
                Err(quality) => Reading { value: reading.value, quality, at: sample.at },
            };
            changed |= before != reading.known() && is_input(sample.point);
        }
        changed
    }

    /// Takes in that a device answers or is silent; true if that is new.
    pub fn device(&mut self, device: usize, state: DeviceState, now: Now) -> bool {
        let heard = &mut self.devices[device];
        let new = match (&heard.state, &state) {
            (Some(DeviceState::Silent(_)), DeviceState::Silent(_)) => false,
            (before, _) => before.as_ref() != Some(&state),
        };
        if new {
            heard.since = now;
        }
        heard.state = Some(state);
        new
    }

    /// All points as they stand at `now`, those too old marked stale.
    #[must_use]
    pub fn freeze(&self, now: Now) -> Snapshot {
        let mut readings = self.readings.clone();
        for (reading, fresh_for) in readings.iter_mut().zip(&self.fresh_for) {
            if reading.quality.is_usable() && reading.age(now) > *fresh_for {
                reading.quality = Quality::Stale;
            }
        }
        Snapshot { now, readings }
    }

    /// How old a reading may become, by point.
    #[must_use]
    pub fn fresh_for(&self) -> &[Duration] {
        &self.fresh_for
    }

    #[must_use]
    pub fn devices(&self) -> &[Heard] {
        &self.devices
    }
}
