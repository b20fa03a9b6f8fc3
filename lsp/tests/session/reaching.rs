//! What is offered can be reached: in the company's playbooks a word is taken away, everything that is offered in its
//! place is put there in turn, and none of it is a name that nobody knows.

use serde_json::{Value, json};

use crate::changing::edited;
use crate::client::Client;

/// The complaints that a name cannot be reached.
const UNREACHED: [&str; 18] = [
    "S201", "S203", "S204", "S208", "S210", "S212", "S213", "S216", "S217", "S226", "S229", "S236",
    "S237", "S303", "S401", "S402", "S501", "S502",
];

/// The kind of item that is a word of a language.
const KEYWORD: u32 = 14;

/// So many places of each playbook, evenly spread, are looked at.
const PLACES: usize = 14;
/// So many offers of each place, evenly spread, are taken.
const OFFERS: usize = 9;

const PLAYBOOKS: [(&str, &str); 9] = [
    (
        "ask.sophia",
        include_str!("../../../examples/playbooks/ask.sophia"),
    ),
    (
        "call_coaching.sophia",
        include_str!("../../../examples/playbooks/call_coaching.sophia"),
    ),
    (
        "deal_desk.sophia",
        include_str!("../../../examples/playbooks/deal_desk.sophia"),
    ),
    (
        "desk.sophia",
        include_str!("../../../examples/playbooks/desk.sophia"),
    ),
    (
        "dip_response.sophia",
        include_str!("../../../examples/playbooks/dip_response.sophia"),
    ),
    (
        "exec_briefing.sophia",
        include_str!("../../../examples/playbooks/exec_briefing.sophia"),
    ),
    (
        "intake.sophia",
        include_str!("../../../examples/playbooks/intake.sophia"),
    ),
    (
        "refund_desk.sophia",
        include_str!("../../../examples/playbooks/refund_desk.sophia"),
    ),
    (
        "revenue_watch.sophia",
        include_str!("../../../examples/playbooks/revenue_watch.sophia"),
    ),
];

fn files() -> Vec<(&'static str, &'static str)> {
    let mut files = vec![
        (
            "sophia.toml",
            include_str!("../../../examples/playbooks/sophia.toml"),
        ),
        (
            "sophia.lock",
            include_str!("../../../examples/playbooks/sophia.lock"),
        ),
        (
            "calendars/us.ics",
            include_str!("../../../examples/playbooks/calendars/us.ics"),
        ),
        (
            "policies.sophia",
            include_str!("../../../examples/playbooks/policies.sophia"),
        ),
    ];
    files.extend(PLAYBOOKS);
    files
}

fn company() -> Client {
    Client::new(&files())
}

/// The words of a text outside of comments and of what stands between quotes: where each begins and ends.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = None;
    let (mut quoted, mut comment) = (false, false);
    for (at, letter) in text.char_indices().chain([(text.len(), '\n')]) {
        let is_of = letter.is_alphanumeric() || letter == '_';
        if is_of && start.is_none() {
            start = Some(at);
        }
        if !is_of && let Some(from) = start.take() {
            let is_name = text[from..].starts_with(|first: char| first.is_alphabetic());
            if is_name && !quoted && !comment {
                found.push((from, at));
            }
        }
        match letter {
            '\n' => (quoted, comment) = (false, false),
            '"' | '\'' if !comment => quoted = !quoted,
            '#' if !quoted => comment = true,
            _ => {}
        }
    }
    found
}

/// Whether the last line in braces before a place that begins a declaration is one with SQL.
fn in_sql(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let declared = before.lines().rev().find(|line| line.ends_with('{'));
    let is_open = before.rfind("\n}") < before.rfind("{\n");
    is_open && declared.is_some_and(|line| line.contains(" from ") || line.contains(" on "))
}

fn place(text: &str, at: usize) -> Value {
    let before = &text[..at];
    let line = before.matches('\n').count();
    let column = at - before.rfind('\n').map_or(0, |end| end + 1);
    json!({ "line": line, "character": column })
}

/// The complaints about the name at a place, by their codes and sentences.
fn unreached(client: &mut Client, file: &str, at: &Value) -> Vec<String> {
    client.settle();
    let found = client.complaints.get(file).cloned().unwrap_or_default();
    let found = found.iter().filter(|found| {
        let code = found["code"].as_str().unwrap_or_default();
        UNREACHED.contains(&code) && found["range"]["start"] == *at
    });
    let told = found.map(|found| format!("{} {}", found["code"], found["message"]));
    told.collect()
}

/// What a client without snippets would write for an item.
fn written(item: &Value) -> String {
    let edit = &item["textEdit"]["newText"];
    let text = edit.as_str().or(item["insertText"].as_str());
    text.or(item["label"].as_str())
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn nothing_is_offered_that_cannot_be_reached() {
    let mut client = company();
    let mut taken = 0;
    let mut wrong = Vec::new();
    for (file, text) in PLAYBOOKS {
        client.open(file, text);
        let words = words(text);
        for step in 0..PLACES {
            let (start, end) = words[step * words.len() / PLACES];
            let gone = format!("{}{}", &text[..start], &text[end..]);
            client.rewrite(file, &gone);
            let mut params = Client::at(file, (0, 0));
            // What stands behind a dot is of the name that is gone.
            if gone[start..].starts_with('.') {
                continue;
            }
            let at = place(&gone, start);
            params["position"] = at.clone();
            let list = client.ask("textDocument/completion", params);
            let items = list["items"].as_array().cloned().unwrap_or_default();
            let every = items.len().div_ceil(OFFERS).max(1);
            for item in items.iter().step_by(every) {
                taken += 1;
                let word = written(item);
                let put = format!("{}{word}{}", &gone[..start], &gone[start..]);
                client.rewrite(file, &put);
                let label = item["label"].as_str().unwrap_or_default();
                // A mistake about the word itself: others may come of what it is, not of whether it is there.
                let new = unreached(&mut client, file, &at);
                let is_word_of_sql = item["kind"] == KEYWORD && in_sql(text, start);
                if !new.is_empty() && !is_word_of_sql {
                    let line = text[..start].matches('\n').count() + 1;
                    wrong.push(format!("{file}:{line} {label}: {new:?}"));
                }
            }
        }
        client.rewrite(file, text);
        client.close(file);
    }
    assert!(taken > 400, "{taken} offers were taken");
    assert!(wrong.is_empty(), "{} of {taken}: {wrong:#?}", wrong.len());
}

#[test]
fn every_name_of_the_playbooks_can_be_renamed() {
    let mut renamed = 0;
    let mut wrong = Vec::new();
    for (file, text) in PLAYBOOKS {
        for (start, _) in makers(text) {
            let mut client = company();
            client.open(file, text);
            let mut params = Client::at(file, (0, 0));
            params["position"] = place(text, start);
            let prepared = client.request("textDocument/prepareRename", params.clone());
            let Ok(prepared) = prepared.response_result else {
                continue;
            };
            let name = prepared["placeholder"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let is_type = name.starts_with(|first: char| first.is_uppercase());
            params["newName"] = json!(if is_type {
                "AnotherName"
            } else {
                "another_name"
            });
            let edits = match client
                .request("textDocument/rename", params)
                .response_result
            {
                Ok(edits) => edits,
                // The columns of a metric are known outside, and a word of SQL may name nothing.
                Err(refused)
                    if name.is_empty() || refused.message.contains("asks for the metric") =>
                {
                    continue;
                }
                Err(refused) => {
                    wrong.push(format!("{file} {name}: {}", refused.message));
                    continue;
                }
            };
            renamed += 1;
            let files = files();
            let files: Vec<(&str, String)> = (files.iter())
                .map(|(name, text)| (*name, edited(text, &edits["changes"][Client::uri(name)])))
                .collect();
            let lent: Vec<(&str, &str)> = (files.iter())
                .map(|(name, text)| (*name, text.as_str()))
                .collect();
            let mut client = Client::new(&lent);
            client.settle();
            for (told, found) in &client.complaints {
                let errors = found.iter().filter(|found| found["severity"] == 1);
                wrong.extend(errors.map(|found| format!("{file} {name}: {told} {found}")));
            }
        }
    }
    assert!(renamed > 60, "{renamed} names were renamed");
    assert!(wrong.is_empty(), "{} of {renamed}: {wrong:#?}", wrong.len());
}

/// The words behind those that make a name.
fn makers(text: &str) -> Vec<(usize, usize)> {
    let making = [
        "let ",
        "query ",
        "model ",
        "type ",
        "input ",
        "each ",
        " as ",
        "command ",
        "metric ",
        "action ",
        "predictor ",
        "function ",
        "state ",
        "emit ",
    ];
    let own = words(text).into_iter();
    let made = own.filter(|(start, _)| making.iter().any(|word| text[..*start].ends_with(word)));
    made.collect()
}
