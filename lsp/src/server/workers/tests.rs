//! What happens to an answer that breaks off.

use std::sync::Arc;

use lsp_server::{ErrorCode, Request, RequestId};
use serde_json::{Value, json};

use super::{Refusal, Workers};
use crate::project::View;

#[expect(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "as answers to requests are"
)]
fn answer(_: &View, request: Request) -> Result<Value, Refusal> {
    assert!(request.method != "broken", "a mistake of ours");
    Ok(json!(request.method))
}

#[test]
fn an_answer_that_breaks_off_is_an_error_and_the_next_ones_come() {
    let (workers, done) = Workers::start(answer).unwrap();
    let view = Arc::new(View::default());
    // More of them than there are threads.
    for number in 0..8 {
        let method = if number % 2 == 0 { "broken" } else { "whole" };
        let request = Request::new(RequestId::from(number), method.to_owned(), json!({}));
        workers.give(request, view.clone());
    }
    let mut answered = Vec::new();
    for _ in 0..8 {
        let done = done.recv().unwrap();
        let is_whole = done.outcome.is_ok();
        if let Err(refusal) = done.outcome {
            assert_eq!(refusal.code, ErrorCode::InternalError as i32);
            assert_eq!(refusal.message, "the answer to `broken` broke off");
        }
        answered.push((done.id.to_string(), is_whole));
    }
    answered.sort();
    let expected: Vec<_> = (0..8)
        .map(|number| (number.to_string(), number % 2 == 1))
        .collect();
    assert_eq!(answered, expected);
}
