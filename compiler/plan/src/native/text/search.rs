//! Which texts hold a fixed one.
//!
//! The bytes of some hundred texts are searched as one run: sixty-four places at a time are compared with the first bytes
//! of what is searched, and each place where it stands becomes a bit. Then each text looks for a bit among its own places,
//! all of them at once where it is short. Nothing depends on a guess: where finds are frequent, as they are among few
//! words, a search that stops at each find (as the crate `memchr` does) takes twice as long.
//!
//! Kept true here: a find counts where it lies within one text.

use std::ops::Range;

use wide::i32x8;

use super::block::{BLOCK, HEAD, Width};
use super::texts::{Places, Texts, bits_of, bits_of_lanes, lengths, place};

/// Texts whose bytes are searched as one run, so that their bits are still near.
const GROUP: usize = 1024;
/// Bits that are looked at together: what eight bytes hold behind any bit of the first.
const SPAN: usize = 57;

/// A text to be searched for.
pub(in crate::native) struct Search {
    wanted: Box<[u8]>,
    width: Width,
    /// For each length of a text up to the longest that has no more places than a span: where in it a find can begin.
    places: [u64; BLOCK],
}

impl Search {
    pub(in crate::native) fn of(wanted: &str) -> Self {
        let wanted: Box<[u8]> = wanted.as_bytes().into();
        let places =
            std::array::from_fn(|length| match (length + 1).saturating_sub(wanted.len()) {
                count @ 0..BLOCK => !(u64::MAX << count),
                _ => u64::MAX,
            });
        Self {
            wanted,
            width: Width::of_this_machine(),
            places,
        }
    }

    /// A bit for each text that holds what is searched.
    pub(super) fn answer(&self, texts: &Texts<'_>, bits: &mut [u8]) {
        let mut finds = Vec::new();
        for (group, bits) in bits.chunks_mut(GROUP / 8).enumerate() {
            let from = group * GROUP;
            let to = (from + GROUP + 1).min(texts.offsets.len());
            let group = Texts {
                offsets: texts.offsets.get(from..to).unwrap_or_default(),
                bytes: texts.bytes,
            };
            match *self.wanted {
                [] => group.eights(bits, |_| u8::MAX),
                [_] => self.find::<1>(&group, &mut finds, bits),
                [_, _] => self.find::<2>(&group, &mut finds, bits),
                [_, _, _] => self.find::<3>(&group, &mut finds, bits),
                [_, _, _, _] => self.find::<4>(&group, &mut finds, bits),
                [_, _, _, _, _] => self.find::<5>(&group, &mut finds, bits),
                [_, _, _, _, _, _] => self.find::<6>(&group, &mut finds, bits),
                [_, _, _, _, _, _, _] => self.find::<7>(&group, &mut finds, bits),
                [_, _, _, _, _, _, _, ..] => self.find::<HEAD>(&group, &mut finds, bits),
            }
        }
    }

    fn find<const COMPARED: usize>(&self, texts: &Texts<'_>, finds: &mut Vec<u8>, bits: &mut [u8]) {
        let (Some(first), Some(last)) = (texts.offsets.first(), texts.offsets.last()) else {
            return bits.fill(0);
        };
        let run = place(*first)..place(*last);
        self.mark::<COMPARED>(texts.bytes, run.clone(), finds);
        texts.eights(bits, |places| self.holding(places, run.start, finds));
    }

    /// Sets a bit for each place of a run of bytes where what is searched begins.
    fn mark<const COMPARED: usize>(&self, bytes: &[u8], run: Range<usize>, finds: &mut Vec<u8>) {
        let Some(head) = self.wanted.first_chunk::<COMPARED>() else {
            return;
        };
        let rest = self.wanted.get(COMPARED..).unwrap_or_default();
        // Eight bytes can be read from every one that a text begins in.
        finds.resize(run.len().div_ceil(BLOCK) * 8 + 8, 0);
        let (finds, _) = finds.as_chunks_mut();
        self.width.mark(bytes, run.clone(), head, finds);
        if !rest.is_empty() {
            for (found, at) in finds.iter_mut().zip(run.step_by(BLOCK)) {
                confirm(found, at + COMPARED, bytes, rest);
            }
        }
    }

    /// A bit for each of eight texts that holds a find.
    #[allow(
        clippy::inline_always,
        reason = "a call for every eight texts takes as long as looking at two of them"
    )]
    #[inline(always)]
    fn holding(&self, places: &Places, start: usize, finds: &[u8]) -> u8 {
        let lengths = lengths(places);
        let longest = i32::try_from(self.wanted.len() + SPAN).unwrap_or(i32::MAX);
        let are_short = lengths.simd_lt(i32x8::splat(longest.min(64)));
        if bits_of_lanes(are_short) == u8::MAX {
            return bits_of(places, |from, to| {
                let begins = self.places.get((to - from) % BLOCK).copied().unwrap_or(0);
                bits_behind(finds, from - start) & begins != 0
            });
        }
        self.holding_long(places, start, finds)
    }

    /// The same for texts of any length, span by span.
    #[cold]
    fn holding_long(&self, places: &Places, start: usize, finds: &[u8]) -> u8 {
        bits_of(places, |from, to| {
            let end = (to + 1).saturating_sub(self.wanted.len());
            (from..end).step_by(SPAN).any(|at| {
                let count = (end - at).min(SPAN);
                bits_behind(finds, at - start) & !(u64::MAX << count) != 0
            })
        })
    }
}

/// Of the finds of a block leaves those behind which the rest stands as well.
fn confirm(finds: &mut [u8; 8], behind: usize, bytes: &[u8], rest: &[u8]) {
    let mut found = u64::from_le_bytes(*finds);
    let mut left = found;
    while left != 0 {
        let at = left.trailing_zeros() as usize;
        let is_there = (bytes.get(behind + at..)).is_some_and(|bytes| bytes.starts_with(rest));
        if !is_there {
            found &= !(1 << at);
        }
        left &= left - 1;
    }
    *finds = found.to_le_bytes();
}

/// At least as many bits as a span has, from one on.
fn bits_behind(bits: &[u8], from: usize) -> u64 {
    let at = from / 8;
    let bytes = bits.get(at..at + 8).and_then(<[u8]>::as_array);
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes) >> (from % 8))
}
