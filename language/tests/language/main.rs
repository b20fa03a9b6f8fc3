//! What the language promises at its boundary: reading, complaining, formatting.
#![allow(
    clippy::print_stdout,
    reason = "the figures of recovery are worth reading"
)]

mod churn_watch;
mod common;
mod documentation;
mod formatting;
mod generated;
mod mistakes;
mod pages;
mod reading_again;
mod recovery;
mod robustness;
mod unfinished_texts;
