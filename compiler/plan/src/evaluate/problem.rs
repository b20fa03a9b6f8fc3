//! What can go wrong while an expression is evaluated, in words.

use std::fmt::Display;

use sophia_diagnostics::{Problem, codes};

use crate::json::shortened;
use crate::value::Value;

/// Two values that an operator cannot combine.
pub(super) fn unfit_pair(operation: &str, left: &Value, right: &Value) -> Problem {
    if left.is_none() || right.is_none() {
        return missing(operation);
    }
    Problem::new(
        codes::S970,
        format!(
            "{operation} does not work between {} and {}: {} and {}.",
            left.kind(),
            right.kind(),
            shortened(left),
            shortened(right)
        ),
    )
}

/// A value that an operation cannot work on.
pub(super) fn unfit(operation: &str, value: &Value) -> Problem {
    if value.is_none() {
        return missing(operation);
    }
    Problem::new(
        codes::S970,
        format!(
            "{operation} does not work on {}: {}.",
            value.kind(),
            shortened(value)
        ),
    )
}

pub(super) fn missing(operation: &str) -> Problem {
    Problem::new(codes::S975, format!("{operation} met a missing value."))
        .with_help("give a value for the missing case with `??`, or leave it out with `is present`")
}

pub(super) fn division_by_zero(value: &Value) -> Problem {
    Problem::new(
        codes::S971,
        format!("{} was divided by zero.", shortened(value)),
    )
    .with_help("test the divisor first: `if n = 0 then … else x / n`")
}

pub(super) fn overflow(operation: &str) -> Problem {
    Problem::new(
        codes::S972,
        format!("The result of {operation} is too large to be held."),
    )
}

pub(super) fn two_currencies(operation: &str, left: impl Display, right: impl Display) -> Problem {
    Problem::new(
        codes::S973,
        format!("{operation} does not work between {left} and {right}: these are two currencies."),
    )
    .with_help("convert one of them with a rate from the data")
}

pub(super) fn unknown(what: &str, name: &str) -> Problem {
    Problem::new(codes::S978, format!("There is no {what} `{name}` here."))
        .with_help("compile the playbook again: its plan does not fit what it runs on")
}
