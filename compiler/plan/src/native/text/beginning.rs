//! Whether texts are, or begin with, a fixed one.
//!
//! Kept true here: no branch depends on a text's length or first bytes. Which texts are equal is not to be guessed,
//! and a wrong guess costs more than the comparison.

use wide::i32x8;

use super::texts::{Places, Texts, bits_of, bits_of_lanes, lengths};

/// Up to eight bytes at the beginning of a text, compared as one number.
struct Beginning {
    word: u64,
    mask: u64,
}

impl Beginning {
    fn of(text: &[u8]) -> Self {
        Self {
            word: padded(text),
            mask: match text.len().min(8) {
                0 => 0,
                length => u64::MAX >> (64 - 8 * length),
            },
        }
    }

    /// Whether the bytes at a place begin so.
    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let word = match bytes.get(at..at + 8).and_then(<[u8]>::as_array) {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => near_end(bytes, at),
        };
        word & self.mask == self.word
    }
}

/// What stands before the end of all bytes, with zeros behind it.
#[cold]
fn near_end(bytes: &[u8], at: usize) -> u64 {
    padded(bytes.get(at..).unwrap_or_default())
}

/// The first eight bytes, with zeros where there are fewer.
fn padded(bytes: &[u8]) -> u64 {
    let mut padded = [0; 8];
    for (to, from) in padded.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(padded)
}

/// A bit for each text that is the wanted one.
pub(super) fn equal(texts: &Texts<'_>, wanted: &[u8], bits: &mut [u8]) {
    let length = length_of(wanted);
    let has_length = |places: &Places| bits_of_lanes(lengths(places).simd_eq(length));
    begins_where(texts, wanted, bits, has_length);
}

/// A bit for each text that begins with the wanted one.
pub(super) fn begins(texts: &Texts<'_>, wanted: &[u8], bits: &mut [u8]) {
    let length = length_of(wanted);
    let is_long_enough = |places: &Places| !bits_of_lanes(lengths(places).simd_lt(length));
    begins_where(texts, wanted, bits, is_long_enough);
}

/// In each of eight lanes. No text of a column is as long as what has no such number.
fn length_of(wanted: &[u8]) -> i32x8 {
    i32x8::splat(i32::try_from(wanted.len()).unwrap_or(i32::MAX))
}

/// A bit for each text that begins with the wanted one and has a bit among those of its eight.
fn begins_where(texts: &Texts<'_>, wanted: &[u8], bits: &mut [u8], among: impl Fn(&Places) -> u8) {
    let beginning = Beginning::of(wanted);
    match wanted.get(8..) {
        Some(rest) if !rest.is_empty() => texts.eights(bits, |places| {
            let begins = bits_of(places, |from, to| {
                beginning.is_at(texts.bytes, from)
                    && (texts.bytes.get(from + 8..to)).is_some_and(|text| text.starts_with(rest))
            });
            begins & among(places)
        }),
        _ => texts.eights(bits, |places| {
            bits_of(places, |from, _| beginning.is_at(texts.bytes, from)) & among(places)
        }),
    }
}
