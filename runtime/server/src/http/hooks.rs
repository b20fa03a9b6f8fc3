//! Webhooks: what comes in becomes runs, and reaches the runs that wait for it.
//!
//! Kept true here: nothing is looked at before the signature fits; one delivery starts each of its runs
//! once and comes in once, however often it is sent; a run never waits for the delivery that started it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::{Span, Timestamp};
use serde_json::{Value as Json_, json};
use sophia_engine::{Arrives, Brought, Delivery, NewArrival, RunRequest};
use sophia_plan::json::{Border, from_json};
use sophia_plan::step::Overlap;
use sophia_plan::{Plan, Record, Type, Value};
use sophia_triggers::signature::{DeliveryId, Refusal, Signed, verify};

use super::answer::Refused;
use super::{Entrance, Shared, access};
use crate::environment::variable;
use crate::serve::Happening;

pub(super) async fn take(
    State(shared): State<Arc<Shared>>,
    Path((source, event)): Path<(String, String)>,
    uri: Uri,
    method: Method,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let name = format!("{source}.{event}");
    let entrance = shared.entrances.get(&name).ok_or_else(|| {
        Refused::new(
            StatusCode::NOT_FOUND,
            format!("No playbook starts on `{name}`."),
        )
    })?;
    let _place = shared.room.take()?;
    let body = body.map_err(|rejected| Refused::new(rejected.status(), rejected.body_text()))?;
    let taken = async {
        authentic(
            &shared,
            entrance,
            &uri.to_string(),
            method.as_str(),
            &headers,
            &body,
        )?;
        let json: Json_ = serde_json::from_slice(&body).map_err(|error| {
            Refused::new(
                StatusCode::BAD_REQUEST,
                format!(
                    "The body is no JSON: line {}, column {}.",
                    error.line(),
                    error.column()
                ),
            )
        })?;
        if let Some(challenge) = challenge(entrance, &json) {
            return Ok(Json(challenge).into_response());
        }
        let mut runs = Vec::new();
        for (one, key) in deliveries(entrance, &headers, &json, &body)? {
            let value = typed(&one, &entrance.of)?;
            runs.extend(take_in(&shared, entrance, &value, &key).await?);
        }
        Ok((StatusCode::ACCEPTED, Json(json!({ "runs": runs }))).into_response())
    };
    taken.await.inspect_err(|refused: &Refused| {
        (shared.listener)(Happening::Refused {
            event: entrance.event.clone(),
            // What came in may be nobody else's business.
            reason: match &refused.field {
                Some(field) => format!("The field `{field}` does not fit."),
                None => refused.message.clone(),
            },
        });
    })
}

/// Whether it comes from whom it says.
fn authentic(
    shared: &Shared,
    entrance: &Entrance,
    uri: &str,
    method: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Refused> {
    let Some((scheme, secret)) = &entrance.signature else {
        return access::check(shared, headers);
    };
    let Some(key) = shared.secrets.secret(secret) else {
        return Err(Refused::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "The secret `{secret}` is not set ({}), so the signature cannot be checked.",
                variable(secret)
            ),
        ));
    };
    let header = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let called = if let Some(public) = &shared.public {
        format!("{}{uri}", public.trim_end_matches('/'))
    } else {
        let host = header(header::HOST.as_str()).unwrap_or_default();
        let how = header("x-forwarded-proto").unwrap_or_else(|| "https".to_owned());
        format!("{how}://{host}{uri}")
    };
    let signed = Signed {
        method,
        address: &called,
        header: &header,
        body,
    };
    verify(scheme, key.reveal(), &signed, shared.clock.now()).map_err(|refusal| {
        let status = match refusal {
            Refusal::Malformed(_) => StatusCode::BAD_REQUEST,
            Refusal::Secret => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Missing(_) | Refusal::Stale | Refusal::Mismatch => StatusCode::UNAUTHORIZED,
        };
        Refused::new(status, refusal.to_string())
    })
}

/// What the provider wants to hear when it asks whether anybody is there.
fn challenge(entrance: &Entrance, json: &Json_) -> Option<Json_> {
    let (scheme, _) = entrance.signature.as_ref()?;
    let field = scheme.challenge?;
    (json.get("type")? == "url_verification")
        .then(|| Some(json!({ field: json.get(field)? })))
        .flatten()
}

/// The deliveries of a body, each with its key: a provider may send several at once.
fn deliveries(
    entrance: &Entrance,
    headers: &HeaderMap,
    json: &Json_,
    body: &[u8],
) -> Result<Vec<(Json_, String)>, Refused> {
    let several = match json {
        Json_::Array(items) if !matches!(entrance.of, Type::List(_) | Type::Table(_)) => items,
        one => std::slice::from_ref(one),
    };
    let sent = headers_id(entrance, headers);
    several
        .iter()
        .enumerate()
        .map(|(place, one)| {
            let key = match &entrance.key {
                Some(field) => own(one, field).ok_or_else(|| {
                    Refused::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "The field that tells deliveries apart is missing.",
                    )
                    .at(field.clone())
                })?,
                None => match (&sent, field_id(entrance, one)) {
                    (_, Some(id)) => id,
                    (Some(id), None) => format!("{id} {place}"),
                    // Without a name of its own, the same body is the same delivery.
                    (None, None) => {
                        format!("{} {place}", blake3::hash(body).to_hex())
                    }
                },
            };
            Ok((one.clone(), key))
        })
        .collect()
}

fn headers_id(entrance: &Entrance, headers: &HeaderMap) -> Option<String> {
    match entrance.signature.as_ref()?.0.delivery? {
        DeliveryId::Header(name) => Some(headers.get(name)?.to_str().ok()?.to_owned()),
        DeliveryId::Field(_) => None,
    }
}

fn field_id(entrance: &Entrance, json: &Json_) -> Option<String> {
    match entrance.signature.as_ref()?.0.delivery? {
        DeliveryId::Field(name) => own(json, name),
        DeliveryId::Header(_) => None,
    }
}

/// A field by its path, as text.
fn own(json: &Json_, path: &str) -> Option<String> {
    let found = path
        .split('.')
        .try_fold(json, |json, field| json.get(field))?;
    match found {
        Json_::String(text) => Some(text.clone()),
        Json_::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn typed(json: &Json_, of: &Type) -> Result<Value, Refused> {
    from_json(json, of, Border::Plain).map_err(|mismatch| {
        Refused::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("Expected {}, found {}.", mismatch.expected, mismatch.found),
        )
        .at(mismatch.path)
    })
}

/// Lets a delivery come in, and starts what it starts. A run that takes it instead of a new one has it come
/// in by itself, under the same key; that goes first, so that no run takes it, ends, and is followed by
/// another for the same delivery.
async fn take_in(
    shared: &Shared,
    entrance: &Entrance,
    value: &Value,
    key: &str,
) -> Result<Vec<Json_>, Refused> {
    let came = shared.clock.now();
    let key: Arc<str> = format!("{} / {key}", entrance.event).into();
    let joins = |plan: &Plan| {
        let rule = plan.one_run.as_ref();
        rule.is_some_and(|rule| rule.overlap == Overlap::Join)
    };
    let (joining, others): (Vec<_>, Vec<_>) =
        (entrance.starts.iter()).partition(|(plan, _)| joins(plan));
    let mut runs = start(shared, entrance, joining, value, &key, came).await?;
    let arrival = NewArrival {
        environment: shared.environment.clone(),
        event: entrance.event.clone(),
        key: key.clone(),
        value: value.clone(),
        at: came,
    };
    shared.engine.deliver(arrival).await?;
    runs.extend(start(shared, entrance, others, value, &key, came).await?);
    Ok(runs)
}

async fn start(
    shared: &Shared,
    entrance: &Entrance,
    starts: Vec<&(Arc<Plan>, usize)>,
    value: &Value,
    key: &Arc<str>,
    came: Timestamp,
) -> Result<Vec<Json_>, Refused> {
    // What came in before a run began does not end its waits.
    let at = came
        .saturating_add(Span::new().microseconds(1))
        .unwrap_or(came);
    let mut runs = Vec::with_capacity(starts.len());
    for (plan, trigger) in starts {
        let request = RunRequest {
            plan: plan.clone(),
            inputs: Record::default(),
            environment: shared.environment.clone(),
            // Were the program to stop between two of these, the sender comes again, and this key says
            // which of them are there.
            delivery: Some(Delivery {
                key: format!(
                    "{} / {key} / {} {trigger}",
                    shared.environment, plan.playbook
                )
                .into(),
                cursor: None,
            }),
            at,
            brought: Some(Brought {
                trigger: *trigger,
                value: value.clone(),
                arrives: Arrives::Under(key.clone()),
            }),
        };
        let submitted = shared.engine.submit(request).await?;
        (shared.listener)(Happening::Arrived {
            playbook: plan.playbook.clone(),
            event: entrance.event.clone(),
            run: submitted.run.clone(),
            admission: submitted.admission,
        });
        runs.push(json!({
            "playbook": plan.playbook,
            "run": submitted.run,
            "admission": submitted.admission,
        }));
    }
    Ok(runs)
}
