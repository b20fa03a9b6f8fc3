//! A trained predictor: all that is needed to answer for one record.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Record, Value};

use super::column::{self, Kind};
use super::encoding::Encoding;
use super::linear::Line;
use super::logistic::{Calibration, share};

/// A trained predictor. It is plain data: it can be written as JSON and read back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictorModel {
    target: Arc<str>,
    gives: Gives,
    encoding: Encoding,
    intercept: f64,
    coefficients: Vec<f64>,
}

/// What a predictor answers with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Gives {
    /// The share of a yes.
    Percent {
        /// Bends the scores, where that made held-out rows fit better.
        calibration: Option<Calibration>,
    },
    /// A number in the target's unit.
    Number,
}

impl PredictorModel {
    pub(super) fn new(target: Arc<str>, gives: Gives, encoding: Encoding, line: Line) -> Self {
        Self {
            target,
            gives,
            encoding,
            intercept: line.intercept,
            coefficients: line.coefficients,
        }
    }

    /// The column that was learnt.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The fields that a record must have, in order.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.encoding.features.iter().map(|feature| &*feature.name)
    }

    /// Answers for one record: a percent for a yes/no target, a number for a number. Fields that are not
    /// features are ignored; a word that was never seen counts as no word at all; a missing number
    /// counts as the mean.
    ///
    /// # Errors
    /// A feature that the record lacks, or that is of another kind than the column learnt from.
    pub fn predict(&self, features: &Record) -> Result<Value, Problem> {
        let mut cells = Vec::with_capacity(self.encoding.features.len());
        for feature in &self.encoding.features {
            let value = features.get(&feature.name).ok_or_else(|| {
                Problem::new(
                    codes::S943,
                    format!(
                        "The predictor of `{}` needs `{}`, and the record does not have it.",
                        self.target, feature.name
                    ),
                )
                .with_help(format!(
                    "add `{}` to the rows it is asked about",
                    feature.name
                ))
            })?;
            cells.push(column::cell(value, feature.kind).ok_or_else(|| {
                Problem::new(
                    codes::S943,
                    format!(
                        "The predictor of `{}` learnt `{}` as {}, and this record holds something \
                         else there.",
                        self.target,
                        feature.name,
                        feature.kind.in_words()
                    ),
                )
                .with_help("give the column the same type in both queries")
            })?);
        }
        let score = score(
            self.intercept,
            &self.coefficients,
            &self.encoding.row(cells.iter()),
        );
        Ok(match self.gives {
            Gives::Percent { calibration } => {
                Value::Percent(share(calibration.map_or(score, |one| one.apply(score))))
            }
            Gives::Number => Value::Number(score),
        })
    }

    /// Whether another model answers the same question from the same fields, so that their metrics can
    /// be compared.
    pub(super) fn same_question(&self, other: &Self) -> bool {
        fn fields(model: &PredictorModel) -> Vec<(&str, Kind)> {
            let features = model.encoding.features.iter();
            features.map(|one| (&*one.name, one.kind)).collect()
        }
        self.target == other.target
            && matches!(self.gives, Gives::Number) == matches!(other.gives, Gives::Number)
            && fields(self) == fields(other)
    }
}

/// The score of an encoded row.
pub(super) fn score(intercept: f64, coefficients: &[f64], row: &[f64]) -> f64 {
    row.iter()
        .zip(coefficients)
        .fold(intercept, |sum, (number, coefficient)| {
            number.mul_add(*coefficient, sum)
        })
}
