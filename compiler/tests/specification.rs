//! The specification: pages of small playbooks. A comment `# error: S305` at a line's end says that the
//! line causes that complaint; a playbook without such comments is clean. A fence `sophia file=NAME` is a further
//! file of the project of the example that follows; it is clean.

mod fixture;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use fixture::{announced, complaints_among, examples, pages};

#[test]
fn every_page_holds() {
    let mut report = String::new();
    let mut count = 0;
    for (name, page) in pages("tests/specification") {
        for example in examples(&page) {
            count += 1;
            let mut expected = announced(&example.text);
            let came = complaints_among(&example.files());
            for (line, code, told) in &came {
                let announced = expected
                    .iter()
                    .position(|wanted| *wanted == (*line, code.clone()));
                if let Some(index) = announced {
                    expected.remove(index);
                } else {
                    let at = example.line + *line as usize;
                    let _ = writeln!(report, "{name}:{at} came     {code} {told}");
                }
            }
            for (line, code) in expected {
                let at = example.line + line as usize;
                let _ = writeln!(report, "{name}:{at} expected {code}");
            }
        }
    }
    assert!(count > 20, "the pages hold {count} examples");
    assert!(report.is_empty(), "\n{report}");
}

/// Codes of this room whose mistake cannot be written in one file with the fixture.
const ELSEWHERE: [&str; 12] = [
    "S211", "S246", "S814", "S815", "S816", "S817", "S818", "S819", "S820", "S821", "S824", "S840",
];

fn is_ours(code: &str) -> bool {
    let Some(number) = code
        .strip_prefix('S')
        .and_then(|rest| rest.parse::<u32>().ok())
    else {
        return false;
    };
    matches!(number, 201..=259 | 301..=349 | 401..=449 | 501..=540 | 541..=589 | 601..=619 | 701..=749 | 801..=849 | 851..=869 | 880..=889 | 891..=899)
}

#[test]
fn the_examples_of_the_diagnostics_hold() {
    let mut report = String::new();
    let mut provoked = BTreeSet::new();
    for (name, page) in pages("../docs/diagnostics") {
        let code = name.trim_end_matches(".md").to_owned();
        if !is_ours(&code) {
            continue;
        }
        for example in examples(&page) {
            let came = complaints_among(&example.files());
            let told: Vec<String> = came
                .iter()
                .map(|(line, code, told)| format!("line {line}: {code} {told}"))
                .collect();
            let told = told.join("\n    ");
            if example.heading == "Bad" {
                provoked.insert(code.clone());
                let codes: Vec<&str> = came.iter().map(|(_, code, _)| code.as_str()).collect();
                if codes != [code.as_str()] {
                    let _ = writeln!(report, "{name} Bad gives\n    {told}");
                }
            } else if !came.is_empty() {
                let _ = writeln!(report, "{name} {} gives\n    {told}", example.heading);
            }
        }
        if !provoked.contains(&code) && !ELSEWHERE.contains(&code.as_str()) {
            let _ = writeln!(report, "{name} has no example that provokes it");
        }
    }
    assert!(provoked.len() > 50, "{} codes are provoked", provoked.len());
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn two_playbooks_of_one_name_are_refused() {
    let checked = fixture::check_files(&[
        ("one.sophia", "playbook same\n\nlet a = 1\n"),
        ("two.sophia", "playbook same\n\nlet b = 2\n"),
    ]);
    let found: Vec<(&str, &str)> = checked
        .diagnostics
        .iter()
        .map(|diagnostic| (&*diagnostic.file, diagnostic.code.as_str()))
        .collect();
    assert_eq!(found, [("two.sophia", "S211")]);
}
