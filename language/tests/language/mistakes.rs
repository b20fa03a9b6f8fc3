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
    slip("let x = a === b", "S110", "===", "let x = a = b");
    slip("let x = a !== b", "S111", "!==", "let x = a != b");
    slip("let x = a AND b", "S112", "AND", "let x = a and b");
    slip("let x = a OR NOT_IT", "S112", "OR", "let x = a or NOT_IT");
    slip("let x = True", "S112", "True", "let x = true");
    slip("let x = a % 3", "S112", "%", "let x = a  mod  3");
    slip(
        "let x = a is null",
        "S113",
        "is null",
        "let x = a is missing",
    );
    slip(
        "let x = a is not null",
        "S113",
        "is not null",
        "let x = a is present",
    );
    slip(
        "let x = a IS NOT NULL",
        "S113",
        "IS NOT NULL",
        "let x = a is present",
    );
    slip("stop “a”", "S114", "“a”", "stop \"a\"");
    slip(
        "if a {\n  stop \"a\"\n} elif b {\n  stop \"b\"\n}",
        "S112",
        "elif",
        "if a {\n  stop \"a\"\n} else if b {\n  stop \"b\"\n}",
    );
    slip(
        "let x = try a.b(c: 1) otherwise stop \"No.\"",
        "S126",
        "try",
        "let x = a.b(c: 1) otherwise stop \"No.\"",
    );
    slip(
        "let x = y | sort by z desc, v | take 5",
        "S116",
        "desc",
        "let x = y | sort by z descending, v | take 5",
    );
    slip(
        "let x = y | order by z",
        "S116",
        "order",
        "let x = y | sort by z",
    );
    slip("let x = y | limit 5", "S116", "limit", "let x = y | take 5");
    slip("// why\nlet x = 1", "S125", "//", "# why\nlet x = 1");
    slip(
        r#"stop "a" when x in ("a", "b")"#,
        "S101",
        r#"("a", "b")"#,
        r#"stop "a" when x in ["a", "b"]"#,
    );
    slip(
        "let x = (1, 2) | where row > 1",
        "S101",
        "(1, 2)",
        "let x = [1, 2] | where row > 1",
    );
    slip("let x = 1 -- why", "S125", "--", "let x = 1 # why");
}

/// One diagnostic with this code for what stands after some words, whose fix gives what was meant.
fn phrase(before: &str, written: &str, code: &str, meant: &str) {
    let text = format!("playbook slips\n\n{before} {written}\n\nlet after = 1\n");
    let found = complaints(&text);
    assert_eq!(found.len(), 1, "{written}: {found:?}");
    assert_eq!(found[0].0, code, "{written}: {found:?}");
    let after = mended(&text);
    assert_eq!(
        after,
        format!("playbook slips\n\n{before} {meant}\n\nlet after = 1\n")
    );
    assert_eq!(complaints(&after), vec![], "{after}");
}

#[test]
fn amounts_from_elsewhere() {
    for (written, meant) in [
        ("5$", "$5"),
        ("€5.00", "5.00 EUR"),
        ("5.00€", "5.00 EUR"),
        ("70 %", "70%"),
        ("USD 5", "$5"),
        ("30 mins", "30 minutes"),
        ("1 days", "1 day"),
        ("2 hrs", "2 hours"),
        ("2026-1-5", "2026-01-05"),
        ("22.11.2026", "2026-11-22"),
        ("8:30 pm", "20:30"),
    ] {
        phrase("let x =", written, "S119", meant);
    }
}

#[test]
fn schedules_from_elsewhere() {
    for (written, meant) in [
        ("\"0 8 * * 1-5\"", "cron \"0 8 * * 1-5\""),
        ("every \"0 8 * * 1-5\"", "cron \"0 8 * * 1-5\""),
        ("daily at 08:00", "every day at 08:00"),
        ("every day at 8:00", "every day at 08:00"),
        ("every day at 8am", "every day at 08:00"),
        ("every mondays at 08:00", "every monday at 08:00"),
        ("every 15 mins", "every 15 minutes"),
        ("every business day at 08:00", "every weekday at 08:00"),
    ] {
        phrase("trigger", written, "S118", meant);
    }
}

#[test]
fn tabs_are_told_once() {
    let text = "playbook tabs\n\nif a {\n\tstop \"a\"\n\tstop \"b\"\n}\n";
    let found = complaints(text);
    assert_eq!(found, vec![("S124".to_owned(), "\t".to_owned())]);
    let inside =
        "playbook tabs\n\nlet x = \"\"\"\n  a\n\tb\n  \"\"\"\nquery q from w {\n\tselect 1\n}\n";
    assert_eq!(complaints(inside), vec![]);
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
    slip(
        "do a.b()\n  retyr 3 times",
        "S116",
        "retyr",
        "do a.b()\n  retry 3 times",
    );
    slip(
        "do a.b()\n  otherwize stop \"a\"",
        "S116",
        "otherwize",
        "do a.b()\n  otherwise stop \"a\"",
    );
    slip(
        "for eahc x in xs {\n  stop \"a\"\n}",
        "S116",
        "eahc",
        "for each x in xs {\n  stop \"a\"\n}",
    );
    slip(
        "foreach x in xs {\n  stop \"a\"\n}",
        "S116",
        "foreach",
        "for each x in xs {\n  stop \"a\"\n}",
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
        (
            "let x = try {\n  let y = a.b()\n} otherwise as f {\n  stop \"No.\"\n}",
            "S126",
            "try",
        ),
        ("let x = try { a.b() } otherwise { }", "S126", "try"),
        (
            "let x = for i in xs, 4 at a time {\n  yield i\n}",
            "S101",
            "i",
        ),
        ("let x = 2026-13-01", "S119", "13"),
        ("if a {\n  input b: text\n}", "S122", "input"),
        ("playbook again", "S102", "playbook"),
        ("for each x in xs, 8 at a {\n  stop \"a\"\n}", "S101", "{"),
        ("do slack.post(a: 1)\n  retry 5 times over 10", "S101", "10"),
        ("let x = y | where", "S101", ""),
        ("let x = y > 3 ? 1", "S123", "?"),
        ("let x = f(, 1)", "S101", ","),
        ("let x = [1,,2]", "S101", ","),
        ("trigger on webhok a.b as c", "S116", "webhok"),
        ("trigger on arrival as c", "S101", "arrival"),
        (
            "metric m: money snapshot daily from w {\n  select 1 as value\n}",
            "S101",
            "snapshot",
        ),
        ("steps:", "S101", "steps"),
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
fn what_is_kept_for_later_chapters_says_so_once() {
    for body in [
        "trigger when 3 zendesk.ticket_created within 24 hours per account_id as burst",
        "trigger when no gong.call_completed for 14 days per account_id",
        "trigger on feedback for answer",
        "needs quality_gate passed within 24 hours otherwise stop \"no\"",
        "let c = chart \"revenue\" of revenue",
        "document board from \"board.md\"",
        "save board as pdf into \"out\"",
        "let past = history of ask.answer over 7 days",
        "evaluate answers every week {\n  stop \"a\"\n}",
        "forget person x",
        "deadline 3 days {\n  stop \"a\"\n}",
        "stage \"proposal\"",
        "note \"called\"",
        "let all = every page of hubspot.list_deals(limit: 100) at most 20",
        "table territories from file \"territories.csv\" key region",
        "let shown = arr as \"$0.0M\"",
        "model m(a: text) -> text {\n  route local\n  may call hubspot, at most 3 times\n  prompt \"{a}\"\n}",
    ] {
        let text = format!("playbook later\n\n{body}\n\nlet after = 1\n");
        let found = complaints(&text);
        assert_eq!(found.len(), 1, "{body}: {found:?}");
        assert_eq!(found[0].0, "S190", "{body}: {found:?}");
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

/// The one complaint of a playbook with this in its middle.
fn only(body: &str) -> String {
    let text = format!("playbook blocks\n\n{body}\n\nlet after = 1\n");
    let parsed = read(&text);
    let [diagnostic] = parsed.diagnostics.as_slice() else {
        panic!("{body} gives {:?}", parsed.diagnostics);
    };
    assert_eq!(
        diagnostic.span.start as usize,
        text.find(body).unwrap_or(0),
        "{body}"
    );
    assert!(outline(&read(&text)).contains(&"let after".to_owned()));
    diagnostic.message.clone()
}

#[test]
fn a_block_from_elsewhere_says_what_stands_for_it() {
    for (body, wanted) in [
        (
            "inputs {\n  names: list of text\n  day: date\n}",
            "`input limit: integer = 5`",
        ),
        ("steps {\n  let x = 1\n}", "one below the other"),
        ("workflow first {\n  let x = 1\n}", "one below the other"),
        ("variables {\n  limit = 5\n}", "`let limit = 5`"),
        (
            "schedule {\n  every day at 09:00\n}",
            "`trigger every weekday at 08:00`",
        ),
        ("settings {\n  zone: UTC\n}", "`sophia.toml`"),
        ("while true {\n  let x = 1\n}", "`for each x in LIST { … }`"),
        ("finally {\n  let x = 1\n}", "`on failure { … }`"),
        ("parallel {\n  let x = 1\n}", "`together { … }`"),
    ] {
        let message = only(body);
        assert!(message.contains(wanted), "{body} gives {message}");
    }
    // What starts a playbook stands behind `trigger`.
    for body in [
        "on schedule {\n  let x = 1\n}",
        "on request(name: text) {\n  let x = 1\n}",
        "on event hubspot.deal_changed {\n  let x = 1\n}",
        "on hubspot.deal_changed",
    ] {
        let parsed = read(&format!("playbook blocks\n\n{body}\n\nlet after = 1\n"));
        let [diagnostic] = parsed.diagnostics.as_slice() else {
            panic!("{body} gives {:?}", parsed.diagnostics);
        };
        assert_eq!(diagnostic.code.to_string(), "S101", "{body}");
        let message = &diagnostic.message;
        assert!(
            message.contains("behind `trigger`"),
            "{body} gives {message}"
        );
    }
    slip(
        "on error as f {\n  let x = 1\n}",
        "S116",
        "error",
        "on failure as f {\n  let x = 1\n}",
    );
    // What names no block from elsewhere is asked for its first word.
    slip(
        "churn {\n  learn from warehouse {\n    select tenure, churned from customers\n  }\n  predict churned\n  accept auc >= 0.80\n}",
        "S117",
        "",
        "predictor churn {\n  learn from warehouse {\n    select tenure, churned from customers\n  }\n  predict churned\n  accept auc >= 0.80\n}",
    );
}
