//! What the lines of a test can say for the people whom the playbook asks.
//!
//! Kept true here: whoever is asked in several forms can answer each of them, and each says which one it is.

use std::collections::BTreeSet;

use sophia_compiler::found::{Answers, Tried};

use super::items::{Item, Items, Rank};
use super::shape::{plain, value};
use super::test_lines::{already_given, tried};
use crate::protocol::CompletionItemKind as Kind;

/// What may stand behind `given ask`.
pub(super) fn given_ask(items: &mut Items<'_>, offset: usize) {
    let (spot, known) = (items.spot.clone(), already_given(&items.spot, offset));
    given(items, &tried(&spot), "", &known);
}

/// The people who are asked, with the shape of their answer; `before` is still to be written.
pub(super) fn given(items: &mut Items<'_>, tried: &Tried, before: &str, known: &BTreeSet<String>) {
    for (whom, answers) in &tried.asked {
        let forms = forms(tried, whom);
        // Of several forms each has an answer of its own.
        if forms.len() == 1 && known.contains(&format!("ask \"{whom}\"")) {
            continue;
        }
        let begins = format!("{before}\"{whom}\"");
        let snippet = format!("{} = {}", plain(&begins), value(answers.of()));
        let label = format!("{begins}{}", told_apart(&forms, answers));
        let item = Item::new(label, Kind::Event).detail(answers.of().to_string());
        items.push(Rank::Wanted, item.snippet(snippet));
    }
}

/// What may stand behind `ask` and somebody, whose path in `given` this is. Says whether somebody is asked there.
pub(super) fn answers(items: &mut Items<'_>, tried: &Tried, path: &str) -> bool {
    let whom = path.strip_prefix("ask").unwrap_or_default().trim();
    let forms = forms(tried, whom.trim_matches('"'));
    for answers in &forms {
        let label = format!("={}", told_apart(&forms, answers));
        let item = Item::new(label, Kind::Operator).detail(answers.of().to_string());
        items.push(
            Rank::Required,
            item.snippet(format!("= {}", value(answers.of()))),
        );
    }
    !forms.is_empty()
}

/// The names of the people who are asked, between quotes.
pub(super) fn asked(items: &mut Items<'_>) {
    for (whom, answers) in &tried(&items.spot).asked {
        let item = Item::new(&**whom, Kind::Constant);
        items.push(Rank::Wanted, item.detail(answers.of().to_string()));
    }
}

/// What the people who are asked may do, behind `then`.
pub(super) fn happenings(items: &mut Items<'_>, tried: &Tried) {
    for (whom, answers) in &tried.asked {
        let begins = format!("\"{whom}\"");
        for (what, snippet) in replies(&forms(tried, whom), answers) {
            let item = Item::new(format!("{begins} {what}"), Kind::Event);
            let written = format!("{} {snippet}", plain(&begins));
            items.push(Rank::Required, item.snippet(written));
        }
    }
}

/// What may stand behind somebody in `then`, whose name ends at a byte.
pub(super) fn reply(items: &mut Items<'_>, from: usize) {
    let tried = tried(&items.spot);
    let text = items.spot.file.text.as_str();
    let before = text.get(..from).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let whom = line.split('"').nth(1).unwrap_or_default();
    let forms = forms(&tried, whom);
    for answers in &forms {
        for (what, snippet) in replies(&forms, answers) {
            items.push(
                Rank::Required,
                Item::new(what, Kind::Keyword).snippet(snippet),
            );
        }
    }
}

/// The forms in which somebody is asked.
fn forms<'t>(tried: &'t Tried, whom: &str) -> Vec<&'t Answers> {
    let asked = tried.asked.iter().filter(|(name, _)| **name == *whom);
    asked.map(|(_, answers)| answers).collect()
}

/// The words that tell one form from the others; nothing, where there is one alone.
fn told_apart(forms: &[&Answers], answers: &Answers) -> String {
    match answers {
        _ if forms.len() < 2 => String::new(),
        Answers::Verdict(_) => " to approve".to_owned(),
        Answers::Form(of) => format!(" for {of}"),
    }
}

fn replies(forms: &[&Answers], answers: &Answers) -> Vec<(String, String)> {
    let apart = told_apart(forms, answers);
    match answers {
        Answers::Verdict(_) => vec![
            ("approves".to_owned(), "approves".to_owned()),
            (
                "refuses".to_owned(),
                "refuses with { comment: \"${1:why}\" }".to_owned(),
            ),
        ],
        Answers::Form(of) => vec![(format!("answers{apart}"), format!("answers {}", value(of)))],
    }
}
