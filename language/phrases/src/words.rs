//! The words of a phrase that was not understood, with their places.
//!
//! Kept true here: words come in order, do not overlap, and hold no white space outside quotes.

use std::ops::Range;

/// A word, a comma, or a text in quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'t> {
    pub(crate) text: &'t str,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Word<'_> {
    pub(crate) fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    pub(crate) fn lower(&self) -> String {
        self.text.to_lowercase()
    }
}

/// The words of a phrase; comments are none.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = 0;
    while let Some(rest) = text.get(start..)
        && let Some(first) = rest.chars().next()
    {
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            quote @ ('"' | '\'') => rest
                .char_indices()
                .skip(1)
                .find(|(_, letter)| *letter == quote || *letter == '\n')
                .map_or(rest.len(), |(at, letter)| at + usize::from(letter == quote)),
            ',' => 1,
            space if space.is_whitespace() => space.len_utf8(),
            _ => rest
                .find(|letter: char| letter.is_whitespace() || matches!(letter, ',' | '#' | '"'))
                .unwrap_or(rest.len()),
        };
        if !first.is_whitespace() && first != '#' {
            words.push(Word {
                text: rest.get(..length).unwrap_or(""),
                start,
                end: start + length,
            });
        }
        start += length;
    }
    words
}

/// The nearest of some words, where only one or two letters are wrong.
pub(crate) fn nearest<'k>(
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let allowed = match written.len() {
        3..=4 => 1,
        5..=40 => 2,
        _ => return None,
    };
    // An edit changes at most two of the letters that a word has at all. Looking at those first
    // leaves few words to be compared in full.
    let letters = letters(written);
    let apart = |word: &str| (letters ^ self::letters(word)).count_ones() as usize;
    known
        .into_iter()
        .filter(|word| word.len().abs_diff(written.len()) <= allowed)
        .filter(|word| apart(word) <= 2 * allowed)
        .map(|word| (strsim::osa_distance(written, word), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Which bytes a word has, folded into 64 bits.
fn letters(word: &str) -> u64 {
    word.bytes().fold(0, |set, byte| set | 1 << (byte % 64))
}
