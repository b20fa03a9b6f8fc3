//! What is offered while a playbook is typed from nothing: what is open is not closed yet, and nothing follows.

use crate::desk::{DESK, labels};

/// The playbook up to a text, with the text as far as it is typed.
fn typed(up_to: &str, line: &str) -> Vec<String> {
    let at = DESK.find(up_to).expect("it stands in the playbook");
    labels(&format!("{}{line}", &DESK[..at]))
}

fn first(found: &[String], wanted: &[&str]) {
    assert_eq!(
        found.get(..wanted.len()),
        Some(
            wanted
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
                .as_slice()
        )
    );
}

#[test]
fn a_new_playbook_begins_with_what_it_declares() {
    let empty = typed("use warehouse", "‸");
    first(&empty, &["use", "trigger", "input"]);
    assert!(empty.contains(&"do".to_owned()));
    let later = labels(&format!("{DESK}\n‸"));
    first(&later, &["let", "do", "if"]);
}

#[test]
fn nothing_is_offered_where_a_name_is_made() {
    for line in [
        "input ‸",
        "type ‸",
        "query ‸",
        "model ‸",
        "let ‸",
        "for each ‸",
    ] {
        assert_eq!(typed("input region", line), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn a_phrase_goes_on_with_its_next_word() {
    for (line, next) in [
        ("query rows ‸", "from"),
        ("let found ‸", "="),
        ("for each one ‸", "in"),
        ("retry 3 ‸", "times"),
        ("retry 3 times ‸", "over"),
        ("at most once ‸", "per"),
        ("on ‸", "failure"),
        ("ask 2 ‸", "of"),
        ("trigger on webhook slack.reacted ‸", "as"),
        ("one run ‸", "at a time"),
    ] {
        assert_eq!(typed("let chosen", line), [next], "{line}");
    }
    let bound = typed("let chosen", "let found = ‸");
    for word in ["accounts", "do", "ask", "wait for"] {
        assert!(bound.contains(&word.to_owned()), "{word} in {bound:?}");
    }
    let schedule = typed("trigger on", "trigger every ‸");
    assert_eq!(schedule[0], "weekday at 08:00");
    let happening = typed("trigger on", "trigger on ‸");
    assert!(happening.contains(&"webhook".to_owned()), "{happening:?}");
}

#[test]
fn sql_whose_brace_is_open_is_sql() {
    let query = "query late from warehouse {\n  select ";
    let columns = typed("let chosen", &format!("{query}‸"));
    for column in ["tenure", "amount"] {
        assert!(columns.contains(&column.to_owned()), "{columns:?}");
    }
    let table = typed("let chosen", &format!("{query}p.amount from ‸"));
    assert_eq!(table, ["customers", "payments"]);
    let of_table = typed(
        "let chosen",
        &format!("{query}p.amount from payments p where p.‸"),
    );
    assert_eq!(of_table, ["payment_id", "customer_id", "amount", "paid_on"]);
    // What follows does not take the brace away.
    let middle = DESK.replace(
        "let chosen",
        &format!("{query}a.‸ from payments a\n\nlet chosen"),
    );
    assert_eq!(labels(&middle), of_table);
}

#[test]
fn what_is_typed_in_a_text_is_nobodys_business() {
    let call = "do slack.post_message(channel: \"#ops ";
    assert_eq!(typed("let sent", &format!("{call}‸")), Vec::<String>::new());
    let prompt = "model again(of: text) -> text {\n  route local\n  prompt \"\"\"\n    How is ";
    assert_eq!(
        typed("let chosen", &format!("{prompt}‸")),
        Vec::<String>::new()
    );
    let hole = typed("let chosen", &format!("{prompt}{{‸"));
    assert_eq!(hole[0], "of");
}

#[test]
fn open_brackets_know_what_belongs_in_them() {
    let call = typed("let sent", "do slack.post_message(‸");
    first(&call, &["channel:", "text:", "urgency:"]);
    let second = typed("let sent", "do slack.post_message(\n  channel: \"a\",\n  ‸");
    first(&second, &["text:", "urgency:"]);
    let looped = typed("let sent", "for each one in chosen {\n  let its = one.‸");
    assert_eq!(looped, ["customer_id", "tenure", "paid", "months"]);
    let reply = typed("  otherwise \"unclear\"", "  otherwise ‸");
    first(&reply, &["\"good\"", "\"bad\"", "\"unclear\""]);
    let rows = typed("test \"it", "test \"a\" {\n  given accounts = [\n    ‸");
    first(&rows, &["{ … }"]);
    let row = typed(
        "test \"it",
        "test \"a\" {\n  given accounts = [\n    { tenure: 1, ‸",
    );
    assert_eq!(row, ["customer_id", "paid"]);
}

#[test]
fn a_phrase_that_is_begun_goes_on_as_it_must() {
    for (line, next) in [
        ("one run at ‸", vec!["a time"]),
        ("let all = for each one in accounts, 8 ‸", vec!["at a time"]),
        ("let all = for each one in accounts, 8 at a ‸", vec!["time"]),
        ("let all = for each one in accounts, keep ‸", vec!["going"]),
        (
            "do slack.post_message(channel: \"a\", text: \"b\")\n    at most once per most ‸",
            vec!["in"],
        ),
        (
            "let more = accounts\n  | sort by paid ‸",
            vec!["descending"],
        ),
        ("let more = accounts\n  | join chosen ‸", vec!["as"]),
        ("let more = accounts\n  | join chosen as c ‸", vec!["on"]),
        ("let more = accounts\n  | add ‸", vec![]),
        ("let said = ask \"finance\" to ‸", vec!["approve"]),
        ("record accounts ‸", vec!["into"]),
        ("let came = wait for slack.reacted ‸", vec!["as"]),
        ("wait ‸", vec!["for", "until"]),
        (
            "query late from warehouse, at ‸",
            vec!["most 100 rows", "most 1 row"],
        ),
        ("query late from warehouse, at most 1 ‸", vec!["row"]),
        ("if most is ‸", vec!["present", "missing"]),
        ("let some = read csv most ‸", vec!["as table of"]),
    ] {
        assert_eq!(typed("let chosen", line), next, "{line}");
    }
    first(&typed("let chosen", "wait 1 ‸"), &["second", "minute"]);
    first(
        &typed("let chosen", "let all = ask \"finance\" for ‸"),
        &["Outcome"],
    );
    // What follows a value is no other value.
    let behind = typed("let sent", "if most ‸");
    assert!(!behind.contains(&"chosen".to_owned()), "{behind:?}");
    assert!(behind.contains(&"and".to_owned()), "{behind:?}");
    // A trigger has words of its own.
    let trigger = typed("type Outcome", "trigger every weekday at 08:00\n  ‸");
    first(&trigger, &["catch up", "except our own", "in batches of"]);
}

#[test]
fn sql_begins_with_its_verb_and_names_what_it_makes() {
    let query = "query late from warehouse {\n  ";
    assert_eq!(
        typed("let chosen", &format!("{query}‸")),
        ["select", "with"]
    );
    assert_eq!(
        typed("let chosen", &format!("{query}select tenure as ‸")),
        Vec::<String>::new()
    );
    let behind = typed(
        "let chosen",
        &format!("{query}select tenure from customers ‸"),
    );
    first(&behind, &["select", "from", "where"]);
    let column = typed("let chosen", &format!("{query}select ‸"));
    for name in ["tenure", "sum", "strftime"] {
        assert!(column.contains(&name.to_owned()), "{name} in {column:?}");
    }
    assert!(!column.contains(&"date_trunc".to_owned()), "{column:?}");
}

#[test]
fn a_policy_is_written_in_its_own_words() {
    let policy = |line: &str| typed("let chosen", &format!("policy careful {{\n  {line}"));
    let every = policy("every ‸");
    assert_eq!(every[..2], ["do", "model has budget"]);
    assert!(every.contains(&"wait has timeout".to_owned()), "{every:?}");
    assert_eq!(
        policy("every do ‸"),
        ["warehouse", "slack", "slack.post_message"]
    );
    assert_eq!(policy("at most 5 of do slack.‸"), ["post_message"]);
    assert_eq!(
        policy("no @pii.email reaches ‸"),
        ["warehouse", "slack", "local"]
    );
    assert_eq!(
        policy("every do slack.post_message has ‸"),
        ["undo", "retry", "timeout", "otherwise"]
    );
    assert_eq!(
        policy("every do slack.post_message ‸"),
        ["where", "follows ask", "has undo"]
    );
    assert_eq!(policy("no @pii ‸"), ["reaches"]);
    assert!(policy("no ‸").contains(&"@pii.email".to_owned()));
}
