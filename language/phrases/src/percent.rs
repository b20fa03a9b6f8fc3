//! Reads shares such as `70%`. The grammar is `percent.pest`.

use pest::Parser;
use pest_derive::Parser;

use crate::{Literal, PhraseError};

#[derive(Parser)]
#[grammar = "percent.pest"]
struct Grammar;

const EXPECTED: &str = "A percentage such as `70%` or `12.5%` is expected here, without a space and without a leading zero.";

/// Reads `70%`, `12.5%`. The digits are kept as written.
///
/// # Errors
/// The text is something else.
pub fn percent(text: &str) -> Result<Literal, PhraseError> {
    read(text).map_err(|error| match meant(text) {
        Some(proposal) if read(&proposal).is_ok() => error.with_fix(0..text.len(), proposal),
        _ => error,
    })
}

fn read(text: &str) -> Result<Literal, PhraseError> {
    Grammar::parse(Rule::phrase, text)
        .map_err(|error| PhraseError::stopped(text, &error, EXPECTED))?
        .flatten()
        .find(|pair| pair.as_rule() == Rule::number)
        .map(|number| Literal::Percent(number.as_str().to_owned()))
        .ok_or_else(|| PhraseError::whole(text, EXPECTED))
}

/// What is meant by `70 %`, `070%`, `%70`, `70 percent`, `0,5%`, `.5%`.
fn meant(text: &str) -> Option<String> {
    let text = text.trim();
    let number = ["%", "percent", "per cent", "pct"]
        .into_iter()
        .find_map(|sign| text.strip_suffix(sign).or_else(|| text.strip_prefix(sign)))?
        .trim();
    let point = number.replacen(',', ".", 1);
    // `1,234%` may be one and a bit, or more than a thousand.
    if number.contains(',')
        && point
            .rsplit('.')
            .next()
            .is_some_and(|after| after.len() == 3)
    {
        return None;
    }
    let point = point.strip_suffix('.').unwrap_or(&point);
    let trimmed = point.trim_start_matches('0');
    if trimmed.is_empty() && !point.is_empty() || trimmed.starts_with('.') {
        Some(format!("0{trimmed}%"))
    } else {
        Some(format!("{trimmed}%"))
    }
}
