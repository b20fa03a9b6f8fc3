//! The small closed phrases of the language, each read whole or not at all: schedules, durations,
//! money, percents, dates and times. Each has a `.pest` grammar that reads as documentation.
//!
//! Kept true here: no I/O, no clock; a phrase that is read means one thing.
//! Must not know: the tree, the checker, who fires a schedule.

mod literal;
mod schedule;

pub use literal::Literal;
pub use schedule::{CatchUp, ClockTime, Repeat, Schedule};
