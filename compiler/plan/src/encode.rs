//! Values as bytes, for journals and stores: a format byte, then postcard.
//!
//! Kept true here: reading never panics, whatever the bytes; equal values give equal bytes, tables
//! apart, whose buffers may differ.

use sophia_diagnostics::{Problem, codes};

use crate::value::Value;

/// The format of the bytes that [`encode`] writes.
pub const VALUE_FORMAT: u8 = 1;

/// A value as bytes.
///
/// Every value can be written; were one refused, the bytes would hold the format alone, which
/// [`decode`] refuses.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    postcard::to_extend(value, vec![VALUE_FORMAT]).unwrap_or_else(|_| vec![VALUE_FORMAT])
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// When the bytes are of another format, damaged, or followed by something else.
pub fn decode(bytes: &[u8]) -> Result<Value, Problem> {
    match bytes.split_first() {
        Some((&VALUE_FORMAT, rest)) => match postcard::take_from_bytes(rest) {
            Ok((value, [])) => Ok(value),
            Ok(_) => Err(unreadable("more bytes follow it than it has")),
            Err(error) => Err(unreadable(error)),
        },
        Some((format, _)) => Err(unreadable(format!(
            "it is written in format {format}, and this program reads format {VALUE_FORMAT}"
        ))),
        None => Err(unreadable("it is empty")),
    }
}

fn unreadable(cause: impl std::fmt::Display) -> Problem {
    Problem::new(codes::S981, "A stored value cannot be read.")
        .because(cause)
        .with_help("restore the store from a backup, or run the version of Sophia that wrote it")
}
