//! Where some bytes stand among sixty-four places, with the widest registers that the machine has.
//!
//! Kept true here: both widths give the same answer; the wider one is asked only where the machine has it.
#![allow(
    unsafe_code,
    reason = "what is compiled for a better machine than the least cannot be called otherwise; the block says why it is sound"
)]

use std::ops::Range;

use wide::u8x16;

/// Places that are looked at together.
pub(super) const BLOCK: usize = 64;
/// The most bytes that are compared at every place.
pub(super) const HEAD: usize = 8;
/// A block, and what begins in it.
type Window = [u8; BLOCK + HEAD];

/// How many places a register of this machine holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Sixteen,
    #[cfg(target_arch = "x86_64")]
    ThirtyTwo,
}

impl Width {
    pub(super) fn of_this_machine() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Self::ThirtyTwo;
        }
        Self::Sixteen
    }

    /// Of a run of bytes, block by block: a bit for each place where what is wanted begins.
    pub(super) fn mark<const COMPARED: usize>(
        self,
        bytes: &[u8],
        run: Range<usize>,
        wanted: &[u8; COMPARED],
        finds: &mut [[u8; 8]],
    ) {
        match self {
            Self::Sixteen => mark_with(sixteen, bytes, run, wanted, finds),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: this width is chosen by `of_this_machine` alone, where the machine has these instructions.
            Self::ThirtyTwo => unsafe { mark_thirty_two(bytes, run, wanted, finds) },
        }
    }
}

/// With what every machine has. Called, not made part of the loop around it, where all the bytes would be read before the
/// first are compared, and put aside meanwhile.
#[inline(never)]
fn sixteen<const COMPARED: usize>(window: &Window, wanted: &[u8; COMPARED]) -> u64 {
    compare(window, wanted)
}

/// The same, compiled for registers of thirty-two bytes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn mark_thirty_two<const COMPARED: usize>(
    bytes: &[u8],
    run: Range<usize>,
    wanted: &[u8; COMPARED],
    finds: &mut [[u8; 8]],
) {
    mark_with(compare, bytes, run, wanted, finds);
}

#[allow(
    clippy::inline_always,
    reason = "it is compiled for the registers of what it is part of"
)]
#[inline(always)]
fn mark_with<const COMPARED: usize>(
    compare: impl Fn(&Window, &[u8; COMPARED]) -> u64,
    bytes: &[u8],
    run: Range<usize>,
    wanted: &[u8; COMPARED],
    finds: &mut [[u8; 8]],
) {
    for (found, at) in finds.iter_mut().zip(run.step_by(BLOCK)) {
        let open;
        let window = if let Some(window) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            window
        } else {
            open = near_end(bytes, at);
            &open
        };
        *found = compare(window, wanted).to_le_bytes();
    }
}

/// What stands before the end of all bytes, with zeros behind it, and no find where too few bytes are left.
#[cold]
fn near_end(bytes: &[u8], at: usize) -> Window {
    let mut window = [0; BLOCK + HEAD];
    for (to, from) in window.iter_mut().zip(bytes.get(at..).unwrap_or_default()) {
        *to = *from;
    }
    window
}

#[allow(
    clippy::inline_always,
    reason = "it is compiled for the registers of what it is part of"
)]
#[inline(always)]
fn compare<const COMPARED: usize>(window: &Window, wanted: &[u8; COMPARED]) -> u64 {
    let mut same = [u8::MAX; BLOCK];
    for (behind, wanted) in wanted.iter().enumerate() {
        let bytes = window.get(behind..).unwrap_or_default();
        for (same, byte) in same.iter_mut().zip(bytes) {
            *same &= if byte == wanted { u8::MAX } else { 0 };
        }
    }
    let (parts, _) = same.as_chunks::<16>();
    (parts.iter().zip((0..).step_by(16))).fold(0, |bits, (part, at)| {
        bits | u64::from(u8x16::new(*part).to_bitmask()) << at
    })
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::{BLOCK, HEAD, Width};

    /// Both widths mark what a look at each place marks, also where the bytes end.
    #[test]
    fn every_width_marks_the_same_places() {
        let mut random = Rng::with_seed(64);
        for _ in 0..2_000 {
            let bytes: Vec<u8> = (0..random.usize(..4 * BLOCK))
                .map(|_| random.u8(b'a'..b'c'))
                .collect();
            marked::<1>(&bytes, &mut random);
            marked::<3>(&bytes, &mut random);
            marked::<HEAD>(&bytes, &mut random);
        }
    }

    fn marked<const COMPARED: usize>(bytes: &[u8], random: &mut Rng) {
        let wanted: [u8; COMPARED] = std::array::from_fn(|_| random.u8(b'a'..b'c'));
        let from = random.usize(..=bytes.len());
        let expected: Vec<bool> = (from..bytes.len())
            .map(|at| {
                bytes
                    .get(at..)
                    .is_some_and(|rest| rest.starts_with(&wanted))
            })
            .collect();
        for width in [Width::Sixteen, Width::of_this_machine()] {
            let mut finds = vec![[0; 8]; expected.len().div_ceil(BLOCK)];
            width.mark(bytes, from..bytes.len(), &wanted, &mut finds);
            let found: Vec<bool> = (0..expected.len())
                .map(|at| {
                    let bits = finds.get(at / BLOCK).copied().map_or(0, u64::from_le_bytes);
                    bits >> (at % BLOCK) & 1 == 1
                })
                .collect();
            assert_eq!(
                found, expected,
                "{width:?}: {wanted:?} from {from} in {bytes:?}"
            );
        }
    }
}
