//! Makes sure that an accepted version of a predictor is there, and pins it for the run.
//!
//! A version is used again while it is younger than `retrain` says and was trained for the same
//! definition. A newly trained one that measures worse than the one in use is kept aside.

use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use sophia_engine::{FailureKind, Report, StepCall};
use sophia_models::predictor::{Metrics, VersionInfo, accepts, train};
use sophia_plan::step::PredictorDefinition;
use sophia_plan::{Record, Scope, Value};

use super::Ended;
use super::host::PredictorSource;
use crate::environment::Environment;
use crate::sheet::grouped;

/// The field of a pinned value that names the version.
const VERSION: &str = "version";
/// The field that names the place of its versions.
const SHELF: &str = "shelf";

/// Runs one predictor step. Its value is the pinned version: `{ version, rows, … }`.
pub(super) async fn run(environment: &Arc<Environment>, call: &StepCall, predictor: &str) -> Ended {
    let Some(definition) = call.plan.predictors.get(predictor) else {
        return Ended::permanent(super::not_work(call));
    };
    match pin(environment, call, predictor, definition).await {
        Ok((info, trained_now)) => {
            let shelf = shelf(predictor, definition);
            let report = Report {
                rows: Some(info.metrics.rows),
                note: Some(describe(&info, definition, trained_now)),
                ..Report::default()
            };
            Ended::done(pinned(&info, shelf), report)
        }
        Err((problem, kind)) => Ended::failed(problem, kind),
    }
}

async fn pin(
    environment: &Arc<Environment>,
    call: &StepCall,
    predictor: &str,
    definition: &PredictorDefinition,
) -> Result<(VersionInfo, bool), (Problem, FailureKind)> {
    let permanent = |problem| (problem, FailureKind::Permanent);
    let shelf = shelf(predictor, definition);
    let latest = environment.predictors.latest(&shelf).map_err(permanent)?;
    if let Some(latest) = &latest
        && accepted(&latest.metrics, definition).map_err(permanent)?
        && !is_due(latest, definition, call.now)
    {
        return Ok((latest.clone(), false));
    }
    let table = super::query::read(environment, call, &definition.learn, &Scope::default())
        .await
        .map_err(|problem| (problem, FailureKind::Transient))?;
    let (target, result) = (definition.target.clone(), definition.result.clone());
    let trained = tokio::task::spawn_blocking(move || train(&table, &target, &result))
        .await
        .map_err(|_| {
            permanent(Problem::new(
                codes::S949,
                format!("Training `{predictor}` was interrupted."),
            ))
        })?
        .map_err(permanent)?;
    if !accepted(&trained.metrics, definition).map_err(permanent)? {
        return Err(permanent(refused(predictor, &trained.metrics, definition)));
    }
    let saved = environment
        .predictors
        .save(&shelf, &trained, call.now)
        .map_err(permanent)?;
    let info = environment
        .predictors
        .latest(&shelf)
        .map_err(permanent)?
        .ok_or_else(|| {
            permanent(Problem::new(
                codes::S949,
                format!("The version of `{predictor}` that was kept is gone."),
            ))
        })?;
    Ok((info, saved.promoted))
}

/// The name under which versions are kept: the predictor's, and a digest of what it learns from, so that
/// a version for another definition is never used.
fn shelf(predictor: &str, definition: &PredictorDefinition) -> String {
    let purpose = format!(
        "{}\n{}\n{}",
        definition.learn.sql, definition.target, definition.features
    );
    let digest = blake3::hash(purpose.as_bytes()).to_hex();
    format!("{predictor}_{}", digest.get(..8).unwrap_or(&digest))
}

fn is_due(version: &VersionInfo, definition: &PredictorDefinition, now: jiff::Timestamp) -> bool {
    definition
        .retrain_after_ms
        .is_some_and(|after| now.as_millisecond() - version.tried_at.as_millisecond() >= after)
}

fn accepted(metrics: &Metrics, definition: &PredictorDefinition) -> Result<bool, Problem> {
    definition.accept.as_ref().map_or(Ok(true), |accept| {
        accepts(metrics, &accept.metric, accept.at_least, accept.bound)
    })
}

fn refused(predictor: &str, metrics: &Metrics, definition: &PredictorDefinition) -> Problem {
    let (reached, bound) = definition.accept.as_ref().map_or_else(
        || (String::new(), String::new()),
        |accept| {
            let measured = measured(metrics, &accept.metric).unwrap_or(f64::NAN);
            let sign = if accept.at_least { "≥" } else { "≤" };
            (
                format!("{} {measured:.3}", shown(&accept.metric)),
                format!("{sign} {:.2}", accept.bound),
            )
        },
    );
    Problem::new(
        codes::S947,
        format!("`{predictor}` is not good enough: {reached}, accepted {bound}."),
    )
    .because(format!("measured on rows held out of {}", metrics.rows))
    .with_help("give it more telling columns or more rows, or lower the bound after `accept`")
}

fn describe(info: &VersionInfo, definition: &PredictorDefinition, trained_now: bool) -> String {
    let measure = definition.accept.as_ref().and_then(|accept| {
        let measured = measured(&info.metrics, &accept.metric)?;
        let sign = if accept.at_least { "≥" } else { "≤" };
        Some(format!(
            " · {} {measured:.3}, accepted {sign} {:.2}",
            shown(&accept.metric),
            accept.bound
        ))
    });
    let rows = info.metrics.rows;
    let began = if trained_now {
        "trained on"
    } else {
        "in use · trained on"
    };
    format!(
        "{began} {} rows{}",
        grouped(rows),
        measure.unwrap_or_default()
    )
}

/// The measure of a name.
fn measured(metrics: &Metrics, metric: &str) -> Option<f64> {
    match metric {
        "auc" => metrics.auc,
        "log_loss" => metrics.log_loss,
        "accuracy" => metrics.accuracy,
        "rmse" => metrics.rmse,
        "mae" => metrics.mae,
        "r2" => metrics.r2,
        _ => None,
    }
}

fn shown(metric: &str) -> String {
    if metric == "auc" {
        "AUC".to_owned()
    } else {
        metric.replace('_', " ")
    }
}

fn pinned(info: &VersionInfo, shelf: String) -> Value {
    Value::Record(Arc::new(Record {
        fields: vec![
            (VERSION.into(), Value::Text(info.version.as_str().into())),
            (SHELF.into(), Value::Text(shelf.into())),
            (
                "rows".into(),
                Value::Integer(i64::try_from(info.metrics.rows).unwrap_or(i64::MAX)),
            ),
        ],
    }))
}

/// Predictions by the versions that an environment keeps.
pub(super) struct StoredPredictors<'a>(pub(super) &'a Environment);

impl PredictorSource for StoredPredictors<'_> {
    fn predict(
        &self,
        predictor: &str,
        pinned: &Value,
        features: &Record,
    ) -> Result<Value, Problem> {
        let field_of_pinned = |field| match pinned {
            Value::Record(record) => match record.get(field) {
                Some(Value::Text(text)) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        };
        let (Some(shelf), Some(version)) = (field_of_pinned(SHELF), field_of_pinned(VERSION))
        else {
            return Err(no_version(predictor));
        };
        self.0.predictors.load(&shelf, &version)?.predict(features)
    }
}

fn no_version(predictor: &str) -> Problem {
    Problem::new(
        codes::S949,
        format!("The run has no version of `{predictor}`."),
    )
    .with_help("start a new run")
}
