//! Questions about texts, asked for many rows at once over the bytes of a column.
//!
//! Kept true here: the answers are those of the interpreter; a row without a text answers no.

mod beginning;
mod block;
mod search;
mod texts;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::{Array, StringArray};

use self::beginning::{begins, equal};
use self::search::Search;
use self::texts::Texts;
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
    Contains(Box<Search>),
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
        Self::Contains(Box::new(Search::of(part)))
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
            Self::Like(Pattern::Contains(search)) => search.answer(&texts, bits),
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
