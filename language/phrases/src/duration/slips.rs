//! Lengths of time as they are written elsewhere: `15 mins`, `2h`, `1.5 hours`, `1 hour 30 minutes`,
//! `3 working days`.

use crate::PhraseError;
use crate::unit;

/// The error with what was probably meant, where the proposal reads.
pub(super) fn propose(
    text: &str,
    error: PhraseError,
    meant: fn(&str) -> Option<String>,
    reads: impl Fn(&str) -> bool,
) -> PhraseError {
    match meant(text) {
        Some(proposal) if reads(&proposal) => error.with_fix(0..text.len(), proposal),
        _ => error,
    }
}

/// The length that is meant, in one number and one unit.
pub(super) fn duration(text: &str) -> Option<String> {
    let parts = parts(text)?;
    if let [(amount, word)] = parts.as_slice()
        && !amount.contains('.')
    {
        return Some(format!("{amount} {}", unit::meant(word)?.after(amount)));
    }
    let mut total = 0_i64;
    for (amount, word) in parts {
        let length = unit::meant(&word)?.milliseconds?;
        total = total.checked_add(scaled(&amount, length)?)?;
    }
    unit::longest(total)
}

/// The same, business days among them.
pub(super) fn wait(text: &str) -> Option<String> {
    let parts = parts(text)?;
    if let [(amount, words)] = parts.as_slice() {
        let lower = words.to_ascii_lowercase();
        let compact: String = lower.split([' ', '\t', '\n', '\r', '-']).collect();
        let business = [
            "businessday",
            "workday",
            "workingday",
            "weekday",
            "bankingday",
        ];
        if business.contains(&compact.strip_suffix('s').unwrap_or(&compact)) {
            let ending = if amount == "1" { "" } else { "s" };
            return Some(format!("{amount} business day{ending}"));
        }
    }
    duration(text)
}

/// Amounts and the words after them: `1 hour 30 minutes` has two of each. Leading zeros go.
fn parts(text: &str) -> Option<Vec<(String, String)>> {
    let mut rest = text.trim();
    if rest.len() > 60 {
        return None;
    }
    for article in ["an ", "a ", "one "] {
        if let Some(unit) = rest.strip_prefix(article) {
            return Some(vec![("1".to_owned(), unit.trim().to_owned())]);
        }
    }
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let length = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (amount, after) = rest.split_at_checked(length)?;
        let trimmed = amount.trim_start_matches('0');
        let amount = match trimmed.chars().next() {
            _ if amount.is_empty() => return None,
            None | Some('.') => format!("0{trimmed}"),
            Some(_) => trimmed.to_owned(),
        };
        let end = after
            .find(|letter: char| letter.is_ascii_digit())
            .unwrap_or(after.len());
        let (words, after) = after.split_at_checked(end)?;
        let words = words.trim();
        let words = words.strip_suffix(',').unwrap_or(words);
        let words = words.strip_suffix(" and").unwrap_or(words).trim();
        if words.is_empty() {
            return None;
        }
        parts.push((amount, words.to_owned()));
        rest = after;
    }
    (!parts.is_empty()).then_some(parts)
}

/// A decimal amount of a unit, in whole milliseconds.
fn scaled(amount: &str, length: i64) -> Option<i64> {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    if fraction.len() > 6 {
        return None;
    }
    let scale = 10_i64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let digits: i64 = format!("{whole}{fraction}").parse().ok()?;
    let scaled = digits.checked_mul(length)?;
    (scaled % scale == 0).then_some(scaled / scale)
}
