//! Declarations as a plan holds them: queries, commands, metrics, predictors, models, states.
//!
//! Kept true here: a definition is whole, so that a run needs nothing of the text that it came from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::expression::Expression;
use crate::step::Origin;
use crate::types::{RecordType, Type};
use crate::value::Value;

/// A declared query, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryDefinition {
    /// The connection.
    pub connection: Arc<str>,
    /// The SQL with `?1`, `?2`, … for SQLite and `$1`, `$2`, … for PostgreSQL in place of holes.
    pub sql: Arc<str>,
    /// The values of the places in order, seen from the parameters and inputs.
    pub holes: Vec<Expression>,
    /// The parameters, in order.
    pub parameters: Vec<(Arc<str>, Type)>,
    /// What a row holds.
    pub row: Arc<RecordType>,
    /// The enforced bound.
    pub at_most: Option<u64>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A declared predictor, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictorDefinition {
    /// The rows that it learns from; its row holds the features and the target.
    pub learn: QueryDefinition,
    /// The column that it predicts.
    pub target: Arc<str>,
    /// The columns that it predicts from.
    pub features: Arc<RecordType>,
    /// What a prediction is: a percent for a yes/no column, a number for a number.
    pub result: Type,
    /// The measure and bound below which no version is accepted.
    pub accept: Option<Accept>,
    /// How old an accepted version may grow before it is trained again, in milliseconds.
    pub retrain_after_ms: Option<i64>,
    /// Where it is declared.
    pub origin: Origin,
}

/// `auc >= 0.80`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accept {
    /// `auc`, `log_loss`, `accuracy`, `rmse`, …
    pub metric: Arc<str>,
    /// Whether the measure must be at least the bound; otherwise at most.
    pub at_least: bool,
    /// The bound.
    pub bound: f64,
}

/// A declared model call, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelDefinition {
    /// The parameters, in order.
    pub parameters: Vec<(Arc<str>, Type)>,
    /// What it answers.
    pub result: Type,
    /// The answer's type as JSON Schema, written as JSON.
    pub schema: Arc<str>,
    /// The models to ask, in order.
    pub routes: Vec<Arc<str>>,
    /// The prompt, a text over the parameters.
    pub prompt: Expression,
    /// `ensure`: over `result` and, for a record, its fields by name.
    pub ensure: Vec<Expression>,
    /// The written answer for when no model answers, over the parameters.
    pub otherwise: Option<(Expression, Origin)>,
    /// `budget … per call`, in USD
    #[serde(with = "crate::decimal::exact_if_present")]
    pub budget_per_call: Option<rust_decimal::Decimal>,
    /// `budget … per run`, in USD
    #[serde(with = "crate::decimal::exact_if_present")]
    pub budget_per_run: Option<rust_decimal::Decimal>,
    /// `temperature`
    pub temperature: Option<f64>,
    /// How the routes are asked.
    pub asking: Asking,
    /// `cache …`
    pub kept: Option<KeptAnswers>,
    /// Where it is declared.
    pub origin: Origin,
}

/// How several models are asked one question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asking {
    /// One after the other, until one answers well.
    #[default]
    InOrder,
    /// `best of`: all of them; the first in order that answers well is kept.
    Best,
}

/// How long an answer is used again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptAnswers {
    /// For how long, in milliseconds.
    pub keep_ms: i64,
    /// A parameter that need only be alike, where the others are equal.
    pub alike: Option<AlikeQuestion>,
}

/// `when question is alike above 97%`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlikeQuestion {
    /// The parameter, a text.
    pub parameter: Arc<str>,
    /// How alike, between 0 and 1.
    pub above: f64,
}

/// A declared write, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandDefinition {
    /// The connection.
    pub connection: Arc<str>,
    /// The SQL, its places written as in [`QueryDefinition::sql`].
    pub sql: Arc<str>,
    /// The values of the places in order, seen from the parameters and inputs.
    pub holes: Vec<Expression>,
    /// The parameters, in order.
    pub parameters: Vec<(Arc<str>, Type)>,
    /// What `returning` gives, if anything.
    pub row: Option<Arc<RecordType>>,
    /// The most rows that it may change.
    pub at_most: Option<u64>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A declared series, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricDefinition {
    /// Where its values come from; its row holds the time, the dimensions and `value`.
    pub source: QueryDefinition,
    /// What a value is.
    pub of: Type,
    /// The column that says when; a snapshot has none and takes the time it was read.
    pub time: Option<Arc<str>>,
    /// The columns by which values are kept apart.
    pub dimensions: Vec<Arc<str>>,
    /// Whether a value is written down each day.
    pub snapshot: Option<Arc<str>>,
    /// How values of several dimensions become one; `sum` and `count` add.
    pub combine: Option<Arc<str>>,
    /// Its documentation.
    pub documentation: Option<Arc<str>>,
}

/// What is kept between runs, as a plan holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateDefinition {
    /// What is kept.
    pub of: Type,
    /// What it begins with.
    pub value: Value,
    /// What tells its values apart, if there are several.
    pub per: Option<Type>,
    /// Where it is declared.
    pub origin: Origin,
}
