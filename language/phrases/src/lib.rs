//! The small closed phrases of the language, each read whole or not at all: schedules, durations,
//! money, percents, dates and times. Each has a `.pest` grammar that reads as documentation.
//!
//! Kept true here: no I/O, no clock; a phrase that is read means one thing.
//! Must not know: the tree, the checker, who fires a schedule.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]

mod clock;
mod date;
mod duration;
mod error;
mod holidays;
mod ics;
mod literal;
mod money;
mod percent;
mod schedule;
mod unit;
mod words;
mod zone;

pub use date::{MONTHS, date, date_time, time};
pub use duration::{Wait, duration, length, wait};
pub use error::{About, PhraseError};
pub use holidays::Holidays;
pub use literal::Literal;
pub use money::money;
pub use percent::percent;
pub use schedule::{CatchUp, ClockTime, Repeat, Schedule, schedule};
pub use zone::{nearest_zone, zone};
