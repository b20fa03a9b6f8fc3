//! Answers as JSON; refusals as RFC 9457 has them (`application/problem+json`), with our codes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sophia_diagnostics::{Code, Problem, codes};

/// After how many seconds somebody who came at a bad time comes again.
const AGAIN_AFTER: &str = "5";

/// Something that cannot be done, in words.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) code: Option<Code>,
    pub(super) message: String,
    /// What the system below said.
    pub(super) causes: Vec<String>,
    /// The next step.
    pub(super) help: Option<String>,
    /// Where in the body, if there.
    pub(super) field: Option<String>,
}

impl Refused {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            code: None,
            message: message.into(),
            causes: Vec::new(),
            help: None,
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
            // The run does not stand so that this could be done with it.
            code if [codes::S903, codes::S969].contains(&code) => StatusCode::CONFLICT,
            code if code == codes::S906 => StatusCode::FORBIDDEN,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self {
            status,
            code: Some(problem.code),
            message: problem.message,
            causes: problem.causes,
            help: problem.help,
            field: None,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let page = self.code.and_then(Code::page);
        let kind = match self.code {
            Some(code) => format!("urn:sophia:problem:{code}"),
            None => "about:blank".to_owned(),
        };
        let title = page.map_or_else(
            || self.status.canonical_reason().unwrap_or_default(),
            |page| page.title,
        );
        let body = json!({
            "type": kind,
            "title": title,
            "status": self.status.as_u16(),
            "detail": self.message,
            "code": self.code,
            "field": self.field,
            "causes": self.causes,
            "help": self.help,
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, kind, body.to_string()).into_response();
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
        "There is nothing here. POST /hooks/SOURCE/EVENT, POST /playbooks/NAME, GET /runs, GET /runs/RUN and POST /runs/RUN/VERB are.",
    )
}
