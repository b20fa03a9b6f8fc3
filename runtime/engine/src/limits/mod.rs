//! How much goes on at once, and how often: who gets a place, and who waits for one.
//!
//! Kept true here: no clock, no I/O, no randomness; a place is taken exactly as long as a lease on it lives,
//! and nothing else is counted; in no window of time does more go to a place than its rate allows.

mod fairness;
mod limiter;
mod reason;
mod settings;

pub use limiter::{Limiter, Ticket, Wish};
pub use reason::Reason;
pub use settings::{Limits, Place, PlaybookLimits, Priority, Rate, Room, UNLIMITED, model_place};
