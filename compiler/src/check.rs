//! A check of a whole project.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_language::Parsed;
use sophia_language::syntax::{Header, Name};
use sophia_plan::Plan;

use crate::broken::Broken;
use crate::checker::{Checker, Files};
use crate::facts::{Lowered, Project, Shapes, facts};
use crate::snapshot::{Checked, Playbook, Snapshot, SourceFile};
use crate::sources::{Source, Sources};

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
    let mut shapes: Vec<Shapes> = Vec::new();
    for (source, parsed) in snapshot.files.iter().zip(&parsed) {
        let read = check_file(snapshot, source, parsed, &files, &mut seen, &mut checked);
        shapes.extend(read);
    }
    check_facts(snapshot, &parsed, &shapes, &mut checked);
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
    parsed: &Parsed,
    files: &Files,
    seen: &mut BTreeMap<String, (Arc<str>, Span)>,
    result: &mut Checked,
) -> Option<Shapes> {
    let mut shapes = None;
    let mut checker = Checker::new(snapshot, source.path.clone(), &source.text);
    checker.broken = Broken::of(parsed, &source.text, &checker.lines);
    checker.files = files.clone();
    checker.diagnostics = parsed.diagnostics.clone();
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
                facts: None,
            });
            shapes = Some(std::mem::take(&mut checker.shapes));
        }
        Header::Module(name) => {
            checker.later("module", name.span);
        }
        Header::Playbook(_) | Header::Missing(_) => {}
    }
    result.diagnostics.append(&mut checker.diagnostics);
    shapes
}

/// What holds of the plans together: where data goes, and what may steer. A playbook with such a mistake
/// has no plan.
fn check_facts(
    snapshot: &Snapshot,
    parsed: &[Parsed],
    shapes: &[Shapes],
    checked: &mut Checked,
) {
    let files = snapshot.files.iter().zip(parsed);
    let sources = files.map(|(source, parsed)| Source {
        path: &source.path,
        text: &source.text,
        file: &parsed.file,
    });
    let plans: Vec<(usize, Arc<Plan>)> = (checked.playbooks.iter().enumerate())
        .filter_map(|(place, playbook)| Some((place, playbook.plan.clone()?)))
        .collect();
    let playbooks = plans.iter().filter_map(|(place, plan)| {
        let shapes = shapes.get(*place)?;
        Some(Lowered { plan, shapes })
    });
    let facts = facts(&Project {
        manifest: &snapshot.manifest,
        catalogue: &snapshot.catalogue,
        playbooks: playbooks.collect(),
        sources: Sources::of(sources.collect()),
    });
    for ((place, _), facts) in plans.iter().zip(facts) {
        let Some(playbook) = checked.playbooks.get_mut(*place) else {
            continue;
        };
        if facts.diagnostics.iter().any(Diagnostic::is_error) {
            playbook.plan = None;
            playbook.tests = Vec::new();
        }
        checked.diagnostics.extend(facts.diagnostics.iter().cloned());
        playbook.facts = Some(Arc::new(facts));
    }
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
