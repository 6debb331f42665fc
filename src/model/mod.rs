//! The words every room shares: points, readings, units, levels, schedules,
//! time and diagnostics. Does no I/O, knows no other room, starts no task.

pub mod alarm;
pub mod calendar;
pub mod clock;
pub mod diagnostic;
pub mod fingerprint;
pub mod holiday;
pub mod interval;
pub mod layers;
pub mod level;
pub mod moment;
pub mod point;
pub mod priority;
pub mod protection;
pub mod reading;
pub mod recurrence;
pub mod schedule;
pub mod system;
pub mod ticks;
pub mod unit;
pub mod value;
pub mod wear;

pub use alarm::AlarmClass;
pub use calendar::{Calendar, Days};
pub use clock::{Busy, Clock, Now};
pub use diagnostic::{Diagnostic, Fault, Language, Severity};
pub use holiday::Land;
pub use interval::Intervals;
pub use level::{Claim, Demand, Level, Origin};
pub use point::{
    Abandoned, Accepted, Command, Keep, Kind, OutOfService, Point, PointId, PointTable, Release,
    Role,
};
pub use priority::Commander;
pub use protection::{Guard, Protection};
pub use reading::{Quality, Reading, Snapshot};
pub use recurrence::Recurrence;
pub use schedule::Schedule;
pub use system::{SystemError, system_words};
pub use unit::{Quantity, Unit};
