//! The four clocks: real, scaled, stepped, lock-step. Nothing else in the
//! program asks the operating system for the time. Below every room that
//! waits, so that drivers, plant and engine share one clock.

mod lock_step;
mod real;
mod stepped;

pub use lock_step::LockStep;
pub use real::Scaled;
pub use stepped::Stepped;
