//! Each usual slip gives one diagnostic, at its place, with its fix; two give two.

use crate::common::{CHURN_WATCH, complaints, outline, read};

/// The text after the first diagnostic's edits.
fn mended(text: &str) -> String {
    let mut mended = text.to_owned();
    let parsed = read(text);
    let mut edits: Vec<_> = parsed
        .diagnostics
        .iter()
        .filter_map(|found| found.fix.as_ref())
        .flat_map(|fix| fix.edits.clone())
        .collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    for edit in edits {
        mended.replace_range(edit.span.range(), &edit.text);
    }
    mended
}

/// One diagnostic with this code at this text, whose fix gives a file without any.
fn slip(body: &str, code: &str, at: &str, fixed: &str) {
    let text = format!("playbook slips\n\n{body}\n\nlet after = 1\n");
    assert_eq!(
        complaints(&text),
        vec![(code.to_owned(), at.to_owned())],
        "{body}"
    );
    let after = mended(&text);
    assert_eq!(
        after,
        format!("playbook slips\n\n{fixed}\n\nlet after = 1\n")
    );
    assert_eq!(complaints(&after), vec![], "{after}");
    assert!(outline(&read(&text)).contains(&"let after".to_owned()));
}

#[test]
fn habits_from_elsewhere() {
    slip(
        r#"stop "a" when x == 5"#,
        "S110",
        "==",
        r#"stop "a" when x = 5"#,
    );
    slip(
        r#"stop "a" when x <> 5"#,
        "S111",
        "<>",
        r#"stop "a" when x != 5"#,
    );
    slip(
        r#"stop "a" when x && y"#,
        "S112",
        "&&",
        r#"stop "a" when x and y"#,
    );
    slip(
        r#"stop "a" when x || y"#,
        "S112",
        "||",
        r#"stop "a" when x or y"#,
    );
    slip(r#"stop "a" when !x"#, "S112", "!", r#"stop "a" when not x"#);
    slip("let x = null", "S113", "null", "let x = none");
    slip("stop 'a'", "S114", "'a'", r#"stop "a""#);
    slip("let x = 1;", "S115", ";", "let x = 1");
}

#[test]
fn misspelt_and_missing_words() {
    slip("lett x = 1", "S116", "lett", "let x = 1");
    slip("Let x = 1", "S116", "Let", "let x = 1");
    slip("var x = 1", "S116", "var", "let x = 1");
    slip(
        "qurey q from w {\n  select 1\n}",
        "S116",
        "qurey",
        "query q from w {\n  select 1\n}",
    );
    slip(
        "let x = y | wehre a > 1",
        "S116",
        "wehre",
        "let x = y | where a > 1",
    );
    slip("x = 1", "S117", "", "let x = 1");
    slip("slack.post(a: 1)", "S117", "", "do slack.post(a: 1)");
}

#[test]
fn brackets_and_quotes() {
    slip("let x = f(1", "S103", "(", "let x = f(1)");
    slip("let x = [1, 2", "S103", "[", "let x = [1, 2]");
    slip(
        "if a {\n  stop \"a\"",
        "S103",
        "{",
        "if a {\n  stop \"a\"\n}",
    );
    slip("let x = f(1]", "S104", "]", "let x = f(1)");
    slip("let x = 1)", "S104", ")", "let x = 1");
    slip(
        "if a\n  stop \"a\"\n}",
        "S104",
        "",
        "if a {\n  stop \"a\"\n}",
    );
    slip("stop \"a", "S105", "\"", "stop \"a\"");
    slip("stop \"a {b c\"", "S106", "{", "stop \"a {b} c\"");
    slip("stop \"a b} c\"", "S106", "}", "stop \"a b}} c\"");
    slip(
        "query q from w {\n  select 1",
        "S103",
        "{",
        "query q from w {\n  select 1\n}",
    );
    slip("let x = 1 ~", "S108", "~", "let x = 1 ");
}

#[test]
fn mistakes_that_a_person_must_mend() {
    for (body, code, at) in [
        ("let x =", "S101", ""),
        ("let = 5", "S101", "="),
        ("let x 5", "S101", "5"),
        ("stop \"a\" when", "S101", ""),
        ("let x = a b", "S101", "b"),
        ("stop \"a\" when 1 < x < 5", "S120", "<"),
        ("let x = IF(a, 1, 2)", "S123", "IF"),
        ("let x = 2026-13-01", "S119", "13"),
        ("if a {\n  input b: text\n}", "S122", "input"),
        ("playbook again", "S102", "playbook"),
        ("for each x in xs, 8 at a {\n  stop \"a\"\n}", "S101", "{"),
        ("do slack.post(a: 1)\n  retry 5 times over 10", "S101", "10"),
        ("let x = y | where", "S101", ""),
        ("let x = y | frobnicate 5", "S101", "frobnicate"),
    ] {
        let text = format!("playbook slips\n\n{body}\n\nlet after = 1\n");
        let found = complaints(&text);
        assert_eq!(found.len(), 1, "{body}: {found:?}");
        assert_eq!(found[0].0, code, "{body}: {found:?}");
        assert_eq!(found[0].1, at, "{body}: {found:?}");
        assert!(
            outline(&read(&text)).contains(&"let after".to_owned()),
            "{body}"
        );
    }
}

#[test]
fn a_schedule_says_where_it_is_wrong() {
    let found = complaints("playbook p\n\ntrigger every weekday at 25:00\n\nlet x = 1\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "S118");
}

#[test]
fn what_is_not_there_yet_says_so_once() {
    for body in [
        "metric m: money, snapshot daily from w {\n  select 1 as value\n}",
        "state s: integer = 0",
        "policy p {\n  every do stripe.refund follows ask\n}",
        "function f(a: text) -> text = a",
        "action a(x: text) {\n  do slack.post(x)\n    retry 5 times over 1 hour\n}",
        "command c(a: text) on w {\n  update t set a = {a}\n}",
        "ask \"desk\" to approve \"now\"\n  within 3 days",
        "let v = ask \"desk\" to approve \"now\"\n  within 4 hours\n  otherwise stop \"no\"",
        "wait 2 days",
        "match x {\n  \"a\" { stop \"a\" }\n  else { stop \"b\" }\n}",
        "emit stuck { a: 1 }",
        "record rows into w.t key a",
        "together {\n  do a.b()\n}",
        "try {\n  do a.b()\n} otherwise as f {\n  stop \"a\"\n}",
        "repeat every 1 hour, at most 3 times, until x {\n}",
        "run other(a: 1)",
        "start other(a: 1)",
        "return { a: 1 }",
        "one run at a time per x.id, skip",
        "calendar us_office",
        "do a.b()\n  undo with a.c()",
        "let x = y | check \"a\" b > 1\n  | check \"c\" d > 1",
        "let x = y | join z as t on a",
        "trigger on webhook a.b as c",
        "trigger on change in w.t by id as c\n  in batches of 500 or every 2 seconds",
        "let x = search k for \"{a}\" take 8",
        "let x = m over 14 days",
        "let x = today - start of quarter",
    ] {
        let text = format!("playbook later\n\n{body}\n\nlet after = 1\n");
        let found = complaints(&text);
        assert!(
            !found.is_empty() && found.iter().all(|(code, _)| code == "S190"),
            "{body}: {found:?}"
        );
        let allowed = if body.contains("check") { 2 } else { 1 };
        assert!(found.len() <= allowed, "{body}: {found:?}");
        assert!(
            outline(&read(&text)).contains(&"let after".to_owned()),
            "{body}"
        );
    }
}

#[test]
fn two_mistakes_give_two_diagnostics() {
    let text = CHURN_WATCH
        .replace("let at_risk = customers", "let at_risk customers")
        .replace("given churn_risk = 4%", "given churn_risk 4%");
    let found = complaints(&text);
    assert_eq!(found.len(), 2, "{found:?}");
    let text = "playbook two\n\ndo a.b(1 2, 3 4)\nlet = 5\nif {\n  stop\n}\n";
    let codes: Vec<_> = complaints(text).into_iter().map(|(_, at)| at).collect();
    assert_eq!(codes.len(), 5, "{codes:?}");
}

#[test]
fn a_module_holds_no_statements() {
    let found = complaints("module m\n\ntrigger every day at 08:00\n\nlet x = 1\n");
    let codes: Vec<_> = found.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["S121", "S121"]);
}
