//! The example playbook reads whole, and nearly whole with any one token gone.

mod common;

use common::{CHURN_WATCH, outline, read};
use sophia_language::TokenKind;

#[test]
fn reads_without_a_diagnostic_into_the_expected_outline() {
    let parsed = read(CHURN_WATCH);
    assert_eq!(parsed.diagnostics, vec![]);
    let expected = "\
playbook churn_watch
use warehouse, slack
trigger
input threshold
type Advice
  field reason
  field next_step
  field urgency
query customers
predictor churn_risk
model advise
  route
  budget
  prompt
  otherwise
let at_risk
for each customer
  let advice
  if
    do slack.post_message
      at most once
      retry
on failure
  do slack.post_message
test a customer at risk is announced once
  given
  given
  given
  run
  expect
test a settled customer is left alone
  given
  given
  run
  expect";
    assert_eq!(outline(&parsed).join("\n"), expected);
}

#[test]
fn every_byte_is_in_one_token() {
    let parsed = read(CHURN_WATCH);
    let mut at = 0;
    for token in &parsed.tokens {
        assert_eq!(token.span.start, at);
        at = token.span.end;
    }
    assert_eq!(at as usize, CHURN_WATCH.len());
}

/// How many of the expected lines are found, in order.
fn kept(expected: &[String], found: &[String]) -> usize {
    let mut best = vec![0_usize; found.len() + 1];
    for line in expected {
        let mut diagonal = 0;
        for (at, other) in found.iter().enumerate() {
            let above = best[at + 1];
            best[at + 1] = if line == other {
                diagonal + 1
            } else {
                above.max(best[at])
            };
            diagonal = above;
        }
    }
    best[found.len()]
}

/// The outline without names, so that a statement that lost only its name still counts.
fn shapes(lines: &[String]) -> Vec<String> {
    lines
        .iter()
        .map(|line| {
            let trimmed = line.trim_start();
            let margin = line.len() - trimmed.len();
            let first = trimmed.split(' ').next().unwrap_or("");
            format!("{}{first}", " ".repeat(margin))
        })
        .collect()
}

#[test]
fn deleting_any_one_token_keeps_nearly_everything() {
    let whole = read(CHURN_WATCH);
    let expected = shapes(&outline(&whole));
    let (mut cases, mut lines, mut told, mut silent) = (0_usize, 0_usize, 0_usize, Vec::new());
    let mut worst: Vec<(usize, usize, String)> = Vec::new();
    for token in &whole.tokens {
        if token.kind.is_trivia() || token.span.start == token.span.end {
            continue;
        }
        let mut text = CHURN_WATCH.to_owned();
        text.replace_range(token.span.range(), "");
        let parsed = read(&text);
        let found = kept(&expected, &shapes(&outline(&parsed)));
        let line = CHURN_WATCH[..token.span.start as usize].lines().count();
        let deleted: String = CHURN_WATCH[token.span.range()].chars().take(30).collect();
        cases += 1;
        lines += found;
        told += parsed.diagnostics.len();
        if parsed.diagnostics.is_empty() {
            silent.push(format!("{line}: {deleted:?}"));
        }
        let lost = expected.len() - found;
        if lost > 0 || parsed.diagnostics.len() > 1 {
            let codes: Vec<String> = parsed
                .diagnostics
                .iter()
                .map(|d| {
                    let at = text[..d.span.start as usize].lines().count();
                    format!("{}@{at}:{}", d.code, d.message)
                })
                .collect();
            worst.push((lost, parsed.diagnostics.len(), format!("{line}: {deleted:?} {codes:?}")));
        }
    }
    worst.sort();
    worst.reverse();
    if std::env::var_os("SHOW_WORST").is_some() {
        for (lost, told, case) in &worst {
            println!("lost {lost} told {told} {case}");
        }
        println!("silent: {silent:#?}");
    }
    let share = percent(lines, cases * expected.len());
    let average = percent(told, cases) / 100.0;
    println!(
        "{cases} deletions keep {share:.2} % of {} lines, {average:.2} diagnostics each; {} tell nothing",
        expected.len(),
        silent.len()
    );
    assert!(share >= 98.0, "{share:.2} % kept");
    assert!(average <= 1.3, "{average:.2} diagnostics on average");
}

#[allow(clippy::cast_precision_loss, reason = "small counts")]
fn percent(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole as f64
}

#[test]
fn every_prefix_yields_a_tree() {
    for end in 0..=CHURN_WATCH.len() {
        let Some(text) = CHURN_WATCH.get(..end) else {
            continue;
        };
        let parsed = read(text);
        let length: usize = parsed
            .tokens
            .iter()
            .map(|token| token.span.range().len())
            .sum();
        assert_eq!(length, text.len());
        assert!(parsed.tokens.iter().all(|token| token.kind != TokenKind::LineEnd));
    }
}
