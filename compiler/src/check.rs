//! A check of a whole project.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_language::Parsed;
use sophia_language::syntax::{Header, Name};

use crate::broken::Broken;
use crate::checker::{Checker, Files};
use crate::snapshot::{Checked, Playbook, Snapshot, SourceFile};

/// Checks every file of a project. It reads nothing but the snapshot, and the same snapshot gives the
/// same answer.
#[must_use]
pub fn check(snapshot: &Snapshot) -> Checked {
    let mut checked = Checked::default();
    let mut seen: BTreeMap<String, (Arc<str>, Span)> = BTreeMap::new();
    let parsed: Vec<Parsed> = (snapshot.files.iter())
        .map(|file| sophia_language::parse(&file.text, file.path.clone()))
        .collect();
    let files = Files::of(&parsed);
    for (source, parsed) in snapshot.files.iter().zip(parsed) {
        check_file(snapshot, source, parsed, &files, &mut seen, &mut checked);
    }
    checked
        .diagnostics
        .sort_by(|left, right| order(left).cmp(&order(right)));
    checked.diagnostics.dedup();
    checked
}

fn order(diagnostic: &Diagnostic) -> (&str, Span, &str, &str) {
    (
        &diagnostic.file,
        diagnostic.span,
        diagnostic.code.as_str(),
        &diagnostic.message,
    )
}

fn check_file(
    snapshot: &Snapshot,
    source: &SourceFile,
    parsed: Parsed,
    files: &Files,
    seen: &mut BTreeMap<String, (Arc<str>, Span)>,
    result: &mut Checked,
) {
    let mut checker = Checker::new(snapshot, source.path.clone(), &source.text);
    checker.broken = Broken::of(&parsed, &source.text, &checker.lines);
    checker.files = files.clone();
    checker.diagnostics = parsed.diagnostics;
    match &parsed.file.header {
        Header::Playbook(name) if !name.text.is_empty() => {
            report_second(&mut checker, name, seen);
            checker.collect_names(&parsed.file);
            let (plan, expectations) = checker.playbook(&name.text, &parsed.file);
            let tests = checker.tests(&parsed.file, &plan, &expectations);
            if !checker.has_errors() {
                checker.report_unused_grants(&parsed.file);
            }
            let clean = !checker.has_errors();
            result.playbooks.push(Playbook {
                name: Arc::from(name.text.as_str()),
                file: source.path.clone(),
                plan: clean.then(|| Arc::new(plan)),
                tests: if clean { tests } else { Vec::new() },
            });
        }
        Header::Module(name) => {
            checker.later("module", name.span);
        }
        Header::Playbook(_) | Header::Missing(_) => {}
    }
    result.diagnostics.append(&mut checker.diagnostics);
}

/// Two playbooks of one name could not be told apart by `sophia run`.
fn report_second(
    checker: &mut Checker<'_>,
    name: &Name,
    seen: &mut BTreeMap<String, (Arc<str>, Span)>,
) {
    let Some((file, span)) = seen.get(&name.text) else {
        seen.insert(name.text.clone(), (checker.file.clone(), name.span));
        return;
    };
    let mut diagnostic = checker
        .diagnostic(
            codes::S211,
            name.span,
            format!("Two playbooks are named `{}`.", name.text),
        )
        .with_help("give one of them another name");
    diagnostic.related.push(sophia_diagnostics::Related {
        file: file.clone(),
        span: *span,
        message: "the first".to_owned(),
    });
    checker.push(diagnostic);
}
