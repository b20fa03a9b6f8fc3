//! Questions about texts, asked for many rows at once over the bytes of a column.
//!
//! Kept true here: the answers are those of the interpreter; a row without a text answers no.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::{Array, StringArray};
use memchr::memmem;

use super::node::Order;
use crate::evaluate::like;

/// A question with a yes or no for each row.
pub(super) enum Question {
    /// How a column's text stands to a fixed one.
    Against(Order, Arc<str>),
    /// How a column's text stands to another column's.
    Between(Order, StringArray),
    OneOf(HashSet<Arc<str>>),
    Like(Pattern),
}

/// A pattern of `like`, by the quickest way to decide it.
pub(super) enum Pattern {
    Exactly(String),
    Begins(String),
    Ends(String),
    BeginsAndEnds(String, String),
    Contains(Box<memmem::Finder<'static>>),
    Any(Arc<str>),
}

impl Pattern {
    pub(super) fn of(pattern: &Arc<str>) -> Self {
        if pattern.contains('_') {
            return Self::Any(Arc::clone(pattern));
        }
        let parts: Vec<&str> = pattern.split('%').collect();
        match *parts.as_slice() {
            [all] => Self::Exactly(all.into()),
            [begin, ""] => Self::Begins(begin.into()),
            ["", end] => Self::Ends(end.into()),
            [begin, end] => Self::BeginsAndEnds(begin.into(), end.into()),
            ["", middle, ""] => Self::contains(middle),
            _ => Self::Any(Arc::clone(pattern)),
        }
    }

    pub(super) fn contains(part: &str) -> Self {
        Self::Contains(Box::new(memmem::Finder::new(part).into_owned()))
    }
}

impl Question {
    /// The answers for `rows` rows from `start`, as bits, the first row's lowest.
    pub(super) fn answer(&self, column: &StringArray, start: usize, rows: usize, bits: &mut [u8]) {
        let texts = Texts::of(column, start, rows);
        match self {
            Self::Against(Order::Equal, wanted) => equal(&texts, wanted.as_bytes(), bits),
            Self::Against(Order::NotEqual, wanted) => {
                equal(&texts, wanted.as_bytes(), bits);
                for byte in bits.iter_mut() {
                    *byte = !*byte;
                }
            }
            Self::Against(order, wanted) => {
                // Bytes of UTF-8 stand in the order of their characters.
                texts.each(bits, |text| stands(*order, text.cmp(wanted.as_bytes())));
            }
            Self::Between(order, other) => {
                let others = Texts::of(other, start, rows);
                texts.each_with(&others, bits, |text, other| stands(*order, text.cmp(other)));
                clear_missing(other, start, rows, bits);
            }
            Self::OneOf(wanted) => one_of(&texts, wanted, bits),
            Self::Like(Pattern::Exactly(wanted)) => equal(&texts, wanted.as_bytes(), bits),
            Self::Like(Pattern::Begins(begin)) => begins(&texts, begin.as_bytes(), bits),
            Self::Like(Pattern::Ends(end)) => {
                texts.each(bits, |text| text.ends_with(end.as_bytes()));
            }
            Self::Like(Pattern::BeginsAndEnds(begin, end)) => texts.each(bits, |text| {
                text.len() >= begin.len() + end.len()
                    && text.starts_with(begin.as_bytes())
                    && text.ends_with(end.as_bytes())
            }),
            Self::Like(Pattern::Contains(finder)) => contains(&texts, finder, bits),
            Self::Like(Pattern::Any(pattern)) => texts.each(bits, |text| {
                std::str::from_utf8(text).is_ok_and(|text| like(text, pattern))
            }),
        }
        clear_missing(column, start, rows, bits);
    }
}

/// The number of characters of each text.
pub(super) fn lengths(column: &StringArray, start: usize, rows: usize, words: &mut [i64]) {
    let texts = Texts::of(column, start, rows);
    for (word, text) in words.iter_mut().zip(texts.iter()) {
        // Every byte but the continuing ones begins a character.
        let characters = text.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        *word = i64::try_from(characters).unwrap_or(i64::MAX);
    }
}

fn stands(order: Order, found: Ordering) -> bool {
    match order {
        Order::Equal => found.is_eq(),
        Order::NotEqual => found.is_ne(),
        Order::Less => found.is_lt(),
        Order::LessOrEqual => found.is_le(),
        Order::Greater => found.is_gt(),
        Order::GreaterOrEqual => found.is_ge(),
    }
}

/// Some rows of a text column: where each begins and ends in the bytes of all.
struct Texts<'a> {
    offsets: &'a [i32],
    bytes: &'a [u8],
}

impl<'a> Texts<'a> {
    fn of(column: &'a StringArray, start: usize, rows: usize) -> Self {
        Self {
            offsets: column
                .value_offsets()
                .get(start..=start + rows)
                .unwrap_or_default(),
            bytes: column.value_data(),
        }
    }

    /// Where each text begins and ends.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> + use<'a> {
        let ends = self.offsets.iter().skip(1);
        self.offsets
            .iter()
            .zip(ends)
            .map(|(from, to)| (place(*from), place(*to)))
    }

    fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let bytes = self.bytes;
        self.places()
            .map(move |(from, to)| bytes.get(from..to).unwrap_or_default())
    }

    fn each(&self, bits: &mut [u8], test: impl Fn(&[u8]) -> bool) {
        self.decide(bits, |from, to| {
            u64::from(!test(self.bytes.get(from..to).unwrap_or_default()))
        });
    }

    /// Writes a yes for each text for which zero comes out of where it begins and ends, eight texts a byte, without a
    /// branch for any of them. What no text is there for is no.
    fn decide(&self, bits: &mut [u8], difference: impl Fn(usize, usize) -> u64) {
        let mut windows = self.offsets.windows(9).step_by(8);
        let mut decided = 0;
        for byte in bits.iter_mut() {
            let Some(places) = windows.next().and_then(<[i32]>::first_chunk::<9>) else {
                break;
            };
            let mut differences = [0; 8];
            let ends = places.iter().skip(1);
            for ((to, begin), end) in differences.iter_mut().zip(places).zip(ends) {
                *to = difference(place(*begin), place(*end));
            }
            *byte = (differences.iter().rev())
                .fold(0, |bits, difference| bits << 1 | u8::from(*difference == 0));
            decided += 8;
        }
        let last = self.offsets.get(decided..).unwrap_or_default();
        let mut last = last.iter().zip(last.iter().skip(1));
        for byte in bits.iter_mut().skip(decided / 8) {
            *byte = (0..8)
                .zip(last.by_ref())
                .fold(0, |bits, (bit, (begin, end))| {
                    bits | u8::from(difference(place(*begin), place(*end)) == 0) << bit
                });
        }
    }

    fn each_with(&self, other: &Self, bits: &mut [u8], test: impl Fn(&[u8], &[u8]) -> bool) {
        gather(
            bits,
            self.iter()
                .zip(other.iter())
                .map(|(text, other)| test(text, other)),
        );
    }
}

/// Offsets are never negative; one that was would lie behind all bytes.
fn place(offset: i32) -> usize {
    offset.cast_unsigned() as usize
}

/// Writes answers as bits; what no answer comes for is no.
fn gather(bits: &mut [u8], mut answers: impl Iterator<Item = bool>) {
    for byte in bits {
        *byte = (0..8).fold(0, |gathered, bit| {
            gathered | u8::from(answers.next().unwrap_or(false)) << bit
        });
    }
}

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

    /// Zero where the bytes at a place begin so.
    fn differs_at(&self, bytes: &[u8], at: usize) -> u64 {
        let word = match bytes.get(at..at + 8).and_then(<[u8]>::as_array) {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => near_end(bytes, at),
        };
        (word & self.mask) ^ self.word
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

/// Without a branch that depends on a text's length or first bytes: which texts are equal is not to be
/// guessed, and a wrong guess costs more than the comparison.
fn equal(texts: &Texts<'_>, wanted: &[u8], bits: &mut [u8]) {
    let beginning = Beginning::of(wanted);
    let length = wanted.len();
    match wanted.get(8..) {
        Some(rest) if !rest.is_empty() => texts.decide(bits, |from, to| {
            let is_equal = to - from == length
                && beginning.differs_at(texts.bytes, from) == 0
                && texts.bytes.get(from + 8..to) == Some(rest);
            u64::from(!is_equal)
        }),
        _ => texts.decide(bits, |from, to| {
            beginning.differs_at(texts.bytes, from) | ((to - from) ^ length) as u64
        }),
    }
}

fn begins(texts: &Texts<'_>, wanted: &[u8], bits: &mut [u8]) {
    let beginning = Beginning::of(wanted);
    let length = wanted.len();
    let begins_so = |from: usize, to: usize| {
        beginning.differs_at(texts.bytes, from) | u64::from(to - from < length)
    };
    match wanted.get(8..) {
        Some(rest) if !rest.is_empty() => texts.decide(bits, |from, to| {
            let is_so = begins_so(from, to) == 0
                && (texts.bytes.get(from + 8..to)).is_some_and(|text| text.starts_with(rest));
            u64::from(!is_so)
        }),
        _ => texts.decide(bits, begins_so),
    }
}

/// A few texts are asked for one after the other, which is quicker than finding each row's hash.
fn one_of(texts: &Texts<'_>, wanted: &HashSet<Arc<str>>, bits: &mut [u8]) {
    const FEW: usize = 8;
    if wanted.len() > FEW {
        return texts.each(bits, |text| {
            std::str::from_utf8(text).is_ok_and(|text| wanted.contains(text))
        });
    }
    bits.fill(0);
    let mut found = vec![0; bits.len()];
    for text in wanted {
        equal(texts, text.as_bytes(), &mut found);
        for (all, found) in bits.iter_mut().zip(&found) {
            *all |= found;
        }
    }
}

/// One search through the bytes of all rows; a find counts where it lies within one row.
fn contains(texts: &Texts<'_>, finder: &memmem::Finder<'_>, bits: &mut [u8]) {
    let length = finder.needle().len();
    if length == 0 {
        return bits.fill(0xff);
    }
    bits.fill(0);
    let (Some(first), Some(last)) = (texts.offsets.first(), texts.offsets.last()) else {
        return;
    };
    let (mut at, end) = (place(*first), place(*last));
    let mut row = 0;
    while let Some(found) = texts.bytes.get(at..end).and_then(|rest| finder.find(rest)) {
        let from = at + found;
        // The row whose text holds the first byte of the find.
        while texts
            .offsets
            .get(row + 1)
            .is_some_and(|next| place(*next) <= from)
        {
            row += 1;
        }
        let Some(row_end) = texts.offsets.get(row + 1).map(|next| place(*next)) else {
            return;
        };
        if from + length <= row_end {
            if let Some(byte) = bits.get_mut(row / 8) {
                *byte |= 1 << (row % 8);
            }
            at = row_end;
        } else {
            at = from + 1;
        }
    }
}

fn clear_missing(column: &StringArray, start: usize, rows: usize, bits: &mut [u8]) {
    let Some(nulls) = column.nulls().filter(|nulls| nulls.null_count() > 0) else {
        return;
    };
    let from = nulls.offset() + start;
    if from.is_multiple_of(8)
        && let Some(present) = nulls.validity().get(from / 8..)
    {
        for (byte, present) in bits.iter_mut().zip(present) {
            *byte &= present;
        }
        return;
    }
    for row in 0..rows {
        if nulls.is_null(start + row)
            && let Some(byte) = bits.get_mut(row / 8)
        {
            *byte &= !(1 << (row % 8));
        }
    }
}
