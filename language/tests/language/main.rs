//! What the language promises at its boundary: reading, complaining, formatting.

mod churn_watch;
mod common;
mod formatting;
mod mistakes;
mod pages;
mod robustness;
