//! Models and predictors: what they take, what they answer, and what a call of one may rely on.

mod clauses;
mod example;
mod keeping;
mod model;
mod prediction;
mod predictor;
mod strict;

pub(crate) use model::ModelFacts;
pub(crate) use predictor::PredictorFacts;
