//! What people do with runs over the network: the verbs of the command line, in the same words.
//!
//! Kept true here: who acts is whoever the token belongs to; an answer is sent once what was done is
//! durable; a body is read as its verb has it, and what else stands in it is refused.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json_, json};
use sophia_engine::{Decision, RunFilter, RunStatus};

use super::answer::Refused;
use super::{Shared, access};
use crate::control::{Desk as _, Request, What};
use crate::sheet::RunSheet;

/// How many runs a list shows where the request does not say.
const LISTED: u32 = 50;

/// The most runs of a list.
const MOST_LISTED: u32 = 1000;

/// The body of a yes or a no.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reply {
    step: Option<String>,
    comment: Option<Arc<str>>,
}

/// The body of a form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fill {
    #[serde(default)]
    step: Option<String>,
    form: Json_,
}

/// The body of what needs none.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Nothing {}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Retry {
    from: Option<Arc<str>>,
    again: Vec<Arc<str>>,
    because: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Skip {
    step: Arc<str>,
    #[serde(rename = "with", default)]
    value: Json_,
    #[serde(default)]
    because: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    step: Arc<str>,
    decision: Decided,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Decided {
    Retry,
    Skip,
}

/// `GET /runs?playbook=NAME&status=failed&limit=20`: the newest first.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Json_>, Refused> {
    access::check(&shared, &headers)?;
    let mut filter = RunFilter {
        environment: Some(shared.environment.clone()),
        limit: Some(LISTED),
        ..RunFilter::default()
    };
    let query = query.unwrap_or_default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "playbook" => filter.playbook = Some(value.into()),
            "status" => {
                let status = RunStatus::ALL.into_iter().find(|it| it.as_str() == value);
                filter.status = Some(status.ok_or_else(|| {
                    let known = RunStatus::ALL.map(RunStatus::as_str).join(", ");
                    unfit(format!("`status` is one of {known}."), name)
                })?);
            }
            "limit" => {
                let limit: u32 = (value.parse())
                    .map_err(|_| unfit("`limit` is a whole number.".to_owned(), name))?;
                filter.limit = Some(limit.min(MOST_LISTED));
            }
            other => {
                return Err(unfit(
                    format!(
                        "There is no `{other}`; a list takes `playbook`, `status` and `limit`."
                    ),
                    other,
                ));
            }
        }
    }
    let runs = shared.engine.runs(filter).await?;
    Ok(Json(json!({ "runs": runs })))
}

fn unfit(message: String, field: &str) -> Refused {
    Refused::new(StatusCode::BAD_REQUEST, message).at(field)
}

/// `POST /runs/RUN/VERB`
pub(super) async fn act(
    State(shared): State<Arc<Shared>>,
    Path((run, verb)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<RunSheet>, Refused> {
    let by = access::who(&shared, &headers)?;
    let body = body.map_err(|rejected| Refused::new(rejected.status(), rejected.body_text()))?;
    let what = what(&verb, &body)?;
    let run = shared.engine.take(Request { run, by, what }).await?;
    Ok(Json(RunSheet::of(&shared.engine.run(&run.0).await?)))
}

fn what(verb: &str, body: &[u8]) -> Result<What, Refused> {
    Ok(match verb {
        "approve" => {
            let Reply { step, comment } = read(body)?;
            What::Approve { step, comment }
        }
        "refuse" => {
            let Reply { step, comment } = read(body)?;
            What::Refuse { step, comment }
        }
        "answer" => {
            let Fill { step, form } = read(body)?;
            What::Fill { step, form }
        }
        "cancel" => nothing(body, What::Cancel)?,
        "pause" => nothing(body, What::Pause)?,
        "resume" => nothing(body, What::Resume)?,
        "retry" => {
            let Retry {
                from,
                again,
                because,
            } = read(body)?;
            What::Retry {
                from,
                again,
                because,
            }
        }
        "skip" => {
            let Skip {
                step,
                value,
                because,
            } = read(body)?;
            What::Skip {
                step,
                value,
                because,
            }
        }
        "decide" => {
            let Decide { step, decision } = read(body)?;
            let decision = match decision {
                Decided::Retry => Decision::Retry,
                Decided::Skip => Decision::Skip,
            };
            What::Decide { step, decision }
        }
        other => {
            return Err(Refused::new(
                StatusCode::NOT_FOUND,
                format!(
                    "Nobody can `{other}` a run; the verbs are approve, refuse, answer, decide, cancel, pause, resume, retry and skip."
                ),
            ));
        }
    })
}

fn nothing(body: &[u8], what: What) -> Result<What, Refused> {
    read::<Nothing>(body).map(|Nothing {}| what)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    let empty = body.iter().all(u8::is_ascii_whitespace);
    serde_json::from_slice(if empty { b"{}" } else { body }).map_err(|error| {
        Refused::new(
            StatusCode::BAD_REQUEST,
            format!("The body does not fit: {error}."),
        )
    })
}
