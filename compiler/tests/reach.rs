//! Steps that can never run, and conditions that can never hold.

mod fixture;

use fixture::complaints;

#[track_caller]
fn told(body: &str) -> Vec<(u32, String)> {
    complaints(&format!("playbook example\n\n{body}\n"))
        .into_iter()
        .map(|(line, code, _)| (line, code))
        .collect()
}

#[track_caller]
fn only(body: &str, line: u32, code: &str) {
    assert_eq!(told(body), [(line, code.to_owned())], "{body}");
}

#[track_caller]
fn nothing(body: &str) {
    assert!(told(body).is_empty(), "{body}\n{:?}", told(body));
}

#[test]
fn a_range_rules_a_condition_out() {
    only(
        "input level: 1..5 = 3\n\nstop \"High.\" when level > 5",
        5,
        "S831",
    );
    nothing("input level: 1..5 = 3\n\nstop \"High.\" when level >= 5");
}

#[test]
fn conditions_on_one_way_contradict_each_other() {
    only(
        "input n: integer\n\nif n > 10 {\n  if n < 5 {\n    stop \"Never.\"\n  }\n}",
        6,
        "S831",
    );
    nothing("input n: integer\n\nif n > 10 {\n  if n < 15 {\n    stop \"Sometimes.\"\n  }\n}");
    only(
        "input n: integer\n\nstop \"Never.\" when n > 10 and n < 5",
        5,
        "S831",
    );
}

#[test]
fn an_early_end_is_known_after_it() {
    only(
        "input n: integer\n\nstop \"Large.\" when n > 10\nstop \"Larger.\" when n > 20",
        6,
        "S831",
    );
    nothing("input n: integer\n\nstop \"Large.\" when n > 10\nstop \"Small.\" when n < 5");
}

#[test]
fn what_may_be_missing_is_neither_above_nor_below() {
    nothing(
        "input n: integer?\n\nstop \"None.\" when n is missing\nif n > 10 {\n  stop \"Large.\"\n} else {\n  stop \"Small.\"\n}",
    );
}

#[test]
fn ways_that_come_together_know_only_what_both_know() {
    nothing(
        "input n: integer\ninput loud: boolean\n\nif loud {\n  stop \"A.\" when n > 10\n}\nstop \"B.\" when n > 20",
    );
}

#[test]
fn an_else_that_never_runs_is_told() {
    only(
        "input n: integer\n\nif n > 10 {\n  if n > 5 {\n    stop \"A.\"\n  } else {\n    stop \"B.\"\n  }\n}",
        6,
        "S830",
    );
}

/// The complaint about a pipeline, as the text that it underlines and the texts that it points to.
#[track_caller]
fn contradiction(body: &str) -> Option<(String, Vec<String>)> {
    let text = format!(
        "playbook example\n\nuse warehouse\n\nquery payments from warehouse {{\n  select payment_id, amount from payments where amount > 100 and payment_id <> 'x'\n}}\n\nquery of(name: text) from warehouse {{\n  select amount from payments where amount > 100 and customer_id = {{name}}\n}}\n\nquery customers from warehouse {{\n  select * from customers where tenure between 1 and 5 or tenure > 9\n}}\n\nquery old from warehouse {{\n  select c.customer_id, c.tenure as months, c.email from customers c join payments p on p.customer_id = c.customer_id where 24 <= c.tenure\n}}\n\n{body}\n"
    );
    let checked = fixture::check_files(&[("example.sophia", &text)]);
    let mut found = checked.diagnostics.iter();
    let first = found.next()?;
    assert_eq!(found.next(), None, "{body}");
    assert_eq!(first.code.as_str(), "S831", "{first:?}");
    let related = first.related.iter();
    Some((
        text[first.span.range()].to_owned(),
        related
            .map(|related| text[related.span.range()].to_owned())
            .collect(),
    ))
}

#[track_caller]
fn contradicts(body: &str, here: &str, there: &[&str]) {
    let there = there.iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(
        contradiction(body),
        Some((here.to_owned(), there)),
        "{body}"
    );
}

#[track_caller]
fn agrees(body: &str) {
    assert_eq!(contradiction(body), None, "{body}");
}

#[test]
fn a_where_contradicts_one_before_it() {
    contradicts(
        "let a = customers | where tenure > 100 | sort by name | take 9 | where tenure < 50",
        "tenure < 50",
        &["tenure > 100"],
    );
    contradicts(
        "let a = customers | where contract = \"Month\" | where contract in [\"One\", \"Two\"]",
        "contract in [\"One\", \"Two\"]",
        &["contract = \"Month\""],
    );
    contradicts(
        "let a = customers | where email is present and tenure > 3 and tenure < 2",
        "email is present and tenure > 3 and tenure < 2",
        &[],
    );
    agrees("let a = customers | where tenure > 100 | where tenure < 150");
    agrees("let a = customers | where tenure > 100 or churn = \"yes\" | where tenure < 50");
}

#[test]
fn a_where_contradicts_one_of_the_table_that_a_let_names() {
    contradicts(
        "let long = customers | where tenure > 100\nlet same = long\nlet a = same | where tenure < 50",
        "tenure < 50",
        &["tenure > 100"],
    );
    contradicts(
        "let large = of(\"x\")\nlet a = large | where amount < $50",
        "amount < $50",
        &["amount > 100"],
    );
    agrees("let large = of(\"x\") otherwise []\nlet a = large | where amount < $50");
}

#[test]
fn a_where_contradicts_the_sql_of_its_query() {
    contradicts(
        "let a = payments | where amount < $50",
        "amount < $50",
        &["amount > 100"],
    );
    contradicts(
        "let a = old | where months < 12",
        "months < 12",
        &["24 <= c.tenure"],
    );
    agrees("let a = payments | where amount < $150");
    agrees("let a = customers | where tenure = 7");
}

#[test]
fn a_where_contradicts_what_is_known_of_several_only_together() {
    contradicts(
        "let a = customers | where tenure >= 5 | where tenure <= 5 | where tenure != 5",
        "tenure != 5",
        &["tenure >= 5", "tenure <= 5"],
    );
}

#[test]
fn a_column_that_is_replaced_or_made_anew_is_another_one() {
    agrees(
        "let a = customers | where tenure > 100 | add tenure = tenure - 100 | where tenure < 50",
    );
    agrees(
        "let a = customers | where tenure > 100 | group by churn { tenure: count() } | where tenure < 50",
    );
    contradicts(
        "let a = customers | where tenure > 100 | add more = tenure * 2 | where tenure < 50",
        "tenure < 50",
        &["tenure > 100"],
    );
}

/// The text that a complaint about what always holds underlines, and the texts that it points to.
#[track_caller]
fn always(body: &str, code: &str, here: &str, there: &[&str]) {
    let text = format!(
        "playbook example\n\nuse warehouse, slack\n\nquery payments from warehouse {{\n  select payment_id, amount from payments where amount > 100\n}}\n\n{body}\n"
    );
    let checked = fixture::check_files(&[("example.sophia", &text)]);
    let found: Vec<_> = (checked.diagnostics.iter())
        .filter(|diagnostic| diagnostic.code.severity() != sophia_diagnostics::Severity::Hint)
        .map(|diagnostic| {
            let related = (diagnostic.related.iter()).map(|related| &text[related.span.range()]);
            let here = &text[diagnostic.span.range()];
            (diagnostic.code.as_str(), here, related.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(found, [(code, here, there.to_vec())], "{body}");
}

#[test]
fn a_loop_knows_what_its_rows_have_passed() {
    always(
        "for each p in payments | take 5 {\n  skip \"Small.\" when p.amount <= $50\n}",
        "S831",
        "skip \"Small.\" when p.amount <= $50",
        &["payments | take 5"],
    );
    always(
        "let large = payments | where amount > $500\nlet same = large | sort by amount\nfor each p in same {\n  if p.amount > $200 {\n    do slack.post_message(channel: \"#a\", text: \"{p.payment_id}\")\n  }\n}",
        "S830",
        "if p.amount > $200",
        &["same"],
    );
    always(
        "input least: money\n\nfor each p in payments | where amount > least {\n  if p.amount > $200 {\n    skip \"Never.\" when p.amount < $150\n  }\n}",
        "S831",
        "skip \"Never.\" when p.amount < $150",
        &["if p.amount > $200"],
    );
}

#[test]
fn a_loop_knows_nothing_of_rows_that_others_gave() {
    nothing(
        "use warehouse\n\nquery payments from warehouse {\n  select payment_id, amount from payments where amount > 100\n}\n\ntype Row = { amount: money }\nlet few = payments otherwise []\nfor each p in few {\n  skip \"Small.\" when p.amount <= $50\n}\nlet others = payments | map amount / 2\nfor each p in others {\n  skip \"Small.\" when p <= $50\n}",
    );
}

#[test]
fn a_where_that_always_holds_is_told() {
    always(
        "let a = payments | where amount > $50",
        "S830",
        "amount > $50",
        &["amount > 100"],
    );
    always(
        "let a = payments | where amount > $500 | take 9 | where amount > $200 and amount > $300",
        "S830",
        "amount > $200 and amount > $300",
        &["amount > $500"],
    );
}

#[test]
fn days_are_compared_too() {
    contradicts(
        "type Deal = { id: text, closed: date? }\ninput deals: table of Deal\nlet a = deals | where closed > 2026-06-30 | where closed < 2026-01-01",
        "closed < 2026-01-01",
        &["closed > 2026-06-30"],
    );
    contradicts(
        "type Deal = { id: text, stage: \"open\" | \"won\", sure: 1..5 }\ninput deals: table of Deal\nlet a = deals | where sure > 5",
        "sure > 5",
        &[],
    );
}
