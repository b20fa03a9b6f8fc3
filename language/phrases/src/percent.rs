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
    Grammar::parse(Rule::phrase, text)
        .map_err(|error| PhraseError::stopped(text, &error, EXPECTED))?
        .flatten()
        .find(|pair| pair.as_rule() == Rule::number)
        .map(|number| Literal::Percent(number.as_str().to_owned()))
        .ok_or_else(|| PhraseError::whole(text, EXPECTED))
}
