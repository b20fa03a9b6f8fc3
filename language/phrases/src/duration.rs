//! Reads lengths of time such as `30 days`. The grammar is `duration.pest`.

use pest::Parser;
use pest_derive::Parser;

use crate::{Literal, PhraseError};

#[derive(Parser)]
#[grammar = "duration.pest"]
struct Grammar;

const EXPECTED: &str = "A length of time such as `30 days` is expected here.";

/// Reads `30 days`, `1 hour`, `90 seconds`: a whole number and a unit, singular after 1.
///
/// # Errors
/// The text is something else, too long to count in milliseconds, or in a unit without a fixed
/// length (months, quarters, years, business days).
pub fn duration(text: &str) -> Result<Literal, PhraseError> {
    let mut pairs = Grammar::parse(Rule::phrase, text)
        .map_err(|error| PhraseError::stopped(text, &error, EXPECTED))?
        .flatten();
    let amount = pairs.find(|pair| pair.as_rule() == Rule::amount);
    let unit = pairs.find(|pair| pair.as_rule() == Rule::unit);
    let (Some(amount), Some(unit)) = (amount, unit) else {
        return Err(PhraseError::whole(text, EXPECTED));
    };
    let unit_length = unit_milliseconds(unit.as_str(), amount.as_str())
        .map_err(|message| PhraseError::at(unit.as_span(), message))?;
    let milliseconds = amount
        .as_str()
        .parse::<i64>()
        .ok()
        .and_then(|count| count.checked_mul(unit_length))
        .ok_or_else(|| {
            PhraseError::at(
                amount.as_span(),
                format!("`{text}` is longer than any time that can be counted."),
            )
        })?;
    Ok(Literal::Duration { milliseconds })
}

/// The length of a unit as it must be written after this amount.
pub(crate) fn unit_milliseconds(unit: &str, amount: &str) -> Result<i64, String> {
    let lower = unit.to_ascii_lowercase();
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    let length = match singular {
        "millisecond" => 1,
        "second" => 1_000,
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => 86_400_000,
        "week" => 604_800_000,
        "month" | "quarter" | "year" => {
            return Err(format!(
                "A {singular} has no fixed length, so it is no duration: write days, or a schedule such as `every month`."
            ));
        }
        business if business.starts_with("business") => {
            return Err(
                "Business days stand after `wait` and `within` only; elsewhere write days."
                    .to_owned(),
            );
        }
        _ => {
            return Err(format!(
                "`{unit}` is no unit of time: `seconds`, `minutes`, `hours`, `days` or `weeks` is expected here."
            ));
        }
    };
    let written = if amount == "1" {
        singular.to_owned()
    } else {
        format!("{singular}s")
    };
    if unit == written {
        Ok(length)
    } else {
        Err(format!("After {amount} the unit is written `{written}`."))
    }
}
