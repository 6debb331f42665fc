//! The rule language from outside: what it accepts, what it says of mistakes,
//! and what rules do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../peers/mod.rs"]
mod peers;

mod acknowledging;
mod calendars;
mod colours;
mod decide;
mod demo;
mod editor;
mod examples;
mod explained;
mod groups;
mod incremental;
mod lasting;
mod mistakes;
mod oracles;
mod readme;
mod reference;
mod running;
mod schedules;
mod shadows;
mod texts;
mod town;
mod trials;
mod units;
mod wear;
mod windows;
