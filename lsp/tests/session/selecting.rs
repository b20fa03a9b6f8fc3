//! What is selected as a selection grows.

use serde_json::{Value, json};

use crate::client::Client;
use crate::desk::{DESK, session, with};

/// The texts that are selected, from the smallest.
fn grown(marked: &str) -> Vec<String> {
    let text = marked.replace('‸', "");
    let (mut client, place) = session(marked);
    let params = json!({
        "textDocument": { "uri": Client::uri("desk.sophia") },
        "positions": [{ "line": place.0, "character": place.1 }],
    });
    let answer = client.ask("textDocument/selectionRange", params);
    let byte = |at: &Value| {
        let number = |key: &str| usize::try_from(at[key].as_u64().unwrap()).unwrap();
        let lines = text.split_inclusive('\n').take(number("line"));
        lines.map(str::len).sum::<usize>() + number("character")
    };
    let mut range = &answer[0];
    let mut found = Vec::new();
    while range.is_object() {
        let span = byte(&range["range"]["start"])..byte(&range["range"]["end"]);
        found.push(text[span].to_owned());
        range = &range["parent"];
    }
    found
}

fn first_lines(found: &[String]) -> Vec<&str> {
    let lines = found
        .iter()
        .map(|text| text.lines().next().unwrap_or_default());
    lines.map(str::trim_end).collect()
}

#[test]
fn in_sql_it_grows_by_expression_clause_and_query() {
    let found = grown(&with("sum(p.amount) as paid", "sum(p.amo‸unt) as paid"));
    assert_eq!(
        found[..6],
        [
            "amount",
            "p.amount",
            "(p.amount)",
            "sum(p.amount)",
            "sum(p.amount) as paid",
            "c.customer_id, c.tenure, sum(p.amount) as paid",
        ]
    );
    assert_eq!(
        first_lines(&found[6..]),
        [
            "select c.customer_id, c.tenure, sum(p.amount) as paid",
            "select c.customer_id, c.tenure, sum(p.amount) as paid",
            "{",
            "query accounts(within: text) from warehouse, at most 100 rows {",
            "playbook desk",
        ]
    );
    assert!(found[7].ends_with("group by c.customer_id, c.tenure"));
}

#[test]
fn in_a_condition_it_grows_by_comparison_and_clause() {
    let found = grown(&with("c.tenure > 3 or", "c.tenu‸re > 3 or"));
    assert_eq!(
        found[..5],
        [
            "tenure",
            "c.tenure",
            "c.tenure > 3",
            "c.region = {within} and c.tenure > 3 or c.email is null",
            "where c.region = {within} and c.tenure > 3 or c.email is null",
        ]
    );
    let joined = grown(&with("left join payments p", "left join pay‸ments p"));
    assert_eq!(
        joined[..3],
        ["payments", "payments p", "left join payments p"]
    );
}

#[test]
fn a_subselect_is_grown_through() {
    let sql = "where c.region in (select region from customers where tenure > ‸1)";
    let marked = with(
        "where c.region = {within} and c.tenure > 3 or c.email is null",
        sql,
    );
    let found = grown(&marked);
    assert_eq!(
        found[..7],
        [
            "1",
            "tenure > 1",
            "where tenure > 1",
            "select region from customers where tenure > 1",
            "(select region from customers where tenure > 1)",
            "c.region in (select region from customers where tenure > 1)",
            "where c.region in (select region from customers where tenure > 1)",
        ]
    );
}

#[test]
fn in_a_prompt_it_grows_by_line_and_text() {
    let found = grown(&with("They have paid {of}", "They ha‸ve paid {of}"));
    assert_eq!(
        found[..3],
        ["have", "They have paid", "They have paid {of} in all.",]
    );
    assert!(found[3].starts_with("How does") && found[3].ends_with("in all."));
    assert!(found[4].starts_with("\"\"\""));
    let hole = grown(&with("They have paid {of}", "They have paid {o‸f}"));
    assert_eq!(hole[..3], ["of", "{of}", "They have paid {of} in all."]);
}

#[test]
fn each_range_holds_the_one_before() {
    for at in (0..DESK.len())
        .step_by(7)
        .filter(|at| DESK.is_char_boundary(*at))
    {
        let found = grown(&format!("{}‸{}", &DESK[..at], &DESK[at..]));
        let held = found.windows(2).all(|pair| pair[1].contains(&pair[0]));
        assert!(held, "{at}: {found:?}");
        assert_eq!(found.last().map(String::as_str), Some(DESK));
    }
}
