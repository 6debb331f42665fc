//! Hauswart, a building's caretaker: polls heating and ventilation controllers
//! and meters, evaluates rule files against live data, writes setpoints and
//! lets them go again.
//!
//! # Who may import whom
//! Downward only; the rooms on one floor do not know each other
//! (`tests/house` holds it):
//! ```text
//! main
//! cli
//! web
//! engine
//! cycle
//! rules  control  field  plant
//! site
//! wire  store  clock
//! model
//! ```

pub mod clock;
pub mod control;
pub mod field;
pub mod model;
pub mod plant;
pub mod rules;
pub mod site;
pub mod wire;
