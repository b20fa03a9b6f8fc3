//! What protects the rest: today, secrets that cannot be printed by accident.
//!
//! Must not know: what it guards.

mod secret;

pub use secret::Secret;
