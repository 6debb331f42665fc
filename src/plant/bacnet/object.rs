//! One BACnet object: where its present value comes from, its priority array,
//! and what may be written (ANSI/ASHRAE 135-2020, clause 12 and 19.2). Values
//! are kept as plain numbers; `property` gives them their data types.

use crate::wire::bacnet::ObjectId;

use super::super::faults::{Faults, Sensor};
use super::super::truth::Truth;

/// BACnetEngineeringUnits.
pub const PPM: u32 = 96;
/// Slots of a priority array.
pub const SLOTS: usize = 16;

/// Object types that the plant serves (135-2020, clause 21, BACnetObjectType).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Kind {
    AnalogInput = 0,
    AnalogOutput = 1,
    AnalogValue = 2,
    BinaryInput = 3,
    BinaryOutput = 4,
    BinaryValue = 5,
    MultiStateValue = 19,
}

impl Kind {
    pub const fn analog(self) -> bool {
        matches!(self, Self::AnalogInput | Self::AnalogOutput | Self::AnalogValue)
    }

    pub const fn binary(self) -> bool {
        matches!(self, Self::BinaryInput | Self::BinaryOutput | Self::BinaryValue)
    }
}

/// A number taken from the truth, for the zone of the device.
pub type Take = fn(&Truth, usize) -> f64;

/// Where the present value comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Measured; read only.
    Measured(Option<fn(usize) -> Sensor>, Take),
    /// Commandable: the highest filled slot, else the relinquish default.
    Commanded(Box<[Option<f64>; SLOTS]>, RelinquishDefault),
    /// An output that only its own controller drives.
    Own(Take),
}

/// What stands where no slot is filled.
#[derive(Debug, Clone, Copy)]
pub enum RelinquishDefault {
    Fixed(f64),
    /// The controller's own output.
    Own(Take),
}

/// Why a write was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    WriteAccessDenied,
    ValueOutOfRange,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Object {
    pub kind: Kind,
    pub instance: u32,
    pub name: &'static str,
    /// BACnetEngineeringUnits; analog objects only.
    pub unit: u32,
    /// Lowest and highest value that may be written.
    pub range: (f64, f64),
    /// COV increment of an analog object.
    pub increment: f64,
    /// Texts of a binary (inactive, active) or multi-state object.
    pub states: &'static [&'static str],
    pub source: Source,
}

/// A present value and whether it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Present {
    pub value: f64,
    /// The sensor's wire is broken.
    pub open_loop: bool,
}

/// What an input shows while its sensor's wire is broken: the end of its range.
pub const BROKEN_SENSOR: f64 = 3276.7;

impl Object {
    pub fn id(&self) -> ObjectId {
        ObjectId::new(self.kind as u16, self.instance).expect("the plant's objects are in range")
    }

    /// The present value in `zone`'s device.
    pub fn present(&self, truth: &Truth, zone: usize, faults: &Faults) -> Present {
        let sound = |value| Present { value, open_loop: false };
        match &self.source {
            Source::Measured(None, take) | Source::Own(take) => sound(take(truth, zone)),
            Source::Measured(Some(sensor), take) => {
                match faults.sensed(sensor(zone), take(truth, zone)) {
                    Some(value) => sound(self.converted(value)),
                    None => Present { value: BROKEN_SENSOR, open_loop: true },
                }
            }
            Source::Commanded(slots, _) => {
                sound(
                    slots.iter().flatten().next().copied().unwrap_or_else(|| {
                        self.relinquish_default(truth, zone).unwrap_or_default()
                    }),
                )
            }
        }
    }

    /// What the input's converter makes of it: twelve bits over the sensor's range.
    fn converted(&self, value: f64) -> f64 {
        let steps = if self.unit == PPM { 1.0 } else { 20.0 };
        (value * steps).round() / steps
    }

    /// The highest filled slot, where the object is commandable.
    pub fn commanded(&self) -> Option<f64> {
        match &self.source {
            Source::Commanded(slots, _) => slots.iter().flatten().next().copied(),
            _ => None,
        }
    }

    /// The priority array, where there is one.
    pub fn slots(&self) -> Option<&[Option<f64>; SLOTS]> {
        static EMPTY: [Option<f64>; SLOTS] = [None; SLOTS];
        match &self.source {
            Source::Commanded(slots, _) => Some(slots),
            // The standard gives every output an array; this one stays empty.
            Source::Own(_) => Some(&EMPTY),
            _ => None,
        }
    }

    pub fn relinquish_default(&self, truth: &Truth, zone: usize) -> Option<f64> {
        match &self.source {
            Source::Commanded(_, RelinquishDefault::Fixed(value)) => Some(*value),
            Source::Commanded(_, RelinquishDefault::Own(take)) | Source::Own(take) => {
                Some(take(truth, zone))
            }
            _ => None,
        }
    }

    /// Writes the present value; `None` relinquishes. `priority` 1–16.
    ///
    /// # Errors
    /// A read-only object, a reserved slot, a value out of range.
    pub fn write(&mut self, value: Option<f64>, priority: usize) -> Result<(), Refusal> {
        let (lowest, highest) = self.range;
        if value.is_some_and(|value| !(lowest..=highest).contains(&value)) {
            return Err(Refusal::ValueOutOfRange);
        }
        match &mut self.source {
            // Slot 6 belongs to minimum on and off times (135-2020, 19.2.3).
            Source::Commanded(..) if priority == 6 => Err(Refusal::WriteAccessDenied),
            Source::Commanded(slots, _) => {
                let slot = priority.checked_sub(1).and_then(|i| slots.get_mut(i));
                *slot.ok_or(Refusal::ValueOutOfRange)? = value;
                Ok(())
            }
            _ => Err(Refusal::WriteAccessDenied),
        }
    }

    /// Empties one slot.
    pub fn relinquish(&mut self, priority: usize) {
        if let Source::Commanded(slots, _) = &mut self.source {
            slots[priority - 1] = None;
        }
    }
}
