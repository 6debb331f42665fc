//! The rule language from outside: what it accepts, what it says of mistakes,
//! and what rules do.

mod decide;
mod texts;
mod town;
