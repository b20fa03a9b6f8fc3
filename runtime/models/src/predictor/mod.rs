//! Tabular predictors, trained on the user's own rows.
//!
//! A yes/no target gives a logistic regression and a calibrated probability; a number gives a ridge
//! regression. Training is deterministic: the same rows in the same order give the same model.
//!
//! Kept true here: every metric is measured on rows that the measured model did not see.

mod column;
mod encoding;
mod folds;
mod linear;
mod logistic;
mod metrics;
mod model;
mod store;
mod train;

pub use metrics::{Metrics, accepts};
pub use model::PredictorModel;
pub use store::{PredictorStore, Saved, VersionInfo};
pub use train::{Trained, train};
