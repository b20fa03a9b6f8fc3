//! The usual rewrites: wherever one is offered, what it makes checks.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::Client;
use crate::desk::{DESK, session};

/// The rewrites of a place: each title with the text that it makes.
fn rewrites(client: &mut Client, text: &str, at: usize) -> Vec<(String, String)> {
    let place = place(text, at);
    let params = json!({
        "textDocument": { "uri": Client::uri("desk.sophia") },
        "range": { "start": place, "end": place },
        "context": { "diagnostics": [], "only": ["refactor"] },
    });
    let actions = client.ask("textDocument/codeAction", params);
    let actions = actions.as_array().cloned().unwrap_or_default();
    let made = actions.iter().map(|action| {
        let edits = action["edit"]["changes"][Client::uri("desk.sophia")].clone();
        let title = action["title"].as_str().unwrap_or_default().to_owned();
        (title, applied(text, edits.as_array().unwrap()))
    });
    made.collect()
}

fn place(text: &str, at: usize) -> Value {
    let line = text[..at].matches('\n').count();
    let column = at - text[..at].rfind('\n').map_or(0, |end| end + 1);
    json!({ "line": line, "character": column })
}

fn byte(text: &str, at: &Value) -> usize {
    let number = |key: &str| usize::try_from(at[key].as_u64().unwrap()).unwrap();
    let lines = text.split_inclusive('\n').take(number("line"));
    lines.map(str::len).sum::<usize>() + number("character")
}

fn applied(text: &str, edits: &[Value]) -> String {
    let edits = edits.iter().map(|edit| {
        let range = &edit["range"];
        let span = byte(text, &range["start"])..byte(text, &range["end"]);
        (span, edit["newText"].as_str().unwrap())
    });
    let mut edits: Vec<_> = edits.collect();
    edits.sort_by_key(|(span, _)| span.start);
    let mut made = text.to_owned();
    for (span, new) in edits.into_iter().rev() {
        made.replace_range(span, new);
    }
    made
}

/// Every text that a rewrite makes anywhere in a text.
fn all(text: &str) -> BTreeSet<(String, String)> {
    let (mut client, _) = session(&format!("‸{text}"));
    let mut found = BTreeSet::new();
    let mut within = false;
    for (at, letter) in text.char_indices() {
        let begins = letter.is_alphanumeric() && !within;
        within = letter.is_alphanumeric() || letter == '_';
        if begins {
            found.extend(rewrites(&mut client, text, at));
        }
    }
    found
}

/// Without its bound, without what its model says otherwise, with an effect that has no `do`; in a loop, an action and
/// at the end, where no line follows.
fn unfinished() -> String {
    let text = DESK
        .replace("  otherwise \"unclear\"\n", "")
        .replace(", at most 100 rows", "")
        .replace(
            "  note:   text?\n",
            "  note:   text?\n  owed:   money USD\n",
        )
        .replace("count: 0 }", "count: 0, owed: $0.00 }")
        .replace(
            "count: count(chosen) }",
            "count: count(chosen), owed: $1.00 }",
        );
    let text = text.replace(
        "let sent = do",
        "for each one in chosen {\n  let told = do slack.post_message(channel: \"#a\", text: one.customer_id)\n}\n\naction tell(rows: type of chosen) {\n  for each row_of in rows {\n    do slack.post_message(channel: \"#b\", text: row_of.customer_id)\n  }\n}\n\nlet sent = do",
    );
    format!("{text}\nmodel judge(of: text) -> Outcome {{\n  route local\n  prompt \"{{of}}\"\n}}")
}

fn wrong(text: &str) -> Vec<String> {
    let errors = |text: &str| {
        let (mut client, _) = session(&format!("‸{text}"));
        client.settle();
        let found = client.complaints.get("desk.sophia").cloned();
        let found = found.unwrap_or_default().into_iter();
        let errors = found.filter(|found| found["severity"] == 1);
        let said = errors.map(|found| found["message"].to_string());
        said.collect::<Vec<_>>()
    };
    errors(text)
}

fn titles(found: &BTreeSet<(String, String)>) -> BTreeSet<&str> {
    found.iter().map(|(title, _)| title.as_str()).collect()
}

#[test]
fn whatever_a_rewrite_makes_checks() {
    let text = unfinished();
    assert_eq!(wrong(&text), Vec::<String>::new());
    let found = all(&text);
    let titles = titles(&found);
    for title in [
        "Bound the rows of the query",
        "Bound the loop with `take`",
        "Say what holds when no model answers",
        "Write the rows of `accounts` down as a type",
        "Redact `one.customer_id` here",
    ] {
        assert!(titles.contains(title), "{title} in {titles:?}");
    }
    for (title, made) in &found {
        assert_eq!(wrong(made), Vec::<String>::new(), "{title}\n{made}");
    }
}

#[test]
fn lines_end_as_those_of_the_text_do() {
    for (title, made) in all(&unfinished().replace('\n', "\r\n")) {
        assert_eq!(wrong(&made), Vec::<String>::new(), "{title}");
        let lone = made.replace("\r\n", "").matches('\n').count();
        assert_eq!(lone, 0, "{title}\n{made:?}");
    }
}

#[test]
fn tabs_are_no_hindrance() {
    for (title, made) in all(&unfinished().replace("\n  ", "\n\t")) {
        assert_eq!(wrong(&made), Vec::<String>::new(), "{title}\n{made}");
    }
}

#[test]
fn a_name_that_is_taken_gets_a_number() {
    let taken = unfinished().replace(
        "query accounts",
        "type AccountsRow {\n  a: text\n}\n\nquery accounts",
    );
    let found = all(&taken);
    let made = found.iter().find(|(title, _)| title.starts_with("Write"));
    let (_, made) = made.expect("it is offered");
    assert!(made.contains("type AccountsRow2 {"), "{made}");
    assert_eq!(wrong(made), Vec::<String>::new());
}

#[test]
fn an_effect_is_called_with_do_wherever_it_stands() {
    let text = unfinished().replace("let told = do ", "let told = ");
    let found = all(&text);
    let made = found.iter().find(|(title, _)| title == "Call it with `do`");
    assert_eq!(
        made.map(|(_, made)| made.as_str()),
        Some(unfinished().as_str())
    );
}
