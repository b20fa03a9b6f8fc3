//! Calls a model through the router; where no route answers, the playbook's own `otherwise` does.

use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use sophia_engine::{FailureKind, Report, StepCall};
use sophia_models::{Accept, ModelRequest};
use sophia_plan::json::{Border, from_json};
use sophia_plan::step::ModelDefinition;
use sophia_plan::{Expression, Host, Scope, Value, evaluate};

use super::Ended;
use super::host::{ClockHost, StepHost, zone};
use super::predictor::StoredPredictors;
use super::query::with_arguments;
use crate::environment::Environment;

/// Who answered, where no model did.
const OTHERWISE: &str = "otherwise";

/// Runs one model step.
pub(super) async fn run(
    environment: &Arc<Environment>,
    call: &StepCall,
    model: &str,
    arguments: &[(Arc<str>, Expression)],
) -> Ended {
    let Some(definition) = call.plan.models.get(model) else {
        return Ended::permanent(super::not_work(call));
    };
    let predictors = StoredPredictors(environment);
    let prepared = {
        let host = StepHost::new(call, &predictors);
        with_arguments(&call.scope, arguments, &host)
            .and_then(|scope| Ok((prompt(definition, &scope, &host)?, scope)))
    };
    let (prompt, scope) = match prepared {
        Ok(prepared) => prepared,
        Err(problem) => return Ended::permanent(problem),
    };
    let schema = serde_json::from_str(&definition.schema).unwrap_or(serde_json::Value::Bool(true));
    let answered = environment
        .router
        .ask(ModelRequest {
            model: model.into(),
            routes: definition.routes.clone(),
            prompt,
            schema,
            schema_name: model.to_owned(),
            temperature: definition.temperature,
            budget_per_call: definition.budget_per_call,
            budget_per_run: definition.budget_per_run,
            run: call.run.clone(),
            deadline: call.deadline,
            accept: acceptance(
                definition.clone(),
                scope.clone(),
                call.now,
                call.plan.zone.clone(),
            ),
        })
        .await;
    let mut report = Report {
        answered_by: answered.answered_by,
        passed_over: answered.passed_over,
        tokens: answered.tokens,
        cost_usd: Some(answered.cost_usd.normalize().to_string()),
        ..Report::default()
    };
    if let Some(reply) = &answered.reply {
        return match from_json(reply, &definition.result, Border::Model) {
            Ok(value) => Ended::done(value, report),
            Err(mismatch) => {
                let problem = Problem::new(
                    codes::S948,
                    format!("The reply to `{model}` does not fit its type."),
                )
                .because(mismatch);
                Ended {
                    result: Err((problem, FailureKind::Permanent)),
                    report,
                }
            }
        };
    }
    let host = StepHost::new(call, &predictors);
    match written_answer(definition, &scope, &host) {
        Some(Ok(value)) => {
            report.answered_by = Some(OTHERWISE.to_owned());
            report.otherwise_line = definition.otherwise.as_ref().map(|(_, origin)| origin.line);
            Ended::done(value, report)
        }
        Some(Err(problem)) => Ended {
            result: Err((problem, FailureKind::Permanent)),
            report,
        },
        None => {
            let kind = if answered.transient {
                FailureKind::Transient
            } else {
                FailureKind::Permanent
            };
            let mut problem = Problem::new(codes::S949, format!("No model answered `{model}`."))
                .with_help("make one of the routes work, or write an `otherwise` into the model");
            for (route, reason) in &report.passed_over {
                problem = problem.because(format!("{route}: {reason}"));
            }
            Ended {
                result: Err((problem, kind)),
                report,
            }
        }
    }
}

/// The prompt's text for the arguments in `scope`.
fn prompt(definition: &ModelDefinition, scope: &Scope, host: &dyn Host) -> Result<String, Problem> {
    match evaluate(&definition.prompt, scope, host)? {
        Value::Text(text) => Ok(text.to_string()),
        other => Ok(sophia_plan::json::to_json(&other).to_string()),
    }
}

/// The playbook's own answer, where one is written.
pub(crate) fn written_answer(
    definition: &ModelDefinition,
    scope: &Scope,
    host: &dyn Host,
) -> Option<Result<Value, Problem>> {
    definition
        .otherwise
        .as_ref()
        .map(|(expression, _)| evaluate(expression, scope, host))
}

/// Whether a reply may be taken: its type first, then every `ensure`.
fn acceptance(
    definition: ModelDefinition,
    scope: Scope,
    now: jiff::Timestamp,
    zone_name: Arc<str>,
) -> Accept {
    Arc::new(move |reply| {
        let value = from_json(reply, &definition.result, Border::Model)
            .map_err(|mismatch| mismatch.to_string())?;
        let mut inner = scope.clone();
        if let Value::Record(record) = &value {
            for (name, field) in &record.fields {
                inner = inner.with(name.clone(), field.clone());
            }
        }
        let inner = inner.with("result", value);
        let host = ClockHost {
            now,
            zone: zone(&zone_name),
            place: "in `ensure`",
        };
        for ensure in &definition.ensure {
            match evaluate(ensure, &inner, &host) {
                Ok(Value::Boolean(true)) => {}
                Ok(_) => {
                    return Err("it breaks a rule that the playbook's `ensure` states".to_owned());
                }
                Err(problem) => return Err(problem.message),
            }
        }
        Ok(())
    })
}
