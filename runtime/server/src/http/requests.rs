//! Requests: somebody asks for a run, and waits a while for what it gives.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json_, json};
use sophia_engine::{Arrives, Brought, Delivery, RunRequest};
use sophia_plan::{Plan, Record, Value};

use super::answer::Refused;
use super::hooks::typed;
use super::{Shared, access};
use crate::serve::Happening;
use crate::sheet::RunSheet;

/// How long an answer is waited for where the request does not say.
const WAIT: Duration = Duration::from_secs(10);

/// The longest wait.
const LONGEST_WAIT: u64 = 300;

pub(super) async fn start(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    access::check(&shared, &headers)?;
    let (plan, trigger) = shared.requests.get(&*name).ok_or_else(|| {
        Refused::new(
            StatusCode::NOT_FOUND,
            format!("No playbook `{name}` starts on request."),
        )
    })?;
    let body = body.map_err(|rejected| Refused::new(rejected.status(), rejected.body_text()))?;
    let inputs = inputs(plan, &fields(&body)?)?;
    let wait = wait(query.as_deref(), &headers)?;
    let at = shared.clock.now();
    let by = Record {
        fields: vec![
            ("by".into(), Value::None),
            ("at".into(), Value::Timestamp(at)),
        ],
    };
    let once = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    let request = RunRequest {
        plan: plan.clone(),
        inputs,
        environment: shared.environment.clone(),
        delivery: once.map(|key| Delivery {
            key: format!("{} / request {name} / {key}", shared.environment).into(),
            cursor: None,
        }),
        at,
        brought: Some(Brought {
            trigger: *trigger,
            value: Value::Record(Arc::new(by)),
            arrives: Arrives::WithTheRun,
        }),
    };
    let submitted = {
        let _place = shared.room.take()?;
        match access::who(&shared, &headers) {
            Ok(by) => shared.engine.submit_as(request, &by).await?,
            Err(_) => shared.engine.submit(request).await?,
        }
    };
    (shared.listener)(Happening::Arrived {
        playbook: plan.playbook.clone(),
        event: "request".into(),
        run: submitted.run.clone(),
        admission: submitted.admission,
    });
    let rested = tokio::time::timeout(wait, shared.engine.wait(&submitted.run)).await;
    let sheet = RunSheet::of(&shared.engine.run(&submitted.run.0).await?);
    let ended = matches!(rested, Ok(Ok(_))) && sheet.ended.is_some();
    let status = if ended {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    let place = format!("/runs/{}", submitted.run);
    let answer = json!({
        "run": submitted.run,
        "status": sheet.status,
        "admission": submitted.admission,
        "result": sheet.result,
        "reason": sheet.reason,
        "at": place,
    });
    Ok((status, [(header::LOCATION, place)], Json(answer)).into_response())
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Path(run): Path<String>,
    headers: HeaderMap,
) -> Result<Json<RunSheet>, Refused> {
    access::check(&shared, &headers)?;
    Ok(Json(RunSheet::of(&shared.engine.run(&run).await?)))
}

fn fields(body: &[u8]) -> Result<Map<String, Json_>, Refused> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Json_::Object(fields)) => Ok(fields),
        Ok(_) => Err(Refused::new(
            StatusCode::BAD_REQUEST,
            "The body is a JSON object with the inputs by name.",
        )),
        Err(error) => Err(Refused::new(
            StatusCode::BAD_REQUEST,
            format!(
                "The body is no JSON: line {}, column {}.",
                error.line(),
                error.column()
            ),
        )),
    }
}

/// The inputs, each of its type.
fn inputs(plan: &Plan, given: &Map<String, Json_>) -> Result<Record, Refused> {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let mut fields = Vec::with_capacity(given.len());
    for (name, json) in given {
        let Some(input) = plan.inputs.iter().find(|input| *input.name == **name) else {
            let known: Vec<_> = (plan.inputs.iter()).map(|input| &*input.name).collect();
            let known = if known.is_empty() {
                "it has none".to_owned()
            } else {
                format!("its inputs are {}", known.join(", "))
            };
            return Err(Refused::new(
                unprocessable,
                format!("`{}` has no input `{name}`; {known}.", plan.playbook),
            )
            .at(name.clone()));
        };
        let value = typed(json, &input.of).map_err(|refused| {
            let inner = refused.field.clone().unwrap_or_default();
            let path = match inner.as_str() {
                "" => name.clone(),
                inner if inner.starts_with('[') => format!("{name}{inner}"),
                inner => format!("{name}.{inner}"),
            };
            refused.at(path)
        })?;
        fields.push((input.name.clone(), value));
    }
    let missing = plan.inputs.iter().find(|input| {
        input.default.is_none() && !input.of.is_optional() && !given.contains_key(&*input.name)
    });
    match missing {
        Some(input) => Err(Refused::new(
            unprocessable,
            format!("The input `{}` is required: {}.", input.name, input.of),
        )
        .at(&*input.name)),
        None => Ok(Record { fields }),
    }
}

/// `?wait=30` or a header `wait: 30`, in seconds.
fn wait(query: Option<&str>, headers: &HeaderMap) -> Result<Duration, Refused> {
    let asked = query
        .unwrap_or_default()
        .split('&')
        .find_map(|pair| pair.strip_prefix("wait="))
        .or_else(|| headers.get("wait")?.to_str().ok());
    let Some(text) = asked else { return Ok(WAIT) };
    let seconds: u64 = text.parse().map_err(|_| {
        Refused::new(
            StatusCode::BAD_REQUEST,
            "`wait` is a number of whole seconds.",
        )
        .at("wait")
    })?;
    Ok(Duration::from_secs(seconds.min(LONGEST_WAIT)))
}
