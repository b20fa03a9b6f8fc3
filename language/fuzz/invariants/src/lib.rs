//! What must hold for any text whatever: one function for each fuzz target, called by the targets
//! and by the seeded test alike. Each ends quietly, or panics and names what does not hold.
//!
//! Kept true here: nothing is known about how texts are read, only what reading promises.

mod phrases;
#[cfg(feature = "files")]
mod syntax;

pub use phrases::{date, duration, money, percent, schedule, zone};
#[cfg(feature = "files")]
pub use syntax::{formatter, lexer, parser};

/// A check of one text.
pub type Check = fn(&str);

/// Every target by the name that its corpus and its fuzz target have.
pub const TARGETS: &[(&str, Check)] = &[
    #[cfg(feature = "files")]
    ("lexer", lexer),
    #[cfg(feature = "files")]
    ("parser", parser),
    #[cfg(feature = "files")]
    ("formatter", formatter),
    ("schedule", schedule),
    ("duration", duration),
    ("money", money),
    ("percent", percent),
    ("date", date),
    ("zone", zone),
];
