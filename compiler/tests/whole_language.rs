//! The playbooks that the language is measured by: nothing in them is told but what no plan can hold
//! yet, each at its own place.

mod fixture;

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_compiler::catalogue::Catalogue;
use sophia_compiler::project::Manifest;
use sophia_compiler::{Snapshot, SourceFile, check};
use sophia_diagnostics::LineIndex;

const FILES: [(&str, &str); 11] = [
    ("ask", include_str!("../../examples/playbooks/ask.sophia")),
    (
        "call_coaching",
        include_str!("../../examples/playbooks/call_coaching.sophia"),
    ),
    (
        "churn_watch",
        include_str!("../../examples/churn_watch/churn_watch.sophia"),
    ),
    (
        "deal_desk",
        include_str!("../../examples/playbooks/deal_desk.sophia"),
    ),
    ("desk", include_str!("../../examples/playbooks/desk.sophia")),
    (
        "dip_response",
        include_str!("../../examples/playbooks/dip_response.sophia"),
    ),
    (
        "exec_briefing",
        include_str!("../../examples/playbooks/exec_briefing.sophia"),
    ),
    (
        "intake",
        include_str!("../../examples/playbooks/intake.sophia"),
    ),
    (
        "policies",
        include_str!("../../examples/playbooks/policies.sophia"),
    ),
    (
        "refund_desk",
        include_str!("../../examples/playbooks/refund_desk.sophia"),
    ),
    (
        "revenue_watch",
        include_str!("../../examples/playbooks/revenue_watch.sophia"),
    ),
];

/// What a check of the company's playbooks says: file, line, code, sentence.
fn told() -> Vec<(String, u32, String, String)> {
    let (manifest, mistakes) = Manifest::from_toml(
        include_str!("company/sophia.toml"),
        &Arc::from("sophia.toml"),
    );
    assert_eq!(mistakes, []);
    let catalogue: Catalogue =
        toml::from_str(include_str!("company/sophia.lock")).expect("the fixture is a catalogue");
    let checked = check(&Snapshot {
        manifest,
        catalogue,
        files: FILES
            .iter()
            .map(|(name, text)| SourceFile {
                path: Arc::from(*name),
                text: Arc::from(*text),
            })
            .collect(),
    });
    checked
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let (_, text) = FILES
                .iter()
                .find(|(name, _)| *name == &*diagnostic.file)
                .expect("one of the files");
            let line = LineIndex::new(text)
                .position(diagnostic.span.start as usize)
                .line;
            (
                diagnostic.file.to_string(),
                line,
                diagnostic.code.to_string(),
                diagnostic.message.clone(),
            )
        })
        .collect()
}

/// The words of the constructs that are told in a file, in order.
fn constructs(file: &str) -> Vec<String> {
    told()
        .into_iter()
        .filter(|(name, _, code, _)| name == file && code == "S890")
        .map(|(_, _, _, message)| message.split('`').nth(1).unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn nothing_is_told_but_what_is_not_there_yet() {
    // The modules of `std` have a code of their own, and the company lacks the tables of the first
    // example, which is checked against its own.
    let allowed = |file: &str, code: &str| {
        code == "S890"
            || (code == "S212"
                && ["call_coaching", "exec_briefing", "revenue_watch"].contains(&file))
            || file == "churn_watch"
    };
    let others: Vec<_> = told()
        .into_iter()
        .filter(|(file, _, code, _)| !allowed(file, code))
        .collect();
    assert_eq!(others, []);
}

#[test]
fn the_first_example_needs_nothing_that_is_not_there_yet() {
    assert_eq!(constructs("churn_watch"), Vec::<String>::new());
}

#[test]
fn a_module_is_told_at_its_header_alone() {
    assert_eq!(constructs("desk"), ["module"]);
    assert_eq!(constructs("policies"), ["module"]);
}

#[test]
fn each_construct_is_told_once() {
    assert_eq!(
        constructs("ask"),
        ["trigger on request (…)", "search", "find metrics", "return"]
    );
    assert_eq!(
        constructs("deal_desk"),
        [
            "trigger on webhook",
            "one run at a time",
            "search",
            "ask",
            "undo with",
            "undo with",
        ]
    );
    assert_eq!(
        constructs("dip_response"),
        [
            "trigger on event",
            "join",
            "for each",
            "people[…]",
            "ask",
            "return"
        ]
    );
    assert_eq!(
        constructs("refund_desk"),
        [
            "use",
            "calendar",
            "trigger on webhook",
            "trigger on request (…)",
            "one run at a time",
            "command",
            "stop … on",
            "match",
            "ask",
            "ask",
            "return",
            "undo with",
            "wait",
            "emit",
            "return",
        ]
    );
}

#[test]
fn every_file_but_the_first_example_is_told_something() {
    let files: BTreeSet<String> = told()
        .into_iter()
        .filter(|(_, _, code, _)| code == "S890")
        .map(|(file, ..)| file)
        .collect();
    assert_eq!(files.len(), FILES.len() - 1);
}
