//! Running a compiled formula over a table, some thousand rows at a time, with the interpreter for
//! the rows that the loop leaves to it.
//!
//! Kept true here: the rows are decided in their order, so the first mistake is the interpreter's
//! first; what goes out is what the interpreter would have given.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use arrow_array::{Array, Decimal128Array, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, MutableBuffer, NullBuffer};
use sophia_diagnostics::Problem;

use super::bits::{join, joins_bits};
use super::cache;
use super::code::Code;
use super::kind::Kind;
use super::lanes::{Lane, Results, Sums, Verdict};
use super::lower::{Lowered, Source};
use super::node::{Form, Layout, Output};
use super::text::{Question, lengths};
use crate::types::Type;
use crate::value::Value;

/// Rows that are computed before anyone looks at them where each has a word, and that are interpreted where one of them
/// is doubtful; a multiple of eight. Few enough for their words to stay in the nearest cache.
const CHUNK: usize = 4096;
/// The same where nothing is kept of a row but a bit, or its part of a sum: columns are read without a pause for longer,
/// which the memory answers faster.
const STRETCH: usize = 8 * CHUNK;
/// Needless doubts until the loop is compiled again with the finer look at overflow.
const PATIENCE: u32 = 2;

/// A formula ready to run over the rows of one table.
pub(crate) struct Run {
    code: Rc<Code>,
    slots: Vec<Filled>,
    /// Each twice, as both lanes of a pair take it.
    parameters: Vec<[i64; 2]>,
    kind: Kind,
    /// Whether the formula only joins answers that are there as bits.
    joins_bits: bool,
    needless_doubts: u32,
}

/// The results of some rows in order.
pub(super) struct Chunk<'a> {
    pub(super) rows: usize,
    /// A bit for each row, where the results are truths; otherwise zeros.
    pub(super) truths: &'a [u8],
    /// A word for each row, where they are not.
    pub(super) words: &'a [i64],
    /// A bit for each row that has a result.
    pub(super) validity: &'a [u8],
}

/// Whether a run came to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Complete,
    /// A result was met that has no word; nothing of the run counts.
    Abandoned,
}

struct Filled {
    content: Content,
    validity: Option<Buffer>,
}

enum Content {
    /// Bytes that begin with the first row's, so many for eight rows.
    Bytes(Buffer, usize),
    Exact(Decimal128Array),
    Answers(StringArray, Box<Question>),
    Lengths(StringArray),
}

impl Filled {
    fn new(source: Source, layout: Layout, nullable: bool) -> Option<Self> {
        let validity = |array: &dyn Array| {
            array
                .nulls()
                .filter(|_| nullable)
                .map(|nulls| bytes_of(nulls.inner()))
        };
        Some(match source {
            Source::Column(array) => {
                let data = array.to_data();
                let bytes = layout.block_bytes();
                let buffer = match layout {
                    Layout::Nothing => Buffer::from_vec(Vec::<u8>::new()),
                    Layout::Bits => {
                        let bits = data.buffers().first()?.clone();
                        bytes_of(&BooleanBuffer::new(bits, data.offset(), data.len()))
                    }
                    _ => data
                        .buffers()
                        .first()?
                        .slice_with_length(data.offset() * bytes / 8, data.len() * bytes / 8),
                };
                Self {
                    content: Content::Bytes(buffer, bytes),
                    validity: validity(&array),
                }
            }
            Source::Exact(array) => Self {
                validity: validity(&array),
                content: Content::Exact(array),
            },
            Source::Answers(column, question) => Self {
                content: Content::Answers(column, question),
                validity: None,
            },
            Source::Lengths(column) => Self {
                content: Content::Lengths(column),
                validity: None,
            },
        })
    }

    /// The bytes of some rows, or nothing where they have no words.
    fn bytes<'a>(
        &'a self,
        start: usize,
        rows: usize,
        room: &'a mut MutableBuffer,
    ) -> Option<&'a [u8]> {
        match &self.content {
            Content::Bytes(buffer, of_block) => {
                let from = start / 8 * of_block;
                buffer.get(from..from + (rows * of_block).div_ceil(8))
            }
            Content::Exact(array) => {
                let amounts = array.values().get(start..start + rows)?;
                room.resize(rows * 8, 0);
                let mut lost = 0;
                for (word, amount) in room.typed_data_mut::<i64>().iter_mut().zip(amounts) {
                    *word = low_half(*amount);
                    lost |= i128::from(*word) ^ amount;
                }
                (lost == 0).then_some(room.as_slice())
            }
            Content::Answers(column, question) => {
                room.resize(rows.div_ceil(8), 0);
                question.answer(column, start, rows, room.as_slice_mut());
                Some(room.as_slice())
            }
            Content::Lengths(column) => {
                room.resize(rows * 8, 0);
                lengths(column, start, rows, room.typed_data_mut());
                Some(room.as_slice())
            }
        }
    }

    fn validity(&self, start: usize, rows: usize) -> Option<&[u8]> {
        let from = start / 8;
        self.validity.as_ref()?.get(from..from + rows.div_ceil(8))
    }
}

/// The lower 64 bits.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the caller compares what is left with the whole"
)]
fn low_half(amount: i128) -> i64 {
    amount as i64
}

/// The bits of a buffer, from the first bit of the first byte on.
fn bytes_of(bits: &BooleanBuffer) -> Buffer {
    if bits.offset().is_multiple_of(8) {
        bits.values()
            .get(bits.offset() / 8..)
            .map_or_else(|| bits.sliced(), |_| bits.inner().slice(bits.offset() / 8))
    } else {
        bits.sliced()
    }
}

/// The bytes of rows of which the last block is not full, with the last row repeated to fill it.
fn padded(bytes: &[u8], of_block: usize, rows: usize) -> Cow<'_, [u8]> {
    let full = rows.div_ceil(8);
    if rows.is_multiple_of(8) {
        return Cow::Borrowed(bytes);
    }
    let mut padded = bytes.to_vec();
    if of_block == 1 {
        if let Some(byte) = padded.last_mut() {
            let last = (*byte >> (rows % 8 - 1)) & 1;
            let there = u8::MAX >> (8 - rows % 8);
            *byte = (*byte & there) | if last == 1 { !there } else { 0 };
        }
    } else {
        let width = of_block / 8;
        while width > 0 && padded.len() < full * of_block {
            padded.extend_from_within(padded.len() - width..);
        }
    }
    Cow::Owned(padded)
}

impl Run {
    /// Fills the slots of a formula; `None` where the machine or a column's layout does not allow it.
    pub(super) fn new(lowered: Lowered) -> Option<Self> {
        let code = cache::code(&lowered.formula)?;
        let slots = lowered
            .sources
            .into_iter()
            .zip(&lowered.formula.slots)
            .map(|(source, slot)| Filled::new(source, slot.layout, slot.nullable))
            .collect::<Option<_>>()?;
        Some(Self {
            code,
            slots,
            parameters: lowered.parameters.iter().map(|word| [*word; 2]).collect(),
            joins_bits: joins_bits(&lowered.formula.root, &lowered.formula.slots),
            kind: lowered.kind,
            needless_doubts: 0,
        })
    }

    /// Whether a field of a type holds the results as they are.
    pub(crate) fn fills(&self, of: &Type) -> bool {
        self.kind.fills(of)
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Computes rows, from the first of a block on, and hands them on in order. `interpret` gives the
    /// value of a doubtful row.
    pub(super) fn chunks(
        &mut self,
        rows: Range<usize>,
        interpret: &mut dyn FnMut(usize) -> Result<Value, Problem>,
        take: &mut dyn FnMut(Chunk<'_>),
    ) -> Result<Outcome, Problem> {
        let mut room: Vec<MutableBuffer> =
            self.slots.iter().map(|_| MutableBuffer::new(0)).collect();
        let most = match self.kind.form() {
            Form::Truth => STRETCH,
            _ => CHUNK,
        };
        let mut truths = vec![0; most / 8];
        let mut validity = vec![0; most / 8];
        let mut words = match self.kind.form() {
            Form::Truth => Vec::new(),
            _ => vec![0; CHUNK],
        };
        let mut start = rows.start;
        // Up to here a stretch holds a doubtful row, which is looked for chunk by chunk.
        let mut doubtful = start;
        while start < rows.end {
            let length = if start < doubtful { CHUNK } else { most };
            let length = length.min(rows.end - start);
            let results = match self.kind.form() {
                Form::Truth => Results::Bits(&mut truths),
                _ => Results::Words(&mut words),
            };
            let verdict =
                self.compute(&self.code, start, length, &mut room, results, &mut validity);
            if verdict != Some(Verdict::Sure) && length > CHUNK {
                doubtful = start + length;
                continue;
            }
            if verdict != Some(Verdict::Sure) {
                for row in 0..length {
                    let value = interpret(start + row)?;
                    let word = if value.is_none() {
                        Some(0)
                    } else {
                        self.kind.word(&value)
                    };
                    let Some(word) = word else {
                        return Ok(Outcome::Abandoned);
                    };
                    set(&mut validity, row, !value.is_none());
                    match words.get_mut(row) {
                        Some(there) => *there = word,
                        None => set(&mut truths, row, word != 0),
                    }
                }
                self.was_needless();
            }
            take(Chunk {
                rows: length,
                truths: &truths,
                words: words.get(..length).unwrap_or_default(),
                validity: &validity,
            });
            start += length;
        }
        Ok(Outcome::Complete)
    }

    /// Adds up doubles from the first row on, until a chunk is not full or holds a missing value.
    /// Gives the rows that are in the sums; `None` where a row is doubtful.
    pub(super) fn add_up(&self, rows: usize, sums: &mut Sums) -> Option<usize> {
        let mut formula = self.code.formula().clone();
        formula.output = Output::Sum;
        let code = cache::code(&formula)?;
        let mut room: Vec<MutableBuffer> =
            self.slots.iter().map(|_| MutableBuffer::new(0)).collect();
        let mut validity = vec![0; STRETCH / 8];
        let mut start = 0;
        while start + CHUNK <= rows {
            let length = if start + STRETCH <= rows {
                STRETCH
            } else {
                CHUNK
            };
            let before = *sums;
            let results = Results::Sums(sums);
            let validity = validity.get_mut(..length / 8)?;
            let verdict = self.compute(&code, start, length, &mut room, results, validity)?;
            if verdict != Verdict::Sure {
                return None;
            }
            if validity.iter().any(|byte| *byte != u8::MAX) {
                *sums = before;
                break;
            }
            start += length;
        }
        Some(start)
    }

    fn compute(
        &self,
        code: &Code,
        start: usize,
        rows: usize,
        room: &mut [MutableBuffer],
        mut results: Results<'_>,
        validity: &mut [u8],
    ) -> Option<Verdict> {
        let slots = &code.formula().slots;
        let filled = self.slots.iter().zip(slots).zip(room);
        let bytes = filled
            .map(|((filled, slot), room)| {
                let values = filled.bytes(start, rows, room)?;
                let values = padded(values, slot.layout.block_bytes(), rows);
                let validity = filled
                    .validity(start, rows)
                    .map(|validity| padded(validity, 1, rows));
                Some((values, validity))
            })
            .collect::<Option<Vec<_>>>()?;
        if let (true, Results::Bits(truths)) = (self.joins_bits, &mut results) {
            let slots: Vec<&[u8]> = bytes.iter().map(|(values, _)| &**values).collect();
            let blocks = rows.div_ceil(8);
            let truths = truths.get_mut(..blocks)?;
            join(&code.formula().root, &slots, truths);
            validity.get_mut(..blocks)?.fill(u8::MAX);
            return Some(Verdict::Sure);
        }
        let lanes: Vec<Lane<'_>> = bytes
            .iter()
            .map(|(values, validity)| Lane {
                values,
                validity: validity.as_deref(),
            })
            .collect();
        Some(code.run(
            &lanes,
            &self.parameters,
            rows.div_ceil(8),
            results,
            validity,
        ))
    }

    /// A chunk was interpreted and held no mistake. Where that goes on, doubles that are not numbers
    /// are the likely reason.
    fn was_needless(&mut self) {
        self.needless_doubts += 1;
        if self.needless_doubts == PATIENCE && !self.code.formula().careful {
            let mut careful = self.code.formula().clone();
            careful.careful = true;
            if let Some(code) = cache::code(&careful) {
                self.code = code;
            }
        }
    }
}

fn set(bits: &mut [u8], row: usize, to: bool) {
    if let Some(byte) = bits.get_mut(row / 8) {
        let bit = 1 << (row % 8);
        if to {
            *byte |= bit;
        } else {
            *byte &= !bit;
        }
    }
}

/// The validity of a column, from its bits.
pub(super) fn nulls(validity: Vec<u8>, rows: usize) -> Option<NullBuffer> {
    let nulls = NullBuffer::new(BooleanBuffer::new(Buffer::from_vec(validity), 0, rows));
    (nulls.null_count() > 0).then_some(nulls)
}
