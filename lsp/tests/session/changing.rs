//! Changes that the server proposes: the one form of a text, fixes, rewrites.

use serde_json::{Value, json};

use crate::asking::{marked, session};
use crate::client::Client;
use crate::project::WATCH;

/// A text after the edits of an answer; columns are bytes here.
pub fn edited(text: &str, edits: &Value) -> String {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let column = usize::try_from(place["character"].as_u64().unwrap()).unwrap();
        starts.get(line).map_or(text.len(), |start| start + column)
    };
    let mut edits: Vec<(usize, usize, String)> = edits
        .as_array()
        .cloned()
        .unwrap_or_default()
        .iter()
        .map(|edit| {
            let new = edit["newText"].as_str().unwrap().to_owned();
            (
                offset(&edit["range"]["start"]),
                offset(&edit["range"]["end"]),
                new,
            )
        })
        .collect();
    edits.sort();
    let mut after = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        after.replace_range(start..end, &new);
    }
    after
}

fn formatted(text: &str, method: &str, more: &Value) -> String {
    let (mut client, _) = session(&format!("‸{text}"));
    let mut params = more.clone();
    params["textDocument"] = json!({ "uri": Client::uri("watch.sophia") });
    params["options"] = json!({ "tabSize": 2, "insertSpaces": true });
    let edits = client.ask(method, params);
    edited(text, &edits)
}

#[test]
fn a_text_is_put_into_its_one_form() {
    let crooked = WATCH.replace("  let advice = ", "      let advice = ");
    assert_eq!(
        formatted(&crooked, "textDocument/formatting", &json!({})),
        WATCH
    );
    let spread = WATCH.replace("\n\nlet chosen", "\n\n\n\n\nlet chosen");
    assert_eq!(
        formatted(&spread, "textDocument/formatting", &json!({})),
        WATCH
    );
    let broken = "playbook watch\n\nlet x = (\n";
    assert_eq!(
        formatted(broken, "textDocument/formatting", &json!({})),
        broken
    );
}

#[test]
fn a_part_is_formatted_alone() {
    let crooked = WATCH
        .replace("  let advice = ", "      let advice = ")
        .replace("  | take most", "        | take most");
    let line = crooked
        .lines()
        .position(|line| line.contains("| take most"))
        .unwrap();
    let range = json!({ "range": { "start": { "line": line, "character": 0 }, "end": { "line": line, "character": 3 } } });
    let wanted = WATCH.replace("  let advice = ", "      let advice = ");
    assert_eq!(
        formatted(&crooked, "textDocument/rangeFormatting", &range),
        wanted
    );
    let on_type = json!({ "position": { "line": line + 1, "character": 0 }, "ch": "\n" });
    assert_eq!(
        formatted(&crooked, "textDocument/onTypeFormatting", &on_type),
        // The new line begins under the one before it, as that stands now.
        wanted.replace("  | take most\n", "  | take most\n  ")
    );
}

#[test]
fn a_part_of_a_text_with_other_line_breaks_keeps_them() {
    let crooked = WATCH.replace("  let advice = ", "      let advice = ");
    let line = crooked.lines().position(|line| line.contains("let advice"));
    let at = json!({ "line": line.unwrap(), "character": 0 });
    let range = json!({ "range": { "start": at, "end": at } });
    assert_eq!(
        formatted(
            &crooked.replace('\n', "\r\n"),
            "textDocument/rangeFormatting",
            &range
        ),
        WATCH.replace('\n', "\r\n")
    );
}

/// What stands on the line of the cursor once `typed` was typed last, and what of it was written by the server.
fn typed(marked: &str, typed: &str) -> String {
    let (text, place) = crate::marked::cursor(marked);
    let more = json!({ "position": { "line": place.0, "character": place.1 }, "ch": typed });
    let after = formatted(&text, "textDocument/onTypeFormatting", &more);
    let line = after.split('\n').nth(place.0 as usize).unwrap();
    line.to_owned()
}

#[test]
fn a_new_line_begins_where_it_belongs_in_a_text_with_mistakes_too() {
    let with = |lines: &str| WATCH.replace("\nlet chosen", &format!("\n{lines}\nlet chosen"));
    for (lines, begins) in [
        ("for each one in accounts {\n‸\n", "  "),
        (
            "for each one in accounts {\n  if one.tenure > 5 {\n‸\n",
            "    ",
        ),
        ("do slack.post_message(\n‸\n", "  "),
        ("let said = \"\"\"\n‸\n", "  "),
        ("let said =\n‸\n", "  "),
        ("query late from warehouse {\n‸\n", "  "),
        ("query late from warehouse {\n  select tenure\n‸\n", "  "),
        ("let x = accounts\n  | take 5\n‸\n", "  "),
        ("let y = \n\n    ‸\n", "    "),
    ] {
        assert_eq!(typed(&with(lines), "\n"), begins, "{lines}");
    }
    // What was closed by itself goes under what it closes.
    let closed = with("for each one in accounts {\n  if one.tenure > 5 {\n      ‸}\n");
    assert_eq!(typed(&closed, "\n"), "  }");
    let typed_brace = with("for each one in accounts {\n  let x = (\n    }‸\n");
    assert_eq!(typed(&typed_brace, "}"), "}");
}

/// The actions at the cursor: their titles, and what each makes of the text.
fn actions(marked: &str) -> Vec<(String, String)> {
    let (mut client, place) = session(marked);
    let text = marked.replace('‸', "");
    client.settle();
    let at = json!({ "line": place.0, "character": place.1 });
    let found = client.ask(
        "textDocument/codeAction",
        json!({
            "textDocument": { "uri": Client::uri("watch.sophia") },
            "range": { "start": at, "end": at },
            "context": { "diagnostics": [] },
        }),
    );
    let found = found.as_array().cloned().unwrap_or_default();
    let done = found.iter().map(|action| {
        let edits = &action["edit"]["changes"][Client::uri("watch.sophia")];
        (
            action["title"].as_str().unwrap().to_owned(),
            edited(&text, edits),
        )
    });
    done.collect()
}

fn done(marked: &str, title: &str) -> String {
    let found = actions(marked);
    let action = found.iter().find(|(found, _)| found.starts_with(title));
    action
        .unwrap_or_else(|| panic!("`{title}` in {found:?}"))
        .1
        .clone()
}

#[test]
fn a_complaint_with_a_fix_has_a_quick_fix() {
    let broken = marked("| where te‸nure > 5").replace("te‸nure > 5", "tenu‸r > 5");
    assert_eq!(done(&broken, "Write `tenure`"), WATCH);
    let habit = marked("| where tenure ‸> 5").replace("tenure ‸> 5", "tenure =‸= 5");
    assert!(done(&habit, "Write").contains("tenure = 5"));
}

#[test]
fn the_usual_rewrites_are_offered() {
    let typed = done(&marked("query acc‸ounts"), "Write the rows");
    assert!(
        typed.contains("type AccountsRow {\n  customer_id: text\n  tenure:      integer\n"),
        "{typed}"
    );
    let unbound = WATCH.replace(", at most 100 rows", "");
    let bound = done(
        &unbound.replace("query accounts", "query acc‸ounts"),
        "Bound the rows",
    );
    assert!(bound.contains("from warehouse, at most 1000 rows {"));
    let looped = done(&marked("for each acc‸ount in chosen"), "Bound the loop");
    assert!(looped.contains("for each account in chosen | take 50 {"));
    let silent = WATCH.replace("  otherwise { reason: \"Paid.\", urgency: 3 }\n", "");
    let spoken = done(
        &silent.replace("route local", "route ‸local"),
        "Say what holds",
    );
    assert!(
        spoken.contains("otherwise { reason: \"\", urgency: 1 }"),
        "{spoken}"
    );
    let hidden = done(&marked("words.worded(advice.rea‸son)"), "Redact");
    assert!(hidden.contains("words.worded(redact(advice.reason))"));
    let read = WATCH.replace(
        "  do slack.post_message",
        "  let sent = sl‸ack.post_message",
    );
    assert!(done(&read, "Call it with `do`").contains("let sent = do slack.post_message"));
}

#[test]
fn rewrites_are_offered_in_every_block_and_not_twice() {
    let nested = format!(
        "{WATCH}\nmatch most {{\n  1 {{\n    for each oth‸er in accounts {{\n      do slack.post_message(channel: \"#ops\", text: other.customer_id)\n    }}\n  }}\n  else {{ }}\n}}\n"
    );
    let bound = done(&nested, "Bound the loop");
    assert!(
        bound.contains("for each other in accounts | take 50 {"),
        "{bound}"
    );
    let hidden =
        marked("words.worded(advice.rea‸son)").replace("advice.rea‸son", "redact(advice.rea‸son)");
    let found = actions(&hidden);
    assert!(
        !found.iter().any(|(title, _)| title.starts_with("Redact")),
        "{found:?}"
    );
}
