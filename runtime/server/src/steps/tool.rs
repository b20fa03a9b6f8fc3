//! Calls a tool of an MCP server.

use sophia_compiler::catalogue::{ours, ours_by_type, theirs};
use sophia_diagnostics::{Problem, codes};
use sophia_engine::{FailureKind, Report, StepCall};
use sophia_plan::json::{Border, from_json, to_json};
use sophia_plan::step::ToolArgument;
use sophia_plan::{Expression, Host, Record, Type, Value, evaluate};
use sophia_tools::ToolAnswer;

use super::Ended;
use super::host::StepHost;
use super::predictor::StoredPredictors;
use crate::environment::{Environment, Pinned};

/// Runs one tool step.
pub(super) async fn run(
    environment: &Environment,
    call: &StepCall,
    tool: &str,
    wire_name: &str,
    arguments: &[ToolArgument],
) -> Ended {
    let pinned = environment.servers.pinned(tool, wire_name);
    let prepared = {
        let predictors = StoredPredictors(environment);
        prepare(call, arguments, &StepHost::new(call, &predictors), pinned)
    };
    let sent = match prepared {
        Ok(prepared) => prepared.sent,
        Err(problem) => return Ended::permanent(problem),
    };
    let stand_in = environment.servers.is_stand_in(tool);
    let report = Report {
        stand_in,
        note: fixed_arguments(arguments),
        ..Report::default()
    };
    let fleet = match environment.servers.fleet(&call.run, tool).await {
        Ok(fleet) => fleet,
        Err(problem) => {
            return Ended {
                result: Err((problem, FailureKind::Permanent)),
                report,
            };
        }
    };
    let result = match fleet
        .call(tool, wire_name, sent, &call.idempotency_key, call.deadline)
        .await
    {
        Ok(answer) => answer_value(tool, answer, pinned, &call.step.result)
            .map_err(|problem| (problem, FailureKind::Permanent)),
        Err(failure) => Err((failure.problem, kind(failure.kind))),
    };
    Ended { result, report }
}

fn kind(kind: sophia_tools::FailureKind) -> FailureKind {
    match kind {
        sophia_tools::FailureKind::Transient => FailureKind::Transient,
        sophia_tools::FailureKind::Permanent => FailureKind::Permanent,
        sophia_tools::FailureKind::Unknown => FailureKind::Unknown,
    }
}

/// The arguments of a call, by our names and as the server wants them.
pub(crate) struct Prepared {
    pub(crate) ours: Record,
    pub(crate) sent: serde_json::Map<String, serde_json::Value>,
}

/// Whether the server wants an argument in every call, if only as null.
fn requires(pinned: &Pinned, argument: &ToolArgument) -> bool {
    pinned
        .input
        .get("required")
        .and_then(serde_json::Value::as_array)
        .is_some_and(|names| names.iter().any(|name| *name == *argument.wire_name))
}

/// Evaluates the arguments of a call. An optional one that is missing is left out, as the schema expects.
pub(crate) fn prepare(
    call: &StepCall,
    arguments: &[ToolArgument],
    host: &dyn Host,
    pinned: Option<&Pinned>,
) -> Result<Prepared, Problem> {
    let mut prepared = Prepared {
        ours: Record::default(),
        sent: serde_json::Map::new(),
    };
    for argument in arguments {
        let value = evaluate(&argument.value, &call.scope, host)?;
        if value == Value::None && !pinned.is_some_and(|pinned| requires(pinned, argument)) {
            continue;
        }
        let wire_name = argument.wire_name.to_string();
        prepared.sent.insert(wire_name, to_json(&value));
        prepared.ours.fields.push((argument.name.clone(), value));
    }
    if let Some(pinned) = pinned
        && let serde_json::Value::Object(renamed) = theirs(
            serde_json::Value::Object(prepared.sent.clone()),
            &pinned.input,
        )
    {
        prepared.sent = renamed;
    }
    Ok(prepared)
}

/// The answer as a value of the checked type. Where the server gives no structure, its text is taken
/// as JSON if it is JSON, else as a JSON text.
pub(crate) fn answer_value(
    tool: &str,
    answer: ToolAnswer,
    pinned: Option<&Pinned>,
    of: &Type,
) -> Result<Value, Problem> {
    let json = answer_json(answer, of.present() == &Type::Text);
    let json = match pinned.and_then(|pinned| pinned.output.as_ref()) {
        Some(schema) => ours(json, schema),
        None => ours_by_type(json, of),
    };
    from_json(&json, of, Border::Plain).map_err(|mismatch| {
        Problem::new(
            codes::S593,
            format!("The answer of `{tool}` does not have its declared shape."),
        )
        .because(mismatch)
        .with_help("`sophia sync --check` shows whether the server has changed")
    })
}

/// An answer as JSON: its structure, or else its text, which is JSON where it can be read so and nobody says that it is a
/// plain text.
pub(crate) fn answer_json(answer: ToolAnswer, is_text: bool) -> serde_json::Value {
    answer.structured.unwrap_or_else(|| {
        let read = if is_text {
            None
        } else {
            serde_json::from_str(&answer.text).ok()
        };
        read.unwrap_or(serde_json::Value::String(answer.text))
    })
}

/// The arguments that are the same in every call, for people: `channel "#cs-alerts"`.
fn fixed_arguments(arguments: &[ToolArgument]) -> Option<String> {
    let fixed: Vec<_> = arguments
        .iter()
        .filter_map(|argument| match &argument.value {
            Expression::Constant(Value::Text(text)) if text.len() <= 40 => {
                Some(format!("{} {text}", argument.name))
            }
            _ => None,
        })
        .collect();
    (!fixed.is_empty()).then(|| fixed.join(", "))
}
