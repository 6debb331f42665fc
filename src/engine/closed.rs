//! What is out of service may be silent: a drained plant is often without
//! current too. Its silence is a notice, not a fault, until its last day is
//! over.

use super::alarm::{Cause, Subject};
use super::run::Running;
use crate::field::DeviceState;
use crate::model::Now;
use crate::rules::AlarmClass;

impl Running {
    /// How much it matters that a device does not answer.
    pub(super) fn silence_matters(&self, device: usize, now: Now) -> AlarmClass {
        let mut closures = self.site.out_of_service.iter();
        let is_it = closures.any(|it| it.device == Some(device) && it.closed.is_in_force(now.wall));
        if is_it { AlarmClass::Notice } else { AlarmClass::Fault }
    }

    /// Weighs anew the silence of what has been, is or will be out of service.
    pub(super) fn weigh_silences(&mut self, now: Now) {
        for device in self.site.out_of_service.iter().filter_map(|it| it.device) {
            let Some(DeviceState::Silent(why)) = &self.live.devices()[device].state else {
                continue;
            };
            let subject = Subject::Device(self.site.device_name(device));
            let class = self.silence_matters(device, now);
            self.alarms.raise(subject, class, Cause::Silent(why.clone()), now);
        }
    }
}
