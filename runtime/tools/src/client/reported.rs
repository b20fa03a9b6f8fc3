//! Failures that a tool reports in its own words.
//!
//! Kept true here: the words decide only whether trying again can help, and they are shown masked.

use rmcp::model::{CallToolResult, ContentBlock, ErrorCode, ErrorData};
use serde_json::Value;
use sophia_diagnostics::{Problem, codes};

use super::secret::Mask;
use crate::{ToolAnswer, ToolFailure, limits};

/// What a tool's result means.
pub(super) fn outcome(
    server: &str,
    tool: &str,
    result: CallToolResult,
    mask: &Mask,
) -> Result<ToolAnswer, ToolFailure> {
    let text = result
        .content
        .iter()
        .filter_map(|block| match block {
            ContentBlock::Text(text) => Some(text.text.as_str()),
            _ => None,
        })
        .collect::<Vec<_>>()
        .join("\n");
    if result.is_error == Some(true) {
        return Err(failed(server, tool, &text, mask));
    }
    if result.structured_content.is_none()
        && let Some(words) = unmarked_failure(&text)
    {
        return Err(failed(server, tool, &words, mask));
    }
    Ok(ToolAnswer {
        structured: result.structured_content,
        text,
    })
}

/// What a refusal of the protocol means.
pub(super) fn refusal(server: &str, tool: &str, error: &ErrorData, mask: &Mask) -> ToolFailure {
    if error.code == ErrorCode::INVALID_PARAMS {
        let problem = Problem::new(
            codes::S955,
            format!("{server} refused the arguments of `{tool}`."),
        );
        return ToolFailure::permanent(with_words(problem, &error.message, mask));
    }
    failed(server, tool, &error.message, mask)
}

fn failed(server: &str, tool: &str, words: &str, mask: &Mask) -> ToolFailure {
    let problem = Problem::new(codes::S956, format!("{server} could not do `{tool}`."));
    let problem = with_words(problem, words, mask);
    if asks_to_come_back(words) {
        ToolFailure::transient(problem)
    } else {
        ToolFailure::permanent(problem)
    }
}

/// A problem with a server's own words below it.
pub(super) fn with_words(problem: Problem, words: &str, mask: &Mask) -> Problem {
    words
        .lines()
        .map(|line| mask.shown(line))
        .filter(|line| !line.is_empty())
        .take(limits::CAUSES)
        .fold(problem, Problem::because)
}

/// Some servers, the reference Slack server among them, hand on `{"ok":false,"error":"…"}` or catch
/// an exception as `{"error":"…"}` and do not mark it as an error. Taken as an answer, such a call
/// would count as done. Only these two exact shapes are taken as a failure.
fn unmarked_failure(text: &str) -> Option<String> {
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
        return None;
    };
    let error = fields.get("error").and_then(Value::as_str);
    let refused = fields.get("ok") == Some(&Value::Bool(false));
    if refused {
        return Some(error.unwrap_or(text).to_owned());
    }
    error.filter(|_| fields.len() == 1).map(str::to_owned)
}

/// Whether the words say "too many calls".
fn asks_to_come_back(words: &str) -> bool {
    let words = words.to_lowercase();
    let phrases = [
        "rate limit",
        "rate-limit",
        "rate_limit",
        "ratelimit",
        "too many requests",
        "throttl",
    ];
    phrases.iter().any(|phrase| words.contains(phrase))
        || words
            .split(|character: char| !character.is_ascii_alphanumeric())
            .any(|word| word == "429")
}
