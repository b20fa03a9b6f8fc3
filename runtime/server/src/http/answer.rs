//! Answers as JSON.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sophia_diagnostics::{Problem, codes};

/// After how many seconds somebody who came at a bad time comes again.
const AGAIN_AFTER: &str = "5";

/// Something that cannot be done, in words.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) code: Option<&'static str>,
    pub(super) message: String,
    /// Where in the body, if there.
    pub(super) field: Option<String>,
}

impl Refused {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            code: None,
            message: message.into(),
            field: None,
        }
    }

    pub(super) fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into()).filter(|field: &String| !field.is_empty());
        self
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let status = match problem.code {
            code if code == codes::S963 => StatusCode::NOT_FOUND,
            code if code == codes::S873 => StatusCode::TOO_MANY_REQUESTS,
            code if [codes::S960, codes::S961, codes::S962].contains(&code) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self {
            status,
            code: Some(problem.code.as_str()),
            message: problem.message,
            field: None,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({
            "problem": { "code": self.code, "message": self.message, "field": self.field }
        });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(AGAIN_AFTER));
        }
        response
    }
}

pub(super) async fn nothing_here() -> Refused {
    Refused::new(
        StatusCode::NOT_FOUND,
        "There is nothing here. POST /hooks/SOURCE/EVENT, POST /playbooks/NAME and GET /runs/RUN are.",
    )
}
