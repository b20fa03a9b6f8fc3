//! What a run's results become: chosen rows, a column, values, or one value from all.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray};
use arrow_buffer::{BooleanBuffer, Buffer};
use sophia_diagnostics::{Problem, codes};

use super::kind::Kind;
use super::lanes::Sums;
use super::node::Form;
use super::run::{Chunk, Outcome, Run, nulls};
use crate::evaluate::LANES;
use crate::expression::Function;
use crate::value::Value;

/// The present results of all rows, folded into one.
pub(crate) struct Folded {
    /// The fold; `None` over nothing.
    pub(crate) value: Option<Value>,
    /// How many results were present.
    pub(crate) present: usize,
}

impl Run {
    /// The rows for which a truth holds. `None`, here and below, where the run was abandoned.
    pub(crate) fn holding(
        &mut self,
        rows: usize,
        interpret: &mut dyn FnMut(usize) -> Result<Value, Problem>,
    ) -> Result<Option<BooleanArray>, Problem> {
        if *self.kind() != Kind::Boolean {
            return Ok(None);
        }
        let mut bits = Vec::with_capacity(rows.div_ceil(8));
        let outcome = self.chunks(0..rows, interpret, &mut |chunk| {
            bits.extend(holding(&chunk));
        })?;
        let bits = BooleanBuffer::new(Buffer::from_vec(bits), 0, rows);
        Ok((outcome == Outcome::Complete).then(|| BooleanArray::new(bits, None)))
    }

    /// How many rows there are for which a truth holds; `None` also where a row is doubtful.
    pub(crate) fn count_holding(&mut self, rows: usize) -> Option<usize> {
        if *self.kind() != Kind::Boolean {
            return None;
        }
        let mut count = 0;
        let outcome = self.chunks(0..rows, &mut doubtful, &mut |chunk| {
            count += count_of(&chunk);
        });
        matches!(outcome, Ok(Outcome::Complete)).then_some(count)
    }

    /// A column of the results.
    pub(crate) fn array(
        &mut self,
        rows: usize,
        interpret: &mut dyn FnMut(usize) -> Result<Value, Problem>,
    ) -> Result<Option<ArrayRef>, Problem> {
        let Some((truths, words, validity)) = self.all(rows, interpret)? else {
            return Ok(None);
        };
        let nulls = nulls(validity, rows);
        Ok(if self.kind().form() == Form::Truth {
            let truths = BooleanBuffer::new(Buffer::from_vec(truths), 0, rows);
            Some(Arc::new(BooleanArray::new(truths, nulls)))
        } else {
            self.kind().array(words, nulls)
        })
    }

    /// The results as values.
    pub(crate) fn values(
        &mut self,
        rows: usize,
        interpret: &mut dyn FnMut(usize) -> Result<Value, Problem>,
    ) -> Result<Option<Vec<Value>>, Problem> {
        let Some((truths, words, validity)) = self.all(rows, interpret)? else {
            return Ok(None);
        };
        let is_truth = self.kind().form() == Form::Truth;
        Ok((0..rows)
            .map(|row| {
                if !is_set(&validity, row) {
                    return Some(Value::None);
                }
                if is_truth {
                    return Some(Value::Boolean(is_set(&truths, row)));
                }
                self.kind().value(*words.get(row)?)
            })
            .collect())
    }

    /// All results: truths, words and validity.
    #[allow(clippy::type_complexity, reason = "three columns, named right above")]
    fn all(
        &mut self,
        rows: usize,
        interpret: &mut dyn FnMut(usize) -> Result<Value, Problem>,
    ) -> Result<Option<(Vec<u8>, Vec<i64>, Vec<u8>)>, Problem> {
        let is_truth = self.kind().form() == Form::Truth;
        let bytes = rows.div_ceil(8);
        let mut truths = Vec::with_capacity(if is_truth { bytes } else { 0 });
        let mut words = Vec::with_capacity(if is_truth { 0 } else { rows });
        let mut validity = Vec::with_capacity(bytes);
        let outcome = self.chunks(0..rows, interpret, &mut |chunk| {
            let bytes = chunk.rows.div_ceil(8);
            if is_truth {
                truths.extend(chunk.truths.iter().take(bytes));
            }
            words.extend_from_slice(chunk.words);
            validity.extend(chunk.validity.iter().take(bytes));
        })?;
        Ok((outcome == Outcome::Complete).then_some((truths, words, validity)))
    }

    /// The sum, the smallest or the largest of the present results, as the interpreter folds them;
    /// `None` where a row is doubtful or the fold leaves its words.
    pub(crate) fn fold(&mut self, function: Function, rows: usize) -> Option<Folded> {
        let kind = self.kind().clone();
        let mut fold = Fold::new(function, &kind)?;
        if let State::FloatSums(sums) = &mut fold.state {
            fold.present = self.add_up(rows, sums)?;
        }
        let rest = fold.present..rows;
        let outcome = self.chunks(rest, &mut doubtful, &mut |chunk| fold.take(&chunk));
        if !matches!(outcome, Ok(Outcome::Complete)) {
            return None;
        }
        let value = if fold.present == 0 {
            None
        } else {
            Some(kind.value(fold.word()?)?)
        };
        Some(Folded {
            value,
            present: fold.present,
        })
    }
}

/// The bits of a chunk's rows that are present and hold.
fn holding<'a>(chunk: &Chunk<'a>) -> impl Iterator<Item = u8> + use<'a> {
    chunk
        .truths
        .iter()
        .zip(chunk.validity)
        .map(|(truth, valid)| truth & valid)
        .take(chunk.rows.div_ceil(8))
}

/// How many of a chunk's rows are present and hold, 64 rows at a time.
fn count_of(chunk: &Chunk<'_>) -> usize {
    let full = chunk.rows / 8;
    let (truths, validity) = (
        chunk.truths.get(..full).unwrap_or_default(),
        chunk.validity.get(..full).unwrap_or_default(),
    );
    let (truth_words, truth_rest) = truths.as_chunks::<8>();
    let (valid_words, valid_rest) = validity.as_chunks::<8>();
    let words = (truth_words.iter().zip(valid_words)).map(|(truths, validity)| {
        (u64::from_le_bytes(*truths) & u64::from_le_bytes(*validity)).count_ones() as usize
    });
    let bytes = (truth_rest.iter().zip(valid_rest))
        .map(|(truth, valid)| (truth & valid).count_ones() as usize);
    let last = u8::MAX >> (8 - chunk.rows % 8).min(7);
    let open = match chunk.rows % 8 {
        0 => 0,
        _ => holding(chunk)
            .nth(full)
            .map_or(0, |byte| (byte & last).count_ones() as usize),
    };
    words.sum::<usize>() + bytes.sum::<usize>() + open
}

fn is_set(bits: &[u8], row: usize) -> bool {
    bits.get(row / 8)
        .is_some_and(|byte| byte >> (row % 8) & 1 == 1)
}

/// Ends a run at the first doubt; the message is never shown.
fn doubtful(_: usize) -> Result<Value, Problem> {
    Err(Problem::new(
        codes::S972,
        "A row is left to the interpreter.",
    ))
}

/// A fold on its way.
struct Fold {
    state: State,
    present: usize,
}

enum State {
    /// With whether it has ever left its word.
    WholeSum(i64, bool),
    FloatSums(Sums),
    FloatExtreme(Ordering, f64),
    WholeExtreme(Ordering, i64),
}

impl Fold {
    fn new(function: Function, kind: &Kind) -> Option<Self> {
        let state = match (function, kind.form()) {
            (Function::Sum, Form::Whole)
                if matches!(
                    kind,
                    Kind::Integer | Kind::Duration | Kind::Decimal | Kind::Money(_)
                ) =>
            {
                State::WholeSum(0, false)
            }
            // The zero that changes nothing it is added to.
            (Function::Sum, Form::Float) => State::FloatSums([-0.0; _]),
            (Function::Min, Form::Float) => State::FloatExtreme(Ordering::Less, 0.0),
            (Function::Max, Form::Float) => State::FloatExtreme(Ordering::Greater, 0.0),
            (Function::Min, Form::Whole) => State::WholeExtreme(Ordering::Less, 0),
            (Function::Max, Form::Whole) => State::WholeExtreme(Ordering::Greater, 0),
            _ => return None,
        };
        Some(Self { state, present: 0 })
    }

    fn take(&mut self, chunk: &Chunk<'_>) {
        let full = chunk.rows / 8;
        let all = chunk
            .validity
            .get(..full)
            .is_some_and(|validity| validity.iter().all(|byte| *byte == u8::MAX));
        if all && let Some(words) = chunk.words.get(..full * 8) {
            self.words(words.iter().copied());
            self.words(valid_words(chunk, full * 8));
        } else {
            self.words(valid_words(chunk, 0));
        }
    }

    fn words(&mut self, words: impl Iterator<Item = i64>) {
        let mut count = 0;
        let words = words.inspect(|_| count += 1);
        match &mut self.state {
            State::WholeSum(sum, left) => {
                for word in words {
                    let (next, overflowed) = sum.overflowing_add(word);
                    *sum = next;
                    *left |= overflowed;
                }
            }
            State::FloatSums(sums) => {
                let turn = self.present % sums.len();
                for (turn, word) in (turn..).zip(words) {
                    if let Some(sum) = sums.get_mut(turn % LANES) {
                        *sum += f64::from_bits(word.cast_unsigned());
                    }
                }
            }
            State::FloatExtreme(wanted, best) => {
                let mut first = self.present == 0;
                for word in words {
                    let number = f64::from_bits(word.cast_unsigned());
                    if first || number.partial_cmp(best) == Some(*wanted) {
                        *best = number;
                    }
                    first = false;
                }
            }
            State::WholeExtreme(wanted, best) => {
                let mut first = self.present == 0;
                for word in words {
                    if first || word.cmp(best) == *wanted {
                        *best = word;
                    }
                    first = false;
                }
            }
        }
        self.present += count;
    }

    fn word(&self) -> Option<i64> {
        match self.state {
            State::WholeSum(sum, left) => (!left).then_some(sum),
            State::FloatSums(sums) => {
                let sum = sums.iter().fold(-0.0, |all, sum| all + sum);
                // A sum that overflowed on the way can never be finite again.
                sum.is_finite().then(|| sum.to_bits().cast_signed())
            }
            State::FloatExtreme(_, best) => Some(best.to_bits().cast_signed()),
            State::WholeExtreme(_, best) => Some(best),
        }
    }
}

fn valid_words(chunk: &Chunk<'_>, from: usize) -> impl Iterator<Item = i64> {
    chunk
        .words
        .iter()
        .copied()
        .enumerate()
        .skip(from)
        .filter(|(row, _)| is_set(chunk.validity, *row))
        .map(|(_, word)| word)
}
