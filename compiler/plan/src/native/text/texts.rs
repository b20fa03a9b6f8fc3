//! Some rows of a text column: where each text begins and ends, and a bit for each from a look at it.
//!
//! Kept true here: what no row is there for is no.

use arrow_array::StringArray;
use wide::i32x8;

/// Where eight texts begin, and the last of them ends.
pub(super) type Places = [i32; 9];

/// Some rows of a text column.
pub(super) struct Texts<'a> {
    /// Where each begins in the bytes of all, and where the last ends.
    pub(super) offsets: &'a [i32],
    /// The bytes of the column's texts, one behind the other.
    pub(super) bytes: &'a [u8],
}

impl<'a> Texts<'a> {
    pub(super) fn of(column: &'a StringArray, start: usize, rows: usize) -> Self {
        Self {
            offsets: column
                .value_offsets()
                .get(start..=start + rows)
                .unwrap_or_default(),
            bytes: column.value_data(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let bytes = self.bytes;
        let ends = self.offsets.iter().skip(1);
        (self.offsets.iter().zip(ends))
            .map(move |(from, to)| bytes.get(place(*from)..place(*to)).unwrap_or_default())
    }

    /// A bit for each text.
    pub(super) fn each(&self, bits: &mut [u8], test: impl Fn(&[u8]) -> bool) {
        self.each_place(bits, |from, to| {
            test(self.bytes.get(from..to).unwrap_or_default())
        });
    }

    /// A bit for each text, from where it begins and ends.
    pub(super) fn each_place(&self, bits: &mut [u8], test: impl Fn(usize, usize) -> bool) {
        self.eights(bits, |places| bits_of(places, &test));
    }

    /// A bit for each text and the one beside it.
    pub(super) fn each_with(
        &self,
        other: &Self,
        bits: &mut [u8],
        test: impl Fn(&[u8], &[u8]) -> bool,
    ) {
        let mut answers = (self.iter().zip(other.iter())).map(|(text, other)| test(text, other));
        for byte in bits {
            *byte = (0..8).fold(0, |gathered, bit| {
                gathered | u8::from(answers.next().unwrap_or(false)) << bit
            });
        }
    }

    /// The bits of eight texts at a time; the first text's is the lowest.
    pub(super) fn eights(&self, bits: &mut [u8], answer: impl Fn(&Places) -> u8) {
        for (byte, at) in bits.iter_mut().zip((0..).step_by(8)) {
            let left = self.offsets.get(at..).unwrap_or_default();
            let open;
            let (places, there) = if let Some(places) = left.first_chunk() {
                (places, u8::MAX)
            } else {
                open = filled(left);
                (&open, !(u8::MAX << left.len().saturating_sub(1)))
            };
            // Asked at one place, so that it becomes part of this loop.
            *byte = answer(places) & there;
        }
    }
}

/// The places of fewer than eight texts, with empty ones behind them.
#[cold]
fn filled(offsets: &[i32]) -> Places {
    let mut places = [offsets.last().copied().unwrap_or(0); 9];
    for (to, from) in places.iter_mut().zip(offsets) {
        *to = *from;
    }
    places
}

/// Offsets are never negative; one that was would lie behind all bytes.
pub(super) fn place(offset: i32) -> usize {
    offset.cast_unsigned() as usize
}

/// A bit for each of eight texts, from where it begins and ends. One after the other into one byte: so few values are
/// held at a time that all stay in registers.
#[allow(
    clippy::inline_always,
    reason = "a call for every eight texts takes longer than what is asked of them"
)]
#[inline(always)]
pub(super) fn bits_of(places: &Places, test: impl Fn(usize, usize) -> bool) -> u8 {
    let [first, ends @ ..] = places;
    let mut begin = place(*first);
    ends.iter().fold(0, |bits, end| {
        let end = place(*end);
        let holds = test(begin, end);
        begin = end;
        bits >> 1 | u8::from(holds) << 7
    })
}

/// How many bytes each of eight texts has.
pub(super) fn lengths(places: &Places) -> i32x8 {
    let [
        first,
        second,
        third,
        fourth,
        fifth,
        sixth,
        seventh,
        eighth,
        end,
    ] = *places;
    let begins = [first, second, third, fourth, fifth, sixth, seventh, eighth];
    let ends = [second, third, fourth, fifth, sixth, seventh, eighth, end];
    i32x8::new(ends) - i32x8::new(begins)
}

/// One bit for each of eight lanes that are all ones or all zeros.
pub(super) fn bits_of_lanes(lanes: i32x8) -> u8 {
    let [low, ..] = lanes.to_bitmask().to_le_bytes();
    low
}
