//! The example playbook reads whole.

use crate::common::{CHURN_WATCH, outline, read};

#[test]
fn reads_without_a_diagnostic_into_the_expected_outline() {
    let parsed = read(CHURN_WATCH);
    assert_eq!(parsed.diagnostics, vec![]);
    let expected = "\
playbook churn_watch
use warehouse, slack
trigger schedule
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
  given customers
  given churn_risk
  given advise
  run
  expect slack.post_message
test a settled customer is left alone
  given customers
  given churn_risk
  run
  expect slack.post_message";
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
