//! Every fix that an example of the book or of the specification brings about: once it is made, its mistake is gone and
//! no other has come in its place.

mod fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fixture::{check_files, examples, pages};
use sophia_diagnostics::{Diagnostic, Severity};

/// Fixes after which something is left to say, by their page and code, each with the reason.
const MOVES_ON: [(&str, &str, &str); 2] = [
    (
        "S120.md",
        "S201",
        "the nearest name of one that nobody makes is a guess, and it stands twice",
    ),
    (
        "schedules.md",
        "S118",
        "other lines of the example say the same",
    ),
];

/// What is wrong with the first file: its codes and sentences, and how often each.
fn told(found: &[Diagnostic], file: &str) -> BTreeMap<(String, String), usize> {
    let mut told = BTreeMap::new();
    let own = found.iter().filter(|diagnostic| &*diagnostic.file == file);
    for diagnostic in own {
        let key = (diagnostic.code.to_string(), diagnostic.message.clone());
        *told.entry(key).or_default() += 1;
    }
    told
}

fn errors(found: &[Diagnostic]) -> usize {
    let errors = found.iter();
    errors
        .filter(|found| found.code.severity() == Severity::Error)
        .count()
}

#[test]
fn a_fix_takes_its_mistake_away_and_makes_no_other() {
    let mut report = String::new();
    let (mut made, mut codes) = (0, BTreeSet::new());
    for folder in [
        "tests/specification",
        "../docs/diagnostics",
        "../docs/language",
    ] {
        for (page, words) in pages(folder) {
            for example in examples(&words) {
                let files = example.files();
                let Some((name, text)) = files.first().copied() else {
                    continue;
                };
                let before = check_files(&files).diagnostics;
                let own = before.iter().filter(|found| &*found.file == name);
                for wrong in own {
                    let Some(fix) = (wrong.fix.as_ref()).filter(|fix| !fix.edits.is_empty()) else {
                        continue;
                    };
                    made += 1;
                    codes.insert(wrong.code.to_string());
                    let mut edits = fix.edits.clone();
                    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
                    let mut mended = text.to_owned();
                    for edit in edits {
                        mended.replace_range(edit.span.range(), &edit.text);
                    }
                    let mut files = files.clone();
                    files[0].1 = &mended;
                    let after = check_files(&files).diagnostics;
                    let key = (wrong.code.to_string(), wrong.message.clone());
                    let times = |found: &[Diagnostic]| told(found, name).get(&key).copied();
                    let is_gone = times(&after).unwrap_or(0) < times(&before).unwrap_or(0);
                    let worse = errors(&after) > errors(&before);
                    let is_known = MOVES_ON
                        .iter()
                        .any(|(at, code, _)| *at == page && *code == key.0);
                    if (!is_gone || worse) && !is_known {
                        let line = example.line
                            + text[..wrong.span.start as usize].matches('\n').count()
                            + 1;
                        let now: Vec<String> = (after.iter())
                            .map(|found| format!("{} {}", found.code, found.message))
                            .collect();
                        let _ = writeln!(
                            report,
                            "{folder}/{page}:{line} {} {}\n    {}\n    now {now:?}",
                            wrong.code, wrong.message, fix.message
                        );
                    }
                }
            }
        }
    }
    assert!(made > 100, "{made} fixes were made, of {codes:?}");
    assert!(
        report.is_empty(),
        "of {made} fixes, {} codes: {codes:?}\n{report}",
        codes.len()
    );
}
