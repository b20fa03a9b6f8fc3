//! A check of a whole project.
//!
//! Kept true here: a file is checked after those on which it rests; files that rest on each other are
//! checked twice, the first time only for what they tell each other.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_language::Parsed;
use sophia_language::syntax::{Header, Name};
use sophia_plan::Plan;

use crate::broken::Broken;
use crate::checker::{Checker, Files};
use crate::declared::{Need, Neighbours, Signature, in_order};
use crate::facts::{Lowered, Project, Shapes, facts};
use crate::foresight::foresee;
use crate::lower::Touched;
use crate::policies::Rule;
use crate::snapshot::{Checked, Playbook, Snapshot, SourceFile};
use crate::sources::{Source, Sources};
use crate::standard;

/// Checks every file of a project. It reads nothing but the snapshot, and the same snapshot gives the
/// same answer.
#[must_use]
pub fn check(snapshot: &Snapshot) -> Checked {
    let mut sources: Vec<SourceFile> = snapshot.files.clone();
    let mut parsed: Vec<Parsed> = (sources.iter())
        .map(|file| sophia_language::parse(&file.text, file.path.clone()))
        .collect();
    for (source, file) in standard::used(&parsed) {
        sources.push(source);
        parsed.push(file);
    }
    let files = Files::of(&parsed);
    let mut neighbours = Neighbours::default();
    let mut results: Vec<Option<FileResult>> = parsed.iter().map(|_| None).collect();
    for group in in_order(&parsed) {
        let circle = group.len() > 1;
        for complete in [false, true] {
            if !complete && !circle {
                continue;
            }
            for place in &group {
                let (Some(source), Some(parsed)) = (sources.get(*place), parsed.get(*place)) else {
                    continue;
                };
                let mut result = check_file(
                    &Whole {
                        snapshot,
                        files: &files,
                        neighbours: &neighbours,
                        complete,
                    },
                    source,
                    parsed,
                );
                result.tells(&mut neighbours);
                if let Some(slot) = results.get_mut(*place) {
                    *slot = Some(result);
                }
            }
        }
    }
    let mut checked = Checked::default();
    let mut rules = Vec::new();
    let mut shapes = Shapes::default();
    let mut seen: BTreeMap<String, (Arc<str>, Span)> = BTreeMap::new();
    for (result, parsed) in results.into_iter().zip(&parsed) {
        let Some(mut result) = result else { continue };
        if standard::is_standard(&result.file) {
            shapes.extend(result.shapes);
            continue;
        }
        if let Header::Playbook(name) | Header::Module(name) = &parsed.file.header
            && !name.text.is_empty()
        {
            report_second(&mut result, name, parsed, &mut seen);
            report_standard(&mut result, name, &parsed.file.header);
        }
        if matches!(parsed.file.header, Header::Module(_)) {
            checked.modules += 1;
        }
        rules.append(&mut result.rules);
        checked.diagnostics.append(&mut result.diagnostics);
        checked.playbooks.extend(result.playbook);
        shapes.extend(result.shapes);
    }
    check_facts(snapshot, (&sources, &parsed), &shapes, &mut checked);
    foresee(snapshot, &rules, &mut checked);
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

/// What a file is checked with.
struct Whole<'a> {
    snapshot: &'a Snapshot,
    files: &'a Files,
    neighbours: &'a Neighbours,
    /// Whether everything that the file rests on is known.
    complete: bool,
}

/// What the check of one file gives.
struct FileResult {
    file: Arc<str>,
    name: String,
    diagnostics: Vec<Diagnostic>,
    playbook: Option<Playbook>,
    /// The rules of its policies that bind every playbook.
    rules: Vec<Rule>,
    shapes: Shapes,
    told: Told,
    events: Vec<(String, sophia_plan::types::Type)>,
}

/// What a file gives to others.
enum Told {
    Nothing,
    Module(Rc<crate::declared::ModuleFacts>),
    Playbook(Rc<Signature>),
}

impl FileResult {
    /// Tells the other files what they may ask.
    fn tells(&mut self, neighbours: &mut Neighbours) {
        match std::mem::replace(&mut self.told, Told::Nothing) {
            Told::Nothing => {}
            Told::Module(facts) => {
                neighbours.modules.insert(self.name.clone(), facts);
            }
            Told::Playbook(signature) => {
                neighbours.playbooks.insert(self.name.clone(), signature);
            }
        }
        for (event, of) in std::mem::take(&mut self.events) {
            neighbours.events.insert(event, (of, self.file.clone()));
        }
    }
}

fn check_file(whole: &Whole<'_>, source: &SourceFile, parsed: &Parsed) -> FileResult {
    let mut checker = Checker::new(
        whole.snapshot,
        whole.neighbours,
        source.path.clone(),
        &source.text,
    );
    checker.broken = Broken::of(parsed, &source.text, &checker.lines);
    checker.files = whole.files.clone();
    checker.neighbours_known = whole.complete;
    checker.diagnostics.clone_from(&parsed.diagnostics);
    let mut result = FileResult {
        file: source.path.clone(),
        name: String::new(),
        diagnostics: Vec::new(),
        playbook: None,
        rules: Vec::new(),
        shapes: Shapes::default(),
        told: Told::Nothing,
        events: Vec::new(),
    };
    match &parsed.file.header {
        Header::Playbook(name) if !name.text.is_empty() => {
            result.name.clone_from(&name.text);
            checker.collect_names(&parsed.file);
            checker.count_triggers(&parsed.file);
            let (plan, expectations) = checker.playbook(&name.text, &parsed.file);
            let tests = checker.tests(&parsed.file, &plan, &expectations);
            if !checker.has_errors() {
                checker.report_unused_grants(&parsed.file);
            }
            let inputs = plan.inputs.iter().map(|input| {
                let need = if input.default.is_some() {
                    Need::Optional
                } else {
                    Need::Required
                };
                (input.name.clone(), input.of.clone(), need)
            });
            result.told = Told::Playbook(Rc::new(Signature {
                inputs: inputs.collect(),
                result: plan.result.clone(),
                touched: Touched::by(&plan, &checker),
            }));
            let clean = !checker.has_errors();
            result.playbook = Some(Playbook {
                name: Arc::from(name.text.as_str()),
                file: source.path.clone(),
                plan: clean.then(|| Arc::new(plan)),
                outlook: None,
                tests: if clean { tests } else { Vec::new() },
                facts: None,
            });
        }
        Header::Module(name) if !name.text.is_empty() => {
            result.name.clone_from(&name.text);
            let last = name.text.rsplit('.').next().unwrap_or(&name.text);
            checker.module_name = Some(Arc::from(last));
            checker.module_path = Some(Arc::from(name.text.as_str()));
            checker.collect_names(&parsed.file);
            let facts = checker.module(&parsed.file);
            let rules = checker.rules(&parsed.file);
            if whole
                .snapshot
                .manifest
                .policy_modules
                .contains(&*source.path)
            {
                result.rules = rules;
            }
            if !checker.has_errors() {
                checker.report_unused_grants(&parsed.file);
            }
            result.told = Told::Module(Rc::new(facts));
        }
        Header::Module(_) | Header::Playbook(_) | Header::Missing(_) => {}
    }
    result.events = std::mem::take(&mut checker.emitted)
        .into_iter()
        .map(|(event, emitted)| (event, emitted.of))
        .collect();
    result.shapes = checker.shapes;
    result.diagnostics = checker.diagnostics;
    result
}

/// What holds of the plans together: where data goes, and what may steer. A playbook with such a mistake
/// has no plan.
fn check_facts(
    snapshot: &Snapshot,
    (sources, parsed): (&[SourceFile], &[Parsed]),
    shapes: &Shapes,
    checked: &mut Checked,
) {
    let files = sources.iter().zip(parsed);
    let sources = files.map(|(source, parsed)| Source {
        path: &source.path,
        text: &source.text,
        file: &parsed.file,
    });
    let plans: Vec<(usize, Arc<Plan>)> = (checked.playbooks.iter().enumerate())
        .filter_map(|(place, playbook)| Some((place, playbook.plan.clone()?)))
        .collect();
    let playbooks = plans.iter().map(|(_, plan)| Lowered { plan, shapes });
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
        checked
            .diagnostics
            .extend(facts.diagnostics.iter().cloned());
        playbook.facts = Some(Arc::new(facts));
    }
}

/// A module of the project's own cannot take the name of a standard one: who reads `use` would not know which is meant.
fn report_standard(result: &mut FileResult, name: &Name, header: &Header) {
    if !matches!(header, Header::Module(_)) || !standard::names().any(|known| known == name.text) {
        return;
    }
    let last = name.text.rsplit('.').next().unwrap_or(&name.text);
    let diagnostic = Diagnostic::new(
        codes::S241,
        result.file.clone(),
        name.span,
        format!("`{}` is a module of the standard library.", name.text),
    )
    .with_label("taken already")
    .with_help(format!(
        "name it after the company, for example `company.{last}`; both can be used side by side in different files"
    ));
    result.diagnostics.push(diagnostic);
}

/// Two files of one name could not be told apart.
fn report_second(
    result: &mut FileResult,
    name: &Name,
    parsed: &Parsed,
    seen: &mut BTreeMap<String, (Arc<str>, Span)>,
) {
    let Some((file, span)) = seen.get(&name.text) else {
        seen.insert(name.text.clone(), (result.file.clone(), name.span));
        return;
    };
    let what = match &parsed.file.header {
        Header::Module(_) => "modules",
        _ => "playbooks",
    };
    let mut diagnostic = Diagnostic::new(
        codes::S211,
        result.file.clone(),
        name.span,
        format!("Two {what} are named `{}`.", name.text),
    )
    .with_help("give one of them another name");
    diagnostic.related.push(sophia_diagnostics::Related {
        file: file.clone(),
        span: *span,
        message: "the first".to_owned(),
    });
    result.diagnostics.push(diagnostic);
}
