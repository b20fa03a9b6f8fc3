//! What is offered where the type of what comes is known: fields of records, values, cases, events, paths in texts.

use crate::desk::{labels, offered, with, wrong};

#[test]
fn an_empty_record_offers_its_fields_and_all_of_them_at_once() {
    let last = "return { status: \"sent\", count: count(chosen) }";
    let all = offered(&with(last, "return { ‸ }"));
    let names: Vec<&str> = all.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(names, ["all fields", "status", "count", "note"]);
    let filled = with(last, &format!("return {{ {} }}", all[0].1));
    assert_eq!(wrong(&filled), Vec::<String>::new());
    let open = labels(&with(last, "return { status: \"sent\", ‸"));
    assert_eq!(open, ["count", "note"]);
    // A record that may have any fields offers none.
    let free = with(
        last,
        "emit sent_out { ‸ }\nreturn { status: \"sent\", count: 1 }",
    );
    assert_eq!(labels(&free), Vec::<String>::new());
}

#[test]
fn a_value_of_few_is_offered_first() {
    let last = "return { status: \"sent\", count: count(chosen) }";
    let values = labels(&with(last, "return { status: ‸, count: 1 }"));
    assert_eq!(values[..2], ["\"sent\"", "\"refused\""]);
    let whole = labels(&with(last, "return ‸"));
    assert_eq!(whole[0], "{ … }");
    let otherwise = labels(&with("otherwise \"unclear\"", "otherwise ‸"));
    assert_eq!(otherwise[..3], ["\"good\"", "\"bad\"", "\"unclear\""]);
    let compared = labels(&with("if reaction is missing {", "if felt = ‸ {"));
    assert_eq!(compared[..3], ["\"good\"", "\"bad\"", "\"unclear\""]);
}

#[test]
fn an_example_offers_the_parameters_and_the_answer() {
    let example = |line: &str| {
        let written = format!("example {{\n    {line}\n  }}\n  otherwise \"unclear\"");
        labels(&with("otherwise \"unclear\"", &written))
    };
    assert_eq!(example("‸"), ["given", "returns"]);
    assert_eq!(example("given { ‸ }"), ["of"]);
    let answers = example("given { of: \"a\" }\n    returns ‸");
    assert_eq!(answers[..3], ["\"good\"", "\"bad\"", "\"unclear\""]);
}

#[test]
fn a_match_offers_the_cases_that_it_has_not() {
    assert_eq!(
        labels(&with("  else { }", "  ‸\n  else { }")),
        ["\"good\"", "\"unclear\""]
    );
    assert_eq!(
        labels(&with("  else { }", "  ‸")),
        ["\"good\"", "\"unclear\"", "else"]
    );
    // In a case statements stand.
    let inside = labels(&with("  else { }", "  \"good\" {\n    ‸\n  }\n  else { }"));
    assert!(inside.contains(&"do".to_owned()), "{inside:?}");
}

#[test]
fn a_wait_offers_the_events_that_there_are() {
    let named = with("wait for slack.reacted as seen", "wait for ‸ as seen");
    assert_eq!(
        offered(&named),
        [("slack.reacted".into(), "slack.reacted".into())]
    );
    let unnamed = with(
        "wait for slack.reacted as seen where seen.id = sent.ts",
        "wait for ‸",
    );
    assert_eq!(
        offered(&unnamed),
        [("slack.reacted".into(), "slack.reacted as came".into())]
    );
    assert_eq!(
        labels(&with("where seen.id = sent.ts", "where seen.‸")),
        ["id", "emoji", "by"]
    );
    let first = with(
        "if reaction is missing {",
        "wait for first {\n  ‸\n}\n\nif reaction is missing {",
    );
    assert_eq!(labels(&first), ["slack.reacted", "after"]);
}

#[test]
fn a_path_in_a_hole_that_is_not_closed_goes_on() {
    let message = "text: \"Hello.\"";
    let fields = ["customer_id", "tenure", "paid", "months"];
    let looped = |text: &str| {
        let by = format!(
            "text: \"a\")\nfor each one in chosen {{\n  do slack.post_message(channel: \"a\", text: {text})\n}}\nskip_(x: 1"
        );
        with(message, &by)
    };
    for text in [
        "\"Hello {one.‸",
        "\"Hello {one.‸\"",
        "\"Hello {one.ten‸ and\"",
        "\"Hello {one.‸} and\"",
    ] {
        assert_eq!(labels(&looped(text)), fields, "{text}");
    }
    let prompt = with("They have paid {of} in all.", "They have paid {‸");
    assert!(labels(&prompt).contains(&"of".to_owned()));
}

#[test]
fn a_brace_that_is_typed_asks_in_a_text_alone() {
    let typed = |marked: &str| {
        let (mut client, place) = crate::desk::session(marked);
        let mut params = crate::client::Client::at("desk.sophia", place);
        params["context"] = serde_json::json!({ "triggerKind": 2, "triggerCharacter": "{" });
        let list = client.ask("textDocument/completion", params);
        list["items"].as_array().map_or(0, Vec::len)
    };
    assert!(typed(&with("They have paid {of}", "They have paid {‸}")) > 0);
    assert_eq!(
        typed(&with(
            "if reaction is missing {",
            "if reaction is missing {‸"
        )),
        0
    );
}
