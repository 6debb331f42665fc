//! Reports: what meters counted, how sure that is, and what was done about
//! counters that were replaced, rolled over, reset or told nonsense. Pure
//! functions over what the history and the readings by hand hold; knows no clock.
//!
//! ```text
//! history ─▶ recorded ─▶ counter ─┐
//!            (power)  ─▶ derived ─┼▶ steps ─▶ consumption ─▶ sums, series
//! dials   ─▶ readings ────────────┘    │
//!                                      └──▶ conversion: m³ to kWh by its day
//! ```
//! What it means is arithmetic on top: degree days and weather, factors (data files
//! with edition and year), benchmarks, tariffs, measures. All of it together is the
//! energy report:
//!
//! ```text
//! energy ─▶ document (tables, sections, pictures) ─▶ form: html pdf xlsx csv json
//! ```
//!
//! A *step* is what was used between two readings. Unknown is never zero: what
//! is missing lowers the coverage, and says so.

pub mod account;
pub mod baseline;
pub mod benchmark;
pub mod consumption;
pub mod conversion;
pub mod counter;
pub mod degree_days;
pub mod document;
pub mod energy;
pub mod entering;
pub mod factors;
pub mod finding;
pub mod form;
pub mod measures;
pub mod outdoor;
pub mod period;
pub mod readings;
mod recorded;
pub mod shown;
pub mod tariff;
mod validity;
pub mod weather;
mod words;

pub use account::Account;
pub use consumption::{Consumption, Manner, Step, over, series};
pub use counter::{Counter, Judged, judge};
pub use finding::{Finding, What};
pub use period::By;
pub use words::{amount, carrier};
