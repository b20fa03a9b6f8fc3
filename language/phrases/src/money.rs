//! Reads amounts of money such as `$12,000` and `5.00 EUR`. The grammar is `money.pest`.

mod slips;

use pest::Parser;
use pest_derive::Parser;

use self::slips::Meant;
use crate::{Literal, PhraseError};

#[derive(Parser)]
#[grammar = "money.pest"]
struct Grammar;

const EXPECTED: &str = "An amount such as `$12,000` or `5.00 EUR` is expected here: commas stand after `$` only, \
     between groups of three digits, and no zero leads.";

/// The digits after the point that an amount keeps exactly.
const FRACTION_DIGITS: usize = 9;
/// The digits before the point that an amount keeps exactly.
const WHOLE_DIGITS: usize = 18;

/// Reads `$12,000`, `$0.02`, `5.00 EUR`. The amount keeps its digits as written, without commas.
///
/// # Errors
/// The text is something else, holds more digits than an amount keeps (18 before the point, 9
/// after it), or may be read in two ways: `$10.000` is ten thousand to many.
pub fn money(text: &str) -> Result<Literal, PhraseError> {
    let read_as = read(text);
    if read_as.is_ok() && !text.contains('.') {
        return read_as;
    }
    match (read_as, slips::meant(text)) {
        (_, Some(Meant::Unclear(message))) => Err(PhraseError::whole(text, message)),
        (Err(_), Some(Meant::Amount(proposal))) if read(&proposal).is_ok() => {
            let told = PhraseError::whole(text, format!("This amount is written `{proposal}`."));
            Err(told.with_fix(0..text.len(), proposal))
        }
        (read_as, _) => read_as,
    }
}

fn read(text: &str) -> Result<Literal, PhraseError> {
    let pairs = Grammar::parse(Rule::phrase, text)
        .map_err(|error| PhraseError::stopped(text, &error, EXPECTED))?;
    let mut amount = String::new();
    let mut currency = "USD".to_owned();
    for pair in pairs.flatten() {
        match pair.as_rule() {
            Rule::grouped | Rule::whole => {
                amount.extend(pair.as_str().chars().filter(char::is_ascii_digit));
                if amount.len() > WHOLE_DIGITS {
                    return Err(PhraseError::at(
                        pair.as_span(),
                        format!("An amount has at most {WHOLE_DIGITS} digits before the point."),
                    ));
                }
            }
            Rule::fraction => {
                amount.push_str(pair.as_str());
                if pair.as_str().len() > FRACTION_DIGITS + 1 {
                    return Err(PhraseError::at(
                        pair.as_span(),
                        format!("An amount has at most {FRACTION_DIGITS} digits after the point."),
                    ));
                }
            }
            Rule::currency => pair.as_str().clone_into(&mut currency),
            _ => {}
        }
    }
    Ok(Literal::Money { amount, currency })
}
